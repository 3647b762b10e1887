"""Scale scores: of executives, of their organisations, and whether the one may stand for the other."""

from surveykit.scoring.aggregate import Aggregated, aggregate
from surveykit.scoring.agreement import Agreement, agree
from surveykit.scoring.measurement import Measurement, measure
from surveykit.scoring.score import Scored, score

__all__ = ["Aggregated", "Agreement", "Measurement", "Scored", "aggregate", "agree", "measure", "score"]
