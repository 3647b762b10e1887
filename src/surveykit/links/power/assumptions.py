"""What is assumed of the next survey: everything but the effect and the size is taken from the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.design import is_binary
from surveykit.links.power.outcomes import make_outcome
from surveykit.links.power.scales import (
    ICC_HIGHEST,
    ICC_LOWEST,
    ICC_UNKNOWN,
    Scales,
    rest,
    root_of,
    shifted,
    vary,
)
from surveykit.links.power.scenario import Scenario
from surveykit.links.power.truth import Exposure, standard_normal
from surveykit.links.words import predictor_level
from surveykit.measures.icc import icc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from surveykit.links.fits import Fit
    from surveykit.links.power.scenario import Outcome
    from surveykit.scoring import Aggregated

    Floats = NDArray[np.float64]

_FITTED = {"ols", "logit", "ordered logit", "poisson", "fractional"}
# A model that is not fitted here, and the one that stands for it: the same mean, clustered errors.
_STAND_INS = {"negative binomial": "poisson", "mixed": "ols"}
_AS_SHARES = {"logit", "fractional"}
_POINTS = 200  # of a predictor's distribution


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assumptions:
    """One test of one link, and what its surveys are assumed to be like.

    Attributes
    ----------
    model : str
        What is fitted to every survey.
    scenario : Scenario
    effect : float
        The effect asked for.
    in_points : bool
        Whether it is a difference between shares; else standard deviations of the outcome.
    yes_no : bool
        Whether the predictor is 0/1: the effect is then the difference between them.
    icc1 : float
        Of the predictor, where it is a scale; else NaN.
    outcome_mean, outcome_sd : float
        In the data.
    residual_correlation : float
        Of two rows of one organisation, beyond what the link explains; NaN where organisations have one row each.
    cautions : tuple of str
        What the data could not tell, or the simulation leaves out.
    """

    model: str
    scenario: Scenario
    effect: float
    in_points: bool
    yes_no: bool
    icc1: float
    outcome_mean: float
    outcome_sd: float
    residual_correlation: float
    cautions: tuple[str, ...]


def fitted_model(fit: Fit) -> str:
    """Model that is fitted to the surveys of a link; empty where it is none that can be."""
    model = str(fit.fitted.model)
    if model == "gee":
        return "logit" if is_binary(fit.fitted.rows[fit.link.outcome]) else "ols"
    model = _STAND_INS.get(model, model)
    return model if model in _FITTED else ""


def assume(  # noqa: PLR0913  # what is known of one test
    aggregated: Aggregated,
    fit: Fit,
    predictor: str,
    *,
    effect: float,
    effect_sd: float,
    icc1: float | None = None,
) -> Assumptions:
    """Take from the data whatever is not the question.

    Parameters
    ----------
    aggregated : Aggregated
    fit : Fit
        The link, fitted to the data.
    predictor : str
        One of its predictors.
    effect, effect_sd : float
        Difference for one standard deviation of the predictor, as a share for 0/1 outcomes and fractions, in standard
        deviations of the outcome for others.
    icc1 : float, optional
        ICC(1) of every scale, instead of the data's.

    Returns
    -------
    Assumptions

    Raises
    ------
    LinkError
        If an outcome this common cannot differ by so much, or its model is none that is simulated.
    """
    model, link = fitted_model(fit), fit.link
    if not model:
        raise LinkError(f"surveys are not simulated for a {fit.fitted.model} model")
    parts = _parts(aggregated, fit, icc1)
    values = fit.fitted.rows[link.outcome].to_numpy(dtype=np.float64)
    correlation, found = _residual_correlation(values, parts)
    in_points = model in _AS_SHARES
    size = effect if in_points else effect_sd
    exposure, exposed = _exposure(aggregated, fit, predictor)
    outcome = make_outcome(
        model,
        values,
        exposure,
        effect=size if in_points or model == "ols" else size * float(values.std(ddof=1)),
        correlation=correlation,
        noise=_noise(aggregated, fit, icc1),
    )
    tested = [*parts.others.columns, *parts.scales].index(predictor)
    return Assumptions(
        model=model,
        scenario=_scenario(fit, parts, tested, exposed, outcome),
        effect=size,
        in_points=in_points,
        yes_no=exposure.binary,
        icc1=float(parts.measured.icc1[parts.scales.index(predictor)])
        if predictor in parts.scales
        else np.nan,
        outcome_mean=float(values.mean()),
        outcome_sd=float(values.std(ddof=1)),
        residual_correlation=correlation,
        cautions=(*_cautions(aggregated, fit, predictor, parts), *found),
    )


class _Parts(NamedTuple):
    """Columns of a link: scales, what else there is (dummies for categories), and the organisation of each row."""

    scales: list[str]
    measured: Scales
    others: pd.DataFrame
    dummies: NDArray[np.bool_]
    means: Floats
    groups: NDArray[np.intp]
    per_executive: bool


def _parts(aggregated: Aggregated, fit: Fit, icc1: float | None) -> _Parts:
    rows, design = fit.fitted.rows, fit.fitted.design
    names = [*fit.link.predictors, *fit.link.adjust_for]
    scales = [name for name in names if name in aggregated.study.scales]
    own = [[name] if name in design else _dummies(design, name) for name in names if name not in scales]
    others = design[[column for columns in own for column in columns]]
    dummies = np.array(
        [len(columns) > 1 or columns[0] not in names for columns in own for _ in columns], dtype=bool
    )
    numbers = [column for column in others if column in names and not is_binary(others[column])]
    standard = (others[numbers] - others[numbers].mean()) / others[numbers].std()
    return _Parts(
        scales,
        vary(aggregated, scales, icc1),
        others.assign(**standard),
        dummies,
        rows[scales].to_numpy(dtype=np.float64),
        pd.factorize(rows[fit.fitted.organisation])[0],
        fit.link.level == "executive",
    )


def _dummies(design: pd.DataFrame, name: str) -> list[str]:
    return [str(column) for column in design if str(column).startswith(f"{name} = ")]


def _scenario(fit: Fit, parts: _Parts, tested: int, exposed: Floats | None, outcome: Outcome) -> Scenario:
    order = np.argsort(parts.groups, kind="stable")
    sizes = np.bincount(parts.groups)
    others = parts.others.to_numpy()
    shift = shifted(_means(parts.groups, parts.means), _means(parts.groups, others), parts.measured.units)
    weights = fit.fitted.weights
    return Scenario(
        per_executive=parts.per_executive,
        sizes=sizes,
        starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        others=others[order],
        dummies=parts.dummies,
        shift=shift,
        between=rest(parts.measured.true, shift),
        within=root_of(parts.measured.within),
        tested=tested,
        exposed=None if exposed is None else exposed[order],
        weights=None if weights is None else np.asarray(weights, dtype=np.float64)[order],
        outcome=outcome,
    )


def _means(groups: NDArray[np.intp], rows: Floats) -> Floats:
    """Means of organisations, in the order of their numbers."""
    return pd.DataFrame(rows).groupby(groups).mean().to_numpy().reshape(-1, rows.shape[1])


def _exposure(aggregated: Aggregated, fit: Fit, predictor: str) -> tuple[Exposure, Floats | None]:
    """Distribution of what the effect is of, and its values where the data give them."""
    study, rows = aggregated.study, fit.fitted.rows
    if predictor in study.scales:
        return standard_normal(), None
    values = rows[predictor].to_numpy(dtype=np.float64)
    if is_binary(rows[predictor]):
        share = float(values.mean())
        return Exposure(np.array([0.0, 1.0]), np.array([1 - share, share]), binary=True), values
    of_organisations = predictor_level(study, predictor, fit.link.level) == "organisation"
    units = rows.drop_duplicates(fit.fitted.organisation) if of_organisations else rows
    values = (values - values.mean()) / float(units[predictor].astype(float).std())
    points = np.quantile(values, (np.arange(_POINTS) + 0.5) / _POINTS)
    return Exposure(points, np.full(_POINTS, 1 / _POINTS), binary=False), values


def _residual_correlation(values: Floats, parts: _Parts) -> tuple[float, tuple[str, ...]]:
    """Correlation of rows of one organisation that least squares on the link's columns leaves, and a caution."""
    if len(np.unique(parts.groups)) == len(parts.groups):
        if not parts.per_executive:
            return 0.0, ()
        return ICC_UNKNOWN, (
            f"no organisation has two respondents: outcomes of one are assumed to correlate {ICC_UNKNOWN}",
        )
    columns = np.column_stack([np.ones(len(values)), parts.others, parts.means])
    left = values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
    return float(np.clip(icc(left, parts.groups).icc1, 0, ICC_HIGHEST)), ()


