"""Which questions were left open together, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.style import (
    ACCENT,
    HATCHED,
    HATCHES,
    INK,
    NEUTRAL,
    QUIET,
    WIDTH,
    figure_of,
    label_rows,
    looks,
    plain,
    wrapped,
)
from surveykit.reporting.words import count, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_WRAP = 46  # characters of a question on one line
_LINE, _ROW = 0.147, 0.27  # inches
_TOP = 1.0  # inches for the bars above
_MOST = 16  # patterns that fit beside each other with their numbers


def missingness(patterns: pd.DataFrame, items: pd.DataFrame) -> Axes:
    """Draw the most frequent patterns of missing answers: a row a question, a column a pattern.

    Questions are long, so they label rows, and patterns stand beside each other, the most frequent first. Bars above
    tell how many executives have each pattern; figures on the right how many left each question open.

    Parameters
    ----------
    patterns : DataFrame
        As `surveykit.estimates.missing.lump_patterns` gives them, protected: for each item whether the pattern misses
        it (missing where a row holds several rarer patterns), and ``n``.
    items : DataFrame
        One row an item to draw, in this order: ``variable``, ``label`` and ``estimate``, the share of executives
        without an answer (NaN where it is not shown).

    Returns
    -------
    Axes
        Of the tiles.

    Raises
    ------
    ReportError
        If there is nothing to draw, too many patterns, or an item the patterns do not know.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import pandas as pd
    >>> from surveykit.estimates.missing import missing_patterns
    >>> patterns = missing_patterns(pd.DataFrame({"a": [1, None, 2], "b": [1, 3, 2]}))
    >>> items = pd.DataFrame({"variable": ["a", "b"], "label": ["Clear?", "Owned?"], "estimate": [1 / 3, 0]})
    >>> [tick.get_text() for tick in missingness(patterns, items).get_yticklabels()]
    ['Clear?', 'Owned?']
    """
    _check(patterns, items)
    labels = items["label"].astype("str").tolist()
    lines = [wrapped(label, _WRAP).count("\n") + 1 for label in labels]
    height = (len(labels) + 0.2) * max(_ROW, _LINE * max(lines) + 0.08)
    gaps = patterns[items["variable"].tolist()].astype("boolean")
    with looks():
        above, ax = _two_axes(height)
        _tiles(
            ax, gaps.fillna(value=False).to_numpy(dtype=bool).T, gaps.isna().all(axis=1).to_numpy(dtype=bool)
        )
        label_rows(ax, labels, width=_WRAP, size=8.5)
        _write_shares(ax, items["estimate"].tolist(), len(patterns))
        _bars(above, patterns["n"].tolist())
        _key(ax)
    return plain(ax)


def _check(patterns: pd.DataFrame, items: pd.DataFrame) -> None:
    if patterns.empty or items.empty:
        raise ReportError("there are no patterns to draw", given=f"{len(patterns)} of {len(items)} items")
    if len(patterns) > _MOST:
        raise ReportError(
            f"at most {_MOST} patterns fit one figure",
            given=len(patterns),
            fix="Put the rarer ones together with 'lump_patterns'.",
        )
    for name in items["variable"]:
        if name not in patterns.columns:
            raise ReportError(f"the patterns do not know item '{name}'", allowed=patterns.columns)


def _two_axes(height: float) -> tuple[Axes, Axes]:
    """Bars above, tiles below, with one x axis."""
    import matplotlib.pyplot as plt  # noqa: PLC0415

    total = height + _TOP + 0.5
    drawn, axes = plt.subplots(
        2, 1, sharex=True, figsize=(WIDTH, total), height_ratios=[_TOP, height], layout="none"
    )
    drawn.subplots_adjust(left=0.43, right=0.92, bottom=0.08 / total, top=1 - 0.5 / total, hspace=0.02)
    return axes[0], axes[1]


def _tiles(ax: Axes, missing: NDArray[np.bool_], lumped: NDArray[np.bool_]) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    n_items, n_patterns = missing.shape
    for pattern in range(n_patterns):
        if lumped[pattern]:
            column = Rectangle((pattern - 0.44, -0.44), 0.88, n_items - 0.12)
            column.set(facecolor=HATCHED, edgecolor=HATCHES, hatch="////", linewidth=0)
            ax.add_patch(column)
            continue
        for item in range(n_items):
            colour = ACCENT if missing[item, pattern] else NEUTRAL
            ax.add_patch(Rectangle((pattern - 0.44, item - 0.44), 0.88, 0.88, facecolor=colour, linewidth=0))
    ax.set_xlim(-0.6, n_patterns - 0.4)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _write_shares(ax: Axes, shares: list[float], n_patterns: int) -> None:
    place: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, "color": QUIET}
    ax.annotate("Missing", (n_patterns - 0.5, -0.5), (6, 5), fontsize=8.5, **place)
    for row, share in enumerate(shares):
        told = percent(share) if np.isfinite(share) else "not shown"
        ax.annotate(told, (n_patterns - 0.5, row), (6, 0), va="center", fontsize=8.5, **place)


def _bars(ax: Axes, numbers: list[float]) -> None:
    ax.bar(range(len(numbers)), numbers, 0.88, color=QUIET)
    ax.set_ylim(0, 1.25 * max(numbers))
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_ylabel("Executives with\nthis pattern", rotation=0, ha="right", va="bottom", fontsize=8.5, y=0.0)
    above: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": 8, "color": INK}
    for pattern, number in enumerate(numbers):
        ax.annotate(count(number), (pattern, number), (0, 3), **above)


def _key(ax: Axes) -> None:
    from matplotlib.patches import Patch  # noqa: PLC0415

    handles = [Patch(facecolor=NEUTRAL, label="Answered"), Patch(facecolor=ACCENT, label="Missing")]
    if any(patch.get_hatch() for patch in ax.patches):
        handles.append(
            Patch(facecolor=HATCHED, edgecolor=HATCHES, hatch="////", label="Rarer patterns together")
        )
    figure_of(ax).legend(handles=handles, loc="upper left", ncols=3, handlelength=1.1, handleheight=1.1)
