"""Weights, shares, overdispersed counts, categories and times: R's numbers, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveykit.links import average_marginal_effect, fit_link
from surveykit.links.effects import effects_by_category
from surveykit.links.likelihoods.canonical import CanonicalLikelihood
from surveykit.links.likelihoods.cox import CoxLikelihood
from surveykit.links.likelihoods.negative_binomial import NegativeBinomialLikelihood

REFERENCE = Path(__file__).parent.parent / "reference"
OUTCOMES = {
    "ols": "speed",
    "logit": "reached",
    "ordered logit": "stage",
    "poisson": "rollbacks",
    "fractional": "adopted",
    "negative binomial": "rollbacks",
    "multinomial": "blocker",
    "cox": "months",
}
NEW = ["fractional", "negative binomial", "multinomial", "cox"]
# Both sides iterate to a gradient near 1e-12 and differ in the order of their sums: room for rounding.
CLOSE = {"rtol": 1e-8}
# R's scores, Hessians and gradients are numeric where it knows no others, good to about 1e-9.
NEAR = {"rtol": 1e-8}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "link_models.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "link_models.json").read_text())


def fit(data, model, **changed):
    parts = {"predictors": ["clarity", "effort", "redesigned"], "adjust_for": ["industry"], **changed}
    event = {"event": "production"} if model == "cox" else {}
    return fit_link(data, model, outcome=OUTCOMES[model], **event, **parts)


def named(values):
    """R's names of parameters in ours."""
    renamed = {
        name.replace("industryEnergy", "industry = Energy")
        .replace("industryHealth", "industry = Health")
        .replace("(Intercept)", "(constant)"): value
        for name, value in values.items()
    }
    return pd.Series(renamed)


def summary(fitted):
    """Estimates and errors of the slopes, and what they rest on."""
    return fitted.to_frame()[["estimate", "std_error", "df"]]


@pytest.mark.parametrize("model", NEW)
def test_new_families_are_those_of_r(data, reference, model):
    expected, table = reference[model], fit(data, model).to_frame()
    estimates = named(expected["coefficients"])
    assert set(table.index) - set(estimates.index) <= {"(log dispersion)"}
    np.testing.assert_allclose(table["estimate"][estimates.index], estimates, **CLOSE)
    for ours, theirs in {"std_error": "std_errors", "df": "df"}.items():
        values = named(expected[theirs])
        np.testing.assert_allclose(table[ours][values.index], values, **NEAR)


@pytest.mark.parametrize("model", ["fractional", "negative binomial", "cox"])
@pytest.mark.parametrize("predictor", ["effort", "redesigned"])
def test_effects_are_those_of_r(data, reference, model, predictor):
    effect = average_marginal_effect(fit(data, model), predictor)
    expected = reference[model]["effects"][predictor]
    np.testing.assert_allclose(effect[["estimate", "std_error", "df"]], list(expected.values()), **NEAR)


@pytest.mark.parametrize("predictor", ["effort", "redesigned"])
def test_effects_on_every_category_are_those_of_r(data, reference, predictor):
    table = effects_by_category(fit(data, "multinomial"), predictor)
    expected = [reference["multinomial"]["effects"][f"{code} {predictor}"] for code in (1, 2, 3)]
    np.testing.assert_allclose(table[["estimate", "std_error", "df"]], pd.DataFrame(expected), **NEAR)
    np.testing.assert_allclose(table["estimate"].sum(), 0, atol=1e-12)


def test_effects_on_every_stage_are_those_of_r(data, reference):
    table = effects_by_category(fit(data, "ordered logit"), "redesigned")
    np.testing.assert_allclose(table["estimate"], reference["ordered"]["redesigned"], **CLOSE)
    highest = average_marginal_effect(fit(data, "ordered logit"), "redesigned")
    pd.testing.assert_series_equal(table.loc[4.0], highest, check_names=False, rtol=1e-12)


def test_cox_likelihood_baseline_and_plain_robust_errors_are_those_of_r(data, reference):
    expected, fitted = reference["cox"], fit(data, "cox")
    here = fitted.likelihood.at(fitted.parameters.to_numpy())
    np.testing.assert_allclose(here.value, expected["loglik"], **CLOSE)
    np.testing.assert_allclose(fitted.baseline.hazard, expected["baseline"], **CLOSE)
    inverse = np.linalg.inv(here.information.sum(axis=0))
    errors = pd.Series(
        np.sqrt(np.diag(inverse @ here.scores.T @ here.scores @ inverse)), fitted.parameters.index
    )
    lin_wei = named(expected["lin_wei"])
    np.testing.assert_allclose(errors[lin_wei.index], lin_wei, **CLOSE)


