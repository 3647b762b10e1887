"""How large the next survey must be to find what the study looks for."""

from surveykit.links.power.grid import PowerGrid
from surveykit.links.power.planning import power

__all__ = ["PowerGrid", "power"]
