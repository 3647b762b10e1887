"""Whether a best fit exists: separation sends a coefficient of a logit or Poisson model to infinity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from surveykit.errors import listing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.curves import Model
    from surveykit.links.design import Design, Terms

    Floats = NDArray[np.float64]


def check_separation(improving: Floats, design: Design, terms: Terms, model: Model = "logit") -> None:
    """Refuse data for which the likelihood has no maximum.

    The likelihoods are concave, so a maximum is missing exactly when some direction ``d`` never lowers the
    likelihood of any row: ``improving @ d >= 0`` with ``d`` not zero. A linear programme looks for it (Konis
    2007).

    Parameters
    ----------
    improving : array, shape (n_conditions, n_parameters)
        Conditions of one model, from an `improving_of_...` below.
    design : Design
        Its regressors are the first columns of `improving`.
    terms : Terms
        For the message.
    model : str
        For the message.

    Raises
    ------
    LinkError
        Naming the category in which the outcome never varies, or the columns involved.

    References
    ----------
    Konis (2007), Linear programming algorithms for detecting separated data in binary logistic regression
    models.
    """
    found = linprog(
        -improving.sum(axis=0),
        A_ub=-improving,
        b_ub=np.zeros(len(improving)),
        bounds=(-1, 1),
        method="highs",
    )
    # The conditions describe a cone: a direction that is found is as long as its bounds, anything short is
    # rounding.
    if np.abs(found.x).max() < 0.5:
        return
    # Of a multinomial model every column stands once a category; with times, bounds of risk follow the slopes.
    blocks = (
        found.x[None, :] if design.event is not None else _by_category(found.x, design.regressors.shape[1])
    )
    moved = np.abs(blocks[:, : design.regressors.shape[1]]).max(axis=0) > 1e-6
    moving = [str(name) for name in design.regressors.columns[moved]]
    raise terms.refusal(
        _cause(design, terms, model, moving),
        fix="No finite coefficient fits best: merge categories, or take the column out of the link.",
    )


def _by_category(direction: Floats, slopes: int) -> Floats:
    whole = len(direction) // (slopes + 1)
    return direction[None, :] if direction.size % (slopes + 1) else direction.reshape(whole, slopes + 1)


def improving_of_cuts(codes: NDArray[np.intp], standard: Floats) -> Floats:
    """Conditions for a logit or ordered logit; parameters are slopes, then thresholds.

    Parameters
    ----------
    codes : array of int
        Category of each row, 0 the lowest.
    standard : array, shape (n_rows, n_columns)
        Standardised regressors.

    Returns
    -------
    array
        A row in category j gains when its upper threshold moves up from it and its lower one moves down.
    """
    highest = int(np.max(codes))
    thresholds = np.eye(highest)
    below, above = codes < highest, codes > 0
    upper = np.column_stack([-standard[below], thresholds[codes[below]]])
    lower = np.column_stack([standard[above], -thresholds[codes[above] - 1]])
    return np.vstack([upper, lower])


def improving_of_counts(counts: Floats, standard: Floats) -> Floats:
    """Conditions for a Poisson model; parameters are slopes, then the constant.

    Parameters
    ----------
    counts : array
        The outcome.
    standard : array, shape (n_rows, n_columns)
        Standardised regressors.

    Returns
    -------
    array
        Rows with a count must not move; rows at zero gain by moving down.
    """
    full = np.column_stack([standard, np.ones(len(counts))])
    counted = full[counts > 0]
    return np.vstack([-full[counts == 0], counted, -counted])


def improving_of_shares(shares: Floats, standard: Floats) -> Floats:
    """Conditions for a fractional model; parameters are slopes, then the constant.

    Parameters
    ----------
    shares : array
        The outcome, from 0 to 1.
    standard : array, shape (n_rows, n_columns)
        Standardised regressors.

    Returns
    -------
    array
        Rows at 0 gain by moving down, rows at 1 by moving up, and rows between must not move.
    """
    full = np.column_stack([standard, np.ones(len(shares))])
    return np.vstack([-full[shares < 1], full[shares > 0]])


def improving_of_categories(codes: NDArray[np.intp], standard: Floats) -> Floats:
    """Conditions for a multinomial model; parameters are slopes and constant of every category but the first.

    Parameters
    ----------
    codes : array of int
        Category of each row, from 0.
    standard : array, shape (n_rows, n_columns)
        Standardised regressors.

    Returns
    -------
    array
        A row gains when its own category moves up against any other.
    """
    full = np.column_stack([standard, np.ones(len(codes))])
    own = np.eye(int(np.max(codes)) + 1)
    towards = own[codes][:, None, :] - own[None, :, :]
    others = towards.any(axis=2)
    rows = full[np.nonzero(others)[0]]
    moved = towards[others][:, 1:]
    return (moved[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)


def improving_of_times(times: Floats, events: Floats, standard: Floats) -> Floats:
    """Conditions for a Cox model; parameters are slopes, then one bound for the risk at each time of an event.

    Parameters
    ----------
    times, events : array
        The outcome, and 1 where it ended with the event.
    standard : array, shape (n_rows, n_columns)
        Standardised regressors.

    Returns
    -------
    array
        A row with the event gains by moving up against all at risk then: it reaches the bound of its time, which
        nobody at risk exceeds.
    """
    moments = np.unique(times[events > 0])
    bounds = np.eye(len(moments))
    seen = events > 0
    at_risk = np.searchsorted(moments, times, side="right") - 1
    ever = at_risk >= 0
    reached = np.column_stack([standard[seen], -bounds[np.searchsorted(moments, times[seen])]])
    kept = np.column_stack([-standard[ever], bounds[at_risk[ever]]])
    ordered = np.column_stack([np.zeros((len(moments) - 1, standard.shape[1])), bounds[:-1] - bounds[1:]])
    return np.vstack([reached, kept, ordered])


def _cause(design: Design, terms: Terms, model: Model, moving: list[str]) -> str:
    happened = design.outcome if design.event is None else pd.Series(design.event, index=design.outcome.index)
    never = {"multinomial": _never_observed, "cox": _never_seen}.get(model, _never_varies)
    for name in terms.explaining:
        values = design.rows[name]
        if values.nunique() == 2 or not pd.api.types.is_numeric_dtype(values):
            for category, outcome in happened.groupby(values, observed=True):
                if cause := never(outcome, happened, f"{len(outcome)} rows with {name} = {category}"):
                    return f"{cause} (separation)"
    return f"the outcome is perfectly predicted (separation) by {listing(moving) or 'the columns together'}"


def _never_varies(outcome: pd.Series[float], _: pd.Series[float], rows: str) -> str:
    return f"the outcome is {outcome.iloc[0]:g} in all {rows}" if (outcome == outcome.iloc[0]).all() else ""


def _never_seen(event: pd.Series[float], _: pd.Series[float], rows: str) -> str:
    return "" if event.any() else f"the event was never seen in the {rows}"


def _never_observed(outcome: pd.Series[float], everywhere: pd.Series[float], rows: str) -> str:
    missing = sorted(set(everywhere) - set(outcome))
    return f"the outcome is never {missing[0]:g} in the {rows}" if missing else ""
