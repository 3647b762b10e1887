"""Organisations drawn again and again: the paths of a mediation in every draw, without a loop over draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from surveykit.links.clustered import outer_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

_FLAT = 1e-9  # share of a column's length left beside the others, below which a draw tells nothing of it
_STEPS = 30
_CELLS = 2_000_000  # draws times rows held at once


class Parts(NamedTuple):
    """Indirect and direct effect in each draw, shape (D,); NaN where it does not tell them."""

    indirect: Floats
    direct: Floats


def parts_drawn(
    to_mediator: FittedLink, to_outcome: FittedLink, per: float | None, *, draws: int, seed: int
) -> Parts:
    """Effects in the data, then in each draw of organisations.

    Parameters
    ----------
    to_mediator : FittedLink
        The mediator explained by the predictor: ``ols``.
    to_outcome : FittedLink
        The outcome explained by predictor and mediator, on the same rows: ``ols`` or ``logit``.
    per : float, optional
        Difference in the predictor that effects are of, half of it to either side of each row's own; None for 0 to 1.
    draws, seed : int
        How many draws, and what they start from.

    Returns
    -------
    Parts
        The first of ``draws + 1`` is of the organisations as they are.
    """
    # Sorted, so that the order of rows decides nothing.
    groups, names = pd.factorize(to_outcome.rows[to_outcome.organisation], sort=True)
    counts = _organisations_drawn(len(names), draws, seed)
    (carried,) = _slopes_drawn(to_mediator, counts, groups)
    beside, along = _slopes_drawn(to_outcome, counts, groups)
    if to_outcome.model == "ols":
        size = 1.0 if per is None else per
        return Parts(size * carried * along, size * beside)
    x = to_outcome.rows[to_outcome.terms.predictors[0]].to_numpy(dtype=float)
    ends = (1 - x, -x) if per is None else (np.full(len(x), per / 2), np.full(len(x), -per / 2))
    found = [
        _natural(to_outcome, counts[block][:, groups] * row_weights(to_outcome), carried[block], ends)
        for block in _blocks(len(counts), len(x))
    ]
    told = np.where(np.isnan(along), np.nan, 1.0)
    return Parts(*[told * np.concatenate(each) for each in zip(*found, strict=True)])


def _organisations_drawn(count: int, draws: int, seed: int) -> Floats:
    """How often each organisation is in each draw, shape (draws + 1, count); in the first row each is in once."""
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    return np.vstack([np.ones(count), drawn])


def _blocks(draws: int, rows: int) -> list[slice]:
    """Stretches of draws small enough to hold a number for each of their rows."""
    size = max(1, _CELLS // rows)
    return [slice(start, start + size) for start in range(0, draws, size)]


def _slopes_drawn(fitted: FittedLink, counts: Floats, groups: NDArray[np.intp]) -> Floats:
    """Least-squares slopes of a fit's predictors in each draw, from its organisations' sums of products.

    Parameters
    ----------
    fitted : FittedLink
        Its columns, whatever its model.
    counts : array of float, shape (D, G)
        How often each organisation is drawn.
    groups : array of int, shape (n,)
        Organisation of each row, from 0.

    Returns
    -------
    array of float, shape (p, D)
        In the order of the predictors; NaN where the organisations drawn do not tell them apart.
    """
    names = [*fitted.terms.predictors]
    held = fitted.design.drop(columns=[*names, "(constant)"])
    table = np.column_stack([held, fitted.design[names], fitted.rows[fitted.terms.outcome].astype(float)])
    spread = table.std(axis=0)
    full = np.column_stack([np.ones(len(table)), (table - table.mean(axis=0)) / spread])
    products = np.tensordot(counts, outer_sums(groups, full, full, row_weights(fitted)), axes=1)
    first = full.shape[1] - len(names) - 1
    both = products[:, :first, first:]
    # What is held constant may be the same in all of a draw, as a rare category is: hence the pseudo-inverse.
    inverse = np.linalg.pinv(products[:, :first, :first], _FLAT, hermitian=True)
    left = products[:, first:, first:] - both.transpose(0, 2, 1) @ inverse @ both
    own, outcome = left[:, :-1, :-1], left[:, :-1, -1:]
    told = np.linalg.det(own) > _FLAT * np.diagonal(products[:, first:-1, first:-1], 0, 1, 2).prod(axis=1)
    slopes = np.linalg.solve(np.where(told[:, None, None], own, np.eye(len(names))), outcome)[:, :, 0]
    found: Floats = np.where(told[:, None], slopes * spread[-1] / spread[-1 - len(names) : -1], np.nan).T
    return found


def row_weights(fitted: FittedLink) -> Floats:
    """Weights of a fit's rows, all 1 where it has none."""
    return np.ones(fitted.n_obs) if fitted.weights is None else fitted.weights


