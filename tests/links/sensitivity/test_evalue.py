"""E-values against published examples, and the conversions to ratios of risks."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import LinkError
from surveykit.links import fit_link
from surveykit.links.sensitivity import evalue, evalue_of, evalues
from surveykit.links.sensitivity.evalue import MEASURES, _common_hazard

REFERENCE = Path(__file__).parents[2] / "reference"
# Closed forms on both sides.
CLOSE = {"rtol": 1e-10}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "unreliability.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "unreliability.json").read_text(encoding="utf-8"))["evalues"]


@pytest.mark.parametrize(
    ("ratio", "published"),
    [
        (3.9, 7.26),  # no breastfeeding and deaths by respiratory infection: VanderWeele and Ding (2017)
        (1.8, 3.0),  # the limit of its interval
        (0.80, 1.81),  # breastfeeding and childhood leukaemia, the same paper
        (0.91, 1.43),  # the limit of its interval
        (10.73, 20.95),  # smoking and lung cancer: Hammond and Horn (1958), as in Ding and VanderWeele (2016)
        (np.sqrt(3), 2.86),  # odds ratio 3 of a common outcome
    ],
)
def test_published_examples(ratio, published):
    # Published to two or three digits.
    assert evalue_of(ratio) == pytest.approx(published, abs=0.006)


def test_formulas_are_those_of_r(reference):
    assert evalue_of(0.8) == pytest.approx(reference["ratio_0.8"], rel=1e-12)
    assert evalue_of(np.sqrt(0.86)) == pytest.approx(reference["odds_common_0.86"], rel=1e-12)
    assert evalue_of(_common_hazard(np.log(0.56))) == pytest.approx(reference["hazard_0.56"], rel=1e-12)


def test_a_difference_in_means_is_converted_by_its_residuals(data, reference):
    found = evalue(fit_link(data, "ols", outcome="speed", predictors=["clarity"]), "clarity", per=1)
    np.testing.assert_allclose(found.ratio, reference["standardised"], **CLOSE)
    assert (found.measure, found.conversion) == ("standardised difference", "0.91 d")


@pytest.mark.parametrize(
    ("share", "conversion", "power"), [(0.1, "rare outcome", 1), (0.5, "square root", 0.5)]
)
def test_odds_ratios_by_how_common_the_outcome_is(data, share, conversion, power):
    noisy = data["speed"] + np.random.default_rng(1).normal(0, 3, len(data))
    fitted = fit_link(
        data.assign(y=(noisy > noisy.quantile(1 - share)).astype(int)),
        "logit",
        outcome="y",
        predictors=["clarity"],
    )
    found = evalue(fitted, "clarity", per=2)
    assert found.conversion == conversion
    np.testing.assert_allclose(found.ratio, np.exp(2 * power * fitted.parameters["clarity"]), **CLOSE)


def test_rates_are_taken_as_they_are(data):
    counts = np.random.default_rng(2).poisson(np.exp(0.3 * data["clarity"]))
    fitted = fit_link(data.assign(y=counts), "poisson", outcome="y", predictors=["clarity"])
    found = evalue(fitted, "clarity", per=-1)
    np.testing.assert_allclose(found.ratio, np.exp(-fitted.parameters["clarity"]), **CLOSE)
    assert found.ratio_lower < found.ratio < found.ratio_upper < 1
    assert found.evalue_limit == evalue_of(found.ratio_upper)


def test_an_interval_that_holds_no_difference_needs_nothing_to_explain(data):
    noise = np.random.default_rng(3).normal(size=len(data))
    found = evalue(fit_link(data.assign(y=noise), "ols", outcome="y", predictors=["clarity"]), "clarity")
    assert found.evalue_limit == 1 < found.evalue


@given(st.floats(1e-6, 1e6))
def test_an_evalue_is_the_same_for_a_ratio_and_its_inverse(ratio):
    assert evalue_of(ratio) == pytest.approx(evalue_of(1 / ratio), rel=1e-12)
    assert evalue_of(ratio) >= max(ratio, 1 / ratio) * (1 - 1e-12)


@pytest.mark.parametrize("ratio", [0, -1, float("nan")])
def test_a_ratio_is_above_zero(ratio):
    with pytest.raises(LinkError, match="ratio above 0.*not its logarithm"):
        evalue_of(ratio)


def test_an_unknown_column_is_named(data):
    fitted = fit_link(data, "ols", outcome="speed", predictors=["clarity"])
    with pytest.raises(LinkError, match="no column 'clarty'.*Did you mean 'clarity'"):
        evalue(fitted, "clarty")


def test_every_predictor_of_a_study_has_a_row(links):
    found = evalues(links)
    assert len(found) == sum(len(fit.link.predictors) for fit in links.fits)
    assert set(found["measure"]) <= set(MEASURES.values())
    held = (found["ratio_lower"] <= 1) & (found["ratio_upper"] >= 1)
    assert held.equals(found["evalue_limit"] == 1)
    assert found["sentence"].str.endswith(".").all()
    np.testing.assert_allclose(found["evalue"], [evalue_of(ratio) for ratio in found["ratio"]], rtol=1e-12)
