"""How common, and how much: estimates with intervals that know the design, beside published figures."""

from surveykit.estimates.benchmarks.compare import Comparisons, compare
from surveykit.estimates.design import Design, Replicates
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.estimate import Estimates, estimate

__all__ = ["Comparisons", "Design", "Estimates", "Replicates", "compare", "estimate", "estimate_by"]
