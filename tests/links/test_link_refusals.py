"""What cannot be fitted honestly is refused, and the message says what, where and how to go on."""

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links import average_marginal_effect, fit_link


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    n = 120
    return pd.DataFrame(
        {
            "organisation": np.arange(n) // 4,
            "x": rng.normal(size=n),
            "z": rng.normal(size=n),
            "industry": rng.choice(["Energy", "Finance", "Health"], n),
            "number": rng.normal(size=n),
            "binary": rng.integers(0, 2, n),
            "stage": rng.integers(1, 5, n),
            "count": rng.poisson(2, n),
        }
    )


def refused(data, match, *, model="ols", outcome="number", predictors=("x",), adjust_for=("industry",)):
    with pytest.raises(LinkError, match=match) as caught:
        fit_link(
            data,
            model,
            outcome=outcome,
            predictors=predictors,
            adjust_for=adjust_for,
            where="study.yaml:7",
        )
    assert str(caught.value).startswith(f"study.yaml:7: link to '{outcome}': ")
    assert str(caught.value).count(". ") >= 1


def test_one_organisation_only(data):
    refused(
        data.assign(organisation="only"), "need 10 organisations with complete rows; given: 1. Collect more"
    )


def test_fewer_than_ten_organisations_after_missing_rows(data):
    data["x"] = data["x"].where(data["organisation"] < 9)
    refused(data, "need 10 organisations .* given: 9")


def test_no_complete_row(data):
    refused(data.assign(x=np.nan), r"none of 120 rows is complete; given: .*'x': 120")


def test_constant_outcome(data):
    refused(data.assign(number=3.0), "'number' is the same in all 120 complete rows.*given: 3")


def test_constant_predictor(data):
    refused(data.assign(x=1.0), "'x' is the same in all 120 complete rows")


def test_constant_adjustment(data):
    refused(data.assign(industry="Health"), "'industry' is the same in all .* given: 'Health'")


def test_predictor_of_a_single_organisation(data):
    lone = data.assign(x=(data["organisation"] == 3).astype(int))
    refused(lone, "only one organisation has 'x' = 1: that is no comparison")
    refused(lone.assign(x=1 - lone["x"]), "only one organisation has 'x' = 0")


def test_more_parameters_than_organisations(data):
    many = data.assign(industry=(np.arange(120) % 31).astype(str))
    refused(many, "32 parameters for 30 organisations")


def test_column_determined_by_others(data):
    refused(data.assign(z=2 * data["x"] - 1), "column 'z' is determined by 'x'", predictors=("x", "z"))
    sector = data["industry"].map({"Energy": "E", "Finance": "F", "Health": "F"})
    refused(
        data.assign(sector=sector),
        "column 'sector = .' is determined by 'industry = [EFH]",
        adjust_for=("industry", "sector"),
    )


def test_category_as_predictor(data):
    match = "'industry' is a category; .* Move it to 'adjust_for'"
    refused(data, match, predictors=("industry",), adjust_for=())


def test_infinite_value(data):
    refused(data.assign(x=data["x"].where(data.index > 0, np.inf)), "'x' holds an infinite value")


def test_unknown_column(data):
    refused(
        data.rename(columns={"x": "clarity"}),
        "no column 'clarty'. Did you mean 'clarity'",
        predictors=("clarty",),
    )


def test_column_in_two_parts(data):
    refused(data, "a column has two parts", predictors=("x", "x"))


def test_unknown_model(data):
    refused(
        data, "unknown model; given: 'probit'. Allowed: ols, logit, ordered logit, poisson", model="probit"
    )


def test_logit_outcome_that_is_not_binary(data):
    refused(data, "needs an outcome of 0 or 1; given: [2-4]", model="logit", outcome="stage")


@pytest.mark.parametrize("value", [-1.0, 1.5])
def test_poisson_outcome_that_is_no_count(data, value):
    data["count"] = data["count"].astype(float)
    data.loc[0, "count"] = value
    refused(data, f"needs an outcome of counts.* given: {value}", model="poisson", outcome="count")


