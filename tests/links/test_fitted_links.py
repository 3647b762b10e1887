"""Coefficients, clustered standard errors and effects: R's numbers, and what must always hold."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import norm

from surveykit.links import average_marginal_effect, fit_link

REFERENCE = Path(__file__).parent.parent / "reference"
OUTCOMES = {"ols": "speed", "logit": "reached", "ordered logit": "stage", "poisson": "rollbacks"}
NAMES = {
    "industryEnergy": "industry = Energy",
    "industryHealth": "industry = Health",
    "(Intercept)": "(constant)",
}
# Both sides iterate to a gradient near 1e-12 and differ in the order of their sums: room for rounding.
CLOSE = {"rtol": 1e-8}
# Our Hessian of the ordered logit and R's gradients of the effects are numeric, good to about 1e-9.
NEAR = {"rtol": 1e-7}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "links.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "links.json").read_text())


def fit(data, model, **changed):
    parts = {"predictors": ["clarity", "effort", "redesigned"], "adjust_for": ["industry"], **changed}
    return fit_link(data, model, outcome=OUTCOMES[model], **parts)


def one_row_each(data):
    return data.dropna().drop_duplicates("organisation")


@pytest.mark.parametrize("model", OUTCOMES)
@pytest.mark.parametrize("design", ["clustered", "one_row_each"])
def test_coefficients_and_clustered_errors_are_those_of_r(data, reference, model, design):
    expected = reference[design][model]
    fitted = fit(data if design == "clustered" else one_row_each(data), model)
    table = fitted.to_frame()
    names = [NAMES.get(name, name) for name in expected["coefficients"]]
    np.testing.assert_allclose(table["estimate"][names], list(expected["coefficients"].values()), **CLOSE)
    np.testing.assert_allclose(table["std_error"][names], list(expected["std_errors"].values()), **NEAR)
    assert (fitted.n_obs, fitted.n_organisations) == (expected["n_obs"], expected["n_organisations"])
    assert fitted.n_lost == (9 if design == "clustered" else 0)
    np.testing.assert_allclose(table["df"][names], list(expected["df"].values()), **NEAR)


@pytest.mark.parametrize("model", OUTCOMES)
@pytest.mark.parametrize("predictor", ["clarity", "effort", "redesigned"])
def test_effects_are_numeric_derivatives_in_r(data, reference, model, predictor):
    fitted = fit(data, model)
    # An organisation's clarity is one value, however many initiatives it has.
    per = fitted.rows.drop_duplicates("organisation")["clarity"].std() if predictor == "clarity" else None
    effect = average_marginal_effect(fitted, predictor, per=per)
    expected = reference["clustered"][model]["effects"][predictor]
    np.testing.assert_allclose(effect[["estimate", "std_error", "df"]], list(expected.values()), **NEAR)


def test_one_row_an_organisation_gives_hc2(data, reference):
    table = fit(one_row_each(data), "ols").to_frame()
    expected = {NAMES.get(name, name): value for name, value in reference["hc2_of_lm"].items()}
    np.testing.assert_allclose(table["std_error"], pd.Series(expected)[table.index], **CLOSE)


def test_ols_effect_of_a_unit_is_the_coefficient(data):
    fitted = fit(data, "ols")
    effect = average_marginal_effect(fitted, "clarity", per=1)
    pd.testing.assert_series_equal(effect, fitted.to_frame().loc["clarity"], rtol=1e-12)


@pytest.mark.parametrize("model", OUTCOMES)
def test_row_order_changes_nothing(data, model):
    shuffled = data.sample(frac=1, random_state=3)
    # Sums in another order, then Newton steps from slightly other starts: rounding only.
    pd.testing.assert_frame_equal(fit(shuffled, model).to_frame(), fit(data, model).to_frame(), rtol=1e-7)


@pytest.mark.parametrize("model", OUTCOMES)
@pytest.mark.parametrize("factor", [10.0, 1e-4, -1e6])
def test_unit_of_a_predictor_changes_no_effect_per_standard_deviation(data, model, factor):
    scaled = fit(data.assign(effort=(data["effort"] + 1e3) * factor), model)
    before = average_marginal_effect(fit(data, model), "effort") * np.sign(factor)
    after = average_marginal_effect(scaled, "effort")
    np.testing.assert_allclose(after[["estimate"]], before[["estimate"]], rtol=1e-7)
    np.testing.assert_allclose(after["std_error"], abs(before["std_error"]), rtol=1e-7)


@pytest.mark.parametrize("model", OUTCOMES)
def test_twins_of_every_organisation_leave_estimates_and_shrink_errors(data, model):
    twins = pd.concat([data, data.assign(organisation=data["organisation"] + "'")], ignore_index=True)
    once, twice = fit(data, model).to_frame(), fit(twins, model).to_frame()
    np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=1e-7)
    # Variances halve, and a little more: a twin takes half of an organisation's leverage, so less is made up for.
    shrunk = twice["std_error"] / once["std_error"] * np.sqrt(2)
    assert shrunk.between(0.95, 1).all()
    assert (twice["df"] > 1.8 * once["df"]).all()


def test_reversed_stages_reverse_the_ordered_logit(data):
    ahead = fit(data, "ordered logit").to_frame()
    back = fit(data.assign(stage=-data["stage"]), "ordered logit").to_frame()
    np.testing.assert_allclose(back["estimate"]["clarity"], -ahead["estimate"]["clarity"], rtol=1e-7)
    np.testing.assert_allclose(back["std_error"]["clarity"], ahead["std_error"]["clarity"], rtol=1e-6)


def test_ordered_logit_of_two_stages_is_a_logit(data):
    ordered = fit(data.assign(stage=data["reached"] + 3), "ordered logit")
    logit = fit(data, "logit")
    shared = ["clarity", "effort", "redesigned"]
    pd.testing.assert_frame_equal(ordered.to_frame().loc[shared], logit.to_frame().loc[shared], rtol=1e-6)
    effects = [average_marginal_effect(fitted, "redesigned") for fitted in (ordered, logit)]
    pd.testing.assert_series_equal(*effects, rtol=1e-6)


def test_a_stage_lost_with_the_missing_rows_is_no_stage(data):
    emptied = data.assign(effort=data["effort"].where(data["stage"] < 4))
    fitted = fit(emptied, "ordered logit")
    assert fitted.highest == 3
    assert list(fitted.parameters.index[-2:]) == ["1|2", "2|3"]


def test_reference_is_the_most_frequent_category_and_ties_go_by_alphabet(data):
    assert {name for name in fit(data, "ols").parameters.index if "=" in name} == set(NAMES.values()) - {
        "(constant)"
    }
    tied = data.dropna().iloc[:300].assign(industry=np.repeat(["b", "a", "c"], 100))
    assert [name for name in fit(tied, "ols").parameters.index if "=" in name] == [
        "industry = b",
        "industry = c",
    ]


def test_category_codes_marked_as_category_are_never_amounts(data):
    codes = data["industry"].map({"Energy": 1.0, "Finance": 2.0, "Health": 3.0})
    coded = fit(data.assign(industry=codes.astype("category")), "logit")
    assert coded.parameters.filter(like="industry").index.tolist() == ["industry = 1.0", "industry = 3.0"]
    np.testing.assert_allclose(
        coded.parameters["clarity"], fit(data, "logit").parameters["clarity"], rtol=1e-9
    )


def test_overdispersed_counts_get_wider_clustered_errors(data):
    noisy = data.assign(rollbacks=data["rollbacks"] * 5)
    once, five = (average_marginal_effect(fit(each, "poisson"), "effort") for each in (data, noisy))
    np.testing.assert_allclose(
        five[["estimate", "std_error"]], 5 * once[["estimate", "std_error"]], rtol=1e-7
    )


def test_no_warning_of_the_engine_reaches_the_user(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model in OUTCOMES:
            fit(data, model)


def test_input_is_left_alone(data):
    before = data.copy()
    fit(data, "logit")
    pd.testing.assert_frame_equal(data, before)


def test_logit_intervals_cover_the_truth_with_rows_clustered():
    rng = np.random.default_rng(11)
    groups = np.repeat(np.arange(50), 8)
    covered = 0
    for _ in range(60):
        x = rng.normal(size=50)[groups]
        # Correlated uniforms keep the marginal logit exact: slope 0.5 is what the model estimates.
        u = norm.cdf(np.sqrt(0.6) * rng.normal(size=50)[groups] + np.sqrt(0.4) * rng.normal(size=400))
        frame = pd.DataFrame({"organisation": groups, "x": x, "y": (u < expit(0.5 * x)).astype(int)})
        row = fit_link(frame, "logit", outcome="y", predictors=["x"]).to_frame().loc["x"]
        covered += row["ci_lower"] <= 0.5 <= row["ci_upper"]
    # 95% of 60 is 57, and below 51 has a chance under 1%; unclustered intervals cover 38 of these 60.
    assert covered >= 51
