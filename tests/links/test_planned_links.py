"""The planned links of a study: which model, which unit, which words, and Holm over all of them."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links import Links, average_marginal_effect, fit_link, link
from surveykit.links.words import listed
from surveykit.study import load_study

REFERENCE = Path(__file__).parent.parent / "reference"
COLUMNS = [
    "link",
    "planned",
    "family",
    "outcome",
    "outcome_label",
    "level",
    "model",
    "weighted",
    "predictor_label",
    "effect_unit",
    "predictor",
    "estimate",
    "std_error",
    "ci_lower",
    "ci_upper",
    "df",
    "p_value",
    "effect",
    "effect_std_error",
    "effect_ci_lower",
    "effect_ci_upper",
    "predictor_sd",
    "n_obs",
    "n_organisations",
    "n_lost",
    "p_adjusted",
    "adjusted_for",
    "caution",
    "sentence",
]
STUDY = """
title: Links
responses: {file: responses.csv}
organisations:
  file: organisations.csv
  key: organisation
  variables:
    industry: {type: category}
    listed: {type: binary, answers: yes_no, label: Listed on an exchange}
initiatives:
  file: initiatives.csv
  key: organisation
  variables:
    reached: {type: binary, answers: yes_no, label: Reached production}
    stage: {type: ordered, answers: stages, label: Stage reached}
    speed: {type: number, label: "Change in speed, %"}
    rollbacks: {type: count}
    redesigned: {type: binary, answers: yes_no, label: Process redesigned}
    effort: {type: number}
columns: {organisation: Q1}
answers:
  yes_no: {No: 0, Yes: 1}
  stages: {Stopped: 1, Pilot: 2, Production: 3, Scaled: 4}
items:
  clear_1: {column: Q2}
  clear_2: {column: Q3}
  owned_1: {column: Q4}
  asked_1: {column: Q9, label: "Someone <b>owns</b> it"}
  owned_2: {column: Q5}
scales:
  clarity: {items: [clear_1, clear_2]}
  ownership: {items: [owned_1, owned_2], label: Ownership of decisions}
choices:
  matters: {question: Q6}
variables:
  role: {type: category}
  tools: {type: picks, question: Q7}
  uses_tools: {type: picked, column: Q7_1}
