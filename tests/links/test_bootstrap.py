"""The wild cluster bootstrap of the score: R's plain loops, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import LinkError
from surveykit.links.bootstrap import draw_weights, score_bootstrap, studentised
from surveykit.links.likelihood import maximise
from surveykit.links.likelihoods.canonical import CanonicalLikelihood

REFERENCE = Path(__file__).parent.parent / "reference"


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "bootstrap.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "bootstrap.json").read_text())


def model_of(data, model="ols", columns=("clarity", "effort")):
    rows = np.column_stack([np.ones(len(data)), *(data[name] for name in columns)])
    groups = pd.factorize(data["organisation"])[0]
    outcome = data["speed" if model == "ols" else "reached"].to_numpy(float)
    return CanonicalLikelihood(model, outcome, rows, groups)


def booted(likelihood, position=1, **options):
    return score_bootstrap(likelihood, maximise(likelihood)[0], position, **options)


def drawn(organisations, seed=0, sizes=5):
    """A logit with organisations that differ."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(organisations), rng.integers(2, sizes, organisations))
    shock = rng.normal(size=organisations)
    x = rng.normal(size=organisations)[groups]
    reached = (0.5 * x + shock[groups] + rng.logistic(size=len(groups)) > 0).astype(int)
    return pd.DataFrame({"organisation": groups, "clarity": x, "reached": reached})


@pytest.mark.parametrize("number", range(4))
def test_of_a_linear_model_it_is_the_wild_cluster_bootstrap_t_of_r(data, reference, number):
    expected = reference["ols"][number]
    found = booted(model_of(data), expected["position"] - 1, null=expected["null"])
    # All 1,024 patterns on both sides: the same number of them, so the same share to the last digit.
    assert found.weights == "Rademacher, all"
    assert found.draws == 1023
    np.testing.assert_allclose(found.p_value, expected["p"], rtol=1e-12)
    # A least-squares fit on columns as given: rounding alone.
    np.testing.assert_allclose(found.statistic, expected["t"], rtol=1e-9)


def test_statistic_of_a_linear_model_is_the_clustered_t_of_sandwich(data, reference):
    found = [booted(model_of(data), position).statistic for position in (1, 2)]
    np.testing.assert_allclose(found, reference["package_t"], rtol=1e-8)


def test_interval_is_where_r_bisects_the_p_value_to_5_percent(data, reference):
    found = booted(model_of(data))
    # Both sides stop within 1e-8 standard errors of where one pattern passes another.
    np.testing.assert_allclose([found.ci_lower, found.ci_upper], reference["interval"], rtol=1e-7)


def test_of_a_logit_it_is_the_score_bootstrap_written_out_in_r(data, reference):
    found = booted(model_of(data, "logit", ["clarity"]))
    np.testing.assert_allclose(found.p_value, reference["logit"]["p"], rtol=1e-12)
    np.testing.assert_allclose(found.statistic, reference["logit"]["t"], rtol=1e-7)


@pytest.mark.parametrize("organisations", [11, 16])
def test_the_test_rejects_just_what_the_interval_leaves_out(organisations):
    likelihood = model_of(drawn(organisations), "logit", ["clarity"])
    found = booted(likelihood)
    assert found.ci_lower < maximise(likelihood)[0][1] < found.ci_upper
    for limit, out in ((found.ci_lower, -1), (found.ci_upper, 1)):
        assert booted(likelihood, null=limit + out * 1e-4).p_value <= 0.05
        assert booted(likelihood, null=limit - out * 1e-4).p_value > 0.05


def test_parameters_at_the_limits_are_the_fits_there():
    likelihood = model_of(drawn(15), "logit", ["clarity"])
    found = booted(likelihood)
    expected, _ = maximise(likelihood, fixed={1: found.ci_lower})
    np.testing.assert_allclose(found.lower, expected, atol=1e-7)
    assert found.upper[1] == found.ci_upper


