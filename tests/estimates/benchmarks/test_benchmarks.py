"""Published figures: read from the study's file, and what is said beside an estimate."""

import math
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.conftest import SMALL_STUDY

from surveykit.analysis import Analysis
from surveykit.errors import StudyError
from surveykit.estimates import compare
from surveykit.estimates.benchmarks.published import DIFFERS, read_benchmarks
from surveykit.estimates.benchmarks.verdicts import VERDICTS, verdict
from surveykit.study import Study, load_study

NOBODY_SAID = DIFFERS[""]


def study_with(
    folder: Path, *rows: dict[str, object], of: str = "share_of: plain_1, values: [4, 5]"
) -> Study:
    """A small study whose only figure, 'agree', stands beside these."""
    text = SMALL_STUDY.replace("share_of: plain_1, values: [4, 5]", of)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    filled = [{"estimate": "agree", "figure": 30, "rounding": "exact"} | row for row in rows]
    pd.DataFrame(filled).to_csv(folder / "benchmarks.csv", index=False)
    return load_study(folder)


def beside(folder: Path, estimate: tuple[float, float, float], **row: object) -> pd.Series:
    """The comparison of one published figure with an estimate in its interval."""
    mean = bool(row.pop("mean", False))
    study = study_with(folder, row, of="mean_of: plain_1" if mean else "share_of: plain_1, values: [4, 5]")
    numbers = dict(zip(("estimate", "ci_lower", "ci_upper"), estimate, strict=True))
    found = pd.DataFrame([numbers]).assign(
        name="agree", label="X", statistic="mean" if mean else "share", kind="headline", level="executive",
        segment="", value="", std_error=0.02, df=math.inf, n_obs=500, n_organisations=80,
        method="t" if mean else "logit",
    )  # fmt: skip
    comparisons = compare(SimpleNamespace(study=study, data=found))
    assert comparisons is not None
    return comparisons.data.iloc[0]


EXACT = ", whose own sampling error is unknown"
WITHIN = "the difference stays within the declared margin of"


@pytest.mark.parametrize(
    ("row", "interval", "decided", "says"),
    [
        ({}, (0.33, 0.31, 0.35), "above", f"this lies 1.0 to 5.0 points above the published 30%{EXACT}."),
        ({}, (0.24, 0.2, 0.29), "below", f"this lies 1.0 to 10.0 points below the published 30%{EXACT}."),
        (
            {},
            (0.3, 0.25, 0.36),
            "not told apart",
            f"this may lie anywhere from 5.0 points below to 6.0 points above the published 30%{EXACT}.",
        ),
        (
            {"rounding": "about"},
            (0.33, 0.31, 0.35),
            "not told apart",
            f"from 1.5 points below to 7.5 points above what was published as about 30%{EXACT}.",
        ),
        (
            {"rounding": "rounded", "figure": 30.5},
            (0.312, 0.3075, 0.3165),
            "above",
            f"lies 0.2 to 1.2 points above the published 30.5%{EXACT}.",
        ),
        (
            {"rounding": "fewer than", "figure": 20},
            (0.12, 0.1, 0.15),
            "not told apart",
            f"nothing here speaks against what was published as fewer than 20%{EXACT}.",
        ),
        (
            {"rounding": "fewer than", "figure": 20},
            (0.23, 0.21, 0.25),
            "above",
            f"this lies 1.0 to 25.0 points above what was published as fewer than 20%{EXACT}.",
        ),
        (
            {"rounding": "over", "figure": 90},
            (0.93, 0.91, 0.95),
            "not told apart",
            f"nothing here speaks against what was published as over 90%{EXACT}.",
        ),
        (
            {"rounding": "over", "figure": 90},
            (0.82, 0.8, 0.85),
            "below",
            f"lies 5.0 to 20.0 points below what was published as over 90%{EXACT}.",
        ),
        (
            {"base": 1200, "margin": 10},
            (0.31, 0.27, 0.35),
            "within the margin",
            f"(of 1,200 answers); at 90% (3.0 points below to 5.0 points above it) {WITHIN} 10 points.",
        ),
        (
            {"margin": 8},
            (0.33, 0.31, 0.35),
            "within the margin",
            f"above the published 30%{EXACT}; at 90% (1.3 to 4.7 points above it) {WITHIN} 8 points.",
        ),
        (
            {"margin": 2.5},
            (0.33, 0.31, 0.35),
            "above",
            f"published 30%{EXACT}; whether the difference is within the declared margin of 2.5 points is not shown.",
        ),
        (
            {"margin": 5},
            (0.4, 0.36, 0.44),
            "above",
            f"published 30%{EXACT}; the difference is beyond the declared margin of 5 points.",
        ),
    ],
)
def test_the_sentence_says_no_more_than_the_two_figures(
    tmp_path: Path, row: dict[str, object], interval: tuple[float, float, float], decided: str, says: str
) -> None:
    found = beside(tmp_path, interval, **row)
    assert found["verdict"] == decided
    assert found["sentence"].endswith(says)
    estimate, lower, upper = (f"{100 * number:.1f}" for number in interval)
    assert found["sentence"].startswith(f"X: {estimate}% (95% interval {lower} to {upper}); ")


