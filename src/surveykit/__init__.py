"""surveykit: from a raw executive survey export to a report people can rely on.

The natural way through is ``read_export -> clean -> score -> aggregate -> estimate -> compare`` and ``link``;
`analyse` walks the whole of it, and `run_report` writes it down. Importing surveykit loads none of this: each name
is fetched when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surveykit.analysis import Analysis, analyse
    from surveykit.cleaning import Cleaned, clean
    from surveykit.errors import SurveyError
    from surveykit.estimates import compare, estimate
    from surveykit.exports import RawExport, read_export
    from surveykit.links import link
    from surveykit.reporting.disclosure import protect
    from surveykit.reporting.report import run_report
    from surveykit.scoring import aggregate, score
    from surveykit.simulation import simulate
    from surveykit.study import Study, load_study

_ROOMS = {
    "Analysis": "analysis",
    "Cleaned": "cleaning",
    "RawExport": "exports",
    "Study": "study",
    "SurveyError": "errors",
    "aggregate": "scoring",
    "analyse": "analysis",
    "clean": "cleaning",
    "compare": "estimates",
    "estimate": "estimates",
    "link": "links",
    "load_study": "study",
    "protect": "reporting.disclosure",
    "read_export": "exports",
    "run_report": "reporting.report",
    "score": "scoring",
    "simulate": "simulation",
}

__all__ = [
    "Analysis",
    "Cleaned",
    "RawExport",
    "Study",
    "SurveyError",
    "aggregate",
    "analyse",
    "clean",
    "compare",
    "estimate",
    "link",
    "load_study",
    "protect",
    "read_export",
    "run_report",
    "score",
    "simulate",
]


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'surveykit' has no attribute '{name}'")
    return getattr(importlib.import_module(f"surveykit.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
