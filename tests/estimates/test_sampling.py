"""Designs of a study's levels: weights of organisations go to their executives and initiatives."""

import numpy as np
import pandas as pd
import pytest

from surveykit import aggregate, clean, estimate, load_study, read_export, score
from surveykit.errors import EstimateError, StudyError
from surveykit.estimates.sampling import sample
from surveykit.study.sampling import Replication, Sampling, Weights


@pytest.fixture(scope="module")
def study():
    return load_study("data/ai-strategy").model_copy(
        update={"weights": None, "design": Sampling(), "waves": {}, "tables": []}
    )


@pytest.fixture(scope="module")
def raw(study):
    return read_export(study.beside(study.responses.file))


def aggregated_under(raw, study, **parts):
    plan = study.model_copy(update=parts).located(study.path, {})
    return aggregate(score(clean(raw, plan)))


def test_nothing_is_weighted_unless_the_study_says_so(raw, study):
    found = sample(aggregated_under(raw, study))
    assert (found.weighted, found.weighting) == ("", None)
    assert all((design.weight == 1).all() for design in found.designs.values())


def test_raked_organisations_meet_their_targets_and_pass_their_weight_on(raw, study):
    weights = Weights(rake={"industry": "targets/industry.csv", "size": "targets/size.csv"})
    scored = aggregated_under(raw, study, weights=weights)
    found = sample(scored)
    assert found.weighted == "organisation"
    assert found.weighting.table["difference_after"].abs().max() < 1e-6
    organisations = scored.rows("organisation")
    weight = found.designs["organisation"].weight.set_axis(organisations["organisation"])
    share = weight.groupby(organisations["size"].to_numpy()).sum() / weight.sum()
    assert share["Under 250"] == pytest.approx(0.4, abs=1e-9)
    for level in ("executive", "initiative"):
        owner = scored.rows(level)["organisation"]
        np.testing.assert_allclose(found.designs[level].weight, weight[owner])


def test_weighted_estimates_move_towards_the_population(raw, study):
    """Larger and technology firms answer more often and more favourably: the sample study plants it."""
    weights = Weights(rake={"industry": "targets/industry.csv", "size": "targets/size.csv"})
    means = [
        estimate(aggregated_under(raw, study, **parts)).data.query("kind == 'scale' and segment == ''")
        for parts in ({}, {"weights": weights})
    ]
    plain, weighted = (each.set_index("name")["estimate"] for each in means)
    assert (weighted.drop("friction_signals") < plain.drop("friction_signals")).all()
    assert weighted["friction_signals"] > plain["friction_signals"]


def test_those_that_answered_stand_for_the_others_of_their_class(raw, study):
    scored = aggregated_under(raw, study, weights=Weights(nonresponse=["size"]))
    found, register = sample(scored), scored.scored.cleaned.register
    organisations = scored.rows("organisation")
    weight = found.designs["organisation"].weight.groupby(organisations["size"].to_numpy()).sum()
    pd.testing.assert_series_equal(
        weight, register["size"].value_counts().astype(float), check_names=False, check_like=True
    )
    assert len(organisations) < len(register) == pytest.approx(weight.sum())


def test_replicates_follow_the_weighting(raw, study):
    weights = Weights(rake={"size": "targets/size.csv"})
    design = Sampling(replicates=Replication(method="jackknife"))
    scored = aggregated_under(raw, study, weights=weights, design=design)
    found = sample(scored)
    replicates = found.designs["organisation"].replicates
    size = scored.rows("organisation")["size"].to_numpy()
    shares = replicates.weights.groupby(size).sum() / replicates.weights.sum()
    np.testing.assert_allclose(shares.loc["Under 250"], 0.4, atol=1e-9)
    assert replicates.weights.shape == (180, 180)
    assert found.designs["initiative"].replicates.weights.shape == (len(scored.rows("initiative")), 180)


def test_weights_of_executives_stay_with_them(raw, study, tmp_path):
    roles = aggregated_under(raw, study).rows("executive")["role"].unique()
    shares = pd.DataFrame({"category": roles, "share": 1 / len(roles)})
    shares.to_csv(tmp_path / "role.csv", index=False)
    weights = Weights(rake={"role": str(tmp_path / "role.csv")})
    found = sample(aggregated_under(raw, study, weights=weights))
    assert found.weighted == "executive"
    assert found.designs["executive"].weighted
    assert not found.designs["initiative"].weighted


def test_strata_and_population_of_the_design(raw, study):
    found = sample(aggregated_under(raw, study, design=Sampling(stratum="size")))
    assert {design.stratum.nunique() for design in found.designs.values()} == {4}
    small = sample(aggregated_under(raw, study, design=Sampling(population=200)))
    assert (small.designs["executive"].population == 200).all()
    with pytest.raises(EstimateError, match="the population of stratum '' is smaller than its sample"):
        sample(aggregated_under(raw, study, design=Sampling(population=20)))


def test_a_target_file_that_is_not_there_is_named(raw, study):
    with pytest.raises(StudyError, match=r"targets/sizes\.csv"):
        sample(aggregated_under(raw, study, weights=Weights(rake={"size": "targets/sizes.csv"})))
