"""Cross-tables as an Excel workbook: a sheet a table, and one of contents."""

from __future__ import annotations

import re
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from surveykit.errors import ReportError
from surveykit.estimates.crosstabs.questions import MEANS
from surveykit.reporting.shown_tables import SMALL
from surveykit.reporting.style import ACCENT, FONTS, INK, QUIET, RULE
from surveykit.reporting.words import NOT_SHOWN

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from os import PathLike

    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from surveykit.reporting.shown_tables import ShownTable

_CONTENTS = "Contents"
_LONGEST_NAME, _LONGEST_TEXT = 31, 32_767
_HEAD, _BASE = 4, 6  # rows of the banners and of the numbers of answers; the columns' names stand between
_PER_LINE, _WIDEST_LABEL = 100, 48  # characters
_LINE = 14  # points
# No text of a spreadsheet can hold these, and its XML not at all.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_workbook(
    tables: Sequence[ShownTable], path: str | PathLike[str], *, title: str = "", notice: str = ""
) -> Path:
    """Write tables a reader may see into one workbook.

    Every column of a table takes two of a sheet: its figures, which stay numbers (percentages as shares with a %
    format, so that they can be charted and summed), and the letters beside them, which would turn a figure into text.

    Parameters
    ----------
    tables : sequence of ShownTable
        One a sheet, in this order.
    path : path
        An .xlsx file. It is written beside its place first and moved there whole: an older one is replaced, or stays
        as it was.
    title, notice : str, optional
        Of the study: on the first sheet, and the notice on every sheet too.

    Returns
    -------
    Path

    Raises
    ------
    ReportError
        If there is no table, or the file's name does not end in .xlsx.
    """
    from openpyxl import Workbook  # noqa: PLC0415  (takes a while to import: only where a workbook is written)

    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise ReportError("a workbook is an .xlsx file", given=str(path))
    if not tables:
        raise ReportError("a workbook needs a table")
    book = Workbook()
    names = sheet_names([table.title for table in tables])
    for name, table in zip(names, tables, strict=True):
        _write_sheet(book.create_sheet(name), table, notice)
    _write_contents(book, tables, names, title, notice)
    book.properties.creator, book.properties.title = "surveykit", title
    return _saved(book, target)


def sheet_names(titles: Sequence[str]) -> list[str]:
    r"""Names a spreadsheet accepts for its sheets: at most 31 characters, none of \\ / ? * [ ] :, none twice.

    Examples
    --------
    >>> sheet_names(["Role: board/manager?", "", "Contents", "History", "x" * 40, "X" * 40])[:4]
    ['1 Role board manager', '2', '3 Contents', '4 History']
    """
    # The number in front makes every name its own, whatever is cut off behind, and none a word Excel keeps for itself.
    plain = [re.sub(r"[\\/?*\[\]:]+", " ", _text(title)).split() for title in titles]
    long = [f"{number} {' '.join(words)}" for number, words in enumerate(plain, 1)]
    return [name[:_LONGEST_NAME].strip().rstrip("'").strip() for name in long]


def _text(value: object) -> str:
    return _UNWRITABLE.sub("", str(value))[:_LONGEST_TEXT]


