"""Qualtrics: names, question texts and ImportId rows; the older two, and files saved again by Excel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from surveykit.exports.table import (
    Asked,
    Parsed,
    header,
    is_joined,
    named,
    part_kind,
    plain_text,
    responses,
    squash,
    unique_names,
)

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.exports.text import Sheet

METADATA = frozenset(
    {
        "startdate",
        "enddate",
        "status",
        "responsetype",
        "ipaddress",
        "progress",
        "durationinseconds",
        "finished",
    }
    | {"recordeddate", "responseid", "responseset", "name", "externaldatareference", "emailaddress"}
    | {"recipientlastname", "recipientfirstname", "recipientemail", "externalreference"}
    | {"locationlatitude", "locationlongitude", "locationaccuracy", "distributionchannel", "userlanguage"}
)
TELLING = (
    "responseid",
    "startdate",
    "enddate",
    "recordeddate",
    "finished",
    "responseset",
    "distributionchannel",
)
IMPORT_ID = re.compile(r'\{\s*"ImportId"\s*:\s*"([^"]*)"')
QUESTION_ID = re.compile(r"((?:\d+_)?QID\d+)")
SELECTED = " - Selected Choice"
PART_OF_NAME = re.compile(r"(?:[_#]\d+)+(?:_TEXT)?$|_TEXT$")


def matches(sheet: Sheet) -> bool:
    """Tell a Qualtrics export by its ImportId row, or by two of the columns only Qualtrics names so."""
    if _import_row(sheet):
        return True
    return any(
        len({squash(cell) for cell in header(sheet, row)} & set(TELLING)) >= 3 and _is_header(sheet, row)
        for row in (0, 1)
    )


def parse(sheet: Sheet) -> Parsed:
    """Read the sheet of a Qualtrics export.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.

    Returns
    -------
    Parsed
        Answers under the names Qualtrics gave them, and what each column asked.

    Raises
    ------
    ExportError
        If there are no responses, or a row has more cells than the header.
    """
    import_row = _import_row(sheet)
    header_rows = import_row + 1 if import_row else 1 + _is_header(sheet, 1)
    data = responses(sheet, header_rows)
    width = data.shape[1]
    names = unique_names(_filled(header(sheet), width))
    texts = _filled(header(sheet, 1), width) if header_rows > 1 and import_row != 1 else [""] * width
    ids = _filled(header(sheet, import_row), width) if import_row else [""] * width
    asked: list[Asked] = []
    for start, stop in _questions(names, texts, ids):
        asked += _question(names[start:stop], texts[start:stop], data.iloc[:, start:stop])
    return named(data, asked)


def _filled(cells: list[str], width: int) -> list[str]:
    """Cells of a header row, as many as there are columns."""
    return cells + [""] * (width - len(cells))


def _import_row(sheet: Sheet) -> int:
    """Position of the ImportId row; 0 if there is none."""
    found = (row for row in (1, 2) if any(IMPORT_ID.match(cell) for cell in header(sheet, row)))
    return next(found, 0)


def _is_header(sheet: Sheet, row: int) -> bool:
    """Whether a row describes columns: no date stands where a date would, nor a response's id."""
    names = [squash(cell) for cell in header(sheet)]
    cells = _filled(header(sheet, row), len(names))
    titles = [squash(cell) for cell in cells]
    if {"responseid", "startdate"} & set(titles):
        return True
    under = [cell for name, cell in zip(names, cells, strict=False) if name in TELLING[:4]]
    return any(under) and not any(letter.isdigit() for cell in under for letter in cell)


def _questions(names: list[str], texts: list[str], ids: list[str]) -> list[tuple[int, int]]:
    """Ranges of neighbouring columns that belong to one question."""
    keys = [_key(*column) for column in zip(names, texts, ids, strict=True)]
    starts = [
        position for position in range(len(keys)) if position == 0 or keys[position] != keys[position - 1]
    ]
    return list(zip(starts, [*starts[1:], len(keys)], strict=True))


def _key(name: str, text: str, import_id: str) -> str:
    """Find what the columns of one question share: its QID, or the stem of their names and of their texts."""
    found = IMPORT_ID.match(import_id)
    question = QUESTION_ID.match(found[1]) if found else None
    if question or found:
        return question[1] if question else name
    if _is_metadata(name, text):
        return name
    return f"{PART_OF_NAME.sub('', name)} {plain_text(text).split(' - ')[0]}"


def _is_metadata(name: str, text: str) -> bool:
    """Columns Qualtrics adds by itself; before 2017 only their texts named them."""
    legacy = re.fullmatch(r"V\d+", name) is not None and squash(text) in METADATA
    return legacy or name.startswith("Q_") or (squash(name) in METADATA and name not in {"Name", "name"})


def _question(names: list[str], texts: list[str], cells: pd.DataFrame) -> list[Asked]:
    """Describe the columns of one question."""
    plain = [plain_text(text) for text in texts]
    if len(names) == 1:
        return [_single(names[0], plain[0], cells.iloc[:, 0])]
    stem = _stem(plain)
    parts = [_part(name, text, stem) for name, text in zip(names, plain, strict=True)]
    question = stem.removesuffix(SELECTED)
    kinds = _kinds(names, question, parts, cells)
    group = _group(names)
    return [
        Asked(name, question, part, group, kind) for name, part, kind in zip(names, parts, kinds, strict=True)
    ]


def _part(name: str, text: str, stem: str) -> str:
    """Find what a column adds to its question: the end of its text, or failing that of its name."""
    told = text.removeprefix(stem).removeprefix(" - ")
    if told == "Selected Choice":
        return ""
    told = told.removeprefix("Selected Choice - ").removesuffix(" - Text")
    named_so = PART_OF_NAME.search(name)
    return told or (named_so[0].strip("_#") if named_so else "")


def _single(name: str, text: str, cells: pd.Series[str]) -> Asked:
    """Describe a column that is a question of its own."""
    if _is_metadata(name, text):
        return Asked(name, text or name, "", name, "metadata")
    joined = is_joined(cells, text, ",")
    return Asked(name, text.removesuffix(SELECTED), "", name, "multiple" if joined else "single")


def _stem(texts: list[str]) -> str:
    """Find what the texts of one question begin with, up to a dash."""
    pieces = [text.split(" - ") for text in texts]
    shared = 0
    while all(
        len(piece) > shared + (len(piece) > 1) and piece[shared] == pieces[0][shared] for piece in pieces
    ):
        shared += 1
    return " - ".join(pieces[0][:shared])


def _group(names: list[str]) -> str:
    """Name the question by what its columns' names share, or by the first of them."""
    stems = {PART_OF_NAME.sub("", name) for name in names}
    words = {name.partition("_")[0] for name in names}
    return stems.pop() if len(stems) == 1 else words.pop() if len(words) == 1 else names[0]


def _kinds(names: list[str], stem: str, parts: list[str], cells: pd.DataFrame) -> list[str]:
    """Tell written columns by their names, the rest by what they hold."""
    written = [name.endswith("_TEXT") for name in names]
    rest = [position for position, text in enumerate(written) if not text]
    if len(rest) == 1:
        joined = is_joined(cells.iloc[:, rest[0]], stem, ",")
        return ["other" if text else "multiple" if joined else "single" for text in written]
    kind = part_kind(stem, [parts[position] for position in rest], cells.iloc[:, rest], {"1"}) if rest else ""
    return ["other" if text else kind for text in written]
