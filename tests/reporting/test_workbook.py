"""The Excel workbook, opened again: numbers stay numbers, texts stay texts, and nothing is half written."""

import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.estimates.tables_from_r import DESIGNS, ROLES, answers, picks
from tests.reporting.made_up import NASTY

from surveykit.errors import ReportError
from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.questions import SingleAnswer
from surveykit.estimates.design import Design
from surveykit.reporting.shown_tables import shown_table
from surveykit.reporting.workbook import sheet_names, write_workbook

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x","y")', "\t=1", "'quoted"]
COLUMNS = ROLES.assign(Total=True)
BANNERS = {"": ["Total"], "Role": ["board", "expert", "manager"]}


def shown(question=answers, *, title="How often?", hide=(), **options):
    table = crosstab(question, COLUMNS, DESIGNS["plain"], banners=BANNERS, **options)
    hidden = table.data["column"].isin(hide).to_numpy()
    return shown_table(table, hidden, title=title, min_cell=5)


def of_text(text):
    """A table in which every text is `text`."""
    codes = pd.Series([1.0, 2] * 40)
    columns = pd.DataFrame({text: codes.index < 40, "other": codes.index >= 40})
    table = crosstab(
        SingleAnswer(codes=codes, words={1: text, 2: "No"}),
        columns,
        Design(cluster=codes.index.to_series()),
        banners={text: [text, "other"]},
    )
    return shown_table(table, np.zeros(len(table.data), dtype=bool), title=text, min_cell=5)


def reopened(tmp_path, *tables):
    return openpyxl.load_workbook(write_workbook(tables, tmp_path / "tables.xlsx"))


def row_called(sheet, label):
    return next(row for row in sheet.iter_rows() if row[0].value == label)


def test_a_table_is_a_sheet_of_numbers_with_letters_beside(tmp_path):
    table = shown()
    sheet = reopened(tmp_path, table).worksheets[1]
    assert sheet["A1"].value == "How often?"
    assert [cell.value for cell in sheet[4] if cell.value] == ["Role"]
    heads = [cell.value for cell in sheet[5]][1::2]
    assert heads == ["Total", "board (A)", "expert (B)", "manager (C)"]
    bases = [cell.value for cell in sheet[6]]
    assert bases[0] == "Answers"
    assert bases[1::2] == table.across["n_obs"].tolist()
    for label, form in {"Often": "0%", "Top 2: Often, Always": "0%", "Mean": "0.00"}.items():
        cells = row_called(sheet, label)
        expected = table.data[table.data["row"] == label]
        # As exact as the page: more digits would tell how many answers a weighted share counts.
        assert [cell.value for cell in cells[1::2]] == pytest.approx(
            expected["estimate"].round(2).tolist(), rel=1e-14
        )
        assert {cell.number_format for cell in cells[1::2]} == {form}
        assert [cell.value or "" for cell in cells[2::2]] == expected["letters"].tolist()


def test_contents_lead_to_every_sheet_and_back(tmp_path):
    book = reopened(tmp_path, shown(), shown(picks, title="What matters?"))
    contents, *sheets = book.worksheets
    assert contents.title == "Contents"
    links = [row[1] for row in contents.iter_rows(min_row=4)]
    assert [link.value for link in links] == ["How often?", "What matters?"]
    assert [link.hyperlink.location for link in links] == [f"'{sheet.title}'!A1" for sheet in sheets]
    assert all(sheet["A2"].hyperlink.location == "'Contents'!A1" for sheet in sheets)


def test_sheets_are_set_up_for_screen_and_paper(tmp_path):
    sheet = reopened(tmp_path, shown()).worksheets[1]
    assert sheet.freeze_panes == "B7"
    assert sheet.print_title_rows == "$4:$6"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.column_dimensions["A"].width >= 24
    assert "D4:I4" in [str(merged) for merged in sheet.merged_cells.ranges]


def test_notes_stand_below(tmp_path):
    table = shown()
    sheet = reopened(tmp_path, table).worksheets[1]
    below = [row[0].value for row in sheet.iter_rows(min_row=16)]
    assert [told for told in below if told] == list(table.notes)


def test_hidden_figures_are_dashes(tmp_path):
    sheet = reopened(tmp_path, shown(hide=["expert"])).worksheets[1]
    for label in ("Answers", "Often", "Mean"):
        cell = row_called(sheet, label)[5]
        assert (cell.value, cell.data_type) == ("–", "s")
    assert not [row[6].value for row in sheet.iter_rows(min_row=7) if row[6].value]


def test_runs_of_rows_have_their_heads_and_small_bases_their_mark(tmp_path):
    sheet = reopened(tmp_path, shown(picks, min_base=60)).worksheets[1]
    labels = [row[0].value for row in sheet.iter_rows(min_row=7, max_row=16)]
    assert labels[0] == "Share of those who answered"
    assert labels[5] == "Share of all picks"
    assert "*" in [cell.value for cell in sheet[6]]


@pytest.mark.parametrize("text", [*FORMULAS, *NASTY])
def test_no_text_is_ever_a_formula(tmp_path, text):
    path = write_workbook([of_text(text)], tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type in "sn" for cell in cells)
    texts = [cell for cell in cells if cell.value == text]
    assert len(texts) >= 4  # title, contents, banner, row
    assert all(cell.quotePrefix for cell in texts)  # nor does it become one when somebody edits the cell
    with zipfile.ZipFile(path) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/" in name]
    assert not any(re.search(r"<f[ >]", sheet) for sheet in sheets)


def test_what_a_spreadsheet_cannot_hold_is_left_out(tmp_path):
    sheet = reopened(tmp_path, of_text("a\x00b\x0bc\ufffed")).worksheets[1]
    assert sheet["A1"].value == "abcd"
    assert len(reopened(tmp_path, of_text("x" * 40_000)).worksheets[1]["A1"].value) == 32_767


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_sheet_names_are_legal_and_unique(titles):
    names = sheet_names(titles)
    assert len({name.casefold() for name in [*names, "Contents", "History"]}) == len(titles) + 2
    for name in names:
        assert 1 <= len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x08]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")


def test_the_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "tables.xlsx"
    path.write_text("the older one")

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(openpyxl.Workbook, "save", broken)
    with pytest.raises(OSError, match="disk full"):
        write_workbook([shown()], path)
    assert path.read_text() == "the older one"
    assert list(tmp_path.iterdir()) == [path]  # nor is anything left behind


def test_a_workbook_replaces_an_older_one_with_usual_rights(tmp_path):
    path, other = tmp_path / "tables.xlsx", tmp_path / "other"
    path.write_text("the older one")
    other.touch()
    write_workbook([shown()], str(path))
    assert openpyxl.load_workbook(path).sheetnames == ["Contents", "1 How often"]
    assert path.stat().st_mode == other.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [other, path]


def test_other_files_and_no_tables_are_refused(tmp_path):
    with pytest.raises(ReportError, match=r"an \.xlsx file; given: .*tables\.csv"):
        write_workbook([shown()], tmp_path / "tables.csv")
    with pytest.raises(ReportError, match="needs a table"):
        write_workbook([], tmp_path / "tables.xlsx")
