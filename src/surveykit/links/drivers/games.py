"""What is divided over the predictors, in the sample and in every resample of its organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from surveykit.links.drivers.logits import Logits, newton_step
from surveykit.links.drivers.relative_weights import relative_weights
from surveykit.links.drivers.sample import correlations, swept
from surveykit.links.drivers.shapley import shapley_of_values, shapley_shares, subsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.drivers.sample import Sample

    Floats = NDArray[np.float64]

Method = Literal["shapley", "relative weights"]


class Game(Protocol):
    """A model whose R2 is divided."""

    def estimate(self, method: Method) -> Floats:
        """Share of R2 of each predictor in the sample, shape (p,)."""
        ...

    def shares(self, counts: Floats, method: Method) -> Floats:
        """Shares in samples where organisations count so often, shape (samples, p); NaN where there is no fit."""
        ...

    def r_squared(self, counts: Floats) -> Floats:
        """R2 in samples where organisations count so often, shape (samples,); NaN where there is no fit."""
        ...


class LinearGame:
    """R2 of least squares: all of it is in the correlations, and those are sums over organisations."""

    def __init__(self, sample: Sample) -> None:
        self._sums = sample.sums()

    def estimate(self, method: Method) -> Floats:
        """Share of R2 of each predictor in the sample, shape (p,)."""
        found: Floats = self.shares(np.ones((1, len(self._sums))), method)[0]
        return found

    def shares(self, counts: Floats, method: Method) -> Floats:
        """Shares in samples where organisations count so often, shape (samples, p)."""
        return divide(*self._correlations(counts), method)

    def r_squared(self, counts: Floats) -> Floats:
        """R2 in samples where organisations count so often, shape (samples,)."""
        found: Floats = relative_weights(*self._correlations(counts)).sum(axis=1)
        return found

    def _correlations(self, counts: Floats) -> tuple[Floats, Floats]:
        sums = np.tensordot(counts, self._sums, axes=1)
        found = correlations(swept(sums))
        return found[:, :-1, :-1], found[:, :-1, -1]


class LogitGame:
    r"""McFadden's R2 of a logit: the part of the log likelihood without predictors that they take away.

    It never falls when a predictor is added, so that no share is negative, and shares of it are shares of the
    likelihood-ratio statistic. (Tjur's can fall, and Estrella's and Nagelkerke's bend it.)

    In the sample the best fits of all subsets are found. In a resample only that of all predictors is, and the log
    likelihood around it is taken as a quadratic: with J its curvature averaged along the way to the fit without
    predictors, weighed by the way that is left (by Simpson's rule: a third of that at the fit, two thirds of that half
    way), leaving predictors out costs what it costs in a linear model with the correlations of J. Shares of it are put
    to the exact R2.
    """

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._models = Logits(
            np.column_stack([sample.standard, np.ones(len(sample.outcome))]), sample.outcome
        )
        k = self._models.full.shape[1]
        self._all = np.ones((1, k), dtype=bool)
        self._best = self._models.fit(sample.weights[None], self._all, np.zeros((1, k)))

    @property
    def converged(self) -> bool:
        """Whether the model of all predictors has a best fit."""
        return bool(self._best.converged[0])

    def estimate(self, method: Method) -> Floats:
        """Share of R2 of each predictor in the sample, shape (p,)."""
        if method == "shapley":
            return shapley_of_values(self.values())
        found: Floats = self.shares(np.ones((1, self._sample.n_organisations)), method)[0]
        return found

    def values(self) -> Floats:
        """McFadden's R2 of all subsets, shape (2^p,), numbered as in `surveykit.links.drivers.shapley`."""
        inside = subsets(self._all.shape[1] - 1)
        used = np.column_stack([inside, np.ones(len(inside), dtype=bool)])
        weights = self._sample.weights[None]
        information = self._models.information(weights, self._best.parameters)
        pull = (information @ self._best.parameters[..., None])[..., 0]
        found = []
        for part in self._models.in_parts(len(used)):
            # Where the quadratic around the fit of all predictors has its top without those left out.
            many = (len(used[part]), *pull.shape[1:])
            start = newton_step(
                np.broadcast_to(information, (*many, many[1])), np.broadcast_to(pull, many), used[part]
            )
            found.append(self._models.fit(weights, used[part], start).value)
        values: Floats = 1 - np.concatenate(found) / self._models.null(weights)[1]
        return values

    def shares(self, counts: Floats, method: Method) -> Floats:
        """Shares in samples where organisations count so often, shape (samples, p)."""
        parts = [self._shares(counts[part], method) for part in self._models.in_parts(len(counts))]
        return np.concatenate(parts)

    def r_squared(self, counts: Floats) -> Floats:
        """R2 in samples where organisations count so often, shape (samples,)."""
        parts = [self._fitted(counts[part])[1] for part in self._models.in_parts(len(counts))]
        return np.concatenate(parts)

    def _shares(self, counts: Floats, method: Method) -> Floats:
        parameters, r_squared = self._fitted(counts)
        weights, usable = self._sample.resampled(counts), np.isfinite(r_squared)
        curve = self._curve(weights[usable], parameters[usable], method)
        within, scale = correlations(curve), np.sqrt(np.einsum("mii->mi", curve))
        between = (within @ (parameters[usable, :-1] * scale)[..., None])[..., 0]
        shares = np.full((len(counts), between.shape[1]), np.nan)
        shares[usable] = divide(within, between, method)
        total = shares.sum(axis=1)
        found: Floats = (
            shares * np.divide(r_squared, total, where=total > 0, out=np.ones_like(total))[:, None]
        )
        return found

    def _fitted(self, counts: Floats) -> tuple[Floats, Floats]:
        weights = self._sample.resampled(counts)
        fits = self._models.fit(weights, self._all, np.repeat(self._best.parameters, len(counts), axis=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            r_squared = 1 - fits.value / self._models.null(weights)[1]
        return fits.parameters, np.where(fits.converged, r_squared, np.nan)

    def _curve(self, weights: Floats, parameters: Floats, method: Method) -> Floats:
        """Curvature of the log likelihood by the slopes; for relative weights, covariances of the predictors."""
        if method == "relative weights":
            nowhere = np.zeros_like(parameters)
            return swept(4 * self._models.information(weights, nowhere))
        half = parameters / 2
        half[:, -1] += self._models.null(weights)[0] / 2
        at_fit, half_way = (self._models.information(weights, there) for there in (parameters, half))
        return swept((at_fit + 2 * half_way) / 3)


def divide(within: Floats, between: Floats, method: Method) -> Floats:
    """Divide R2 by either method."""
    return (shapley_shares if method == "shapley" else relative_weights)(within, between)
