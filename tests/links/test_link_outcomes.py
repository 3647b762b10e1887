"""Outcomes, weights and events that a model is not for, and separation in every family."""

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links import fit_link

MODELS = {
    "ols": "number",
    "logit": "binary",
    "ordered logit": "stage",
    "poisson": "count",
    "fractional": "share",
    "negative binomial": "count",
    "multinomial": "stage",
    "cox": "months",
}


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    n = 160
    return pd.DataFrame(
        {
            "organisation": np.arange(n) // 4,
            "x": rng.normal(size=n),
            "z": rng.normal(size=n),
            "flag": rng.integers(0, 2, n),
            "industry": rng.choice(["Energy", "Finance", "Health"], n),
            "number": rng.normal(size=n),
            "binary": rng.integers(0, 2, n),
            "stage": rng.integers(1, 4, n),
            "count": rng.negative_binomial(1, 0.3, n),
            "share": rng.uniform(0, 1, n).round(2),
            "months": rng.integers(1, 30, n),
            "seen": rng.integers(0, 2, n),
            "weight": rng.uniform(0.5, 2, n),
        }
    )


def fit(data, model, **changed):
    event = {"event": "seen"} if model == "cox" else {}
    parts = {
        "outcome": MODELS[model],
        "predictors": ("x", "flag"),
        "adjust_for": ("industry",),
        **event,
        **changed,
    }
    return fit_link(data, model, where="study.yaml:7", **parts)


def refused(data, model, match, **changed):
    with pytest.raises(LinkError, match=match) as caught:
        fit(data, model, **changed)
    assert str(caught.value).startswith("study.yaml:7: link to '")
    assert str(caught.value).count(". ") >= 1


@pytest.mark.parametrize("model", MODELS)
def test_constant_outcome(data, model):
    refused(
        data.assign(**{MODELS[model]: 1}), model, f"'{MODELS[model]}' is the same in all 160 complete rows"
    )


@pytest.mark.parametrize("model", MODELS)
def test_fewer_than_ten_organisations(data, model):
    refused(data[data["organisation"] < 9], model, "need 10 organisations with complete rows; given: 9")


@pytest.mark.parametrize(
    ("model", "value", "needs"),
    [
        ("fractional", 1.01, "shares from 0 to 1; given: 1.01. Divide a percentage by 100"),
        ("fractional", -0.2, "shares from 0 to 1; given: -0.2"),
        ("negative binomial", 0.5, "counts: 0, 1, 2 and so on, to a million; given: 0.5"),
        ("negative binomial", -1.0, "counts"),
        ("negative binomial", 2e6, "counts: 0, 1, 2 and so on, to a million; given: 2000000.0"),
        ("cox", -1.0, "times of 0 or more; given: -1.0"),
    ],
)
def test_values_that_a_model_is_not_for(data, model, value, needs):
    data[MODELS[model]] = data[MODELS[model]].astype(float)
    data.loc[3, MODELS[model]] = value
    refused(data, model, f"a {model} model needs an outcome of {needs}")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("value", "given"), [(np.nan, "nan"), (0.0, "0.0"), (-1.0, "-1.0"), (np.inf, "inf")])
def test_weights_that_are_none(data, model, value, given):
    data.loc[7, "weight"] = value
    match = (
        f"weight 'weight' is missing, infinite or not above 0 in 1 of 160 rows; given: {given}. A weight says"
    )
    refused(data, model, match, weights="weight")


def test_weights_that_are_words_or_nowhere(data):
    refused(
        data, "ols", "weights 'industry' are no numbers; .*Name a numeric", weights="industry", adjust_for=()
    )
    refused(data, "ols", "no column 'wieght'. Did you mean 'weight'", weights="wieght")


def test_a_weight_of_a_row_that_is_lost_anyway_does_not_matter(data):
    data.loc[7, ["x", "weight"]] = np.nan
    assert fit(data, "ols", weights="weight").n_lost == 1


def test_weights_are_rescaled_over_the_rows_that_enter(data):
    fitted = fit(data.assign(x=data["x"].where(data.index > 9)), "ols", weights="weight")
    np.testing.assert_allclose(fitted.weights.mean(), 1)
    kept = data.loc[10:, "weight"]
    np.testing.assert_allclose(fitted.weights, kept / kept.mean())
    assert fit(data, "ols").weights is None


