"""Mean outcomes of all organisations together, rows of one going together alike: generalised estimating equations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import xlogy

from surveykit.errors import LinkError
from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.curves import mean_curve
from surveykit.links.exchangeable import Refusal, check_together, decorrelated
from surveykit.links.likelihood import At, maximise
from surveykit.links.likelihoods.canonical import CanonicalLikelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Family = Literal["ols", "logit", "fractional", "poisson"]
Working = Literal["exchangeable", "independence"]

_ROUNDS = 100
_STILL = 1e-11
# A working correlation is a choice of weights: beyond these an organisation's mean, or its rows' differences, would
# weigh more than any data should decide. The first is a share of what the largest organisation allows.
_LOWEST = -0.5
_HIGHEST = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EstimatingEquations:
    """A `Likelihood` but for its value: estimating equations at a fixed working correlation.

    Attributes
    ----------
    outcome : array of float, shape (n,)
        Numbers, 0/1, shares or counts.
    columns : array of float, shape (n, k)
        What explains it, the constant included.
    groups : array of int, shape (n,)
        Organisation of each row, from 0.
    family : str
        Curve of the mean, and with it the variance: 1 (``ols``), m(1 - m) (``logit``, ``fractional``),
        m (``poisson``).
    correlation : float
        Of any two rows of one organisation; below 1.
    scale : float
        Factor of the variance, above 0.
    """

    outcome: Floats
    columns: Floats
    groups: NDArray[np.intp]
    family: Family
    correlation: float = 0.0
    scale: float = 1.0

    def start(self) -> Floats:
        """Parameters that fit independent rows best."""
        return maximise(CanonicalLikelihood(self.family, self.outcome, self.columns, self.groups))[0]

    def at(self, parameters: Floats) -> At:
        r"""Scores :math:`D_g^\top V_g^{-1} (y_g - m_g)` and information :math:`D_g^\top V_g^{-1} D_g`.

        Equations with a correlation belong to no likelihood. Whole steps are Liang and Zeger's own iteration, but from
        afar, as in a fit under a null, they run off. So the value is that of independent rows until it is well above
        what every fit leaves behind, twice the deviance of the mean outcome, and from there on all the same. Numbers
        have a likelihood.
        """
        linear = self.columns @ parameters
        spread, errors = self._pearson(linear)
        both = np.column_stack([self.columns * spread[:, None], errors])
        free = decorrelated(self.groups, both, self.correlation / (1 - self.correlation))
        weight = 1 / (self.scale * (1 - self.correlation))
        columns, errors = free[:, :-1], free[:, -1]
        return At(
            value=-weight * float(errors @ errors) / 2 if self.family == "ols" else self._bounded(linear),
            scores=weight * group_sums(self.groups, columns * errors[:, None]),
            information=outer_sums(self.groups, columns, columns, np.full(len(errors), weight)),
        )

    def moments(self, parameters: Floats) -> tuple[float, float]:
        """Correlation and scale by the errors at the parameters, as if no row had cost any."""
        errors = self._pearson(self.columns @ parameters)[1]
        sizes = np.bincount(self.groups)
        # Twice the products of pairs: the square of a sum less the squares.
        products = float(np.square(np.bincount(self.groups, errors)).sum() - errors @ errors)
        pairs = int((sizes * (sizes - 1)).sum())
        scale = float(errors @ errors) / len(errors)
        return products / pairs / scale if pairs else 0.0, scale

    def _pearson(self, linear: Floats) -> tuple[Floats, Floats]:
        """Root of each row's variance by the family, and its error divided by that."""
        curve = mean_curve(self.family, linear)
        spread = np.sqrt(np.maximum(curve.slope, 1e-300))
        return spread, (self.outcome - curve.value) / spread

    def _bounded(self, linear: Floats) -> float:
        mean = float(self.outcome.mean())
        alone = np.log(mean) if self.family == "poisson" else np.log(mean / (1 - mean))
        return -max(self._deviance(linear), 2 * self._deviance(np.full_like(linear, alone)))

    def _deviance(self, linear: Floats) -> float:
        """Half the deviance of independent rows."""
        total = np.exp(linear) if self.family == "poisson" else np.logaddexp(0, linear)
        rest = -self.outcome if self.family == "poisson" else xlogy(1 - self.outcome, 1 - self.outcome)
        return float((total - self.outcome * linear + xlogy(self.outcome, self.outcome) + rest).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeeFit:
    """Parameters of the mean outcome, fitted by generalised estimating equations.

    Attributes
    ----------
    parameters : array of float, shape (k,)
        One for each column given: outcome units, log odds or log counts. They describe the mean over organisations
        ("marginal"), as those of `fit_link`'s own models do.
    likelihood : EstimatingEquations
        Scores and information of the organisations at the correlation found.
    correlation : float
        Working correlation of two rows of one organisation; 0 under independence.
    scale : float
        Mean squared Pearson error: the variance of a number, for other outcomes their overdispersion; above 0.
    converged : bool
        Whether parameters and correlation stood still.
    curve : str
        Model whose `mean_curve` gives the expected outcome: the family.
    """

    parameters: Floats
    likelihood: EstimatingEquations
    correlation: float
    scale: float
    converged: bool
    curve: Family

    def __repr__(self) -> str:
        """Show what rows of one organisation share."""
        return f"GeeFit({self.curve}, correlation {self.correlation:.4g}, scale {self.scale:.4g})"


def fit_gee(  # noqa: PLR0913  # rows, then choices by keyword
    outcome: Floats,
    columns: Floats,
    groups: NDArray[np.intp],
    *,
    family: Family,
    working: Working = "exchangeable",
    refusal: Refusal = LinkError,
) -> GeeFit:
    r"""Fit the mean outcome, rows of one organisation correlated alike.

    Only the mean must be right: the working correlation says how organisations of different sizes are weighed against
    each other, and standard errors from `clustered` hold whatever the correlation is. Under independence these are
    the estimates of OLS, logit and Poisson themselves.

    statsmodels' ``GEE`` is not used here but as a check in the tests: it walks over organisations one by one (several
    times slower at 180 of them), and it divides the correlation by pairs of rows less parameters, which turns its sign
    where few organisations have several rows.

    Parameters
    ----------
    outcome : array of float, shape (n,)
        Numbers, 0/1, shares or counts.
    columns : array of float, shape (n, k)
        What explains it, of full rank; a constant is not added.
    groups : array of int, shape (n,)
        Organisation of each row, numbered from 0 without gaps; organisations of one row are welcome among others.
    family : {"ols", "logit", "fractional", "poisson"}
        By the outcome's type. For all but the first a finite best fit must exist: see `check_separation`.
    working : {"exchangeable", "independence"}
        Whether rows of one organisation are weighed as correlated.
    refusal : callable
        Builds the error, such as `Terms.refusal`.

    Returns
    -------
    GeeFit

    Raises
    ------
    LinkError
        If no organisation has two rows to be correlated.

    Notes
    -----
    With Pearson errors :math:`r_i = (y_i - m_i) / \sqrt{v(m_i)}`,

    .. math:: \hat\phi = \frac{1}{n} \sum_i r_i^2, \qquad
              \hat\alpha = \frac{\sum_g \sum_{i<j} r_{gi} r_{gj}}{\hat\phi \sum_g n_g (n_g - 1) / 2}.

    The correlation is kept within -0.5 / (size of the largest organisation - 1) and 0.95, where it stays one.
    R: ``geepack::geeglm(y ~ x, family, id = organisation, corstr = "exchangeable")``. With the correction of
    `clustered` its errors become those of Kauermann and Carroll: between the plain sandwich and Mancl and DeRouen's.

    References
    ----------
    Liang and Zeger (1986), Longitudinal data analysis using generalized linear models, Biometrika 73.
    Mancl and DeRouen (2001), A covariance estimator for GEE with improved small-sample properties, Biometrics 57.
    Kauermann and Carroll (2001), A note on the efficiency of sandwich covariance matrix estimation, JASA 96.

    Examples
    --------
    >>> groups = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])
    >>> outcome = np.array([1.0, 1, 1, 0, 0, 1, 0, 1, 0])
    >>> fit_gee(outcome, np.ones((9, 1)), groups, family="logit")
    GeeFit(logit, correlation 0.4717, scale 1.018)
    """
    equations = EstimatingEquations(outcome=outcome, columns=columns, groups=groups, family=family)
    parameters, converged = maximise(equations)
    if working == "exchangeable":
        check_together(groups, "gee", refusal)
        equations, parameters, converged = _settled(equations, parameters)
    scale = equations.moments(parameters)[1]
    return GeeFit(
        parameters=parameters,
        likelihood=replace(equations, scale=scale),
        correlation=equations.correlation,
        scale=scale,
        converged=converged,
        curve=family,
    )


def _settled(equations: EstimatingEquations, parameters: Floats) -> tuple[EstimatingEquations, Floats, bool]:
    """Correlation and parameters by turns until neither moves."""
    lowest = _LOWEST / (int(np.bincount(equations.groups).max()) - 1)
    for _ in range(_ROUNDS):
        before = equations.correlation
        found = equations.moments(parameters)[0]
        equations = replace(equations, correlation=min(max(found, lowest), _HIGHEST))
        parameters, found = maximise(equations, start=parameters)
        if abs(equations.correlation - before) < _STILL:
            return equations, parameters, found
    return equations, parameters, False
