"""Slopes, thresholds and correlations that make an outcome as asked for, found before any survey is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, ndtr, ndtri

from surveykit.errors import LinkError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEEPEST = 8.0  # log odds for one standard deviation: beyond it the outcome is all but determined


class Exposure(NamedTuple):
    """Distribution of what an effect is of: values, their weights (summing to 1), and whether they are only 0 and 1."""

    values: Floats
    weights: Floats
    binary: bool


def standard_normal() -> Exposure:
    """Distribution of a true standing, in steps that are short beside the steepest curve."""
    values = np.linspace(-8, 8, 401)
    weights = np.exp(-(values**2) / 2)
    return Exposure(values, weights / weights.sum(), binary=False)


class Thresholds(NamedTuple):
    """A proportional-odds model: the outcome passes threshold c with probability expit(slope * x - cuts[c])."""

    slope: float
    cuts: Floats


def find_thresholds(passed: Floats, gaps: Floats, effect: float, exposure: Exposure) -> Thresholds:
    r"""Slope and thresholds at which an outcome is as common as it is, and differs by as much as asked.

    Solves :math:`E\,\mathrm{expit}(\beta x - \theta_c) = P(Y \ge c)` for every threshold, and :math:`\sum_c g_c\,
    E[\beta\,\mathrm{expit}'(\beta x - \theta_c)] = \mathrm{effect}`, the average marginal effect; for a 0/1 exposure
    the difference between 1 and 0 instead.

    Parameters
    ----------
    passed : array of float, shape (c,)
        Share of the outcome at or above each category but the lowest, falling, within 0 and 1.
    gaps : array of float, shape (c,)
        Distance of each category's code from the one before.
    effect : float, at least 0
        In units of the codes, for one unit of the exposure.
    exposure : Exposure

    Returns
    -------
    Thresholds

    Raises
    ------
    LinkError
        If no slope makes an effect of that size: an outcome so rare cannot differ by so much.

    Examples
    --------
    >>> found = find_thresholds(np.array([0.5]), np.ones(1), 0.1, standard_normal())
    >>> round(found.slope, 3), abs(found.cuts).round(3).tolist()
    (0.417, [0.0])
    """

    def made(slope: float) -> float:
        return _marginal(slope, _cuts(slope, passed, exposure), gaps, exposure)

    largest = made(_STEEPEST)
    if effect >= largest:
        raise LinkError(
            "an outcome this common cannot differ by so much",
            given=effect,
            allowed=f"effects below {largest:.3f}",
            fix="Give a smaller effect.",
        )
    slope = float(brentq(lambda each: made(each) - effect, 0, _STEEPEST, xtol=1e-12)) if effect else 0.0
    return Thresholds(slope, _cuts(slope, passed, exposure))


def _cuts(slope: float, passed: Floats, exposure: Exposure) -> Floats:
    """Thresholds at which the shares are right, by bisection."""
    reach = 40 + abs(slope) * np.abs(exposure.values).max()
    low, high = np.full(len(passed), -reach), np.full(len(passed), reach)
    for _ in range(60):
        middle = (low + high) / 2
        above = exposure.weights @ expit(slope * exposure.values[:, None] - middle) > passed
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    centre: Floats = (low + high) / 2
    return centre


def _marginal(slope: float, cuts: Floats, gaps: Floats, exposure: Exposure) -> float:
    if exposure.binary:
        return float(gaps @ (expit(slope - cuts) - expit(-cuts)))
    linear = slope * exposure.values[:, None] - cuts
    return float(slope * (exposure.weights @ (expit(linear) * expit(-linear))) @ gaps)


def copula_correlation(passed: Floats, gaps: Floats, correlation: float) -> float:
    """Correlation of two normal variables that makes two categories, cut from them, correlate as asked.

    Parameters
    ----------
    passed, gaps : array of float, shape (c,)
        As for `find_thresholds`.
    correlation : float
        Of the codes of two rows of one organisation, from 0 to below 1.

    Returns
    -------
    float
        From 0 to below 1.

    Examples
    --------
    >>> round(copula_correlation(np.array([0.5]), np.ones(1), 0.2), 4)       # sin(0.2 pi / 2)
    0.309
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    # Variance of a sum of nested indicators: P(both passed) is that of the higher threshold.
    variance = gaps @ (np.minimum.outer(passed, passed) - np.outer(passed, passed)) @ gaps
    mean = passed @ gaps

    def surplus(normal: float) -> float:
        given = ndtr((ndtri(passed) + np.sqrt(normal) * nodes[:, None]) / np.sqrt(1 - normal)) @ gaps
        return float(weights @ given**2 - mean**2 - correlation * variance)

    if correlation <= 0:
        return 0.0
    # Near 1 the integrand is a step that no polynomial follows.
    highest = 0.97
    return float(brentq(surplus, 0, highest)) if surplus(highest) > 0 else highest
