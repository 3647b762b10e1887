"""Adoption and transformation apart: how many initiatives have which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.errors import ReportError
from surveykit.reporting.marks import ON_WHITE
from surveykit.reporting.style import APART, FOR, HATCHED, HATCHES, INK, QUIET, WIDTH, looks, plain, wrapped
from surveykit.reporting.words import between, percent, plural

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# By adoption and transformation: what a reader may call such initiatives.
NAMES = {
    ("high", "high"): "Adopted and transforming",
    ("high", "low"): "Adopted, but little transformed",
    ("low", "high"): "Transforming, used by few",
    ("low", "low"): "Neither yet",
}
_PLACES = {"low": 0, "high": 1}
_SIDE, _BELOW = 26, 70  # characters of a line
_TILE = 1.25  # inches high


def quadrant(
    cells: pd.DataFrame, *, adoption: str = "adoption", transformation: str = "transformation"
) -> Axes:
    """Draw the shares of initiatives with high or low adoption and high or low transformation as four tiles.

    Parameters
    ----------
    cells : DataFrame
        Four rows: ``adoption, transformation`` (``high`` or ``low``), ``n`` (initiatives), ``estimate,
        ci_lower, ci_upper`` (their share of all four, 0 to 1), ``suppressed``.
    adoption, transformation : str, optional
        What is high or low: a label, perhaps with the value from which it counts as high.

    Returns
    -------
    Axes
        Adoption rises to the right, transformation upwards. The tile of much adoption without transformation has a
        heavy edge.

    Raises
    ------
    ReportError
        If the rows are not those four cells.
    """
    found = sorted(zip(cells["adoption"], cells["transformation"], strict=True))
    if found != sorted(NAMES):
        raise ReportError("a quadrant has four cells, each of two sides high or low", given=found)
    below, side = wrapped(adoption, _BELOW), wrapped(transformation, _SIDE)
    with looks():
        ax = _axes(max(2 * _TILE, 0.17 * (side.count("\n") + 2)), below=0.45 + 0.17 * (below.count("\n") + 1))
        for row in cells.to_dict("records"):
            _tile(ax, row)
        ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
        ax.set_xticks([0, 1], ["Low", "High"])
        ax.set_yticks([0, 1], ["Low", "High"])
        ax.tick_params(length=0)
        ax.spines["bottom"].set_visible(False)
        ax.set_xlabel(below, fontsize=9, color=INK)
        place: Any = {"xycoords": "figure fraction", "va": "center", "fontsize": 9, "color": INK}
        ax.annotate(side, (0.012, ax.get_position().y0 + ax.get_position().height / 2), **place)
    return plain(ax)


def _axes(height: float, *, below: float) -> Axes:
    import matplotlib.pyplot as plt  # noqa: PLC0415  (drawing starts late)

    whole = height + below + 0.1
    drawn, ax = plt.subplots(figsize=(WIDTH, whole), layout="none")
    drawn.subplots_adjust(left=0.31, right=0.985, bottom=below / whole, top=1 - 0.1 / whole)
    return ax


def _tile(ax: Axes, row: dict[Any, Any]) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415  (drawing starts late)

    x, y = _PLACES[row["adoption"]], _PLACES[row["transformation"]]
    seen = (row["adoption"], row["transformation"]) == ("high", "low")
    tile = Rectangle((x - 0.485, y - 0.475), 0.97, 0.95, zorder=2 if seen else 1)
    if row["suppressed"]:
        tile.set(facecolor=HATCHED, edgecolor=HATCHES, hatch="////", linewidth=0)
    else:
        tile.set(
            facecolor=_tint(row["estimate"]), edgecolor=INK if seen else APART, linewidth=1.8 if seen else 0
        )
    ax.add_patch(tile)
    write: Any = {"ha": "center", "textcoords": "offset points", "zorder": 3}
    ax.annotate(NAMES[row["adoption"], row["transformation"]], (x, y), (0, 22), fontsize=10, **write)
    if row["suppressed"]:
        ax.annotate("not shown", (x, y), (0, -6), fontsize=9, color=QUIET, bbox=ON_WHITE, **write)
        return
    ax.annotate(percent(row["estimate"]), (x, y), (0, -6), fontsize=17, weight="bold", **write)
    limits = between(percent(row["ci_lower"]), percent(row["ci_upper"]))
    words = f"{limits}; {plural(row['n'], 'initiative')}"
    ax.annotate(words, (x, y), (0, -26), fontsize=8.5, color=INK, **write)


def _tint(share: float) -> Any:  # noqa: ANN401  matplotlib's colour
    """Tint a tile by its share; the darkest still carries dark text."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415  (drawing starts late)

    strength = 0.25 + 0.75 * share
    return tuple(1 - strength * (1 - part) for part in to_rgb(FOR[2]))
