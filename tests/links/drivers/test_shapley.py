"""Shapley's shares of R2: by their definition, by R, by another package, and what must always hold."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.links.drivers import relative_weights, shapley_shares
from surveykit.links.drivers.shapley import shapley_of_values, subsets, unexplained

REFERENCE = json.loads((Path(__file__).parents[2] / "reference" / "drivers.json").read_text())
seeds = st.integers(0, 2**32 - 1)


def correlated(seed, p, *, n=40):
    """Correlations of p predictors, and with an outcome, of some sample."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, p + 1)) @ rng.normal(size=(p + 1, p + 1))
    found = np.corrcoef(rows.T)
    return found[:p, :p], found[:p, p]


def r_squared(within, between):
    return between @ np.linalg.solve(within, between) if len(between) else 0.0


def by_definition(within, between):
    """Mean over all orders of what each predictor adds to those before it."""
    p = len(between)
    shares = np.zeros(p)
    orders = list(permutations(range(p)))
    for order in orders:
        for place, predictor in enumerate(order):
            before, after = list(order[:place]), list(order[: place + 1])
            shares[predictor] += r_squared(within[np.ix_(after, after)], between[after])
            shares[predictor] -= r_squared(within[np.ix_(before, before)], between[before])
    return shares / len(orders)


def test_published_example():
    swiss = REFERENCE["swiss"]
    found = np.array(swiss["correlations"])
    shares = shapley_shares(found[1:, 1:], found[1:, 0])
    # A closed form on both sides: what differs is rounding, of correlations stored with 15 digits.
    np.testing.assert_allclose(shares, list(swiss["lmg"].values()), rtol=1e-12)


def test_two_predictors_by_hand():
    shares = shapley_shares(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.4]))
    both = (0.6**2 + 0.4**2 - 2 * 0.5 * 0.6 * 0.4) / (1 - 0.5**2)
    assert shares == pytest.approx([(0.6**2 + both - 0.4**2) / 2, (0.4**2 + both - 0.6**2) / 2], rel=1e-14)


def test_uncorrelated_predictors_have_their_squared_correlations():
    between = np.array([0.5, -0.3, 0.0])
    assert shapley_shares(np.eye(3), between) == pytest.approx(between**2, abs=1e-16)


def test_another_package_finds_the_same():
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5))
    found = np.corrcoef(rows.T)
    theirs = pingouin.linear_regression(rows[:, :4], rows[:, 4], relimp=True)["relimp"][1:]
    np.testing.assert_allclose(shapley_shares(found[:4, :4], found[:4, 4]), theirs, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 5))
def test_shares_are_the_mean_over_all_orders(seed, p):
    within, between = correlated(seed, p)
    np.testing.assert_allclose(shapley_shares(within, between), by_definition(within, between), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 8), st.sampled_from([shapley_shares, relative_weights]))
def test_shares_sum_to_r_squared_and_none_is_negative(seed, p, divide):
    within, between = correlated(seed, p)
    shares = divide(within, between)
    assert shares.sum() == pytest.approx(r_squared(within, between), abs=1e-9)
    assert (shares > -1e-12).all()


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 6), st.sampled_from([shapley_shares, relative_weights]))
def test_order_and_direction_of_columns_change_nothing(seed, p, divide):
    within, between = correlated(seed, p)
    rng = np.random.default_rng(seed)
    order, sign = rng.permutation(p), rng.choice([-1, 1], p)
    turned = within * np.outer(sign, sign), between * sign
    moved = divide(turned[0][np.ix_(order, order)], turned[1][order])
    np.testing.assert_allclose(moved, divide(within, between)[order], atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(2, 6))
def test_a_predictor_that_adds_nothing_to_any_other_has_no_share(seed, p):
    within, between = correlated(seed, p)
    wide = np.eye(p + 1)
    wide[:p, :p] = within
    shares = shapley_shares(wide, np.append(between, 0.0))
    assert shares[p] == pytest.approx(0, abs=1e-14)
    np.testing.assert_allclose(shares[:p], shapley_shares(within, between), atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.floats(-0.3, 0.9), st.floats(-0.5, 0.5))
def test_predictors_alike_have_equal_shares(common, between):
    within = np.full((3, 3), common) + (1 - common) * np.eye(3)
    shares = shapley_shares(within, np.full(3, between))
    np.testing.assert_allclose(shares, shares[0], atol=1e-14)


def test_the_same_predictor_twice_shares_what_it_tells():
    within = np.array([[1, 1, 0.2], [1, 1, 0.2], [0.2, 0.2, 1.0]])
    shares = shapley_shares(within, np.array([0.5, 0.5, 0.3]))
    assert shares[0] == pytest.approx(shares[1], rel=1e-14)
    alone = r_squared(within[1:, 1:], np.array([0.5, 0.3]))
    assert shares.sum() == pytest.approx(alone, rel=1e-14)


def test_many_samples_at_once_are_each_their_own(monkeypatch):
    samples = [correlated(seed, 4) for seed in range(7)]
    within, between = (np.array(part) for part in zip(*samples, strict=True))
    alone = [shapley_shares(*each) for each in samples]
    np.testing.assert_allclose(shapley_shares(within, between), alone, rtol=1e-13)
    monkeypatch.setattr("surveykit.links.drivers.shapley._HELD", 32)
    np.testing.assert_allclose(shapley_shares(within, between), alone, rtol=1e-13)


def test_fifteen_predictors_sum_to_r_squared():
    within, between = correlated(8, 15, n=400)
    left = unexplained(within[None], between[None])[:, 0]
    assert len(left) == 2**15
    # Matrices of 400 rows multiplied by random ones are far from collinear: 15 sweeps lose few digits.
    assert 1 - left[-1] == pytest.approx(r_squared(within, between), rel=1e-8)
    assert shapley_shares(within, between).sum() == pytest.approx(1 - left[-1], rel=1e-12)


def test_subsets_are_numbered_by_their_bits():
    within, between = correlated(2, 3)
    explained = 1 - unexplained(within[None], between[None])[:, 0]
    for number, inside in enumerate(subsets(3)):
        assert explained[number] == pytest.approx(r_squared(within[np.ix_(inside, inside)], between[inside]))


def test_any_game():
    # The glove game: one left glove and two right ones; a pair is worth 1.
    worth = np.array([float(left and (one or two)) for left, one, two in subsets(3)])
    assert shapley_of_values(worth) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_weights_of_the_published_example_by_johnson():
    swiss = REFERENCE["swiss"]
    found = np.array(swiss["correlations"])
    weights = relative_weights(found[1:, 1:], found[1:, 0])
    np.testing.assert_allclose(weights, list(swiss["johnson"].values()), rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_for_two_predictors_both_ways_divide_alike(seed):
    within, between = correlated(seed, 2)
    np.testing.assert_allclose(relative_weights(within, between), shapley_shares(within, between), atol=1e-10)


def test_relative_weights_of_a_predictor_constant_in_a_resample():
    within = np.diag([1.0, 0.0, 1.0])
    assert relative_weights(within, np.array([0.5, 0.0, 0.2])) == pytest.approx([0.25, 0, 0.04])
    assert shapley_shares(within, np.array([0.5, 0.0, 0.2])) == pytest.approx([0.25, 0, 0.04])


def test_frames_of_correlations_may_be_given_as_arrays():
    rows = pd.DataFrame(np.random.default_rng(1).normal(size=(30, 3)), columns=["a", "b", "y"])
    found = rows.corr().to_numpy()
    assert shapley_shares(found[:2, :2], found[:2, 2]).shape == (2,)
