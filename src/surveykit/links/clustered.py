"""Covariance of parameters whose rows come in organisations: CR2, and the degrees of freedom of any contrast."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        Each organisation's share of the information, :math:`M_g = R^\top A_g R`: symmetric, summing to the identity.
    meat : array of float, shape (G, k, k), optional
        Covariance of its score under the model, :math:`R^\top P_g R`, where that is not its information.
    """

    covariance: Floats
    root: Floats
    leverage: Floats
    meat: Floats | None = None

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
            what the contrast is. :math:`p_{gh} = q_g^\top E_{gh} q_h`, with :math:`q_g = C_g^\top R^\top c` and
            :math:`E_{gh}` the covariance of two organisations' scores at the estimate (see `clustered`).
        """
        meat = self.leverage if self.meat is None else self.meat
        moved = (self.root.T @ contrast) @ _adjusting(self.leverage, self.meat)
        own = np.einsum("gi,gij->gj", moved, meat)
        pulled = np.einsum("gi,gij->gj", moved, self.leverage)
        alone = (own * moved).sum(axis=1)
        # p is diagonal but for a part of rank 2k, so that no matrix of G by G is ever held.
        sides = np.hstack([own, pulled])
        eye, none = np.eye(len(contrast)), np.zeros((len(contrast),) * 2)
        bridge = np.block([[none, -eye], [-eye, meat.sum(axis=0)]])
        shared = ((sides @ bridge) * sides).sum(axis=1)
        turned = bridge @ (sides.T @ sides)
        squares = np.square(alone).sum() + 2 * alone @ shared + np.trace(turned @ turned)
        return float((alone + shared).sum() ** 2 / squares)

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
        covariance = change @ self.covariance @ change.T
        return replace(self, covariance=covariance, root=change @ self.root)


def clustered(scores: Floats, information: Floats, meat: Floats | None = None) -> Clustered:
    r"""CR2 covariance from each organisation's score and information.

    Parameters
    ----------
    scores : array of float, shape (G, k)
        Derivative of each organisation's log likelihood at the estimate; columns sum to 0.
    information : array of float, shape (G, k, k)
        Minus its second derivative; the sum is positive definite.
    meat : array of float, shape (G, k, k), optional
        Covariance of each score under the model, up to one factor for all; by default the information. They differ
        where a likelihood is only a pseudo one: survey weights w make them :math:`\sum w^2 x x^\top` and
        :math:`\sum w x x^\top`.

    Returns
    -------
    Clustered
        With :math:`R R^\top = A^{-1}`, :math:`M_g = R^\top A_g R`, and :math:`P_g` the meat in the same metric,

        .. math:: V = R \Big(\sum_g z_g z_g^\top\Big) R^\top, \quad z_g = C_g R^\top s_g .

        At the estimate a score differs from that at the truth by its share of their sum, so that under the model

        .. math:: E_{gh} = \mathrm{E}[s_g s_h^\top] = \delta_{gh} P_g - P_g M_h - M_g P_h + M_g P M_h ,

        and :math:`C_g E_{gg} C_g^\top = P_g` makes V unbiased. Of the matrices that do, :math:`C_g = L F^{-1/2}
        L^+` is taken, with :math:`L L^\top = P_g` and :math:`F = L^+ E_{gg} L^{+\top}`, which depends on no choice of
        L. Where the meat is the information, :math:`C_g = (I - M_g)^{-1/2}`.

        For a linear model without weights this is ``clubSandwich::vcovCR(fit, type = "CR2")``; for a generalised
        one, the same of the least-squares problem that the last step of its fit solves. (On a ``glm`` clubSandwich
        takes another root of the same matrix, as unbiased under the model; in the reference data errors differ by at
        most 4.5e-4. Nor is it the same with weights, where clubSandwich adjusts residuals and this their sums.)

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
    turned = None if meat is None else root.T @ meat @ root
    pulled = np.einsum("gij,gj->gi", _adjusting(leverage, turned), scores @ root)
    half = root @ pulled.T
    return Clustered(covariance=half @ half.T, root=root, leverage=leverage, meat=turned)


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


def _adjusting(leverage: Floats, meat: Floats | None) -> Floats:
    """Matrices C_g of `clustered`, 0 in directions that one organisation alone tells."""
    if meat is None:
        return _powered(np.eye(leverage.shape[1]) - leverage, -0.5)
    mixed = leverage @ meat
    left = meat - mixed - mixed.transpose(0, 2, 1) + leverage @ meat.sum(axis=0) @ leverage
    # Shares of the largest weight, so that a scale of weights decides nothing.
    scale = np.maximum(np.linalg.eigvalsh(meat)[:, -1, None, None], np.finfo(float).tiny)
    root, back = _powered(meat / scale, 0.5), _powered(meat / scale, -0.5)
    made: Floats = root @ _powered(back @ (left / scale) @ back, -0.5) @ back
    return made


def _powered(matrices: Floats, power: float) -> Floats:
    """Powers of symmetric matrices, 0 where an eigenvalue is."""
    values, vectors = np.linalg.eigh(matrices)
    powers = np.where(values > _OWN, np.maximum(values, _OWN) ** power, 0.0)
    made: Floats = (vectors * powers[:, None, :]) @ vectors.transpose(0, 2, 1)
    return made
