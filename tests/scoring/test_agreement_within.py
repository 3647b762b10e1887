"""Agreement within organisations as a study sees it."""

import numpy as np
import pandas as pd

from surveykit.measures.agreement import average_deviation, selection_agreement
from surveykit.scoring.agreement import BANDS, agree


def test_bands_hold_every_organisation_that_can_be_told(ai_analysis):
    bands = ai_analysis.agreement.bands
    assert bands.groupby("scale")["n"].sum().equals(bands.groupby("scale")["n_obs"].first().rename("n"))
    assert bands["answer"].unique().tolist() == list(BANDS)


def test_items_are_sorted_by_how_far_executives_part(ai_analysis):
    items, cleaned = ai_analysis.agreement.items, ai_analysis.cleaned
    assert items["relative"].is_monotonic_decreasing
    row = items.set_index("item").loc["clarity_1"]
    found = average_deviation(cleaned.data["clarity_1"], cleaned.data["organisation"])
    assert row["estimate"] == found["estimate"].mean()
    assert row["relative"] == row["estimate"] / 4


def test_choices_are_chance_corrected_over_those_who_answered(ai_analysis):
    row, cleaned = ai_analysis.agreement.choices.iloc[0], ai_analysis.cleaned
    picked = cleaned.choices["capabilities_that_matter"]
    found = selection_agreement(picked, cleaned.data.loc[picked.index, "organisation"])
    assert (row["estimate"], row["ci_lower"], row["p_value"]) == (
        found.estimate,
        found.ci_lower,
        found.p_value,
    )
    # Executives of the sample study lean towards their organisation's taste: planted, so it must be found.
    assert row["ci_lower"] > 0


def test_picks_sum_to_what_was_asked_for(ai_analysis):
    picks, picked = ai_analysis.estimates.picks, ai_analysis.cleaned.choices["capabilities_that_matter"]
    np.testing.assert_allclose(picks["estimate"].sum(), picked.sum(axis=1).mean(), rtol=1e-12)  # three each
    assert picks["estimate"].is_monotonic_decreasing
    weight = ai_analysis.estimates.sampled.designs["executive"].weight[picked.index]
    expected = (picked.mul(weight, axis=0).sum() / weight.sum()).loc[picks["option"]]
    np.testing.assert_allclose(picks["estimate"], expected, rtol=1e-12)


def test_without_organisations_there_is_no_agreement_to_tell(ospo_analysis):
    found = agree(ospo_analysis.aggregated)
    assert found.bands.empty
    assert found.items.empty
    assert found.choices.empty
    assert isinstance(found.choices, pd.DataFrame)
