"""Protected results drawn: axes come back, and nothing is computed but where a mark stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.errors import ReportError, did_you_mean
from surveykit.reporting.benchmark_plot import beside
from surveykit.reporting.change_plot import change
from surveykit.reporting.likert import likert, reach
from surveykit.reporting.marks import (
    are_shares,
    difference_axis,
    keys_above,
    lowered,
    value_axis,
    whiskers,
    write_values,
)
from surveykit.reporting.style import INK, QUIET, label_rows, looks, new_axes, plain, rows_high, wrapped
from surveykit.reporting.words import effect_words, in_order, is_probability, published_text, raised

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["beside", "by_segment", "change", "forest", "intervals", "likert", "reach"]

_PANELS = 4
_LABEL, _VALUE, _TITLE, _LONG_TITLE = 38, 24, 22, 64  # characters of a line
_EFFECT = ["effect", "effect_ci_lower", "effect_ci_upper"]


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
    share = are_shares(estimates)
    with looks():
        labels = estimates["label"].tolist()
        ax = ax or new_axes([0.95 + rows_high(labels, width=_LABEL, least=0.58) * len(labels)])[0]
        whiskers(ax, estimates)
        write_values(ax, estimates["estimate"].tolist(), share=share)
        label_rows(ax, labels, width=_LABEL)
        value_axis(ax, estimates, share=share)
        if comparisons is not None:
            _published(ax, estimates, comparisons)
    return plain(ax)


def _published(ax: Axes, estimates: pd.DataFrame, comparisons: pd.DataFrame) -> None:
    """Mark published figures by a stroke, which stays visible under the survey's own mark."""
    share = are_shares(estimates)
    published = comparisons.drop_duplicates("name").set_index("name")
    rows = [row for row, name in enumerate(estimates["name"]) if name in published.index]
    figures = [float(published["figure"][estimates["name"].iloc[row]]) for row in rows]
    stroke: dict[str, Any] = {"marker": "|", "markersize": 11, "markeredgewidth": 1.8, "linestyle": "none"}
    ax.plot(figures, rows, color=INK, zorder=3, label="Published figure", transform=lowered(ax, 4), **stroke)
    below: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": 8.5, "color": QUIET}
    for row, figure in zip(rows, figures, strict=True):
        words = published_text(figure, str(published["rounding"][estimates["name"].iloc[row]]), share=share)
        ax.annotate(words, (figure, row), (0, -19), **below)
    keys_above(ax)


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
    if not are_shares(parts):
        raise ReportError("panels by segment show shares", given="means")
    values, names = in_order(parts["value"]), list(dict.fromkeys(parts["name"]))
    across = min(len(names), _PANELS)
    row = rows_high(values, width=_VALUE, least=0.33, size=9)
    title = rows_high(parts["label"].tolist(), width=_TITLE, least=0.3, size=8.5)
    with looks():
        axes = new_axes([0.5 + title + row * len(values)] * -(-len(names) // across), across=across)
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
    whiskers(ax, rows.assign(suppressed=rows["estimate"].isna()))
    value_axis(ax, rows, share=True)
    ax.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"], fontsize=8.5)
    ends: Any = zip(ax.get_xticklabels(), ("left", "center", "right"), strict=True)
    for tick, side in ends:
        tick.set_horizontalalignment(side)  # so that the ends of two panels do not touch
    label_rows(ax, values if first else [""] * len(values), width=_VALUE, size=9)
    ax.set_title(wrapped(str(estimates["label"].iloc[0]), _TITLE), fontsize=8.5, pad=8)


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
        axes = new_axes([_forest_height(rows) for rows in groups])
        for ax, rows in zip(axes, groups, strict=True):
            _effects(ax, rows)
    return [plain(ax) for ax in axes]


def _forest_height(rows: pd.DataFrame) -> float:
    row = rows_high(rows["predictor_label"].tolist(), width=_LABEL, least=0.42)
    return 0.75 + rows_high([effect_words(rows)[0]], width=_LONG_TITLE, least=0.3) + row * len(rows)


def _effects(ax: Axes, rows: pd.DataFrame) -> None:
    points = is_probability(rows)
    scaled = rows.assign(**{name: rows[name] * (100 if points else 1) for name in _EFFECT})
    whiskers(ax, scaled, _EFFECT)
    difference_axis(ax, scaled, _EFFECT)
    label_rows(ax, [raised(label) for label in rows["predictor_label"]], width=_LABEL)
    measured, contrasts = effect_words(rows)
    ax.set_title(wrapped(raised(measured), _LONG_TITLE))
    unit = "percentage points" if points else "the unit of the outcome"
    contrast = contrasts.replace("1 rather than 0", "yes rather than no")
    ax.set_xlabel(f"Difference in {unit}, {contrast}", fontsize=8.5)
