"""Design-based estimates of one level, through svy: what clusters in organisations is never counted as independent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError

if TYPE_CHECKING:
    from svy import Sample

# Below this many answers on the rarer side the logit interval of a share is too narrow; Korn-Graubard holds there.
FEWEST_FOR_LOGIT = 10
METHODS = {"mean": "t", "logit": "logit", "korn-graubard": "Korn-Graubard"}
_DOMAIN, _VALUE = "domain", "value"


def estimate_by(
    values: pd.Series,
    clusters: pd.Series,
    domain: pd.Series | None = None,
    *,
    share: bool,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Mean, or share, of one variable: overall, or for each value of a domain.

    Executives of one organisation are one cluster, drawn with replacement; variances are linearised (Taylor) over
    the whole design, of which a domain is a part: its rows are never cut out.

    Parameters
    ----------
    values : Series of float, shape (units,)
        The variable; 0 or 1 for a share. Missing values are left out, and so are, from the degrees of freedom, the
        organisations in which nobody answered.
    clusters : Series, shape (units,)
        The organisation of each unit.
    domain : Series of str, optional
        The segment of each unit; units without one belong to no domain.
    share : bool
        Whether the interval must stay between 0 and 1.
    confidence : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame
        One row a domain (``value``, empty for all): ``estimate, std_error, ci_lower, ci_upper, df, n_obs,
        n_organisations, method``. Limits are NaN where a domain rests on fewer than two organisations.

    Raises
    ------
    EstimateError
        If there are fewer than two organisations, no value, or a share of values other than 0 and 1.

    Notes
    -----
    The mean of y in a domain d is the ratio :math:`\sum_d y / \sum_d 1`. Its limits use t with (organisations of
    the domain - 1) degrees of freedom. A share's limits are those of its logit; where fewer than 10 answers fall on
    one side, Korn and Graubard's (1998, Survey Methodology 24, 193-201), which stay honest at 0 of n. In R:
    ``svymean(~y, subset(svydesign(~organisation, data = d), segment == "x"))`` and
    ``svyciprop(~y, design, method = "logit")`` or ``"beta"``.

    Examples
    --------
    >>> values = pd.Series([1.0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1] * 3)
    >>> organisations = pd.Series(list("aabbccddeeff") * 3)
    >>> found = estimate_by(values, organisations, None, share=True, confidence=0.95).iloc[0]
    >>> round(float(found["estimate"]), 3), int(found["df"]), found["method"]
    (0.583, 5, 'logit')
    """
    if clusters.nunique() < 2:
        raise EstimateError(
            "all rows belong to one organisation: an interval needs at least two", given=clusters.iloc[0]
        )
    if values.notna().sum() == 0:
        raise EstimateError(f"nobody answered '{values.name}'")
    if not 0 < confidence < 1:
        raise EstimateError("confidence must lie between 0 and 1", given=confidence)
    if share and not values.dropna().isin([0, 1]).all():
        given = sorted(set(values.dropna()) - {0, 1})[:3]
        raise EstimateError("a share needs values of 0 and 1", given=given, fix="Code what counts as 1.")
    frame = pd.DataFrame({"y": values, "organisation": clusters.astype("str")})
    by = None
    if domain is not None:
        frame[_DOMAIN], by = domain.astype("str").fillna(""), _DOMAIN
    if not share:
        found = _table(_sample(frame).estimation.mean("y", by=by, alpha=1 - confidence, drop_nulls=True), by)
        found = found.drop(columns="level").assign(method=METHODS["mean"])
    else:
        found = _shares(frame, by, 1 - confidence)
    found = found.join(_organisations(frame, by))
    found.loc[found["n_organisations"] < 2, ["std_error", "ci_lower", "ci_upper"]] = np.nan
    found = found.rename_axis(_VALUE).reset_index()
    return found[found[_VALUE] != ""] if by else found.assign(**{_VALUE: ""})


def _sample(frame: pd.DataFrame) -> Sample:
    import polars as pl  # noqa: PLC0415  (svy and polars take a second to import: only where an estimate is made)
    import svy  # noqa: PLC0415

    return svy.Sample(pl.from_pandas(frame), svy.Design(psu="organisation"))


def _table(result: object, by: str | None) -> pd.DataFrame:
    """Take an estimate of svy apart into one row a domain."""
    rows = [
        {
            _VALUE: part.by_level[0] if by else "",
            "level": part.y_level,
            "estimate": part.est,
            "std_error": part.se,
            "ci_lower": part.lci,
            "ci_upper": part.uci,
            "df": part.df,
            "n_obs": part.n,
        }
        for part in result.estimates  # type: ignore[attr-defined]
    ]
    return pd.DataFrame(rows).astype({_VALUE: "str"}).set_index(_VALUE)


def _shares(frame: pd.DataFrame, by: str | None, alpha: float) -> pd.DataFrame:
    """Logit limits, and Korn-Graubard's where one side is rare."""
    estimation = _sample(frame).estimation

    def limited(method: Literal["logit", "korn-graubard"]) -> pd.DataFrame:
        found = estimation.prop("y", by=by, alpha=alpha, drop_nulls=True, ci_method=method)
        return _of_ones(_table(found, by))

    logit = limited("logit")
    rarer = np.minimum(logit["estimate"], 1 - logit["estimate"]) * logit["n_obs"]
    rare = rarer.round() < FEWEST_FOR_LOGIT
    if rare.any():
        limits = ["ci_lower", "ci_upper"]
        logit.loc[rare, limits] = limited("korn-graubard").loc[rare, limits]
    return logit.assign(method=np.where(rare, METHODS["korn-graubard"], METHODS["logit"]))


def _of_ones(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of share 1; where nobody gave a 1, what the share of 0 says of it."""
    level = table["level"].astype(float)
    ones, zeros = table[level == 1], table[level == 0]
    lonely = zeros[~zeros.index.isin(ones.index)]
    turned = lonely.assign(
        estimate=1 - lonely["estimate"], ci_lower=1 - lonely["ci_upper"], ci_upper=1 - lonely["ci_lower"]
    )
    return pd.concat([ones, turned] if len(turned) else [ones]).drop(columns="level").sort_index()


def _organisations(frame: pd.DataFrame, by: str | None) -> pd.Series:
    answered = frame[frame["y"].notna()]
    key = answered[by] if by else pd.Series("", index=answered.index)
    return answered.groupby(key)["organisation"].nunique().rename("n_organisations")
