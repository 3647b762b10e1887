"""The logit with a random intercept: glmer's numbers, its integrals done otherwise, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate
from scipy.special import expit
from scipy.stats import norm

from surveykit.errors import LinkError
from surveykit.links.clustered import clustered
from surveykit.links.gee import fit_gee
from surveykit.links.likelihood import maximise
from surveykit.links.mixed_logit import RandomInterceptLogit, fit_mixed_logit, marginal_curve

REFERENCE = Path(__file__).parent.parent / "reference"


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "mixed.csv")


def parts(data):
    columns = np.column_stack([np.ones(len(data)), data[["clarity", "effort", "size"]]])
    return data["reached"].to_numpy(float), columns, data["organisation"].to_numpy() - 1


@pytest.fixture(scope="module")
def fit(data):
    return fit_mixed_logit(*parts(data))


def simulated(seed, spread, organisations=15):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(organisations), 1 + rng.poisson(3, organisations))
    columns = np.column_stack([rng.normal(size=organisations)[groups], np.ones(len(groups))])
    linear = 0.5 * columns[:, 0] + spread * rng.normal(size=organisations)[groups]
    return (linear + rng.logistic(size=len(groups)) > 0).astype(float), columns, groups


def test_estimates_are_those_of_glmer(fit):
    reference = json.loads((REFERENCE / "mixed.json").read_text())["mixed_logit"]
    assert fit.converged
    for expected in reference.values():
        # The likelihood agrees to glmer's quadrature; where it is flat, bobyqa stops within 1e-5 of the top.
        np.testing.assert_allclose(fit.value, expected["value"], rtol=1e-9)
        assert fit.value >= expected["value"] - 1e-9
        np.testing.assert_allclose(fit.parameters, expected["coefficients"], rtol=1e-5)
        np.testing.assert_allclose(fit.spread, expected["spread"], rtol=1e-5)


@pytest.mark.parametrize("spread", [0.3, 1.5, 5.0])
def test_likelihood_of_each_organisation_is_its_integral(spread):
    outcome, columns, groups = simulated(2, spread)
    likelihood = RandomInterceptLogit(outcome=outcome, columns=columns, groups=groups, spread=spread)
    beta = np.array([0.4, 0.2])

    def integral(rows):
        linear, sign = columns[rows] @ beta, 2 * outcome[rows] - 1

        def integrand(z):
            return np.prod(expit(sign * (linear + spread * z))) * norm.pdf(z)

        return integrate.quad(integrand, -9, 9, epsabs=1e-13, epsrel=1e-11, limit=200)[0]

    expected = sum(np.log(integral(groups == group)) for group in range(15))
    np.testing.assert_allclose(likelihood.at(beta).value, expected, rtol=1e-7)


@pytest.mark.parametrize("spread", [0.0, 0.8, 3.0])
def test_scores_and_information_are_derivatives(data, spread):
    outcome, columns, groups = parts(data)
    likelihood = RandomInterceptLogit(outcome=outcome, columns=columns, groups=groups, spread=spread)
    away = np.array([-4.0, 1.2, 0.1, -0.5])
    sides = [(likelihood.at(away + unit), likelihood.at(away - unit)) for unit in 1e-4 * np.eye(4)]
    at = likelihood.at(away)
    slopes = [(right.value - left.value) / 2e-4 for right, left in sides]
    # Central differences over 1e-4, of values good to 1e-12.
    np.testing.assert_allclose(at.scores.sum(axis=0), slopes, rtol=1e-5)
    curve = [(left.scores - right.scores).sum(axis=0) / 2e-4 for right, left in sides]
    np.testing.assert_allclose(at.information.sum(axis=0), curve, rtol=1e-5)
    assert np.linalg.eigvalsh(at.information).min() > -1e-10


def test_nothing_gained_by_another_spread_or_slope(fit):
    for factor in (0.9, 1.1):
        other = RandomInterceptLogit(
            outcome=fit.likelihood.outcome,
            columns=fit.likelihood.columns,
            groups=fit.likelihood.groups,
            spread=fit.spread * factor,
        )
        assert other.at(maximise(other)[0]).value < fit.value - 1e-3
    assert abs(fit.likelihood.by_spread(fit.parameters)) < 1e-6
    assert np.abs(fit.likelihood.at(fit.parameters).scores.sum(axis=0)).max() < 1e-6


def test_without_spread_it_is_the_logit():
    groups = np.repeat(np.arange(10), 4)
    columns = np.column_stack([np.tile([0.0, 1, 2, 3], 10), np.ones(40)])
    outcome = ((np.arange(40) % 4 + np.arange(40) // 20) % 2).astype(float)
    fitted = fit_mixed_logit(outcome, columns, groups)
    assert fitted.spread == fitted.icc == 0
    logit = fit_gee(outcome, columns, groups, family="logit", working="independence")
    np.testing.assert_allclose(fitted.parameters, logit.parameters, rtol=1e-8, atol=1e-10)
    ours, theirs = (each.likelihood.at(each.parameters) for each in (fitted, logit))
    covariance = clustered(theirs.scores, theirs.information).covariance
    np.testing.assert_allclose(clustered(ours.scores, ours.information).covariance, covariance, rtol=1e-8)


@pytest.mark.parametrize("spread", [0.0, 1.0, 2.0])
def test_small_fits_reach_their_top_and_no_slope_is_zero(spread):
    for seed in range(4):
        fitted = fit_mixed_logit(*simulated(seed, spread, organisations=25))
        assert fitted.converged
        assert (np.abs(fitted.parameters) > 1e-9).all()


def test_order_of_rows_numbers_of_organisations_and_units_change_nothing(data, fit):
    outcome, columns, groups = parts(data)
    rng = np.random.default_rng(3)
    order, names = rng.permutation(len(outcome)), rng.permutation(groups.max() + 1)
    moved = columns * np.array([1.0, 1, 100, 1]) + np.array([0.0, 0, 7, 0])
    other = fit_mixed_logit(outcome[order], moved[order], names[groups][order])
    # The root of the spread is found to 1e-9.
    np.testing.assert_allclose(other.spread, fit.spread, rtol=1e-7)
    np.testing.assert_allclose(other.parameters[[1, 3]], fit.parameters[[1, 3]], rtol=1e-6)
    np.testing.assert_allclose(100 * other.parameters[2], fit.parameters[2], rtol=1e-6)


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0, 5.0])
def test_marginal_curve_is_the_mean_over_organisations(spread):
    linear = np.array([-4.0, -1, 0, 2.5])
    curve = marginal_curve(linear, spread)
    for place, eta in enumerate(linear):
        expected = integrate.quad(lambda z, eta=eta: expit(eta + spread * z) * norm.pdf(z), -10, 10)[0]
        np.testing.assert_allclose(curve.value[place], expected, rtol=1e-8)
    step = 1e-5
    up, down = marginal_curve(linear + step, spread), marginal_curve(linear - step, spread)
    np.testing.assert_allclose(curve.slope, (up.value - down.value) / (2 * step), rtol=1e-6)
    np.testing.assert_allclose(curve.bend, (up.slope - down.slope) / (2 * step), rtol=1e-6, atol=1e-9)


def test_marginal_effects_are_near_those_of_a_gee(data, fit):
    outcome, columns, groups = parts(data)
    gee = fit_gee(outcome, columns, groups, family="logit")
    ours = fit.parameters[1] * marginal_curve(columns @ fit.parameters, fit.spread).slope.mean()
    theirs = gee.parameters[1] * marginal_curve(columns @ gee.parameters, 0.0).slope.mean()
    assert abs(fit.parameters[1]) > 1.1 * abs(gee.parameters[1])
    # Two estimators of one thing.
    np.testing.assert_allclose(ours, theirs, rtol=0.05)


def test_organisations_of_one_row_each_are_refused():
    with pytest.raises(LinkError, match="mixed model needs organisations with several rows"):
        fit_mixed_logit(np.arange(12.0) % 2, np.ones((12, 1)), np.arange(12))


def test_an_outcome_of_the_organisation_is_refused():
    groups = np.repeat(np.arange(12), 3)
    with pytest.raises(LinkError, match="all but the same in all rows.*level 'organisation'"):
        fit_mixed_logit((groups % 2).astype(float), np.ones((36, 1)), groups)
