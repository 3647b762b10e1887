"""The linear model with a random intercept: R's numbers, what must always hold, and that no slope is ever lost."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from statsmodels.regression.mixed_linear_model import MixedLM

from surveykit.errors import LinkError
from surveykit.links.clustered import clustered
from surveykit.links.likelihood import maximise
from surveykit.links.mixed import fit_mixed

REFERENCE = Path(__file__).parent.parent / "reference"
# R's bobyqa stops within about 1e-9 of the variances, and what follows from them moves less.
CLOSE = {"rtol": 1e-8}
# The same ratio, and closed forms from there.
EXACT = {"rtol": 1e-9}
# nlme stops by the criterion, which is flat at its best.
LOOSE = {"rtol": 1e-6}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "mixed.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "mixed.json").read_text())["mixed"]


def parts(data, outcome):
    columns = np.column_stack([np.ones(len(data)), data[["clarity", "effort", "size"]]])
    return data[outcome].to_numpy(float), columns, data["organisation"].to_numpy() - 1


def simulated(seed, organisations=15, size=4, icc=0.1):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(organisations), size)
    columns = np.column_stack([rng.normal(size=organisations)[groups], rng.normal(size=len(groups))])
    shared = np.sqrt(icc) * rng.normal(size=organisations)[groups]
    outcome = 0.5 * columns[:, 0] + shared + np.sqrt(1 - icc) * rng.normal(size=len(groups))
    return outcome, np.column_stack([columns, np.ones(len(groups))]), groups


def gls(outcome, columns, groups, ratio):
    """Slopes from the whole covariance matrix, inverted."""
    inverse = np.linalg.inv(np.eye(len(groups)) + ratio * (groups[:, None] == groups))
    return np.linalg.solve(columns.T @ inverse @ columns, columns.T @ inverse @ outcome)


def restricted(outcome, columns, groups, ratio):
    """Minus twice the restricted log likelihood, from the whole covariance matrix."""
    covariance = np.eye(len(groups)) + ratio * (groups[:, None] == groups)
    error = outcome - columns @ gls(outcome, columns, groups, ratio)
    spare = len(outcome) - columns.shape[1]
    within = error @ np.linalg.solve(covariance, error) / spare
    inner = np.linalg.slogdet(columns.T @ np.linalg.solve(covariance, columns))[1]
    return spare * (1 + np.log(2 * np.pi * within)) + np.linalg.slogdet(covariance)[1] + inner


@pytest.mark.parametrize("outcome", ["speed", "calm"])
def test_slopes_and_variances_are_those_of_lmer(data, reference, outcome):
    expected = reference[outcome]
    fit = fit_mixed(*parts(data, outcome))
    np.testing.assert_allclose(fit.parameters, expected["coefficients"], **CLOSE)
    np.testing.assert_allclose(fit.between, expected["between"], **CLOSE)
    np.testing.assert_allclose(fit.within, expected["within"], **CLOSE)
    np.testing.assert_allclose(fit.criterion, expected["criterion"], rtol=1e-12)
    limits = [expected["icc_lower"], expected["icc_upper"]]
    np.testing.assert_allclose([fit.icc_lower, fit.icc_upper], limits, **CLOSE)


def test_slopes_and_variances_are_those_of_lme(data, reference):
    expected = reference["speed"]["lme"]
    fit = fit_mixed(*parts(data, "speed"))
    np.testing.assert_allclose(fit.parameters, expected["coefficients"], **LOOSE)
    np.testing.assert_allclose([fit.between, fit.within], [expected["between"], expected["within"]], **LOOSE)


@pytest.mark.parametrize("outcome", ["speed", "calm"])
def test_clustered_errors_are_those_of_clubsandwich(data, reference, outcome):
    expected = reference[outcome]
    fit = fit_mixed(*parts(data, outcome))
    at = fit.likelihood.at(fit.parameters)
    found = clustered(at.scores, at.information)
    errors, degrees = np.sqrt(np.diag(found.covariance)), [found.degrees(unit) for unit in np.eye(4)]
    np.testing.assert_allclose(errors, expected["cr2"]["std_errors"], **CLOSE)
    np.testing.assert_allclose(degrees, expected["cr2"]["df"], **CLOSE)
    # On lmer itself clubSandwich takes another square root of the same matrix, as unbiased under the model.
    np.testing.assert_allclose(errors, expected["lmer_cr2"], rtol=1e-3)
    np.testing.assert_allclose(degrees, expected["lmer_df"], rtol=1e-4)
    by_model = np.sqrt(np.diag(np.linalg.inv(at.information.sum(axis=0))))
    np.testing.assert_allclose(by_model, expected["model_errors"], **CLOSE)


@pytest.mark.parametrize("seed", range(5))
def test_the_estimate_is_the_best_of_the_whole_covariance_matrix(seed):
    outcome, columns, groups = simulated(seed, icc=0.3)
    fit = fit_mixed(outcome, columns, groups)
    ratio = fit.between / fit.within
    np.testing.assert_allclose(fit.parameters, gls(outcome, columns, groups, ratio), **EXACT)
    np.testing.assert_allclose(fit.criterion, restricted(outcome, columns, groups, ratio), rtol=1e-12)
    best = optimize.minimize_scalar(
        lambda share: restricted(outcome, columns, groups, share / (1 - share)),
        bounds=(0, 0.99),
        method="bounded",
        options={"xatol": 1e-10},
    )
    # A minimum found by its values is good to the root of rounding.
    np.testing.assert_allclose(fit.icc, best.x, atol=1e-6)
    assert fit.criterion <= best.fun + 1e-10


def test_no_slope_is_ever_exactly_zero():
    for seed in range(200):
        outcome, columns, groups = simulated(seed)
        fit = fit_mixed(outcome, columns, groups)
        assert fit.converged
        assert (np.abs(fit.parameters) > 1e-9).all()
        expected = gls(outcome, columns, groups, fit.between / fit.within)
        np.testing.assert_allclose(fit.parameters, expected, rtol=1e-6, atol=1e-9)


def test_statsmodels_by_lbfgs_misses_the_slopes_and_by_powell_finds_them():
    def missed(seed, method):
        outcome, columns, groups = simulated(seed)
        try:
            fitted = MixedLM(outcome, columns, groups=groups).fit(method=method)
        except np.linalg.LinAlgError:
            return True
        return not np.allclose(fitted.fe_params, fit_mixed(outcome, columns, groups).parameters, rtol=1e-3)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Its variance runs off until organisation-level columns tell nothing: it ends in zeros or a singular matrix.
        assert sum(missed(seed, "lbfgs") for seed in range(24)) > 12
        assert not any(missed(seed, "powell") for seed in range(2))


@settings(max_examples=25)
@given(st.integers(0, 1000))
def test_order_of_rows_and_numbers_of_organisations_change_nothing(seed):
    outcome, columns, groups = simulated(seed % 20, icc=0.3)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(groups)), rng.permutation(15)
    before, after = (
        fit_mixed(outcome, columns, groups),
        fit_mixed(outcome[order], columns[order], names[groups][order]),
    )
    np.testing.assert_allclose(after.parameters, before.parameters, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(after.between, before.between, rtol=1e-7, atol=1e-10)


@settings(max_examples=25)
@given(shift=st.floats(-1e3, 1e3), factor=st.floats(1e-3, 1e3), unit=st.floats(1e-3, 1e3))
def test_units_move_slopes_as_they_must(shift, factor, unit):
    outcome, columns, groups = simulated(3, icc=0.3)
    before = fit_mixed(outcome, columns, groups)
    moved = columns.copy()
    moved[:, 0] = factor * moved[:, 0] + shift
    after = fit_mixed(unit * outcome, moved, groups)
    # A shift of 1e6 spreads costs as many digits.
    np.testing.assert_allclose(after.parameters[0], unit / factor * before.parameters[0], rtol=1e-5)
    np.testing.assert_allclose(after.within, unit**2 * before.within, rtol=1e-6)
    np.testing.assert_allclose(after.icc, before.icc, rtol=1e-5)


def test_without_variance_between_it_is_ols(data):
    outcome, columns, groups = parts(data, "calm")
    fit = fit_mixed(outcome, columns, groups)
    assert (fit.between, fit.icc, fit.icc_lower) == (0, 0, 0)
    assert 0 < fit.icc_upper < 1
    np.testing.assert_allclose(fit.parameters, np.linalg.lstsq(columns, outcome)[0], **EXACT)
    spare = len(outcome) - columns.shape[1]
    np.testing.assert_allclose(
        fit.within, np.square(outcome - columns @ fit.parameters).sum() / spare, **EXACT
    )


def test_organisation_columns_at_equal_sizes_are_ols():
    outcome, columns, groups = simulated(1, icc=0.3)
    between = columns[:, [0, 2]]
    fit = fit_mixed(outcome, between, groups)
    assert fit.between > 0
    np.testing.assert_allclose(fit.parameters, np.linalg.lstsq(between, outcome)[0], **EXACT)


def test_likelihood_has_its_top_at_the_estimate_and_the_slopes_it_says(data):
    fit = fit_mixed(*parts(data, "speed"))
    found, converged = maximise(fit.likelihood)
    assert converged
    np.testing.assert_allclose(found, fit.parameters, **EXACT)
    away = fit.parameters + np.array([0.3, -0.2, 0.1, 0.2])
    at = fit.likelihood.at(away)
    # The value is a parabola: central differences leave nothing but rounding.
    sides = [(fit.likelihood.at(away + unit), fit.likelihood.at(away - unit)) for unit in np.eye(4)]
    slopes = [(right.value - left.value) / 2 for right, left in sides]
    np.testing.assert_allclose(at.scores.sum(axis=0), slopes, **EXACT)
    curve = [(left.scores - right.scores).sum(axis=0) / 2 for right, left in sides]
    np.testing.assert_allclose(at.information.sum(axis=0), curve, **EXACT)


def test_a_slope_can_be_held_at_zero(data):
    fit = fit_mixed(*parts(data, "speed"))
    held, converged = maximise(fit.likelihood, fixed={1: 0.0})
    assert converged
    assert held[1] == 0
    others = [0, 2, 3]
    outcome, columns, groups = parts(data, "speed")
    expected = gls(outcome, columns[:, others], groups, fit.between / fit.within)
    np.testing.assert_allclose(held[others], expected, **EXACT)


def test_organisations_of_one_row_each_are_refused():
    outcome, columns, _ = simulated(1)
    with pytest.raises(LinkError, match="needs organisations with several rows.*Leave 'model' out"):
        fit_mixed(outcome, columns, np.arange(len(outcome)))


@pytest.mark.parametrize("noise", [0.0, 1e-9])
def test_an_outcome_of_the_organisation_is_refused(noise):
    outcome, columns, groups = simulated(1)
    alike = np.sin(np.arange(15.0))[groups] + noise * outcome
    with pytest.raises(LinkError, match="do not differ but by the columns.*level 'organisation'"):
        fit_mixed(alike, columns[:, [0, 2]], groups)


def test_an_outcome_the_columns_determine_is_refused():
    _, columns, groups = simulated(1)
    with pytest.raises(LinkError, match="do not differ but by the columns"):
        fit_mixed(columns @ np.array([1.0, 2, 3]), columns, groups)


def test_more_columns_than_rows_are_refused():
    with pytest.raises(LinkError, match="more rows than columns"):
        fit_mixed(np.arange(3.0), np.eye(3), np.array([0, 0, 1]))
