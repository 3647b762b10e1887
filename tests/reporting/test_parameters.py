import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from tests.conftest import ROOT

from surveykit.errors import ReportError
from surveykit.reporting.parameters import checked, declared


def notebook(*sources):
    cells = [new_code_cell(source, metadata={"tags": ["parameters"]}) for source in sources]
    return new_notebook(cells=[*cells, new_code_cell("other = 1")])


def test_parameters_are_read_from_their_cell_with_and_without_annotations():
    found = declared(
        notebook(
            '# said first\nstudy: str = "a.yaml"\ntop = 5\nshare: float = -0.5\nmaybe: int | None = None'
        )
    )
    assert found == {"study": "a.yaml", "top": 5, "share": -0.5, "maybe": None}


def test_the_stored_notebook_declares_what_the_report_takes():
    stored = nbformat.read(ROOT / "notebooks/report.ipynb", as_version=4)
    assert declared(stored) == {"study": "data/ai-strategy/study.yaml", "title": "", "workbook": ""}


def test_a_notebook_has_one_cell_of_parameters():
    with pytest.raises(ReportError, match="one cell tagged 'parameters'; given: '0 cells'"):
        declared(notebook())
    with pytest.raises(ReportError, match="given: '2 cells'"):
        declared(notebook("a = 1", "b = 2"))


def test_a_default_is_not_run():
    with pytest.raises(ReportError, match="default of parameter 'a' is not a literal"):
        declared(notebook("a = __import__('os').getcwd()"))


def test_an_unknown_parameter_is_refused_with_its_near_match():
    with pytest.raises(
        ReportError,
        match=r"unknown parameter 'titel'; allowed: study, title, workbook\. Did you mean 'title'\?",
    ):
        checked({"titel": "x"}, {"study": "", "title": "", "workbook": ""})


@pytest.mark.parametrize("text", ["007", "2026_1", "true", "1e3", "[]", ""])
def test_text_stays_text(text):
    assert checked({"title": text}, {"title": "x"}) == {"title": text}


@pytest.mark.parametrize(
    ("default", "given", "value"),
    [
        (5, "12", 12),
        (5, np.int64(12), 12),
        (0.5, "0.25", 0.25),
        (0.5, np.float32(0.25), 0.25),
        (0.5, 1, 1.0),
        (True, "false", False),
        (False, True, True),
        (None, "as it is", "as it is"),
    ],
)
def test_values_take_the_kind_of_their_default(default, given, value):
    found = checked({"x": given}, {"x": default})["x"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("default", "given", "words"),
    [
        ("", 7, "takes text; given: 7"),
        (5, "5.5", "takes a whole number; given: '5.5'"),
        (5, 5.5, "takes a whole number"),
        (5, True, "takes a whole number"),
        (0.5, "half", "takes a number; given: 'half'"),
        (True, "maybe", "takes true or false; given: 'maybe'"),
        (True, 1, "takes true or false"),
    ],
)
def test_a_value_of_another_kind_is_refused(default, given, words):
    with pytest.raises(ReportError, match=words):
        checked({"x": given}, {"x": default})
