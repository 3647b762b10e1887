"""Answers on an ordered scale, as bars around the middle answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from surveykit.errors import ReportError
from surveykit.reporting.style import (
    AGAINST,
    APART,
    FOR,
    HATCHED,
    HATCHES,
    INK,
    NEUTRAL,
    QUIET,
    RULE,
    figure_of,
    flowing_key,
    key_height,
    label_rows,
    lined_up_axes,
    looks,
    plain,
    rows_high,
)
from surveykit.reporting.words import count, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Middle = Literal["split", "aside"]

_LEGIBLE = 0.21  # inches a percentage takes, and a little more each further digit
_DIGIT = 0.07
_ROW = 0.55  # inches; a question of many lines makes the rows of its figure higher
_BAR = 0.34
_WRAP = 34  # characters that fit beside the bars in the widest of the fonts
_HIDDEN_BY = 0.015  # shares between the answers and what is not shown
_BLOCK_BY = 0.07  # and between the answers and a block of their own
_FIGURE_ROOM = 0.15  # shares a percentage takes beside its bar
_NO_ANSWER = "No answer on the scale"


class Reach(NamedTuple):
    """How far bars go, in shares: from the middle, and in the blocks that stand to the right of them.

    Attributes
    ----------
    left, right : float
        From the middle, with a little room; left is negative.
    aside, apart : float
        Of the neutral answer set aside, and of those who gave no answer on the scale; 0 without such a block.
    """

    left: float
    right: float
    aside: float = 0.0
    apart: float = 0.0

    @property
    def aside_from(self) -> float:
        """Where the block of the neutral answer starts."""
        return self.right + _BLOCK_BY

    @property
    def apart_from(self) -> float:
        """Where the block of those without an answer starts."""
        return self.right + (_BLOCK_BY + self.aside if self.aside else 0.0) + _BLOCK_BY

    @property
    def end(self) -> float:
        """Where the axis ends."""
        if self.apart:
            return self.apart_from + self.apart + _FIGURE_ROOM
        return self.aside_from + self.aside if self.aside else self.right


def likert(
    distributions: pd.DataFrame,
    *,
    middle: Middle = "split",
    span: tuple[float, ...] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the answers to items as bars around the middle answer.

    Parameters
    ----------
    distributions : DataFrame
        Rows of `Protected.distributions` of items that share their answers. Rows that are ``apart`` (a column that
        may be absent) stand in a block of their own at the right, and so does their share.
    middle : {'split', 'aside'}, default 'split'
        Whether half of the neutral answer stands on either side of the middle, or all of it in a block of its own, so
        that the bars show who leans which way. An even number of answers has no neutral one.
    span : Reach, optional
        How far the axis goes at least; `reach` of several scales makes their figures comparable.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If there are no rows, the items do not share their answers, or `middle` is neither.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"item": "q1", "label": "Clear?", "code": [1.0, 2.0], "answer": ["No", "Yes"],
    ...                         "share": [0.25, 0.75], "n_obs": 40.0, "suppressed": False})
    >>> [tick.get_text() for tick in likert(answers).get_yticklabels()]
    ['Clear?']
    """
    if middle not in {"split", "aside"}:
        raise ReportError("unknown place for the middle answer", given=middle, allowed=["split", "aside"])
    on_scale, apart = _parted(distributions)
    shares, answers = _by_item(on_scale)
    items = on_scale.drop_duplicates("item")
    labels = items["label"].tolist()
    room = _at_least(reach(distributions, middle=middle), span)
    names = [*answers, *(["Answers of few, not shown"] if shares.isna().any(axis=None) else [])]
    names += [_name_apart(apart)] if len(apart) else []
    with looks():
        key = key_height(names)
        row = rows_high(labels, width=_WRAP, least=_ROW, size=9.5)
        ax = ax or lined_up_axes(0.12 + row * len(labels), labels=0.37, top=key)
        ax.set_xlim(room.left, room.end)
        _stack(ax, shares, answers, room if middle == "aside" else None)
        _draw_apart(ax, apart, list(shares.index), room)
        label_rows(ax, labels, width=_WRAP, size=9.5)
        _write_bases(ax, items["n_obs"].tolist())
        _draw_starts(ax, room)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        flowing_key([ax])
    return plain(ax)


def _draw_starts(ax: Axes, room: Reach) -> None:
    """Draw where the bars of each block start."""
    ax.axvline(0, color=QUIET, linewidth=0.8, zorder=0)
    for start, width in ((room.aside_from, room.aside), (room.apart_from, room.apart)):
        if width:
            ax.axvline(start, color=RULE, linewidth=0.8, zorder=0)


