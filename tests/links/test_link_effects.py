"""Levels, curves, standardised sizes, and tests of what a model takes for granted."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from surveykit.errors import LinkError
from surveykit.links import average_marginal_effect, fit_link
from surveykit.links.cuts import by_cut
from surveykit.links.effects import effects_by_category
from surveykit.links.expected import mean_level
from surveykit.links.levels import low_to_high, predicted_curve
from surveykit.links.overdispersion import overdispersion
from surveykit.links.proportional import proportional_hazards, proportional_odds
from surveykit.links.standardised import standardised_effect

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
PROBABILITIES = {"logit", "ordered logit", "fractional", "multinomial", "cox"}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "link_models.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "link_models.json").read_text())


@pytest.fixture(scope="module")
def fits(data):
    return {model: fit(data, model) for model in OUTCOMES}


def fit(data, model, **changed):
    parts = {"predictors": ["clarity", "effort", "redesigned"], "adjust_for": ["industry"], **changed}
    event = {"event": "production"} if model == "cox" else {}
    return fit_link(data, model, outcome=OUTCOMES[model], **event, **parts)


def test_levels_are_those_of_r(fits, reference):
    found, expected = low_to_high(fits["logit"], "clarity"), reference["levels"]
    np.testing.assert_allclose([found.low, found.high], expected["ends"], rtol=1e-12)
    for ours, theirs in {"at_low": "low", "at_high": "high", "difference": "difference"}.items():
        values = getattr(found, ours)[["estimate", "std_error"]]
        # R's gradients are numeric, good to about 1e-9.
        np.testing.assert_allclose(values, [expected[theirs][key] for key in values.index], rtol=1e-7)
    np.testing.assert_allclose(found.difference["df"], expected["difference"]["df"], rtol=1e-6)


def test_limits_of_a_probability_are_turned_back_from_its_logit(fits, reference):
    logit, found = reference["levels"]["low_logit"], low_to_high(fits["logit"], "clarity").at_low
    reach = stats.t.ppf(0.975, logit["df"]) * logit["std_error"]
    expected = expit([logit["estimate"] - reach, logit["estimate"] + reach])
    np.testing.assert_allclose(found[["ci_lower", "ci_upper"]], expected, rtol=1e-7)


@pytest.mark.parametrize("model", OUTCOMES)
def test_from_low_to_high_is_the_difference_of_levels(fits, model):
    found = low_to_high(fits[model], "effort")
    table = found.to_frame()
    np.testing.assert_allclose(
        found.at_high["estimate"] - found.at_low["estimate"], found.difference["estimate"]
    )
    assert list(table.index) == ["low", "high", "difference"]
    assert table["value"]["difference"] == found.high - found.low > 0
    assert repr(found).startswith("effort from low to high\n")


@pytest.mark.parametrize("model", OUTCOMES)
def test_a_yes_or_no_goes_from_0_to_1_as_the_marginal_effect_does(fits, model):
    found = low_to_high(fits[model], "redesigned")
    assert (found.low, found.high) == (0, 1)
    pd.testing.assert_series_equal(
        found.difference, average_marginal_effect(fits[model], "redesigned"), check_names=False, rtol=1e-10
    )


@pytest.mark.parametrize("model", OUTCOMES)
def test_curve_stays_in_the_range_of_the_outcome_and_meets_the_levels(fits, model):
    curve = predicted_curve(fits[model], "clarity")
    assert len(curve) == 25
    assert (curve["ci_lower"] < curve["estimate"]).all()
    assert (curve["estimate"] < curve["ci_upper"]).all()
    assert model == "ols" or (curve["ci_lower"] > 0).all()
    assert model not in PROBABILITIES or (curve["ci_upper"] < 1).all()
    # The slope of the averaged curve near the middle is near the average marginal effect.
    slope = np.gradient(curve["estimate"], curve["value"])[12]
    effect = average_marginal_effect(fits[model], "clarity", per=1)["estimate"]
    assert abs(slope - effect) < 0.3 * abs(effect) + 0.02


def test_curve_of_ols_has_the_limits_of_the_mean(fits):
    curve = predicted_curve(fits["ols"], "redesigned")
    level = low_to_high(fits["ols"], "redesigned")
    np.testing.assert_allclose(curve["value"], [0, 1])
    np.testing.assert_allclose(
        curve["ci_lower"], [level.at_low["ci_lower"], level.at_high["ci_lower"]], rtol=1e-12
    )


@pytest.mark.parametrize("model", ["ordered logit", "multinomial"])
def test_shares_of_all_categories_sum_to_one(fits, model):
    codes = effects_by_category(fits[model], "effort").index
    levels = [low_to_high(fits[model], "effort", category=code).at_high["estimate"] for code in codes]
    np.testing.assert_allclose(sum(levels), 1, rtol=1e-12)


@pytest.mark.parametrize("model", OUTCOMES)
def test_marginal_effects_are_derivatives_and_their_errors_those_of_moved_parameters(fits, model):
    fitted = fits[model]
    effect = average_marginal_effect(fitted, "effort", per=1)

    # Over central differences of the curve at every row: the same number without the formula under test.
    def moved(step):
        design = fitted.design.assign(effort=fitted.design["effort"] + step)
        return mean_level(replace(fitted, design=design)).estimate

    np.testing.assert_allclose(effect["estimate"], (moved(1e-3) - moved(-1e-3)) / 2e-3, rtol=1e-6)
    root = np.linalg.cholesky(fitted.clustered.covariance)

    def at(shift):
        parameters = fitted.parameters + shift
        return average_marginal_effect(replace(fitted, parameters=parameters), "effort", per=1)["estimate"]

    along = [(at(1e-4 * column) - at(-1e-4 * column)) / 2e-4 for column in root.T]
    np.testing.assert_allclose(effect["std_error"], np.linalg.norm(along), rtol=1e-5)


def test_weights_weigh_the_rows_of_an_effect(data):
    fitted = fit(data, "logit", weights="weight")
    rows = fitted.design.to_numpy()
    share = expit(rows @ fitted.parameters.to_numpy())
    slope = np.average(share * (1 - share), weights=data["weight"]) * fitted.parameters["effort"]
    np.testing.assert_allclose(
        average_marginal_effect(fitted, "effort", per=1)["estimate"], slope, rtol=1e-10
    )


def test_standardised_difference_is_the_slope_of_standardised_columns(data, fits):
    zs = data.assign(
        **{name: (data[name] - data[name].mean()) / data[name].std() for name in ("effort", "speed")}
    )
    found = standardised_effect(fits["ols"], "effort").loc["standardised difference"]
    expected = fit(zs, "ols").to_frame().loc["effort"]
    np.testing.assert_allclose(found[expected.index].astype(float), expected, rtol=1e-9)


def test_standardised_sizes_by_name(data, fits):
    logit = standardised_effect(fits["logit"], "redesigned")
    beta = fits["logit"].parameters["redesigned"]
    np.testing.assert_allclose(logit["estimate"], [beta, np.exp(beta), beta * np.sqrt(3) / np.pi], rtol=1e-12)
    np.testing.assert_allclose(logit.loc["odds ratio", "ci_upper"], np.exp(logit.loc["log odds", "ci_upper"]))
    own = data.drop_duplicates("organisation")["clarity"].std()
    cox = standardised_effect(fits["cox"], "clarity")
    np.testing.assert_allclose(
        cox.loc["log hazard", "estimate"], own * fits["cox"].parameters["clarity"], rtol=1e-12
    )
    assert list(standardised_effect(fits["poisson"], "clarity").index) == ["log count", "rate ratio"]
    assert list(standardised_effect(fits["multinomial"], "clarity").index) == [
        "log odds 2",
        "odds ratio 2",
        "log odds 3",
        "odds ratio 3",
    ]


def test_overdispersion_is_cameron_and_trivedi_s_in_r(fits, reference):
    found = overdispersion(fits["poisson"])
    expected = reference["overdispersion"]
    np.testing.assert_allclose(
        [found.estimate, found.std_error, found.df], list(expected.values()), rtol=1e-8
    )
    assert found.p_value < 0.05
    assert found.model == "negative binomial"
    assert found.to_frame()["model"].tolist() == ["negative binomial"]


def test_counts_of_a_poisson_model_are_not_called_overdispersed():
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(20):
        rows = pd.DataFrame({"organisation": np.arange(160) // 4, "x": rng.normal(size=160)})
        rows["y"] = rng.poisson(np.exp(0.5 + 0.3 * rows["x"]))
        found += overdispersion(fit_link(rows, "poisson", outcome="y", predictors=["x"])).p_value < 0.05
    # 5% of 20 is 1; above 4 has a chance under 1%.
    assert found <= 4


def test_slopes_of_cuts_are_those_of_r(fits, reference):
    table = by_cut(fits["ordered logit"])
    clarity = table[table["predictor"] == "clarity"].set_index("cut")
    expected = pd.DataFrame(reference["cuts"]).T
    np.testing.assert_allclose(clarity["estimate"], expected["clarity"], rtol=1e-8)
    np.testing.assert_allclose(clarity["std_error"], expected["std_error"], rtol=1e-8)
    assert (table["reason"] == "").all()
    assert table["effect"].notna().all()


def test_a_cut_without_a_best_fit_says_so(data):
    few = data.assign(stage=np.where(data["stage"] == 4, 3, data["stage"]))
    few.loc[few["redesigned"].to_numpy().nonzero()[0][:2], "stage"] = 4
    table = by_cut(fit(few, "ordered logit"))
    assert table.loc[table["cut"] == 4, "estimate"].isna().all()
    assert table.loc[table["cut"] == 4, "reason"].str.contains("separation").all()
    with pytest.raises(LinkError, match="separation"):
        proportional_odds(fit(few, "ordered logit"))


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(factor=st.sampled_from([-3.0, 1e-4, 1e5]), weighted=st.booleans())
def test_proportional_odds_know_no_direction_and_no_unit(data, factor, weighted):
    weights = {"weights": "weight"} if weighted else {}
    one = proportional_odds(fit(data, "ordered logit", **weights))
    turned = data.assign(stage=-data["stage"], effort=data["effort"] * factor)
    other = proportional_odds(fit(turned, "ordered logit", **weights))
    np.testing.assert_allclose(other.test[:4], one.test[:4], rtol=1e-5)
    np.testing.assert_allclose(
        other.by_predictor["p_value"].astype(float), one.by_predictor["p_value"].astype(float), rtol=1e-5
    )


def test_slopes_that_differ_by_cut_are_found():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame(
        {"organisation": np.arange(600) // 5, "x": rng.normal(size=600), "z": rng.normal(size=600)}
    )
    u = rng.logistic(size=600)
    rows["stage"] = (u + 1.5 * rows["x"] > -1).astype(int) + (
        (u + 0.2 * rows["x"] > 0.5) & (u + 1.5 * rows["x"] > -1)
    )
    found = proportional_odds(fit_link(rows, "ordered logit", outcome="stage", predictors=["x", "z"]))
    assert found.test.p_value < 1e-4
    assert found.by_predictor.loc["x", "p_value"] < 1e-4
    assert found.by_predictor.loc["z", "p_value"] > 0.05
    assert list(found.to_frame().index) == ["x", "z", "(all)"]
    assert repr(found).startswith("one slope for all, tested over 120 organisations")


def test_changes_with_time_are_cox_zph_s_in_r(data, reference):
    fitted = fit(data, "cox")
    here = fitted.likelihood.over_time(fitted.parameters.to_numpy())
    scores, information = here.scores.sum(axis=0), here.information.sum(axis=0)
    count = len(fitted.parameters)
    alone = []
    for column in range(count):
        kept = [*range(count), count + column]
        change = np.linalg.solve(information[np.ix_(kept, kept)], scores[kept])
        alone.append(change[-1] * scores[count + column])
    names = [name.replace("industry = ", "industry") for name in fitted.parameters.index]
    expected = [reference["cox"]["zph"][name] for name in names]
    np.testing.assert_allclose(alone, expected, rtol=1e-7)


def test_a_slope_that_fades_with_time_is_found(data):
    assert proportional_hazards(fit(data, "cox")).test.p_value > 0.05
    rng = np.random.default_rng(6)
    x = rng.normal(size=500)
    early, late = rng.exponential(np.exp(-1.5 * x)), 0.5 + rng.exponential(np.ones(500))
    rows = pd.DataFrame({"organisation": np.arange(500) // 5, "x": x, "seen": 1})
    rows["time"] = np.where(early < 0.5, early, late)
    found = proportional_hazards(fit_link(rows, "cox", outcome="time", predictors=["x"], event="seen"))
    assert found.test.p_value < 1e-4


@pytest.mark.parametrize(
    ("ask", "model", "match"),
    [
        (overdispersion, "ols", "tested on a poisson model; given: 'ols'"),
        (by_cut, "logit", "only an ordered logit has cuts; given: 'logit'"),
        (proportional_odds, "logit", "only an ordered logit has cuts"),
        (proportional_hazards, "logit", "only a cox model has hazards"),
        (lambda f: effects_by_category(f, "clarity"), "logit", "logit model has no categories"),
        (lambda f: average_marginal_effect(f, "clarity", category=1), "ols", "ols model has no categories"),
        (
            lambda f: low_to_high(f, "clarity", category=9),
            "multinomial",
            "no such category; given: 9; allowed: 1",
        ),
        (lambda f: low_to_high(f, "claritty"), "ols", "no column 'claritty'. Did you mean 'clarity'"),
        (lambda f: predicted_curve(f, "clarity", n=1), "ols", "needs two values or more; given: 1"),
        (lambda f: standardised_effect(f, "claritty"), "ols", "no column 'claritty'"),
    ],
)
def test_what_a_model_cannot_be_asked(fits, ask, model, match):
    with pytest.raises(LinkError, match=match):
        ask(fits[model])


def test_low_and_high_that_are_the_same(data):
    rare = data.assign(effort=(np.arange(len(data)) % 30 == 0) * data["effort"])
    with pytest.raises(LinkError, match="low and high 'effort' are the same: .* given: 0.0"):
        low_to_high(fit(rare, "ols"), "effort")


def test_two_categories_have_one_cut(data):
    with pytest.raises(LinkError, match="one cut: its odds are proportional"):
        proportional_odds(fit(data.assign(stage=data["reached"]), "ordered logit"))
