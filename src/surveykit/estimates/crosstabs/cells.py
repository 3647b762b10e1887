"""Cells of a table: quotients of totals in columns that may overlap, with how the columns vary together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from surveykit.estimates.engine import Found, lay_out

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from surveykit.estimates.crosstabs.questions import Asked
    from surveykit.estimates.design import Design
    from surveykit.estimates.engine import Layout

    Floats = NDArray[np.float64]
    Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """The columns of a table over a design, sorted so that sums run over clusters.

    Attributes
    ----------
    layout : Layout
        All units of a weight above 0, in one domain, sorted by cluster.
    stratum : array of int, shape (clusters,)
        The stratum of each cluster that has such a unit.
    inside : array of bool, shape (units, columns)
        Which of these units are in which column.
    units : sparse array, shape (columns x clusters, units)
        1 where a unit of the cluster is in the column.
    """

    layout: Layout
    stratum: Whole
    inside: NDArray[np.bool_]
    units: csr_array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """Weighted totals, by cluster; or, where the design has replicates, by the whole weights and then each replicate's.

    Attributes
    ----------
    top : array of float, shape (clusters, rows, columns)
    bottom : array of float, shape (clusters, bases, columns)
    """

    top: Floats
    bottom: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Estimates of every row in every column.

    Attributes
    ----------
    found : Found
        Each an array of shape (rows, columns).
    covariance : array of float, shape (rows, columns, columns)
        How the columns of one row vary together.
    n_yes : array of int, shape (rows, columns)
        How many answers the numerator of a share counts.
    """

    found: Found
    covariance: Floats
    n_yes: Whole


def grid(members: NDArray[np.bool_], design: Design) -> Grid:
    """Lay out the columns of a table; `members` has the shape (units, columns)."""
    from scipy.sparse import csr_array  # noqa: PLC0415  (scipy takes a while to import: only where a table is made)

    layout = lay_out(design, np.where(design.weight.to_numpy(dtype=float) > 0, 0, -1))
    inside = members[layout.order]
    column, unit = np.nonzero(inside.T)
    cluster = np.repeat(np.arange(len(layout.first)), np.diff(layout.first, append=len(layout.order)))
    rows = column * len(layout.first) + cluster[unit]
    starts = np.searchsorted(rows, np.arange(inside.shape[1] * len(layout.first) + 1))
    shape = (len(starts) - 1, len(layout.order))
    units = csr_array((np.ones(len(unit)), unit, starts), shape=shape)
    # Of one domain, the places of its cells are those of their strata.
    return Grid(layout=layout, stratum=layout.cell, inside=inside, units=units)


def sums(asked: Asked, placed: Grid) -> Sums:
    """Weighted totals of a question's numerators and bases in every column."""
    top, bottom = (part[placed.layout.order] for part in (asked.top, asked.bottom))
    if placed.layout.replicates is None:
        weight = placed.layout.weight[:, None]
        return Sums(top=_by_cluster(weight * top, placed), bottom=_by_cluster(weight * bottom, placed))
    weights = np.column_stack([placed.layout.weight, placed.layout.replicates])
    return Sums(
        top=_by_weight(top, weights, placed.inside), bottom=_by_weight(bottom, weights, placed.inside)
    )


def _by_cluster(values: Floats, placed: Grid) -> Floats:
    """Sums of each column of values: shape (clusters, values, columns)."""
    shape = (placed.inside.shape[1], len(placed.layout.first), values.shape[1])
    return np.ascontiguousarray((placed.units @ values).reshape(shape).transpose(1, 2, 0))


