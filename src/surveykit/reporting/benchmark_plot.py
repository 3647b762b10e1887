"""Estimates beside published figures: both where they stand, and how far they are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.marks import (
    are_shares,
    difference_axis,
    value_axis,
    whiskers,
    write_values,
)
from surveykit.reporting.style import (
    ACCENT,
    INK,
    QUIET,
    ZONE,
    flowing_key,
    key_height,
    label_rows,
    looks,
    paired_axes,
    plain,
    rows_high,
)
from surveykit.reporting.words import published_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LABEL = 26  # characters of a line
_ROW = 0.8  # inches
_UP, _DOWN = -0.1, 0.13  # inches from the middle of a row to this survey and to the published figure
_MARKS = ("This survey", "What it may stand for", "Published figure", "Difference", "Declared margin")
_DIFFERENCE = ("difference", "difference_ci_lower", "difference_ci_upper")
_BOUNDS = ("fewer than", "over")


def beside(comparisons: pd.DataFrame) -> list[Axes]:
    """Draw estimates beside published figures, and the differences beside the margins declared for them.

    Parameters
    ----------
    comparisons : DataFrame
        Rows of `Protected.comparisons`, all shares or all means. A band is what a published figure may stand for, as
        it was rounded; an arrow says that it has no bound on that side.

    Returns
    -------
    list of Axes
        The figures, and the differences (in percentage points for shares).

    Raises
    ------
    ReportError
        If there are no rows to show, or shares and means are mixed: they have no axis in common.
    """
    shown = comparisons[~comparisons["suppressed"].to_numpy(dtype=bool)]
    if shown.empty:
        raise ReportError("there is no published figure to draw beside an estimate that is shown")
    share = are_shares(shown)
    labels = comparisons["label"].tolist()
    with looks():
        row = rows_high(labels, width=_LABEL, least=_ROW)
        left, right = paired_axes(row * len(labels), top=key_height(_MARKS))
        middle = np.arange(len(labels))
        _draw_figures(left, comparisons, middle + _UP / row, middle + _DOWN / row, share=share)
        _draw_differences(right, comparisons, middle + _UP / row, tall=0.64 / row, share=share)
        label_rows(left, labels, width=_LABEL)
        label_rows(right, [""] * len(labels), width=_LABEL)
        flowing_key([left, right])
    return [plain(left), plain(right)]


def _draw_figures(ax: Axes, rows: pd.DataFrame, up: np.ndarray, down: np.ndarray, *, share: bool) -> None:
    published = rows[["figure", "figure_lower", "figure_upper"]].to_numpy(dtype=float)
    seen = rows.assign(
        ci_lower=np.fmin(rows["ci_lower"].fillna(rows["estimate"]), rows["figure"]),
        ci_upper=np.fmax(rows["ci_upper"].fillna(rows["estimate"]), rows["figure"]),
    )
    value_axis(ax, seen, share=share)
    ax.set_xlabel("This survey and what was published", fontsize=8.5)
    whiskers(ax, rows, at=up)
    write_values(ax, rows["estimate"].to_numpy(dtype=float), at=up, share=share)
    low, high = ax.get_xlim()
    ends = np.clip(published[:, 1:], low, high)
    ax.hlines(
        down, *ends.T, color=QUIET, linewidth=6, alpha=0.4, label="What it may stand for", capstyle="butt"
    )
    stroke: dict[str, Any] = {"marker": "|", "markersize": 11, "markeredgewidth": 1.8, "linestyle": "none"}
    ax.plot(published[:, 0], down, color=INK, label="Published figure", zorder=3, **stroke)
    _arrows(ax, down, *published[:, 1:].T, colour=QUIET)
    for y, row in zip(down, rows.to_dict("records"), strict=True):
        _write_below(ax, published_text(row["figure"], row["rounding"], share=share), row["figure"], y)


def _write_below(ax: Axes, words: str, x: float, y: float) -> None:
    """Write under a mark, starting or ending there where the middle would run over an end of the axis."""
    low, high = ax.get_xlim()
    place = (x - low) / (high - low)
    side: Any = "left" if place < 0.25 else "right" if place > 0.75 else "center"
    ax.annotate(words, (x, y), (0, -15), textcoords="offset points", ha=side, fontsize=8.5, color=QUIET)


def _draw_differences(ax: Axes, rows: pd.DataFrame, at: np.ndarray, *, tall: float, share: bool) -> None:
    columns = [*_DIFFERENCE, "margin"]
    scaled = rows.assign(**{name: rows[name] * (100 if share else 1) for name in columns})
    margins = scaled["margin"].to_numpy(dtype=float)
    span = difference_axis(ax, scaled, columns)
    ax.set_xlabel("Difference,\npercentage points" if share else "Difference", fontsize=8.5)
    zones = np.flatnonzero(np.isfinite(margins))
    if len(zones):
        zone: dict[str, Any] = {"color": ZONE, "zorder": 0, "label": "Declared margin"}
        ax.barh(zones, 2 * margins[zones], tall, left=-margins[zones], **zone)
    limits = scaled[list(_DIFFERENCE[1:])].to_numpy(dtype=float)
    lower, upper = np.clip(limits, -span, span).T
    # A figure that is only a bound has no one difference to mark.
    bound = rows["rounding"].isin(_BOUNDS).to_numpy()
    drawn = scaled.assign(
        difference=scaled["difference"].mask(bound), difference_ci_lower=lower, difference_ci_upper=upper
    )
    whiskers(ax, drawn, _DIFFERENCE, at=at, marker="D", label="Difference")
    _arrows(ax, at, *limits.T, colour=ACCENT)
    place: Any = ("axes fraction", "data")
    for y, verdict in zip(at, rows["verdict"], strict=True):
        below: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8.5, "color": INK}
        ax.annotate(verdict, (0.02, y), (0, -16), xycoords=place, **below)


def _arrows(ax: Axes, at: np.ndarray, lower: np.ndarray, upper: np.ndarray, *, colour: str) -> None:
    """Point out of the axis where there is no limit."""
    low, high = ax.get_xlim()
    for x, marker, open_ in ((low, "<", np.isneginf(lower)), (high, ">", np.isposinf(upper))):
        rows = np.flatnonzero(open_)
        ax.plot(np.full(len(rows), x), at[rows], marker, color=colour, markersize=7, clip_on=False, zorder=5)
