"""Change between waves: beside R survey, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.estimates.joint import joint_means

from surveykit.errors import EstimateError
from surveykit.estimates.design import Design, Replicates
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.waves.change import change_between

REFERENCE = Path(__file__).parents[2] / "reference"
DATA = pd.read_csv(REFERENCE / "waves.csv")
NUMBERS = pd.DataFrame(json.loads((REFERENCE / "waves.json").read_text(encoding="utf-8"))["numbers"])
SAMPLES = ["repeated", "overlapping", "fresh"]
WAVES = ["2025", "2026"]
KINDS = ["mean", "share"]


def rows_of(sample: str) -> dict[str, pd.DataFrame]:
    here = DATA[DATA["sample"] == sample]
    return {wave: here[here["wave"] == int(wave)] for wave in WAVES}


def design_of(rows: pd.DataFrame, kind: str = "plain") -> Design:
    parts = {} if kind == "plain" else {"weight": rows["weight"], "stratum": rows["stratum"]}
    return Design(
        cluster=rows["organisation"], **parts, population=rows["held"] if kind == "finite" else None
    )


def changed(rows: dict[str, pd.DataFrame], variable: str, kind: str = "plain", **options) -> pd.Series:
    values = {wave: each[variable] for wave, each in rows.items()}
    designs = {wave: design_of(each, kind) for wave, each in rows.items()}
    return change_between(values, designs, **options).iloc[0]


@pytest.mark.parametrize("variable", ["score", "yes"])
@pytest.mark.parametrize("kind", ["plain", "stratified", "finite"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_changes_equal_r_survey(sample, kind, variable):
    found = changed(rows_of(sample), variable, kind)
    want = NUMBERS.query("sample == @sample and design == @kind and variable == @variable")
    assert len(want) == 4
    for row in want.itertuples():
        # Closed forms on both sides.
        assert found[row.statistic] == pytest.approx(row.value, rel=1e-10), row.statistic


@pytest.mark.parametrize("variable", ["score", "yes"])
def test_overlapping_waves_differ_from_one_sample_of_two_domains_by_the_count_of_clusters_only(variable):
    """R's stacked design takes n / (n - 1) of all 36 organisations, for each wave's 24."""
    one = NUMBERS.query("design == 'one sample' and variable == @variable").set_index("statistic")["value"]
    variance = one["variance_before"] + one["variance_after"] - 2 * one["covariance"]
    found = changed(rows_of("overlapping"), variable)
    assert found["std_error"] ** 2 / variance == pytest.approx((24 / 23) / (36 / 35), rel=1e-10)


@pytest.mark.parametrize(("sample", "both"), [("repeated", 24), ("overlapping", 12), ("fresh", 0)])
def test_organisations_in_both_waves_are_counted_and_named(sample, both):
    rows = rows_of(sample)
    found = changed(rows, "score")
    assert found[["sample", "n_both", "organisations_before", "organisations_after"]].tolist() == [
        sample,
        both,
        24,
        24,
    ]
    assert found[["n_before", "n_after"]].tolist() == [rows[wave]["score"].notna().sum() for wave in WAVES]


def test_fresh_waves_have_the_error_of_two_independent_estimates():
    rows = rows_of("fresh")
    apart = [estimate_by(each["score"], design_of(each)).iloc[0]["std_error"] for each in rows.values()]
    assert changed(rows, "score")["std_error"] == pytest.approx(np.hypot(*apart), rel=1e-10)


def stacked(sample):
    """Both waves as one sample, of which they are parts."""
    both = pd.concat(rows_of(sample).values(), ignore_index=True)
    members = pd.DataFrame({wave: both["wave"] == int(wave) for wave in WAVES})
    design = Design(cluster=both["organisation"], stratum=both["stratum"])
    return joint_means(both["score"], members, design).difference("2026", "2025")


def test_repeated_waves_are_two_parts_of_one_sample():
    rows = rows_of("repeated")
    designs = {
        wave: Design(cluster=each["organisation"], stratum=each["stratum"]) for wave, each in rows.items()
    }
    found = change_between({wave: each["score"] for wave, each in rows.items()}, designs).iloc[0]
    assert found[["estimate", "std_error", "df"]].tolist() == pytest.approx(stacked("repeated"), rel=1e-10)


def test_parts_of_one_sample_lose_what_strata_gain_where_waves_are_drawn_apart():
    rows = rows_of("fresh")
    designs = {
        wave: Design(cluster=each["organisation"], stratum=each["stratum"]) for wave, each in rows.items()
    }
    found = change_between({wave: each["score"] for wave, each in rows.items()}, designs).iloc[0]
    assert found["std_error"] < 0.9 * stacked("fresh")[1]


def test_an_organisation_may_have_moved_to_another_stratum():
    rows = rows_of("repeated")
    moved = rows["2026"].assign(stratum=lambda d: d["stratum"].mask(d["organisation"] == "o01", "low"))
    found = changed({"2025": rows["2025"], "2026": moved}, "score", "stratified")
    assert found["n_both"] == 24
    assert found["std_error"] > 0


def test_repeating_organisations_pays():
    rows = rows_of("repeated")
    renamed = rows | {"2026": rows["2026"].assign(organisation="new " + rows["2026"]["organisation"])}
    assert changed(rows, "score")["std_error"] < 0.8 * changed(renamed, "score")["std_error"]


@settings(max_examples=15)
@given(st.sampled_from(SAMPLES), st.integers(0, 10_000), st.sampled_from(KINDS))
def test_row_order_and_scale_of_weights_change_nothing(sample, seed, statistic):
    rng = np.random.default_rng(seed)
    rows = rows_of(sample)
    moved = {
        wave: each.iloc[rng.permutation(len(each))].assign(weight=lambda d: 7 * d["weight"])
        for wave, each in rows.items()
    }
    variable = "yes" if statistic == "share" else "score"
    found = changed(moved, variable, "stratified", statistic=statistic)
    expected = changed(rows, variable, "stratified", statistic=statistic)
    numbers = ["before", "after", "estimate", "std_error", "ci_lower", "ci_upper", "p_value"]
    # Sums taken in another order differ in the last digits.
    assert found[numbers].tolist() == pytest.approx(expected[numbers].tolist(), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("statistic", KINDS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_swapping_waves_turns_the_sign(sample, statistic):
    rows = rows_of(sample)
    found, other = (
        changed(each, "yes", "stratified", statistic=statistic)
        for each in (rows, dict(reversed(rows.items())))
    )
    assert other["estimate"] == -found["estimate"]
    assert other[["ci_lower", "ci_upper", "std_error", "p_value"]].tolist() == pytest.approx(
        [-found["ci_upper"], -found["ci_lower"], found["std_error"], found["p_value"]], rel=1e-9
    )


def test_the_same_answers_of_the_same_organisations_are_no_change_without_error():
    rows = rows_of("repeated")
    found = changed({"2025": rows["2025"], "2026": rows["2025"]}, "score", "stratified")
    assert found[["estimate", "std_error", "ci_lower", "ci_upper"]].tolist() == [0, 0, 0, 0]
    assert np.isnan(found["p_value"])
    assert "do not differ" in found["reason"]


def test_each_wave_is_set_beside_the_one_before_and_the_first():
    rows = rows_of("repeated")
    three = {"2024": rows["2025"], "2025": rows["2026"], "2026": rows["2025"], "2027": rows["2026"]}
    values = {wave: each["score"] for wave, each in three.items()}
    found = change_between(values, {wave: design_of(each) for wave, each in three.items()})
    pairs = list(zip(found["since"], found["wave"], strict=True))
    assert pairs == [
        ("2024", "2025"),
        ("2025", "2026"),
        ("2026", "2027"),
        ("2024", "2026"),
        ("2024", "2027"),
    ]
    steps = found["estimate"].tolist()
    assert steps[0] + steps[1] == pytest.approx(steps[3])


@pytest.mark.parametrize("sample", SAMPLES)
def test_test_and_interval_of_a_share_say_the_same(sample):
    rows = rows_of(sample)
    p_value = changed(rows, "yes", statistic="share")["p_value"]
    assert 1e-6 < p_value < 0.99
    limits = changed(rows, "yes", statistic="share", confidence=1 - p_value)[["ci_lower", "ci_upper"]]
    assert min(abs(limits)) == pytest.approx(0, abs=1e-9)


def test_away_from_the_edges_a_share_has_nearly_the_limits_of_a_mean():
    found, plain = (
        changed(rows_of("overlapping"), "yes", statistic=statistic) for statistic in reversed(KINDS)
    )
    assert found[["ci_lower", "ci_upper"]].tolist() == pytest.approx(
        plain[["ci_lower", "ci_upper"]].tolist(), abs=0.02
    )
    assert (found["method"], plain["method"]) == ("MOVER", "t")


def test_limits_of_fresh_shares_recover_those_of_both_waves():
    rows = rows_of("fresh")
    (low_1, high_1, p_1), (low_2, high_2, p_2) = (
        estimate_by(each["yes"], design_of(each), statistic="share")
        .iloc[0][["ci_lower", "ci_upper", "estimate"]]
        .tolist()
        for each in rows.values()
    )
    found = changed(rows, "yes", statistic="share")
    assert found["ci_lower"] == pytest.approx(p_2 - p_1 - np.hypot(p_2 - low_2, high_1 - p_1), rel=1e-9)
    assert found["ci_upper"] == pytest.approx(p_2 - p_1 + np.hypot(high_2 - p_2, p_1 - low_1), rel=1e-9)


def test_shares_of_0_keep_an_interval():
    rows = {wave: each.assign(yes=0.0) for wave, each in rows_of("fresh").items()}
    found = changed(rows, "yes", statistic="share")
    assert found[["estimate", "std_error", "p_value"]].tolist() == [0, 0, 1]
    assert -0.1 < found["ci_lower"] < -0.02
    assert 0.02 < found["ci_upper"] < 0.1


def test_limits_of_shares_stay_between_minus_1_and_1():
    rows = rows_of("fresh")
    none, everyone = rows["2025"].assign(yes=0.0), rows["2026"].assign(yes=1.0)
    found = changed({"2025": none, "2026": everyone}, "yes", statistic="share")
    assert found["estimate"] == 1
    assert 0.9 < found["ci_lower"] < found["ci_upper"] <= 1
    assert 0 < found["p_value"] < 1e-9


def test_replicates_give_each_wave_its_own_variance():
    """Replicates that say what linearisation says change nothing; others stretch the error of their wave."""
    rows = rows_of("overlapping")
    plain = changed(rows, "score")
    values = {wave: each["score"] for wave, each in rows.items()}
    again = {wave: _jackknifed(design_of(each)) for wave, each in rows.items()}
    found = change_between(values, again).iloc[0]
    # The jackknife of a ratio and its linearisation differ in second order.
    assert found["std_error"] == pytest.approx(plain["std_error"], rel=0.03)
    assert found["std_error"] != plain["std_error"]
    assert found["df"] == plain["df"]


def _jackknifed(design: Design) -> Design:
    clusters = design.cluster.unique()
    n = len(clusters)
    weights = pd.DataFrame(
        {k: (design.cluster != cluster) * n / (n - 1) for k, cluster in enumerate(clusters)}
    )
    factors = pd.Series((n - 1) / n, index=weights.columns)
    return Design(
        cluster=design.cluster, replicates=Replicates(weights=weights, factors=factors, df=float(n - 1))
    )


def test_a_stratum_of_one_organisation_follows_the_declared_rule():
    rows = rows_of("repeated")
    alone = {
        wave: each.assign(stratum=each["stratum"].mask(each["organisation"] == "o01", "alone"))
        for wave, each in rows.items()
    }
    values = {wave: each["score"] for wave, each in alone.items()}

    def error(rule):
        parts = [(wave, each["organisation"], each["stratum"]) for wave, each in alone.items()]
        designs = {w: Design(cluster=c, stratum=s, single_unit=rule) for w, c, s in parts}
        return change_between(values, designs).iloc[0]["std_error"]

    assert 0 < error("certainty") < error("centre")


def test_a_wave_nobody_answered_or_of_one_organisation_has_a_reason():
    rows = rows_of("fresh")
    silent = rows | {"2026": rows["2026"].assign(score=np.nan)}
    found = changed(silent, "score")
    assert found["reason"] == "nobody answered in 2026"
    lonely = rows | {"2025": rows["2025"].assign(organisation="o01")}
    assert changed(lonely, "score")["reason"] == "too few organisations answered in 2025"
    assert np.isnan(
        changed(lonely, "score")[["std_error", "ci_lower", "ci_upper", "p_value"]].astype(float)
    ).all()


def test_bad_arguments_are_refused():
    rows = rows_of("fresh")
    with pytest.raises(EstimateError, match=r"two waves or more; given: \['2025'\]"):
        changed({"2025": rows["2025"]}, "score")
    with pytest.raises(EstimateError, match=r"0 and 1 in wave '2025'; given: .*Code what counts as 1"):
        changed(rows, "score", statistic="share")
    with pytest.raises(EstimateError, match="between 0 and 1; given: 95"):
        changed(rows, "score", confidence=95)
    values, designs = {w: each["score"] for w, each in rows.items()}, {"2025": design_of(rows["2025"])}
    with pytest.raises(EstimateError, match="wave '2026' needs a design of the same units"):
        change_between(values, designs)
    with pytest.raises(EstimateError, match="unknown statistic; given: 'shares'; .*Did you mean 'share'"):
        changed(rows, "yes", statistic="shares")
    with pytest.raises(EstimateError, match="same units, in the same order"):
        change_between(values, designs | {"2026": design_of(rows["2025"])})
