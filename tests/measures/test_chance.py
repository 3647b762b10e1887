"""Agreement beside that of random groups."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import ScoringError
from surveykit.measures.agreement import group_agreement, rwg_j


def answers(lean, n_groups=40, seed=3):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_groups), rng.integers(1, 7, n_groups))
    shared = lean * rng.normal(size=n_groups)[groups, None]
    cut = np.digitize(shared + rng.normal(size=(len(groups), 3)), [-1.5, -0.5, 0.5, 1.5]) + 1.0
    return pd.DataFrame(cut, columns=list("abc")), groups


def test_the_estimate_is_the_median_of_rwg_j():
    items, groups = answers(1.0)
    found = group_agreement(items, groups, null_variance=2.0)
    expected = rwg_j(items, groups, null_variance=2.0)["estimate"].dropna()
    assert found.estimate == pytest.approx(expected.median(), rel=1e-12)
    assert found.share_strong == (expected >= 0.7).mean()
    assert found.n_groups == len(expected)


def test_groups_that_share_a_view_agree_more_than_random_ones():
    found = group_agreement(*answers(1.5), null_variance=2.0)
    assert found.p_value == 1 / 500
    assert found.expected < found.estimate


def test_groups_without_a_view_of_their_own_agree_as_random_ones_do():
    # 40 samples without agreement: p below .05 is expected in 2, and 7 or more have a chance under 1 in 200.
    low = sum(
        group_agreement(*answers(0.0, seed=seed), null_variance=2.0, permutations=99).p_value < 0.05
        for seed in range(40)
    )
    assert low < 7


def test_every_regrouping_of_two_pairs_by_hand():
    # Of the three ways to pair 1, 1, 5, 5 one gives pairs alike: within-group variance 0, rwg 1; the others 8, rwg 0.
    found = group_agreement(
        np.array([[1.0], [1], [5], [5]]), list("xxyy"), null_variance=2.0, permutations=9999
    )
    assert found.estimate == 1
    # Monte Carlo error of a third over 10,000 draws is .005; four of them.
    assert found.expected == pytest.approx(1 / 3, abs=0.02)
    assert found.p_value == pytest.approx(1 / 3, abs=0.02)


@given(st.integers(0, 50), st.floats(-3, 3))
def test_shifting_answers_and_naming_groups_anew_change_nothing(seed, shift):
    items, groups = answers(0.7, n_groups=8, seed=seed)
    before = group_agreement(items, groups, null_variance=2.0, permutations=19)
    after = group_agreement(
        items + shift, [f"g{group:02d}" for group in groups], null_variance=2.0, permutations=19
    )
    np.testing.assert_allclose(
        after.to_frame().drop(columns="reason"), before.to_frame().drop(columns="reason"), rtol=1e-7
    )


def test_what_cannot_be_told_has_a_reason_and_what_is_wrong_an_error():
    alone = group_agreement(np.ones((3, 2)), [1, 2, 3], null_variance=2.0)
    assert np.isnan(alone.estimate)
    assert alone.reason == "fewer than two groups have two raters"
    with pytest.raises(ScoringError, match="must be above 0.*'permutations': 0"):
        group_agreement(*answers(0.0), null_variance=2.0, permutations=0)
