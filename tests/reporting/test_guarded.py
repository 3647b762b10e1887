"""Data quality and agreement at the door: nothing of a few gets through, alone or by subtraction."""

import dataclasses
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.conftest import write_small_study

from surveykit import analyse, load_study
from surveykit.reporting import evidence, guarded, methods, sections, summary
from surveykit.reporting.disclosure import protect


def stricter(analysis, min_cell):
    report = analysis.study.report.model_copy(update={"min_cell": min_cell})
    study = analysis.study.model_copy(update={"report": report})
    return dataclasses.replace(analysis, study=study)


@pytest.mark.parametrize("min_cell", [5, 20, 60])
def test_no_count_under_the_smallest_cell_is_shown(ai_analysis, min_cell):
    shown = protect(stricter(ai_analysis, min_cell))
    for frame, counts in {
        "flagged": ["n_flagged"],
        "bands": ["n"],
        "parting": ["n_obs", "n_organisations"],
        "choices": ["n_obs", "n_organisations"],
        "measurement": ["n_obs"],
        "scale_items": ["n_obs"],
        "invariance": ["smallest"],
        "decisions": ["n_organisations", "n_executives"],
    }.items():
        open_rows = getattr(shown, frame)[lambda rows: ~rows["suppressed"]]
        values = open_rows[counts].to_numpy(dtype=float)
        assert not ((values > 0) & (values < min_cell)).any(), frame


def test_hidden_bands_cannot_be_found_from_the_others(ai_analysis):
    shown = protect(stricter(ai_analysis, 12)).bands
    assert shown["suppressed"].any()
    for _, rows in shown.groupby("scale"):
        hidden = rows["suppressed"]
        left = rows["n_obs"].iloc[0] - rows["n"].sum()
        assert hidden.sum() == 0 or (hidden.sum() >= 2 and left >= 12)


def test_hidden_picks_cannot_be_found_from_the_others(ai_analysis):
    shown = protect(stricter(ai_analysis, 170)).picks
    # One option was picked by fewer than 170; were it hidden alone, three picks of everybody would tell it.
    assert shown["suppressed"].sum() >= 2
    assert shown.loc[shown["suppressed"], ["estimate", "ci_lower", "n_obs"]].isna().all(axis=None)


@pytest.mark.parametrize("min_cell", [5, 9, 40])
def test_a_step_of_a_rounded_share_is_worth_a_smallest_cell(ai_analysis, min_cell):
    shown = protect(stricter(ai_analysis, min_cell)).multiverse
    open_rows = shown[~shown["suppressed"] & shown["estimate"].notna()]
    assert (open_rows["step"] * open_rows["n_obs"] >= min_cell).all()
    steps = open_rows["estimate"] / open_rows["step"]
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)


def test_a_figure_hidden_elsewhere_is_hidden_under_every_choice(ai_analysis):
    shown = protect(stricter(ai_analysis, 100))
    whole = shown.estimates[(shown.estimates["segment"] == "") & (shown.estimates["kind"] == "headline")]
    lost = whole.loc[whole["suppressed"], "name"]
    assert len(lost)  # initiatives that were scaled are fewer than 100
    assert shown.multiverse.loc[shown.multiverse["name"].isin(lost), "estimate"].isna().all()


def scenarios(statistic, kept, organisation=lambda unit: unit % 20):
    """A made-up multiverse of one figure; `kept` are the units each scenario rests on, the declared one first."""
    rows = [
        {
            "scenario": number,
            "name": "figure",
            "label": "Figure",
            "statistic": statistic,
            "level": "executive",
        }
        | {
            "estimate": 0.437,
            "ci_lower": 0.331,
            "ci_upper": 0.549,
            "n_obs": len(units),
            "n_organisations": 20,
        }
        | {"kind": "declared", "choice": str(number), "n_executives": len(units), "reason": ""}
        for number, units in enumerate(kept)
    ]
    study = SimpleNamespace(
        report=SimpleNamespace(min_cell=5), columns=SimpleNamespace(organisation="organisation")
    )
    counted = {
        (number, "figure"): pd.DataFrame(
            {"unit": list(units), "organisation": [organisation(u) for u in units]}
        )
        for number, units in enumerate(kept)
    }
    quality = SimpleNamespace(
        multiverse=pd.DataFrame(rows), kept=dict(enumerate(map(pd.Index, kept))), counted=counted
    )
    none = pd.DataFrame({"segment": [], "suppressed": [], "name": []}).astype({"suppressed": bool})
    return guarded.multiverse(SimpleNamespace(study=study, quality=quality), none)


def test_a_figure_from_which_a_few_come_or_go_is_not_given_whatever_it_is():
    shown = scenarios("share", [range(100), range(98), range(104), range(90), range(100)])
    # 98 and 104 differ from the 100 by a few; 90 by ten; the last by nobody.
    assert shown["near"].tolist() == [False, True, True, False, False]
    assert shown["estimate"].isna().tolist() == shown["near"].tolist()
    # How many were kept would tell how few the sign flags.
    assert shown["n_executives"].isna().tolist() == shown["near"].tolist()


