"""Random halves of the executives of organisations, and slopes averaged over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.links.clustered import group_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Halves(NamedTuple):
    """Means of organisations, split by split: predictors of shape (S, G, p), and outcomes of the others, (S, G)."""

    predictors: Floats
    outcome: Floats


class Slopes(NamedTuple):
    """Slopes averaged over splits, (k,); the same without each organisation, (G, k); and of each split, (S, k)."""

    average: Floats
    without_each: Floats
    of_splits: Floats


def whole(predictors: Floats, outcome: Floats, groups: NDArray[np.intp]) -> Halves:
    """Means where all executives tell both sides: one split that splits nobody."""
    means = group_sums(groups, np.column_stack([predictors, outcome])) / np.bincount(groups)[:, None]
    return Halves(means[None, :, :-1], means[None, :, -1])


def halved(
    predictors: Floats, outcome: Floats, groups: NDArray[np.intp], *, splits: int, seed: int
) -> Halves:
    """Split the executives of every organisation at random, again and again.

    Parameters
    ----------
    predictors : array, shape (n, p)
    outcome : array, shape (n,)
    groups : array of int, shape (n,)
        Number of each one's organisation, from 0.
    splits : int
    seed : int

    Returns
    -------
    Halves
        The odd one of an organisation goes to either side at random.
    """
    rng = np.random.default_rng(seed)
    sizes = np.bincount(groups)
    starts = np.cumsum(sizes) - sizes
    order = np.argsort(groups + rng.random((splits, len(groups))), axis=1)
    first = sizes // 2 + (sizes % 2) * rng.integers(0, 2, (splits, len(sizes)))
    place = np.arange(len(groups)) - np.repeat(starts, sizes)
    tells = place < np.repeat(first, sizes, axis=1)
    left = np.add.reduceat(predictors[order] * tells[:, :, None], starts, axis=1) / first[:, :, None]
    right = np.add.reduceat(outcome[order] * ~tells, starts, axis=1) / (sizes - first)
    return Halves(left, right)


def slopes_of(halves: Halves, fixed: Floats) -> Slopes:
    """Least squares of one row an organisation in every split, with the same other columns in all of them.

    Parameters
    ----------
    halves : Halves
    fixed : array, shape (G, q)
        What is known of organisations.

    Returns
    -------
    Slopes
        Predictors, then `fixed`; constants are not told. Without an organisation the slopes are
        :math:`b - A^{-1} d_g e_g / (1 - h_g)`, exactly.
    """
    splits, organisations, p = halves.predictors.shape
    constant = np.broadcast_to(
        np.column_stack([fixed, np.ones(organisations)]), (splits, organisations, fixed.shape[1] + 1)
    )
    rows = np.concatenate([halves.predictors, constant], axis=2)
    turned = np.swapaxes(rows, 1, 2)
    inverse = np.linalg.inv(turned @ rows)
    slopes = (inverse @ (turned @ halves.outcome[:, :, None]))[:, :, 0]
    reach = rows @ inverse
    own = (reach * rows).sum(axis=2)
    residual = halves.outcome - (rows @ slopes[:, :, None])[:, :, 0]
    moved = (reach * (residual / (1 - own))[:, :, None]).mean(axis=0)
    average, told = slopes.mean(axis=0), p + fixed.shape[1]
    return Slopes(average[:told], (average - moved)[:, :told], slopes[:, :told])
