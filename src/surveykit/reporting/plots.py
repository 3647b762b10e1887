"""Protected results drawn: axes come back, and nothing is computed but where a mark stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError, did_you_mean
from surveykit.reporting.likert import likert, reach
from surveykit.reporting.style import (
    ACCENT,
    INK,
    QUIET,
    figure_of,
    label_rows,
    looks,
    new_axes,
    plain,
    scale_below,
    wrapped,
)
from surveykit.reporting.words import (
    effect_words,
    in_order,
    is_probability,
    number,
    percent,
    published_figure,
    raised,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["by_segment", "forest", "intervals", "likert", "reach"]

_PANELS = 4
_EFFECT = ["effect", "effect_ci_lower", "effect_ci_upper"]
_ESTIMATE = ["estimate", "ci_lower", "ci_upper"]


def intervals(
    estimates: pd.DataFrame, comparisons: pd.DataFrame | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw estimates of one kind with their intervals, and published figures beside them.

    Parameters
    ----------
    estimates : DataFrame
        Rows of `Protected.estimates`, all shares or all means.
    comparisons : DataFrame, optional
        `Protected.comparisons`: their published figures are drawn on the rows of the same name.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If shares and means are mixed: they have no axis in common.
    """
    share = _are_shares(estimates)
    with looks():
        ax = ax or new_axes([0.95 + 0.58 * len(estimates)])[0]
        _whiskers(ax, estimates, _ESTIMATE)
        _write_values(ax, estimates["estimate"].tolist(), share=share)
        label_rows(ax, estimates["label"].tolist(), width=38)
        _value_axis(ax, estimates, share=share)
        if comparisons is not None:
            _published(ax, estimates, comparisons)
    return plain(ax)


def _are_shares(estimates: pd.DataFrame) -> bool:
    """Whether all are shares; mixed kinds are refused."""
    kinds = set(estimates["statistic"])
    if len(kinds) != 1:
        raise ReportError(
            "one figure shows shares or means, not both", given=sorted(kinds), fix="Draw each alone."
        )
    return kinds == {"share"}


def _whiskers(ax: Axes, rows: pd.DataFrame, marks: list[str]) -> None:
    middle, lower, upper = (rows[mark].to_numpy(dtype=float) for mark in marks)
    y = np.arange(len(rows))
    ax.hlines(y, lower, upper, color=ACCENT, linewidth=2.2, alpha=0.45)
    ax.plot(
        middle, y, "o", color=ACCENT, markersize=7, markeredgecolor="white", label="This survey", zorder=4
    )
    for row in np.flatnonzero(rows["suppressed"].to_numpy(dtype=bool)):
        place: Any = ("axes fraction", "data")
        ax.annotate("not shown", (0.02, row), xycoords=place, va="center", fontsize=8.5, color=QUIET)


def _write_values(ax: Axes, values: list[float], *, share: bool) -> None:
    above: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": 9, "weight": "bold"}
    for row, value in enumerate(values):
        if np.isfinite(value):
            ax.annotate(
                percent(value) if share else number(value), (value, row), (0, 8), color=ACCENT, **above
            )


def _value_axis(ax: Axes, rows: pd.DataFrame, *, share: bool) -> None:
    scale_below(ax)
    if share:
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    elif rows[_ESTIMATE].notna().all(axis=1).any():
        low, high = float(rows["ci_lower"].min()), float(rows["ci_upper"].max())
        room = 0.25 * ((high - low) or 1.0)
        ax.set_xlim(low - room, high + room)


def _published(ax: Axes, estimates: pd.DataFrame, comparisons: pd.DataFrame) -> None:
    """Mark published figures by a stroke, which stays visible under the survey's own mark."""
    beside = comparisons.drop_duplicates("name").set_index("name")
    rows = [row for row, name in enumerate(estimates["name"]) if name in beside.index]
    figures = [float(beside["figure"][estimates["name"].iloc[row]]) for row in rows]
    stroke: dict[str, Any] = {"marker": "|", "markersize": 11, "markeredgewidth": 1.8, "linestyle": "none"}
    ax.plot(figures, [row + 0.1 for row in rows], color=INK, zorder=3, label="Published figure", **stroke)
    below: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": 8.5, "color": QUIET}
    for row, figure in zip(rows, figures, strict=True):
        words = published_figure(figure, str(beside["rounding"][estimates["name"].iloc[row]]))
        ax.annotate(words, (figure, row), (0, -18), **below)
    handles, names = ax.get_legend_handles_labels()
    figure_of(ax).legend(handles, names, loc="outside upper left", ncols=2, fontsize=9, columnspacing=1.5)


