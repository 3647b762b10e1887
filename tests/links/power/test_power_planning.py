"""Power of a study's links: what is taken from the data, what stays the same, what it says and what it refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit import aggregate, clean, load_study, read_export, score
from surveykit.errors import LinkError
from surveykit.links.fits import fit_links
from surveykit.links.power import PowerGrid, power
from surveykit.links.power.assumptions import assume
from surveykit.links.power.grid import describe, wilson
from surveykit.links.power.scales import ICC_UNKNOWN, shifted, vary
from surveykit.links.power.surveys import draw_surveys
from surveykit.measures.icc import icc
from surveykit.scoring import Aggregated
from surveykit.study import Study

QUICK = {"organisations": [30, 90], "executives": [2], "samples": 40}


def aggregated_of(study: Study) -> Aggregated:
    return aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))


@pytest.fixture(scope="module")
def sample(ai_study: Study) -> Aggregated:
    return aggregated_of(ai_study)


@pytest.fixture(scope="module")
def fits(sample: Aggregated) -> tuple:
    return tuple(fit for fit in fit_links(sample) if fit.planned)


@pytest.fixture(scope="module")
def grid(sample: Aggregated, fits: tuple) -> PowerGrid:
    return power(sample, fits=fits, **QUICK)


def test_every_planned_test_has_a_row_for_every_size(grid: PowerGrid, fits: tuple) -> None:
    tests = sum(len(fit.link.predictors) for fit in fits)
    assert len(grid.data) == 2 * tests
    assert not grid.data.duplicated(["link", "predictor", "organisations", "executives"]).any()
    data = grid.data
    assert (data["power_ci_lower"] <= data["power"]).all()
    assert (data["power"] <= data["power_ci_upper"]).all()
    assert (data["power_family"] <= data["power"]).all()
    assert data["samples"].eq(40).all()


def test_what_is_assumed_is_what_the_data_have(grid: PowerGrid, sample: Aggregated) -> None:
    row = grid.data.set_index("predictor").loc["adoption_quality"].iloc[0]
    organisation = sample.scored.cleaned.data["organisation"]
    assert row["icc1"] == pytest.approx(icc(sample.scored.scores["adoption_quality"], organisation).icc1)
    assert row["reliability"] == pytest.approx(2 * row["icc1"] / (1 + row["icc1"]))
    changes = sample.scored.cleaned.initiatives["decision_speed_change"].dropna()
    assert row["outcome_mean"] == pytest.approx(changes.mean())
    assert row["n_obs"] / row["organisations"] == pytest.approx(len(changes) / 180, rel=0.05)


def test_the_same_seed_gives_the_same_numbers_in_any_number_of_processes(
    sample: Aggregated, fits: tuple
) -> None:
    linear = [fit for fit in fits if fit.fitted.model == "ols"]
    one, two = (power(sample, fits=linear, jobs=jobs, **{**QUICK, "samples": 300}) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one.data, two.data)


def test_a_size_has_the_same_samples_whatever_stands_beside_it(
    grid: PowerGrid, sample: Aggregated, fits: tuple
) -> None:
    alone = power(sample, fits=fits, **{**QUICK, "organisations": [30]}).data
    both = grid.data[grid.data["organisations"] == 30]
    assert alone["power"].tolist() == both["power"].tolist()
    other = power(sample, fits=fits, seed=2, **{**QUICK, "organisations": [30]}).data
    assert other["power"].tolist() != both["power"].tolist()


def test_scores_drawn_agree_and_correlate_as_those_of_the_data(sample: Aggregated, fits: tuple) -> None:
    assumed = assume(sample, fits[0], "ownership", effect=0.1, effect_sd=0.2)
    scenario = replace(assumed.scenario, per_executive=True)
    drawn = draw_surveys(scenario, 4000, 5, 1, np.random.default_rng(1))
    names = fits[0].link.predictors
    place = scenario.others.shape[1]
    scores = pd.DataFrame(drawn.columns[0, :, place : place + len(names)], columns=names)
    groups = np.repeat(np.arange(4000), 5)
    real = sample.scored.scores[names]
    organisation = sample.scored.cleaned.data["organisation"]
    for name in names:
        # Four standard errors of 4,000 organisations.
        assert icc(scores[name], groups).icc1 == pytest.approx(icc(real[name], organisation).icc1, abs=0.035)
    found, expected = scores.corr().to_numpy(), real.corr().to_numpy()
    np.testing.assert_allclose(found, expected, atol=0.06)


def test_standings_go_with_organisations_own_variables_no_more_than_chance_allows() -> None:
    rng = np.random.default_rng(1)
    dummies = (rng.integers(0, 8, 60)[:, None] == np.arange(1, 8)).astype(float)
    alone = rng.standard_normal((60, 1))
    told = shifted(alone + 3 * dummies[:, :1], dummies, np.ones(1))
    assert np.corrcoef(told[:, 0], dummies[:, 0])[0, 1] > 0.9
    by_chance = [shifted(rng.standard_normal((60, 1)), dummies, np.ones(1)).var() for _ in range(200)]
    assert np.median(by_chance) == pytest.approx(0, abs=0.02)


def test_more_organisations_and_executives_and_larger_effects_find_more(
    sample: Aggregated, fits: tuple
) -> None:
    linear = [fit for fit in fits if fit.fitted.model == "ols"]
    found = power(sample, fits=linear, organisations=[60, 240], executives=[2, 12], samples=200)
    by_size = found.data.set_index(["organisations", "executives"])["power"]
    assert by_size[60, 2] < by_size[60, 12] < by_size[240, 12]
    assert by_size[60, 2] < by_size[240, 2] < by_size[240, 12]
    larger = power(sample, fits=linear, organisations=[60], executives=[2], samples=200, effect_sd=0.5)
    assert larger.data["power"].iloc[0] > by_size[60, 2]


def test_words_say_what_was_to_be_found_and_hide_no_interval(grid: PowerGrid) -> None:
    first = grid.data["sentence"].iloc[0]
    assert "Of surveys with 30 organisations and 2 executives each, " in first
    assert (
        "goes with strategy clarity, if it differs by 10 percentage points for one standard deviation"
        in first
    )
    assert "95% interval of the simulation" in first
    assert "once adjusted for the 7 tests of its family" in first
    assert len(grid.sentences()) == 7
    assert "Four of five surveys find that" in grid.sentences()[0]
    shown = repr(grid)
    assert "more than 90" in shown
    assert (
        "To be found: 10 percentage points for one standard deviation of organisations' true standing"
        in shown
    )
    assert "Assumed as in the data: ICC(1) 0." in shown
    assert "never varies: hold less constant" in shown
    assert "<table" in grid._repr_html_()


def test_organisations_needed_lie_where_the_line_crosses() -> None:
    numbers, power_of = [50, 100, 200, 400], [0.3, 0.55, 0.84, 0.99]
    base = dict.fromkeys(["outcome_label", "predictor_label", "caution"], "a") | {
        "link": 1,
        "predictor": "a",
        "executives": 3,
        "samples": 100,
        "n_failed": 0,
        "tests_in_family": 1,
        "effect": 0.1,
        "in_points": True,
        "of_standing": True,
        "yes_no": False,
        "icc1": 0.2,
    }
    counts = pd.DataFrame(
        [
            base | {"organisations": n, "found": int(100 * p), "found_family": int(100 * p)}
            for n, p in zip(numbers, power_of, strict=True)
        ]
    )
    needed = describe(counts, confidence=0.95)["organisations_needed"].iloc[0]
    assert 170 < needed < 200
    assert describe(counts[:2], confidence=0.95)["needed_reason"].iloc[0] == "more than 100"
    assert describe(counts[2:], confidence=0.95)["needed_reason"].iloc[0] == "200 or fewer"


def test_interval_of_a_share_is_wilsons() -> None:
    # R 4.2: prop.test(0, 40, correct = FALSE) and prop.test(30, 40, correct = FALSE).
    low, high = wilson(np.array([0, 30]), np.array([40, 40]), 0.95)
    np.testing.assert_allclose(low, [0.0, 0.598060385792320], atol=1e-12)
    np.testing.assert_allclose(high, [0.0876216011972866, 0.858128813609037], atol=1e-12)


def test_a_study_of_single_respondents_says_what_it_had_to_assume(ospo_study: Study) -> None:
    found = power(aggregated_of(ospo_study), organisations=[40], executives=[1, 4], samples=20, effect=0.39)
    assert found.data["residual_correlation"].eq(ICC_UNKNOWN).all()
    assert found.data["caution"].str.contains("no organisation has two respondents").all()
    assert any("cannot differ by so much" in text for text in found.left_out)
    assert found.data["n_obs"].tolist()[:2] == [40, 160]


def test_a_small_study_works_too(small_study: Path) -> None:
    aggregated = aggregated_of(load_study(small_study))
    found = power(aggregated, organisations=[20], executives=[3], samples=40, icc1=0.3)
    assert found.data["icc1"].tolist() == [0.3]
    assert vary(aggregated, ["clarity"]).icc1[0] > 0.3


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"organisations": [5]}, r"so few organisations cannot test a link; given: 5; allowed: 10 and more"),
        ({"executives": [0]}, r"so few executives"),
        ({"organisations": [40, 40]}, r"a number of organisations stands twice"),
        (
            {"effect": 10},
            r"'effect' is out of range; given: 10; allowed: 0 to below 1\. Ten percentage points are 0\.1",
        ),
        ({"effect_sd": -0.1}, r"'effect_sd' is out of range"),
        ({"icc1": 1.0}, r"'icc1' is out of range; given: 1\.0; allowed: between 0 and 1"),
        ({"samples": 1}, r"'samples' is too small; given: 1; allowed: 10 and more"),
        ({"jobs": 0}, r"'jobs' is too small; given: 0; allowed: 1 and more"),
        ({"seed": -1}, r"'seed' is too small"),
        ({"fits": []}, r"the study plans no links, so there is nothing to find"),
        ({"effect": 0.9, "fits": "logit"}, r"no planned link can be simulated.*cannot differ by so much"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict, message: str, sample: Aggregated, fits: tuple) -> None:
    given = {"fits": fits, **asked}
    if given["fits"] == "logit":
        given["fits"] = fits[:1]
    with pytest.raises(LinkError, match=message):
        power(sample, **given)
