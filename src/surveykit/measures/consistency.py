"""Consistency of a respondent with himself, or with the sample: halves of scales, pairs of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, did_you_mean
from surveykit.measures.answers import above_least, by_item, check_mapping, numbers

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

__all__ = ["antonyms", "even_odd", "numbers", "paired", "split_halves", "synonyms"]

LEAST_PAIRS = 3  # two points always correlate at 1 or -1
NOISE = 1e-12  # share of the sum of squares: less than it is rounding, and no variance
AT_ONCE = 4096  # respondents: few enough for the processor's cache


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
    _check_scales(scales, answers.columns)
    places = [answers.columns.get_indexer(pd.Index(list(columns))) for columns in scales.values()]
    away, answered = above_least(by_item(answers), axis=0)
    odd, even = (_means(away, answered, [place[start::2] for place in places]) for start in (0, 1))
    both = ~(np.isnan(odd) | np.isnan(even))
    odd, even = np.where(both, odd, 0), np.where(both, even, 0)
    sums = [half.sum(axis=0) for half in (both, odd, even, odd * odd, even * even, odd * even)]
    r, reason = _correlate(np.stack(sums), "scales with both halves answered")
    # At r = -1 the formula divides by zero; from r = -1/3 down it is floored anyway.
    corrected = np.where(r <= -1 / 3, -1.0, 2 * r / (1 + np.maximum(r, -1 / 3)))
    return pd.Series(corrected, index=answers.index, name="even_odd"), reason


def _check_scales(scales: Mapping[str, Sequence[Hashable]], known: pd.Index) -> None:
    check_mapping("scales", scales)
    if len(scales) < LEAST_PAIRS:
        raise ScoringError("even_odd needs three scales or more", given=list(scales))
    if not known.is_unique:
        twice = known[known.duplicated()].unique().tolist()
        raise ScoringError("a column stands twice in the answers", given=twice, fix="Name columns apart.")
    for name, columns in scales.items():
        unknown = [column for column in columns if column not in known]
        if unknown:
            fix = did_you_mean(unknown[0], known)
            raise ScoringError(f"scale {name!r} names an unknown column", given=unknown[0], fix=fix)
        if len(columns) < 2:
            raise ScoringError(f"scale {name!r} has no two halves", given=list(columns))


def _means(away: np.ndarray, answered: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
    sums = np.stack([away[place].sum(axis=0) for place in places])
    n = np.stack([answered[place].sum(axis=0) for place in places])
    return np.asarray(np.divide(sums, n, out=np.full(sums.shape, np.nan), where=n > 0))


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
    return paired(numbers(responses), {"synonyms": critical_r})["synonyms"][0]


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
    return paired(numbers(responses), {"antonyms": critical_r})["antonyms"][0]


def paired(answers: pd.DataFrame, critical: Mapping[str, float]) -> dict[str, tuple[pd.Series, np.ndarray]]:
    """Compute what `synonyms` and `antonyms` (the names) return at their critical r, with a reason for every NaN."""
    items = by_item(answers)
    between = _between_items(items)
    found = {}
    for name, critical_r in critical.items():
        pairs = np.triu(between > critical_r if name == "synonyms" else between < critical_r, k=1)
        r, reason = _across_pairs(items, pairs, name)
        found[name] = pd.Series(r, index=answers.index, name=name), reason
    return found


def _between_items(items: np.ndarray) -> np.ndarray:
    # Pairwise complete correlations in the sample; NaN where an item does not vary.
    least = np.fmin.reduce(items, axis=1, keepdims=True, initial=np.inf)
    n, sums, squares, products = np.sum([_cross_sums(part - least) for part in _parts(items)], axis=0)
    varied = n * squares - sums * sums
    varied[varied <= NOISE * n * squares] = np.nan
    return np.asarray((n * products - sums * sums.T) / np.sqrt(varied * varied.T))


def _cross_sums(away: np.ndarray) -> np.ndarray:
    # Over respondents who answered both items: row, the item summed; column, the item answered as well.
    answered = ~np.isnan(away)
    away[~answered] = 0
    seen = answered.astype(float)
    return np.stack([seen @ seen.T, away @ seen.T, (away * away) @ seen.T, away @ away.T])


def _parts(items: np.ndarray) -> list[np.ndarray]:
    return np.array_split(items, 1 + items.shape[1] // AT_ONCE, axis=1)


def _across_pairs(items: np.ndarray, pairs: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    n_rows = items.shape[1]
    if pairs.sum() < LEAST_PAIRS:
        reason = f"fewer than {LEAST_PAIRS} pairs of {name} in the sample"
        return np.full(n_rows, np.nan), np.full(n_rows, reason, dtype=object)
    used = pairs.any(axis=1) | pairs.any(axis=0)
    links = pairs[np.ix_(used, used)].astype(float)
    sums = np.hstack([_sums_over_pairs(part, links) for part in _parts(items[used])])
    return _correlate(sums, f"{name} with both items answered")


def _sums_over_pairs(items: np.ndarray, links: np.ndarray) -> np.ndarray:
    # By way of each first item's partners: the pairs themselves, up to half of n_items^2, are never laid out.
    x, answered = above_least(items, axis=0)
    seen = answered.astype(float)
    partners, theirs = links @ seen, links @ x
    products = [
        (seen, partners),
        (x, partners),
        (seen, theirs),
        (x * x, partners),
        (seen, links @ (x * x)),
        (x, theirs),
    ]
    return np.stack([np.einsum("ij,ij->j", own, other) for own, other in products])


def _correlate(sums: np.ndarray, pairs: str) -> tuple[np.ndarray, np.ndarray]:
    # From n, x, y, xx, yy and xy summed within each row.
    n, x, y, xx, yy, xy = sums
    varied = [np.where(d > NOISE * n * s, d, 0.0) for d, s in ((n * xx - x * x, xx), (n * yy - y * y, yy))]
    spread = np.sqrt(varied[0] * varied[1])
    enough = n >= LEAST_PAIRS
    defined = enough & (spread > 0)
    r = np.divide(n * xy - x * y, spread, out=np.full(len(n), np.nan), where=defined)
    reason = np.full(len(n), f"fewer than {LEAST_PAIRS} {pairs}", dtype=object)
    reason[enough] = "answers do not vary"
    reason[defined] = ""
    return np.clip(r, -1, 1), reason