def by_segment(estimates: pd.DataFrame, segment: str) -> list[Axes]:
    """Draw shares by the values of a segment, a panel each, with the share of all as a line.

    Parameters
    ----------
    estimates : DataFrame
        Rows of `Protected.estimates` that are shares: of all, and of the segment's values.
    segment : str
        The segment.

    Returns
    -------
    list of Axes
        One for each share.

    Raises
    ------
    ReportError
        If no row is of that segment, or means are among the rows.
    """
    parts = estimates[estimates["segment"] == segment]
    if parts.empty:
        known = [name for name in estimates["segment"].unique() if name]
        raise ReportError(f"no estimate by '{segment}'", allowed=known, fix=did_you_mean(segment, known))
    if not _are_shares(parts):
        raise ReportError("panels by segment show shares", given="means")
    values, names = in_order(parts["value"]), list(dict.fromkeys(parts["name"]))
    across = min(len(names), _PANELS)
    with looks():
        axes = new_axes([0.95 + 0.33 * len(values)] * -(-len(names) // across), across=across)
        for position, name in enumerate(names):
            _panel(axes[position], estimates[estimates["name"] == name], values, first=position % across == 0)
        for empty in axes[len(names) :]:
            empty.remove()
    return [plain(ax) for ax in axes[: len(names)]]


def _panel(ax: Axes, estimates: pd.DataFrame, values: list[str], *, first: bool) -> None:
    whole = estimates[estimates["segment"] == ""]
    rows = estimates[estimates["segment"] != ""].drop_duplicates("value").set_index("value").reindex(values)
    for share in whole["estimate"].dropna():
        ax.axvline(share, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)))
    _whiskers(ax, rows.assign(suppressed=rows["estimate"].isna()), _ESTIMATE)
    _value_axis(ax, rows, share=True)
    ax.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"], fontsize=8.5)
    ends: Any = zip(ax.get_xticklabels(), ("left", "center", "right"), strict=True)
    for tick, side in ends:
        tick.set_horizontalalignment(side)  # so that the ends of two panels do not touch
    label_rows(ax, values if first else [""] * len(values), width=24, size=9)
    ax.set_title(wrapped(str(estimates["label"].iloc[0]), 22), fontsize=8.5, pad=8)


def forest(links: pd.DataFrame) -> list[Axes]:
    """Draw the effects of planned links, one axes a link: effects on different outcomes share no unit.

    Parameters
    ----------
    links : DataFrame
        Rows of `Protected.links`.

    Returns
    -------
    list of Axes
        One for each link.

    Raises
    ------
    ReportError
        If there are no links.
    """
    if links.empty:
        raise ReportError("there are no links to draw")
    groups = [rows for _, rows in links.groupby("link", sort=False)]
    with looks():
        axes = new_axes([1.05 + 0.42 * len(rows) for rows in groups])
        for ax, rows in zip(axes, groups, strict=True):
            _effects(ax, rows)
    return [plain(ax) for ax in axes]


def _effects(ax: Axes, rows: pd.DataFrame) -> None:
    points = is_probability(rows)
    scaled = rows.assign(**{name: rows[name] * (100 if points else 1) for name in _EFFECT})
    _whiskers(ax, scaled, _EFFECT)
    span = float(np.nanmax(np.abs(scaled[_EFFECT].to_numpy(dtype=float)), initial=1e-9))
    ax.set_xlim(-1.25 * span, 1.25 * span)
    ax.axvline(0, color=INK, linewidth=0.9)
    scale_below(ax)
    label_rows(ax, [raised(label) for label in rows["predictor_label"]], width=38)
    measured, contrasts = effect_words(rows)
    ax.set_title(wrapped(raised(measured), 64))
    unit = "percentage points" if points else "the unit of the outcome"
    contrast = contrasts.replace("1 rather than 0", "yes rather than no")
    ax.set_xlabel(f"Difference in {unit}, {contrast}", fontsize=8.5)
