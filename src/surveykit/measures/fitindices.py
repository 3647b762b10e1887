"""How well a model of covariances fits: the test of it, and indices that do not grow with the sample."""

from __future__ import annotations

import numpy as np

INDICES = ("p_value", "cfi", "tli", "rmsea", "rmsea_lower", "rmsea_upper")


def indices(
    chi_square: float, df: int, independence: tuple[float, int], n_obs: int, n_groups: int = 1
) -> dict[str, float]:
    r"""How well a model fits: test, comparison with independence, and misfit per degree of freedom.

    Parameters
    ----------
    chi_square, df : float, int
        Of the model.
    independence : pair of float and int
        Chi-square and df of the model in which no items go together.
    n_obs, n_groups : int
        Respondents and groups, at least 1.

    Returns
    -------
    dict
        `p_value`, 0 to 1; `cfi`, 0 to 1; `tli`, around 0 to 1 and beyond; `rmsea` with its 90% limits `rmsea_lower` and
        `rmsea_upper`, 0 or more. All NaN at df 0, where nothing is tested.

    Notes
    -----
    With d the excess of chi-square over df, at least 0, CFI is 1 - d / max(d, d of independence), TLI compares the
    ratios of chi-square to df, and RMSEA is :math:`\sqrt{G d / (n\,df)}` for G groups, its limits by the noncentrality
    of chi-square (Browne, M. W. and Cudeck, R., 1992, Sociological Methods and Research 21, 230-258). As in lavaan's
    ``fitMeasures``, n is not lessened by one.

    Examples
    --------
    >>> found = indices(85.306, 24, (918.852, 36), 301)
    >>> round(found["cfi"], 3), round(found["rmsea"], 3)
    (0.931, 0.092)
    """
    if df == 0:
        return dict.fromkeys(INDICES, np.nan)
    from scipy import special  # noqa: PLC0415  (slow to import: only where it is used)

    def error(excess: float) -> float:
        return float(np.sqrt(n_groups * excess / (n_obs * df)))

    def noncentrality(tail: float) -> float:
        return float(special.chndtrinc(chi_square, df, tail)) if special.chdtr(df, chi_square) > tail else 0.0

    excess, most = max(chi_square - df, 0), max(chi_square - df, independence[0] - independence[1], 0)
    ratio = independence[0] / independence[1]
    return {
        "p_value": float(special.chdtrc(df, chi_square)),
        "cfi": 1 - excess / most if most else 1.0,
        "tli": float((ratio - chi_square / df) / (ratio - 1)),
        "rmsea": error(excess),
        "rmsea_lower": error(noncentrality(0.95)),
        "rmsea_upper": error(noncentrality(0.05)),
    }
