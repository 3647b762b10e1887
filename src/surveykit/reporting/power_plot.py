"""How likely the next survey is to find an effect, by its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.errors import ReportError
from surveykit.reporting.style import (
    ACCENT,
    FOR,
    INK,
    QUIET,
    RULE,
    flowing_key,
    key_height,
    looks,
    new_axes,
    plain,
    wrapped,
)
from surveykit.reporting.words import plural, raised

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

ENOUGH = 0.8
_ACROSS = 2
_NAME = 84  # characters of a line over one panel
_PANEL = 2.6  # inches
# In turn, from few executives to many: told apart by marker and dash where colours are not.
_LOOKS: list[dict[str, Any]] = [
    {"color": QUIET, "marker": "s", "linestyle": (0, (1, 1.5))},
    {"color": FOR[1], "marker": "^", "linestyle": (0, (4, 2))},
    {"color": ACCENT, "marker": "o", "linestyle": "-"},
    {"color": INK, "marker": "D", "linestyle": (0, (6, 2, 1, 2))},
    {"color": INK, "marker": "v", "linestyle": "-"},
]


def power(simulated: pd.DataFrame) -> list[Axes]:
    """Draw the power of surveys of several sizes, a panel for each link and predictor.

    Parameters
    ----------
    simulated : DataFrame
        One row a size and effect: ``link, predictor`` (which panel), ``label`` (what is to be found),
        ``organisations``,
        ``executives`` (of each organisation), ``power, power_ci_lower, power_ci_upper`` (0 to 1; the band is what the
        number of simulated surveys leaves open).

    Returns
    -------
    list of Axes
        One for each link and predictor; a line marks 80%.

    Raises
    ------
    ReportError
        If there is nothing to draw, or more numbers of executives than lines that can be told apart.
    """
    if simulated.empty:
        raise ReportError("there is no power to draw")
    sizes = sorted(simulated["executives"].unique())
    if len(sizes) > len(_LOOKS):
        raise ReportError(
            f"at most {len(_LOOKS)} numbers of executives fit one figure",
            given=len(sizes),
            fix="Draw some of them.",
        )
    panels = [rows for _, rows in simulated.groupby(["link", "predictor"], sort=False)]
    across = min(len(panels), _ACROSS)
    titles = [wrapped(raised(str(rows["label"].iloc[0])), _NAME // across) for rows in panels]
    height = _PANEL + 0.45 + 0.16 * max(title.count("\n") + 1 for title in titles)
    with looks():
        names = [f"{plural(size, 'executive')} each" for size in sizes]
        top = key_height(names)
        axes = new_axes([height] * -(-len(panels) // across), across=across)
        for place, (ax, rows, title) in enumerate(zip(axes, panels, titles, strict=False)):
            _lines(ax, rows, sizes, names)
            ax.set_title(title, fontsize=9, pad=8)
            ax.set_xlabel("Organisations", fontsize=8.5)
            ax.set_ylabel("" if place % across else "Surveys that find it", fontsize=8.5)
        for empty in axes[len(panels) :]:
            empty.remove()
        _key(axes[0], top)
    return [plain(ax) for ax in axes[: len(panels)]]


def _key(ax: Axes, top: float) -> None:
    from surveykit.reporting.style import figure_of  # noqa: PLC0415

    drawn = figure_of(ax)
    drawn.set_figheight(drawn.get_figheight() + top)
    layout: Any = drawn.get_layout_engine()
    layout.set(rect=(0, 0, 1, 1 - top / drawn.get_figheight()))
    flowing_key([ax])


def _lines(ax: Axes, rows: pd.DataFrame, sizes: Sequence[float], names: Sequence[str]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter  # noqa: PLC0415  (drawing starts late)

    ax.axhline(ENOUGH, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    for size, name, look in zip(sizes, names, _LOOKS, strict=False):
        mine = rows[rows["executives"] == size].sort_values("organisations")
        band: dict[str, Any] = {"color": look["color"], "alpha": 0.16, "linewidth": 0}
        ax.fill_between(mine["organisations"], mine["power_ci_lower"], mine["power_ci_upper"], **band)
        ax.plot(mine["organisations"], mine["power"], label=name, linewidth=1.8, markersize=5.5, **look)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(_apart(sorted(rows["organisations"].unique()))))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set_ylim(0, 1.02)
    ax.set_yticks([0, 0.2, 0.4, 0.6, ENOUGH, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.grid(axis="y", color=RULE, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=8.5)


def _apart(numbers: Sequence[float]) -> list[float]:
    """Numbers to write below a logarithmic axis: those at least a quarter larger than the one before."""
    kept: list[float] = []
    for number in numbers:
        if not kept or number >= 1.25 * kept[-1]:
            kept.append(number)
    return kept
