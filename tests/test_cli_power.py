"""`surveykit power`: what it prints and writes, and that bad input ends in one message."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from surveykit.cli import main

QUICK = ["--organisations", "20,40", "--executives", "3", "--samples", "40", "--jobs", "1"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["power", *map(str, arguments)])


def test_it_prints_a_table_and_writes_numbers_and_a_figure(small_study: Path, tmp_path: Path) -> None:
    table, figure = tmp_path / "power.csv", tmp_path / "power.png"
    table.write_text("what was there before", encoding="utf-8")
    done = run(small_study, *QUICK, "-o", table, "--plot", figure)
    assert done.exit_code == 0, done.output
    assert "Power: share of 40 simulated surveys that find each planned link" in done.stdout
    assert (
        "To be found: 10 percentage points for one standard deviation of organisations' true standing"
        in done.stdout
    )
    assert done.stderr == ""
    written = pd.read_csv(table)
    assert written["organisations"].tolist() == [20, 40]
    assert {"power", "power_ci_lower", "power_ci_upper", "sentence"} <= set(written)
    assert figure.read_bytes()[:4] == b"\x89PNG"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["power.csv", "power.png", "small"]


def test_help_teaches() -> None:
    shown = run("--help").output
    assert "Power is how many of 100 such surveys would find a link" in shown
    assert "surveykit power my-study -o power.csv --plot power.png" in shown
    assert "\\b" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--organisations", "40;80"],
            "--organisations: whole numbers with commas between them are needed; given: '40;80'",
        ),
        (
            ["--organisations", "4"],
            "a survey of so few organisations cannot test a link; given: 4; allowed: 10 and more",
        ),
        (["--effect", "10"], "'effect' is out of range; given: 10.0; allowed: 0 to below 1"),
        (["-o", "power.xlsx"], "a file of this kind is not written; given: 'power.xlsx'; allowed: .csv"),
        (["--plot", "nowhere/power.png"], "there is no such folder; given: 'nowhere'"),
    ],
)
def test_bad_input_is_one_message(small_study: Path, arguments: list[str], message: str) -> None:
    done = run(small_study, *QUICK, *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_run_that_fails_leaves_the_file_there_was(small_study: Path, tmp_path: Path) -> None:
    table = tmp_path / "power.csv"
    table.write_text("what was there before", encoding="utf-8")
    assert run(small_study, *QUICK, "-o", table, "--effect", "0.9").exit_code == 2
    assert table.read_text(encoding="utf-8") == "what was there before"


def test_a_study_without_links_is_told_so(small_study: Path) -> None:
    path = small_study / "study.yaml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("links:")] + text[text.index("report:") :], encoding="utf-8")
    done = run(small_study, *QUICK)
    assert done.exit_code == 2
    assert "the study plans no links, so there is nothing to find" in done.stderr
