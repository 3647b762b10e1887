"""Qualtrics: three header rows, two, saved again by Excel, XLSX, and what each column asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from surveykit.errors import ExportError
from surveykit.exports import read_export

FOLDER = Path(__file__).parent / "files" / "qualtrics_real_w241"

NAMES = [
    "StartDate",
    "Finished",
    "ResponseId",
    "Q_Channel",
    "Q1",
    "Q2_1",
    "Q2_2",
    "Q2_2_TEXT",
    "Q3_1",
    "Q3_2",
]
TEXTS = [
    *("Start Date", "Finished", "Response ID", "Q_Channel", "Is the <b>strategy</b>\nclear?"),
    "What matters? - Selected Choice - Data",
    "What matters? - Selected Choice - Other (please specify)",
    "What matters? - Other (please specify) - Text",
    "How much - do you agree? - We decide fast",
    "How much - do you agree? - We finish",
]
IDS = [
    *('{"ImportId":"startDate","timeZone":"America/Denver"}', '{"ImportId":"finished"}'),
    *('{"ImportId":"_recordId"}', '{"ImportId":"Q_Channel"}', '{"ImportId":"QID1"}'),
    *(
        '{"ImportId":"QID2","choiceId":"1"}',
        '{"ImportId":"QID2","choiceId":"2"}',
        '{"ImportId":"QID2_2_TEXT"}',
    ),
    *('{"ImportId":"QID3_1"}', '{"ImportId":"QID3_2"}'),
]
ROWS = [
    ["2026-01-05 10:00:00", "True", "R_1", "email", "Yes", "Data", "", "", "Agree", "Disagree"],
    [
        "2026-01-05 11:00:00",
        "True",
        "R_2",
        "email",
        "No",
        "Data",
        "Other (please specify)",
        "Luck",
        "Agree",
        "",
    ],
    ["2026-01-05 12:00:00", "False", "R_3", "email", "", "", "", "", "", ""],
]


def text(*rows: list[str]) -> str:
    return "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)


def save(folder: Path, *rows: list[str], encoding: str = "utf-8") -> Path:
    file = folder / "answers.csv"
    file.write_bytes(text(*rows).encode(encoding))
    return file


def test_choice_text_and_numeric_exports_give_the_same_respondents():
    chosen = read_export(FOLDER / "pilot_data_07212020.csv")
    numeric = read_export(FOLDER / "pilot_numeric_data_07212020.csv")
    assert chosen.data["ResponseId"].tolist() == numeric.data["ResponseId"].tolist()
    assert chosen.data.columns.tolist() == numeric.data.columns.tolist()
    assert chosen.questions["kind"].tolist() == numeric.questions["kind"].tolist()
    assert chosen.data["Q2"].unique().tolist() == ["Yes", "No"]
    assert set(numeric.data["Q2"]) == {"1", "2"}


def test_excel_saved_pilot_keeps_its_first_respondent():
    export = read_export(FOLDER / "pilot_data_07212020.csv")
    assert export.data.loc[0, "StartDate"] == "7/17/20 18:52"
    assert export.encoding == "utf-8-sig"


def test_columns_of_the_platform_are_metadata():
    export = read_export(FOLDER / "nonmturk_data2.csv")
    metadata = export.questions.loc[export.questions["kind"] == "metadata", "column"].tolist()
    assert metadata == export.data.columns[:18].tolist()
    assert "Q_RecaptchaScore" in metadata
    assert export.data["RecipientEmail"].isna().all()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([NAMES, TEXTS, IDS, *ROWS], id="three header rows"),
        pytest.param([NAMES, TEXTS, *ROWS], id="two header rows"),
        pytest.param([["Our survey"], NAMES, TEXTS, IDS, *ROWS], id="a title first"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_questions_and_answers(tmp_path, rows, encoding):
    export = read_export(save(tmp_path, *rows, encoding=encoding))
    assert (export.platform, len(export.data)) == ("qualtrics", 3)
    assert export.data.columns.tolist() == NAMES
    asked = export.questions.set_index("column")
    assert asked["kind"].tolist() == [
        *["metadata"] * 4,
        "single",
        "multiple",
        "multiple",
        "other",
        "grid",
        "grid",
    ]
    assert asked["group"].tolist()[4:] == ["Q1", "Q2", "Q2", "Q2", "Q3", "Q3"]
    assert asked.loc["Q1", "question"] == "Is the strategy clear?"
    assert asked.loc["Q2_1", ["question", "part"]].tolist() == ["What matters?", "Data"]
    assert asked.loc["Q3_2", ["question", "part"]].tolist() == ["How much - do you agree?", "We finish"]
    assert export.answers("Q2").tolist()[:2] == [("Data",), ("Data", "Other (please specify)")]
    assert export.answers("Q2").isna().tolist() == [False, False, True]


def test_names_row_alone(tmp_path):
    export = read_export(save(tmp_path, NAMES, *ROWS))
    assert (export.platform, len(export.data)) == ("qualtrics", 3)
    assert export.questions.set_index("column").loc["Q3_2", "part"] == "2"


def test_legacy_names_of_metadata(tmp_path):
    names = ["V1", "V2", "V8", "V9", "V10", "Q1"]
    texts = ["ResponseID", "ResponseSet", "StartDate", "EndDate", "Finished", "Is it clear?"]
    row = ["R_1", "Default Response Set", "2015-03-01 10:00:00", "2015-03-01 10:05:00", "1", "2"]
    export = read_export(save(tmp_path, names, texts, row))
    assert (export.platform, export.data.shape) == ("qualtrics", (1, 6))
    assert export.questions["kind"].tolist() == [*["metadata"] * 5, "single"]


def test_numeric_ticks_are_a_multi_select(tmp_path):
    rows = [[*row[:5], *["1" if cell else "" for cell in row[5:7]], *row[7:]] for row in ROWS]
    export = read_export(save(tmp_path, NAMES, TEXTS, IDS, *rows))
    assert export.answers("Q2").tolist()[1] == ("Data", "Other (please specify)")


def test_joined_multi_select(tmp_path):
    names, texts = (
        ["ResponseId", "StartDate", "EndDate", "Q1"],
        ["Response ID", "Start Date", "End Date", "Which?"],
    )
    picks = ["Data", "Data,People", "People", "Data,Tools", "Tools", "People,Tools"]
    rows = [[f"R_{at}", "2026-01-01", "2026-01-01", pick] for at, pick in enumerate(picks)]
    export = read_export(save(tmp_path, names, texts, *rows))
    assert export.questions["kind"].tolist()[-1] == "multiple"
    assert export.answers("Q1").tolist()[1] == ("Data", "People")


def test_workbook(tmp_path):
    book = Workbook()
    for row in (NAMES, TEXTS, IDS, *ROWS):
        book.active.append([cell or None for cell in row])
    book.save(tmp_path / "answers.xlsx")
    export = read_export(tmp_path / "answers.xlsx")
    assert (export.platform, export.data.columns.tolist()) == ("qualtrics", NAMES)
    assert export.data.fillna("").to_numpy().tolist() == ROWS


def test_no_responses(tmp_path):
    with pytest.raises(ExportError, match=r"answers\.csv: the export holds no responses, only a header"):
        read_export(save(tmp_path, NAMES, TEXTS, IDS))
