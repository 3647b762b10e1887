"""The export as others see it."""

from __future__ import annotations

import pytest

from surveykit.errors import ExportError
from surveykit.exports import read_export


@pytest.fixture
def export(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("id,clarity,note\n1,4,x\n2,5,\n", encoding="utf-8")
    return read_export(file)


def test_answers_of_a_column(export):
    assert export.answers("clarity").tolist() == ["4", "5"]
    assert export.answers("clarity").name == "clarity"


def test_answers_of_nothing(export):
    with pytest.raises(
        ExportError, match=r"answers\.csv: no question 'claritty'; allowed: id, .*Did you mean 'clarity'"
    ):
        export.answers("claritty")


def test_without(export):
    assert export.without(["note"]).questions["column"].tolist() == ["id", "clarity"]
    assert export.data.shape == (2, 3)


def test_repr(export):
    assert repr(export) == "RawExport(answers.csv: plain, 2 responses, 3 columns)"
