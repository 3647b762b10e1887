"""Chapters on weights and missing answers."""

from dataclasses import replace

import pandas as pd

from surveykit.reporting import methods, sample
from surveykit.reporting.guarded_sample import beside, gaps, imputed_estimates, levels


def test_an_unweighted_study_has_no_such_chapter(ospo_shown):
    assert sample.weighting(ospo_shown).html == ""
    assert "figures are not weighted" in methods.methods(ospo_shown).html


def test_weights_are_told_with_what_they_cost(ai_shown):
    page = sample.weighting(ai_shown).html
    assert "180 organisations tell as much as 137 equally weighted ones would (design effect 1.32)" in page
    assert "are not weighted" in page
    told = methods.methods(ai_shown).html
    assert "weighted by weights of organisations" in told


def test_weights_that_came_with_the_data_have_no_targets(ai_shown):
    shown = replace(ai_shown, weights={"of": "executive"}, weighting=ai_shown.weighting.iloc[:0])
    assert "weights of respondents that came with the data" in sample.weighting(shown).html


def test_what_is_missing_is_told_and_what_it_changes(ai_shown):
    page = sample.missing(ai_shown).html
    assert "705 of 879 respondents answered every question" in page
    assert "With missing answers filled in" in page
    assert "Lost to missing answers" in page


def test_without_imputation_nothing_is_filled_in(ospo_shown):
    page = sample.missing(ospo_shown).html
    assert "filled in" not in page
    assert "Nothing was filled in" in methods.methods(ospo_shown).html


def test_patterns_of_few_stand_together(ai_shown):
    assert (ai_shown.patterns["n"] >= ai_shown.settings.min_cell).all()


def test_a_hidden_estimate_is_hidden_beside_the_imputed_one(ai_analysis, ai_shown):
    estimates = ai_shown.estimates.assign(suppressed=ai_shown.estimates["name"] == "well_defined")
    shown = imputed_estimates(ai_analysis, estimates)
    own = shown[shown["name"] == "well_defined"]
    assert own["suppressed"].all()
    assert own[["estimate", "pooled_estimate", "fraction_missing"]].isna().all(axis=None)


def test_a_study_without_items_has_no_such_chapter(ai_analysis, ai_shown):
    shown = replace(ai_shown, gaps=gaps(replace(ai_analysis, missing=None)))
    assert sample.missing(shown).html == ""


def test_the_weight_of_a_category_of_few_is_not_told(ai_analysis):
    made = ai_analysis.estimates.sampled.weighting
    table = made.table.assign(n=made.table["n"].mask(made.table["category"] == "Under 250", 3))
    sampled = replace(ai_analysis.estimates.sampled, weighting=replace(made, table=table))
    analysis = replace(ai_analysis, estimates=replace(ai_analysis.estimates, sampled=sampled))
    parts = beside(analysis, ai_analysis.estimates.data.assign(suppressed=False), pd.DataFrame())
    assert "lowest" not in parts["weights"]
    assert parts["weighting"]["suppressed"].sum() == 2


def test_two_shares_of_one_question_tell_no_few_in_any_wave(ai_analysis):
    study = ai_analysis.study
    strong = study.estimates["well_defined"].model_copy(update={"values": [5]})
    plan = study.model_copy(update={"estimates": {**study.estimates, "strong": strong}})
    rows = ai_analysis.waves.levels
    own = rows[rows["name"] == "well_defined"]
    twice = pd.concat([rows, own.assign(name="strong", n_counted=own["n_counted"] - 2)], ignore_index=True)
    analysis = replace(ai_analysis, study=plan, waves=replace(ai_analysis.waves, levels=twice))
    shown = levels(analysis, pd.DataFrame({"name": [], "segment": [], "suppressed": []}))
    assert set(shown.loc[shown["suppressed"], "name"]) == {"strong"}
