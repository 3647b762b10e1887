"""SPSS and Stata files: codes as text, the value labels beside them, user-missing codes kept."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, NamedTuple, Protocol

from surveykit.errors import ExportError
from surveykit.exports.sheets import plain_cell, plain_cells, unreadable
from surveykit.exports.table import Asked, Parsed, plain_text, text_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

LETTERS = string.ascii_lowercase


# SPSS writes a repeated answer in one byte, and zlib packs a thousand of them into one.
CELLS_PER_BYTE = 2048


class Label(NamedTuple):
    """One value label: a row of the table of labels."""

    column: str
    value: str
    label: str
    is_missing: bool


class Metadata(Protocol):
    """What pyreadstat says about the variables of a file."""

    number_rows: int | None
    number_columns: int | None
    column_labels: list[str | None]
    variable_value_labels: dict[str, dict[object, str]]
    missing_ranges: dict[str, list[dict[str, object]]]
    readstat_variable_types: dict[str, str]
    mr_sets: dict[str, dict[str, object]] | None


def read_spss(path: Path) -> tuple[Parsed, list[Label]]:
    """Read an SPSS system file, compressed or not.

    Parameters
    ----------
    path : Path
        The .sav or .zsav file.

    Returns
    -------
    tuple of Parsed and list of Label
        Codes as text, and every labelled or user-missing code.

    Raises
    ------
    ExportError
        If the file is broken or holds no responses.
    """
    import pyreadstat  # noqa: PLC0415 (a fifth of a second that CSV readers need not wait)

    with unreadable("an SPSS file", path.name, "Save it again in SPSS, or export CSV."):
        try:
            _check_size(path, pyreadstat.read_sav(path, metadataonly=True)[1])
            data, meta = pyreadstat.read_sav(path, user_missing=True)
        except pyreadstat.ReadstatError as error:
            if "convert string" not in str(error):
                raise
            data, meta = pyreadstat.read_sav(path, user_missing=True, encoding="WINDOWS-1252")
        ranges = {
            name: [(span["lo"], span["hi"]) for span in spans] for name, spans in meta.missing_ranges.items()
        }
        return _parsed(data, meta, path.name), _labels(data, meta.variable_value_labels, ranges)


def read_stata(path: Path) -> tuple[Parsed, list[Label]]:
    """Read a Stata file; its extended missing values become ``.a`` to ``.z``.

    Parameters
    ----------
    path : Path
        The .dta file.

    Returns
    -------
    tuple of Parsed and list of Label
        Codes as text, and every labelled or user-missing code.

    Raises
    ------
    ExportError
        If the file is broken or holds no responses.
    """
    import pyreadstat  # noqa: PLC0415 (a fifth of a second that CSV readers need not wait)

    with unreadable("a Stata file", path.name, "Save it again in Stata, or export CSV."):
        _check_size(path, pyreadstat.read_dta(path, metadataonly=True)[1])
        data, meta = pyreadstat.read_dta(path, user_missing=True)
        numeric = [name for name, kind in meta.readstat_variable_types.items() if kind != "string"]
        data = data.assign(
            **{name: data[name].map(_extended) for name in numeric if data[name].dtype == "object"}
        )
        labels = {
            name: {_extended(code): label for code, label in named.items()}
            for name, named in meta.variable_value_labels.items()
        }
        ranges = {name: [(f".{letter}", f".{letter}") for letter in LETTERS] for name in numeric}
        return _parsed(data, meta, path.name), _labels(data, labels, ranges)


def _check_size(path: Path, meta: Metadata) -> None:
    """Refuse a damaged header that promises more than the file can hold, before memory is set aside."""
    cells = (meta.number_rows or 0) * (meta.number_columns or 0)
    if cells > path.stat().st_size * CELLS_PER_BYTE:
        raise ExportError(
            f"the file is damaged: it promises {cells:,} answers in {path.stat().st_size:,} bytes",
            where=path.name,
            fix="Save it again, or export CSV.",
        )


def _extended(cell: object) -> object:
    """Write an extended missing value the way Stata does."""
    return f".{cell}" if isinstance(cell, str) and len(cell) == 1 and cell in LETTERS else cell


def _parsed(data: pd.DataFrame, meta: Metadata, name: str) -> Parsed:
    """Describe the columns by their labels and make text of their codes."""
    if data.empty:
        raise ExportError("the export holds no responses", where=name, fix="Check the selection of cases.")
    columns = [str(column) for column in data.columns]
    texts = (_texts(data.iloc[:, position]) for position in range(len(columns)))
    cells = text_frame(texts).set_axis(columns, axis="columns")
    sets = _multiple_sets(meta, cells)
    asked = [
        _asked(column, label or "", sets) for column, label in zip(columns, meta.column_labels, strict=True)
    ]
    return Parsed(data=cells, asked=asked)


def _texts(column: pd.Series) -> list[str]:
    """Make text of one column; codes repeat, so each is written once."""
    cells = column.tolist()
    if column.dtype.kind not in "fiu":
        return plain_cells(cells)
    texts = {code: plain_cell(code) for code in set(cells)}
    return [texts[code] for code in cells]


def _asked(column: str, label: str, sets: Mapping[str, tuple[str, str]]) -> Asked:
    """Describe a variable: a question of its own, or a choice of a multiple-response set."""
    text = plain_text(label) or column
    if column in sets:
        group, question = sets[column]
        return Asked(column, question, text, group, "multiple")
    return Asked(column, text, "", column, "single")


def _multiple_sets(meta: Metadata, cells: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Find the variables of sets that count the 1 of 0 and 1; other sets stay single variables."""
    found: dict[str, tuple[str, str]] = {}
    for name, members in (meta.mr_sets or {}).items():
        columns = [
            column for column in cells.columns if column in list(_listed(members.get("variable_list")))
        ]
        held = {value for column in columns for value in cells[column].dropna().unique()}
        counted = members.get("is_dichotomy") and plain_cell(members.get("counted_value")) == "1"
        if counted and held <= {"0", "1"}:
            found |= dict.fromkeys(columns, (name, plain_text(str(members.get("label") or name))))
    return found


def _listed(value: object) -> Iterable[object]:
    """Iterate what is a list, and nothing else."""
    return value if isinstance(value, list) else ()


def _labels(
    data: pd.DataFrame,
    labels: Mapping[str, Mapping[object, str]],
    ranges: Mapping[str, Iterable[tuple[object, object]]],
) -> list[Label]:
    """List every labelled code, and every user-missing code that occurs."""
    rows: list[Label] = []
    for column in data.columns:
        spans, named = list(ranges.get(column, ())), labels.get(column, {})
        held = (
            [code for code in data[column].dropna().unique().tolist() if _within(code, spans)]
            if spans
            else []
        )
        texts = {plain_cell(code): (label, _within(code, spans)) for code, label in named.items()}
        for code in sorted(held, key=plain_cell):
            texts.setdefault(plain_cell(code), ("", True))
        rows += [Label(str(column), code, label, missing) for code, (label, missing) in texts.items()]
    return rows


def _within(code: object, spans: Iterable[tuple[object, object]]) -> bool:
    """Whether a code is declared missing; a code and bounds of another type never meet."""
    if isinstance(code, str):
        return any(isinstance(low, str) and code.rstrip() == low.rstrip() for low, _ in spans)
    return isinstance(code, (int, float)) and any(
        isinstance(low, (int, float)) and isinstance(high, (int, float)) and low <= code <= high
        for low, high in spans
    )
