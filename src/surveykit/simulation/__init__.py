"""A survey of this design with known truth: sample data, power, and the oracle of the tests."""

from __future__ import annotations

from surveykit.simulation.earlier import simulate_earlier
from surveykit.simulation.sample import Simulated, simulate

__all__ = ["Simulated", "simulate", "simulate_earlier"]
