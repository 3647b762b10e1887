"""Cross-tables for readers: what is hidden stays hidden, and every text stays text."""

import html
import re

import numpy as np
import pandas as pd
import pytest
from tests.estimates.tables_from_r import DATA, DESIGNS, ROLES, USES, answers, picks, ranking
from tests.reporting.made_up import NASTY

from surveykit.errors import ReportError
from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.questions import MultiSelect, Score, SingleAnswer
from surveykit.estimates.design import Design
from surveykit.reporting.crosstables import cross_table
from surveykit.reporting.shown_tables import shown_table

COLUMNS = pd.concat([ROLES, USES], axis=1).assign(Total=True)
BANNERS = {"": ["Total"], "Role": ["board", "expert", "manager"], "In use": ["pilot", "production", "agents"]}
WORDS = {0: "No", 1: "Yes"}


def table_of(question=answers, **options):
    return crosstab(question, COLUMNS, DESIGNS["plain"], **{"banners": BANNERS} | options)


def shown(table, hidden=None, title="How often?"):
    hidden = np.zeros(len(table.data), dtype=bool) if hidden is None else hidden
    return shown_table(table, hidden, title=title, min_cell=5)


def text_of(table):
    """What a reader sees of a table."""
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "\n", table.as_raw_html(), flags=re.DOTALL))


