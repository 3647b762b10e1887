"""Workbooks: typed cells, titles, several worksheets."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from openpyxl import Workbook

from surveykit.errors import ExportError
from surveykit.exports import read_export
from surveykit.exports.sheets import plain_cell, plain_cells


def test_typed_cells_become_the_plainest_text(tmp_path):
    book = Workbook()
    book.active.append(["Survey of 2026"])
    book.active.append(["id", "share", "flag", "day", "moment", "note"])
    book.active.append([5.0, 0.1, True, dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 9, 30), "NA"])  # noqa: DTZ001
    book.active.append([None, 12345678901, False, dt.date(2026, 3, 2), dt.datetime(2026, 3, 2), "007"])  # noqa: DTZ001
    book.save(tmp_path / "answers.xlsx")
    export = read_export(tmp_path / "answers.xlsx")
    assert export.platform == "plain"
    assert export.data.fillna("").to_numpy().tolist() == [
        ["5", "0.1", "True", "2026-03-01", "2026-03-01 09:30:00", "NA"],
        ["", "12345678901", "False", "2026-03-02", "2026-03-02 00:00:00", "007"],
    ]


def test_the_first_worksheet_with_content_is_read(tmp_path):
    book = Workbook()
    hidden = book.create_sheet("hidden")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    book.create_sheet("answers").append(["a", "b"])
    book["answers"].append([1, 2])
    book.save(tmp_path / "answers.xlsx")
    assert read_export(tmp_path / "answers.xlsx").data.columns.tolist() == ["a", "b"]


def test_rows_are_named_as_the_spreadsheet_numbers_them(tmp_path):
    book = Workbook()
    book.save(tmp_path / "empty.xlsx")
    with pytest.raises(ExportError, match=r"empty\.xlsx: the workbook is empty"):
        read_export(tmp_path / "empty.xlsx")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5.0, "5"),
        (-0.5, "-0.5"),
        (1e20, "1e+20"),
        (float("nan"), ""),
        (None, ""),
        (False, "False"),
        (dt.time(9, 30), "09:30:00"),
        (Decimal("1.50"), "1.50"),
        (["a", 1.0], "a;1"),
        ("  x ", "  x "),
    ],
)
def test_plain_cell(cell, text):
    assert plain_cell(cell) == text


def test_times_stay_unless_all_are_midnight():
    days = [dt.datetime(2026, 1, day) for day in (1, 2)]  # noqa: DTZ001
    assert plain_cells([*days, None]) == ["2026-01-01", "2026-01-02", ""]
    assert plain_cells([*days, dt.datetime(2026, 1, 3, 8)])[0] == "2026-01-01 00:00:00"  # noqa: DTZ001
