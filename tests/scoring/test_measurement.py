"""Measurement of the shipped studies: the truth that was planted, and what holds whatever the data."""

import json

import numpy as np
import pandas as pd
import pytest

from surveykit import aggregate, clean, load_study, read_export, score
from surveykit.measures.factors import invariance
from surveykit.measures.reliability import alpha, omega
from surveykit.scoring.measurement import _judged, measure


def test_planted_reliability_is_found(ai_analysis):
    truth = json.loads(ai_analysis.study.beside("truth.json").read_text("utf-8"))["sampled"]["scales"]
    for row in ai_analysis.measurement.scales.itertuples():
        # Seven intervals at 95%; the widest miss allowed is a twentieth of the truth. Seed fixed.
        assert row.alpha == pytest.approx(truth[row.scale]["alpha"], abs=0.04)
        assert row.n_factors == 1
        # One factor made the answers, so it fits: p below .001 has a chance of 1 in 1,000 a scale.
        assert not row.p_value < 0.001


def test_figures_are_those_of_the_measures(ai_analysis):
    row = ai_analysis.measurement.scales.set_index("scale").loc["bridge_roles"]
    items = ai_analysis.cleaned.data[["bridge_1", "bridge_2", "bridge_3"]]
    assert row["alpha"] == alpha(items).estimate
    assert row["omega_lower"] == omega(items).ci_lower
    assert row["n_obs"] == items.notna().all(axis=1).sum()
    # Three items always fit one factor.
    assert row["df"] == 0
    assert np.isnan(row["cfi"])


def test_items_stand_with_their_scale(ai_analysis):
    items = ai_analysis.measurement.items
    assert items["item"].tolist() == [
        item for scale in ai_analysis.study.scales.values() for item in scale.items
    ]
    assert (items["n_missing"] + items["n_obs"] == len(ai_analysis.cleaned.data)).all()
    assert items.loc[items["item"] == "clarity_3", "label"].str.endswith("(reversed)").all()
    assert items["loading"].between(0.5, 0.9).all()


def test_no_difference_is_seen_where_none_was_planted(ai_analysis):
    found = ai_analysis.measurement.invariance
    assert len(found) == 14
    # "Unclear" comes by chance: p below .05 in one of two tests, so in about 1 row of 10.
    assert found["verdict"].isin(["no difference seen", "unclear"]).all()
    assert (found["verdict"] == "unclear").sum() <= 3


def test_segments_too_small_are_left_out(ai_analysis):
    found = ai_analysis.measurement.invariance
    assert (found["smallest"] > 4).all()


def judged(**changed):
    row = {
        "cfi": 0.97,
        "n_answers": 5,
        "smallest": 200,
        "delta_cfi_metric": -0.02,
        "p_metric": 0.001,
        "delta_cfi_scalar": 0.0,
        "p_scalar": 0.5,
    }
    return _judged(pd.DataFrame([row | changed])).iloc[0]


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "differs: compare neither links nor means"),
        ({"delta_cfi_metric": -0.005}, "unclear"),
        ({"p_metric": 0.04}, "unclear"),
        ({"delta_cfi_metric": -0.005, "p_metric": 0.06}, "no difference seen"),
        (
            {"delta_cfi_metric": 0.0, "p_metric": 0.6, "smallest": 99},
            "no difference seen, but few respondents",
        ),
        (
            {"delta_cfi_metric": 0.0, "delta_cfi_scalar": -0.02, "p_scalar": 0.001},
            "differs in level: compare links, not means",
        ),
        ({"p_scalar": np.nan}, "cannot be told"),
        ({"cfi": 0.85}, "one factor does not fit"),
        ({"cfi": np.nan}, "differs: compare neither links nor means"),
        ({"n_answers": 2}, "not judged: fewer than five answers"),
    ],
)
def test_a_difference_is_one_both_criteria_see(changed, verdict):
    assert judged(**changed)["verdict"] == verdict


def test_changes_are_against_a_saturated_model_for_three_items(ai_analysis):
    row = ai_analysis.measurement.invariance.query("scale == 'ownership' and segment == 'size'").iloc[0]
    cleaned = ai_analysis.cleaned
    groups = cleaned.data["organisation"].map(cleaned.organisations["size"])
    found = invariance(cleaned.data[["ownership_1", "ownership_2", "ownership_3"]], groups)
    assert np.isnan(row["cfi"])
    assert row["delta_cfi_metric"] == pytest.approx(found.models.loc["metric", "cfi"] - 1, abs=1e-12)


def test_two_questions_and_questions_without_variance_have_a_reason(small_study):
    study = load_study(small_study)
    frame = pd.read_csv(small_study / "responses.csv", dtype=str).assign(q2="Agree")
    frame.to_csv(small_study / "responses.csv", index=False)
    pair = study.scales["clarity"].model_copy(update={"items": ["plain_1", "turned"]})
    plan = study.model_copy(
        update={"scales": {"clarity": study.scales["clarity"], "pair": pair}, "exclude": []}
    )
    found = measure(
        aggregate(score(clean(read_export(study.beside("responses.csv")), plan)))
    ).scales.set_index("scale")
    assert "two questions cannot tell" in found.loc["pair", "reason"]
    assert np.isnan(found.loc["pair", "omega"])
    assert np.isfinite(found.loc["pair", "alpha"])
    assert np.isnan(found.loc["clarity", "n_factors"])
    assert found.loc["clarity", "reason"]


def test_answers_on_a_fine_scale_have_no_ordinal_alpha_and_a_reason(small_study):
    study = load_study(small_study)
    rng = np.random.default_rng(3)
    frame = pd.read_csv(small_study / "responses.csv", dtype=str)
    fine = {f"fine{n}": rng.integers(0, 101, len(frame)).astype(str) for n in range(3)}
    frame.assign(**fine).to_csv(small_study / "responses.csv", index=False)
    item = study.items["plain_1"].model_copy(update={"answers": None, "range": (0.0, 100.0)})
    items = {name: item.model_copy(update={"column": name}) for name in fine}
    scale = study.scales["clarity"].model_copy(update={"items": list(fine)})
    plan = study.model_copy(update={"items": study.items | items, "scales": {"fine": scale}, "exclude": []})
    found = measure(aggregate(score(clean(read_export(study.beside("responses.csv")), plan)))).scales.iloc[0]
    assert np.isnan(found["ordinal_alpha"])
    assert "too many different answers" in found["ordinal_reason"]
    assert np.isfinite(found["alpha"])
