"""The wild cluster bootstrap of the score: a test, and its inversion to an interval, for few organisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.likelihood import maximise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.likelihood import At, Likelihood

    Floats = NDArray[np.float64]

DRAWS = 1999  # 5% and 1% of one more are whole numbers: the test is then exact where signs are exchangeable
_ENUMERATED = 12  # organisations up to which every pattern of signs is gone through: 2,047 of them
_FEWEST = 10  # fewer have under 512 patterns, and draw from six weights instead of two
_WEBB = np.sqrt([0.5, 1.0, 1.5])
_REACHES = 2.0 ** np.arange(1, 7)  # how far a limit is looked for, in standard errors from the estimate
_TIE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreBootstrap:
    """Test and interval of one parameter by the wild cluster bootstrap of the score.

    Attributes
    ----------
    p_value : float
        Two-sided and symmetric, above 0 to 1.
    ci_lower, ci_upper : float
        Values of the parameter that the same test does not reject lie between them; infinite where the data set no
        limit within 64 standard errors.
    draws : int
        Draws compared with the data, the data's own signs not counted.
    statistic : float
        Studentised score at the null value; for a linear model the t of clustered (CR0) standard errors.
    weights : str
        ``Rademacher`` (1 or -1, drawn), ``Rademacher, all`` (every pattern) or ``Webb`` (six points).
    lower, upper : array of float, shape (k,)
        Parameters fitted with the tested one at its limit; NaN where it is infinite.
    """

    p_value: float
    ci_lower: float
    ci_upper: float
    draws: int
    statistic: float
    weights: str
    lower: Floats
    upper: Floats

    def to_frame(self) -> pd.DataFrame:
        """One row: test, interval, and how they were drawn."""
        names = ("statistic", "p_value", "ci_lower", "ci_upper", "draws", "weights")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def __repr__(self) -> str:
        interval = f"{self.ci_lower:.4g} to {self.ci_upper:.4g}"
        return f"ScoreBootstrap(p {self.p_value:.4f}; {interval}; {self.draws} draws, {self.weights})"


class Weights(NamedTuple):
    """Weights of organisations, one row a draw, and what they are."""

    draws: Floats
    kind: str


def score_bootstrap(  # noqa: PLR0913  # what is tested, then options by keyword
    likelihood: Likelihood,
    parameters: Floats,
    position: int,
    *,
    null: float = 0.0,
    draws: int = DRAWS,
    seed: int = 1,
    confidence: float = 0.95,
) -> ScoreBootstrap:
    r"""Test one parameter, and invert the test to an interval, by the wild cluster bootstrap of the score.

    The model is fitted with parameter j at its null value. There organisation g has the score :math:`s_g` and the
    information :math:`A_g`. Each draw b gives the organisations weights v of mean 0 and variance 1, and compares

    .. math:: t = \frac{\sum_g a_g}{\sqrt{\sum_g (a_g - w_g^\top \sum_h s_h)^2}}, \quad
        t_b = \frac{\sum_g v_g a_g}{\sqrt{\sum_g (v_g a_g - w_g^\top \sum_h v_h s_h)^2}},

    with :math:`a_g = e_j^\top A^{-1} s_g` and :math:`w_g = A^{-1} A_g A^{-1} e_j`. The numerator is the efficient score
    on the scale of the parameter, the denominator its clustered standard error after one more step of the fit: a draw
    costs no fit of its own. For a linear model this is, exactly, the wild cluster bootstrap-t with the null imposed
    (WCR) of Cameron, Gelbach and Miller. ``p = (1 + #{|t_b| >= |t|}) / (draws + 1)``.

    Weights are 1 or -1 (Rademacher): all patterns for 10 to 12 organisations (a pattern and its opposite are one),
    else drawn; below 10, Webb's six.

    Parameters
    ----------
    likelihood : Likelihood
        The model on its data.
    parameters : array of float, shape (k,)
        Its best fit.
    position : int
        Which of them is tested, from 0.
    null : float, optional
        Value under test.
    draws : int, optional
        Number of draws, where they are drawn; at least 99.
    seed : int, optional
        Seed of the draws.
    confidence : float, optional
        Of the interval, between 0 and 1.

    Returns
    -------
    ScoreBootstrap

    Raises
    ------
    LinkError
        For fewer than 99 draws, and where the fit under the null value does not converge.

    Notes
    -----
    R: ``fwildclusterboot::boottest(lm(...), param = "x", clustid = "organisation", B = 1999)``; Stata: ``boottest``
    after ``regress``, ``logit`` and others.

    References
    ----------
    Kline and Santos (2012), A score based approach to wild bootstrap inference, Journal of Econometric Methods 1.
    Roodman, Nielsen, MacKinnon and Webb (2019), Fast and wild: bootstrap inference in Stata using boottest, Stata
    Journal 19. Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with clustered errors,
    Review of Economics and Statistics 90. Webb (2023), Reworking wild bootstrap-based inference for clustered errors,
    Canadian Journal of Economics 56.
    """
    if draws < 99:
        raise LinkError("too few draws for a test", given=draws, allowed="99 or more", fix="1999 is usual.")
    test = ScoreTest(likelihood, np.asarray(parameters, dtype=np.float64), position, draws, seed)
    found = test.at(null, test.parameters)
    if found is None:
        raise LinkError(
            "the fit under the null value did not converge", given=null, fix="Drop predictors from the link."
        )
    lower, upper = (test.limit(side, 1 - confidence) for side in (-1, 1))
    return ScoreBootstrap(
        p_value=found.p_value(),
        ci_lower=float(lower[position]) if np.isfinite(lower[position]) else -np.inf,
        ci_upper=float(upper[position]) if np.isfinite(upper[position]) else np.inf,
        draws=len(test.weights.draws),
        statistic=found.statistic,
        weights=test.weights.kind,
        lower=lower,
        upper=upper,
    )


class _Found(NamedTuple):
    """The statistic at one null value, those of the draws, and the parameters fitted under it."""

    statistic: float
    drawn: Floats
    parameters: Floats

    def p_value(self) -> float:
        """Share of draws, the data among them, as far from 0 as the data."""
        beyond = int((self.drawn >= abs(self.statistic) * (1 - _TIE)).sum())
        return (1 + beyond) / (1 + len(self.drawn))

    def excess(self, level: float) -> float:
        """How far the statistic lies beyond the largest that is not rejected: 0 at a limit of the interval."""
        rejected = int(level * (1 + len(self.drawn)) + _TIE)
        if not rejected:
            return -np.inf
        return abs(self.statistic) - float(np.partition(self.drawn, -rejected)[-rejected])


class ScoreTest:
    """One parameter's test at any null value, with the same draws."""

    def __init__(
        self, likelihood: Likelihood, parameters: Floats, position: int, draws: int, seed: int
    ) -> None:
        self.likelihood, self.parameters, self.position = likelihood, parameters, position
        here = likelihood.at(parameters)
        self.weights = draw_weights(len(here.scores), draws, seed)
        influence = here.scores @ np.linalg.inv(here.information.sum(axis=0))[position]
        self.std_error = float(np.linalg.norm(influence))

    def at(self, null: float, start: Floats) -> _Found | None:
        """Statistics at a null value, fitted from `start`; None where there is no fit."""
        try:
            fitted, converged = maximise(self.likelihood, start=start, fixed={self.position: null})
        except np.linalg.LinAlgError:
            return None
        if not converged:
            return None
        there = self.likelihood.at(fitted)
        ones = np.ones((1, len(there.scores)))
        own = studentised(there, self.position, ones)
        return _Found(float(own[0]), np.abs(studentised(there, self.position, self.weights.draws)), fitted)

    def limit(self, side: int, level: float) -> Floats:
        """Parameters fitted at one limit of the interval; NaN where the data set none."""
        inside = _Found(0.0, np.full(len(self.weights.draws), np.inf), self.parameters)
        for reach in _REACHES:
            null = self.parameters[self.position] + side * reach * self.std_error
            outside = self.at(null, inside.parameters)
            if outside is None:
                break
            if outside.excess(level) > 0:
                return self._between(inside, outside, level)
            inside = outside
        return np.full(len(self.parameters), np.nan)

    def _between(self, inside: _Found, outside: _Found, level: float) -> Floats:
        from scipy.optimize import brentq  # noqa: PLC0415  (a slow import few analyses need)

        step = outside.parameters - inside.parameters

        def at(share: float) -> _Found | None:
            # Beginning between two fits, a fit is a step or two away.
            start = inside.parameters + share * step
            return inside if share == 0 else outside if share == 1 else self.at(start[self.position], start)

        def excess(share: float) -> float:
            found = at(share)
            return np.inf if found is None else max(found.excess(level), -1e9)

        found = at(brentq(excess, 0, 1, xtol=1e-8 * self.std_error / abs(step[self.position])))
        return outside.parameters if found is None else found.parameters


def studentised(there: At, position: int, weights: Floats) -> Floats:
    """Statistics of weighted scores: shape (draws,) for weights of shape (draws, G)."""
    inverse = np.linalg.inv(there.information.sum(axis=0))
    influence = there.scores @ inverse[position]
    shift = there.information @ inverse[position] @ inverse
    # All draws in one product: sums of scores, and of what the squares below mix them with.
    sums = weights @ np.hstack([there.scores, influence[:, None] * shift])
    scores, mixed = np.hsplit(sums, 2)
    squares = np.square(weights) @ np.square(influence) - 2 * (scores * mixed).sum(axis=1)
    squares += ((scores @ (shift.T @ shift)) * scores).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        made: Floats = scores @ inverse[position] / np.sqrt(np.maximum(squares, 0))
    return made


def draw_weights(organisations: int, draws: int, seed: int) -> Weights:
    """Draw weights of organisations, or go through all patterns of signs but the data's own."""
    if _FEWEST <= organisations <= _ENUMERATED:
        # The last organisation keeps its sign: a pattern and its opposite give the same |t|.
        patterns = np.arange(1, 2 ** (organisations - 1))[:, None] >> np.arange(organisations) & 1
        return Weights(np.asarray(1.0 - 2.0 * patterns, dtype=np.float64), "Rademacher, all")
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], size=(draws, organisations))
    if organisations > _ENUMERATED:
        return Weights(signs, "Rademacher")
    return Weights(signs * rng.choice(_WEBB, size=signs.shape), "Webb")
