"""How figures look: one accent, quiet greys, and fonts that are there."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCENT = "#0b5a7d"
INK = "#22262a"
QUIET = "#5d646b"
RULE = "#d5d8db"
# Brown against blue stays apart for every kind of colour vision; in grey the side of the middle tells them apart.
AGAINST = ("#8a5524", "#c08f5c", "#e0c8a8")
NEUTRAL = "#e4e6e8"
FOR = ("#0b5a7d", "#5a9cbd", "#b3d3e2")
APART = "#ffffff"
HATCHED = "#f1f3f4"
ZONE = "#e4e6e8"
HATCHES = "#a9afb4"
WIDTH = 7.6
_BELOW = 0.58  # inches for the values and the name of an axis
_KEY_SIZE = 8.5
_KEY_WRAP = 60  # characters of a name in a key
_LEADING = 1.22  # a line of text, in sizes of its font
FONTS = ("Source Sans 3", "Helvetica Neue", "Arial", "Liberation Sans")


@contextmanager
def looks() -> Iterator[None]:
    """Draw inside this context in the report's style; the reader's own settings come back after it."""
    import matplotlib as mpl  # noqa: PLC0415
    import seaborn as sns  # noqa: PLC0415

    with mpl.rc_context(), sns.axes_style("white"):
        mpl.rcParams.update(_settings())
        yield


def _settings() -> Any:  # noqa: ANN401  matplotlib types the names of its settings one by one
    from matplotlib import font_manager  # noqa: PLC0415

    there = set(font_manager.get_font_names())
    return {
        # DejaVu Sans comes with matplotlib, and fills in the signs the first font lacks.
        "font.family": [*[name for name in FONTS if name in there][:1], "DejaVu Sans"],
        "font.size": 10,
        "text.parse_math": False,  # a question may hold dollar signs
        "text.color": INK,
        "axes.labelcolor": QUIET,
        "axes.edgecolor": RULE,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "xtick.color": QUIET,
        "ytick.color": INK,
        "xtick.labelsize": 9,
        "ytick.labelsize": 10,
        "ytick.left": False,
        "hatch.color": HATCHES,
        "hatch.linewidth": 0.8,
        "legend.frameon": False,
        "legend.fontsize": _KEY_SIZE,
    }


def new_axes(heights: Sequence[float], *, across: int = 1) -> list[Axes]:
    """Make axes below and beside each other, in a figure as wide as the page.

    Parameters
    ----------
    heights : sequence of float
        Height of each row of axes, in inches.
    across : int, default 1
        How many axes a row holds.

    Returns
    -------
    list of Axes
    """
    import matplotlib.pyplot as plt  # noqa: PLC0415

    shape: dict[str, Any] = {"figsize": (WIDTH, sum(heights)), "height_ratios": heights, "squeeze": False}
    drawn, axes = plt.subplots(len(heights), across, layout="constrained", **shape)
    layout: Any = drawn.get_layout_engine()
    layout.set(h_pad=0.09)
    return list(axes.flat)


def paired_axes(height: float, *, top: float) -> tuple[Axes, Axes]:
    """Make two axes that share their rows: labelled ones with values, and differences beside them.

    Parameters
    ----------
    height : float
        Of the rows, in inches.
    top : float
        Inches kept above the axes.

    Returns
    -------
    (Axes, Axes)
    """
    import matplotlib.pyplot as plt  # noqa: PLC0415

    whole = height + top + _BELOW
    drawn, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, whole), layout="none", width_ratios=(1.1, 1.0))
    drawn.subplots_adjust(left=0.29, right=0.97, bottom=_BELOW / whole, top=1 - top / whole, wspace=0.13)
    return left, right


def lined_up_axes(height: float, *, labels: float, top: float) -> Axes:
    """Make the axes of a figure of which several stand below each other, so that their bars line up.

    Parameters
    ----------
    height : float
        Height of the axes, in inches.
    labels : float
        Share of the width kept for the labels.
    top : float
        Inches kept above the axes.

    Returns
    -------
    Axes
    """
    import matplotlib.pyplot as plt  # noqa: PLC0415

    drawn, ax = plt.subplots(figsize=(WIDTH, height + top), layout="none")
    drawn.subplots_adjust(left=labels, right=0.905, bottom=0.02, top=height / (height + top))
    return ax


def label_rows(ax: Axes, labels: Sequence[str], *, width: int, size: float = 10) -> None:
    """Label the rows of an axes from the top, wrapped, exactly as written."""
    ax.set_yticks(
        range(len(labels)), [wrapped(label, width) for label in labels], fontsize=size, parse_math=False
    )
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, pad=8)


def rows_high(labels: Sequence[str], *, width: int, least: float, size: float = 10) -> float:
    """Height of rows, in inches, that gives each of these labels room.

    Parameters
    ----------
    labels : sequence of str
        What the rows are called.
    width : int
        Characters of a line.
    least : float
        Height of rows with short labels, in inches.
    size : float, default 10
        Of the font, in points.

    Returns
    -------
    float

    Examples
    --------
    >>> rows_high(["Clear?", "Agreed?"], width=30, least=0.5), round(rows_high(["a b " * 30], width=30, least=0.5), 2)
    (0.5, 0.75)
    """
    lines = max((wrapped(label, width).count("\n") + 1 for label in labels), default=1)
    return max(least, (lines * size * _LEADING + size / 2) / 72)


def text_width(text: str, size: float) -> float:
    """Width of a text in the report's font, in inches; call it inside `looks`."""
    from matplotlib.backends.backend_agg import RendererAgg  # noqa: PLC0415
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415

    measure: Any = RendererAgg(1, 1, 72)  # type: ignore[no-untyped-call]
    font = FontProperties(size=size)
    widths: list[float] = [
        measure.get_text_width_height_descent(line, font, ismath=False)[0] for line in text.split("\n")
    ]
    return max(widths) / 72


