"""Pooled figures and links beside those of the answers given."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.cleaning import clean
from surveykit.errors import EstimateError, LinkError
from surveykit.estimates import Estimates, estimate
from surveykit.estimates.design import Design
from surveykit.exports import read_export
from surveykit.imputation import Imputed, impute, pooled, pooled_beside
from surveykit.links import Links, link
from surveykit.scoring import Aggregated, aggregate, score
from surveykit.study import Study

NUMBERS = json.loads((Path(__file__).parent.parent / "reference" / "pooling.json").read_text())
GIVEN = ["estimate", "std_error", "ci_lower", "ci_upper", "df"]
LINKED = [*GIVEN, "p_value", "p_adjusted", "effect", "effect_std_error"]


@dataclass(frozen=True)
class Results:
    """What a study has before anything is imputed."""

    aggregated: Aggregated
    estimates: Estimates
    links: Links | None


@pytest.fixture(scope="module")
def given(ospo_study: Study) -> Results:
    raw = read_export(ospo_study.beside(ospo_study.responses.file))
    return results(aggregate(score(clean(raw, ospo_study))))


def results(aggregated: Aggregated) -> Results:
    return Results(aggregated, estimate(aggregated), link(aggregated))


def design_of(aggregated: Aggregated) -> Design:
    return Design(cluster=aggregated.rows("executive")["organisation"])


def beside(given: Results, *, n_imputations: int) -> Imputed:
    aggregated = given.aggregated
    options = {"design": design_of(aggregated), "seed": 2, "n_imputations": n_imputations}
    return pooled_beside(aggregated, given.estimates, given.links, **options)


@pytest.fixture(scope="module")
def ospo(given: Results) -> Imputed:
    return beside(given, n_imputations=3)


def test_every_figure_of_executives_answers_stands_beside_its_pooled_one(
    given: Results, ospo: Imputed
) -> None:
    data = given.estimates.data
    # The shares of this study are of variables, which are not imputed; its means are of scales, which are.
    means = data[data["name"].isin(["formal_policy", "open_source_activity"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        ospo.estimates[means.columns.intersection(ospo.estimates.columns)],
        means[means.columns.intersection(ospo.estimates.columns)],
    )
    whole = ospo.to_frame().query("segment == ''")
    assert (whole["pooled_n_obs"] == 748).all()
    assert (whole["n_obs"] < 748).all()
    assert (whole["pooled_std_error"] < whole["std_error"]).all()
    assert whole["lambda"].between(0.005, 0.2).all()
    assert (ospo.estimates["reason"] == "").all()


def test_links_are_pooled_over_what_link_says_of_each_completed_data_set(
    given: Results, ospo: Imputed
) -> None:
    design = design_of(given.aggregated)
    completed = impute(given.aggregated.scored.cleaned, seed=2, n_imputations=3, design=design)
    frames = [link(aggregate(score(each))).data for each in completed]
    found = ospo.links
    pd.testing.assert_frame_equal(found[LINKED], given.links.data[LINKED])
    for name in ("estimate", "effect"):
        told = np.array([frame[name] for frame in frames])
        within = np.mean(
            [frame["std_error" if name == "estimate" else "effect_std_error"] ** 2 for frame in frames],
            axis=0,
        )
        total = within + 4 / 3 * told.var(axis=0, ddof=1)
        np.testing.assert_allclose(found[f"pooled_{name}"], told.mean(axis=0), rtol=1e-12)
        error = "pooled_std_error" if name == "estimate" else "pooled_effect_std_error"
        np.testing.assert_allclose(found[error], np.sqrt(total), rtol=1e-10)
    assert (found["pooled_n_obs"] >= found["n_obs"]).all()
    assert (found["pooled_p_adjusted"] >= found["pooled_p_value"]).all()


def test_where_nothing_is_missing_both_are_the_same(given: Results) -> None:
    [whole] = impute(given.aggregated.scored.cleaned, seed=1, n_imputations=1)
    found = beside(results(aggregate(score(whole))), n_imputations=2)
    assert found.n_cells == found.n_incomplete == 0
    for name in GIVEN:
        np.testing.assert_allclose(found.estimates[f"pooled_{name}"], found.estimates[name], rtol=1e-9)
    for name in LINKED:
        np.testing.assert_allclose(found.links[f"pooled_{name}"], found.links[name], rtol=1e-9)
    assert (found.estimates["fraction_missing"] == 0).all()


@pytest.mark.parametrize(("number", "method"), [(0, "logit"), (1, "Korn-Graubard")])
def test_limits_of_shares_are_made_from_the_pooled_variance(number: int, method: str) -> None:
    made = NUMBERS["shares"][number]
    key = pd.MultiIndex.from_tuples([("agree", "", "")], names=["name", "segment", "value"])
    figures = [
        pd.DataFrame(
            {
                "estimate": share,
                "std_error": np.sqrt(variance),
                "df": made["df_complete"],
                "n_obs": made["n"],
                "n_organisations": made["df_complete"] + 1,
                "deff": 1.4,
                "n_effective": made["n"] / 1.4,
            },
            index=key,
        )
        for share, variance in zip(made["share"], made["variance"], strict=True)
    ]
    asked = pd.DataFrame({"name": ["agree"], "segment": "", "value": "", "statistic": "share"})
    found = pooled._estimates(asked, figures, 0.95).iloc[0]
    assert found["pooled_method"] == method
    limits = made["logit" if method == "logit" else "exact"]
    assert [found["pooled_ci_lower"], found["pooled_ci_upper"]] == pytest.approx(limits, rel=1e-9)


def test_a_link_that_fails_in_an_imputation_is_not_pooled_and_says_so(
    given: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    def separated(*_: object) -> None:
        raise LinkError("link to 'criticality': no finite best fit")

    monkeypatch.setattr(pooled, "relink", separated)
    found = beside(given, n_imputations=2).links
    assert found["reason"].unique().tolist() == ["link to 'criticality': no finite best fit"]
    assert found["lambda"].isna().all()
    assert found["pooled_estimate"].isna().all()
    pd.testing.assert_frame_equal(found[LINKED], given.links.data[LINKED])


def test_without_links_only_estimates_are_pooled(given: Results) -> None:
    found = beside(replace(given, links=None), n_imputations=2)
    assert found.links.empty
    assert "pooled_effect" in found.links
    assert repr(found) == "Imputed(906 answers of 287 of 748 executives, 2 times)"


def test_no_figure_of_items_gives_an_empty_table(given: Results) -> None:
    data = given.estimates.data
    rest = data[~data["name"].isin(["formal_policy", "open_source_activity"])]
    found = beside(replace(given, links=None, estimates=replace(given.estimates, data=rest)), n_imputations=2)
    assert found.estimates.empty
    assert "pooled_estimate" in found.estimates


def test_one_imputation_is_refused(given: Results) -> None:
    with pytest.raises(EstimateError, match="one imputation tells nothing of the uncertainty"):
        beside(given, n_imputations=1)
