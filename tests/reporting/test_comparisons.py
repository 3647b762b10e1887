"""Chapters on waves and cross-tables, and the workbook."""

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from surveykit.errors import ReportError
from surveykit.reporting import comparisons
from surveykit.reporting.guarded_sample import changes, levels
from surveykit.reporting.summary import brief


def test_a_study_without_waves_and_tables_says_nothing_of_them(ospo_shown):
    bare = replace(ospo_shown, tables=[])
    assert comparisons.waves(bare).html == ""
    assert comparisons.crosstables(bare).html == ""


def test_every_change_has_its_sentence_and_every_wording_its_waves(ai_shown):
    page = comparisons.waves(ai_shown).html
    assert page.count("<li>") >= len(ai_shown.between)
    assert "Humans oversee what AI decides" in page
    assert "not asked" in page


def test_the_brief_tells_what_changed(ai_shown):
    rose = "Say there is agreement on which capabilities matter most; Strategy clarity"
    assert f"Since 2025, of 11 figures 2 rose beyond chance ({rose})." in brief(ai_shown).html


def test_hidden_changes_are_in_no_sentence(ai_shown):
    hidden = ai_shown.between.assign(suppressed=True, sentence="", estimate=float("nan"))
    shown = replace(ai_shown, between=hidden, levels=ai_shown.levels.assign(suppressed=True))
    assert "rose" not in comparisons.waves(shown).html
    assert "Since" not in brief(shown).html


def test_the_workbook_holds_every_table(ai_shown, tmp_path):
    comparisons.workbook(ai_shown, tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    assert len(book.sheetnames) == 1 + sum(len(questions) for _, questions in ai_shown.tables)


def test_a_workbook_without_tables_is_refused(ospo_shown, tmp_path):
    with pytest.raises(ReportError, match="plans no cross-tables.*under 'tables'"):
        comparisons.workbook(replace(ospo_shown, tables=[]), tmp_path / "tables.xlsx")


def test_figures_of_few_in_a_wave_are_hidden_with_their_changes(ai_analysis):
    waves = ai_analysis.waves
    then = waves.levels["wave"] == "2025"
    few = waves.levels.assign(
        n_counted=waves.levels["n_counted"].mask(then & (waves.levels["name"] == "well_defined"), 2)
    )
    analysis = replace(ai_analysis, waves=replace(waves, levels=few))
    shown = levels(analysis, pd.DataFrame({"name": [], "segment": [], "suppressed": []}))
    lost = shown[shown["suppressed"]]
    assert lost[["name", "wave"]].to_numpy().tolist() == [["well_defined", "2025"]]
    gone = changes(analysis, shown)
    assert gone.loc[gone["suppressed"], "name"].tolist() == ["well_defined"]
    assert gone.loc[gone["suppressed"], ["before", "after", "estimate"]].isna().all(axis=None)
