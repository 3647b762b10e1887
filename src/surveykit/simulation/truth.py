"""What estimates from a simulated survey should find: computed from the model, never from a sample.

Two mixes of organisations are kept apart. ``population`` weighs industries and sizes as they are among all
organisations (the shares in ``targets/``): raked estimates should find its values. ``sampled`` weighs them
as they take part, larger firms and technology more often: unweighted estimates should find these. How many
executives answer for an organisation, and how many initiatives it reports, depends on nothing else, so that
a mean over executives is also the mean over organisations.

Answers cut a normal variable with variance 1 (within an industry and size), so that shares are values of
the normal distribution function, and the covariance of two answers sums over their cut points h and k

    P(X > h, Y > k) - P(X > h) P(Y > k) = integral of phi(h, k; r) dr from r = 0 to rho

(Plackett 1954), where phi is the bivariate normal density with correlation r, and rho is the product of the
loadings for two answers of one executive, and a quarter of it for the answers of two executives of one
organisation. What the links find has no such form: see `surveykit.simulation.effects`.
"""

from __future__ import annotations

import copy
import functools
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.simulation import population as people
from surveykit.simulation.instrument import INDUSTRIES, ITEMS, SCALES, SIZES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

# Industries by sizes, flattened: what each cell adds to a standing, and its weight in either mix.
SHIFT = (people.INDUSTRY_SHIFT[:, None] + people.SIZE_SHIFT).ravel()
MIXES = {
    mix: np.outer(
        [getattr(industry, mix) for industry in INDUSTRIES.values()],
        [getattr(size, mix) for size in SIZES.values()],
    ).ravel()
    for mix in ("population", "sampled")
}
DECIMALS = 10  # so that the file is the same wherever the last bits of exp differ
ALONE = float((people.EXECUTIVES / np.arange(1, len(people.EXECUTIVES) + 1)).sum())  # mean of 1 / executives
AGREES = 2  # position of the cut between "neither" and "agree"


def population_truth(
    *, added: Mapping[str, float] | None = None, not_asked: Collection[str] = ()
) -> dict[str, Any]:
    """Compute the values that estimates converge to.

    Parameters
    ----------
    added : mapping of str to float, optional
        What all organisations stand higher on a scale, in standard deviations of an executive.
    not_asked : collection of str
        Columns of items left out of their scales.

    Returns
    -------
    dict
        For ``population`` and ``sampled``: ``scales`` (name to ``mean`` and ``sd`` of the scale score on the
        1 to 5 metric over executives, ``organisation_sd`` of organisations' mean scores, ``alpha``, and
        ``icc1`` of the score) and ``estimates`` (shares, 0 to 1).
    """
    higher = tuple((added or {}).get(name, 0.0) for name in SCALES)
    return copy.deepcopy(_computed(higher, tuple(not_asked)))


@functools.cache
def _computed(higher: tuple[float, ...], not_asked: tuple[str, ...]) -> dict[str, Any]:
    """Compute once: none of it depends on a seed."""
    asked = np.array([item.column not in not_asked for item in ITEMS])
    added: NDArray[np.float64] = np.array(higher)
    return {
        mix: {
            "scales": {name: _scale(_items(k, asked), added, weights) for k, name in enumerate(SCALES)},
            "estimates": _shares(added, weights),
        }
        for mix, weights in MIXES.items()
    }


