"""What is put in comes out: shares, effects and correlations of the outcomes drawn, and closed forms of power."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import FTestPowerF2

from surveykit.errors import LinkError
from surveykit.links.power.fits import fit_surveys
from surveykit.links.power.outcomes import make_outcome
from surveykit.links.power.scenario import Outcome, Scenario
from surveykit.links.power.surveys import blocks_of, draw_surveys
from surveykit.links.power.truth import Exposure, copula_correlation, find_thresholds, standard_normal
from surveykit.measures.icc import icc

NONE = np.array([], dtype=bool)


def one_scale(outcome: Outcome, *, rows: int, icc1: float = 0.99) -> Scenario:
    """Organisations of equal size with one scale and nothing else."""
    return Scenario(
        per_executive=False,
        sizes=np.full(10, rows),
        starts=rows * np.arange(10),
        others=np.empty((10 * rows, 0)),
        dummies=NONE,
        shift=np.zeros((10, 1)),
        between=np.ones((1, 1)),
        within=np.full((1, 1), np.sqrt((1 - icc1) / icc1)),
        tested=0,
        exposed=None,
        weights=None,
        outcome=outcome,
    )


def simulated_power(
    scenario: Scenario, model: str, organisations: int, executives: int, samples: int
) -> float:
    rng = np.random.default_rng(5)
    found = [
        fit_surveys(draw_surveys(scenario, organisations, executives, 100, rng), model, 0, NONE).p
        for _ in range(samples // 100)
    ]
    return float((np.concatenate(found) < 0.05).mean())


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("logit", np.repeat([0.0, 1.0], [700, 300])),
        ("ordered logit", np.repeat([1.0, 2.0, 3.0, 5.0], [400, 300, 200, 100])),
        ("poisson", np.repeat([0.0, 1.0, 2.0, 6.0], [4, 3, 2, 1])),
        ("fractional", np.linspace(0.05, 0.8, 40)),
        ("ols", np.arange(9.0)),
    ],
)
def test_outcomes_are_as_common_as_spread_as_alike_and_differ_as_asked(
    model: str, values: np.ndarray
) -> None:
    outcome = make_outcome(model, values, standard_normal(), effect=0.15, correlation=0.2)
    flat = make_outcome(model, values, standard_normal(), effect=0.0, correlation=0.2)
    drawn = draw_surveys(one_scale(flat, rows=4), 20_000, 1, 1, np.random.default_rng(1))
    groups = np.repeat(np.arange(20_000), 4)
    codes = np.unique(values) if model == "ordered logit" else None
    seen = drawn.outcome[0] if codes is None else codes[drawn.outcome[0].astype(int)]
    found = icc(seen, groups)
    # Five standard errors of 20,000 organisations; a fraction's beta bends the correlation of its normal a little.
    assert found.icc1 == pytest.approx(0.2, abs=0.03 if model == "fractional" else 0.02)
    if model != "ols":
        assert seen.mean() == pytest.approx(values.mean(), abs=0.05 * values.std())
        assert seen.std() == pytest.approx(values.std(ddof=1), rel=0.05)
    differing = draw_surveys(
        one_scale(outcome, rows=1, icc1=1 - 1e-9), 80_000, 1, 1, np.random.default_rng(2)
    )
    seen = differing.outcome[0] if codes is None else codes[differing.outcome[0].astype(int)]
    # Of a normal predictor the mean derivative is the covariance (Stein's lemma), whatever the curve.
    assert np.cov(differing.columns[0, :, 0], seen)[0, 1] == pytest.approx(0.15, abs=0.03)


def test_a_yes_no_predictor_makes_the_difference_between_its_values() -> None:
    yes_no = Exposure(np.array([0.0, 1.0]), np.array([0.7, 0.3]), binary=True)
    found = find_thresholds(np.array([0.4]), np.ones(1), 0.12, yes_no)
    no, yes = (1 / (1 + np.exp(found.cuts[0] - found.slope * value)) for value in (0, 1))
    assert yes - no == pytest.approx(0.12, abs=1e-10)
    assert 0.7 * no + 0.3 * yes == pytest.approx(0.4, abs=1e-10)
    count = make_outcome("poisson", np.array([0.0, 1, 2, 5]), yes_no, effect=0.5, correlation=0)
    low, high = np.exp(count.cuts[0]), np.exp(count.cuts[0] + count.slope)
    assert (high - low, 0.7 * low + 0.3 * high) == pytest.approx((0.5, 2.0), abs=1e-10)


def test_an_outcome_too_rare_for_the_effect_is_refused() -> None:
    with pytest.raises(
        LinkError, match=r"cannot differ by so much; given: 0\.3; allowed: effects below 0\.101"
    ):
        find_thresholds(np.array([0.05]), np.ones(1), 0.3, standard_normal())
    yes_no = Exposure(np.array([0.0, 1.0]), np.array([0.5, 0.5]), binary=True)
    with pytest.raises(LinkError, match="a count this small cannot differ by so much"):
        make_outcome("poisson", np.array([0.0, 1.0]), yes_no, effect=2.0, correlation=0)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30), st.integers(10, 400))
def test_organisations_are_shared_out_to_the_last_one(sizes: list[int], organisations: int) -> None:
    base = one_scale(
        make_outcome("ols", np.arange(3.0), standard_normal(), effect=0.1, correlation=0), rows=1
    )
    scenario = Scenario(
        **{**{name: getattr(base, name) for name in base.__slots__}, "sizes": np.array(sizes)}
    )
    blocks = blocks_of(scenario, organisations, 3)
    assert sum(block.organisations for block in blocks) == organisations
    assert all(after.first == before.rows.stop for before, after in pairwise(blocks))


def test_copula_of_two_equal_halves_is_sheppards() -> None:
    found = copula_correlation(np.array([0.5]), np.ones(1), 0.3)
    assert found == pytest.approx(np.sin(0.15 * np.pi), abs=1e-8)


@pytest.mark.parametrize(("executives", "icc1"), [(1, 0.99), (3, 0.2)])
def test_linear_power_is_that_of_the_design_effect_and_the_reliability(executives: int, icc1: float) -> None:
    rows, alike, effect, organisations = 2, 0.15, 0.25, 150
    outcome = make_outcome("ols", np.arange(5.0), standard_normal(), effect=effect, correlation=alike)
    reliability = executives * icc1 / (1 + (executives - 1) * icc1)
    # Variance of an organisation's mean outcome that its measured standing leaves: residual, and what is not measured.
    left = (1 - effect**2) * (1 + (rows - 1) * alike) / rows + effect**2 * (1 - reliability)
    size = effect**2 * reliability / left
    expected = FTestPowerF2().power(effect_size=size, df_num=1, df_denom=organisations - 2, alpha=0.05)
    found = simulated_power(one_scale(outcome, rows=rows, icc1=icc1), "ols", organisations, executives, 1500)
    # Three Monte Carlo errors, and one point for the robust variance, which knows less than the F test.
    error = np.sqrt(expected * (1 - expected) / 1500)
    assert found == pytest.approx(expected, abs=3 * error + 0.01)


@pytest.mark.parametrize(("rows", "alike", "executives", "icc1"), [(1, 0.0, 1, 0.999), (3, 0.1, 4, 0.2)])
def test_logit_power_is_that_of_hsieh(rows: int, alike: float, executives: int, icc1: float) -> None:
    """Hsieh, Bloch and Larsen (1998): 317 for odds ratio 1.5 of one standard deviation, half of them, 95% power."""
    half, slope = np.array([0.5]), np.log(1.5)
    normal = copula_correlation(half, np.ones(1), alike)
    outcome = Outcome(family="categories", slope=slope, cuts=np.zeros(1), correlation=normal, residual=1.0)
    z = stats.norm.ppf([0.975, 0.95]).sum()
    alone = z**2 / (0.25 * 0.405**2)
    assert np.ceil(alone) == 317
    reliability = executives * icc1 / (1 + (executives - 1) * icc1)
    organisations = int(np.ceil(alone * (1 + (rows - 1) * alike) / rows / reliability))
    found = simulated_power(
        one_scale(outcome, rows=rows, icc1=icc1), "logit", organisations, executives, 1000
    )
    # Three Monte Carlo errors of 0.007, and a little for what the formula leaves out.
    assert found == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("model", ["ols", "logit", "poisson"])
def test_without_an_effect_one_in_twenty_is_found(model: str) -> None:
    values = {"ols": np.arange(5.0), "logit": np.array([0.0, 0, 1]), "poisson": np.array([0.0, 1, 3])}[model]
    outcome = make_outcome(model, values, standard_normal(), effect=0.0, correlation=0.2)
    found = simulated_power(one_scale(outcome, rows=2, icc1=0.3), model, 60, 3, 2000)
    # Four Monte Carlo errors.
    assert found == pytest.approx(0.05, abs=0.02)
