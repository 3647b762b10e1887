"""The hallway: one walk from the study file to everything the report needs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from surveykit.cleaning import Cleaned, clean
from surveykit.errors import SurveyError
from surveykit.estimates import Comparisons, Estimates, compare, estimate
from surveykit.estimates.crosstabs.tables import Table, tabulate
from surveykit.estimates.missing import Missing, missing
from surveykit.estimates.sampling import sample
from surveykit.estimates.waves.compare import Waves, compare_waves
from surveykit.estimates.waves.files import WaveFile, read_wave, wordings
from surveykit.exports import read_export
from surveykit.imputation import Imputed, pooled_beside
from surveykit.links import Links, link
from surveykit.quality import Quality, assess
from surveykit.scoring import Aggregated, Agreement, Measurement, Scored, aggregate, agree, measure, score
from surveykit.study import Study, load_study

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from surveykit.estimates import Design
    from surveykit.exports import RawExport
    from surveykit.study import Level


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
    tables : list of Table
        Cross-tables, in the order of the study file.
    waves : Waves or None
        None if there are no earlier waves.
    missing : Missing or None
        None if the study has no items.
    links : Links or None
        None if the study plans no links.
    imputed : Imputed or None
        None if the study asks for no imputation.
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
    tables: list[Table]
    waves: Waves | None
    missing: Missing | None
    links: Links | None
    imputed: Imputed | None
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
    >>> analyse("data/ospo-2018")
    Analysis(Open source programmes, 2018: Cleaned(748 of 748 responses kept, 834 cells made missing),
    Aggregated(748 organisations, 2 scales))
    """
    plan = study if isinstance(study, Study) else load_study(Path(study))
    raw = read_export(plan.beside(plan.responses.file), platform=plan.responses.platform)
    cleaned = clean(raw, plan)
    scored = score(cleaned)
    aggregated = aggregate(scored)
    estimates = estimate(aggregated)
    executives = estimates.sampled.designs["executive"]
    links = link(aggregated) if plan.links else None
    return Analysis(
        study=plan,
        cleaned=cleaned,
        scored=scored,
        aggregated=aggregated,
        agreement=agree(aggregated),
        measurement=measure(aggregated),
        estimates=estimates,
        comparisons=compare(estimates),
        tables=tabulate(aggregated, executives),
        waves=_waves(raw, aggregated) if plan.waves else None,
        missing=missing(aggregated, executives) if plan.items else None,
        links=links,
        imputed=_imputed(aggregated, estimates, links),
        quality=assess(raw, cleaned),
    )


def _waves(raw: RawExport, aggregated: Aggregated) -> Waves:
    """Earlier waves walk the same way; then each figure is set beside itself."""
    study = aggregated.study
    files = {name: read_wave(study, name) for name in study.waves}
    designs: dict[str, Mapping[Level, Design]] = {}
    scored = {}
    for name, file in files.items():
        with _named(name):
            scored[name] = aggregate(score(clean(file.raw, file.study)))
            designs[name] = sample(scored[name]).designs
    files[study.wave] = WaveFile(study=study, raw=raw, not_asked=[])
    scored[study.wave] = aggregated
    designs[study.wave] = sample(aggregated).designs
    return compare_waves(scored, designs, wordings(files))


@contextmanager
def _named(wave: str) -> Iterator[None]:
    """Say in which wave something is wrong."""
    try:
        yield
    except SurveyError as error:
        raise type(error)(f"wave '{wave}': {error}") from None


def _imputed(aggregated: Aggregated, estimates: Estimates, links: Links | None) -> Imputed | None:
    plan = aggregated.study.imputation
    if plan is None:
        return None
    return pooled_beside(
        aggregated,
        estimates,
        links,
        design=estimates.sampled.designs["executive"],
        seed=plan.seed,
        n_imputations=plan.number,
    )
