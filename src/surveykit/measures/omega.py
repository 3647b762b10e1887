"""Omega: reliability of a scale whose items measure one thing, each as well as it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from surveykit.errors import ScoringError
from surveykit.measures.coefficient import (
    NO_LIMITS,
    NOISE,
    answers_to,
    check_options,
    complete_rows,
    covariances,
)
from surveykit.measures.onefactor import METHODS, SMALLEST, one_factor_loadings

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.measures.coefficient import Covariances, Reliability

    Method = Literal["minres", "ml"]


def omega(
    items: pd.DataFrame | np.ndarray,
    *,
    method: Method = "minres",
    missing: Literal["listwise"] = "listwise",
    confidence: float = 0.95,
) -> Reliability:
    r"""McDonald's omega (total) of one factor, for the sum or mean of the items as they are.

    Alpha is the reliability if every item measures the one thing equally well, and too low otherwise; omega lets items
    differ.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers, reversed items already reversed; at least three items.
    method : {"minres", "ml"}
        How the loadings are found: least squares, or maximum likelihood.
    missing : {"listwise"}
        Respondents with any missing item are left out before anything is computed or counted.
    confidence : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Reliability
        From 0 to 1. NaN with a reason for fewer than two complete respondents, an item that does not vary, items
        without a common factor, or, by maximum likelihood, items that follow from others. Without limits, as the reason
        says, in a Heywood case (a loading at its bound, on which the estimate then rests), and where loadings cancel
        out.

    Raises
    ------
    ScoringError
        If there are fewer than three items, an answer is not a finite number, or an option is not allowed.

    Notes
    -----
    The score of a scale is the mean of its raw items, so omega is computed on their covariances: with standard
    deviations :math:`s_i` and loadings :math:`l_i` of the standardised items,

    .. math:: \omega = \frac{(\sum_i s_i l_i)^2}{(\sum_i s_i l_i)^2 + \sum_i s_i^2 (1 - l_i^2)}.

    For the sum of standardised items, standardise them first. In R: this ratio of the parameters of
    ``lavaan::cfa("f =~ a + b + c", items, std.lv = TRUE)``, by maximum likelihood; of standardised items, this ratio of
    the loadings of ``psych::fa(items, 1)``. ``psych::omega(items, 1)$omega.tot`` divides by the observed variance of
    the total, not the one the factor implies: it differs by as much as the factor misses. McDonald, R. P. (1999), Test
    theory: a unified treatment, chapter 6.

    The limits are the delta method's. The standard error, from what each respondent moves the estimate by, supposes
    neither normal answers nor that one factor fits, and equals that of lavaan's ``estimator = "MLR"`` with
    ``observed.information = "hessian"``. The limits are symmetric on the logit scale, with quantiles of t at n - 1
    degrees of freedom. 95% limits held the truth in 93 to 96% of simulated samples of 40, 100 and 300 respondents who
    gave normal, five-point or skewed five-point answers to 3, 5 or 10 items, leaving out those without limits: up to a
    fifth at 40 respondents and three items. Kelley, K. and Pornprasertmanit, S. (2016), Confidence intervals for
    population reliability coefficients, Psychological Methods 21, 69-92, compare intervals.

    Examples
    --------
    >>> opinion = np.arange(20) % 5
    >>> noise = np.random.default_rng(1).normal(size=(20, 4))
    >>> omega(opinion[:, None] + noise * [0.5, 1, 1.5, 2])
    Reliability(0.886, 0.787 to 0.943; 4 items, 20 respondents)
    """
    if method not in METHODS:
        raise ScoringError("unknown method", given=method, allowed=METHODS)
    check_options(missing, confidence, ("listwise",))
    answers = answers_to(items, least=3, what="omega")
    found = covariances(answers, missing)
    factor, reason = _factor(found, method)
    estimate, limits = factor.omega() if factor else np.nan, NO_LIMITS
    if factor and not reason:
        limits = _limits(estimate, factor.moves(complete_rows(answers)), confidence)
    return found.reliability(estimate, limits, reason)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Factor:
    """One factor: correlations, standard deviations and loadings of the items, and how the loadings were found."""

    r: np.ndarray
    std: np.ndarray
    loadings: np.ndarray
    method: Method

    def parts(self) -> tuple[float, float]:
        """What the factor adds to the standard deviation of the total, and the items' own to its variance."""
        own = np.square(self.std) @ (1 - np.square(self.loadings))
        return float(self.std @ self.loadings), float(own)

    def omega(self) -> float:
        common, own = self.parts()
        return common**2 / (common**2 + own)

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights w of the items, with which sum over j (not i) of (r_ij - l_i l_j) w_j is 0, and their slopes."""
        if self.method == "minres":
            return self.loadings, np.ones(len(self.std))
        square = np.square(self.loadings)
        return self.loadings / (1 - square), (1 + square) / np.square(1 - square)

    def hessian(self) -> np.ndarray:
        """How the sums that are 0 fall with each loading."""
        weights, slopes = self.weights()
        shared = weights * self.loadings
        falls: np.ndarray = np.outer(self.loadings, weights)
        falls -= (self.r - np.outer(self.loadings, self.loadings)) * slopes
        np.fill_diagonal(falls, shared.sum() - shared)
        return falls

    def moves(self, rows: np.ndarray) -> np.ndarray:
        """What each respondent moves omega by, times n: shape (respondents,)."""
        common, own = self.parts()
        to_common, to_own = 2 * common * own, -(common**2)
        by_loading = (to_common - 2 * to_own * self.std * self.loadings) * self.std
        by_std = to_common * self.loadings + 2 * to_own * self.std * (1 - np.square(self.loadings))
        by_sum = np.outer(np.linalg.solve(self.hessian().T, by_loading), self.weights()[0])
        np.fill_diagonal(by_sum, 0)
        # Respondent z moves r_ij by z_i z_j - r_ij (z_i^2 + z_j^2) / 2, and s_i by s_i (z_i^2 - 1) / 2.
        by_r = (by_sum + by_sum.T) / 2
        form = by_r + np.diag(by_std * self.std / 2 - (by_r * self.r).sum(axis=1))
        z = (rows - rows.mean(axis=0)) / self.std
        return np.asarray(((z @ form) * z).sum(axis=1) / (common**2 + own) ** 2)


def _factor(found: Covariances, method: Method) -> tuple[_Factor | None, str]:
    """The factor, and why there is none, or why it has no limits."""
    standardised = found.correlations()
    if standardised.reason:
        return None, standardised.reason
    try:
        loadings = one_factor_loadings(standardised.matrix, method=method)
    except ScoringError as error:
        return None, str(error)
    std = np.sqrt(np.diag(found.matrix))
    factor = _Factor(r=standardised.matrix, std=std, loadings=loadings, method=method)
    if np.linalg.matrix_rank(factor.hessian(), rtol=1e-6) < len(std):
        return None, "the items have no common factor: other loadings would do as well"
    return factor, _without_limits(factor)


def _without_limits(factor: _Factor) -> str:
    if np.square(factor.loadings).max() > 1 - SMALLEST - 1e-6:
        return "a loading is at its bound (Heywood case): no limits"
    return "the loadings cancel out: no limits" if factor.omega() < NOISE else ""


def _limits(estimate: float, moves: np.ndarray, confidence: float) -> tuple[float, float]:
    from scipy import special, stats  # noqa: PLC0415  (1.5 s to import: only where an interval is asked for)

    left = len(moves) - 1
    std_error = np.sqrt(np.square(moves).sum()) / left
    away = stats.t.ppf((1 + confidence) / 2, left) * std_error / (estimate * (1 - estimate))
    middle = special.logit(estimate)
    return float(special.expit(middle - away)), float(special.expit(middle + away))
