"""What a design refuses: whatever would make a variance wrong without a word."""

import pandas as pd
import pytest

from surveykit.errors import EstimateError
from surveykit.estimates.design import Design, Replicates

CLUSTER = pd.Series(list("aabbcd"))
GOOD = pd.DataFrame([[1.0, 0, 2]] * 3 + [[0.0, 2, 1]] * 3)


def replicates(weights=GOOD, factors=(0.5, 0.5, 0.5)):
    return Replicates(weights=weights, factors=pd.Series(factors), df=3.0)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"single_unit": "center"}, "unknown rule for single units; given: 'center'.*Did you mean 'centre'"),
        (
            {"population": pd.Series([20.0, 20, 1000, 1000, 20, 20])},
            "population of stratum '' is not one number",
        ),
        (
            {"population": pd.Series([3.0] * 6)},
            "smaller than its sample; given: '3 in the population, 4 drawn'",
        ),
        ({"weight": pd.Series([1.0, -1, 1, 1, 1, 1])}, "weights must be numbers of 0 or more"),
        ({"weight": pd.Series([0.0] * 6)}, "not all of them 0"),
        ({"weight": pd.Series([1.0] * 5)}, "the weight is not of the same units"),
        ({"weight": pd.Series([1.0, None, 1, 1, 1, 1])}, "the weight is missing for 1 of 6 units"),
        ({"stratum": pd.Series(list("xyxyxy"))}, "cluster 'a' lies in more than one stratum"),
        ({"stratum": pd.Series(list("xxxxxy"))}, "stratum 'y' has one cluster only"),
        ({"replicates": replicates(GOOD * 0)}, "in no replicate all of them 0"),
        ({"replicates": replicates(-GOOD)}, "replicate weights must be finite, 0 or more"),
        ({"replicates": replicates(factors=(0.5, 0.5))}, "replicates need a factor each"),
        ({"replicates": replicates(factors=(0.5, -0.5, 0.5))}, "factors of replicates must be above 0"),
    ],
)
def test_a_design_that_cannot_hold_is_refused(parts, message):
    with pytest.raises(EstimateError, match=message):
        Design(cluster=CLUSTER, **parts)


def test_a_design_of_nobody_is_refused():
    with pytest.raises(EstimateError, match="a design has no units"):
        Design(cluster=pd.Series([], dtype=str))


def test_what_a_design_prints():
    assert repr(Design(cluster=CLUSTER)) == "Design(6 units in 4 clusters)"
    told = repr(
        Design(cluster=CLUSTER, population=pd.Series(9.0, index=CLUSTER.index), replicates=replicates())
    )
    assert told == "Design(6 units in 4 clusters, finite population, 3 replicates)"


def test_some_of_its_units_keep_their_places():
    design = Design(cluster=CLUSTER, weight=pd.Series(range(1, 7), dtype=float), replicates=replicates())
    some = design.of(pd.Index([5, 0, 0]))
    assert some.weight.tolist() == [6, 1, 1]
    assert some.replicates.weights.shape == (3, 3)
