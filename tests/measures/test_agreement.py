"""Agreement: beside multilevel, lme4 and friedman.test in R, loops by hand, and what must always hold."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import ScoringError
from surveykit.measures.agreement import (
    average_deviation,
    icc,
    kendall_w,
    rwg,
    rwg_j,
    selection_agreement,
    skewed_variance,
    uniform_variance,
)

REFERENCE = Path(__file__).parent.parent / "reference"
DATA = pd.read_csv(REFERENCE / "agreement.csv")
NUMBERS = pd.read_csv(REFERENCE / "agreement_numbers.csv").query("what != 'versions'")
NUMBERS = NUMBERS.astype({"value": float}).set_index(["what", "group"])["value"]
GROUPS = DATA["organisation"]
ITEMS = DATA[["a", "b", "c"]]
RANKS = DATA[[f"rank{i}" for i in range(1, 7)]]
NULLS = [2, 1.34, 0.9, 0.44]
EXACT = 1e-12  # closed forms: what differs is the last printed digit


def picks(groups: int = 12, seed: int = 3) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    code = np.repeat(np.arange(groups), random.integers(1, 7, groups))
    lean = random.normal(size=(groups, 6))[code]
    selected = lean + random.normal(size=lean.shape) + np.linspace(1, -1, 6) > 0.3
    return pd.DataFrame(selected, columns=list("abcdef")), pd.Series(code)


@pytest.mark.parametrize("null", NULLS)
def test_rwg_and_its_scale_forms_equal_multilevel(null: float) -> None:
    for what, found in {
        "rwg": rwg(DATA["a"], GROUPS, null_variance=null),
        "rwg_j": rwg_j(ITEMS, GROUPS, null_variance=null),
        "lindell": rwg_j(ITEMS, GROUPS, null_variance=null, variant="lindell"),
    }.items():
        pd.testing.assert_series_equal(
            found["estimate"], NUMBERS[f"{what} {null}"], check_names=False, rtol=EXACT, atol=EXACT
        )
    assert found["n_raters"].equals(GROUPS.value_counts().sort_index().rename("n_raters"))


@pytest.mark.parametrize("center", ["mean", "median"])
def test_average_deviation_equals_multilevel(center: str) -> None:
    found = average_deviation(ITEMS, GROUPS, center=center)["estimate"]
    pd.testing.assert_series_equal(found, NUMBERS[f"ad {center}"], check_names=False, rtol=EXACT)
    one = average_deviation(DATA["a"], GROUPS)["estimate"]
    pd.testing.assert_series_equal(one, NUMBERS["ad one"], check_names=False, rtol=EXACT)


def test_icc_equals_multilevel_and_lme4() -> None:
    for method in ("anova", "anova_n0"):
        found = icc(DATA["total"], GROUPS, method=method)
        assert found.icc1 == pytest.approx(NUMBERS[method, "icc1"], rel=1e-11)
        assert found.icc2 == pytest.approx(NUMBERS[method, "icc2"], rel=1e-11)
    # Both are maximised by steps: lme4 stops earlier.
    assert icc(DATA["total"], GROUPS, method="reml").icc1 == pytest.approx(NUMBERS["reml", "icc1"], abs=1e-6)
    sizes = GROUPS.value_counts()
    assert (found.n_groups, found.n_obs) == (len(sizes), len(DATA))
    assert found.mean_size == pytest.approx(sizes.mean())
    assert found.design_effect == pytest.approx(1 + ((sizes**2).sum() / len(DATA) - 1) * found.icc1)


def test_at_equal_sizes_all_methods_agree_and_limits_are_searles() -> None:
    equal = DATA.groupby("organisation").head(4)
    equal = equal[equal.groupby("organisation")["a"].transform("size") == 4]
    for method in ("anova", "anova_n0", "reml"):
        found = icc(equal["total"], equal["organisation"], method=method)
        # REML is searched for, the rest is closed but for the root of the limits.
        assert found.icc1 == pytest.approx(
            NUMBERS["anova equal", "icc1"], rel=1e-6 if method == "reml" else EXACT
        )
        assert found.icc2 == pytest.approx(4 * found.icc1 / (1 + 3 * found.icc1), rel=EXACT)
        assert found.ci_lower == pytest.approx(NUMBERS["anova equal", "ci_lower"], rel=1e-9)
        assert found.ci_upper == pytest.approx(NUMBERS["anova equal", "ci_upper"], rel=1e-9)


def test_reml_never_falls_below_zero_and_anova_may() -> None:
    ratings, groups = pd.Series([1.0, 5, 2, 4, 3, 5.5]), list("aabbcc")
    assert icc(ratings, groups, method="reml").icc1 == 0
    found = icc(ratings, groups)
    assert -1 < found.ci_lower < found.icc1 < 0 < found.ci_upper


def test_icc_limits_hold_the_truth_as_often_as_they_say_at_unequal_sizes() -> None:
    random = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        groups = np.repeat(np.arange(20), random.integers(2, 9, 20))
        ratings = np.sqrt(0.3) * random.normal(size=20)[groups] + np.sqrt(0.7) * random.normal(
            size=len(groups)
        )
        found = icc(ratings, groups)
        held += found.ci_lower <= 0.3 <= found.ci_upper
    # Exact, so 95%: three standard errors of 400 tries are 3.3 points.
    assert abs(held / 400 - 0.95) < 0.033


def test_kendall_w_equals_friedman_test_with_ties() -> None:
    assert kendall_w(RANKS).loc["all", "estimate"] == pytest.approx(NUMBERS["kendall_w", "all"], rel=1e-11)
    found = kendall_w(RANKS, GROUPS)["estimate"]
    expected = NUMBERS["kendall_w"].drop("all")
    pd.testing.assert_series_equal(found[expected.index], expected, check_names=False, rtol=1e-11)
    assert found.drop(expected.index).isna().all()


def test_kendall_w_at_its_ends() -> None:
    assert kendall_w([[1, 2, 3], [10, 20, 30]])["estimate"].item() == pytest.approx(1)
    assert kendall_w([[1, 2, 3], [3, 2, 1]])["estimate"].item() == 0
    assert np.isnan(kendall_w([[1, 1], [2, 2]])["estimate"].item())


def pair_by_pair(selected: pd.DataFrame, groups: pd.Series) -> float:
    x, code = selected.to_numpy(dtype=float), groups.to_numpy()
    across = [
        np.abs(x[i] - x[j]).sum() for i, j in itertools.combinations(range(len(x)), 2) if code[i] != code[j]
    ]
    within, weights = [], []
    for group in np.unique(code):
        rows = x[code == group]
        if len(rows) > 1:
            within.append(np.mean([np.abs(a - b).sum() for a, b in itertools.combinations(rows, 2)]))
            weights.append(len(rows))
    return 1 - np.average(within, weights=weights) / np.mean(across)


def test_selection_agreement_counts_pairs_and_its_error_leaves_groups_out() -> None:
    selected, groups = picks()
    found = selection_agreement(selected, groups)
    assert found.estimate == pytest.approx(pair_by_pair(selected, groups), rel=EXACT)
    left_out = [pair_by_pair(selected[groups != g], groups[groups != g]) for g in groups.unique()]
    n = len(left_out)
    assert found.std_error == pytest.approx(np.sqrt((n - 1) * np.var(left_out)), rel=1e-9)
    assert found.estimate == pytest.approx(1 - (1 - found.observed) / (1 - found.expected))
    many = found.by_group["n_raters"] > 1
    assert found.by_group["estimate"].notna().equals(many)
    assert np.average(found.by_group.loc[many, "estimate"], weights=found.by_group.loc[many, "n_raters"]) == (
        pytest.approx(found.estimate)
    )


def test_selection_agreement_of_the_same_picks_is_one_and_by_chance_about_nothing() -> None:
    selected, groups = picks()
    same = selection_agreement(selected.groupby(groups).transform("first"), groups)
    assert same.estimate == 1
    assert same.p_value == 0.001
    assert "for limits" in same.reason
    random = np.random.default_rng(0)
    shares = np.linspace(0.1, 0.9, 6)  # popular options alone are no agreement
    chance = [
        selection_agreement(random.random((60, 6)) < shares, np.repeat(range(20), 3), permutations=19, seed=i)
        for i in range(200)
    ]
    assert abs(np.mean([one.estimate for one in chance])) < 0.015  # 3 standard errors of 200 tries
    assert np.mean([one.p_value <= 0.1 for one in chance]) < 0.17


def test_the_same_seed_gives_the_same_p_value() -> None:
    first, again = (selection_agreement(*picks(), permutations=99, seed=4) for _ in range(2))
    assert first.p_value == again.p_value
    assert np.isnan(selection_agreement(*picks(), permutations=0).p_value)


def everything(items: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    first = items.iloc[:, 0]
    return pd.DataFrame(
        {
            "rwg": rwg(first, groups, null_variance=2)["estimate"],
            "rwg_j": rwg_j(items, groups, null_variance=2)["estimate"],
            "ad": average_deviation(items, groups, center="median")["estimate"],
            "w": kendall_w(items, groups)["estimate"],
            "icc": icc(first, groups).icc1,
            "lower": icc(first, groups).ci_lower,
        }
    )


@given(st.integers(0, 10_000), st.integers(-50, 50))
@settings(max_examples=15, deadline=None)
def test_row_order_labels_of_groups_and_a_shift_change_nothing(seed: int, shift: int) -> None:
    found = everything(ITEMS, GROUPS)
    names = dict(zip(found.index, np.random.default_rng(seed).permutation(1000), strict=False))
    moved = DATA.sample(frac=1, random_state=seed)
    again = everything(moved[["a", "b", "c"]] + shift, moved["organisation"].map(names))
    again = again.loc[[names[name] for name in found.index]].set_axis(found.index)
    pd.testing.assert_frame_equal(again, found, rtol=1e-8, atol=1e-10)  # rounding of the shifted sums


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(0, 4)), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_what_must_always_hold(rows: list[tuple[int, int, int]]) -> None:
    table = pd.DataFrame(rows, columns=["a", "b", "group"])
    for null in NULLS:
        one = rwg(table["a"], table["group"], null_variance=null)
        scale = rwg_j(table[["a", "b"]], table["group"], null_variance=null)
        for found in (one, scale):
            assert found["estimate"].dropna().between(0, 1).all()
            assert found["estimate"].isna().equals(found["n_raters"] < 2)
    found = icc(table["a"], table["group"])
    assert np.isnan(found.ci_lower) == bool(found.reason)
    if not found.reason:
        assert found.icc1 <= 1
        assert found.ci_lower < found.ci_upper <= 1
        n = found.mean_size
        if found.icc1 > 0:
            assert found.icc2 == pytest.approx(n * found.icc1 / (1 + (n - 1) * found.icc1))


def test_null_variances() -> None:
    assert [uniform_variance(n) for n in (5, 7)] == [2, 4]
    found = [skewed_variance(5, skew=skew) for skew in ("slight", "moderate", "heavy")]
    assert found == pytest.approx([1.34, 0.9, 0.44])
    for options in range(5, 12):
        nulls = [skewed_variance(options, skew=skew) for skew in ("heavy", "moderate", "slight")]
        assert sorted(nulls) == nulls
        assert nulls[-1] < uniform_variance(options)
    assert [skewed_variance(7, skew=skew) for skew in ("slight", "moderate", "heavy")] == [2.9, 2.14, 1.39]


def test_missing_raters_are_left_out_before_they_are_counted() -> None:
    items = ITEMS.mask(np.random.default_rng(2).random(ITEMS.shape) < 0.2).assign(
        c=lambda table: table["c"].mask(GROUPS == "o05")
    )
    groups = GROUPS.mask(DATA.index == 40)
    found = rwg_j(items, groups, null_variance=2)
    complete = items.dropna().index.difference([40])
    expected = rwg_j(items.loc[complete], groups[complete], null_variance=2)
    pd.testing.assert_frame_equal(found.loc[expected.index], expected)
    assert found.loc["o05", "n_raters"] == 0
    assert np.isnan(found.loc["o05", "estimate"])
    assert average_deviation(items, groups, center="median").loc["o05"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("ratings", "groups", "reason"),
    [
        ([1.0, 2], ["a", "a"], "fewer than two groups"),
        ([np.nan, np.nan], ["a", "b"], "fewer than two groups"),
        ([1.0, 2], ["a", "b"], "no group has two raters"),
        ([3.1, 3.1, 3.1, 3.1], ["a", "a", "b", "b"], "the ratings do not vary"),
    ],
)
def test_without_evidence_there_is_no_icc_and_the_reason_is_given(ratings, groups, reason: str) -> None:
    found = icc(pd.Series(ratings), groups)
    assert np.isnan([found.icc1, found.icc2, found.ci_lower, found.ci_upper]).all()
    assert found.reason == reason


def test_raters_alike_within_groups_have_an_icc_of_one_without_limits() -> None:
    for method in ("anova", "reml"):
        found = icc(pd.Series([1.0, 1, 2, 2, 5]), list("aabbc"), method=method)
        assert (found.icc1, found.icc2) == (1, 1)
        assert "no limits" in found.reason


def test_group_means_all_alike_give_no_reliability_of_means() -> None:
    found = icc(pd.Series([1.0, 3, 2, 2, 0, 4]), list("aabbcc"))
    assert found.icc1 == -1
    assert np.isnan([found.icc2, found.ci_lower]).all()
    assert found.reason == "group means are all alike: no ICC(2) and no limits"


@pytest.mark.parametrize(
    ("selected", "groups", "reason"),
    [
        ([[1, 0], [0, 1]], ["a", "b"], "fewer than two groups have two raters"),
        ([[1, 0]] * 4, list("aabb"), "all raters pick the same"),
        (np.full((2, 2), np.nan), list("ab"), "fewer than two groups have two raters"),
    ],
)
def test_without_evidence_there_is_no_selection_agreement(selected, groups, reason: str) -> None:
    found = selection_agreement(np.array(selected), groups)
    assert np.isnan([found.estimate, found.ci_lower, found.p_value]).all()
    assert found.reason == reason
    assert found.by_group["estimate"].isna().all()


def test_what_agreement_cannot_do_it_says() -> None:
    refused = {
        "every row needs its group.*3 groups": lambda: rwg(DATA["a"], list("abc"), null_variance=2),
        "different indices.*one DataFrame": lambda: rwg(DATA["a"], GROUPS[::-1], null_variance=2),
        "answers must be numbers.*agree": lambda: rwg(pd.Series(["agree"]), ["a"], null_variance=2),
        "null_variance must be above 0.*0": lambda: rwg_j(ITEMS, GROUPS, null_variance=0),
        "rwg takes one item.*rwg_j": lambda: rwg(ITEMS, GROUPS, null_variance=2),
        "unknown variant.*allowed: james, lindell": lambda: rwg_j(
            ITEMS, GROUPS, null_variance=2, variant="x"
        ),
        "missing answers.*allowed: listwise": lambda: rwg_j(ITEMS, GROUPS, null_variance=2, missing="x"),
        "unknown center.*allowed: mean, median": lambda: average_deviation(ITEMS, GROUPS, center="mode"),
        "unknown method.*allowed: anova, anova_n0, reml": lambda: icc(DATA["a"], GROUPS, method="ml"),
        "between 0 and 1.*95": lambda: icc(DATA["a"], GROUPS, confidence=95),
        "one column of ratings": lambda: icc(ITEMS, GROUPS),
        "at least two objects": lambda: kendall_w(RANKS[["rank1"]]),
        "picks must be 0 or 1.*2.0": lambda: selection_agreement(ITEMS, GROUPS),
        "0 or more.*-1": lambda: selection_agreement(*picks(), permutations=-1),
        "between 0 and 1.*: 2": lambda: selection_agreement(*picks(), confidence=2),
        "at least two options.*1": lambda: uniform_variance(1),
        "no skewed null.*4.*allowed: 5, 6.*State the variance": lambda: skewed_variance(4, skew="slight"),
        "unknown skew.*allowed: slight, moderate, heavy": lambda: skewed_variance(5, skew="left"),
    }
    for message, call in refused.items():
        with pytest.raises(ScoringError, match=message):
            call()


def test_results_show_and_table_themselves() -> None:
    found = icc(DATA["total"], GROUPS)
    assert repr(found).startswith("IntraclassCorrelation(ICC(1) 0.673, ")
    assert json.loads(found.to_frame().to_json(orient="records"))[0]["n_groups"] == 30
    chosen = selection_agreement(*picks(), permutations=0)
    assert repr(chosen).startswith(f"SelectionAgreement({chosen.estimate:.3f}, ")
    assert "by_group" not in chosen.to_frame()
