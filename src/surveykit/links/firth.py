"""Firth's logit: the estimate that stays finite where a category or a predictor tells the outcome perfectly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.likelihood import At

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class FirthLikelihood:
    r"""A logit under Jeffreys' prior: a `Likelihood` whose best fit is finite even under separation.

    The log likelihood gains :math:`\frac{1}{2} \log |A(\beta)|`, A the information. That takes off the first-order
    bias of the estimate, and pulls probabilities a little towards one half. Row i adds to the score

    .. math:: \big(y_i - \pi_i + h_i (\tfrac{1}{2} - \pi_i)\big)\, x_i ,

    with its leverage :math:`h_i = \pi_i (1 - \pi_i)\, x_i^\top A^{-1} x_i`; so the penalty, too, is told by
    organisation, and everything made of scores and information holds as for any other model.

    Parameters
    ----------
    outcome : array of float, shape (n,)
        0 or 1.
    rows : array of float, shape (n, k)
        Regressors with the constant; of full rank.
    groups : array of int, shape (n,)
        Number of each row's organisation, from 0.

    Notes
    -----
    `information` is that of the logit without the penalty, as is usual. R: ``glm(..., binomial, method =
    brglm2::brglmFit, type = "AS_mean")``, or ``logistf::logistf``.

    Intervals come from CR2 and t, not from the bootstrap of the score nor from the penalised likelihood ratio. Of 665
    simulated surveys of 15 or 40 organisations in which a category of the adjustment never succeeded, tests of a true
    null at 5% rejected in 3.8% by t, 6.3% by the bootstrap, whose interval had no end in 10%, and 6.8% by the
    likelihood ratio, which takes rows to be independent (10% at 40 organisations with a correlation of 0.3).

    What is never to be fitted so: a predictor that one organisation alone tells, and an outcome that never varies.

    References
    ----------
    Firth (1993), Bias reduction of maximum likelihood estimates, Biometrika 80. Heinze and Schemper (2002), A solution
    to the problem of separation in logistic regression, Statistics in Medicine 21.

    Examples
    --------
    Four of four succeed with x, one of four without: the logit's slope is infinite, and this is that of the table with
    one half more in each cell, log(4.5 / 0.5) - log(1.5 / 3.5).

    >>> from surveykit.links.likelihood import maximise
    >>> x, y = np.repeat([1.0, 0.0], 4), np.array([1.0, 1, 1, 1, 1, 0, 0, 0])
    >>> model = FirthLikelihood(y, np.column_stack([x, np.ones(8)]), np.arange(8))
    >>> parameters, _ = maximise(model)
    >>> round(float(parameters[0]), 6), round(float(np.log(4.5 / 0.5) - np.log(1.5 / 3.5)), 6)
    (3.044522, 3.044522)
    """

    def __init__(self, outcome: Floats, rows: Floats, groups: NDArray[np.intp]) -> None:
        self._outcome = outcome
        self._rows = rows
        self._groups = groups

    def start(self) -> Floats:
        """Even odds, where information is largest."""
        return np.zeros(self._rows.shape[1])

    def at(self, parameters: Floats) -> At:
        """Tell penalised value and scores, and the information, there."""
        linear = self._rows @ parameters
        share, rest = expit(linear), expit(-linear)
        weight = share * rest
        information = outer_sums(self._groups, self._rows, self._rows, weight)
        sign, volume = np.linalg.slogdet(information.sum(axis=0))
        if sign <= 0:
            return At(-np.inf, np.zeros((len(information), len(parameters))), information)
        solved = np.linalg.solve(information.sum(axis=0), self._rows.T)
        leverage = weight * (self._rows * solved.T).sum(axis=1)
        pull = self._outcome - share + leverage * (rest - share) / 2
        value = float((self._outcome * linear - np.logaddexp(0, linear)).sum() + volume / 2)
        return At(value, group_sums(self._groups, self._rows * pull[:, None]), information)
