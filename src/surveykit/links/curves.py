"""The mean of an outcome as a function of its linear predictor, for every model that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Model = Literal[
    "ols", "logit", "ordered logit", "poisson", "fractional", "negative binomial", "multinomial", "cox"
]


class Curve(NamedTuple):
    """Expected outcome at a linear predictor, with its first and second derivative."""

    value: Floats
    slope: Floats
    bend: Floats


class Baseline(NamedTuple):
    """A cumulative hazard, from 0, up to a time in the outcome's unit, for a row with the values `centre`."""

    time: float
    hazard: float
    centre: Floats


def mean_curve(model: Model, linear: Floats) -> Curve:
    """Expected outcome; for an ordered logit the probability of what its linear predictor is of."""
    if model == "ols":
        return Curve(linear, np.ones_like(linear), np.zeros_like(linear))
    if model in {"poisson", "negative binomial"}:
        return Curve(*[np.exp(linear)] * 3)
    share, rest = expit(linear), expit(-linear)
    return Curve(share, share * rest, share * rest * (rest - share))
