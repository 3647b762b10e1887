"""Measurement invariance: beside lavaan in R, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import ScoringError
from surveykit.measures import factormodel
from surveykit.measures.confirmatory import one_factor
from surveykit.measures.invariance import MODELS, invariance

TESTS = Path(__file__).parent.parent
DATA = pd.read_csv(TESTS / "reference" / "factors.csv")
NUMBERS = json.loads((TESTS / "reference" / "factors.json").read_text())["invariance"]
HS = pd.read_csv(TESTS / "exports" / "files" / "semopy" / "holzinger_swineford39_data.csv")
TEXTUAL = ["x4", "x5", "x6"]
CASES = {
    "hs": (HS[[f"x{i}" for i in range(1, 10)]], HS["school"]),
    "hs_textual": (HS[TEXTUAL], HS["school"]),
    "continuous": (DATA[[f"c{i}" for i in range(1, 7)]], DATA["group"]),
    "ordinal": (DATA[[f"o{i}" for i in range(1, 7)]], DATA["group"]),
}
THEIRS = {
    "chi_square": "chisq",
    "df": "df",
    "p_value": "pvalue",
    "cfi": "cfi",
    "rmsea": "rmsea",
    "srmr": "srmr",
}


def two_groups(n: int = 300, seed: int = 1, shift: float = 0.0) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    group = np.repeat(["x", "y"], [n // 2, n - n // 2])
    opinion = random.normal(size=n) * np.where(group == "x", 1, 1.4) + np.where(group == "x", 0, 0.5)
    items = opinion[:, None] + random.normal(size=(n, 4))
    items[:, 0] += np.where(group == "x", 0, shift)
    return pd.DataFrame(items, columns=list("abcd")), group


@pytest.mark.parametrize("name", CASES)
def test_every_model_and_step_equals_lavaan(name: str) -> None:
    found, expected = invariance(*CASES[name]), NUMBERS[name]
    for model in MODELS:
        for ours, theirs in THEIRS.items():
            # The misfit is flat at its minimum; residuals are not, and lavaan's loadings stop at about 1e-6.
            value = expected["fit"][model][theirs]
            if found.models.loc[model, "df"] > 0:
                far = 1e-6 if ours == "srmr" else 1e-8
                assert found.models.loc[model, ours] == pytest.approx(value, abs=far, rel=1e-8), (model, ours)
    steps = found.models.iloc[1:]
    assert steps["delta_chi_square"].tolist() == pytest.approx(expected["delta"][1:], abs=1e-6)
    assert steps["delta_df"].tolist() == expected["delta_df"][1:]
    assert steps["delta_p_value"].tolist() == pytest.approx(expected["delta_p"][1:], rel=1e-6)
    for measure in ("cfi", "rmsea", "srmr"):
        pd.testing.assert_series_equal(
            found.models[f"delta_{measure}"], found.models[measure].diff(), check_names=False
        )
    assert found.n_obs == expected["fit"]["scalar"]["ntotal"]
    assert found.to_frame().equals(found.models)


def test_three_items_fit_exactly_in_the_first_model_and_say_so() -> None:
    found = invariance(*CASES["hs_textual"])
    assert found.models.loc["configural", ["chi_square", "df"]].tolist() == pytest.approx([0, 0], abs=1e-9)
    assert found.models.loc["configural", ["p_value", "cfi", "rmsea"]].isna().all()
    assert found.reason == "configural: df 0: three items fit exactly, so only the models below can be tested"


def test_configural_chi_square_is_the_sum_of_those_of_the_groups() -> None:
    items, groups = CASES["continuous"]
    alone = [one_factor(items[groups == group]) for group in groups.unique()]
    found = invariance(items, groups).models.loc["configural"]
    assert found["chi_square"] == pytest.approx(sum(fit.chi_square for fit in alone), rel=1e-7)
    assert found["df"] == sum(fit.df for fit in alone)


def test_a_shifted_item_shows_at_the_scalar_step_only() -> None:
    items, group = two_groups(n=1000, shift=0.8)
    steps = invariance(items, group).models
    assert steps.loc["metric", "delta_p_value"] > 0.01
    assert steps.loc["scalar", "delta_p_value"] < 1e-6
    assert steps.loc["scalar", "delta_cfi"] < -0.01


def test_under_equality_the_steps_reject_as_often_as_they_say() -> None:
    rejected = np.zeros(2)
    for seed in range(40):
        steps = invariance(*two_groups(n=300, seed=seed)).models
        rejected += steps["delta_p_value"].iloc[1:].to_numpy() < 0.1
    # 4 of 40 expected; three standard errors are 5.7.
    assert (np.abs(rejected - 4) <= 5).all()


def test_groups_that_allow_no_fit_are_named() -> None:
    items, group = two_groups(n=60)
    for bad, labels, reason in [
        (items[["a", "b"]], group, "not identified: one factor needs at least three items"),
        (items.assign(b=np.where(group == "y", 3, items["b"])), group, "b does not vary in 'y'"),
        (
            items,
            np.where(np.arange(60) < 3, "z", group),
            "too few complete respondents in 'z': 3 for 4 items",
        ),
        (
            items.mask(pd.Series(group == "y"), axis=0),
            group,
            "too few complete respondents in 'y': 0 for 4 items",
        ),
    ]:
        found = invariance(bad, labels)
        assert found.reason == reason
        assert found.models.isna().all(axis=None)
        assert reason in repr(found)


def test_a_heywood_case_names_its_model() -> None:
    random = np.random.default_rng(1)
    z = random.normal(size=80)
    items = pd.DataFrame(
        {name: z + s * random.normal(size=80) for name, s in zip("abcd", (0.05, 1, 1.2, 1.5), strict=True)}
    )
    found = invariance(items, np.arange(80) % 2)
    assert "configural: Heywood case: the uniqueness of a is not above 0" in found.reason


def test_nearly_equal_items_come_to_a_minimum_at_the_edge_of_what_is_possible() -> None:
    random = np.random.default_rng(4)
    items = random.normal(size=(80, 1)) + random.normal(size=(80, 4)) * [0.03, 0.03, 1, 1]
    found = invariance(items, np.arange(80) % 2)
    assert "did not end" not in found.reason
    # lavaan's three, to the digits it prints.
    assert found.models["chi_square"].tolist() == pytest.approx([2.188804, 3.799563, 9.348215], abs=1e-6)


def test_a_search_that_does_not_end_gives_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factormodel, "NEAR", 0.0)
    found = invariance(*two_groups())
    assert found.reason.startswith("configural: the search for the loadings did not end")
    assert found.models.isna().all(axis=None)


def test_input_that_is_wrong_is_refused() -> None:
    items, group = two_groups(n=60)
    with pytest.raises(ScoringError, match="at least two groups; given: \\['x'\\]"):
        invariance(items, ["x"] * 60)
    with pytest.raises(ScoringError, match="every row needs its group"):
        invariance(items, group[:-1])
    with pytest.raises(ScoringError, match="different indices"):
        invariance(items, pd.Series(group, index=range(1, 61)))
    with pytest.raises(ScoringError, match="an answer is infinite"):
        invariance(items.to_numpy() * np.array([np.inf, 1, 1, 1]), group)
    with pytest.raises(ScoringError, match="unknown way to treat missing answers; given: 'fiml'"):
        invariance(items, group, missing="fiml")


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_fit_is_the_same_in_other_units_orders_and_names_of_groups(
    seed: int, scale: float, shift: float
) -> None:
    items, group = two_groups(seed=seed)
    found = invariance(items, group).models
    order = np.random.default_rng(seed).permutation(len(items))
    changed = items.assign(a=shift - scale * items["a"]).iloc[order]
    again = invariance(changed, np.where(group == "x", "z", "y")[order]).models
    pd.testing.assert_frame_equal(again, found, atol=1e-6)
    nested = found["chi_square"].diff().iloc[1:]
    assert (nested >= -1e-6).all()