@pytest.mark.parametrize("category", ["Energy", "Finance", "Health"])
def test_category_in_which_a_binary_outcome_never_varies(data, category):
    data["binary"] = data["binary"].where(data["industry"] != category, 1)
    refused(
        data, f"the outcome is 1 in all .* rows with industry = {category}", model="logit", outcome="binary"
    )


def test_predictor_that_separates(data):
    refused(
        data.assign(binary=(data["x"] > 0.3).astype(int)),
        r"perfectly predicted \(separation\) by x",
        model="logit",
        outcome="binary",
        adjust_for=(),
    )


def test_quasi_separation_by_a_binary_predictor(data):
    flag = (data["z"] > 0).astype(int)
    quasi = data.assign(x=flag, binary=data["binary"].where(flag == 1, 0))
    refused(quasi, "the outcome is 0 in all .* rows with x = 0", model="logit", outcome="binary")


def test_separated_stages(data):
    stages = data.assign(stage=1 + pd.cut(data["x"], [-9, -0.5, 0.5, 9], labels=False))
    refused(stages, "perfectly predicted", model="ordered logit", outcome="stage", adjust_for=())
    top = data.assign(stage=data["stage"].where(data["industry"] != "Health", 4))
    refused(top, "the outcome is 4 in all .* Health", model="ordered logit", outcome="stage")


def test_category_without_any_count(data):
    none = data.assign(count=data["count"].where(data["industry"] != "Energy", 0))
    refused(none, "the outcome is 0 in all .* industry = Energy", model="poisson", outcome="count")


def test_middle_stage_alone_in_a_category_is_no_separation(data):
    middle = data.assign(stage=data["stage"].where(data["industry"] != "Health", 2))
    fitted = fit_link(middle, "ordered logit", outcome="stage", predictors=["x"], adjust_for=["industry"])
    assert fitted.parameters.abs().max() < 10


def test_overlap_by_one_row_is_no_separation(data):
    almost = data.assign(binary=(data["x"] > 0.3).astype(int))
    low = almost["x"].idxmin()
    almost.loc[low, "binary"] = 1
    assert np.isfinite(fit_link(almost, "logit", outcome="binary", predictors=["x"]).parameters).all()


def test_outcome_computed_from_the_predictor(data):
    refused(data.assign(number=3 * data["x"] + 2), "they determine the outcome exactly", adjust_for=())


def test_no_convergence(data, monkeypatch):
    monkeypatch.setattr("surveykit.links.engine._ITERATIONS", 1)
    for model, outcome in {"logit": "binary", "poisson": "count"}.items():
        refused(data, "did not converge in 1 steps", model=model, outcome=outcome)
    monkeypatch.setattr("surveykit.links.engine._ITERATIONS", 0)
    refused(data, "did not converge in 0 steps", model="ordered logit", outcome="stage")


def test_effect_of_an_unknown_column(data):
    fitted = fit_link(data.rename(columns={"x": "clarity"}), "ols", outcome="number", predictors=["clarity"])
    with pytest.raises(LinkError, match=r"the model has no column 'clarty'. Did you mean 'clarity'"):
        average_marginal_effect(fitted, "clarty")


@pytest.mark.parametrize("model", ["ols", "ordered logit"])
@pytest.mark.parametrize("far", [1e4, 1e6, 1e9])
def test_a_predictor_that_one_organisation_alone_tells(data, model, far):
    outcome = {"ols": "number", "ordered logit": "stage"}[model]
    data.loc[17, "x"] = far
    match = rf"one organisation alone tells what 'x' goes with.*given: {far:.1f}"
    refused(data, match, model=model, outcome=outcome)


def test_an_effect_that_leaves_the_range_of_a_probability(data):
    data["binary"] = (data["x"] + data["z"] > 0).astype(int)
    fitted = fit_link(data, "logit", outcome="binary", predictors=["x"])
    with pytest.raises(
        LinkError, match="'x' of 50 would move a probability by .*, more than there is.*'per'"
    ):
        average_marginal_effect(fitted, "x", per=50)