def _by_weight(values: Floats, weights: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Sums by each column of weights: shape (weights, values, columns)."""
    # Columns are few; cut out one by one they need a fraction of the memory.
    return np.stack([weights[units].T @ values[units] for units in inside.T], axis=2)


def deviations(top: Floats, bottom: Floats, placed: Grid) -> tuple[Floats, Floats]:
    """Quotients of totals, and what each cluster, or replicate, adds to their error.

    Both totals have clusters, or weights, as their first axis; the sum of the products of two quotients' deviations
    over it is their covariance.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if placed.layout.factors is not None:
            again = top / bottom
            estimate, apart = again[0], again[1:] - again[0]
            factors = placed.layout.factors.reshape(-1, *[1] * (apart.ndim - 1))
            # A replicate in which nobody of a column is left says nothing of it.
            return estimate, np.where(np.isfinite(apart), apart, 0.0) * np.sqrt(factors)
        size = bottom.sum(axis=0)
        estimate = top.sum(axis=0) / size
        return estimate, _from_stratum((top - estimate * bottom) / size, placed)


def _from_stratum(influence: Floats, placed: Grid) -> Floats:
    """Distance of each cluster from the mean of its stratum, scaled; then that of the clusters nobody counts in."""
    shape, stratum, drawn, scale = (
        influence.shape,
        placed.stratum,
        placed.layout.clusters,
        placed.layout.scale,
    )
    flat = influence.reshape(shape[0], -1)
    total = _by_stratum(flat, placed)
    centre = total / drawn[:, None]
    centre[drawn == 1] = total.sum(axis=0) / drawn.sum()
    present = np.sqrt(scale[stratum])[:, None] * (flat - centre[stratum])
    absent = np.sqrt(scale * (drawn - np.bincount(stratum, minlength=len(drawn))))[:, None] * -centre
    return np.asarray(np.concatenate([present, absent]).reshape(-1, *shape[1:]))


def _by_stratum(clusters: Floats, placed: Grid) -> Floats:
    """Sum clusters in their strata: shape (strata, columns)."""
    from scipy.sparse import csr_array  # noqa: PLC0415  (as above)

    n = len(placed.stratum)
    of = csr_array((np.ones(n), (placed.stratum, np.arange(n))), shape=(len(placed.layout.clusters), n))
    return np.asarray(of @ clusters)


def cells(asked: Asked, summed: Sums, placed: Grid) -> Cells:
    """Estimate every row of a question in every column."""
    estimate, apart = deviations(summed.top, summed.bottom[:, asked.base_of], placed)
    by_row = np.ascontiguousarray(apart.transpose(1, 2, 0))  # products of views take a hundred times as long
    covariance = by_row @ by_row.transpose(0, 2, 1)
    variance = np.einsum("rcc->rc", covariance)
    counts, organisations, df = _counted(asked, placed)
    random, kish = _random(asked, estimate, counts, placed)
    with np.errstate(invalid="ignore", divide="ignore"):
        deff = np.where(random > 0, variance / random, np.nan)
    found = Found(
        estimate=np.where(counts > 0, estimate, np.nan),
        variance=np.where(counts > 0, variance, np.nan),
        deff=deff,
        n_obs=counts,
        n_organisations=organisations,
        df=df,
        kish=kish,
    )
    yes = placed.inside.astype(float).T @ (asked.top[placed.layout.order] > 0)
    return Cells(found=found, covariance=covariance, n_yes=yes.T.astype(np.intp))


def _counted(asked: Asked, placed: Grid) -> tuple[Whole, Whole, Floats]:
    """Answers, clusters with an answer, and degrees of freedom: clusters less the strata they lie in."""
    layout = placed.layout
    answers = _by_cluster((asked.bottom[layout.order] > 0).astype(float), placed)
    several = answers > 0
    strata = _by_stratum(several.reshape(len(several), -1).astype(float), placed) > 0
    organisations = several.sum(axis=0)
    df = np.minimum(organisations - strata.sum(axis=0).reshape(organisations.shape), layout.df)
    of = asked.base_of
    return answers.sum(axis=0).astype(np.intp)[of], organisations[of], df.astype(float)[of]


def _random(asked: Asked, estimate: Floats, counts: Whole, placed: Grid) -> tuple[Floats, Floats]:
    """Variance of a simple random sample of as many answers, 0 where all are alike; and Kish's effective number."""
    order, weight = placed.layout.order, placed.layout.weight[:, None]
    top, bottom = asked.top[order], asked.bottom[order][:, asked.base_of]
    told = (bottom > 0).astype(float)

    def total(values: Floats) -> Floats:
        return np.asarray((placed.inside.astype(float).T @ values).T)

    squares = total(weight * top**2)
    spread = squares - 2 * estimate * total(weight * top * bottom) + estimate**2 * total(weight * bottom**2)
    spread = np.where(spread > 1e-12 * squares, spread, 0.0)  # what is left of numbers that cancel out
    sizes = total(weight * told)
    with np.errstate(invalid="ignore", divide="ignore"):
        random = sizes * spread / total(weight * bottom) ** 2 / (counts - 1)
        return np.nan_to_num(random), sizes**2 / total(weight**2 * told)
