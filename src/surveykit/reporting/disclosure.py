"""What a reader may see: small cells and whatever would give them away are taken out here, and only here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.estimates.values import as_answered, shown_values
from surveykit.reporting import guarded, guarded_sample, guarded_tables
from surveykit.reporting.guarded_open import guard_open
from surveykit.reporting.hiding import LABELS, bases, hide, yes_and_no
from surveykit.reporting.nesting import enclosed, encloses_hidden, inner_first
from surveykit.reporting.suppression import blocks, differencing, hidden_cells, unsafe

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from surveykit.analysis import Analysis
    from surveykit.reporting.shown_tables import ShownTable
    from surveykit.study import Study
    from surveykit.study.aims import Quantity
    from surveykit.study.plan import ReportSettings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Protected:
    """An analysis a reader may see: frames and texts, nothing of one person, no small cell.

    Numbers of a hidden row are NaN, its sentence is empty, and its column ``suppressed`` is True.

    Attributes
    ----------
    title, about, notice : str
        The study's own words.
    source : dict of str to (str or int)
        ``file``, ``platform``, ``encoding``, ``sha256``, ``rows`` and ``columns`` of the responses as delivered.
    counts : dict of str to int
        By level: ``executive``, and ``organisation`` and ``initiative`` where the study has them.
    flow : DataFrame
        ``rule, label, before, excluded, after``: responses left out by each rule. These counts describe how the
        file was processed, not what anyone answered, and are shown whatever their size.
    changes : DataFrame
        ``rule, reason, column, cells``: how many cells each rule changed in each column; processing again.
    reliability : DataFrame, one row a scale
        ``scale, label, n_items, possible, estimate, ci_lower, ci_upper, n_obs, mean, std, n_scored, suppressed``.
    estimates, comparisons, links : DataFrame
        Columns of `surveykit.analysis`, and ``suppressed``.
    distributions : DataFrame, one row an answer of an item
        Columns of `surveykit.estimates.distributions.answers_given`, and ``suppressed``.
    flagged, multiverse : DataFrame
        Of `surveykit.quality.Quality`; shares of the multiverse rounded so far that no two of its rows tell of a few.
    measurement, scale_items, invariance : DataFrame
        Of `surveykit.scoring.measurement.Measurement`: its scales, items and invariance.
    decisions, bands, parting, choices, picks : DataFrame
        The decisions to aggregate, agreement of organisations by band, within organisations by item (`parting`) and
        on choices, and what was picked.
    weighting : DataFrame
        ``variable, label, category, n, target, before, after`` (shares) ``, suppressed``; no rows where nothing is
        weighted by targets.
    weights : dict of str to (str or float)
        ``of`` (the level that is weighted), and of weights made here ``n, lowest, highest, deff, n_effective``; empty
        where nothing is weighted.
    tables : list of (title, list of ShownTable)
        Cross-tables, question by question.
    levels, between, wordings : DataFrame
        Figures by wave, their changes, and how each wave asked.
    patterns, gaps, gaps_by_segment : DataFrame
        Questions left open together, and the share left open by question and by segment.
    imputed_estimates, imputed_links : DataFrame
        Figures beside those with missing answers imputed.
    open_answers : DataFrame
        See `surveykit.reporting.guarded_open.guard_open`.
    segments : dict of str to str
        Segments the report splits by, and words for them.
    settings : ReportSettings
        Smallest cell shown, confidence level and segments.
    clustered : bool
        Whether executives of one organisation were kept together in the intervals.
    """

    title: str
    about: str
    notice: str
    source: dict[str, str | int]
    counts: dict[str, int]
    flow: pd.DataFrame
    changes: pd.DataFrame
    reliability: pd.DataFrame
    estimates: pd.DataFrame
    distributions: pd.DataFrame
    comparisons: pd.DataFrame
    links: pd.DataFrame
    flagged: pd.DataFrame
    multiverse: pd.DataFrame
    measurement: pd.DataFrame
    scale_items: pd.DataFrame
    invariance: pd.DataFrame
    decisions: pd.DataFrame
    bands: pd.DataFrame
    parting: pd.DataFrame
    choices: pd.DataFrame
    picks: pd.DataFrame
    weighting: pd.DataFrame
    weights: dict[str, str | float]
    tables: list[tuple[str, list[ShownTable]]]
    levels: pd.DataFrame
    between: pd.DataFrame
    wordings: pd.DataFrame
    patterns: pd.DataFrame
    gaps: pd.DataFrame
    gaps_by_segment: pd.DataFrame
    imputed_estimates: pd.DataFrame
    imputed_links: pd.DataFrame
    open_answers: pd.DataFrame
    segments: dict[str, str]
    settings: ReportSettings
    clustered: bool

    def __repr__(self) -> str:
        answers = self.distributions[~self.distributions["apart"].astype(bool)]
        hidden = int(self.estimates["suppressed"].sum() + answers["suppressed"].sum())
        return f"Protected({self.title}: cells under {self.settings.min_cell} not shown, {hidden} hidden)"


def protect(analysis: Analysis) -> Protected:
    """Take out of an analysis whatever would tell about a few.

    Three things hide a row: it rests on fewer executives or organisations than ``report.min_cell``; it is a share
    where fewer than that said yes, or said no; or it would let such a row be found by subtracting shown rows from
    a shown total (the answers of one item, the values of one segment, shares of the same question). A segment value
    nobody declared in the study file, given by fewer than the smallest cell, loses its name as well.

    Not covered: what two reports, or a mean over several items beside their distributions, give away together.

    Parameters
    ----------
    analysis : Analysis
        Everything `surveykit.analyse` found.

    Returns
    -------
    Protected

    Examples
    --------
    >>> from surveykit import analyse
    >>> protect(analyse("data/ospo-2018"))
    Protected(Open source programmes, 2018: cells under 5 not shown, 6 hidden)
    """
    study = analysis.study
    reliability = analysis.scored.reliability.rename_axis("scale").reset_index()
    estimates = _estimates(analysis)
    distributions = _distributions(analysis.estimates.distributions, estimates, study)
    picks, links = guarded.picks(analysis), _links(analysis)
    return Protected(
        title=study.title,
        about=study.about.strip(),
        notice=study.notice.strip(),
        source=analysis.cleaned.source._asdict(),
        counts=_counts(analysis),
        flow=analysis.cleaned.flow.copy(),
        changes=_changes(analysis.cleaned.ledger),
        reliability=hide(
            reliability, "reliability", unsafe(bases(reliability, study), study.report.min_cell)
        ),
        estimates=estimates,
        distributions=distributions,
        comparisons=_comparisons(analysis, estimates),
        links=links,
        flagged=guarded.flagged(analysis),
        multiverse=guarded.multiverse(analysis, estimates),
        measurement=guarded.measurement(analysis),
        scale_items=guarded.scale_items(analysis, distributions),
        invariance=guarded.invariance(analysis),
        decisions=guarded.decisions(analysis),
        bands=guarded.bands(analysis),
        parting=guarded.parting(analysis, distributions),
        choices=guarded.choices(analysis),
        picks=picks,
        tables=guarded_tables.tables(analysis, distributions, picks, estimates),
        **guarded_sample.beside(analysis, estimates, links),
        open_answers=guard_open(analysis.cleaned, study),
        segments={name: study.label(name) for name in study.report.segments},
        settings=study.report,
        clustered=study.columns.organisation is not None,
    )


def _counts(analysis: Analysis) -> dict[str, int]:
    cleaned = analysis.cleaned
    counts = {"executive": len(cleaned.data)}
    if analysis.study.columns.organisation is not None:
        counts["organisation"] = int(cleaned.data["organisation"].nunique())
    if cleaned.initiatives is not None:
        counts["initiative"] = len(analysis.aggregated.rows("initiative"))
    return counts


def _changes(ledger: pd.DataFrame) -> pd.DataFrame:
    """Count the ledger's cells; who they belong to, and what stood in them, stays behind."""
    cells = ledger[ledger["column"].fillna("") != ""]
    return cells.groupby(["rule", "reason", "column"], sort=False).size().rename("cells").reset_index()


