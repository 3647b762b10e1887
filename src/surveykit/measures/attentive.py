"""Answers of made-up respondents who read every question: what a sign of careless answers finds where there is none."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from surveykit.errors import SurveyWarning
from surveykit.measures.answers import numbers
from surveykit.measures.polychoric import polychoric

SMALLEST = 1e-6  # eigenvalue: correlations found pair by pair may contradict each other


def attentive(
    responses: pd.DataFrame | np.ndarray, *, n_respondents: int = 5000, seed: int = 0
) -> pd.DataFrame:
    """Draw respondents who answer as the sample does, each from one consistent set of opinions.

    Opinions are normal with the polychoric correlations of the items, and cut where the sample's answers are cut: the
    shares of answers and the correlations stay, and nobody is careless. Signs of careless answers flag some of them
    all the same; that share is what a cut-off costs.

    Parameters
    ----------
    responses : DataFrame or array of float, shape (respondents, items)
        Ordered answers as codes, at most 20 different ones an item.
    n_respondents : int
        Rows drawn.
    seed : int
        Start of the random numbers.

    Returns
    -------
    DataFrame of float, shape (n_respondents, items)
        Codes as in the sample; nothing is missing, but an item nobody answered.

    Raises
    ------
    ScoringError
        If an answer is not a number, or an item has too many different ones.

    Notes
    -----
    Careless respondents in the sample pull its correlations towards 0, so the share is rather overstated.

    Examples
    --------
    >>> drawn = attentive(pd.DataFrame({"a": [1, 2, 3, 3], "b": [1, 2, 2, 3]}), n_respondents=1000)
    >>> drawn["a"].value_counts(normalize=True).round(1).sort_index().tolist()
    [0.3, 0.3, 0.5]
    """
    from scipy.special import ndtr  # noqa: PLC0415  (0.2 s to import)

    answers = numbers(responses)
    random = np.random.default_rng(seed)
    opinions = random.standard_normal((n_respondents, answers.shape[1])) @ _root(answers).T
    drawn = {name: _cut(answers[name], ndtr(opinions[:, item])) for item, name in enumerate(answers)}
    return pd.DataFrame(drawn, columns=answers.columns)


def _root(answers: pd.DataFrame) -> np.ndarray:
    """Matrix whose product with its transpose is the nearest proper correlation matrix there is at hand."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", SurveyWarning
        )  # a sparse table is in no doubt here: it is used as it is
        r = np.nan_to_num(polychoric(answers).to_numpy())
    np.fill_diagonal(r, 1.0)
    values, vectors = np.linalg.eigh(r)
    root = vectors * np.sqrt(np.maximum(values, SMALLEST))
    return np.asarray(root / np.sqrt(np.square(root).sum(axis=1))[:, None])


def _cut(column: pd.Series, ranks: np.ndarray) -> np.ndarray:
    shares = column.value_counts(normalize=True).sort_index()
    if shares.empty:
        return np.full(len(ranks), np.nan)
    below = np.cumsum(shares.to_numpy())[:-1]
    return np.asarray(shares.index.to_numpy(dtype=float)[np.searchsorted(below, ranks, side="right")])
