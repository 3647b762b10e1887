"""Design-based estimates by domain: what clusters in organisations is never counted as independent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError, did_you_mean
from surveykit.estimates.design import Design
from surveykit.estimates.engine import lay_out, quotients, totals
from surveykit.estimates.given import as_numbers, check_kind
from surveykit.estimates.intervals import share_limits, t_limits
from surveykit.estimates.medians import medians

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.estimates.engine import Found, Layout

    Floats = NDArray[np.float64]

Statistic = Literal["mean", "share", "total", "median", "ratio"]


def estimate_by(  # noqa: PLR0913  (a variable, its design and domains, and what is asked, by keyword)
    values: pd.Series | pd.DataFrame,
    design: Design,
    domain: pd.Series | pd.DataFrame | None = None,
    *,
    statistic: Statistic = "mean",
    denominator: pd.Series | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Means, shares, totals, medians or ratios: overall, or for each value of one or several segments.

    Variances are of the whole design, of which a domain is a part: its rows are never cut out. Those who answered
    are such a domain too.

    Parameters
    ----------
    values : Series of float, shape (units,), or DataFrame, shape (units, variables)
        The variable, or several at once; 0 or 1 for shares. Missing values are left out, and so are, from the
        degrees of freedom, the organisations in which nobody answered.
    design : Design
        Of the same units. Units of weight 0 count nowhere.
    domain : Series or DataFrame, optional
        The segment of each unit, or several segments to be crossed, one a column; units without a value of each
        belong to no domain.
    statistic : {'mean', 'share', 'total', 'median', 'ratio'}, default 'mean'
        A share's interval stays between 0 and 1. A total is the sum over answers, each times its weight: of the
        population only where weights are, and where everyone answered. A ratio is the total of the values over
        that of the denominator.
    denominator : Series of float, shape (units,), optional
        Of a ratio; a unit that misses it is left out.
    confidence : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame
        One row a variable and domain with answers: ``variable`` (for a DataFrame of values), ``value`` (for a Series
        of segments, or empty for all) or one column a segment, ``estimate, std_error, ci_lower, ci_upper, df``
        (organisations with an answer less their strata; no more than the replicates' own), ``deff``,
        ``n_effective, n_obs, n_organisations`` and the interval's ``method``. Standard error and limits are NaN
        where a domain rests on fewer than two organisations; limits also where ``df`` is 0, and those of a median
        (and its standard error) where the answers are too few to hold them.

        ``deff`` is the variance over that of a simple random sample with replacement of ``n_obs`` answers, and
        ``n_effective`` is ``n_obs / deff``. Where all answers are alike nothing tells the design effect: ``deff`` is
        NaN, and ``n_effective`` Kish's, (sum of weights)^2 / sum of squared weights. A median's design effect is
        that of the share its interval rests on.

    Raises
    ------
    EstimateError
        If there are fewer than two organisations, no value, a value that is not finite, a share of values other than
        0 and 1, a ratio without denominator, or parts of different units.

    Notes
    -----
    With weights w, an estimate is :math:`\hat R = \sum_d w y / \sum_d w x` (x = 1 for a mean) and a unit's influence
    on it :math:`u = w (y - \hat R x) / \sum_d w x` inside the domain d, 0 outside; that on a total is :math:`w y`.
    The variance is :math:`\sum_h (1 - f_h) \frac{n_h}{n_h - 1} \sum_c (u_{hc} - \bar u_h)^2` over all :math:`n_h`
    clusters c drawn in the strata h (Taylor linearisation; Woodruff 1971, JASA 66, 411-414), or the replicates'
    squared distances from the estimate, each times its factor.

    Means, totals and ratios have t limits; shares those of their logit, or Korn and Graubard's (1998, Survey
    Methodology 24, 193-201) where fewer than 10 effective answers lie on one side; medians Woodruff's (1952, JASA 47,
    635-646). Of shares of 0.02, 0.3 and 0.9 in 20 to 200 organisations, whose executives correlate up to 0.2, the 95%
    limits cover 93 to 97.5 in 100, but 98 to 100 of 0.02 in 20 organisations (in 60, if weighted); where executives
    correlate 0.5 and few organisations say yes, as few as 85: too few tell how alike they are. Of medians they cover
    95, and more with few answer options (tests/benchmarks/shares_coverage.py). In R:
    ``svyby(~y, ~segment, design, svymean, na.rm = TRUE, deff = "replace")``, likewise ``svytotal`` and ``svyratio``;
    ``svyciprop(~y, subset(design, segment == "x"), method = "xlogit")``, or ``"beta"``, which does not keep the
    effective number of answers to Kish's; and ``svyquantile(~y, design, 0.5)``, whose limits lie around the
    share at or below the median, where these lie around 1/2: with few answer options the former miss too often.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> values = pd.Series([1.0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1] * 3)
    >>> organisations = pd.Series(list("aabbccddeeff") * 3)
    >>> found = estimate_by(values, Design(cluster=organisations), statistic="share").iloc[0]
    >>> round(float(found["estimate"]), 3), int(found["df"]), found["method"]
    (0.583, 5, 'Korn-Graubard')
    """
    check_kind("values", values, pd.Series, pd.DataFrame)
    check_kind("design", design, Design)
    if domain is not None:
        check_kind("domain", domain, pd.Series, pd.DataFrame)
    table = values if isinstance(values, pd.DataFrame) else values.to_frame()
    _check(design, {"values": table, "domain": domain, "denominator": denominator})
    _check_asked(table, statistic, denominator, confidence)
    number, names = _domains(domain, design)
    layout = lay_out(design, number)
    below = None if denominator is None else as_numbers(denominator)[layout.order]
    parts = []
    for place in range(table.shape[1]):
        y = as_numbers(table.iloc[:, place])[layout.order]
        part = names.assign(**_estimated(layout, y, below, statistic, confidence))
        if isinstance(values, pd.DataFrame):
            part.insert(0, "variable", str(table.columns[place]))
        parts.append(part[part["n_obs"] > 0])
    return pd.concat(parts, ignore_index=True)


