"""Weighted totals, and their quotients, of every domain of a design at once, with their variances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.estimates.design import Design

    Floats = NDArray[np.float64]
    Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Units of all domains, sorted by domain and cluster, so that sums run over neighbours.

    Attributes
    ----------
    order : array of int, shape (rows,)
        Which units, in which order: those in a domain, of a weight above 0.
    weight : array of float, shape (rows,)
    domain : array of int, shape (rows,)
        Number of each row's domain; all domains from 0 have rows.
    first, domain_first : array of int, shape (cells,) or (domains,)
        First row of each cell (the rows of a cluster in a domain), and of each domain.
    cell : array of int, shape (cells,)
        Place of each cell's domain and stratum in a table of domains by strata, row by row.
    scale : array of float, shape (strata,)
        What a cluster's squared distance from its stratum's mean counts for.
    clusters : array of float, shape (strata,)
        Clusters drawn, whether or not a domain has units in them.
    replicates, factors : array of float, shape (rows, replicates) and (replicates,), or None
    df : float
        Degrees of freedom no domain exceeds.
    """

    order: Whole
    weight: Floats
    domain: Whole
    first: Whole
    domain_first: Whole
    cell: Whole
    scale: Floats
    clusters: Floats
    replicates: Floats | None
    factors: Floats | None
    df: float

    def by_domain(self, rows: Floats) -> Floats:
        """Sum of rows in every domain."""
        return np.add.reduceat(rows, self.domain_first)

    def by_stratum(self, cells: Floats) -> Floats:
        """Sum of cells in every domain and stratum: shape (domains, strata)."""
        shape = (len(self.domain_first), len(self.clusters))
        sums = np.bincount(self.cell, cells, minlength=shape[0] * shape[1])
        return np.asarray(sums.reshape(shape), dtype=float)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Estimates of one variable, each an array of shape (domains,).

    Attributes
    ----------
    estimate, variance : array of float
    deff : array of float
        Variance over that of a simple random sample with replacement of as many answers; NaN where all are alike.
    n_obs, n_organisations, df : array of int, int and float
    kish : array of float
        Effective number of answers, (sum of weights)^2 / sum of squared weights.
    """

    estimate: Floats
    variance: Floats
    deff: Floats
    n_obs: Whole
    n_organisations: Whole
    df: Floats
    kish: Floats

    @property
    def n_effective(self) -> Floats:
        """Answers a simple random sample would need for this variance; Kish's number where all are alike."""
        with np.errstate(divide="ignore"):
            return np.where(np.isnan(self.deff), self.kish, self.n_obs / self.deff)


def lay_out(design: Design, domain: Whole) -> Layout:
    """Sort the units of a design by domain (numbered from 0; -1 for none) and cluster."""
    cluster, names = pd.factorize(design.cluster)
    stratum = pd.factorize(design.stratum, sort=True)[0]
    weight = design.weight.to_numpy(dtype=float)
    rows = np.flatnonzero((domain >= 0) & (weight > 0))
    key = domain[rows].astype(np.int64) * len(names) + cluster[rows]
    by_key = np.argsort(key, kind="stable")
    order, key = rows[by_key], key[by_key]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    again = design.replicates
    clusters, scale = _strata(design, cluster, stratum)
    return Layout(
        order=order,
        weight=weight[order],
        domain=domain[order],
        first=first,
        domain_first=np.flatnonzero(np.diff(domain[order], prepend=-1)),
        cell=domain[order[first]] * len(clusters) + stratum[order[first]],
        scale=scale,
        clusters=clusters,
        replicates=again.weights.to_numpy(dtype=float)[order] if again else None,
        factors=again.factors.to_numpy(dtype=float) if again else None,
        df=design.df,
    )


def _strata(design: Design, cluster: Whole, stratum: Whole) -> tuple[Floats, Floats]:
    """Clusters drawn in each stratum, and what their squared distances count for."""
    of_cluster = np.zeros(cluster.max() + 1, dtype=np.intp)
    of_cluster[cluster] = stratum
    drawn = np.bincount(of_cluster).astype(float)
    alone = drawn == 1
    scale = np.where(alone, float(design.single_unit == "centre"), drawn / np.where(alone, 1, drawn - 1))
    if design.population is not None:
        held = np.full(len(drawn), np.inf)
        np.minimum.at(held, stratum, design.population.to_numpy(dtype=float))
        scale = scale * (1 - drawn / held)
    return drawn, scale


