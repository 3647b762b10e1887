"""Design-based estimates by domain: beside R survey and svy, and what must always hold."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import svy
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import EstimateError
from surveykit.estimates.design import Design, Replicates
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.engine import lay_out, quotients
from surveykit.estimates.intervals import exact_limits, logit_limits
from surveykit.estimates.weighting.replicates import bootstrap_replicates, jackknife_replicates

REFERENCE = Path(__file__).parent.parent / "reference"
# Executives of organisations, all weights 1.
EXECUTIVES = pd.read_csv(REFERENCE / "design.csv")
CLUSTERED = Design(cluster=EXECUTIVES["organisation"])
# A stratified two-stage sample.
DATA = pd.read_csv(REFERENCE / "estimates.csv")
SEGMENT = DATA["segment"]
PLAIN = {"cluster": DATA["organisation"], "weight": DATA["weight"], "stratum": DATA["stratum"]}
REPLACED = Design(**PLAIN)


def numbers(name: str) -> pd.DataFrame:
    found = pd.read_csv(REFERENCE / name, keep_default_na=False)
    return found[found[found.columns[0]] != "versions"].astype({"value": float})


def bootstrapped() -> Replicates:
    factors = pd.read_csv(REFERENCE / "estimates_bootstrap.csv", index_col=0)
    weights = factors.loc[DATA["organisation"]].mul(DATA["weight"].to_numpy(), axis=0)
    # R divides by one fewer than its 40 replicates.
    return Replicates(weights=weights.set_axis(DATA.index), factors=pd.Series([1 / 39] * 40), df=30)


DESIGNS = {
    "finite": Design(**PLAIN, population=DATA["population"]),
    "replaced": REPLACED,
    "jackknife": Design(**PLAIN, replicates=jackknife_replicates(REPLACED)),
    "bootstrap": Design(**PLAIN, replicates=bootstrapped()),
}
NUMBERS = numbers("estimates_numbers.csv")
LONELY = NUMBERS["design"].isin(["adjust", "certainty"])
CASES = NUMBERS[~LONELY].groupby(["design", "statistic", "variable"], sort=False)
# The closed forms on both sides differ in their last digits, 2e-14 at most.
SAME = 1e-12


def assert_same(found: pd.Series, reference: pd.DataFrame) -> None:
    for row in reference.itertuples():
        assert found[row.what] == pytest.approx(row.value, rel=SAME), (row.domain, row.what)


@pytest.mark.parametrize(
    ("design", "statistic", "variable"), [k for k in CASES.groups if k[1] not in ("logit", "exact")]
)
def test_estimates_equal_r_survey(design: str, statistic: str, variable: str) -> None:
    denominator = DATA["staff"] if statistic == "ratio" else None
    asked = {"statistic": statistic, "denominator": denominator}
    overall = estimate_by(DATA[variable], DESIGNS[design], **asked)
    found = pd.concat([overall, estimate_by(DATA[variable], DESIGNS[design], SEGMENT, **asked)]).set_index(
        "value"
    )
    for domain, reference in CASES.get_group((design, statistic, variable)).groupby("domain"):
        assert_same(found.loc[domain], reference)


@pytest.mark.parametrize(
    ("design", "method", "variable"), [k for k in CASES.groups if k[1] in ("logit", "exact")]
)
def test_both_limits_of_shares_equal_r_survey(design: str, method: str, variable: str) -> None:
    limits = {"logit": logit_limits, "exact": exact_limits}[method]
    for domain, reference in CASES.get_group((design, method, variable)).groupby("domain"):
        inside = (domain == SEGMENT) if domain else np.full(len(DATA), fill_value=True)
        layout = lay_out(DESIGNS[design], np.asarray(inside, dtype=np.intp) - 1)
        y = DATA[variable].to_numpy()[layout.order]
        found = quotients(layout, y, np.ones_like(y))
        lower, upper = limits(found, 0.95)
        told = {"estimate": found.estimate[0], "std_error": math.sqrt(found.variance[0])}
        assert_same(pd.Series(told | {"ci_lower": lower[0], "ci_upper": upper[0]}), reference)


@pytest.mark.parametrize(("rule", "name"), [("centre", "adjust"), ("certainty", "certainty")])
def test_a_stratum_of_one_cluster_counts_by_the_declared_rule_as_in_r(rule: str, name: str) -> None:
    first = DATA.loc[DATA["stratum"] == "west", "organisation"].iloc[0]
    data = DATA[(DATA["stratum"] != "west") | (DATA["organisation"] == first)]
    design = Design(
        cluster=data["organisation"],
        weight=data["weight"],
        stratum=data["stratum"],
        population=data["population"],
        single_unit=rule,
    )
    for domain, reference in NUMBERS[NUMBERS["design"] == name].groupby("domain"):
        found = estimate_by(data["score"], design, data["segment"] if domain else None).set_index("value")
        assert_same(found.loc[domain], reference)


@pytest.mark.parametrize("what", numbers("design_numbers.csv")["what"].unique())
def test_executives_in_organisations_equal_r_survey(what: str) -> None:
    statistic, column, segment = (*what.split(), "")[:3]
    domain = EXECUTIVES["segment"] if segment else None
    found = (
        estimate_by(EXECUTIVES[column], CLUSTERED, domain, statistic=statistic)
        .set_index("value")
        .loc[segment]
    )
    for row in numbers("design_numbers.csv").query("what == @what").itertuples():
        # R fits the logit of a share by iteration, to about 1e-9; the rest is closed form.
        assert found[row.statistic] == pytest.approx(row.value, rel=1e-8), row.statistic


def test_svy_finds_the_same() -> None:
    names = {"psu": "organisation", "stratum": "stratum", "wgt": "weight", "pop_size": "population"}
    engine = svy.Sample(pl.from_pandas(DATA), svy.Design(**names)).estimation
    asked = {"by": "segment", "drop_nulls": True, "deff": "wr"}
    for statistic, result in {
        "mean": engine.mean("score", **asked),
        "total": engine.total("score", **asked),
        "ratio": engine.ratio("score", "staff", **asked),
    }.items():
        theirs = result.to_polars().to_pandas().sort_values("segment")
        denominator = DATA["staff"] if statistic == "ratio" else None
        ours = estimate_by(
            DATA["score"], DESIGNS["finite"], SEGMENT, statistic=statistic, denominator=denominator
        )
        columns = ["estimate", "std_error", "ci_lower", "ci_upper", "df", "deff", "n_obs"]
        np.testing.assert_allclose(
            ours[columns], theirs[["est", "se", "lci", "uci", "df", "deff", "n"]], rtol=SAME
        )


def test_the_method_is_named_and_changes_where_few_effective_answers_lie_on_one_side() -> None:
    shares = estimate_by(EXECUTIVES[["yes", "rare"]], CLUSTERED, statistic="share")
    assert shares["method"].tolist() == ["logit", "Korn-Graubard"]
    # The same answers, given three times over by the same organisations: the design effect grows with them.
    again = pd.concat([EXECUTIVES] * 3, ignore_index=True)
    assert again["rare"].sum() > 20
    tripled = estimate_by(again["rare"], Design(cluster=again["organisation"]), statistic="share")
    assert tripled["method"].tolist() == ["Korn-Graubard"]
    for statistic, method in {"mean": "t", "total": "t", "median": "Woodruff"}.items():
        found = estimate_by(EXECUTIVES["a"], CLUSTERED, EXECUTIVES["segment"], statistic=statistic)
        assert set(found["method"]) == {method}


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_at_none_or_all_of_n_there_is_still_an_interval(constant: float) -> None:
    values = pd.Series(constant, index=EXECUTIVES.index)
    found = estimate_by(values, CLUSTERED, statistic="share").iloc[0]
    assert found["estimate"] == constant
    assert 0.02 < found["ci_upper"] - found["ci_lower"] < 0.2
    assert found["ci_lower"] <= constant <= found["ci_upper"]
    assert np.isnan(found["deff"])
    assert found["n_effective"] == len(EXECUTIVES)


def test_weights_take_from_the_effective_number_at_none_of_n() -> None:
    weight = pd.Series(np.linspace(1, 9, len(EXECUTIVES)))
    design = Design(cluster=EXECUTIVES["organisation"], weight=weight)
    found = estimate_by(pd.Series(0.0, index=EXECUTIVES.index), design, statistic="share").iloc[0]
    assert found["n_effective"] == pytest.approx(design.n_effective, rel=SAME)
    assert found["ci_upper"] > 1 - 0.025 ** (1 / len(EXECUTIVES))


def test_a_median_of_few_options_has_limits_though_its_option_holds_most_answers() -> None:
    # 52 of 100 answer 5: the share at or below the median is 1, and its standard error 0.
    values = pd.Series([4.0, 5.0] * 48 + [5.0] * 4)
    found = estimate_by(values, Design(cluster=pd.Series(range(100))), statistic="median").iloc[0]
    assert found[["estimate", "ci_lower", "ci_upper"]].tolist() == [5, 4, 5]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["mean", "share", "total", "median", "ratio"]))
def test_row_order_names_and_the_scale_of_weights_change_nothing(seed: int, statistic: str) -> None:
    column = "yes" if statistic == "share" else "score"

    def found(order: np.ndarray, prefix: str = "", scale: float = 1.0) -> pd.DataFrame:
        data = DATA.iloc[order]
        design = Design(
            cluster=prefix + data["organisation"],
            weight=scale * data["weight"],
            stratum=prefix + data["stratum"],
        )
        denominator = data["staff"] if statistic == "ratio" else None
        return estimate_by(
            data[[column]], design, data[["segment", "size"]], statistic=statistic, denominator=denominator
        )

    expected = found(np.arange(len(DATA)))
    if statistic == "total":
        limits = ["estimate", "std_error", "ci_lower", "ci_upper"]
        expected[limits] *= 0.037
    shuffled = found(np.random.default_rng(seed).permutation(len(DATA)), "x", 0.037)
    # Sums taken in another order differ in the last digits.
    pd.testing.assert_frame_equal(shuffled, expected, rtol=1e-10)


def test_totals_of_domains_add_up_and_shares_mirror() -> None:
    kept = SEGMENT.fillna("none")
    parts = estimate_by(DATA["score"], REPLACED, kept, statistic="total")
    assert parts["estimate"].sum() == pytest.approx(
        estimate_by(DATA["score"], REPLACED, statistic="total")["estimate"].iloc[0], rel=SAME
    )
    yes, no = (estimate_by(v, REPLACED, SEGMENT, statistic="share") for v in (DATA["yes"], 1 - DATA["yes"]))
    np.testing.assert_allclose(1 - yes["estimate"], no["estimate"], rtol=SAME)
    np.testing.assert_allclose(1 - yes["ci_upper"], no["ci_lower"], rtol=SAME)


def test_several_variables_and_crossed_segments_equal_one_at_a_time() -> None:
    both = estimate_by(DATA[["score", "item"]], REPLACED, DATA[["segment", "size"]])
    pasted = (DATA["segment"] + "/" + DATA["size"]).rename("value")
    for variable, part in both.groupby("variable"):
        alone = estimate_by(DATA[variable], REPLACED, pasted)
        assert (part["segment"] + "/" + part["size"]).tolist() == alone["value"].tolist()
        measures = list(alone.columns[1:])
        pd.testing.assert_frame_equal(part[measures].reset_index(drop=True), alone[measures])
    assert both["variable"].tolist() == ["score"] * 6 + ["item"] * 6


def test_missing_values_and_weights_of_0_leave_a_row_out_of_the_estimate_but_not_of_the_design() -> None:
    dropped = DATA["organisation"].isin(["c01", "c20"])
    weightless = Design(**PLAIN | {"weight": DATA["weight"].mask(dropped, 0.0)})
    by_weight = estimate_by(DATA["score"], weightless, SEGMENT)
    by_missing = estimate_by(DATA["score"].mask(dropped), REPLACED, SEGMENT)
    pd.testing.assert_frame_equal(by_weight, by_missing)
    cut = DATA[~dropped]
    without = Design(cluster=cut["organisation"], weight=cut["weight"], stratum=cut["stratum"])
    subset = estimate_by(cut["score"], without, cut["segment"])
    np.testing.assert_allclose(subset["estimate"], by_missing["estimate"], rtol=SAME)
    assert (subset["std_error"] != by_missing["std_error"]).all()


def test_a_domain_none_of_whose_rows_count_has_no_row() -> None:
    lost = Design(**PLAIN | {"weight": DATA["weight"].mask(SEGMENT == "mixed", 0.0)})
    assert estimate_by(DATA["score"], lost, SEGMENT)["value"].tolist() == ["new", "old"]
    unanswered = estimate_by(DATA["score"].mask(SEGMENT == "mixed"), REPLACED, SEGMENT)
    assert unanswered["value"].tolist() == ["new", "old"]
    nowhere = estimate_by(DATA["score"], REPLACED, SEGMENT.where(SEGMENT == "nobody"))
    assert len(nowhere) == 0
    assert "ci_lower" in nowhere


def test_clusters_widen_the_interval_and_n_effective_says_how_far() -> None:
    apart = estimate_by(EXECUTIVES["a"], Design(cluster=pd.Series(range(len(EXECUTIVES))))).iloc[0]
    together = estimate_by(EXECUTIVES["a"], CLUSTERED).iloc[0]
    assert together["std_error"] > 1.3 * apart["std_error"]
    # Drawn one by one with replacement, executives are the very sample that design effects are against.
    assert apart["deff"] == pytest.approx(1, rel=0.02)
    assert together["n_effective"] == pytest.approx(together["n_obs"] / together["deff"], rel=SAME)


def test_a_segment_of_one_organisation_has_no_interval_and_a_missing_one_no_row() -> None:
    domain = EXECUTIVES["segment"].mask(EXECUTIVES["organisation"] == "o01", "lonely")
    domain[EXECUTIVES["organisation"] == "o02"] = None
    found = estimate_by(EXECUTIVES["a"], CLUSTERED, domain).set_index("value")
    columns = ["std_error", "ci_lower", "ci_upper", "deff", "n_effective"]
    assert np.isnan(found.loc["lonely", columns].astype(float)).all()
    assert set(found.index) == {"lonely", "north", "south", "west"}


def test_bootstrap_replicates_find_the_linearised_error() -> None:
    design = replace(REPLACED, replicates=bootstrap_replicates(REPLACED, n=4000, seed=1))
    drawn = estimate_by(DATA[["score", "yes"]], design, SEGMENT)
    expected = estimate_by(DATA[["score", "yes"]], REPLACED, SEGMENT)
    np.testing.assert_allclose(drawn["estimate"], expected["estimate"], rtol=SAME)
    # 4,000 draws are off by about 1%; domains of few organisations by what linearisation leaves out.
    np.testing.assert_allclose(drawn["std_error"], expected["std_error"], rtol=0.12)
    assert drawn["df"].tolist() == expected["df"].tolist()


def test_one_organisation_or_no_answer_is_refused() -> None:
    one = Design(cluster=pd.Series("o01", index=EXECUTIVES.index))
    with pytest.raises(EstimateError, match="one organisation.*at least two.*'o01'"):
        estimate_by(EXECUTIVES["a"], one)
    with pytest.raises(EstimateError, match="nobody answered 'a'"):
        estimate_by(EXECUTIVES["a"] * np.nan, CLUSTERED)


def test_what_cannot_be_estimated_is_refused_with_the_way_out() -> None:
    a = EXECUTIVES["a"]
    with pytest.raises(EstimateError, match="0 and 1; given: .*Code what counts as 1"):
        estimate_by(a, CLUSTERED, statistic="share")
    with pytest.raises(EstimateError, match="between 0 and 1; given: 95"):
        estimate_by(a, CLUSTERED, confidence=95)
    with pytest.raises(EstimateError, match="unknown statistic; given: 'meen'.*Did you mean 'mean'"):
        estimate_by(a, CLUSTERED, statistic="meen")
    with pytest.raises(EstimateError, match="a ratio needs a denominator"):
        estimate_by(a, CLUSTERED, statistic="ratio")
    with pytest.raises(EstimateError, match="a mean has no denominator.*statistic='ratio'"):
        estimate_by(a, CLUSTERED, denominator=EXECUTIVES["b"])
    with pytest.raises(EstimateError, match="nobody answered 'b'"):
        estimate_by(a, CLUSTERED, statistic="ratio", denominator=EXECUTIVES["b"] * np.nan)
    with pytest.raises(EstimateError, match="'a' has values that are not finite"):
        estimate_by(a.replace(5, np.inf), CLUSTERED)


@pytest.mark.parametrize("part", ["values", "domain", "denominator"])
def test_parts_of_other_units_are_refused(part: str) -> None:
    given = {"values": EXECUTIVES["a"], "domain": EXECUTIVES["segment"], "denominator": EXECUTIVES["b"]}
    given[part] = given[part].iloc[1:]
    with pytest.raises(
        EstimateError, match=f"the {part} and the design are not of the same units.*105 and 106"
    ):
        estimate_by(design=CLUSTERED, statistic="ratio", **given)
