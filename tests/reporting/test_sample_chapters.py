"""Chapters on weights and missing answers."""

from dataclasses import replace

from surveykit.reporting import methods, sample
from surveykit.reporting.guarded_sample import imputed_estimates


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
