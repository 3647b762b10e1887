"""Spreadsheets and Parquet files as rows of text: typed cells in their plainest form."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from surveykit.errors import ExportError, SurveyError
from surveykit.exports.text import Sheet, has_content, without_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MIDNIGHT = dt.time()


def read_xlsx(content: bytes, name: str) -> Sheet:
    """Read the first visible worksheet that holds anything.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Name of the file, for messages.

    Returns
    -------
    Sheet
        Its rows as text, without blank ones and without a title before the header.

    Raises
    ------
    ExportError
        If the workbook is broken, protected by a password, or empty.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 (half a second that CSV readers need not wait)

    with unreadable("an Excel workbook", name, "Save it again as .xlsx without a password, or export CSV."):
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for page in book.worksheets:
            if page.sheet_state == "visible":
                page.reset_dimensions()
                sheet = _sheet([list(row) for row in page.iter_rows(values_only=True)], name)
                if sheet.rows:
                    return without_title(sheet)
    raise ExportError("the workbook is empty", where=name, fix="Export the responses again.")


def read_parquet(content: bytes, name: str) -> Sheet:
    """Read a Parquet file as a sheet with one header row.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Name of the file, for messages.

    Returns
    -------
    Sheet
        Column names, then rows as text.

    Raises
    ------
    ExportError
        If the file is broken or has no columns.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 (a third of a second that CSV readers need not wait)

    with unreadable("a Parquet file", name, "Write it again, or export CSV."):
        table = pq.read_table(io.BytesIO(content))
        columns = [plain_cells(column.to_pylist()) for column in table.columns]
        rows = [list(table.column_names), *map(list, zip(*columns, strict=True))]
    return _filled_rows(rows, name)


@contextmanager
def unreadable(what: str, where: str, fix: str) -> Iterator[None]:
    """Turn whatever a file library raises on a damaged file into one ExportError.

    Parameters
    ----------
    what : str
        What the file should have been.
    where : str
        Name of the file.
    fix : str
        What the user can do.

    Raises
    ------
    ExportError
        For any exception of the library.
    """
    try:
        yield
    except SurveyError:
        raise
    except (
        Exception
    ) as error:  # the libraries raise KeyError, zlib.error, struct.error and more on damaged bytes
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ExportError(f"this cannot be read as {what} ({reason})", where=where, fix=fix) from error


def _sheet(rows: list[list[object]], name: str) -> Sheet:
    """Make text of a worksheet, column by column."""
    width = max((len(row) for row in rows), default=0)
    columns = [plain_cells([row[at] if at < len(row) else None for row in rows]) for at in range(width)]
    while columns and not has_content(columns[-1]):
        columns.pop()
    return _filled_rows([list(row) for row in zip(*columns, strict=True)], name)


def _filled_rows(rows: list[list[str]], name: str) -> Sheet:
    """Keep the rows that hold anything, with their numbers."""
    filled = [(row, line) for line, row in enumerate(rows, start=1) if has_content(row)]
    return Sheet(rows=[row for row, _ in filled], lines=[line for _, line in filled], name=name)


def plain_cells(cells: Sequence[object]) -> list[str]:
    """Write the typed cells of one column in their plainest form; times are left off where all are midnight.

    Parameters
    ----------
    cells : sequence of object
        Values of one column; None and NaN are empty.

    Returns
    -------
    list of str
        One text a cell.

    Examples
    --------
    >>> plain_cells([5.0, 0.5, True, None, dt.datetime(2026, 3, 1)])
    ['5', '0.5', 'True', '', '2026-03-01']
    """
    moments = [cell for cell in cells if isinstance(cell, dt.datetime) and not _is_void(cell)]
    days = bool(moments) and all(moment.time() == MIDNIGHT for moment in moments)
    return [plain_cell(cell, days=days) for cell in cells]


def _is_void(cell: object) -> bool:
    """None, NaN and pandas' NaT, the last two of which differ from themselves."""
    return cell is None or bool(cell != cell)  # noqa: PLR0124


def plain_cell(cell: object, *, days: bool = False) -> str:
    """Write one typed value in its plainest form.

    Parameters
    ----------
    cell : object
        The value.
    days : bool, optional
        Whether to leave the time of day off a date.

    Returns
    -------
    str
        ``5`` for 5.0, an ISO date for a date, ``a;b`` for a list, empty for None and NaN.
    """
    if _is_void(cell):
        return ""
    if isinstance(cell, (dt.date, dt.time)):
        return _iso(cell, days=days)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, (list, tuple)):
        return ";".join(plain_cell(item) for item in cast("Sequence[object]", cell))
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _iso(moment: dt.date | dt.time, *, days: bool) -> str:
    """Write a date, a time or both; a blank stands between them as in the exports of the platforms."""
    if isinstance(moment, dt.datetime):
        return moment.date().isoformat() if days else moment.isoformat(sep=" ")
    return moment.isoformat()
