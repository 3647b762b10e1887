"""Replicate weights: beside R survey, with the whole weighting done again in each."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.estimates.joint import joint_means

from surveykit.errors import EstimateError
from surveykit.estimates.design import Design, Replicates
from surveykit.estimates.weighting.replicates import bootstrap_replicates, jackknife_replicates, reweighted
from surveykit.estimates.weighting.weights import adjust_nonresponse, poststratify, rake

REFERENCE = Path(__file__).parents[2] / "reference"
DATA = pd.read_csv(REFERENCE / "weights.csv")
R = json.loads((REFERENCE / "weights.json").read_text())
TARGETS = {
    "industry": {"Banking": 0.3, "Health": 0.3, "Public": 0.22, "Retail": 0.18},
    "role": {"Board": 0.35, "Head": 0.35, "Lead": 0.3},
}
CELLS = pd.Series(
    R["cells"]["Freq"], index=pd.MultiIndex.from_arrays([R["cells"][k] for k in ("region", "role")])
)
ADJUSTMENTS = {
    "plain": lambda weights: weights,
    "raked": lambda weights: rake(DATA, TARGETS, base=weights),
    "poststratified": lambda weights: poststratify(DATA[["region", "role"]], CELLS, base=weights),
}
# R writes 15 digits; raking to 1e-12 of the whole leaves ten of a standard error or more.
CLOSE = 1e-9


def design(**parts: object) -> Design:
    return Design(**{"cluster": DATA["cluster"], "weight": DATA["base"], "stratum": DATA["region"], **parts})


def std_error(replicates: Replicates, weight: pd.Series, values: pd.Series = DATA["y"]) -> float:
    again = values @ replicates.weights / replicates.weights.sum()
    estimate = (values * weight).sum() / weight.sum()
    return float(np.sqrt((np.square(again - estimate) * replicates.factors).sum()))


def errors(drawn: Replicates) -> dict[str, float]:
    return {
        name: std_error(reweighted(drawn, adjust), adjust(DATA["base"].to_frame())["base"])
        for name, adjust in ADJUSTMENTS.items()
    }


DESIGNS = {
    "jkn": design(),
    "jkn_fpc": design(population=DATA["population"]),
    "jk1": design(stratum=None),
    "jkn_certainty": design(stratum=DATA["lone"], single_unit="certainty"),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_jackknife_errors_follow_the_weighting_as_in_r(name: str) -> None:
    for what, found in errors(jackknife_replicates(DESIGNS[name])).items():
        assert found == pytest.approx(R[name][what], rel=CLOSE), what
    assert jackknife_replicates(DESIGNS["jkn"]).df == R["jkn_df"] == DESIGNS["jkn"].df


def test_bootstrap_errors_follow_the_weighting_as_in_r_on_the_same_draws() -> None:
    names, place = np.unique(DATA["cluster"], return_inverse=True)
    factors = np.array(R["bootstrap_factors"])
    assert factors.shape[0] == len(names)
    n = factors.shape[1]
    weights = pd.DataFrame(DATA["base"].to_numpy()[:, None] * factors[place])
    drawn = Replicates(weights=weights, factors=pd.Series(np.full(n, 1 / n)), df=33.0)
    for what, found in errors(drawn).items():
        # R divides by the replicates less 1.
        assert found * np.sqrt(n / (n - 1)) == pytest.approx(R["bootstrap"][what], rel=CLOSE), what


def test_bootstrap_draws_one_cluster_fewer_of_each_stratum_and_keeps_clusters_whole() -> None:
    found = bootstrap_replicates(design(), n=50, seed=3)
    factors = found.weights.div(DATA["base"], axis=0)
    clusters = factors.groupby(DATA["cluster"]).agg(["min", "max"])
    np.testing.assert_allclose(clusters.xs("min", axis=1, level=1), clusters.xs("max", axis=1, level=1))
    region = DATA.groupby("cluster")["region"].first()
    sizes = region.map(region.value_counts())
    counts = factors.groupby(DATA["cluster"]).first().mul((sizes - 1) / sizes, axis=0)
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    drawn = counts.groupby(region).sum()
    np.testing.assert_allclose(drawn.T, np.tile(region.value_counts()[drawn.index] - 1, (50, 1)))
    assert found.factors.tolist() == [1 / 50] * 50
    assert found.df == 33


def test_bootstrap_and_jackknife_errors_of_means_are_those_of_linearisation() -> None:
    assert std_error(jackknife_replicates(design()), DATA["base"]) == pytest.approx(R["linearised"], rel=0.02)
    # 4,000 replicates know a standard error to about 1.1%; the ratio is not linear, as in the jackknife.
    many = bootstrap_replicates(design(), n=4000, seed=1)
    assert std_error(many, DATA["base"]) == pytest.approx(R["linearised"], rel=0.05)
    held = bootstrap_replicates(DESIGNS["jkn_fpc"], n=4000, seed=1)
    assert std_error(held, DATA["base"]) == pytest.approx(R["linearised_fpc"], rel=0.05)
    assert (held.weights > 0).all(axis=None)


def test_rescaled_draws_of_a_finite_population_have_the_variance_of_a_total() -> None:
    # Of a total everything is linear: what is left is the draw itself.
    held, n = DESIGNS["jkn_fpc"], 20_000
    table = DATA.assign(total=DATA["base"] * DATA["y"]).groupby(["region", "cluster"])["total"].sum()
    sizes = table.groupby("region").size()
    fraction = sizes / DATA.groupby("region")["population"].first()
    expected = ((1 - fraction) * sizes * table.groupby("region").var()).sum()
    found = DATA["y"] @ bootstrap_replicates(held, n=n, seed=8).weights
    # The variance of 20,000 draws is known to 1%: within three times that.
    assert found.var() == pytest.approx(expected, rel=0.03)
    assert found.mean() == pytest.approx(table.sum(), rel=0.005)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_equal_clusters_give_the_linearised_variance_and_rows_may_come_in_any_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(3, 30))
    frame = pd.DataFrame({"cluster": [f"c{i}" for i in range(n)], "y": random.normal(size=n)})
    plain = Design(cluster=frame["cluster"])
    found = std_error(jackknife_replicates(plain), plain.weight, frame["y"])
    assert found == pytest.approx(frame["y"].std() / np.sqrt(n), rel=1e-9)
    order = random.permutation(n)
    turned = Design(cluster=frame["cluster"].iloc[order])
    for make in (jackknife_replicates, lambda d: bootstrap_replicates(d, n=20, seed=5)):
        pd.testing.assert_frame_equal(make(turned).weights.sort_index(), make(plain).weights)


def test_a_design_with_reweighted_replicates_gives_the_raked_error_to_every_estimate() -> None:
    again = reweighted(jackknife_replicates(design()), ADJUSTMENTS["raked"])
    whole = Design(
        cluster=DATA["cluster"],
        weight=rake(DATA, TARGETS, base=DATA["base"]),
        stratum=DATA["region"],
        replicates=again,
    )
    found = joint_means(DATA["y"], pd.DataFrame({"all": True}, index=DATA.index), whole)
    assert found.estimate["all"] == pytest.approx(R["jkn"]["mean"], rel=CLOSE)
    assert np.sqrt(found.covariance.loc["all", "all"]) == pytest.approx(R["jkn"]["raked"], rel=CLOSE)


def test_the_error_of_a_raked_share_is_that_of_its_target_none() -> None:
    again = reweighted(bootstrap_replicates(design(), n=200, seed=2), ADJUSTMENTS["raked"])
    head = (DATA["role"] == "Head").astype(float)
    full = rake(DATA, TARGETS, base=DATA["base"])
    # Draws that lack a category cannot show its target; here none does.
    assert std_error(again, full, head) < 1e-9
    assert std_error(bootstrap_replicates(design(), n=200, seed=2), DATA["base"], head) > 0.01


def test_steps_follow_each_other_in_each_replicate() -> None:
    def weigh(weights: pd.DataFrame) -> pd.DataFrame:
        answered = adjust_nonresponse(weights, DATA["responded"], DATA["region"])
        return rake(DATA, TARGETS, base=answered, limits=(0.4, 3))

    drawn = jackknife_replicates(design())
    found = reweighted(drawn, weigh)
    assert (found.weights[~DATA["responded"]] == 0).all(axis=None)
    np.testing.assert_allclose(found.weights.sum(), drawn.weights.sum())
    heads = found.weights[DATA["role"] == "Head"].sum() / found.weights.sum()
    np.testing.assert_allclose(heads, 0.35)


def test_a_replicate_that_lacks_a_category_is_raked_to_the_others() -> None:
    sizes = pd.Series(["S"] * 30 + ["L"] * 25 + ["rare"] * 5)
    plain = Design(cluster=pd.Series([f"c{i:02}" for i in range(60)]))
    drawn = bootstrap_replicates(plain, n=400, seed=1)
    lacking = drawn.weights[sizes == "rare"].sum() == 0
    assert 0 < lacking.mean() < 0.05
    wanted = {"size": {"S": 0.45, "L": 0.45, "rare": 0.1}}
    found = reweighted(drawn, lambda weights: rake(sizes.to_frame("size"), wanted, base=weights)).weights
    reached = found.groupby(sizes).sum() / found.sum()
    np.testing.assert_allclose(reached.loc["S", lacking], 0.5)
    np.testing.assert_allclose(reached.loc["rare", ~lacking], 0.1)


def test_a_replicate_that_cannot_reach_the_targets_keeps_weights_that_are_numbers() -> None:
    table = pd.DataFrame({"size": ["S", "S", "S", "L"], "place": ["N", "N", "W", "W"]})
    wanted = {"size": {"S": 0.6, "L": 0.4}, "place": {"N": 0.5, "W": 0.5}}
    base = pd.DataFrame(np.ones((4, 40)))
    base.loc[2, 7] = 0.0  # nobody small in the west is left: all of one size would live in one place
    found = rake(table, wanted, base=base, limits=(0.2, 3))
    assert np.isfinite(found).all(axis=None)
    np.testing.assert_allclose(found.sum(), base.sum(), rtol=0.2)
    np.testing.assert_allclose(found.drop(columns=7).loc[3], 1.6)
    with pytest.raises(EstimateError, match="of 10 replicates lack a category or do not reach the targets"):
        rake(table, wanted, base=base[range(10)])


def test_too_many_replicates_without_a_category_are_refused() -> None:
    sizes = pd.Series(["S"] * 30 + ["L"] * 28 + ["rare"] * 2)
    plain = Design(cluster=pd.Series([f"c{i:02}" for i in range(60)]))
    wanted = {"size": {"S": 0.45, "L": 0.45, "rare": 0.1}}
    with pytest.raises(EstimateError, match="of 400 replicates lack a category.*use a jackknife"):
        reweighted(
            bootstrap_replicates(plain, n=400, seed=1), lambda w: rake(sizes.to_frame("size"), wanted, base=w)
        )
    found = reweighted(jackknife_replicates(plain), lambda w: rake(sizes.to_frame("size"), wanted, base=w))
    np.testing.assert_allclose(found.weights[sizes == "rare"].sum() / found.weights.sum(), 0.1)
    answered = pd.Series([True] * 58 + [False, True])
    with pytest.raises(EstimateError, match="of 400 replicates have a class in which nobody answered"):
        adjust_nonresponse(bootstrap_replicates(plain, n=400, seed=1).weights, answered, sizes)


def test_replicates_that_cannot_keep_the_limits_keep_the_targets() -> None:
    sizes = pd.Series(["S"] * 30 + ["L"] * 10)
    wanted = {"size": {"S": 0.5, "L": 0.5}}
    drawn = bootstrap_replicates(Design(cluster=pd.Series(range(40))), n=200, seed=1)
    found = reweighted(
        drawn, lambda w: rake(sizes.to_frame("size"), wanted, base=w, limits=(0.5, 2.01))
    ).weights
    np.testing.assert_allclose(found[sizes == "L"].sum() / found.sum(), 0.5)
    highest = (found / drawn.weights).max()
    assert (highest > 2.01).any()
    assert (highest <= 2.01 + 1e-9).any()


def test_lone_clusters_and_too_few_replicates_are_refused() -> None:
    one = Design(cluster=pd.Series(["a", "a"]))
    centred = Design(cluster=pd.Series(list("abc")), stratum=pd.Series(list("xxy")), single_unit="centre")
    for make in (jackknife_replicates, lambda d: bootstrap_replicates(d, n=10, seed=1)):
        with pytest.raises(EstimateError, match="cluster 'a' is the only one of its stratum"):
            make(one)
        with pytest.raises(EstimateError, match="cluster 'c' is the only one.*centre.*allowed: certainty"):
            make(centred)
    with pytest.raises(EstimateError, match="at least 2 replicates; given: 1"):
        bootstrap_replicates(design(), n=1, seed=1)
    sure = Design(cluster=pd.Series(list("abc")), stratum=pd.Series(list("xxy")), single_unit="certainty")
    assert jackknife_replicates(sure).weights.to_numpy().tolist() == [[0, 2], [2, 0], [1, 1]]
    assert (bootstrap_replicates(sure, n=10, seed=1).weights.loc[2] == 1).all()


def test_adjusted_weights_of_other_units_are_refused() -> None:
    with pytest.raises(EstimateError, match="not of the same units and replicates; given: '3 by 36'"):
        reweighted(jackknife_replicates(design()), lambda weights: weights.head(3))
