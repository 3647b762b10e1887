"""What in the data the study file does not foresee: for the analyst, before a report is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from surveykit.cleaning.choices import options_of, picks_of
from surveykit.cleaning.coding import columns_of, folded, joined, read_frame
from surveykit.cleaning.columns import check_columns
from surveykit.cleaning.rankings import layout_of, read_cells, read_ranking
from surveykit.cleaning.tables import check_table
from surveykit.errors import did_you_mean
from surveykit.exports import read_export
from surveykit.study import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from surveykit.exports import RawExport
    from surveykit.study import Study
    from surveykit.study.codebook import Item, Table, Variable

COLUMNS = ["file", "column", "problem", "label", "count", "hint"]
_FORESEEN = {"", "missing_code"}


def findings(study: Study) -> pd.DataFrame:
    """List the labels and values that are in the data and have no code.

    They are made missing by `clean`, with a ledger row each; this tells of them beforehand, over all responses
    delivered, so that the study file can be mended.

    Parameters
    ----------
    study : Study
        The plan.

    Returns
    -------
    DataFrame
        ``file, column, problem``, ``label, count`` and a ``hint``, such as the nearest label the study knows; the most
        frequent first. Problems are ``unmapped_label``, ``not_a_number``, ``out_of_range``, for rankings also
        ``tied_ranks``, ``ranked_twice`` and ``skipped_ranks``, and for the files beside the responses
        ``no_response_for`` (rows of an organisation nobody answered for) and ``no_row_for``.

    Raises
    ------
    SurveyError
        If a file cannot be read, or a column the study names is not there.

    Examples
    --------
    >>> from surveykit.study import load_study
    >>> findings(load_study("data/ospo-2018")).empty
    True
    """
    raw = read_export(study.beside(study.responses.file), platform=study.responses.platform)
    check_columns(raw, study)
    rows = [*_cells(raw, study.items, study), *_cells(raw, study.variables, study), *_picks(raw, study)]
    for name in study.rankings:
        rows += _ranks(raw, study, name)
    named = (
        set(folded(raw.data[study.columns.organisation]).dropna()) if study.columns.organisation else set()
    )
    for section in ("organisations", "initiatives"):
        table: Table | None = getattr(study, section)
        if table is not None:
            beside = read_export(study.beside(table.file), platform="plain")
            check_table(beside, table, study, section)
            rows += _cells(beside, table.variables, study)
            rows += _unmatched(beside, table, named, both=section == "organisations")
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values(["count", "column"], ascending=[False, True], ignore_index=True)


def _cells(raw: RawExport, specs: Mapping[str, Item | Variable], study: Study) -> Iterator[list[object]]:
    _, problems = read_frame(raw, specs, study)
    for name, rules in problems.items():
        column = specs[name].column or name
        known = study.answer_codes(specs[name].answers) or {}
        strange = pd.DataFrame({"rule": rules, "label": raw.data[column]})[~rules.isin(_FORESEEN)]
        for row in strange.value_counts().reset_index().itertuples():
            yield [raw.source, column, row.rule, row.label, row.count, did_you_mean(row.label, known)]


def _unmatched(raw: RawExport, table: Table, named: set[str], *, both: bool) -> Iterator[list[object]]:
    """Rows whose organisation nobody answered for, and organisations of the responses that have no row."""
    keys = folded(raw.data[table.key]).dropna()
    for key, count in keys[~keys.isin(named)].value_counts().items():
        yield [raw.source, table.key, "no_response_for", key, count, ""]
    for key in sorted(named - set(keys)) if both else ():
        yield [raw.source, table.key, "no_row_for", key, 0, "Respondents name it."]


def _picks(raw: RawExport, study: Study) -> Iterator[list[object]]:
    for choice in study.choices.values():
        known = {fold(option) for option in options_of(raw, choice)} | {
            fold(label) for label in study.missing
        }
        picked = pd.Series([pick for given in picks_of(raw, choice).dropna() for pick in given], dtype="str")
        for label, count in picked[~picked.map(fold).isin(known)].value_counts().items():
            hint = did_you_mean(label, options_of(raw, choice))
            yield [raw.source, choice.question, "unmapped_label", label, count, hint]


def _ranks(raw: RawExport, study: Study, name: str) -> Iterator[list[object]]:
    """Cells that are no rank or no option, and answers in which ranks do not go together."""
    question, layout = study.rankings[name].question, layout_of(raw, study, name)
    _, problems = read_cells(raw, study, name, layout)
    known = [] if layout.places is None else layout.options
    for column, rules in problems.items():
        strange = pd.DataFrame({"rule": rules, "label": layout.cells[column]})[~rules.isin(_FORESEEN)]
        for row in strange.value_counts().reset_index().itertuples():
            yield [raw.source, column, row.rule, row.label, row.count, did_you_mean(row.label, known)]
    rules = read_ranking(raw, study, name)[1]
    whole = rules.isin(["tied_ranks", "ranked_twice", "skipped_ranks"])
    given = joined(raw.data.loc[whole, columns_of(raw, question)], " | ")
    for row in pd.DataFrame({"rule": rules[whole], "label": given}).value_counts().reset_index().itertuples():
        yield [raw.source, question, row.rule, row.label, row.count, ""]
