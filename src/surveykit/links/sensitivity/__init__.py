"""How far a link hangs on choices, on errors of measurement, on shared sources and on what was not measured."""

from surveykit.links.sensitivity.chain import chain
from surveykit.links.sensitivity.evalue import EValue, evalue, evalue_of

__all__ = ["EValue", "chain", "evalue", "evalue_of"]
