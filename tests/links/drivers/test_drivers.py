"""The drivers a study plans: which rows, which words, and nothing that claims a cause."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links.drivers import Drivers, drivers, importance
from surveykit.links.drivers.ranges import possible_range
from surveykit.links.drivers.sentences import percent
from surveykit.study import load_study

STUDY = """
title: Drivers
responses: {file: responses.csv}
organisations:
  file: organisations.csv
  key: organisation
  variables:
    listed: {type: binary, answers: yes_no, label: Listed on an exchange}
    budget: {type: number}
initiatives:
  file: initiatives.csv
  key: organisation
  variables:
    reached: {type: binary, answers: yes_no, label: Reached production}
    stage: {type: ordered, answers: stages}
    speed: {type: number, label: "Change in speed, %"}
    users: {type: fraction, out_of: 100}
columns: {organisation: Q1}
answers:
  yes_no: {No: 0, Yes: 1}
  stages: {Stopped: 1, Pilot: 2, Production: 3, Scaled: 4}
  agree: {Disagree: 1, Agree: 5}
items:
  clear_1: {column: Q2, answers: agree}
  clear_2: {column: Q3, answers: agree}
  owned_1: {column: Q4, range: [0, 10]}
  owned_2: {column: Q5, answers: agree}
  free_1: {column: Q6}
  free_2: {column: Q7}
scales:
  clarity: {items: [clear_1, clear_2], label: Clarity <of> strategy}
  ownership: {items: [owned_1, owned_2]}
  freedom: {items: [free_1, free_2]}
