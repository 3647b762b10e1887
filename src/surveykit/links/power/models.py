"""The models at given parameters, for many surveys at once: what `surveykit.links.likelihoods` tells of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import expit

from surveykit.links.curves import mean_curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.power.surveys import Surveys

    Floats = NDArray[np.float64]


class Local(NamedTuple):
    """A model at given parameters: pseudo-rows F whose products F'F are the information, and scores of the rows.

    Shapes (samples, rows, q, k) and (samples, rows, k); q is 1, but 2 for ordered categories. Weights are in both.
    """

    rows: Floats
    scores: Floats


def at(surveys: Surveys, model: str, parameters: Floats) -> Local:
    """Tell information and scores of the rows; ``penalised`` is Firth's logit."""
    weights = np.ones(1) if surveys.weights is None else surveys.weights
    if model == "ordered logit":
        return _ordered_at(surveys.columns, surveys.outcome, parameters, weights)
    columns = surveys.columns
    known: Any = "logit" if model == "penalised" else model
    curve = mean_curve(known, (columns @ parameters[:, :, None])[:, :, 0])
    rows = columns * np.sqrt(weights * curve.slope)[:, :, None]
    residual = weights * (surveys.outcome - curve.value)
    if model == "penalised":
        residual = residual + _leverage(rows) * (0.5 - curve.value)
    return Local(rows[:, :, None], columns * residual[:, :, None])


def _leverage(rows: Floats) -> Floats:
    """Each row's share of its own fit."""
    products = rows.transpose(0, 2, 1) @ rows
    np.einsum("skk->sk", products)[...] += ~rows.any(axis=1)
    solved = solved_for(products, rows.transpose(0, 2, 1))
    leverage: Floats = (rows * solved.transpose(0, 2, 1)).sum(axis=2)
    return leverage


def _ordered_at(columns: Floats, outcome: Floats, parameters: Floats, weights: Floats) -> Local:
    """Each row lies between two thresholds: its information is a 2 x 2 matrix in them, here its Cholesky root."""
    slopes = columns.shape[2] - 1
    cuts = parameters.shape[1] - slopes
    linear = (columns[:, :, :-1] @ parameters[:, :slopes, None])[:, :, 0]
    codes = outcome.astype(int)
    ends = np.full((len(columns), 1), np.inf)
    bounds = np.concatenate([-ends, parameters[:, slopes:], ends], axis=1)
    upper = np.take_along_axis(bounds, codes + 1, axis=1) - linear
    lower = np.take_along_axis(bounds, codes, axis=1) - linear
    # Differences of upper tails in the upper half, so that no digit is lost.
    share = np.where(lower > 0, expit(-lower) - expit(-upper), expit(upper) - expit(lower))
    above, below = (expit(side) * expit(-side) / share for side in (upper, lower))
    first = above**2 - above * (1 - 2 * expit(upper))
    second = below**2 + below * (1 - 2 * expit(lower))
    along = np.sqrt(np.maximum(first, 0))
    across = np.where(along > 0, above * below / np.where(along > 0, along, 1), 0)
    rest = np.sqrt(np.maximum(second - across**2, 0) * weights)
    along, across = along * np.sqrt(weights), across * np.sqrt(weights)
    above, below = above * weights, below * weights
    back, places = -columns[:, :, :-1], np.arange(cuts)
    at_upper, at_lower = (np.equal((codes + side)[:, :, None], places).astype(float) for side in (0, -1))
    scores = np.empty((*codes.shape, parameters.shape[1]))
    scores[:, :, :slopes] = back * (above - below)[:, :, None]
    scores[:, :, slopes:] = at_upper * above[:, :, None] - at_lower * below[:, :, None]
    rows = np.empty((*codes.shape, 2, parameters.shape[1]))
    rows[:, :, 0, :slopes] = back * (along - across)[:, :, None]
    rows[:, :, 0, slopes:] = at_upper * along[:, :, None] - at_lower * across[:, :, None]
    rows[:, :, 1, :slopes] = back * rest[:, :, None]
    rows[:, :, 1, slopes:] = at_lower * rest[:, :, None]
    return Local(rows, scores)


def products_of(rows: Floats) -> Floats:
    """Sum of the products of a survey's rows: shape (samples, k, k)."""
    flat = rows.reshape(len(rows), -1, rows.shape[3])
    products: Floats = flat.transpose(0, 2, 1) @ flat
    return products


def solved_for(matrices: Floats, values: Floats) -> Floats:
    """Solve every system; those that have no solution are NaN."""
    try:
        solved: Floats = np.asarray(np.linalg.solve(matrices, values), dtype=np.float64)
    except np.linalg.LinAlgError:
        if len(matrices) == 1:
            return np.full(values.shape, np.nan)
        halves = np.array_split(np.arange(len(matrices)), 2)
        solved = np.concatenate([solved_for(matrices[half], values[half]) for half in halves])
    return solved
