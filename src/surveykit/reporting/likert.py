"""Answers on an ordered scale, as bars around the middle answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.style import (
    AGAINST,
    FOR,
    HATCHED,
    HATCHES,
    INK,
    NEUTRAL,
    QUIET,
    figure_of,
    label_rows,
    lined_up_axes,
    looks,
    plain,
    wrapped,
)
from surveykit.reporting.words import count, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_LEGIBLE = 0.19  # inches a percentage takes
_ROW = 0.55  # inches; a question of many lines makes the rows of its figure higher
_LINE = 0.16
_WRAP = 34  # characters that fit beside the bars in the widest of the fonts
_APART = 0.015  # between the answers and what is not shown
_KEY_WIDTH = 105  # characters of the key on one line


def likert(
    distributions: pd.DataFrame, *, span: tuple[float, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the answers to items as bars around the middle answer.

    Parameters
    ----------
    distributions : DataFrame
        Rows of `Protected.distributions` of items that share their answers.
    span : (left, right), optional
        How far the axis goes, in shares from the middle; `reach` of several scales makes their figures comparable.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If there are no rows, or the items do not share their answers.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"item": "q1", "label": "Clear?", "code": [1.0, 2.0], "answer": ["No", "Yes"],
    ...                         "share": [0.25, 0.75], "n_obs": 40.0, "suppressed": False})
    >>> [tick.get_text() for tick in likert(answers).get_yticklabels()]
    ['Clear?']
    """
    shares, answers = _by_item(distributions)
    items = distributions.drop_duplicates("item")
    lines = max(wrapped(label, _WRAP).count("\n") + 1 for label in items["label"])
    height = 0.12 + max(_ROW, _LINE * (lines + 1)) * len(items)
    with looks():
        ax = ax or lined_up_axes(height, labels=0.37, top=0.12 + 0.22 * _key_lines(answers))
        ax.set_xlim(*(span or reach(distributions)))
        ends = _stack(ax, shares, answers)
        label_rows(ax, items["label"].tolist(), width=_WRAP, size=9.5)
        _write_bases(ax, items["n_obs"].tolist(), ends)
        ax.axvline(0, color=QUIET, linewidth=0.8, zorder=0)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        _key(ax)
    return plain(ax)


def reach(distributions: pd.DataFrame) -> tuple[float, float]:
    """How far bars go to the left and to the right of the middle, over all items given.

    Parameters
    ----------
    distributions : DataFrame
        Rows of `Protected.distributions`.

    Returns
    -------
    (float, float)
        Shares, with a little room.

    Examples
    --------
    >>> import pandas as pd
    >>> reach(pd.DataFrame({"item": "q1", "code": [1.0, 2.0], "share": [0.25, 0.75], "suppressed": False}))
    (-0.26, 0.76)
    """
    lefts, rights = [], []
    for _, rows in distributions.sort_values("code").groupby("item", sort=False):
        left = float(_left_of_middle(rows["share"].fillna(0.0).to_numpy()[None, :])[0])
        lefts.append(left)
        rights.append(1 + left + (_APART if rows["suppressed"].any() else 0.0))
    return min(lefts, default=-0.5) - 0.01, max(rights, default=0.5) + 0.01


