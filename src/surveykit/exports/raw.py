"""What every export becomes: text as delivered, and a table of what each column asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from surveykit.errors import ExportError, did_you_mean, listing
from surveykit.exports.selection import OTHER, coalesced, joined_picks, spread_picks

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

SEPARATORS = {"google_forms": ", ", "microsoft_forms": ";", "qualtrics": ","}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawExport:
    """A survey export as delivered; no meaning is given to any value here.

    Attributes
    ----------
    data : DataFrame of str, shape (responses, columns)
        One row a response, index 0..n-1; every value is the text that was delivered, and only an empty cell
        is missing. Column names are unique identifiers.
    questions : DataFrame, one row a column of `data`, in its order
        ``column`` (the identifier), ``question`` (its text), ``part`` (sub-question or choice; empty if
        none), ``group`` (identifier shared by the columns of one question) and ``kind``: ``metadata``,
        ``single``, ``spread`` (a single choice spread over a column per answer), ``multiple`` (a
        multi-select spread over columns, or joined in one), ``grid`` (one row of a matrix) or ``other`` (the
        text of an "other" choice).
    labels : DataFrame
        Value labels the file itself carries (SPSS, Stata): ``column, value, label, is_missing``; else empty.
    platform : str
        ``qualtrics``, ``surveymonkey``, ``google_forms``, ``microsoft_forms``, ``limesurvey``, ``redcap``,
        ``spss``, ``stata`` or ``plain``.
    encoding : str
        The encoding the text was read with; empty for binary files.
    delimiter : str
        The field delimiter; empty for binary files.
    decimal : str
        Decimal mark of the numbers, ``.`` or ``,``.
    source : str
        Name of the file, without its folder.
    sha256 : str
        SHA-256 of the file's bytes, in hexadecimal.
    """

    data: pd.DataFrame
    questions: pd.DataFrame
    labels: pd.DataFrame
    platform: str
    encoding: str
    delimiter: str
    decimal: str
    source: str
    sha256: str

    def without(self, columns: Iterable[str]) -> RawExport:
        """Leave columns out of the data and of the table of questions; unknown names are an error."""
        leaving = list(columns)
        for column in leaving:
            if column not in self.data.columns:
                raise ExportError(
                    f"no column '{column}' to leave out",
                    where=self.source,
                    allowed=self.data.columns,
                    fix=did_you_mean(column, self.data.columns),
                )
        return replace(
            self,
            data=self.data.drop(columns=leaving),
            questions=self.questions[~self.questions["column"].isin(leaving)],
            labels=self.labels[~self.labels["column"].isin(leaving)],
        )

    def answers(self, group: str) -> pd.Series:
        """Answers to one question, however many columns the platform gave it.

        Parameters
        ----------
        group : str
            Identifier of a question, or of a single column.

        Returns
        -------
        Series, one value a response
            A ``single`` question: its column as delivered. A ``spread`` one: the text of the choice, or the
            label of its "other" column where only that was filled. A ``multiple`` one: tuples of the texts of
            the selected choices, with the label of a filled "other" column among them; empty where the
            platform marked every choice as not picked. Missing where nothing was delivered.

        Raises
        ------
        ExportError
            If no question has this identifier, or it is a grid, whose rows are answers of their own.
        """
        asked = self.questions[self.questions["group"] == group]
        if asked.empty and group in self.data.columns:
            return self.data[group]
        chosen = asked[asked["kind"] != "other"] if len(asked) > 1 else asked
        if set(chosen["kind"]) in ({"multiple"}, {"spread"}) and (chosen["part"] != "").any():
            return self._spread(asked, multiple=bool((chosen["kind"] == "multiple").any())).rename(group)
        if len(chosen) == 1:
            return self._column(str(chosen["column"].iloc[0])).rename(group)
        raise self._no_answers(group, asked)

    def _column(self, column: str) -> pd.Series:
        """Give one column as delivered, or as tuples if it is a joined multi-select."""
        cells = self.data[column]
        kind = self.questions.loc[self.questions["column"] == column, "kind"].iloc[0]
        return joined_picks(cells, SEPARATORS.get(self.platform, "")) if kind == "multiple" else cells

    def _spread(self, asked: pd.DataFrame, *, multiple: bool) -> pd.Series:
        """Gather a question given a column per choice, counting a filled "other" column as a choice."""
        counted = asked[(asked["kind"] != "other") | asked["part"].map(lambda part: bool(OTHER.match(part)))]
        cells = self.data[list(counted["column"])]
        choices = list(counted["part"].where(counted["part"] != "", counted["column"]))
        for column, choice, kind in zip(cells.columns, choices, counted["kind"], strict=True):
            if kind == "other":
                cells = cells.assign(**{column: cells[column].mask(cells[column].notna(), choice)})
        return spread_picks(cells, choices) if multiple else coalesced(cells)

    def _no_answers(self, group: str, asked: pd.DataFrame) -> ExportError:
        """Say why a group has no one answer a response."""
        if asked.empty:
            groups = self.questions["group"].unique()
            fix = did_you_mean(group, groups)
            return ExportError(f"no question '{group}'", where=self.source, allowed=groups, fix=fix)
        return ExportError(
            f"question '{group}' has several answers a response",
            where=self.source,
            allowed=f"one of its columns: {listing(asked['column'])}",
        )

    def __repr__(self) -> str:
        rows, columns = self.data.shape
        return f"RawExport({self.source}: {self.platform}, {rows} responses, {columns} columns)"
