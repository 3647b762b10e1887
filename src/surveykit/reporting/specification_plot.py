"""One effect under every choice that could as well have been made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.style import (
    ACCENT,
    INK,
    QUIET,
    RULE,
    WIDTH,
    figure_of,
    flowing_key,
    key_height,
    label_rows,
    looks,
    plain,
    rows_high,
    wrapped,
)
from surveykit.reporting.words import raised

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

_LABEL, _TITLE = 34, 64  # characters of a line
_CURVE = 2.3  # inches
_ROW = 0.24
_KEY = ("Interval clear of 0", "Interval holds 0", "As planned")


def specification_curve(
    specifications: pd.DataFrame, choices: Mapping[str, str], *, title: str = "", unit: str = ""
) -> list[Axes]:
    """Draw the effect of one predictor under every combination of choices, in order of size.

    Parameters
    ----------
    specifications : DataFrame
        One row a combination, of one predictor of one link: ``estimate, ci_lower, ci_upper`` (in the unit to be
        drawn), ``planned`` (bool), ``suppressed``, and a column of words for every choice.
    choices : mapping of str to str
        Column of each choice, and what it is called.
    title, unit : str, optional
        What the effect is, and what it is measured in.

    Returns
    -------
    list of Axes
        The effects with their intervals, and below them what was chosen for each.

    Raises
    ------
    ReportError
        If no combination is shown.
    """
    shown = specifications[~specifications["suppressed"].to_numpy(dtype=bool)].sort_values(
        "estimate", kind="stable"
    )
    if shown.empty:
        raise ReportError("no specification is shown", given=f"{len(specifications)} rows")
    labels = [(column, value) for column in choices for value in _values(specifications, column)]
    words = [f"{raised(choices[column])}: {value}" for column, value in labels]
    with looks():
        row = rows_high(words, width=_LABEL, least=_ROW, size=8.5)
        heading, named = wrapped(title, _TITLE), wrapped(unit, _LABEL)
        top = key_height(_KEY) + (0.1 + 0.18 * (heading.count("\n") + 1) if title else 0.05)
        above, below = _two_axes(max(_CURVE, 0.16 * (named.count("\n") + 3)), row * len(words) + 0.1, top=top)
        _draw_curve(above, shown)
        _draw_choices(below, shown, labels)
        label_rows(below, words, width=_LABEL, size=8.5)
        below.set_ylim(len(words) - 0.4, -0.6)
        middle = (above.get_position().y0 + above.get_position().y1) / 2
        figure_of(above).text(0.012, middle, named, va="center", fontsize=8.5, color=QUIET)
        above.set_title(heading)
        flowing_key([above])
    return [plain(above), plain(below)]


def _values(specifications: pd.DataFrame, column: str) -> list[str]:
    """Values of a choice, the planned one first."""
    first = specifications.sort_values("planned", ascending=False, kind="stable")[column]
    return list(dict.fromkeys(first.astype(str)))


def _two_axes(curve: float, rows: float, *, top: float) -> tuple[Axes, Axes]:
    """Effects above, choices below, with one x axis."""
    import matplotlib.pyplot as plt  # noqa: PLC0415  (drawing starts late)

    whole = curve + rows + top + 0.12
    drawn, axes = plt.subplots(
        2, 1, sharex=True, figsize=(WIDTH, whole), height_ratios=[curve, rows], layout="none"
    )
    drawn.subplots_adjust(left=0.37, right=0.975, bottom=0.06 / whole, top=1 - top / whole, hspace=0.04)
    return axes[0], axes[1]


def _draw_curve(ax: Axes, rows: pd.DataFrame) -> None:
    estimate, lower, upper = (
        rows[name].to_numpy(dtype=float) for name in ("estimate", "ci_lower", "ci_upper")
    )
    planned = rows["planned"].to_numpy(dtype=bool)
    clear = (lower > 0) | (upper < 0)
    x = np.arange(len(rows))
    thin = max(0.7, min(2.2, 60 / len(rows)))
    ax.vlines(x, lower, upper, color=QUIET, linewidth=thin, alpha=0.5)
    ax.vlines(x[planned], lower[planned], upper[planned], color=ACCENT, linewidth=2.6)
    size = max(2.0, min(6.0, 160 / len(rows)))
    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": size, "markeredgecolor": QUIET}
    for kind, name, inside in ((clear, "Interval clear of 0", QUIET), (~clear, "Interval holds 0", "white")):
        chosen = kind & ~planned
        ax.plot(x[chosen], estimate[chosen], markerfacecolor=inside, label=name, **dots)
    look: dict[str, Any] = {"linestyle": "none", "marker": "D", "markersize": 8, "markeredgecolor": "white"}
    ax.plot(x[planned], estimate[planned], color=ACCENT, zorder=5, label="As planned", **look)
    ax.axhline(0, color=INK, linewidth=0.9)
    ax.set_xlim(-0.8, len(rows) - 0.2)
    ax.grid(axis="y", color=RULE, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(axis="both", length=0, labelsize=8.5, labelbottom=False)
    ax.spines["bottom"].set_visible(False)


def _draw_choices(ax: Axes, rows: pd.DataFrame, labels: list[tuple[str, str]]) -> None:
    planned = rows["planned"].to_numpy(dtype=bool)
    size = max(1.5, min(6.0, 160 / len(rows)))
    for place, (column, value) in enumerate(labels):
        made = (rows[column].astype(str) == value).to_numpy()
        ax.axhline(place, color=RULE, linewidth=0.7, zorder=0)
        for chosen, colour in ((made & ~planned, QUIET), (made & planned, ACCENT)):
            x = np.flatnonzero(chosen)
            ax.plot(x, np.full(len(x), place), "s", color=colour, markersize=size)
    ax.spines["bottom"].set_visible(False)
    ax.set_xticks([])
