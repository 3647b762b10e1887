"""OLS, logit, fractional logit and Poisson: what a row adds is what it differs from its expectation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, xlogy

from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.curves import mean_curve
from surveykit.links.likelihood import At

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.curves import Model

    Floats = NDArray[np.float64]


class CanonicalLikelihood:
    r"""A model whose score is :math:`\sum_i w_i x_i (y_i - m(x_i^\top \beta))`.

    Parameters
    ----------
    model : {"ols", "logit", "fractional", "poisson"}
        Least squares stands for the normal model with a residual variance of 1: nothing made of scores and
        information together depends on it.
    outcome : array, shape (n,)
        In the range of the model.
    rows : array, shape (n, k)
        Regressors with the constant.
    groups : array of int, shape (n,)
        Number of each row's organisation, from 0.
    weights : array, shape (n,), optional
        Above 0.
    """

    def __init__(
        self,
        model: Model,
        outcome: Floats,
        rows: Floats,
        groups: NDArray[np.intp],
        weights: Floats | None = None,
    ) -> None:
        self._model = model
        self._outcome = outcome
        self._rows = rows
        self._groups = groups
        self._weights = weights
        self._each: Floats = np.ones(len(outcome)) if weights is None else weights

    def start(self) -> Floats:
        """Least squares for a mean, else the constant alone."""
        if self._model == "ols":
            root = np.sqrt(self._each)
            solved = np.linalg.lstsq(self._rows * root[:, None], self._outcome * root, rcond=None)[0]
            return solved.astype(np.float64)
        mean = float(np.average(self._outcome, weights=self._each))
        linear = float(np.log(mean if self._model == "poisson" else mean / (1 - mean)))
        started: Floats = np.linalg.lstsq(self._rows, np.full(len(self._rows), linear), rcond=None)[0]
        return started

    def at(self, parameters: Floats) -> At:
        """Tell value, scores and information there."""
        linear = self._rows @ parameters
        curve = mean_curve(self._model, linear)
        residual = self._each * (self._outcome - curve.value)
        return At(
            float(self._each @ self._values(linear, curve.value)),
            group_sums(self._groups, self._rows * residual[:, None]),
            self._outer(self._each * curve.slope),
            None if self._weights is None else self._outer(self._weights**2 * curve.slope),
        )

    def _outer(self, weight: Floats) -> Floats:
        return outer_sums(self._groups, self._rows, self._rows, weight)

    def _values(self, linear: Floats, mean: Floats) -> Floats:
        outcome = self._outcome
        values: Floats
        if self._model == "ols":
            values = -((outcome - mean) ** 2) / 2
        elif self._model == "poisson":
            values = outcome * linear - mean - gammaln(outcome + 1)
        else:
            # What the outcome itself could reach is taken off, so that a share's value is 0 at best, as a 0/1's is.
            own = xlogy(outcome, outcome) + xlogy(1 - outcome, 1 - outcome)
            values = outcome * linear - np.logaddexp(0, linear) - own
        return values
