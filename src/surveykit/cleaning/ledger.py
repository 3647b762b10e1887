"""The record of every change, and the raw text as it is after those changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from surveykit.cleaning.coding import columns_of, joined
from surveykit.cleaning.rules import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveykit.exports import RawExport

COLUMNS = ["file", "rule", "respondent", "row", "column", "variable", "before", "after", "reason"]


class Change(NamedTuple):
    """Why cells of one column become missing, for one variable or (if empty) for whatever reads it.

    ``rules`` has one text a row of the file: the rule, or nothing.
    """

    column: str
    variable: str
    rules: pd.Series


def excluded_rows(raw: RawExport, excluded: pd.DataFrame, respondent: pd.Series) -> pd.DataFrame:
    """One ledger row for each response left out.

    Parameters
    ----------
    raw : RawExport
        The responses.
    excluded : DataFrame
        ``rule`` and ``reason`` by row of the file.
    respondent : Series
        Who answered, by row of the file.

    Returns
    -------
    DataFrame
        Ledger rows without column, before and after.
    """
    return pd.DataFrame(
        {
            "file": raw.source,
            "rule": excluded["rule"],
            "respondent": respondent.reindex(excluded.index),
            "row": excluded.index,
            "reason": excluded["reason"],
        },
    ).reindex(columns=COLUMNS)


def changed_cells(
    raw: RawExport, changes: Iterable[Change], kept: pd.Index, respondent: pd.Series
) -> pd.DataFrame:
    """One ledger row for each cell of a kept response that becomes missing.

    Parameters
    ----------
    raw : RawExport
        The file.
    changes : iterable of Change
        What makes the cells of each column missing.
    kept : Index
        Rows that were not excluded.
    respondent : Series
        Who answered, by row of the file.

    Returns
    -------
    DataFrame
        Ledger rows; ``after`` is missing in all of them.
    """
    parts = [pd.DataFrame(columns=COLUMNS)]
    for change in changes:
        rule = change.rules.loc[kept]
        rule = rule[rule != ""]
        cells = raw.data[columns_of(raw, change.column)].loc[rule.index]
        parts.append(
            pd.DataFrame(
                {
                    "file": raw.source,
                    "rule": rule,
                    "respondent": respondent.reindex(rule.index),
                    "row": rule.index,
                    "column": change.column,
                    "variable": change.variable,
                    "before": joined(cells, " | "),
                    "reason": rule.map(WORDS),
                }
            ).reindex(columns=COLUMNS)
        )
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def replay(raw: RawExport, ledger: pd.DataFrame) -> RawExport:
    """Apply a ledger to the raw text: leave its rows out, and blank the cells that are no variable's.

    A cell changed for a variable stays as text, since another variable may read the same column; it has no code,
    so coding leaves it missing.

    Parameters
    ----------
    raw : RawExport
        The file as delivered.
    ledger : DataFrame
        What `clean` recorded; rows about other files are passed over.

    Returns
    -------
    RawExport
        The text that the cleaned data are the codes of.
    """
    own = ledger[ledger["file"] == raw.source]
    whole = own["column"].isna()
    data = raw.data.drop(index=list(own.loc[whole, "row"]))
    for column, changes in own[~whole & (own["variable"] == "")].groupby("column"):
        data.loc[changes["row"], columns_of(raw, str(column))] = None
    return replace(raw, data=data)
