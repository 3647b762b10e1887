"""Header texts, identifiers and the signs of a joined multi-select."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.exports.table import is_joined, plain_text, selects_several, unique_names


@given(st.lists(st.sampled_from(["", " ", "a", "a.2", "a.3", "column_1", "column_2", "<b></b>", "é"])))
def test_names_are_always_unique_and_filled(headers):
    names = unique_names(headers)
    assert len(set(names)) == len(names) == len(headers)
    assert all(names)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("<p>One</p><p>Two &amp; three</p>", "One Two & three"),
        ("<script>alert(1)</script>Safe", "Safe"),
        ("H<sub>2</sub>O", "H 2 O"),
        ('<span style="x">un</span>broken', "unbroken"),
        ("line\none", "line one"),
    ],
)
def test_plain_text(html, text):
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("What applies? (Check all that apply)", True),
        ("Please select all films", True),
        ("What are the top three challenges? (Choose three)", True),
        ("Pick up to 3", True),
        ("Choose one", False),
        ("Do you check your results?", False),
    ],
)
def test_selects_several(question, several):
    assert selects_several(question) is several


@pytest.mark.parametrize(
    ("cells", "joined"),
    [
        (["A", "A, B", "B", "B, C", "C", "A, C"], True),
        (["Yes, often", "No, never", "Yes, often"], False),
        (["Boston, MA", "Salem, MA", "Boston, MA", "Salem, MA"], False),
        (["I like it, mostly", "Well, it depends", "No"], False),
        (["A", "B"], False),
        ([], False),
    ],
)
def test_is_joined(cells, joined):
    assert is_joined(pd.Series(cells, dtype="str"), "Which?", ", ") is joined
