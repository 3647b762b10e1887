"""R2 divided on rows of organisations: R's shares, intervals from organisations, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from surveykit.errors import LinkError
from surveykit.links.design import Terms
from surveykit.links.drivers import importance
from surveykit.links.drivers.games import LinearGame, LogitGame
from surveykit.links.drivers.resampling import differences, draw, jackknifed, percentiles, rank_range, ranks
from surveykit.links.drivers.sample import take
from surveykit.links.drivers.shapley import shapley_of_values
from surveykit.links.separation import improving_of_cuts

REFERENCE = Path(__file__).parents[2] / "reference"
NUMBERS = json.loads((REFERENCE / "drivers.json").read_text())
NAMES = ["a", "b", "c", "e", "f"]


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "drivers.csv")


@pytest.fixture(scope="module")
def speed(data):
    return importance(data, outcome="speed", predictors=NAMES)


@pytest.fixture(scope="module")
def reached(data):
    return importance(data, outcome="reached", predictors=NAMES)


def sample_of(data, outcome, names=NAMES, weights=""):
    return take(data, Terms(outcome, tuple(names), (), "organisation", "", weights), None)


@pytest.mark.parametrize(
    ("outcome", "options", "numbers"),
    [
        ("speed", {}, "linear shapley"),
        ("speed", {"weights": "weight"}, "linear weighted"),
        ("speed", {"method": "relative weights"}, "linear johnson"),
        ("reached", {}, "logit shapley"),
        ("reached", {"weights": "weight"}, "logit weighted"),
        ("reached", {"method": "relative weights"}, "logit tonidandel"),
        ("reached", {"model": "ols"}, "logit as_linear"),
    ],
)
def test_shares_are_those_of_r(data, outcome, options, numbers):
    found = importance(data, outcome=outcome, predictors=NAMES, n_boot=100, **options)
    model, which = numbers.split()
    # Closed forms, and logits that both sides fit to the last digits.
    np.testing.assert_allclose(found.data["share"], list(NUMBERS[model][which].values()), rtol=1e-9)
    assert found.model == options.get("model", {"speed": "ols", "reached": "logit"}[outcome])


@pytest.mark.parametrize("which", ["speed", "reached"])
def test_shares_sum_to_r_squared_and_proportions_to_one(which, request):
    found = request.getfixturevalue(which)
    assert found.data["share"].sum() == pytest.approx(found.r_squared.estimate, rel=1e-12)
    assert found.data["relative_weight"].sum() == pytest.approx(found.r_squared.estimate, rel=1e-8)
    assert found.data["proportion"].sum() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("which", ["speed", "reached"])
def test_columns_and_limits(which, request):
    found = request.getfixturevalue(which)
    table = found.data
    assert not table.isna().any(axis=None)
    assert table["predictor"].tolist() == NAMES
    for name in ("share", "proportion", "mean"):
        low, high = table[f"{name}_ci_lower"], table[f"{name}_ci_upper"]
        assert ((low <= table[name]) & (table[name] <= high)).all()
    assert sorted(table["rank"]) == [1, 2, 3, 4, 5]
    assert ((table["rank_lower"] <= table["rank"]) & (table["rank"] <= table["rank_upper"])).all()
    assert table["rank_lower"].isin(range(1, 6)).all()
    assert table["rank_upper"].isin(range(1, 6)).all()
    assert found.n_boot == 1000
    assert found.reason == ""
    assert found.resamples.shape == found.means.shape == (1000, 5)
    np.testing.assert_allclose(table["vif"], list(NUMBERS["linear"]["vif"].values()), rtol=1e-11)


def test_order_of_columns_and_rows_changes_nothing(data, speed, reached):
    for outcome, found in (("speed", speed), ("reached", reached)):
        mixed = data.sample(frac=1, random_state=3)
        other = importance(mixed, outcome=outcome, predictors=NAMES[::-1], n_boot=100)
        pd.testing.assert_series_equal(
            other.data.set_index("predictor")["share"].loc[NAMES],
            found.data.set_index("predictor")["share"],
            rtol=1e-9,
        )


@pytest.mark.parametrize("outcome", ["speed", "reached"])
@pytest.mark.parametrize("method", ["shapley", "relative weights"])
def test_equal_weights_are_no_weights(data, outcome, method):
    given = {"outcome": outcome, "predictors": NAMES, "n_boot": 100, "method": method}
    plain, weighted = importance(data, **given), importance(data.assign(w=7.0), weights="w", **given)
    pd.testing.assert_frame_equal(plain.data, weighted.data, rtol=1e-8)
    assert plain.r_squared == pytest.approx(weighted.r_squared, rel=1e-8)


def test_every_organisation_twice_has_the_same_shares_and_narrower_limits(data, speed):
    twice = pd.concat([data, data.assign(organisation=data["organisation"] + 100)])
    found = importance(twice, outcome="speed", predictors=NAMES)
    np.testing.assert_allclose(found.data["share"], speed.data["share"], rtol=1e-10)
    width, before = (
        (each.data["proportion_ci_upper"] - each.data["proportion_ci_lower"]).mean()
        for each in (found, speed)
    )
    # Twice the organisations, limits nearer by the root of 2; resamples are random.
    assert width / before == pytest.approx(1 / np.sqrt(2), rel=0.08)


@pytest.mark.parametrize(("outcome", "game"), [("speed", LinearGame), ("reached", LogitGame)])
def test_a_resample_is_the_sample_of_its_organisations(data, outcome, game):
    organisations = data["organisation"].unique()
    drawn = np.random.default_rng(5).choice(organisations, len(organisations))
    rows = pd.concat(
        [data[data["organisation"] == each].assign(organisation=n) for n, each in enumerate(drawn)]
    )
    counts = np.array(
        [[(drawn == each).sum() for each in pd.factorize(data["organisation"])[1]]], dtype=float
    )
    for method in ("shapley", "relative weights"):
        once = np.ones((1, len(drawn)))
        resampled = game(sample_of(data, outcome)).shares(counts, method)[0]
        # A logit's slopes are known to half of the digits of its likelihood.
        np.testing.assert_allclose(
            resampled, game(sample_of(rows, outcome)).shares(once, method)[0], rtol=1e-6
        )
    found = game(sample_of(data, outcome)).r_squared(counts)
    np.testing.assert_allclose(found, game(sample_of(rows, outcome)).r_squared(once), rtol=1e-10)


def test_the_quadratic_of_a_logit_is_near_its_exact_shares(data):
    sample = sample_of(data, "reached")
    counts = draw(sample.n_organisations, 60, 9)
    near = LogitGame(sample).shares(counts, "shapley")
    exact = np.array(
        [
            shapley_of_values(LogitGame(replace(sample, weights=weights)).values())
            for weights in sample.resampled(counts)
        ]
    )
    total = exact.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(near.sum(axis=1), total[:, 0], rtol=1e-9)
    missed = np.abs(near - exact) / total
    # What the docstring says, in parts of R2: about 1% for the worst predictor, and limits within 2%.
    assert np.median(missed.max(axis=1)) < 0.011
    limits = [np.quantile(each / total, [0.025, 0.975], axis=0) for each in (near, exact)]
    np.testing.assert_allclose(*limits, atol=0.02)


def test_all_subsets_of_a_logit_are_fitted(data):
    sample = sample_of(data, "reached", ["a", "b", "e"])
    values = LogitGame(sample).values()
    assert values[0] == pytest.approx(0, abs=1e-14)
    for number, names in ((1, ["a"]), (2, ["b"]), (5, ["a", "e"]), (7, ["a", "b", "e"])):
        assert values[number] == pytest.approx(
            LogitGame(sample_of(data, "reached", names)).values()[-1], rel=1e-10
        )
    assert (np.diff(values[[0, 1, 3, 7]]) > 0).all()


def test_strong_predictors_of_a_rare_outcome_converge():
    rng = np.random.default_rng(11)
    rows = pd.DataFrame(rng.normal(size=(600, 4)), columns=list("abcd")).assign(
        organisation=np.arange(600) // 5
    )
    chance = 1 / (1 + np.exp(6 - 3 * rows["a"] - 2 * rows["b"]))
    rows["y"] = (rng.random(600) < chance).astype(int)
    found = importance(rows, outcome="y", predictors=list("abcd"), n_boot=100)
    assert found.r_squared.estimate > 0.4
    assert found.data["share"].gt(0).all()


def test_resamples_without_a_fit_are_left_out_or_cost_the_intervals():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame(
        {"organisation": np.arange(60) // 3, "a": rng.normal(size=60), "b": rng.normal(size=60)}
    )
    rows["y"] = (rows["a"] + 0.15 * rng.normal(size=60) > 0.9).astype(int)
    found = importance(rows, outcome="y", predictors=["a", "b"], n_boot=300)
    assert found.n_boot < 270
    assert "in more than a tenth of the resamples the predictors foretell the outcome" in found.reason
    assert found.data[["share_ci_lower", "proportion_ci_upper", "rank_lower"]].isna().all(axis=None)
    assert found.data[["share", "rank", "mean_ci_lower"]].notna().all(axis=None)
    assert found.differences[["ci_lower", "first_larger"]].isna().all(axis=None)


def test_a_resample_has_no_fit_just_where_a_linear_programme_finds_separation():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(
        {"organisation": np.arange(60) // 3, "a": rng.normal(size=60), "b": rng.normal(size=60)}
    )
    rows["y"] = (rows["a"] + 0.4 * rng.normal(size=60) > 0.9).astype(int)
    sample = sample_of(rows, "y", ["a", "b"])
    counts = draw(sample.n_organisations, 80, 1)
    expected = []
    for drawn in counts:
        kept = drawn[sample.groups] > 0
        conditions = improving_of_cuts(sample.outcome[kept].astype(int), sample.standard[kept])
        limits = {"A_ub": -conditions, "b_ub": np.zeros(len(conditions)), "bounds": (-1, 1)}
        expected.append(np.abs(linprog(-conditions.sum(axis=0), **limits).x).max() < 0.5)
    assert 0 < sum(expected) < 80
    assert np.isfinite(LogitGame(sample).r_squared(counts)).tolist() == expected


def test_rows_and_organisations_that_enter_are_counted(data):
    holes = data.assign(a=data["a"].where(data["organisation"] > 3))
    found = importance(holes, outcome="speed", predictors=NAMES, n_boot=100)
    lost = int((data["organisation"] <= 3).sum())
    assert (found.n_obs, found.n_organisations, found.n_lost) == (len(data) - lost, 57, lost)


def test_means_count_organisations_once_where_they_do_not_vary_within(data):
    theirs = data.assign(size=data.groupby("organisation")["a"].transform("mean"))
    found = importance(theirs, outcome="speed", predictors=["size", "b"], n_boot=100)
    once = theirs.groupby("organisation")["size"].first().mean()
    assert found.data["mean"].tolist() == pytest.approx([once, data["b"].mean()])
    weighted = importance(theirs, outcome="speed", predictors=["size", "b"], n_boot=100, weights="weight")
    firsts = theirs.groupby("organisation")[["size", "weight"]].first()
    expected = [
        np.average(firsts["size"], weights=firsts["weight"]),
        np.average(data["b"], weights=data["weight"]),
    ]
    assert weighted.data["mean"].tolist() == pytest.approx(expected)


def test_seeds_decide_the_draws(data):
    given = {"outcome": "speed", "predictors": NAMES, "n_boot": 100}
    one, same, other = (importance(data, seed=seed, **given) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.data, same.data)
    assert not one.resamples.equals(other.resamples)


def test_pairs_are_compared_the_larger_first(speed):
    pairs = speed.differences
    assert len(pairs) == 10
    assert (pairs["difference"] >= 0).all()
    assert pairs["first_larger"].between(0, 1).all()
    assert (pairs["ci_lower"] <= pairs["ci_upper"]).all()
    shares = speed.data.set_index("predictor")["share"]
    gaps = shares[pairs["first"]].to_numpy() - shares[pairs["second"]].to_numpy()
    np.testing.assert_allclose(pairs["difference"], gaps)
    first = pairs.iloc[0]
    drawn = speed.resamples[first["first"]] > speed.resamples[first["second"]]
    assert first["first_larger"] == pytest.approx(drawn.mean())


def test_chance_is_taken_from_r_squared():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(rng.normal(size=(40, 8)), columns=list("abcdefgh")).assign(organisation=np.arange(40))
    found = importance(
        rows.assign(y=rng.normal(size=40)), outcome="y", predictors=list("abcdefgh"), n_boot=100
    )
    assert found.r_squared.estimate > 0.1
    assert found.r_squared.corrected < found.r_squared.estimate / 2
    assert found.r_squared.ci_lower == 0


def test_jackknife_by_hand():
    without = np.array([0.2, 0.3, 0.25, 0.35])
    found = jackknifed(0.3, without, 0.95)
    assert found.corrected == pytest.approx(4 * 0.3 - 3 * 0.275)
    error = np.sqrt(3 / 4 * ((without - 0.275) ** 2).sum())
    assert found.ci_upper == pytest.approx(0.375 + 3.182446305 * error, rel=1e-9)
    assert found.ci_lower == pytest.approx(0.375 - 3.182446305 * error, rel=1e-9)


def test_ranks_and_their_range():
    assert ranks(np.array([[0.1, 0.3, 0.3], [0.5, 0.1, 0.2]])).tolist() == [[3, 1, 1], [1, 3, 2]]
    drawn = np.array([[3.0, 2, 1]] * 95 + [[1.0, 2, 3]] * 5)
    assert [side.tolist() for side in rank_range(drawn, 0.95)] == [[1, 2, 1], [3, 2, 3]]
    assert [side.tolist() for side in rank_range(drawn, 0.8)] == [[1, 2, 3], [1, 2, 3]]
    low, _ = percentiles(np.where(np.arange(100)[:, None] < 11, np.nan, drawn), 0.95)
    assert np.isnan(low).all()
    assert differences(["x", "y", "z"], drawn[0], drawn, 0.95)["first_larger"].tolist() == [0.95] * 3


def test_repr(speed, reached):
    assert repr(speed).startswith("R2 0.532 of speed by shapley, 270 rows of 60 organisations\n")
    assert repr(reached).startswith("McFadden's R2 0.159 of reached by shapley")
    assert speed.to_frame() is not speed.data


def refused(data, match, *, outcome="speed", predictors=("a", "b"), **options):
    with pytest.raises(LinkError, match=match) as caught:
        importance(data, outcome=outcome, predictors=predictors, where="study.yaml:9", **options)
    assert str(caught.value).startswith(f"study.yaml:9: link to '{outcome}': ")


def test_refusals(data):
    refused(data, "divided over 2 to 15 predictors; given: 1. With one there", predictors=["a"])
    refused(data, "divided over 2 to 15 predictors; given: 16", predictors=[f"x{n}" for n in range(16)])
    refused(data[data["organisation"] < 10], "need 10 organisations .* given: 9")
    refused(data.assign(speed=1.0), "'speed' is the same in all 270 complete rows")
    refused(data.assign(a="high"), "'a' is a category; outcomes and predictors must be numbers")
    refused(data, "there is no column 'aa'", predictors=["aa", "b"])
    few = data[data["organisation"] < 12]
    many = few.assign(**{f"x{n}": np.random.default_rng(n).normal(size=len(few)) for n in range(11)})
    refused(many, "12 parameters for 11 organisations", predictors=[f"x{n}" for n in range(11)])
    refused(data.assign(b=2 * data["a"]), "column 'b' is determined by 'a'")
    refused(data.assign(b=data["speed"] - data["a"]), "the predictors determine the outcome exactly")
    refused(data, "a logit model needs an outcome of 0 or 1", model="logit")
    refused(data.assign(a=data["reached"] + 0.1 * data["b"]), "perfectly predicted", outcome="reached")
    refused(data, "unknown method; given: 'lmg'. Allowed: shapley, relative weights.", method="lmg")
    refused(data, "unknown model; given: 'probit'", model="probit")
    refused(data, "'confidence' must be between 0.5 and 1; given: 95", confidence=95)
    refused(data, "'n_boot' must be at least 100; given: 10", n_boot=10)
    refused(data.assign(weight=0.0), "weight 'weight' is missing, infinite or not above 0", weights="weight")
