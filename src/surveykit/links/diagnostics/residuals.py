"""What a link leaves unexplained of an amount: its level and spread by what is predicted, and its tails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.diagnostics.bins import AMOUNTS, Rows, binned, errors_by_bin, means_by_bin, rows_of
from surveykit.links.expected import COUNTS
from surveykit.links.models import fit_link

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

_HEAVY = 3.0  # excess kurtosis: that of a distribution with tails like the double exponential's
_ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residuals:
    """What is left of an amount.

    Attributes
    ----------
    data : DataFrame, one row a group of rows by what is predicted, lowest first
        ``n_obs, n_organisations, predicted`` (mean), ``residual``: mean of what was found less what was predicted, with
        ``ci_lower, ci_upper`` that keep rows of one organisation together; ``spread``: standard deviation of the
        residuals. All in units of the outcome.
    spread_statistic, spread_p_value : float
        t and p of the slope of squared residuals on what is predicted, with CR2 errors; NaN where it cannot be told.
        For
        counts residuals are divided by the root of what is predicted.
    kurtosis : float
        Excess kurtosis of the residuals, 0 for normal ones, from -2.
    dispersion : float
        Of counts: mean square of those divided residuals, 1 for Poisson counts; else NaN.
    spread_sentence, tails_sentence : str
    """

    data: pd.DataFrame
    spread_statistic: float
    spread_p_value: float
    kurtosis: float
    dispersion: float
    spread_sentence: str
    tails_sentence: str

    @property
    def heavy(self) -> bool:
        """Whether a few rows lie far off."""
        return self.kurtosis > _HEAVY

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `data`."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Residuals(spread p = {self.spread_p_value:.3g}, excess kurtosis {self.kurtosis:.3g})"


def residuals(
    fitted: FittedLink,
    *,
    bins: int = 10,
    fewest_rows: int = 20,
    fewest_organisations: int = 5,
    confidence: float = 0.95,
) -> Residuals:
    """Look at what a link leaves of its outcome.

    Parameters
    ----------
    fitted : FittedLink
        Of amounts or counts.
    bins, fewest_rows, fewest_organisations, confidence
        As in `calibration`.

    Returns
    -------
    Residuals

    Raises
    ------
    LinkError
        If the model is of another kind.

    Notes
    -----
    The test is that of Breusch and Pagan (1979), A simple test for heteroscedasticity and random coefficient variation,
    Econometrica 47, with clustered errors: ``coef_test(lm(resid(fit)^2 ~ fitted(fit)), "CR2", cluster)`` in R.
    """
    if fitted.model not in AMOUNTS:
        raise LinkError(
            "residuals are for amounts and counts",
            given=fitted.model,
            fix="Take 'calibration' for shares and categories.",
        )
    rows = rows_of(fitted)
    left = rows.observed - rows.predicted
    number = binned(
        rows.predicted,
        rows.organisation,
        bins=bins,
        fewest_rows=fewest_rows,
        fewest_organisations=fewest_organisations,
    )
    counts = fitted.model in COUNTS
    scaled = left / np.sqrt(rows.predicted) if counts else left
    spread = _spread(scaled, rows)
    mean_square = float(np.average(scaled**2, weights=rows.weight))
    kurtosis = float(np.average((scaled**2 / mean_square) ** 2, weights=rows.weight) - 3)
    dispersion = mean_square * len(left) / (len(left) - fitted.design.shape[1]) if counts else float("nan")
    return Residuals(
        data=_groups(left, rows, number, confidence),
        spread_statistic=spread[0],
        spread_p_value=spread[1],
        kurtosis=kurtosis,
        dispersion=dispersion,
        spread_sentence=_spread_in_words(spread[1], dispersion),
        tails_sentence=_tails_in_words(kurtosis),
    )


def _spread(scaled: Floats, rows: Rows) -> tuple[float, float]:
    data = pd.DataFrame({"organisation": rows.organisation, "square": scaled**2, "predicted": rows.predicted})
    try:
        found = fit_link(data, "ols", outcome="square", predictors=["predicted"]).parameter("predicted")
    except LinkError:
        return float("nan"), float("nan")
    return found["estimate"] / found["std_error"], found["p_value"]


def _groups(left: Floats, rows: Rows, number: NDArray[np.intp], confidence: float) -> pd.DataFrame:
    from scipy.special import stdtrit  # noqa: PLC0415  (scipy takes a while to import)

    mean = means_by_bin(left, number, rows.weight)
    error, organisations = errors_by_bin(left, number, rows)
    reach = stdtrit(np.maximum(organisations - 1.0, 1.0), (1 + confidence) / 2) * error
    return pd.DataFrame(
        {
            "n_obs": np.bincount(number),
            "n_organisations": organisations,
            "predicted": means_by_bin(rows.predicted, number, rows.weight),
            "residual": mean,
            "ci_lower": mean - reach,
            "ci_upper": mean + reach,
            "spread": np.sqrt(means_by_bin((left - mean[number]) ** 2, number, rows.weight)),
        }
    )


def _spread_in_words(p_value: float, dispersion: float) -> str:
    cope = "the intervals used allow for that, however it differs"
    if dispersion > 1.5:
        return (
            f"Counts vary {dispersion:.1f} times as much as they would if events came independently; {cope}."
        )
    if np.isnan(p_value):
        return "Whether outcomes spread more where more is predicted cannot be told."
    if p_value < _ALPHA:
        return f"Outcomes spread differently where more is predicted; {cope}."
    return "Outcomes spread about as much whatever is predicted."


def _tails_in_words(kurtosis: float) -> str:
    if kurtosis > _HEAVY:
        return (
            "A few outcomes lie much farther from what is predicted than most: look at them, and at what is left of "
            "the effects without single organisations."
        )
    return "No outcomes lie unusually far from what is predicted."
