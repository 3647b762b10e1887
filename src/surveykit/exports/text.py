"""From the bytes of a text file to rows of cells: encoding, delimiter, line ends."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace

from surveykit.errors import ExportError

DELIMITERS = (",", ";", "\t", "|")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")
SAMPLE = 262_144
# A line no survey holds: if it comes back inside a cell, a quote was left open.
END = "\x1esurveykit end of file\x1e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of text cells before anyone has said which rows are headers.

    Attributes
    ----------
    rows : list of list of str
        The rows that hold anything, in file order; the lengths may differ.
    lines : list of int
        The line (or spreadsheet row) each row starts at, counted from 1.
    name : str
        Name of the file.
    encoding : str
        The encoding the text was read with; empty for binary files.
    delimiter : str
        The field delimiter; empty for binary files.
    """

    rows: list[list[str]]
    lines: list[int]
    name: str
    encoding: str = ""
    delimiter: str = ""


def read_text(content: bytes, name: str) -> Sheet:
    """Read the bytes of a delimited text file into rows of cells.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Name of the file, for messages and to break ties between delimiters.

    Returns
    -------
    Sheet
        Its rows without blank ones and without a title before the header.

    Raises
    ------
    ExportError
        If the bytes are no text, hold no cell, or a quoted cell is never closed.
    """
    text, encoding = decode(content, name)
    declared = re.match(r"sep=(.)\r?\n?", text)
    text = text[declared.end() :] if declared else text
    delimiter = declared[1] if declared and declared[1] in DELIMITERS else find_delimiter(text, name)
    rows, starts = _split(text, delimiter, name)
    shift = 2 if declared else 1
    filled = [(row, start + shift) for row, start in zip(rows, starts, strict=True) if has_content(row)]
    if not filled:
        raise ExportError("the file is empty", where=name, fix="Export the responses again.")
    sheet = Sheet(
        rows=[row for row, _ in filled],
        lines=[line for _, line in filled],
        name=name,
        encoding=encoding,
        delimiter=delimiter,
    )
    return without_title(sheet)


def decode(content: bytes, name: str) -> tuple[str, str]:
    """Turn bytes into text, by byte-order mark, then UTF-8, then the two Western encodings.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Name of the file, for messages.

    Returns
    -------
    tuple of str
        The text without byte-order mark, and the encoding.

    Raises
    ------
    ExportError
        If the bytes are no text in any of them.
    """
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding).removeprefix("\ufeff")
        except UnicodeError:
            continue
        _check_text(text, name)
        return text, encoding
    raise _not_text(name, "the bytes do not match their byte-order mark")


def _encodings(content: bytes) -> tuple[str, ...]:
    """List the encodings to try, the likeliest first."""
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return (encoding,)
    half = max(1, len(content[:4096]) // 2)
    even, odd = content[:4096:2].count(0) / half, content[1:4096:2].count(0) / half
    if max(even, odd) > 0.3 and min(even, odd) < 0.05:
        return ("utf-16-le" if odd > even else "utf-16-be",)
    return ("utf-8", "cp1252", "latin-1")


def _check_text(text: str, name: str) -> None:
    """Refuse text with NULs, or with too many control characters to be typed by anyone."""
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise _not_text(f"{name}:{line}", "it holds NUL characters")
    controls = len(CONTROL.findall(text))
    if controls * 100 > len(text):
        raise _not_text(name, f"it holds {controls} control characters")


def _not_text(where: str, reason: str) -> ExportError:
    return ExportError(
        f"this is not a text table, {reason}",
        where=where,
        allowed="CSV or TSV in UTF-8, UTF-16, Windows-1252 or Latin-1",
        fix="Export the responses again as CSV (UTF-8).",
    )


def find_delimiter(text: str, name: str = "") -> str:
    """Find the delimiter under which most rows have one width; prose after commas counts against the comma.

    Parameters
    ----------
    text : str
        The decoded file; the first quarter million characters are looked at.
    name : str, optional
        Name of the file; ``.tsv`` and ``.tab`` decide a tie for the tab.

    Returns
    -------
    str
        One of comma, semicolon, tab and pipe; comma if the file has one column.
    """
    favoured = "\t" if name.lower().endswith((".tsv", ".tab")) else ","
    order = sorted(DELIMITERS, key=lambda delimiter: delimiter != favoured)
    return max(order, key=lambda delimiter: _fit(text[:SAMPLE], delimiter, whole=len(text) <= SAMPLE))


def _fit(sample: str, delimiter: str, *, whole: bool) -> tuple[float, int, int]:
    """How well a delimiter explains the sample: share of rows at one width, no blanks after it, width."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        rows = [row for row in reader if has_content(row)]
    except csv.Error:
        return 0.0, 0, 0
    rows = rows if whole or len(rows) < 2 else rows[:-1]
    widths = Counter(len(row) for row in rows)
    wide = Counter({width: count for width, count in widths.items() if width > 1})
    if not wide:
        return 0.0, 0, 0
    width, count = wide.most_common(1)[0]
    blanks = sum(cell.startswith(" ") for cell in rows[0][1:])
    return count / len(rows), -blanks, width


def _split(text: str, delimiter: str, name: str) -> tuple[list[list[str]], list[int]]:
    """Split text into rows of cells, with the number of lines before each."""
    lines = itertools.chain(io.StringIO(text, newline=""), [END])
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[list[str]] = []
    starts = [0]
    try:
        for row in reader:
            rows.append(row)
            starts.append(reader.line_num)
    except csv.Error as error:
        raise _open_quote(f"{name}:{starts[-1] + 1}", str(error)) from error
    if not rows or rows.pop() != [END]:
        raise _open_quote(f"{name}:{starts[-2] + 1}", "the file ends inside a quoted cell")
    return rows, starts[: len(rows)]


def _open_quote(where: str, reason: str) -> ExportError:
    return ExportError(
        f"a row that starts here cannot be split into cells ({reason})",
        where=where,
        fix='Close the quote (") that opens the cell, or double it if it belongs to the answer.',
    )


def has_content(row: list[str]) -> bool:
    """Tell whether any cell of a row holds more than blanks."""
    return any(cell and not cell.isspace() for cell in row)


def without_title(sheet: Sheet) -> Sheet:
    """Leave out title lines: rows of one cell before the header of a wider table.

    Parameters
    ----------
    sheet : Sheet
        Rows as split.

    Returns
    -------
    Sheet
        The sheet from its header on.
    """
    widths = Counter(len(row) for row in sheet.rows[:200])
    width = widths.most_common(1)[0][0]
    first = 0
    while first + 1 < len(sheet.rows) and _is_title(sheet.rows[first], sheet.rows[first + 1], width):
        first += 1
    return replace(sheet, rows=sheet.rows[first:], lines=sheet.lines[first:])


def _is_title(row: list[str], below: list[str], width: int) -> bool:
    """Tell a lone first cell above a wider table, the row below it being fuller."""
    if len(row) == 1:
        return width > 1
    alone = bool(row[0].strip()) and not has_content(row[1:])
    return alone and width > 2 and sum(bool(cell.strip()) for cell in below) > 1
