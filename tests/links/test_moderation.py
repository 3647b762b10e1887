"""Moderation: R's simple slopes, joint tests and regions, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from surveykit.errors import LinkError
from surveykit.links.clustered import clustered, group_sums, outer_sums
from surveykit.links.moderation import moderate
from surveykit.links.wald import Contrasts

REFERENCE = Path(__file__).parent.parent / "reference"
OUTCOMES = {"ols": "speed", "logit": "reached", "poisson": "rollbacks", "ordered logit": "stage"}
HELD = {
    "clarity by effort": ["redesigned", "capacity"],
    "effort by clarity": ["redesigned", "size"],
    "clarity by redesigned": ["effort", "capacity"],
    "redesigned by effort": ["clarity"],
    "clarity by size": ["effort"],
}
# R's gradients are numeric (Richardson), good to about 1e-9 of an effect, and its products are of plain columns: the
# same fit through a worse conditioned design.
NEAR = {"rtol": 1e-8}
TESTED = ["statistic", "df_num", "df", "p_value"]


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "paths.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "paths.json").read_text())["moderation"]


def fit(data, pair="clarity by effort", model="ols", **changed):
    predictor, moderator = pair.split(" by ")
    parts = {"outcome": OUTCOMES.get(model, "speed"), "adjust_for": HELD[pair], **changed}
    return moderate(data, model, predictor=predictor, moderator=moderator, **parts)


@pytest.mark.parametrize("model", OUTCOMES)
@pytest.mark.parametrize("pair", HELD)
def test_effects_errors_and_tests_are_those_of_r(data, reference, pair, model):
    expected, found = reference[pair][model], fit(data, pair, model)
    slopes = found.slopes.set_index("at")
    names = list(expected["slopes"])
    np.testing.assert_allclose(slopes.loc[names, "estimate"], list(expected["slopes"].values()), **NEAR)
    if model == "ordered logit":  # R has no clustered covariance for it: test_fitted_links.py holds ours
        return
    np.testing.assert_allclose(slopes.loc[names, "std_error"], list(expected["errors"].values()), **NEAR)
    np.testing.assert_allclose(slopes.loc[names, "df"], list(expected["df"].values()), **NEAR)
    differences = found.differences.set_index("at")
    names = list(expected["differences"])
    np.testing.assert_allclose(
        differences.loc[names, "estimate"], list(expected["differences"].values()), **NEAR
    )
    np.testing.assert_allclose(differences.loc[names, "std_error"], expected["difference_errors"], **NEAR)
    for name in ("test", "product_test"):
        ours = [getattr(getattr(found, name), key) for key in TESTED]
        np.testing.assert_allclose(ours, [expected[name][key] for key in TESTED], **NEAR)


@pytest.mark.parametrize("pair", ["clarity by effort", "effort by clarity"])
def test_regions_end_where_r_finds_the_interval_to_touch_zero(data, reference, pair):
    expected, region = reference[pair]["ols"], fit(data, pair).region
    moderator = data[pair.split(" by ")[1]]
    ends = [end for end in region[["lower", "upper"]].to_numpy().ravel() if end not in set(moderator)]
    np.testing.assert_allclose(ends, np.ravel(expected["crossings"]), rtol=1e-7)
    assert region["upper"].max() == moderator.max()
    assert (region[["lower", "upper"]].stack().between(moderator.min(), moderator.max())).all()


def test_share_of_a_region_counts_organisations_once(data):
    found = fit(data, "effort by clarity")
    (row,) = found.region.itertuples()
    once = data.drop_duplicates("organisation")["clarity"]
    assert row.share == once.between(row.lower, row.upper).mean()


@pytest.mark.parametrize("model", OUTCOMES)
@pytest.mark.parametrize("move", [lambda z: z + 1000, lambda z: -7 * z, lambda z: z / 3 - 2])
def test_unit_and_origin_of_the_moderator_change_no_test(data, model, move):
    before, after = fit(data, model=model), fit(data.assign(effort=move(data["effort"])), model=model)
    for name in ("test", "product_test"):
        # Products of another scale: rounding of the fit only.
        np.testing.assert_allclose(getattr(after, name)[:4], getattr(before, name)[:4], rtol=1e-6)


def test_for_a_linear_model_both_tests_are_one(data):
    for pair in HELD:
        found = fit(data, pair)
        np.testing.assert_allclose(found.test[:4], found.product_test[:4], rtol=1e-9)


def test_one_product_is_the_t_of_its_coefficient(data):
    found = fit(data, model="logit")
    product = found.fitted.parameter("clarity by effort")
    np.testing.assert_allclose(
        found.product_test.statistic, (product["estimate"] / product["std_error"]) ** 2
    )
    np.testing.assert_allclose(
        [found.product_test.df, found.product_test.p_value], [product["df"], product["p_value"]]
    )


def test_effects_are_told_as_a_fit_tells_its_coefficients(data):
    found = fit(data, confidence=0.9)
    product = found.fitted.parameter("clarity by effort", confidence=0.9)
    step = found.per * (found.slopes["value"].iloc[2] - found.slopes["value"].iloc[0])
    told = found.differences.loc[0, list(product)]
    scaled = {key: value * (1 if key in {"df", "p_value"} else step) for key, value in product.items()}
    np.testing.assert_allclose(told.to_numpy(dtype=float), list(scaled.values()), rtol=1e-9)


def test_main_coefficient_is_the_slope_at_the_average_moderator(data):
    for pair in ("clarity by effort", "clarity by redesigned"):
        predictor, moderator = pair.split(" by ")
        found = fit(data, pair)
        slopes = found.slopes
        at_mean = np.interp(data[moderator].mean(), slopes["value"], slopes["estimate"]) / found.per
        np.testing.assert_allclose(found.fitted.parameters[predictor], at_mean, rtol=1e-9)


def test_effects_in_a_logit_differ_without_a_product(data):
    # Ai and Norton: where the curve is steeper, the same coefficient is worth more.
    rng = np.random.default_rng(3)
    n = 4000
    rows = pd.DataFrame(
        {"organisation": np.arange(n) // 4, "x": rng.normal(size=n), "z": rng.integers(0, 2, n)}
    )
    rows["y"] = (rng.random(n) < expit(-3 + rows["x"] + 3 * rows["z"])).astype(int)
    found = moderate(rows, "logit", outcome="y", predictor="x", moderator="z")
    assert found.product_test.p_value > 0.05
    assert found.test.p_value < 1e-6
    truth = [np.mean(expit(eta) * expit(-eta)) for eta in (-3 + rows["x"], rows["x"])]
    # Estimates, a standard error of about .01 away at most.
    np.testing.assert_allclose(found.slopes["estimate"] / found.per, truth, atol=0.03)


@pytest.mark.parametrize("model", ["ols", "logit", "ordered logit"])
def test_row_order_changes_nothing(data, model):
    shuffled = fit(data.sample(frac=1, random_state=1), "clarity by size", model)
    pd.testing.assert_frame_equal(
        shuffled.to_frame(), fit(data, "clarity by size", model).to_frame(), rtol=1e-6, check_dtype=False
    )


def test_equal_weights_are_no_weights(data):
    for model in ("ols", "logit"):
        found = fit(data.assign(w=3.0), model=model, weights="w")
        pd.testing.assert_frame_equal(found.to_frame(), fit(data, model=model).to_frame(), rtol=1e-7)


def test_a_weight_stands_for_that_many_rows(data):
    counts = pd.Series(np.random.default_rng(1).integers(1, 4, len(data)), index=data.index)
    weighted = fit(data.assign(w=counts), "clarity by redesigned", "logit", weights="w")
    repeated = fit(data.loc[data.index.repeat(counts)], "clarity by redesigned", "logit")
    assert repeated.per == weighted.per
    np.testing.assert_allclose(weighted.slopes["estimate"], repeated.slopes["estimate"], rtol=1e-6)


def test_values_stay_within_what_was_observed():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"organisation": np.arange(120) // 3, "x": rng.normal(size=120)})
    rows["z"] = rng.exponential(size=120) ** 2
    rows["y"] = rng.normal(size=120)
    found = moderate(rows, "ols", outcome="y", predictor="x", moderator="z")
    assert found.slopes["value"].iloc[0] == rows["z"].min()


def test_categories_stand_in_their_own_order(data):
    order = ["Tiny", "Small", "Medium", "Large"]
    rows = data.assign(size=pd.Categorical(data["size"], order))
    assert fit(rows, "clarity by size").slopes["at"].tolist() == order
    found = fit(rows, "clarity by size")
    assert set(found.differences["than"]) == {data["size"].mode()[0]}
    assert found.region.empty


def test_missing_rows_are_counted(data):
    found = fit(data.assign(effort=data["effort"].where(data.index > 10)))
    assert (found.n_lost, found.n_obs) == (11, len(data) - 11)
    assert (found.to_frame()["n_obs"] == found.n_obs).all()


def refused(data, match, pair="clarity by size", model="ols", **changed):
    with pytest.raises(LinkError, match=match):
        fit(data, pair, model, **changed)


def test_what_cannot_be_moderated_is_refused(data):
    refused(data, "not differences in one mean.*Moderate a 0/1 outcome", model="cox")
    lone = data.assign(size=data["size"].where(data["organisation"] != "org03", "Huge"))
    refused(lone, "only one organisation has size = Huge: that is no comparison. Merge categories of 'size'")
    flat = data.assign(clarity=data["clarity"].where(data["size"] != "Tiny", 3.0))
    refused(flat, r"'clarity' is the same in all \d+ rows with size = Tiny")
    refused(data, "a column has two parts", adjust_for=["clarity"])
    refused(data, "no column 'sise'. Did you mean 'size'", pair="clarity by size", adjust_for=["sise"])
    few = data[data["organisation"].isin(sorted(set(data["organisation"]))[:9])]
    refused(few, "need 10 organisations", pair="clarity by effort")


def rows_of(seed, organisations, columns):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(organisations), rng.integers(1, 6, organisations))
    return np.column_stack([np.ones(len(groups)), rng.normal(size=(len(groups), columns))]), groups


def of_errors(x, groups, errors):
    left = errors - x @ np.linalg.lstsq(x, errors, rcond=None)[0]
    return clustered(group_sums(groups, x * left[:, None]), outer_sums(groups, x, x, np.ones(len(x))))


def test_a_joint_test_holds_its_level():
    # 3 differences of 20 organisations: F is approximate, so near the nominal 5%, and never far above as a chi-square
    # would be (12%). 2,000 samples: a Monte Carlo error of .005.
    x, groups = rows_of(1, 20, 3)
    rng = np.random.default_rng(8)
    weights, half = np.eye(4)[1:], np.linalg.pinv(x)
    p_values = []
    for _ in range(800):
        errors = rng.normal(size=len(x))
        p_values.append(Contrasts(of_errors(x, groups, errors)).test((half @ errors)[1:], weights).p_value)
    assert 0.025 < np.mean(np.array(p_values) < 0.05) < 0.07


def test_a_joint_test_is_of_the_space_and_not_of_its_axes():
    x, groups = rows_of(2, 15, 3)
    contrasts = Contrasts(of_errors(x, groups, np.sin(np.arange(len(x)))))
    weights, values, turn = (
        np.eye(4)[1:],
        np.array([0.3, -0.2, 0.1]),
        np.array([[1, 2, 0], [0, 1, -1], [3, 0, 1.0]]),
    )
    np.testing.assert_allclose(
        contrasts.test(turn @ values, turn @ weights)[:4], contrasts.test(values, weights)[:4], rtol=1e-9
    )


def test_degrees_of_many_contrasts_are_those_of_each():
    x, groups = rows_of(3, 14, 4)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(x))
    meat = outer_sums(groups, x, x, weight**2)
    fitted = clustered(
        group_sums(groups, x * np.sin(np.arange(len(x)))[:, None]), outer_sums(groups, x, x, weight), meat
    )
    weights = np.random.default_rng(2).normal(size=(6, 5))
    each = [fitted.degrees(row) for row in weights]
    np.testing.assert_allclose(Contrasts(fitted).degrees(weights), each, rtol=1e-9)
    told = Contrasts(fitted).inference(np.arange(6.0), weights, 0.9)
    errors = np.sqrt(np.diag(weights @ fitted.covariance @ weights.T))
    np.testing.assert_allclose(told["std_error"], errors, rtol=1e-12)
    one = Contrasts(fitted).test(np.array([1.0]), weights[:1])
    np.testing.assert_allclose(one.df, each[0], rtol=1e-9)


def test_too_few_organisations_for_a_joint_test_say_so():
    x, groups = rows_of(4, 12, 9)
    found = Contrasts(of_errors(x, groups, np.cos(np.arange(len(x))))).test(np.ones(9), np.eye(10)[1:])
    assert np.isnan([found.statistic, found.df, found.p_value]).all()
    assert "too few organisations for a joint test" in found.reason
    twice = Contrasts(of_errors(x, groups, np.cos(np.arange(len(x))))).test(np.ones(2), np.eye(10)[[1, 1]])
    assert "fewer organisations tell" in twice.reason
