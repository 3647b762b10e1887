"""Alpha, plain, standardised and ordinal: beside psych in R, by hand, and what must always hold."""

import json

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measures.scales import EXACT, ITEMS, LIMITS, NUMBERS, SETS, SMALL_TABLES, N, with_covariances

from surveykit.errors import ScoringError, SurveyWarning
from surveykit.measures.reliability import (
    Reliability,
    alpha,
    inter_item,
    item_statistics,
    omega,
    ordinal_alpha,
    standardised_alpha,
)


def likert(seed: int, n: int = 60, n_items: int = 4) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    opinion = random.normal(size=(n, 1)) + random.normal(size=(n, n_items))
    return pd.DataFrame(np.digitize(opinion, [-1.5, -0.5, 0.5, 1.5]) + 1.0)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("what", "coefficient"), [("alpha", alpha), ("standardised", standardised_alpha)])
def test_alpha_and_standardised_alpha_equal_r_with_their_limits(name: str, what: str, coefficient) -> None:
    # Feldt's limits are psych's; those of the standardised one are summed in R over all pairs of correlations.
    found = coefficient(SETS[name])
    assert [getattr(found, limit) for limit in LIMITS] == pytest.approx(
        [NUMBERS[f"{what} {name}", limit] for limit in LIMITS], rel=EXACT
    )
    assert (found.n_obs, found.n_items) == (len(SETS[name].dropna()), SETS[name].shape[1])
    assert not found.reason


@pytest.mark.parametrize(("what", "coefficient"), [("alpha", alpha), ("standardised", standardised_alpha)])
def test_pairwise_covariances_give_what_psych_gives(what: str, coefficient) -> None:
    found = coefficient(ITEMS, missing="pairwise")
    assert [getattr(found, limit) for limit in LIMITS] == pytest.approx(
        [NUMBERS[f"{what} pairwise", limit] for limit in LIMITS], rel=EXACT
    )
    assert len(ITEMS.dropna()) < found.n_obs == NUMBERS["alpha pairwise", "n_obs"] < len(ITEMS)


def test_published_alphas_come_out_to_every_digit() -> None:
    published = {"visual": 0.6261171, "textual": 0.8827069, "speed": 0.688455}
    for name, figure in published.items():
        assert alpha(SETS[name]).estimate == pytest.approx(figure, abs=5e-8)
    # The covariances of the three items of PSPP's hotel example, of 17 guests; its manual prints .81.
    hotel = np.array([[480, 446, 192], [446, 514, 141], [192, 141, 342]]) / (17 * 16)
    assert f"{alpha(with_covariances(hotel, n=17)).estimate:.2f}" == "0.81"


def test_rows_are_dropped_before_they_are_counted() -> None:
    example = pingouin.read_dataset("cronbach_wide_missing")
    theirs = pingouin.cronbach_alpha(example, nan_policy="listwise")
    found = alpha(example)
    assert found.estimate == pytest.approx(theirs[0], rel=EXACT)
    assert found.n_obs == len(example.dropna()) < len(example)
    # pingouin counts the dropped rows too, and prints .581 to .933.
    assert (round(found.ci_lower, 3), round(found.ci_upper, 3)) == (0.533, 0.947)
    assert alpha(example, missing="pairwise").estimate == pytest.approx(
        pingouin.cronbach_alpha(example)[0], rel=EXACT
    )


@given(
    st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 10), st.sampled_from(["listwise", "pairwise"])
)
def test_order_shift_and_unit_change_nothing(seed: int, shift: float, unit: float, missing: str) -> None:
    order = np.random.default_rng(seed).permutation(ITEMS.columns)
    moved = ITEMS.sample(frac=1, random_state=seed)[order] * unit + shift
    for coefficient in (alpha, standardised_alpha):
        found, before = coefficient(moved, missing=missing), coefficient(ITEMS, missing=missing)
        # Rounding of the shifted answers.
        assert [found.estimate, found.ci_lower] == pytest.approx([before.estimate, before.ci_lower], rel=1e-9)
        assert found.n_obs == before.n_obs


@given(st.integers(0, 10_000))
def test_pairwise_is_listwise_where_nothing_is_missing(seed: int) -> None:
    items = likert(seed)
    assert alpha(items, missing="pairwise").to_frame().equals(alpha(items).to_frame())


