"""Wald tests with CR2 and Satterthwaite's degrees of freedom, for many surveys at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from surveykit.links.clustered import clustered, group_sums, outer_sums
from surveykit.links.power.models import products_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.power.models import Local
    from surveykit.links.power.surveys import Block, Surveys

    Floats = NDArray[np.float64]

_OWN = 1e-10  # as in `clustered`: share of information that others must hold for a direction to be adjusted


def p_values(local: Local, information: Floats, parameters: Floats, slope: int, surveys: Surveys) -> Floats:
    """Two-sided p-value of one parameter of every sample, what `surveykit.links.clustered` gives for one.

    The adjustment of an organisation is taken from the products of its own few rows with each other, instead of from
    matrices of all parameters.
    """
    if not len(parameters):
        return np.empty(0)
    values, vectors = np.linalg.eigh(information)
    # Any root R with R R' = A^-1 will do: nothing that follows depends on which.
    root = vectors / np.sqrt(np.maximum(values, 1e-300))[:, None, :]
    weights = np.ones(surveys.outcome.shape) if surveys.weights is None else surveys.weights
    q, k = local.rows.shape[2:]
    if any(block.each * q > 2 * k for block in surveys.blocks):
        return _one_by_one(local, weights, parameters, slope, surveys.blocks)
    held = local.rows * np.sqrt(weights)[:, :, None, None]
    meat = root.transpose(0, 2, 1) @ products_of(held) @ root
    parts = [
        _moments(
            held[:, block.rows], local.scores[:, block.rows], weights[:, block.rows], root, meat, slope, block
        )
        for block in surveys.blocks
    ]
    variance, alone, shared, squares, crossed = (sum(part) for part in zip(*parts, strict=True))
    eye = np.broadcast_to(np.eye(root.shape[1]), root.shape)
    turned = (
        np.concatenate(
            [np.concatenate([0 * eye, -eye], axis=2), np.concatenate([-eye, meat], axis=2)], axis=1
        )
        @ crossed
    )
    squares = squares + np.einsum("sij,sji->s", turned, turned)
    t = np.abs(parameters[:, slope]) / np.sqrt(variance)
    found: Floats = 2 * stdtr((alone + shared) ** 2 / squares, -t)
    return found


def _one_by_one(
    local: Local, weights: Floats, parameters: Floats, slope: int, blocks: tuple[Block, ...]
) -> Floats:
    """The same where organisations have more rows than the model has parameters: their products are no shorter."""
    groups = np.concatenate(
        [
            np.arange(block.organisations).repeat(block.each) + number * 10**6
            for number, block in enumerate(blocks)
        ]
    )
    numbers = np.unique(groups, return_inverse=True)[1]
    contrast = np.eye(parameters.shape[1])[slope]
    found = np.full(len(parameters), np.nan)
    for sample in range(len(parameters)):
        rows, weight = local.rows[sample], weights[sample]
        sides = [rows[:, part] for part in range(rows.shape[1])]
        information, meat = (
            np.sum([outer_sums(numbers, side, side, each) for side in sides], axis=0)
            for each in (np.ones(len(weight)), weight)
        )
        try:
            errors = clustered(group_sums(numbers, local.scores[sample]), information, meat)
        except np.linalg.LinAlgError:
            continue
        t = parameters[sample, slope] / np.sqrt(contrast @ errors.covariance @ contrast)
        found[sample] = 2 * stdtr(errors.degrees(contrast), -np.abs(t))
    return found


def _moments(  # noqa: PLR0913, PLR0917  # the parts of one block
    rows: Floats,
    scores: Floats,
    weights: Floats,
    root: Floats,
    meat: Floats,
    slope: int,
    block: Block,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """What the organisations of a block add to the variance, and to the sums of its degrees of freedom."""
    samples, _, q, k = rows.shape
    shape = (samples, block.organisations, block.each * q, k)
    held = (rows.reshape(samples, -1, k) @ root).reshape(shape)
    back = np.repeat(1 / weights, q, axis=1).reshape(shape[:3])
    moved = _moved(held, back, meat, root[:, slope])
    ahead = (held @ moved[..., None])[..., 0]
    own = (ahead[:, :, None] @ held)[:, :, 0]
    pulled = ((ahead * back)[:, :, None] @ held)[:, :, 0]
    total = scores.reshape(samples, block.organisations, block.each, k).sum(axis=2) @ root
    alone = (own * moved).sum(axis=2)
    shared = ((pulled @ meat) * pulled).sum(axis=2) - 2 * (own * pulled).sum(axis=2)
    sides = np.concatenate([own, pulled], axis=2)
    return (
        np.square((moved * total).sum(axis=2)).sum(axis=1),
        alone.sum(axis=1),
        shared.sum(axis=1),
        (np.square(alone) + 2 * alone * shared).sum(axis=1),
        sides.transpose(0, 2, 1) @ sides,
    )


def _moved(held: Floats, back: Floats, meat: Floats, contrast: Floats) -> Floats:
    """The contrast through the adjustment of every organisation, as `surveykit.links.clustered` defines it.

    `held`, shape (samples, organisations, r, k), is the root of an organisation's meat, row by row; `back` what takes
    a row of the meat to the information, one over its weight.
    """
    values, vectors = np.linalg.eigh(held @ held.transpose(0, 1, 3, 2))
    # Directions that the rows of an organisation share need no adjusting twice.
    kept = values > _OWN * values[..., -1:]
    length = np.where(kept, values, 1.0)
    along = vectors.transpose(0, 1, 3, 2) @ held
    turned = vectors.transpose(0, 1, 3, 2) @ (back[..., None] * vectors)
    mixed = turned * np.where(kept, values, 0.0)[:, :, None, :]
    across = turned @ along
    left = across @ meat[:, None] @ across.transpose(0, 1, 3, 2) - mixed - mixed.transpose(0, 1, 3, 2)
    left = left * (kept[..., :, None] & kept[..., None, :]) + np.eye(held.shape[2])
    shares, axes = np.linalg.eigh(left)
    power = np.where(shares > _OWN, np.maximum(shares, _OWN) ** -0.5, 0.0)
    ahead = (along @ contrast[:, None, :, None])[..., 0] * kept
    pulled = (axes @ (power * (ahead[:, :, None] @ axes)[:, :, 0])[..., None])[..., 0] * kept / length
    moved: Floats = (pulled[:, :, None] @ along)[:, :, 0]
    return moved
