"""Statistics of items: beside psych in R, by dropping items one by one, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measures.scales import EXACT, ITEMS, NUMBERS, SETS, SMALL_TABLES

from surveykit.errors import ScoringError
from surveykit.measures.reliability import alpha, inter_item, item_statistics


@pytest.mark.parametrize("name", SETS)
def test_item_rest_correlation_and_alpha_without_the_item_equal_psych(name: str) -> None:
    found = item_statistics(SETS[name])
    for statistic in ("item_rest_r", "alpha_if_dropped"):
        expected = NUMBERS[f"{statistic} {name}"]
        pd.testing.assert_series_equal(found[statistic], expected, check_names=False, rtol=EXACT)
    assert (found["reason"] == "").all()


@pytest.mark.parametrize("statistic", ["mean", "std", "n_missing"])
def test_mean_and_spread_are_of_all_answers_to_the_item(statistic: str) -> None:
    found = item_statistics(ITEMS)[statistic]
    expected = NUMBERS[statistic].astype(found.dtype)
    pd.testing.assert_series_equal(found, expected, check_names=False, rtol=EXACT)


def test_statistics_are_those_of_dropping_items_one_by_one() -> None:
    complete = ITEMS.dropna()
    found = item_statistics(ITEMS)
    for item in ITEMS:
        others = complete.drop(columns=item)
        assert found["item_rest_r"][item] == pytest.approx(
            complete[item].corr(others.mean(axis=1)), rel=EXACT
        )
        assert found["alpha_if_dropped"][item] == pytest.approx(alpha(others).estimate, rel=EXACT)


@given(st.integers(0, 10_000), st.floats(-5, 5))
def test_order_of_rows_and_items_and_a_shift_change_no_correlation(seed: int, shift: float) -> None:
    order = np.random.default_rng(seed).permutation(ITEMS.columns)
    moved = item_statistics(ITEMS.sample(frac=1, random_state=seed)[order] + shift).loc[ITEMS.columns]
    before = item_statistics(ITEMS)
    pd.testing.assert_frame_equal(moved.drop(columns="mean"), before.drop(columns="mean"), rtol=1e-9)
    assert (moved["mean"] - shift).to_list() == pytest.approx(before["mean"].to_list())


@pytest.mark.filterwarnings("error::RuntimeWarning")
@given(SMALL_TABLES)
def test_every_nan_has_its_reason_and_every_reason_its_nan(items: np.ndarray) -> None:
    found = item_statistics(items)
    for name in ("mean", "std", "item_rest_r", "alpha_if_dropped"):
        assert found["reason"].str.contains(f"{name}: ").equals(found[name].isna())
    assert not (found[["item_rest_r", "alpha_if_dropped"]] > 1).any(axis=None)
    between = inter_item(items)
    assert np.isnan(between.mean) == bool(between.reason)


def test_a_reversed_item_left_as_it_is_shows_below_zero() -> None:
    found = item_statistics(ITEMS.assign(d=6 - ITEMS["d"]))
    assert found["item_rest_r"].idxmin() == "d"
    assert found["item_rest_r"]["d"] < 0


def test_where_there_is_no_statistic_the_reason_says_why() -> None:
    two = item_statistics(ITEMS[["a", "b"]])
    assert two["alpha_if_dropped"].isna().all()
    assert (two["reason"] == "alpha_if_dropped: one item is left").all()
    flat = item_statistics(ITEMS.assign(f=0.1))
    assert flat.loc["f", "reason"] == "item_rest_r: the item does not vary"
    assert flat.loc["f", "std"] == 0
    none = item_statistics(ITEMS.assign(f=np.nan))
    assert none.loc["f", "reason"].startswith(
        "mean: no answer; std: fewer than two answers; item_rest_r: fewer than two"
    )
    assert none.loc["a", "reason"].startswith("item_rest_r: fewer than two complete respondents")
    opposed = item_statistics(pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1], "c": [1, 3, 1]}))
    assert "item_rest_r: the other items together do not vary" in opposed.loc["c", "reason"]


@pytest.mark.parametrize("name", SETS)
def test_inter_item_correlations_equal_psych(name: str) -> None:
    found = inter_item(SETS[name])
    for statistic in ("mean", "lowest", "highest"):
        assert getattr(found, statistic) == pytest.approx(NUMBERS[f"inter {name}", statistic], rel=EXACT)
    assert (found.n_obs, found.n_items) == (len(SETS[name].dropna()), SETS[name].shape[1])


def test_inter_item_shows_and_tables_itself_and_says_why_not() -> None:
    assert repr(inter_item(ITEMS)) == "InterItem(mean 0.323, 0.180 to 0.544; 6 items, 178 respondents)"
    assert inter_item(ITEMS).to_frame()["n_items"].item() == 6
    assert inter_item(ITEMS.assign(c=4)).reason == "item 'c' does not vary"
    with pytest.raises(ScoringError, match="inter_item needs at least two items"):
        inter_item(ITEMS[["a"]])
    with pytest.raises(ScoringError, match="item_statistics needs at least two items"):
        item_statistics(ITEMS[["a"]])
