"""The files beside the responses: one row an organisation, or one an initiative."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from surveykit.cleaning.coding import folded, read_frame
from surveykit.cleaning.ledger import COLUMNS, Change, changed_cells
from surveykit.cleaning.rules import WORDS
from surveykit.errors import StudyError, did_you_mean
from surveykit.exports import read_export

if TYPE_CHECKING:
    from surveykit.exports import RawExport
    from surveykit.study import Level, Study
    from surveykit.study.codebook import Table


class Beside(NamedTuple):
    """The tables beside the responses, coded, and their rows of the ledger.

    ``organisations`` (by organisation) and ``initiatives`` are those somebody answered for; ``register`` is every
    organisation of its file.
    """

    organisations: pd.DataFrame | None
    initiatives: pd.DataFrame | None
    register: pd.DataFrame | None
    changes: list[pd.DataFrame]


def read_beside(study: Study, named: pd.Series) -> Beside:
    """Read the organisations and the initiatives of a study, and set apart those nobody answered for.

    Parameters
    ----------
    study : Study
        The plan.
    named : Series
        Organisations of the responses kept.

    Returns
    -------
    Beside

    Raises
    ------
    StudyError
        If a table cannot be read, or its keys match no organisation of the responses.
    """
    tables = {
        "organisations": read_table(study, "organisation"),
        "initiatives": read_table(study, "initiative"),
    }
    kept, changes = {}, []
    for section, table in tables.items():
        if table is not None:
            _keys_match(named, table[0], study, section)
            file = Path(getattr(study, section).file).name
            kept[section], record = answered_for(table, named, file)
            changes.append(record)
    by_organisation = kept["organisations"].set_index("organisation") if "organisations" in kept else None
    listed = tables["organisations"]
    register = listed[0].set_index("organisation") if listed else None
    return Beside(by_organisation, kept.get("initiatives"), register, changes)


def read_table(study: Study, level: Level) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Read and code the organisations or the initiatives of a study.

    Parameters
    ----------
    study : Study
        The plan.
    level : str
        ``organisation`` or ``initiative``.

    Returns
    -------
    (DataFrame, DataFrame) or None
        The coded variables with a column ``organisation`` (folded key), and the changes as ledger rows; None if
        the study has no such table.

    Raises
    ------
    StudyError
        If a column is not there, a row names no organisation, or an organisation has two rows.
    """
    table = study.organisations if level == "organisation" else study.initiatives
    if table is None:
        return None
    section = f"{level}s"
    raw = read_export(study.beside(table.file), platform="plain")
    check_table(raw, table, study, section)
    keys = folded(raw.data[table.key])
    _keys_hold(raw, keys, table, study, level)
    values, problems = read_frame(raw, table.variables, study)
    changes = [Change(table.variables[name].column or name, name, rules) for name, rules in problems.items()]
    cells = changed_cells(raw, changes, raw.data.index, raw.data[table.key])
    return values.assign(organisation=keys), cells


def answered_for(
    table: tuple[pd.DataFrame, pd.DataFrame], organisations: pd.Series, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the rows of organisations somebody answered for; the others go on record.

    Parameters
    ----------
    table : (DataFrame, DataFrame)
        What `read_table` gave.
    organisations : Series
        Organisations of the responses kept.
    file : str
        Name of the table's file.

    Returns
    -------
    (DataFrame, DataFrame)
        The rows left, and the ledger with one row more for each that went.
    """
    rows, ledger = table
    gone = rows[~rows["organisation"].isin(organisations)]
    why = pd.DataFrame(
        {"rule": "nobody_answered", "reason": WORDS["nobody_answered"], "before": gone["organisation"]}
    )
    record = why.assign(file=file, row=gone.index, respondent=gone["organisation"]).reindex(columns=COLUMNS)
    kept = ledger[~ledger["row"].isin(gone.index)]
    return rows.drop(index=gone.index), pd.concat([part for part in (record, kept) if len(part)] or [record])


def check_table(raw: RawExport, table: Table, study: Study, section: str) -> None:
    """Refuse a table without a column the study names, as `surveykit.cleaning.columns.check_columns` does responses."""
    named: dict[str, tuple[str, ...]] = {table.key: (section, "key")}
    named |= {spec.column or name: (section, "variables", name) for name, spec in table.variables.items()}
    for column, place in named.items():
        if column not in raw.data.columns:
            raise StudyError(
                f"column '{column}' is not in {raw.source}",
                where=study.where(*place),
                allowed=raw.data.columns,
                fix=did_you_mean(column, raw.data.columns),
            )


def _keys_match(named: pd.Series, table: pd.DataFrame, study: Study, section: str) -> None:
    if not table["organisation"].isin(named).any():
        raise StudyError(
            f"no organisation of '{getattr(study, section).file}' is named in the responses",
            where=study.where(section, "key"),
            given=sorted(table["organisation"].unique())[:3],
            allowed=sorted(named.unique())[:3],
            fix="Both files must name organisations alike (case and blanks do not matter).",
        )


def _keys_hold(raw: RawExport, keys: pd.Series, table: Table, study: Study, level: Level) -> None:
    where = str(study.beside(table.file))
    if keys.isna().any():
        row = int(keys.index[keys.isna()][0]) + 1  # the first row below the header is row 1
        raise StudyError(f"row {row} names no organisation in column '{table.key}'", where=where)
    if level == "organisation" and keys.duplicated().any():
        twice = raw.data.loc[keys.duplicated(), table.key].iloc[0]
        raise StudyError(
            f"organisation '{twice}' has more than one row", where=where, fix="Keep one row each."
        )
