"""The hallway: one walk from the study file to everything the report needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from surveykit.cleaning import Cleaned, clean
from surveykit.estimates import Comparisons, Estimates, compare, estimate
from surveykit.exports import read_export
from surveykit.links import Links, link
from surveykit.quality import Quality, assess
from surveykit.scoring import Aggregated, Agreement, Measurement, Scored, aggregate, agree, measure, score
from surveykit.study import Study, load_study

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """Every result of a study, each the input of the next.

    Attributes
    ----------
    study : Study
    cleaned : Cleaned
    scored : Scored
    aggregated : Aggregated
    agreement : Agreement
    measurement : Measurement
    estimates : Estimates
    comparisons : Comparisons or None
        None if the study names no benchmarks.
    links : Links or None
        None if the study plans no links.
    quality : Quality
    """

    study: Study
    cleaned: Cleaned
    scored: Scored
    aggregated: Aggregated
    agreement: Agreement
    measurement: Measurement
    estimates: Estimates
    comparisons: Comparisons | None
    links: Links | None
    quality: Quality

    def __repr__(self) -> str:
        return f"Analysis({self.study.title}: {self.cleaned!r}, {self.aggregated!r})"


def analyse(study: Study | str | os.PathLike[str]) -> Analysis:
    """Walk the whole way: read, clean, score, aggregate, estimate, compare, link, and assess the data.

    Parameters
    ----------
    study : Study or path
        The plan, or the path of its file or folder.

    Returns
    -------
    Analysis
        Everything a report needs.

    Raises
    ------
    SurveyError
        The first thing that stands in the way, at whatever stage.

    Examples
    --------
    >>> analyse("data/ai-strategy")
    Analysis(AI strategy execution, 2026: Cleaned(879 of 1017 responses kept, 125 cells made missing),
    Aggregated(180 organisations, 7 scales))
    """
    plan = study if isinstance(study, Study) else load_study(Path(study))
    raw = read_export(plan.beside(plan.responses.file), platform=plan.responses.platform)
    cleaned = clean(raw, plan)
    scored = score(cleaned)
    aggregated = aggregate(scored)
    estimates = estimate(aggregated)
    return Analysis(
        study=plan,
        cleaned=cleaned,
        scored=scored,
        aggregated=aggregated,
        agreement=agree(aggregated),
        measurement=measure(aggregated),
        estimates=estimates,
        comparisons=compare(estimates),
        links=link(aggregated) if plan.links else None,
        quality=assess(raw, cleaned),
    )
