"""Data quality and agreement at the door: nothing of a few gets through, alone or by subtraction."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from surveykit.reporting import evidence, guarded
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


def test_means_that_differ_by_a_few_are_not_shown_beside_each_other():
    kept = {0: pd.RangeIndex(100), 1: pd.RangeIndex(98), 2: pd.RangeIndex(90), 3: pd.RangeIndex(100)}
    rows = [
        {"scenario": number, "name": "months", "label": "Months", "statistic": "mean", "level": "executive"}
        | {
            "estimate": 9.0 + number,
            "ci_lower": 8.0,
            "ci_upper": 12.0,
            "n_obs": len(index),
            "n_organisations": 20,
        }
        | {"kind": "cut-off", "choice": str(number), "n_executives": len(index), "reason": ""}
        for number, index in kept.items()
    ]
    study = SimpleNamespace(
        report=SimpleNamespace(min_cell=5), columns=SimpleNamespace(organisation="organisation")
    )
    quality = SimpleNamespace(multiverse=pd.DataFrame(rows), kept=kept)
    none = pd.DataFrame({"segment": [], "suppressed": [], "name": []}).astype({"suppressed": bool})
    shown = guarded.multiverse(SimpleNamespace(study=study, quality=quality), none)
    # 98 of 100 differ by two; 90 differ by ten; the whole again differs by nobody.
    assert shown["suppressed"].tolist() == [False, True, False, False]


def test_no_person_of_the_screening_reaches_the_reader(ai_shown):
    names = {field.name for field in dataclasses.fields(ai_shown)}
    assert "screened" not in names
    assert all(len(getattr(ai_shown, name)) < 100 for name in ("flagged", "multiverse", "measurement"))


def test_chapters_say_what_was_decided(ai_shown, ospo_shown):
    page = evidence.agreement(ai_shown).html
    assert "Aggregate with caution: strategy clarity, ownership" in page
    assert "agree little more than respondents of different ones" in page
    assert "cannot be told" in evidence.agreement(ospo_shown).html
    assert "Doubtful whether they measure one thing" in evidence.measurement(ospo_shown).html
    assert "29% under all 18 choices" in evidence.quality(ai_shown).html
