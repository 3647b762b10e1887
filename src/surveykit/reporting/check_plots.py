"""Whether a link can be relied on: predicted beside observed outcomes, and effects with one organisation left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.effects_plot import unscaled_if_hidden
from surveykit.reporting.marks import ESTIMATE, are_shares, difference_axis, whiskers
from surveykit.reporting.style import (
    ACCENT,
    INK,
    QUIET,
    RULE,
    figure_of,
    flowing_key,
    key_height,
    label_rows,
    looks,
    new_axes,
    plain,
    rows_high,
    wrapped,
)
from surveykit.reporting.words import raised

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LABEL, _NAME = 38, 40  # characters of a line
_ACROSS = 3
_PANEL = 2.2  # inches
_SPREAD = 0.16  # of a row, to either side


def calibration(bins: pd.DataFrame) -> list[Axes]:
    """Draw observed against predicted outcomes in groups of rows, a panel a link; on the line both are the same.

    Parameters
    ----------
    bins : DataFrame
        One row a group of rows: ``link`` (which panel), ``expected`` (what is predicted), ``statistic`` (``share`` or
        ``mean``), ``predicted``, ``observed, ci_lower, ci_upper``, ``suppressed``.

    Returns
    -------
    list of Axes
        One for each link.

    Raises
    ------
    ReportError
        If there is nothing to draw.
    """
    if bins.empty:
        raise ReportError("there are no predicted outcomes to draw")
    panels = [rows for _, rows in bins.groupby("link", sort=False)]
    across = min(max(len(panels), 2), _ACROSS)  # one alone would be far wider than high
    wide = _NAME * _ACROSS // (across + 1)
    titles = [wrapped(raised(str(rows["expected"].iloc[0])), wide) for rows in panels]
    height = _PANEL + 0.45 + 0.15 * max(title.count("\n") + 1 for title in titles)
    with looks():
        axes = new_axes([height] * -(-len(panels) // across), across=across)
        for place, (ax, rows, title) in enumerate(zip(axes, panels, titles, strict=False)):
            _observed(ax, rows)
            ax.set_title(title, fontsize=8.5, pad=8)
            ax.set_xlabel("Predicted", fontsize=8.5)
            ax.set_ylabel("" if place % across else "Observed", fontsize=8.5)
        for empty in axes[len(panels) :]:
            empty.remove()
    return [plain(ax) for ax in axes[: len(panels)]]


def _observed(ax: Axes, rows: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter  # noqa: PLC0415  (drawing starts late)

    ax.grid(color=RULE, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=8.5)
    shown = rows[~rows["suppressed"].to_numpy(dtype=bool)]
    values = shown[["predicted", "observed", "ci_lower", "ci_upper"]].to_numpy(dtype=float)
    if not np.isfinite(values).any():
        ax.set_xticks([])
        ax.set_yticks([])
        ax.annotate("not shown", (0.5, 0.5), xycoords="axes fraction", ha="center", fontsize=8.5, color=QUIET)
        return
    low, high = np.nanmin(values), np.nanmax(values)
    room = 0.08 * ((high - low) or 1.0)
    limits = (
        (max(low - room, -0.02), min(high + room, 1.02)) if are_shares(rows) else (low - room, high + room)
    )
    ax.axline((limits[0], limits[0]), slope=1, color=INK, linewidth=0.9)
    ax.vlines(
        shown["predicted"], shown["ci_lower"], shown["ci_upper"], color=ACCENT, linewidth=2.2, alpha=0.45
    )
    look: dict[str, Any] = {"color": ACCENT, "markersize": 6, "markeredgecolor": "white", "zorder": 4}
    ax.plot(shown["predicted"], shown["observed"], "o", **look)
    ax.set(xlim=limits, ylim=limits)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        if are_shares(rows):
            axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def leave_one_out(effects: pd.DataFrame, *, unit: str) -> Axes:
    """Draw how each effect would differ if one organisation had not answered, without saying which.

    Parameters
    ----------
    effects : DataFrame
        One row an effect: ``label``, ``estimate, ci_lower, ci_upper`` (with all), ``lowest, highest`` (over leaving out
        one at a time), ``suppressed``; all in one unit.
    unit : str
        What the effects are measured in.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If there are no effects.
    """
    if effects.empty:
        raise ReportError("there are no effects to draw")
    labels = [raised(label) for label in effects["label"].astype(str)]
    names = ("With all organisations, and its interval", "Range over leaving one organisation out")
    named = wrapped(raised(unit), 2 * _LABEL)
    row = rows_high(labels, width=_LABEL, least=0.46)
    with looks():
        top = key_height(names)
        (ax,) = new_axes([row * len(labels) + 0.5 + 0.15 * (named.count("\n") + 1) + top])
        _ranges(ax, effects, names)
        label_rows(ax, labels, width=_LABEL)
        ax.set_xlabel(named, fontsize=8.5)
        layout: Any = figure_of(ax).get_layout_engine()
        layout.set(rect=(0, 0, 1, 1 - top / figure_of(ax).get_figheight()))
        flowing_key([ax])
    return plain(ax)


def _ranges(ax: Axes, effects: pd.DataFrame, names: tuple[str, str]) -> None:
    y = np.arange(len(effects))
    whiskers(ax, effects, at=y - _SPREAD, label=names[0])
    ax.hlines(
        y + _SPREAD, effects["lowest"], effects["highest"], color=INK, linewidth=5, label=names[1], alpha=0.75
    )
    ends: dict[str, Any] = {
        "linestyle": "none",
        "marker": "|",
        "markersize": 9,
        "markeredgewidth": 1.6,
        "color": INK,
    }
    for end in ("lowest", "highest"):
        ax.plot(effects[end], y + _SPREAD, **ends)  # so that a very short range can be seen
    difference_axis(ax, effects, (*ESTIMATE, "lowest", "highest"))
    unscaled_if_hidden(ax, effects)
