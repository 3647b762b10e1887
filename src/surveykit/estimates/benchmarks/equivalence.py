"""An estimate against a figure known from elsewhere: how far apart, whether apart, and whether near enough."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import EstimateError

if TYPE_CHECKING:
    from collections.abc import Callable

# A tail beyond this quantile of the normal, 6e-16, is written as 0.
_FARTHEST = 8.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interval:
    """An estimate with its interval, and how this changes with its level.

    Attributes
    ----------
    estimate, lower, upper : float
    method : str, default 't'
        ``logit`` or ``Korn-Graubard`` for a share; anything else is read as limits that follow t.
    df : float, default infinity
        Degrees of freedom.
    confidence : float, default 0.95
        Level of the interval, and of those of the difference: above 0.5 and below 1.
    """

    estimate: float
    lower: float
    upper: float
    method: str = "t"
    df: float = math.inf
    confidence: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublishedFigure:
    """What a published figure may stand for.

    Attributes
    ----------
    lowest, highest : float
        The values it may have been rounded from, both alike if it is exact; infinite where it has no bound.
    base : float, optional
        How many answers a published share rests on, taken as drawn by chance one by one; without it the figure is
        taken as free of sampling error.
    """

    lowest: float
    highest: float
    base: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureDifference:
    """How an estimate differs from a published figure.

    Attributes
    ----------
    ci_lower, ci_upper : float
        Limits of the difference, estimate less figure, in their unit, over every value the figure may stand for;
        infinite on a side where it may stand for any value.
    p_value : float
        Two-sided, of no difference from the nearest value the figure may stand for, 0 to 1; 0 if below 1e-15.
    inner_lower, inner_upper : float
        Limits at confidence ``1 - 2 (1 - confidence)``: those inside which two one-sided tests show equivalence.
    equivalence_p : float
        Of the two one-sided tests of a difference as large as the margin, against the values the figure may stand for
        that lie farthest; NaN without a margin.
    """

    ci_lower: float
    ci_upper: float
    p_value: float
    inner_lower: float
    inner_upper: float
    equivalence_p: float

    def to_frame(self) -> pd.DataFrame:
        """The numbers, in one row."""
        return pd.DataFrame([asdict(self)])


def difference_from(
    interval: Interval, figure: PublishedFigure, *, margin: float | None = None
) -> FigureDifference:
    r"""Compare an estimate with a published figure, counting what is uncertain on both sides.

    Parameters
    ----------
    interval : Interval
        The estimate.
    figure : PublishedFigure
        What it stands beside, in the same unit.
    margin : float, optional
        Difference below which the two are as good as equal, above 0, in that unit.

    Returns
    -------
    FigureDifference

    Raises
    ------
    EstimateError
        If interval, figure or margin cannot be such.

    Notes
    -----
    With estimate :math:`t` in (l, u) and a figure :math:`p` in (k, v), the interval of the difference is
    :math:`t - p - \sqrt{(t - l)^2 + (v - p)^2}` to :math:`t - p + \sqrt{(u - t)^2 + (p - k)^2}` (Zou and Donner 2008,
    Statistics in Medicine 27, 1693-1702; Newcombe 1998, Statistics in Medicine 17, 873-890, if both are Wilson's).
    (k, v) is Wilson's. Both limits fall as p rises: the highest value the figure may stand for gives the lower limit,
    the lowest value the upper. The p-values are the levels at which these limits meet 0 or the margin (Schuirmann
    1987, Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680). The interval of the estimate follows its
    level by t, on the logit scale for 'logit'; Korn and Graubard's by the beta distribution, its effective size
    staying that of the level given. In R: ``prop.test(x, n, correct = FALSE)$conf.int`` for each side, then by formula.

    Examples
    --------
    >>> survey = Interval(estimate=0.7, lower=0.584873, upper=0.794533)
    >>> found = difference_from(survey, PublishedFigure(lowest=0.5, highest=0.5, base=80), margin=0.4)
    >>> round(found.ci_lower, 3), round(found.ci_upper, 3), found.p_value < 0.05, found.equivalence_p < 0.05
    (0.043, 0.343, True, True)
    """
    _check(interval, figure, margin)
    base = None if figure.base is None or math.isinf(figure.base) else figure.base
    curve = _Curve(interval, base)
    outer, inner = _z((1 + interval.confidence) / 2), _z(interval.confidence)
    nearest = min(max(interval.estimate, figure.lowest), figure.highest)
    apart = nearest != interval.estimate
    return FigureDifference(
        ci_lower=curve.limit(-outer, figure.highest),
        ci_upper=curve.limit(outer, figure.lowest),
        p_value=2 * _tail(-abs(curve.crosses(0.0, nearest))) if apart else 1.0,
        inner_lower=curve.limit(-inner, figure.highest),
        inner_upper=curve.limit(inner, figure.lowest),
        equivalence_p=math.nan
        if margin is None
        else max(_tail(curve.crosses(-margin, figure.highest)), _tail(-curve.crosses(margin, figure.lowest))),
    )


def _check(interval: Interval, figure: PublishedFigure, margin: float | None) -> None:
    shown, range_ = (interval.lower, interval.estimate, interval.upper), (figure.lowest, figure.highest)
    if not interval.lower <= interval.estimate <= interval.upper:
        raise EstimateError("the interval must hold its estimate", given=shown)
    if not 0.5 < interval.confidence < 1:
        raise EstimateError("confidence must lie above 0.5 and below 1", given=interval.confidence)
    if not figure.lowest <= figure.highest:
        raise EstimateError("the figure's lowest value must not lie above its highest", given=range_)
    if figure.base is not None and not figure.base > 0:
        raise EstimateError("a base must be above 0", given=figure.base, fix="Leave it out if it is unknown.")
    if figure.base is not None and not (figure.lowest >= 0 and figure.highest <= 1):
        raise EstimateError("a base tells the sampling error only of a share, from 0 to 1", given=range_)
    if margin is not None and not margin > 0:
        raise EstimateError("a margin must be above 0", given=margin)


class _Curve:
    """The limits of a difference at every level; levels are written as standard normal quantiles."""

    def __init__(self, interval: Interval, base: float | None) -> None:
        self._estimate, self._survey, self._base = interval.estimate, _survey(interval), base

    def limit(self, z: float, figure: float) -> float:
        """Limit on the side of z of the difference from one value of the figure."""
        here = self._survey(z) - self._estimate
        there = 0.0 if self._base is None else figure - _wilson(figure, self._base, -z)
        return self._estimate - figure + math.copysign(math.hypot(here, there), z)

    def crosses(self, difference: float, figure: float) -> float:
        """Quantile at which the limit is that difference."""
        from scipy.optimize import brentq  # noqa: PLC0415  (scipy takes a second to import)

        if self.limit(_FARTHEST, figure) < difference:
            return math.inf
        if self.limit(-_FARTHEST, figure) > difference:
            return -math.inf
        return float(brentq(lambda z: self.limit(z, figure) - difference, -_FARTHEST, _FARTHEST, xtol=1e-13))


def _survey(interval: Interval) -> Callable[[float], float]:
    """The estimate's limit at every quantile, through the interval it has at one level."""
    from scipy.special import stdtrit  # noqa: PLC0415  (as above)

    def t(z: float) -> float:
        known = math.isfinite(interval.df)
        return math.copysign(float(stdtrit(interval.df, _tail(-abs(z)))) if known else z, z)

    if interval.method == "Korn-Graubard" and interval.lower < interval.upper:
        return _korn_graubard(interval)
    logit = interval.method == "logit" and interval.lower > 0 and interval.upper < 1
    turn, back = (_logit, _expit) if logit else (float, float)
    given, middle = t(_z((1 + interval.confidence) / 2)), turn(interval.estimate)
    above, below = (turn(interval.upper) - middle) / given, (middle - turn(interval.lower)) / given
    return lambda z: back(middle + t(z) * (above if z > 0 else below))


def _korn_graubard(interval: Interval) -> Callable[[float], float]:
    from scipy.optimize import brentq  # noqa: PLC0415  (as above)
    from scipy.special import betainccinv, betaincinv  # noqa: PLC0415  (as above)

    share = interval.estimate

    def limit(z: float, size: float) -> float:
        yes = size * share
        if z > 0:
            return float(betainccinv(yes + 1, size - yes, _tail(-z))) if share < 1 else 1.0
        return float(betaincinv(yes, size - yes + 1, _tail(z))) if share > 0 else 0.0

    given = _z((1 + interval.confidence) / 2)
    z, known = (given, interval.upper) if share < 1 else (-given, interval.lower)
    size = math.exp(brentq(lambda log: limit(z, math.exp(log)) - known, -7.0, 25.0, xtol=1e-13))
    return lambda z: limit(z, size)


def _wilson(share: float, base: float, z: float) -> float:
    half = z * math.sqrt(share * (1 - share) / base + z * z / (4 * base * base))
    return (share + z * z / (2 * base) + half) / (1 + z * z / base)


def _tail(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def _z(level: float) -> float:
    return NormalDist().inv_cdf(level)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _expit(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0
