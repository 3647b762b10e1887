"""The command: what it says of itself, and that it prints what the library found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from surveykit.cli import main
from tests.conftest import ROOT


def test_help_teaches_and_keeps_its_lines() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert "\n    surveykit columns responses.csv     what the export holds" in shown
    assert "_SURVEYKIT_COMPLETE=bash_source" in shown
    assert "\\b" not in shown


@pytest.mark.parametrize("command", ["report", "check", "columns"])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 8


def test_check_lists_what_the_study_does_not_foresee() -> None:
    shown = CliRunner().invoke(main, ["check", str(ROOT / "data/ai-strategy")]).output
    assert "responses.csv, column Q6_1: unmapped label 'Somewhat agree', in 1 cells." in shown
    assert "initiatives.csv, column organisation: no response for 'org-181'" in shown
    assert "125 cells of the responses left mean no answer or have no code" in shown
    assert "holds together: 879 respondents, 180 organisations." in shown


def test_columns_lists_questions_and_no_answer() -> None:
    shown = CliRunner().invoke(main, ["columns", str(ROOT / "data/ospo-2018/responses.csv")]).output
    assert "Q6_1\tmultiple\tWhat are the primary responsibilities" in shown
    assert "Frequently" not in shown


def test_a_parameter_without_a_value_is_refused(small_study: Path) -> None:
    result = CliRunner().invoke(main, ["report", str(small_study), "-p", "title"])
    assert result.exit_code == 2
    assert "-p: a parameter is written NAME=VALUE; given: 'title'" in result.stderr


def test_importing_surveykit_loads_nothing_heavy() -> None:
    heavy = "{'pandas', 'numpy', 'pydantic', 'statsmodels'}"
    code = f"import sys, surveykit, surveykit.cli; print(sorted({heavy} & set(sys.modules)), len(dir(surveykit)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[] 17\n"


def test_check_names_an_item_that_runs_the_other_way(small_study: Path) -> None:
    path = small_study / "study.yaml"
    path.write_text(path.read_text("utf-8").replace(", reversed: true", ""), encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(small_study)])
    assert result.exit_code == 0
    assert re.search(
        r"study.yaml:11: answers to 'turned' run against the rest of scale 'clarity' \(r -0\.\d+\)",
        result.output,
    )


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "surveykit", "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage: surveykit" in done.stdout
