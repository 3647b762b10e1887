"""LimeSurvey: codes, codes with texts, texts alone."""

from __future__ import annotations

from pathlib import Path

from surveykit.exports import read_export

FOLDER = Path(__file__).parent / "files" / "limesurvey_n2"
LEAD = '"Response ID","Date submitted","Last page","Start language",'
TEXTS = LEAD + '"Is it clear?","Which? [Data]","Which? [Other]"\n'


def test_both_headers_give_the_same_columns():
    codes = read_export(FOLDER / "dummy_data_codeonly.csv")
    texts = read_export(FOLDER / "dummy_data_codeandtext.csv")
    assert codes.data.columns.tolist() == texts.data.columns.tolist()
    assert codes.questions["kind"].tolist() == texts.questions["kind"].tolist()
    assert {"A1", "A1[other]", "A8[SQ001]"} <= set(codes.data.columns)


def test_multi_select_with_an_other_column():
    export = read_export(FOLDER / "dummy_data_codeandtext.csv")
    asked = export.questions.set_index("column")
    assert asked.loc["A8[SQ001]"].tolist() == [
        *("Which of the following best describes you?", "Caucasian/European", "A8", "multiple"),
    ]
    assert asked.loc["A8[other]", "kind"] == "other"
    answers = export.answers("A8")
    assert answers[8] == ("Caucasian/European", "African", "Caribbean")
    assert answers.isna().sum() == 1
    assert export.answers("A1").equals(export.data["A1"])


def test_arrays_comments_and_metadata():
    export = read_export(FOLDER / "dummy_data_codeonly.csv")
    kinds = export.questions.set_index("column")["kind"]
    assert kinds["B11[SQ001]"] == "grid"
    assert kinds["F5a1[comment]"] == "other"
    assert kinds[["id", "submitdate", "interviewtime"]].tolist() == ["metadata"] * 3


def test_texts_alone(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text(
        TEXTS + '"1","2026-01-01","3","en","Yes","Yes","Luck"\n"2","","1","en","","No",""\n', encoding="utf-8"
    )
    export = read_export(file)
    assert export.platform == "limesurvey"
    assert export.data.columns.tolist()[4:] == ["Q1", "Q2_1", "Q2_2"]
    assert export.questions["kind"].tolist()[4:] == ["single", "multiple", "other"]
    assert export.answers("Q2").tolist() == [("Data", "Other"), ()]


def test_brackets_inside_a_question(tmp_path):
    file = tmp_path / "answers.csv"
    lead = '"id. Response ID","submitdate. Date submitted","lastpage. Last page",'
    header = lead + '"A[1][2]. Rate [1-5]: x [Row][Col]"\n'
    file.write_text(header + '"1","","1","3"\n', encoding="utf-8")
    asked = read_export(file).questions.set_index("column").loc["A[1][2]"]
    assert asked.tolist() == ["Rate [1-5]: x", "Row Col", "A", "grid"]
