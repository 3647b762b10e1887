"""Alpha: beside psych in R, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import ScoringError
from surveykit.measures.reliability import alpha

REFERENCE = Path(__file__).parent.parent / "reference"
ITEMS = pd.read_csv(REFERENCE / "design.csv")[["a", "b", "c"]]
NUMBERS = (
    pd.read_csv(REFERENCE / "design_numbers.csv").query("what == 'alpha'").set_index("statistic")["value"]
)


@pytest.mark.parametrize("statistic", ["estimate", "ci_lower", "ci_upper", "n_obs"])
def test_alpha_and_feldt_limits_equal_psych(statistic: str) -> None:
    # A closed form: what differs is the last printed digit.
    assert getattr(alpha(ITEMS), statistic) == pytest.approx(float(NUMBERS[statistic]), rel=1e-12)


def test_rows_are_dropped_before_they_are_counted() -> None:
    assert alpha(ITEMS).n_obs == len(ITEMS.dropna()) < len(ITEMS)


@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 10))
def test_order_shift_and_unit_change_nothing(seed: int, shift: float, unit: float) -> None:
    found = alpha(ITEMS).estimate
    moved = ITEMS.sample(frac=1, random_state=seed)[["c", "a", "b"]] * unit + shift
    assert alpha(moved).estimate == pytest.approx(found, rel=1e-9)  # rounding of the shifted sums


def test_items_doubled_follow_spearman_brown() -> None:
    # Three parallel items alike in everything: alpha of the same item three times is 1.
    assert alpha(pd.concat([ITEMS["a"]] * 3, axis=1)).estimate == pytest.approx(1)


@pytest.mark.parametrize(
    "items",
    [
        pd.DataFrame({"a": [3.0, 3, 3], "b": [4.0, 4, 4]}),
        pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, 2]}),
    ],
)
def test_without_variance_or_complete_rows_there_is_no_alpha(items: pd.DataFrame) -> None:
    found = alpha(items)
    assert np.isnan([found.estimate, found.ci_lower, found.ci_upper]).all()


def test_what_alpha_cannot_do_it_says() -> None:
    with pytest.raises(ScoringError, match="at least two items.*given: \\['a'\\]"):
        alpha(ITEMS[["a"]])
    with pytest.raises(ScoringError, match="missing answers.*'pairwise'.*allowed: listwise"):
        alpha(ITEMS, missing="pairwise")
    with pytest.raises(ScoringError, match="between 0 and 1.*95"):
        alpha(ITEMS, confidence=95)


def test_a_result_shows_and_tables_itself() -> None:
    found = alpha(ITEMS)
    assert repr(found).startswith("Reliability(0.645, 0.501 to 0.752; 3 items")
    assert json.loads(found.to_frame().to_json(orient="records"))[0]["n_items"] == 3
