"""The planned model fitted to many surveys at once: the p-values of `fit_link`, a hundred times as many a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, stdtr

from surveykit.links.clustered import clustered, group_sums, outer_sums
from surveykit.links.curves import mean_curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.power.surveys import Block, Surveys

    Floats = NDArray[np.float64]

_STEPS = 30
# Of the last step, in parameters of columns that vary by about 1; its square is what is still missing after it.
_CLOSE = 1e-6
_DETERMINED = 1e-9  # smallest eigenvalue of the columns' correlations that still tells them apart
_OWN = 1e-10  # as in `clustered`: share of information that others must hold for a direction to be adjusted


class _Local(NamedTuple):
    """A model at given parameters: pseudo-rows F whose products F'F are the information, and scores of the rows.

    Shapes (samples, rows, q, k) and (samples, rows, k); q is 1, but 2 for ordered categories. Weights are in both.
    """

    rows: Floats
    scores: Floats


def p_values(surveys: Surveys, model: str, tested: int, dummies: NDArray[np.bool_]) -> Floats:
    """Two-sided p-value of one slope in each survey: CR2, and t with Satterthwaite's degrees of freedom.

    Parameters
    ----------
    surveys : Surveys
    model : {"ols", "logit", "fractional", "poisson", "ordered logit"}
    tested : int
        Column of the slope.
    dummies : array of bool, shape (q,)
        Which of the first columns are categories; one that no organisation drawn is in plays no part.

    Returns
    -------
    array of float, shape (samples,)
        From 0 to 1; NaN where the model has no finite best fit, or its columns cannot be told apart.

    Notes
    -----
    `surveykit.links.clustered` says what is computed. Here the adjustment of an organisation is taken from the
    products of its own few rows with each other, instead of from matrices of all parameters.
    """
    found = np.full(len(surveys.outcome), np.nan)
    for pattern, which in _by_categories(surveys.outcome, model):
        columns = surveys.columns[which]
        outcome = np.searchsorted(pattern, surveys.outcome[which]) if len(pattern) else surveys.outcome[which]
        fine = _told_apart(columns, dummies) & ~_separated(columns, outcome, model, dummies)
        parameters = columns.shape[2] - 1 + max(len(pattern) - 1, 1)
        if fine.any() and parameters < sum(block.organisations for block in surveys.blocks):
            found[which[fine]] = _fitted(surveys.of(which[fine], outcome[fine]), model, tested)
    return found


def _by_categories(outcome: Floats, model: str) -> list[tuple[Floats, NDArray[np.intp]]]:
    """Samples by which categories occur in them; an outcome that is the same in all rows can be fitted to nothing."""
    varies = outcome.min(axis=1) < outcome.max(axis=1)
    if model != "ordered logit":
        return [(np.empty(0), np.flatnonzero(varies))]
    codes = np.unique(outcome)
    occurs = np.stack([(outcome == code).any(axis=1) for code in codes], axis=1)
    patterns, which = np.unique(occurs, axis=0, return_inverse=True)
    return [
        (codes[pattern], np.flatnonzero(which.ravel() == number))
        for number, pattern in enumerate(patterns)
        if pattern.sum() > 1
    ]


def _told_apart(columns: Floats, dummies: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether no column is determined by others, categories aside that do not occur."""
    products = columns.transpose(0, 2, 1) @ columns
    _fill_empty(products, columns, dummies)
    length = np.sqrt(np.einsum("skk->sk", products))
    scaled = products / np.maximum(length[:, :, None] * length[:, None, :], 1e-300)
    apart: NDArray[np.bool_] = np.linalg.eigvalsh(scaled)[:, 0] > _DETERMINED
    return apart


def _fill_empty(products: Floats, columns: Floats, dummies: NDArray[np.bool_]) -> None:
    """Give columns of nothing but 0 an information of their own, so that their parameter stays 0."""
    places = np.flatnonzero(dummies)
    products[:, places, places] += ~columns[:, :, places].any(axis=1)