@pytest.mark.parametrize("statistic", ["mean", "share"])
def test_figures_are_kept_apart_from_every_figure_shown(statistic):
    shown = scenarios(statistic, [range(100), range(90), range(88), range(80)])
    assert shown["near"].tolist() == [False, False, True, False]
    assert shown["n_executives"].isna().tolist() == [False, False, True, False]


def test_many_answers_of_one_organisation_are_a_few():
    shown = scenarios("mean", [range(100), range(92)], organisation=lambda unit: "one" if unit > 91 else unit)
    assert shown["near"].tolist() == [False, True]


def test_limits_are_rounded_outwards():
    row = scenarios("share", [range(100)]).iloc[0]
    np.testing.assert_allclose(row[["estimate", "ci_lower", "ci_upper"]].astype(float), [0.45, 0.30, 0.55])


def test_nobody_lies_alone_between_two_cutoffs():
    counts = [("irv", 0.0, 60, 80), ("irv", 1.0, 78, 80), ("irv", 2.0, 78, 80), ("longstring", 8.0, 20, 80)]
    counts += [("longstring", 9.0, 17, 80), ("longstring", 10.0, 9, 80), ("longstring", 12.0, 0, 80)]
    data = pd.DataFrame(counts, columns=["index", "cutoff", "n_flagged", "n_defined"]).assign(
        label="", direction=">=", share=0.5, expected=0.1, n_undefined=0
    )
    study = SimpleNamespace(report=SimpleNamespace(min_cell=5))
    shown = guarded.flagged(SimpleNamespace(study=study, quality=SimpleNamespace(flagged=data)))
    # 78 of 80 leave two; 20 and 17 are three apart, so the one further out goes.
    assert shown["suppressed"].tolist() == [False, True, True, True, False, False, False]


def test_an_item_with_a_hidden_answer_has_no_mean(ai_analysis):
    shown = protect(stricter(ai_analysis, 60))
    on_scale = shown.distributions[~shown.distributions["apart"].astype(bool)]
    partly = on_scale.groupby("item")["suppressed"].any()
    assert partly.any()
    items = shown.scale_items.set_index("item")
    hidden = partly.index[partly].intersection(items.index)
    apart = shown.parting.set_index("item")["estimate"]
    assert apart[apart.index.isin(hidden)].isna().all()
    assert items.loc[hidden, ["mean", "std"]].isna().all(axis=None)
    assert items.loc[items.index.difference(hidden), "mean"].notna().all()


def test_no_person_of_the_screening_reaches_the_reader(ai_shown):
    names = {field.name for field in dataclasses.fields(ai_shown)}
    assert "screened" not in names
    assert all(len(getattr(ai_shown, name)) < 100 for name in ("flagged", "multiverse", "measurement"))


@pytest.mark.parametrize("gone", [["scales", "links"], ["items", "scales", "links", "estimates", "exclude"]])
def test_a_study_without_scales_or_items_still_makes_its_chapters(tmp_path, gone):
    study = load_study(write_small_study(tmp_path))
    empty = {"scales": {}, "links": [], "items": {}, "estimates": {}, "exclude": [], "benchmarks": None}
    plan = study.model_copy(update={name: empty[name] for name in [*gone, "benchmarks"]})
    shown = protect(analyse(plan))
    chapters = [evidence.quality, evidence.measurement, evidence.agreement, summary.brief, sections.scales]
    chapters += [sections.headlines, sections.segments, sections.answers, sections.links, methods.methods]
    for chapter in chapters:
        told = re.sub("<img[^>]*>", "", chapter(shown).html)  # the letters of a picture say anything
        assert not re.search(r"\bnan\b", told.casefold())


def test_bands_that_are_hidden_are_not_told_by_the_caption(ai_analysis):
    shown = protect(stricter(ai_analysis, 12))
    whole = shown.bands.groupby("scale")["suppressed"].any()
    seen = shown.decisions[~shown.decisions["scale"].isin(whole.index[whole])]["share_agreeing"]
    caption = evidence._by_chance(shown)
    assert f"{100 * seen.min():.0f}%" in caption if len(seen) else caption == ""


def test_every_scale_is_called_reliable_only_where_every_alpha_is_known(ai_analysis):
    shown = protect(ai_analysis)
    some = dataclasses.replace(shown, measurement=shown.measurement.assign(alpha=np.nan))
    assert "Every scale" in evidence.measurement(shown).html
    assert "Every scale" not in evidence.measurement(some).html


def test_a_question_that_runs_against_its_scale_is_named(ai_shown):
    items = ai_shown.scale_items.copy()
    items.loc[2, "item_rest_r"] = -0.3
    page = evidence.measurement(dataclasses.replace(ai_shown, scale_items=items)).html
    assert "is the question not marked as reversed? “People here would describe" in page


def test_chapters_say_what_was_decided(ai_shown, ospo_shown):
    page = evidence.agreement(ai_shown).html
    assert "Aggregate with caution: strategy clarity, ownership" in page
    assert "agree little more than respondents of different ones" in page
    assert "cannot be told" in evidence.agreement(ospo_shown).html
    assert "Fit not judged" in evidence.measurement(ospo_shown).html
    assert re.search(
        r"well defined: 25% to 26% over \d+ different sets of respondents", evidence.quality(ai_shown).html
    )
