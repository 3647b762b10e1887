"""What links say: effects with their intervals, predicted outcomes, and effects by the value of a moderator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.marks import ESTIMATE, are_shares, difference_axis, whiskers
from surveykit.reporting.style import (
    ACCENT,
    RULE,
    figure_of,
    label_rows,
    looks,
    new_axes,
    plain,
    rows_high,
    wrapped,
)
from surveykit.reporting.words import effect_words, is_probability, raised

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

_LABEL, _TITLE = 38, 64  # characters of a line
_EFFECT = ("effect", "effect_ci_lower", "effect_ci_upper")
_ACROSS = 3
_PANEL_TITLE, _PANEL_NAME, _PANEL_VALUE = 30, 34, 40
_PANEL = 2.0  # inches


def forest(links: pd.DataFrame) -> list[Axes]:
    """Draw the effects of links, one axes for each family and unit: effects of different units share no axis.

    Parameters
    ----------
    links : DataFrame
        One row an effect: ``family`` (a name, or empty), ``planned`` (bool: drawn filled, else hollow),
        ``predictor_label``, ``model``, ``effect_unit``, ``effect, effect_ci_lower, effect_ci_upper``, ``suppressed``.

    Returns
    -------
    list of Axes
        In the order in which families and units come; percentage points where the effect is one in a probability.

    Raises
    ------
    ReportError
        If there are no links.
    """
    if links.empty:
        raise ReportError("there are no links to draw")
    unit = [str(text).rpartition(", ")[0] for text in links["effect_unit"]]
    groups = [rows for _, rows in links.groupby([links["family"], np.array(unit)], sort=False)]
    named = len(links["family"].unique()) > 1
    titles = [_title(rows, named=named) for rows in groups]
    with looks():
        axes = new_axes([_height(rows, title) for rows, title in zip(groups, titles, strict=True)])
        for ax, rows, title in zip(axes, groups, titles, strict=True):
            _effects(ax, rows)
            ax.set_title(title)
        if not links["planned"].all():
            _key(axes)
    return [plain(ax) for ax in axes]


def _title(rows: pd.DataFrame, *, named: bool) -> str:
    measured = wrapped(raised(effect_words(rows)[0]), _TITLE)
    family = str(rows["family"].iloc[0])
    return f"{wrapped(raised(family), _TITLE)}:\n{measured}" if named and family else measured


def _height(rows: pd.DataFrame, title: str) -> float:
    row = rows_high(rows["predictor_label"].tolist(), width=_LABEL, least=0.42)
    return 0.75 + 0.2 * (title.count("\n") + 1) + 0.2 * len(_unit(rows).split("\n")) + row * len(rows)


def _unit(rows: pd.DataFrame) -> str:
    unit = "percentage points" if is_probability(rows) else "the unit of the outcome"
    contrast = effect_words(rows)[1].replace("1 rather than 0", "yes rather than no")
    return wrapped(f"Difference in {unit}, {contrast}", _TITLE)


def _effects(ax: Axes, rows: pd.DataFrame) -> None:
    scale = 100 if is_probability(rows) else 1
    scaled = rows.assign(**{name: rows[name] * scale for name in _EFFECT})
    planned = rows["planned"].to_numpy(dtype=bool)
    for chosen, name in ((planned, "Planned"), (~planned, "Exploratory: not planned")):
        if chosen.any():
            whiskers(ax, scaled[chosen], _EFFECT, at=np.flatnonzero(chosen), label=name)
            if name != "Planned":
                hollow(ax)
    difference_axis(ax, scaled, _EFFECT)
    unscaled_if_hidden(ax, rows)
    label_rows(ax, [raised(label) for label in rows["predictor_label"]], width=_LABEL)
    ax.set_xlabel(_unit(rows), fontsize=8.5)


def hollow(ax: Axes) -> None:
    """Empty the dots drawn last."""
    ax.lines[-1].set(markerfacecolor="white", markeredgecolor=ax.lines[-1].get_color(), markeredgewidth=1.7)


def unscaled_if_hidden(ax: Axes, rows: pd.DataFrame) -> None:
    """Take the values off an axis on which nothing is shown."""
    if rows["suppressed"].all():
        ax.set_xticks([])


def _key(axes: Sequence[Axes]) -> None:
    """Name each kind of mark once, above all axes."""
    found = {
        name: handle for ax in axes for handle, name in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    look: dict[str, Any] = {"loc": "outside upper left", "fontsize": 9, "columnspacing": 1.5}
    figure_of(axes[0]).legend(list(found.values()), list(found), ncols=len(found), **look)


def curves(predictions: pd.DataFrame) -> list[Axes]:
    """Draw the outcome a link predicts over the values of a predictor, a panel each, with a band for its interval.

    Parameters
    ----------
    predictions : DataFrame
        One row a value: ``link, predictor`` (which panel), ``predictor_label``, ``expected`` (what is predicted:
        "probability of production"), ``statistic`` (``share`` or ``mean``), ``value, estimate, ci_lower, ci_upper``,
        ``suppressed``. No row of the data is drawn, so no organisation can be seen.

    Returns
    -------
    list of Axes
        One for each link and predictor.

    Raises
    ------
    ReportError
        If there is nothing to draw.
    """
    if predictions.empty:
        raise ReportError("there are no predictions to draw")
    panels = [rows for _, rows in predictions.groupby(["link", "predictor"], sort=False)]
    across = min(len(panels), _ACROSS)
    deep = -(-len(panels) // across)
    titles = [wrapped(raised(str(rows["expected"].iloc[0])), _wide(_PANEL_TITLE, across)) for rows in panels]
    names = [
        wrapped(raised(str(rows["predictor_label"].iloc[0])), _wide(_PANEL_NAME, across)) for rows in panels
    ]
    lines = [max(title.count("\n") + name.count("\n") + 2 for title, name in zip(titles, names, strict=True))]
    with looks():
        axes = new_axes([_PANEL + 0.35 + 0.15 * lines[0]] * deep, across=across)
        for ax, rows, title, name in zip(axes, panels, titles, names, strict=False):
            _curve(ax, rows.sort_values("value"))
            ax.set_title(title, fontsize=8.5, pad=8)
            ax.set_xlabel(name, fontsize=8.5)
        for empty in axes[len(panels) :]:
            empty.remove()
    return [plain(ax) for ax in axes[: len(panels)]]


def _wide(characters: int, across: int) -> int:
    """Characters of a line over a panel."""
    return characters * _ACROSS // across


def _curve(ax: Axes, rows: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter  # noqa: PLC0415  (drawing starts late)

    shown = rows[~rows["suppressed"].to_numpy(dtype=bool)]
    ax.grid(axis="y", color=RULE, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(axis="both", length=0, labelsize=8.5)
    if are_shares(rows):
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_ylim(0, 1)
    if shown.empty:
        ax.set_xticks([])
        ax.set_yticks([])
        ax.annotate("not shown", (0.5, 0.5), xycoords="axes fraction", ha="center", fontsize=8.5)
        return
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.fill_between(
        shown["value"], shown["ci_lower"], shown["ci_upper"], color=ACCENT, alpha=0.22, linewidth=0
    )
    ax.plot(shown["value"], shown["estimate"], color=ACCENT, linewidth=2)


def simple_slopes(slopes: pd.DataFrame) -> list[Axes]:
    """Draw how far the outcome differs with a predictor, at each value of what may change that, an axes each.

    Parameters
    ----------
    slopes : DataFrame
        One row a value of a moderator: ``link, predictor, moderator`` (which axes), ``title`` (the difference, and
        by what), ``unit`` (of it), ``value_label``, ``estimate, ci_lower, ci_upper``, ``suppressed``.

    Returns
    -------
    list of Axes
        One for each link, predictor and moderator.

    Raises
    ------
    ReportError
        If there is nothing to draw.
    """
    if slopes.empty:
        raise ReportError("there are no slopes to draw")
    groups = [rows for _, rows in slopes.groupby(["link", "predictor", "moderator"], sort=False)]
    titles = [wrapped(raised(str(rows["title"].iloc[0])), _TITLE) for rows in groups]
    units = [wrapped(raised(str(rows["unit"].iloc[0])), _TITLE) for rows in groups]
    row = rows_high(slopes["value_label"].tolist(), width=_LABEL, least=0.42)
    heights = [
        0.5 + 0.2 * (title.count("\n") + unit.count("\n") + 2) + row * len(rows)
        for rows, title, unit in zip(groups, titles, units, strict=True)
    ]
    with looks():
        axes = new_axes(heights)
        for ax, rows, title, unit in zip(axes, groups, titles, units, strict=True):
            whiskers(ax, rows)
            difference_axis(ax, rows, ESTIMATE)
            unscaled_if_hidden(ax, rows)
            label_rows(ax, [raised(label) for label in rows["value_label"]], width=_LABEL)
            ax.set_title(title)
            ax.set_xlabel(unit, fontsize=8.5)
    return [plain(ax) for ax in axes]
