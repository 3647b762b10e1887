"""SurveyMonkey: two header rows, single choices spread over columns, and a survey of organisations."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveykit.errors import ExportError
from surveykit.exports import read_export

OSPO = Path(__file__).parents[2] / "data" / "ospo-2018" / "responses.csv"
STAR_WARS = Path(__file__).parent / "files" / "fte_starwars" / "StarWars.csv"


@pytest.fixture(scope="module")
def ospo():
    return read_export(OSPO)


def kinds_of(export, group):
    return export.questions.loc[export.questions["group"] == group, "kind"].tolist()


def test_star_wars():
    export = read_export(STAR_WARS)
    assert export.encoding == "cp1252"
    assert export.data.columns[:4].tolist() == ["RespondentID", "Q1", "Q2", "Q3_1"]
    assert set(kinds_of(export, "Q3")) == {"multiple"}
    assert set(kinds_of(export, "Q4")) == set(kinds_of(export, "Q5")) == {"grid"}
    seen = export.answers("Q3").dropna()
    assert sum("Star Wars: Episode I The Phantom Menace" in picks for picks in seen) == 673
    assert export.answers("Q6").value_counts()["Han"] == 325
    assert export.answers("Q5_1").value_counts()["Very favorably"] == 610
    with pytest.raises(
        ExportError, match="'Q5' has several answers a response; allowed: one of its columns: Q5_1"
    ):
        export.answers("Q5")


def test_ospo_columns(ospo):
    assert ospo.data.columns[:4].tolist() == ["Respondent ID", "Start Date", "End Date", "Collector"]
    assert ospo.questions["kind"].value_counts().to_dict() == {
        "multiple": 123,
        "single": 18,
        "other": 17,
        "grid": 12,
        "metadata": 4,
    }
    assert ospo.questions["group"].nunique() == 4 + 32
    assert kinds_of(ospo, "Q8") == ["single", "other", "other"]
    assert kinds_of(ospo, "Q30") == ["multiple"] * 4 + ["other"] * 2


def test_ospo_published_figures(ospo):
    has_program = ospo.answers("Q5")
    assert (has_program.isin(["Yes", "No, but planning one"]).sum(), has_program.count()) == (399, 748)
    internal, products = ospo.answers("Q3_2"), ospo.answers("Q3_3")
    assert ((internal == "Frequently").sum(), internal.count()) == (527, 736)
    assert ((products == "Frequently").sum(), products.count()) == (405, 738)
    critical = ospo.answers("Q14")
    assert critical.str.startswith(("1", "2"), na=False).sum() == 95
    assert critical.count() == 161


def test_ospo_multi_selects(ospo):
    challenges = ospo.answers("Q13").dropna()
    assert challenges.map(len).value_counts().to_dict() == {3: 115, 2: 32, 1: 15}
    tools = ospo.answers("Q30").dropna()
    assert sum("Other (please specify)" in picks for picks in tools) == 44
    assert not any("Recode" in picks for picks in tools)
    assert sum("GitHub paid version" in picks for picks in tools) == 144


HEADER = "Respondent ID,Collector ID,How big is it?,,,Who leads?,,Comments\n"
BELOW = ",,Small,Large,Other (please specify),Response,Other (please specify),Open-Ended Response\n"


def test_a_single_choice_spread_over_columns(tmp_path):
    file = tmp_path / "answers.csv"
    rows = "1,9,Small,,,CEO,,fine\n2,9,,Large,,,Nobody,\n3,9,,,Vast,CEO,,\n4,9,,,,,,x\n"
    file.write_text(HEADER + BELOW + rows, encoding="utf-8")
    export = read_export(file)
    assert export.data.columns.tolist() == [
        *("Respondent ID", "Collector ID", "Q1_1", "Q1_2", "Q1_3", "Q2", "Q2_2", "Q3"),
    ]
    assert kinds_of(export, "Q1") == ["spread", "spread", "other"]
    assert export.answers("Q1").fillna("").tolist() == ["Small", "Large", "Other (please specify)", ""]
    assert export.answers("Q2").fillna("").tolist() == ["CEO", "", "CEO", ""]
    assert export.questions["part"].tolist()[-1] == ""


@pytest.mark.parametrize(
    ("question", "rows", "kind"),
    [
        ("How big?", "1,9,Small,\n2,9,Small,Large\n", "multiple"),
        ("How big? (Check all that apply)", "1,9,Small,\n2,9,,Large\n", "multiple"),
        ("How big?", "1,9,Small,\n2,9,,Large\n", "spread"),
        ("How big?", "1,9,Yes,No\n2,9,,Yes\n", "grid"),
        ("Select all sizes", "1,9,,\n", "multiple"),
    ],
)
def test_the_data_tell_multi_selects_from_spread_choices(tmp_path, question, rows, kind):
    file = tmp_path / "answers.csv"
    file.write_text(f"Respondent ID,Collector ID,{question},\n,,Small,Large\n{rows}", encoding="utf-8")
    assert kinds_of(read_export(file), "Q1") == [kind] * 2


def test_repeated_question_texts_instead_of_blanks(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("Respondent ID,Size?,Size?,Size?\n,Small,Large,Response\n1,Small,,x\n", encoding="utf-8")
    assert read_export(file).data.columns.tolist() == ["Respondent ID", "Q1_1", "Q1_2", "Q1_3"]


def test_one_header_row(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("Respondent ID,Start Date,Is it clear?\n101,2026-01-01,Yes\n", encoding="utf-8")
    export = read_export(file)
    assert (export.platform, export.data.shape) == ("surveymonkey", (1, 3))


def test_without_a_respondent_column(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("Is it clear?,Which?,\nResponse,Data,People\nYes,Data,People\n", encoding="utf-8")
    export = read_export(file)
    assert (export.platform, export.answers("Q2").tolist()) == ("surveymonkey", [("Data", "People")])
