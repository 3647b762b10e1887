"""Whether a best fit exists: separation sends a coefficient of a logit or Poisson model to infinity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from surveykit.errors import listing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.design import Design, Terms

    Floats = NDArray[np.float64]


def check_separation(improving: Floats, design: Design, terms: Terms) -> None:
    """Refuse data for which the likelihood has no maximum.

    The likelihoods are concave, so a maximum is missing exactly when some direction ``d`` never lowers the
    likelihood of any row: ``improving @ d >= 0`` with ``d`` not zero. A linear programme looks for it (Konis
    2007).

    Parameters
    ----------
    improving : array, shape (n_conditions, n_parameters)
        Conditions of one model, from `improving_of_cuts` or `improving_of_counts`.
    design : Design
        Its regressors are the first columns of `improving`.
    terms : Terms
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
    moving = [str(name) for name, step in zip(design.regressors, found.x, strict=False) if abs(step) > 1e-6]
    raise terms.refusal(
        _cause(design, terms, moving),
        fix="No finite coefficient fits best: merge categories, or take the column out of the link.",
    )


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


def _cause(design: Design, terms: Terms, moving: list[str]) -> str:
    for name in terms.explaining:
        values = design.rows[name]
        if values.nunique() == 2 or not pd.api.types.is_numeric_dtype(values):
            spread = design.outcome.groupby(values, observed=True).agg(["min", "max", "size"])
            for category, low, high, rows in spread.itertuples():
                if low == high:
                    which = f"{name} = {category}"
                    return f"the outcome is {low:g} in all {rows} rows with {which} (separation)"
    return f"the outcome is perfectly predicted (separation) by {listing(moving) or 'the columns together'}"
