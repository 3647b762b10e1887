"""Rubin's rules: one answer from the answers of several completed data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def pool(
    estimates: pd.DataFrame | np.ndarray,
    variances: pd.DataFrame | np.ndarray,
    *,
    df_complete: float | pd.Series | np.ndarray,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Pool the estimates of several imputed data sets, many quantities at once.

    Parameters
    ----------
    estimates, variances : DataFrame or array of float, shape (imputations, quantities)
        What each completed data set says of each quantity, on a scale on which it is about normal, and its squared
        standard error, 0 or more.
    df_complete : float, or Series or array of float, shape (quantities,)
        Degrees of freedom the quantity would have with nothing missing, above 0: of a clustered sample the
        organisations less the strata, or Satterthwaite's. ``numpy.inf`` gives Rubin's own (1987) degrees of freedom.
    confidence : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame, one row a quantity
        ``estimate`` (mean over imputations), ``std_error``, ``ci_lower``, ``ci_upper``, ``df``, ``p_value`` (against
        0, two-sided), the variances ``within`` and ``between`` imputations, ``fraction_missing`` (of the information,
        0 to 1), ``relative_increase`` (of the variance, 0 or more), ``lambda`` (part of the variance that is due to
        the missing answers, 0 to 1), ``n_imputations``, and a ``reason`` wherever a value is NaN.

    Raises
    ------
    EstimateError
        If there are fewer than two imputations, shapes differ, a variance is negative or infinite, degrees of freedom
        are not above 0, or the confidence is not between 0 and 1.

    Notes
    -----
    With m imputations, mean within variance W and variance B between the estimates, the total variance is
    :math:`T = W + (1 + 1/m) B`, the relative increase :math:`r = (1 + 1/m) B / W`,
    :math:`\lambda = (1 + 1/m) B / T`, the degrees of freedom :math:`1 / (1/\nu_m + 1/\nu_{obs})` with
    :math:`\nu_m = (m - 1) / \lambda^2` and :math:`\nu_{obs} = \nu (1 - \lambda) (\nu + 1) / (\nu + 3)`, and the
    fraction of missing information :math:`(r + 2 / (df + 3)) / (r + 1)`. Where all imputations say the same nothing
    was missing: the answer is that of complete data, its degrees of freedom included, and nothing of the information
    is missing. In R: ``mice::pool.scalar(estimates, variances, n = df_complete + 1)``, which takes 0.0001 for a
    smaller :math:`\lambda`; ``mitools::MIcombine(..., df.complete = df_complete)`` leaves 1/m out of
    :math:`\nu_{obs}`. Rubin, D. B. (1987), Multiple imputation for nonresponse in surveys; Barnard, J. and Rubin,
    D. B. (1999), Small-sample degrees of freedom with multiple imputation, Biometrika 86, 948-955.

    Examples
    --------
    >>> means = pd.DataFrame({"clarity": [3.1, 3.3, 3.2], "ownership": [2.0, 2.0, 2.0]})
    >>> pooled = pool(means, means * 0 + 0.04, df_complete=59)
    >>> pooled[["estimate", "std_error", "df", "fraction_missing"]].round(3)
               estimate  std_error      df  fraction_missing
    clarity         3.2      0.231  18.314              0.32
    ownership       2.0      0.200  59.000              0.00
    """
    told, squared, degrees = _checked(estimates, variances, df_complete, confidence)
    known = np.isfinite(told).all(axis=0) & np.isfinite(squared).all(axis=0)
    told, squared = np.where(known, told, np.nan), np.where(known, squared, np.nan)
    found = _rubin(told, squared, degrees)
    names = estimates.columns if isinstance(estimates, pd.DataFrame) else None
    frame = pd.DataFrame(found | _tested(found, confidence), index=names)[_COLUMNS]
    reason = np.select(
        [~known, ~(found["df"] > 0), found["std_error"] == 0],
        [
            "not estimated in every imputation",
            "no degrees of freedom",
            "no variance: nothing to test against",
        ],
        "",
    )
    return frame.assign(n_imputations=len(told), reason=reason)