@pytest.mark.parametrize(
    ("rounding", "figure", "decided", "says"),
    [
        ("about", "4.9", "below", "lies 1.61 to 2.35 below what was published as about 4.9"),
        ("rounded", "2.5", "above", "lies 0.25 to 0.59 above the published 2.5"),
        ("rounded", "2.9", "not told apart", "from 0.15 below to 0.19 above the published 2.9"),
        ("over", "5000", "below", "lies 4,996.96 or more below what was published as over 5000"),
        ("fewer than", "1", "above", "lies 1.80 or more above what was published as fewer than 1"),
        (
            "fewer than",
            "3",
            "not told apart",
            "nothing here speaks against what was published as fewer than 3",
        ),
    ],
)
def test_means_are_compared_in_units_of_the_figures_last_digit(
    tmp_path: Path, rounding: str, figure: str, decided: str, says: str
) -> None:
    found = beside(tmp_path, (2.92, 2.8, 3.04), rounding=rounding, figure=figure, base=900, mean=True)
    assert found["verdict"] == decided
    # A base without a standard deviation tells nothing of the sampling error of a mean.
    assert found["sentence"].endswith(f"{says}{EXACT}.")


def test_what_a_figure_may_stand_for_follows_its_rounding(tmp_path: Path) -> None:
    rows = [
        {"figure": "53", "rounding": "rounded"},
        {"figure": "53.4", "rounding": "rounded"},
        {"figure": "30", "rounding": "about"},
        {"figure": "20", "rounding": "fewer than"},
        {"figure": "99", "rounding": "about"},
    ]
    data = read_benchmarks(study_with(tmp_path, *rows))
    assert data["figure_lower"].tolist() == pytest.approx([0.525, 0.5335, 0.275, 0, 0.965])
    assert data["figure_upper"].tolist() == pytest.approx([0.535, 0.5345, 0.325, 0.2, 1])
    means = read_benchmarks(study_with(tmp_path, {"figure": "3", "rounding": "over"}, of="mean_of: plain_1"))
    assert means[["figure_lower", "figure_upper"]].iloc[0].tolist() == [3, math.inf]


@pytest.mark.parametrize(
    ("differs", "own", "caution"),
    [
        ("nothing", "", ""),
        ("", "", NOBODY_SAID),
        ("", "Own words.", f"{NOBODY_SAID} Own words."),
        ("wording", "", "The published question is worded differently."),
        ("population", "Own words.", "The published figure is of another population. Own words."),
        ("both", "", "The published figure is of another question and another population."),
    ],
)
def test_a_figure_not_declared_the_same_carries_a_caution(
    tmp_path: Path, differs: str, own: str, caution: str
) -> None:
    row = beside(tmp_path, (0.3, 0.25, 0.36), differs=differs, caution=own)
    assert row["caution"] == caution


def test_a_file_with_the_least_columns_is_enough(tmp_path: Path) -> None:
    found = beside(tmp_path, (0.3, 0.25, 0.36))
    assert found["caution"] == NOBODY_SAID
    assert pd.isna(found["base"])
    assert pd.isna(found["equivalence_p"])
    assert found["wording"] == ""


