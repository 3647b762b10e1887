"""Weights: beside R survey, and what must always hold."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import EstimateError
from surveykit.estimates.weighting.targets import read_targets
from surveykit.estimates.weighting.weights import (
    adjust_nonresponse,
    crossed,
    diagnose,
    poststratify,
    rake,
    trim,
)

REFERENCE = Path(__file__).parents[2] / "reference"
DATA = pd.read_csv(REFERENCE / "weights.csv")
R = json.loads((REFERENCE / "weights.json").read_text())
TARGETS = {
    "industry": {"Banking": 0.3, "Health": 0.3, "Public": 0.22, "Retail": 0.18},
    "role": {"Board": 0.35, "Head": 0.35, "Lead": 0.3},
}
CELLS = pd.Series(
    R["cells"]["Freq"], index=pd.MultiIndex.from_arrays([R["cells"][k] for k in ("region", "role")])
)
# Both sides stop when margins hold to the last digits; weights follow margins with a few digits less.
CLOSE = 1e-10
ORGANISATIONS = pd.read_csv("data/ai-strategy/organisations.csv")
SAMPLE_TARGETS = {name: read_targets(f"data/ai-strategy/targets/{name}.csv") for name in ("industry", "size")}


def shares(weights: pd.Series, margin: pd.Series) -> pd.Series:
    return weights.groupby(margin).sum() / weights.sum()


def small(**columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: list(letters) for name, letters in columns.items()})


@st.composite
def samples(draw: st.DrawFn) -> tuple[pd.DataFrame, dict, pd.Series, np.random.Generator]:
    """Two margins in which every crossing has somebody, so that any targets above 0 can be met."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    first, second = draw(st.integers(2, 5)), draw(st.integers(2, 4))
    every = np.array([(i, j) for i in range(first) for j in range(second)])
    more = random.integers(0, [first, second], (draw(st.integers(0, 60)), 2))
    codes = np.vstack([every, more])
    table = pd.DataFrame(
        {"a": "a" + pd.Series(codes[:, 0]).astype(str), "b": "b" + pd.Series(codes[:, 1]).astype(str)}
    )
    targets = {
        name: dict(zip(sorted(table[name].unique()), random.dirichlet(np.full(k, 5.0)), strict=True))
        for name, k in (("a", first), ("b", second))
    }
    return table, targets, pd.Series(random.uniform(0.2, 5, len(table))), random


def test_raking_equals_rake_in_r() -> None:
    np.testing.assert_allclose(rake(DATA, TARGETS), R["rake_plain"], rtol=CLOSE)
    np.testing.assert_allclose(rake(DATA, TARGETS, base=DATA["base"]), R["rake_base"], rtol=CLOSE)


def test_raking_within_limits_equals_calibrate_in_r_and_holds_both() -> None:
    lower, upper = R["limits"]
    found = rake(DATA, TARGETS, base=DATA["base"], limits=(lower, upper))
    # calibrate stops at 1e-14 of its totals; at the limits its Newton steps leave some digits less.
    np.testing.assert_allclose(found, R["rake_limited"], rtol=1e-9)
    ratio = found / DATA["base"]
    assert ratio.min() == pytest.approx(lower)
    assert ratio.max() == pytest.approx(upper)
    for name, wanted in TARGETS.items():
        np.testing.assert_allclose(shares(found, DATA[name])[list(wanted)], list(wanted.values()), atol=1e-11)


def test_post_stratification_equals_r_whatever_the_order_of_the_variables() -> None:
    cells = DATA[["region", "role"]]
    found = poststratify(cells, CELLS, base=DATA["base"])
    np.testing.assert_allclose(found, R["poststratify"], rtol=CLOSE)
    named = CELLS.rename_axis(["region", "role"]).reorder_levels(["role", "region"])
    pd.testing.assert_series_equal(poststratify(cells, named, base=DATA["base"]), found)
    pd.testing.assert_series_equal(poststratify(cells, CELLS.to_dict(), base=DATA["base"]), found)


