"""Indices of careless responding: statistics of a row of answers, without a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.measures.answers import above_least, alongside, by_item, numbers
from surveykit.measures.attentive import attentive
from surveykit.measures.consistency import antonyms, even_odd, paired, split_halves, synonyms
from surveykit.measures.distance import mahalanobis
from surveykit.measures.screening import CUTOFFS, DIRECTIONS, flagged, flags
from surveykit.measures.timing import page_time

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

__all__ = [
    "CUTOFFS",
    "DIRECTIONS",
    "antonyms",
    "attentive",
    "even_odd",
    "flagged",
    "irv",
    "longstring",
    "mahalanobis",
    "page_time",
    "screen",
    "synonyms",
]


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
    longest = np.zeros(len(responses), dtype=np.int32)
    run = np.zeros(len(responses), dtype=np.int32)
    before = np.full(len(responses), np.nan)
    # One step an item, all rows at once: a run goes on where the answer equals the one before; NaN equals nothing.
    for answer in by_item(_comparable(responses)):
        run *= answer == before
        run += ~np.isnan(answer)
        np.maximum(longest, run, out=longest)
        before = answer
    return pd.Series(np.where(longest > 0, longest, np.nan), index=responses.index, name="longstring")


def _comparable(responses: pd.DataFrame) -> pd.DataFrame:
    # Labels become numbers, the same for the same label; numbers are compared as they are.
    if all(pd.api.types.is_numeric_dtype(dtype) for dtype in responses.dtypes):
        return pd.DataFrame(responses.to_numpy(dtype=float, na_value=np.nan), copy=False)
    codes = pd.factorize(responses.to_numpy().ravel())[0].reshape(responses.shape)
    return pd.DataFrame(np.where(codes < 0, np.nan, codes))


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
        If an answer is not a number, or infinite.

    Notes
    -----
    In R: ``careless::irv(responses)``. Dunn, A. M. and others (2018), Intra-individual response variability as an
    indicator of insufficient effort responding, Journal of Business and Psychology 33, 105-121.

    Examples
    --------
    >>> irv(pd.DataFrame([[1, 3, 5], [4, 4, 4], [2, None, None]])).tolist()
    [2.0, 0.0, nan]
    """
    answers = numbers(responses)
    away, answered = above_least(by_item(answers), axis=0)
    n, total = answered.sum(axis=0), away.sum(axis=0)
    squares = n * np.einsum("ij,ij->j", away, away) - total * total
    variance = np.divide(squares, n * (n - 1), out=np.full(len(n), np.nan), where=n > 1)
    return pd.Series(np.sqrt(np.maximum(variance, 0)), index=answers.index, name="irv")


def screen(
    responses: pd.DataFrame | np.ndarray,
    *,
    scales: Mapping[str, Sequence[Hashable]] | None = None,
    scored: pd.DataFrame | np.ndarray | None = None,
    pages: pd.DataFrame | None = None,
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
    pages : DataFrame, optional
        What `page_time` returns for the same respondents; times are left out without it.
    cutoffs : mapping of index to number, optional
        Overrides single ones of these; None turns a flag off. longstring at or above half the number of items (Curran,
        2016; a short run where items are few); irv at or below 0; mahalanobis_p at or below .001; even_odd at or below
        .30 and antonyms at or above -.03 (Johnson, 2005); synonyms at or below .22 (Meade and Craig, 2012);
        seconds_per_item below 2 (Huang and others, 2012); n_fast_pages is not flagged, as it says the same.

    Returns
    -------
    DataFrame, one row a respondent
        The indices; `mahalanobis_p`, the upper tail of chi-square with the row's own number of answers;
        `flag_` and the index: True, False, or <NA> where the index is undefined; `n_flags`; and `reason`, which says
        why for every undefined index, empty if there is none. What is undefined is not clean: see `reason` beside
        `n_flags`.

    Raises
    ------
    ScoringError
        If a cut-off is of an unknown index or of one not computed, other values are not of the same respondents, or
        what the single indices raise.

    Notes
    -----
    Curran, P. G. (2016), Methods for the detection of carelessly invalid responses in survey data, Journal of
    Experimental Social Psychology 66, 4-19. The p-value supposes normal answers, so it is a ranking more than a test.
    Cut-offs are conventions: `flagged` shows what others would do.

    Examples
    --------
    >>> found = screen(pd.DataFrame([[1, 3, 2, 5], [4, 4, 4, 4], [None] * 4]), cutoffs={"longstring": 4})
    >>> found["flag_longstring"].tolist()
    [False, True, <NA>]
    >>> found["reason"].iloc[2].split("; ")[0]
    'longstring: no answer'
    """
    answers = numbers(responses)
    found, reasons = _of_rows(answers)
    if scales is not None:
        halves = answers if scored is None else numbers(alongside("scored", scored, answers.index))
        found["even_odd"], reasons["even_odd"] = split_halves(halves, scales)
    for name, (index, reason) in paired(answers, {"synonyms": 0.6, "antonyms": -0.6}).items():
        found[name], reasons[name] = index, reason
    if pages is not None:
        times = alongside("pages", pages, answers.index)
        found |= {name: times[name] for name in ("seconds_per_item", "n_fast_pages")}
        reasons["seconds_per_item"] = times["reason"].to_numpy(dtype=object)
    defaults = {"longstring": answers.shape[1] / 2} | CUTOFFS
    table = pd.DataFrame(found, index=answers.index)
    flag = flags(table, {name: defaults[name] for name in defaults if name in table} | dict(cutoffs or {}))
    summary = {"n_flags": flag.sum(axis=1).astype(int), "reason": _reasons(table, reasons)}
    return pd.concat([table, flag], axis=1).assign(**summary)


def _of_rows(answers: pd.DataFrame) -> tuple[dict[str, pd.Series], dict[str, np.ndarray]]:
    from scipy.special import chdtrc  # noqa: PLC0415  (0.2 s to import: only where a p-value is asked for)

    n = answers.notna().sum(axis=1)
    distance = mahalanobis(answers)
    found = {
        "longstring": longstring(answers),
        "irv": irv(answers),
        "mahalanobis": distance,
        "mahalanobis_p": pd.Series(chdtrc(n, distance), index=answers.index),
    }
    singular = "too few complete rows, or items that do not vary or follow from others"
    reasons = {
        "longstring": np.full(len(n), "no answer", dtype=object),
        "irv": np.full(len(n), "fewer than two answers", dtype=object),
        "mahalanobis": np.where(n > 0, singular, "no answer").astype(object),
    }
    return found, reasons


def _reasons(table: pd.DataFrame, reasons: Mapping[str, np.ndarray]) -> pd.Series:
    text = np.full(len(table), "", dtype=object)
    for name, reason in reasons.items():
        rows = np.flatnonzero(table[name].isna())
        text[rows] += np.where(text[rows] == "", "", "; ").astype(object) + f"{name}: " + reason[rows]
    return pd.Series(text, index=table.index, dtype=str)
