"""Diagnostics of a link: R's numbers, what must always hold, and what a reader is told."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import LinkError
from surveykit.links import average_marginal_effect, fit_link
from surveykit.links.diagnostics import (
    binned_means,
    calibration,
    diagnose,
    diagnoses,
    leave_one_out,
    linearity,
    residuals,
)
from surveykit.links.diagnostics.bins import binned
from surveykit.links.diagnostics.influence import _first
from surveykit.links.diagnostics.refit import Whole, refit

REFERENCE = Path(__file__).parent.parent.parent / "reference"
OUTCOMES = {"ols": "speed", "logit": "reached", "ordered logit": "stage", "poisson": "rollbacks"}
PREDICTORS = ["clarity", "effort", "redesigned"]
# Closed forms, or both sides iterated to a gradient near 1e-12.
CLOSE = {"rtol": 1e-8}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "links.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "diagnostics.json").read_text())


def fit(data, model, **changed):
    parts = {"predictors": PREDICTORS, "adjust_for": ["industry"], **changed}
    return fit_link(data, model, outcome=OUTCOMES[model], **parts)


@pytest.fixture(scope="module")
def fits(data):
    return {model: fit(data, model) for model in OUTCOMES}


# --- one organisation left out


@pytest.mark.parametrize("model", OUTCOMES)
@pytest.mark.parametrize("predictor", ["clarity", "redesigned"])
def test_effects_without_each_organisation_are_those_of_a_loop_in_r(fits, reference, model, predictor):
    found = leave_one_out(fits[model], predictor)
    expected = pd.Series(reference["leave_out"][model][predictor], index=reference["organisations"])
    mine = found.data.set_index("organisation")["effect"]
    exact = found.data.set_index("organisation")["exact"]
    np.testing.assert_allclose(mine[exact], expected[mine.index][exact], **CLOSE)
    # One step elsewhere: exact for least squares, else off by the square of how far an organisation moves the effect.
    off = np.abs(mine - expected[mine.index]).max() / found.std_error
    assert max(off, found.error) < {"ols": 1e-9, "ordered logit": 0.02}.get(model, 0.005)
    assert (found.lowest, found.highest) == pytest.approx((expected.min(), expected.max()), rel=1e-8)


def test_intervals_without_an_organisation_are_those_of_r(fits, reference):
    found = leave_one_out(fits["ols"], "redesigned").data
    expected = pd.DataFrame(reference["redesigned_without"], index=reference["organisations"])
    exact = found[found["exact"]].set_index("organisation")
    assert len(exact) >= 4
    np.testing.assert_allclose(exact["effect"], expected["estimate"][exact.index], **CLOSE)
    for limit in ("ci_lower", "ci_upper"):
        # Satterthwaite's degrees of freedom are rounded in clubSandwich's sums of squares at about 1e-9.
        np.testing.assert_allclose(exact[limit], expected[limit][exact.index], rtol=1e-7)
    assert found[~found["exact"]]["ci_lower"].isna().all()


@pytest.mark.parametrize("model", OUTCOMES)
def test_a_fit_to_those_kept_is_the_fit_to_their_rows(data, fits, model):
    groups = pd.factorize(fits[model].rows["organisation"])
    kept = np.ones(len(groups[1]), dtype=bool)
    kept[[3, 17, 40]] = False
    found = refit(Whole.of(fits[model]), kept)
    afresh = fit(data[~data["organisation"].isin(groups[1][~kept])], model)
    pd.testing.assert_frame_equal(found.to_frame(), afresh.to_frame(), rtol=1e-6)


def test_nothing_left_out_changes_nothing(fits):
    whole = Whole.of(fits["logit"])
    found = refit(whole, np.ones(len(whole.at.scores), dtype=bool))
    pd.testing.assert_frame_equal(found.to_frame(), fits["logit"].to_frame(), rtol=1e-7)


def test_the_only_organisation_of_an_industry_takes_its_dummy_with_it(data):
    alone = data.assign(industry=data["industry"].where(data["organisation"] != "org07", "Space"))
    with_it, without = fit(alone, "ols"), fit(data[data["organisation"] != "org07"], "ols")
    found = leave_one_out(with_it, "clarity")
    row = found.data.set_index("organisation").loc["org07"]
    # Its rows tell nothing but its dummy and what its own columns tell of the slopes.
    per = with_it.design["clarity"].std()
    assert row["effect"] == pytest.approx(without.parameters["clarity"] * per, rel=1e-9)
    assert np.isfinite(found.data["effect"]).all()


def test_weights_stay_with_their_rows(data):
    weighted = data.assign(w=1 + np.arange(len(data)) % 3)
    found = leave_one_out(fit(weighted, "ols", weights="w"), "effort", per=1)
    organisation = found.data.loc[found.data["effect"].idxmax(), "organisation"]
    afresh = fit(weighted[weighted["organisation"] != organisation], "ols", weights="w")
    assert found.highest == pytest.approx(afresh.parameters["effort"], rel=1e-9)
    ours = found.data.loc[found.data["effect"].idxmax(), ["ci_lower", "ci_upper"]].astype(float)
    theirs = average_marginal_effect(afresh, "effort", per=1)[["ci_lower", "ci_upper"]]
    np.testing.assert_allclose(ours, theirs, rtol=1e-7)


@pytest.fixture(scope="module")
def one_decides():
    """An effect that is there because of one organisation alone."""
    rng = np.random.default_rng(8)
    made = pd.DataFrame({"organisation": np.repeat(np.arange(30), 3), "x": rng.normal(size=90)})
    made["y"] = rng.normal(size=90) - 0.1 * made["x"]
    odd = made["organisation"] == 11
    return made.assign(x=made["x"].where(~odd, 3.0 + made["x"]), y=made["y"].where(~odd, 9.0 + made["x"]))


def test_one_organisation_that_decides_is_told_and_not_named(one_decides):
    fitted = fit_link(one_decides, "ols", outcome="y", predictors=["x"])
    found = diagnose(fitted, labels={"x": '"clear goals"'})
    (influence,) = found.influence
    assert influence.sign_turns
    assert influence.data["effect"].idxmin() == 11
    told = found.checks.set_index("check")["sentence"]["influence"]
    assert 'any one of the 30 organisations, the difference that goes with "clear goals" would lie' in told
    assert "leaving out a single one can" in told
    assert "11" not in told


def test_how_many_turn_a_conclusion_is_shown_by_leaving_them_out(data, fits):
    found = leave_one_out(fits["ols"], "clarity")
    number = int(found.to_turn)
    assert not found.conclusion_turns
    assert 1 < number <= 15
    order = found.data.sort_values("effect")["organisation"]  # towards 0 for an effect above 0
    per = fits["ols"].design["clarity"].std()
    for left_out, holds in ((number, True), (number - 1, False)):
        rest = fit(data[~data["organisation"].isin(order[:left_out])], "ols")
        effect = average_marginal_effect(rest, "clarity", per=per)
        assert (effect["ci_lower"] <= 0 <= effect["ci_upper"]) == holds


@pytest.mark.parametrize("first", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("guess", [1, 4, 19, 20])
def test_the_first_number_is_found_from_any_guess(first, guess):
    assert _first(lambda number: number >= first, guess, 20) == first
    assert np.isnan(_first(lambda number: number > 20, guess, 20))
    assert np.isnan(_first(lambda number: number > 0, 0, 0))


def test_organisation_names_and_row_order_change_nothing(data, fits):
    shuffled = data.sample(frac=1, random_state=3)
    names = shuffled["organisation"].map(
        {name: f"x{i}" for i, name in enumerate(shuffled["organisation"].unique())}
    )
    before, after = (
        leave_one_out(fitted, "clarity").to_frame().drop(columns=["predictor", "error"]).astype(float)
        for fitted in (fits["logit"], fit(shuffled.assign(organisation=names), "logit"))
    )
    pd.testing.assert_frame_equal(before, after, rtol=1e-7)


def test_no_best_fit_without_an_organisation_is_said():
    rng = np.random.default_rng(2)
    made = pd.DataFrame({"organisation": np.arange(40), "x": rng.normal(size=40)})
    made["y"] = (made["x"] > 0).astype(int)
    made.loc[[3], ["x", "y"]] = [1.5, 0]  # the one that keeps outcomes apart from being told exactly
    made.loc[[4], ["x", "y"]] = [0.05, 0]
    made.loc[[5], ["x", "y"]] = [0.02, 1]
    made = made[~((made["x"] > 0.02) & (made["x"] < 0.05))]
    twin = made.assign(organisation=made["organisation"].replace(4, 3))  # both exceptions in one organisation
    found = leave_one_out(fit_link(twin, "logit", outcome="y", predictors=["x"]), "x", per=1)
    reasons = found.data.set_index("organisation")["reason"]
    assert reasons[3] == "without this organisation no finite coefficient fits best"
    assert not found.data.set_index("organisation")["exact"][3]


def test_a_predictor_the_model_has_not_is_refused(fits):
    with pytest.raises(LinkError, match="no column 'clarty'. Did you mean 'clarity'"):
        leave_one_out(fits["ols"], "clarty")
    with pytest.raises(LinkError, match="no numeric column 'industry'; allowed: clarity, effort, redesigned"):
        linearity(fits["ols"], "industry")


# --- straight lines


@pytest.mark.parametrize("model", ["ols", "logit"])
def test_the_square_is_tested_as_in_r(fits, reference, model):
    found = linearity(fits[model], "clarity")
    expected = reference["squares"][model]
    numbers = [found.estimate, found.std_error, found.df, found.p_value]
    np.testing.assert_allclose(numbers, list(expected.values()), rtol=1e-7)  # degrees of freedom, as above


def test_a_predictor_of_two_values_has_no_bend(fits):
    found = linearity(fits["ols"], "redesigned", label="redesign")
    assert np.isnan(found.p_value)
    assert found.reason == "a predictor of two values has no bend"
    assert found.sentence == "Whether what goes with redesign goes with it in a straight line cannot be told."


def test_a_bend_is_told_by_its_direction():
    rng = np.random.default_rng(1)
    made = pd.DataFrame({"organisation": np.arange(200) // 2, "x": rng.uniform(1, 9, 200)})
    for shape, words in (
        (np.sqrt, "levels off, or turns, towards high"),
        (np.square, "grows steeper towards high"),
    ):
        y = 5 * shape(made["x"]) + rng.normal(0, 0.3, 200)
        found = linearity(fit_link(made.assign(y=y), "ols", outcome="y", predictors=["x"]), "x")
        assert found.concern
        assert words in found.sentence


def test_means_beside_the_line_are_those_of_their_rows(fits):
    found = binned_means(fits["ols"], "effort", bins=4)
    rows = fits["ols"].rows.sort_values("effort")
    assert found["n_obs"].sum() == len(rows)
    first = rows.iloc[: found["n_obs"][0]]
    assert found.loc[0, ["value", "observed"]].tolist() == pytest.approx(
        [first["effort"].mean(), first["speed"].mean()]
    )
    assert found["predicted"].mean() == pytest.approx(rows["speed"].mean(), rel=0.02)


# --- predictions and what they leave


def test_groups_of_predictions_are_those_of_r(fits, reference):
    found = calibration(fits["logit"], bins=5).data
    expected = pd.DataFrame(reference["groups"])
    for name in ("n_obs", "n_organisations", "predicted", "observed", "ci_lower", "ci_upper"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-7, err_msg=name)


def test_slope_for_organisations_not_seen_is_that_of_r(fits, reference):
    found = calibration(fits["logit"])
    numbers = [found.slope, found.slope_ci_lower, found.slope_ci_upper]
    np.testing.assert_allclose(numbers, list(reference["slopes"]["one_step"].values()), rtol=1e-7)
    # Against fits without the organisation instead of one step towards them.
    np.testing.assert_allclose(numbers, list(reference["slopes"]["exact"].values()), atol=2e-3)


def test_spread_and_tails_are_those_of_r(fits, reference):
    found = residuals(fits["ols"])
    expected = reference["spread"]
    numbers = [found.spread_statistic, found.spread_p_value, found.kurtosis]
    np.testing.assert_allclose(numbers, list(expected.values()), rtol=1e-7)
    assert residuals(fits["poisson"]).dispersion == pytest.approx(reference["dispersion"], rel=1e-8)


def test_predictions_of_the_wrong_shape_are_a_concern():
    rng = np.random.default_rng(3)
    made = pd.DataFrame({"organisation": np.arange(900) // 3, "x": rng.uniform(-2, 2, 900)})
    made["y"] = (rng.uniform(size=900) < 0.1 + 0.8 * (np.abs(made["x"] - 0.5) < 1)).astype(int)
    found = calibration(fit_link(made, "logit", outcome="y", predictors=["x"]))
    assert found.concern
    assert found.n_missed >= 5


def test_noise_does_not_carry_over_to_other_organisations():
    rng = np.random.default_rng(5)
    made = pd.DataFrame(rng.normal(size=(80, 6)), columns=list("abcdef")).assign(
        organisation=np.arange(80) // 2
    )
    made["y"] = rng.integers(0, 2, 80)
    found = calibration(fit_link(made, "logit", outcome="y", predictors=list("abcdef")))
    assert found.slope_ci_upper < 1
    assert "go too far: expect smaller differences there" in found.sentence


@given(st.integers(0, 10_000), st.integers(2, 300), st.integers(1, 30), st.integers(1, 8), st.integers(0, 2))
def test_groups_are_in_order_and_have_enough_rows_and_organisations(
    seed, n, rows_each, organisations_each, digits
):
    rng = np.random.default_rng(seed)
    values, organisation = np.round(rng.normal(size=n), digits), rng.integers(0, 25, n)
    fewest = {"fewest_rows": rows_each, "fewest_organisations": organisations_each}
    number = binned(values, organisation, bins=10, **fewest)
    groups = pd.DataFrame({"value": values, "organisation": organisation}).groupby(number)
    assert sorted(groups.groups) == list(range(len(groups)))
    if len(groups) > 1:
        assert groups.size().min() >= rows_each
        assert groups["organisation"].nunique().min() >= organisations_each
    assert (groups["value"].max().iloc[:-1].to_numpy() < groups["value"].min().iloc[1:].to_numpy()).all()


def test_each_kind_of_outcome_has_its_check(fits):
    with pytest.raises(
        LinkError, match="calibration needs an outcome from 0 to 1.*given: 'ols'. Take 'residuals'"
    ):
        calibration(fits["ols"])
    with pytest.raises(
        LinkError, match="residuals are for amounts and counts; given: 'logit'. Take 'calibration'"
    ):
        residuals(fits["logit"])
    with pytest.raises(LinkError, match="only models with one expected outcome.*given: 'cox'"):
        binned_means(replace(fits["ols"], model="cox"), "effort")


# --- everything together


@pytest.mark.parametrize("model", OUTCOMES)
def test_every_check_has_a_sentence_and_overlap_is_that_of_r(fits, reference, model):
    found = diagnose(fits[model])
    inflation = found.vif[list(reference["vif"])]
    np.testing.assert_allclose(inflation, list(reference["vif"].values()), **CLOSE)
    of_rows = ["predictions"] if model in {"logit", "ordered logit"} else ["spread", "tails"]
    expected = ["influence"] * 3 + ["overlap"] * 3 + ["straight line"] * 2 + of_rows
    assert found.checks["check"].tolist() == expected
    assert found.checks["sentence"].str.fullmatch(r"[A-Z\"].+\.").all()
    assert not found.checks["sentence"].str.contains("org[0-9]").any()


@pytest.mark.parametrize(
    ("model", "outcome", "checks"),
    [
        ("multinomial", "stage", []),
        ("fractional", "part", ["predictions"]),
        ("negative binomial", "rollbacks", ["spread", "tails"]),
        ("cox", "months", []),
    ],
)
def test_every_other_model_is_checked_as_far_as_it_can_be(data, model, outcome, checks):
    rows = data.assign(part=(data["speed"] - data["speed"].min()) / np.ptp(data["speed"]))
    rows = rows.assign(months=data["rollbacks"] + np.arange(len(data)) / 1000 + 1)
    event = {"event": "reached"} if model == "cox" else {}
    found = diagnose(fit_link(rows, model, outcome=outcome, predictors=["clarity", "redesigned"], **event))
    assert found.checks["check"].tolist() == ["influence"] * 2 + ["overlap"] * 2 + ["straight line", *checks]
    assert found.checks["statistic"].notna().all()
    assert all(each.error < 0.05 for each in found.influence)


def test_every_link_of_a_study_is_checked(ai_analysis):
    links = ai_analysis.links
    found = diagnoses(links)
    assert found["link"].unique().tolist() == [fit.number for fit in links.fits]
    influence = found[found["check"] == "influence"]
    assert (
        influence[["link", "predictor"]].to_numpy().tolist()
        == links.data[["link", "predictor"]].to_numpy().tolist()
    )
    organisations = ai_analysis.aggregated.scores.index.astype(str)
    told = " ".join(found["sentence"])
    assert not any(name in told for name in organisations if not name.isdigit())
