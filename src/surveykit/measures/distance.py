"""Distance of a respondent from the others: how unusual a row of answers is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveykit.measures.answers import numbers

SINGULAR = 1e-10  # share of the largest eigenvalue: an item follows from others but for one part in 10^10
AT_ONCE = 2**22  # numbers in one stack of small matrices, 32 MB


def mahalanobis(responses: pd.DataFrame | np.ndarray) -> pd.Series:
    r"""Squared Mahalanobis distance of each row from the mean.

    Mean and covariance come from the complete rows. A row with missing answers is measured on the items it answered
    only, with that part of the mean and of the covariance (its marginal distribution), so its distance belongs to a
    chi-square with as many degrees of freedom as it has answers. R sets the missing terms to zero and keeps all
    degrees of freedom, which hides careless rows behind their own gaps.

    Parameters
    ----------
    responses : DataFrame or array of float, shape (respondents, items)
        Answers; at least as many complete rows as items, plus one.

    Returns
    -------
    Series of float
        Squared distance, 0 or more; NaN for a row without answers, and in all rows if the complete ones are too few or
        the covariance of the items is singular (an item does not vary, or follows from others).

    Raises
    ------
    ScoringError
        If an answer is not a number, or infinite.

    Notes
    -----
    With o the items answered, :math:`D^2 = (x_o - \bar x_o)' S_{oo}^{-1} (x_o - \bar x_o)`. In R:
    ``careless::mahad(responses)``, equal where no answer is missing. Mahalanobis, P. C. (1936), On the generalized
    distance in statistics, Proceedings of the National Institute of Sciences of India 2, 49-55.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 2], "b": [2, 1, 4, 3, None]})
    >>> mahalanobis(answers).round(4).tolist()
    [1.5, 1.5, 1.5, 1.5, 0.15]
    """
    answers = numbers(responses)
    return pd.Series(_squared(answers.to_numpy()), index=answers.index, name="mahalanobis")


def _squared(x: np.ndarray) -> np.ndarray:
    n_answered = (~np.isnan(x)).sum(axis=1)
    complete = x[n_answered == x.shape[1]]
    undefined = np.full(len(x), np.nan)
    if not len(complete) > x.shape[1] > 0 or (np.ptp(complete, axis=0) == 0).any():
        return undefined
    # The distance is the same in any units: in standard deviations the singular case can be told.
    mean, unit = complete.mean(axis=0), complete.std(axis=0, ddof=1)
    z = (complete - mean) / unit
    size, axes = np.linalg.eigh(z.T @ z / (len(z) - 1))
    if size[0] <= SINGULAR * size[-1]:
        return undefined
    away = (x - mean) / unit
    away[np.isnan(away)] = 0
    squared = np.square(away @ (axes / np.sqrt(size))).sum(axis=1)
    gaps = np.flatnonzero(n_answered < x.shape[1])
    squared[gaps] -= _owed_to_missing(away[gaps], np.isnan(x[gaps]), (axes / size) @ axes.T)
    return np.where(n_answered > 0, np.maximum(squared, 0), np.nan)


def _owed_to_missing(away: np.ndarray, missing: np.ndarray, precision: np.ndarray) -> np.ndarray:
    # With P the inverse over all items, that over the answered ones is P_oo - P_om P_mm^-1 P_mo: one small system a
    # row, of the size of its gaps, and all rows with as many gaps at once.
    owed = np.zeros(len(away))
    pull = away @ precision
    n_missing = missing.sum(axis=1)
    for gaps in np.unique(n_missing):
        rows = np.flatnonzero(n_missing == gaps)
        for part in np.array_split(rows, 1 + len(rows) * gaps**2 // AT_ONCE):
            items = np.nonzero(missing[part])[1].reshape(-1, gaps)
            pulled = np.take_along_axis(pull[part], items, axis=1)[:, :, None]
            solved = np.linalg.solve(precision[items[:, :, None], items[:, None, :]], pulled)
            owed[part] = (pulled * solved).sum(axis=(1, 2))
    return owed
