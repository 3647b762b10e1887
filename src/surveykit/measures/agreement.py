"""Agreement of raters within groups: one number a group, and how far groups differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.chance import GroupAgreement, group_agreement
from surveykit.measures.concordance import SelectionAgreement, kendall_w, selection_agreement
from surveykit.measures.groups import grouped
from surveykit.measures.icc import IntraclassCorrelation, icc

if TYPE_CHECKING:
    from surveykit.measures.groups import Groups

__all__ = [
    "GroupAgreement",
    "IntraclassCorrelation",
    "SelectionAgreement",
    "average_deviation",
    "group_agreement",
    "icc",
    "kendall_w",
    "rwg",
    "rwg_j",
    "selection_agreement",
    "skewed_variance",
    "uniform_variance",
]

# How raters answer who do not agree but lean one way: LeBreton and Senter (2008), shares from the lowest option up.
SKEWED = {
    "slight": (0.05, 0.15, 0.20, 0.35, 0.25),
    "moderate": (0.00, 0.10, 0.15, 0.40, 0.35),
    "heavy": (0.00, 0.00, 0.10, 0.40, 0.50),
}
# For other numbers of options the variances are at hand, to the two digits printed, and not the shares.
SKEWED_OTHERS = {
    6: {"slight": 1.85, "moderate": 1.26, "heavy": 0.69},
    7: {"slight": 2.90, "moderate": 2.14, "heavy": 1.39},
    8: {"slight": 3.47, "moderate": 2.79, "heavy": 2.35},
    9: {"slight": 5.66, "moderate": 4.73, "heavy": 3.16},
    10: {"slight": 6.30, "moderate": 5.09, "heavy": 3.46},
    11: {"slight": 7.31, "moderate": 6.32, "heavy": 4.02},
}
SKEWED_OPTIONS = (5, *SKEWED_OTHERS)


def uniform_variance(n_options: int) -> float:
    r"""Variance of answers that fall on every option alike: the null of no agreement at all.

    Parameters
    ----------
    n_options : int
        Options of the answer scale, numbered in steps of 1; at least 2.

    Returns
    -------
    float
        :math:`(A^2 - 1) / 12`, in squared scale units.

    Raises
    ------
    ScoringError
        If there are fewer than two options.

    Notes
    -----
    James, L. R., Demaree, R. G. and Wolf, G. (1984), Journal of Applied Psychology 69, 85-98.

    Examples
    --------
    >>> uniform_variance(5)
    2.0
    """
    if not _is_number(n_options) or n_options < 2 or n_options != int(n_options):
        raise ScoringError("a scale has at least two options, a whole number", given=n_options)
    return (n_options**2 - 1) / 12


def skewed_variance(n_options: int, *, skew: Literal["slight", "moderate", "heavy"]) -> float:
    """Variance of answers without agreement that lean to one end, as those of agreeable executives do.

    Parameters
    ----------
    n_options : int
        Options of the answer scale, numbered in steps of 1: 5 to 11.
    skew : {"slight", "moderate", "heavy"}
        How strongly answers lean.

    Returns
    -------
    float
        In squared scale units, such as 1.34, 0.90 or 0.44 for 5 options: smaller than the uniform one, so agreement
        comes out lower.

    Raises
    ------
    ScoringError
        If no distribution is published for this number of options, or the skew is unknown.

    Notes
    -----
    For 5 options computed from the shares of answers, for the others the variances as printed (two decimals), of
    LeBreton, J. M. and Senter, J. L. (2008), Answers to 20 questions about interrater reliability and interrater
    agreement, Organizational Research Methods 11, 815-852; those of 6 and of 8 to 11 as LeBreton's R package WGA has
    them.

    Examples
    --------
    >>> [round(skewed_variance(5, skew=skew), 2) for skew in ("slight", "moderate", "heavy")]
    [1.34, 0.9, 0.44]
    """
    if skew not in SKEWED:
        raise ScoringError("unknown skew", given=skew, allowed=SKEWED)
    if n_options in SKEWED_OTHERS:
        return SKEWED_OTHERS[n_options][skew]
    if n_options != 5:
        fix = "State the variance."
        raise ScoringError(
            "no skewed null for these options", given=n_options, allowed=SKEWED_OPTIONS, fix=fix
        )
    shares = np.array(SKEWED[skew])
    options = np.arange(1, n_options + 1)
    return float(shares @ np.square(options - shares @ options))


def rwg(ratings: pd.Series | np.ndarray, groups: Groups, *, null_variance: float) -> pd.DataFrame:
    r"""Agreement of each group on one item.

    Parameters
    ----------
    ratings : Series or array of float, shape (raters,)
        One rating a rater. Raters without a rating or a group are left out before counting.
    groups : Series, array or sequence, shape (raters,)
        Group of each rater.
    null_variance : float
        Variance without agreement, above 0: `uniform_variance` or `skewed_variance`. Report more than one.

    Returns
    -------
    DataFrame indexed by group
        `estimate`, from 0 (no more than by chance) to 1 (all alike); `n_raters`. One rater has nobody to agree with:
        NaN, where n_raters is 1 or 0.

    Raises
    ------
    ScoringError
        If the variance is not above 0, lengths or indices differ, or a rating is not a number.

    Notes
    -----
    :math:`\max(0, 1 - s^2 / \sigma^2)`, with :math:`s^2` over n - 1. In R:
    ``multilevel::rwg(ratings, groups, ranvar = null_variance)``. James, L. R., Demaree, R. G. and Wolf, G. (1984),
    Journal of Applied Psychology 69, 85-98.

    Examples
    --------
    >>> rwg(pd.Series([4, 4, 5, 1, 3, 2]), list("xxxyyz"), null_variance=2)["estimate"].round(4).tolist()
    [0.8333, 0.0, nan]
    """
    _check_null(null_variance)
    data = grouped(_column(ratings), groups)
    return data.table(np.maximum(0, 1 - data.variances()[:, 0] / null_variance))


def rwg_j(
    items: pd.DataFrame | np.ndarray,
    groups: Groups,
    *,
    null_variance: float,
    variant: Literal["james", "lindell"] = "james",
    missing: Literal["listwise"] = "listwise",
) -> pd.DataFrame:
    r"""Agreement of each group on a scale of parallel items.

    Parameters
    ----------
    items : DataFrame or array of float, shape (raters, items)
        Answers, reversed items already reversed.
    groups : Series, array or sequence, shape (raters,)
        Group of each rater.
    null_variance : float
        Variance of one item without agreement, above 0. Report more than one.
    variant : {"james", "lindell"}
        rwg(J), which grows with the number of items, or r*wg(J), which does not and may fall below 0.
    missing : {"listwise"}
        Raters with any missing item are left out before anything is computed or counted.

    Returns
    -------
    DataFrame indexed by group
        `estimate`, from 0 to 1 (Lindell's also below 0); `n_raters`. NaN for fewer than two raters: nobody to agree
        with.

    Raises
    ------
    ScoringError
        If an option or the variance is not allowed, lengths or indices differ, or an answer is not a number.

    Notes
    -----
    With m the mean item variance, at most :math:`\sigma^2`, and J items,
    :math:`J (1 - m / \sigma^2) / (J (1 - m / \sigma^2) + m / \sigma^2)`; Lindell's is :math:`1 - m / \sigma^2`. In R:
    ``multilevel::rwg.j(items, groups, ranvar)`` and ``rwg.j.lindell``. James, Demaree and Wolf (1984); Lindell, M. K.,
    Brandt, C. J. and Whitney, D. J. (1999), Applied Psychological Measurement 23, 127-135.

    Examples
    --------
    >>> items = pd.DataFrame({"a": [4, 4, 5, 1], "b": [4, 5, 5, 2]})
    >>> rwg_j(items, ["x", "x", "x", "y"], null_variance=2)["estimate"].round(4).tolist()
    [0.9091, nan]
    """
    _check_null(null_variance)
    _check_choice("variant", variant, ["james", "lindell"])
    _check_choice("way to treat missing answers", missing, ["listwise"])
    data = grouped(items, groups)
    ratio = data.variances().mean(axis=1) / null_variance
    if variant == "lindell":
        return data.table(1 - ratio)
    n_items = data.rows.shape[1]
    ratio = np.minimum(ratio, 1)
    return data.table(n_items * (1 - ratio) / (n_items * (1 - ratio) + ratio))


def average_deviation(
    items: pd.DataFrame | pd.Series | np.ndarray,
    groups: Groups,
    *,
    center: Literal["mean", "median"] = "mean",
    missing: Literal["listwise"] = "listwise",
) -> pd.DataFrame:
    r"""Average deviation of each group from its own centre: disagreement, in units of the answer scale.

    Parameters
    ----------
    items : DataFrame, Series or array of float, shape (raters, items) or (raters,)
        Answers, reversed items already reversed.
    groups : Series, array or sequence, shape (raters,)
        Group of each rater.
    center : {"mean", "median"}
        From what answers deviate.
    missing : {"listwise"}
        Raters with any missing item are left out before anything is computed or counted.

    Returns
    -------
    DataFrame indexed by group
        `estimate`, 0 (all alike) or more, in scale units: up to a sixth of the number of options passes for agreement;
        `n_raters`. NaN for fewer than two raters: nobody to agree with.

    Raises
    ------
    ScoringError
        If an option is not allowed, lengths or indices differ, or an answer is not a number.

    Notes
    -----
    :math:`\frac{1}{J} \sum_j \frac{1}{n} \sum_i |x_{ij} - \bar x_j|`. In R: ``multilevel::ad.m(items, groups, type)``.
    Burke, M. J. and Dunlap, W. P. (2002), Organizational Research Methods 5, 159-172.

    Examples
    --------
    >>> average_deviation(pd.Series([4, 4, 5, 5, 1]), ["x", "x", "x", "x", "y"])["estimate"].tolist()
    [0.5, nan]
    """
    _check_choice("center", center, ["mean", "median"])
    _check_choice("way to treat missing answers", missing, ["listwise"])
    data = grouped(items, groups)
    middle = data.means()
    if center == "median":
        medians = pd.DataFrame(data.rows).groupby(data.codes).median()
        middle = medians.reindex(range(len(data.labels))).to_numpy()
    away = data.sums(np.abs(data.rows - middle[data.codes])).mean(axis=1)
    return data.table(away / np.maximum(data.sizes, 1))


def _column(ratings: pd.Series | np.ndarray) -> pd.Series | np.ndarray:
    if np.ndim(ratings) != 1:
        raise ScoringError("rwg takes one item", given=np.shape(ratings), fix="Use rwg_j for several.")
    return ratings


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating)


def _check_null(null_variance: float) -> None:
    if not _is_number(null_variance) or not 0 < null_variance < np.inf:
        raise ScoringError("null_variance must be above 0", given=null_variance, fix="See uniform_variance.")


def _check_choice(what: str, given: str, allowed: list[str]) -> None:
    if given not in allowed:
        raise ScoringError(f"unknown {what}", given=given, allowed=allowed)