def _by_item(distributions: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Shares by item and code, and the answers in the order of their codes."""
    answers = distributions.drop_duplicates("code").sort_values("code")
    pairs = distributions[["code", "answer"]].drop_duplicates()
    if distributions.empty or len(pairs) != len(answers):
        given = "no rows" if distributions.empty else f"{len(pairs)} answers for {len(answers)} codes"
        raise ReportError(
            "these items cannot share one figure", given=given, allowed="items with the same answers"
        )
    shares = distributions.pivot_table(index="item", columns="code", values="share", sort=False, dropna=False)
    items = distributions["item"].unique()
    return shares.reindex(index=items, columns=answers["code"]), answers["answer"].tolist()


def _left_of_middle(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each row of bars starts: the middle answer is halved, and an even number of answers split between."""
    half, odd = divmod(shares.shape[1], 2)
    middle = shares[:, half] / 2 if odd else np.zeros(len(shares))
    return np.asarray(-shares[:, :half].sum(axis=1) - middle)


def _stack(ax: Axes, shares: pd.DataFrame, answers: list[str]) -> list[float]:
    """Stack the bars of every item; give where each row ends."""
    values = shares.to_numpy(dtype=float)
    shown = np.nan_to_num(values)
    left = _left_of_middle(shown)
    for position, (answer, colour) in enumerate(zip(answers, colours(len(answers)), strict=True)):
        width = shown[:, position]
        ax.barh(
            range(len(width)),
            width,
            0.62,
            left=left,
            color=colour,
            edgecolor="white",
            linewidth=0.8,
            label=answer,
        )
        _write_shares(ax, left, width, colour="white" if _is_dark(colour) else INK)
        left = left + width
    return _not_shown(ax, left, 1 - shown.sum(axis=1), np.isnan(values).any(axis=1))


def _write_shares(ax: Axes, left: NDArray[np.float64], width: NDArray[np.float64], *, colour: str) -> None:
    low, high = ax.get_xlim()
    inches = ax.get_window_extent().width / figure_of(ax).dpi
    for row in np.flatnonzero(width >= _LEGIBLE * (high - low) / inches):
        middle = left[row] + width[row] / 2
        ax.text(middle, int(row), percent(width[row]), ha="center", va="center", fontsize=8, color=colour)


def _not_shown(
    ax: Axes, ends: NDArray[np.float64], rest: NDArray[np.float64], hidden: NDArray[np.bool_]
) -> list[float]:
    """Put what is hidden behind each row: hatched, since nobody may tell which answers it holds."""
    rows, start = np.flatnonzero(hidden), ends + _APART
    if len(rows):
        bars = ax.barh(
            rows, rest[rows], 0.62, left=start[rows], color=HATCHED, label="Answers of few, not shown"
        )
        for bar in bars:
            bar.set(hatch="////", edgecolor=HATCHES, linewidth=0.6)
    return [float(end) for end in np.where(hidden, start + rest, ends)]


def _write_bases(ax: Axes, bases: list[float], ends: list[float]) -> None:
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8.5, "color": QUIET}
    for row, (base, end) in enumerate(zip(bases, ends, strict=True)):
        ax.annotate(f"n = {count(base)}", (end, row), (6, 0), **beside)


def colours(n_answers: int) -> list[str]:
    """Colours of answers in order: brown against, grey in the middle, blue for; each side darkens outwards.

    Parameters
    ----------
    n_answers : int
        How many answers there are.

    Returns
    -------
    list of str

    Examples
    --------
    >>> len(colours(5)), colours(3)[1]
    (5, '#e4e6e8')
    """
    half, odd = divmod(n_answers, 2)
    against, favour = _ramp(AGAINST, half), _ramp(FOR, half)
    return [*against, *([NEUTRAL] if odd else []), *favour[::-1]]


def _ramp(side: tuple[str, ...], steps: int) -> list[str]:
    """Outermost colour first."""
    if steps <= 2:
        return list(side[:steps])
    from matplotlib.colors import LinearSegmentedColormap, to_hex  # noqa: PLC0415

    shades = LinearSegmentedColormap.from_list("side", list(side))
    return [to_hex(shades(step / (steps - 1))) for step in range(steps)]


def _is_dark(colour: str) -> bool:
    from matplotlib.colors import to_rgb  # noqa: PLC0415

    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114))) < 0.5


def _key_lines(names: list[str]) -> int:
    return max(1, -(-sum(len(name) + 6 for name in names) // _KEY_WIDTH))


def _key(ax: Axes) -> None:
    """Name the answers above the bars, on as many lines as they need."""
    handles, names = ax.get_legend_handles_labels()
    spacing: dict[str, Any] = {
        "borderaxespad": 0,
        "borderpad": 0.2,
        "columnspacing": 1.3,
        "handletextpad": 0.5,
    }
    figure_of(ax).legend(
        handles,
        [wrapped(name, 60) for name in names],
        loc="upper left",
        ncols=-(-len(names) // _key_lines(names)),
        handlelength=1.1,
        handleheight=1.1,
        **spacing,
    )
