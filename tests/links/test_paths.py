"""Moderators and mediators that a study declares: every one is told, in numbers and in words."""

import re

import numpy as np
import pandas as pd
import pytest

from surveykit import aggregate, clean, read_export, score
from surveykit.links import link
from surveykit.links.mediation import mediate
from surveykit.links.moderation import moderate
from surveykit.links.paths import mediations, moderations, simple_slopes

CAUSAL = re.compile(
    r"\b(?:caus\w+|effect of|leads? to|impact|drives?|because|due to|improve\w*|influence\w*)\b",
    re.IGNORECASE,
)
DECLARED = [
    {
        "predictors": ["strategy_clarity", "ownership"],
        "moderators": ["size", "friction_signals"],
        "mediator": "adoption_quality",
    },
    {"predictors": ["adaptive_workflows"], "moderators": ["ownership"], "mediator": "active_users"},
    {"predictors": ["adoption_quality"], "moderators": ["process_redesigned"], "mediator": "active_users"},
    {},
]


@pytest.fixture(scope="module")
def links(ai_study):
    declared = [
        each.model_copy(update={"moderators": [], "mediator": None, **more})
        for each, more in zip(ai_study.links, DECLARED, strict=True)
    ]
    study = ai_study.model_copy(update={"links": declared, "explore": []})
    return link(aggregate(score(clean(read_export(study.beside(study.responses.file)), study))))


@pytest.fixture(scope="module")
def moderated(links):
    return moderations(links)


@pytest.fixture(scope="module")
def mediated(links):
    return mediations(links, draws=200)


def rows_of(links, number, third):
    """The rows a link was fitted to, with its weights, and a third variable."""
    rows = links.fits[number].fitted.rows
    return rows.assign(**{third: links.aggregated.rows("initiative")[third]})


def test_every_predictor_is_told_by_every_moderator_of_its_link(moderated):
    assert len(moderated) == 2 * 2 + 1 + 1
    assert moderated["link"].tolist() == [1, 1, 1, 1, 2, 3]
    assert moderated["contrast"].unique().tolist() == ["4 categories", "high and low", "1 and 0"]
    assert (moderated[["p_value", "p_value_product"]].stack().between(0, 1)).all()
    # What is NaN says why, and nothing else does.
    assert (moderated["estimate"].isna() == moderated["reason"].ne("")).all()


def test_a_row_is_what_a_researcher_gets(links, moderated):
    found = moderate(
        rows_of(links, 0, "friction_signals"),
        "logit",
        outcome="reached_production",
        predictor="ownership",
        moderator="friction_signals",
        adjust_for=["strategy_clarity", "industry", "size"],
        weights=links.fits[0].fitted.terms.weights or None,
    )
    row = moderated.query("predictor == 'ownership' and moderator == 'friction_signals'").iloc[0]
    keys = ["estimate", "std_error", "ci_lower", "ci_upper", "df", "p_value"]
    np.testing.assert_allclose(
        row[keys].astype(float), found.differences.loc[0, keys].astype(float), rtol=1e-6
    )
    assert (row["n_obs"], row["n_organisations"]) == (found.n_obs, found.n_organisations)


def test_slopes_are_what_the_differences_are_of(links, moderated):
    slopes = simple_slopes(links)
    assert len(slopes) == 2 * (4 + 3) + 3 + 2
    pair = ["link", "predictor", "moderator"]
    high, low = (slopes[slopes["at"] == at].set_index(pair)["estimate"] for at in ("high", "low"))
    gaps = moderated[moderated["contrast"] == "high and low"].set_index(pair)["estimate"]
    pd.testing.assert_series_equal(high - low, gaps)


def test_sentences_keep_the_interval_and_claim_no_cause(moderated, mediated):
    told = pd.concat([moderated["sentence"], mediated.loc[mediated["reason"] == "", "sentence"]])
    assert told.str.contains("95% interval").all()
    assert (
        not told.str.replace("tells no cause", "")
        .str.replace("interval of the effect", "")
        .str.contains(CAUSAL)
        .any()
    )
    assert told.str.endswith(".").all()


def test_words_of_each_kind_of_moderator(moderated):
    of = moderated.set_index(["predictor", "moderator"])["sentence"]
    number = of["strategy_clarity", "friction_signals"]
    assert number.startswith(
        'One standard deviation more of strategy clarity goes with the probability of "Reached production" being '
    )
    assert re.search(
        r"where friction signals is low, and .* where it is high\. The second is .* than the first: ", number
    )
    assert "the observed range of friction signals (" in number
    assert re.search(
        r'where "Process redesigned" is No, and .* is Yes\.', of["adoption_quality", "process_redesigned"]
    )
    category = of["ownership", "size"]
    assert re.search(
        r'being between .* where "Employees" is .* and .*\. The 4 categories together differ ', category
    )
    assert "(p " in category


def test_mediations_are_told_or_say_why_not(links, mediated):
    assert mediated["link"].tolist() == [1, 1, 2, 3]
    stages = mediated[mediated["outcome"] == "stage"]
    assert stages["estimate"].isna().all()
    assert stages["reason"].str.contains("Declare a 0/1 outcome: from which category on counts").all()
    assert stages["sentence"].str.startswith("This could not be told: ").all()
    told = mediated[mediated["outcome"] != "stage"]
    assert told["levels"].tolist() == ["221", "221", "211"]
    np.testing.assert_allclose(told["estimate"] + told["direct"], told["total"], rtol=1e-12)
    row = told[told["outcome"] == "decision_speed_change"].iloc[0]
    found = mediate(
        rows_of(links, 2, "active_users"),
        outcome="decision_speed_change",
        predictor="adoption_quality",
        mediator="active_users",
        adjust_for=["industry", "size"],
        weights=links.fits[2].fitted.terms.weights or None,
        draws=200,
    )
    np.testing.assert_allclose(
        row[["estimate", "ci_lower", "ci_upper"]].astype(float),
        found.effects.loc["indirect", ["estimate", "ci_lower", "ci_upper"]],
        rtol=1e-9,
    )
    assert row["n_lost"] == found.n_lost + links.fits[2].fitted.n_lost


def test_a_mediation_says_what_it_takes_for_granted(mediated):
    words = mediated.loc[0, "sentence"]
    assert "the part that runs along with adoption quality is " in words
    assert (
        "This takes for granted that strategy clarity came before adoption quality and adoption quality before"
        in words
    )
    assert "The survey shows neither, so it tells no cause" in words
    assert f"correlate by {mediated.loc[0, 'rho']:.2f} would leave nothing of the first part." in words


def test_a_moderator_that_is_a_predictor_moderates_the_others(links):
    first = links.fits[0]
    own = first.link.model_copy(update={"moderators": ["ownership"], "mediator": "ownership"})
    only = type(links)(
        data=links.data, confidence=0.95, aggregated=links.aggregated, fits=(first._replace(link=own),)
    )
    assert moderations(only)["predictor"].tolist() == ["strategy_clarity"]
    assert mediations(only, draws=100)["predictor"].tolist() == ["strategy_clarity"]


def test_without_moderators_frames_are_empty_with_their_columns(links):
    none = [
        fit._replace(link=fit.link.model_copy(update={"moderators": [], "mediator": None}))
        for fit in links.fits
    ]
    only = type(links)(data=links.data, confidence=0.95, aggregated=links.aggregated, fits=tuple(none))
    for frame in (moderations(only), simple_slopes(only), mediations(only)):
        assert frame.empty
        assert {"link", "predictor", "estimate", "ci_lower", "p_value", "n_organisations"} <= set(frame)
