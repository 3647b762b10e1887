"""Covariance of parameters whose rows come in organisations: CR2, and the degrees of freedom of any contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Share of a direction's information that other organisations must hold for it to be adjusted. Where one organisation
# alone tells a parameter its score there is 0, and nothing is left to adjust; a tested one is refused long before.
_OWN = 1e-10
_ALONE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustered:
    r"""Bias-reduced clustered covariance.

    Attributes
    ----------
    covariance : array of float, shape (k, k)
        CR2 covariance of the parameters.
    root : array of float, shape (k, k)
        R with :math:`R R^\top = A^{-1}`, A the information.
    leverage : array of float, shape (G, k, k)
        Each organisation's share of the information, :math:`R^\top A_g R`: symmetric, summing to the identity.
    """

    covariance: Floats
    root: Floats
    leverage: Floats

    def degrees(self, contrast: Floats) -> float:
        r"""Satterthwaite degrees of freedom of the variance of a contrast, under the model itself.

        Parameters
        ----------
        contrast : array of float, shape (k,)
            Weights of the parameters.

        Returns
        -------
        float
            :math:`(\sum_g p_{gg})^2 / \sum_{gh} p_{gh}^2`, at most about G - 1: fewer where few organisations tell
            what the contrast is. :math:`p_{gh} = q_g^\top (\delta_{gh} M_g - M_g M_h) q_h`, :math:`q_g = (I -
            M_g)^{-1/2} R^\top c`.
        """
        moved = _adjusted(self.leverage) @ (self.root.T @ contrast)
        told = np.einsum("gij,gj->gi", self.leverage, moved)
        own = (moved * told).sum(axis=1)
        length = np.square(told).sum(axis=1)
        squares = np.square(own).sum() - 2 * own @ length + np.square(told.T @ told).sum()
        return float((own - length).sum() ** 2 / squares)

    def told_alone(self, contrast: Floats) -> tuple[int, float]:
        """Organisation that alone tells part of a contrast, and how large a part, 0 to 1.

        It is the part that lies in directions of which an organisation holds all the information but a millionth. A
        dummy of one organisation is such a direction, but no part of any other column's contrast.
        """
        values, vectors = np.linalg.eigh(self.leverage)
        direction = self.root.T @ contrast
        parts = np.square(direction @ vectors) * (values > 1 - _ALONE)
        held = parts.sum(axis=1) / (direction @ direction)
        return int(np.argmax(held)), float(held.max())

    def moved(self, change: Floats) -> Clustered:
        """The same for parameters ``change @ parameters``."""
        return Clustered(
            covariance=change @ self.covariance @ change.T, root=change @ self.root, leverage=self.leverage
        )


def clustered(scores: Floats, information: Floats) -> Clustered:
    r"""CR2 covariance from each organisation's score and information.

    Parameters
    ----------
    scores : array of float, shape (G, k)
        Derivative of each organisation's log likelihood at the estimate; columns sum to 0.
    information : array of float, shape (G, k, k)
        Minus its second derivative; the sum is positive definite.

    Returns
    -------
    Clustered
        With :math:`M_g = R^\top A_g R`,

        .. math:: V = R \Big(\sum_g z_g z_g^\top\Big) R^\top, \quad z_g = (I - M_g)^{-1/2} R^\top s_g .

        For a linear model this is ``clubSandwich::vcovCR(fit, type = "CR2")``; for a generalised one, the same of
        the least-squares problem that the last step of its fit solves. (On a ``glm`` clubSandwich takes another root
        of the same matrix, as unbiased under the model; in the reference data errors differ by at most 4.5e-4.)

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples,
    Survey Methodology 28. Pustejovsky and Tipton (2018), Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models, Journal of Business and Economic Statistics 36.

    Examples
    --------
    >>> scores = np.array([[1.0], [-2.0], [1.0]])          # three organisations of one row each, and their mean
    >>> found = clustered(scores, np.ones((3, 1, 1)))
    >>> found.covariance.round(12).tolist(), round(found.degrees(np.ones(1)), 12)
    ([[1.0]], 2.0)
    """
    root = np.linalg.inv(np.linalg.cholesky(information.sum(axis=0))).T
    leverage = root.T @ information @ root
    pulled = np.einsum("gij,gj->gi", _adjusted(leverage), scores @ root)
    half = root @ pulled.T
    return Clustered(covariance=half @ half.T, root=root, leverage=leverage)


def group_sums(groups: NDArray[np.intp], rows: Floats) -> Floats:
    """Sum rows within groups numbered from 0: shape (G, k)."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(np.max(groups)) + 1))
    sums: Floats = np.add.reduceat(rows[order], starts, axis=0)
    return sums


def outer_sums(groups: NDArray[np.intp], left: Floats, right: Floats, weight: Floats) -> Floats:
    """Sum weighted outer products of rows within groups: shape (G, k, k)."""
    # A column at a time, so that no row's whole matrix is ever held.
    columns = [group_sums(groups, left * column[:, None]) for column in (right * weight[:, None]).T]
    return np.stack(columns, axis=2)


def _adjusted(leverage: Floats) -> Floats:
    """Matrices (I - M)^(-1/2), 0 in directions that one organisation alone tells."""
    values, vectors = np.linalg.eigh(np.eye(leverage.shape[1]) - leverage)
    powers = np.where(values > _OWN, np.maximum(values, _OWN) ** -0.5, 0.0)
    made: Floats = (vectors * powers[:, None, :]) @ vectors.transpose(0, 2, 1)
    return made