def _logit_draws(weights: Floats, columns: Floats, outcome: Floats, start: Floats) -> Floats:
    """Logit coefficients in each draw, by Newton's method for all draws at once.

    Parameters
    ----------
    weights : array of float, shape (D, n)
        How often each row is drawn.
    columns : array of float, shape (n, k)
        Regressors with the constant, of about unit size.
    outcome : array of float, shape (n,)
        0 or 1.
    start : array of float, shape (k,)
        Coefficients to begin from.

    Returns
    -------
    array of float, shape (D, k)
        Where a category's outcomes are all alike in a draw, its coefficient is as far out as the steps went: its rows
        are then predicted to nearly 0 or 1, as they are, and no other coefficient minds. NaN where steps went astray.
    """
    found = np.tile(start, (len(weights), 1))
    upper = np.triu_indices(len(start))
    pairs = columns[:, upper[0]] * columns[:, upper[1]]
    active = np.arange(len(weights))
    for _ in range(_STEPS):
        drawn = weights[active]
        share = expit(found[active] @ columns.T)
        score = (drawn * (outcome - share)) @ columns
        moving = np.abs(score).max(axis=1) > 1e-6 * len(columns)
        if not moving.any():
            break
        active, drawn, share, score = active[moving], drawn[moving], share[moving], score[moving]
        curve = np.empty((len(active), len(start), len(start)))
        curve[:, upper[0], upper[1]] = curve[:, upper[1], upper[0]] = (drawn * share * (1 - share)) @ pairs
        # A whisper on the diagonal: a column that a draw lacks stays where it was.
        curve += 1e-9 * len(columns) * np.eye(len(start))
        step = np.linalg.solve(curve, score[:, :, None])[:, :, 0]
        # A long step may overshoot for good: two at most of log odds a standard deviation.
        found[active] += step * np.minimum(1, 2 / np.abs(step).max(axis=1, keepdims=True))
    else:
        found[active] = np.nan
    return found


def percentiles(draws: Floats, confidence: float) -> dict[str, float]:
    """Error, percentile interval and two-sided p-value of an estimate followed by its draws, shape (D,)."""
    drawn = draws[1:]
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    beyond = min((drawn <= 0).sum(), (drawn >= 0).sum())
    return {
        "estimate": float(draws[0]),
        "std_error": float(drawn.std(ddof=1)),
        "ci_lower": float(low),
        "ci_upper": float(high),
        "p_value": min(1.0, float(2 * (beyond + 1) / (len(drawn) + 1))),
    }


def _natural(fitted: FittedLink, weights: Floats, to_mediator: Floats, ends: tuple[Floats, Floats]) -> Parts:
    """Natural effects on a probability in each draw; `ends` are how far a row's predictor is moved up and down."""
    columns, spread = _standardised(fitted.design)
    outcome = fitted.rows[fitted.terms.outcome].to_numpy(dtype=float)
    start = np.linalg.lstsq(columns, fitted.design.to_numpy() @ fitted.parameters.to_numpy(), rcond=None)[0]
    found = _logit_draws(weights, columns, outcome, start)
    linear = found @ columns.T
    position = list(fitted.design.columns).index
    predictor, mediator = fitted.terms.predictors
    beside, along = (found[:, [position(name)]] / spread[position(name)] for name in (predictor, mediator))
    along = along * to_mediator[:, None]
    share = weights / weights.sum(axis=1, keepdims=True)
    (both, up_down), (down_up, none) = [
        [np.einsum("dn,dn->d", share, expit(linear + beside * own + along * carried)) for carried in ends]
        for own in ends
    ]
    return Parts((both - up_down + down_up - none) / 2, (both - down_up + up_down - none) / 2)


def _standardised(design: pd.DataFrame) -> tuple[Floats, Floats]:
    """Columns of unit size about 0, the constant as it is; and their sizes."""
    spread = design.std().to_numpy(copy=True)
    constant = design.columns == "(constant)"
    spread[constant] = 1.0
    return (design.to_numpy() - np.where(constant, 0.0, design.mean())) / spread, spread
