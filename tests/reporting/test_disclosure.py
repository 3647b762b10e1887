import dataclasses
import subprocess
import sys

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporting.made_up import answers_of, small_analysis, small_study

from surveykit.reporting.disclosure import protect

ROWS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from("abcd"), st.integers(1, 5)), min_size=1, max_size=120
).map(
    lambda rows: pd.DataFrame(
        {
            "organisation": [f"o{organisation}" for organisation, _, _ in rows],
            "role": [role for _, role, _ in rows],
            "q1": [float(answer) for _, _, answer in rows],
        }
    )
)
SHARES = st.lists(st.frozensets(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=3)


def study_of(subsets, min_cell=5):
    shares = {
        f"share{number}": {"share_of": "q1", "values": sorted(subset)}
        for number, subset in enumerate(subsets)
    }
    return small_study(min_cell=min_cell, estimates=shares)


def is_small(count, min_cell):
    return 0 < round(count) < min_cell


@settings(deadline=None, max_examples=30)
@given(ROWS, SHARES, st.integers(2, 8))
def test_no_shown_figure_rests_on_few(rows, subsets, min_cell):
    shown = protect(small_analysis(study_of(subsets, min_cell), rows))
    figures = shown.estimates[~shown.estimates["suppressed"]]
    for row in figures.itertuples():
        yes = row.estimate * row.n_obs
        assert not any(is_small(n, min_cell) for n in (row.n_obs, row.n_organisations, yes, row.n_obs - yes))
    cells = shown.distributions[~shown.distributions["suppressed"]]
    assert not any(is_small(n, min_cell) for n in cells["n"])


@settings(deadline=None, max_examples=30)
@given(ROWS, SHARES, st.integers(2, 8))
def test_no_hidden_segment_value_is_found_by_subtraction(rows, subsets, min_cell):
    shown = protect(small_analysis(study_of(subsets, min_cell), rows))
    for _, figures in shown.estimates.groupby("name"):
        whole, parts = figures[figures["segment"] == ""].iloc[0], figures[figures["segment"] != ""]
        open_parts = parts[~parts["suppressed"]]
        if whole["suppressed"] or open_parts.empty:
            continue
        left = whole["n_obs"] - open_parts["n_obs"].sum()
        yes = whole["estimate"] * whole["n_obs"] - (open_parts["estimate"] * open_parts["n_obs"]).sum()
        assert not any(is_small(n, min_cell) for n in (left, yes, left - yes))


@settings(deadline=None, max_examples=30)
@given(ROWS, SHARES, st.integers(2, 8))
def test_no_hidden_answer_solves_the_equations_a_reader_can_write(rows, subsets, min_cell):
    study = study_of(subsets, min_cell)
    shown = protect(small_analysis(study, rows))
    cells = shown.distributions.sort_values("code")
    if cells["n_obs"].isna().any():
        return
    known = [np.ones(5)]  # the base is shown
    known += [np.eye(5)[position] for position in np.flatnonzero(~cells["suppressed"])]
    whole = shown.estimates[(shown.estimates["segment"] == "") & ~shown.estimates["suppressed"]]
    known += [np.isin(cells["code"], study.estimates[name].values).astype(float) for name in whole["name"]]
    rank = np.linalg.matrix_rank(np.array(known))
    counts = rows["q1"].value_counts()
    for position, code in enumerate(cells["code"]):
        if cells["suppressed"].iloc[position] and is_small(counts.get(code, 0), min_cell):
            assert np.linalg.matrix_rank(np.array([*known, np.eye(5)[position]])) > rank


@settings(deadline=None, max_examples=20)
@given(ROWS, st.integers(2, 8))
def test_hidden_rows_hold_no_number(rows, min_cell):
    shown = protect(small_analysis(study_of([{4, 5}], min_cell), rows))
    hidden = shown.estimates[shown.estimates["suppressed"]]
    assert (
        hidden[["estimate", "std_error", "ci_lower", "ci_upper", "n_obs", "n_organisations"]]
        .isna()
        .all(axis=None)
    )
    cells = shown.distributions[shown.distributions["suppressed"]]
    assert cells[["n", "share"]].isna().all(axis=None)


def test_one_small_answer_takes_the_next_smallest_with_it():
    shown = protect(small_analysis(study_of([{1}]), answers_of(30, 3, 9, 20, 40)))
    assert shown.distributions["suppressed"].tolist() == [False, True, True, False, False]


def test_a_shown_share_of_an_item_is_a_total_of_its_own():
    # Answers 4 and 5 are shown together as a share: hiding 5 and the smallest of all would leave 5 to be found.
    shown = protect(small_analysis(study_of([{4, 5}]), answers_of(6, 30, 30, 20, 3)))
    assert shown.distributions["suppressed"].tolist() == [False, False, False, True, True]


def test_a_shown_mean_hides_all_answers_or_none():
    mean = small_study(estimates={"mean": {"mean_of": "q1"}})
    assert protect(small_analysis(mean, answers_of(9, 30, 30, 20, 3))).distributions["suppressed"].all()
    assert not protect(small_analysis(mean, answers_of(9, 30, 30, 20, 8))).distributions["suppressed"].any()


def test_few_organisations_hide_a_figure_however_many_answered():
    rows = pd.concat(
        [answers_of(20, 20, 20, 20, 20, per_organisation=30), answers_of(40, 0, 0, 0, 40, role="other")]
    )
    shown = protect(small_analysis(study_of([{4, 5}]), rows))
    assert shown.estimates.set_index("value")["suppressed"].to_dict() == {
        "": False,
        "Given by fewer than 5": True,
        "other": True,
    }


def test_without_organisations_only_answers_count():
    rows = answers_of(20, 20, 20, 20, 20, per_organisation=100)
    study = small_study(clustered=False)
    assert not protect(small_analysis(study, rows)).estimates["suppressed"].any()


def test_a_rare_value_nobody_declared_loses_its_name():
    rare = [answers_of(1, 1, 0, 0, 0, role=role) for role in ("Chief Wizard of Acme", "Night porter")]
    rows = pd.concat([answers_of(20, 20, 20, 20, 20), answers_of(9, 9, 9, 9, 9, role="other"), *rare])
    shown = protect(small_analysis(small_study(), rows))
    assert "Given by fewer than 5" in set(shown.estimates["value"])
    assert not shown.estimates["value"].str.contains("Wizard|porter").any()


def test_nothing_of_one_person_is_kept(ai_analysis, ai_shown):
    people = set(ai_analysis.cleaned.data["respondent"]) | set(ai_analysis.cleaned.data["organisation"])
    for field in dataclasses.fields(ai_shown):
        value = getattr(ai_shown, field.name)
        if isinstance(value, pd.DataFrame):
            assert not {"respondent", "organisation", "row"} & set(value.columns)
            assert not people & {str(cell) for column in value for cell in value[column].unique()}


def test_processing_is_counted_not_told(ai_analysis, ai_shown):
    cells = ai_analysis.cleaned.ledger[ai_analysis.cleaned.ledger["column"].notna()]
    assert list(ai_shown.changes) == ["rule", "reason", "column", "cells"]
    assert ai_shown.changes["cells"].sum() == len(cells)
    assert ai_shown.flow.equals(ai_analysis.cleaned.flow)


def test_comparisons_are_hidden_with_their_estimates(ai_analysis):
    strict = ai_analysis.study.model_copy(
        update={"report": ai_analysis.study.report.model_copy(update={"min_cell": 100})}
    )
    shown = protect(dataclasses.replace(ai_analysis, study=strict))
    hidden = shown.comparisons.set_index("name")["suppressed"]
    assert hidden.to_dict() == {
        "well_defined": False,
        "capabilities_agreement": False,
        "not_in_production": True,  # 85 initiatives did
        "not_scaled": True,  # 33 were
    }
    assert shown.comparisons.loc[shown.comparisons["suppressed"], "sentence"].eq("").all()


def test_links_of_few_organisations_hide_their_numbers_and_sentences(ai_analysis):
    strict = ai_analysis.study.model_copy(
        update={"report": ai_analysis.study.report.model_copy(update={"min_cell": 176})}
    )
    shown = protect(dataclasses.replace(ai_analysis, study=strict))
    lost = shown.links["outcome"] == "rollbacks"  # 175 organisations
    assert shown.links["suppressed"].equals(lost)
    assert shown.links.loc[lost, ["effect", "p_value", "n_obs"]].isna().all(axis=None)
    assert shown.links.loc[lost, "sentence"].eq("").all()


def test_the_study_is_left_as_it_was(ai_analysis):
    before = ai_analysis.estimates.data.copy(), ai_analysis.estimates.distributions.copy()
    protect(ai_analysis)
    assert ai_analysis.estimates.data.equals(before[0])
    assert ai_analysis.estimates.distributions.equals(before[1])


def test_importing_disclosure_loads_no_plotting():
    heavy = "{'matplotlib', 'papermill', 'svy', 'nbconvert'}"
    code = f"import sys, surveykit.reporting.disclosure; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
