"""Scores worked by hand, and who counts for what."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.conftest import write_small_study

from surveykit.analysis import Analysis
from surveykit.cleaning import clean
from surveykit.errors import ScoringError
from surveykit.exports import read_export
from surveykit.scoring import aggregate, score
from surveykit.study import load_study


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory):
    study = load_study(write_small_study(tmp_path_factory.mktemp("score")))
    raw = read_export(study.beside("responses.csv"))
    raw.data.loc[0, ["q1", "q2", "q3"]] = ["Agree", "Strongly agree", "Disagree"]
    raw.data.loc[1, ["q1", "q2", "q3"]] = ["Agree", None, "Strongly disagree"]
    return score(clean(raw, study))


def test_a_score_is_the_mean_of_the_items_answered(scored) -> None:
    assert scored.scores["clarity"].loc[0] == pytest.approx((4 + 5 + 4) / 3)
    assert scored.scores["clarity"].loc[1] == pytest.approx((4 + 5) / 2)


def test_alpha_counts_complete_executives_and_the_mean_all_scored(scored) -> None:
    row = scored.reliability.loc["clarity"]
    assert row["n_scored"] == len(scored.scores) == row["n_obs"] + 1


def test_an_organisation_is_the_mean_of_its_executives(scored) -> None:
    aggregated = aggregate(scored)
    own = scored.scores["clarity"][scored.cleaned.data["organisation"] == "org 1"]
    assert aggregated.scores.loc["org 1", "clarity"] == pytest.approx(own.mean())
    assert aggregated.scores.loc["org 1", "n_executives"] == len(own) == 4


def test_each_level_has_one_row_a_unit(ai_analysis: Analysis) -> None:
    aggregated = ai_analysis.aggregated
    executives, organisations, initiatives = (
        aggregated.rows(level) for level in ("executive", "organisation", "initiative")
    )
    assert len(executives) == len(ai_analysis.cleaned.data)
    assert organisations["organisation"].is_unique
    assert organisations["n_executives"].sum() == len(executives)
    assert set(initiatives["organisation"]) <= set(organisations["organisation"])
    score = initiatives.groupby("organisation")["strategy_clarity"].first()
    expected = organisations.set_index("organisation")["strategy_clarity"].reindex(score.index)
    pd.testing.assert_series_equal(score, expected)


def test_too_few_answers_give_no_score(scored) -> None:
    data = scored.cleaned.data.copy()
    data.loc[2, ["plain_1", "plain_2"]] = np.nan
    again = score(replace(scored.cleaned, data=data))
    assert np.isnan(again.scores["clarity"].loc[2])
    assert again.scores["clarity"].drop(2).notna().all()


def test_a_scale_nobody_answered_is_refused(scored) -> None:
    with pytest.raises(ScoringError, match=r"study\.yaml:13: .*'clarity'; given: 'at least 2 of 3 items'"):
        score(replace(scored.cleaned, data=scored.cleaned.data.assign(plain_1=np.nan, plain_2=np.nan)))