def _items(scale: int, asked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Positions of the items of a scale; the last item of all belongs to none."""
    own: NDArray[np.bool_] = np.equal(people.SCALE_OF_ITEM, scale)
    return np.flatnonzero(own[:-1] & asked[:-1])


def _distances(items: NDArray[np.intp], added: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each cut from each cell's mean: shape (cells, items, cuts), in standard deviations."""
    scales = people.SCALE_OF_ITEM[items]
    mean = people.LOADING[items] * (people.SIGN[scales] * SHIFT[:, None] + added[scales])
    return people.THRESHOLDS[items] - mean[:, :, None]


def _above(items: NDArray[np.intp], added: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of an answer above each cut: shape (cells, items, cuts)."""
    below: NDArray[np.float64] = np.vectorize(NormalDist().cdf)(_distances(items, added))
    return 1 - below


def _scale(
    items: NDArray[np.intp], added: NDArray[np.float64], weights: NDArray[np.float64]
) -> dict[str, float]:
    """Mean, standard deviation, alpha and ICC(1) of the score of these items among executives."""
    distances, above = _distances(items, added), _above(items, added)
    means = 1 + above.sum(axis=2)
    loadings = np.outer(people.LOADING[items], people.LOADING[items])
    cells = np.cov(means.T, aweights=weights, ddof=0)
    one = cells + _covariance(distances, loadings, weights)
    np.fill_diagonal(one, np.diag(cells) + weights @ _variances(above))
    two = cells + _covariance(distances, people.BETWEEN * loadings, weights)
    j = len(items)
    values = {
        "mean": weights @ means.mean(axis=1),
        "sd": np.sqrt(one.mean()),
        "organisation_sd": np.sqrt(two.mean() + (one.mean() - two.mean()) * ALONE),
        "alpha": j / (j - 1) * (1 - np.trace(one) / one.sum()),
        "icc1": two.mean() / one.mean(),
    }
    return {name: round(float(value), DECIMALS) for name, value in values.items()}


def _variances(above: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of each item within each cell: shape (cells, items)."""
    square: NDArray[np.float64] = (above * (2 * np.arange(above.shape[2]) + 1)).sum(axis=2)
    mean: NDArray[np.float64] = above.sum(axis=2)
    return square - mean**2


def _covariance(
    cuts: NDArray[np.float64], correlations: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Covariance of answers within cells, whose underlying variables correlate so: shape (items, items)."""
    nodes, node_weights = np.polynomial.legendre.leggauss(8)
    h, k = cuts[:, :, None, :, None, None], cuts[:, None, :, None, :, None]
    half = correlations[:, :, None, None, None] / 2
    r = half * (1 + nodes)
    rest = 1 - r**2
    density = np.exp(-(h**2 - 2 * r * h * k + k**2) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    within = (density * half * node_weights).sum(axis=(3, 4, 5))
    pooled: NDArray[np.float64] = (weights[:, None, None] * within).sum(axis=0)
    return pooled


def _shares(added: NDArray[np.float64], weights: NDArray[np.float64]) -> dict[str, float]:
    """Shares named as the estimates of the study are: of executives, and of initiatives."""
    clarity, agreed = _above(np.array([0, len(ITEMS) - 1]), added)[:, :, AGREES].T
    reached, scaled = _beyond(people.STAGE_CUTS[people.REACHED - 1 :], added).T
    values = {
        "well_defined": clarity,
        "capabilities_agreement": agreed,
        "not_in_production": 1 - reached,
        "not_scaled": 1 - scaled,
    }
    return {name: round(float(weights @ value), DECIMALS) for name, value in values.items()}


def _beyond(cuts: NDArray[np.float64], added: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that an initiative's propensity lies beyond each cut: shape (cells, cuts)."""
    slopes = np.array([people.PROPENSITY.get(name, 0.0) for name in SCALES])
    spread = np.sqrt(
        people.GENERAL_BETWEEN * (slopes @ people.SIGN) ** 2 + (1 - people.GENERAL_BETWEEN) * slopes @ slopes
    )
    mean = SHIFT * (people.SHIFT_ON_PROPENSITY + slopes @ people.SIGN / np.sqrt(people.BETWEEN))
    mean = mean + slopes @ added / np.sqrt(people.BETWEEN)
    nodes, node_weights = np.polynomial.hermite_e.hermegauss(40)
    at = mean[:, None, None] + spread * nodes - cuts[:, None]
    beyond: NDArray[np.float64] = (node_weights / np.sqrt(2 * np.pi) / (1 + np.exp(-at))).sum(axis=2)
    return beyond