def test_crossed_variables_rake_beside_single_ones_and_are_diagnosed() -> None:
    wanted = {"region / role": CELLS, "industry": TARGETS["industry"]}
    found = rake(DATA, wanted, base=DATA["base"])
    np.testing.assert_allclose(
        shares(found, crossed(DATA[["region", "role"]]))["south / Lead"], 2 / 45, rtol=1e-9
    )
    np.testing.assert_allclose(shares(found, DATA["industry"])["Retail"], 0.18, rtol=1e-9)
    table = diagnose(found, DATA, wanted).table
    assert table["category"].iloc[0] == "north / Board"
    assert table["difference_after"].abs().max() < 1e-9
    with pytest.raises(EstimateError, match="given: 'roles'; allowed: .* Did you mean 'role'?"):
        rake(DATA, {"region / roles": CELLS})


def test_trimming_equals_calibrate_with_one_margin_in_r() -> None:
    lower, upper = R["trim_limits"]
    np.testing.assert_allclose(trim(DATA["base"], lower=lower, upper=upper), R["trim"], rtol=CLOSE)


def test_nonresponse_classes_equal_weighting_classes_by_hand_in_r() -> None:
    found = adjust_nonresponse(DATA["base"], DATA["responded"], DATA[["region", "role"]])
    np.testing.assert_allclose(found, R["nonresponse"], rtol=CLOSE)


def test_diagnosis_is_kishs_and_shows_each_category_before_and_after() -> None:
    weights = rake(DATA, TARGETS, base=DATA["base"])
    found = diagnose(weights, DATA, TARGETS, base=DATA["base"])
    assert found.deff == pytest.approx(R["deff"], rel=CLOSE)
    assert found.n_effective == pytest.approx(len(DATA) / R["deff"], rel=CLOSE)
    assert found.ratio == pytest.approx(weights.max() / weights.min())
    assert found.lowest == pytest.approx(weights.min() / weights.mean())
    assert found.highest == pytest.approx(weights.max() / weights.mean())
    row = found.to_frame().set_index(["variable", "category"]).loc[("role", "Head")]
    before = shares(DATA["base"], DATA["role"])["Head"]
    assert row["n"] == (DATA["role"] == "Head").sum()
    assert row["before"] == pytest.approx(before)
    assert row["difference_before"] == pytest.approx(100 * (before - 0.35))
    assert row["difference_after"] == pytest.approx(0, abs=1e-9)
    assert list(found.table["category"]) == [*TARGETS["industry"], *TARGETS["role"]]


def test_diagnosis_counts_units_with_a_weight_and_shows_who_is_missing() -> None:
    table = small(size="SSSL")
    found = diagnose(pd.Series([1.0, 1, 0, 2]), table, {"size": {"S": 50, "L": 30, "XL": 20}})
    assert found.n == 3
    assert found.table["n"].tolist() == [2, 1, 0]
    assert found.table["before"].round(3).tolist() == [0.667, 0.333, 0]
    assert found.table["after"].tolist() == [0.5, 0.5, 0]


def test_diagnosis_reads_well_and_escapes_labels() -> None:
    table = pd.DataFrame({"size": ["<b>", "L"]})
    found = diagnose(pd.Series([1.0, 1]), table, {"size": {"<b>": 0.5, "L": 0.5}})
    assert repr(found).startswith("Weighting: 2 units, weights 1.00 to 1.00 times the mean")
    assert "&lt;b&gt;" in found._repr_html_()
    assert "<b>" not in found._repr_html_()


def test_the_sample_study_meets_its_targets() -> None:
    found = diagnose(rake(ORGANISATIONS, SAMPLE_TARGETS), ORGANISATIONS, SAMPLE_TARGETS)
    assert found.table["difference_after"].abs().max() < 1e-9
    assert found.table["difference_before"].abs().max() > 10
    limited = rake(ORGANISATIONS, SAMPLE_TARGETS, limits=(0.4, 2.2))
    assert limited.between(0.4 - 1e-12, 2.2 + 1e-12).all()
    assert diagnose(limited, ORGANISATIONS, SAMPLE_TARGETS).deff < found.deff * 1.01


@given(samples())
@settings(deadline=None, max_examples=25)
def test_raked_margins_equal_their_targets_and_the_sum_stays(sample: tuple) -> None:
    table, targets, base, _ = sample
    found = rake(table, targets, base=base)
    assert found.sum() == pytest.approx(base.sum(), rel=1e-11)
    assert rake(table, targets).mean() == pytest.approx(1, rel=1e-11)
    for name, wanted in targets.items():
        np.testing.assert_allclose(
            shares(found, table[name])[list(wanted)], list(wanted.values()), atol=1e-11
        )


