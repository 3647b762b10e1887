"""How much a mean or a share changed between waves, with the error that repeated or fresh organisations give it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError, did_you_mean
from surveykit.estimates.engine import lay_out, quotients
from surveykit.estimates.intervals import critical, share_limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from surveykit.estimates.design import Design
    from surveykit.estimates.engine import Found

Changing = Literal["mean", "share"]
COLUMNS = [
    *("since", "wave", "before", "after", "estimate", "std_error", "ci_lower", "ci_upper", "df", "p_value"),
    *("n_before", "n_after", "organisations_before", "organisations_after", "n_both", "sample", "method"),
    "reason",
]


class _Wave(NamedTuple):
    """One wave's figure, the organisations that answered, and what each adds to its error."""

    name: str
    estimate: float
    error: float
    df: float
    found: Found
    organisations: frozenset[str]
    influence: pd.Series


def change_between(
    values: Mapping[str, pd.Series],
    designs: Mapping[str, Design],
    *,
    statistic: Changing = "mean",
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Change of a mean, or a share, from each wave to the next, and from the first to every later one.

    Organisations of the same name in two waves are the same organisation, and what they answered in both is
    related; all others are independent. Who answered for an organisation may be the same persons in both waves or
    other ones: either way their answers lie inside the organisation, and nothing more need be known.

    Parameters
    ----------
    values : mapping of wave to Series of float, shape (units of the wave,)
        The variable in each wave, oldest first; 0 or 1 for a share. Missing values are left out. For a segment make
        the values outside it missing: the design still knows all its clusters.
    designs : mapping of wave to Design
        How the units of each wave were drawn. Where clusters of two waves have the same names though they are not
        the same (organisations numbered anew), give them other names first.
    statistic : {'mean', 'share'}, default 'mean'
        The limits of a share's change come from those of both shares, and stay between -1 and 1.
    confidence : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame, one row a pair of waves
        ``since`` and ``wave`` with their figures ``before`` and ``after``; the change ``estimate`` (after less
        before) with ``std_error, ci_lower, ci_upper, df`` (the smaller of both waves') and ``p_value`` (two-sided, of
        no change); ``n_before, n_after`` answers of ``organisations_before, organisations_after``, of which
        ``n_both`` answered in both; ``sample`` (``fresh`` if none, ``repeated`` if all, else ``overlapping``);
        ``method`` of the limits (``t`` or ``MOVER``); and the ``reason`` where there are none.

    Raises
    ------
    EstimateError
        If there are fewer than two waves, a wave without a design of its units, or a share of values other than 0
        and 1.

    Notes
    -----
    Cluster c of stratum h adds :math:`u_c = \sum w (y - \bar y) / \sum w` to its wave's mean, and :math:`t_c =
    \sqrt{(1 - f_h) n_h / (n_h - 1)} (u_c - \bar u_h)` to its error: :math:`\sum_c t_c^2` is the wave's own variance.
    The variance of a change is :math:`\sum_c (t_{c2} - t_{c1})^2` over the clusters of either wave, 0 standing for
    the wave a cluster took no part in: organisations in both waves bring in the covariance, and each wave keeps the
    variance of its own design, whose sample sizes were fixed. (Clusters counted as one sample of which waves are
    domains would lose what strata gain wherever waves do not share all clusters. Where they share some, the
    covariance comes out too small by a share of about 1 / n_h at most, which errs on the safe side.) Where a wave
    has replicate weights, its variance is theirs, and its :math:`t_c` are stretched to it: replicates of two waves
    are drawn apart, and know nothing of their covariance.

    With all clusters repeated the error is that of R's ``svycontrast(svyby(~y, ~wave, svydesign(~org, data = both),
    svymean, covmat = TRUE), c(-1, 1))``; with fresh ones that of ``svydesign(~org, strata = ~wave, nest = TRUE)``.
    The limits of a mean's change use t. Those of a share combine both waves' own limits by the method of variance
    estimates recovery, with the correlation of the two estimates (Zou and Donner 2008, Statistics in Medicine 27,
    1693-1702), and their p-value is the level at which they reach 0: they stay honest at 0 of n, where no standard
    error is.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> organisations = pd.Series(list("aabbccdd"))
    >>> answers = {"2025": [1.0, 2, 2, 3, 3, 3, 4, 5], "2026": [2.0, 3, 2, 3, 4, 4, 5, 5]}
    >>> values = {wave: pd.Series(given) for wave, given in answers.items()}
    >>> same = {wave: Design(cluster=organisations) for wave in values}
    >>> fresh = same | {"2026": Design(cluster=organisations + " of 2026")}
    >>> for designs in (same, fresh):
    ...     change_between(values, designs)[["estimate", "std_error"]].astype(float).round(3).iloc[0].tolist()
    [0.625, 0.239]
    [0.625, 0.875]
    """
    _check(values, designs, statistic, confidence)
    waves = [_wave(name, values[name], designs[name]) for name in values]
    rows = [_change(since, wave, statistic, confidence) for since, wave in _pairs(waves)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _check(
    values: Mapping[str, pd.Series], designs: Mapping[str, Design], statistic: Changing, confidence: float
) -> None:
    known = get_args(Changing)
    if statistic not in known:
        fix = did_you_mean(statistic, known)
        raise EstimateError("unknown statistic", given=statistic, allowed=known, fix=fix)
    if len(values) < 2:
        raise EstimateError("a change needs two waves or more", given=list(values))
    if not 0 < confidence < 1:
        raise EstimateError("confidence must lie between 0 and 1", given=confidence)
    for name, given in values.items():
        if name not in designs or not given.index.equals(designs[name].cluster.index):
            raise EstimateError(f"wave '{name}' needs a design of the same units, in the same order")
        if statistic == "share" and not given.dropna().isin([0, 1]).all():
            odd = sorted(set(given.dropna()) - {0, 1})[:3]
            raise EstimateError(
                f"a share needs values of 0 and 1 in wave '{name}'", given=odd, fix="Code what counts as 1."
            )


def _pairs(waves: list[_Wave]) -> Iterator[tuple[_Wave, _Wave]]:
    """Each wave with the one before, then with the first where that is another."""
    yield from itertools.pairwise(waves)
    yield from ((waves[0], wave) for wave in waves[2:])


def _wave(name: str, values: pd.Series, design: Design) -> _Wave:
    layout = lay_out(design, np.where(design.weight > 0, 0, -1))
    y = values.to_numpy(dtype=float)[layout.order]
    found = quotients(layout, y, np.ones(len(y)))
    influence = _influence(values, design, float(found.estimate[0]))
    error, size = float(np.sqrt(found.variance[0])), float(np.sqrt((influence**2).sum()))
    return _Wave(
        name=name,
        estimate=float(found.estimate[0]),
        error=error,
        df=float(found.df[0]),
        found=found,
        organisations=frozenset(design.cluster[values.notna() & (design.weight > 0)].astype("str")),
        influence=influence * (error / size) if size > 0 else influence,
    )


def _influence(values: pd.Series, design: Design, mean: float) -> pd.Series:
    """What each cluster adds to the error of the mean, by its name; squares sum to the variance."""
    cluster, names = pd.factorize(design.cluster.astype("str"))
    stratum = np.zeros(len(names), dtype=np.intp)
    stratum[cluster] = pd.factorize(design.stratum)[0]
    y, weight = values.to_numpy(dtype=float), design.weight.to_numpy(dtype=float)
    told = ~np.isnan(y)
    adds = weight * np.where(told, y - mean, 0.0) / max(float((weight * told).sum()), np.finfo(float).tiny)
    totals, drawn = np.bincount(cluster, adds), np.bincount(stratum).astype(float)
    centre = np.bincount(stratum, totals) / drawn
    if design.single_unit == "centre":
        centre = np.where(drawn == 1, totals.mean(), centre)
    scale = np.where(drawn == 1, 1.0, drawn / np.maximum(drawn - 1, 1.0))
    if design.population is not None:
        held = np.full(len(drawn), np.inf)
        np.minimum.at(held, stratum[cluster], design.population.to_numpy(dtype=float))
        scale = scale * np.maximum(1 - drawn / held, 0.0)
    return pd.Series((totals - centre[stratum]) * np.sqrt(scale[stratum]), index=names)


def _change(since: _Wave, wave: _Wave, statistic: Changing, confidence: float) -> dict[str, object]:
    both = len(since.organisations & wave.organisations)
    either = len(since.organisations | wave.organisations)
    found: dict[str, object] = {
        "since": since.name,
        "wave": wave.name,
        "before": since.estimate,
        "after": wave.estimate,
        "estimate": wave.estimate - since.estimate,
        "n_before": int(since.found.n_obs[0]),
        "n_after": int(wave.found.n_obs[0]),
        "organisations_before": len(since.organisations),
        "organisations_after": len(wave.organisations),
        "n_both": both,
        "sample": "fresh" if both == 0 else "repeated" if both == either else "overlapping",
        "method": "MOVER" if statistic == "share" else "t",
        "reason": _reason(since, wave),
    }
    return found if found["reason"] else found | _tested(since, wave, statistic, confidence)


def _reason(since: _Wave, wave: _Wave) -> str:
    """Why there can be no limits; empty if there can."""
    for each in (since, wave):
        if not each.organisations:
            return f"nobody answered in {each.name}"
        if len(each.organisations) < 2 or each.df < 1:
            return f"too few organisations answered in {each.name}"
    return ""


def _tested(since: _Wave, wave: _Wave, statistic: Changing, confidence: float) -> dict[str, object]:
    apart = wave.influence.sub(since.influence, fill_value=0.0)
    change, error = wave.estimate - since.estimate, float(np.sqrt((apart**2).sum()))
    df = min(since.df, wave.df)
    if statistic == "share":
        limits = _share_limits(since, wave, error, confidence)
        p_value = 1 - _widest_without_zero(since, wave, error)
    else:
        reach = float(critical(np.array(df), confidence)) * error
        limits = change - reach, change + reach
        p_value = _t_test(change, error, df)
    found = {"std_error": error, "df": df, "ci_lower": limits[0], "ci_upper": limits[1], "p_value": p_value}
    alike = "organisations do not differ in their change, so nothing can be tested"
    return found | ({"reason": alike} if np.isnan(p_value) else {})


def _t_test(change: float, error: float, df: float) -> float:
    from scipy.special import stdtr  # noqa: PLC0415  (scipy takes a while to import: only where a change is tested)

    return float(2 * stdtr(df, -abs(change) / error)) if error > 0 else np.nan


def _share_limits(since: _Wave, wave: _Wave, error: float, confidence: float) -> tuple[float, float]:
    """Limits of the difference of two shares from the limits of each, with their correlation."""
    ends = [share_limits(each.found, confidence)[:2] for each in (since, wave)]
    (low_1, high_1), (low_2, high_2) = ((float(low[0]), float(high[0])) for low, high in ends)
    product = 2 * since.error * wave.error
    r = (since.error**2 + wave.error**2 - error**2) / product if product > 0 else 0.0
    change = wave.estimate - since.estimate
    down = (wave.estimate - low_2, high_1 - since.estimate)
    up = (high_2 - wave.estimate, since.estimate - low_1)
    reach = [float(np.sqrt(max(a * a + b * b - 2 * r * a * b, 0.0))) for a, b in (down, up)]
    return change - reach[0], change + reach[1]


def _widest_without_zero(since: _Wave, wave: _Wave, error: float) -> float:
    """The highest confidence at which a change of shares leaves out 0, so that test and interval say the same."""
    from scipy.optimize import brentq  # noqa: PLC0415  (as above)

    change = wave.estimate - since.estimate

    def nearest(confidence: float) -> float:
        lower, upper = _share_limits(since, wave, error, confidence)
        return lower if change > 0 else -upper

    least, most = 1e-9, 1 - 1e-12
    if change == 0 or not nearest(least) > 0 or np.isnan(nearest(most)):
        return 0.0  # also where an end of the scale leaves no limit to look for
    return float(brentq(nearest, least, most, xtol=1e-13)) if nearest(most) < 0 else most
