"""Many surveys fitted at once: the p-values of `fit_link`, whatever the model, the weights and the sizes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.links import fit_link
from surveykit.links.clustered import clustered
from surveykit.links.firth import FirthLikelihood
from surveykit.links.likelihood import maximise
from surveykit.links.power.fits import fit_surveys
from surveykit.links.power.outcomes import make_outcome
from surveykit.links.power.scenario import Scenario
from surveykit.links.power.surveys import Surveys, draw_surveys
from surveykit.links.power.truth import standard_normal

OUTCOMES = {
    "ols": np.arange(5.0),
    "logit": np.repeat([0.0, 1.0], [6, 4]),
    "ordered logit": np.repeat([1.0, 2.0, 4.0], [5, 3, 2]),
    "poisson": np.repeat([0.0, 1.0, 2.0, 5.0], [4, 3, 2, 1]),
    "fractional": np.linspace(0.05, 0.8, 12),
}
DUMMIES = np.array([True, True, False])
TESTED = 3


def scenario(model: str, *, weighted: bool = False, per_executive: bool = False) -> Scenario:
    """Sixty organisations of one to four rows in three industries, with a number and two scales."""
    rng = np.random.default_rng(1)
    sizes = rng.integers(1, 5, 60)
    rows = np.repeat(np.arange(60), sizes)
    industry = rng.integers(0, 3, 60)[rows]
    others = np.column_stack([industry == 1, industry == 2, rng.standard_normal(len(rows))]).astype(float)
    return Scenario(
        per_executive=per_executive,
        sizes=sizes,
        starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        others=others,
        dummies=DUMMIES,
        shift=np.zeros((60, 2)),
        between=np.linalg.cholesky(np.array([[1, 0.4], [0.4, 1]])),
        within=1.7 * np.eye(2),
        tested=TESTED,
        exposed=None,
        weights=np.exp(0.5 * rng.standard_normal(len(rows))) if weighted else None,
        outcome=make_outcome(model, OUTCOMES[model], standard_normal(), effect=0.1, correlation=0.1),
    )


def organisations(surveys: Surveys) -> np.ndarray:
    return np.concatenate(
        [1000 * block.each + np.arange(block.organisations).repeat(block.each) for block in surveys.blocks]
    )


def fitted_one(surveys: Surveys, sample: int, model: str) -> float:
    columns = list("abcxy")
    data = pd.DataFrame(surveys.columns[sample, :, :-1], columns=columns)
    data = data.assign(outcome=surveys.outcome[sample], organisation=organisations(surveys))
    weights = {}
    if surveys.weights is not None:
        data, weights = data.assign(w=surveys.weights[sample]), {"weights": "w"}
    fitted = fit_link(data, model, outcome="outcome", predictors=["x"], adjust_for=list("abcy"), **weights)
    return fitted.parameter("x")["p_value"]


@pytest.mark.parametrize("per_executive", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("model", OUTCOMES)
def test_p_is_that_of_fit_link(model: str, *, weighted: bool, per_executive: bool) -> None:
    given = scenario(model, weighted=weighted, per_executive=per_executive)
    surveys = draw_surveys(given, 60, 4, 2, np.random.default_rng(2))
    found = fit_surveys(surveys, model, TESTED, DUMMIES)
    assert not found.penalised.any()
    # 1e-6: both are Newton's method to its end, but tail probabilities magnify what is left of the parameters.
    np.testing.assert_allclose(
        found.p, [fitted_one(surveys, sample, model) for sample in range(2)], rtol=1e-6
    )


@pytest.mark.parametrize("model", ["logit", "ordered logit"])
def test_organisations_with_more_rows_than_parameters_give_the_same(model: str) -> None:
    given = scenario(model, weighted=True, per_executive=True)
    surveys = draw_surveys(given, 25, 16, 2, np.random.default_rng(3))
    found = fit_surveys(surveys, model, TESTED, DUMMIES).p
    np.testing.assert_allclose(found, [fitted_one(surveys, n, model) for n in range(2)], rtol=1e-6)


def test_a_category_that_nobody_drawn_is_in_plays_no_part() -> None:
    surveys = draw_surveys(scenario("logit"), 60, 4, 1, np.random.default_rng(2))
    without = surveys.columns.copy()
    without[:, :, 1] = 0
    found = fit_surveys(replace(surveys, columns=without), "logit", TESTED, DUMMIES).p
    data = pd.DataFrame(without[0, :, :-1], columns=list("abcxy"))
    data = data.assign(outcome=surveys.outcome[0], organisation=organisations(surveys))
    fitted = fit_link(data, "logit", outcome="outcome", predictors=["x"], adjust_for=list("acy"))
    np.testing.assert_allclose(found, fitted.parameter("x")["p_value"], rtol=1e-6)


def test_a_logit_that_a_category_separates_is_firths() -> None:
    surveys = draw_surveys(scenario("logit"), 40, 4, 2, np.random.default_rng(2))
    outcome = np.where(surveys.columns[:, :, 0] == 1, 0.0, surveys.outcome)
    found = fit_surveys(replace(surveys, outcome=outcome), "logit", TESTED, DUMMIES)
    assert found.penalised.all()
    groups = np.unique(organisations(surveys), return_inverse=True)[1]
    for sample in range(2):
        model = FirthLikelihood(outcome[sample], surveys.columns[sample], groups)
        parameters, _ = maximise(model)
        at, contrast = model.at(parameters), np.eye(6)[TESTED]
        errors = clustered(at.scores, at.information)
        t = parameters[TESTED] / np.sqrt(contrast @ errors.covariance @ contrast)
        expected = 2 * stats.t.sf(abs(t), errors.degrees(contrast))
        # 1e-5: steps with the plain information come near the penalised best only by and by.
        assert found.p[sample] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("model", ["ordered logit", "poisson"])
def test_another_model_without_a_best_fit_has_no_p(model: str) -> None:
    surveys = draw_surveys(scenario(model), 40, 4, 2, np.random.default_rng(2))
    outcome = np.where(surveys.columns[:, :, 0] == 1, 0.0, surveys.outcome)
    assert np.isnan(fit_surveys(replace(surveys, outcome=outcome), model, TESTED, DUMMIES).p).all()


def test_columns_that_determine_each_other_and_constant_outcomes_have_no_p() -> None:
    surveys = draw_surveys(scenario("ols"), 40, 4, 3, np.random.default_rng(2))
    columns, outcome = surveys.columns.copy(), surveys.outcome.copy()
    columns[0, :, 4] = 2 * columns[0, :, TESTED] + 1
    outcome[1] = 3.0
    found = fit_surveys(replace(surveys, columns=columns, outcome=outcome), "ols", TESTED, DUMMIES).p
    assert np.isnan(found).tolist() == [True, True, False]


def test_a_category_of_the_outcome_missing_in_some_samples_harms_no_other() -> None:
    surveys = draw_surveys(scenario("ordered logit"), 60, 4, 3, np.random.default_rng(2))
    outcome = surveys.outcome.copy()
    outcome[1] = np.minimum(outcome[1], 1)
    mixed = replace(surveys, outcome=outcome)
    found = fit_surveys(mixed, "ordered logit", TESTED, DUMMIES).p
    np.testing.assert_allclose(found, [fitted_one(mixed, n, "ordered logit") for n in range(3)], rtol=1e-6)
