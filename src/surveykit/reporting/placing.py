"""Texts beside dots, placed so that none overlaps another or a dot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from surveykit.reporting.marks import ON_WHITE
from surveykit.reporting.style import INK, QUIET, figure_of, text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

_DOT = 0.07  # inches from the middle of a dot to its edge, with some air
_STEP = 0.06
_TURNS = 16
_RINGS = 60
_LEADING = 1.3


class Spot(NamedTuple):
    """Where a dot stands, in the values of its axes."""

    x: float
    y: float


class _Box(NamedTuple):
    left: float
    right: float
    low: float
    high: float

    def touches(self, other: _Box) -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.high <= other.low or other.high <= self.low)

    def lies_in(self, width: float, height: float) -> bool:
        return self.left >= 0 and self.low >= 0 and self.right <= width and self.high <= height


def place_texts(ax: Axes, spots: Sequence[Spot], texts: Sequence[str], *, size: float) -> None:
    """Write a text beside each dot: right of it where there is room, else on growing rings around it, with a line.

    Parameters
    ----------
    ax : Axes
        With its final limits and place in the figure.
    spots : sequence of Spot
        The dots.
    texts : sequence of str
        What to write beside each; a text for which no room is found within some inches stands over others.
    size : float
        Of the font, in points.
    """
    width, height = _inches(ax)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    dots = [((x - left) / (right - left) * width, (y - low) / (high - low) * height) for x, y in spots]
    taken = [_Box(x - _DOT, x + _DOT, y - _DOT, y + _DOT) for x, y in dots]
    for spot, (x, y), text in zip(spots, dots, texts, strict=True):
        wide, tall = text_width(text, size) + 0.04, (text.count("\n") + 1) * size * _LEADING / 72
        free = (
            box
            for box in _around(x, y, wide, tall)
            if box.lies_in(width, height) and not any(box.touches(other) for other in taken)
        )
        box = next(free, next(_around(x, y, wide, tall)))
        taken.append(box)
        _write(
            ax, spot, text, ((box.left + box.right) / 2 - x, (box.low + box.high) / 2 - y), (wide, tall), size
        )


def _inches(ax: Axes) -> tuple[float, float]:
    place, (width, height) = ax.get_position(), figure_of(ax).get_size_inches()
    return float(place.width * width), float(place.height * height)


def _around(x: float, y: float, wide: float, tall: float) -> Iterator[_Box]:
    """Boxes around a dot, from near to far, starting on its right."""
    for ring in range(_RINGS):
        for turn in range(_TURNS):
            angle = 2 * math.pi * turn / _TURNS
            across, up = math.cos(angle), math.sin(angle)
            middle_x = x + across * (_DOT + wide / 2 + ring * _STEP)
            middle_y = y + up * (_DOT + tall / 2 + ring * _STEP)
            yield _Box(middle_x - wide / 2, middle_x + wide / 2, middle_y - tall / 2, middle_y + tall / 2)


def _write(  # noqa: PLR0913, PLR0917  # one text and where it goes
    ax: Axes, spot: Spot, text: str, moved: tuple[float, float], shape: tuple[float, float], size: float
) -> None:
    where = (72 * moved[0], 72 * moved[1])
    place: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "center", "fontsize": size}
    gap = [max(abs(far) - side / 2, 0.0) for far, side in zip(moved, shape, strict=True)]
    if math.hypot(*gap) > 2.5 * _DOT:
        # Apart from its text: the box of a text that has its own line holds the line, too.
        line: dict[str, Any] = {
            "arrowstyle": "-",
            "color": QUIET,
            "linewidth": 0.7,
            "shrinkA": 4,
            "shrinkB": 3,
        }
        ax.annotate("", spot, where, arrowprops=line, zorder=2, **place)
    ax.annotate(text, spot, where, color=INK, bbox={**ON_WHITE, "pad": 0.3}, zorder=3.5, **place)
