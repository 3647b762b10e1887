"""Whether a link can be relied on: single organisations, overlap, straight lines, predictions and what they leave."""

from surveykit.links.diagnostics.calibration import Calibration, calibration
from surveykit.links.diagnostics.diagnose import Diagnostics, diagnose, diagnoses
from surveykit.links.diagnostics.influence import Influence, leave_one_out
from surveykit.links.diagnostics.linearity import Linearity, binned_means, linearity
from surveykit.links.diagnostics.residuals import Residuals, residuals

__all__ = [
    "Calibration",
    "Diagnostics",
    "Influence",
    "Linearity",
    "Residuals",
    "binned_means",
    "calibration",
    "diagnose",
    "diagnoses",
    "leave_one_out",
    "linearity",
    "residuals",
]