@given(samples(), st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=15)
def test_neither_row_order_nor_scale_of_base_nor_of_targets_matters(sample: tuple, scale: float) -> None:
    table, targets, base, random = sample
    found = rake(table, targets, base=base)
    order = random.permutation(len(table))
    again = rake(table.iloc[order], targets, base=base.iloc[order])
    np.testing.assert_allclose(again.sort_index(), found, rtol=1e-9)
    np.testing.assert_allclose(rake(table, targets, base=base * scale), found * scale, rtol=1e-9)
    percent = {
        name: {label: 100 * share for label, share in wanted.items()} for name, wanted in targets.items()
    }
    np.testing.assert_allclose(rake(table, percent, base=base), found, rtol=1e-9)


@given(samples())
@settings(deadline=None, max_examples=15)
def test_a_sample_that_meets_its_targets_keeps_its_weights(sample: tuple) -> None:
    table, _, base, _ = sample
    held = {name: shares(base, table[name]) for name in table}
    np.testing.assert_allclose(rake(table, held, base=base), base, rtol=1e-10)
    np.testing.assert_allclose(rake(table, held, base=base, limits=(0.9, 1.1)), base, rtol=1e-10)
    np.testing.assert_allclose(poststratify(table["a"], held["a"], base=base), base, rtol=1e-10)


@given(samples())
@settings(deadline=None, max_examples=15)
def test_raking_one_margin_is_post_stratification_and_crossed_cells_meet_their_targets(sample: tuple) -> None:
    table, targets, base, random = sample
    found = poststratify(table["a"], targets["a"], base=base)
    np.testing.assert_allclose(found, rake(table, {"a": targets["a"]}, base=base), rtol=1e-12)
    cells = crossed(table)
    wanted = pd.Series(random.dirichlet(np.full(cells.nunique(), 3.0)), index=sorted(cells.unique()))
    keyed = {tuple(label.split(" / ")): share for label, share in wanted.items()}
    np.testing.assert_allclose(shares(poststratify(table, keyed), cells), wanted, rtol=1e-10)


@given(samples(), st.floats(0.05, 0.95), st.floats(1.05, 4))
@settings(deadline=None, max_examples=25)
def test_trimming_keeps_the_sum_the_limits_the_order_and_the_ratios_between(
    sample: tuple, lower: float, upper: float
) -> None:
    base = np.exp(2 * sample[3].normal(size=len(sample[2])))
    weights = pd.Series(base)
    found = trim(weights, lower=lower, upper=upper)
    relative = found / weights.mean()
    assert found.sum() == pytest.approx(weights.sum(), rel=1e-11)
    assert relative.between(lower * (1 - 1e-12), upper * (1 + 1e-12)).all()
    assert (found.iloc[np.argsort(base)].diff().dropna() >= -1e-12 * weights.mean()).all()
    inside = relative.between(lower * (1 + 1e-9), upper * (1 - 1e-9))
    np.testing.assert_allclose(
        (found / weights)[inside], (found / weights)[inside].mean() if inside.any() else 1
    )


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30))
def test_trimming_within_the_limits_changes_nothing_and_units_without_weight_stay_out(
    values: list[float],
) -> None:
    weights = pd.Series([0.0, *values])
    mean = weights[1:].mean()
    found = trim(weights, lower=0.9 * weights[1:].min() / mean, upper=1.1 * weights.max() / mean)
    np.testing.assert_allclose(found, weights, rtol=1e-10)
    assert trim(weights, upper=1.5)[0] == 0


@given(samples())
@settings(deadline=None, max_examples=20)
def test_answers_stand_for_their_class_and_the_design_effect_is_1_or_more(sample: tuple) -> None:
    table, targets, base, random = sample
    responded = pd.Series(random.random(len(table)) < 0.5) | ~table["a"].duplicated()
    found = adjust_nonresponse(base, responded, table["a"])
    np.testing.assert_allclose(found.groupby(table["a"]).sum(), base.groupby(table["a"]).sum(), rtol=1e-12)
    assert (found[~responded] == 0).all()
    reached = {"a": targets["a"]}
    assert diagnose(rake(table, reached, base=found), table, reached).deff >= 1 - 1e-12


