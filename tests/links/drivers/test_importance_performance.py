"""The map of importance and performance."""

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links.drivers import importance, importance_performance

RANGES = {"clarity": (1, 5), "capacity": (0, 10), "friction": (5, 1)}


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(6)
    rows = pd.DataFrame(
        {
            "clarity": rng.uniform(1, 4, 300),
            "capacity": rng.uniform(6, 10, 300),
            "friction": rng.uniform(1, 2.5, 300),
            "budget": rng.lognormal(size=300),
        }
    ).assign(organisation=np.arange(300) // 3)
    rows["speed"] = rows["clarity"] - 2 * rows["friction"] + 0.05 * rows["capacity"] + rng.normal(size=300)
    return importance(
        rows, outcome="speed", predictors=["clarity", "capacity", "friction", "budget"], n_boot=200
    )


@pytest.fixture(scope="module")
def placed(found):
    return importance_performance(found, ranges=RANGES)


def test_means_stand_on_their_way_to_the_better_end(found, placed):
    means = found.data.set_index("predictor")["mean"]
    assert placed["predictor"].tolist() == ["clarity", "capacity", "friction"]
    assert placed["turned"].tolist() == [False, False, True]
    expected = [25 * (means["clarity"] - 1), 10 * means["capacity"], 25 * (5 - means["friction"])]
    assert placed["performance"].tolist() == pytest.approx(expected)
    low, high = placed["performance_ci_lower"], placed["performance_ci_upper"]
    assert ((low < placed["performance"]) & (placed["performance"] < high)).all()
    friction = found.data.set_index("predictor").loc["friction"]
    assert high[2] == pytest.approx(25 * (5 - friction["mean_ci_lower"]))


def test_importance_is_the_proportion_and_cuts_are_the_means_of_the_map(found, placed):
    parts = found.data.set_index("predictor").loc[placed["predictor"]]
    assert placed["importance"].tolist() == parts["proportion"].tolist()
    assert placed["importance_ci_upper"].tolist() == parts["proportion_ci_upper"].tolist()
    assert placed["importance_cut"].tolist() == pytest.approx([parts["proportion"].mean()] * 3)
    assert placed["performance_cut"].tolist() == pytest.approx([placed["performance"].mean()] * 3)
    assert (placed["performance_cut_ci_lower"] < placed["performance_cut"]).all()


def test_quadrants_and_how_sure_they_are(placed):
    assert placed["quadrant"].tolist() == [
        "more important, lower standing",
        "less important, higher standing",
        "more important, higher standing",
    ]
    # Slopes and means are far apart: hardly a resample has another picture.
    assert (placed["quadrant_share"] > 0.9).all()


def test_predictors_alike_are_in_no_quadrant_for_sure():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(rng.uniform(0, 1, (120, 4)), columns=list("abcd")).assign(
        organisation=np.arange(120) // 2
    )
    rows["y"] = rows[list("abcd")].sum(axis=1) + rng.normal(size=120)
    even = importance_performance(
        importance(rows, outcome="y", predictors=list("abcd"), n_boot=200),
        ranges=dict.fromkeys("abcd", (0, 1)),
    )
    assert (even["quadrant_share"] < 0.9).all()


@pytest.mark.parametrize("ends", [(5, 3), (1, 1.5), (2, 2), (np.nan, 5)])
def test_a_range_must_hold_the_mean(found, ends):
    with pytest.raises(
        LinkError, match="'clarity' cannot stand on this range: its mean is 2.*Give the worst"
    ):
        importance_performance(found, ranges={"clarity": ends})


def test_ranges_are_of_predictors(found):
    with pytest.raises(LinkError, match="no predictor has a range; allowed: clarity, capacity"):
        importance_performance(found, ranges={})
    with pytest.raises(LinkError, match="there is no predictor 'clarty'; allowed: clarity, capacity"):
        importance_performance(found, ranges={"clarty": (1, 5)})