def quotients(layout: Layout, y: Floats, x: Floats) -> Found:
    """Weighted total of y over that of x (1 for a mean) in every domain; NaN in either leaves a row out."""
    told = ~(np.isnan(y) | np.isnan(x))
    y, x = np.where(told, y, 0.0), np.where(told, x, 0.0)
    weight = layout.weight * told
    with np.errstate(invalid="ignore", divide="ignore"):
        size = layout.by_domain(weight * x)
        estimate = layout.by_domain(weight * y) / size
        apart = told * (y - estimate[layout.domain] * x) / size[layout.domain]
        if layout.replicates is None:
            variance = _linearised(layout, weight * apart)
        else:
            again = _replicated(layout, y * told) / _replicated(layout, x * told)
            variance = _spread(layout, again, estimate)
        return _found(layout, told, estimate, variance, apart)


def totals(layout: Layout, y: Floats) -> Found:
    """Weighted total of y in every domain; NaN leaves a row out."""
    told = ~np.isnan(y)
    y = np.where(told, y, 0.0)
    weight = layout.weight * told
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = layout.by_domain(weight * y)
        mean = estimate / layout.by_domain(weight)
        if layout.replicates is None:
            variance = _linearised(layout, weight * y)
        else:
            variance = _spread(layout, _replicated(layout, y), estimate)
        return _found(layout, told, estimate, variance, told * (y - mean[layout.domain]))


def _linearised(layout: Layout, influence: Floats) -> Floats:
    """Between the clusters of each stratum; a cluster without a row in a domain counts as 0 there."""
    sums = np.add.reduceat(influence, layout.first)
    total = layout.by_stratum(sums)
    centre = total / layout.clusters
    # The only cluster of a stratum: about the mean of all clusters.
    centre[:, layout.clusters == 1] = total.sum(axis=1, keepdims=True) / layout.clusters.sum()
    present = layout.by_stratum((sums - centre.ravel()[layout.cell]) ** 2)
    absent = (layout.clusters - layout.by_stratum(np.ones_like(sums))) * centre**2
    return np.asarray((present + absent) @ layout.scale)


def _replicated(layout: Layout, rows: Floats) -> Floats:
    """Total of every domain by each replicate: shape (domains, replicates)."""
    from scipy.sparse import csr_array  # noqa: PLC0415  (only where a design has replicates)

    ends = np.append(layout.domain_first, len(rows))
    return np.asarray(csr_array((rows, np.arange(len(rows)), ends)) @ layout.replicates)


def _spread(layout: Layout, again: Floats, estimate: Floats) -> Floats:
    apart = again - estimate[:, None]
    # A replicate in which nobody of a domain is left says nothing of it.
    return np.asarray(np.where(np.isfinite(apart), apart, 0.0) ** 2 @ layout.factors)


def _found(
    layout: Layout, told: NDArray[np.bool_], estimate: Floats, variance: Floats, apart: Floats
) -> Found:
    """Put beside an estimate what else is asked of it; `apart` is each answer's distance in units of the estimate."""
    weight = layout.weight * told
    sums, n_obs = layout.by_domain(weight), np.add.reduceat(told.astype(np.intp), layout.domain_first)
    answered = np.add.reduceat(told.astype(np.intp), layout.first) > 0
    organisations = layout.by_stratum(answered.astype(float))
    n_organisations = organisations.sum(axis=1)
    random = sums * layout.by_domain(weight * apart**2) / (n_obs - 1)
    return Found(
        estimate=np.where(np.isfinite(estimate), estimate, np.nan),
        variance=variance,
        deff=np.where(random > (1e-12 * estimate) ** 2, variance / random, np.nan),
        n_obs=n_obs,
        n_organisations=n_organisations.astype(np.intp),
        df=np.minimum(n_organisations - (organisations > 0).sum(axis=1), layout.df),
        kish=sums**2 / layout.by_domain(weight**2),
    )
