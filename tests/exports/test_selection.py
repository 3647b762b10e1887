"""Joined and spread multi-selects."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.exports import split_selected
from surveykit.exports.selection import coalesced, joined_picks, spread_picks


@pytest.mark.parametrize(
    ("text", "options", "separator", "choices"),
    [
        ("", [], "", ()),
        ("One", [], "", ("One",)),
        ("A;B;", [], "", ("A", "B")),
        ("A; B", [], "", ("A", "B")),
        ("A, B; C", [], "", ("A", "B; C")),
        ("A, B; C;", [], "", ("A, B", "C")),
        ("1,3,12", [], ",", ("1", "3", "12")),
        (
            "Data, people, tools, Luck",
            ["Data", "Data, people", "tools"],
            "",
            ("Data, people", "tools", "Luck"),
        ),
        ("Data,Data, people", ["Data", "Data, people"], ",", ("Data", "Data, people")),
        ("Database, Data", ["Data"], "", ("Database", "Data")),
    ],
)
def test_split_selected(text, options, separator, choices):
    assert split_selected(text, options, separator=separator) == choices


CHOICE = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5)


@given(st.lists(CHOICE, min_size=1, unique=True), st.data())
def test_joining_and_splitting_are_inverse_with_known_options(words, data):
    options = [f"{word}, {word} again" if data.draw(st.booleans()) else word for word in words]
    picked = [option for option in options if data.draw(st.booleans())]
    assert split_selected(", ".join(picked), options, separator=", ") == tuple(picked)


def test_joined_picks_keep_what_is_missing():
    answers = joined_picks(pd.Series(["a, b", None, "b"], dtype="str"), ", ")
    assert answers.dropna().tolist() == [("a", "b"), ("b",)]
    assert answers.isna().tolist() == [False, True, False]


def test_a_choice_called_no_is_a_pick_in_its_own_column():
    cells = pd.DataFrame({"a": ["No", None, "No"], "b": [None, None, "Yes"]}, dtype="str")
    assert spread_picks(cells, ["No", "Yes"]).fillna("").tolist() == [("No",), "", ("No", "Yes")]


def test_marks_of_unpicked_and_unshown_choices():
    cells = pd.DataFrame({"a": ["Yes", "No", "N/A"], "b": ["No", "No", "N/A"]}, dtype="str")
    assert spread_picks(cells, ["A", "B"]).fillna("").tolist() == [("A",), (), ""]


def test_coalesced():
    cells = pd.DataFrame({"a": ["x", None, None], "b": [None, "y", None]}, dtype="str")
    assert coalesced(cells).fillna("").tolist() == ["x", "y", ""]
