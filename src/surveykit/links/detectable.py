"""The smallest effect the data could have found: what stands beside every null."""

from __future__ import annotations

import numpy as np

from surveykit.errors import LinkError


def smallest_detectable(
    std_error: float, df: float = np.inf, *, power: float = 0.8, confidence: float = 0.95
) -> float:
    r"""Size that a true effect would need to be found significant with a given power.

    .. math:: (t_{1 - \alpha/2,\, df} + t_{\mathrm{power},\, df}) \cdot \mathrm{std\_error}, \quad
        \alpha = 1 - \mathrm{confidence}

    It holds for a coefficient and for a marginal effect alike, in the unit of the standard error given.

    It says how coarse the survey is, and nothing of this estimate: two results with one standard error have one
    smallest detectable effect. Read it beside a null as "an effect smaller than this would mostly have been missed".
    It is no power of the test that was done: power "observed" at the estimate only says the p-value again (Hoenig and
    Heisey 2001), and the interval says better than either what effects the data speak against. Nor is it for planning:
    the error of the next survey follows from its design, see `surveykit power`.

    Parameters
    ----------
    std_error : float
        Standard error of the estimate, above 0.
    df : float, optional
        Degrees of freedom of t, above 0; by default the normal distribution.
    power : float, optional
        Chance of a significant result, above 0.5 and below 1.
    confidence : float, optional
        Of the test, between 0 and 1.

    Returns
    -------
    float
        Above 0, in units of `std_error`'s estimate.

    Raises
    ------
    LinkError
        For a number out of range.

    Notes
    -----
    R: ``(qt(0.975, df) + qt(0.8, df)) * std_error``. With the normal distribution and 80% it is 2.8 standard errors.
    The sum of two quantiles of t is Bloom's approximation; of the noncentral t, which is exact where errors are
    normal, it differs by 0.7% at 5 degrees of freedom, by 0.1% at 10, and by less beyond.

    References
    ----------
    Bloom (1995), Minimum detectable effects: a simple way to report the statistical power of experimental designs,
    Evaluation Review 19. Hoenig and Heisey (2001), The abuse of power: the pervasive fallacy of power calculations for
    data analysis, American Statistician 55.

    Examples
    --------
    >>> round(smallest_detectable(0.05), 4)
    0.1401
    >>> round(smallest_detectable(0.05, df=12), 4)
    0.1526
    """
    _check("std_error", std_error, 0 < std_error < np.inf, "a number above 0")
    _check("df", df, df > 0, "above 0")
    _check("power", power, 0.5 < power < 1, "above 0.5, below 1")
    _check("confidence", confidence, 0 < confidence < 1, "above 0, below 1")
    from scipy import stats  # noqa: PLC0415  (a second's import)

    reach: float = stats.t.ppf((1 + confidence) / 2, df) + stats.t.ppf(power, df)
    return float(reach * std_error)


def _check(name: str, given: float, fits: bool, allowed: str) -> None:  # noqa: FBT001  (what was found, no switch)
    if not fits:
        raise LinkError(f"'{name}' is out of range", given=given, allowed=allowed)
