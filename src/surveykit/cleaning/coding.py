"""From the text of a cell to its code, and why a text has none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import StudyError
from surveykit.exports.raw import SEPARATORS
from surveykit.exports.selection import UNPICKED, split_selected
from surveykit.study import fold
from surveykit.study.codebook import NUMERIC_TYPES, PICKED_TYPES, Item, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveykit.exports import RawExport
    from surveykit.study import Study

Code = float | str
_THOUSANDS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d*)?")
LARGEST = 1e15  # beyond it a number of a survey is a typing error, and squares lose every digit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coding:
    """How the text of one column becomes codes.

    Attributes
    ----------
    codes : dict
        Folded labels to codes; empty where the column holds numbers or free categories.
    numeric : bool
        Whether a text without labels must be a number.
    whole : bool
        Whether numbers must be whole and not negative.
    span : (low, high), optional
        Lowest and highest code allowed.
    missing : frozenset of str
        Folded texts that mean no answer. A label the column's own answers map is an answer all the same.
    labels : dict
        Value labels the export carries, by the text of the value.
    decimal : str
        Decimal mark of numbers.
    """

    codes: dict[str, Code] = field(default_factory=dict)
    numeric: bool = False
    whole: bool = False
    span: tuple[float, float] | None = None
    missing: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "."

    def read(self, text: str) -> tuple[Code, str]:
        """Give the code of one text and an empty string, or a missing value and the rule that makes it missing."""
        for reading in [fold(text), *([fold(self.labels[text])] if text in self.labels else [])]:
            if reading in self.codes:
                return self._within(self.codes[reading])
            if reading in self.missing:
                return np.nan, "missing_code"
        if self.codes:
            return self._coded(_number(text, self.decimal))
        if not self.numeric:
            return " ".join(text.split()), ""
        number = _number(text, self.decimal)
        return (np.nan, "not_a_number") if np.isnan(number) else self._within(number)

    def _coded(self, number: float) -> tuple[Code, str]:
        """Read a number where labels are expected: as a label written as a number, or else as the code itself."""
        labels = {_number(label, "."): code for label, code in self.codes.items()}
        labels = {label: code for label, code in labels.items() if not np.isnan(label)}
        known = labels or {float(code): code for code in self.codes.values() if not isinstance(code, str)}
        return self._within(known[number]) if number in known else (np.nan, "unmapped_label")

    def _within(self, code: Code) -> tuple[Code, str]:
        if not self.numeric:  # a category is its text, even where the study writes it as a number
            return str(code), ""
        code = float(code)
        low, high = self.span or (-np.inf, np.inf)
        outside = not low <= code <= high or (self.whole and (code < 0 or code != int(code)))
        return (np.nan, "out_of_range") if outside else (code, "")


def _number(text: str, decimal: str) -> float:
    plain = text.strip()
    if decimal == ",":
        # "1.500" in such a file may be fifteen hundred or one and a half: better reported than guessed.
        plain = "" if _THOUSANDS.fullmatch(plain) else plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return np.nan
    # Python reads "nan", "inf" and "1_000" as numbers; nobody who typed them into a survey meant one.
    return number if abs(number) <= LARGEST and "_" not in plain else np.nan


def coding_of(spec: Item | Variable, name: str, study: Study, raw: RawExport) -> Coding:
    """How the study says an item or variable is read from its export."""
    labels = raw.labels[raw.labels["column"] == (spec.column or name)]
    kind = "item" if isinstance(spec, Item) else spec.type
    return Coding(
        codes={fold(label): code for label, code in (study.answer_codes(spec.answers) or {}).items()},
        numeric=kind == "item" or kind in NUMERIC_TYPES,
        whole=kind == "count",
        span=study.item_range(name) if kind == "item" else None,
        missing=missing_in(raw, study, spec.column or name),
        labels=dict(zip(labels["value"], labels["label"], strict=True)),
        decimal=raw.decimal,
    )


def missing_in(raw: RawExport, study: Study, column: str) -> frozenset[str]:
    """Folded texts that mean no answer in a column: the study's, and those its file declares."""
    declared = raw.labels[(raw.labels["column"] == column) & raw.labels["is_missing"].astype(bool)]
    return frozenset(map(fold, [*study.missing, *declared["value"]]))


