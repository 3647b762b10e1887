"""Indices of careless responding: statistics of a row of answers, without a study."""

from __future__ import annotations

import numpy as np
import pandas as pd


def longstring(responses: pd.DataFrame) -> pd.Series:
    """Longest run of one and the same answer in each row.

    A missing answer ends a run, and belongs to none.

    Parameters
    ----------
    responses : DataFrame, shape (respondents, items)
        Answers as given (not reversed), in the order in which they were asked.

    Returns
    -------
    Series of float
        Length of the longest run, from 1 to the number of items; NaN for a row without any answer.

    Notes
    -----
    In R: ``careless::longstring(responses)``. Johnson, J. A. (2005), Ascertaining the validity of individual
    protocols from web-based personality inventories, Journal of Research in Personality 39, 103-129.

    Examples
    --------
    >>> longstring(pd.DataFrame([[1, 1, 1, 2], [3, None, 3, 3], [None] * 4])).tolist()
    [3.0, 2.0, nan]
    """
    answered = responses.notna().to_numpy()
    codes = pd.factorize(responses.to_numpy().ravel())[0].reshape(responses.shape)
    longest = np.zeros(len(responses))
    run = np.zeros(len(responses))
    # One step a column, all rows at once: a run goes on where the answer equals the one before.
    for item in range(responses.shape[1]):
        same = (codes[:, item] == codes[:, item - 1]) if item else np.zeros(len(responses), dtype=bool)
        run = np.where(answered[:, item], np.where(same, run, 0) + 1, 0)
        longest = np.maximum(longest, run)
    return pd.Series(
        np.where(answered.any(axis=1), longest, np.nan), index=responses.index, name="longstring"
    )