def test_events_that_are_none(data):
    refused(
        data, "cox", "needs to know which times ended with the event. Name a column as 'event'", event=None
    )
    refused(data, "cox", "no column 'sene'. Did you mean 'seen'", event="sene")
    refused(
        data.assign(seen=data["seen"] + 1), "cox", "'seen' must be 1 where the event was seen .*given: 2.0"
    )
    refused(data.assign(seen="yes"), "cox", "'seen' is a category")
    refused(data, "ols", "a ols model has no use for 'event'; given: 'seen'", event="seen")


def test_too_few_events(data):
    rare = data.assign(seen=(data.index < 4).astype(int))
    refused(
        rare, "cox", "seen 4 times in 1 organisations: too seldom for 4 columns. Drop predictors, or wait"
    )


def test_a_category_of_one_organisation(data):
    lone = data.assign(stage=data["stage"].where(data["organisation"] != 3, 9))
    refused(lone, "multinomial", "category 9 was observed in one organisation only.*Merge it")


def test_counts_that_vary_no_more_than_poisson_s(data):
    even = data.assign(count=3 + data["binary"])
    refused(even, "negative binomial", "vary no more than a poisson model expects.*Take model 'poisson'")


@pytest.mark.parametrize(
    ("model", "changed", "match"),
    [
        ("fractional", {"share": 0.0}, "the outcome is 0 in all .* rows with industry = Energy"),
        ("negative binomial", {"count": 0}, "the outcome is 0 in all .* rows with industry = Energy"),
        ("multinomial", {"stage": 1}, "the outcome is never 2 in the .* rows with industry = Energy"),
        ("cox", {"seen": 0}, "the event was never seen in the .* rows with industry = Energy"),
    ],
)
def test_a_category_that_separates(data, model, changed, match):
    energy = data["industry"] == "Energy"
    moved = data.assign(**{name: data[name].where(~energy, value) for name, value in changed.items()})
    refused(
        moved,
        model,
        rf"{match} \(separation\). No finite coefficient fits best",
        adjust_for=("industry", "z"),
    )


@pytest.mark.parametrize("model", ["fractional", "multinomial", "cox"])
def test_a_number_that_separates(data, model):
    order = data["x"].rank(method="first").astype(int)
    apart = data.assign(
        share=np.where(data["x"] > 0, 1.0, 0.0),
        stage=1 + pd.cut(data["x"], [-9, -0.5, 0.5, 9], labels=False),
        months=200 - order,
        seen=1,
    )
    refused(apart, model, r"perfectly predicted \(separation\) by x", predictors=("x", "z"), adjust_for=())


@pytest.mark.parametrize("model", ["fractional", "multinomial", "cox"])
def test_overlap_by_one_row_is_no_separation(data, model):
    order = data["x"].rank(method="first").astype(int)
    almost = data.assign(
        share=np.where(data["x"] > 0, 1.0, 0.0),
        stage=1 + pd.cut(data["x"], [-9, -0.5, 0.5, 9], labels=False),
        months=200 - order,
        seen=1,
    )
    lowest, highest = almost["x"].idxmin(), almost["x"].idxmax()
    almost.loc[[lowest, highest], ["share", "stage", "months"]] = [[1.0, 3, 1], [0.0, 1, 300]]
    almost.loc[almost["x"].abs().idxmin(), "stage"] = 1
    almost.loc[almost["x"].sub(1).abs().idxmin(), "stage"] = 2
    assert np.isfinite(fit(almost, model, predictors=("x", "z"), adjust_for=()).parameters).all()


def test_a_value_far_from_all_others(data):
    data.loc[17, "x"] = 1e9
    refused(data, "negative binomial", "one organisation alone tells what 'x' goes with", adjust_for=())
    refused(data, "multinomial", "did not converge .* Look for values far from all others", adjust_for=())


def test_one_organisation_far_from_all_others_leaves_a_cox_model_one_degree_of_freedom(data):
    # All others at risk stand against it, so that it never tells a slope quite alone.
    data.loc[17, ["x", "seen"]] = [1e9, 1]
    assert fit(data, "cox").to_frame().loc["x", "df"] < 1.2


def test_input_is_left_alone(data):
    before = data.copy()
    for model in MODELS:
        fit(data, model, weights="weight")
    pd.testing.assert_frame_equal(data, before)
