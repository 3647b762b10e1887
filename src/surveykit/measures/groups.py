"""Rows by group: sums over groups without a loop over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.answers import numbers

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    Groups = pd.Series | np.ndarray | Sequence[Hashable]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouped:
    """Complete rows with their groups as numbers.

    Attributes
    ----------
    rows : array of float, shape (rows, columns)
        Rows without a missing value whose group is known.
    codes : array of int, shape (rows,)
        Number of each row's group.
    labels : Index
        All groups in sorted order, also those none of whose rows is complete.
    """

    rows: np.ndarray
    codes: np.ndarray
    labels: pd.Index

    @property
    def sizes(self) -> np.ndarray:
        """Complete rows of each group, 0 or more."""
        return np.bincount(self.codes, minlength=len(self.labels))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum columns of rows within each group: shape (groups, columns)."""
        most = len(self.labels)
        return np.column_stack([np.bincount(self.codes, column, most) for column in values.T])

    def means(self) -> np.ndarray:
        """Mean of each column in each group; NaN in a group without rows."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.sums(self.rows) / self.sizes[:, None])

    def variances(self) -> np.ndarray:
        """Variance (n - 1) of each column in each group; NaN below two rows."""
        squares = self.sums(np.square(self.rows - self.means()[self.codes]))
        left = np.where(self.sizes > 1, self.sizes - 1, np.nan)
        return np.asarray(squares / left[:, None])

    def table(self, estimate: np.ndarray) -> pd.DataFrame:
        """Set one estimate a group beside its number of raters; NaN below two of them."""
        found = np.where(self.sizes > 1, estimate, np.nan)
        return pd.DataFrame({"estimate": found, "n_raters": self.sizes}, index=self.labels)


def grouped(values: pd.DataFrame | pd.Series | np.ndarray, groups: Groups) -> Grouped:
    """Read rows and their groups; rows with a missing value or without a group are left out.

    Parameters
    ----------
    values : DataFrame, Series or array of float, shape (rows,) or (rows, columns)
        What raters gave.
    groups : Series, array or sequence, shape (rows,)
        Group of each row, in the same order; a Series beside pandas values must have the same index.

    Returns
    -------
    Grouped

    Raises
    ------
    ScoringError
        If lengths or indices differ, or a value is not a finite number.

    Examples
    --------
    >>> grouped(pd.Series([1.0, 3, None, 5]), ["y", "x", "y", "x"]).means().ravel().tolist()
    [4.0, 1.0]
    """
    table = pd.DataFrame(values)
    if table.shape[1] == 0:
        raise ScoringError("there are no columns of ratings", given=table.shape)
    if getattr(groups, "ndim", 1) != 1 or isinstance(groups, set | pd.MultiIndex):
        raise ScoringError("groups are one label a row", given=type(groups).__name__, fix="Give one column.")
    labels = pd.Series(groups)
    if len(labels) != len(table):
        raise ScoringError("every row needs its group", given=f"{len(table)} rows, {len(labels)} groups")
    both = isinstance(values, pd.DataFrame | pd.Series) and isinstance(groups, pd.Series)
    if both and not labels.index.equals(table.index):
        raise ScoringError("rows and groups have different indices", fix="Take both from one DataFrame.")
    rows = numbers(table).to_numpy()
    codes, names = pd.factorize(labels, sort=True)
    kept = (codes >= 0) & ~np.isnan(rows).any(axis=1)
    return Grouped(rows=rows[kept], codes=codes[kept], labels=pd.Index(names, name=labels.name))
