"""Data quality: who may have answered carelessly, and what every rule does to the headline figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from surveykit.cleaning import clean, kept_under
from surveykit.cleaning.rules import WORDS
from surveykit.errors import SurveyError
from surveykit.estimates import estimate
from surveykit.measures.careless import CUTOFFS, attentive, flagged, page_time, screen
from surveykit.measures.screening import DIRECTIONS, flags
from surveykit.scoring import aggregate, score
from surveykit.study.exclusion import Rule

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from surveykit.cleaning import Cleaned
    from surveykit.exports import RawExport
    from surveykit.scoring import Aggregated
    from surveykit.study import Study

# Rules that tell careless answers; the others say who belongs to the survey at all.
CARELESS_RULES = frozenset({"faster_than", "failed_check", "longstring"})
INDEX_WORDS = {
    "longstring": "Same answer in a row",
    "irv": "Spread of a person's answers",
    "mahalanobis_p": "Unusual combination of answers (p)",
    "even_odd": "Consistency of half-scales",
    "synonyms": "Like questions answered alike (r)",
    "antonyms": "Opposed questions answered alike (r)",
    "seconds_per_item": "Seconds a question on the fastest page",
    "n_fast_pages": "Pages answered too fast",
}
_SIGNS = {">=": "at least", "<=": "at most", "<": "below"}
_FIGURE = [
    "name",
    "label",
    "statistic",
    "level",
    "estimate",
    "ci_lower",
    "ci_upper",
    "n_obs",
    "n_organisations",
]


class Scenario(NamedTuple):
    """One way the responses might have been chosen: the rules, and an index that leaves out some more."""

    kind: str
    label: str
    rules: tuple[Rule, ...]
    by: str = ""
    cutoff: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quality:
    """How careful the answers are, and how much hangs on who is left out.

    Attributes
    ----------
    study : Study
    screened : DataFrame, one row an executive
        Every index, flags at their usual cut-offs and reasons: see `surveykit.measures.careless.screen`; for those
        whom the study's rules keep before its rules about careless answers (``faster_than``, ``failed_check``,
        ``longstring``). Of persons: it never reaches a reader.
    flagged : DataFrame, one row an index and cut-off
        ``index, label, cutoff, direction, n_flagged, share`` (0 to 1, of those for whom it is defined), ``expected``
        (the share of attentive respondents it would flag; NaN for times), ``n_defined, n_undefined``, among those
        screened.
    multiverse : DataFrame, one row a scenario and headline figure
        ``scenario`` (number, from 0: the rules as declared), ``kind`` (``declared``, ``without rule`` or
        ``cut-off``), ``choice`` (its words), ``n_executives`` kept, and of the figure ``name, label, statistic,
        level, estimate, ci_lower, ci_upper, n_obs, n_organisations``; ``reason`` where there is none.
    kept : dict of int to Index
        By scenario, the executives kept (rows of the file).
    counted : dict of (int, str) to DataFrame
        By scenario and figure, the units its estimate rests on: ``unit`` and ``organisation``. They say which
        scenarios differ by a few, and never reach a reader.
    """

    study: Study
    screened: pd.DataFrame
    flagged: pd.DataFrame
    multiverse: pd.DataFrame
    kept: dict[int, pd.Index]
    counted: dict[tuple[int, str], pd.DataFrame]

    def __repr__(self) -> str:
        return f"Quality({len(self.flagged)} cut-offs, {len(self.kept)} scenarios)"


def assess(raw: RawExport, cleaned: Cleaned) -> Quality:
    """Screen executives for careless answers, and estimate the headline figures under other choices.

    Nothing is left out by it: the study's rules decide that. Every headline figure is estimated once for each rule
    that is taken away, and once for each cut-off the study lists (or else the usual one of each sign), applied on top
    of the rules (a cut-off of a declared ``longstring`` takes the place of its own).

    Parameters
    ----------
    raw : RawExport
        The responses as delivered.
    cleaned : Cleaned
        The same, cleaned by the study's rules.

    Returns
    -------
    Quality

    Examples
    --------
    >>> from surveykit import clean, load_study, read_export
    >>> study = load_study("data/ospo-2018")
    >>> export = read_export(study.beside(study.responses.file))
    >>> assess(export, clean(export, study))
    Quality(3 cut-offs, 5 scenarios)
    """
    study = cleaned.study
    everyone = clean(raw, study.model_copy(update={"exclude": _needed(study)}))
    structural = [rule for rule in study.exclude if rule.name not in CARELESS_RULES]
    screened = screen_executives(_only(everyone, kept_under(raw, study, [[*structural, *_needed(study)]])[0]))
    grids = _grids(study, screened)
    counts = _counts(cleaned, screened, grids)
    scenarios = list(_scenarios(study, grids))
    kept = dict(enumerate(_kept(raw, everyone, cleaned, scenarios)))
    # Many cut-offs leave out the same respondents, or none: each set of them is estimated once.
    sets = {tuple(rows): rows for rows in kept.values()}
    figures = {rows: _figures(everyone, index) for rows, index in sets.items()}
    rows = [
        figures[tuple(kept[number])][0].assign(
            scenario=number, kind=each.kind, choice=each.label, n_executives=len(kept[number])
        )
        for number, each in enumerate(scenarios)
    ]
    return Quality(
        study=study,
        screened=screened,
        flagged=counts.assign(label=counts["index"].map(INDEX_WORDS)),
        multiverse=pd.concat(rows, ignore_index=True),
        kept=kept,
        counted={
            (number, name): units
            for number, index in kept.items()
            for name, units in figures[tuple(index)][1].items()
        },
    )


def _grids(study: Study, screened: pd.DataFrame) -> dict[str, list[float]]:
    """The study's cut-offs, or else the usual ones, of every sign that can be told for somebody."""
    usual = {name: [cutoff] for name, cutoff in CUTOFFS.items() if cutoff is not None}
    listed = {str(name): cutoffs for name, cutoffs in study.careless.cutoffs.items()} or usual
    told = screened.columns[screened.notna().any()]
    return {name: cutoffs for name, cutoffs in listed.items() if name in told}


