"""The planned model fitted to many surveys at once: the p-values of `fit_link`, a hundred times as many a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.links.power.models import Local, at, products_of, solved_for
from surveykit.links.power.wald import p_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.power.surveys import Surveys

    Floats = NDArray[np.float64]

_STEPS = 30
# Of the last step, in parameters of columns that vary by about 1; its square is what is still missing after it.
_CLOSE = 1e-8
_DETERMINED = 1e-9  # smallest eigenvalue of the columns' correlations that still tells them apart


class Verdicts(NamedTuple):
    """Tests of one slope, one a survey: p-values, NaN where there is no fit, and which fits are Firth's."""

    p: Floats
    penalised: NDArray[np.bool_]


def fit_surveys(surveys: Surveys, model: str, slope: int, dummies: NDArray[np.bool_]) -> Verdicts:
    """Two-sided p-value of one slope in each survey: CR2, and t with Satterthwaite's degrees of freedom.

    Parameters
    ----------
    surveys : Surveys
    model : {"ols", "logit", "fractional", "poisson", "ordered logit"}
        A logit without a finite best fit is penalised: see `surveykit.links.firth`.
    slope : int
        Its column.
    dummies : array of bool, shape (q,)
        Which of the first columns are categories; one that no organisation drawn is in plays no part.

    Returns
    -------
    Verdicts
        Without p where another model has no finite best fit, or its columns cannot be told apart.
    """
    found = np.full(len(surveys.outcome), np.nan)
    penalised = np.zeros(len(found), dtype=bool)
    organisations = sum(block.organisations for block in surveys.blocks)
    for pattern, which in _by_categories(surveys.outcome, model):
        codes = np.searchsorted(pattern, surveys.outcome[which]) if len(pattern) else surveys.outcome[which]
        cuts = max(len(pattern) - 1, 1)
        fine = which[_told_apart(surveys.columns[which], dummies)]
        if not len(fine) or surveys.columns.shape[2] - 1 + cuts >= organisations:
            continue
        given = surveys.of(fine, codes[np.isin(which, fine)].astype(np.float64))
        bounded = np.flatnonzero(~_separated(given, model, dummies))
        found[fine[bounded]] = _fitted(given.of(bounded, given.outcome[bounded]), model, slope)
        left = np.flatnonzero(np.isnan(found[fine]))
        if model == "logit" and len(left):
            found[fine[left]] = _fitted(given.of(left, given.outcome[left]), "penalised", slope)
            penalised[fine[left]] = True
    return Verdicts(found, penalised)


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


def _separated(surveys: Surveys, model: str, dummies: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the outcome is at one end in all rows of a category: its parameter would be infinite."""
    outcome = surveys.outcome
    if model == "ols" or not dummies.any():
        return np.zeros(len(outcome), dtype=bool)
    inside = surveys.columns[:, :, np.flatnonzero(dummies)].transpose(0, 2, 1)
    ends = [0.0] if model == "poisson" else [0.0, outcome.max()]
    size = inside.sum(axis=2)
    alike = [(size > 0) & ((inside @ np.equal(outcome, end)[:, :, None])[:, :, 0] == size) for end in ends]
    separated: NDArray[np.bool_] = np.any(alike, axis=(0, 2))
    return separated


def _fitted(surveys: Surveys, model: str, slope: int) -> Floats:
    """Newton's method for all samples at once."""
    if not len(surveys.outcome):
        return np.empty(0)
    parameters = _start(surveys.columns, surveys.outcome, model)
    size = np.full(len(parameters), np.inf)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            local = at(surveys, model, parameters)
            information = products_of(local.rows)
            empty = np.einsum("skk->sk", information) == 0
            np.einsum("skk->sk", information)[...] += empty
            step = solved_for(information, local.scores.sum(axis=1)[:, :, None])[:, :, 0]
            size = np.abs(step).max(axis=1)
            parameters = parameters + step
            if not (size > _CLOSE).any():
                break
    fine = np.flatnonzero((size <= _CLOSE) & np.isfinite(information).all(axis=(1, 2)))
    found = np.full(len(size), np.nan)
    kept = Local(local.rows[fine], local.scores[fine])
    found[fine] = p_values(
        kept, information[fine], parameters[fine], slope, surveys.of(fine, surveys.outcome[fine])
    )
    return found


def _start(columns: Floats, outcome: Floats, model: str) -> Floats:
    """Slopes of 0, and the constant or thresholds that fit the outcome's distribution."""
    slopes = np.zeros((len(columns), columns.shape[2] - 1))
    if model == "ordered logit":
        cuts = np.arange(1, int(outcome.max()) + 1)
        passed = np.stack([(outcome >= cut).mean(axis=1) for cut in cuts], axis=1)
        return np.concatenate([slopes, np.log((1 - passed) / passed)], axis=1)
    mean = np.full((len(columns), 1), 0.5) if model == "penalised" else outcome.mean(axis=1, keepdims=True)
    constant = mean if model == "ols" else np.log(mean if model == "poisson" else mean / (1 - mean))
    return np.concatenate([slopes, constant], axis=1)
