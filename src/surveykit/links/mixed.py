"""A number that differs between organisations: the linear model with a random intercept for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.errors import LinkError
from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.exchangeable import Refusal, check_together, decorrelated
from surveykit.links.likelihood import At

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Ratios of the variance between organisations to that within them at which the criterion is first looked at. Beyond the
# last one rows of an organisation are alike but for a millionth.
_RATIOS: Floats = np.concatenate([[0.0], np.logspace(-5, 6, 111)], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomIntercept:
    """A `Likelihood`: the linear model with a random intercept, both variances held where they were estimated.

    Attributes
    ----------
    outcome : array of float, shape (n,)
        The outcome, in its unit.
    columns : array of float, shape (n, k)
        What explains it, the constant included.
    groups : array of int, shape (n,)
        Organisation of each row, from 0.
    between, within : float
        Variance of the intercepts, from 0, and of rows of one organisation, above 0; squared outcome units.
    """

    outcome: Floats
    columns: Floats
    groups: NDArray[np.intp]
    between: float
    within: float

    def start(self) -> Floats:
        """Least squares of the independent rows."""
        return np.asarray(np.linalg.lstsq(self.columns, self.outcome, rcond=None)[0], dtype=np.float64)

    def at(self, parameters: Floats) -> At:
        r"""Log likelihood, :math:`X_g^\top V_g^{-1} e_g` and :math:`X_g^\top V_g^{-1} X_g`."""
        ratio = self.between / self.within
        both = np.column_stack([self.columns, self.outcome - self.columns @ parameters])
        free = decorrelated(self.groups, both, ratio) / np.sqrt(self.within)
        columns, errors = free[:, :-1], free[:, -1]
        scale = np.log(1 + np.bincount(self.groups) * ratio).sum() + len(errors) * np.log(
            2 * np.pi * self.within
        )
        return At(
            value=float(-(scale + errors @ errors) / 2),
            scores=group_sums(self.groups, columns * errors[:, None]),
            information=outer_sums(self.groups, columns, columns, np.ones(len(errors))),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedFit:
    """A linear model with a random intercept for each organisation, by restricted maximum likelihood.

    Attributes
    ----------
    parameters : array of float, shape (k,)
        Generalised least squares at the variances found, one for each column given; outcome units.
    likelihood : RandomIntercept
        Scores and information of the organisations at those variances. The inverse of the summed information is the
        covariance of the parameters if the model is right in everything (``vcov(lmer(...))``).
    between : float
        Variance of the organisations' intercepts, from 0 (a legal estimate: rows of one organisation are no more alike
        than others); squared outcome units.
    within : float
        Variance of rows of one organisation, above 0; squared outcome units.
    icc, icc_lower, icc_upper : float
        Share of `between` in both, and its profile likelihood interval; 0 to 1.
    criterion : float
        REML criterion, minus twice the restricted log likelihood (``REMLcrit(lmer(...))``); any real number.
    converged : bool
        Always true: one bounded variable is searched whole. Whatever has no solution is refused.
    curve : str
        Model whose `mean_curve` gives the expected outcome.
    """

    parameters: Floats
    likelihood: RandomIntercept
    between: float
    within: float
    icc: float
    icc_lower: float
    icc_upper: float
    criterion: float
    converged: bool = True
    curve: str = "ols"

    def __repr__(self) -> str:
        """Show the variances."""
        icc = f"ICC {self.icc:.3f}, {self.icc_lower:.3f} to {self.icc_upper:.3f}"
        return f"MixedFit(between {self.between:.4g}, within {self.within:.4g}; {icc})"


def fit_mixed(
    outcome: Floats,
    columns: Floats,
    groups: NDArray[np.intp],
    *,
    confidence: float = 0.95,
    refusal: Refusal = LinkError,
) -> MixedFit:
    r"""Fit :math:`y_{gi} = x_{gi}^\top \beta + u_g + e_{gi}` by restricted maximum likelihood.

    Given the ratio of variances :math:`r = \tau^2 / \sigma^2` everything else has a closed form, so the restricted
    likelihood is a curve over the one number r >= 0. It is looked at from end to end, and its highest point is found
    as the root of its exact derivative. Slopes are never searched for: they are the generalised least squares
    solution, and only a variance can be 0. That is why statsmodels' ``MixedLM`` is not used here but as a check in
    the tests: its ``lbfgs`` steps to variances so large that columns of the organisations tell nothing, and stops at
    slopes of exactly 0, called converged, or in a singular matrix; its ``powell`` is right, and 20 times slower.

    Parameters
    ----------
    outcome : array of float, shape (n,)
        The outcome, in any unit.
    columns : array of float, shape (n, k)
        What explains it, of full rank; a constant is not added.
    groups : array of int, shape (n,)
        Organisation of each row, numbered from 0 without gaps. Organisations of one row are welcome among others.
    confidence : float
        Level of the interval of the ICC, between 0 and 1.
    refusal : callable
        Builds the error, such as `Terms.refusal`.

    Returns
    -------
    MixedFit

    Raises
    ------
    LinkError
        If no organisation has two rows, there are no more rows than columns, or rows of one organisation do not differ
        but by the columns.

    Notes
    -----
    With :math:`w_g = n_g / (1 + n_g r)`, :math:`W` the cross-products of columns and outcome around the organisations'
    means, and :math:`m_g` those means,

    .. math:: M(r) = W + \sum_g w_g m_g m_g^\top

    holds :math:`X^\top V^{-1} X`, :math:`X^\top V^{-1} y` and :math:`y^\top V^{-1} y` times :math:`\sigma^2`, and

    .. math:: -2 \ell(r) = (n - k) (1 + \log 2 \pi \hat\sigma^2) + \sum_g \log(1 + n_g r) + \log|M_{xx}|,
              \quad \hat\sigma^2 = M_{yy \cdot x} / (n - k).

    The interval holds every ICC whose restricted likelihood, at its best, is within ``chi2.ppf(confidence, 1) / 2`` of
    the highest. R: ``lme4::lmer(y ~ x + (1 | organisation))``.

    References
    ----------
    Patterson and Thompson (1971), Recovery of inter-block information when block sizes are unequal, Biometrika 58.
    Bates, Maechler, Bolker and Walker (2015), Fitting linear mixed-effects models using lme4, Journal of Statistical
    Software 67.

    Examples
    --------
    >>> groups = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])
    >>> outcome = np.array([1.0, 2, 1, 5, 6, 3, 2, 4, 2])
    >>> fit_mixed(outcome, np.ones((9, 1)), groups)
    MixedFit(between 3.053, within 0.6305; ICC 0.829, 0.205 to 0.983)
    """
    check_together(groups, "mixed", refusal)
    if len(outcome) <= columns.shape[1]:
        raise refusal("a mixed model needs more rows than columns", given=columns.shape, fix="Drop columns.")
    basis, back = np.linalg.qr(columns)
    first = basis.T @ outcome
    profile = _profile(np.column_stack([basis, outcome - basis @ first]), groups)
    if profile.within[-1, -1] <= 1e-16 * np.square(outcome).sum():
        raise _no_difference(refusal)
    ratio = _best_ratio(profile, refusal)
    further, within = profile.solved(ratio)
    parameters = np.linalg.solve(back, first + further)
    lower, upper = _limits(profile, ratio, confidence)
    return MixedFit(
        parameters=parameters,
        likelihood=RandomIntercept(
            outcome=outcome, columns=columns, groups=groups, between=ratio * within, within=within
        ),
        between=ratio * within,
        within=within,
        icc=ratio / (1 + ratio),
        icc_lower=lower,
        icc_upper=upper,
        # The orthonormal basis leaves out twice the log determinant of the columns' own lengths and angles.
        criterion=float(profile.criterion(ratio) + 2 * np.log(np.abs(np.diag(back))).sum()),
    )


class _Profile(NamedTuple):
    """All that the restricted likelihood needs of the rows: sizes and means (G, k+1) of organisations, and W.

    The last column is the outcome.
    """

    sizes: NDArray[np.intp]
    means: Floats
    within: Floats

    @property
    def spare(self) -> int:
        """Rows more than columns."""
        return int(np.sum(self.sizes) - self.means.shape[1] + 1)

    def products(self, ratio: Floats | float) -> Floats:
        """M at each ratio, shape (..., k+1, k+1)."""
        weights = self.sizes / (1 + np.multiply.outer(ratio, self.sizes))
        pairs = np.einsum("gi,gj->gij", self.means, self.means).reshape(len(self.sizes), -1)
        made: Floats = self.within + (weights @ pairs).reshape(*np.shape(ratio), *self.within.shape)
        return made

    def criterion(self, ratio: Floats | float) -> Floats:
        """Minus twice the restricted log likelihood at its best, at each ratio."""
        edges = np.linalg.cholesky(self.products(ratio)).diagonal(axis1=-2, axis2=-1)
        squares = np.square(edges[..., -1])
        scale = np.log(1 + np.multiply.outer(ratio, self.sizes)).sum(axis=-1)
        inner = 2 * np.log(edges[..., :-1]).sum(axis=-1)
        found: Floats = self.spare * (1 + np.log(2 * np.pi * squares / self.spare)) + scale + inner
        return found

    def solved(self, ratio: float) -> tuple[Floats, float]:
        """Slopes and the variance within at a ratio."""
        both = self.products(ratio)
        slopes = np.linalg.solve(both[:-1, :-1], both[:-1, -1]).astype(np.float64)
        return slopes, float(both[-1, -1] - both[-1, :-1] @ slopes) / self.spare

    def slope(self, ratio: float) -> float:
        """Derivative of the criterion."""
        weights = self.sizes / (1 + ratio * self.sizes)
        slopes, within = self.solved(ratio)
        columns = self.means[:, :-1]
        spread = np.linalg.solve(
            self.products(ratio)[:-1, :-1], (columns * (weights**2)[:, None]).T @ columns
        )
        errors = self.means[:, -1] - columns @ slopes
        return float(weights.sum() - np.square(weights * errors).sum() / within - np.trace(spread))


def _profile(rows: Floats, groups: NDArray[np.intp]) -> _Profile:
    sizes = np.bincount(groups)
    means = group_sums(groups, rows) / sizes[:, None]
    inside = rows - means[groups]
    return _Profile(sizes, means, inside.T @ inside)


def _best_ratio(profile: _Profile, refusal: Refusal) -> float:
    """Ratio of variances where the restricted likelihood is highest."""
    from scipy.optimize import brentq  # noqa: PLC0415  (slow to import: only where asked for)

    best = int(np.argmin(profile.criterion(_RATIOS)))
    if best == len(_RATIOS) - 1:
        raise _no_difference(refusal)
    if best == 0 and profile.slope(0.0) >= 0:
        return 0.0
    low, high = _RATIOS[max(best - 1, 0)], _RATIOS[best + 1]
    return float(brentq(profile.slope, low, high, xtol=1e-15, rtol=1e-14))


def _limits(profile: _Profile, ratio: float, confidence: float) -> tuple[float, float]:
    """Ends of the profile likelihood interval of the ICC."""
    from scipy import optimize, stats  # noqa: PLC0415  (as above)

    cut = float(profile.criterion(ratio)) + float(stats.chi2.ppf(confidence, 1))

    def beyond(share: float) -> float:
        return float(profile.criterion(share / (1 - share))) - cut

    best, last = ratio / (1 + ratio), _RATIOS[-1] / (1 + _RATIOS[-1])
    find: Callable[..., float] = optimize.brentq
    lower = float(find(beyond, 0.0, best, xtol=1e-14)) if ratio and beyond(0.0) > 0 else 0.0
    return lower, float(find(beyond, best, last, xtol=1e-14)) if beyond(last) > 0 else 1.0


def _no_difference(refusal: Refusal) -> LinkError:
    return refusal(
        "rows of one organisation do not differ but by the columns: a mixed model has no variance within",
        fix="Is the outcome one of the organisation? Plan the link at level 'organisation', without 'model'.",
    )
