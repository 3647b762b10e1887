"""Replicate weights: the sample drawn again, or with one cluster left out, and weighted again each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.design import Replicates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from surveykit.estimates.design import Design


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Drawn:
    """What was drawn: clusters in the order of their names, so that rows may come in any."""

    place: NDArray[np.intp]  # of each unit among the clusters
    stratum: NDArray[np.intp]  # of each cluster, 0, 1 and so on
    sizes: NDArray[np.float64]  # clusters drawn in the stratum of each cluster
    fraction: NDArray[np.float64]  # of the stratum's clusters that were drawn, 0 without a population

    def replicates(
        self, design: Design, factor: NDArray[np.float64], counts: NDArray[np.float64]
    ) -> Replicates:
        """Weights of units from factors of clusters, shape (clusters, replicates)."""
        weights = design.weight.to_numpy(dtype=float)[:, None] * factor[self.place]
        return Replicates(
            weights=pd.DataFrame(weights, index=design.cluster.index),
            factors=pd.Series(counts),
            df=float(len(self.stratum) - len(np.unique(self.stratum))),
        )


def jackknife_replicates(design: Design) -> Replicates:
    r"""Replicates that leave out one cluster at a time.

    Parameters
    ----------
    design : Design
        Of the sample. Strata with one cluster need ``single_unit="certainty"``: they add nothing.

    Returns
    -------
    Replicates
        As many as clusters, in the order of their names: weights of the other clusters of the stratum are multiplied
        by n / (n - 1), with n the clusters of the stratum; factors are (1 - f) (n - 1) / n, with f the fraction of the
        stratum's clusters that was drawn (0 without a population).

    Raises
    ------
    EstimateError
        If a stratum has one cluster and is not declared certain, or there are no two clusters in any.

    Notes
    -----
    In R: ``as.svrepdesign(design, type = "JKn")`` ("JK1" for one stratum), with
    ``options(survey.replicates.mse = TRUE)``. The jackknife is not for medians. Rust, K. F. and Rao, J. N. K. (1996),
    Statistical Methods in Medical Research 5, 283-310.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> found = jackknife_replicates(Design(cluster=pd.Series(["a", "a", "b", "c"])))
    >>> found.weights.to_numpy().tolist()
    [[0.0, 1.5, 1.5], [0.0, 1.5, 1.5], [1.5, 0.0, 1.5], [1.5, 1.5, 0.0]]
    >>> found.factors.round(3).tolist(), found.df
    ([0.667, 0.667, 0.667], 2.0)
    """
    drawn = _drawn(design)
    several = np.flatnonzero(drawn.sizes > 1)
    sizes, out = drawn.sizes[several], drawn.stratum[several]
    factor = np.where(drawn.stratum[:, None] == out, sizes / (sizes - 1), 1.0)
    factor[several, np.arange(len(several))] = 0.0
    return drawn.replicates(design, factor, (1 - drawn.fraction[several]) * (sizes - 1) / sizes)


def bootstrap_replicates(design: Design, *, n: int = 500, seed: int) -> Replicates:
    r"""Replicates that draw the clusters of each stratum again, one fewer than there are.

    Parameters
    ----------
    design : Design
        Of the sample. Strata with one cluster need ``single_unit="certainty"``: they add nothing.
    n : int
        Replicates, 2 or more. The standard error itself varies by about ``1 / sqrt(2 n)``: 3% with 500.
    seed : int
        Of the draws: the same seed and clusters give the same replicates, in whatever order the units come.

    Returns
    -------
    Replicates

    Raises
    ------
    EstimateError
        If `n` is less than 2, a stratum has one cluster and is not declared certain, or there are no two clusters in
        any.

    Notes
    -----
    The rescaling bootstrap of Rao and Wu with n - 1 clusters drawn with replacement of the n of a stratum: a cluster
    drawn r times has its weight multiplied by :math:`1 - \sqrt{1 - f} + \sqrt{1 - f} \, r \, n / (n - 1)`, with f the
    fraction of the stratum's clusters in the sample (0 without a population: r n / (n - 1)). In R:
    ``as.svrepdesign(design, type = "subbootstrap")``, which knows no finite population and divides by the replicates
    less 1. Rao, J. N. K. and Wu, C. F. J. (1988), Journal of the American Statistical Association 83, 231-241; Rao,
    J. N. K., Wu, C. F. J. and Yue, K. (1992), Survey Methodology 18, 209-217.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> found = bootstrap_replicates(Design(cluster=pd.Series(["a", "a", "b", "c"])), n=4, seed=1)
    >>> found.weights.to_numpy().tolist()
    [[0.0, 1.5, 1.5, 0.0], [0.0, 1.5, 1.5, 0.0], [1.5, 0.0, 1.5, 1.5], [1.5, 1.5, 0.0, 1.5]]
    """
    if n < 2:
        raise EstimateError("a bootstrap needs at least 2 replicates", given=n, fix="Use 500 or more.")
    drawn = _drawn(design)
    several = drawn.sizes > 1
    counts = np.where(several[:, None], _draws(drawn, n, seed), 1.0)
    rescaled = np.where(several, drawn.sizes / np.maximum(drawn.sizes - 1, 1), 1.0)[:, None]
    shrunk = np.sqrt(1 - drawn.fraction)[:, None]
    return drawn.replicates(design, 1 - shrunk + shrunk * rescaled * counts, np.full(n, 1 / n))


def reweighted(replicates: Replicates, adjust: Callable[[pd.DataFrame], pd.DataFrame]) -> Replicates:
    """Replicates with their whole weighting done again, so that their variance follows it.

    Parameters
    ----------
    replicates : Replicates
        Of the design's own weights.
    adjust : callable
        Takes the weights, shape (units, replicates), and returns them adjusted: non-response, then raking or
        post-stratification; the same steps as for the sample's own weights. The functions of
        `surveykit.estimates.weighting.weights` take all replicates at once as ``base``.

    Returns
    -------
    Replicates

    Raises
    ------
    EstimateError
        If the adjusted weights are not of the same units and replicates; or what `adjust` raises.

    Notes
    -----
    In R: ``survey::rake`` and ``postStratify`` of a ``svrepdesign`` do so by themselves. Valliant, R. (1993), Journal
    of the American Statistical Association 88, 89-96.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> from surveykit.estimates.weighting.weights import rake
    >>> margins = pd.DataFrame({"size": ["S", "S", "L", "L"]})
    >>> drawn = jackknife_replicates(Design(cluster=pd.Series(list("abcd"))))
    >>> found = reweighted(drawn, lambda weights: rake(margins, {"size": {"S": 0.75, "L": 0.25}}, base=weights))
    >>> found.weights[0].tolist()
    [0.0, 3.0, 0.5, 0.5]
    """
    found = adjust(replicates.weights)
    if not (
        found.index.equals(replicates.weights.index) and found.columns.equals(replicates.weights.columns)
    ):
        raise EstimateError(
            "the adjusted weights are not of the same units and replicates",
            given=f"{found.shape[0]} by {found.shape[1]}",
            allowed="{} by {}".format(*replicates.weights.shape),
        )
    return Replicates(weights=found, factors=replicates.factors, df=replicates.df)


def _drawn(design: Design) -> _Drawn:
    place, names = pd.factorize(design.cluster.astype("str"), sort=True)
    first = np.unique(place, return_index=True)[1]
    stratum = pd.factorize(design.stratum.astype("str").iloc[first], sort=True)[0]
    sizes = np.bincount(stratum)[stratum].astype(float)
    if (sizes == 1).all() or ((sizes == 1).any() and design.single_unit != "certainty"):
        raise EstimateError(
            f"cluster '{names[int((sizes == 1).argmax())]}' is the only one of its stratum, so nothing can be drawn "
            "or left out there",
            given=f"single_unit: {design.single_unit}",
            allowed="certainty",
            fix="Join the stratum with one like it, or declare it certain to be drawn.",
        )
    held = None if design.population is None else design.population.iloc[first].to_numpy(dtype=float)
    fraction = np.zeros(len(names)) if held is None else sizes / held
    return _Drawn(place=place, stratum=stratum, sizes=sizes, fraction=fraction)


def _draws(drawn: _Drawn, n: int, seed: int) -> NDArray[np.float64]:
    """How often each cluster is drawn in each of n replicates: one fewer of a stratum than it has."""
    order = np.argsort(drawn.stratum, kind="stable")
    sizes = np.bincount(drawn.stratum)
    stratum = np.repeat(np.arange(len(sizes)), sizes - 1)
    start = np.cumsum(sizes) - sizes
    random = np.random.default_rng(seed).random((n, len(stratum)))
    picked = order[start[stratum] + np.floor(random * sizes[stratum]).astype(np.intp)]
    clusters = len(drawn.stratum)
    flat = (picked + clusters * np.arange(n)[:, None]).ravel()
    return np.bincount(flat, minlength=n * clusters).reshape(n, clusters).T.astype(float)
