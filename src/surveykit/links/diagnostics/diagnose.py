"""All checks of one link, or of every link of a study, each with a plain sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.links.design import is_binary
from surveykit.links.diagnostics.bins import AMOUNTS, SHARES
from surveykit.links.diagnostics.calibration import Calibration, calibration
from surveykit.links.diagnostics.influence import Influence, influence_in_words, leave_one_out
from surveykit.links.diagnostics.linearity import Linearity, linearity
from surveykit.links.diagnostics.residuals import Residuals, residuals
from surveykit.links.drivers.collinearity import MUCH, vif
from surveykit.links.models import FittedLink
from surveykit.links.words import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveykit.links.fits import Fit
    from surveykit.links.planned import Links

_COLUMNS = ["predictor", "check", "statistic", "p_value", "concern", "sentence"]
_LITTLE = 1.1  # times as wide: nothing a reader would see


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnostics:
    """What may be wrong with one link.

    Attributes
    ----------
    checks : DataFrame, one row a check
        ``predictor`` (empty for a check of the whole link); ``check``: ``influence`` (statistic: farthest the effect
        moves without one organisation, in standard errors), ``overlap`` (variance inflation), ``straight line`` (t of
        the square), ``predictions`` (calibration slope without the row's organisation), ``spread`` (t of squared
        residuals on what is predicted) and ``tails`` (excess kurtosis); ``p_value`` where there is one; ``concern``:
        whether a reader should know; ``sentence``.
    influence : tuple of Influence
        Of each predictor.
    linearity : tuple of Linearity
        Of each predictor of more than two values.
    vif : Series of float
        Of every column but the constant.
    calibration : Calibration, optional
        Of shares and categories in order.
    residuals : Residuals, optional
        Of amounts and counts.
    """

    checks: pd.DataFrame
    influence: tuple[Influence, ...]
    linearity: tuple[Linearity, ...]
    vif: pd.Series
    calibration: Calibration | None
    residuals: Residuals | None

    @property
    def concerns(self) -> pd.DataFrame:
        """The checks a reader should know of."""
        return self.checks[self.checks["concern"]]

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `checks`."""
        return self.checks.copy()

    def __repr__(self) -> str:
        return f"Diagnostics({len(self.checks)} checks, {len(self.concerns)} of concern)"


def diagnose(
    fitted: FittedLink,
    *,
    labels: Mapping[str, str] | None = None,
    per: Mapping[str, float] | None = None,
    confidence: float = 0.95,
) -> Diagnostics:
    """Check a fitted link: single organisations, overlap, straight lines, predictions and what they leave.

    Parameters
    ----------
    fitted : FittedLink
    labels : mapping of str to str, optional
        Words for the predictors, in sentences; names where there are none.
    per : mapping of str to float, optional
        By predictor, the difference its effect is for: see `average_marginal_effect`.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    Diagnostics

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60) // 2, "x": np.arange(60) % 7})
    >>> data["y"] = data["x"] ** 2 + np.sin(np.arange(60))
    >>> found = diagnose(fit_link(data, "ols", outcome="y", predictors=["x"]))
    >>> found
    Diagnostics(5 checks, 1 of concern)
    >>> found.concerns["check"].tolist()
    ['straight line']
    """
    names, words = fitted.terms.predictors, dict(labels or {})
    inflation = vif(fitted.design.loc[:, fitted.design.std() > 0])
    influence = tuple(
        leave_one_out(fitted, name, per=(per or {}).get(name), confidence=confidence) for name in names
    )
    curved = [name for name in names if not is_binary(fitted.rows[name])]
    lines = tuple(linearity(fitted, name, label=words.get(name, name)) for name in curved)
    calibrated = calibration(fitted, confidence=confidence) if fitted.model in SHARES else None
    left = residuals(fitted, confidence=confidence) if fitted.model in AMOUNTS else None
    rows = [
        *(_influence_row(each, fitted, words.get(each.predictor, each.predictor)) for each in influence),
        *(_overlap_row(name, float(inflation[name]), words.get(name, name)) for name in names),
        *(_line_row(each) for each in lines),
        *([_prediction_row(calibrated)] if calibrated else []),
        *(_residual_rows(left) if left else []),
    ]
    return Diagnostics(
        checks=pd.DataFrame(rows, columns=_COLUMNS),
        influence=influence,
        linearity=lines,
        vif=inflation,
        calibration=calibrated,
        residuals=left,
    )


