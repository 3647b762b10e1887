"""Answers as a table of numbers: how every index of careless responding reads them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError

CODE_FIRST = "Code the answers first."


def numbers(responses: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    """Read answers as floats, missing ones as NaN, or say that they are none.

    Raises
    ------
    ScoringError
        If a value is not a number, or infinite.

    Examples
    --------
    >>> numbers(pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}))["a"].tolist()
    [1.0, nan]
    """
    if np.ndim(responses) > 2:
        raise ScoringError("answers are a table: a row a respondent", given=np.shape(responses))
    table = pd.DataFrame(responses)
    for column, dtype in table.dtypes.items():
        if dtype.kind in "cmM":  # complex numbers, durations and dates would pass for floats
            raise ScoringError("answers must be numbers", given=f"{dtype} in {column!r}", fix=CODE_FIRST)
    try:
        values = table.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ScoringError("answers must be numbers", given=str(error), fix=CODE_FIRST) from None
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        fix = "Make it missing, or correct it."
        raise ScoringError("an answer is infinite", given=table.columns[infinite].tolist(), fix=fix)
    return pd.DataFrame(values, index=table.index, columns=table.columns, copy=False)


def check_mapping(what: str, given: object) -> None:
    """Refuse anything but names with lists of columns, such as R's model strings and position vectors."""
    listed = isinstance(given, Mapping) and all(
        isinstance(part, list | tuple | pd.Index) for part in given.values()
    )
    if not listed:
        fix = "Write {'clarity': ['q1', 'q2'], ...}."
        raise ScoringError(f"{what} map names to lists of columns", given=given, fix=fix)


def alongside(name: str, values: pd.DataFrame | np.ndarray, index: pd.Index) -> pd.DataFrame:
    """Set the same respondents' other values beside their answers.

    Raises
    ------
    ScoringError
        If there are more or fewer of them, or a DataFrame has another index.
    """
    table = pd.DataFrame(values)
    if len(table) != len(index):
        raise ScoringError(f"{name} has other rows than the answers", given=f"{len(table)}, not {len(index)}")
    if isinstance(values, pd.DataFrame) and not table.index.equals(index):
        fix = "Take both from one DataFrame."
        raise ScoringError(f"{name} and the answers have different indices", fix=fix)
    return table.set_axis(index)


def by_item(answers: pd.DataFrame) -> np.ndarray:
    """Turn answers into one contiguous row an item, the shape in which sums over items are fast."""
    return np.ascontiguousarray(answers.to_numpy().T)


def above_least(items: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Measure answers from the least one along an axis; return them, 0 where missing, and which are answered.

    Sums of squares of whole numbers are then exact, and equal answers differ from each other by exactly nothing.
    """
    answered = ~np.isnan(items)
    away = items - np.fmin.reduce(items, axis=axis, keepdims=True, initial=np.inf)
    away[~answered] = 0
    return away, answered
