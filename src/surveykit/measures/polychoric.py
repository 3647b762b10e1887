"""Polychoric correlations: how the continuous opinions behind ordered answers go together."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, SurveyWarning
from surveykit.measures.answers import numbers

COLUMNS = ("item", "other", "estimate", "n_obs", "n_empty", "reason")
MOST_ANSWERS = 20  # more different answers than that are no ordered categories
FEW = 5  # an answer used less often than that says little about its threshold
LIMIT = 0.9999
PAIRS_AT_ONCE = 4000  # of pairs of items, to bound memory
FARTHEST = 1e3  # a threshold no opinion passes: as good as infinite, and finite
MOST_STEP = 0.8  # in Fisher's z: the nodes below integrate over that much to the last digit
TOLERANCE = 1e-7  # of a step of Newton's, each of which squares the error
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


def polychoric(
    items: pd.DataFrame | np.ndarray, *, missing: Literal["pairwise"] = "pairwise"
) -> pd.DataFrame:
    r"""Polychoric correlations of all pairs of items.

    Ordered answers are taken for cuts through a continuous opinion, normal in each pair of items; the correlation is
    that of the opinions. It is larger than Pearson's correlation of the codes, which few and skewed answers shrink.
    The likelihood of a table with empty cells is used as it is: nothing is added to the counts.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Ordered answers as codes, at most 20 different ones an item; only their order counts.
    missing : {"pairwise"}
        Each correlation rests on the respondents who answered both items.

    Returns
    -------
    DataFrame of float, shape (items, items)
        From -.9999 to .9999 off the diagonal and 1 on it; NaN where an item has only one answer. `polychoric_pairs`
        says how many respondents each rests on, and why one is NaN or in doubt. Pair by pair, so the matrix need not be
        positive definite.

    Raises
    ------
    ScoringError
        If answers are not numbers, are too many to be ordered categories, there are fewer than two items, or `missing`
        is unknown.

    Warns
    -----
    SurveyWarning
        If a correlation is NaN or rests on a sparse table, or the matrix is not positive definite.

    Notes
    -----
    In two steps. Thresholds come from the margins of each pair's table, :math:`\tau_k = \Phi^{-1}(P_k)`, with P the
    cumulative share; then rho maximises :math:`\sum_{kl} n_{kl} \log p_{kl}(\rho)`, with p the probability of a
    rectangle under the bivariate normal. Olsson, U. (1979), Maximum likelihood estimation of the polychoric correlation
    coefficient, Psychometrika 44, 443-460. In R: ``polycor::polychor(x, y, ML = FALSE)`` pair by pair, or
    ``psych::polychoric(items, correct = 0, global = FALSE)``; psych's default adds .5 to empty cells.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> opinion = random.normal(size=(2000, 1)) + random.normal(size=(2000, 3))
    >>> answers = pd.DataFrame(np.digitize(opinion, [-1, 0.5, 2]), columns=["a", "b", "c"])
    >>> polychoric(answers).round(2).loc["a"].to_dict()
    {'a': 1.0, 'b': 0.5, 'c': 0.49}
    """
    pairs = polychoric_pairs(items, missing=missing)
    names = pd.DataFrame(items).columns
    matrix = np.eye(len(names))
    rows, columns = np.triu_indices(len(names), 1)
    matrix[rows, columns] = matrix[columns, rows] = pairs["estimate"]
    constant = pd.DataFrame(items).nunique() < 2
    matrix[constant, constant] = np.nan
    _warn(pairs, matrix)
    return pd.DataFrame(matrix, index=names, columns=names)


def polychoric_pairs(
    items: pd.DataFrame | np.ndarray, *, missing: Literal["pairwise"] = "pairwise"
) -> pd.DataFrame:
    """Polychoric correlations one row a pair, with what each rests on.

    Parameters
    ----------
    items, missing
        As in `polychoric`.

    Returns
    -------
    DataFrame, one row a pair of items
        `item`, `other`; `estimate`, from -.9999 to .9999 or NaN; `n_obs`, respondents who answered both; `n_empty`,
        empty cells among the answers they used; `reason`, why the estimate is NaN or in doubt, empty where it is
        neither: no two answers used, an answer used by fewer than 5 respondents, empty cells among fewer than 5
        respondents a cell, or a likelihood that
        still rises at the limit, as it does in a table of two by two with an empty cell.

    Raises
    ------
    ScoringError
        As in `polychoric`.

    Examples
    --------
    >>> pairs = polychoric_pairs(pd.DataFrame({"a": [1, 2, 3, 1], "b": [1, 2, 2, None], "c": [2, 2, 2, 2]}))
    >>> pairs["reason"].str.split(",").str[0].tolist()
    ['at its limit', 'c: only one answer used', 'c: only one answer used']
    """
    if missing != "pairwise":
        raise ScoringError("unknown way to treat missing answers", given=missing, allowed=["pairwise"])
    answers = numbers(items)
    if answers.shape[1] < 2:
        raise ScoringError("a correlation needs at least two items", given=list(answers.columns))
    rows, columns = np.triu_indices(answers.shape[1], 1)
    found = _estimates(_tables(answers)[rows, :, columns])
    # Plain arrays: text of a column index is slow to take from.
    names = np.array([*answers.columns, None], dtype=object)[:-1]
    table = {"item": names[rows], "other": names[columns]} | found
    table["reason"] = _reasons(table)
    return pd.DataFrame({name: table[name] for name in COLUMNS})


def _tables(answers: pd.DataFrame) -> np.ndarray:
    """Counts of all pairs of items at once: shape (items, items, answers, answers)."""
    codes = np.column_stack([pd.factorize(column, sort=True)[0] for column in answers.to_numpy().T])
    most = int(codes.max(initial=0)) + 1
    if most > MOST_ANSWERS:
        fix = "Polychoric correlations are for ordered categories: take Pearson's."
        limit = f"at most {MOST_ANSWERS}"
        raise ScoringError("an item has too many different answers", given=most, allowed=limit, fix=fix)
    # Single precision is four times as fast, and counts exactly up to 16 million.
    chosen = (codes[:, :, None] == np.arange(most)).astype(np.float32)
    chosen = chosen.reshape(len(codes), codes.shape[1] * most)
    return np.asarray(chosen.T @ chosen, dtype=float).reshape(codes.shape[1], most, codes.shape[1], most)


def _estimates(counts: np.ndarray) -> dict[str, np.ndarray]:
    margins = counts.sum(axis=2), counts.sum(axis=1)
    used, other_used = ((margin > 0).sum(axis=1) for margin in margins)
    rare, other_rare = (((margin > 0) & (margin < FEW)).any(axis=1) for margin in margins)
    estimate = np.full(len(counts), np.nan)
    defined = np.flatnonzero((used > 1) & (other_used > 1))
    for pairs in np.array_split(defined, len(defined) // PAIRS_AT_ONCE + 1):
        estimate[pairs] = _correlations(counts[pairs])
    return {
        "estimate": estimate,
        "n_obs": counts.sum(axis=(1, 2)).astype(int),
        "n_empty": used * other_used - (counts > 0).sum(axis=(1, 2)),
        "used": used,
        "other_used": other_used,
        "rare": rare,
        "other_rare": other_rare,
    }


def _correlations(counts: np.ndarray) -> np.ndarray:
    """Correlation of highest likelihood in each table, by Newton's steps on Fisher's z of all tables at once."""
    z, end = np.zeros(len(counts)), np.arctanh(LIMIT)
    low, high = np.full(len(z), -end - 1), np.full(len(z), end + 1)
    found, going, planes = z.copy(), np.arange(len(z)), _Planes.independent(counts)
    while len(going):
        score, step = planes.newton(z)
        low, high = np.where(score > 0, z, low), np.where(score < 0, z, high)
        moved = np.clip(z + np.clip(step, -MOST_STEP, MOST_STEP), -end, end)
        # Past a point known to lie beyond the top, go half way to it.
        beyond = ((moved <= low) | (moved >= high)) & (moved != z)
        moved = np.where(beyond, (low + high) / 2, moved)
        found[going] = moved
        more = np.abs(moved - z) > TOLERANCE
        planes = planes.moved(z, moved, more)
        going, z, low, high = going[more], moved[more], low[more], high[more]
    return np.tanh(found)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Planes:
    """Bivariate normal planes cut by thresholds, one a table, and the probability below each crossing.

    With z Fisher's transform of the correlation, the probability below the crossing of thresholds a and b grows by
    exp(-E(z)) / (2 pi cosh z), E(z) = ((a - b)^2 e^2z + (a + b)^2 e^-2z + 2 (a^2 + b^2)) / 8: Plackett's identity
    (Biometrika 41, 1954, 351-360), smooth in z up to correlations near 1.
    """

    counts: np.ndarray
    below: (
        np.ndarray
    )  # one crossing more at each side: where nobody, and where everybody of the other item is below
    apart: np.ndarray
    together: np.ndarray

    @classmethod
    def independent(cls, counts: np.ndarray) -> _Planes:
        from scipy.special import ndtri  # noqa: PLC0415  (slow to import: only where it is used)

        shares = [
            np.cumsum(counts.sum(axis=axis), axis=1) / counts.sum(axis=(1, 2))[:, None] for axis in (2, 1)
        ]
        a, b = (np.clip(ndtri(share[:, :-1]), -FARTHEST, FARTHEST) for share in shares)
        a, b = a[:, :, None], b[:, None, :]
        rows, columns = (np.pad(share, ((0, 0), (1, 0))) for share in shares)
        below = rows[:, :, None] * columns[:, None, :]
        return cls(counts=counts, below=below, apart=np.square(a - b) / 4, together=np.square(a + b) / 4)

    def density(self, z: np.ndarray) -> np.ndarray:
        """Growth of the probability below each crossing: shape (..., tables, thresholds, thresholds)."""
        grown = np.exp(2 * z)[..., None, None]
        # (a - b)^2 + (a + b)^2 is twice a^2 + b^2.
        exponent = self.apart * (1 + grown) + self.together * (1 + 1 / grown)
        return np.asarray(np.exp(exponent / -2) / (2 * np.pi * np.cosh(z)[..., None, None]))

    def newton(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Slope of each log likelihood by z, and the step to its top."""
        growth = self.density(z)
        grown = np.exp(2 * z)[:, None, None]
        bend = growth * (self.together / grown - self.apart * grown - np.tanh(z)[:, None, None])
        share = np.maximum(_cells(self.below), 1e-16)
        slope, bend = _cells(np.pad(growth, _AROUND)), _cells(np.pad(bend, _AROUND))
        ratio = self.counts / share
        score = (ratio * slope).sum(axis=(1, 2))
        observed = (ratio * (np.square(slope) / share - bend)).sum(axis=(1, 2))
        expected = self.counts.sum(axis=(1, 2)) * (np.square(slope) / share).sum(axis=(1, 2))
        # Far from the top the likelihood may bend upwards: there its expected bend shows the way.
        return score, score / np.where(observed > 0, observed, np.maximum(expected, 1e-300))

    def moved(self, z: np.ndarray, to: np.ndarray, kept: np.ndarray) -> _Planes:
        """The kept ones of the planes, at their new correlations."""
        fewer = _Planes(**{name: getattr(self, name)[kept] for name in self.__slots__})
        middle, half = (to + z)[kept] / 2, (to - z)[kept] / 2
        growth = fewer.density(middle + half * NODES[:, None])
        fewer.below[:, 1:-1, 1:-1] += half[:, None, None] * np.tensordot(WEIGHTS, growth, axes=1)
        return fewer


