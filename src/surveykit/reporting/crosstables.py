"""Cross-tables as a reader may see them, and as tables of a page."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from surveykit.errors import ReportError
from surveykit.estimates.crosstabs.letters import FEWEST_EXPECTED
from surveykit.estimates.crosstabs.questions import MEANS
from surveykit.reporting.grid import laid_out_table
from surveykit.reporting.style import ACCENT, INK, QUIET
from surveykit.reporting.words import NOT_SHOWN, count, number, p_value, percent, series

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy as np
    from great_tables import GT
    from numpy.typing import NDArray

    from surveykit.estimates.crosstabs.crosstab import CrossTable

SMALL = "*"
_WIDE = 6  # columns beyond which a table is set closer
# Words over a run of rows.
_HEADS = {
    "share": "Share of those who answered",
    "share_of_picks": "Share of all picks",
    "ranked_first": "Ranked first",
    "mean_rank": "Mean rank (1 is best)",
}
_LABELS = ["row", "kind", "banner", "column", "letter", "method", "small_base"]
_ADJUSTED = {"holm": "Holm's method", "fdr": "Benjamini and Hochberg's method (false discovery rate)"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownTable:
    """A cross-table a reader may see.

    Attributes
    ----------
    title : str
        The question.
    data : DataFrame, one row a row of the table and column
        Columns of `surveykit.estimates.crosstabs.crosstab.CrossTable`, and ``suppressed``: numbers of such a cell are
        NaN, and neither its letters nor its own letter in the cells beside it are there.
    notes : sequence of str
        What stands below the table.
    """

    title: str
    data: pd.DataFrame
    notes: Sequence[str]

    @property
    def across(self) -> pd.DataFrame:
        """The columns: ``banner, column, letter``, and ``n_obs`` and ``small_base`` of the first run of rows."""
        data = self.data
        first = data[data["kind"] == data["kind"].iloc[0]]
        # One cell of a column may be hidden, and its base known from another.
        base = first.groupby("column", sort=False).agg(
            n_obs=("n_obs", "max"), small_base=("small_base", "any")
        )
        return (
            data.head(len(base))[["banner", "column", "letter"]]
            .join(base, on="column")
            .reset_index(drop=True)
        )

    @property
    def rows(self) -> list[pd.DataFrame]:
        """The cells of every row of the table, from left to right."""
        n = self.data["column"].nunique()
        return [self.data.iloc[start : start + n] for start in range(0, len(self.data), n)]

    @property
    def heads(self) -> list[str]:
        """Words over the run of rows each row stands in; the answers of one question need none."""
        kinds = [str(row["kind"].iloc[0]) for row in self.rows]
        if not {"share_of_picks", "mean_rank"} & set(kinds):
            return [""] * len(kinds)
        top = "Ranked among the first "
        return [_HEADS.get(kind) or top + kind.removeprefix("ranked_top_") for kind in kinds]

    def in_parts(self, most: int = 9) -> list[ShownTable]:
        """The table itself, or one for each banner where it has more columns than a page is wide.

        Columns that stand alone, such as a total, come with every part; notes stand below the last.
        """
        sizes = self.across.groupby("banner", sort=False)["column"].size()
        several = sizes.index[sizes > 1]
        if len(self.across) <= most or len(several) < 2:
            return [self]
        alone = self.data["banner"].isin(sizes.index[sizes == 1])
        parts = [self.data[alone | (self.data["banner"] == banner)] for banner in several]
        return [replace(self, data=part, notes=self.notes if part is parts[-1] else ()) for part in parts]

    def __repr__(self) -> str:
        return (
            f"ShownTable({self.title}: {int(self.data['suppressed'].sum())} of {len(self.data)} cells hidden)"
        )


def shown_table(
    table: CrossTable, suppressed: NDArray[np.bool_] | pd.Series, *, title: str, min_cell: int
) -> ShownTable:
    """Blank the cells of a cross-table that a reader may not see, and say below it how the rest is to be read.

    Parameters
    ----------
    table : CrossTable
    suppressed : array or Series of bool, shape (cells,)
        Which rows of ``table.data`` to hide.
    title : str
        The question.
    min_cell : int
        The smallest cell shown, for the note.

    Returns
    -------
    ShownTable
        Letters go with a hidden cell, and so do letters that tell of it: that another figure is higher.

    Raises
    ------
    ReportError
        If `suppressed` does not say of every cell whether it is hidden.
    """
    hidden = pd.Series(suppressed).to_numpy()
    if hidden.shape != (len(table.data),) or hidden.dtype != bool:
        raise ReportError(
            "suppressed must say of every cell whether it is hidden",
            given=f"{len(hidden)} of {len(table.data)}",
        )
    data = table.data.assign(letters=_letters_left(table.data, hidden), suppressed=hidden)
    for name in data.columns.difference([*_LABELS, "suppressed"]):
        if pd.api.types.is_numeric_dtype(data[name]):
            data[name] = data[name].astype(float).mask(hidden)
        else:
            data[name] = data[name].mask(hidden, "")
    return ShownTable(title=title, data=data, notes=_notes(table, data, min_cell))


def _letters_left(data: pd.DataFrame, hidden: NDArray[np.bool_]) -> list[str]:
    """Letters that neither stand in a hidden cell nor tell of one in their row."""
    gone = data[hidden].groupby(["row", "kind"])["letter"].agg(set).to_dict()
    keys = zip(data["row"], data["kind"], strict=True)
    return [
        "" if away else " ".join(one for one in letters.split() if one not in gone.get(key, ()))
        for letters, away, key in zip(data["letters"], hidden, keys, strict=True)
    ]


def _notes(table: CrossTable, data: pd.DataFrame, min_cell: int) -> list[str]:
    small, few = data["small_base"] & ~data["suppressed"], table.tests["reason"].str.contains("expected")
    notes = [_of_letters(table)] if (data["letter"] != "").any() else []
    if few.any():
        notes.append(
            f"Shares are not compared where fewer than {FEWEST_EXPECTED} answers would be expected on one side."
        )
    if small.any():
        compared = " These columns are left out of every comparison." if (data["letter"] != "").any() else ""
        notes.append(
            f"{SMALL} Fewer than {table.min_base} answers, or one organisation: read with care.{compared}"
        )
    notes += _of_rao_scott(table)
    if (data["kind"] == "mean_rank").any():
        notes.append(
            "Mean ranks are of those who ranked the option; 1 is best, so a letter marks the worse of two."
        )
    if table.weighted:
        notes.append("Figures are weighted; the numbers of answers are not.")
    if data["suppressed"].any():
        few_answers = f"fewer than {min_cell} answers, or a figure from which such a cell could be worked out"
        notes.append(f"{NOT_SHOWN}: {few_answers}, not shown.")
    return notes


def _of_letters(table: CrossTable) -> str:
    return (
        "A letter says that the figure is higher than that of the column so lettered: two-sided t tests on the "
        "design between the columns under one heading, p-values adjusted for each other in each row by "
        f"{_ADJUSTED[table.adjust]}, level {table.level:g}."
    )


def _of_rao_scott(table: CrossTable) -> list[str]:
    """One sentence on the whole question, or on its options, in each banner."""
    notes = []
    for banner, tests in table.rao_scott.groupby("banner", sort=False):
        where = f" by {banner}" if str(banner) else ""
        told = tests[tests["reason"] == ""]
        if told.empty:
            notes.append(f"No Rao-Scott test{where}: {tests['reason'].iloc[0]}.")
        elif (tests["row"] == "").all():
            one = told.iloc[0]
            f = f"F({number(one['df1'], 1)}, {number(one['df2'], 1)}) = {number(one['f'])}"
            notes.append(f"Rao-Scott test of the answers{where}: {f}, {_p(one['p_value'])}.")
        else:
            sure = told[told["p_adjusted"] <= table.level]
            options = [f"{row} ({_p(p)})" for row, p in zip(sure["row"], sure["p_adjusted"], strict=True)]
            tested = "by Rao-Scott tests, adjusted by Holm's method"
            others = tests.loc[tests["reason"] != "", "row"]
            untested = f" Not tested: {series(others)}." if len(others) else ""
            notes.append(f"Options that differ{where} {tested}: {series(options) or 'none'}.{untested}")
    return notes


def _p(p: float) -> str:
    told = p_value(p)
    return f"p {told[0]} {told[1:]}" if told[0] in "<>" else f"p = {told}"


def written(cell: pd.Series) -> str:
    """A figure as a reader sees it."""
    return (number if cell["kind"] in MEANS else percent)(cell["estimate"])


def cross_table(shown: ShownTable, name: str) -> GT:
    """Lay out a cross-table: banners over their columns, letters under the figures.

    Parameters
    ----------
    shown : ShownTable
    name : str
        Identifies the table on its page.

    Returns
    -------
    GT
    """
    across, rows, heads = shown.across, shown.rows, shown.heads
    labels = ["Answers", *(row["row"].iloc[0] for row in rows)]
    cells = [
        [_base(column), *(_cell(row.iloc[place], column) for row in rows)]
        for place, column in enumerate(across.to_dict("records"))
    ]
    letters = (" (" + across["letter"] + ")").mask(across["letter"] == "", "")
    table = laid_out_table(
        [("", labels), *zip(across["column"] + letters, cells, strict=True)],
        name,
        notes=shown.notes,
        groups=[heads[0], *heads] if any(heads) else (),
    )
    names = [_marked_up(name) for name in across["column"] + letters]
    table = table.cols_label({f"c{place}": name for place, name in enumerate(names, 1)})
    return _styled(_under_banners(table, across), shown)


def _base(column: dict[Hashable, Any]) -> str:
    return count(column["n_obs"]) + (SMALL if column["small_base"] and column["n_obs"] > 0 else "")


def _cell(cell: pd.Series, column: dict[Hashable, Any]) -> str:
    """A figure over its letters; marked where it rests on few though its column does not."""
    small = cell["small_base"] and not column["small_base"] and not cell["suppressed"]
    return f"{written(cell)}{SMALL if small else ''}\n{cell['letters']}".rstrip()


def _marked_up(text: str) -> object:
    """Escape a head, and its braces: great_tables reads '{{' as the start of a unit even in marked-up heads."""
    from great_tables import html as markup  # noqa: PLC0415  (takes a while to import: only where a table is made)

    return markup(html.escape(text).replace("{", "&#123;"))


def _under_banners(table: GT, across: pd.DataFrame) -> GT:
    for banner, places in across.groupby("banner", sort=False).groups.items():
        if banner:
            ids = [f"c{place + 1}" for place in places]
            # A spanner's name is read as its id, too: a banner named as a column must not take its place.
            table = table.tab_spanner(_marked_up(str(banner)), ids, id=f"over-{ids[0]}")
    return table


def _styled(table: GT, shown: ShownTable) -> GT:
    from great_tables import loc, style  # noqa: PLC0415  (as above)

    kinds = ["", *(row["kind"].iloc[0] for row in shown.rows)]
    summed = [place for place, kind in enumerate(kinds) if kind in {"top_box", "bottom_box", "mean"}]
    figures = [f"c{place + 1}" for place in range(len(shown.across))]
    table = table.fmt(_quiet_letters, figures)
    table = table.tab_style(style.css("vertical-align: top;"), loc.body())
    # A width in columns' own terms would fix the layout, and cut figures off where columns are many.
    table = table.tab_style(style.css("min-width: 9.5rem;"), loc.body(["c0"]))
    table = table.tab_style(style.css("max-width: 6.5rem;"), loc.column_labels(figures))
    table = table.tab_style(style.text(color=QUIET), loc.body(rows=[0]))
    if len(figures) > _WIDE:
        narrow = {"data_row_padding_horizontal": "4px", "column_labels_padding_horizontal": "4px"}
        table = table.tab_options(table_font_size="13px", column_labels_font_size="12px", **narrow)
    if summed:
        table = table.tab_style(style.text(weight="600"), loc.body(rows=summed))
        if summed[0] > 1:
            line = style.borders(sides="top", color=INK, weight="1px")
            table = table.tab_style(line, loc.body(rows=summed[:1]))
    return table


def _quiet_letters(text: str) -> str:
    figure, _, letters = text.partition("\n")
    quiet = f'\n<span style="color: {ACCENT}; font-size: 11px; letter-spacing: 0.04em;">{html.escape(letters)}</span>'
    return html.escape(figure) + (quiet if letters else "")
