"""Cross-tables behind the door: what can be read, or found by subtraction, is never a few people."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporting.made_up import ANSWERS, small_study

from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.questions import MultiSelect, SingleAnswer
from surveykit.estimates.crosstabs.ranks import Ranking
from surveykit.estimates.crosstabs.tables import Table
from surveykit.estimates.design import Design
from surveykit.reporting.guarded_tables import tables
from surveykit.study.aims import Quantity

MIN_CELL = 5
NOBODY = pd.DataFrame(
    {
        "item": [],
        "choice": [],
        "answer": [],
        "option": [],
        "suppressed": [],
        "apart": [],
        "name": [],
        "segment": [],
        "value": [],
    }
)
ANSWERED = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 5), st.integers(0, 40)), min_size=25, max_size=140
)


def shown_of(rows, question=None, estimates=NOBODY, per_organisation=1):
    study = small_study(min_cell=MIN_CELL)
    columns = pd.DataFrame(
        {"All": True} | {role: rows["role"] == role for role in sorted(rows["role"].unique())}
    )
    banners = {"": ["All"], "role": [name for name in columns if name != "All"]}
    design = Design(cluster=pd.Series(rows.index // per_organisation, index=rows.index).astype(str))
    words = {float(code): word for word, code in ANSWERS.items()}
    asked = question or SingleAnswer(codes=rows["q1"].astype(float), words=words)
    table = Table(
        title="T",
        questions={"q1": crosstab(asked, columns, design, banners=banners)},
        labels={"q1": "Q"},
        banners=banners,
    )
    analysis = SimpleNamespace(study=study, tables=[table])
    ((_, (shown,)),) = tables(analysis, NOBODY, NOBODY, estimates)
    return shown.data


def few(count):
    return (count > 0) & (count < MIN_CELL)


def visible(data):
    return data[~data["suppressed"] & (data["kind"] == "share")].assign(
        count=lambda frame: (frame["estimate"] * frame["n_obs"]).round()
    )


@settings(max_examples=25, deadline=None)
@given(ANSWERED)
def test_no_few_can_be_read_or_found_by_subtraction(answered):
    rows = pd.DataFrame(answered, columns=["role", "q1", "_"])
    data = shown_of(rows)
    seen = visible(data)
    assert not few(seen["count"]).any()
    counts = seen.pivot_table(index="column", columns="row", values="count")
    for row in counts:
        known = counts[row].dropna()
        if "All" in known:
            parts = known.drop("All")
            gone = set(rows["role"]) - set(parts.index)  # hidden, or not even named
            rest = known["All"] - parts.sum()
            assert len(gone) != 1, "one column alone is what the others leave of all"
            assert not few(rest), f"{rest} of '{row}' are left for the hidden columns"
    for column, known in counts.iterrows():
        base = seen.loc[seen["column"] == column, "n_obs"].iloc[0]
        assert not few(base - known.dropna().sum()), "what one column leaves for its hidden answers"


@settings(max_examples=15, deadline=None)
@given(ANSWERED)
def test_with_an_answer_hidden_no_mean_tells_of_it_and_boxes_are_safe_of_their_own(answered):
    data = shown_of(pd.DataFrame(answered, columns=["role", "q1", "_"]))
    shares = data[data["kind"] == "share"]
    lost = {column for column, cells in shares.groupby("column") if cells["suppressed"].any()}
    means = data[(data["kind"] == "mean") & data["column"].isin(lost)]
    assert means["suppressed"].all()
    assert means["estimate"].isna().all()
    boxes = data[data["kind"].isin(["top_box", "bottom_box"]) & ~data["suppressed"]]
    assert not few(boxes["n_yes"]).any()
    assert not few(boxes["n_obs"] - boxes["n_yes"]).any()
    for _, cells in boxes.groupby("kind"):
        known = cells.set_index("column")["n_yes"]
        if "All" in known:
            assert not few(known["All"] - known.drop("All").sum())


def test_a_column_of_three_people_takes_another_with_it():
    roles = ["a"] * 3 + ["b"] * 40 + ["c"] * 60
    rows = pd.DataFrame({"role": roles, "q1": [1, 2, 3] + [1, 2, 3, 4, 5] * 20})
    hidden = shown_of(rows).groupby("column", sort=False)["suppressed"].all()
    assert hidden.to_dict() == {"All": False, "b": True, "c": False}  # nor is the column of three named


def test_boxes_stay_where_one_answer_alone_is_small():
    few_fives = [1, 2, 3, 4, 4] * 7 + [1, 2, 3, 4, 5] * 3
    rows = pd.DataFrame({"role": ["a"] * 50 + ["b"] * 50, "q1": few_fives + [1, 2, 3, 4, 5] * 10})
    data = shown_of(rows)
    a = data[data["column"] == "a"].set_index(["kind", "row"])["suppressed"]
    assert a["share"].all()
    assert a["mean"].all()
    assert not a["top_box"].any()


def test_a_column_hidden_among_the_estimates_is_hidden_here():
    rows = pd.DataFrame({"role": ["a"] * 50 + ["b"] * 50 + ["c"] * 50, "q1": [1, 2, 3, 4, 5] * 30})
    assert not shown_of(rows)["suppressed"].any()
    lost = pd.DataFrame({"name": ["high"], "segment": ["role"], "value": ["a"], "suppressed": [True]})
    hidden = shown_of(rows, estimates=lost).groupby("column", sort=False)["suppressed"].all()
    assert hidden["a"]
    assert hidden.sum() == 2


def test_columns_of_few_organisations_are_hidden():
    rows = pd.DataFrame({"role": ["a"] * 30 + ["b"] * 90 + ["c"] * 90, "q1": [1, 2, 3, 4, 5] * 42})
    hidden = shown_of(rows, per_organisation=10).groupby("column", sort=False)["suppressed"].all()
    assert hidden["a"]


def test_an_option_nearly_everybody_picked_is_hidden():
    rows = pd.DataFrame({"role": ["a", "b"] * 50, "q1": 1})
    picked = pd.DataFrame({"x": [True] * 97 + [False] * 3, "y": [True, False] * 50, "z": [False, True] * 50})
    data = shown_of(rows, MultiSelect(picked=picked))
    assert data.loc[data["row"] == "x", "suppressed"].all()
    assert data.loc[data["row"] == "x", "estimate"].isna().all()


def test_letters_of_hidden_columns_are_gone():
    rng = np.random.default_rng(1)
    roles = np.array(["a"] * 60 + ["b"] * 60 + ["c"] * 4)
    answers = np.where(roles == "a", rng.integers(1, 3, 124), rng.integers(4, 6, 124))
    data = shown_of(pd.DataFrame({"role": roles, "q1": answers}))
    hidden = set(data.loc[data["suppressed"], "letter"]) - {""}
    assert hidden
    assert not any(set(letters.split()) & hidden for letters in data["letters"])


def test_the_sample_study_has_tables_with_hidden_cells(ai_shown):
    data = [question.data for _, questions in ai_shown.tables for question in questions]
    assert sum(frame["suppressed"].sum() for frame in data) > 0
    assert all(not few(visible(frame)["n_yes"]).any() for frame in data)


@pytest.mark.parametrize("banner", ["Industry", "Employees"])
def test_in_the_sample_study_no_single_column_is_hidden_alone(ai_shown, banner):
    for _, questions in ai_shown.tables:
        for question in questions:
            cells = question.data[question.data["banner"] == banner]
            hidden = cells.groupby("row")["suppressed"].sum()
            assert (hidden != 1).all()


def study_with(**parts):
    base = small_study(min_cell=MIN_CELL)
    return base.model_copy(update=parts)


def guarded(study, rows, question, columns, banners):
    design = Design(cluster=pd.Series(rows.index.astype(str), index=rows.index))
    found = crosstab(question, columns, design, banners=banners)
    table = Table(title="T", questions={"q1": found}, labels={"q1": "Q"}, banners=banners)
    ((_, (shown,)),) = tables(SimpleNamespace(study=study, tables=[table]), NOBODY, NOBODY, NOBODY)
    return shown.data


def test_a_box_beside_another_share_of_the_question_is_hidden_with_the_answers():
    few_fours = [1, 2, 3, 5, 5] * 8 + [1, 2, 3, 4, 5] * 2
    rows = pd.DataFrame({"role": ["a"] * 50 + ["b"] * 50, "q1": few_fours + [1, 2, 3, 4, 5] * 10})
    words = {float(code): word for word, code in ANSWERS.items()}
    columns = pd.DataFrame({"All": True, "a": rows["role"] == "a", "b": rows["role"] == "b"})
    asked = SingleAnswer(codes=rows["q1"].astype(float), words=words)
    banners = {"": ["All"], "role": ["a", "b"]}
    strong = {"strong": Quantity(share_of="q1", values=[5])}
    boxes = {
        name: guarded(study_with(estimates=estimates), rows, asked, columns, banners)
        .query("kind == 'top_box' and column == 'a'")["suppressed"]
        .item()
        for name, estimates in {"with": strong, "without": {}}.items()
    }
    assert boxes == {"with": True, "without": False}


def test_few_between_the_first_rank_and_the_first_two_are_not_told():
    rows = pd.DataFrame({"role": ["a", "b"] * 60})
    ranks = pd.DataFrame(
        {"x": [1.0] * 58 + [2.0] * 2 + [np.nan] * 60, "y": [2.0] * 50 + [np.nan] * 10 + [1.0] * 60}
    )
    ranks["z"] = [np.nan] * 50 + [2.0] * 8 + [1.0] * 2 + [2.0] * 60
    columns = pd.DataFrame({"All": [True] * 120})
    data = guarded(study_with(), rows, Ranking(ranks=ranks, top=2), columns, {"": ["All"]})
    assert data.loc[data["row"] == "x", "suppressed"].all()


def test_who_is_not_in_a_column_is_not_told():
    rows = pd.DataFrame({"role": "a", "q1": [1, 2, 3, 4, 5] * 24})
    picked = pd.DataFrame({"All": True, "x": [True] * 118 + [False] * 2, "y": [True, False] * 60})
    words = {float(code): word for word, code in ANSWERS.items()}
    asked = SingleAnswer(codes=rows["q1"].astype(float), words=words)
    data = guarded(study_with(), rows, asked, picked, {"": ["All"], "picks": ["x", "y"]})
    assert data.loc[data["column"] == "x", ["n_obs", "estimate"]].isna().all(axis=None)


def test_what_few_wrote_names_no_column():
    rows = pd.DataFrame(
        {"role": ["a"] * 40 + ["b"] * 40 + ["Jane Doe"] * 3, "q1": ([1, 2, 3, 4, 5] * 17)[:83]}
    )
    assert "Jane Doe" not in set(shown_of(rows)["column"])
