"""The figures of both studies."""

from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import SMALL_STUDY, write_small_study

from surveykit.analysis import Analysis
from surveykit.cleaning import clean
from surveykit.estimates import Estimates, estimate
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
    given = ai_analysis.estimates.distributions
    shares = given[~given["apart"].astype(bool)].groupby("item")["share"].sum()
    assert shares.to_numpy() == pytest.approx(1)
    turned = ai_analysis.estimates.distributions.query("item == 'clarity_3' and answer == 'Strongly agree'")
    keyed = ai_analysis.cleaned.data["clarity_3"]
    assert turned["n"].item() == (keyed == 1).sum()


def test_no_figure_is_rounded_before_it_is_shown(ospo_analysis: Analysis) -> None:
    shares = ospo_analysis.estimates.data.query("statistic == 'share' and segment == ''")
    assert isinstance(shares, pd.DataFrame)
    counts = shares["estimate"] * shares["n_obs"]
    assert counts.to_numpy() == pytest.approx(shares["n_counted"].to_numpy(dtype=float), abs=1e-6)


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