def three_columns():
    """p above q above r, each pair apart for sure."""
    codes = pd.Series([float(number < yes) for yes in (90, 50, 10) for number in range(100)])
    columns = pd.DataFrame({name: (codes.index // 100) == place for place, name in enumerate("pqr")})
    question = SingleAnswer(codes=codes, words=WORDS, ordered=False)
    return crosstab(question, columns, Design(cluster=codes.index.to_series()))


def test_figures_letters_bases_and_heads_are_there():
    told = text_of(cross_table(shown(table_of()), "often"))
    for words in (
        "Role",
        "In use",
        "board (A)",
        "manager (C)",
        "agents (F)",
        "Total",
        "Answers",
        "186",
        "Often",
    ):
        assert words in told
    row = table_of().data.query("row == 'Top 2: Often, Always' and column == 'board'").iloc[0]
    assert f"{100 * row['estimate']:.0f}%" in told


def test_notes_name_test_adjustment_level_base_and_rao_scott():
    notes = " ".join(shown(table_of(adjust="fdr", level=0.1)).notes)
    assert "two-sided t tests on the design" in notes
    assert "Benjamini and Hochberg's method (false discovery rate), level 0.1." in notes
    assert "Rao-Scott test of the answers by Role: F(6.3, 238.6) = 1.97, p = 0.068." in notes
    assert "No Rao-Scott test by In use: columns overlap." in notes
    assert "Shares are not compared where fewer than 5 answers would be expected on one side." in notes
    assert "Figures are weighted; the numbers of answers are not." in notes
    assert "not shown" not in notes


def test_columns_of_few_answers_are_marked_and_told_of():
    found = shown(table_of(min_base=60))
    notes = " ".join(found.notes)
    assert "* Fewer than 60 answers, or one organisation: read with care. These columns are left out" in notes
    few = found.across.query("column == 'board'")["n_obs"].iloc[0]
    assert f"{few:.0f}*" in text_of(cross_table(found, "x"))


def test_a_total_alone_has_no_note_on_letters():
    table = table_of(Score(values=DATA["y"]), banners={"": ["Total"]})
    assert list(shown(table).notes) == ["Figures are weighted; the numbers of answers are not."]


def test_options_that_differ_are_named():
    codes = pd.Series(np.arange(200) % 2 == 0)
    columns = pd.DataFrame({"even": codes, "odd": ~codes})
    question = MultiSelect(
        picked=pd.DataFrame({"a": codes ^ (codes.index < 9), "b": codes.index % 3 == 0, "c": codes}).astype(
            float
        )
    )
    table = crosstab(
        question, columns, Design(cluster=codes.index.to_series()), banners={"Parity": ["even", "odd"]}
    )
    notes = " ".join(shown(table).notes)
    assert (
        "Options that differ by Parity by Rao-Scott tests, adjusted by Holm's method: a (p < 0.001). Not tested: c."
        in notes
    )


def test_hidden_cells_lose_their_numbers_and_letters():
    table = three_columns()
    assert table.data["letters"].tolist() == ["", "A", "A B", "B C", "C", ""]
    hidden = ((table.data["row"] == "Yes") & (table.data["column"] == "p")).to_numpy()
    found = shown(table, hidden).data
    assert found["letters"].tolist() == ["", "A", "A B", "", "C", ""]
    numbers = [
        "estimate",
        "std_error",
        "ci_lower",
        "ci_upper",
        "df",
        "n_obs",
        "n_organisations",
        "n_effective",
        "n_yes",
    ]
    assert found.loc[hidden, numbers].isna().all(axis=None)
    assert found.loc[~hidden, numbers].notna().all(axis=None)
    assert (found.loc[hidden, "reason"] == "").all()


def test_letters_that_tell_of_a_hidden_cell_vanish():
    table = three_columns()
    hidden = (table.data["column"] == "r").to_numpy()
    assert shown(table, hidden).data["letters"].tolist() == ["", "A", "", "B", "", ""]
    told = text_of(cross_table(shown(table, hidden), "x"))
    assert "fewer than 5 answers, or a figure from which such a cell could be worked out, not shown" in told
    assert told.count("–") == 4  # the base, two figures, and the note


def test_the_base_of_a_column_is_told_while_any_of_its_first_cells_is():
    table = three_columns()
    one, both = (table.data["column"] == "p") & (table.data["row"] == "Yes"), table.data["column"] == "p"
    assert shown(table, one.to_numpy()).across["n_obs"].tolist() == [100, 100, 100]
    assert shown(table, both.to_numpy()).across["n_obs"].isna().tolist() == [True, False, False]


def test_no_hidden_number_reaches_the_page():
    table = table_of(Score(values=DATA["y"] * 1000.4321))
    hidden = (table.data["column"] == "agents").to_numpy()
    secret = f"{table.data.loc[hidden, 'estimate'].iloc[0]:,.2f}"
    assert secret in cross_table(shown(table), "x").as_raw_html()
    assert secret not in cross_table(shown(table, hidden), "x").as_raw_html()


def test_runs_of_rows_have_heads_where_they_are_needed():
    assert not any(shown(table_of()).heads)
    assert list(dict.fromkeys(shown(table_of(picks)).heads)) == [
        "Share of those who answered",
        "Share of all picks",
    ]
    ranked = shown(table_of(ranking))
    assert list(dict.fromkeys(ranked.heads)) == [
        "Ranked first",
        "Ranked among the first 2",
        "Mean rank (1 is best)",
    ]
    assert "a letter marks the worse of two" in " ".join(ranked.notes)
    assert "Ranked among the first 2" in text_of(cross_table(ranked, "ranks"))


def test_a_cell_on_few_answers_is_marked_where_its_column_is_not():
    ranks = pd.DataFrame({"a": [1.0] * 40, "b": [2.0] * 5 + [np.nan] * 35})
    table = crosstab(
        type(ranking)(ranks=ranks),
        pd.DataFrame({"all": [True] * 40}),
        Design(cluster=ranks.index.to_series()),
    )
    told = text_of(cross_table(shown(table), "x"))
    assert "2.00*" in told
    assert "40*" not in told


def test_wide_tables_come_in_parts_with_their_total():
    parts = shown(table_of()).in_parts(most=5)
    assert [part.across["column"].tolist() for part in parts] == [
        ["Total", "board", "expert", "manager"],
        ["Total", "pilot", "production", "agents"],
    ]
    assert [bool(part.notes) for part in parts] == [False, True]
    assert len(shown(table_of()).in_parts()) == 1
    assert len(shown(table_of(banners={"Role": ["board", "expert"]})).in_parts(most=1)) == 1


@pytest.mark.parametrize("text", NASTY)
def test_every_text_stays_text(text):
    codes = pd.Series([1.0, 2, 2, 2] * 20)
    columns = pd.DataFrame({text: codes.index < 40, "other": codes.index >= 40})
    picked = {text: (codes.index < 35) | (codes.index > 75), "b": codes == 2}
    question = MultiSelect(picked=pd.DataFrame(picked).astype(float))
    table = crosstab(
        question, columns, Design(cluster=codes.index.to_series()), banners={text: [text, "other"]}
    )
    laid_out = cross_table(shown(table, title=text), "x")
    assert text_of(laid_out).count(text) >= 5  # banner, column, twice an option, and the notes
    assert not re.search(r"<(script|img|b)\b", laid_out.as_raw_html())


def test_banners_named_as_columns_stay_over_their_own():
    table = table_of(banners={"c1": ["board", "expert"], "c2": ["pilot", "agents"]})
    told = text_of(cross_table(shown(table), "x"))
    assert told.index("c1") < told.index("c2") < told.index("board (A)")


@pytest.mark.parametrize("hidden", [[True], np.zeros(56), np.full(56, None)])
def test_what_does_not_say_of_every_cell_whether_it_is_hidden_is_refused(hidden):
    with pytest.raises(ReportError, match="must say of every cell"):
        shown(table_of(), hidden)