def _noise(aggregated: Aggregated, fit: Fit, icc1: float | None) -> float:
    """What each executive adds to the variance of an outcome that is itself a mean of executives."""
    if fit.link.level == "executive" or fit.link.outcome not in aggregated.study.scales:
        return 0.0
    return float(vary(aggregated, [fit.link.outcome], icc1).within[0, 0])


def _cautions(aggregated: Aggregated, fit: Fit, predictor: str, parts: _Parts) -> Iterator[str]:
    study, model = aggregated.study, str(fit.fitted.model)
    if parts.scales and not parts.measured.known:
        yield f"no organisation has two respondents: an ICC(1) of {ICC_UNKNOWN} is assumed"
    elif parts.scales and parts.measured.icc1.min() <= ICC_LOWEST:
        yield "respondents of one organisation agree no more than those of different ones: their mean measures little"
    if predictor in study.dispersions:
        yield "how far respondents differ is taken as measured now, whatever their number"
    elif (
        parts.per_executive and predictor not in parts.scales and parts.groups.max() + 1 == len(parts.groups)
    ):
        yield "respondents of one organisation are assumed to answer the predictor alike, since none has two"
    if fit.link.outcome in study.scales and parts.scales:
        yield "what answers of the same people have in common is left out"
    if model != fitted_model(fit):
        yield f"tested as a {fitted_model(fit)} model with clustered errors, in place of the {model} model"
