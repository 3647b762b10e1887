"""Page times: seconds per item and pages too fast to have been read."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from surveykit.errors import ScoringError
from surveykit.measures.timing import page_time

SECONDS = pd.DataFrame(
    {"intro": [1.0, 50, 1, 2], "p1": [30.0, 9, np.nan, np.nan], "p2": [8.0, 7, 3, np.nan]},
    index=["x", "y", "z", "w"],
)
TIMES = hnp.arrays(
    float, st.tuples(st.integers(1, 9), st.just(3)), elements=st.floats(0, 500) | st.just(np.nan)
)


def test_the_fastest_page_counts_by_its_number_of_items() -> None:
    found = page_time(SECONDS, {"p1": 5, "p2": 4})
    assert found["seconds_per_item"].tolist()[:3] == [2.0, 1.75, 0.75]
    assert found["n_fast_pages"].tolist()[:3] == [0, 2, 1]  # two seconds are not faster than two seconds
    assert found["n_pages"].tolist() == [2, 2, 1, 0]
    assert found.index.equals(SECONDS.index)
    pd.testing.assert_frame_equal(page_time(SECONDS, pd.Series({"p2": 4, "p1": 5})), found)
    assert page_time(SECONDS, {"p1": 5, "p2": 4}, cutoff=7)["n_fast_pages"].tolist()[:3] == [2, 2, 1]


def test_without_any_timed_page_it_is_undefined_with_a_reason() -> None:
    found = page_time(SECONDS, {"p1": 5, "p2": 4}).loc["w"]
    assert found[["seconds_per_item", "n_fast_pages"]].isna().all()
    assert found["reason"] == "no page timed"


@given(TIMES, st.tuples(*[st.integers(1, 20)] * 3), st.floats(0.1, 10))
def test_it_equals_a_loop_over_people(seconds: np.ndarray, n_items: tuple[int, ...], cutoff: float) -> None:
    found = page_time(seconds, dict(enumerate(n_items)), cutoff=cutoff)
    for row, times in enumerate(seconds):
        each = [t / n for t, n in zip(times, n_items, strict=True) if not np.isnan(t)]
        assert found.loc[row, "n_pages"] == len(each)
        assert found.loc[row, "reason"] == ("" if each else "no page timed")
        if each:
            assert found.loc[row, "seconds_per_item"] == min(each)
            assert found.loc[row, "n_fast_pages"] == sum(t < cutoff for t in each)


def test_what_is_no_time_it_says() -> None:
    with pytest.raises(ScoringError, match="must name pages that are timed.*'intros'.*Did you mean 'intro'"):
        page_time(SECONDS, {"p1": 5, "intros": 4})
    with pytest.raises(ScoringError, match="must name pages that are timed.*Name the pages with items"):
        page_time(SECONDS, {})
    with pytest.raises(ScoringError, match="a page has no items.*'intro'.*Leave out pages"):
        page_time(SECONDS, {"intro": 0, "p1": 5})
    with pytest.raises(ScoringError, match="seconds must be 0 or more.*-50"):
        page_time(-SECONDS, {"p2": 4})
    with pytest.raises(ScoringError, match="cutoff must be above 0.*-1"):
        page_time(SECONDS, {"p2": 4}, cutoff=-1)
    with pytest.raises(ScoringError, match="must be numbers.*'fast'"):
        page_time(pd.DataFrame({"p": ["fast"]}), {"p": 2})