@given(st.floats(0.01, 0.99), st.integers(2, 8))
def test_parallel_items_follow_spearman_brown(r: float, n_items: int) -> None:
    matrix = np.full((n_items, n_items), r)
    np.fill_diagonal(matrix, 1)
    stepped_up = n_items * r / (1 + (n_items - 1) * r)
    # The rows are built by a factorisation, exact but for rounding.
    for found in (alpha(with_covariances(matrix)), standardised_alpha(with_covariances(matrix))):
        assert found.estimate == pytest.approx(stepped_up, abs=1e-9)


@given(st.integers(0, 10_000))
def test_items_counted_twice_raise_alpha_by_what_their_covariances_say(seed: int) -> None:
    items = likert(seed)
    covariances = items.cov().to_numpy()
    n_twice = 2 * len(covariances)
    known = n_twice / (n_twice - 1) * (1 - np.trace(covariances) / (2 * covariances.sum()))
    assert alpha(pd.concat([items, items], axis=1)).estimate == pytest.approx(known, rel=EXACT)


def test_an_item_and_its_copy_agree_wholly() -> None:
    copies = pd.concat([ITEMS["a"]] * 2, axis=1)
    for coefficient in (alpha, standardised_alpha):
        found = coefficient(copies)
        assert [found.estimate, found.ci_lower, found.ci_upper] == pytest.approx([1, 1, 1])
        assert found.estimate <= 1


def test_pairwise_limits_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(5)
    held = 0
    for _ in range(600):
        items = random.normal(size=(80, 1)) + random.normal(size=(80, 4))
        items[random.random(items.shape) < 0.25] = np.nan
        found = alpha(items, missing="pairwise")
        held += found.ci_lower <= 0.8 <= found.ci_upper
    # Three standard errors of 600 tries are 2.7 points; with n the number of rows it was 86%.
    assert abs(held / 600 - 0.95) < 0.027


def test_standardised_limits_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(6)
    loadings = np.array([0.5, 0.6, 0.7, 0.8])
    between = np.outer(loadings, loadings)
    np.fill_diagonal(between, 1)
    truth, root = 4 / 3 * (1 - 4 / between.sum()), np.linalg.cholesky(between).T
    held = 0
    for _ in range(600):
        found = standardised_alpha(random.normal(size=(60, 4)) @ root)
        held += found.ci_lower <= truth <= found.ci_upper
    assert abs(held / 600 - 0.95) < 0.027


def test_standardised_alpha_is_alpha_of_standardised_items() -> None:
    complete = ITEMS.dropna()
    standardised = (complete - complete.mean()) / complete.std()
    assert standardised_alpha(ITEMS).estimate == pytest.approx(alpha(standardised).estimate, rel=EXACT)
    assert standardised_alpha(ITEMS * np.arange(1, 7)).estimate == pytest.approx(
        standardised_alpha(ITEMS).estimate, rel=EXACT
    )


@pytest.mark.filterwarnings("ignore:ordinal_alpha")
@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_ordinal_alpha_equals_psych(missing: str) -> None:
    found = ordinal_alpha(ITEMS, missing=missing)
    # psych searches each correlation to four or five digits.
    assert found.estimate == pytest.approx(NUMBERS[f"ordinal {missing}", "estimate"], rel=1e-5)
    assert found.n_obs == alpha(ITEMS, missing=missing).n_obs
    assert np.isnan([found.ci_lower, found.ci_upper]).all()
    assert found.reason.startswith("no interval: the sampling errors")


def test_ordinal_alpha_of_full_tables_is_in_no_doubt_and_takes_only_the_order() -> None:
    items = likert(3, n=4000)
    found = ordinal_alpha(items)
    assert found.reason == "no interval: the sampling errors of polychoric correlations are not estimated"
    # Opinions correlate at .5: four of them have an alpha of .8, their five-point codes one of less.
    assert found.estimate == pytest.approx(0.8, abs=0.02)
    assert alpha(items).estimate < found.estimate
    assert ordinal_alpha(np.exp(items)).estimate == pytest.approx(found.estimate, rel=EXACT)


def test_ordinal_alpha_warns_of_sparse_tables_and_names_them() -> None:
    with pytest.warns(SurveyWarning, match="ordinal_alpha: sparse answers to a and b.*11 more pairs"):
        found = ordinal_alpha(ITEMS)
    assert "sparse answers to a and b" in found.reason
    with pytest.warns(SurveyWarning, match="only one answer used"):
        found = ordinal_alpha(pd.DataFrame({"a": [1, 2] * 20, "b": [1, 2, 2, 1] * 10, "c": [3] * 40}))
    assert np.isnan(found.estimate)
    assert "c: only one answer used" in found.reason


