"""Many logit models of the same rows at once: of all subsets of predictors, or of one subset in many resamples."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_STEPS = 60  # most models rest after 3 to 10, those nearly without a best fit after 40
# Gain in log likelihood, by row, that is left to the last step: it is then known to its power of 1.5, 14 digits.
_NEAR = 1e-9
# Longest last step, in standard deviations: without a finite best fit (separation) steps stay near 1 for ever, while
# there is less and less to gain.
_SHORT = 0.01
_HELD = 60_000  # rows times models at once, so that they stay in a processor's cache
_RIDGE = (
    1e-11  # of the mean information: keeps a column that is constant in a resample from stopping all others
)


class Fits(NamedTuple):
    """Models at their best fit.

    `parameters`, shape (models, k), are 0 where a column is left out; `value`, shape (models,), the log likelihoods;
    `converged`, shape (models,).
    """

    parameters: Floats
    value: Floats
    converged: Flags


class Logits:
    """Logit models of one outcome.

    Parameters
    ----------
    full : array of float, shape (n, k)
        Standardised predictors, then a column of ones.
    outcome : array of float, shape (n,)
        0 or 1.
    """

    def __init__(self, full: Floats, outcome: Floats) -> None:
        self.full, self.outcome = full, outcome
        self._where = np.triu_indices(full.shape[1])
        self._pairs = full[:, self._where[0]] * full[:, self._where[1]]

    def fit(self, weights: Floats, used: Flags, start: Floats) -> Fits:
        """Fit by Newton's method with halved steps.

        Parameters
        ----------
        weights : array of float, shape (models, n) or (1, n)
            How much each row counts in each model.
        used : array of bool, shape (models, k) or (1, k)
            Which columns each model has.
        start : array of float, shape (models, k)
            Where each begins.
        """
        used = np.broadcast_to(used, start.shape)
        near = np.broadcast_to(_NEAR * weights.sum(axis=1), len(start))
        parameters, step = np.where(used, start, 0.0), np.zeros(start.shape)
        value, gain = np.full(len(start), -np.inf), np.full(len(start), np.inf)
        resting, going, tried = np.zeros(len(start), dtype=bool), np.arange(len(start)), parameters
        for _ in range(_STEPS):
            there, score, curve = self._at(weights if len(weights) == 1 else weights[going], tried)
            better = there >= value[going] - near[going]
            moved = going[better]
            parameters[moved], value[moved] = tried[better], there[better]
            step[moved] = newton_step(curve[better], score[better], used[moved])
            gain[moved] = (score[better] * step[moved]).sum(axis=1) / 2
            step[going[~better]] /= 2
            resting[moved] = (gain[moved] <= near[moved]) & (np.abs(step[moved]).max(axis=1) < _SHORT)
            going = going[~resting[going]]
            if not len(going):
                break
            tried = parameters[going] + step[going]
        return Fits(parameters + step, value + gain, resting)

    def information(self, weights: Floats, parameters: Floats) -> Floats:
        """Minus the second derivatives, shape (models, k, k)."""
        return self._at(weights, parameters)[2]

    def null(self, weights: Floats) -> tuple[Floats, Floats]:
        """Constant, and log likelihood, of the models without a predictor; shape (models,) each."""
        total, ones = weights.sum(axis=1), weights @ self.outcome
        # An outcome without one of its values has the likelihood 1, and no finite constant.
        with np.errstate(divide="ignore", invalid="ignore"):
            constant = np.log(ones) - np.log(total - ones)
            value = ones * np.log(ones / total) + (total - ones) * np.log1p(-ones / total)
        return constant, value

    def in_parts(self, models: int) -> Iterator[slice]:
        """Divide many models into as many as are best fitted at once."""
        at_once = max(1, _HELD // len(self.outcome))
        return (slice(first, min(first + at_once, models)) for first in range(0, models, at_once))

    def _at(self, weights: Floats, parameters: Floats) -> tuple[Floats, Floats, Floats]:
        """Log likelihood, its first derivatives, and minus its second ones."""
        linear = parameters @ self.full.T
        small = np.exp(-np.abs(linear))  # never overflows
        share = np.where(linear >= 0, 1.0, small) / (1 + small)
        value = self.outcome * linear - np.maximum(linear, 0) - np.log1p(small)
        first, second = self._where
        curve = np.empty((*parameters.shape, parameters.shape[1]))
        curve[:, first, second] = curve[:, second, first] = (weights * share * (1 - share)) @ self._pairs
        return (weights * value).sum(axis=1), (weights * (self.outcome - share)) @ self.full, curve


def newton_step(information: Floats, score: Floats, used: Flags) -> Floats:
    """Solve for the step of every model among the columns it has; 0 for the others."""
    k = score.shape[1]
    curve = np.where(used[:, :, None] & used[:, None, :], information, 0.0)
    ridge = _RIDGE * np.einsum("mii->m", information) / k
    curve[:, np.arange(k), np.arange(k)] += np.where(used, ridge[:, None], 1.0)
    solved: Floats = np.linalg.solve(curve, np.where(used, score, 0.0)[..., None])[..., 0]
    return solved