_COLUMNS = [
    *("estimate", "std_error", "ci_lower", "ci_upper", "df", "p_value", "within", "between"),
    *("fraction_missing", "relative_increase", "lambda"),
]


def _checked(
    estimates: pd.DataFrame | np.ndarray,
    variances: pd.DataFrame | np.ndarray,
    df_complete: float | pd.Series | np.ndarray,
    confidence: float,
) -> tuple[Floats, Floats, Floats]:
    if isinstance(estimates, pd.DataFrame) and isinstance(variances, pd.DataFrame):
        if not variances.columns.equals(estimates.columns):
            raise EstimateError(
                "estimates and variances must be of the same quantities, in the same order",
                given=list(variances.columns)[:5],
                allowed=list(estimates.columns)[:5],
            )
        if isinstance(df_complete, pd.Series) and not df_complete.index.equals(estimates.columns):
            raise EstimateError("degrees of freedom must be of the same quantities, in the same order")
    told, squared = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if told.ndim != 2 or told.shape != squared.shape:
        raise EstimateError(
            "estimates and variances must be tables of one shape, a row an imputation and a column a quantity",
            given=f"{told.shape} and {squared.shape}",
        )
    if len(told) < 2:
        raise EstimateError(
            "one imputation tells nothing of the uncertainty of what was missing",
            given=len(told),
            allowed="two imputations or more",
            fix="Impute more often, 20 times say.",
        )
    wrong = squared[np.isinf(squared) | (squared < 0)]
    if len(wrong):
        raise EstimateError("a variance must be 0 or more, and finite", given=float(wrong[0]))
    degrees = np.broadcast_to(np.asarray(df_complete, dtype=float), told.shape[1:])
    if (degrees <= 0).any():
        raise EstimateError("degrees of freedom must be above 0", given=float(np.nanmin(degrees)))
    if not 0 < confidence < 1:
        raise EstimateError("confidence must lie between 0 and 1", given=confidence)
    return told, squared, degrees


def _rubin(told: Floats, squared: Floats, degrees: Floats) -> dict[str, Floats]:
    m = len(told)
    # Where all say the same the variance is 0, whatever rounding makes of it.
    alike = told.max(axis=0) == told.min(axis=0)
    between = np.where(alike, 0.0, told.var(axis=0, ddof=1))
    within = squared.mean(axis=0)
    added = (1 + 1 / m) * between
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(alike, 0.0, added / (within + added))
        increase = np.where(alike, 0.0, added / within)
        shrunk = np.where(np.isinf(degrees), 1.0, (degrees + 1) / (degrees + 3)) * degrees * (1 - part)
        df = np.where(alike, degrees, 1 / (part**2 / (m - 1) + 1 / shrunk))
        # With no variance within everything is missing: the limit of the formula, which is infinity over infinity.
        fraction = np.where(np.isinf(increase), 1.0, (increase + 2 / (df + 3)) / (increase + 1))
    known = ~np.isnan(within)
    return {
        "estimate": told.mean(axis=0),
        "std_error": np.sqrt(within + added),
        "df": np.where(known, df, np.nan),
        "within": within,
        "between": np.where(known, between, np.nan),
        "fraction_missing": np.where(known, np.where(alike, 0.0, fraction), np.nan),
        "relative_increase": np.where(known, increase, np.nan),
        "lambda": np.where(known, part, np.nan),
    }


def _tested(found: dict[str, Floats], confidence: float) -> dict[str, Floats]:
    """Limits and p-values from t."""
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (slow to import: only where asked for)

    estimate, error, df = found["estimate"], found["std_error"], found["df"]
    reach = stdtrit(df, (1 + confidence) / 2) * error
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = np.where(error > 0, 2 * stdtr(df, -np.abs(estimate) / error), np.nan)
    return {"ci_lower": estimate - reach, "ci_upper": estimate + reach, "p_value": p_value}