def _domains(
    domain: pd.Series | pd.DataFrame | None, design: Design
) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Number the domains that have units, -1 for units in none, and name each."""
    counted = design.weight.to_numpy(dtype=float) > 0
    if domain is None:
        return counted.astype(np.intp) - 1, pd.DataFrame({"value": pd.Series([""], dtype="str")})
    segments = domain.to_frame("value") if isinstance(domain, pd.Series) else domain
    words = segments.astype("str")
    words = words.mask((words == "") | ~counted[:, None])
    groups = words.groupby(list(words.columns))
    names = groups.size().index.to_frame(index=False)
    return np.asarray(groups.ngroup().fillna(-1), dtype=np.intp), names


def _estimated(
    layout: Layout, y: Floats, denominator: Floats | None, statistic: Statistic, confidence: float
) -> dict[str, Any]:
    """One variable in every domain."""
    if statistic == "median":
        found, lower, upper = medians(layout, y, confidence)
        method: Any = "Woodruff"
    else:
        x = np.ones_like(y) if denominator is None else denominator
        found = totals(layout, y) if statistic == "total" else quotients(layout, y, x)
        if statistic == "share":
            lower, upper, method = share_limits(found, confidence)
        else:
            (lower, upper), method = t_limits(found, confidence), "t"
    return _told(found, lower, upper) | {"method": method}


def _told(found: Found, lower: Floats, upper: Floats) -> dict[str, NDArray[Any]]:
    """Columns of the result, without limits where one organisation alone answered."""
    several = found.n_organisations > 1
    return {
        "estimate": found.estimate,
        "std_error": np.where(several, np.sqrt(found.variance), np.nan),
        "ci_lower": np.where(several, lower, np.nan),
        "ci_upper": np.where(several, upper, np.nan),
        "df": found.df,
        "deff": np.where(several, found.deff, np.nan),
        "n_effective": np.where(several, found.n_effective, np.nan),
        "n_obs": found.n_obs,
        "n_organisations": found.n_organisations,
    }


def _check(design: Design, parts: dict[str, pd.Series | pd.DataFrame | None]) -> None:
    index = design.cluster.index
    for name, part in parts.items():
        if part is not None and not part.index.equals(index):
            raise EstimateError(
                f"the {name} and the design are not of the same units, in the same order",
                given=f"{len(part)} and {len(index)} units",
            )
    if design.cluster.nunique() < 2:
        raise EstimateError(
            "all rows belong to one organisation: an interval needs at least two",
            given=design.cluster.iloc[0] if len(index) else None,
        )


def _check_asked(
    table: pd.DataFrame, statistic: Statistic, denominator: pd.Series | None, confidence: float
) -> None:
    known = get_args(Statistic)
    if statistic not in known:
        fix = did_you_mean(statistic, known)
        raise EstimateError("unknown statistic", given=statistic, allowed=known, fix=fix)
    if (statistic == "ratio") != (denominator is not None):
        what = "a ratio needs a denominator" if statistic == "ratio" else f"a {statistic} has no denominator"
        raise EstimateError(what, fix="Give it with statistic='ratio', and there only.")
    if not 0 < confidence < 1:
        raise EstimateError("confidence must lie between 0 and 1", given=confidence)
    for place in range(table.shape[1]):
        _check_values(table.iloc[:, place], statistic)
    if denominator is not None:
        _check_values(denominator, statistic)


def _check_values(column: pd.Series, statistic: Statistic) -> None:
    numbers = as_numbers(column)
    told = numbers[~np.isnan(numbers)]
    if not len(told):
        raise EstimateError(f"nobody answered '{column.name}'")
    if not np.isfinite(told).all():
        raise EstimateError(f"'{column.name}' has values that are not finite")
    if statistic == "share" and ((told != 0) & (told != 1)).any():
        given = [float(value) for value in np.unique(told[(told != 0) & (told != 1)])[:3]]
        raise EstimateError("a share needs values of 0 and 1", given=given, fix="Code what counts as 1.")
