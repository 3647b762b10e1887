"""Careless responding: beside R's values, loops by hand, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from tests.conftest import ROOT

from surveykit.errors import ScoringError
from surveykit.measures.careless import antonyms, even_odd, irv, longstring, mahalanobis, screen, synonyms

CARELESS = pd.read_csv(ROOT / "tests/exports/files/careless/careless_dataset.csv")
SCALES = {s: [c for c in CARELESS if c.startswith(f"scale{s}")] for s in sorted({c[5] for c in CARELESS})}
RUNS = hnp.arrays(np.int8, st.tuples(st.integers(1, 8), st.integers(1, 12)), elements=st.integers(1, 3))


def test_it_equals_the_r_package_careless() -> None:
    # R careless 1.2.2 on its own data set: the first ten, the mean and the largest.
    found = longstring(pd.read_csv(ROOT / "tests/exports/files/careless/careless_dataset.csv"))
    assert found.head(10).tolist() == [6, 4, 3, 3, 3, 2, 5, 4, 6, 5]


@given(RUNS)
def test_it_counts_as_one_would_by_hand(answers: np.ndarray) -> None:
    def by_hand(row: np.ndarray) -> int:
        ends = [0, *(np.flatnonzero(np.diff(row)) + 1), len(row)]
        return int(np.diff(ends).max())

    found = longstring(pd.DataFrame(answers))
    assert found.tolist() == [by_hand(row) for row in answers]
    assert found.tolist() == longstring(pd.DataFrame(answers[:, ::-1])).tolist()


def test_a_missing_answer_ends_the_run_and_an_empty_row_has_none() -> None:
    found = longstring(pd.DataFrame([[2, 2, np.nan, 2], [np.nan] * 4], index=["x", "y"]))
    assert found["x"] == 2
    assert np.isnan(found["y"])


def with_gaps(share: float = 0.15) -> pd.DataFrame:
    gaps = np.random.default_rng(5).random((len(CARELESS), 12)) < share
    return CARELESS.iloc[:, :12].mask(gaps)


def test_irv_and_mahalanobis_flags_equal_the_r_package_careless() -> None:
    # R careless 1.2.2; the mean is printed to six decimals.
    assert irv(CARELESS).mean() == pytest.approx(1.005252, abs=5e-7)
    assert longstring(CARELESS).mean() == pytest.approx(5.87)
    found = screen(CARELESS, scales=SCALES)
    assert found["flag_mahalanobis_p"].sum() == 18
    assert found.index.equals(CARELESS.index)


def test_distances_sum_to_items_times_degrees_of_freedom() -> None:
    # sum of D^2 = trace(S^-1 (n - 1) S): rounding of the inverse only.
    assert mahalanobis(CARELESS).sum() == pytest.approx(CARELESS.shape[1] * (len(CARELESS) - 1), rel=1e-10)


def test_incomplete_rows_are_measured_on_what_they_answered() -> None:
    answers = with_gaps()
    complete = answers.dropna()
    found = mahalanobis(answers)
    for row in range(0, 200, 7):
        seen = answers.columns[answers.iloc[row].notna()]
        away = answers.loc[row, seen] - complete[seen].mean()
        by_hand = away @ np.linalg.inv(complete[seen].cov()) @ away
        assert found[row] == pytest.approx(by_hand, rel=1e-9)
    table = screen(answers)
    expected = stats.chi2.sf(found, answers.notna().sum(axis=1))
    np.testing.assert_allclose(table["mahalanobis_p"], expected, rtol=1e-12)


def correlate(x, y) -> float:
    seen = ~(np.isnan(x) | np.isnan(y))
    if seen.sum() < 3 or np.ptp(x[seen]) < 1e-12 or np.ptp(y[seen]) < 1e-12:
        return np.nan
    return np.corrcoef(x[seen], y[seen])[0, 1]


def test_even_odd_equals_a_loop_over_people() -> None:
    answers = CARELESS.mask(np.random.default_rng(1).random(CARELESS.shape) < 0.2)
    found = even_odd(answers, SCALES)
    for row in range(0, 200, 5):
        halves = [
            np.array([answers.loc[row, columns[start::2]].mean() for columns in SCALES.values()])
            for start in (0, 1)
        ]
        r = correlate(*halves)
        assert found[row] == pytest.approx(np.maximum(-1, 2 * r / (1 + r)), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(("index", "sign"), [(synonyms, 1), (antonyms, -1)])
def test_pairs_equal_a_loop_over_people(index, sign: int) -> None:
    answers = CARELESS.mask(np.random.default_rng(2).random(CARELESS.shape) < 0.1)
    answers = answers.assign(**{c: 6 - answers[c] for c in answers.columns[::3]}) if sign < 0 else answers
    between = answers.corr().to_numpy() * sign
    pairs = [(i, j) for i, j in zip(*np.nonzero(between > 0.3), strict=True) if i < j]
    assert len(pairs) > 3
    found = index(answers, critical_r=sign * 0.3)
    for row, x in enumerate(answers.to_numpy()[:60]):
        first, second = x[[i for i, _ in pairs]], x[[j for _, j in pairs]]
        assert found[row] == pytest.approx(correlate(first, second), rel=1e-9, nan_ok=True)


def test_a_straight_liner_is_undefined_with_a_reason_and_never_clean() -> None:
    answers = CARELESS.copy()
    answers.iloc[0] = 3
    answers.iloc[1] = np.nan
    found = screen(answers, scales=SCALES)
    assert found.loc[0, ["flag_longstring", "flag_irv"]].all()
    assert found.loc[0, "flag_even_odd"] is pd.NA
    assert "even_odd: answers do not vary" in found.loc[0, "reason"]
    assert found.loc[1, "reason"].startswith(
        "longstring: no answer; irv: fewer than two answers; mahalanobis: no answer"
    )
    assert "even_odd: fewer than 3 scales with both halves answered" in found.loc[1, "reason"]
    assert found.loc[1, "n_flags"] == 0
    undefined = found[["irv", "mahalanobis", "even_odd", "synonyms", "antonyms"]].isna().any(axis=1)
    assert ((found["reason"] != "") == undefined).all()


def test_mahalanobis_without_enough_rows_or_with_items_that_follow_from_others_is_undefined() -> None:
    assert mahalanobis(CARELESS.head(20)).isna().all()
    doubled = CARELESS.iloc[:, :4].assign(again=CARELESS.iloc[:, 0] * 2)
    assert mahalanobis(doubled).isna().all()
    assert screen(doubled)["reason"].str.contains("mahalanobis: too few complete rows").all()


def test_cut_offs_can_be_moved_and_turned_off() -> None:
    found = screen(CARELESS, cutoffs={"longstring": 12, "irv": None})
    assert (found["flag_longstring"] == (longstring(CARELESS) >= 12)).all()
    assert "flag_irv" not in found
    assert "flag_even_odd" not in found


def test_even_odd_takes_the_scored_answers_and_the_others_the_given_ones() -> None:
    scored = CARELESS.assign(scaleA1=6 - CARELESS["scaleA1"])
    found = screen(CARELESS, scales=SCALES, scored=scored)
    pd.testing.assert_series_equal(found["even_odd"], even_odd(scored, SCALES))
    pd.testing.assert_series_equal(found["irv"], irv(CARELESS))


@given(st.integers(0, 10_000), st.integers(-3, 3))
@settings(max_examples=10, deadline=None)
def test_row_order_and_a_shift_of_all_answers_change_nothing(seed: int, shift: int) -> None:
    found = screen(CARELESS, scales=SCALES).select_dtypes("number")
    moved = screen(CARELESS.sample(frac=1, random_state=seed) + shift, scales=SCALES).loc[CARELESS.index]
    # Sums in another order, then an inverse: rounding only.
    pd.testing.assert_frame_equal(moved[found.columns], found, rtol=1e-7)


def test_arrays_do_as_well_as_frames() -> None:
    np.testing.assert_array_equal(irv(CARELESS.to_numpy()), irv(CARELESS))
    np.testing.assert_array_equal(longstring(CARELESS.to_numpy()), longstring(CARELESS))


def test_what_cannot_be_screened_it_says() -> None:
    with pytest.raises(ScoringError, match="must be numbers.*'agree'.*Code the answers"):
        irv(pd.DataFrame({"a": ["agree"]}))
    with pytest.raises(ScoringError, match="three scales or more.*\\['A'\\]"):
        even_odd(CARELESS, {"A": SCALES["A"]})
    with pytest.raises(ScoringError, match="'A' names an unknown column.*'scaleA9'.*Did you mean"):
        even_odd(CARELESS, SCALES | {"A": ["scaleA1", "scaleA9"]})
    with pytest.raises(ScoringError, match="'A' has no two halves"):
        even_odd(CARELESS, SCALES | {"A": ["scaleA1"]})
    with pytest.raises(ScoringError, match="synonyms is out of range.*-0.6.*0 up to 1"):
        synonyms(CARELESS, critical_r=-0.6)
    with pytest.raises(ScoringError, match="antonyms is out of range.*0.6"):
        antonyms(CARELESS, critical_r=0.6)
    with pytest.raises(ScoringError, match="unknown index.*'longstrin'.*Did you mean 'longstring'"):
        screen(CARELESS, cutoffs={"longstrin": 12})