drivers:
"""
COLUMNS = [
    "driver",
    "outcome",
    "outcome_label",
    "level",
    "model",
    "predictor",
    "label",
    "share",
    "share_ci_lower",
    "share_ci_upper",
    "proportion",
    "proportion_ci_lower",
    "proportion_ci_upper",
    "relative_weight",
    "correlation",
    "correlation_ci_lower",
    "correlation_ci_upper",
    "vif",
    "rank",
    "rank_lower",
    "rank_upper",
    "mean",
    "mean_ci_lower",
    "mean_ci_upper",
    "mean_reason",
    "n_obs",
    "n_organisations",
    "n_lost",
]
INITIATIVES = "outcome: speed, level: initiative, predictors: [clarity, ownership, budget]"
REACHED = "outcome: reached, level: initiative, predictors: [clarity, ownership]"
EXECUTIVES = "outcome: freedom, level: executive, predictors: [clarity, ownership, listed]"


@pytest.fixture(scope="module")
def frames():
    rng = np.random.default_rng(4)
    own = pd.DataFrame(
        {"organisation": np.arange(60), "clarity": rng.uniform(2, 4, 60), "budget": rng.lognormal(size=60)}
    ).assign(
        ownership=lambda rows: rows["clarity"] + rng.uniform(0, 3, 60),
        listed=rng.integers(0, 2, 60).astype(float),
    )
    rows = own.loc[np.repeat(np.arange(60), 4)].reset_index(drop=True)
    line = 3 * (rows["clarity"] - 3) + 0.3 * (rows["ownership"] - 4)
    initiatives = rows.assign(
        speed=line + rng.normal(size=240), reached=(line + rng.logistic(size=240) > 0).astype(float)
    )
    executives = rows.assign(freedom=rng.normal(size=240), clarity=rows["clarity"] + rng.normal(size=240))
    return {"initiative": initiatives, "executive": executives, "organisation": own}


@pytest.fixture
def aggregated(tmp_path, frames):
    def made(*sets):
        path = tmp_path / "study.yaml"
        path.write_text(STUDY + "".join(f"  - {{{each}}}\n" for each in sets))
        return SimpleNamespace(study=load_study(path), rows=frames.__getitem__)

    return made


@pytest.fixture
def found(aggregated):
    return drivers(aggregated(INITIATIVES, REACHED, EXECUTIVES), n_boot=200)


def test_columns_are_the_contract(found):
    assert isinstance(found, Drivers)
    assert list(found.data.columns) == COLUMNS
    assert found.data["driver"].tolist() == [1, 1, 1, 2, 2, 3, 3, 3]
    assert found.r_squared["model"].tolist() == ["ols", "logit", "ols"]
    assert found.r_squared["n_obs"].tolist() == [240] * 3
    assert found.differences["driver"].tolist() == [1, 1, 1, 2, 3, 3, 3]
    assert found.data["label"][:3].tolist() == ["Clarity <of> strategy", "ownership", "budget"]
    assert found.performance["label"].tolist()[:2] == ["Clarity <of> strategy", "ownership"]


def test_numbers_are_those_of_the_function_for_ones_own_data(found, frames):
    own = importance(
        frames["initiative"], outcome="speed", predictors=["clarity", "ownership", "budget"], n_boot=200
    )
    columns = ["share", "share_ci_lower", "rank_upper", "vif"]
    pd.testing.assert_frame_equal(found.data.loc[:2, columns], own.data[columns])
    whole = found.r_squared.iloc[0]
    assert (
        whole["r_squared"],
        whole["r_squared_corrected"],
        whole["ci_lower"],
        whole["ci_upper"],
    ) == own.r_squared
    pd.testing.assert_frame_equal(found.importances[0].data, own.data)


def test_means_stand_between_the_ends_of_their_scale(found, frames):
    once = frames["organisation"]
    rows = found.data.set_index("predictor").iloc[:3]
    assert rows["mean"]["clarity"] == pytest.approx(25 * (once["clarity"].mean() - 1))
    # Items of 0 to 10 and of 1 to 5: their mean is 0.5 to 7.5.
    assert rows["mean"]["ownership"] == pytest.approx(100 * (once["ownership"].mean() - 0.5) / 7)
    assert np.isnan(rows["mean"]["budget"])
    assert rows["mean_reason"].tolist() == ["", "", "the study does not say between which values it can lie"]
    assert found.performance["driver"].tolist() == [1, 1, 2, 2, 3, 3, 3]


def test_ranges_of_everything(aggregated):
    study = aggregated(INITIATIVES).study
    assert [possible_range(study, name) for name in ("clear_1", "owned_1", "free_1", "freedom")] == [
        (1, 5),
        (0, 10),
        None,
        None,
    ]
    names = ("listed", "stage", "users", "budget", "clarity_dispersion")
    assert [possible_range(study, name) for name in names] == [(0, 1), (1, 4), (0, 100), None, None]


def test_the_sentence_names_the_first_and_whether_that_is_settled(found):
    first, second, third = found.r_squared["sentence"]
    assert first.startswith(
        'Among 240 initiatives of 60 organisations, 77% of the differences in "Change in speed, %" goes with the 3 '
        "predictors together. Less what chance alone adds, it is 7"
    )
    assert (
        'goes with "Clarity <of> strategy". It also comes first in nearly all samples of organisations'
        in first
    )
    assert (
        'of the uncertainty about "Reached production" goes with the 2 predictors together (McFadden\'s R2'
        in second
    )
    assert "That may be nothing at all, and then the order of the predictors means nothing." in third
    assert "Which comes first is not settled: in organisations drawn anew from these, " in third
    assert third.endswith("from the same people's answers, which by itself can make them go together.")
    assert "same people" not in first


def test_no_sentence_claims_a_cause(found):
    words = " ".join([*found.r_squared["sentence"], *found.r_squared["overlap"]])
    assert not re.search(r"\b(caus|effect|impact|driv|leads?|because|explain|improv|rais)", words)
    assert words.count("do not say what would change if a predictor did") == 3
    assert words.count("95% interval") == 6


def test_weights_of_organisations_are_carried_by_their_rows(aggregated, frames):
    weight = pd.Series(np.random.default_rng(3).uniform(0.5, 2, 60)).repeat(4).reset_index(drop=True)
    designs = {level: SimpleNamespace(weight=weight) for level in frames}
    sets = aggregated(INITIATIVES, REACHED)
    found = drivers(sets, SimpleNamespace(designs=designs, weighted="organisation"), n_boot=100)
    own = importance(
        frames["initiative"].assign(w=weight),
        outcome="reached",
        predictors=["clarity", "ownership"],
        weights="w",
    )
    np.testing.assert_allclose(found.data["share"][3:], own.data["share"])
    assert found.r_squared["weighted"].all()
    # Weights of executives tell nothing of initiatives.
    plain = drivers(sets, SimpleNamespace(designs=designs, weighted="executive"), n_boot=100)
    assert not plain.r_squared["weighted"].any()
    assert not np.allclose(plain.data["share"][3:], own.data["share"])


def test_a_refusal_names_the_line(aggregated, frames):
    sets = aggregated(REACHED)
    few = SimpleNamespace(study=sets.study, rows=lambda level: frames[level].query("organisation < 9"))
    with pytest.raises(
        LinkError, match=r"study.yaml:\d+: link to 'reached': .* need 10 organisations .* given: 9"
    ):
        drivers(few)


def test_a_study_without_drivers_is_told_so(aggregated):
    sets = aggregated(REACHED)
    none = SimpleNamespace(study=sets.study.model_copy(update={"drivers": []}), rows=sets.rows)
    with pytest.raises(
        LinkError, match="the study plans no drivers. Add 'drivers', or leave this stage out."
    ):
        drivers(none)


def test_it_shows_itself_escaped(found):
    assert repr(found).startswith("Drivers: 8 predictors in 3 sets, 95% intervals\n")
    assert "Clarity &lt;of&gt; strategy" in found._repr_html_()
    assert found.to_frame() is not found.data


def test_small_shares_keep_a_decimal():
    assert [percent(share) for share in (0, 0.0004, 0.0123, 0.0994, 0.0996, 0.5)] == [
        "0%",
        "below 0.1%",
        "1.2%",
        "9.9%",
        "10%",
        "50%",
    ]
