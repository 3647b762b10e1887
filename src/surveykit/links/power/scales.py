"""How scales vary between organisations and between executives of one, as the data have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.measures.icc import icc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from surveykit.scoring import Aggregated

    Floats = NDArray[np.float64]

# Where no organisation has two executives nothing in the data tells how alike they are: the median of James (1982),
# Aggregation bias in estimates of perceptual agreement, Journal of Applied Psychology 67.
ICC_UNKNOWN = 0.12
ICC_LOWEST = 0.01  # with less, a mean of executives measures nothing, and no size of survey helps
ICC_HIGHEST = 0.95
_MOST_SHIFTED = 0.9


class Scales(NamedTuple):
    """Several scales, each in standard deviations of organisations' true standings.

    `icc1`, shape (m,), as the data or the caller have it, within `ICC_LOWEST` and `ICC_HIGHEST`; `true` the
    correlations of true standings and `within` the covariance of an executive's score around them, shape (m, m);
    `units`, shape (m,), one such standard deviation in points of the scale; `known` whether `icc1` was found.
    """

    icc1: Floats
    true: Floats
    within: Floats
    units: Floats
    known: bool


def vary(aggregated: Aggregated, names: Sequence[str], icc1: float | None = None) -> Scales:
    r"""Variance components of scales, from executives' scores.

    Parameters
    ----------
    aggregated : Aggregated
    names : sequence of str
        Scales; none is allowed.
    icc1 : float, optional
        ICC(1) to take for all of them, instead of the data's.

    Returns
    -------
    Scales
        Each ICC(1) is that of `surveykit.measures.icc` (mean squares, mean size). Correlations between organisations
        are those of :math:`(B - W) / n_0`, B and W the mean products between and within; made a correlation
        matrix again where chance has led out of that.
    """
    if not names:
        none = np.empty((0, 0))
        return Scales(np.empty(0), none, none, np.empty(0), known=True)
    organisation = aggregated.scored.cleaned.data["organisation"]
    scores = aggregated.scored.scores[list(names)].dropna()
    groups = organisation.loc[scores.index]
    total = np.atleast_2d(np.cov(scores.to_numpy().T))
    found = np.array([icc(scores[name], groups).icc1 for name in names])
    known = bool(np.isfinite(found).all())
    asked = np.full(len(names), ICC_UNKNOWN if icc1 is None else icc1)
    share = np.clip(found if known and icc1 is None else asked, ICC_LOWEST, ICC_HIGHEST)
    between, within = _products(scores, groups) if known else (total, total)
    spread = np.sqrt((1 - share) / share)
    return Scales(
        icc1=share,
        true=_correlations(between),
        within=_correlations(within) * np.outer(spread, spread),
        units=np.sqrt(share * np.diag(total)),
        known=known or icc1 is not None,
    )


def _products(scores: pd.DataFrame, groups: pd.Series) -> tuple[Floats, Floats]:
    """Covariance between organisations, by mean products, and within them."""
    values = scores.to_numpy()
    means = scores.groupby(groups).transform("mean").to_numpy()
    sizes = groups.value_counts().to_numpy()
    n, count = len(values), len(sizes)
    apart, inside = means - values.mean(axis=0), values - means
    within = inside.T @ inside / (n - count)
    size = (n - np.square(sizes).sum() / n) / (count - 1)
    between = (apart.T @ apart / (count - 1) - within) / size
    return between, within


def _correlations(covariance: Floats) -> Floats:
    """Correlations; where a variance is none of positive size, none with others."""
    variance = np.diag(covariance)
    root = np.sqrt(np.where(variance > 0, variance, np.inf))
    found = covariance / np.outer(root, root)
    np.fill_diagonal(found, 1.0)
    half = root_of(found)
    length = np.sqrt(np.square(half).sum(axis=1))
    unit = half / length[:, None]
    made: Floats = unit @ unit.T
    return made


def root_of(covariance: Floats) -> Floats:
    """A root R with R R' the nearest covariance without negative directions."""
    if not covariance.size:
        return covariance
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = vectors * np.sqrt(np.maximum(values, 1e-9))
    return root


def shifted(means: Floats, own: Floats, units: Floats) -> Floats:
    """Part of organisations' standings that goes with variables of their own, in true standard deviations.

    Least squares on the variables, shrunk until it explains the adjusted share of the variance: many categories of few
    organisations explain much by chance.

    Parameters
    ----------
    means : array of float, shape (G, m)
        Mean scores.
    own : array of float, shape (G, q)
        Variables.
    units : array of float, shape (m,)
        As in `Scales`.

    Returns
    -------
    array of float, shape (G, m)
        With means of 0.
    """
    centred, around = means - means.mean(axis=0), own - own.mean(axis=0)
    if not around.any() or not centred.size:
        return np.zeros_like(means)
    solved, _, rank, _ = np.linalg.lstsq(around, centred, rcond=None)
    fitted = around @ solved
    explained = np.square(fitted).sum(axis=0) / np.square(centred).sum(axis=0)
    left = len(means) - 1
    adjusted = np.maximum(1 - (1 - explained) * left / max(left - int(rank), 1), 0)
    part = fitted * np.sqrt(adjusted / np.maximum(explained, 1e-12)) / units
    made: Floats = part * np.minimum(np.sqrt(_MOST_SHIFTED / np.maximum(part.var(axis=0), 1e-12)), 1)
    return made


def rest(true: Floats, shift: Floats) -> Floats:
    """Root of the covariance of what `shift` leaves of true standings, each with a variance of 1 altogether."""
    if not true.size:
        return true
    half = root_of(true - np.atleast_2d(np.cov(shift.T, ddof=0)))
    length = np.sqrt(np.square(half).sum(axis=1) / (1 - shift.var(axis=0)))
    scaled: Floats = half / length[:, None]
    return scaled
