"""What the items of a scale have in common: whether factors make sense, how many, and how well they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.answers import numbers
from surveykit.measures.confirmatory import FactorModel, confirmatory, one_factor
from surveykit.measures.factormodel import obstacle
from surveykit.measures.groups import grouped
from surveykit.measures.invariance import Invariance, invariance
from surveykit.measures.onefactor import one_factor_loadings
from surveykit.measures.polychoric import polychoric, polychoric_pairs

if TYPE_CHECKING:
    from collections.abc import Hashable

    from surveykit.measures.groups import Grouped

__all__ = [
    "FactorModel",
    "Factorability",
    "Invariance",
    "ParallelAnalysis",
    "confirmatory",
    "factorability",
    "invariance",
    "one_factor",
    "one_factor_loadings",
    "parallel_analysis",
    "polychoric",
    "polychoric_pairs",
]

AT_ONCE = 10_000_000  # answers permuted at a time, to bound memory


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factorability:
    """Whether items go together enough for factors to make sense.

    Attributes
    ----------
    kmo : float
        Sampling adequacy (Kaiser, Meyer and Olkin), 0 to 1: how much of the correlations is shared by more than two
        items. Below .5 there is nothing to factor.
    kmo_by_item : Series indexed by item
        The same for each item.
    chi_square : float
        Bartlett's test that no items correlate, 0 or more.
    df : int
        Its degrees of freedom.
    p_value : float
        0 to 1.
    n_obs, n_items : int
        Respondents, counted after incomplete ones were left out, and items.
    reason : str
        Why values are NaN; empty if none is.
    """

    kmo: float
    kmo_by_item: pd.Series
    chi_square: float
    df: int
    p_value: float
    n_obs: int
    n_items: int
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field, without the single items."""
        names = [name for name in self.__slots__ if name != "kmo_by_item"]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def __repr__(self) -> str:
        test = f"KMO {self.kmo:.3f}, Bartlett chi2({self.df}) = {self.chi_square:.3f}"
        rests_on = f"{self.n_items} items, {self.n_obs} respondents"
        return f"Factorability({'; '.join(filter(None, [test, rests_on, self.reason]))})"


def factorability(
    items: pd.DataFrame | np.ndarray, *, missing: Literal["listwise"] = "listwise"
) -> Factorability:
    r"""Sampling adequacy (KMO) and Bartlett's test of sphericity.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers; at least two items.
    missing : {"listwise"}
        Respondents with any missing item are left out before anything is computed or counted.

    Returns
    -------
    Factorability
        NaN with a reason where respondents are no more than items, or items do not vary or follow from others.

    Raises
    ------
    ScoringError
        If an answer is not a number, there are fewer than two items, or `missing` is unknown.

    Notes
    -----
    With r the correlations and q the partial ones given all other items, over pairs i, j apart,
    :math:`\sum r^2 / (\sum r^2 + \sum q^2)`, of all pairs or those of one item. Chi-square is
    :math:`-(n - 1 - (2p + 5) / 6) \log |R|`, with p (p - 1) / 2 degrees of freedom. In R: ``psych::KMO(items)`` and
    ``psych::cortest.bartlett(cor(items), n)``. Kaiser, H. F. (1974), Psychometrika 39, 31-36; Bartlett, M. S. (1951),
    Biometrika 38, 337-344.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> factorability(random.normal(size=(200, 1)) + random.normal(size=(200, 4)))
    Factorability(KMO 0.782, Bartlett chi2(6) = 201.184; 4 items, 200 respondents)
    """
    data, names = _complete(items, missing)
    n_obs, n_items = data.rows.shape
    reason = obstacle(data, names)
    kmo, by_item, chi_square, p_value = np.nan, np.full(n_items, np.nan), np.nan, np.nan
    df = n_items * (n_items - 1) // 2
    if not reason:
        r = np.corrcoef(data.rows, rowvar=False)
        kmo, by_item = _kmo(r)
        chi_square, p_value = _bartlett(r, n_obs, df)
    return Factorability(
        kmo=kmo,
        kmo_by_item=pd.Series(by_item, index=pd.Index(names, name="item"), name="kmo"),
        chi_square=chi_square,
        df=df,
        p_value=p_value,
        n_obs=n_obs,
        n_items=n_items,
        reason=reason,
    )


def _complete(items: pd.DataFrame | np.ndarray, missing: str) -> tuple[Grouped, list[Hashable]]:
    if missing != "listwise":
        raise ScoringError("unknown way to treat missing answers", given=missing, allowed=["listwise"])
    table = pd.DataFrame(items)
    if table.shape[1] < 2:
        raise ScoringError("factors need at least two items", given=list(table.columns))
    return grouped(numbers(table), np.zeros(len(table))), list(table.columns)


def _kmo(r: np.ndarray) -> tuple[float, np.ndarray]:
    inverse = np.linalg.inv(r)
    partial = inverse / np.sqrt(np.outer(np.diag(inverse), np.diag(inverse)))
    apart = ~np.eye(len(r), dtype=bool)
    shared, unshared = ((np.square(matrix) * apart).sum(axis=1) for matrix in (r, partial))
    return float(shared.sum() / (shared.sum() + unshared.sum())), shared / (shared + unshared)


