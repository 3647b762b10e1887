"""The figures of both studies."""

import pandas as pd
import pytest

from surveykit.analysis import Analysis
from surveykit.estimates.benchmarks import _sentence

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
    row = {"label": "X", "statistic": "share", "published": figure, "rounding": rounding}
    row |= {"estimate": (lower + upper) / 2, "ci_lower": lower, "ci_upper": upper}
    sentence = _sentence(row, 0.9)
    assert says in sentence
    assert "90% interval" in sentence


def test_no_figure_is_rounded_before_it_is_shown(ai_analysis: Analysis) -> None:
    shares = ai_analysis.estimates.data.query("statistic == 'share' and segment == ''")
    assert isinstance(shares, pd.DataFrame)
    counts = shares["estimate"] * shares["n_obs"]
    assert counts.to_numpy() == pytest.approx(counts.round().to_numpy(), abs=1e-6)
