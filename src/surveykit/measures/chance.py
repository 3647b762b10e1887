"""What agreement groups would reach if raters had been put together at random: the benchmark no table gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.groups import grouped

if TYPE_CHECKING:
    from surveykit.measures.groups import Groups

AGREES = 0.7  # from which agreement is called strong: James (1982); LeBreton and Senter (2008)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupAgreement:
    """rwg(J) of the typical group, beside that of groups put together at random.

    Attributes
    ----------
    estimate : float
        Median rwg(J) over groups of two raters or more, 0 to 1.
    expected : float
        The same of random groups of the same sizes, on average.
    share_strong, share_strong_expected : float
        Share of groups at .70 or more, 0 to 1, and that of random groups.
    p_value : float
        Share of random regroupings whose raters differ as little within groups, from 1 / (permutations + 1) to 1.
    n_groups, n_obs : int
        Groups of two raters or more, and raters in them.
    reason : str
        Why values are NaN; empty if none is.
    """

    estimate: float
    expected: float
    share_strong: float
    share_strong_expected: float
    p_value: float
    n_groups: int
    n_obs: int
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def __repr__(self) -> str:
        found = f"median rwg(J) {self.estimate:.3f}, at random {self.expected:.3f}"
        return f"GroupAgreement({found}; {self.n_obs} raters in {self.n_groups} groups)"


def group_agreement(
    items: pd.DataFrame | np.ndarray,
    groups: Groups,
    *,
    null_variance: float,
    permutations: int = 499,
    seed: int = 0,
) -> GroupAgreement:
    r"""Median rwg(J) of groups, and what random groups of the same raters would reach.

    Against a null that nobody answers by, such as the uniform one, even strangers agree: their answers share a mean and
    lean the same way. What counts is agreement beyond that of random groups.

    Parameters
    ----------
    items : DataFrame or array of float, shape (raters, items)
        Answers, reversed items already reversed. Raters with any missing item are left out before counting.
    groups : Series, array or sequence, shape (raters,)
        Group of each rater; sizes may differ.
    null_variance : float
        Variance of one item without agreement, above 0.
    permutations : int
        Random regroupings, at least 1.
    seed : int
        Start of the random numbers: the same seed gives the same result.

    Returns
    -------
    GroupAgreement
        NaN with a reason if fewer than two groups have two raters.

    Raises
    ------
    ScoringError
        If the variance or the number of permutations is not above 0, lengths or indices differ, or an answer is not a
        finite number.

    Notes
    -----
    Raters are shuffled over groups, whose sizes stay. The test statistic is the mean within-group variance of the
    items, each group weighted alike, in which rwg(J) is monotone but for its truncation. In R the like of it is
    ``multilevel::rgr.agree`` (single items) and ``rwg.j.sim`` (raters of a stated null). Bliese, P. D. and Halverson,
    R. R. (2002), Using random group resampling in multilevel research, Leadership Quarterly 13, 53-68.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [4, 4, 2, 1, 3, 3, 5, 5], "b": [4, 5, 2, 2, 3, 4, 5, 4]})
    >>> found = group_agreement(answers, list("xxyyzzww"), null_variance=2.0)
    >>> round(found.estimate, 2), round(found.expected, 2), found.p_value < 0.05
    (0.93, 0.51, True)
    """
    if not null_variance > 0 or permutations < 1:
        given = {"null_variance": null_variance, "permutations": permutations}
        raise ScoringError("null_variance and permutations must be above 0", given=given)
    data = grouped(items, groups)
    many = data.sizes > 1
    if many.sum() < 2:
        n_obs = int(data.sizes[many].sum())
        return _nothing(int(many.sum()), n_obs)
    rows = data.rows[np.argsort(data.codes, kind="stable")]
    sizes = data.sizes[data.sizes > 0]
    random = np.random.default_rng(seed)
    own = _variance(rows, sizes)
    shuffled = np.stack([_variance(random.permutation(rows), sizes) for _ in range(permutations)])
    found, by_chance = (_rwg_j(each, rows.shape[1], null_variance) for each in (own, shuffled))
    extreme = (shuffled.mean(axis=1) <= own.mean() * (1 + 1e-12)).sum()
    return GroupAgreement(
        estimate=float(np.median(found)),
        expected=float(np.median(by_chance, axis=1).mean()),
        share_strong=float((found >= AGREES).mean()),
        share_strong_expected=float((by_chance >= AGREES).mean()),
        p_value=float((1 + extreme) / (permutations + 1)),
        n_groups=int(many.sum()),
        n_obs=int(data.sizes[many].sum()),
    )


def _nothing(n_groups: int, n_obs: int) -> GroupAgreement:
    return GroupAgreement(
        estimate=np.nan,
        expected=np.nan,
        share_strong=np.nan,
        share_strong_expected=np.nan,
        p_value=np.nan,
        n_groups=n_groups,
        n_obs=n_obs,
        reason="fewer than two groups have two raters",
    )


def _variance(rows: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Mean variance (n - 1) of the items in each group of two or more; rows stand group after group."""
    starts = np.cumsum(sizes) - sizes
    means = np.add.reduceat(rows, starts, axis=0) / sizes[:, None]
    away = np.square(rows - np.repeat(means, sizes, axis=0)).mean(axis=1)
    squares, many = np.add.reduceat(away, starts), sizes > 1
    return np.asarray(squares[many] / (sizes[many] - 1))


def _rwg_j(variance: np.ndarray, n_items: int, null_variance: float) -> np.ndarray:
    ratio = np.minimum(variance / null_variance, 1)
    return np.asarray(n_items * (1 - ratio) / (n_items * (1 - ratio) + ratio))