def _bartlett(r: np.ndarray, n_obs: int, df: int) -> tuple[float, float]:
    from scipy import special  # noqa: PLC0415  (slow to import: only where it is used)

    chi_square = -(n_obs - 1 - (2 * len(r) + 5) / 6) * float(np.linalg.slogdet(r)[1])
    return chi_square, float(special.chdtrc(df, chi_square))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParallelAnalysis:
    """How many factors stand out from chance.

    Attributes
    ----------
    eigenvalues : DataFrame indexed by factor, from 1
        `eigenvalue` of the correlations, 0 or more, largest first; `reference`, its quantile by chance; `retained`,
        True for the leading ones above theirs.
    n_factors : int
        Factors retained, 0 or more.
    n_obs, n_items : int
        Respondents, counted after incomplete ones were left out, and items.
    n_iterations : int
        Permutations the reference rests on.
    quantile : float
        Of the eigenvalues by chance, between 0 and 1.
    """

    eigenvalues: pd.DataFrame
    n_factors: int
    n_obs: int
    n_items: int
    n_iterations: int
    quantile: float

    def to_frame(self) -> pd.DataFrame:
        """The eigenvalues, one row each."""
        return self.eigenvalues.copy()

    def __repr__(self) -> str:
        factors = f"{self.n_factors} factor{'' if self.n_factors == 1 else 's'}"
        return f"ParallelAnalysis({factors}; {self.n_items} items, {self.n_obs} respondents)"


def parallel_analysis(
    items: pd.DataFrame | np.ndarray,
    *,
    seed: int,
    n_iterations: int = 500,
    quantile: float = 0.95,
    missing: Literal["listwise"] = "listwise",
) -> ParallelAnalysis:
    """Horn's parallel analysis: count the factors whose eigenvalue is larger than chance makes it.

    Chance is each item's own answers in random order. That keeps the steps and the skew of five ordered answers, which
    random normal numbers have not, and takes away all that items have in common. Eigenvalues are of Pearson's
    correlations on both sides: few steps shrink both alike, while polychoric correlations of a few hundred respondents
    are noisier than the reference would know.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers; at least two items.
    seed : int
        Of the permutations: the same seed gives the same reference.
    n_iterations : int
        Permutations, at least 1.
    quantile : float
        Of the eigenvalues by chance, between 0 and 1.
    missing : {"listwise"}
        Respondents with any missing item are left out before anything is computed or counted.

    Returns
    -------
    ParallelAnalysis

    Raises
    ------
    ScoringError
        If an answer is not a number, there are fewer than two items or three complete respondents, an item does not
        vary, or an option is not allowed.

    Notes
    -----
    Eigenvalues are of the whole correlation matrix, 1 on its diagonal, as Horn had them. Horn, J. L. (1965),
    Psychometrika 30, 179-185; Buja, A. and Eyuboglu, N. (1992), Multivariate Behavioral Research 27, 509-540. In R:
    ``psych::fa.parallel(items, fa = "pc", sim = FALSE, quant = .95)``, which resamples with its own random numbers.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> parallel_analysis(random.normal(size=(200, 1)) + random.normal(size=(200, 4)), seed=1)
    ParallelAnalysis(1 factor; 4 items, 200 respondents)
    """
    if not 0 < quantile < 1:
        raise ScoringError("quantile must lie between 0 and 1", given=quantile)
    if n_iterations < 1:
        raise ScoringError("n_iterations must be at least 1", given=n_iterations)
    z = _standard(*_complete(items, missing))
    observed = np.linalg.eigvalsh(z.T @ z)[::-1]
    reference = np.quantile(_by_chance(z, n_iterations, seed), quantile, axis=0)
    retained = np.logical_and.accumulate(observed > reference)
    table = {"eigenvalue": observed, "reference": reference, "retained": retained}
    return ParallelAnalysis(
        eigenvalues=pd.DataFrame(table, index=pd.RangeIndex(1, len(observed) + 1, name="factor")),
        n_factors=int(retained.sum()),
        n_obs=len(z),
        n_items=len(observed),
        n_iterations=n_iterations,
        quantile=quantile,
    )


def _standard(data: Grouped, names: list[Hashable]) -> np.ndarray:
    """Answers scaled so that their products sum to correlations."""
    if len(data.rows) < 3:
        raise ScoringError("parallel analysis needs three complete respondents", given=len(data.rows))
    constant = np.ptp(data.rows, axis=0) == 0
    if constant.any():
        stuck = [name for name, at in zip(names, constant, strict=True) if at]
        raise ScoringError("items do not vary", given=stuck, fix="Leave them out.")
    away = data.rows - data.rows.mean(axis=0)
    return np.asarray(away / np.sqrt(np.square(away).sum(axis=0)))


def _by_chance(z: np.ndarray, n_iterations: int, seed: int) -> np.ndarray:
    """Eigenvalues of each permutation, largest first: shape (n_iterations, items)."""
    random = np.random.default_rng(seed)
    chunks = np.array_split(np.empty(n_iterations), n_iterations * z.size // AT_ONCE + 1)
    found = []
    for chunk in chunks:
        shuffled = random.permuted(np.broadcast_to(z, (len(chunk), *z.shape)), axis=1)
        found.append(np.linalg.eigvalsh(shuffled.swapaxes(1, 2) @ shuffled)[:, ::-1])
    return np.concatenate(found)
