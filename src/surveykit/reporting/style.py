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
HATCHED = "#f1f3f4"
HATCHES = "#a9afb4"
WIDTH = 7.6
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
        "legend.fontsize": 8.5,
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
    drawn.subplots_adjust(left=labels, right=0.92, bottom=0.02, top=height / (height + top))
    return ax


def label_rows(ax: Axes, labels: Sequence[str], *, width: int, size: float = 10) -> None:
    """Label the rows of an axes from the top, wrapped, exactly as written."""
    ax.set_yticks(
        range(len(labels)), [wrapped(label, width) for label in labels], fontsize=size, parse_math=False
    )
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, pad=8)


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