def test_a_known_base_makes_the_interval_wider(tmp_path: Path) -> None:
    known = beside(tmp_path, (0.3, 0.25, 0.36), base=150)
    unknown = beside(tmp_path, (0.3, 0.25, 0.36))
    assert known["difference_ci_lower"] < unknown["difference_ci_lower"] == pytest.approx(-0.05)
    assert known["difference_ci_upper"] > unknown["difference_ci_upper"] == pytest.approx(0.06)


@pytest.mark.parametrize(
    ("figure", "decided", "says"),
    [
        (30, "reproduced", "this rounds to the published 30%, which rests on the same answers."),
        (
            29,
            "not reproduced",
            "this does not give the published 29%, though that rests on the same answers.",
        ),
    ],
)
def test_the_same_answers_leave_nothing_to_chance(
    tmp_path: Path, figure: int, decided: str, says: str
) -> None:
    found = beside(tmp_path, (0.298, 0.25, 0.36), figure=figure, rounding="rounded", base="same answers")
    assert found["verdict"] == decided
    assert found["sentence"].endswith(says)
    assert math.isnan(found["p_value"])
    assert found["caution"] == ""
    half = 0.298 - figure / 100
    assert (found["difference_ci_lower"], found["difference_ci_upper"]) == pytest.approx(
        (half - 0.005, half + 0.005)
    )


def test_without_an_interval_there_is_no_verdict(tmp_path: Path) -> None:
    found = beside(tmp_path, (1.0, math.nan, math.nan), rounding="about", margin=5)
    assert found["verdict"] == "no interval"
    assert found["sentence"] == (
        "X: 100.0%; too few organisations answered for an interval, or for a word on what was published as about 30%."
    )
    numbers = ["difference_ci_lower", "difference_ci_upper", "p_value", "equivalence_p"]
    assert found[numbers].isna().all()


def test_every_verdict_is_named() -> None:
    row = {
        "same_answers": False,
        "difference_ci_lower": 0.1,
        "difference_ci_upper": 0.2,
        "equivalence_p": 0.01,
    }
    assert verdict(row, 0.95) == "within the margin"
    assert {verdict(row | {"equivalence_p": p}, 0.95) for p in (0.06, math.nan)} == {"above"}
    assert len(set(VERDICTS)) == len(VERDICTS) == 7


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"base": "many"}, r"benchmarks\.csv, row 1: the base of 'agree' is no count; given: 'many'"),
        ({"base": "0"}, "the base of 'agree' is no count"),
        ({"margin": "0"}, "the margin of 'agree' is not a number above 0; given: '0'"),
        ({"margin": "-5"}, "the margin of 'agree' is not a number above 0"),
        ({"margin": "five"}, "the margin of 'agree' is not a number above 0"),
        ({"differs": "wordings"}, "unknown 'wordings' under 'differs'.*Did you mean 'wording'"),
        (
            {"base": "same answers", "margin": 5},
            "of the same answers: nothing differs, and no margin applies",
        ),
        ({"base": "same answers", "differs": "both"}, "of the same answers: nothing differs"),
        ({"figure": 130}, "must be a percentage from 0 to 100"),
        ({"figures": 1}, "unknown column 'figures'.*Did you mean 'figure'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_row(tmp_path: Path, row: dict[str, object], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        read_benchmarks(study_with(tmp_path, row))


def test_both_studies_stand_beside_their_figures(ai_analysis: Analysis, ospo_analysis: Analysis) -> None:
    assert ai_analysis.comparisons is not None
    assert ospo_analysis.comparisons is not None
    assert (ospo_analysis.comparisons.data["verdict"] == "reproduced").all()
    data = ai_analysis.comparisons.data
    assert data["verdict"].tolist() == ["not told apart", "not told apart", "below", "not told apart"]
    assert (data["caution"] != "").all()
    assert data["p_value"].iloc[2] < 1e-9
    assert repr(ai_analysis.comparisons) == "Comparisons(4 published figures)"
    assert ai_analysis.comparisons.to_frame() is not data
