"""Differences from published figures, against R and by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surveykit.errors import EstimateError
from surveykit.estimates.benchmarks.equivalence import Interval, PublishedFigure, difference_from

REFERENCE = pd.read_csv(Path(__file__).parents[2] / "reference/benchmarks.csv")
CASES = REFERENCE[REFERENCE["df"].notna()].to_dict("records")
LIMITS = ["ci_lower", "ci_upper", "inner_lower", "inner_upper"]
INF = math.inf


def survey(estimate, lower, upper, **more):
    return Interval(estimate=estimate, lower=lower, upper=upper, **more)


def figure(lowest, highest=None, base=None):
    return PublishedFigure(lowest=lowest, highest=lowest if highest is None else highest, base=base)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['name']}-{n}" for n, case in enumerate(CASES)])
def test_limits_and_p_values_are_those_of_r(case) -> None:
    numbers = {name: float(value) for name, value in case.items() if name != "name"}
    interval = survey(
        *(numbers[k] for k in ("estimate", "lower", "upper")), method=case["name"], df=numbers["df"]
    )
    base = None if math.isnan(numbers["base"]) else numbers["base"]
    found = difference_from(
        interval, figure(numbers["lowest"], numbers["highest"], base), margin=numbers["margin"]
    )
    for name in LIMITS:
        # Closed forms on both sides; Korn and Graubard's effective size is solved for to 1e-13.
        assert getattr(found, name) == pytest.approx(numbers[name], rel=1e-9, abs=1e-11)
    # Roots: R's uniroot stops at 1e-14 of the tail, and takes intervals at level 1 - 2c, which rounds c to 1e-16.
    assert found.p_value == pytest.approx(numbers["p_value"], rel=1e-8)
    assert found.equivalence_p == pytest.approx(numbers["equivalence_p"], rel=1e-8)


def test_two_wilson_intervals_give_newcombes() -> None:
    # Newcombe 1998, table II, his method 10: 56 of 70 less 48 of 80.
    def wilson(x, n, z=1.959963984540054):
        centre, half = x / n + z * z / 2 / n, z * math.sqrt(x / n * (1 - x / n) / n + (z / 2 / n) ** 2)
        return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)

    found = difference_from(survey(0.8, *wilson(56, 70)), figure(0.6, base=80))
    assert (round(found.ci_lower, 4), round(found.ci_upper, 4)) == (0.0524, 0.3339)


def test_by_hand_a_mean_beside_a_rounded_one() -> None:
    # 3.10 with limits 2.90 and 3.30 beside 2.5, which may be 2.45 to 2.55.
    found = difference_from(survey(3.1, 2.9, 3.3), figure(2.45, 2.55), margin=0.9)
    assert (found.ci_lower, found.ci_upper) == pytest.approx((2.9 - 2.55, 3.3 - 2.45))
    error = 0.2 / 1.959963984540054
    tail = math.erfc((3.1 - 2.55) / error / math.sqrt(2))  # two-sided, from the nearest value
    assert found.p_value == pytest.approx(tail, rel=1e-9)
    upper = math.erfc((0.9 - (3.1 - 2.45)) / error / math.sqrt(2)) / 2  # one-sided, from the farthest
    assert found.equivalence_p == pytest.approx(upper, rel=1e-9)


def test_a_figure_without_a_bound_leaves_the_difference_without_one() -> None:
    below = difference_from(survey(3.1, 2.9, 3.3), figure(-INF, 2.5), margin=1.0)
    assert (below.ci_lower, below.ci_upper) == pytest.approx((0.4, INF))
    assert below.equivalence_p == 1
    above = difference_from(survey(3.1, 2.9, 3.3), figure(2.5, INF), margin=1.0)
    assert (above.ci_lower, above.ci_upper) == pytest.approx((-INF, 0.8))
    assert (above.p_value, above.equivalence_p) == (1, 1)


def test_nobody_of_many_is_compared_too() -> None:
    # 0 of 60: the upper limit is 1 - 0.025 ** (1 / 60), and that of any level follows the same rule.
    none = survey(0.0, 0.0, 1 - 0.025 ** (1 / 60), method="Korn-Graubard")
    found = difference_from(none, figure(0.04), margin=0.08)
    assert found.p_value == pytest.approx(2 * 0.96**60, rel=1e-8)
    assert found.ci_lower == pytest.approx(-0.04)
    everyone = survey(1.0, 0.025 ** (1 / 60), 1.0, method="Korn-Graubard")
    turned = difference_from(everyone, figure(0.96), margin=0.08)
    assert turned.p_value == pytest.approx(found.p_value, rel=1e-8)
    assert turned.equivalence_p == pytest.approx(found.equivalence_p, rel=1e-8)


def test_a_known_estimate_has_the_uncertainty_of_the_figure_alone() -> None:
    certain = survey(0.5, 0.5, 0.5, method="logit")
    assert difference_from(certain, figure(0.5)).p_value == 1
    assert difference_from(certain, figure(0.4)).p_value == 0
    found = difference_from(certain, figure(0.45, base=100))
    assert found.ci_lower < 0 < found.ci_upper < 0.2


shares = st.floats(0.02, 0.98)
scenes = st.tuples(shares, st.floats(0.005, 0.2), shares, st.floats(0, 0.05), st.none() | st.floats(5, 1e5))


def scene(drawn, method="logit", df=25.0):
    """An estimate with a logit interval, and a figure rounded by so much."""
    estimate, error, published, rounding, base = drawn
    turned, reach = math.log(estimate / (1 - estimate)), 2.06 * error / (estimate * (1 - estimate))
    lower, upper = (1 / (1 + math.exp(-turned - sign * reach)) for sign in (-1, 1))
    range_ = figure(max(0.0, published - rounding), min(1.0, published + rounding), base)
    return survey(estimate, lower, upper, method=method, df=df), range_


@given(scenes, st.floats(0.01, 0.5), st.floats(0, 0.5))
def test_a_wider_margin_never_loses_equivalence(drawn, margin: float, more: float) -> None:
    narrow = difference_from(*scene(drawn), margin=margin).equivalence_p
    assert difference_from(*scene(drawn), margin=margin + more).equivalence_p <= narrow + 1e-9


@given(scenes)
def test_without_rounding_and_base_the_interval_is_the_surveys_own_moved(drawn) -> None:
    interval, range_ = scene((*drawn[:3], 0.0, drawn[4]))
    for base in (None, INF):
        found = difference_from(interval, figure(range_.lowest, base=base))
        shift = interval.lower - range_.lowest, interval.upper - range_.lowest
        assert (found.ci_lower, found.ci_upper) == pytest.approx(shift, abs=1e-12)


@given(scenes, st.floats(0, 0.05))
def test_rounding_more_and_a_smaller_base_only_widen(drawn, more: float) -> None:
    estimate, error, published, rounding, base = drawn
    found = difference_from(*scene(drawn))
    wider = difference_from(*scene((estimate, error, published, rounding + more, base)))
    smaller = difference_from(*scene((estimate, error, published, rounding, 0.5 * base if base else 50.0)))
    for other in (wider, smaller):
        assert other.ci_lower <= found.ci_lower + 1e-9
        assert other.ci_upper >= found.ci_upper - 1e-9
        assert other.p_value >= found.p_value - 1e-9


@given(scenes, st.sampled_from(["logit", "t", "Korn-Graubard"]))
def test_tests_and_intervals_agree(drawn, method: str) -> None:
    interval, range_ = scene(drawn, method)
    found = difference_from(interval, range_, margin=0.1)
    assume(min(abs(found.p_value - 0.05), abs(found.equivalence_p - 0.05)) > 1e-6)
    assert (found.p_value < 0.05) == (found.ci_lower > 0 or found.ci_upper < 0)
    assert (found.equivalence_p < 0.05) == (found.inner_lower > -0.1 and found.inner_upper < 0.1)
    assert 0 <= found.p_value <= 1
    assert 0 <= found.equivalence_p <= 1


@given(scenes)
def test_counting_the_other_answer_turns_everything_round(drawn) -> None:
    interval, range_ = scene(drawn)
    found = difference_from(interval, range_, margin=0.1)
    turned = difference_from(
        survey(1 - interval.estimate, 1 - interval.upper, 1 - interval.lower, method="logit", df=interval.df),
        figure(1 - range_.highest, 1 - range_.lowest, range_.base),
        margin=0.1,
    )
    assert (turned.ci_lower, turned.ci_upper) == pytest.approx((-found.ci_upper, -found.ci_lower), abs=1e-7)
    assert turned.p_value == pytest.approx(found.p_value, abs=1e-6)
    assert turned.equivalence_p == pytest.approx(found.equivalence_p, abs=1e-6)


@pytest.mark.parametrize(
    ("interval", "range_", "margin", "message"),
    [
        (survey(0.5, 0.6, 0.7), figure(0.5), None, "interval must hold its estimate"),
        (survey(0.5, math.nan, math.nan), figure(0.5), None, "interval must hold its estimate"),
        (survey(0.5, 0.4, 0.6, confidence=0.4), figure(0.5), None, "confidence must lie above 0.5"),
        (survey(0.5, 0.4, 0.6), figure(0.5, 0.4), None, "must not lie above its highest"),
        (survey(0.5, 0.4, 0.6), figure(0.5, base=0), None, "base must be above 0"),
        (survey(3.5, 3.4, 3.6), figure(3.5, base=9), None, "only of a share"),
        (survey(0.5, 0.4, 0.6), figure(0.5), 0.0, "margin must be above 0"),
    ],
)
def test_what_cannot_be_is_refused(interval, range_, margin, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        difference_from(interval, range_, margin=margin)


def test_a_difference_is_one_row() -> None:
    frame = difference_from(survey(0.5, 0.4, 0.6), figure(0.5)).to_frame()
    assert list(frame.columns) == [*LIMITS[:2], "p_value", *LIMITS[2:], "equivalence_p"]
    assert len(frame) == 1
