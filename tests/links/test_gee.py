"""Generalised estimating equations: geepack's numbers, and the models they must be where nothing is correlated."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tools.sm_exceptions import IterationLimitWarning

from surveykit.errors import LinkError
from surveykit.links import fit_link
from surveykit.links.clustered import clustered
from surveykit.links.exchangeable import decorrelated, refuse_weights
from surveykit.links.gee import fit_gee
from surveykit.links.likelihood import maximise

REFERENCE = Path(__file__).parent.parent / "reference"
FAMILIES = {"speed": "ols", "reached": "logit", "rollbacks": "poisson"}
# Both sides iterate until steps are near 1e-12.
CLOSE = {"rtol": 1e-9}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "mixed.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "mixed.json").read_text())["gee"]


def fit(data, outcome, working="exchangeable"):
    columns = np.column_stack([np.ones(len(data)), data[["clarity", "effort", "size"]]])
    groups = data["organisation"].to_numpy() - 1
    return fit_gee(data[outcome].to_numpy(float), columns, groups, family=FAMILIES[outcome], working=working)


def inference(fitted):
    at = fitted.likelihood.at(fitted.parameters)
    return clustered(at.scores, at.information)


@pytest.mark.parametrize("working", ["exchangeable", "independence"])
@pytest.mark.parametrize("outcome", FAMILIES)
def test_estimates_and_errors_are_those_of_geepack(data, reference, outcome, working):
    expected = reference[working][outcome]
    fitted = fit(data, outcome, working)
    assert fitted.converged
    np.testing.assert_allclose(fitted.parameters, expected["coefficients"], **CLOSE)
    np.testing.assert_allclose(fitted.correlation, expected["correlation"], **CLOSE)
    np.testing.assert_allclose(fitted.scale, expected["scale"], **CLOSE)
    at = fitted.likelihood.at(fitted.parameters)
    inverse = np.linalg.inv(at.information.sum(axis=0))
    plain = np.sqrt(np.diag(inverse @ at.scores.T @ at.scores @ inverse))
    np.testing.assert_allclose(plain, expected["std_errors"], **CLOSE)


@pytest.mark.parametrize("working", ["exchangeable", "independence"])
@pytest.mark.parametrize("outcome", FAMILIES)
def test_corrected_errors_are_those_of_clubsandwich_on_the_last_step(data, reference, outcome, working):
    expected = reference[working][outcome]["cr2"]
    found = inference(fit(data, outcome, working))
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), expected["std_errors"], **CLOSE)
    np.testing.assert_allclose([found.degrees(unit) for unit in np.eye(4)], expected["df"], **CLOSE)


@pytest.mark.parametrize("outcome", FAMILIES)
def test_estimates_are_those_of_statsmodels_at_the_same_correlation(data, outcome):
    fitted = fit(data, outcome)
    family = {"ols": sm.families.Gaussian, "logit": sm.families.Binomial, "poisson": sm.families.Poisson}
    working = sm.cov_struct.Exchangeable()
    working.dep_params = fitted.correlation
    columns = np.column_stack([np.ones(len(data)), data[["clarity", "effort", "size"]]])
    model = sm.GEE(
        data[outcome],
        columns,
        groups=data["organisation"],
        family=family[fitted.curve](),
        cov_struct=working,
        update_dep=False,
    )
    # Its steps stop by its own measure of the equations.
    expected = model.fit(ctol=1e-10).params
    np.testing.assert_allclose(fitted.parameters, expected, rtol=1e-7)


@pytest.mark.parametrize("outcome", FAMILIES)
def test_independence_is_the_model_of_the_outcome_itself(data, outcome):
    fitted = fit(data, outcome, "independence")
    model = fit_link(data, FAMILIES[outcome], outcome=outcome, predictors=["clarity", "effort", "size"])
    table = model.to_frame().loc[["(constant)", "clarity", "effort", "size"]]
    found = inference(fitted)
    np.testing.assert_allclose(fitted.parameters, table["estimate"], **CLOSE)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), table["std_error"], **CLOSE)
    np.testing.assert_allclose([found.degrees(unit) for unit in np.eye(4)], table["df"], **CLOSE)


@pytest.mark.parametrize("family", ["ols", "logit", "poisson"])
def test_organisation_columns_at_equal_sizes_leave_nothing_to_weigh(family):
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(20), 3)
    columns = np.column_stack([np.ones(60), rng.normal(size=20)[groups]])
    outcome = rng.poisson(np.exp(0.3 * columns[:, 1] + rng.normal(size=20)[groups])).astype(float)
    outcome = np.minimum(outcome, 1) if family == "logit" else outcome
    correlated, independent = (
        fit_gee(outcome, columns, groups, family=family, working=working)
        for working in ("exchangeable", "independence")
    )
    assert correlated.correlation > 0.1
    np.testing.assert_allclose(correlated.parameters, independent.parameters, **CLOSE)
    np.testing.assert_allclose(inference(correlated).covariance, inference(independent).covariance, **CLOSE)


def test_correlation_keeps_its_sign_where_pairs_are_fewer_than_parameters():
    groups = np.concatenate([np.arange(30), [0]])
    outcome = np.sin(np.arange(31.0))
    outcome[[0, 30]] = 0.5
    columns = np.column_stack([np.ones(31), np.cos(np.arange(31.0))])
    assert fit_gee(outcome, columns, groups, family="ols").correlation > 0
    order = np.argsort(groups)
    theirs = sm.GEE(
        outcome[order], columns[order], groups=groups[order], cov_struct=sm.cov_struct.Exchangeable()
    )
    with pytest.warns(IterationLimitWarning):
        theirs.fit(maxiter=2)
    assert theirs.cov_struct.dep_params < 0


@pytest.mark.parametrize("outcome", FAMILIES)
@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_order_of_rows_and_numbers_of_organisations_change_nothing(data, outcome, seed):
    rng = np.random.default_rng(seed)
    names = rng.permutation(data["organisation"].max()) + 1
    shuffled = data.sample(frac=1, random_state=seed)
    shuffled = shuffled.assign(organisation=names[shuffled["organisation"] - 1])
    before, after = fit(data, outcome), fit(shuffled, outcome)
    np.testing.assert_allclose(after.parameters, before.parameters, rtol=1e-8)
    np.testing.assert_allclose(after.correlation, before.correlation, rtol=1e-8)


@pytest.mark.parametrize("outcome", FAMILIES)
@pytest.mark.parametrize(("shift", "factor"), [(100.0, 1.0), (0.0, 1e-3), (-5.0, 1e3)])
def test_units_of_a_column_move_its_slope_only(data, outcome, shift, factor):
    before, after = fit(data, outcome), fit(data.assign(effort=factor * (data["effort"] + shift)), outcome)
    np.testing.assert_allclose(after.parameters[2] * factor, before.parameters[2], rtol=1e-7)
    np.testing.assert_allclose(after.parameters[[1, 3]], before.parameters[[1, 3]], rtol=1e-7)


@pytest.mark.parametrize("outcome", FAMILIES)
def test_a_slope_can_be_held_at_zero(data, outcome):
    fitted = fit(data, outcome)
    held, converged = maximise(fitted.likelihood, start=fitted.parameters, fixed={1: 0.0})
    assert converged
    assert held[1] == 0
    np.testing.assert_allclose(fitted.likelihood.at(held).scores.sum(axis=0)[[0, 2, 3]], 0, atol=1e-8)


def test_root_of_the_correlation_is_the_matrix_root():
    groups = np.array([1, 0, 1, 1, 2, 0])
    for ratio in (0.7, 0.0, -0.3):
        covariance = np.eye(6) + ratio * (groups[:, None] == groups)
        values, vectors = np.linalg.eigh(covariance)
        root = vectors / np.sqrt(values) @ vectors.T
        np.testing.assert_allclose(decorrelated(groups, np.eye(6), ratio), root, atol=1e-14)


def test_organisations_of_one_row_each_are_refused_unless_independent():
    columns, outcome = np.ones((12, 1)), np.arange(12.0)
    with pytest.raises(LinkError, match="gee model needs organisations with several rows"):
        fit_gee(outcome, columns, np.arange(12), family="ols")
    found = fit_gee(outcome, columns, np.arange(12), family="ols", working="independence")
    np.testing.assert_allclose(found.parameters, [5.5], **CLOSE)


def test_the_working_correlation_stays_one():
    groups = np.concatenate([np.repeat(np.arange(10), 2), np.repeat([10], 4)])
    repelling = np.concatenate([np.tile([1.0, -1.0], 10), np.zeros(4)])
    fitted = fit_gee(repelling, np.ones((24, 1)), groups, family="ols")
    assert fitted.converged
    np.testing.assert_allclose(fitted.correlation, -0.5 / 3, rtol=1e-12)
    few = np.concatenate([np.arange(30), [0]])
    outcome = np.where(few == 0, 3.0, np.sin(np.arange(31.0)))
    assert fit_gee(outcome, np.ones((31, 1)), few, family="ols").correlation == 0.95


def test_weights_are_refused_with_the_reason():
    message = str(refuse_weights("mixed", LinkError))
    assert "takes no survey weights" in message
    assert "weighted: false" in message
