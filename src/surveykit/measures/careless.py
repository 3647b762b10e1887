"""Indices of careless responding: statistics of a row of answers, without a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, did_you_mean
from surveykit.measures.consistency import antonyms, even_odd, numbers, paired, split_halves, synonyms

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

__all__ = ["CUTOFFS", "antonyms", "even_odd", "irv", "longstring", "mahalanobis", "screen", "synonyms"]

CUTOFFS: dict[str, float | None] = {
    "irv": 0.0,
    "mahalanobis_p": 0.001,
    "even_odd": 0.3,
    "synonyms": 0.22,
    "antonyms": -0.03,
}


def longstring(responses: pd.DataFrame | np.ndarray) -> pd.Series:
    """Longest run of one and the same answer in each row.

    A missing answer ends a run, and belongs to none.

    Parameters
    ----------
    responses : DataFrame or array, shape (respondents, items)
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
    responses = pd.DataFrame(responses)
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


def irv(responses: pd.DataFrame | np.ndarray) -> pd.Series:
    """Intra-individual response variability: the standard deviation of each row's answers.

    Parameters
    ----------
    responses : DataFrame or array of float, shape (respondents, items)
        Answers as given (not reversed). Missing answers are left out.

    Returns
    -------
    Series of float
        Standard deviation (n - 1), in units of the answers, 0 or more; NaN below two answers.

    Raises
    ------
    ScoringError
        If an answer is not a number.

    Notes
    -----
    In R: ``careless::irv(responses)``. Dunn, A. M. and others (2018), Intra-individual response variability as an
    indicator of insufficient effort responding, Journal of Business and Psychology 33, 105-121.

    Examples
    --------
    >>> irv(pd.DataFrame([[1, 3, 5], [4, 4, 4], [2, None, None]])).tolist()
    [2.0, 0.0, nan]
    """
    return numbers(responses).std(axis=1, ddof=1).rename("irv")


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
        If an answer is not a number.

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
    x = answers.to_numpy()
    answered = ~np.isnan(x)
    complete = x[answered.all(axis=1)]
    distance = np.full(len(x), np.nan)
    if len(complete) > x.shape[1] > 0:
        covariance = np.atleast_2d(np.cov(complete, rowvar=False))
        if np.linalg.matrix_rank(covariance, hermitian=True) == x.shape[1]:
            _fill_distances(distance, x - complete.mean(axis=0), answered, covariance)
    return pd.Series(distance, index=answers.index, name="mahalanobis")


def _fill_distances(
    distance: np.ndarray, deviation: np.ndarray, answered: np.ndarray, covariance: np.ndarray
) -> None:
    # One factorisation a pattern of missing answers, all rows of the pattern at once.
    packed = np.packbits(answered, axis=1)
    pattern = np.unique(packed, axis=0, return_inverse=True)[1]
    order = np.argsort(pattern.ravel(), kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(pattern.ravel()))[:-1]):
        items = answered[rows[0]]
        if items.any():
            part = deviation[np.ix_(rows, items)]
            solved = np.linalg.solve(covariance[np.ix_(items, items)], part.T)
            distance[rows] = (part * solved.T).sum(axis=1)