def _counts(cleaned: Cleaned, screened: pd.DataFrame, grids: dict[str, list[float]]) -> pd.DataFrame:
    """How many each cut-off flags, and how many of attentive respondents who answer like those kept."""
    if not grids:
        return pd.DataFrame(columns=["index", "n_flagged", "share", "expected"])
    counts = flagged(screened, grids)
    items = list(cleaned.study.items)
    try:
        drawn = attentive(cleaned.data[items])
    except SurveyError:  # an item with too many different answers: nothing ordered to draw from
        return counts.assign(expected=float("nan"))
    made_up = screen_executives(replace(cleaned, data=drawn, seconds=cleaned.seconds.iloc[:0]), timed=False)
    expected = flagged(made_up, {name: cuts for name, cuts in grids.items() if name in made_up})
    return counts.merge(
        expected[["index", "cutoff", "share"]].rename(columns={"share": "expected"}),
        on=["index", "cutoff"],
        how="left",
    )


def _only(everyone: Cleaned, kept: pd.Index) -> Cleaned:
    """Some of the executives, with their items and variables alone: no figure here is of a choice or ranking."""
    return replace(
        everyone,
        choices={},
        rankings={},
        open_answers=everyone.open_answers.loc[kept],
        data=everyone.data.loc[kept],
        seconds=everyone.seconds.loc[kept],
    )


def screen_executives(cleaned: Cleaned, *, timed: bool = True) -> pd.DataFrame:
    """All indices of careless answers of a study's executives, from the answers as they were given.

    Parameters
    ----------
    cleaned : Cleaned
    timed : bool
        Whether times on pages are looked at, where the study has them.

    Returns
    -------
    DataFrame, one row an executive
        See `surveykit.measures.careless.screen`; without columns if the study has no items.
    """
    study = cleaned.study
    if not study.items:
        return pd.DataFrame(index=cleaned.data.index)
    scored = cleaned.data[list(study.items)]
    turned = {name: study.turned(name, scored[name]) for name, item in study.items.items() if item.reversed}
    scales = {name: scale.items for name, scale in study.scales.items()}
    counts: dict[Hashable, int] = {page: len(items) for page, items in study.careless.pages.items()}
    return screen(
        scored.assign(**turned),
        scales=scales if len(scales) >= 3 else None,  # fewer halves always go together
        scored=scored,
        pages=page_time(cleaned.seconds, counts) if counts and timed else None,
    )


