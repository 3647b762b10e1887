"""Split samples: what the same people bring to both sides goes, what organisations share stays."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links.sensitivity import split_links, split_sample
from surveykit.links.sensitivity.halves import Halves, halved, slopes_of

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="module")
def executives():
    return pd.read_csv(REFERENCE / "unreliability.csv")


def beside(data):
    return data.drop_duplicates("organisation").set_index("organisation")[["z"]]


def split(data, **changed):
    parts = {"outcome": "ownership", "predictors": ["clarity"], "beside": beside(data), **changed}
    return split_sample(data, **parts)


def test_slopes_over_splits_are_those_of_r(executives):
    expected = json.loads((REFERENCE / "unreliability.json").read_text(encoding="utf-8"))["halves"]
    x, y = (executives[name].to_numpy().reshape(60, 4) for name in ("clarity", "ownership"))
    ways = [np.isin(np.arange(4), way) for way in combinations(range(4), 2)]
    halves = Halves(
        np.stack([x[:, way].mean(axis=1)[:, None] for way in ways]),
        np.stack([y[:, ~way].mean(axis=1) for way in ways]),
    )
    found = slopes_of(halves, beside(executives).to_numpy())
    # Closed forms on both sides.
    assert found.average[0] == pytest.approx(expected["all"], rel=1e-10)
    assert found.without_each[0, 0] == pytest.approx(expected["without_first"], rel=1e-10)


def test_random_splits_come_to_the_mean_of_all_ways(executives):
    expected = json.loads((REFERENCE / "unreliability.json").read_text(encoding="utf-8"))["halves"]["all"]
    found = split(executives).data.iloc[0]
    # Of 200 splits; ways are drawn for each organisation apart, which moves the mean by less than a split does.
    assert found["estimate"] / found["per"] == pytest.approx(expected, abs=found["split_sd"] / found["per"])


def test_leaving_an_organisation_out_is_exact():
    rng = np.random.default_rng(1)
    groups, fixed = np.repeat(np.arange(15), 5), rng.normal(size=(15, 1))
    halves = halved(rng.normal(size=(75, 2)), rng.normal(size=75), groups, splits=3, seed=2)
    found = slopes_of(halves, fixed)
    for left_out in (0, 9):
        stay = np.arange(15) != left_out
        again = slopes_of(Halves(halves.predictors[:, stay], halves.outcome[:, stay]), fixed[stay])
        np.testing.assert_allclose(found.without_each[left_out], again.average, rtol=1e-9)


def test_sides_never_share_a_person_and_lose_nobody():
    groups = np.repeat(np.arange(6), [2, 3, 4, 5, 6, 7])
    one = np.ones(len(groups))
    weights = np.random.default_rng(3).normal(size=len(groups))
    halves = halved(np.column_stack([one, weights]), weights, groups, splits=50, seed=4)
    np.testing.assert_allclose(halves.predictors[:, :, 0], 1)
    sizes = np.bincount(groups)
    total = np.add.reduceat(weights, np.cumsum(sizes) - sizes)
    pairs = sizes % 2 == 0  # halves alike in size, so that their means sum to twice the mean
    sums = halves.predictors[:, pairs, 1] + halves.outcome[:, pairs]
    np.testing.assert_allclose(sums, np.broadcast_to(2 * total[pairs] / sizes[pairs], sums.shape))


def test_a_mood_on_both_sides_goes_and_a_standing_stays():
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(300), 6)
    mood, noise = rng.normal(size=len(groups)), rng.normal(size=(2, len(groups)))
    standing = rng.normal(size=300)[groups]
    only_mood = pd.DataFrame({"organisation": groups, "x": mood + noise[0], "y": mood + noise[1]})
    shared = only_mood.assign(x=standing + noise[0], y=standing + noise[1])
    gone, stays = (
        split_sample(data, outcome="y", predictors=["x"]).data.iloc[0] for data in (only_mood, shared)
    )
    assert gone["whole_ci_lower"] > 0
    assert gone["ci_lower"] < 0 < gone["ci_upper"]
    # Reliability of a half of three is 3 / (3 + 1); of the whole 6 / (6 + 1).
    assert stays["estimate"] / stays["whole"] == pytest.approx((3 / 4) / (6 / 7), abs=0.05)


def test_intervals_hold_what_splitting_estimates():
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), 4)
        standing = rng.normal(size=40)[groups]
        x, y = standing + rng.normal(size=(2, 160)) * np.sqrt(2)
        data = pd.DataFrame({"organisation": groups, "x": x, "y": y})
        found = split_sample(data, outcome="y", predictors=["x"], splits=40).data.iloc[0]
        truth = 0.5 * found["per"]  # reliability of a half of two: 2 / (2 + 2)
        held += found["ci_lower"] <= truth <= found["ci_upper"]
    # 95% of 60 is 57; below 51 has a chance under 1%.
    assert held >= 51


def test_the_same_seed_gives_the_same_and_row_order_hardly_matters(executives):
    pd.testing.assert_frame_equal(split(executives).data, split(executives).data)
    other = split(executives, seed=2).data.loc[0, "estimate"]
    first = split(executives).data.loc[0]
    assert other != first["estimate"]
    assert other == pytest.approx(first["estimate"], abs=6 * first["split_sd"] / np.sqrt(200))


def test_sides_have_two_or_one_where_too_few_have_four(executives):
    assert split(executives).n_each_side == 2
    pairs = executives.groupby("organisation").head(3)
    found = split(pairs)
    assert (found.n_each_side, found.n_organisations, found.n_obs) == (1, 60, 180)
    with pytest.raises(LinkError, match="10 organisations with 4 respondents"):
        split(pairs, each_side=2)


def test_one_executive_each_cannot_be_split(executives):
    with pytest.raises(LinkError, match="Ask more respondents"):
        split(executives.drop_duplicates("organisation"))


def test_columns_that_cannot_be_told_apart_are_named(executives):
    double = beside(executives).assign(twice=lambda data: 2 * data["z"])
    with pytest.raises(LinkError, match="cannot be told apart"):
        split(executives, beside=double)
    with pytest.raises(LinkError, match="cannot be told apart.*same"):
        split(executives, beside=beside(executives).assign(same=1.0))


def test_links_within_the_same_answers_are_named_as_such(links):
    found = split_links(links)
    assert found["link"].unique().tolist() == [5, 6]
    told = found[found["link"] == 5].iloc[0]
    assert told["same_source"]
    assert told["n_each_side"] == 2
    assert "The same people tell strategy clarity" not in told["reason"]
    assert told["sentence"].startswith("The same people tell strategy clarity and adoption quality")
    differing = found[found["link"] == 6]
    assert differing["reason"].str.contains("cannot be told by half").all()
    assert differing["estimate"].isna().all()
