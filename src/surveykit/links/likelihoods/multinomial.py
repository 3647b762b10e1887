"""Categories without an order: log odds of each against the lowest code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_softmax

from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.likelihood import At

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class MultinomialLikelihood:
    """Slopes and constant of the second category, then of the third, and so on.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Category of each row, 0 the reference; every category occurs.
    rows : array, shape (n, q)
        Regressors with the constant.
    groups : array of int, shape (n,)
        Number of each row's organisation, from 0.
    weights : array, shape (n,), optional
        Above 0.
    """

    def __init__(
        self, codes: NDArray[np.intp], rows: Floats, groups: NDArray[np.intp], weights: Floats | None = None
    ) -> None:
        self._observed = np.eye(int(codes.max()) + 1)[codes]
        self._rows = rows
        self._groups = groups
        self._weights = weights
        self._each = np.ones(len(codes)) if weights is None else weights

    def start(self) -> Floats:
        """Shares of the outcome alone."""
        shares = self._each @ self._observed
        linear = np.tile(np.log(shares[1:] / shares[0]), (len(self._rows), 1))
        started: Floats = np.linalg.lstsq(self._rows, linear, rcond=None)[0].T.ravel()
        return started

    def at(self, parameters: Floats) -> At:
        """Tell value, scores and information there."""
        linear = self._rows @ parameters.reshape(-1, self._rows.shape[1]).T
        logs = log_softmax(np.column_stack([np.zeros(len(linear)), linear]), axis=1)
        shares = np.exp(logs)
        rest = (self._observed - shares)[:, 1:] * self._each[:, None]
        scores = (rest[:, :, None] * self._rows[:, None, :]).reshape(len(rest), -1)
        return At(
            float(self._each @ (logs * self._observed).sum(axis=1)),
            group_sums(self._groups, scores),
            self._information(shares[:, 1:], self._each),
            None if self._weights is None else self._information(shares[:, 1:], self._weights**2),
        )

    def _information(self, shares: Floats, weights: Floats) -> Floats:
        count = shares.shape[1]
        spread = shares[:, :, None] * (np.eye(count) - shares[:, None, :])
        blocks = [
            [
                outer_sums(self._groups, self._rows, self._rows, weights * spread[:, i, j])
                for j in range(count)
            ]
            for i in range(count)
        ]
        return np.block(blocks)
