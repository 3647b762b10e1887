"""Firth's logit: R's numbers, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.links.firth import FirthLikelihood
from surveykit.links.likelihood import maximise

REFERENCE = Path(__file__).parent.parent / "reference"
COLUMNS = ["clarity", "effort", "regulated", "(Intercept)"]


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "firth.csv").assign(**{"(Intercept)": 1.0})


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "firth.json").read_text())


def model_of(data, outcome, scale=1.0):
    groups = pd.factorize(data["organisation"])[0]
    return FirthLikelihood(data[outcome].to_numpy(float), data[COLUMNS].to_numpy(float) * scale, groups)


@pytest.mark.parametrize("outcome", ["reached", "stopped"])
def test_estimates_errors_and_value_are_those_of_brglm2(data, reference, outcome):
    expected = reference[outcome]
    parameters, converged = maximise(model_of(data, outcome))
    assert converged
    # brglm2 iterates to a step of 1e-13, and we to a gain of 1e-20.
    np.testing.assert_allclose(
        parameters, [expected["coefficients"][name] for name in COLUMNS], rtol=1e-7, atol=1e-9
    )
    there = model_of(data, outcome).at(parameters)
    errors = np.sqrt(np.diag(np.linalg.inv(there.information.sum(axis=0))))
    np.testing.assert_allclose(errors, [expected["std_errors"][name] for name in COLUMNS], rtol=1e-7)
    # R's effort is in tens for this one: the volume of the information then differs by a factor.
    np.testing.assert_allclose(there.value - np.log(10), expected["value"], rtol=1e-9)


def test_fit_under_a_null_keeps_the_penalty_of_the_whole_model(data, reference):
    model = model_of(data, "stopped")
    under, converged = maximise(model, fixed={0: 0.0})
    assert converged
    # R's side is optim's, good to about 1e-8 of the value.
    np.testing.assert_allclose(
        model.at(under).value - np.log(10), reference["stopped"]["value_without_clarity"], rtol=1e-7
    )


def test_scores_are_the_derivative_of_the_value(data):
    model = model_of(data, "reached")
    at, step = np.array([0.3, -0.01, 0.4, 0.1]), 1e-5
    numeric = [
        (model.at(at + step * e).value - model.at(at - step * e).value) / (2 * step) for e in np.eye(4)
    ]
    # Central differences of a value near 40: good to about 1e-9.
    np.testing.assert_allclose(model.at(at).scores.sum(axis=0), numeric, rtol=1e-6)


def test_separation_leaves_the_estimate_finite_and_the_sign_right(data):
    parameters, _ = maximise(model_of(data, "stopped"))
    assert -6 < parameters[2] < 0


def test_an_outcome_turned_around_turns_the_signs(data):
    ahead, _ = maximise(model_of(data, "reached"))
    back, _ = maximise(model_of(data.assign(reached=1 - data["reached"]), "reached"))
    np.testing.assert_allclose(back, -ahead, rtol=1e-7)


def test_units_of_the_columns_change_nothing_else(data):
    scale = np.array([10.0, 1e-3, 1.0, 1.0])
    before, after = maximise(model_of(data, "stopped"))[0], maximise(model_of(data, "stopped", scale))[0]
    np.testing.assert_allclose(after * scale, before, rtol=1e-7)


def test_where_probabilities_are_0_or_1_there_is_no_information_and_no_value(data):
    assert model_of(data, "reached").at(np.array([0.0, 0.0, 0.0, 800.0])).value == -np.inf
