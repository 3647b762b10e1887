"""Mahalanobis distance: whole rows, rows with gaps, and when there is none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.conftest import ROOT

from surveykit.measures import distance
from surveykit.measures.careless import screen
from surveykit.measures.distance import mahalanobis

ANSWERS = pd.read_csv(ROOT / "tests/exports/files/careless/careless_dataset.csv")


def with_gaps(share: float = 0.15) -> pd.DataFrame:
    gaps = np.random.default_rng(5).random((len(ANSWERS), 12)) < share
    return ANSWERS.iloc[:, :12].mask(gaps)


def test_distances_sum_to_items_times_degrees_of_freedom() -> None:
    # sum of D^2 = trace(S^-1 (n - 1) S): rounding of the inverse only.
    assert mahalanobis(ANSWERS).sum() == pytest.approx(ANSWERS.shape[1] * (len(ANSWERS) - 1), rel=1e-10)


@pytest.mark.parametrize("at_once", [1, distance.AT_ONCE])
def test_incomplete_rows_are_measured_on_what_they_answered(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distance, "AT_ONCE", at_once)
    answers = with_gaps()
    answers.iloc[0, 1:] = np.nan
    answers.iloc[7] = np.nan
    complete = answers.dropna()
    found = mahalanobis(answers)
    assert np.isnan(found[7])
    for row in [0, *range(14, 200, 7)]:
        seen = answers.columns[answers.iloc[row].notna()]
        away = answers.loc[row, seen] - complete[seen].mean()
        by_hand = away @ np.linalg.inv(complete[seen].cov()) @ away
        assert found[row] == pytest.approx(by_hand, rel=1e-9)
    table = screen(answers)
    expected = stats.chi2.sf(found, answers.notna().sum(axis=1))
    np.testing.assert_allclose(table["mahalanobis_p"], expected, rtol=1e-12)


@given(st.lists(st.floats(0.001, 1e6), min_size=12, max_size=12), st.integers(-1000, 1000))
@settings(max_examples=20, deadline=None)
def test_units_of_items_change_nothing(units: list[float], shift: int) -> None:
    # A shift 1e6 times the spread costs as many digits.
    pd.testing.assert_series_equal(
        mahalanobis(with_gaps() * units + shift), mahalanobis(with_gaps()), rtol=1e-6
    )


def test_it_is_undefined_without_enough_rows_or_with_items_that_follow_from_others() -> None:
    assert mahalanobis(ANSWERS.head(20)).isna().all()
    for again in (ANSWERS.iloc[:, 0] * 2, ANSWERS.iloc[:, :4].mean(axis=1), 0.1):
        singular = ANSWERS.iloc[:, :4].assign(again=again)
        assert mahalanobis(singular).isna().all()
        assert screen(singular)["reason"].str.contains("mahalanobis: too few complete rows").all()


def test_one_item_is_a_squared_z_score() -> None:
    one = ANSWERS.iloc[:, [0]]
    expected = ((one - one.mean()) / one.std()).iloc[:, 0] ** 2
    np.testing.assert_allclose(mahalanobis(one), expected, rtol=1e-12)
