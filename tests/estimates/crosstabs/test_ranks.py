"""Ranked options: what is counted, and of whom. Figures beside R are in test_crosstab."""

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.ranks import Ranking
from surveykit.estimates.design import Design

DESIGN = Design(cluster=pd.Series(list("abcde")))
EVERYONE = pd.DataFrame({"Total": [True] * 5})
# The last one answered nothing, the one before ranked one option only.
RANKS = pd.DataFrame(
    {
        "speed": [1.0, 2, 1, np.nan, np.nan],
        "cost": [2.0, 1, 3, np.nan, np.nan],
        "risk": [3.0, 3, 2, 1, np.nan],
        "reach": [4.0, np.nan, np.nan, np.nan, np.nan],
    }
)


def ranked(**options):
    return crosstab(Ranking(ranks=RANKS, **options), EVERYONE, DESIGN).data.set_index(["kind", "row"])


def test_shares_are_of_all_who_ranked_and_mean_ranks_of_those_who_ranked_the_option():
    found = ranked(top=2)
    assert found.loc["ranked_first", "estimate"].tolist() == [0.5, 0.25, 0.25, 0]
    assert found.loc["ranked_top_2", "estimate"].tolist() == [0.75, 0.5, 0.5, 0]
    assert found.loc["mean_rank", "estimate"].tolist() == pytest.approx([4 / 3, 2, 9 / 4, 4])
    assert found.loc["ranked_first", "n_obs"].tolist() == [4] * 4
    assert found.loc["mean_rank", "n_obs"].tolist() == [3, 3, 4, 1]
    assert found.loc[("mean_rank", "reach"), "reason"] == "one organisation alone answered"


def test_first_ranks_together_are_left_out_where_they_say_nothing_new():
    assert set(ranked(top=1).index.get_level_values(0)) == {"ranked_first", "mean_rank"}
    assert set(ranked(top=4).index.get_level_values(0)) == {"ranked_first", "mean_rank"}
    assert "ranked_top_3" in ranked().index


@pytest.mark.parametrize(
    ("ranks", "top", "given"), [([0.0, 1], 3, r"\[0.0\]"), ([1.5, 1], 3, r"\[1.5\]"), ([1.0, 2], 0, "top=0")]
)
def test_what_is_no_rank_is_refused(ranks, top, given):
    question = Ranking(ranks=pd.DataFrame({"a": ranks, "b": ranks}), top=top)
    with pytest.raises(EstimateError, match=f"whole numbers from 1, the best; given: .*{given}"):
        crosstab(question, EVERYONE.head(2), Design(cluster=pd.Series(list("ab"))))