def _separated(columns: Floats, outcome: Floats, model: str, dummies: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the outcome is at one end in all rows of a category: its parameter would be infinite."""
    if model == "ols" or not dummies.any():
        return np.zeros(len(columns), dtype=bool)
    inside = columns[:, :, np.flatnonzero(dummies)]
    ends = [0.0] if model == "poisson" else [0.0, outcome.max()]
    size = inside.sum(axis=1)
    alike = [(size > 0) & (np.einsum("sn,snd->sd", outcome == end, inside) == size) for end in ends]
    return np.any(alike, axis=(0, 2))


def _fitted(surveys: Surveys, model: str, tested: int) -> Floats:
    """Newton's method for all samples at once."""
    parameters = _start(surveys.columns, surveys.outcome, model)
    size = np.full(len(parameters), np.inf)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            local = _at(surveys, model, parameters)
            information = _products(local.rows)
            empty = np.einsum("skk->sk", information) == 0
            np.einsum("skk->sk", information)[...] += empty
            step = _solved(information, local.scores.sum(axis=1))
            size = np.abs(step).max(axis=1)
            parameters = parameters + step
            if not (size > _CLOSE).any():
                break
        found = _tested(local, information, parameters, tested, surveys)
    return np.where(size <= _CLOSE, found, np.nan)


def _start(columns: Floats, outcome: Floats, model: str) -> Floats:
    """Slopes of 0, and the constant or thresholds that fit the outcome's distribution."""
    slopes = np.zeros((len(columns), columns.shape[2] - 1))
    if model == "ordered logit":
        cuts = np.arange(1, int(outcome.max()) + 1)
        passed = np.stack([(outcome >= cut).mean(axis=1) for cut in cuts], axis=1)
        return np.concatenate([slopes, np.log((1 - passed) / passed)], axis=1)
    mean = outcome.mean(axis=1, keepdims=True)
    constant = mean if model == "ols" else np.log(mean if model == "poisson" else mean / (1 - mean))
    return np.concatenate([slopes, constant], axis=1)


def _at(surveys: Surveys, model: str, parameters: Floats) -> _Local:
    weights = np.ones(1) if surveys.weights is None else surveys.weights
    if model == "ordered logit":
        return _ordered_at(surveys.columns, surveys.outcome, parameters, weights)
    columns = surveys.columns
    curve = mean_curve(model, (columns @ parameters[:, :, None])[:, :, 0])  # type: ignore[arg-type]
    rows = columns * np.sqrt(weights * curve.slope)[:, :, None]
    return _Local(rows[:, :, None], columns * (weights * (surveys.outcome - curve.value))[:, :, None])


def _ordered_at(columns: Floats, outcome: Floats, parameters: Floats, weights: Floats) -> _Local:
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
    return _Local(rows, scores)


def _products(rows: Floats) -> Floats:
    flat = rows.reshape(len(rows), -1, rows.shape[3])
    products: Floats = flat.transpose(0, 2, 1) @ flat
    return products


def _solved(matrices: Floats, values: Floats) -> Floats:
    """Solve every system; those that have no solution are NaN."""
    try:
        solved: Floats = np.linalg.solve(matrices, values[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        if len(matrices) == 1:
            return np.full(values.shape, np.nan)
        halves = np.array_split(np.arange(len(matrices)), 2)
        solved = np.concatenate([_solved(matrices[half], values[half]) for half in halves])
    return solved


def _tested(
    local: _Local, information: Floats, parameters: Floats, tested: int, surveys: Surveys
) -> Floats:
    """Wald test of one parameter of every sample."""
    usable = np.isfinite(information).all(axis=(1, 2)) & np.isfinite(parameters).all(axis=1)
    safe = np.where(usable[:, None, None], information, np.eye(information.shape[1]))
    values, vectors = np.linalg.eigh(safe)
    # Any root R with R R' = A^-1 will do: nothing that follows depends on which.
    root = vectors / np.sqrt(np.maximum(values, 1e-300))[:, None, :]
    weights = np.ones(surveys.outcome.shape) if surveys.weights is None else surveys.weights
    q, k = local.rows.shape[2:]
    if any(block.each * q > 2 * k for block in surveys.blocks):
        return _one_by_one(local, weights, parameters, tested, surveys.blocks)
    held = local.rows * np.sqrt(weights)[:, :, None, None]
    meat = root.transpose(0, 2, 1) @ _products(held) @ root
    found = [
        _moments(held[:, block.rows], local.scores[:, block.rows], weights[:, block.rows], root, meat, tested, block)
        for block in surveys.blocks
    ]
    variance, alone, shared, squares, crossed = (sum(part) for part in zip(*found, strict=True))
    eye = np.broadcast_to(np.eye(root.shape[1]), root.shape)
    turned = np.concatenate(
        [np.concatenate([0 * eye, -eye], axis=2), np.concatenate([-eye, meat], axis=2)], axis=1
    ) @ crossed
    squares = squares + np.einsum("sij,sji->s", turned, turned)
    t = np.abs(parameters[:, tested]) / np.sqrt(variance)
    return np.where(usable, 2 * stdtr((alone + shared) ** 2 / squares, -t), np.nan)


def _one_by_one(
    local: _Local, weights: Floats, parameters: Floats, tested: int, blocks: tuple[Block, ...]
) -> Floats:
    """The same where organisations have more rows than the model has parameters: their products are no shorter."""
    groups = np.concatenate([np.arange(block.organisations).repeat(block.each) + number * 10**6 for number, block in enumerate(blocks)])
    numbers = np.unique(groups, return_inverse=True)[1]
    contrast = np.eye(parameters.shape[1])[tested]
    found = np.full(len(parameters), np.nan)
    for sample in np.flatnonzero(np.isfinite(parameters).all(axis=1) & np.isfinite(local.rows).all(axis=(1, 2, 3))):
        rows, weight = local.rows[sample], weights[sample]
        sides = [rows[:, part] for part in range(rows.shape[1])]
        information, meat = (
            sum(outer_sums(numbers, side, side, each) for side in sides) for each in (np.ones(len(weight)), weight)
        )
        try:
            errors = clustered(group_sums(numbers, local.scores[sample]), information, meat)
        except np.linalg.LinAlgError:
            continue
        t = parameters[sample, tested] / np.sqrt(contrast @ errors.covariance @ contrast)
        found[sample] = 2 * stdtr(errors.degrees(contrast), -np.abs(t))
    return found


def _moments(  # noqa: PLR0913  # the parts of one block
    rows: Floats,
    scores: Floats,
    weights: Floats,
    root: Floats,
    meat: Floats,
    tested: int,
    block: Block,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """What the organisations of a block add to the variance, and to the sums of its degrees of freedom."""
    samples, _, q, k = rows.shape
    shape = (samples, block.organisations, block.each * q, k)
    held = (rows.reshape(samples, -1, k) @ root).reshape(shape)
    back = np.repeat(1 / weights, q, axis=1).reshape(shape[:3])
    moved = _moved(held, back, meat, root[:, tested])
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
