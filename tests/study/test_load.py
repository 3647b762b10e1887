"""The study file: what YAML hides, what names mean, where things stand."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import StudyError
from surveykit.study import fold, load_study
from surveykit.study.yamlfile import read_yaml

LABELS = st.text(alphabet="aBc'’ \u00a0-–é", max_size=12)


def written(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_gives_no_meaning_of_its_own_to_answers(tmp_path: Path) -> None:
    content, _ = read_yaml(
        written(tmp_path, "x: {No: 0, on: 1, 2026-05-01: 2, 1_000: 3, 0x10: 4, 1:30: 5, 010: 6}")
    )
    assert list(content["x"]) == ["No", "on", "2026-05-01", "1_000", "0x10", "1:30", 10]
    assert read_yaml(written(tmp_path, "a: true\nb: ~\nc: -1.5\nd: 7"))[0] == {
        "a": True,
        "b": None,
        "c": -1.5,
        "d": 7,
    }


def test_every_key_and_entry_knows_its_line(tmp_path: Path) -> None:
    _, lines = read_yaml(written(tmp_path, "# first\na:\n  - {b: 1}\n  - c\n"))
    assert lines == {("a",): 2, ("a", 0): 3, ("a", 0, "b"): 3, ("a", 1): 4}


def test_an_alias_that_holds_itself_does_not_hang(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"unknown key 'x'"):
        load_study(written(tmp_path, "title: T\nresponses: {file: r.csv}\nx: &x [*x]\n"))


def test_latin_1_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes("title: Qualité".encode("latin-1"))
    with pytest.raises(StudyError, match="cannot be read as UTF-8"):
        load_study(path)


def test_a_folder_stands_for_its_study_file() -> None:
    assert load_study("data/ospo-2018").title == load_study("data/ospo-2018/study.yaml").title
    assert load_study("data/ospo-2018").name == "ospo-2018"


def test_levels_labels_and_ranges(ai_study) -> None:
    levels = {
        name: ai_study.level_of(name) for name in ("clarity_1", "ownership", "industry", "stage", "nothing")
    }
    assert levels == {
        "clarity_1": "executive", "ownership": "executive", "industry": "organisation",
        "stage": "initiative", "nothing": None,
    }  # fmt: skip
    assert ai_study.label("strategy_clarity") == "Strategy clarity"
    assert ai_study.label("stage") == "Stage reached"
    assert ai_study.item_range("clarity_3") == (1.0, 5.0)


def test_categories_may_be_listed_in_their_order(ai_study) -> None:
    codes = ai_study.answer_codes(ai_study.variable("size").answers)
    assert (
        list(codes) == list(codes.values()) == ["Under 250", "250 to 999", "1,000 to 4,999", "5,000 and more"]
    )


@given(LABELS)
def test_folding_settles_at_once_and_sees_no_case_or_blanks(label: str) -> None:
    assert fold(fold(label)) == fold(label)
    assert fold(f"  {label.upper()}\u00a0") == fold(label.lower())
