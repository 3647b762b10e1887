"""Longest runs: beside published values, and what must always hold."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.conftest import ROOT

from surveykit.measures.careless import longstring

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
