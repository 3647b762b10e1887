"""Data quality: nobody is left out by it, and every other choice of who is left out is the study cleaned that way."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveykit import aggregate, clean, estimate, load_study, read_export, score
from surveykit.quality import assess, screen_executives
from surveykit.study.plan import Rule


@pytest.fixture(scope="module")
def raw(ai_study):
    return read_export(ai_study.beside(ai_study.responses.file))


@pytest.fixture(scope="module")
def quality(ai_analysis):
    return ai_analysis.quality


def scenario(quality, choice):
    rows = quality.multiverse[quality.multiverse["choice"] == choice]
    assert len(rows) == 4
    return rows.set_index("name")


def test_the_declared_scenario_is_the_analysis_itself(quality, ai_analysis):
    rows = scenario(quality, "As declared")
    expected = ai_analysis.estimates.data.query("kind == 'headline' and segment == ''").set_index("name")
    columns = ["estimate", "ci_lower", "ci_upper", "n_obs"]
    pd.testing.assert_frame_equal(rows[columns], expected[columns].loc[rows.index], check_dtype=False)
    assert (rows["n_executives"] == len(ai_analysis.cleaned.data)).all()


@pytest.mark.parametrize("rule", ["preview", "duplicate", "faster_than", "failed_check"])
def test_a_scenario_is_the_study_cleaned_without_the_rule(quality, raw, ai_study, rule):
    left = [each for each in ai_study.exclude if each.name != rule]
    # Rows that the rule would have taken may name no organisation: such rows go in every scenario, at the end.
    needed = [*left, Rule(name="no_organisation")]
    light = ai_study.report.model_copy(update={"segments": []})
    study = ai_study.model_copy(update={"exclude": needed, "report": light})
    cleaned = clean(raw, study)
    found = estimate(aggregate(score(cleaned))).data.query("kind == 'headline'").set_index("name")
    words = quality.multiverse.loc[quality.multiverse["n_executives"] == len(cleaned.data), "choice"]
    rows = scenario(quality, words.iloc[0])
    pd.testing.assert_series_equal(rows["estimate"], found["estimate"].loc[rows.index], check_dtype=False)


def test_slow_responses_without_an_organisation_move_no_scenario(small_study):
    path = small_study / "responses.csv"
    frame = pd.read_csv(path, dtype=str)
    nameless = frame.head(40).assign(id=[f"N{n}" for n in range(40)], org=None, seconds="4000")
    frame.loc[40:59, "seconds"] = (
        "90"  # fast beside the median of all, 300 or so, but not beside that of the named
    )
    pd.concat([frame, nameless]).to_csv(path, index=False)
    study = load_study(small_study)
    plan = study.model_copy(update={"exclude": [*study.exclude, Rule(name="no_organisation")]})
    raw = read_export(study.beside("responses.csv"))
    cleaned = clean(raw, plan)
    assert assess(raw, cleaned).kept[0].equals(cleaned.data.index)


def test_nobody_is_left_out_by_cutoffs(quality, ai_analysis):
    assert set(ai_analysis.cleaned.data.index) <= set(quality.screened.index)
    assert quality.kept[0].equals(ai_analysis.cleaned.data.index)


def test_planted_speeders_are_seen_by_the_clock(quality, ai_analysis, raw):
    # The rules that tell careless answers come after the screening, so those they leave out are in it.
    gone = ai_analysis.cleaned.ledger.query("rule == 'faster_than'")["row"]
    fast = quality.screened["seconds_per_item"] < 4
    assert fast.loc[gone].mean() > 0.9
    assert fast.drop(gone).mean() < 0.01


def test_counts_are_of_those_for_whom_the_index_is_defined(quality):
    flagged = quality.flagged
    assert (flagged["n_defined"] + flagged["n_undefined"] == len(quality.screened)).all()
    np.testing.assert_allclose(flagged["share"], flagged["n_flagged"] / flagged["n_defined"])
    even_odd = flagged[flagged["index"] == "even_odd"].set_index("cutoff")
    assert even_odd["n_flagged"].is_monotonic_increasing


def test_a_straight_liner_is_seen_in_the_answers_as_given(ai_analysis, ai_study):
    cleaned = ai_analysis.cleaned
    given = dict.fromkeys(ai_study.items, 2.0)
    turned = {name: 4.0 for name, item in ai_study.items.items() if item.reversed}
    found = screen_executives(replace(cleaned, data=cleaned.data.assign(**(given | turned))))
    assert (found["longstring"] == len(ai_study.items)).all()
    # Turned for the scale, reversed items contradict the others: the halves of scales disagree.
    assert (found["even_odd"] < 0).all()


def test_row_order_changes_nothing(raw, ai_study, quality):
    shuffled = replace(raw, data=raw.data.sample(frac=1, random_state=2))
    again = assess(shuffled, clean(shuffled, ai_study))
    pd.testing.assert_series_equal(again.multiverse["estimate"], quality.multiverse["estimate"], rtol=1e-12)
    pd.testing.assert_series_equal(again.flagged["n_flagged"], quality.flagged["n_flagged"])


def test_attentive_respondents_are_flagged_less_than_the_sample(quality):
    flagged = quality.flagged[quality.flagged["expected"].notna()]
    assert len(flagged) == 7  # all but the times
    assert (flagged["expected"] < flagged["share"]).all()
    # Half-scales of three or four items are noisy: one in ten attentive respondents is at .3 or below.
    noisy = flagged.set_index(["index", "cutoff"]).loc[("even_odd", 0.3), "expected"]
    assert 0.08 < noisy < 0.15


def test_a_choice_that_leaves_too_little_says_why(small_study):
    study = load_study(small_study)
    frame = pd.read_csv(small_study / "responses.csv", dtype=str)
    # All but one organisation finish fast: without them a share has no interval, and the scenario says so.
    frame.loc[frame["org"] != "Org 1", "status"] = "IP Address"
    frame.loc[frame["org"] == "Org 1", "q1"] = "Agree"
    frame.to_csv(small_study / "responses.csv", index=False)
    raw = read_export(study.beside("responses.csv"))
    plan = study.model_copy(
        update={"careless": study.careless.model_copy(update={"cutoffs": {"longstring": [1.0]}})}
    )
    found = assess(raw, clean(raw, plan)).multiverse
    empty = found[found["kind"] == "cut-off"]
    assert empty["estimate"].isna().all()
    assert empty["reason"].str.len().gt(0).all()


def test_a_study_without_items_has_nothing_to_screen(ospo_study):
    study = ospo_study.model_copy(
        update={"items": {}, "scales": {}, "estimates": {}, "links": [], "exclude": []}
    )
    raw = read_export(study.beside(study.responses.file))
    found = assess(raw, clean(raw, study))
    assert found.flagged.empty
    assert found.multiverse.empty
