"""What is known of executives besides their answers to items: it helps to guess those that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.cleaning import Cleaned
    from surveykit.estimates.design import Design

_RAREST = 0.05  # a category of fewer, as a share of all, has no column of its own


def context(cleaned: Cleaned, design: Design | None) -> NDArray[np.float64]:
    """Everything a study knows of its executives and their organisations, as standardised columns.

    Their own variables; those of the organisation; the outcomes of planned links that are measured on initiatives, as
    means of the organisation: a link whose outcome is left out here would come out too weak. With a design the log
    of the weight, and the strata.

    Parameters
    ----------
    cleaned : Cleaned
    design : Design, optional
        Of the executives.

    Returns
    -------
    array of float, shape (executives, columns)
        Numbers by rank, so that a far value pulls nothing; categories of 5% or more as 0/1. Where a number is missing
        it stands at its mean, and a column of its own says so.
    """
    executives = cleaned.data
    known = [executives[name] for name in cleaned.study.variables]
    beside = [cleaned.organisations, _outcomes(cleaned)]
    known += [
        executives["organisation"].map(table[name]) for table in beside if table is not None for name in table
    ]
    if design is not None:
        known += [np.log(design.weight.where(design.weight > 0)), design.stratum]
    parts = [_number(each) if pd.api.types.is_numeric_dtype(each) else _category(each) for each in known]
    columns = np.hstack([np.empty((len(executives), 0)), *parts])
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0))[:, spread > 0] / spread[spread > 0])


def _outcomes(cleaned: Cleaned) -> pd.DataFrame | None:
    """Mean outcome of each organisation's initiatives."""
    if cleaned.initiatives is None:
        return None
    planned = {link.outcome: None for link in cleaned.study.links if link.level == "initiative"}
    rows = cleaned.initiatives.set_index("organisation").select_dtypes("number")
    names = [
        name for name in planned if name in rows
    ]  # of a link that cannot be fitted the outcome may be a word
    return rows[names].groupby("organisation").mean()


def _number(values: pd.Series) -> NDArray[np.float64]:
    ranks = values.rank()
    filled = ranks.fillna(ranks.mean()).fillna(0.0)
    return np.column_stack([filled, values.isna()]).astype(float)


def _category(values: pd.Series) -> NDArray[np.float64]:
    shares = values.astype("str").fillna("").value_counts(normalize=True)
    often = sorted(shares.index[shares >= _RAREST])
    return np.column_stack([np.zeros(len(values)), *(values == name for name in often)]).astype(float)