def screen(
    responses: pd.DataFrame | np.ndarray,
    *,
    scales: Mapping[str, Sequence[Hashable]] | None = None,
    scored: pd.DataFrame | np.ndarray | None = None,
    cutoffs: Mapping[str, float | None] | None = None,
) -> pd.DataFrame:
    """All indices of careless responding side by side, flagged by stated cut-offs. Nothing is dropped.

    Parameters
    ----------
    responses : DataFrame or array of float, shape (respondents, items)
        Answers as given (not reversed), in the order in which they were asked.
    scales : mapping of name to columns, optional
        For `even_odd`, which is left out without it.
    scored : DataFrame or array, optional
        The same answers with reversed items reversed, for `even_odd`; `responses` where none is reversed.
    cutoffs : mapping of index to number, optional
        Overrides single ones of these; None turns a flag off. Flagged from the cut-off on: longstring at or above half
        the number of items (Curran, 2016); irv at or below 0; mahalanobis_p at or below .001; even_odd at or below .30
        and antonyms at or above -.03 (Johnson, 2005); synonyms at or below .22 (Meade and Craig, 2012).

    Returns
    -------
    DataFrame, one row a respondent
        The indices; `mahalanobis_p`, the upper tail of chi-square with the row's own number of answers;
        `flag_` and the index: True, False, or <NA> where the index is undefined; `n_flags`; and `reason`, which says
        why for every undefined index, empty if there is none.

    Raises
    ------
    ScoringError
        If a cut-off is of an unknown index, or what the single indices raise.

    Notes
    -----
    Curran, P. G. (2016), Methods for the detection of carelessly invalid responses in survey data, Journal of
    Experimental Social Psychology 66, 4-19. The p-value supposes normal answers, so it is a ranking more than a test.

    Examples
    --------
    >>> found = screen(pd.DataFrame([[1, 3, 2, 5], [4, 4, 4, 4], [None] * 4]), cutoffs={"longstring": 4})
    >>> found["flag_longstring"].tolist()
    [False, True, <NA>]
    >>> found["reason"].iloc[2].split("; ")[0]
    'longstring: no answer'
    """
    answers = numbers(responses)
    found, reasons = _indices(answers)
    if scales is not None:
        halves = answers if scored is None else numbers(scored).set_axis(answers.index)
        found["even_odd"], reasons["even_odd"] = split_halves(halves, scales)
    for name, critical_r in (("synonyms", 0.6), ("antonyms", -0.6)):
        found[name], reasons[name] = paired(answers, critical_r, name)
    table = pd.DataFrame(found, index=answers.index)
    flags = _flags(table, {"longstring": answers.shape[1] / 2} | CUTOFFS | dict(cutoffs or {}))
    table = table.join(flags)
    table["n_flags"] = flags.sum(axis=1).astype(int)
    table["reason"] = _reasons(table, reasons)
    return table


def _indices(answers: pd.DataFrame) -> tuple[dict[str, pd.Series], dict[str, np.ndarray]]:
    from scipy.stats import chi2  # noqa: PLC0415  (1.5 s to import: only where a p-value is asked for)

    n = answers.notna().sum(axis=1)
    distance = mahalanobis(answers)
    p_value = pd.Series(chi2.sf(distance, n), index=answers.index)
    found = {
        "longstring": longstring(answers),
        "irv": irv(answers),
        "mahalanobis": distance,
        "mahalanobis_p": p_value,
    }
    singular = "too few complete rows, or items that do not vary or follow from others"
    reasons = {
        "longstring": np.full(len(n), "no answer", dtype=object),
        "irv": np.full(len(n), "fewer than two answers", dtype=object),
        "mahalanobis": np.where(n > 0, singular, "no answer").astype(object),
    }
    return found, reasons


def _flags(table: pd.DataFrame, cutoffs: Mapping[str, float | None]) -> pd.DataFrame:
    known = ["longstring", *CUTOFFS]
    flags = pd.DataFrame(index=table.index)
    for name, cutoff in cutoffs.items():
        if name not in known:
            fix = did_you_mean(name, known)
            raise ScoringError("cut-off of an unknown index", given=name, allowed=known, fix=fix)
        if cutoff is not None and name in table:
            beyond = table[name] >= cutoff if name in {"longstring", "antonyms"} else table[name] <= cutoff
            flags[f"flag_{name}"] = beyond.astype("boolean").mask(table[name].isna())
    return flags


def _reasons(table: pd.DataFrame, reasons: Mapping[str, np.ndarray]) -> pd.Series:
    text = pd.Series("", index=table.index, dtype=object)
    for name, reason in reasons.items():
        said = pd.Series(f"{name}: " + reason, index=table.index).where(table[name].isna(), "")
        text += said.where((text == "") | (said == ""), "; " + said)
    return text.astype(str)
