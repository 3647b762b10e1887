"""How much of an outcome goes with each of several predictors, and how sure that is."""

from surveykit.links.drivers.collinearity import Collinearity, collinearity, vif
from surveykit.links.drivers.drivers import Drivers, drivers
from surveykit.links.drivers.importance import Importance, importance
from surveykit.links.drivers.performance import importance_performance
from surveykit.links.drivers.relative_weights import relative_weights
from surveykit.links.drivers.shapley import shapley_shares

__all__ = [
    "Collinearity",
    "Drivers",
    "Importance",
    "collinearity",
    "drivers",
    "importance",
    "importance_performance",
    "relative_weights",
    "shapley_shares",
    "vif",
]
