"""From a raw export to the executives and codes that are analysed, with every change on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from surveykit.cleaning.choices import read_choice
from surveykit.cleaning.coding import (
    LARGEST,
    Coding,
    columns_of,
    folded,
    missing_in,
    read_column,
    read_frame,
)
from surveykit.cleaning.columns import ROLES, check_columns
from surveykit.cleaning.ledger import Change, changed_cells, excluded_rows, replay
from surveykit.cleaning.open_answers import read_open, read_open_answers
from surveykit.cleaning.rankings import read_ranking
from surveykit.cleaning.rules import Rows, apply_rules
from surveykit.cleaning.tables import read_beside
from surveykit.errors import CleaningError
from surveykit.study.codebook import PICKED_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveykit.exports import RawExport
    from surveykit.study import Study
    from surveykit.study.codebook import Choice, Ranking
    from surveykit.study.exclusion import Rule


class Source(NamedTuple):
    """The file the responses came from, as it was delivered."""

    file: str
    platform: str
    encoding: str
    sha256: str
    rows: int
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """What is analysed, and how it came from what was delivered.

    Attributes
    ----------
    study : Study
    data : DataFrame
        One row an executive kept, by row of the file (from 0): ``respondent``, ``organisation``, every item (float
        codes, reversed items reversed) and every variable of the executives. Without an organisation column each
        response stands for an organisation of its own.
    choices : dict of str to DataFrame
        For each choice, whether each option was picked, for the executives who answered it.
    rankings : dict of str to DataFrame
        For each ranking, the rank of each option (float, 1 the best, NaN where it was not ranked), for the executives
        who answered it.
    open_answers : DataFrame of str
        A column an open answer: what was written, missing where nothing was.
    seconds : DataFrame
        Seconds on each page, where the study names page timers; a column a timer.
    organisations, initiatives : DataFrame or None
        The tables beside the responses, coded; organisations by organisation. Those somebody answered for.
    register : DataFrame or None
        Every organisation of the organisations file, whether anybody answered for it or not; by organisation.
    ledger : DataFrame
        One row an excluded response (``column`` empty) and one a changed cell: ``file, rule, respondent, row``
        (from 0), ``column``, the ``variable`` for which it changed (empty if for whatever reads it), ``before,
        after, reason``. Every cell delivered and missing now has its row.
    flow : DataFrame
        ``rule, label, before, excluded, after`` in the order the rules were applied.
    questions : dict of str to str
        The wording of every item, variable, choice, ranking and open answer of the executives.
    source : Source
    """

    study: Study
    data: pd.DataFrame
    choices: dict[str, pd.DataFrame]
    rankings: dict[str, pd.DataFrame]
    open_answers: pd.DataFrame
    seconds: pd.DataFrame
    organisations: pd.DataFrame | None
    initiatives: pd.DataFrame | None
    register: pd.DataFrame | None
    ledger: pd.DataFrame
    flow: pd.DataFrame
    questions: dict[str, str]
    source: Source

    def __repr__(self) -> str:
        delivered, kept = self.flow["before"].iloc[0], len(self.data)
        cells = int(self.ledger["column"].notna().sum())
        return f"Cleaned({kept} of {delivered} responses kept, {cells} cells made missing)"


def clean(raw: RawExport, study: Study) -> Cleaned:
    """Clean an export by the rules the study declares, and keep a record of every change.

    Personal columns go first. Then rows are excluded by the declared rules in their order, and cells that mean no
    answer, carry an unknown label, or lie out of range become missing. Nothing else changes: the cleaned data are
    the codes of the raw text after the ledger was applied to it.

    Parameters
    ----------
    raw : RawExport
        The responses as delivered.
    study : Study
        The plan.

    Returns
    -------
    Cleaned
        Data, ledger and flow.

    Raises
    ------
    StudyError
        If the study names a column the export does not have, or a table whose keys match no organisation.
    CleaningError
        If no response is left, or responses without an organisation are left in by the rules.

    Examples
    --------
    >>> from surveykit.exports import read_export
    >>> from surveykit.study import load_study
    >>> study = load_study("data/ospo-2018")
    >>> clean(read_export(study.beside(study.responses.file)), study)
    Cleaned(748 of 748 responses kept, 834 cells made missing)
    """
    check_columns(raw, study)
    source = Source(raw.source, raw.platform, raw.encoding, raw.sha256, *raw.data.shape)
    raw = raw.without(study.columns.personal)
    unread = _missing_codes(raw, study)
    blank = _blanked(raw, unread)
    rows = _rows(blank, study)
    excluded, flow = apply_rules(rows)
    _somebody_is_left(flow, raw)
    seconds, untimed = _seconds(blank, study)
    rankings = {name: read_ranking(blank, study, name) for name in study.rankings}
    misranked = [Change(study.rankings[name].question, name, rules) for name, (_, rules) in rankings.items()]
    changes = [*unread, *_changes_of_variables(blank, study, rows.problems), *misranked, *untimed]
    respondent = _respondent(blank, study)
    kept = raw.data.index.difference(excluded.index)
    ledger = pd.concat(
        [excluded_rows(raw, excluded, respondent), changed_cells(raw, changes, kept, respondent)],
        ignore_index=True,
    )
    text = replay(raw, ledger)
    data = encode(text, study)
    beside = read_beside(study, data["organisation"])
    return Cleaned(
        study=study,
        data=data,
        choices={name: read_choice(text, study, name)[0] for name in study.choices},
        rankings={name: ranks[ranks.index.isin(data.index)] for name, (ranks, _) in rankings.items()},
        open_answers=read_open_answers(text, study),
        seconds=seconds.loc[data.index],
        organisations=beside.organisations,
        initiatives=beside.initiatives,
        register=beside.register,
        ledger=pd.concat([ledger, *beside.changes], ignore_index=True),
        flow=flow,
        questions=_questions(raw, study),
        source=source,
    )


def kept_under(raw: RawExport, study: Study, variants: Sequence[Sequence[Rule]]) -> list[pd.Index]:
    """Tell which responses other rules would keep, without cleaning anew for each of them.

    Parameters
    ----------
    raw : RawExport
        The responses as delivered.
    study : Study
        The plan; its own rules are passed over.
    variants : sequence of sequence of Rule
        Rules in their order, for each variant.

    Returns
    -------
    list of Index
        Rows of the file that are kept, for each variant.
    """
    raw = raw.without(study.columns.personal)
    rows = _rows(_blanked(raw, _missing_codes(raw, study)), study)
    # Variants may repeat each other: each set of rules is applied once.
    plans = {rules: study.model_copy(update={"exclude": list(rules)}) for rules in map(tuple, variants)}
    excluded = {rules: apply_rules(replace(rows, study=plan))[0].index for rules, plan in plans.items()}
    return [raw.data.index.difference(excluded[tuple(rules)]) for rules in variants]


def _rows(blank: RawExport, study: Study) -> Rows:
    items, problems = read_frame(blank, study.items, study)
    return Rows(raw=blank, codes=items, problems=pd.DataFrame(problems, index=items.index), study=study)


def _missing_codes(raw: RawExport, study: Study) -> list[Change]:
    """Codes that mean no answer in columns no item or variable reads: roles, checks, multi-selects and rankings."""
    read = {item.column for item in study.items.values()}
    read |= {spec.column or name for name, spec in study.variables.items() if spec.type not in PICKED_TYPES}
    found = {
        cell: folded(raw.data[cell]).isin(missing_in(raw, study, cell))
        for column in _other_columns(raw, study)
        for cell in columns_of(raw, column)
        if cell not in read
    }
    return [
        Change(cell, "", rules.map({True: "missing_code", False: ""}).astype("str"))
        for cell, rules in found.items()
        if rules.any()
    ]


def _other_columns(raw: RawExport, study: Study) -> list[str]:
    """Columns and questions that are read, but not coded by an item or a variable of their own."""
    group_of = raw.questions.set_index("column")["group"]
    roles = [getattr(study.columns, role) for role in ROLES]
    checks = [rule.column for rule in study.exclude]
    choices = [choice.question for choice in study.choices.values()]
    choices += [ranking.question for ranking in study.rankings.values()]
    picked = [
        spec.question or str(group_of[spec.column or name])
        for name, spec in study.variables.items()
        if spec.type in PICKED_TYPES
    ]
    return [column for column in (*roles, *checks, *choices, *picked) if column]


def _blanked(raw: RawExport, changes: list[Change]) -> RawExport:
    data = raw.data.assign(**{each.column: raw.data[each.column].mask(each.rules != "") for each in changes})
    return replace(raw, data=data)


def _changes_of_variables(raw: RawExport, study: Study, problems: pd.DataFrame) -> list[Change]:
    """Every item's, variable's, choice's and open answer's own reasons for missing cells."""
    items = [Change(study.items[name].column, name, problems[name]) for name in study.items]
    _, others = read_frame(raw, study.variables, study)
    variables = [Change(study.variables[name].column or name, name, rules) for name, rules in others.items()]
    choices = [
        Change(each.question, name, read_choice(raw, study, name)[1]) for name, each in study.choices.items()
    ]
    written = [
        Change(each.column, name, read_open(raw, study, name)[1]) for name, each in study.open_answers.items()
    ]
    return [*items, *variables, *choices, *written]


def encode(raw: RawExport, study: Study) -> pd.DataFrame:
    """Turn responses that need no further change into codes.

    Parameters
    ----------
    raw : RawExport
        The responses after `replay`.
    study : Study
        The plan.

    Returns
    -------
    DataFrame
        ``respondent``, ``organisation``, items (reversed by their own range where the study says so), variables.

    Raises
    ------
    CleaningError
        If a response names no organisation though the study has a column for it.
    """
    items, _ = read_frame(raw, study.items, study)
    variables, _ = read_frame(raw, study.variables, study)
    reversed_items = {
        name: study.turned(name, items[name]) for name, item in study.items.items() if item.reversed
    }
    roles = pd.DataFrame({"respondent": _respondent(raw, study), "organisation": _organisation(raw, study)})
    return pd.concat([roles, items.assign(**reversed_items), variables], axis=1)


def _seconds(raw: RawExport, study: Study) -> tuple[pd.DataFrame, list[Change]]:
    """Page timers as numbers, and what was no time: text, or a number below 0."""
    coding = Coding(numeric=True, decimal=raw.decimal, span=(0.0, LARGEST))
    read = {page: read_column(raw.data[page], coding) for page in study.careless.pages}
    for page, (seconds, _) in read.items():
        if seconds.isna().all():
            raise CleaningError(
                "no time on this page is a number of seconds, so nobody can be found too fast",
                where=f"{raw.source}, column {page}",
                given=raw.data[page].dropna().unique().tolist()[:3],
                fix="Name the timer's own column under 'careless: pages', or leave the page out.",
            )
    changes = [Change(page, page, rules) for page, (_, rules) in read.items()]
    return pd.DataFrame({page: seconds for page, (seconds, _) in read.items()}, index=raw.data.index), changes


def _respondent(raw: RawExport, study: Study) -> pd.Series:
    numbered = pd.Series(raw.data.index + 1, index=raw.data.index).astype("str")
    column = study.columns.respondent
    return raw.data[column].fillna("row " + numbered) if column else numbered


def _organisation(raw: RawExport, study: Study) -> pd.Series:
    column = study.columns.organisation
    if column is None:
        return _respondent(raw, study)
    if nameless := int(raw.data[column].isna().sum()):
        raise CleaningError(
            f"responses that are kept name no organisation ({nameless} of them) in column '{column}'",
            where=raw.source,
            fix="Add 'no_organisation' under 'exclude', or fill the column in.",
        )
    return folded(raw.data[column])


def _somebody_is_left(flow: pd.DataFrame, raw: RawExport) -> None:
    if flow["after"].iloc[-1] == 0:
        told = ", ".join(f"{row.rule} {row.excluded}" for row in flow.iloc[1:].itertuples())
        raise CleaningError(
            "the rules exclude every response",
            where=raw.source,
            given=told,
            fix="Loosen the rule that takes most.",
        )


def _questions(raw: RawExport, study: Study) -> dict[str, str]:
    """The words of every question: the study's label, or what the export says was asked."""
    asked = raw.questions.set_index("column")
    told = asked["part"].where((asked["part"] != "") & (asked["kind"] != "single"), asked["question"])
    groups = raw.questions.drop_duplicates("group").set_index("group")["question"]
    words = {name: item.label or told[item.column] for name, item in study.items.items()}
    for name, spec in study.variables.items():
        words[name] = spec.label or (groups[spec.question] if spec.question else told[spec.column or name])
    offered: dict[str, Choice | Ranking] = {**study.choices, **study.rankings}
    for name, each in offered.items():
        words[name] = each.label or groups.get(each.question, each.question)
    return words | {name: spec.label or told[spec.column] for name, spec in study.open_answers.items()}
