"""Cross-tables as a reader may see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import ReportError
from surveykit.estimates.crosstabs.letters import FEWEST_EXPECTED
from surveykit.reporting.words import NOT_SHOWN, number, p_value, series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from surveykit.estimates.crosstabs.crosstab import CrossTable

SMALL = "*"
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
        """The columns: ``banner, column, letter``, and ``n_obs`` and ``small_base`` of those who answered."""
        data = self.data
        first = data[~data["kind"].isin(["share_of_picks", "mean_rank"])]
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