def _estimates(analysis: Analysis) -> pd.DataFrame:
    study, data = analysis.study, analysis.estimates.data.reset_index(drop=True)
    counts = np.hstack([bases(data, study), yes_and_no(data)])
    hidden = unsafe(counts, study.report.min_cell) | _given_away(analysis, data)
    inside = enclosed(analysis, list(study.report.segments))
    for segment in inner_first(list(study.report.segments), inside):
        for name, rows in data[data["segment"] == segment].groupby("name", sort=False):
            gone = data[hidden & (data["name"] == name).to_numpy()]
            lost = set(zip(gone["segment"], gone["value"], strict=True))
            hidden[rows.index] |= encloses_hidden([(segment, value) for value in rows["value"]], lost, inside)
            hidden[rows.index] |= _hidden_segment(data, rows, counts, study, hidden)
    # A share hidden because of another share must not come back as the sum of its segments.
    whole = data["segment"] == ""
    unknown = set(data["name"][whole & hidden])
    hidden |= (data["name"].isin(unknown) & ~whole).to_numpy()
    return _unnamed(hide(data, "estimates", hidden), data, study)


def _hidden_segment(
    data: pd.DataFrame, rows: pd.DataFrame, counts: NDArray[np.int64], study: Study, hidden: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Cells to hide among the values of one segment, given the estimate over everyone."""
    whole = data.index[(data["name"] == rows["name"].iloc[0]) & (data["segment"] == "")]
    cells = counts[rows.index]
    total = counts[whole[0]].copy() if len(whole) else cells.sum(axis=0)
    if study.columns.organisation is not None:
        # An organisation may stand in several values (roles, say): a reader cannot subtract its counts from the total.
        total[1] = cells[:, 1].sum()
    return hidden_cells(cells, total, study.report.min_cell, hidden=hidden[rows.index])


def _given_away(analysis: Analysis, data: pd.DataFrame) -> NDArray[np.bool_]:
    """Shares of one question that would tell a small count beside each other, in every segment."""
    study = analysis.study
    hidden = np.zeros(len(data), dtype=bool)
    shares = {name: spec for name, spec in study.estimates.items() if spec.share_of is not None}
    for of in {spec.of for spec in shares.values()}:
        names = [name for name, spec in shares.items() if spec.of == of]
        if len(names) > 1:
            hidden |= _beside_each_other(analysis, data, of, [shares[name] for name in names], names)
    return hidden


def _beside_each_other(
    analysis: Analysis, data: pd.DataFrame, of: str, specs: list[Quantity], names: list[str]
) -> NDArray[np.bool_]:
    hidden = np.zeros(len(data), dtype=bool)
    subsets: list[frozenset[Hashable]] = [frozenset(spec.values or ()) for spec in specs]  # noqa: PD011  no frame
    rows = analysis.aggregated.rows(analysis.study.level_of(of) or "executive")
    given = as_answered(analysis.study, of, rows[of])
    for (segment, value), cells in data[data["name"].isin(names)].groupby(["segment", "value"], sort=False):
        part = given[shown_values(analysis.study, str(segment), rows[segment]) == value] if segment else given
        hide = differencing(subsets, part.value_counts().to_dict(), analysis.study.report.min_cell)
        lost = {name for name, gone in zip(names, hide, strict=True) if gone}
        hidden[cells.index[cells["name"].isin(lost)]] = True
    return hidden


def _unnamed(shown: pd.DataFrame, data: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Take the name off small segment values the study does not declare: it may be what one person wrote."""
    declared = [name for name in study.report.segments if (spec := study.variable(name)) and spec.answers]
    few = (
        unsafe(bases(data, study), study.report.min_cell)
        & (data["segment"] != "")
        & ~data["segment"].isin(declared)
    )
    named = shown.assign(value=shown["value"].mask(few, f"Given by fewer than {study.report.min_cell}"))
    again = few & named.duplicated(["name", "segment", "value"])
    return pd.DataFrame(named[~again]).reset_index(drop=True)


def _comparisons(analysis: Analysis, estimates: pd.DataFrame) -> pd.DataFrame:
    """Hide a comparison with its estimate."""
    if analysis.comparisons is None:
        return pd.DataFrame(columns=[*sorted(LABELS["comparisons"]), "estimate", "sentence", "suppressed"])
    data, study = analysis.comparisons.data.reset_index(drop=True), analysis.study
    whole = estimates[estimates["segment"] == ""]
    lost = data["name"].isin(whole["name"][whole["suppressed"]]).to_numpy()
    return hide(data, "comparisons", lost | unsafe(bases(data, study), study.report.min_cell))


def _links(analysis: Analysis) -> pd.DataFrame:
    if analysis.links is None:
        return pd.DataFrame(columns=[*sorted(LABELS["links"]), "effect", "sentence", "suppressed"])
    # What was explored is no planned test, and the page tells of no other.
    data, study = analysis.links.data.query("planned").reset_index(drop=True), analysis.study
    return hide(data, "links", unsafe(bases(data, study), study.report.min_cell))


def _distributions(data: pd.DataFrame, estimates: pd.DataFrame, study: Study) -> pd.DataFrame:
    shown = data.reset_index(drop=True).assign(suppressed=False)
    apart = shown["apart"].astype(bool)
    for name, cells in shown[~apart].groupby("item", sort=False):
        shown.loc[cells.index, "suppressed"] = _hidden_answers(str(name), cells, estimates, study)
    few = unsafe(shown[["n_obs"]].to_numpy(dtype=np.int64), study.report.min_cell)
    without = unsafe(shown[["n"]].to_numpy(dtype=np.int64), study.report.min_cell)
    shown["suppressed"] |= apart & (without | few)
    shown = shown.assign(n_obs=shown["n_obs"].astype(float).mask(few))
    return shown.assign(
        **{name: shown[name].astype(float).mask(shown["suppressed"]) for name in ("n", "share")}
    )


def _hidden_answers(
    item: str, cells: pd.DataFrame, estimates: pd.DataFrame, study: Study
) -> NDArray[np.bool_]:
    """Answers of one item to hide; shown shares of the same item are totals of their own."""
    counts = cells["n"].to_numpy(dtype=np.int64)
    total, min_cell = int(cells["n_obs"].iloc[0]), study.report.min_cell
    if 0 < total < min_cell:
        return np.ones(len(cells), dtype=bool)
    whole = estimates[(estimates["segment"] == "") & ~estimates["suppressed"]]
    quantities = [study.estimates[name] for name in whole["name"] if name in study.estimates]
    about = [quantity for quantity in quantities if quantity.of == item]
    # A mean tells a weighted sum of the answers: beside it all of them are hidden, or none.
    fewest = len(cells) if any(not quantity.share_of for quantity in about) else 2
    subsets: list[frozenset[Hashable]] = [frozenset(each.values or []) for each in about if each.share_of]  # noqa: PD011
    hidden = np.zeros(len(cells), dtype=bool)
    for block in blocks(subsets, list(cells["code"])):
        inside = cells["code"].isin(block).to_numpy()
        known = total - counts[~inside].sum()
        hidden[inside] = hidden_cells(counts[inside, None], np.array([known]), min_cell, fewest=fewest)
    return np.ones(len(cells), dtype=bool) if hidden.any() and fewest > 2 else hidden
