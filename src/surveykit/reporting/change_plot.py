"""Figures wave by wave, and how far they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.marks import ESTIMATE, are_shares, difference_axis, value_axis, whiskers
from surveykit.reporting.style import (
    ACCENT,
    QUIET,
    RULE,
    flowing_key,
    key_height,
    label_rows,
    looks,
    paired_axes,
    plain,
    rows_high,
)
from surveykit.reporting.words import number, percent, signed_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LABEL = 26  # characters of a line
_STEP = 0.2  # inches between waves
_WRITTEN: dict[str, Any] = {
    "textcoords": "offset points",
    "ha": "center",
    "fontsize": 9,
    "weight": "bold",
}
_MARKERS = ("s", "^", "D", "v")  # of earlier waves, in turn; the last is a dot


def change(levels: pd.DataFrame, changes: pd.DataFrame) -> list[Axes]:
    r"""Draw figures in each wave, and the change from each wave to the next.

    Parameters
    ----------
    levels : DataFrame
        One row a figure and wave, waves in their order: ``name, label, statistic, wave, estimate, ci_lower, ci_upper,
        suppressed``; all shares or all means.
    changes : DataFrame
        One row a figure and pair of waves: ``name, since, wave, estimate, ci_lower, ci_upper, suppressed``. Changes
        over more than one wave are not drawn.

    Returns
    -------
    list of Axes
        The figures, and their changes (in percentage points for shares).

    Raises
    ------
    ReportError
        If there are no rows, or shares and means are mixed.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import pandas as pd
    >>> levels = pd.DataFrame({"name": "x", "label": "Clear", "statistic": "share", "wave": ["2025", "2026"],
    ...     "estimate": [0.3, 0.4], "ci_lower": [0.25, 0.35], "ci_upper": [0.35, 0.45], "suppressed": False})
    >>> changes = pd.DataFrame({"name": ["x"], "since": ["2025"], "wave": ["2026"], "estimate": [0.1],
    ...     "ci_lower": [0.03], "ci_upper": [0.17], "suppressed": False})
    >>> [axes.get_xlabel() for axes in change(levels, changes)]
    ['Each wave', 'Change since the wave before,\npercentage points']
    """
    if levels.empty:
        raise ReportError("there are no waves to draw")
    share = are_shares(levels)
    names, waves = list(dict.fromkeys(levels["name"])), in_turn(levels)
    labels = levels.drop_duplicates("name")["label"].tolist()
    row = rows_high(labels, width=_LABEL, least=0.42 + _STEP * len(waves))
    steps = (np.arange(len(waves)) - (len(waves) - 1) / 2) * _STEP / row
    places = dict(zip(waves, steps, strict=True))
    with looks():
        left, right = paired_axes(row * len(labels), top=key_height(waves))
        _draw_levels(left, levels, names, places, share=share)
        _draw_changes(right, to_the_next(changes, levels), names, places, share=share)
        label_rows(left, labels, width=_LABEL)
        label_rows(right, [""] * len(labels), width=_LABEL)
        flowing_key([left])
    return [plain(left), plain(right)]


def in_turn(levels: pd.DataFrame) -> list[str]:
    """Waves in their order, also where some figures lack the first."""
    place = levels.groupby("name").cumcount()
    return list(place.groupby(levels["wave"], sort=False).max().sort_values(kind="stable").index)


def to_the_next(changes: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Changes of drawn figures of which no wave of the same figure lies between."""
    order = {wave: number for number, wave in enumerate(in_turn(levels))}
    known = changes[changes["name"].isin(levels["name"]) & changes["wave"].isin(order)]
    since = known["since"].map(order)
    return known[since == since.groupby([known["name"], known["wave"]]).transform("max")]


def _draw_levels(
    ax: Axes, levels: pd.DataFrame, names: list[str], places: dict[str, float], *, share: bool
) -> None:
    value_axis(ax, levels, share=share)
    ax.set_xlabel("Each wave", fontsize=8.5)
    y = levels["name"].map(names.index) + levels["wave"].map(places)
    for name in names:
        mine = levels["name"] == name
        ax.plot(levels["estimate"][mine], y[mine], color=RULE, linewidth=1.4, zorder=1)
    last, look = list(places)[-1], dict(_WRITTEN)
    for turn, wave in enumerate(places):
        rows = levels[levels["wave"] == wave]
        at = y[levels["wave"] == wave].to_numpy(dtype=float)
        colour, marker = (ACCENT, "o") if wave == last else (QUIET, _MARKERS[turn % len(_MARKERS)])
        whiskers(ax, rows, at=at, colour=colour, marker=marker, label=wave)
        # What is written beside the ends stands clear of what lies between them.
        if wave in {last, next(iter(places))}:
            look["color"] = colour
            for value, row in zip(rows["estimate"], at, strict=True):
                words = (percent(value) if share else number(value)) if np.isfinite(value) else ""
                ax.annotate(words, (value, row), (0, -15 if wave == last else 7), **look)


def _draw_changes(
    ax: Axes, changes: pd.DataFrame, names: list[str], places: dict[str, float], *, share: bool
) -> None:
    scaled = changes.assign(**{mark: changes[mark] * (100 if share else 1) for mark in ESTIMATE})
    difference_axis(ax, scaled, ESTIMATE, room=1.55)
    unit = ",\npercentage points" if share else ""
    ax.set_xlabel(f"Change since the wave before{unit}", fontsize=8.5)
    y = changes["name"].map(names.index) + (changes["wave"].map(places) if len(places) > 2 else 0.0)
    whiskers(ax, scaled, at=y.to_numpy(dtype=float))
    look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 9, "weight": "bold"}
    for row, place in zip(scaled.to_dict("records"), y, strict=True):
        value = row["estimate"]
        if np.isfinite(value):
            # On the side away from 0, which a line marks.
            side, end, by = ("right", "ci_lower", -6) if value < 0 else ("left", "ci_upper", 6)
            words, at = signed_number(value, 1 if share else 2), np.nan_to_num(row[end], nan=value)
            ax.annotate(words, (at, place), (by, 0), ha=side, color=ACCENT, **look)
