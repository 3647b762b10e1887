"""Counts that vary more than a Poisson model says: the negative binomial with a quadratic variance (NB2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.likelihood import At
from surveykit.links.likelihoods.canonical import CanonicalLikelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class NegativeBinomialLikelihood:
    r"""Mean :math:`\mu = \exp(x^\top \beta)`, variance :math:`\mu + \alpha \mu^2`.

    The parameters are the slopes, the constant, and :math:`\log \alpha`: any real number, and nearer to normal than
    :math:`\alpha` itself (R's ``MASS::glm.nb`` reports :math:`\theta = 1 / \alpha`).

    The information is the expected one, in which slopes and dispersion tell nothing of each other: an organisation's
    second derivatives may be those of no variance. Of the dispersion every row is held to tell the same, together
    minus the second derivative.

    Parameters
    ----------
    counts : array, shape (n,)
        0, 1, 2 and so on.
    rows : array, shape (n, k - 1)
        Regressors with the constant.
    groups : array of int, shape (n,)
        Number of each row's organisation, from 0.
    weights : array, shape (n,), optional
        Above 0.
    """

    def __init__(
        self, counts: Floats, rows: Floats, groups: NDArray[np.intp], weights: Floats | None = None
    ) -> None:
        self._counts = counts
        self._rows = rows
        self._groups = groups
        self._weights = weights
        self._each = np.ones(len(counts)) if weights is None else weights
        self._below = np.arange(int(counts.max()), dtype=np.float64)

    def start(self) -> Floats:
        """A constant mean, and the dispersion that makes up for the variance around it."""
        means = CanonicalLikelihood("poisson", self._counts, self._rows, self._groups, self._weights).start()
        mean = float(np.average(self._counts, weights=self._each))
        excess = np.average((self._counts - mean) ** 2, weights=self._each) - mean
        return np.append(means, np.log(max(excess / mean**2, 0.01)))

    def at(self, parameters: Floats) -> At:
        """Tell value, scores and information there."""
        linear, dispersion = self._rows @ parameters[:-1], float(np.exp(parameters[-1]))
        mean, counts = np.exp(linear), self._counts
        grown = 1 + dispersion * mean
        # Sums over 0, ..., y - 1 stand for the gamma functions: exact even where the dispersion is next to nothing.
        steps = dispersion * self._below
        told, first, second = (
            np.concatenate([[0.0], np.cumsum(each)])[counts.astype(np.intp)]
            for each in (np.log1p(steps), steps / (1 + steps), steps / (1 + steps) ** 2)
        )
        spread = np.log1p(dispersion * mean) / dispersion
        value = (
            told
            + counts * linear
            - (counts + 1 / dispersion) * np.log1p(dispersion * mean)
            - gammaln(counts + 1)
        )
        by_dispersion = first + spread - mean * (1 + dispersion * counts) / grown
        bend = spread - second - mean / grown + dispersion * mean * (counts - mean) / grown**2
        scores = np.column_stack([self._rows * ((counts - mean) / grown)[:, None], by_dispersion])
        # Its size far from the estimate, where the value may bend upwards: a step is then still one uphill.
        told_of_dispersion = abs(float(np.average(bend, weights=self._each)))
        return At(
            float(self._each @ value),
            group_sums(self._groups, scores * self._each[:, None]),
            self._information(mean / grown, told_of_dispersion, self._each),
            None
            if self._weights is None
            else self._information(mean / grown, told_of_dispersion, self._weights**2),
        )

    def _information(self, of_means: Floats, of_dispersion: float, weights: Floats) -> Floats:
        means = outer_sums(self._groups, self._rows, self._rows, weights * of_means)
        count = means.shape[1]
        information = np.zeros((len(means), count + 1, count + 1))
        information[:, :count, :count] = means
        information[:, count, count] = of_dispersion * np.bincount(self._groups, weights=weights)
        return information
