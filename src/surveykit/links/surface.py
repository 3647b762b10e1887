"""The expected outcome as a predictor and what moderates it move, everything else as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.links.curves import mean_curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]


class Surface(NamedTuple):
    """A fitted link with products of one predictor and the columns of one moderator.

    `predictor`, `moderator` and `products` are positions of parameters (the last two in one order); `centre` and
    `centres` what predictor and moderator columns had taken off before they were multiplied; `share`, shape (n,), what
    each row counts, summing to 1; `per` the difference in the predictor, None for 0 to 1.
    """

    fitted: FittedLink
    predictor: int
    moderator: Sequence[int]
    products: Sequence[int]
    centre: float
    centres: Floats
    share: Floats
    per: float | None

    def effect(self, value: Floats) -> tuple[float, Floats]:
        """Average marginal effect where everybody's moderator is `value`, and its gradient by the parameters.

        Parameters
        ----------
        value : array of float
            One number a moderator column.

        Returns
        -------
        (float, array of float, shape (k,))
            In units of the outcome, for a difference of `per`, or from 0 to 1.
        """
        if self.per is None:
            (high, up), (low, down) = self._mean(value, 1.0), self._mean(value, 0.0)
            return high - low, up - down
        parameters = self.fitted.parameters.to_numpy()
        rows = self._rows(value, None)
        curve = mean_curve(self.fitted.model, rows @ parameters)
        along = np.zeros(len(parameters))
        along[self.predictor] = self.per
        along[list(self.products)] = self.per * (value - self.centres)
        slope, mean = along @ parameters, float(self.share @ curve.slope)
        return float(slope * mean), slope * ((self.share * curve.bend) @ rows) + mean * along

    def _mean(self, value: Floats, predictor: float) -> tuple[float, Floats]:
        rows = self._rows(value, predictor)
        curve = mean_curve(self.fitted.model, rows @ self.fitted.parameters.to_numpy())
        return float(self.share @ curve.value), (self.share * curve.slope) @ rows

    def _rows(self, value: Floats, predictor: float | None) -> Floats:
        rows = self.fitted.design.to_numpy(copy=True)
        if predictor is not None:
            rows[:, self.predictor] = predictor
        rows[:, list(self.moderator)] = value
        rows[:, list(self.products)] = (rows[:, [self.predictor]] - self.centre) * (value - self.centres)
        return rows
