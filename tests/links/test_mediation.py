"""Mediation: R's paths, effects and resamples, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm

from surveykit.errors import LinkError
from surveykit.links import fit_link, resampled
from surveykit.links.mediation import mediate

REFERENCE = Path(__file__).parent.parent / "reference"
CASES = {
    "2-2-1": {"predictor": "clarity", "mediator": "capacity", "adjust_for": ["size"]},
    "1-1-1": {"predictor": "effort", "mediator": "speed", "adjust_for": ["redesigned"]},
    "2-1-1": {"predictor": "clarity", "mediator": "effort", "adjust_for": ["size"]},
    "0/1": {"predictor": "owned", "mediator": "capacity", "adjust_for": ["size"]},
}
NAMES = ["indirect", "direct", "total"]
# Closed forms on both sides, and logits iterated to the last digits.
CLOSE = {"rtol": 1e-8}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "paths.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "paths.json").read_text())


def fit(data, case="2-2-1", model="ols", **changed):
    numbers = "rollbacks" if case == "1-1-1" else "speed"
    outcome = "reached" if model == "logit" else numbers
    parts = {**CASES[case], "outcome": outcome, "outcome_model": model, "draws": 100, **changed}
    return mediate(data, **parts)


@pytest.mark.parametrize("model", ["ols", "logit"])
@pytest.mark.parametrize("case", CASES)
def test_effects_and_paths_are_those_of_r(data, reference, case, model):
    expected, found = reference["mediation"][case][model], fit(data, case, model)
    np.testing.assert_allclose(found.effects["estimate"], [expected[name] for name in NAMES], **CLOSE)
    np.testing.assert_allclose(found.paths["estimate"], [expected["a"], expected["b"]], **CLOSE)
    assert found.levels == ("221" if case == "0/1" else case.replace("-", ""))
    if model == "ols":
        np.testing.assert_allclose(found.rho, expected["rho"], **CLOSE)
        ours = [*found.paths["estimate"], *(found.effects["estimate"][["direct", "indirect"]] / found.per)]
        np.testing.assert_allclose(
            ours, [expected["lavaan"][name] for name in ("a", "b", "c", "ab")], rtol=1e-4
        )


@pytest.mark.parametrize("model", ["ols", "logit"])
@pytest.mark.parametrize("case", CASES)
def test_a_resample_is_the_fit_of_the_organisations_drawn(data, reference, case, model, monkeypatch):
    # R fits lm and glm anew to each of eight draws of organisations: the batch must be the same, draw by draw.
    expected = reference["mediation"][case][model]["given"]
    counts = np.array(reference["counts"], dtype=float)
    names = sorted(data["organisation"].unique())
    assert names == reference["organisations"]
    drawn = np.vstack([np.ones(len(names)), *[counts] * 13])
    monkeypatch.setattr(resampled, "_organisations_drawn", lambda *_: drawn)
    seen = []
    monkeypatch.setattr(
        "surveykit.links.mediation.percentiles",
        lambda draws, _: seen.append(draws) or {"ci_lower": -1, "ci_upper": 1},
    )
    fit(data, case, model)
    # Newton stops at a score of 1e-6 of the rows, and its last step squares the distance left.
    close = CLOSE if model == "ols" else {"rtol": 1e-4, "atol": 1e-7}
    np.testing.assert_allclose(np.array(seen)[:, 1:9].T, expected, **close)


@pytest.mark.parametrize(("model", "draws"), [("ols", 20_000), ("logit", 4_000)])
def test_percentiles_are_those_of_a_loop_in_r(data, reference, model, draws):
    expected, found = reference["resampled"][model], fit(data, model=model, draws=draws).effects
    # The 2.5% point of n normal draws has a Monte Carlo error of sqrt(.025 .975 / n) / .0584 standard deviations; two
    # such differ by sqrt(2) of that, and 4 of those is what six comparisons stay within.
    reach = 4 * np.sqrt(2 * 0.025 * 0.975 / draws) / norm.pdf(norm.ppf(0.025))
    for key, theirs in {"ci_lower": "lower", "ci_upper": "upper"}.items():
        away = (found[key] - pd.Series(expected[theirs])) / found["std_error"]
        assert away.abs().max() < reach
    np.testing.assert_allclose(
        found["std_error"], pd.Series(expected["std_error"])[NAMES], rtol=4 / np.sqrt(draws)
    )


@pytest.mark.parametrize("case", ["2-2-1", "1-1-1", "0/1"])
def test_linear_total_is_the_effect_without_the_mediator(data, case):
    found = fit(data, case)
    parts = CASES[case]
    alone = fit_link(
        data, "ols", outcome=found.outcome, predictors=[parts["predictor"]], adjust_for=parts["adjust_for"]
    )
    total = alone.parameters[parts["predictor"]] * found.per
    np.testing.assert_allclose(found.effects.loc["total", "estimate"], total, rtol=1e-9)


@pytest.mark.parametrize("model", ["ols", "logit"])
def test_total_is_indirect_and_direct(data, model):
    effects = fit(data, model=model).effects["estimate"]
    np.testing.assert_allclose(effects["total"], effects["indirect"] + effects["direct"], rtol=1e-12)


@settings(max_examples=4)
@given(scale=st.floats(1e-3, 1e3), sign=st.sampled_from([-1, 1]), shift=st.floats(-1e3, 1e3))
@pytest.mark.parametrize("model", ["ols", "logit"])
def test_unit_of_the_mediator_changes_no_effect(data, model, scale, sign, shift):
    before = fit(data, model=model)
    moved = fit(data.assign(capacity=sign * scale * data["capacity"] + shift), model=model)
    # A shift of 1e6 standard deviations costs six of sixteen digits.
    pd.testing.assert_frame_equal(moved.effects, before.effects, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(moved.rho, sign * before.rho, rtol=1e-6)


@pytest.mark.parametrize("model", ["ols", "logit"])
def test_row_order_changes_nothing(data, model):
    shuffled = fit(data.sample(frac=1, random_state=4), model=model)
    pd.testing.assert_frame_equal(shuffled.effects, fit(data, model=model).effects, rtol=1e-6, atol=1e-9)


def test_the_other_direction_of_the_predictor_is_the_other_sign(data):
    for case in ("2-2-1", "1-1-1"):
        predictor = CASES[case]["predictor"]
        back = fit(data.assign(**{predictor: -data[predictor]}), case, "logit").effects
        ahead = fit(data, case, "logit").effects
        np.testing.assert_allclose(back["estimate"], -ahead["estimate"], rtol=1e-6)
        np.testing.assert_allclose(back["ci_lower"], -ahead["ci_upper"], rtol=1e-5, atol=1e-8)


def test_seeds_decide_the_draws(data):
    first, again, other = (fit(data, draws=500, seed=seed).effects for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["ci_lower"] != other["ci_lower"]).all()
    assert (first["estimate"] == other["estimate"]).all()


def test_equal_weights_are_no_weights(data):
    for model in ("ols", "logit"):
        found = fit(data.assign(w=2.5), model=model, weights="w")
        pd.testing.assert_frame_equal(found.effects, fit(data, model=model).effects, rtol=1e-6, atol=1e-9)


def test_a_weight_stands_for_that_many_rows(data):
    counts = pd.Series(np.random.default_rng(1).integers(1, 4, len(data)), index=data.index)
    for model in ("ols", "logit"):
        weighted = fit(data.assign(w=counts), model=model, weights="w").effects
        repeated = fit(data.loc[data.index.repeat(counts)], model=model).effects
        pd.testing.assert_frame_equal(weighted, repeated, rtol=1e-6, atol=1e-9)


def test_natural_effects_are_those_of_the_mediation_formula():
    # Pearl's formula integrates over a normal mediator; here each row keeps its residual. With 6,000 normal residuals
    # the two agree to their sampling error, 1% or so of an effect.
    rng = np.random.default_rng(6)
    n = 6000
    rows = pd.DataFrame(
        {"organisation": np.arange(n) // 3, "x": rng.integers(0, 2, n), "c": rng.normal(size=n)}
    )
    rows["m"] = 0.8 * rows["x"] + 0.3 * rows["c"] + rng.normal(size=n)
    rows["y"] = (rng.random(n) < expit(-1 + 0.6 * rows["x"] + 0.9 * rows["m"] - 0.5 * rows["c"])).astype(int)
    found = mediate(
        rows, outcome="y", predictor="x", mediator="m", adjust_for=["c"], outcome_model="logit", draws=100
    )
    a, m = found.to_mediator.parameters, found.to_outcome.parameters
    left = rows["m"] - a["(constant)"] - a["x"] * rows["x"] - a["c"] * rows["c"]
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)

    def mean(x, carried):
        mediator = (a["(constant)"] + a["x"] * carried + a["c"] * rows["c"]).to_numpy()[
            :, None
        ] + left.std() * nodes
        linear = (m["(constant)"] + m["x"] * x + m["c"] * rows["c"]).to_numpy()[:, None] + m["m"] * mediator
        return (expit(linear) @ weights).mean() / weights.sum()

    indirect = (mean(1, 1) - mean(1, 0) + mean(0, 1) - mean(0, 0)) / 2
    direct = (mean(1, 1) - mean(0, 1) + mean(1, 0) - mean(0, 0)) / 2
    np.testing.assert_allclose(
        found.effects["estimate"][["indirect", "direct"]], [indirect, direct], rtol=0.02
    )


def test_what_goes_on_within_organisations_is_not_carried():
    # Between organisations the mediator goes with nothing; within them it goes with the outcome strongly. Taking the
    # rows' own mediator would find an indirect effect.
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(150), 6)
    x = rng.normal(size=150)
    between, within = x + 0.5 * rng.normal(size=150), rng.normal(size=900)
    within -= pd.Series(within).groupby(groups).transform("mean").to_numpy()
    rows = pd.DataFrame({"organisation": groups, "x": x[groups], "m": between[groups] + within})
    rows["y"] = 2 * within + rng.normal(size=150)[groups] + rng.normal(size=900)
    found = mediate(rows, outcome="y", predictor="x", mediator="m", draws=400)
    assert found.levels == "211"
    assert found.effects.loc["indirect", "ci_lower"] < 0 < found.effects.loc["indirect", "ci_upper"]
    assert abs(found.to_outcome.parameters["m within organisations"] - 2) < 0.2


def test_no_path_is_found_about_as_seldom_as_said():
    # Both arrows 0: the product's interval leaves out 0 far less often than 5% (its p is conservative there). The
    # benchmark paths_coverage.py has one arrow 0, and many more samples.
    rng = np.random.default_rng(9)
    groups = np.repeat(np.arange(40), 3)
    found = 0
    for _ in range(20):
        org = rng.normal(size=(3, 40))
        rows = pd.DataFrame({"organisation": groups, "x": org[0][groups], "m": org[1][groups]})
        rows["y"] = org[2][groups] + rng.normal(size=120)
        effect = mediate(rows, outcome="y", predictor="x", mediator="m", draws=300).effects.loc["indirect"]
        found += not effect["ci_lower"] < 0 < effect["ci_upper"]
    assert found <= 2  # of 20 at 5% each or less: more in fewer than 8 of 100 runs, and the seed is fixed


def test_a_share_needs_a_total(data):
    found = fit(data, draws=1000)
    assert found.effects.loc["total", "ci_lower"] > 0
    effects = found.effects["estimate"]
    assert found.share["estimate"] == effects["indirect"] / effects["total"]
    assert found.share["ci_lower"] < found.share["estimate"] < found.share["ci_upper"]
    noise = data.assign(speed=np.random.default_rng(1).normal(size=len(data)))
    share = fit(noise, draws=1000).share
    assert np.isnan(share["estimate"])
    assert share["reason"] == "the total may be 0, and a share of nothing is no number"


def test_separated_resamples_are_kept():
    # A rare category whose outcomes are alike in many draws: its coefficient has no end there, the effects have.
    data = pd.read_csv(REFERENCE / "paths.csv")
    tiny = data["size"] == "Tiny"
    rows = data.assign(reached=data["reached"].where(~tiny, 0))
    first = rows.index[tiny & (rows["organisation"] != rows.loc[tiny, "organisation"].iloc[0])][0]
    rows.loc[first, "reached"] = 1
    found = fit(rows, model="logit", draws=500)
    assert found.n_lost_draws == 0
    assert found.effects.abs().max().max() < 1


def refused(data, match, case="2-2-1", model="ols", **changed):
    with pytest.raises(LinkError, match=match):
        fit(data, case, model, where="study.yaml:9", **changed)


def test_what_cannot_be_mediated_is_refused(data):
    refused(data, "study.yaml:9: .*the mediator 'speed' is also the outcome. Name a third", mediator="speed")
    refused(data, "the mediator 'clarity' is also the predictor", mediator="clarity")
    refused(data.assign(capacity=2.0), "'capacity' is the same in all 247 complete rows")
    refused(data, "'size' is a category", mediator="size", adjust_for=[])
    refused(
        data, "'effort' varies within organisations and the mediator 'capacity' does not", predictor="effort"
    )
    refused(data, "is 0/1, and beside a 0/1 outcome it must be a number", mediator="owned", model="logit")
    refused(data, "too few draws for an interval; given: 99", draws=99)
    refused(data, "confidence lies between 0 and 1; given: 95", confidence=95)
    few = data[data["organisation"].isin(sorted(set(data["organisation"]))[:9])]
    refused(few, "need 10 organisations", adjust_for=[])


@pytest.mark.parametrize("model", ["ordered logit", "multinomial", "cox", "poisson"])
def test_other_outcomes_are_told_what_to_do(data, model):
    instead = "Take 'ols' for its mean" if model == "poisson" else "Declare a 0/1 outcome"
    refused(data, f"model '{model}' explains neither; given: '{model}'. {instead}", model=model)


def test_a_predictor_of_few_organisations_loses_too_many_draws():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {"organisation": np.arange(36) // 3, "m": rng.normal(size=36), "y": rng.normal(size=36)}
    )
    rows["x"] = (rows["organisation"] < 2).astype(int)
    with pytest.raises(
        LinkError, match=r"1\d% of the resamples of organisations cannot tell 'x' and 'm' apart"
    ):
        mediate(rows, outcome="y", predictor="x", mediator="m", draws=500)
