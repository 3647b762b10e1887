"""Where along a moderator an effect can be told from 0: the Johnson-Neyman region, inside what was observed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from surveykit.links.wald import Contrasts

    Floats = NDArray[np.float64]

_POINTS = 101


def significant_region(
    effect: Callable[[float], tuple[float, Floats]], units: pd.Series, contrasts: Contrasts, confidence: float
) -> pd.DataFrame:
    """Find the stretches of a moderator's observed range in which the effect's interval leaves out 0.

    Parameters
    ----------
    effect : callable
        The effect at a value of the moderator, and its gradient by the parameters.
    units : Series of float
        The moderator, once a unit it is measured on.
    contrasts : Contrasts
        Of the fit.
    confidence : float
        Level of the pointwise interval, between 0 and 1.

    Returns
    -------
    DataFrame
        ``lower, upper`` in the moderator's unit, ``side`` (``higher`` or ``lower``) and ``share`` of the units inside,
        0 to 1; no row where the interval holds 0 everywhere.

    References
    ----------
    Johnson and Fay (1950), The Johnson-Neyman technique, its theory and application, Psychometrika 15. Esarey and
    Sumner (2018), Marginal effects in interaction models, Comparative Political Studies 51: why many points tested
    one by one find too much.
    """

    def beyond(points: Floats) -> tuple[Floats, Floats]:
        values, gradients = zip(*[effect(float(point)) for point in points], strict=True)
        weights, found = np.array(gradients), np.array(values)
        reach = stats.t.ppf((1 + confidence) / 2, contrasts.degrees(weights)) * contrasts.errors(weights)
        return np.abs(found) - reach, np.sign(found)

    def end(outside: float, inside: float) -> float:
        return float(brentq(lambda point: beyond(np.array([point]))[0][0], outside, inside))

    grid = np.linspace(units.min(), units.max(), _POINTS)
    excess, sides = beyond(grid)
    runs = groupby(range(_POINTS), key=lambda point: float(sides[point]) if excess[point] > 0 else 0.0)
    found = []
    for side, members in runs:
        points = list(members)
        if side == 0:
            continue
        first, last = points[0], points[-1]
        low = grid[0] if first == 0 else end(grid[first - 1], grid[first])
        high = grid[-1] if last == _POINTS - 1 else end(grid[last + 1], grid[last])
        inside = units.between(low, high).mean()
        found.append((low, high, "higher" if side > 0 else "lower", inside))
    return pd.DataFrame(found, columns=["lower", "upper", "side", "share"])