def test_a_wider_interval_at_more_confidence():
    likelihood = model_of(drawn(20), "logit", ["clarity"])
    less, more = (booted(likelihood, confidence=confidence) for confidence in (0.8, 0.99))
    assert more.ci_lower < less.ci_lower < less.ci_upper < more.ci_upper


def test_where_no_test_can_reject_the_interval_has_no_end(data):
    few = data[data["organisation"] < "o06"]
    found = booted(model_of(few, columns=["effort"]), confidence=0.9999)
    assert (found.ci_lower, found.ci_upper) == (-np.inf, np.inf)
    assert np.isnan(found.lower).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), shift=st.floats(-5, 5), scale=st.floats(0.1, 10))
def test_units_and_names_of_organisations_change_no_p_value_of_all_patterns(seed, shift, scale):
    data = drawn(10, seed, sizes=8)
    groups = np.random.default_rng(seed).permutation(10)
    other = data.assign(
        clarity=data["clarity"] * scale + shift, organisation=groups[data["organisation"]]
    ).sample(frac=1, random_state=seed)
    likelihoods = [model_of(each, "logit", ["clarity"]) for each in (data, other)]
    if not all(np.abs(maximise(each)[0]).max() < 10 for each in likelihoods):
        return  # separated, or near it
    first, second = (booted(each).p_value for each in likelihoods)
    assert first == pytest.approx(second, rel=1e-12)


def test_one_product_of_all_draws_is_each_draw_alone():
    likelihood = model_of(drawn(15), "logit", ["clarity"])
    there = likelihood.at(maximise(likelihood, fixed={1: 0.0})[0])
    weights = draw_weights(15, 99, seed=2).draws
    alone = np.concatenate([studentised(there, 1, weights[[number]]) for number in range(99)])
    np.testing.assert_allclose(studentised(there, 1, weights), alone, rtol=1e-10)
    inverse = np.linalg.inv(there.information.sum(axis=0))
    moved = there.scores * weights[0][:, None]
    left = moved - there.information @ (inverse @ moved.sum(axis=0))
    expected = (inverse @ moved.sum(axis=0))[1] / np.sqrt(((left @ inverse)[:, 1] ** 2).sum())
    np.testing.assert_allclose(alone[0], expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("organisations", "kind", "points", "draws"),
    [
        (7, "Webb", 6, 999),
        (10, "Rademacher, all", 2, 511),
        (12, "Rademacher, all", 2, 2047),
        (13, "Rademacher", 2, 999),
    ],
)
def test_weights_follow_the_number_of_organisations(organisations, kind, points, draws):
    found = draw_weights(organisations, 999, seed=1)
    assert found.kind == kind
    assert found.draws.shape == (draws, organisations)
    assert len(np.unique(found.draws.round(12))) == points
    if kind == "Rademacher, all":
        # No pattern twice, none the data's own, none the opposite of another.
        assert (
            len(np.unique(np.vstack([found.draws, -found.draws, np.ones(organisations)]), axis=0))
            == 2 * draws + 1
        )
    else:
        assert abs(found.draws.mean()) < 0.1
        assert found.draws.var() == pytest.approx(1, abs=0.05)


def test_the_seed_decides_the_draws():
    likelihood = model_of(drawn(15), "logit", ["clarity"])
    same, again, other = (booted(likelihood, seed=seed).p_value for seed in (1, 1, 2))
    assert same == again
    assert same != other
    assert same == pytest.approx(other, abs=0.06)


def test_too_few_draws_are_refused(data):
    with pytest.raises(LinkError, match=r"too few draws.*given: 50; allowed: 99 or more"):
        booted(model_of(data), draws=50)


def test_result_prints_and_tabulates(data):
    found = booted(model_of(data))
    assert repr(found).startswith("ScoreBootstrap(p 0.1836; -0.2128 to 2.176; 1023 draws, Rademacher, all)")
    assert found.to_frame().loc[0, ["draws", "weights"]].tolist() == [1023, "Rademacher, all"]
