"""The specification curve: every combination once, each as if it had been planned, and an honest summary."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from surveykit.links import average_marginal_effect
from surveykit.links.fits import fit_rows
from surveykit.links.sensitivity import specify, summarise
from surveykit.links.sensitivity.choices import PLACES
from surveykit.links.sensitivity.refits import refit_of
from surveykit.links.sensitivity.words import difference_in
from surveykit.quality import screen_executives
from surveykit.scoring import Aggregated, score
from surveykit.scoring.aggregate import organisation_scores
from surveykit.study.links import Specifications

NUMBERS = ["estimate", "std_error", "ci_lower", "ci_upper", "p_value"]


@pytest.fixture(scope="module")
def curve(links):
    return specify(links)


def with_choices(links, **choices):
    """The same links with other choices declared, on the first link alone."""
    made = links.aggregated
    study = made.study.model_copy(update={"specifications": Specifications(**choices)})
    cleaned = replace(made.scored.cleaned, study=study)
    aggregated = replace(made, scored=replace(made.scored, cleaned=cleaned))
    return SimpleNamespace(aggregated=aggregated, fits=links.fits[:1], confidence=links.confidence)


def test_every_combination_once(curve):
    # Two sets held constant (one declared is the planned one in another order), two versions of strategy clarity,
    # mean and median, with weights and without.
    counts = curve.groupby("link")["specification"].nunique()
    assert counts.to_dict() == {1: 16, 2: 8, 3: 8, 4: 8}
    assert not curve.duplicated(["link", "predictor", *PLACES]).any()
    assert (curve["reason"] == "").all()
    assert curve["planned"].equals(curve["specification"] == 1)


def test_the_planned_one_is_the_link_as_planned(links, curve):
    study = links.aggregated.study
    for row in curve[curve["planned"]].itertuples():
        fit = links.fits[row.link - 1]
        per = difference_in(study, fit.link, fit.fitted, row.predictor)
        effect = average_marginal_effect(fit.fitted, row.predictor, per=per)
        np.testing.assert_allclose([getattr(row, name) for name in NUMBERS], effect[NUMBERS], rtol=1e-10)


def test_a_short_way_ends_where_the_whole_way_does(links):
    """Specifications start from a fit nearby; each must be what fitting it from the beginning gives."""
    made = links.aggregated
    medians = made.scored.scores.groupby(made.scored.cleaned.data["organisation"]).median()
    aggregated = replace(made, scores=made.scores.assign(**medians))
    for fit in links.fits[:4]:
        near = refit_of(fit.fitted)
        placed = medians.loc[fit.fitted.rows["organisation"], fit.link.predictors]
        short = near.with_columns({name: placed[name].to_numpy() for name in placed}, weighted=False)
        whole = fit_rows(made.study, fit.link, aggregated.rows("initiative"))
        # Newton's method ends where scores are 0, wherever it began.
        pd.testing.assert_frame_equal(short.to_frame(), whole.to_frame(), rtol=1e-6)


def test_leaving_out_is_what_leaving_out_before_scoring_gives(links):
    made = links.aggregated
    told = with_choices(links, careless=True)
    found = specify(told)
    kinds = found["careless"].unique()
    assert kinds[0] == "nobody more"
    assert "same answer in a row at least 8" in kinds
    assert not any("at least 16" in kind for kind in kinds)  # the rules leave nobody with 16 in a row
    screened = screen_executives(made.scored.cleaned)
    kept = screened.index[~(screened["longstring"] >= 8)]
    fewer = replace(made.scored.cleaned, data=made.scored.cleaned.data.loc[kept])
    scored = score(fewer)
    aggregated = Aggregated(scored=scored, scores=organisation_scores(scored), decisions=made.decisions)
    fit = links.fits[0]
    means = aggregated.scores.reindex(fit.fitted.rows["organisation"])[fit.link.predictors]
    again = refit_of(fit.fitted).with_columns({name: means[name].to_numpy() for name in means})
    row = found[found["careless"] == "same answer in a row at least 8"].iloc[0]
    per = difference_in(made.study, fit.link, again, row["predictor"])
    effect = average_marginal_effect(again, row["predictor"], per=per)
    np.testing.assert_allclose(row[NUMBERS].astype(float), effect[NUMBERS], rtol=1e-8)


def test_no_declared_choice_gives_nothing(links):
    study = links.aggregated.study.model_copy(update={"specifications": None})
    scored = replace(links.aggregated.scored, cleaned=replace(links.aggregated.scored.cleaned, study=study))
    none = SimpleNamespace(
        aggregated=replace(links.aggregated, scored=scored), fits=links.fits, confidence=0.95
    )
    assert specify(none).empty


def test_what_cannot_be_fitted_says_why(links):
    told = with_choices(links, adjust_for=[["industry", "strategy_clarity_dispersion", "nobody_knows"]])
    found = specify(told)
    failed = found[found["reason"] != ""]
    assert failed["estimate"].isna().all()
    assert failed["reason"].str.contains("there is no column 'nobody_knows'").all()
    summary = summarise(told, found)
    assert (summary["n_failed"] == 1).all()
    assert summary["sentence"].str.contains("No other choice").all()


def test_shares_and_range_of_the_summary(links, curve):
    summary = summarise(links, curve).set_index(["link", "predictor"])
    for key, group in curve.groupby(["link", "predictor"]):
        row = summary.loc[key]
        assert row["n_specifications"] == len(group)
        clear = (group["ci_lower"] > 0) | (group["ci_upper"] < 0)
        assert row["share_clear"] == pytest.approx(clear.mean())
        assert row["lowest"] <= row["median"] <= row["highest"]
        assert row["lowest"] <= row["planned"] <= row["highest"]
    assert summary["sentence"].str.contains("no independent confirmations").all()
    assert "16 specifications as reasonable as the planned one" in summary["sentence"].iloc[0]


def test_rows_without_a_value_or_an_organisation_leave_the_short_way(links):
    fit = links.fits[2]
    near = refit_of(fit.fitted)
    values = fit.fitted.rows["adoption_quality"].to_numpy().copy()
    values[:7] = np.nan
    fewer = near.with_columns({"adoption_quality": values})
    assert fewer.n_obs == fit.fitted.n_obs - 7
    assert fewer.n_lost == fit.fitted.n_lost + 7
    assert near.with_columns({"adoption_quality": np.ones(len(values))}) is None
    assert near.with_columns({}, kept=np.arange(len(values)) < 9) is None


def test_a_separated_refit_is_left_to_the_whole_way(links):
    fit = links.fits[0]
    outcome = fit.fitted.rows[fit.fitted.terms.outcome]
    assert refit_of(fit.fitted).with_columns({"ownership": outcome.to_numpy() * 2.0}) is None
