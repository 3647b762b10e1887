"""How items were answered: shares by weight, counts without, and labels that mean no answer apart."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveykit.estimates.distributions import answers_given


@pytest.fixture(scope="module")
def plain(ai_analysis):
    design = ai_analysis.estimates.sampled.designs["executive"]
    equal = replace(design, weight=pd.Series(1.0, index=design.weight.index), replicates=None)
    return answers_given(ai_analysis.aggregated, equal)


def test_without_weights_a_share_is_its_count(plain):
    rows = plain[~plain["apart"].astype(bool)]
    np.testing.assert_allclose(rows["share"].astype(float), (rows["n"] / rows["n_obs"]).astype(float))
    assert (rows.groupby("item")["n"].sum() == rows.groupby("item")["n_obs"].first()).all()


def test_shares_are_those_of_the_weights(ai_analysis):
    given, design = ai_analysis.estimates.distributions, ai_analysis.estimates.sampled.designs["executive"]
    answers = ai_analysis.cleaned.data["clarity_1"]
    five = given[(given["item"] == "clarity_1") & (given["code"] == 5)].iloc[0]
    weight = design.weight[answers.notna()]
    assert five["share"] == pytest.approx(weight[answers[answers.notna()] == 5].sum() / weight.sum())
    assert five["n"] == (answers == 5).sum()


def test_those_without_an_answer_stand_apart(plain, ai_analysis):
    apart = plain[plain["apart"].astype(bool)].set_index("item")
    ledger = ai_analysis.cleaned.ledger
    said = ledger[(ledger["rule"] == "missing_code") & ledger["row"].isin(ai_analysis.cleaned.data.index)]
    counts = said[said["variable"].isin(apart.index)].groupby("variable").size()
    assert apart["n"].astype(int).sort_index().tolist() == counts.sort_index().tolist()
    assert apart["code"].isna().all()
    one = apart.loc["bridge_3"]
    assert one["share"] == pytest.approx(one["n"] / (one["n"] + one["n_obs"]))


def test_a_reversed_item_stands_as_it_was_asked(plain, ai_analysis):
    turned = ai_analysis.cleaned.data["clarity_3"]
    five = plain[(plain["item"] == "clarity_3") & (plain["code"] == 5)].iloc[0]
    assert five["n"] == (turned == 1).sum()
    assert five["label"].endswith("(reversed)")