def test_negative_binomial_likelihood_is_that_of_r(data, reference):
    fitted = fit(data, "negative binomial")
    value = fitted.likelihood.at(fitted.parameters.to_numpy()).value
    expected = reference["negative binomial"]
    np.testing.assert_allclose(value, expected["loglik"], **CLOSE)
    np.testing.assert_allclose(fitted.parameters["(log dispersion)"], expected["dispersion"], **CLOSE)


@pytest.mark.parametrize("model", OUTCOMES)
def test_weighted_estimates_are_those_of_r(data, reference, model):
    fitted = fit(data, model, weights="weight")
    expected = named(reference["weighted"][model]["coefficients"])
    np.testing.assert_allclose(fitted.parameters[expected.index], expected, **CLOSE)


@pytest.mark.parametrize("model", ["ols", "logit", "fractional", "poisson", "cox"])
def test_scores_and_information_give_the_linearised_errors_of_r_survey(data, reference, model):
    fitted = fit(data, model, weights="weight")
    here = fitted.likelihood.at(fitted.parameters.to_numpy())
    inverse = np.linalg.inv(here.information.sum(axis=0))
    count = fitted.n_organisations
    plain = inverse @ here.scores.T @ here.scores @ inverse * count / (count - 1)
    errors = pd.Series(np.sqrt(np.diag(plain)), fitted.parameters.index)
    expected = named(reference["weighted"][model]["std_errors"])
    np.testing.assert_allclose(errors[expected.index], expected, **CLOSE)


@pytest.mark.parametrize("model", OUTCOMES)
def test_scores_sum_to_nothing_and_derivatives_are_those_of_the_value(data, model):
    fitted = fit(data, model, weights="weight")
    best, step = fitted.parameters.to_numpy(), np.sqrt(np.diag(fitted.clustered.covariance))
    at = fitted.likelihood.at
    assert (np.abs(at(best).scores.sum(axis=0)) * step < 1e-8).all()
    away = best + step * np.cos(np.arange(len(best))) / 2
    there, small = at(away), 1e-4 * np.diag(step)
    slopes = [(at(away + each).value - at(away - each).value) / 2e-4 for each in small]
    # Central differences with a step of 1e-4 standard errors: good to about 1e-7 of the information.
    np.testing.assert_allclose(slopes, there.scores.sum(axis=0) * step, atol=1e-4)
    if model == "negative binomial":
        return  # its information is the expected one
    bends = [-(at(away + each).scores - at(away - each).scores).sum(axis=0) * step / 2e-4 for each in small]
    np.testing.assert_allclose(bends, there.information.sum(axis=0) * np.outer(step, step), atol=1e-4)


@pytest.mark.parametrize("model", OUTCOMES)
def test_equal_weights_are_no_weights(data, model):
    equal = fit(data.assign(weight=7.0), model, weights="weight")
    # Estimates twice from slightly other starts; errors by two formulas that agree where the meat is the information.
    pd.testing.assert_frame_equal(equal.to_frame(), fit(data, model).to_frame(), rtol=1e-6)
    effects = [average_marginal_effect(fitted, "effort") for fitted in (equal, fit(data, model))]
    pd.testing.assert_series_equal(*effects, rtol=1e-6)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scale=st.floats(1e-6, 1e6), model=st.sampled_from(list(OUTCOMES)), seed=st.integers(0, 99))
def test_scale_of_weights_and_order_of_rows_change_nothing(data, scale, model, seed):
    before = fit(data, model, weights="weight")
    changed = data.assign(weight=data["weight"] * scale).sample(frac=1, random_state=seed)
    after = fit(changed, model, weights="weight")
    np.testing.assert_allclose(summary(after), summary(before), rtol=1e-6)


# A row counted twice is two events at one time, which Efron's ties tell from one of twice the weight: no cox.
@pytest.mark.parametrize("model", [model for model in OUTCOMES if model != "cox"])
def test_whole_weights_are_rows_counted_so_often(data, model):
    times = 1 + np.arange(len(data)) % 3
    repeated = data.loc[data.index.repeat(times)]
    weighted, counted = fit(data.assign(weight=times), model, weights="weight"), fit(repeated, model)
    np.testing.assert_allclose(weighted.parameters, counted.parameters, rtol=1e-6)
    mean = average_marginal_effect(weighted, "redesigned")["estimate"]
    np.testing.assert_allclose(mean, average_marginal_effect(counted, "redesigned")["estimate"], rtol=1e-6)