NOTHING = np.full((5, 3), np.nan)
ONE = np.array([[1.0, 2, 3], [np.nan, 1, 2]])
FLAT = np.full((6, 3), 0.1)
PARTED = np.array([[1, np.nan, 2], [2, np.nan, 1], [np.nan, 1, 2], [np.nan, 2, 1]])
OPPOSED = np.array([[1, 2, N], [2, 1, N], [1, N, 2], [2, N, 1], [N, 1, 2], [N, 2, 1]])


@pytest.mark.parametrize(
    ("items", "missing", "reason"),
    [
        (NOTHING, "listwise", "fewer than two complete respondents"),
        (NOTHING, "pairwise", "two items have fewer than two respondents in common"),
        (ONE, "listwise", "fewer than two complete respondents"),
        (ONE, "pairwise", "two items have fewer than two respondents in common"),
        (FLAT, "listwise", "the total does not vary"),
        (PARTED, "pairwise", "two items have fewer than two respondents in common"),
        (OPPOSED, "pairwise", "pairs of items contradict each other"),
        (np.array([[1.0, 3], [2, 2], [3, 1]]), "listwise", "the total does not vary"),
    ],
)
def test_where_there_is_no_alpha_the_reason_says_why(items: np.ndarray, missing: str, reason: str) -> None:
    found = alpha(items, missing=missing)
    assert np.isnan([found.estimate, found.ci_lower, found.ci_upper]).all()
    assert reason in found.reason
    assert reason in repr(found)
    expected = {"the total does not vary": "does not vary"}.get(reason, reason)
    assert expected in standardised_alpha(items, missing=missing).reason


COEFFICIENTS = {
    "alpha": alpha,
    "alpha pairwise": lambda items: alpha(items, missing="pairwise"),
    "standardised": standardised_alpha,
    "standardised pairwise": lambda items: standardised_alpha(items, missing="pairwise"),
    "omega": omega,
    "omega ml": lambda items: omega(items, method="ml"),
}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", COEFFICIENTS)
@given(items=SMALL_TABLES)
def test_no_coefficient_passes_one_and_no_nan_is_without_its_reason(name: str, items: np.ndarray) -> None:
    found: Reliability = COEFFICIENTS[name](items)
    limits = np.array([found.estimate, found.ci_lower, found.ci_upper])
    assert np.isnan(limits).any() == bool(found.reason)
    assert not (limits > 1).any()
    if not found.reason:
        assert found.ci_lower <= found.estimate <= found.ci_upper


def test_what_alpha_cannot_do_it_says() -> None:
    with pytest.raises(ScoringError, match="alpha needs at least two items.*given: \\['a'\\]"):
        alpha(ITEMS[["a"]])
    with pytest.raises(ScoringError, match="missing answers.*'impute'.*allowed: listwise, pairwise"):
        alpha(ITEMS, missing="impute")
    for coefficient in (alpha, standardised_alpha, omega):
        with pytest.raises(ScoringError, match="between 0 and 1.*95"):
            coefficient(ITEMS, confidence=95)
    for coefficient in (alpha, standardised_alpha, omega, ordinal_alpha, item_statistics, inter_item):
        with pytest.raises(ScoringError, match="must be numbers.*'often'.*Code the answers first"):
            coefficient(ITEMS.assign(a="often"))
        with pytest.raises(ScoringError, match="respondents and items; given: \\(2, 2, 2\\)"):
            coefficient(np.zeros((2, 2, 2)))
        with pytest.raises(ScoringError, match="infinite.*'b'"):
            coefficient(ITEMS.assign(b=np.inf))


def test_arrays_frames_and_nullable_columns_are_read_alike() -> None:
    found = alpha(ITEMS).to_frame()
    assert alpha(ITEMS.to_numpy()).to_frame().equals(found)
    assert alpha(ITEMS.astype("Int64")).to_frame().equals(found)


def test_wider_confidence_gives_wider_limits() -> None:
    for coefficient in (alpha, standardised_alpha, omega):
        wide, narrow = coefficient(ITEMS, confidence=0.99), coefficient(ITEMS, confidence=0.9)
        assert wide.ci_lower < narrow.ci_lower < narrow.ci_upper < wide.ci_upper


def test_a_result_shows_and_tables_itself() -> None:
    found = alpha(ITEMS)
    assert repr(found) == "Reliability(0.725, 0.657 to 0.783; 6 items, 178 respondents)"
    row = json.loads(found.to_frame().to_json(orient="records"))[0]
    assert list(row) == ["estimate", "ci_lower", "ci_upper", "n_obs", "n_items", "reason"]
    assert row["n_items"] == 6