def _needed(study: Study) -> list[Rule]:
    """The rule without which nothing can be analysed: every response kept must name its organisation."""
    return [Rule(name="no_organisation")] if study.columns.organisation else []


def _scenarios(study: Study, grids: dict[str, list[float]]) -> Iterator[Scenario]:
    declared = tuple(study.exclude)
    yield Scenario("declared", "As declared", declared)
    for number, rule in enumerate(declared):
        if rule.name != "no_organisation":
            left = (*declared[:number], *declared[number + 1 :])
            yield Scenario("without rule", WORDS[rule.name], left)
    for index, cutoffs in grids.items():
        for cutoff in cutoffs:
            yield _at_cutoff(declared, index, cutoff)


def _at_cutoff(declared: tuple[Rule, ...], index: str, cutoff: float) -> Scenario:
    words = f"{INDEX_WORDS[index]}: {_SIGNS[DIRECTIONS[index]]} {cutoff:g}"
    if index == "longstring" and any(rule.name == "longstring" for rule in declared):
        moved = [
            rule.model_copy(update={"threshold": cutoff}) if rule.name == "longstring" else rule
            for rule in declared
        ]
        return Scenario("cut-off", words, tuple(moved))
    return Scenario("cut-off", words, declared, index, cutoff)


def _kept(
    raw: RawExport, everyone: Cleaned, cleaned: Cleaned, scenarios: list[Scenario]
) -> Iterator[pd.Index]:
    study = everyone.study
    # What is needed comes last: before, it would move the median that "too fast" is measured by.
    rows = kept_under(raw, study, [[*each.rules, *_needed(study)] for each in scenarios])
    screened = screen_executives(cleaned)  # those the declared rules keep, for whom a cut-off comes on top
    for each, kept in zip(scenarios, rows, strict=True):
        yield kept.difference(screened.index[_beyond(screened, each)]) if each.by else kept


def _beyond(screened: pd.DataFrame, each: Scenario) -> pd.Series[bool]:
    """Whether an index is on the careless side of a cut-off; an undefined index flags nobody."""
    flag = flags(screened, {each.by: each.cutoff})[f"flag_{each.by}"]
    return flag.fillna(value=False).astype(bool)


def _figures(everyone: Cleaned, kept: pd.Index) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The study's headline figures over some of the executives, without segments; and the units of each."""
    study = everyone.study
    used = {quantity.of for quantity in study.estimates.values()}
    scales = {name: scale for name, scale in study.scales.items() if name in used}
    needed = used | {item for scale in scales.values() for item in scale.items}
    plan = study.model_copy(
        update={
            "scales": scales,
            "items": {name: item for name, item in study.items.items() if name in needed},
            "report": study.report.model_copy(update={"segments": []}),
        }
    )
    try:
        aggregated = aggregate(score(replace(_only(everyone, kept), study=plan)))
        found = estimate(aggregated).data
    except SurveyError as error:
        labels = {name: spec.label or study.label(spec.of) for name, spec in study.estimates.items()}
        missing = [{"name": name, "label": label} for name, label in labels.items()]
        return pd.DataFrame(missing, columns=_FIGURE).assign(reason=str(error)), {}
    headline = found[found["kind"] == "headline"] if len(found) else found
    return headline.reindex(columns=_FIGURE).assign(reason=""), _units(aggregated)


def _units(aggregated: Aggregated) -> dict[str, pd.DataFrame]:
    study = aggregated.study
    found = {}
    for name, quantity in study.estimates.items():
        level = study.level_of(quantity.of) or "executive"
        rows = aggregated.rows(level)
        if level != "executive":  # rows are numbered anew; a unit is the organisation's first, second, ..
            rows = rows.set_axis(
                rows["organisation"] + rows.groupby("organisation").cumcount().map(" {}".format)
            )
        told = rows.loc[rows[quantity.of].notna(), "organisation"]
        found[name] = pd.DataFrame({"unit": told.index, "organisation": told.to_numpy()})
    return found