def reach(distributions: pd.DataFrame, *, middle: Middle = "split") -> Reach:
    """How far bars go to the left and to the right of the middle, over all items given.

    Parameters
    ----------
    distributions : DataFrame
        Rows of `Protected.distributions`.
    middle : {'split', 'aside'}, default 'split'
        As for `likert`.

    Returns
    -------
    Reach

    Examples
    --------
    >>> import pandas as pd
    >>> reach(pd.DataFrame({"item": "q1", "code": [1.0, 2.0], "share": [0.25, 0.75], "suppressed": False}))
    Reach(left=-0.26, right=0.76, aside=0.0, apart=0.0)
    """
    on_scale, apart = _parted(distributions)
    lefts, rights, asides = [], [], []
    for _, rows in on_scale.sort_values("code").groupby("item", sort=False):
        shares = rows["share"].fillna(0.0).to_numpy()
        neutral = float(shares[len(shares) // 2]) if middle == "aside" and len(shares) % 2 else 0.0
        left = float(_left_of_middle(shares[None, :], middle)[0])
        lefts.append(left)
        rights.append(1 + left - neutral + (_HIDDEN_BY if rows["suppressed"].any() else 0.0))
        asides.append(neutral)
    return Reach(
        min(lefts, default=-0.5) - 0.01,
        max(rights, default=0.5) + 0.01,
        max(asides, default=0.0),
        max(float(apart["share"].max()), 0.02) if apart["share"].notna().any() else 0.02 * bool(len(apart)),
    )


def _at_least(own: Reach, span: tuple[float, ...] | None) -> Reach:
    if span is None:
        return own
    given = Reach(*span)
    return Reach(min(own.left, given.left), *(max(pair) for pair in zip(own[1:], given[1:], strict=True)))


def _parted(distributions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers on the scale, and those who gave none."""
    if "apart" not in distributions:
        return distributions, distributions.iloc[:0]
    apart = distributions["apart"].to_numpy(dtype=bool)
    return distributions[~apart], distributions[apart]


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


def _left_of_middle(shares: NDArray[np.float64], middle: Middle) -> NDArray[np.float64]:
    """Where each row of bars starts: an even number of answers is split between, a middle one halved or aside."""
    half, odd = divmod(shares.shape[1], 2)
    halved = shares[:, half] / 2 if odd and middle == "split" else np.zeros(len(shares))
    return np.asarray(-shares[:, :half].sum(axis=1) - halved)


def _stack(ax: Axes, shares: pd.DataFrame, answers: list[str], aside: Reach | None) -> None:
    """Stack the bars of every item, the neutral answer in a block of its own if so wanted."""
    values = shares.to_numpy(dtype=float)
    shown = np.nan_to_num(values)
    half, odd = divmod(len(answers), 2)
    left = _left_of_middle(shown, "aside" if aside else "split")
    for position, (answer, colour) in enumerate(zip(answers, colours(len(answers)), strict=True)):
        width = shown[:, position]
        if aside and odd and position == half:
            _bars(ax, np.full(len(width), aside.aside_from), width, colour, answer)
        else:
            _bars(ax, left, width, colour, answer)
            left = left + width
    _not_shown(ax, left, 1 - shown.sum(axis=1), np.isnan(values).any(axis=1))


def _bars(ax: Axes, left: NDArray[np.float64], width: NDArray[np.float64], colour: str, answer: str) -> None:
    look: dict[str, Any] = {"color": colour, "edgecolor": "white", "linewidth": 0.8, "label": answer}
    ax.barh(range(len(width)), width, _thickness(ax, len(width)), left=left, **look)
    ink, low, high = "white" if _is_dark(colour) else INK, *ax.get_xlim()
    inches = ax.get_window_extent().width / figure_of(ax).dpi / (high - low)
    for row in np.flatnonzero(width > 0):
        words = percent(width[row])
        if width[row] * inches >= _LEGIBLE + _DIGIT * (len(words) - 2):
            middle = left[row] + width[row] / 2
            ax.text(middle, int(row), words, ha="center", va="center", fontsize=8, color=ink)


def _thickness(ax: Axes, rows: int) -> float:
    """How much of a row its bar takes: bars stay as thick where questions of many lines make rows higher."""
    return min(0.62, _BAR * rows * figure_of(ax).dpi / ax.get_window_extent().height)


def _not_shown(
    ax: Axes, ends: NDArray[np.float64], rest: NDArray[np.float64], hidden: NDArray[np.bool_]
) -> None:
    """Put what is hidden behind each row: hatched, since nobody may tell which answers it holds."""
    rows, start = np.flatnonzero(hidden), ends + _HIDDEN_BY
    if len(rows):
        look: dict[str, Any] = {"left": start[rows], "color": HATCHED, "label": "Answers of few, not shown"}
        bars = ax.barh(rows, rest[rows], _thickness(ax, len(ends)), **look)
        for bar in bars:
            bar.set(hatch="////", edgecolor=HATCHES, linewidth=0.6)


def _draw_apart(ax: Axes, apart: pd.DataFrame, items: list[str], room: Reach) -> None:
    """Draw those without an answer on the scale in a block of their own, each with its percentage."""
    if apart.empty:
        return
    rows = [items.index(item) for item in apart["item"]]
    shares = apart["share"].to_numpy(dtype=float)
    look: dict[str, Any] = {"color": APART, "edgecolor": QUIET, "linewidth": 0.9, "label": _name_apart(apart)}
    ax.barh(rows, shares, _thickness(ax, len(items)), left=room.apart_from, **look)
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8}
    for row, share in zip(rows, shares, strict=True):
        ax.annotate(percent(share), (room.apart_from + np.nan_to_num(share), row), (3, 0), **beside)


def _name_apart(apart: pd.DataFrame) -> str:
    names = apart["answer"].unique()
    return str(names[0]) if len(names) == 1 else _NO_ANSWER


def _write_bases(ax: Axes, bases: list[float]) -> None:
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8.5, "color": QUIET}
    for row, base in enumerate(bases):
        ax.annotate(f"n = {count(base)}", (1, row), (3, 0), xycoords=ax.get_yaxis_transform(), **beside)


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
