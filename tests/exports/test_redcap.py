"""REDCap: checkboxes, completion columns, decimal commas."""

from __future__ import annotations

from pathlib import Path

from surveykit.exports import read_export

FOLDER = Path(__file__).parent / "files" / "redcap_REDCapR"


def test_checkboxes():
    export = read_export(FOLDER / "checkboxes-1--data.csv")
    assert export.answers("check_one").tolist() == [("1",), (), ("1", "2", "3", "4"), ()]
    assert export.answers("check_two").tolist()[0] == ("a", "c")
    assert export.questions["kind"].tolist()[:3] == ["metadata", "metadata", "multiple"]


def test_one_box_alone(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("record_id,consent___1\n1,1\n2,0\n", encoding="utf-8")
    assert read_export(file).answers("consent").tolist() == [("1",), ()]


def test_decimal_commas():
    export = read_export(FOLDER / "decimal-comma--data.csv")
    assert export.decimal == ","
    assert export.data["height"].tolist() == ["1,54", "1,84", "1,95", "1,61"]


def test_completion_alone_is_enough():
    assert read_export(FOLDER / "clinical-trial-1--data.csv").platform == "redcap"


def test_a_completed_count_is_not_redcap(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("id,tasks_complete\n1,17\n2,4\n", encoding="utf-8")
    assert read_export(file).platform == "plain"
