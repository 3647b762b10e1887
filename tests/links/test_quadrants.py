"""Adoption beside transformation: every initiative that tells both is in one quadrant."""

import pytest

from surveykit.errors import LinkError
from surveykit.estimates.sampling import sample
from surveykit.links.quadrant import quadrants


def test_quadrants_hold_every_initiative_once(ai_analysis):
    aggregated = ai_analysis.aggregated
    found = quadrants(aggregated, ai_analysis.estimates.sampled.designs["initiative"])
    rows = aggregated.rows("initiative")
    told = rows[["active_users", "process_redesigned"]].notna().all(axis=1)
    assert found.data["n"].sum() == told.sum() == found.data["n_obs"].iloc[0]
    assert found.n_lost == len(rows) - told.sum()
    assert found.data["estimate"].sum() == pytest.approx(
        1, abs=1e-12
    )  # shares of one whole, in floating point
    used, changed = rows["active_users"] >= 50, rows["process_redesigned"] == 1
    by_hand = [(used & changed).sum(), (used & ~changed & told).sum()]
    assert found.data["n"].tolist()[:2] == by_hand


def test_quadrants_are_weighted_shares(ai_analysis):
    """The share is that of the weights: counted by hand."""
    design = ai_analysis.estimates.sampled.designs["initiative"]
    found = quadrants(ai_analysis.aggregated, design).data
    rows = ai_analysis.aggregated.rows("initiative")
    told = rows[["active_users", "process_redesigned"]].notna().all(axis=1).to_numpy()
    used = ((rows["active_users"] >= 50) & (rows["process_redesigned"] == 0)).to_numpy()
    weight = design.weight.to_numpy()
    assert found["estimate"][1] == pytest.approx(weight[told & used].sum() / weight[told].sum(), rel=1e-12)


def test_without_a_plan_or_answers_there_are_no_quadrants(ospo_analysis, ai_analysis):
    with pytest.raises(LinkError, match="declares no 'quadrant'"):
        quadrants(ospo_analysis.aggregated, ospo_analysis.estimates.sampled.designs["executive"])
    design = sample(ai_analysis.aggregated).designs["initiative"]
    assert repr(quadrants(ai_analysis.aggregated, design)).startswith("Quadrants(active_users")