def _put(sheet: Worksheet, row: int, column: int, value: object, **looks: Any) -> Cell:  # noqa: ANN401
    """Write a cell; a text stays text whatever it starts with, also after somebody edits it."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = _text(value)
        cell.data_type, cell.quotePrefix = "s", True
    else:
        cell.value = value
    for name, look in looks.items():
        setattr(cell, name, look)
    return cell


def _font(**looks: Any) -> Any:  # noqa: ANN401  openpyxl has no types
    from openpyxl.styles import Font  # noqa: PLC0415  (as above)

    return Font(**{"name": FONTS[2], "size": 10, "color": _rgb(INK)} | looks)


def _aligned(horizontal: str, *, wrap: bool = False, vertical: str = "top") -> Any:  # noqa: ANN401  as above
    from openpyxl.styles import Alignment  # noqa: PLC0415  (as above)

    return Alignment(horizontal=horizontal, vertical=vertical, wrap_text=wrap)


def _line(*, color: str = RULE, side: str = "bottom") -> Any:  # noqa: ANN401  as above
    from openpyxl.styles import Border, Side  # noqa: PLC0415  (as above)

    return Border(**{side: Side(style="thin", color=_rgb(color))})


def _rgb(color: str) -> str:
    return "FF" + color.removeprefix("#").upper()


def _write_sheet(sheet: Worksheet, table: ShownTable, notice: str) -> None:
    _put(sheet, 1, 1, table.title, font=_font(bold=True, size=13))
    link = _put(sheet, 2, 1, _CONTENTS, font=_font(color=_rgb(ACCENT), underline="single"))
    _link(link, _CONTENTS)
    _write_heads(sheet, table)
    last = _write_rows(sheet, table)
    for number, note in enumerate(filter(None, (*table.notes, notice))):
        _put(sheet, last + 2 + number, 1, note, font=_font(size=9, color=_rgb(QUIET)))
    _set_widths(sheet, table)
    _set_up(sheet, 2 * len(table.across) + 1)


def _write_heads(sheet: Worksheet, table: ShownTable) -> None:
    """Banners over their columns, the columns' names with their letters, and the numbers of answers."""
    across, looks = table.across, {"font": _font(bold=True)}
    for banner, places in across.groupby("banner", sort=False).groups.items():
        first, last = 2 * places[0] + 2, 2 * places[-1] + 3
        if banner:
            _put(
                sheet,
                _HEAD,
                first,
                banner,
                alignment=_aligned("center", wrap=True, vertical="bottom"),
                **looks,
            )
            sheet.merge_cells(start_row=_HEAD, end_row=_HEAD, start_column=first, end_column=last)
            for column in range(first, last + 1):
                sheet.cell(_HEAD, column).border = _line(color=QUIET)
    _put(sheet, _BASE, 1, "Answers", font=_font(color=_rgb(QUIET)))
    for place, head in enumerate(across.to_dict("records")):
        at = 2 * place + 2
        name = f"{head['column']} ({head['letter']})" if head["letter"] else head["column"]
        _put(sheet, _HEAD + 1, at, name, alignment=_aligned("center", wrap=True, vertical="bottom"), **looks)
        sheet.merge_cells(start_row=_HEAD + 1, end_row=_HEAD + 1, start_column=at, end_column=at + 1)
        _number(sheet, _BASE, at, head["n_obs"], "#,##0", font=_font(color=_rgb(QUIET)))
        if head["small_base"] and head["n_obs"] > 0:
            _put(sheet, _BASE, at + 1, SMALL, font=_font(color=_rgb(QUIET)), alignment=_aligned("left"))
    for column in range(1, 2 * len(across) + 2):
        sheet.cell(_HEAD + 1, column).border = _line(color=INK)
        sheet.cell(_BASE, column).border = _line()


def _number(sheet: Worksheet, row: int, column: int, value: float, form: str, **looks: Any) -> None:  # noqa: ANN401
    """Write a number, or a dash for one that is not shown."""
    # As exact as the page: more digits would tell how many answers a weighted share counts.
    shown = NOT_SHOWN if pd.isna(value) else round(float(value), 2)
    _put(sheet, row, column, shown, number_format=form, alignment=_aligned("right"), **looks)


def _write_rows(sheet: Worksheet, table: ShownTable) -> int:
    """Write rows of figures and letters under the heads of their runs; give the last row's number."""
    at, head = _BASE, ""
    for row, over in zip(table.rows, table.heads, strict=True):
        if over != head:
            at, head = at + 1, over
            _put(sheet, at, 1, over, font=_font(bold=True), border=_line())
        at += 1
        _write_row(sheet, at, row, set(table.across.loc[table.across["small_base"], "column"]))
    return at


