"""How units came into a survey: what every estimate must know of its sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError, did_you_mean
from surveykit.estimates.given import check_kind

if TYPE_CHECKING:
    from collections.abc import Hashable

SingleUnit = Literal["refuse", "centre", "certainty"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replicates:
    """Weights of the same sample drawn, or left out, again and again.

    Attributes
    ----------
    weights : DataFrame of float, shape (units, replicates)
        Whole weights (not factors), 0 for units a replicate leaves out.
    factors : Series of float, shape (replicates,)
        What each replicate's squared distance from the estimate counts for in the variance: 1 / replicates for a
        bootstrap, (n - 1) / n for a jackknife that leaves out one of n clusters (of its stratum).
    df : float
        Degrees of freedom: clusters less strata.
    """

    weights: pd.DataFrame
    factors: pd.Series
    df: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """How the units of a survey were drawn.

    Attributes
    ----------
    cluster : Series, shape (units,)
        What was drawn as a whole: the organisation of each unit. Nested in the strata.
    weight : Series of float, shape (units,)
        0 or more; how many units of the population each stands for, up to a factor. 1 for all by default.
    stratum : Series, shape (units,)
        Part of the population from which clusters were drawn on their own. One stratum by default.
    population : Series of float, shape (units,), optional
        How many clusters the population of the unit's stratum has; without it clusters count as drawn with
        replacement, which errs on the safe side.
    replicates : Replicates, optional
        If given, variances come from them, and strata and clusters only name what was drawn.
    single_unit : {'refuse', 'centre', 'certainty'}, default 'refuse'
        What a stratum with one cluster adds to the variance: an error, its squared distance from the mean of all
        clusters, or nothing (it was sure to be drawn). R's ``survey.lonely.psu`` calls them ``"fail"``,
        ``"adjust"`` and ``"certainty"``.

    Raises
    ------
    EstimateError
        If a setting is unknown, a part misses units or is missing for some, a weight is negative, all are 0, a
        cluster lies in two strata, a population is smaller than its sample or not one number, replicates are no
        weights, or a stratum with one cluster is refused.

    Examples
    --------
    >>> design = Design(cluster=pd.Series(["a", "a", "b", "c"]), weight=pd.Series([1.0, 1, 2, 1]))
    >>> design
    Design(4 units in 3 clusters, weighted)
    >>> design.n_effective
    3.5714285714285716
    """

    cluster: pd.Series
    weight: pd.Series = None  # type: ignore[assignment]  # filled in below, so that readers need not ask
    stratum: pd.Series = None  # type: ignore[assignment]
    population: pd.Series | None = None
    replicates: Replicates | None = None
    single_unit: SingleUnit = "refuse"

    def __post_init__(self) -> None:
        check_kind("the cluster", self.cluster, pd.Series)
        index = self.cluster.index
        plain: dict[str, pd.Series] = {
            "weight": pd.Series(1.0, index=index),
            "stratum": pd.Series("", index=index),
        }
        for name, otherwise in plain.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, otherwise)
        _check(self)

    @property
    def weighted(self) -> bool:
        """Whether units count differently."""
        return bool((self.weight != self.weight.iloc[0]).any())

    @property
    def n_effective(self) -> float:
        """Kish's effective number of units, (sum of weights)^2 / sum of squared weights: 1 to the number of units."""
        weight = self.weight.to_numpy(dtype=float)
        return float(weight.sum() ** 2 / (weight**2).sum())

    @property
    def df(self) -> float:
        """Degrees of freedom of a variance over the whole sample: clusters less strata, or the replicates' own."""
        if self.replicates is not None:
            return self.replicates.df
        return float(self.cluster.nunique() - self.stratum.nunique())

    def of(self, units: pd.Index) -> Design:
        """The same design for some of the units in another order; not for domains, which need all of them."""
        again = self.replicates
        parts = None
        if again is not None:
            parts = Replicates(weights=again.weights.loc[units], factors=again.factors, df=again.df)
        return Design(
            cluster=self.cluster.loc[units],
            weight=self.weight.loc[units],
            stratum=self.stratum.loc[units],
            population=None if self.population is None else self.population.loc[units],
            replicates=parts,
            single_unit=self.single_unit,
        )

    def __repr__(self) -> str:
        parts = [f"{len(self.cluster)} units in {self.cluster.nunique()} clusters"]
        strata = len(self.stratum.unique())
        parts += [f"{strata} strata"] if strata > 1 else []
        parts += ["weighted"] if self.weighted else []
        parts += ["finite population"] if self.population is not None else []
        parts += [f"{self.replicates.weights.shape[1]} replicates"] if self.replicates else []
        return f"Design({', '.join(parts)})"


