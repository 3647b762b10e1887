"""Consistency of a respondent with himself, or with the sample: halves of scales, pairs of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

LEAST_PAIRS = 3  # two points always correlate at 1 or -1


def even_odd(responses: pd.DataFrame | np.ndarray, scales: Mapping[str, Sequence[Hashable]]) -> pd.Series:
    r"""Even-odd consistency: whether the two halves of each scale tell the same story within a person.

    Parameters
    ----------
    responses : DataFrame or array of float, shape (respondents, items)
        Answers with reversed items already reversed.
    scales : mapping of name to columns
        Columns of each scale in the order asked; three scales or more, of two items or more.

    Returns
    -------
    Series of float
        From -1 to 1, high is consistent. NaN where fewer than three scales have an answer in both halves, or where the
        halves do not vary: a pure straight-liner is undefined here, not clean.

    Raises
    ------
    ScoringError
        If scales are too few or too short, name an unknown column, or an answer is not a number.

    Notes
    -----
    With r the correlation, within a person and across scales, of the means of the odd and of the even items (missing
    answers left out), :math:`\max(-1, 2 r / (1 + r))` (Spearman-Brown). In R:
    ``-careless::evenodd(data.frame, factors)``: R's sign is the other way round, two scales are enough for it, and
    given a matrix it is wrong. Johnson, J. A. (2005), Journal of Research in Personality 39, 103-129.

    Examples
    --------
    >>> answers = pd.DataFrame([[1, 1, 3, 3, 5, 5], [1, 5, 3, 4, 5, 1], [4, 4, 4, 4, 4, 4]], columns=list("abcdef"))
    >>> even_odd(answers, {"x": ["a", "b"], "y": ["c", "d"], "z": ["e", "f"]}).round(6).tolist()
    [1.0, -1.0, nan]
    """
    return split_halves(numbers(responses), scales)[0]


def split_halves(
    answers: pd.DataFrame, scales: Mapping[str, Sequence[Hashable]]
) -> tuple[pd.Series, np.ndarray]:
    """Compute what `even_odd` returns, with the reason for every NaN."""
    if len(scales) < LEAST_PAIRS:
        raise ScoringError("even_odd needs three scales or more", given=list(scales))
    for name, columns in scales.items():
        unknown = [column for column in columns if column not in answers.columns]
        if unknown:
            fix = did_you_mean(unknown[0], answers.columns)
            raise ScoringError(f"scale {name!r} names an unknown column", given=unknown[0], fix=fix)
        if len(columns) < 2:
            raise ScoringError(f"scale {name!r} has no two halves", given=list(columns))
    odd, even = (
        np.column_stack([answers[list(columns)[start::2]].mean(axis=1) for columns in scales.values()])
        for start in (0, 1)
    )
    r, reason = _within_row_r(odd, even, "scales with both halves answered")
    # At r = -1 the formula divides by zero; from r = -1/3 down it is floored anyway.
    corrected = np.where(r <= -1 / 3, -1.0, 2 * r / (1 + np.maximum(r, -1 / 3)))
    return pd.Series(corrected, index=answers.index, name="even_odd"), reason


def synonyms(responses: pd.DataFrame | np.ndarray, *, critical_r: float = 0.6) -> pd.Series:
    """Psychometric synonyms: whether items that go together in the sample are answered alike by a person.

    Parameters
    ----------
    responses : DataFrame or array of float, shape (respondents, items)
        Answers.
    critical_r : float
        Item pairs correlating above it in the sample (strictly; pairwise complete) are synonyms; from 0 to 1.

    Returns
    -------
    Series of float
        Correlation across pairs within each row, from -1 to 1, high is consistent. NaN below three pairs with both
        items answered, or where the answers do not vary.

    Raises
    ------
    ScoringError
        If `critical_r` is not allowed, or an answer is not a number.

    Notes
    -----
    In R: ``careless::psychsyn(responses, critval = .6, resample_na = FALSE)``: by default R swaps the items of pairs
    at random, without a seed, where the result is missing; this never does. The earlier item of a pair comes first, as
    there. Meade, A. W. and Craig, S. B. (2012), Psychological Methods 17, 437-455.

    Examples
    --------
    >>> likes = pd.DataFrame([[1, 1, 2, 2, 4, 4], [2, 2, 4, 4, 1, 1], [5, 5, 3, 3, 3, 3], [4, 4, 1, 1, 5, 5]])
    >>> synonyms(likes).round(6).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if not 0 <= critical_r < 1:
        raise ScoringError("critical_r of synonyms is out of range", given=critical_r, allowed="0 up to 1")
    return paired(numbers(responses), critical_r, "synonyms")[0]


