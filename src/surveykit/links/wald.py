"""Several contrasts of one clustered fit: their errors and degrees of freedom at once, and a test of all together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from surveykit.links.clustered import _adjusting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.clustered import Clustered

    Floats = NDArray[np.float64]

_FLAT = 1e-10  # a contrast that others determine adds no dimension to a joint test


class WaldTest(NamedTuple):
    """Whether several contrasts are all 0.

    `statistic` is F on `df_num` and `df` degrees of freedom, from 0; `p_value` from 0 to 1. With one contrast it is
    the square of its t. All but `df_num` are NaN where `reason` says why.
    """

    statistic: float
    df_num: int
    df: float
    p_value: float
    reason: str


class Contrasts:
    r"""Contrasts of the parameters of one fit, several at a time.

    Parameters
    ----------
    clustered : Clustered
        CR2 covariance of the parameters and what its degrees of freedom rest on.

    Examples
    --------
    >>> from surveykit.links.clustered import clustered
    >>> fitted = clustered(np.array([[1.0], [-2.0], [1.0]]), np.ones((3, 1, 1)))
    >>> Contrasts(fitted).degrees(np.ones((1, 1))).round(12).tolist()
    [2.0]
    """

    def __init__(self, clustered: Clustered) -> None:
        self._clustered = clustered
        self._meat = clustered.leverage if clustered.meat is None else clustered.meat
        self._adjusting = _adjusting(clustered.leverage, clustered.meat)
        eye, none = np.eye(clustered.leverage.shape[1]), np.zeros_like(clustered.leverage[0])
        # Scores covary as clustered() says: q'E q is a part of one organisation, and sides @ bridge @ sides of two.
        self._bridge = np.block([[none, -eye], [-eye, self._meat.sum(axis=0)]])

    def errors(self, weights: Floats) -> Floats:
        """Return CR2 standard errors of the contrasts in the rows of `weights`, shape (m, k)."""
        found: Floats = np.sqrt(np.einsum("mi,ij,mj->m", weights, self._clustered.covariance, weights))
        return found

    def degrees(self, weights: Floats) -> Floats:
        """Return Satterthwaite's degrees of freedom of each row of `weights`: `Clustered.degrees`, many at once."""
        sides, moved = self._told(weights)
        alone = np.einsum("gim,gij,gjm->gm", moved, self._meat, moved, optimize=True)
        turned = self._bridge @ sides
        shared = (sides * turned).sum(axis=1)
        both = turned.transpose(2, 1, 0) @ sides.transpose(2, 0, 1)
        squares = (alone**2 + 2 * alone * shared).sum(axis=0) + np.einsum("mij,mji->m", both, both)
        degrees: Floats = (alone + shared).sum(axis=0) ** 2 / squares
        return degrees

    def inference(self, values: Floats, weights: Floats, confidence: float) -> pd.DataFrame:
        """Tell of each contrast what `FittedLink.inference` does: many at once.

        Parameters
        ----------
        values : array of float, shape (m,)
            Estimates.
        weights : array of float, shape (m, k)
            How each moves with the parameters.
        confidence : float
            Level of the intervals, between 0 and 1.

        Returns
        -------
        DataFrame, one row a contrast
            ``estimate, std_error, ci_lower, ci_upper, df, p_value``.
        """
        errors, df = self.errors(weights), self.degrees(weights)
        reach = stats.t.ppf((1 + confidence) / 2, df) * errors
        return pd.DataFrame(
            {
                "estimate": values,
                "std_error": errors,
                "ci_lower": values - reach,
                "ci_upper": values + reach,
                "df": df,
                "p_value": 2 * stats.t.sf(np.abs(values) / errors, df),
            }
        )

    def test(self, values: Floats, weights: Floats) -> WaldTest:
        r"""Test whether all contrasts are 0, honestly with few organisations.

        Parameters
        ----------
        values : array of float, shape (q,)
            Estimates of the contrasts.
        weights : array of float, shape (q, k)
            How each moves with the parameters.

        Returns
        -------
        WaldTest
            With :math:`Q = v^\top (C V C^\top)^{-1} v`, the approximate Hotelling test

            .. math:: F = \frac{\eta - q + 1}{\eta q} Q \sim F(q, \eta - q + 1) ,

            where :math:`\eta` makes a Wishart matrix vary in all as much as the CR2 covariance of the contrasts does
            under the model: :math:`\eta = q(q+1) / \sum_{gh} [(\mathrm{tr} P_{gh})^2 + \mathrm{tr} P_{gh}^2]`,
            :math:`P_{gh}` the covariance of the adjusted scores of organisations g and h in the contrasts'
            standardised space. One contrast gives the square of t with Satterthwaite's degrees of freedom.

        Notes
        -----
        R: ``clubSandwich::Wald_test(fit, constraints = C, vcov = "CR2", test = "HTZ")``.

        References
        ----------
        Pustejovsky and Tipton (2018), Small-sample methods for cluster-robust variance estimation and hypothesis
        testing in fixed effects models, Journal of Business and Economic Statistics 36.
        """
        count = len(values)
        covariance = weights @ self._clustered.covariance @ weights.T
        if np.linalg.matrix_rank(covariance, tol=_FLAT * np.trace(covariance), hermitian=True) < count:
            return _undefined(
                count, "fewer organisations tell the categories apart than there are differences"
            )
        eta = self._eta(weights)
        df = eta - count + 1
        if df <= 0:
            return _undefined(count, "too few organisations for a joint test of so many differences")
        statistic = float(df / (eta * count) * values @ np.linalg.solve(covariance, values))
        return WaldTest(statistic, count, df, float(stats.f.sf(statistic, count, df)), "")

    def _told(self, weights: Floats) -> tuple[Floats, Floats]:
        """What each organisation tells of the contrasts, (G, 2k, m), and their adjusted directions, (G, k, m)."""
        moved = self._adjusting.transpose(0, 2, 1) @ (self._clustered.root.T @ weights.T)
        return np.concatenate([self._meat @ moved, self._clustered.leverage @ moved], axis=1), moved

    def _eta(self, weights: Floats) -> float:
        """Degrees of freedom of the Wishart matrix; see `test`."""
        sides, moved = self._told(weights)
        expected = (_inner(moved, self._meat @ moved) + _inner(sides, self._bridge @ sides)).sum(axis=0)
        values, vectors = np.linalg.eigh(expected)
        half = (vectors / np.sqrt(values)) @ vectors.T
        sides, moved = sides @ half, moved @ half
        turned = self._bridge @ sides
        # Sums over pairs of organisations from sums over organisations, so that no G by G is ever held.
        left, right = _outer(sides), _outer(turned)
        shared, alone = _inner(sides, turned), _inner(moved, self._meat @ moved)
        traces = (left * right).sum() + _squared_traces(alone + shared) - _squared_traces(shared)
        products = (left * right.transpose(0, 3, 2, 1)).sum() + _squares(alone + shared) - _squares(shared)
        return float(len(weights) * (len(weights) + 1) / (traces + products))


def _inner(left: Floats, right: Floats) -> Floats:
    product: Floats = left.transpose(0, 2, 1) @ right
    return product


def _outer(parts: Floats) -> Floats:
    """Sum over organisations of every entry times every other: shape (i, s, i, s)."""
    flat = parts.reshape(len(parts), -1)
    product: Floats = (flat.T @ flat).reshape(parts.shape[1:] * 2)
    return product


def _squared_traces(matrices: Floats) -> float:
    return float(np.square(np.trace(matrices, axis1=1, axis2=2)).sum())


def _squares(matrices: Floats) -> float:
    return float(np.einsum("gst,gts->", matrices, matrices))


def _undefined(count: int, reason: str) -> WaldTest:
    return WaldTest(float("nan"), count, float("nan"), float("nan"), reason)
