"""Marks that several figures share: dots with whiskers, written values, and axes of shares, means and differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.style import ACCENT, INK, QUIET, figure_of, scale_below
from surveykit.reporting.words import number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

ESTIMATE = ("estimate", "ci_lower", "ci_upper")
ON_WHITE: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}


def are_shares(estimates: pd.DataFrame) -> bool:
    """Whether all are shares; mixed kinds are refused."""
    kinds = set(estimates["statistic"])
    if len(kinds) != 1:
        raise ReportError(
            "one figure shows shares or means, not both", given=sorted(kinds), fix="Draw each alone."
        )
    return kinds == {"share"}


def whiskers(  # noqa: PLR0913  (what is drawn, and the looks of it)
    ax: Axes,
    rows: pd.DataFrame,
    marks: Sequence[str] = ESTIMATE,
    *,
    at: np.ndarray | None = None,
    colour: str = ACCENT,
    marker: str = "o",
    label: str = "This survey",
) -> None:
    """Draw each row as a dot with its interval; a hidden one as words."""
    middle, lower, upper = (rows[mark].to_numpy(dtype=float) for mark in marks)
    y = np.arange(len(rows)) if at is None else at
    ax.hlines(y, lower, upper, color=colour, linewidth=2.2, alpha=0.45)
    look: dict[str, Any] = {"linestyle": "none", "markersize": 7, "markeredgecolor": "white", "zorder": 4}
    ax.plot(middle, y, marker=marker, color=colour, label=label, **look)
    for row in np.flatnonzero(rows["suppressed"].to_numpy(dtype=bool)):
        place: Any = ("axes fraction", "data")
        words: dict[str, Any] = {"va": "center", "fontsize": 8.5, "color": QUIET, "bbox": ON_WHITE}
        ax.annotate("not shown", (0.02, y[row]), xycoords=place, **words)


def write_values(
    ax: Axes, values: Sequence[float] | np.ndarray, *, share: bool, at: np.ndarray | None = None
) -> None:
    """Write each value above its dot."""
    above: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": 9, "weight": "bold"}
    rows = range(len(values)) if at is None else at
    for row, value in zip(rows, values, strict=True):
        if np.isfinite(value):
            ax.annotate(
                percent(value) if share else number(value), (value, row), (0, 8), color=ACCENT, **above
            )


def lowered(ax: Axes, points: float) -> Transform:
    """Where data stand, some points further down: the same however high rows are."""
    from matplotlib.transforms import ScaledTranslation  # noqa: PLC0415

    return ax.transData + ScaledTranslation(0, -points / 72, figure_of(ax).dpi_scale_trans)


def value_axis(ax: Axes, rows: pd.DataFrame, *, share: bool) -> None:
    """Let an axis of shares go from 0 to 1, one of means as far as the intervals."""
    scale_below(ax)
    if share:
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    elif rows[list(ESTIMATE)].notna().all(axis=1).any():
        low, high = float(rows["ci_lower"].min()), float(rows["ci_upper"].max())
        room = 0.25 * ((high - low) or 1.0)
        ax.set_xlim(low - room, high + room)


def difference_axis(ax: Axes, rows: pd.DataFrame, marks: Sequence[str], *, room: float = 1.25) -> float:
    """Let an axis of differences go as far to either side of 0, and give how far.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
    marks : sequence of str
        Columns that must have room; what is infinite has none.
    room : float, default 1.25
        How far the axis goes, in units of the farthest of them.

    Returns
    -------
    float
    """
    values = rows[list(marks)].to_numpy(dtype=float)
    span = room * float(np.abs(values[np.isfinite(values)]).max(initial=1e-9))
    ax.set_xlim(-span, span)
    ax.axvline(0, color=INK, linewidth=0.9)
    scale_below(ax)
    return span


def keys_above(ax: Axes) -> None:
    """Name the marks of a figure above its axes, in a row."""
    handles, names = ax.get_legend_handles_labels()
    look: dict[str, Any] = {"loc": "outside upper left", "fontsize": 9, "columnspacing": 1.5}
    figure_of(ax).legend(handles, names, ncols=len(names), **look)