def antonyms(responses: pd.DataFrame | np.ndarray, *, critical_r: float = -0.6) -> pd.Series:
    """Psychometric antonyms: whether items opposed in the sample are answered in opposed ways by a person.

    Parameters
    ----------
    responses : DataFrame or array of float, shape (respondents, items)
        Answers as given: reversing items makes antonyms into synonyms.
    critical_r : float
        Item pairs correlating below it in the sample (strictly; pairwise complete) are antonyms; from -1 to 0.

    Returns
    -------
    Series of float
        Correlation across pairs within each row, from -1 to 1, low is consistent; NaN as for `synonyms`.

    Raises
    ------
    ScoringError
        If `critical_r` is not allowed, or an answer is not a number.

    Notes
    -----
    In R: ``careless::psychant(responses, critval = -.6, resample_na = FALSE)``. Johnson, J. A. (2005).

    Examples
    --------
    >>> antonyms(pd.DataFrame([[1, 5, 2, 4, 5, 1], [2, 4, 4, 2, 1, 5], [5, 1, 3, 3, 3, 3]])).round(2).tolist()
    [-0.95, -0.94, -1.0]
    """
    if not -1 < critical_r <= 0:
        raise ScoringError(
            "critical_r of antonyms is out of range", given=critical_r, allowed="above -1 up to 0"
        )
    return paired(numbers(responses), critical_r, "antonyms")[0]


def paired(answers: pd.DataFrame, critical_r: float, name: str) -> tuple[pd.Series, np.ndarray]:
    """Compute what `synonyms` or `antonyms` (the name) returns, with the reason for every NaN."""
    between = answers.corr().to_numpy()
    found = between > critical_r if name == "synonyms" else between < critical_r
    first, second = np.nonzero(np.triu(found, k=1))
    x = answers.to_numpy()
    r, reason = _within_row_r(x[:, first], x[:, second], f"{name} with both items answered")
    return pd.Series(r, index=answers.index, name=name), reason


def _within_row_r(x: np.ndarray, y: np.ndarray, pairs: str) -> tuple[np.ndarray, np.ndarray]:
    both = ~(np.isnan(x) | np.isnan(y))
    n = both.sum(axis=1)
    dx, dy = (_deviations(np.where(both, half, 0.0), both, n) for half in (x, y))
    spread = np.sqrt((dx * dx).sum(axis=1) * (dy * dy).sum(axis=1))
    enough = n >= LEAST_PAIRS
    r = np.divide((dx * dy).sum(axis=1), spread, out=np.full(len(x), np.nan), where=enough & (spread > 0))
    few = f"fewer than {LEAST_PAIRS} {pairs}"
    reason = np.where(enough, np.where(spread > 0, "", "answers do not vary"), few)
    return np.clip(r, -1, 1), reason.astype(object)


def _deviations(values: np.ndarray, both: np.ndarray, n: np.ndarray) -> np.ndarray:
    mean = values.sum(axis=1) / np.maximum(n, 1)
    away = np.where(both, values - mean[:, None], 0.0)
    # Rounding noise of a mean is no variance: dividing by it would give any correlation at all.
    noise = np.abs(away).max(axis=1, initial=0) <= 1e-12 * np.abs(values).max(axis=1, initial=0)
    return np.where(noise[:, None], 0.0, away)


def numbers(responses: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    """Read answers as floats, or say that they are none."""
    table = pd.DataFrame(responses)
    try:
        values = table.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ScoringError(
            "answers must be numbers", given=str(error), fix="Code the answers first."
        ) from None
    return pd.DataFrame(values, index=table.index, columns=table.columns)
