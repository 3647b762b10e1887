"""Figures in the sentences of diagnostics."""

from __future__ import annotations

import math


def amount(value: float, error: float, *, points: bool) -> str:
    """Write a figure to two digits of its error, in percentage points where it is a difference in a probability.

    Examples
    --------
    >>> amount(0.0643, 0.021, points=True), amount(-1.2345, 0.4, points=False)
    ('6.4', '−1.23')
    """  # noqa: RUF002
    scale = 100 if points else 1
    digits = min(max(1 - math.floor(math.log10(scale * error)), 0), 9) if error > 0 else 2
    return f"{scale * value:,.{digits}f}".replace("-", "−")  # noqa: RUF001


def difference(value: float, error: float, *, points: bool) -> str:
    """Write a figure with its unit.

    Examples
    --------
    >>> difference(0.0643, 0.021, points=True)
    '6.4 percentage points'
    """
    return amount(value, error, points=points) + (" percentage points" if points else "")