def _check(design: Design) -> None:
    index = design.cluster.index
    if index.empty:
        raise EstimateError("a design has no units")
    parts: dict[str, pd.Series | pd.DataFrame | None] = {
        "cluster": design.cluster,
        "weight": design.weight,
        "stratum": design.stratum,
        "population": design.population,
        "replicates": design.replicates.weights if design.replicates else None,
    }
    for name, part in parts.items():
        if part is None:
            continue
        check_kind(f"the {name}", part, pd.DataFrame if name == "replicates" else pd.Series)
        if not part.index.equals(index):
            raise EstimateError(
                f"the {name} is not of the same units as the clusters", given=f"{len(part)} of {len(index)}"
            )
        if missing := int(part.isna().to_numpy().reshape(len(part), -1).any(axis=1).sum()):
            raise EstimateError(
                f"the {name} is missing for {missing} of {len(index)} units",
                fix="Every unit needs its place in the design: fill it in, or leave these units out knowingly.",
            )
    if design.single_unit not in get_args(SingleUnit):
        allowed = get_args(SingleUnit)
        fix = did_you_mean(design.single_unit, allowed)
        raise EstimateError(
            "unknown rule for single units", given=design.single_unit, allowed=allowed, fix=fix
        )
    _check_replicates(design.replicates)
    weight = design.weight.to_numpy(dtype=float)
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise EstimateError(
            "weights must be numbers of 0 or more, not all of them 0",
            given=f"{weight.min():g} to {weight.max():g}",
        )
    _check_strata(design)


def _check_replicates(replicates: Replicates | None) -> None:
    if replicates is None:
        return
    weights, factors = replicates.weights.to_numpy(dtype=float), replicates.factors.to_numpy(dtype=float)
    if weights.shape[1] != len(factors) or len(factors) < 2:
        raise EstimateError(
            "replicates need a factor each, and two of them or more",
            given=f"{weights.shape[1]} and {len(factors)}",
        )
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any(axis=0).all():
        raise EstimateError("replicate weights must be finite, 0 or more, and in no replicate all of them 0")
    if not np.isfinite(factors).all() or (factors <= 0).any():
        raise EstimateError("factors of replicates must be above 0", given=float(factors.min()))


def _check_strata(design: Design) -> None:
    places = pd.DataFrame({"cluster": design.cluster, "stratum": design.stratum}).drop_duplicates()
    twice = places["cluster"][places["cluster"].duplicated()]
    if len(twice):
        raise EstimateError(f"cluster '{twice.iloc[0]}' lies in more than one stratum")
    sizes = places.groupby("stratum", sort=True)["cluster"].size()
    if design.population is not None:
        by_stratum = design.population.groupby(design.stratum)
        held: dict[Hashable, float] = by_stratum.min().to_dict()
        if (unlike := by_stratum.max() > by_stratum.min()).any():
            raise EstimateError(
                f"the population of stratum '{unlike.idxmax()}' is not one number",
                given=sorted(design.population[design.stratum == unlike.idxmax()].unique())[:3],
            )
        for stratum, drawn in sizes.items():
            if held[stratum] < drawn:
                raise EstimateError(
                    f"the population of stratum '{stratum}' is smaller than its sample",
                    given=f"{held[stratum]:g} in the population, {drawn} drawn",
                )
    alone = sizes.index[sizes == 1]
    if design.single_unit == "refuse" and design.replicates is None and len(sizes) > 1 and len(alone):
        raise EstimateError(
            f"stratum '{alone[0]}' has one cluster only, so nothing tells how far its clusters differ",
            given=f"{len(alone)} such strata",
            fix="Join it with a stratum like it, or declare 'single_unit': centre or certainty.",
        )
