"""Which test a link gets, that it is named, and that effect and coefficient never disagree."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links import average_marginal_effect, fit_link
from surveykit.links.firth import FirthLikelihood
from surveykit.links.inference import FEW, SATTERTHWAITE, WILD, infer, infer_effect

REFERENCE = Path(__file__).parent.parent / "reference"
OUTCOMES = {
    "ols": "speed",
    "logit": "reached",
    "fractional": "share",
    "ordered logit": "stage",
    "poisson": "rollbacks",
    "negative binomial": "many",
    "multinomial": "kind",
    "cox": "months",
}
ONE_CURVE = ["logit", "fractional", "ordered logit", "poisson", "negative binomial", "cox"]


@pytest.fixture(scope="module")
def data():
    found = pd.read_csv(REFERENCE / "links.csv").dropna()
    rng = np.random.default_rng(5)
    n = len(found)
    return found.assign(
        share=np.clip(found["speed"] / 12, 0, 1).round(2),
        many=rng.poisson(rng.gamma(0.7, 2 * np.exp(0.2 * found["clarity"]), n)),
        kind=rng.integers(0, 3, n),
        months=np.ceil(rng.exponential(9, n)),
        seen=rng.integers(0, 4, n) > 0,
    )


def fitted(data, model, **changed):
    event = {"event": "seen"} if model == "cox" else {}
    parts = {"predictors": ["clarity", "effort"], "adjust_for": [], **event, **changed}
    return fit_link(data, model, outcome=OUTCOMES[model], **parts)


def test_linear_models_keep_t_and_say_so(data):
    model = fitted(data, "ols")
    found = infer(model, "clarity")
    assert (found["method"], found["draws"]) == (SATTERTHWAITE, 0)
    assert {name: found[name] for name in model.parameter("clarity")} == model.parameter("clarity")
    effect = infer_effect(model, "effort")
    assert effect["method"] == SATTERTHWAITE
    assert effect["ci_lower"] == average_marginal_effect(model, "effort")["ci_lower"]


def test_many_organisations_get_t(data):
    twins = pd.concat([data, data.assign(organisation=data["organisation"] + "'")], ignore_index=True)
    assert fitted(data, "logit").n_organisations < FEW <= fitted(twins, "logit").n_organisations
    assert infer(fitted(twins, "logit"), "clarity")["method"] == SATTERTHWAITE
    assert infer(fitted(data, "logit"), "clarity")["method"] == WILD


@pytest.mark.parametrize("model", ONE_CURVE)
@pytest.mark.parametrize("predictor", ["clarity", "effort"])
def test_effect_and_coefficient_never_disagree(data, model, predictor):
    link = fitted(data, model)
    coefficient, effect = infer(link, predictor), infer_effect(link, predictor)
    assert coefficient["method"] == effect["method"] == WILD
    assert coefficient["p_value"] == effect["p_value"]
    assert effect["ci_lower"] < effect["estimate"] < effect["ci_upper"]
    for found in (coefficient, effect):
        assert (found["ci_lower"] <= 0 <= found["ci_upper"]) == (found["p_value"] > 0.05)


def test_in_the_lowest_category_the_limits_change_places(data):
    link = fitted(data, "ordered logit")
    lowest = infer_effect(link, "clarity", category=1)
    assert np.sign(lowest["estimate"]) == -np.sign(link.parameters["clarity"])
    assert lowest["ci_lower"] < lowest["estimate"] < lowest["ci_upper"]
    assert lowest["p_value"] == infer(link, "clarity")["p_value"]


@pytest.mark.parametrize(("model", "category"), [("multinomial", None), ("ordered logit", 2)])
def test_effects_of_several_coefficients_get_t(data, model, category):
    found = infer_effect(fitted(data, model), "clarity", category=category)
    assert (found["method"], found["draws"]) == (SATTERTHWAITE, 0)


def test_coefficients_of_a_multinomial_model_get_the_bootstrap(data):
    assert infer(fitted(data, "multinomial"), "1: clarity")["method"] == WILD


@pytest.mark.parametrize(("shift", "factor"), [(0, -1e-4), (1e3, 1e6)])
def test_unit_of_a_predictor_changes_no_p_value_and_no_effect(data, shift, factor):
    plain = fitted(data, "logit")
    scaled = fitted(data.assign(effort=(data["effort"] + shift) * factor), "logit")
    before, after = (infer_effect(link, "effort") for link in (plain, scaled))
    assert after["p_value"] == before["p_value"]
    limits = sorted(np.sign(factor) * np.array([after["ci_lower"], after["ci_upper"]]))
    # Limits are found to 1e-8 standard errors; a far-off mean costs the fits some digits.
    np.testing.assert_allclose(limits, [before["ci_lower"], before["ci_upper"]], rtol=1e-5)


def test_weights_enter_the_bootstrap(data):
    weighted = data.assign(w=np.where(data["clarity"] > 3.4, 2.0, 1.0))
    same = infer(fitted(data.assign(w=3.0), "logit", weights="w"), "clarity")
    assert same["p_value"] == infer(fitted(data, "logit"), "clarity")["p_value"]
    assert infer(fitted(weighted, "logit", weights="w"), "clarity")["p_value"] != same["p_value"]


def test_an_unknown_parameter_is_refused_with_the_near_match(data):
    with pytest.raises(LinkError, match=r"the model has no parameter 'clarty'.*clarity"):
        infer(fitted(data, "logit"), "clarty")


def test_firth_s_logit_keeps_t(data):
    link = fitted(data, "logit")
    rows = link.design.to_numpy()
    groups = pd.factorize(link.rows["organisation"])[0]
    firth = replace(link, likelihood=FirthLikelihood(link.rows["reached"].to_numpy(float), rows, groups))
    assert infer(link, "clarity")["method"] == WILD
    assert infer(firth, "clarity")["method"] == SATTERTHWAITE
