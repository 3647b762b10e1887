"""The ordered logit: slopes, then thresholds in ascending order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from surveykit.links.clustered import group_sums
from surveykit.links.likelihood import At
from surveykit.links.ordered import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class OrderedLikelihood:
    """Proportional odds of being above each threshold.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Category of each row, 0 the lowest; every category occurs.
    columns : array, shape (n, p)
        Regressors, without a constant.
    groups : array of int, shape (n,)
        Number of each row's organisation, from 0.
    weights : array, shape (n,), optional
        Above 0.
    """

    def __init__(
        self,
        codes: NDArray[np.intp],
        columns: Floats,
        groups: NDArray[np.intp],
        weights: Floats | None = None,
    ) -> None:
        self._codes = codes
        self._columns = columns
        self._groups = groups
        self._weights = weights
        self._each = np.ones(len(codes)) if weights is None else weights

    def start(self) -> Floats:
        """Thresholds of the outcome alone."""
        counts = np.bincount(self._codes, weights=self._each)
        thresholds = logit(np.cumsum(counts)[:-1] / counts.sum())
        return np.concatenate([np.zeros(self._columns.shape[1]), thresholds])

    def at(self, parameters: Floats) -> At:
        """Tell value, scores and information there."""
        rows = Rows(self._codes, self._columns, parameters)
        return At(
            float(self._each @ rows.values()),
            group_sums(self._groups, rows.scores() * self._each[:, None]),
            rows.information(self._groups, self._each),
            None if self._weights is None else rows.information(self._groups, self._weights**2),
        )
