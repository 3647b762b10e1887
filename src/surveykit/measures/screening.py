"""Cut-offs of indices of careless responding: on which side of them a respondent is flagged, and how many are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, did_you_mean
from surveykit.measures.timing import SECONDS_PER_ITEM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where each index is careless: at or above its cut-off, at or below it, or only below.
DIRECTIONS = {
    "longstring": ">=",
    "irv": "<=",
    "mahalanobis_p": "<=",
    "even_odd": "<=",
    "synonyms": "<=",
    "antonyms": ">=",
    "seconds_per_item": "<",
    "n_fast_pages": ">=",
}
BEYOND = {">=": np.greater_equal, "<=": np.less_equal, "<": np.less}

# Longstring's default, half the items, depends on their number. None is computed and not flagged.
CUTOFFS: dict[str, float | None] = {
    "irv": 0.0,
    "mahalanobis_p": 0.001,
    "even_odd": 0.3,
    "synonyms": 0.22,
    "antonyms": -0.03,
    "seconds_per_item": SECONDS_PER_ITEM,
    "n_fast_pages": None,
}


def flags(table: pd.DataFrame, cutoffs: Mapping[str, float | None]) -> pd.DataFrame:
    """Flag respondents from the cut-off on: True, False, or <NA> where the index is undefined."""
    found = {}
    for name, cutoff in cutoffs.items():
        _check_known(name)
        if cutoff is not None:
            beyond, defined = _beyond(table, name, [cutoff])
            flag = pd.array(beyond[:, 0], dtype="boolean")
            flag[~defined] = pd.NA
            found[f"flag_{name}"] = flag
    return pd.DataFrame(found, index=table.index)


def flagged(table: pd.DataFrame, grids: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """How many respondents each of several cut-offs would flag, to see how much hangs on the choice.

    Parameters
    ----------
    table : DataFrame
        What `screen` returns.
    grids : mapping of index to cut-offs
        Finite numbers, in the units of the index. Which side of it is careless is that of `screen`.

    Returns
    -------
    DataFrame, one row an index and cut-off, in the order given
        `index`; `cutoff`; `direction`, how an index is compared with it (>=, <= or <); `n_flagged`; `share` of those
        for whom the index is defined, from 0 to 1, NaN where it is for nobody; `n_defined`; `n_undefined`.

    Raises
    ------
    ScoringError
        If an index is unknown or not in the table, or a cut-off is not a finite number.

    Notes
    -----
    In R, for a longstring: ``sapply(cutoffs, function(cutoff) mean(longstring >= cutoff, na.rm = TRUE))``.

    Examples
    --------
    >>> table = pd.DataFrame({"longstring": [4.0, 9, 12, None], "irv": [1.2, 0.4, 0, None]})
    >>> flagged(table, {"longstring": [8, 10], "irv": [0]})[["index", "cutoff", "n_flagged", "n_defined"]]
            index  cutoff  n_flagged  n_defined
    0  longstring     8.0          2          3
    1  longstring    10.0          1          3
    2         irv     0.0          1          3
    """
    parts = [_counts(table, name, cutoffs) for name, cutoffs in grids.items()]
    columns = ["index", "cutoff", "direction", "n_flagged", "share", "n_defined", "n_undefined"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _counts(table: pd.DataFrame, name: str, cutoffs: Sequence[float]) -> pd.DataFrame:
    beyond, defined = _beyond(table, name, cutoffs)
    n_defined, n_flagged = int(defined.sum()), beyond.sum(axis=0)
    return pd.DataFrame(
        {
            "index": name,
            "cutoff": np.asarray(cutoffs, dtype=float),
            "direction": DIRECTIONS[name],
            "n_flagged": n_flagged,
            "share": n_flagged / n_defined if n_defined else np.nan,
            "n_defined": n_defined,
            "n_undefined": len(table) - n_defined,
        }
    )


def _beyond(table: pd.DataFrame, name: str, cutoffs: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    # Whether each respondent is beyond each cut-off, shape (respondents, cut-offs), and for whom the index is defined.
    _check_known(name)
    if name not in table:
        fix = "Give screen what it needs: scales for even_odd, pages for times."
        raise ScoringError("cut-off of an index that was not computed", given=name, fix=fix)
    at = np.asarray(cutoffs, dtype=float)
    if not np.isfinite(at).all():
        raise ScoringError(f"cut-offs of {name} must be finite numbers", given=list(cutoffs))
    values = table[name].to_numpy(dtype=float)
    return BEYOND[DIRECTIONS[name]](values[:, None], at), ~np.isnan(values)


def _check_known(name: str) -> None:
    if name not in DIRECTIONS:
        fix = did_you_mean(name, DIRECTIONS)
        raise ScoringError("cut-off of an unknown index", given=name, allowed=DIRECTIONS, fix=fix)
