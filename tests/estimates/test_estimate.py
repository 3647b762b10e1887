"""The figures of both studies."""

from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import SMALL_STUDY, write_small_study

from surveykit.analysis import Analysis
from surveykit.cleaning import clean
from surveykit.estimates import Estimates, estimate
from surveykit.estimates.benchmarks import _sentence
from surveykit.exports import read_export
from surveykit.scoring import aggregate, score
from surveykit.study import load_study

PUBLISHED = {
    "has_or_plans": (399, 748),
    "often_internally": (527, 736),
    "often_in_products": (405, 738),
    "critical": (95, 161),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_figures_are_recomputed(ospo_analysis: Analysis, name: str) -> None:
    count, base = PUBLISHED[name]
    row = ospo_analysis.comparisons.data.set_index("name").loc[name]
    assert row["n_obs"] == base
    assert row["estimate"] == pytest.approx(count / base, rel=1e-12)
    assert f"{row['estimate']:.0%}" == f"{row['figure']:.0%}"
    assert "rounds to the published" in row["sentence"]


def test_executives_are_counted_with_their_organisations(ai_analysis: Analysis) -> None:
    data = ai_analysis.estimates.data
    overall = data[(data["segment"] == "") & (data["level"] == "executive")]
    assert (overall["n_organisations"] == 180).all()
    assert (overall["df"] == 179).all()
    assert (overall["n_obs"] > 800).all()


def test_segments_share_out_the_whole(ai_analysis: Analysis) -> None:
    data = ai_analysis.estimates.data
    by_size = data[data["segment"] == "size"].groupby("name")["n_obs"].sum()
    overall = data[data["segment"] == ""].set_index("name")["n_obs"]
    assert (by_size == overall[by_size.index]).all()
    assert data[data["segment"] == "size"]["value"].head(4).tolist() == [
        "Under 250", "250 to 999", "1,000 to 4,999", "5,000 and more",
    ]  # fmt: skip


def test_distributions_add_up_and_show_reversed_items_as_worded(ai_analysis: Analysis) -> None:
    shares = ai_analysis.estimates.distributions.groupby("item")["share"].sum()
    assert shares.to_numpy() == pytest.approx(1)
    turned = ai_analysis.estimates.distributions.query("item == 'clarity_3' and answer == 'Strongly agree'")
    keyed = ai_analysis.cleaned.data["clarity_3"]
    assert turned["n"].item() == (keyed == 1).sum()


@pytest.mark.parametrize(
    ("rounding", "figure", "lower", "upper", "says"),
    [
        ("exact", 30, 0.31, 0.35, "whole interval lies above the published figure (30%)"),
        ("exact", 30, 0.20, 0.29, "whole interval lies below"),
        ("exact", 30, 0.25, 0.35, "compatible with"),
        ("about", 30, 0.31, 0.35, "compatible with the published figure (about 30%)"),
        ("fewer than", 20, 0.10, 0.15, "compatible with the published figure (fewer than 20%)"),
        ("fewer than", 20, 0.21, 0.25, "whole interval lies above"),
        ("over", 90, 0.91, 0.95, "compatible with the published figure (over 90%)"),
        ("over", 90, 0.80, 0.85, "whole interval lies below"),
    ],
)
def test_the_sentence_says_no_more_than_the_two_figures(
    rounding: str, figure: float, lower: float, upper: float, says: str
) -> None:
    row = {"label": "X", "statistic": "share", "published": figure, "rounding": rounding, "last_digit": 1.0}
    row |= {"estimate": (lower + upper) / 2, "ci_lower": lower, "ci_upper": upper}
    sentence = _sentence(row, 0.9)
    assert says in sentence
    assert "90% interval" in sentence


def test_no_figure_is_rounded_before_it_is_shown(ai_analysis: Analysis) -> None:
    shares = ai_analysis.estimates.data.query("statistic == 'share' and segment == ''")
    assert isinstance(shares, pd.DataFrame)
    counts = shares["estimate"] * shares["n_obs"]
    assert counts.to_numpy() == pytest.approx(counts.round().to_numpy(), abs=1e-6)


def estimated(folder: Path, *changes: tuple[str, str]) -> Estimates:
    """The small study with a few things said differently, estimated."""
    write_small_study(folder)
    text = SMALL_STUDY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    study = load_study(folder)
    return estimate(aggregate(score(clean(read_export(study.beside("responses.csv")), study))))


def test_a_share_of_a_reversed_item_counts_the_answers_as_given(tmp_path: Path) -> None:
    found = estimated(tmp_path, ("share_of: plain_1, values: [4, 5]", "share_of: turned, values: [4, 5]"))
    share = found.data.set_index(["name", "segment"]).loc[("agree", ""), "estimate"]
    given = found.distributions.query("item == 'turned' and code >= 4")["share"].sum()
    assert share == pytest.approx(given)
    assert share != pytest.approx(found.distributions.query("item == 'turned' and code <= 2")["share"].sum())


def test_labels_of_one_code_are_one_answer(tmp_path: Path) -> None:
    found = estimated(tmp_path, ("Disagree: 2", "Disagree: 1"))
    answers = found.distributions.query("item == 'plain_1'")
    assert answers["answer"].tolist() == [
        "Strongly disagree / Disagree",
        "Neither",
        "Agree",
        "Strongly agree",
    ]
    assert answers["share"].sum() == pytest.approx(1)


def test_numbers_that_begin_alike_stay_apart(tmp_path: Path) -> None:
    write_small_study(tmp_path)
    study = load_study(tmp_path)
    raw = read_export(study.beside("responses.csv"))
    raw.data["q2"] = [str(1234560 + number % 4) for number in range(len(raw.data))]
    items = study.items | {"plain_2": study.items["plain_2"].model_copy(update={"answers": None})}
    cleaned = clean(raw, study.model_copy(update={"items": items}).located(study.path, {}))
    found = estimate(aggregate(score(cleaned))).distributions.query("item == 'plain_2'")
    assert found["answer"].tolist() == ["1234560", "1234561", "1234562", "1234563"]
    assert found["n"].sum() == found["n_obs"].iloc[0]


@pytest.mark.parametrize(
    ("rounding", "digit", "published", "verdict"),
    [
        ("about", 0.1, 4.9, "whole interval lies below"),
        ("rounded", 0.1, 2.5, "whole interval lies above"),
        ("rounded", 0.1, 2.9, "rounds to the published 2.9"),
        ("over", 1.0, 5000, "whole interval lies below"),
        ("fewer than", 1.0, 1, "whole interval lies above"),
    ],
)
def test_means_are_compared_in_units_of_the_figures_last_digit(
    rounding: str, digit: float, published: float, verdict: str
) -> None:
    row = {
        "label": "X",
        "statistic": "mean",
        "published": published,
        "rounding": rounding,
        "last_digit": digit,
    }
    assert verdict in _sentence(row | {"estimate": 2.92, "ci_lower": 2.8, "ci_upper": 3.04}, 0.95)


def test_without_an_interval_there_is_no_verdict() -> None:
    row = {"label": "X", "statistic": "share", "published": 30, "rounding": "about", "last_digit": 1.0}
    sentence = _sentence(row | {"estimate": 1.0, "ci_lower": float("nan"), "ci_upper": float("nan")}, 0.95)
    assert sentence == (
        "X: 100.0%; too few organisations answered for an interval, or for a word on the published figure (about 30%)."
    )