def _write_row(sheet: Worksheet, at: int, row: pd.DataFrame, marked: set[str]) -> None:
    kind = row["kind"].iloc[0]
    font = _font(bold=kind in {"top_box", "bottom_box", "mean"})
    _put(sheet, at, 1, row["row"].iloc[0], font=font, alignment=_aligned("left", wrap=True))
    for place, cell in enumerate(row.to_dict("records")):
        column = 2 * place + 2
        _number(sheet, at, column, cell["estimate"], "0.00" if kind in MEANS else "0%", font=font)
        beside = " ".join(filter(None, [SMALL if _small(cell, marked) else "", cell["letters"]]))
        if beside:
            quiet = _font(color=_rgb(ACCENT), size=9)
            _put(sheet, at, column + 1, beside, font=quiet, alignment=_aligned("left"))
    for column in range(1, 2 * len(row) + 2):
        sheet.cell(at, column).border = _line()
    if (lines := _lines(str(row["row"].iloc[0]), _WIDEST_LABEL)) > 1:
        sheet.row_dimensions[at].height = _LINE * lines + 2


def _small(cell: dict[Hashable, Any], marked: set[str]) -> bool:
    """Whether a cell rests on few though its column does not."""
    return bool(cell["small_base"]) and cell["column"] not in marked and not pd.isna(cell["estimate"])


def _set_widths(sheet: Worksheet, table: ShownTable) -> None:
    """Wide enough for figures and letters; long words wrap, and their rows are as high as their lines."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415  (as above)

    sheet.column_dimensions["A"].width = _label_width(table)
    letters = table.data.groupby("column", sort=False)["letters"].agg(lambda told: max(map(len, told)))
    lines = 1
    for place, name in enumerate(table.across["column"]):
        beside = max(3, int(letters[name]) + 1)
        for column, width in ((2 * place + 2, 8), (2 * place + 3, beside)):
            sheet.column_dimensions[get_column_letter(column)].width = width
        lines = max(lines, _lines(f"{name} (AA)", 10 + beside))
    sheet.row_dimensions[_HEAD + 1].height = _LINE * lines + 4


def _label_width(table: ShownTable) -> int:
    return min(max([24, *map(len, table.data["row"])]), _WIDEST_LABEL)


def _lines(text: str, width: int) -> int:
    """Lines a text takes, words kept whole where they fit."""
    return max(1, len(textwrap.wrap(text, width)))


def _set_up(sheet: Worksheet, columns: int) -> None:
    """What scrolls and what stays, and how the sheet is printed."""
    sheet.freeze_panes = sheet.cell(_BASE + 1, 2)
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape" if columns > 9 else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{_HEAD}:{_BASE}"
    sheet.oddFooter.center.text = "&A, page &P of &N"


def _write_contents(
    book: Workbook, tables: Sequence[ShownTable], names: Sequence[str], title: str, notice: str
) -> None:
    sheet = book.worksheets[0]
    sheet.title = _CONTENTS
    _put(sheet, 1, 1, title or _CONTENTS, font=_font(bold=True, size=13))
    if notice:
        _put(sheet, 2, 1, notice, font=_font(bold=True))
    for row, (name, table) in enumerate(zip(names, tables, strict=True), 4):
        _put(sheet, row, 1, row - 3, font=_font(color=_rgb(QUIET)), alignment=_aligned("left"))
        blue = _font(color=_rgb(ACCENT), underline="single")
        cell = _put(sheet, row, 2, table.title, font=blue, alignment=_aligned("left", wrap=True))
        _link(cell, name)
        sheet.row_dimensions[row].height = _LINE * _lines(table.title, _PER_LINE) + 3
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 6, _PER_LINE
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _link(cell: Cell, sheet: str) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink  # noqa: PLC0415  (as above)

    quoted = sheet.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1")


def _saved(book: Workbook, target: Path) -> Path:
    """Write beside the target and move it there whole."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.stem}-") as beside:
        written = Path(beside) / target.name
        book.save(written)
        return written.replace(target)
