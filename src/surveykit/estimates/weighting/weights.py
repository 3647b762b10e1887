"""Weights that make a sample look like its population in what is known of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np
import pandas as pd

from surveykit.estimates.weighting import weighing
from surveykit.estimates.weighting.diagnosis import Weighting, diagnose
from surveykit.estimates.weighting.margins import check_reachable, crossed, margins_of
from surveykit.estimates.weighting.nonresponse import adjust_nonresponse
from surveykit.estimates.weighting.targets import CROSS
from surveykit.estimates.weighting.weighing import check_limits, weights_like, weights_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from surveykit.estimates.weighting.targets import Targets

__all__ = ["Weighting", "adjust_nonresponse", "crossed", "diagnose", "poststratify", "rake", "trim"]


@overload
def rake(
    margins: pd.DataFrame,
    targets: Mapping[str, Targets],
    *,
    base: pd.Series | None = None,
    limits: tuple[float, float] | None = None,
    iterations: int = 1000,
) -> pd.Series: ...
@overload
def rake(
    margins: pd.DataFrame,
    targets: Mapping[str, Targets],
    *,
    base: pd.DataFrame,
    limits: tuple[float, float] | None = None,
    iterations: int = 1000,
) -> pd.DataFrame: ...
def rake(
    margins: pd.DataFrame,
    targets: Mapping[str, Targets],
    *,
    base: pd.Series | pd.DataFrame | None = None,
    limits: tuple[float, float] | None = None,
    iterations: int = 1000,
) -> pd.Series | pd.DataFrame:
    r"""Weights that meet the targets of several variables at once, as close to the base weights as that allows.

    Parameters
    ----------
    margins : DataFrame, shape (units, variables)
        Category of each unit in each variable; variables without targets do not matter.
    targets : mapping of str to mapping or Series of float
        For each variable, the categories of the population and their shares, percentages or counts (`shares_of`).
        Variables joined by " / ", as in ``"industry / size"``, are crossed, their targets keyed as for `poststratify`.
        Labels match whatever their letter case, spaces, quotes and dashes.
    base : Series or DataFrame of float, shape (units,) or (units, replicates), optional
        Weights to start from, 0 or more; all 1 by default. Units of base weight 0 keep it, and need no categories.
    limits : tuple of float, optional
        Lowest and highest multiple of its base weight a unit may get (of the mean weight, where all start alike):
        ``(0.3, 3)``. No limits by default.
    iterations : int
        Rounds over all variables, at most.

    Returns
    -------
    Series or DataFrame of float
        Weights of the same units, in the shape of `base`, with the sum of `base`: a mean of 1 by default.

    Raises
    ------
    EstimateError
        If a variable is unknown or missing for a unit; a category has no target, a target but nobody in it, or
        somebody and a target of 0; targets do not add up, or disagree with each other, on the size of the population,
        or with the limits; base weights or limits are none; or the rounds do not suffice (the farthest category is
        named). For replicates, if more than one in 20 lack a category or do not reach the targets.

    Notes
    -----
    Weights :math:`w = b \min(u, \max(l, e^{\sum_m \lambda_m}))` with one :math:`\lambda` for each category minimise
    the discrimination :math:`\sum w \ln(w/b) - w + b` from the base weights b among all that meet the targets and the
    limits l and u; without limits that is iterative proportional fitting. Targets hold within 1e-12 of the whole.

    Trimming raked weights would break the targets again, and raking trimmed ones the limits: here both hold, or an
    error says which cannot. Limits are on the factor and not on the weight, so that a replicate that draws an
    organisation three times may give it three times the weight.

    A replicate that cannot reach the targets within the limits is raked without limits: in large samples estimates
    have the same variance either way (Deville and Sarndal). One in which a category has nobody is raked to the other
    categories, their targets scaled up to the whole; one that cannot reach the targets even so keeps the weights it
    reached. Neither of these two happens to more than one in 20, or there is an error.

    In R: ``survey::rake(design, sample.margins, population.margins)``; with limits
    ``calibrate(design, formula, population, calfun = cal.raking, bounds = limits)``, which may not converge where
    limits bind (survey 4.1 differentiates as if they were limits of the logarithm). Deming, W. E. and Stephan, F. F.
    (1940), Annals of Mathematical Statistics 11, 427-444; Deville, J.-C. and Sarndal, C.-E. (1992), Journal of the
    American Statistical Association 87, 376-382.

    Examples
    --------
    >>> margins = pd.DataFrame({"size": ["S", "S", "S", "L"], "place": ["N", "N", "W", "W"]})
    >>> weights = rake(margins, {"size": {"S": 0.6, "L": 0.4}, "place": {"N": 0.5, "W": 0.5}})
    >>> weights.round(3).tolist()
    [1.0, 1.0, 0.4, 1.6]
    """
    return _raked(margins, targets, base, limits, iterations)


@overload
def poststratify(
    cells: pd.Series | pd.DataFrame, targets: Targets, *, base: pd.Series | None = None
) -> pd.Series: ...
@overload
def poststratify(
    cells: pd.Series | pd.DataFrame, targets: Targets, *, base: pd.DataFrame
) -> pd.DataFrame: ...
def poststratify(
    cells: pd.Series | pd.DataFrame,
    targets: Targets,
    *,
    base: pd.Series | pd.DataFrame | None = None,
) -> pd.Series | pd.DataFrame:
    r"""Weights that meet the targets of one set of categories, or of several variables crossed.

    Parameters
    ----------
    cells : Series, shape (units,), or DataFrame, shape (units, variables)
        Category of each unit; several variables are crossed.
    targets : mapping or Series of float
        Categories and their shares, percentages or counts (`shares_of`); for crossed ones keyed by tuples in the order
        of the columns, or by a MultiIndex with their names.
    base : Series or DataFrame of float, optional
        As for `rake`.

    Returns
    -------
    Series or DataFrame of float
        Weights of the same units, in the shape of `base`, with the sum of `base`: a mean of 1 by default.

    Raises
    ------
    EstimateError
        As `rake` does; or if the targets are not keyed by the variables.

    Notes
    -----
    :math:`w = b \, T_c \sum b / \sum_{c} b` in the cell c with target share T: raking with one margin. In R:
    ``survey::postStratify(design, ~cells, population)``. Holt, D. and Smith, T. M. F. (1979), Journal of the Royal
    Statistical Society A 142, 33-46.

    Examples
    --------
    >>> poststratify(pd.Series(["S", "S", "S", "L"], name="size"), {"S": 50, "L": 50}).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    table = cells.to_frame(str(cells.name)) if isinstance(cells, pd.Series) else cells
    return _raked(table, {CROSS.join(map(str, table.columns)): targets}, base, None, 1)


