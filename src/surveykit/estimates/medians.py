"""Medians of every domain of a design, with Woodruff's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from surveykit.estimates.engine import quotients
from surveykit.estimates.intervals import critical

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.estimates.engine import Found, Layout

    Floats = NDArray[np.float64]

# Shares of weight that differ by less are alike: sums are off in their last digits.
_ROUNDING = 1e-9


def medians(layout: Layout, y: Floats, confidence: float) -> tuple[Found, Floats, Floats]:
    r"""Weighted median in every domain, lower and upper limits; NaN leaves a row out.

    Notes
    -----
    The median q is the smallest answer at or below which lie half of the weights or more. Woodruff's limits (1952,
    JASA 47, 635-646) are the quantiles at 1/2 less and plus t standard errors of the share of answers at or below q,
    or below q, whichever is nearer to 1/2: with few answer options only that share tells how far the half is off.
    Its design effect is the median's, and the standard error is the limits' distance over 2 t.
    """
    quantile = _Quantiles(layout, y)
    half = np.full(len(layout.domain_first), 0.5)
    median = quantile.at(half)
    up_to, below = (
        quotients(layout, np.where(np.isnan(y), np.nan, side), np.ones_like(y))
        for side in (y <= median[layout.domain], y < median[layout.domain])
    )
    nearer = np.abs(below.estimate - 0.5) < np.abs(up_to.estimate - 0.5) - _ROUNDING
    t = critical(up_to.df, confidence)
    reach = t * np.sqrt(np.where(nearer, below.variance, up_to.variance))
    lower, upper = quantile.at(half - reach), quantile.at(half + reach)
    found = replace(
        up_to,
        estimate=median,
        variance=((upper - lower) / (2 * t)) ** 2,
        deff=np.where(nearer, below.deff, up_to.deff),
    )
    return found, lower, upper


class _Quantiles:
    """Answers of every domain in order, with the weight up to each."""

    def __init__(self, layout: Layout, y: Floats) -> None:
        told = np.flatnonzero(~np.isnan(y))
        order = told[np.lexsort((y[told], layout.domain[told]))]
        self.values = y[order]
        self.cumulated = np.cumsum(layout.weight[order])
        self.total = np.bincount(
            layout.domain[order], layout.weight[order], minlength=len(layout.domain_first)
        )
        self.before = np.cumsum(self.total) - self.total

    def at(self, level: Floats) -> Floats:
        """Smallest answer of each domain at or below which lies this share of weight; NaN outside 0 to 1."""
        held = (level > 0) & (level < 1) & (self.total > 0)
        target = self.before + (np.where(held, level, 0.5) - _ROUNDING) * self.total
        place = np.minimum(np.searchsorted(self.cumulated, target), len(self.values) - 1)
        return np.where(held, self.values[place], np.nan)