def test_many_weights_at_once_are_each_raked_as_if_alone() -> None:
    random = np.random.default_rng(4)
    base = pd.DataFrame(random.uniform(0.5, 2, (len(DATA), 5)), columns=list("vwxyz"))
    for limits in (None, (0.5, 2.3)):
        found = rake(DATA, TARGETS, base=base, limits=limits)
        assert list(found.columns) == list("vwxyz")
        for column in base:
            alone = rake(DATA, TARGETS, base=base[column], limits=limits)
            np.testing.assert_allclose(found[column], alone, rtol=1e-9)
    answered = adjust_nonresponse(base, DATA["responded"], DATA["region"])
    np.testing.assert_allclose(
        answered["w"], adjust_nonresponse(base["w"], DATA["responded"], DATA["region"]), rtol=1e-12
    )


def test_units_without_weight_need_no_categories_and_get_no_weight() -> None:
    table = small(size="SSLL", place="NWNW")
    table.loc[0, "size"] = None
    found = rake(table, {"size": {"S": 0.5, "L": 0.5}}, base=pd.Series([0.0, 1, 1, 1]))
    assert found.tolist() == pytest.approx([0, 1.5, 0.75, 0.75])


def test_labels_match_as_a_reader_sees_them_and_come_back_as_the_data_write_them() -> None:
    table = pd.DataFrame({"size": ["10–49", "10-49", " Large "]})
    wanted = {"size": {"10-49": 0.5, "LARGE": 0.5}}
    assert rake(table, wanted).tolist() == pytest.approx([0.75, 0.75, 1.5])
    assert diagnose(rake(table, wanted), table, wanted).table["n"].tolist() == [2, 1]
    numbers = pd.DataFrame({"year": pd.Categorical([2024, 2025, 2025])})
    assert rake(numbers, {"year": {2024: 0.5, 2025: 0.5}}).tolist() == pytest.approx([1.5, 0.75, 0.75])


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"size": {"S": 0.6, "Lage": 0.4}}, "has no target; given: 'Large'; allowed: S, Lage. Did you mean 'Lage'?"),
        ({"size": {"S": 1.0}}, "a category of 'size' has no target; given: 'Large'; allowed: S. Give it a target"),
        (
            {"size": {"S": 0.5, "Large": 0.4, "Huge": 0.1}},
            "the target of 'Huge' of 'size' cannot be met: nobody in the sample is in it; given: 'a target of 10%'",
        ),
        ({"size": {"S": 1.0, "Large": 0.0}}, "the target of 'Large' of 'size' is 0, and there are units in it"),
        ({"size": {"S": 0.5, "Large": 0.4}}, "the targets of 'size' do not add up; given: 'a total of 0.9'"),
        ({"sise": {"S": 0.5, "Large": 0.5}}, "given: 'sise'; allowed: size, place. Did you mean 'size'?"),
        ({"size": {"S": 0.5, "Large": "much"}}, "'Large' of 'size' is no number of 0 or more; given: 'much'"),
        ({"size": {"S": 1.5, "Large": -0.5}}, "the target of 'Large' of 'size' is no number of 0 or more; given: -0.5"),
        ({"size": {"S": 0.5, "s ": 0.2, "Large": 0.3}}, "'s ' has two targets in 'size'"),
        ({"size": {}}, "there are no targets for 'size'"),
        ({}, "there are no targets"),
        (
            {"size": {"S": 500, "Large": 700}, "place": {"N": 900, "W": 800}},
            "disagree on the size of the population; given: 'size: 1200, place: 1700'",
        ),
        (
            {"size": {"S": 0.3, "Large": 0.7}, "place": {"N": 0.5, "W": 0.5}},
            "the targets disagree with each other: no weights above 0 meet them all in this sample",
        ),
    ],
)  # fmt: skip
def test_targets_that_cannot_be_met_are_refused(targets: dict, message: str) -> None:
    table = pd.DataFrame({"size": ["S", "S", "S", "Large"], "place": ["N", "N", "W", "W"]})
    with pytest.raises(EstimateError, match=re.escape(message)):
        rake(table, targets)


