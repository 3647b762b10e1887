"""Open answers through cleaning, and found and counted for the analyst; the register of organisations."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.conftest import SMALL_STUDY, write_small_study

from surveykit.cleaning import Cleaned, clean
from surveykit.errors import EstimateError, StudyError
from surveykit.estimates.open_answers import count_open, find
from surveykit.exports import read_export
from surveykit.study import load_study

WRITTEN = [
    "  Müller (CEO)\nleft ",
    "don’t know",
    "-99",
    None,
    "\u200b\u202e",
    "NO PLAN.* at all",
    "=1+1",
    "<b>x</b> $y$",
]
DECLARED = "open_answers:\n  why: {column: why, show: true, label: 'Why so?'}\n  blank: {column: blank}\n"


def study_of(folder: Path, texts: list, old: str = "", new: str = "") -> Path:
    """The small study with an open answer, given by its first executives, and one nobody answered."""
    write_small_study(folder)
    (folder / "study.yaml").write_text(DECLARED + SMALL_STUDY.replace(old, new, 1), encoding="utf-8")
    responses = pd.read_csv(folder / "responses.csv", dtype=str)
    why = [*texts, *[None] * (len(responses) - len(texts))]
    responses.assign(why=why, blank=None).to_csv(folder / "responses.csv", index=False)
    return folder


def cleaned_of(folder: Path) -> Cleaned:
    study = load_study(folder)
    return clean(read_export(study.beside("responses.csv")), study)


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    return cleaned_of(study_of(tmp_path_factory.mktemp("open"), WRITTEN))


def test_answers_stay_as_written_and_what_says_nothing_is_missing(cleaned):
    answers = cleaned.open_answers["why"]
    assert answers.index.equals(cleaned.data.index)
    assert answers.dropna().to_dict() == {
        0: "Müller (CEO)\nleft",
        5: "NO PLAN.* at all",
        6: "=1+1",
        7: "<b>x</b> $y$",
    }
    assert cleaned.open_answers["blank"].isna().all()
    assert cleaned.questions["why"] == "Why so?"
    assert cleaned.questions["blank"] == "blank"


def test_every_answer_that_is_missing_now_is_on_record(cleaned):
    record = cleaned.ledger[cleaned.ledger["column"] == "why"]
    assert record[["row", "rule", "variable"]].to_numpy().tolist() == [
        [row, "missing_code", "why"] for row in (1, 2, 4)
    ]


def test_who_is_left_out_is_not_quoted(tmp_path):
    folder = study_of(tmp_path, WRITTEN)
    responses = pd.read_csv(folder / "responses.csv", dtype=str)
    responses.loc[0, "status"] = "Survey Preview"
    responses.to_csv(folder / "responses.csv", index=False)
    assert 0 not in cleaned_of(folder).open_answers.index


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MULLER (ceo) left", ["Müller (CEO) left"]),
        ("mu\u0308ller", ["Müller (CEO) left"]),
        ("plan.*", ["NO PLAN.* at all"]),
        (".*", ["NO PLAN.* at all"]),
        ("(", ["Müller (CEO) left"]),
        ("[", []),
        ("no\u00a0 plan", ["NO PLAN.* at all"]),
        ("", ["<b>x</b> $y$", "=1+1", "Müller (CEO) left", "NO PLAN.* at all"]),
    ],
)
def test_a_text_is_found_as_it_stands(cleaned, text, found):
    assert find(cleaned, "why", text)["answer"].tolist() == found


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Łódź", "lodz"),
        ("STRASSE", "straße"),
        ("İzmir", "izmir"),
        ("naïve", "NAIVE"),
        ("don’t", "don't"),
        ("각", "각"),
    ],
)
def test_letters_are_compared_without_their_accents(answer, text):
    study = SimpleNamespace(report=SimpleNamespace(segments=[]))
    source = SimpleNamespace(study=study, open_answers=pd.DataFrame({"why": [answer]}))
    assert len(find(source, "why", text)) == 1


def test_what_is_found_does_not_say_who_wrote_it(cleaned):
    rows = find(SimpleNamespace(cleaned=cleaned), "why")
    assert rows.columns.tolist() == ["answer", "size"]
    assert rows.index.tolist() == list(range(4))
    assert set(rows["size"]) <= {"Small", "Large"}
    cells = rows.astype("str").to_numpy().ravel().tolist()
    assert not any(who in cells for who in (*cleaned.data["respondent"], *cleaned.data["organisation"]))


def test_a_notebook_shows_what_is_found_escaped(cleaned):
    markup = find(cleaned, "why")._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in markup
    assert "<b>x" not in markup


def test_an_unknown_open_answer_is_named(cleaned):
    with pytest.raises(EstimateError, match="no open answer 'whi'; allowed: why, blank. Did you mean 'why'"):
        find(cleaned, "whi")


def test_answers_are_counted(cleaned):
    counts = count_open(cleaned)
    assert counts.columns.tolist() == [
        *("name", "label", "n_answered", "n_asked", "n_organisations", "median_length", "shown", "reason"),
    ]
    why, blank = counts.to_dict("records")
    assert (why["n_answered"], why["n_asked"], why["n_organisations"]) == (4, 80, 2)
    assert why["median_length"] == 14.0  # of 4, 12, 16 and 17 characters
    assert why["shown"] is False  # four answered, of two organisations; five are needed of both
    assert (blank["n_answered"], blank["reason"]) == (0, "nobody answered")
    assert np.isnan(blank["median_length"])


def test_many_answers_of_few_organisations_are_not_shown(tmp_path):
    counts = count_open(cleaned_of(study_of(tmp_path, [f"answer {number}" for number in range(16)])))
    assert counts.loc[0, ["n_answered", "n_organisations", "shown"]].tolist() == [16, 4, False]


def test_answers_of_many_are_shown_where_the_study_says_so(tmp_path):
    texts = [f"answer {number}" for number in range(40)]
    assert count_open(cleaned_of(study_of(tmp_path / "a", texts)))["shown"].tolist() == [True, False]
    quiet = study_of(tmp_path / "b", texts)
    path = quiet / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("show: true, ", ""), encoding="utf-8")
    assert count_open(cleaned_of(quiet))["shown"].tolist() == [False, False]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("personal: [email]", "personal: [email, why]", r"study\.yaml:2: column 'why' is personal"),
        ("respondent: id", "respondent: why", r"study\.yaml:2: column 'why' says who answered"),
        ("organisation: org", "organisation: why", r"study\.yaml:2: column 'why' says who answered"),
    ],
)
def test_columns_that_say_who_wrote_are_no_open_answers(tmp_path, old, new, message):
    with pytest.raises(StudyError, match=message):
        cleaned_of(study_of(tmp_path, WRITTEN, old, new))


def test_the_register_keeps_organisations_nobody_answered_for(tmp_path):
    folder = write_small_study(tmp_path)
    organisations = pd.read_csv(folder / "organisations.csv")
    more = pd.DataFrame({"org": ["Org 99"], "size": ["Small"], "score": [7]})
    pd.concat([organisations, more]).to_csv(folder / "organisations.csv", index=False)
    cleaned = cleaned_of(folder)
    assert "org 99" not in cleaned.organisations.index
    assert cleaned.register.loc["org 99"].to_dict() == {"size": "Small", "score": 7.0}
    pd.testing.assert_frame_equal(cleaned.register.drop(index="org 99"), cleaned.organisations)


def test_a_study_without_organisations_has_no_register(ospo_analysis):
    assert ospo_analysis.cleaned.register is None
