"""Omega: beside lavaan and psych in R, exact matrices of a known factor, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measures.scales import ITEMS, LIMITS, NUMBERS, SETS, with_covariances

from surveykit.errors import ScoringError
from surveykit.measures.onefactor import one_factor_loadings
from surveykit.measures.reliability import alpha, omega

METHODS = ["minres", "ml"]
# Loadings are searched for, to about eight digits here.
SEARCHED = 1e-7


@pytest.mark.parametrize("name", SETS)
def test_omega_and_its_limits_equal_lavaan_whether_one_factor_fits_or_not(name: str) -> None:
    # One factor misses "all" by far: three are in it. Both sides search; lavaan ends at about six digits.
    found = omega(SETS[name], method="ml")
    assert [getattr(found, limit) for limit in LIMITS] == pytest.approx(
        [NUMBERS[f"omega ml {name}", limit] for limit in LIMITS], rel=2e-6
    )
    assert (found.n_obs, found.n_items) == (len(SETS[name].dropna()), SETS[name].shape[1])


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", METHODS)
def test_omega_of_standardised_items_comes_from_psychs_loadings(name: str, method: str) -> None:
    complete = SETS[name].dropna()
    standardised = (complete - complete.mean()) / complete.std()
    # psych's search ends at five or six digits.
    expected = NUMBERS[f"omega psych {method} {name}", "estimate"]
    assert omega(standardised, method=method).estimate == pytest.approx(expected, rel=1e-5)
    # Its own total is divided by the observed variance: the same loadings give it.
    between = complete.corr().to_numpy()
    own = (1 - np.square(one_factor_loadings(between, method=method))).sum()
    total = NUMBERS[f"omega.tot {method} {name}", "estimate"]
    assert 1 - own / between.sum() == pytest.approx(total, rel=1e-5)


def one_factor(loadings: np.ndarray, own: np.ndarray) -> np.ndarray:
    return np.outer(loadings, loadings) + np.diag(own)


@settings(max_examples=25)
@given(
    st.lists(st.floats(0.5, 2), min_size=3, max_size=6).map(np.array),
    st.lists(st.floats(0.4, 2), min_size=6, max_size=6).map(np.array),
    st.sampled_from(METHODS),
)
def test_omega_of_an_exact_factor_is_its_share_of_the_variance_of_the_total(loadings, own, method) -> None:
    own = own[: len(loadings)]
    items = with_covariances(one_factor(loadings, own))
    known = loadings.sum() ** 2 / (loadings.sum() ** 2 + own.sum())
    assert omega(items, method=method).estimate == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_omega_is_alpha_where_items_measure_the_factor_equally(method: str) -> None:
    for own in ([1.0, 1, 1, 1], [0.5, 1, 2, 0.8]):  # parallel, and equal in the loadings only
        items = with_covariances(one_factor(np.ones(4), np.array(own)))
        assert omega(items, method=method).estimate == pytest.approx(alpha(items).estimate, rel=SEARCHED)
    items = with_covariances(one_factor(np.array([0.2, 0.6, 1, 1.8]), np.ones(4)))
    assert omega(items, method=method).estimate > alpha(items).estimate + 0.01


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 10), st.sampled_from(METHODS))
def test_order_shift_and_unit_change_nothing(seed: int, shift: float, unit: float, method: str) -> None:
    order = np.random.default_rng(seed).permutation(ITEMS.columns)
    moved = omega(ITEMS.sample(frac=1, random_state=seed)[order] * unit + shift, method=method)
    before = omega(ITEMS, method=method)
    assert [moved.estimate, moved.ci_lower, moved.ci_upper] == pytest.approx(
        [before.estimate, before.ci_lower, before.ci_upper], rel=1e-6
    )


def test_omega_is_of_the_raw_score_so_a_wider_item_counts_more() -> None:
    assert omega(ITEMS.assign(f=ITEMS["f"] * 10)).estimate < omega(ITEMS).estimate - 0.1


@pytest.mark.parametrize("method", METHODS)
def test_limits_hold_the_truth_as_often_as_they_say(method: str) -> None:
    random = np.random.default_rng(9)
    loadings, own = np.array([0.5, 0.6, 0.7, 0.8]), np.array([0.8, 0.7, 0.5, 0.4])
    truth = loadings.sum() ** 2 / (loadings.sum() ** 2 + own.sum())
    root, held = np.linalg.cholesky(one_factor(loadings, own)).T, 0
    for _ in range(300):
        found = omega(random.normal(size=(150, 4)) @ root, method=method)
        held += found.ci_lower <= truth <= found.ci_upper
    # Three standard errors of 300 tries are 3.8 points.
    assert abs(held / 300 - 0.95) < 0.038


def test_a_heywood_case_keeps_its_estimate_and_has_no_limits() -> None:
    matrix = np.array([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]])  # asks for a squared loading of 1.6
    for method in METHODS:
        found = omega(with_covariances(matrix), method=method)
        assert 0 < found.estimate < 1
        assert np.isnan([found.ci_lower, found.ci_upper]).all()
        assert "Heywood" in found.reason


def test_loadings_that_cancel_out_leave_no_reliability_and_no_limits() -> None:
    opposed = one_factor(np.array([0.7, 0.7, -0.7, -0.7]), np.full(4, 0.51))
    found = omega(with_covariances(opposed))
    assert found.estimate == pytest.approx(0, abs=1e-12)
    assert np.isnan([found.ci_lower, found.ci_upper]).all()
    assert "cancel out" in found.reason


@pytest.mark.parametrize(
    ("items", "method", "reason"),
    [
        (np.full((4, 3), np.nan), "minres", "fewer than two complete respondents"),
        (np.array([[1.0, 2, 3]]), "minres", "fewer than two complete respondents"),
        (ITEMS.assign(b=3), "minres", "item 'b' does not vary"),
        (ITEMS.assign(b=ITEMS["a"]), "ml", "positive definite"),
        (np.stack(np.meshgrid([1, 2], [1, 2], [1, 2]), axis=-1).reshape(8, 3), "ml", "no common factor"),
        (np.stack(np.meshgrid([1, 2], [1, 2], [1, 2]), axis=-1).reshape(8, 3), "minres", "no common factor"),
    ],
)
def test_where_there_is_no_omega_the_reason_says_why(items, method: str, reason: str) -> None:
    found = omega(items, method=method)
    assert np.isnan([found.estimate, found.ci_lower, found.ci_upper]).all()
    assert reason in found.reason


def test_what_omega_cannot_do_it_says() -> None:
    with pytest.raises(ScoringError, match="omega needs at least three items.*given: \\['a', 'b'\\]"):
        omega(ITEMS[["a", "b"]])
    with pytest.raises(ScoringError, match="unknown method; given: 'pca'; allowed: minres, ml"):
        omega(ITEMS, method="pca")
    with pytest.raises(ScoringError, match="missing answers; given: 'pairwise'; allowed: listwise"):
        omega(ITEMS, missing="pairwise")


def test_rows_with_gaps_are_left_out_before_they_are_counted() -> None:
    pd.testing.assert_frame_equal(omega(ITEMS).to_frame(), omega(ITEMS.dropna()).to_frame())
