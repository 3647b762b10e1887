"""What every model of a link tells of its parameters: scores and information of each organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS = 100
_SMALL = 1e-10


class At(NamedTuple):
    """A model at one value of its parameters.

    `value` is the log likelihood; `scores`, shape (G, k), its first derivatives summed within organisations;
    `information`, shape (G, k, k), minus the second ones; `meat`, shape (G, k, k), the covariance of the scores under
    the model where that is not the information (survey weights), else None.
    """

    value: float
    scores: Floats
    information: Floats
    meat: Floats | None = None


class Likelihood(Protocol):
    """A model that can be asked at any parameters; rows, organisations and weights are its own."""

    def start(self) -> Floats:
        """Return parameters to begin from, shape (k,)."""
        ...

    def at(self, parameters: Floats) -> At:
        """Tell value, scores and information there."""
        ...


def maximise(
    likelihood: Likelihood, *, start: Floats | None = None, fixed: Mapping[int, float] | None = None
) -> tuple[Floats, bool]:
    """Find the parameters of highest likelihood by Newton's method with halved steps.

    Parameters
    ----------
    likelihood : Likelihood
    start : array of float, shape (k,), optional
        Where to begin; by default where the likelihood says.
    fixed : mapping of int to float, optional
        Parameters held at a value, by position: the fit under a null hypothesis.

    Returns
    -------
    (array, bool)
        The parameters, and whether no step is left worth taking.
    """
    parameters = np.array(likelihood.start() if start is None else start, dtype=np.float64)
    held = dict(fixed or {})
    parameters[list(held)] = list(held.values())
    free = np.setdiff1d(np.arange(len(parameters)), list(held))
    here = likelihood.at(parameters)
    for _ in range(_STEPS):
        score, curve = here.scores.sum(axis=0)[free], here.information.sum(axis=0)[np.ix_(free, free)]
        step = np.zeros(len(parameters))
        step[free] = np.linalg.solve(curve, score)
        gain = float(score @ step[free])
        least = max(_SMALL**2, 1e-22 * abs(here.value))  # less is rounding, where outcomes are large numbers
        if gain <= least:
            return parameters, gain >= -least  # below that the likelihood bends upwards: no maximum
        for _ in range(30):
            there = likelihood.at(parameters + step)
            if np.isfinite(there.value) and there.value >= here.value - _SMALL:
                break
            step /= 2
        else:
            return parameters, False
        parameters, here = parameters + step, there
    return parameters, False
