"""A yes or no that differs between organisations: the logit with a random intercept for each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, logsumexp

from surveykit.errors import LinkError
from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.curves import Curve, mean_curve
from surveykit.links.exchangeable import Refusal, check_together
from surveykit.links.likelihood import At, maximise
from surveykit.links.likelihoods.canonical import CanonicalLikelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Nodes are evenly spaced around each organisation's peak: by its width, and, where rows are few and spreads wide, by
# how sharply a logistic bends. Such sums of smooth integrands that die away are good to 1e-10 here.
_NODES = np.arange(-30.0, 31.0)
_BY_WIDTH = 0.7
_BY_BEND = 0.86
_STANDARD = np.linspace(-8.5, 8.5, 171)
_STEPS = 50
# Standard deviations at which the likelihood is first looked at, in log odds. At the last one, 88 of 100 parts of the
# latent variance lie between organisations.
_SPREADS = (0.25, 0.7, 1.5, 2.8, 5.0)
_NONE = 1e-3
_NEAR = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomInterceptLogit:
    """A `Likelihood`: the logit with a random intercept, whose spread is held where it was estimated.

    Attributes
    ----------
    outcome : array of float, shape (n,)
        0 or 1.
    columns : array of float, shape (n, k)
        What explains it, the constant included.
    groups : array of int, shape (n,)
        Organisation of each row, from 0.
    spread : float
        Standard deviation of the intercepts, from 0, in log odds.
    """

    outcome: Floats
    columns: Floats
    groups: NDArray[np.intp]
    spread: float

    def start(self) -> Floats:
        """Slopes of the plain logit, stretched to those of one organisation (Zeger, Liang and Albert 1988)."""
        alone = maximise(CanonicalLikelihood("logit", self.outcome, self.columns, self.groups))[0]
        return alone * float(np.sqrt(1 + 0.346 * self.spread**2))

    def at(self, parameters: Floats) -> At:
        """Log likelihood, scores and information of the organisations, by adaptive quadrature."""
        nodes = self._nodes(parameters)
        errors = self.outcome[:, None] - nodes.shares
        each = np.stack(
            [group_sums(self.groups, errors * column[:, None]) for column in self.columns.T], axis=2
        )
        scores = np.einsum("gq,gqi->gi", nodes.belief, each)
        apart = each - scores[:, None, :]
        # Louis (1982): the information if intercepts were known, less the covariance of its scores.
        lost = np.einsum("gqi,gqj->gij", apart * nodes.belief[:, :, None], apart)
        known = (nodes.belief[self.groups] * nodes.shares * (1 - nodes.shares)).sum(axis=1)
        return At(nodes.value, scores, outer_sums(self.groups, self.columns, self.columns, known) - lost)

    def by_spread(self, parameters: Floats) -> float:
        """Derivative of the log likelihood by the spread."""
        nodes = self._nodes(parameters)
        errors = group_sums(self.groups, self.outcome[:, None] - nodes.shares)
        return float((nodes.belief * nodes.places * errors).sum())

    def _nodes(self, parameters: Floats) -> _Nodes:
        linear = self.columns @ parameters
        peak, curve = self._peaks(linear)
        apart = np.minimum(_BY_WIDTH / np.sqrt(curve), _BY_BEND / max(self.spread, _NONE))[:, None]
        places = peak[:, None] + apart * _NODES
        reached = linear[:, None] + self.spread * places[self.groups]
        own = group_sums(self.groups, self.outcome[:, None] * reached - np.logaddexp(0, reached))
        logs = own - places**2 / 2 + np.log(apart / np.sqrt(2 * np.pi))
        value = logsumexp(logs, axis=1)
        return _Nodes(float(value.sum()), places, np.exp(logs - value[:, None]), expit(reached))

    def _peaks(self, linear: Floats) -> tuple[Floats, Floats]:
        """Likeliest intercept of each organisation, in standard deviations, and the curvature there."""
        peak: Floats = np.zeros(int(np.max(self.groups)) + 1)
        curve: Floats = np.ones(len(peak))
        for _ in range(_STEPS):
            share = expit(linear + self.spread * peak[self.groups])
            slope = self.spread * np.bincount(self.groups, self.outcome - share) - peak
            curve = 1 + self.spread**2 * np.bincount(self.groups, share * (1 - share)).astype(np.float64)
            step = np.clip(slope / curve, -1, 1)
            if np.abs(step).max() < 1e-9:
                break
            peak = peak + step
        return peak, curve


class _Nodes(NamedTuple):
    """Places of the standard normal around each organisation's peak, shape (G, nodes).

    `belief` is how much of an organisation's likelihood lies at each, `shares` the expected outcome of its rows there,
    shape (n, nodes).
    """

    value: float
    places: Floats
    belief: Floats
    shares: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedLogitFit:
    r"""A logit with a random intercept for each organisation, by maximum likelihood.

    Attributes
    ----------
    parameters : array of float, shape (k,)
        Log odds within an organisation, one for each column given: further from 0 than those of the mean over
        organisations, which a logit or a GEE tells. Effects to set beside theirs come from `marginal_curve`.
    likelihood : RandomInterceptLogit
        Scores and information of the organisations at the spread found.
    spread : float
        Standard deviation of the organisations' intercepts, from 0 (a legal estimate), in log odds.
    value : float
        Log likelihood, below 0.
    icc : float
        Share of the latent variance that lies between organisations, the logistic's own being :math:`\pi^2 / 3`;
        from 0 to 1.
    converged : bool
        Whether the top was reached.
    """

    parameters: Floats
    likelihood: RandomInterceptLogit
    spread: float
    value: float
    icc: float
    converged: bool

    def __repr__(self) -> str:
        """Show how far organisations differ."""
        return f"MixedLogitFit(standard deviation {self.spread:.4g}, ICC {self.icc:.3f})"


def fit_mixed_logit(
    outcome: Floats, columns: Floats, groups: NDArray[np.intp], *, refusal: Refusal = LinkError
) -> MixedLogitFit:
    r"""Fit :math:`\mathrm{logit} P(y_{gi} = 1) = x_{gi}^\top \beta + \tau z_g` with standard normal z.

    By maximum likelihood: each organisation's is an integral over its intercept, taken at 61 evenly spaced nodes around
    its own peak, all organisations at once. Of smooth integrands that die away such sums are good to rounding; unlike
    Gauss-Hermite's they stay good where a peak has long shoulders (few rows, wide spreads). Given the spread the
    likelihood is concave in the slopes; the spread is looked for from end to end, as the root of the derivative.
    statsmodels has no likelihood of this model: its ``BinomialBayesMixedGLM`` puts priors on slopes and variance and
    approximates what follows from them (in the reference data its ``fit_map`` ends at no variance at all, where the
    likelihood has its top at 0.88).

    Parameters
    ----------
    outcome : array of float, shape (n,)
        0 or 1; a finite best logit must exist (`check_separation`).
    columns : array of float, shape (n, k)
        What explains it, of full rank; a constant is not added.
    groups : array of int, shape (n,)
        Organisation of each row, numbered from 0 without gaps.
    refusal : callable
        Builds the error, such as `Terms.refusal`.

    Returns
    -------
    MixedLogitFit

    Raises
    ------
    LinkError
        If no organisation has two rows, or organisations differ so much that rows of one hardly do.

    Notes
    -----
    Errors from `clustered` are those of the slopes at the spread found: what is unsure of the spread moves all slopes
    together and leaves marginal effects nearly where they are. R: ``lme4::glmer(y ~ x + (1 | organisation), binomial,
    nAGQ = 25)``.

    References
    ----------
    Pinheiro and Bates (1995), Approximations to the log-likelihood function in the nonlinear mixed-effects model,
    Journal of Computational and Graphical Statistics 4. Louis (1982), Finding the observed information matrix when
    using the EM algorithm, Journal of the Royal Statistical Society B 44.

    Examples
    --------
    >>> groups = np.repeat(np.arange(8), 4)
    >>> outcome = np.array([1, 1, 1, 1, 0, 0, 0, 0] * 2 + [1, 0, 1, 0] * 4, dtype=float)
    >>> fit_mixed_logit(outcome, np.ones((32, 1)), groups)
    MixedLogitFit(standard deviation 1.831, ICC 0.505)
    """
    check_together(groups, "mixed", refusal)
    likelihood = RandomInterceptLogit(outcome=outcome, columns=columns, groups=groups, spread=0.0)
    likelihood = _at_best_spread(likelihood, refusal)
    parameters = maximise(likelihood)[0]
    here = likelihood.at(parameters)
    score = here.scores.sum(axis=0)
    variance = likelihood.spread**2
    return MixedLogitFit(
        parameters=parameters,
        likelihood=likelihood,
        spread=likelihood.spread,
        value=here.value,
        icc=float(variance / (variance + np.pi**2 / 3)),
        # A ten-thousandth of a standard error from the top: as near as quadrature tells where spreads are wide.
        converged=bool(score @ np.linalg.solve(here.information.sum(axis=0), score) < _NEAR),
    )


def _at_best_spread(likelihood: RandomInterceptLogit, refusal: Refusal) -> RandomInterceptLogit:
    from scipy.optimize import brentq  # noqa: PLC0415  (slow to import: only where asked for)

    alone = likelihood.start()

    def at(spread: float) -> tuple[RandomInterceptLogit, Floats]:
        held = replace(likelihood, spread=spread)
        return held, maximise(held, start=alone * float(np.sqrt(1 + 0.346 * spread**2)))[0]

    def slope(spread: float) -> float:
        held, parameters = at(spread)
        return held.by_spread(parameters)

    tops = [held.at(parameters).value for held, parameters in map(at, _SPREADS)]
    best = int(np.argmax(tops))
    low, high = (_NONE, *_SPREADS)[best], (*_SPREADS, _SPREADS[-1])[best + 1]
    if slope(high) >= 0:
        raise refusal(
            "the outcome is all but the same in all rows of an organisation: their differences have no end",
            fix="Is it an outcome of the organisation? Plan the link at level 'organisation', without 'model'.",
        )
    if slope(low) <= 0:
        return likelihood
    return replace(likelihood, spread=float(brentq(slope, low, high, xtol=1e-9)))


def marginal_curve(linear: Floats, spread: float) -> Curve:
    r"""Expected share over all organisations there could be, as a function of the linear predictor.

    Parameters
    ----------
    linear : array of float, any shape
        Log odds of an organisation with the intercept 0.
    spread : float
        Standard deviation of the intercepts, in log odds.

    Returns
    -------
    Curve
        :math:`\int \mathrm{expit}(\eta + \tau z) \phi(z) dz` and its first two derivatives: what a logit or a GEE
        describes, so that effects of all three can be set side by side.

    Examples
    --------
    >>> marginal_curve(np.array([0.0, 2.0]), 1.5).value.round(4).tolist()
    [0.5, 0.8099]
    """
    weights = np.exp(-(_STANDARD**2) / 2) * (_STANDARD[1] - _STANDARD[0]) / np.sqrt(2 * np.pi)
    at = mean_curve("logit", np.add.outer(linear, spread * _STANDARD))
    return Curve(*[part @ weights for part in at])
