"""Google Forms and Microsoft Forms."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook

from surveykit.exports import read_export

JUPYTER = Path(__file__).parent / "files" / "jupyter_2016_googleforms" / "responses.csv"


def test_jupyter_survey():
    export = read_export(JUPYTER)
    assert export.data.columns.tolist() == ["Timestamp", *[f"Q{number}" for number in range(1, 25)]]
    joined = export.questions.loc[export.questions["kind"] == "multiple", "column"].tolist()
    assert joined == ["Q8", "Q10", "Q12", "Q15", "Q16", "Q17", "Q18", "Q19", "Q20"]
    languages = export.answers("Q15").dropna()
    assert (
        sum("Python 3" in picks for picks in languages) == export.data["Q15"].str.contains("Python 3").sum()
    )


def test_google_grid_and_multi_select(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text(
        "Timestamp,Email Address,Agree? [We decide],Agree? [We finish],"
        "Age [years],Which? (select all that apply),\n"
        '4/22/2026 19:57:50,a@example.org,Yes,No,40,"Data, People",\n'
        "4/22/2026 20:57:50,b@example.org,No,,51,Data,\n",
        encoding="utf-8",
    )
    export = read_export(file)
    assert export.platform == "google_forms"
    assert export.data.columns.tolist() == [
        "Timestamp",
        "Email Address",
        "Q1_1",
        "Q1_2",
        "Q2",
        "Q3",
        "column_7",
    ]
    assert export.questions["kind"].tolist() == [
        *["metadata"] * 2,
        "grid",
        "grid",
        "single",
        "multiple",
        "single",
    ]
    assert export.questions["part"].tolist()[2:4] == ["We decide", "We finish"]
    assert export.answers("Q3").tolist() == [("Data", "People"), ("Data",)]


def test_a_log_with_timestamps_is_plain(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("timestamp,value\n2026-01-01 10:00:00,3\n", encoding="utf-8")
    assert read_export(file).platform == "plain"


MICROSOFT = ["ID", "Start time", "Completion time", "Email", "Name", "Is it clear?\xa0", "Which matter?"]


def test_microsoft_forms(tmp_path):
    file = tmp_path / "answers.csv"
    rows = [
        "1,1/5/26 10:00,1/5/26 10:05,anonymous,,Yes,Data;People;",
        "2,1/5/26 11:00,1/5/26 11:05,anonymous,,No,Data;",
    ]
    file.write_text(
        "\n".join([",".join(MICROSOFT), *rows, "3,1/5/26 12:00,1/5/26 12:01,anonymous,,,"]), encoding="utf-8"
    )
    export = read_export(file)
    assert (export.platform, export.delimiter) == ("microsoft_forms", ",")
    assert export.data.columns.tolist() == [*MICROSOFT[:5], "Q1", "Q2"]
    assert export.questions["kind"].tolist() == [*["metadata"] * 5, "single", "multiple"]
    assert export.answers("Q2").tolist()[:2] == [("Data", "People"), ("Data",)]
    assert export.answers("Q2").isna().tolist() == [False, False, True]


def test_microsoft_forms_workbook(tmp_path):
    book = Workbook()
    book.active.append(MICROSOFT)
    book.active.append([1, None, None, "anonymous", None, "Yes", "Data;People;"])
    book.save(tmp_path / "answers.xlsx")
    export = read_export(tmp_path / "answers.xlsx")
    assert export.platform == "microsoft_forms"
    assert export.data["ID"].tolist() == ["1"]
