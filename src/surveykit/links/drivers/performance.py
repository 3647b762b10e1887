"""The importance-performance map: how much goes with each predictor, beside how well it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import LinkError
from surveykit.links.drivers.resampling import percentiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from surveykit.links.drivers.importance import Importance

    Floats = NDArray[np.float64]

_NAMES = np.array(
    [
        ["less important, lower standing", "less important, higher standing"],
        ["more important, lower standing", "more important, higher standing"],
    ]
)

_PARTS = {
    "proportion": "importance",
    "proportion_ci_lower": "importance_ci_lower",
    "proportion_ci_upper": "importance_ci_upper",
}


def importance_performance(found: Importance, *, ranges: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Set the part of R2 that goes with each predictor beside its mean on the way from worst to best.

    Parameters
    ----------
    found : Importance
        How R2 divides.
    ranges : mapping of str to (worst, best)
        Ends between which each predictor can lie, such as ``(5, 1)`` for friction answered from 1 to 5; predictors
        without them are not on the map.

    Returns
    -------
    DataFrame, one row a predictor on the map
        - ``predictor``; ``importance``, its proportion of R2, 0 to 1, ``importance_ci_lower``,
          ``importance_ci_upper``;
        - ``performance``, its mean on the way from worst, 0, to best, 100; ``performance_ci_lower``,
          ``performance_ci_upper``; ``turned``, whether its worst end is the high one;
        - ``importance_cut``, ``performance_cut``, their means over the map, and ``performance_cut_ci_lower``,
          ``performance_cut_ci_upper``;
        - ``quadrant`` in words, and ``quadrant_share``, in how many of the resamples it is the same, 0 to 1.

    Raises
    ------
    LinkError
        For no ranges, one of no predictor, or one that does not hold the mean.

    Notes
    -----
    After Martilla, J. A. and James, J. C. (1977), Importance-performance analysis, Journal of Marketing 41, 77-79, who
    read "more important, lower standing" as the place to look first. It is a place to look, no promise: what goes with
    an outcome need not change it.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.links.drivers import importance
    >>> rng = np.random.default_rng(2)
    >>> survey = pd.DataFrame(rng.uniform(1, 5, size=(90, 2)), columns=["clarity", "friction"])
    >>> survey["organisation"] = np.arange(90) // 3
    >>> survey["speed"] = survey["clarity"] - 0.5 * survey["friction"] + rng.normal(size=90)
    >>> found = importance(survey, outcome="speed", predictors=["clarity", "friction"])
    >>> placed = importance_performance(found, ranges={"clarity": (1, 5), "friction": (5, 1)})
    >>> placed[["predictor", "performance", "turned", "quadrant"]].round(1)
      predictor  performance  turned                         quadrant
    0   clarity         53.3   False  more important, higher standing
    1  friction         52.5    True   less important, lower standing
    """
    rows = found.data[found.data["predictor"].isin(list(ranges))]
    names = rows["predictor"].tolist()
    ends = np.array([ranges[name] for name in names], dtype=np.float64).reshape(-1, 2)
    _check_ranges(found, ranges, rows["mean"].to_numpy(), ends)
    means = _standing(found.means[names].to_numpy(), ends)
    columns = _performance(_standing(rows["mean"].to_numpy()[None], ends)[0], means, found.confidence)
    placed = rows[["predictor", *_PARTS]].rename(columns=_PARTS).reset_index(drop=True)
    placed = placed.assign(
        turned=ends[:, 0] > ends[:, 1], importance_cut=placed["importance"].mean(), **columns
    )
    parts = found.resamples[names].to_numpy() / found.resamples.to_numpy().sum(axis=1)[:, None]
    return placed.assign(**_quadrants(placed, parts, means))


def _check_ranges(
    found: Importance, ranges: Mapping[str, tuple[float, float]], means: Floats, ends: Floats
) -> None:
    known = found.data["predictor"].tolist()
    unknown = [name for name in ranges if name not in known]
    if unknown or not ranges:
        what = f"there is no predictor '{unknown[0]}'" if unknown else "no predictor has a range"
        raise LinkError(what, allowed=known, fix="Give the worst and the best value of each.")
    wrong = ~((means >= ends.min(axis=1)) & (means <= ends.max(axis=1)) & (ends[:, 0] != ends[:, 1]))
    if wrong.any():
        name = next(name for name, bad in zip([n for n in known if n in ranges], wrong, strict=True) if bad)
        raise LinkError(
            f"'{name}' cannot stand on this range: its mean is {means[wrong][0]:g}",
            given=tuple(ends[wrong][0].tolist()),
            fix="Give the worst and the best value it can take.",
        )


def _standing(means: Floats, ends: Floats) -> Floats:
    worst, best = ends.T
    found: Floats = 100 * (means - worst) / (best - worst)
    return found


def _performance(standing: Floats, means: Floats, confidence: float) -> dict[str, Any]:
    low, high = percentiles(means, confidence)
    cut_low, cut_high = percentiles(means.mean(axis=1, keepdims=True), confidence)
    return {
        "performance": standing,
        "performance_ci_lower": low,
        "performance_ci_upper": high,
        "performance_cut": standing.mean(),
        "performance_cut_ci_lower": cut_low[0],
        "performance_cut_ci_upper": cut_high[0],
    }


def _quadrants(placed: pd.DataFrame, parts: Floats, means: Floats) -> dict[str, Any]:
    """Where each predictor is, and in how many of the resamples; those without a fit say nothing."""
    important = (placed["importance"] > placed["importance_cut"]).to_numpy()
    high = (placed["performance"] > placed["performance_cut"]).to_numpy()
    usable = np.isfinite(parts).all(axis=1)
    parts, means = parts[usable], means[usable]
    as_important = (parts > parts.mean(axis=1, keepdims=True)) == important
    as_high = (means > means.mean(axis=1, keepdims=True)) == high
    share = (as_important & as_high).sum(axis=0) / usable.sum() if usable.any() else np.nan
    return {"quadrant": _NAMES[important.astype(int), high.astype(int)], "quadrant_share": share}
