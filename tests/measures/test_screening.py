"""Grids of cut-offs: how many respondents each would flag."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from surveykit.errors import ScoringError
from surveykit.measures.careless import CUTOFFS, DIRECTIONS, flagged, page_time, screen

ANSWERS = pd.read_csv(ROOT / "tests/reference/careless_gaps.csv")
SCALES = {name: [c for c in ANSWERS if c[0] == name] for name in "abcdef"}
TIMES = page_time(np.random.default_rng(3).gamma(4, 4, (len(ANSWERS), 3)), {0: 10, 1: 10, 2: 10})
TABLE = screen(ANSWERS, scales=SCALES, pages=TIMES.set_axis(ANSWERS.index))
INDICES = [name for name in DIRECTIONS if name != "n_fast_pages"]


def test_at_the_cut_offs_of_screen_the_grid_counts_its_flags() -> None:
    found = flagged(TABLE, {"longstring": [15]} | {name: [CUTOFFS[name]] for name in INDICES[1:]})
    assert found["index"].tolist() == INDICES
    for row in found.itertuples():
        flags = TABLE[f"flag_{row.index}"]
        assert row.n_flagged == flags.sum()
        assert row.n_defined == flags.notna().sum()
        assert row.n_defined + row.n_undefined == len(ANSWERS)
        assert row.share == flags.mean()
    assert found["n_flagged"].gt(0).sum() >= 6


def test_it_is_tidy_and_keeps_the_order_given() -> None:
    found = flagged(TABLE, {"longstring": [20, 5, 10], "seconds_per_item": [1, 2]})
    assert found.columns.tolist() == [
        "index",
        "cutoff",
        "direction",
        "n_flagged",
        "share",
        "n_defined",
        "n_undefined",
    ]
    assert found["cutoff"].tolist() == [20, 5, 10, 1, 2]
    assert found["direction"].tolist() == [">="] * 3 + ["<"] * 2
    assert flagged(TABLE, {}).columns.equals(found.columns)


@given(st.sampled_from(list(DIRECTIONS)), st.lists(st.floats(-1, 30), min_size=2, max_size=6).map(sorted))
def test_a_laxer_cut_off_never_flags_fewer(index: str, cutoffs: list[float]) -> None:
    found = flagged(TABLE, {index: cutoffs})["n_flagged"].to_numpy()
    steps = np.diff(found) * (-1 if DIRECTIONS[index] == ">=" else 1)
    assert (steps >= 0).all()


def test_an_index_defined_for_nobody_has_no_share() -> None:
    found = flagged(TABLE.assign(even_odd=np.nan), {"even_odd": [0.3]}).iloc[0]
    assert (found["n_flagged"], found["n_defined"], found["n_undefined"]) == (0, 0, len(ANSWERS))
    assert np.isnan(found["share"])


def test_what_cannot_be_counted_it_says() -> None:
    with pytest.raises(ScoringError, match="unknown index.*'even-odd'.*Did you mean 'even_odd'"):
        flagged(TABLE, {"even-odd": [0.3]})
    with pytest.raises(ScoringError, match="not computed.*'even_odd'.*scales for even_odd"):
        flagged(screen(ANSWERS), {"even_odd": [0.3]})
    with pytest.raises(ScoringError, match="cut-offs of irv must be finite numbers.*nan"):
        flagged(TABLE, {"irv": [0, np.nan]})
