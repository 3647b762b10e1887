"""The decision to aggregate: what the evidence must be, and that it is R's numbers seen through the study."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveykit import aggregate, clean, link, load_study, read_export, score
from surveykit.measures.agreement import icc, rwg_j
from surveykit.scoring.decision import Evidence, _verdict, agreement_of, decide, options_of

GOOD = Evidence(
    n_organisations=60,
    n_executives=300,
    mean_size=5.0,
    rwg_j_uniform=0.9,
    rwg_j_random=0.5,
    p_agreement=0.002,
    rwg_j_slight=0.8,
    rwg_j_moderate=0.6,
    share_agreeing=0.9,
    share_agreeing_random=0.2,
    ad=0.4,
    ad_cut=5 / 6,
    icc1=0.4,
    icc1_lower=0.3,
    icc1_upper=0.5,
    icc2=0.77,
    design_effect=2.6,
)


@pytest.fixture(scope="module")
def scored(ai_analysis):
    return ai_analysis.scored


@pytest.mark.parametrize(
    ("changed", "decision", "words"),
    [
        ({}, "aggregate", "Organisations differ: 40% of the variance"),
        ({"icc2": 0.5}, "aggregate with caution", r"uncertain measure of the organisation \(ICC\(2\) 0.50\)"),
        ({"rwg_j_slight": 0.5}, "aggregate with caution", r"common leaning .*\(0.50 once"),
        ({"rwg_j_slight": np.nan}, "aggregate with caution", "agree"),
        ({"icc1_lower": -0.01}, "do not aggregate", "may not differ at all"),
        ({"icc1_lower": np.nan}, "do not aggregate", "cannot be told"),
        ({"rwg_j_uniform": 0.6}, "do not aggregate", "do not agree enough"),
        ({"p_agreement": 0.2}, "do not aggregate", "no more, beyond chance, than strangers"),
        (
            {"rwg_j_uniform": np.nan, "rwg_j_slight": np.nan},
            "aggregate with caution",
            "different numbers of answers",
        ),
        ({"n_organisations": 9}, "do not aggregate", "Only 9 organisations"),
        ({"n_organisations": 0}, "nothing to aggregate", "nothing to average"),
    ],
)
def test_the_decision_follows_from_the_evidence(changed, decision, words):
    found, told = _verdict(GOOD._replace(**changed))
    assert found == decision
    assert pd.Series([told]).str.contains(words).all(), told


def test_the_evidence_is_that_of_the_measures(scored):
    study, data = scored.cleaned.study, scored.cleaned.data
    row = decide(scored).loc["ownership"]
    items = data[study.scales["ownership"].items]
    agreement = rwg_j(items, data["organisation"], null_variance=2.0)
    assert row["rwg_j_uniform"] == pytest.approx(agreement["estimate"].median(), rel=1e-12)
    assert row["rwg_j_random"] < row["rwg_j_uniform"]
    assert row["n_organisations"] == (agreement["n_raters"] > 1).sum()
    spread = icc(scored.scores["ownership"], data["organisation"])
    assert (row["icc1"], row["icc1_lower"], row["icc2"]) == (spread.icc1, spread.ci_lower, spread.icc2)
    assert row["rwg_j_slight"] < row["rwg_j_uniform"]


def test_shuffled_organisations_do_not_aggregate(scored):
    data = scored.cleaned.data
    shuffled = data["organisation"].sample(frac=1, random_state=5).to_numpy()
    cleaned = replace(scored.cleaned, data=data.assign(organisation=shuffled))
    found = decide(replace(scored, cleaned=cleaned))
    # Seven scales at 95%: all intervals of ICC(1) reaching 0 is what chance gives most often; fixed by the seed.
    assert (found["decision"] == "do not aggregate").sum() >= 6


def test_one_executive_an_organisation_leaves_nothing_to_aggregate(ospo_analysis):
    decisions = ospo_analysis.aggregated.decisions
    assert (decisions["decision"] == "nothing to aggregate").all()
    assert decisions["rwg_j_uniform"].isna().all()


def test_options_are_counted_where_all_items_share_them(small_study):
    study = load_study(small_study)
    assert options_of(study, "clarity") == 5
    other = study.items["plain_1"].model_copy(update={"answers": {"No": 0, "Yes": 1}})
    assert options_of(study.model_copy(update={"items": study.items | {"plain_1": other}}), "clarity") == 0
    uneven = study.items["plain_1"].model_copy(update={"answers": {"a": 1, "b": 2, "c": 5}})
    every = dict.fromkeys(["plain_1", "plain_2", "turned"], uneven)
    assert options_of(study.model_copy(update={"items": study.items | every}), "clarity") == 0


def test_without_a_common_number_of_options_agreement_cannot_be_told(small_study):
    study = load_study(small_study)
    other = study.items["plain_1"].model_copy(
        update={"range": (0.0, 10.0), "answers": None, "column": "seconds"}
    )
    mixed = study.model_copy(
        update={"items": study.items | {"plain_1": other}, "estimates": {}, "exclude": []}
    )
    raw = read_export(study.beside("responses.csv"))
    scored = score(clean(raw, mixed))
    assert agreement_of(scored, "clarity").isna().all()
    row = decide(scored).loc["clarity"]
    assert np.isnan(row["rwg_j_uniform"])
    assert np.isnan(row["ad_cut"])


def test_dispersion_is_the_spread_of_executives_within_the_organisation(ai_analysis):
    aggregated = ai_analysis.aggregated
    scores, groups = ai_analysis.scored.scores["ownership"], ai_analysis.cleaned.data["organisation"]
    expected = scores.groupby(groups).apply(
        lambda own: np.std(own.dropna(), ddof=1) if own.count() > 1 else np.nan
    )
    found = aggregated.scores["ownership_dispersion"]
    np.testing.assert_allclose(found, expected.reindex(found.index), rtol=1e-12)
    for level in ("executive", "organisation", "initiative"):
        assert "ownership_dispersion" in aggregated.rows(level)


def test_dispersion_can_explain_an_outcome(ai_study):
    planned = ai_study.links[2].model_copy(update={"predictors": ["ownership_dispersion"], "adjust_for": []})
    study = ai_study.model_copy(update={"links": [planned]})
    raw = read_export(study.beside(study.responses.file))
    row = link(aggregate(score(clean(raw, study)))).data.iloc[0]
    assert row["predictor_label"] == "how far respondents differ in ownership"
    assert row["caution"] == ""


def test_links_on_means_carry_the_caution(ai_analysis):
    links = ai_analysis.links.data
    assert links["caution"].str.contains("uncertain measure of an organisation").all()
    assert links["caution"].iloc[0].startswith("strategy clarity: ")