def read_column(text: pd.Series, coding: Coding) -> tuple[pd.Series, pd.Series]:
    """Read a column by reading each of its different texts once.

    Parameters
    ----------
    text : Series of str
        The cells as delivered.
    coding : Coding
        How they are read.

    Returns
    -------
    (Series, Series)
        The codes (float, or str for a category), and the rule that made a cell missing (empty where none did).
    """
    readings = {cell: coding.read(cell) for cell in text.dropna().unique()}
    codes = text.map({cell: code for cell, (code, _) in readings.items()})
    codes = codes.astype(float) if coding.numeric else codes.astype("str")
    return codes, text.map({cell: rule for cell, (_, rule) in readings.items()}).astype("str").fillna("")


def folded(text: pd.Series) -> pd.Series:
    """Fold every text of a column, each different one once; missing stays missing."""
    return text.map({cell: fold(cell) for cell in text.dropna().unique()}).astype("str")


def joined(cells: pd.DataFrame, separator: str) -> pd.Series:
    """Join the cells of each row that are not missing."""
    rows = [
        separator.join(cell for cell in row if isinstance(cell, str)) for row in cells.to_numpy(dtype=object)
    ]
    return pd.Series(rows, index=cells.index, dtype="str")


def read_frame(
    raw: RawExport, specs: Mapping[str, Item | Variable], study: Study
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Read all items or variables of one file.

    Parameters
    ----------
    raw : RawExport
        The file.
    specs : mapping of str to Item or Variable
        What to read from it.
    study : Study
        Where answer sets and missing codes are.

    Returns
    -------
    (DataFrame, dict)
        Codes, one column a name (items not reversed yet), and for each name with a column of its own the rules
        that made its cells missing.
    """
    codes: dict[str, pd.Series] = {}
    problems: dict[str, pd.Series] = {}
    for name, spec in specs.items():
        if isinstance(spec, Variable) and spec.type in PICKED_TYPES:
            codes[name] = _picks(raw, name, spec, study)
            continue
        text = raw.data[spec.column or name]
        codes[name], problems[name] = read_column(text, coding_of(spec, name, study, raw))
    return pd.DataFrame(codes, index=raw.data.index), problems


def _picks(raw: RawExport, name: str, spec: Variable, study: Study) -> pd.Series:
    """Tell whether a choice was picked, or how many were; missing where the question was not answered at all."""
    column = spec.column or name
    asked = raw.questions
    group = spec.question or asked.loc[asked["column"] == column, "group"].iloc[0]
    what = f"variable '{name}' of type '{spec.type}'"
    if spec.type == "picks":
        options = [each.options for each in study.choices.values() if each.question == group and each.options]
        return (
            picked_in(raw, group, options[0] if options else [], what)
            .map(len, na_action="ignore")
            .astype(float)
        )
    given = picked_in(raw, group, [], what)
    picked = raw.data[column].notna() & ~raw.data[column].isin(UNPICKED)
    return picked.astype(float).where(given.notna())


def picked_in(raw: RawExport, group: str, options: list[str], what: str) -> pd.Series:
    """Give what was picked in a multi-select as tuples, one a response; missing where it was not answered.

    Choices joined in one cell are split only by options the study lists: a choice may hold the separator itself, and
    a guess would count it twice.
    """
    if options and group in raw.data.columns:
        cells = raw.data[group]
        separator = SEPARATORS.get(raw.platform, "")
        split = {cell: split_selected(cell, options, separator=separator) for cell in cells.dropna().unique()}
        return pd.Series([split.get(cell) for cell in cells], index=cells.index, dtype=object)
    if len(columns_of(raw, group)) < 2:
        raise StudyError(
            f"{what} needs a multi-select question with a column for each choice, and '{group}' of {raw.source} "
            "is one column",
            fix=f"If choices are joined in it, list them: 'choices: {{name: {{question: {group}, options: [...]}}}}'.",
        )
    given = raw.answers(group)
    if not given.dropna().map(lambda answer: isinstance(answer, tuple)).all():
        raise StudyError(f"{what} needs a multi-select, and '{group}' of {raw.source} has one answer each")
    return given


def columns_of(raw: RawExport, name: str) -> list[str]:
    """Give the column of that name, or else the columns of the question of that name.

    Files that tell of no questions have columns called after one instead: ``priorities_1``, ``priorities[Talent]``.
    """
    if name in raw.data.columns and (raw.questions["group"] == name).sum() < 2:
        return [name]
    grouped = list(raw.questions.loc[raw.questions["group"] == name, "column"])
    called = re.compile(rf"{re.escape(name)}\s*[-_.:\[].+", re.DOTALL)
    return grouped or [column for column in raw.data.columns if called.fullmatch(column)]
