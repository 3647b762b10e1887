"""Targets: shares, percentages and counts, from files that analysts write."""

from pathlib import Path

import pandas as pd
import pytest

from surveykit.errors import EstimateError, StudyError
from surveykit.estimates.weighting.targets import read_targets, shares_of


def written(folder: Path, text: str) -> Path:
    file = folder / "size.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("figures", "shares", "units"),
    [
        ((0.25, 0.75), (0.25, 0.75), None),
        ((25, 75), (0.25, 0.75), None),
        ((250, 750), (0.25, 0.75), 1000),
        ((0.333, 0.664), (0.333 / 0.997, 0.664 / 0.997), None),
        ((33.3, 66.4), (33.3 / 99.7, 66.4 / 99.7), None),
        ((33, 67), (0.33, 0.67), None),
        ((0, 1), (0, 1), None),
        ((1, 3), (0.25, 0.75), 4),
    ],
)
def test_shares_percentages_and_counts_are_told_apart(
    figures: tuple, shares: tuple, units: float | None
) -> None:
    found, size = shares_of(dict(zip("ab", figures, strict=True)), name="size")
    assert found.tolist() == pytest.approx(list(shares))
    assert found.sum() == pytest.approx(1, abs=1e-15)
    assert size == units


@pytest.mark.parametrize(
    "figures", [(0.25, 0.7), (25, 74), (25.2, 74.0), (0.5, 1.2), (0, 0), (60, 60), (2.5, 1.5)]
)
def test_figures_that_do_not_add_up_are_refused(figures: tuple) -> None:
    with pytest.raises(
        EstimateError, match="the targets of 'size' do not add up; given: 'a total of .*'; allowed: shares"
    ):
        shares_of(dict(zip("ab", figures, strict=True)), name="size")


def test_a_file_of_one_variable_is_read_as_it_stands(tmp_path: Path) -> None:
    found = read_targets(written(tmp_path, 'size,share\nSmall,40\n"1,000 and more",60\n'))
    assert found.to_dict() == {"Small": 40.0, "1,000 and more": 60.0}
    assert found.index.name == "size"


def test_a_file_with_decimal_commas_and_any_order_of_columns(tmp_path: Path) -> None:
    found = read_targets(written(tmp_path, "share;size\n0,45;Small\n0,55;Large\n"))
    assert found.to_dict() == {"Small": 0.45, "Large": 0.55}


def test_a_file_of_crossed_variables_is_read_into_a_multiindex(tmp_path: Path) -> None:
    found = read_targets(written(tmp_path, "size,place,share\nS,N,0.2\nS,W,0.3\nL,N,0.5\n"))
    assert found.index.names == ["size", "place"]
    assert found["S", "W"] == 0.3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size,share\nS,0.5\nL,\n", r"size.csv, row 2: this row has no share; given: \['L'\]"),
        ("size,share\nS,0.5\n,0.5\n", r"size.csv, row 2: this row has no category; given: \['0.5'\]"),
        (
            "size,share\nS,half\nL,0.5\n",
            r"row 1: this row has a share that is no number.*\['S', 'half'\].*Write shares as",
        ),
        ("size,share\nS,-0.5\nL,1.5\n", "row 1: this row has a share that is no number of 0 or more"),
        ("size,share\nS,inf\nL,1.5\n", "row 1: this row has a share that is no number of 0 or more"),
        ("size,share\nS,0.5\nL,0.3\ns ,0.2\n", "row 3: this row repeats a category"),
        (
            "size,share\nS,0.5\nL,0.3\n",
            "size.csv: the targets of 'size' do not add up; given: 'a total of 0.8'",
        ),
        (
            "size,shares\nS,0.5\nL,0.5\n",
            "need a column 'share' and a column of categories.*Did you mean 'shares'?",
        ),
        ("share\n0.5\n0.5\n", "need a column 'share' and a column of categories"),
        ("size,share\n", "no responses"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        read_targets(written(tmp_path, text))


def test_a_missing_file_and_its_place_in_the_study_are_told(tmp_path: Path) -> None:
    written(tmp_path, "size,share\nS,1\n")
    with pytest.raises(StudyError, match=r"study.yaml:12: .*there is no such file.*Did you mean 'size.csv'?"):
        read_targets(tmp_path / "sizes.csv", where="study.yaml:12")
    with pytest.raises(StudyError, match="study.yaml:12, row 1: this row has no share"):
        read_targets(written(tmp_path, "size,share\nS,\nL,1\n"), where="study.yaml:12")


def test_targets_take_a_series_or_a_mapping() -> None:
    series = pd.Series([0.4, 0.6], index=["S", "L"])
    assert (
        shares_of(series, name="size")[0].to_dict() == shares_of(series.to_dict(), name="size")[0].to_dict()
    )
