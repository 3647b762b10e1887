"""Careless responding: beside base R, counts by hand, and what must always hold of `screen`."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.conftest import ROOT

from surveykit.errors import ScoringError
from surveykit.measures.careless import (
    antonyms,
    even_odd,
    irv,
    longstring,
    mahalanobis,
    page_time,
    screen,
    synonyms,
)

REFERENCE = json.loads((ROOT / "tests/reference/careless.json").read_text())
PUBLISHED = pd.read_csv(ROOT / "tests/exports/files/careless/careless_dataset.csv")
DATA = {
    "full": pd.read_csv(ROOT / "tests/reference/careless.csv"),
    "gaps": pd.read_csv(ROOT / "tests/reference/careless_gaps.csv"),
    "published": PUBLISHED,
}
ANSWERS = hnp.arrays(np.int8, st.tuples(st.integers(1, 8), st.integers(1, 12)), elements=st.integers(1, 3))
WITH_GAPS = hnp.arrays(
    float,
    st.tuples(st.integers(1, 12), st.just(9)),
    elements=st.sampled_from([1.0, 2, 3, 4, 5, np.nan]),
)
THREES = {"x": [0, 1, 2], "y": [3, 4, 5], "z": [6, 7, 8]}
EXACT = (
    1e-9  # closed forms in other orders of summation; R prints 15 digits, of small p-values fewer that count
)


def scales_of(answers: pd.DataFrame) -> dict[str, list[str]]:
    scales: dict[str, list[str]] = {}
    for column in answers:
        scales.setdefault(column[:-1], []).append(column)
    return scales


def scored(answers: pd.DataFrame) -> pd.DataFrame:
    return answers.assign(**{column: 6 - answers[column] for column in answers if column[1:] in {"2", "4"}})


@pytest.mark.parametrize("name", DATA)
def test_every_index_equals_its_definition_in_base_r(name: str) -> None:
    answers, expected = DATA[name], REFERENCE[name]
    found = screen(answers)[["longstring", "irv", "mahalanobis", "mahalanobis_p"]].assign(
        even_odd=even_odd(scored(answers), scales_of(answers)),
        synonyms=synonyms(answers, critical_r=expected["critical_r"]),
        antonyms=antonyms(answers, critical_r=-expected["critical_r"]),
    )
    for index in found:
        reference = np.array(expected[index], dtype=float)
        # An r of 0 is 0 but for rounding: the absolute tolerance.
        np.testing.assert_allclose(found[index], reference, rtol=EXACT, atol=1e-12, err_msg=index)


def test_the_package_careless_on_its_own_data() -> None:
    # R careless 1.2.2; the means are printed to six decimals.
    found = screen(PUBLISHED)
    assert found["longstring"].head(10).tolist() == [6, 4, 3, 3, 3, 2, 5, 4, 6, 5]
    assert (found["longstring"].mean(), found["longstring"].max()) == (pytest.approx(5.87), 50)
    assert found["irv"].mean() == pytest.approx(1.005252, abs=5e-7)
    assert found["flag_mahalanobis_p"].sum() == 18
    assert found.index.equals(PUBLISHED.index)


@given(ANSWERS)
def test_longstring_counts_as_one_would_by_hand(answers: np.ndarray) -> None:
    def by_hand(row: np.ndarray) -> int:
        ends = [0, *(np.flatnonzero(np.diff(row)) + 1), len(row)]
        return int(np.diff(ends).max())

    found = longstring(pd.DataFrame(answers))
    assert found.tolist() == [by_hand(row) for row in answers]
    assert found.tolist() == longstring(answers[:, ::-1]).tolist()
    assert found.tolist() == longstring(pd.DataFrame(answers).astype("Int8")).tolist()
    assert found.tolist() == longstring(pd.DataFrame(answers).map("option {}".format)).tolist()


def test_a_missing_answer_ends_the_run_and_an_empty_row_has_none() -> None:
    for missing in (np.nan, None, pd.NA):
        found = longstring(pd.DataFrame([[2, 2, missing, 2], [missing] * 4], index=["x", "y"]))
        assert found["x"] == 2
        assert np.isnan(found["y"])
    assert longstring(pd.DataFrame(index=[1, 2])).isna().all()


@given(WITH_GAPS)
@settings(max_examples=40, deadline=None)
def test_indices_stay_in_their_ranges_and_say_why_they_are_undefined(answers: np.ndarray) -> None:
    found = screen(answers, scales=THREES)
    assert found["longstring"].dropna().between(1, answers.shape[1]).all()
    assert (found["irv"].dropna() >= 0).all()
    assert (found["mahalanobis"].dropna() >= 0).all()
    assert (found[["even_odd", "synonyms", "antonyms"]].abs().fillna(0) <= 1).all(axis=None)
    for index in ("longstring", "irv", "mahalanobis", "even_odd", "synonyms", "antonyms"):
        assert (found["reason"].str.contains(f"{index}: ") == found[index].isna()).all()
        flag = f"flag_{index}"
        assert flag not in found or (found[flag].isna() == found[index].isna()).all()
    one_answer = np.nanmax(answers, axis=1, initial=-9) == np.nanmin(answers, axis=1, initial=9)
    assert (found.loc[one_answer & found["irv"].notna(), "irv"] == 0).all()
    assert found.loc[one_answer, ["even_odd", "synonyms", "antonyms"]].isna().all(axis=None)


@given(WITH_GAPS, st.randoms(use_true_random=False), st.integers(-50, 50))
@settings(max_examples=40, deadline=None)
def test_order_labels_and_a_shift_of_all_answers_change_nothing(
    answers: np.ndarray, random, shift: int
) -> None:
    found = screen(answers, scales=THREES)
    order = random.sample(range(len(answers)), len(answers))
    moved = screen(pd.DataFrame(answers[order] + shift, index=order), scales=THREES).loc[found.index]
    # Whole answers: sums are exact in any order. Only the distance has been through means and an inverse.
    distance = ["mahalanobis", "mahalanobis_p", "flag_mahalanobis_p", "n_flags"]
    pd.testing.assert_frame_equal(moved.drop(columns=distance), found.drop(columns=distance), rtol=0, atol=0)
    pd.testing.assert_frame_equal(moved[distance[:2]], found[distance[:2]], rtol=1e-6, atol=1e-9)


@given(st.integers(0, 10_000), st.integers(-3, 3))
@settings(max_examples=10, deadline=None)
def test_the_published_data_in_another_order_are_screened_alike(seed: int, shift: int) -> None:
    found = screen(PUBLISHED, scales=scales_of(PUBLISHED))
    again = PUBLISHED.sample(frac=1, random_state=seed) + shift
    moved = screen(again, scales=scales_of(PUBLISHED)).loc[PUBLISHED.index]
    # Sums in another order, then an inverse: rounding only.
    pd.testing.assert_frame_equal(moved, found, rtol=1e-9)


def test_row_labels_that_stand_twice_stay_apart() -> None:
    twice = PUBLISHED.set_axis(["x"] * len(PUBLISHED))
    found = screen(twice, scales=scales_of(twice))
    assert found.index.equals(twice.index)
    np.testing.assert_array_equal(found["irv"], irv(PUBLISHED))


def test_a_straight_liner_is_undefined_with_a_reason_and_never_clean() -> None:
    answers = PUBLISHED.copy()
    answers.iloc[0] = 3
    answers.iloc[1] = np.nan
    found = screen(answers, scales=scales_of(answers))
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


def test_a_straight_liner_on_a_slider_varies_by_nothing_at_all() -> None:
    # The mean of ten times 0.1 is not 0.1 in binary.
    answers = DATA["full"] / 10
    answers.iloc[5] = 0.1
    found = screen(answers, scales=scales_of(answers))
    assert found.loc[5, "irv"] == 0
    assert found.loc[5, ["even_odd", "synonyms", "antonyms"]].isna().all()
    assert "even_odd: answers do not vary" in found.loc[5, "reason"]


def test_answers_far_from_zero_lose_no_digits() -> None:
    # Squares of 10^9 have more digits than a float holds.
    answers, far = DATA["gaps"], DATA["gaps"] + 1e9
    for found, expected in (
        (irv(far), irv(answers)),
        (even_odd(far, scales_of(far)), even_odd(answers, scales_of(answers))),
        (synonyms(far), synonyms(answers)),
        (antonyms(far), antonyms(answers)),
    ):
        pd.testing.assert_series_equal(found, expected, rtol=0, atol=0)


def test_each_index_is_flagged_on_its_careless_side() -> None:
    answers = DATA["full"]
    found = screen(answers, scales=scales_of(answers), scored=scored(answers))
    for index, careless in {
        "longstring": found["longstring"] >= 15,  # half of 30 items
        "irv": found["irv"] <= 0,
        "mahalanobis_p": found["mahalanobis_p"] <= 0.001,
        "even_odd": found["even_odd"] <= 0.3,
        "synonyms": found["synonyms"] <= 0.22,
        "antonyms": found["antonyms"] >= -0.03,
    }.items():
        flag = found[f"flag_{index}"]
        assert (flag.fillna(value=False) == careless).all()
        assert 0 < careless.sum() < len(answers) or index == "mahalanobis_p"
    flags = found.filter(like="flag_")
    assert found["n_flags"].equals(flags.sum(axis=1).astype(int))


def test_cut_offs_can_be_moved_and_turned_off() -> None:
    found = screen(PUBLISHED, cutoffs={"longstring": 12, "irv": None})
    assert (found["flag_longstring"] == (longstring(PUBLISHED) >= 12)).all()
    assert "flag_irv" not in found
    assert "flag_even_odd" not in found


def test_even_odd_takes_the_scored_answers_and_the_others_the_given_ones() -> None:
    answers, scales = DATA["full"], scales_of(DATA["full"])
    found = screen(answers, scales=scales, scored=scored(answers))
    pd.testing.assert_series_equal(found["even_odd"], even_odd(scored(answers), scales))
    pd.testing.assert_series_equal(found["irv"], irv(answers))
    pd.testing.assert_series_equal(found["mahalanobis"], mahalanobis(answers))


def test_page_times_are_flagged_and_have_reasons_like_the_rest() -> None:
    answers = DATA["full"].head(3)
    seconds = pd.DataFrame({"p1": [4.0, 40, None], "p2": [30.0, 30, None]}, index=answers.index)
    found = screen(answers, pages=page_time(seconds, {"p1": 10, "p2": 15}))
    assert found["seconds_per_item"].tolist()[:2] == [0.4, 2.0]
    assert found["n_fast_pages"].tolist()[:2] == [1, 0]
    assert found["flag_seconds_per_item"].tolist() == [True, False, pd.NA]
    assert found["reason"].str.contains("seconds_per_item: no page timed").tolist() == [False, False, True]
    assert "flag_n_fast_pages" not in found


def test_arrays_do_as_well_as_frames() -> None:
    np.testing.assert_array_equal(irv(PUBLISHED.to_numpy()), irv(PUBLISHED))
    np.testing.assert_array_equal(longstring(PUBLISHED.to_numpy()), longstring(PUBLISHED))
    pd.testing.assert_frame_equal(screen(PUBLISHED.to_numpy()), screen(PUBLISHED))


def test_nobody_is_screened_to_an_empty_table() -> None:
    found = screen(PUBLISHED.head(0), scales=scales_of(PUBLISHED))
    assert len(found) == 0
    assert {"irv", "even_odd", "flag_longstring", "n_flags", "reason"} <= set(found)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["agree"], "must be numbers.*'agree'.*Code the answers"),
        ([np.inf], "an answer is infinite.*'a'.*Make it missing"),
        (pd.to_datetime(["2026-01-01"]), "must be numbers.*datetime64.*'a'"),
        ([1 + 2j], "must be numbers.*complex"),
    ],
)
def test_what_is_no_number_is_not_screened(column, message: str) -> None:
    answers = pd.DataFrame({"a": column})
    for index in (irv, mahalanobis, synonyms, screen):
        with pytest.raises(ScoringError, match=message):
            index(answers)


def test_values_of_other_respondents_are_refused() -> None:
    times = page_time(pd.DataFrame({"p": [4.0, 40]}), {"p": 2})
    with pytest.raises(ScoringError, match="pages has other rows than the answers.*2, not 200"):
        screen(PUBLISHED, pages=times)
    with pytest.raises(ScoringError, match="scored and the answers have different indices.*one DataFrame"):
        screen(PUBLISHED, scales=scales_of(PUBLISHED), scored=PUBLISHED[::-1])


def test_what_cannot_be_flagged_it_says() -> None:
    with pytest.raises(ScoringError, match="unknown index.*'longstrin'.*Did you mean 'longstring'"):
        screen(PUBLISHED, cutoffs={"longstrin": None})
    with pytest.raises(ScoringError, match="not computed.*'even_odd'.*scales for even_odd"):
        screen(PUBLISHED, cutoffs={"even_odd": 0.2})
    with pytest.raises(ScoringError, match="cut-offs of irv must be finite.*nan"):
        screen(PUBLISHED, cutoffs={"irv": np.nan})
