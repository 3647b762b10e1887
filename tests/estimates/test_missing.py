"""Missing answers: patterns, shares by segment, and reasons."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from surveykit.analysis import Analysis
from surveykit.cleaning import clean
from surveykit.errors import EstimateError
from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.missing import lump_patterns, missing, missing_by, missing_patterns, reasons
from surveykit.exports import read_export
from surveykit.study import load_study

FRAME = pd.DataFrame({"a": [1, None, 2, 3, None], "b": [1, 2, None, 4, 1], "c": ["x", "y", "z", "x", "y"]})


def test_patterns_are_counted_most_frequent_first() -> None:
    found = missing_patterns(FRAME)
    assert found[["a", "b", "c"]].to_numpy().tolist() == [
        [False, False, False],
        [True, False, False],
        [False, True, False],
    ]
    assert found[["n_missing", "n", "share"]].to_numpy().tolist() == [[0, 2, 0.4], [1, 2, 0.4], [1, 1, 0.2]]


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)), st.randoms())
def test_patterns_tell_every_row_once_whatever_their_order(gaps: np.ndarray, random) -> None:
    data = pd.DataFrame(gaps).add_prefix("v").astype(float).mask(gaps)
    found = missing_patterns(data)
    assert found["n"].sum() == len(gaps)
    assert found["share"].sum() == pytest.approx(1)
    variables = found[data.columns]
    assert not variables.duplicated().any()
    np.testing.assert_array_equal(variables.T @ found["n"], data.isna().sum())
    order = random.sample(range(len(data)), len(data))
    pd.testing.assert_frame_equal(found, missing_patterns(data.iloc[order]))


@pytest.mark.parametrize(("most", "fewest"), [(1, 1), (2, 1), (12, 2), (12, 4), (12, 9)])
def test_rarer_patterns_stand_in_one_row_that_is_no_pattern_of_its_own(most: int, fewest: int) -> None:
    patterns = pd.DataFrame({"a": [False, True, False, True], "b": [False, False, True, True]})
    patterns = patterns.assign(
        n_missing=[0, 1, 1, 2], n=[10, 4, 2, 1], share=[10 / 17, 4 / 17, 2 / 17, 1 / 17]
    )
    found = lump_patterns(patterns, most=most, fewest=fewest)
    assert found["n"].sum() == 17
    assert found["share"].sum() == pytest.approx(1)
    assert (found["n"] >= fewest).all()
    lumped = found["a"].isna()
    assert lumped.sum() == 1
    assert lumped.iloc[-1]
    assert len(found) <= most + 1
    assert len(patterns) - (len(found) - 1) >= 2


def test_one_rare_pattern_is_not_told_by_what_the_others_leave() -> None:
    patterns = missing_patterns(FRAME)
    assert lump_patterns(patterns).equals(patterns)
    assert lump_patterns(patterns, fewest=2)["n"].tolist() == [2, 3]


def test_patterns_refuse_what_they_cannot_name() -> None:
    with pytest.raises(EstimateError, match="a variable is named 'share'.*Rename it"):
        missing_patterns(FRAME.assign(share=1))
    with pytest.raises(
        EstimateError, match="no answers to look for gaps in; given: '.0, 3. rows and columns'"
    ):
        missing_patterns(FRAME.iloc[:0])


def test_missing_by_segment_counts_and_knows_the_clusters() -> None:
    rng = np.random.default_rng(4)
    data = pd.DataFrame(rng.normal(size=(120, 2)), columns=["a", "b"]).mask(rng.random((120, 2)) < 0.3)
    design = Design(cluster=pd.Series(np.repeat(np.arange(30), 4).astype(str)))
    segments = pd.DataFrame({"side": rng.choice(["left", "right"], 120)}).mask(
        pd.Series(rng.random(120) < 0.1)
    )
    found = missing_by(data, design, segments).set_index(["variable", "segment", "value"]).sort_index()
    assert found.loc[("a", "", ""), "n_missing"] == data["a"].isna().sum()
    left = segments["side"] == "left"
    assert found.loc[("b", "side", "left"), "n_missing"] == data.loc[left, "b"].isna().sum()
    assert found.loc[("b", "side", "left"), "estimate"] == pytest.approx(data.loc[left, "b"].isna().mean())
    again = estimate_by(data["a"].isna().astype(float), design, segments["side"], statistic="share")
    columns = ["std_error", "ci_lower", "ci_upper", "df", "n_obs"]
    np.testing.assert_allclose(
        found.loc[("a", "side"), columns].astype(float), again.set_index("value")[columns].astype(float)
    )
    np.testing.assert_allclose(found["estimate"] * found["n_obs"], found["n_missing"], atol=1e-9)


def test_reasons_add_up_to_what_is_missing(small_study) -> None:
    responses = pd.read_csv(small_study / "responses.csv", dtype=str)
    responses.loc[0, "q1"] = None
    responses.loc[1:2, "q1"] = " don’t KNOW "
    responses.loc[3, "q1"] = "-99"
    responses.loc[4, "q1"] = "my own words, with a name"
    responses.loc[5, "q3"] = None
    responses.to_csv(small_study / "responses.csv", index=False)
    study = load_study(small_study)
    cleaned = clean(read_export(small_study / "responses.csv"), study)
    found = reasons(cleaned)
    assert found[["item", "reason", "given", "n"]].to_numpy().tolist() == [
        ["plain_1", "empty", "", 1],
        ["plain_1", "missing_code", "Don't know", 2],
        ["plain_1", "missing_code", "-99", 1],
        ["plain_1", "unmapped_label", "", 1],
        ["turned", "empty", "", 1],
    ]
    gaps = cleaned.data[list(study.items)].isna().sum()
    assert found.groupby("item")["n"].sum().to_dict() == gaps[gaps > 0].to_dict()
    assert found["share"].tolist() == (found["n"] / len(cleaned.data)).tolist()


def test_a_study_tells_what_is_missing(ospo_analysis: Analysis) -> None:
    aggregated = ospo_analysis.aggregated
    design = Design(cluster=aggregated.rows("executive")["organisation"])
    found = missing(aggregated, design)
    assert repr(found) == "Missing(461 of 748 executives answered every item)"
    whole = found.to_frame().query("segment == ''")
    gaps = ospo_analysis.cleaned.data[list(aggregated.study.items)].isna().sum()
    assert whole.set_index("variable")["n_missing"].to_dict() == gaps.to_dict()
    assert whole["label"].str.len().min() > 3
    assert found.reasons["n"].sum() == gaps.sum()
    assert set(found.shares["segment"]) == {"", "employees"}
