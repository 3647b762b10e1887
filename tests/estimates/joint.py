"""Several means of one design at once, with how they vary together: what a difference of two needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.estimates.design import Design


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joint:
    """Means (or shares) of several parts of a sample, and their covariance.

    Attributes
    ----------
    estimate : Series of float, shape (parts,)
        NaN where nobody in a part answered.
    covariance : DataFrame of float, shape (parts, parts)
    n_obs, n_organisations : Series of int, shape (parts,)
        Answers, and clusters with an answer, in each part.
    df : Series of float, shape (parts,)
        Degrees of freedom: clusters with an answer in a part, less strata in which they lie; the replicates' own
        where there are replicates.
    """

    estimate: pd.Series
    covariance: pd.DataFrame
    n_obs: pd.Series
    n_organisations: pd.Series
    df: pd.Series

    def difference(self, first: str, second: str) -> tuple[float, float, float]:
        """Difference of two parts, its standard error and degrees of freedom (the smaller of the two parts')."""
        c = self.covariance
        variance = c.loc[first, first] + c.loc[second, second] - 2 * c.loc[first, second]
        error = float(np.sqrt(max(float(variance), 0.0)))
        return (
            float(self.estimate[first] - self.estimate[second]),
            error,
            float(self.df[[first, second]].min()),
        )


def joint_means(values: pd.Series | pd.DataFrame, members: pd.DataFrame, design: Design) -> Joint:
    r"""Means of parts of a sample, which may overlap, with their covariance over the whole design.

    Parameters
    ----------
    values : Series of float, shape (units,), or DataFrame, shape (units, parts)
        The variable (0 or 1 for shares), or one for each part. Missing values are left out of their part.
    members : DataFrame of bool, shape (units, parts)
        Which units are in which part; a unit may be in several, or none.
    design : Design
        Of the same units.

    Returns
    -------
    Joint

    Raises
    ------
    EstimateError
        If values, members and design are not of the same units.

    Notes
    -----
    With weights w, the mean of part d is :math:`\bar y_d = \sum_d w y / \sum_d w`, and each unit's influence on it
    :math:`u_d = w (y - \bar y_d) / \sum_d w` inside the part, 0 outside. The covariance of two means is
    :math:`\sum_h (1 - f_h) \frac{n_h}{n_h - 1} \sum_c (u_{hcd} - \bar u_{hd})(u_{hce} - \bar u_{he})` over the clusters
    c of the strata h (Taylor linearisation; Woodruff 1971, JASA 66, 411-414). With replicates it is the weighted sum
    of their squared distances from the estimate. In R: ``vcov(svyby(~y, ~part, design, svymean, covmat = TRUE))``.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> design = Design(cluster=pd.Series(list("aabbccdd")))
    >>> members = pd.DataFrame({"x": [True, False] * 4, "y": [False, True] * 4})
    >>> found = joint_means(pd.Series([1.0, 2, 3, 3, 2, 4, 4, 5]), members, design)
    >>> [round(number, 4) for number in found.difference("y", "x")]
    [1.0, 0.4082, 3.0]
    """
    table = values if isinstance(values, pd.DataFrame) else pd.concat(dict.fromkeys(members, values), axis=1)
    if not (table.index.equals(members.index) and members.index.equals(design.cluster.index)):
        raise EstimateError("values, members and design must be of the same units, in the same order")
    y = table[list(members)].to_numpy(dtype=float)
    inside = members.to_numpy(dtype=bool) & ~np.isnan(y)
    y = np.where(inside, y, 0.0)
    means = _means(y, inside, design.weight.to_numpy(dtype=float)[:, None])[0]
    if design.replicates is None:
        covariance = _linearised(y, inside, means, design)
    else:
        covariance = _replicated(y, inside, means, design)
    return _told(members.columns, means, covariance, inside, design)


def _means(
    y: NDArray[np.float64], inside: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Means by each column of weights: shape (weights, parts)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights.T @ y) / (weights.T @ inside.astype(float)))


def _linearised(
    y: NDArray[np.float64], inside: NDArray[np.bool_], means: NDArray[np.float64], design: Design
) -> NDArray[np.float64]:
    weights = inside * design.weight.to_numpy(dtype=float)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        influence = weights * (y - means) / weights.sum(axis=0)
    names = pd.DataFrame({"stratum": design.stratum.astype("str"), "cluster": design.cluster.astype("str")})
    summed = (
        pd.DataFrame(influence)
        .groupby([names["stratum"].to_numpy(), names["cluster"].to_numpy()])
        .sum(min_count=1)
    )
    stratum, sizes = np.unique(summed.index.get_level_values(0), return_inverse=True, return_counts=True)[1:]
    totals = summed.to_numpy()
    counts = sizes[stratum][:, None].astype(float)
    centre = pd.DataFrame(totals).groupby(stratum).transform("mean").to_numpy()
    alone = counts == 1
    # A stratum of one cluster: about the mean of all clusters, or (sure to be drawn) about itself.
    centre = np.where(alone & (design.single_unit == "centre"), totals.mean(axis=0), centre)
    apart = (totals - centre) * np.sqrt(np.where(alone, 1.0, counts / np.maximum(counts - 1, 1)))
    if design.population is not None:
        held = (
            design.population.groupby(design.stratum.astype("str"))
            .min()
            .reindex(np.unique(names["stratum"]))
            .to_numpy()
        )
        apart = apart * np.sqrt(np.maximum(1 - sizes / held, 0.0))[stratum][:, None]
    return np.asarray(apart.T @ apart)


def _replicated(
    y: NDArray[np.float64], inside: NDArray[np.bool_], means: NDArray[np.float64], design: Design
) -> NDArray[np.float64]:
    again = design.replicates
    if again is None:
        raise EstimateError("the design has no replicates")
    apart = _means(y, inside, again.weights.to_numpy(dtype=float)) - means
    # A replicate in which nobody of a part is left says nothing of it.
    apart = np.where(np.isfinite(apart) | ~np.isfinite(means), apart, 0.0)
    return np.asarray((apart * again.factors.to_numpy(dtype=float)[:, None]).T @ apart)


def _told(
    parts: pd.Index,
    means: NDArray[np.float64],
    covariance: NDArray[np.float64],
    inside: NDArray[np.bool_],
    design: Design,
) -> Joint:
    shown = pd.DataFrame(inside, columns=parts)
    clusters = shown.groupby(design.cluster.astype("str").to_numpy()).any().sum()
    strata = shown.groupby(design.stratum.astype("str").to_numpy()).any().sum()
    df = pd.Series(design.replicates.df, index=parts) if design.replicates else clusters - strata
    return Joint(
        estimate=pd.Series(means, index=parts),
        covariance=pd.DataFrame(covariance, index=parts, columns=parts),
        n_obs=shown.sum(),
        n_organisations=clusters,
        df=df.astype(float),
    )
