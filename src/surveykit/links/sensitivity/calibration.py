"""Regression calibration: the best linear guess of an organisation's standing from the mean of its executives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.links.clustered import group_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Sums(NamedTuple):
    """What calibration needs of organisations; each can be summed over any of them.

    `weight` (G,) are the executives of each; `error` (G, p, p) is 1 / n of each scale (and n of both over the product
    for two), the part of the within-organisation covariances that its means carry; `columns` (G, p + q) are the means
    of p scales and q other columns; `cross` and `degrees` (G, p, p) the products of executives' deviations.
    """

    weight: Floats
    error: Floats
    columns: Floats
    cross: Floats
    degrees: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Moments of standings; a leading axis is one of samples, such as those without one organisation each.

    Attributes
    ----------
    mean : array, shape (..., p + q)
        Of scales and other columns.
    within : array, shape (..., p, p)
        Covariance of executives of one organisation.
    standing : array, shape (..., p, p)
        Covariance of the organisations' standings.
    slope : array, shape (..., p, q)
        Of standings on the other columns.
    beside : array, shape (..., p, p)
        Covariance of the standings, given the other columns.
    """

    mean: Floats
    within: Floats
    standing: Floats
    slope: Floats
    beside: Floats

    @property
    def told(self) -> bool:
        """Whether standings differ, given the other columns, in every sample and direction."""
        return bool(np.isfinite(self.beside).all() and (np.linalg.eigvalsh(self.beside) > 0).all())

    def guess(self, sums: Sums) -> Floats:
        """Best linear guess of the standings of organisations: shape (..., G, p)."""
        p = self.within.shape[-1]
        away = sums.columns - self.mean[..., None, :]
        expected = away[..., p:] @ np.swapaxes(self.slope, -1, -2)
        error = self.within[..., None, :, :] * sums.error
        beside = self.beside[..., None, :, :]
        surprise = (away[..., :p] - expected)[..., None]
        moved: Floats = (beside @ np.linalg.solve(beside + error, surprise))[..., 0]
        return self.mean[..., None, :p] + expected + moved


def sums_of(scores: Floats, groups: NDArray[np.intp], columns: Floats) -> Sums:
    """Sum up the executives of each organisation.

    Parameters
    ----------
    scores : array, shape (executives, p)
        NaN where an executive has no score on a scale.
    groups : array of int, shape (executives,)
        Number of each one's organisation, from 0; every number occurs.
    columns : array, shape (G, q)
        Other columns, one row an organisation.
    """
    known = np.isfinite(scores)
    counts = group_sums(groups, known.astype(float))
    means = group_sums(groups, np.where(known, scores, 0.0)) / counts
    apart = np.where(known, scores - means[groups], 0.0)
    shared = group_sums(groups, _outer(known.astype(float)))
    both = counts[:, :, None] * counts[:, None, :]
    return Sums(
        weight=counts.mean(axis=1),
        error=shared / both,
        columns=np.hstack([means, columns]),
        cross=group_sums(groups, _outer(apart)),
        degrees=np.maximum(shared - 1, 0),
    )


def calibrate(sums: Sums, *, without_each: bool = False) -> Calibration:
    r"""Estimate the moments of standings by the method of moments.

    Parameters
    ----------
    sums : Sums
        Of the organisations.
    without_each : bool, optional
        Do it once without each organisation: the results gain a leading axis of G.

    Returns
    -------
    Calibration
        With :math:`w_g` executives, :math:`\nu = \sum w_g - \sum w_g^2 / \sum w_g` and :math:`U_g` the covariance of
        the errors of an organisation's means,

        .. math:: \Sigma_x = \frac1\nu \Big[\sum_g w_g (W_g - \bar W)(W_g - \bar W)^\top - \sum_g w_g (1 - w_g /
            \textstyle\sum w) U_g\Big] .

        For one scale the share of :math:`\Sigma_x` in :math:`\Sigma_x + \Sigma_w` is ICC(1) by analysis of variance,
        with :math:`n_0`.

    References
    ----------
    Carroll, Ruppert, Stefanski and Crainiceanu (2006), Measurement error in nonlinear models, 2nd edition, section 4.4.
    """

    def total(each: Floats) -> Floats:
        everything: Floats = each.sum(axis=0)
        return everything - each if without_each else everything

    weight, p = sums.weight, sums.error.shape[1]
    heavy = weight[:, None, None]
    whole, squares = total(weight), total(weight**2)
    within = total(sums.cross) / total(sums.degrees)
    # Around the mean of all, so that a large mean costs no digits.
    middle = weight @ sums.columns / weight.sum()
    away = sums.columns - middle
    shift = total(weight[:, None] * away) / whole[..., None]
    spread = total(heavy * _pairs(away)) - whole[..., None, None] * _pairs(shift)
    noise = total(heavy * sums.error) - total(heavy**2 * sums.error) / whole[..., None, None]
    freedom = (whole - squares / whole)[..., None, None]
    both = spread / freedom
    standing = both[..., :p, :p] - within * noise / freedom
    slope = np.swapaxes(_solved(both[..., p:, p:], both[..., p:, :p]), -1, -2)
    return Calibration(
        mean=middle + shift,
        within=within,
        standing=standing,
        slope=slope,
        beside=standing - slope @ both[..., p:, :p],
    )


def _outer(rows: Floats) -> Floats:
    """Products of the columns of each row: shape (n, p, p)."""
    return rows[:, :, None] * rows[:, None, :]


def _pairs(vectors: Floats) -> Floats:
    return vectors[..., :, None] * vectors[..., None, :]


def _solved(square: Floats, right: Floats) -> Floats:
    """Solve for columns that may be constant in a sample; those go with nothing there."""
    spread = np.diagonal(square, axis1=-2, axis2=-1)
    floor = 1e-12 * spread.max(axis=tuple(range(spread.ndim - 1)), initial=0.0)
    scale = np.where(spread > floor, np.sqrt(np.maximum(spread, 0.0)), np.inf)
    alike = square / scale[..., :, None] / scale[..., None, :]
    found: Floats = np.linalg.pinv(alike, rcond=1e-10, hermitian=True) @ (right / scale[..., :, None])
    return found / scale[..., :, None]
