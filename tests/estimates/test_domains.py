"""Design-based estimates: beside R survey, and what must always hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import EstimateError
from surveykit.estimates.domains import estimate_by

REFERENCE = Path(__file__).parent.parent / "reference"
DATA = pd.read_csv(REFERENCE / "design.csv")
NUMBERS = pd.read_csv(REFERENCE / "design_numbers.csv").query("what != 'versions'").astype({"value": float})
CASES = {
    "mean a": ("a", "", False),
    "mean a north": ("a", "north", False),
    "mean a south": ("a", "south", False),
    "mean a west": ("a", "west", False),
    "share yes": ("yes", "", True),
    "share yes north": ("yes", "north", True),
    "share rare": ("rare", "", True),
}


def estimated(column: str, segment: str, *, share: bool) -> pd.Series:
    domain = DATA["segment"] if segment else None
    found = estimate_by(DATA[column], DATA["organisation"], domain, share=share, confidence=0.95)
    return found.set_index("value").loc[segment]


@pytest.mark.parametrize("what", CASES)
def test_estimates_equal_r_survey(what: str) -> None:
    column, segment, share = CASES[what]
    found = estimated(column, segment, share=share)
    for row in NUMBERS[NUMBERS["what"] == what].itertuples():
        # R fits the logit of a share by iteration, to about 1e-9; the rest is closed form.
        assert found[row.statistic] == pytest.approx(row.value, rel=1e-8), row.statistic


def test_the_method_is_named_and_changes_where_one_side_is_rare() -> None:
    assert estimated("yes", "", share=True)["method"] == "logit"
    assert estimated("rare", "", share=True)["method"] == "Korn-Graubard"


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_at_none_or_all_of_n_there_is_still_an_interval(constant: float) -> None:
    values = pd.Series(constant, index=DATA.index)
    found = estimate_by(values, DATA["organisation"], None, share=True, confidence=0.95).iloc[0]
    assert found["estimate"] == constant
    assert 0.02 < found["ci_upper"] - found["ci_lower"] < 0.2
    assert found["ci_lower"] <= constant <= found["ci_upper"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_row_order_and_names_of_organisations_change_nothing(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(DATA))
    shuffled = DATA.iloc[order]
    found = estimate_by(
        shuffled["a"], "x" + shuffled["organisation"], shuffled["segment"], share=False, confidence=0.95
    )
    expected = estimate_by(DATA["a"], DATA["organisation"], DATA["segment"], share=False, confidence=0.95)
    # Sums taken in another order differ in the last digits.
    pd.testing.assert_frame_equal(found, expected, rtol=1e-10)


def test_clusters_widen_the_interval() -> None:
    everyone_apart = pd.Series(range(len(DATA))).astype(str)
    apart = estimate_by(DATA["a"], everyone_apart, None, share=False, confidence=0.95).iloc[0]
    together = estimated("a", "", share=False)
    assert together["std_error"] > 1.3 * apart["std_error"]


def test_a_segment_of_one_organisation_has_no_interval_and_a_missing_one_no_row() -> None:
    domain = DATA["segment"].mask(DATA["organisation"] == "o01", "lonely")
    domain[DATA["organisation"] == "o02"] = None
    found = estimate_by(DATA["a"], DATA["organisation"], domain, share=False, confidence=0.95).set_index(
        "value"
    )
    assert np.isnan(found.loc["lonely", ["std_error", "ci_lower", "ci_upper"]].astype(float)).all()
    assert set(found.index) == {"lonely", "north", "south", "west"}


def test_one_organisation_or_no_answer_is_refused() -> None:
    one = pd.Series("o01", index=DATA.index)
    with pytest.raises(EstimateError, match="one organisation.*at least two.*'o01'"):
        estimate_by(DATA["a"], one, None, share=False, confidence=0.95)
    with pytest.raises(EstimateError, match="nobody answered 'a'"):
        estimate_by(DATA["a"] * np.nan, DATA["organisation"], None, share=False, confidence=0.95)


def test_a_share_of_anything_but_0_and_1_and_a_level_in_percent_are_refused() -> None:
    with pytest.raises(EstimateError, match="0 and 1; given: .*Code what counts as 1"):
        estimate_by(DATA["a"], DATA["organisation"], share=True)
    with pytest.raises(EstimateError, match="between 0 and 1; given: 95"):
        estimate_by(DATA["yes"], DATA["organisation"], share=True, confidence=95)
