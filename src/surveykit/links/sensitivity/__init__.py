"""How far a link hangs on choices, on errors of measurement, on shared sources and on what was not measured."""

from surveykit.links.sensitivity.chain import chain
from surveykit.links.sensitivity.evalue import EValue, evalue, evalue_of, evalues
from surveykit.links.sensitivity.specifications import specify, summarise
from surveykit.links.sensitivity.split_sample import SplitSample, split_links, split_sample
from surveykit.links.sensitivity.unreliability import Corrected, correct, correct_links

__all__ = [
    "Corrected",
    "EValue",
    "SplitSample",
    "chain",
    "correct",
    "correct_links",
    "evalue",
    "evalue_of",
    "evalues",
    "specify",
    "split_links",
    "split_sample",
    "summarise",
]
