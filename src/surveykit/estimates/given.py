"""What researchers hand over, checked before anything is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_kind(name: str, part: object, *kinds: type) -> None:
    """Refuse what is not of one of some kinds, such as a list where units need their index.

    Parameters
    ----------
    name : str
        What the part is called.
    part : object
    *kinds : type
        What it may be.

    Raises
    ------
    EstimateError
        With what was given and what is allowed.
    """
    if not isinstance(part, kinds):
        allowed = [kind.__name__ for kind in kinds]
        fix = "Wrap it in one, with the index of the design." if pd.Series in kinds else ""
        raise EstimateError(f"{name} must be a {' or '.join(allowed)}", given=type(part).__name__, fix=fix)


def as_numbers(column: pd.Series) -> NDArray[np.float64]:
    """Numbers of a column, NaN where missing.

    Parameters
    ----------
    column : Series, shape (units,)

    Returns
    -------
    array of float, shape (units,)

    Raises
    ------
    EstimateError
        If it holds text, dates or anything else that is no number.

    Examples
    --------
    >>> as_numbers(pd.Series([1, None, True])).tolist()
    [1.0, nan, 1.0]
    """
    if column.dtype.kind == "f":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_complex_dtype(column)):
        try:
            return np.asarray(
                column.astype("Float64").to_numpy(dtype=float, na_value=np.nan), dtype=np.float64
            )
        except (TypeError, ValueError):
            pass
    strange = next((value for value in column.dropna() if not _is_number(value)), None)
    raise EstimateError(
        f"'{column.name}' does not hold numbers", given=strange, fix="Code its answers as numbers first."
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating, np.bool_))
