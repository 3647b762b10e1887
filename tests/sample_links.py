"""The links of the sample study, fitted once for all that ask how far they hold."""

from dataclasses import replace

import pytest

from surveykit.cleaning import clean
from surveykit.estimates.sampling import sample
from surveykit.exports import read_export
from surveykit.links import link
from surveykit.scoring import aggregate, score
from surveykit.study.links import Link, Specifications

WITHIN = Link(
    outcome="adoption_quality", level="organisation", predictors=["strategy_clarity"], adjust_for=["industry"]
)
DIFFERING = Link(
    outcome="adoption_quality",
    level="executive",
    predictors=["strategy_clarity_dispersion", "ownership"],
    adjust_for=["industry", "role"],
)


@pytest.fixture(scope="session")
def links(ai_study):
    """Fit the planned links, and two within the answers of the same people."""
    choices = Specifications(
        adjust_for=[[], ["size", "industry"]],
        scales={"strategy_clarity": [["clarity_1", "clarity_2"]]},
        aggregate=["median"],
        unweighted=True,
    )
    weighted = [each.model_copy(update={"weighted": True}) for each in ai_study.links]
    changed = {"links": weighted, "explore": [WITHIN, DIFFERING], "specifications": choices}
    study = ai_study.model_copy(update=changed)
    cleaned = clean(read_export(study.beside(study.responses.file)), study)
    aggregated = aggregate(score(replace(cleaned, study=study)))
    return link(aggregated, sample(aggregated))
