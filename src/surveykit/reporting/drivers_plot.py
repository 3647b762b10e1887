"""Drivers: how much of an outcome each predictor goes with, and how that lies beside how well each is rated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.marks import whiskers
from surveykit.reporting.placing import Spot, place_texts
from surveykit.reporting.style import (
    ACCENT,
    INK,
    QUIET,
    RULE,
    WIDTH,
    figure_of,
    label_rows,
    looks,
    plain,
    rows_high,
    scale_below,
    wrapped,
)
from surveykit.reporting.words import percent, raised

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LABEL, _SHORT, _LISTED = 38, 20, 130  # characters of a line
_SHARES = ("share", "share_ci_lower", "share_ci_upper")
_MAP = 4.2  # inches high
_LEFT, _RIGHT = 0.62, 0.12  # inches beside the map
_DIRECT = 8  # labels stand beside their dots up to this many, and are listed below otherwise
_LINE = 0.155  # inches


def driver_shares(drivers: pd.DataFrame, *, outcome: str = "the outcome") -> list[Axes]:
    """Draw what share of the variation of an outcome goes with each predictor, largest first, and each one's rank.

    Parameters
    ----------
    drivers : DataFrame
        One row a predictor: ``label``, ``share, share_ci_lower, share_ci_upper`` (of the variation of the outcome, 0 to
        1), ``rank_lower, rank_upper`` (between which ranks it may lie, 1 is the largest), ``suppressed``.
    outcome : str, optional
        What is explained.

    Returns
    -------
    list of Axes
        The shares, and the ranks beside them.

    Raises
    ------
    ReportError
        If there are no drivers.
    """
    if drivers.empty:
        raise ReportError("there are no drivers to draw")
    rows = drivers.sort_values("share", ascending=False, kind="stable", na_position="last")
    labels = [raised(label) for label in rows["label"].astype(str)]
    below = wrapped(f"Share of the variation in {outcome}", 44)
    height = rows_high(labels, width=_LABEL, least=0.42) * len(rows)
    with looks():
        left, right = _beside(height, below=0.5 + 0.15 * (below.count("\n") + 1))
        whiskers(left, rows, _SHARES)
        _share_axis(left, rows)
        label_rows(left, labels, width=_LABEL)
        left.set_xlabel(below, fontsize=8.5)
        _ranks(right, rows)
    return [plain(left), plain(right)]


def _beside(height: float, *, below: float) -> tuple[Axes, Axes]:
    import matplotlib.pyplot as plt  # noqa: PLC0415  (drawing starts late)

    whole = height + below + 0.08
    drawn, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, whole), layout="none", width_ratios=(2.4, 1))
    drawn.subplots_adjust(left=0.39, right=0.97, bottom=below / whole, top=1 - 0.08 / whole, wspace=0.12)
    return left, right


def _share_axis(ax: Axes, rows: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter  # noqa: PLC0415  (drawing starts late)

    scale_below(ax)
    highest = np.nanmax([0.01, *rows["share_ci_upper"].to_numpy(dtype=float)])
    lowest = np.nanmin([0.0, *rows["share_ci_lower"].to_numpy(dtype=float)])
    ax.set_xlim(1.08 * lowest, 1.08 * highest)
    if rows["suppressed"].all():
        ax.set_xticks([])
        return
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0 if highest >= 0.04 else 1))
    ax.axvline(0, color=INK, linewidth=0.9)


def _ranks(ax: Axes, rows: pd.DataFrame) -> None:
    lower, upper = (rows[name].to_numpy(dtype=float) for name in ("rank_lower", "rank_upper"))
    y = np.arange(len(rows))
    ax.hlines(y, lower, upper, color=QUIET, linewidth=5, alpha=0.55)
    alone = lower == upper
    ax.plot(lower[alone], y[alone], "s", color=QUIET, markersize=5)
    ax.set_xlim(0.5, len(rows) + 0.5)
    ax.set_xticks(sorted({1, (len(rows) + 1) // 2, len(rows)}))
    scale_below(ax)
    label_rows(ax, [""] * len(rows), width=_LABEL)
    ax.set_xlabel("Rank, 1 the largest", fontsize=8.5)


def importance_performance(drivers: pd.DataFrame, *, outcome: str = "the outcome") -> Axes:
    """Draw how much goes with each predictor against how well it is rated.

    Parameters
    ----------
    drivers : DataFrame
        One row a predictor: ``label``, ``mean`` (0 to 100), ``proportion`` (of all that is explained, 0 to 1),
        ``suppressed``.
    outcome : str, optional
        What is explained.

    Returns
    -------
    Axes
        Labels stand beside their dots; where there are many or long ones, numbers do (1 the most important), and a list
        below names them.
        Lines mark the means of what is drawn: above the one and left of the other lies what matters and is rated low.

    Raises
    ------
    ReportError
        If no predictor is shown.
    """
    rows = drivers[~drivers["suppressed"].to_numpy(dtype=bool)].sort_values(
        "proportion", ascending=False, kind="stable"
    )
    if rows.empty:
        raise ReportError("no driver is shown", given=f"{len(drivers)} rows")
    labels = [raised(label) for label in rows["label"].astype(str)]
    direct = len(labels) <= _DIRECT and max(map(len, labels)) <= 2 * _SHORT
    listed = [] if direct else [wrapped(f"{n}  {label}", _LISTED) for n, label in enumerate(labels, 1)]
    lines = sum(text.count("\n") + 1 for text in listed)
    named = wrapped(f"Importance: part of what is explained of {outcome}", 90)
    with looks():
        ax = _map(lines * _LINE + 0.05 * len(listed), above=0.12 + 0.17 * (named.count("\n") + 1))
        _map_axes(ax, rows)
        ax.set_title(named, fontsize=9, weight="normal", color=QUIET)
        texts = (
            [wrapped(label, _SHORT) for label in labels] if direct else [str(n + 1) for n in range(len(rows))]
        )
        spots = [Spot(*pair) for pair in zip(rows["mean"], rows["proportion"], strict=True)]
        place_texts(ax, spots, texts, size=8.5)
        _list_below(ax, listed)
    return plain(ax)


def _map(listed: float, *, above: float) -> Axes:
    import matplotlib.pyplot as plt  # noqa: PLC0415  (drawing starts late)

    below = 0.55 + listed
    whole = _MAP + above + below
    drawn, ax = plt.subplots(figsize=(WIDTH, whole), layout="none")
    drawn.subplots_adjust(
        left=_LEFT / WIDTH, right=1 - _RIGHT / WIDTH, bottom=below / whole, top=1 - above / whole
    )
    return ax


def _map_axes(ax: Axes, rows: pd.DataFrame) -> None:
    ax.plot(
        rows["mean"], rows["proportion"], "o", color=ACCENT, markersize=8, markeredgecolor="white", zorder=4
    )
    for draw, value in ((ax.axvline, rows["mean"].mean()), (ax.axhline, rows["proportion"].mean())):
        draw(value, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.set_xlim(0, 100)
    ax.set_ylim(0, max(0.05, 1.18 * float(rows["proportion"].max())))
    ax.set_xticks([0, 25, 50, 75, 100])
    ticks = [tick for tick in ax.get_yticks() if 0 <= tick <= ax.get_ylim()[1]]
    ax.set_yticks(ticks, [percent(tick) for tick in ticks])
    ax.grid(color=RULE, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=8.5)
    ax.set_xlabel("How it is rated, 0 the worst and 100 the best answer", fontsize=8.5)


def _list_below(ax: Axes, listed: list[str]) -> None:
    drawn = figure_of(ax)
    whole, y = drawn.get_figheight(), drawn.get_figheight() * ax.get_position().y0 - 0.5
    for text in listed:
        drawn.text(0.012, y / whole, text, va="top", fontsize=8.5, color=INK, linespacing=1.1)
        y -= _LINE * (text.count("\n") + 1) + 0.05
