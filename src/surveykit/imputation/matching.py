"""Predictive mean matching with a random intercept for each organisation: one variable at a time, arrays in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.intp]

DONORS = 5
# What is believed beforehand weighs as much as one answer (slopes, towards 0) or one organisation (their variance).
_PRIOR_ANSWERS = 1.0
_PRIOR_ORGANISATIONS = 1.0
_PRIOR_SHARE = 0.1  # of the variance that lies between organisations


@dataclass(slots=True, eq=False)
class Variances:
    """Where the chain of one variable stands: variance within and between organisations, of a standardised answer."""

    within: float = 0.8
    between: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """What a random-intercept model predicts for every row.

    Attributes
    ----------
    estimated : array of float, shape (rows,)
        From the slopes as estimated, with intercepts drawn given them.
    drawn : array of float, shape (rows,)
        From slopes drawn from what is known of them, with intercepts drawn given those.
    """

    estimated: Floats
    drawn: Floats


def predict(  # noqa: PLR0913  # a step of a sampler: its data, its state, its chance
    y: Floats,
    told: NDArray[np.bool_],
    predictors: Floats,
    group: Whole,
    *,
    state: Variances,
    rng: np.random.Generator,
    clustered: bool,
) -> Predictions:
    r"""Draw once from the posterior of a random-intercept model, and predict every row.

    Parameters
    ----------
    y : array of float, shape (rows,)
        Standardised; only rows of `told` are read.
    told : array of bool, shape (rows,)
        Where the variable was answered.
    predictors : array of float, shape (rows, predictors)
        Standardised, with a constant.
    group : array of int, shape (rows,)
        Number of each row's organisation, from 0, in ascending order.
    state : Variances
        Of the step before; replaced by new draws.
    rng : Generator
    clustered : bool
        Whether organisations have intercepts; without, each row is on its own.

    Returns
    -------
    Predictions

    Notes
    -----
    :math:`y_{ig} = x_{ig}^\top \beta + b_g + e_{ig}`. Given the variances, slopes come from their posterior with the
    intercepts integrated out (generalised least squares), intercepts given the slopes, then the variances given both:
    the sampler of Schafer and Yucel (2002, Journal of Computational and Graphical Statistics 11, 437-457), with the
    slopes drawn in one block so that the chain forgets its start at once.
    """
    x, target, of = predictors[told], y[told], group[told]
    n_groups = int(group[-1]) + 1
    size = np.bincount(of, minlength=n_groups).astype(float)
    shrink = state.between / (state.within + size * state.between) if clustered else np.zeros(n_groups)
    sums = _group_sums(np.column_stack([x, target]), of, n_groups)
    part = (shrink[:, None] * sums).T @ sums
    precision = x.T @ x - part[:-1, :-1] + _PRIOR_ANSWERS * np.eye(x.shape[1])
    root = np.linalg.cholesky(precision)
    slopes = np.linalg.solve(precision, x.T @ target - part[:-1, -1])
    drawn = slopes + np.sqrt(state.within) * np.linalg.solve(root.T, rng.standard_normal(len(slopes)))
    noise = np.sqrt(shrink * state.within) * rng.standard_normal(n_groups)
    # Donors too have drawn intercepts: an estimated one leans towards the donor's own answer, and what is left of it
    # would vary too little.
    level = noise + shrink * (sums[:, -1] - sums[:, :-1] @ slopes)
    intercepts = noise + shrink * (sums[:, -1] - sums[:, :-1] @ drawn)
    _draw_variances(target - x @ drawn - intercepts[of], intercepts[size > 0], state, rng)
    return Predictions(
        estimated=predictors @ slopes + level[group], drawn=predictors @ drawn + intercepts[group]
    )


def _group_sums(rows: Floats, group: Whole, n_groups: int) -> Floats:
    """Sums over the rows of each group; rows are sorted by group, and a group may have none."""
    sums = np.zeros((n_groups, rows.shape[1]))
    first = np.flatnonzero(np.diff(group, prepend=-1))
    sums[group[first]] = np.add.reduceat(rows, first, axis=0)
    return sums


def _draw_variances(errors: Floats, intercepts: Floats, state: Variances, rng: np.random.Generator) -> None:
    believed = _PRIOR_ORGANISATIONS * _PRIOR_SHARE
    state.within = float((errors @ errors + believed) / rng.chisquare(len(errors) + _PRIOR_ORGANISATIONS))
    freedom = len(intercepts) + _PRIOR_ORGANISATIONS
    state.between = float((intercepts @ intercepts + believed) / rng.chisquare(freedom))


def matched(told: NDArray[np.bool_], predictions: Predictions, rng: np.random.Generator) -> Whole:
    """Choose for every row without an answer one whose answer it takes, of those predicted most alike.

    Parameters
    ----------
    told : array of bool, shape (rows,)
        The donors: rows with an answer, one at least.
    predictions : Predictions
        Donors are matched by their estimated predictions, those without an answer by their drawn ones (type 1).
    rng : Generator

    Returns
    -------
    array of int, shape (rows without an answer,)
        The row of each one's donor.

    Notes
    -----
    One of the 5 nearest donors is drawn: few enough to be alike, enough that one answer is not used again and again
    (Morris, White and Royston 2014, BMC Medical Research Methodology 14:75; type 1: van Buuren 2018, Flexible
    imputation of missing data, 3.4). In R: ``mice(..., method = "pmm")``.
    """
    # Donors predicted alike stand in random order, so that the order of rows favours none of them.
    donors = rng.permutation(np.flatnonzero(told))
    donors = donors[np.argsort(predictions.estimated[donors], kind="stable")]
    at, wanted = predictions.estimated[donors], predictions.drawn[~told]
    window = min(2 * DONORS, len(donors))
    start = np.clip(np.searchsorted(at, wanted) - DONORS, 0, len(donors) - window)
    near = start[:, None] + np.arange(window)
    nearest = np.argsort(np.abs(at[near] - wanted[:, None]), axis=1, kind="stable")[:, :DONORS]
    chosen = rng.integers(nearest.shape[1], size=len(wanted))
    place = np.take_along_axis(nearest, chosen[:, None], axis=1)
    return np.asarray(donors[np.take_along_axis(near, place, axis=1)[:, 0]])