def diagnoses(links: Links) -> pd.DataFrame:
    """Check every link of a study.

    Parameters
    ----------
    links : Links

    Returns
    -------
    DataFrame, one row a link and check
        ``link`` (number), ``outcome``, and the columns of `Diagnostics.checks`. Mixed models and estimating equations
        are left out: what single rows and organisations do to them is not additive.
    """
    frames = [
        diagnosis_of(links, fit).checks.assign(link=fit.number, outcome=fit.link.outcome)
        for fit in links.fits
        if isinstance(fit.fitted, FittedLink)
    ]
    columns = ["link", "outcome", *_COLUMNS]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def diagnosis_of(links: Links, fit: Fit) -> Diagnostics:
    """Check one link of a study, in its words and per the same differences as its effects."""
    own = links.data[links.data["link"] == fit.number].set_index("predictor")
    rows, study = fit.fitted.rows, links.aggregated.study
    return diagnose(
        fit.fitted,
        labels={name: quoted(study, name) for name in own.index},
        per={name: float(own["predictor_sd"][name]) for name in own.index if not is_binary(rows[name])},
        confidence=links.confidence,
    )


def _influence_row(found: Influence, fitted: FittedLink, label: str) -> dict[str, Any]:
    farthest = max(found.highest - found.estimate, found.estimate - found.lowest)
    return {
        "predictor": found.predictor,
        "check": "influence",
        "statistic": farthest / found.std_error,
        "p_value": float("nan"),
        "concern": found.conclusion_turns,
        "sentence": influence_in_words(found, model=fitted.model, label=label),
    }


def _overlap_row(predictor: str, inflation: float, label: str) -> dict[str, Any]:
    wider = float(np.sqrt(inflation))
    sentence = (
        f"{label} overlaps little with the rest of the link."
        if wider < _LITTLE
        else f"The rest of the link tells {100 * (1 - 1 / inflation):.0f}% of the differences in {label}: its "
        f"interval is "
        f"about {wider:.1f} times as wide as it would be without that overlap."
    )
    return {
        "predictor": predictor,
        "check": "overlap",
        "statistic": inflation,
        "p_value": float("nan"),
        "concern": inflation >= MUCH,
        "sentence": sentence[:1].upper() + sentence[1:],
    }


def _line_row(found: Linearity) -> dict[str, Any]:
    return {
        "predictor": found.predictor,
        "check": "straight line",
        "statistic": found.estimate / found.std_error,
        "p_value": found.p_value,
        "concern": found.concern,
        "sentence": found.sentence,
    }


def _prediction_row(found: Calibration) -> dict[str, Any]:
    return {
        "predictor": "",
        "check": "predictions",
        "statistic": found.slope,
        "p_value": float("nan"),
        "concern": found.concern,
        "sentence": found.sentence,
    }


def _residual_rows(found: Residuals) -> list[dict[str, Any]]:
    spread = {
        "predictor": "",
        "check": "spread",
        "statistic": found.spread_statistic,
        "p_value": found.spread_p_value,
        "concern": False,
        "sentence": found.spread_sentence,
    }
    tails = {
        "predictor": "",
        "check": "tails",
        "statistic": found.kurtosis,
        "p_value": float("nan"),
        "concern": found.heavy,
        "sentence": found.tails_sentence,
    }
    return [spread, tails]
