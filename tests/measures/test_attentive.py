"""Made-up attentive respondents: the sample's shares and correlations, and nobody careless."""

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import ScoringError
from surveykit.measures.attentive import attentive
from surveykit.measures.careless import screen


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(8)
    opinion = rng.normal(size=(3000, 1)) + rng.normal(size=(3000, 4))
    return pd.DataFrame(np.digitize(opinion, [-1, 0.3, 2]) + 1.0, columns=list("abcd"))


def test_shares_and_correlations_are_the_samples(sample):
    drawn = attentive(sample, n_respondents=20_000, seed=3)
    # Monte Carlo error of a share is at most .0036 here, of a correlation about .006; four of them.
    for item in sample:
        shares = [each[item].value_counts(normalize=True).sort_index() for each in (drawn, sample)]
        pd.testing.assert_series_equal(*shares, atol=0.015, rtol=0)
    np.testing.assert_allclose(drawn.corr(), sample.corr(), atol=0.025)


def test_straight_liners_in_the_sample_are_not_among_them(sample):
    careless = sample.copy()
    careless.iloc[:100] = np.repeat(careless.iloc[:100, :1].to_numpy(), 4, axis=1)
    found, drawn = (screen(each)["irv"] == 0 for each in (careless, attentive(careless)))
    assert drawn.mean() < found.mean()


def test_the_same_seed_gives_the_same_respondents_and_gaps_are_filled(sample):
    gaps = sample.mask(np.random.default_rng(1).random(sample.shape) < 0.2)
    drawn = attentive(gaps, n_respondents=50)
    assert drawn.notna().all(axis=None)
    pd.testing.assert_frame_equal(drawn, attentive(gaps, n_respondents=50))
    assert attentive(gaps.assign(a=np.nan))["a"].isna().all()


def test_an_item_that_does_not_vary_stays_so_and_too_many_answers_are_refused(sample):
    assert (attentive(sample.assign(b=4.0))["b"] == 4).all()
    with pytest.raises(ScoringError, match="too many different answers"):
        attentive(sample.assign(b=np.arange(3000.0)))
