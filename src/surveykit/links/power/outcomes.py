"""How an outcome comes about in the surveys drawn: as common and spread as in the data, with the effect asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from surveykit.errors import LinkError
from surveykit.links.power.scenario import Outcome
from surveykit.links.power.truth import Exposure, copula_correlation, find_thresholds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def make_outcome(  # noqa: PLR0913  # what is known of an outcome
    model: str,
    values: Floats,
    exposure: Exposure,
    *,
    effect: float,
    correlation: float,
    noise: float = 0.0,
) -> Outcome:
    """Find how the outcome must come about.

    Parameters
    ----------
    model : str
        ``ols``, ``logit``, ``ordered logit``, ``poisson`` or ``fractional``.
    values : array of float
        The outcome in the data.
    exposure : Exposure
        What the effect is of.
    effect : float, at least 0
        Average difference for one unit of the exposure, in units of the outcome, but for ``ols`` in its standard
        deviations.
    correlation : float
        Of two rows of one organisation, beyond what the link explains, 0 to below 1.
    noise : float
        Variance that each executive adds to a number, in its true variances: see `Outcome`.

    Returns
    -------
    Outcome

    Raises
    ------
    LinkError
        If an outcome this common cannot differ by so much.
    """
    if model == "ols":
        return _number(exposure, effect, correlation, noise)
    if model == "poisson":
        return _count(values, exposure, effect, correlation)
    if model == "fractional":
        return _fraction(values, exposure, effect, correlation)
    codes, counts = np.unique(values, return_counts=True)
    passed = np.cumsum(counts[::-1])[::-1][1:] / counts.sum()
    found = find_thresholds(passed, np.diff(codes), effect, exposure)
    return Outcome(
        family="categories",
        slope=found.slope,
        cuts=found.cuts,
        correlation=copula_correlation(passed, np.diff(codes), correlation),
        residual=1.0,
    )


def _number(exposure: Exposure, effect: float, correlation: float, noise: float) -> Outcome:
    left = 1 - effect**2 * _variance(exposure)
    if left <= 0:
        raise LinkError(
            "an effect cannot explain more than all the variance", given=effect, allowed="below 1"
        )
    return Outcome(
        family="number",
        slope=effect,
        cuts=np.empty(0),
        correlation=correlation,
        residual=left,
        noise=noise,
    )


def _variance(exposure: Exposure) -> float:
    mean = exposure.weights @ exposure.values
    return float(exposure.weights @ np.square(exposure.values - mean))


def _count(values: Floats, exposure: Exposure, effect: float, correlation: float) -> Outcome:
    """Rates are log-linear; organisations' and rows' own factors have a mean of 1, and make up the variance."""
    mean, variance = float(values.mean()), float(values.var(ddof=1))
    ratio = effect / mean
    if exposure.binary:
        share = float(exposure.weights @ exposure.values)
        if ratio * share >= 1:
            raise LinkError(
                "a count this small cannot differ by so much",
                given=effect,
                allowed=f"below {mean / share:.3g}",
            )
        slope = float(np.log((1 + ratio * (1 - share)) / (1 - ratio * share)))
    else:
        slope = ratio
    raised = np.exp(slope * exposure.values)
    level = exposure.weights @ raised
    own = (1 + max(variance - mean, 0) / mean**2) / (exposure.weights @ np.square(raised) / level**2)
    shared = 1 + correlation * variance / mean**2
    return Outcome(
        family="count",
        slope=slope,
        cuts=np.array([np.log(mean / level)]),
        correlation=float(np.log(shared)),
        residual=max(float(own / shared - 1), 0.0),
    )


def _fraction(values: Floats, exposure: Exposure, effect: float, correlation: float) -> Outcome:
    mean = float(values.mean())
    found = find_thresholds(np.array([mean]), np.ones(1), effect, exposure)
    precision = mean * (1 - mean) / float(values.var(ddof=1)) - 1
    return Outcome(
        family="fraction",
        slope=found.slope,
        cuts=found.cuts,
        correlation=correlation,
        residual=max(precision, 0.05),
    )