def test_limits_that_cannot_hold_say_how_far_they_must_go() -> None:
    table = small(size="SSSL")
    wanted = {"size": {"S": 0.5, "L": 0.5}}
    with pytest.raises(
        EstimateError, match="limits and targets cannot both be met.*0.5 to 1.8.*upper limit to 2,"
    ):
        rake(table, wanted, limits=(0.5, 1.8))
    with pytest.raises(EstimateError, match="limits and targets cannot both be met.*Lower the lower limit"):
        rake(table, wanted, limits=(0.8, 2))
    for limits in ((1.2, 2), (0.5, 1), (-0.1, 2), (2, 0.5)):
        with pytest.raises(EstimateError, match="one below and one above 1"):
            rake(table, wanted, limits=limits)
        with pytest.raises(EstimateError, match="one below and one above 1"):
            trim(pd.Series([1.0, 2]), lower=limits[0], upper=limits[1])


def test_too_few_rounds_name_the_farthest_category() -> None:
    with pytest.raises(
        EstimateError, match=r"did not converge: '\w+' of '\w+' is .* points from .*given: '2 iterations'"
    ):
        rake(DATA, TARGETS, iterations=2)


def test_missing_categories_and_other_units_are_refused() -> None:
    table = small(size="SSLL")
    wanted = {"size": {"S": 0.5, "L": 0.5}}
    holed = table.assign(size=["S", None, "L", "L"])
    with pytest.raises(
        EstimateError, match="'size' is missing for 1 of 4 units.*leave these units out knowingly"
    ):
        rake(holed, wanted)
    with pytest.raises(EstimateError, match="the weights are not of the same units"):
        rake(table, wanted, base=pd.Series(1.0, index=range(1, 5)))
    for bad in ([1, -1, 1, 1], [1, np.nan, 1, 1], [0, 0, 0, 0], [1, np.inf, 1, 1]):
        with pytest.raises(EstimateError, match="weights must be numbers of 0 or more, not all of them 0"):
            rake(table, wanted, base=pd.Series(bad, dtype=float))


def test_classes_in_which_nobody_answered_are_refused() -> None:
    base, classes = pd.Series(np.ones(4)), pd.Series(list("aabb"))
    with pytest.raises(EstimateError, match="nobody of class 'b' answered.*given: '2 asked'. Join it"):
        adjust_nonresponse(base, pd.Series([True, True, False, False]), classes)
    with pytest.raises(EstimateError, match="'responded' must be true or false"):
        adjust_nonresponse(base, pd.Series([1, 2, 0, 1]), classes)
    with pytest.raises(EstimateError, match="the class is missing for 1 of 4 units"):
        adjust_nonresponse(base, pd.Series([True] * 4), pd.Series(["a", None, "b", "b"]))
    with pytest.raises(EstimateError, match="classes are not of the same units"):
        adjust_nonresponse(base, pd.Series([True] * 4), classes.iloc[::-1])


def test_crossed_targets_need_a_label_of_each_variable() -> None:
    table = small(size="SL", place="NW")
    with pytest.raises(
        EstimateError, match="need a label of each variable; given: 'S'; allowed: size, place"
    ):
        poststratify(table, {"S": 0.5, "L": 0.5})
    index = pd.MultiIndex.from_tuples([("S", "N"), ("L", "W")], names=["size", "town"])
    with pytest.raises(EstimateError, match=r"need a label of each variable; given: \['size', 'town'\]"):
        poststratify(table, pd.Series([0.5, 0.5], index=index))
    with pytest.raises(EstimateError, match="the target of 'S / W' of 'size / place' cannot be met"):
        poststratify(table, {("S", "N"): 0.4, ("L", "W"): 0.4, ("S", "W"): 0.2})


def test_raking_does_not_lose_digits_or_time_on_many_units() -> None:
    random = np.random.default_rng(2)
    table = pd.DataFrame({name: random.choice(list("pqrs"), 200_000) for name in "abc"})
    wanted = {name: dict(zip("pqrs", (0.4, 0.3, 0.2, 0.1), strict=True)) for name in "abc"}
    found = rake(table, wanted)
    for name in "abc":
        np.testing.assert_allclose(shares(found, table[name]), [0.4, 0.3, 0.2, 0.1], atol=1e-11)
