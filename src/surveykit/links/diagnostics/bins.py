"""Rows in groups of about equal size by what a link predicts, each of enough rows and organisations to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.curves import mean_curve
from surveykit.links.expected import COUNTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

SHARES = frozenset({"logit", "ordered logit", "fractional"})
AMOUNTS = frozenset({"ols"}) | COUNTS


class Rows(NamedTuple):
    """What each row was predicted and found to be; shares of 1 or amounts. Organisations are numbered from 0."""

    predicted: Floats
    observed: Floats
    organisation: NDArray[np.intp]
    weight: Floats


def rows_of(fitted: FittedLink) -> Rows:
    """What a fitted link predicts for its rows, and what they are.

    Parameters
    ----------
    fitted : FittedLink

    Returns
    -------
    Rows
        For an ordered logit the probability of the highest category, and whether the row is in it.

    Raises
    ------
    LinkError
        If the model has no single expected outcome.
    """
    if fitted.model not in SHARES | AMOUNTS:
        raise LinkError(
            "only models with one expected outcome can be held against what was found",
            given=fitted.model,
            allowed=sorted(SHARES | AMOUNTS),
        )
    outcome = fitted.rows[fitted.terms.outcome].to_numpy(dtype=float)
    predicted = mean_curve(fitted.model, fitted.design.to_numpy() @ fitted.parameters.to_numpy()).value
    observed = (outcome == fitted.highest).astype(float) if fitted.model == "ordered logit" else outcome
    weight = np.ones(len(outcome)) if fitted.weights is None else fitted.weights
    return Rows(predicted, observed, pd.factorize(fitted.rows[fitted.organisation])[0], weight)


def binned(
    values: Floats, organisation: NDArray[np.intp], *, bins: int, fewest_rows: int, fewest_organisations: int
) -> NDArray[np.intp]:
    """Number of each row's bin, from 0, by its value.

    Parameters
    ----------
    values : array of float, shape (n,)
        By what to group; equal values stay together.
    organisation : array of int, shape (n,)
    bins : int
        Most bins.
    fewest_rows, fewest_organisations : int
        Of every bin; there are as many bins as keep to that, at least one.

    Returns
    -------
    array of int, shape (n,)
    """
    number = np.zeros(len(values), dtype=np.intp)
    for count in range(min(bins, len(values) // max(fewest_rows, 1)), 1, -1):
        edges = np.unique(np.quantile(values, np.arange(1, count) / count))
        # What lies on an edge goes down, but the lowest values must not be a bin without any.
        number = pd.factorize(np.searchsorted(edges, values, side="left"), sort=True)[0]
        rows = np.bincount(number)
        pairs = np.unique(np.column_stack([number, organisation]), axis=0)
        if rows.min() >= fewest_rows and np.bincount(pairs[:, 0]).min() >= fewest_organisations:
            return number
        number = np.zeros(len(values), dtype=np.intp)
    return number


def means_by_bin(values: Floats, number: NDArray[np.intp], weight: Floats) -> Floats:
    """Weighted mean of every bin."""
    means: Floats = np.bincount(number, weight * values) / np.bincount(number, weight)
    return means


def errors_by_bin(values: Floats, number: NDArray[np.intp], rows: Rows) -> tuple[Floats, NDArray[np.intp]]:
    """Standard error of every bin's mean, rows of one organisation kept together, and organisations in it."""
    away = rows.weight * (values - means_by_bin(values, number, rows.weight)[number])
    pairs, place = np.unique(np.column_stack([number, rows.organisation]), axis=0, return_inverse=True)
    sums = np.bincount(place.ravel(), away)
    n = np.bincount(pairs[:, 0])
    squares = np.bincount(pairs[:, 0], sums**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(squares * n / (n - 1)) / np.bincount(number, rows.weight), n
