"""Correcting for uncertain means: by hand, against R, and towards what the generator made the outcomes of."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links import fit_link
from surveykit.links.sensitivity import correct, correct_links
from surveykit.links.sensitivity.calibration import calibrate, sums_of
from surveykit.measures.icc import icc

REFERENCE = Path(__file__).parents[2] / "reference"
SCALES = ["clarity", "ownership"]


@pytest.fixture(scope="module")
def executives():
    return pd.read_csv(REFERENCE / "unreliability.csv")


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "unreliability.json").read_text(encoding="utf-8"))


def organisations(executives, **_):
    return executives.groupby("organisation", as_index=False).mean()


def corrected(executives, predictors=("clarity",), *, model="ols", outcome="speed", rows=None):
    rows = organisations(executives) if rows is None else rows
    fitted = fit_link(rows, model, outcome=outcome, predictors=list(predictors))
    return correct(fitted, executives[SCALES], executives["organisation"])


def test_one_scale_of_equal_organisations_is_the_slope_over_the_reliability(executives, reference):
    found = corrected(executives)
    expected = reference["one"]
    # Closed forms on both sides.
    assert found.fitted.parameters["clarity"] == pytest.approx(expected["corrected"], rel=1e-9)
    assert found.reliability.loc["clarity", "reliability"] == pytest.approx(expected["reliability"], rel=1e-9)
    assert found.reliability.loc["clarity", "icc1"] == pytest.approx(expected["icc1"], rel=1e-9)


def test_two_scales_and_a_column_without_error_are_errors_in_variables(executives, reference):
    found = corrected(executives, ["clarity", "ownership", "z"])
    slopes = found.fitted.parameters[["clarity", "ownership", "z"]]
    np.testing.assert_allclose(slopes, list(reference["joint"].values()), rtol=1e-9)


def test_the_error_is_that_of_the_whole_way_done_without_each_organisation(executives, reference):
    table = corrected(executives, ["clarity", "ownership", "z"]).fitted.to_frame()
    errors = table.loc[["clarity", "ownership", "z"], "std_error"]
    # The reference fits anew; here an organisation left out counts to first order, and 60 leave that much open.
    np.testing.assert_allclose(errors, list(reference["jackknife"].values()), rtol=0.05)


def test_each_organisation_is_pulled_by_its_own_reliability(executives):
    uneven = executives.groupby("organisation").apply(lambda rows: rows.head(1 + int(rows.name[1:]) % 4))
    uneven = uneven.reset_index(drop=True) if "organisation" in uneven else uneven.reset_index(level=0)
    rows = organisations(uneven)
    guessed = corrected(uneven, rows=rows).fitted.rows.set_index("organisation")["clarity"]
    told = icc(uneven["clarity"], uneven["organisation"], method="anova_n0")
    sizes = uneven.groupby("organisation").size()
    own = sizes * told.icc1 / (1 + (sizes - 1) * told.icc1)
    mean = uneven["clarity"].mean()
    expected = mean + own * (rows.set_index("organisation")["clarity"] - mean)
    np.testing.assert_allclose(guessed, expected[guessed.index], rtol=1e-9)


def test_without_each_is_the_same_as_really_leaving_out():
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(20), rng.integers(1, 6, 20))
    scores = rng.normal(size=(len(groups), 2)) + rng.normal(size=(20, 2))[groups]
    scores[rng.random(scores.shape) < 0.1] = np.nan
    scores[np.unique(groups, return_index=True)[1]] = rng.normal(size=(20, 2))
    others = np.column_stack([rng.normal(size=20), np.arange(20) == 7])
    without = calibrate(sums_of(scores, groups, others), without_each=True)
    for left_out in (0, 7, 19):
        stay = groups != left_out
        again = calibrate(
            sums_of(
                scores[stay],
                np.unique(groups[stay], return_inverse=True)[1],
                np.delete(others, left_out, axis=0),
            )
        )
        for name in ("mean", "within", "standing", "slope", "beside"):
            np.testing.assert_allclose(
                getattr(without, name)[left_out], getattr(again, name), rtol=1e-8, atol=1e-10
            )


@pytest.mark.parametrize("model", ["logit", "poisson", "ordered logit", "fractional"])
def test_other_models_move_away_from_zero_too(executives, model):
    rows = organisations(executives)
    noisy = rows["speed"] + np.random.default_rng(5).normal(0, 1.5, len(rows))
    outcome = {
        "logit": (noisy > 1).astype(int),
        "poisson": np.exp(noisy / 2).round(),
        "ordered logit": pd.cut(noisy, [-np.inf, 0, 1.5, np.inf], labels=False),
        "fractional": 1 / (1 + np.exp(-noisy)),
    }[model]
    rows = rows.assign(y=outcome)
    plain = fit_link(rows, model, outcome="y", predictors=["clarity"])
    found = corrected(executives, model=model, outcome="y", rows=rows)
    assert found.fitted.parameters["clarity"] > plain.parameters["clarity"] > 0
    reliability = found.reliability.loc["clarity", "reliability"]
    # With one size and one scale the guess is a line of the mean: the slope is the plain one over the reliability.
    assert found.fitted.parameters["clarity"] == pytest.approx(
        plain.parameters["clarity"] / reliability, rel=1e-7
    )
    errors = [each.parameter("clarity")["std_error"] for each in (plain, found.fitted)]
    assert errors[1] > errors[0] / reliability * 0.95


def test_row_order_changes_nothing(executives):
    found, shuffled = corrected(executives), corrected(executives.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled.fitted.to_frame(), found.fitted.to_frame(), rtol=1e-8)


def test_means_of_other_scores_are_refused(executives):
    fitted = fit_link(organisations(executives), "ols", outcome="speed", predictors=["clarity"])
    with pytest.raises(LinkError, match="not the mean of the scores given.*executives' own scores"):
        correct(fitted, executives[SCALES] + 1, executives["organisation"])


def test_organisations_that_do_not_differ_are_refused(executives):
    rng = np.random.default_rng(2)  # ICC(1) comes out below 0
    same = executives.assign(clarity=rng.permutation(executives["clarity"]))
    with pytest.raises(LinkError, match="differ no more than chance"):
        corrected(same)


def test_one_executive_each_is_refused(executives):
    alone = executives.drop_duplicates("organisation")
    with pytest.raises(LinkError, match="no organisation has two respondents"):
        corrected(alone)


def test_a_link_without_means_is_refused(executives):
    fitted = fit_link(organisations(executives), "ols", outcome="speed", predictors=["z"])
    with pytest.raises(LinkError, match="no column that is a mean of the scores"):
        correct(fitted, executives[SCALES], executives["organisation"])


def test_every_mean_of_a_study_has_a_row_or_a_reason(links):
    found = correct_links(links)
    assert found["link"].unique().tolist() == [1, 2, 3, 4, 5]
    told = found[found["reason"] == ""]
    assert set(told["link"]) == {1, 2, 3, 4}
    assert told["reliability"].between(0.4, 0.7).all()
    assert (told["standing_sd"] < told["per"]).all()
    assert told["sentence"].str.contains("95% interval").all()
    assert found.loc[found["link"] == 5, "reason"].str.contains("same respondents").all()
    alone = told[told["link"].isin([3, 4])]
    assert (alone["estimate"].abs() > alone["observed"].abs()).all()
    assert found[["icc1", "icc2"]].notna().all(axis=None)
