"""How much of R2 goes with each predictor: the average of what it adds, over all orders of adding them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST = 15
# A predictor's variance left by others, of 1: below this it is rounding, and the predictor adds nothing.
_OWN = 1e-10
# Numbers held at once: few enough that they stay in a processor's cache.
_HELD = 250_000


def shapley_shares(within: Floats, between: Floats) -> Floats:
    r"""Decompose R2 of linear models over their predictors, exactly.

    Parameters
    ----------
    within : array of float, shape (..., p, p)
        Correlations of the predictors, p from 1 to 15; any number of samples at once.
    between : array of float, shape (..., p)
        Correlations of the predictors with the outcome.

    Returns
    -------
    array of float, shape (..., p)
        Shares of R2, 0 or more; they sum to it.

    Notes
    -----
    With v(S) the R2 of the model with predictors S, predictor j has the share

    .. math:: \sum_{S \not\ni j} \frac{|S|! (p - 1 - |S|)!}{p!} \left(v(S \cup j) - v(S)\right),

    Shapley's value of the game v. One sweep a predictor finds all :math:`2^p` of them: what is left of outcome and
    predictors is kept both with and without the part that goes with it. In R: ``relaimpo::calc.relimp(lm(y ~ .),
    type = "lmg")``.

    Lindeman, R. H., Merenda, P. F. and Gold, R. Z. (1980), Introduction to bivariate and multivariate analysis.
    Grömping, U. (2006), Relative importance for linear regression in R: the package relaimpo, Journal of Statistical
    Software 17(1).

    Examples
    --------
    With two predictors, each has the mean of what it tells alone and of what it adds to the other:

    >>> shares = shapley_shares(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.4]))
    >>> shares.round(4).tolist(), round(float(shares.sum()), 4)
    ([0.2867, 0.0867], 0.3733)
    """
    p = between.shape[-1]
    flat = within.reshape(-1, p, p), between.reshape(-1, p)
    at_once = max(1, _HELD >> p)
    parts = [
        unexplained(flat[0][start : start + at_once], flat[1][start : start + at_once]).T @ -_turns(p)
        for start in range(0, len(flat[0]), at_once)
    ]
    found: Floats = np.concatenate(parts).reshape(between.shape)
    return found


def shapley_of_values(values: Floats) -> Floats:
    """Shapley's value of any game: `values`, shape (2^p,), with player j in subset number S where bit j of S is set."""
    shares: Floats = values @ _turns(len(values).bit_length() - 1)
    return shares


def unexplained(within: Floats, between: Floats) -> Floats:
    """1 - R2 of all subsets of predictors, shape (2^p, samples); predictor j is in subset S where bit j of S is set."""
    samples, p = between.shape
    left = np.ones((p + 1, p + 1, 1, samples))
    left[:p, :p, 0] = np.moveaxis(within, 0, -1)
    left[:p, p, 0] = left[p, :p, 0] = between.T
    for _ in range(p):
        pivot, row, rest = left[0, 0], left[0, 1:], left[1:, 1:]
        own = pivot > _OWN
        scaled = row * np.divide(1.0, pivot, where=own, out=np.zeros_like(pivot))
        left = np.concatenate([rest, rest - row[:, None] * scaled[None]], axis=2)
    found: Floats = left[0, 0]
    return found


@lru_cache(maxsize=4)
def _turns(p: int) -> Floats:
    """How v(S) of each subset enters the share of each predictor, shape (2^p, p)."""
    inside = subsets(p)
    size = inside.sum(axis=1)[:, None]
    chance = np.array([1 / (p * math.comb(p - 1, before)) for before in range(p)] + [0.0])
    # A subset with j in it has j added last, to one fewer; one without j is what j is added to.
    found: Floats = np.where(inside, chance[size - 1], -chance[size])
    return found


def subsets(p: int) -> NDArray[np.bool_]:
    """Which of p predictors each subset holds, shape (2^p, p)."""
    found: NDArray[np.bool_] = (np.arange(2**p)[:, None] >> np.arange(p)) & 1 == 1
    return found