_AROUND = ((0, 0), (1, 1), (1, 1))


def _cells(below: np.ndarray) -> np.ndarray:
    """Probability of each cell from that below each crossing."""
    return np.diff(np.diff(below, axis=1), axis=2)


def _reasons(pairs: dict[str, np.ndarray]) -> np.ndarray:
    """What to know of each pair; several things are joined."""
    asked, found = pairs["n_obs"] > 0, ~np.isnan(pairs["estimate"])
    few = f": an answer used by fewer than {FEW}"
    sparse = pairs["n_obs"] < FEW * pairs["used"] * pairs["other_used"]
    doubts = [
        (~asked, None, "no respondent answered both"),
        (asked & (pairs["used"] < 2), "item", ": only one answer used"),
        (asked & (pairs["other_used"] < 2), "other", ": only one answer used"),
        (np.abs(pairs["estimate"]) > LIMIT - 1e-12, None, "at its limit, where the likelihood still rises"),
        (found & pairs["rare"], "item", few),
        (found & pairs["other_rare"], "other", few),
        # One empty corner among many full cells is what a correlation looks like, not a sparse table.
        (found & (pairs["n_empty"] > 0) & sparse, "n_empty", " of its cells empty"),
    ]
    text = np.full(len(found), "", dtype=object)
    for holds, name, doubt in doubts:
        for pair in np.flatnonzero(holds):
            text[pair] += f"{'; ' if text[pair] else ''}{pairs[name][pair] if name else ''}{doubt}"
    return text


def _warn(pairs: pd.DataFrame, matrix: np.ndarray) -> None:
    doubts = []
    if undefined := int(pairs["estimate"].isna().sum()):
        doubts.append(f"{undefined} of {len(pairs)} correlations are undefined")
    if sparse := int((pairs["estimate"].notna() & (pairs["reason"] != "")).sum()):
        doubts.append(f"{sparse} of {len(pairs)} rest on sparse tables")
    if not undefined and np.linalg.eigvalsh(matrix)[0] <= 0:
        doubts.append("the matrix is not positive definite")
    if doubts:
        text = "polychoric: " + ", ".join(doubts) + "; polychoric_pairs gives the reason of each"
        warnings.warn(text, SurveyWarning, stacklevel=3)
