"""The chain of levels: counts add up, end at the rows of the model, and say why."""

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.links.sensitivity import chain
from surveykit.links.sensitivity.chain import STEPS, UNITS

if TYPE_CHECKING:
    import pandas as pd

ROWS = {"executive": "executives", "organisation": "organisations", "initiative": "initiatives"}


@pytest.fixture(scope="module")
def told(links):
    return chain(links)


def check_sums(told):
    for _, steps in told.groupby("link"):
        for unit in UNITS:
            before = steps[unit].shift(1).fillna(steps[unit].iloc[0])
            assert (steps[unit] + steps[f"lost_{unit}"] == before).all()


def test_kept_and_lost_are_those_before(told):
    check_sums(told)


def test_every_chain_ends_at_the_rows_of_the_model(links, told):
    for fit in links.fits:
        last = told[told["link"] == fit.number].iloc[-1]
        assert last[ROWS[fit.link.level]] == fit.fitted.n_obs
        assert last["organisations"] == fit.fitted.n_organisations


def test_steps_come_in_order_and_every_loss_has_a_reason(told):
    for _, steps in told.groupby("link"):
        order = steps["step"].map(list(STEPS).index)
        assert order.is_monotonic_increasing
        assert steps["step"].iloc[0] == "answered"
    lost = told[[f"lost_{unit}" for unit in UNITS]].sum(axis=1) > 0
    assert (lost == (told["reason"] != "")).all()


def test_initiatives_of_the_silent_are_counted(told):
    lost = told[(told["link"] == 1) & (told["step"] == "matched")]
    assert lost["lost_initiatives"].tolist() == [2]
    assert lost["reason"].tolist() == ["of organisations nobody answered for"]
    assert lost["sentence"].iloc[0] == (
        "With initiatives: 879 respondents, 180 organisations and 396 initiatives. Lost: 2 initiatives: of "
        "organisations nobody answered for."
    )


def test_spread_within_organisations_needs_two(told):
    lost = told[(told["level"] == "executive") & (told["step"] == "averaged")]
    assert lost["reason"].tolist() == ["fewer than two respondents have a score on strategy clarity"]
    assert (lost["lost_organisations"] == lost["lost_executives"]).all()


@settings(max_examples=15)
@given(
    st.lists(st.integers(0, 400), max_size=60), st.lists(st.integers(0, 179), max_size=12), st.integers(0, 5)
)
def test_whatever_is_missing_the_counts_add_up(links, rows, organisations, fit):
    made = links.aggregated
    cleaned, fit = made.scored.cleaned, links.fits[fit]
    initiatives = cleaned.initiatives.drop(cleaned.initiatives.index[[row for row in rows if row < 300]])
    scores = made.scores.copy()
    scores.iloc[organisations, :7] = float("nan")
    register = cleaned.organisations.drop(cleaned.organisations.index[organisations[:3]])
    less = replace(cleaned, initiatives=initiatives, organisations=register)
    aggregated = replace(made, scored=replace(made.scored, cleaned=less), scores=scores)
    told = chain(SimpleNamespace(aggregated=aggregated, fits=(fit,)))
    check_sums(told)
    complete = aggregated.rows(fit.link.level)[[fit.link.outcome, *fit.link.predictors, *fit.link.adjust_for]]
    assert told[ROWS[fit.link.level]].iloc[-1] == len(complete.dropna())
    assert told["organisations"].iloc[-1] == _organisations(aggregated, fit, complete.dropna().index)


def _organisations(aggregated, fit, index) -> int:
    rows: pd.DataFrame = aggregated.rows(fit.link.level)
    return rows.loc[index, "organisation"].nunique()