@pytest.mark.parametrize("model", NEW)
def test_twins_of_every_organisation_halve_variances(data, model):
    twins = pd.concat([data, data.assign(organisation=data["organisation"] + "'")], ignore_index=True)
    if model == "cox":
        # Twins would be ties; a hair's breadth between their times makes none, and moves estimates by as little.
        twins["months"] = twins["months"] + np.arange(len(twins)) * 1e-6
        data = data.assign(months=data["months"] + np.arange(len(data)) * 1e-6)
    once, twice = summary(fit(data, model)), summary(fit(twins, model))
    room = 0.01 if model == "cox" else 1e-6
    np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=room, atol=room)
    shrunk = twice["std_error"] / once["std_error"] * np.sqrt(2)
    # A twin takes half of an organisation's leverage, so less is made up for.
    assert shrunk.between(0.93, 1.002).all()


def test_multinomial_of_two_categories_is_a_logit(data):
    two = fit(data.assign(blocker=data["reached"] + 4), "multinomial")
    logit = fit(data, "logit")
    np.testing.assert_allclose(summary(two), summary(logit), rtol=1e-7)
    assert list(two.parameters.index) == [f"5: {name}" for name in logit.parameters.index]
    effects = [average_marginal_effect(fitted, "effort") for fitted in (two, logit)]
    pd.testing.assert_series_equal(*effects, rtol=1e-7)


def test_fractional_of_nothing_but_0_and_1_is_a_logit(data):
    fraction = fit(data.assign(adopted=data["reached"]), "fractional")
    np.testing.assert_allclose(summary(fraction), summary(fit(data, "logit")), rtol=1e-7)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), dispersion=st.floats(-18, -13))
def test_negative_binomial_without_dispersion_is_a_poisson(seed, dispersion):
    rng = np.random.default_rng(seed)
    rows, groups = np.column_stack([rng.normal(size=40), np.ones(40)]), np.arange(40) // 4
    counts, parameters = rng.poisson(3, 40).astype(float), rng.normal(0, 0.5, 2)
    poisson = CanonicalLikelihood("poisson", counts, rows, groups).at(parameters)
    other = NegativeBinomialLikelihood(counts, rows, groups).at(np.append(parameters, dispersion))
    # They part by the dispersion times squared counts: up to e^-13 = 2e-6 times a few hundred.
    np.testing.assert_allclose(other.value, poisson.value, rtol=1e-2)
    np.testing.assert_allclose(other.scores[:, :2], poisson.scores, atol=0.02)
    np.testing.assert_allclose(other.information[:, :2, :2], poisson.information, atol=0.02)


def test_dispersion_tends_to_nothing_as_counts_become_poisson():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"organisation": np.arange(2000) // 10, "x": rng.normal(size=2000)})
    rows["y"] = rng.negative_binomial(200, 200 / (200 + np.exp(1 + 0.3 * rows["x"])))
    both = [
        fit_link(rows, model, outcome="y", predictors=["x"]) for model in ("poisson", "negative binomial")
    ]
    assert both[1].parameters["(log dispersion)"] < -3
    np.testing.assert_allclose(both[1].parameters["x"], both[0].parameters["x"], rtol=0.01)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_cox_knows_order_only_and_not_who_left_before_any_event(seed):
    rng = np.random.default_rng(seed)
    times, events = rng.integers(1, 9, 30).astype(float), rng.integers(0, 2, 30).astype(float)
    events[0] = 1.0
    columns, groups = rng.normal(size=(30, 2)), np.arange(30) // 3
    parameters = rng.normal(size=2)
    before = CoxLikelihood(times, events, columns, groups).at(parameters)
    after = CoxLikelihood(np.exp(times), events, columns + 100, groups).at(parameters)
    np.testing.assert_allclose(after.value, before.value, rtol=1e-9)
    np.testing.assert_allclose(after.scores, before.scores, atol=1e-9)
    early = (
        np.append(times, 0.5),
        np.append(events, 0.0),
        np.vstack([columns, [5.0, 5.0]]),
        np.append(groups, 10),
    )
    more = CoxLikelihood(*early).at(parameters)
    np.testing.assert_allclose(more.scores[:10], before.scores, atol=1e-9)
    np.testing.assert_allclose(more.scores[10], 0, atol=1e-12)
    assert (np.linalg.eigvalsh(before.information) > -1e-9).all()