def trim(weights: pd.Series, *, lower: float = 0.0, upper: float = np.inf) -> pd.Series:
    r"""Weights with none too small or too large; the others share what is taken off, or put on, in proportion.

    For base weights: to limit what raking does, give `rake` its limits, which keep the targets.

    Parameters
    ----------
    weights : Series of float, shape (units,)
        0 or more; units of weight 0 keep it, and do not count.
    lower, upper : float
        Lowest and highest weight, as multiples of the mean: ``lower < 1 < upper``.

    Returns
    -------
    Series of float
        Weights with the same sum.

    Raises
    ------
    EstimateError
        If the limits do not hold the mean between them, or weights are not numbers of 0 or more.

    Notes
    -----
    :math:`\min(u \bar w, \max(l \bar w, c w))` with the one c that keeps the sum: weights within the limits keep their
    ratios to each other. In R: ``calibrate(design, ~1, sum(w), calfun = cal.raking, bounds = list(lower = l * mean(w),
    upper = u * mean(w)), bounds.const = TRUE)``; ``trimWeights`` adds the same amount to every weight instead, which
    moves small ones most. Potter, F. J. (1990), Proceedings of the Section on Survey Research Methods, American
    Statistical Association, 225-230.

    Examples
    --------
    >>> trim(pd.Series([0.5, 0.5, 1.0, 6.0]), upper=2).tolist()
    [1.0, 1.0, 2.0, 4.0]
    """
    check_limits(lower, upper)
    values = weights_table(weights, weights.index).to_numpy(dtype=float)[:, 0]
    held = values > 0
    mean = values[held].mean()
    found = np.zeros(len(values))
    found[held] = mean * _trimmed(values[held] / mean, lower, upper)
    return pd.Series(found, index=weights.index, name=weights.name)


def _trimmed(values: NDArray[np.float64], lower: float, upper: float) -> NDArray[np.float64]:
    """Values of mean 1 times the factor that keeps their sum within the limits: it is linear between points."""
    bends = np.concatenate([lower / values, upper / values, [1.0]])
    slopes = np.concatenate([values, -values, [0.0]])
    order = np.argsort(bends)[: np.isfinite(bends).sum()]
    steps = np.cumsum(slopes[order])[:-1] * np.diff(bends[order])
    sums = len(values) * lower + np.append(0.0, np.cumsum(steps))
    return np.asarray(np.clip(np.interp(len(values), sums, bends[order]) * values, lower, upper))


def _raked(
    margins: pd.DataFrame,
    targets: Mapping[str, Targets],
    base: pd.Series | pd.DataFrame | None,
    limits: tuple[float, float] | None,
    iterations: int,
) -> pd.Series | pd.DataFrame:
    table = weights_table(base, margins.index)
    start = table.to_numpy(dtype=float)
    allowed = check_limits(*limits) if limits else weighing.ANY
    found = margins_of(margins, targets, start.sum(axis=1) > 0)
    check_reachable(found, start)
    return weights_like(weighing.raked(start, found, allowed, iterations), table, base)
