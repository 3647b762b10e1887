"""The figures of the links chapter: what goes with what, how sure that is, and what the next survey could find."""

from __future__ import annotations

from surveykit.reporting.check_plots import calibration, leave_one_out
from surveykit.reporting.drivers_plot import driver_shares, importance_performance
from surveykit.reporting.effects_plot import curves, forest, simple_slopes
from surveykit.reporting.power_plot import power
from surveykit.reporting.quadrant_plot import quadrant
from surveykit.reporting.specification_plot import specification_curve

__all__ = [
    "calibration",
    "curves",
    "driver_shares",
    "forest",
    "importance_performance",
    "leave_one_out",
    "power",
    "quadrant",
    "simple_slopes",
    "specification_curve",
]