def scale_below(ax: Axes) -> None:
    """Draw light lines up from the values below the axes."""
    ax.grid(axis="x", color=RULE, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(axis="x", length=0)


def wrapped(text: str, width: int) -> str:
    r"""Break a text into lines of at most `width` characters.

    Examples
    --------
    >>> wrapped("Our AI strategy is well defined", 18)
    'Our AI strategy is\nwell defined'
    """
    return "\n".join(textwrap.wrap(" ".join(text.split()), width)) or " "


def key_height(names: Sequence[str]) -> float:
    """Inches a key of these names takes above the axes; call it inside `looks`."""
    return 0.12 + sum(height for _, height in _key_rows(names))


def flowing_key(axes: Sequence[Axes]) -> None:
    """Name the marks of a figure above its axes, from left to right, on as many lines as they need."""
    found = [pair for ax in axes for pair in zip(*ax.get_legend_handles_labels(), strict=True)]
    handles, names = zip(*found, strict=True)
    drawn, top = figure_of(axes[0]), 0.0
    spacing: dict[str, Any] = {
        "borderaxespad": 0,
        "borderpad": 0.2,
        "columnspacing": 1.3,
        "handletextpad": 0.5,
    }
    for places, height in _key_rows(names):
        drawn.legend(
            [handles[place] for place in places],
            [wrapped(names[place], _KEY_WRAP) for place in places],
            loc="upper left",
            bbox_to_anchor=(0, 1 - top / drawn.get_figheight()),
            ncols=len(places),
            handlelength=1.1,
            handleheight=1.1,
            **spacing,
        )
        top += height


def _key_rows(names: Sequence[str]) -> list[tuple[list[int], float]]:
    """Which names stand on each line of a key, and how high it is, in inches."""
    em = _KEY_SIZE / 72
    rows: list[tuple[list[int], float]] = []
    room = 0.0
    for place, name in enumerate(names):
        text = wrapped(name, _KEY_WRAP)
        width, height = (
            text_width(text, _KEY_SIZE) + 3 * em,
            (text.count("\n") + 1) * em * _LEADING + 0.75 * em,
        )
        if width > room:
            rows.append(([], 0.0))
            room = WIDTH - em
        places, highest = rows[-1]
        rows[-1] = ([*places, place], max(highest, height))
        room -= width
    return rows


def figure_of(ax: Axes) -> Figure:
    """Give the whole figure an axes stands in, however deep."""
    drawn: Any = ax.get_figure(root=True)
    return drawn  # type: ignore[no-any-return]


def plain(ax: Axes) -> Axes:
    """Make every text of a figure literal: a dollar sign in a label starts no formula, whenever it is drawn."""
    from matplotlib.text import Text  # noqa: PLC0415

    for text in figure_of(ax).findobj(Text):
        text.set(parse_math=False)
    return ax