links:
"""


@pytest.fixture(scope="module")
def initiatives():
    data = pd.read_csv(REFERENCE / "links.csv")
    return data.assign(listed=data["industry"].eq("Finance").astype(float), asked_1=3.0)


@pytest.fixture(scope="module")
def executives():
    rng = np.random.default_rng(9)
    n = 240
    organisation = np.arange(n) // 6
    clarity = rng.normal(3, 1, n)
    return pd.DataFrame(
        {
            "organisation": organisation,
            "clarity": clarity,
            "ownership": 0.6 * clarity + rng.normal(1, 1, n),
            "asked_1": rng.integers(1, 6, n).astype(float),
            "listed": (organisation % 3 == 0).astype(float),
            "role": rng.choice(["CEO", "CIO"], n),
            "tools": rng.poisson(2, n).astype(float),
            "uses_tools": rng.integers(0, 2, n).astype(float),
        }
    )


@pytest.fixture
def linked(tmp_path, initiatives, executives):
    def run(*links, report=""):
        path = tmp_path / "study.yaml"
        path.write_text(STUDY + "".join(f"  - {{{each}}}\n" for each in links) + report)
        means = executives.groupby("organisation")[["clarity", "ownership", "listed"]].mean().reset_index()
        frames = {"initiative": initiatives, "executive": executives, "organisation": means}
        decisions = pd.DataFrame({"decision": {"clarity": "do not aggregate", "ownership": "aggregate"}})
        return link(SimpleNamespace(study=load_study(path), rows=frames.__getitem__, decisions=decisions))

    return run


def planned(outcome, level="initiative", predictors="clarity", adjust_for="industry"):
    adjusted = f", adjust_for: [{adjust_for}]" if adjust_for else ""
    return f"outcome: {outcome}, level: {level}, predictors: [{predictors}]{adjusted}"


def only(links):
    assert len(links.data) == 1
    return links.data.iloc[0]


def test_columns_are_the_contract(linked):
    links = linked(planned("reached"), planned("stage", predictors="clarity, effort"))
    assert isinstance(links, Links)
    assert list(links.data.columns) == COLUMNS
    assert links.data["link"].tolist() == [1, 2, 2]
    assert links.data["adjusted_for"].tolist() == ["industry", "effort, industry", "clarity, industry"]
    assert not links.data.isna().any(axis=None)


@pytest.mark.parametrize(
    ("outcome", "model", "level"),
    [
        ("reached", "logit", "initiative"),
        ("uses_tools", "logit", "executive"),
        ("stage", "ordered logit", "initiative"),
        ("speed", "ols", "initiative"),
        ("ownership", "ols", "executive"),
        ("asked_1", "ols", "executive"),
        ("ownership", "ols", "organisation"),
        ("rollbacks", "poisson", "initiative"),
        ("tools", "poisson", "executive"),
    ],
)
def test_model_follows_the_type_of_the_outcome(linked, outcome, model, level):
    row = only(linked(planned(outcome, level, adjust_for="")))
    assert (row["model"], row["level"]) == (model, level)


def test_effects_and_counts_are_those_of_r(linked):
    expected = json.loads((REFERENCE / "links.json").read_text())["clustered"]
    outcomes = {"logit": "reached", "ordered logit": "stage", "ols": "speed", "poisson": "rollbacks"}
    data = linked(
        *(planned(each, predictors="clarity, effort, redesigned") for each in outcomes.values())
    ).data
    for model, rows in data.groupby("model"):
        effects = pd.DataFrame(expected[model]["effects"]).T[["estimate", "std_error"]]
        found = rows.set_index("predictor").loc[effects.index, ["effect", "effect_std_error"]]
        # R's effects are numeric derivatives, good to about 1e-9.
        np.testing.assert_allclose(found, effects, rtol=1e-7)
        assert set(rows["n_lost"]) == {9}
        assert set(rows["n_obs"]) == {310}
        assert set(rows["n_organisations"]) == {60}


def test_holm_runs_over_all_links(linked):
    data = linked(
        planned("reached", predictors="clarity, effort"), planned("rollbacks"), planned("speed")
    ).data
    p = data["p_value"].to_numpy()
    order = np.argsort(p)
    adjusted = np.empty(4)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * [4, 3, 2, 1]), 1)
    np.testing.assert_allclose(data["p_adjusted"], adjusted, rtol=1e-12)


def test_standard_deviation_is_over_organisations_for_what_belongs_to_them(linked, initiatives, executives):
    complete = initiatives.dropna()
    once = complete.drop_duplicates("organisation")
    data = linked(planned("speed", predictors="clarity, effort")).data.set_index("predictor")
    np.testing.assert_allclose(data.loc["clarity", "predictor_sd"], once["clarity"].std(), rtol=1e-12)
    np.testing.assert_allclose(data.loc["effort", "predictor_sd"], complete["effort"].std(), rtol=1e-12)
    own = only(linked(planned("ownership", "executive", adjust_for="")))
    np.testing.assert_allclose(own["predictor_sd"], executives["clarity"].std(), rtol=1e-12)


def test_confidence_is_the_report_s(linked):
    wide, narrow = (linked(planned("speed"), report=text) for text in ("", "report: {confidence: 0.8}"))
    assert (wide.confidence, narrow.confidence) == (0.95, 0.8)
    assert "(80% interval " in only(narrow)["sentence"]
    for low, high in (("ci_lower", "ci_upper"), ("effect_ci_lower", "effect_ci_upper")):
        assert only(wide)[low] < only(narrow)[low] < only(narrow)[high] < only(wide)[high]


def test_binary_predictor_is_a_change_from_no_to_yes(linked, initiatives):
    row = only(linked(planned("reached", predictors="redesigned")))
    fitted = fit_link(
        initiatives, "logit", outcome="reached", predictors=["redesigned"], adjust_for=["industry"]
    )
    assert row["effect"] == average_marginal_effect(fitted, "redesigned")["estimate"]
    assert row["effect_unit"] == "probability of Reached production, Yes rather than No"
    assert row["sentence"].startswith(
        'For initiatives where "Process redesigned" is Yes rather than No, the probability of "Reached '
    )


@pytest.mark.parametrize(
    ("outcome", "unit"),
    [
        ("reached", "probability of Reached production, per standard deviation"),
        ("stage", "probability of Scaled (highest Stage reached), per standard deviation"),
        ("speed", "mean of Change in speed, %, per standard deviation"),
        ("rollbacks", "expected count of rollbacks, per standard deviation"),
    ],
)
def test_effect_unit(linked, outcome, unit):
    assert only(linked(planned(outcome)))["effect_unit"] == unit


def test_sentence_of_a_clear_difference(linked):
    row = only(linked(planned("speed", predictors="clarity", adjust_for="industry, redesigned")))
    effect, low, high = (f"{row[each]:.2f}" for each in ("effect", "effect_ci_lower", "effect_ci_upper"))
    assert row["sentence"] == (
        "For initiatives of organisations one standard deviation higher in clarity, the mean of "
        f'"Change in speed, %" was {effect} higher (95% interval {low} to {high} higher), holding industry '
        'and "Process redesigned" constant; the difference is unlikely to be chance alone '
        "(adjusted p below 0.001)."
    )


def test_sentence_of_a_difference_downwards(linked):
    row = only(linked(planned("rollbacks", adjust_for="")))
    near, far = -row["effect_ci_upper"], -row["effect_ci_lower"]
    assert f"lower (95% interval {near:.3f} to {far:.3f} lower); the difference" in row["sentence"]


def test_sentence_of_no_clear_difference(linked):
    row = only(linked(planned("reached", predictors="clarity")))
    assert row["effect_ci_lower"] < 0 < row["effect_ci_upper"]
    low, high = -100 * row["effect_ci_lower"], 100 * row["effect_ci_upper"]
    assert f"percentage points higher (95% interval {low:.1f} lower to {high:.1f} higher)" in row["sentence"]
    assert (
        "compatible with no difference and with either end of the interval (adjusted p = " in row["sentence"]
    )


def test_sentence_of_a_difference_lost_among_many_tests(linked):
    crowd = [
        planned(outcome, predictors="listed", adjust_for="") for outcome in ("reached", "stage", "rollbacks")
    ]
    first = linked(planned("rollbacks", adjust_for=""), planned("reached"), *crowd).data.iloc[0]
    assert first["effect_ci_upper"] < 0
    assert first["p_value"] < 0.05 < first["p_adjusted"]
    assert (
        "stands out from chance, but not among the 5 tests planned with it (adjusted p = 0."
        in first["sentence"]
    )


@pytest.mark.parametrize(
    ("level", "predictor", "same"),
    [
        ("executive", "clarity", True),
        ("organisation", "clarity", True),
        ("executive", "asked_1", True),
        ("executive", "listed", False),
    ],
)
def test_one_source_of_outcome_and_predictor_is_said(linked, level, predictor, same):
    words = only(linked(planned("ownership", level, predictor, adjust_for="")))["sentence"]
    assert words.endswith("which by itself can make them go together.") == same


def test_rows_of_a_level_are_named(linked):
    rows = linked(
        planned("ownership", "executive", "clarity, listed", "role"),
        planned("ownership", "organisation", adjust_for=""),
    ).data["sentence"]
    assert rows[0].startswith(
        'For respondents one standard deviation higher in clarity, the mean of "Ownership of'
    )
    assert rows[1].startswith(
        'For respondents of organisations where "Listed on an exchange" is Yes rather than No'
    )
    assert rows[2].startswith("For organisations one standard deviation higher in clarity, the mean of")


def test_no_sentence_claims_a_cause_or_a_p_of_zero(linked):
    sentences = linked(
        *(
            planned(each, predictors="clarity, effort, redesigned")
            for each in ("reached", "stage", "speed", "rollbacks")
        )
    ).data["sentence"]
    claims = re.compile(r"caus|effect|affect|lead|impact|becaus|due to|drive|0\.000", re.IGNORECASE)
    assert not sentences.str.contains(claims).any()
    assert sentences.str.contains(r"\(95% interval ").all()


def test_words_are_listed_as_in_a_sentence():
    assert [listed(list(words)) for words in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]


def test_link_shows_itself_in_text_and_escaped_html(linked):
    links = linked(planned("ownership", "executive", "asked_1", adjust_for=""))
    assert repr(links).startswith("Links: 1 tests of 1 planned links, 95% intervals\n")
    assert "Ownership of decisions" in repr(links)
    html = links._repr_html_()
    assert "&lt;b&gt;owns&lt;/b&gt;" in html
    assert "<b>" not in html


def test_frame_is_a_copy(linked):
    links = linked(planned("speed"))
    copy = links.to_frame()
    copy["effect"] = 0.0
    assert (links.data["effect"] != 0).all()


def test_refusal_names_the_line_of_the_link(linked):
    line = STUDY.count("\n") + 2
    match = (
        rf"study\.yaml:{line}: link to 'speed': column 'industry = Health' is determined by 'listed', 'ind"
    )
    with pytest.raises(LinkError, match=match):
        linked(planned("reached"), planned("speed", predictors="listed"))


def test_category_is_refused_as_predictor_and_as_outcome(linked):
    with pytest.raises(LinkError, match=r"study\.yaml:\d+: link to 'speed': 'industry' is a category"):
        linked(planned("speed", predictors="industry", adjust_for=""))
    for outcome, kind in {"role": "category", "matters": "picked options"}.items():
        with pytest.raises(LinkError, match=rf"outcome '{outcome}' has no numeric value .*given: '{kind}'"):
            linked(planned(outcome, "executive", "clarity", adjust_for=""))


def test_study_without_links_is_refused(linked):
    with pytest.raises(LinkError, match=r"the study plans no links.*leave this stage out"):
        linked(report="  []\n")
