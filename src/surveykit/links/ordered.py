"""The ordered logit: statsmodels finds the estimate, exact derivatives of each row say how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import expit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from surveykit.links.clustered import outer_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class _Side(NamedTuple):
    """The threshold above, or below, the category of each row.

    `rows` are the derivatives of its distance from the linear predictor by slopes and thresholds; `density` and
    `bend` the logistic density there and its derivative. At an end of the scale all but the slopes are 0.
    """

    rows: Floats
    density: Floats
    bend: Floats


class Rows:
    """Log likelihood of each row at given slopes and thresholds: its first and second derivatives.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Category of each row, 0 the lowest.
    standard : array of float, shape (n, columns)
        Regressors.
    parameters : array of float
        Slopes, then thresholds in ascending order.
    """

    def __init__(self, codes: NDArray[np.intp], standard: Floats, parameters: Floats) -> None:
        slopes = standard.shape[1]
        cuts = np.concatenate([[-np.inf], parameters[slopes:], [np.inf]])
        linear = standard @ parameters[:slopes]
        at_upper, at_lower = cuts[codes + 1] - linear, cuts[codes] - linear
        # In the upper half differences of upper tails, so that no digit is lost where both shares are near 1.
        upper_half = at_lower > 0
        share = np.where(upper_half, expit(-at_lower) - expit(-at_upper), expit(at_upper) - expit(at_lower))
        self._share = np.maximum(share, 1e-300)
        self._upper = _side(at_upper, codes, standard, len(cuts) - 2)
        self._lower = _side(at_lower, codes - 1, standard, len(cuts) - 2)

    def values(self) -> Floats:
        """Log likelihoods, shape (n,)."""
        values: Floats = np.log(self._share)
        return values

    def scores(self) -> Floats:
        """First derivatives, shape (n, k)."""
        upper, lower = self._upper, self._lower
        gained: Floats = (upper.density / self._share)[:, None] * upper.rows
        lost: Floats = (lower.density / self._share)[:, None] * lower.rows
        return gained - lost

    def information(self, groups: NDArray[np.intp], weights: Floats | float = 1.0) -> Floats:
        """Minus the second derivatives, weighted and summed within groups: shape (G, k, k)."""
        upper, lower, share = self._upper, self._lower, self._share
        above, below = upper.density / share, lower.density / share
        mixed = outer_sums(groups, upper.rows, lower.rows, -weights * above * below)
        return (
            outer_sums(groups, upper.rows, upper.rows, weights * (above**2 - upper.bend / share))
            + outer_sums(groups, lower.rows, lower.rows, weights * (below**2 + lower.bend / share))
            + mixed
            + mixed.transpose(0, 2, 1)
        )


def _side(distance: Floats, cut: NDArray[np.intp], standard: Floats, cuts: int) -> _Side:
    inside = (cut >= 0) & (cut < cuts)
    thresholds = np.zeros((len(cut), cuts))
    thresholds[inside, cut[inside]] = 1.0
    share, rest = expit(distance), expit(-distance)
    density = share * rest
    return _Side(np.column_stack([-standard, thresholds]), density, density * (rest - share))


def fit_ordered(codes: NDArray[np.intp], standard: Floats, steps: int) -> tuple[Floats, bool]:
    """Fit slopes and thresholds by maximum likelihood.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Category of each row, 0 the lowest; every category occurs.
    standard : array of float, shape (n, columns)
        Standardised regressors.
    steps : int
        Most iterations.

    Returns
    -------
    (array, bool)
        Slopes, then thresholds; and whether the fit converged.
    """
    model = _OrderedLogit(codes, standard, distr="logit")
    near = model.fit(method="bfgs", maxiter=steps, disp=0)
    fitted: Any = model.fit(start_params=near.params, method="newton", maxiter=steps, disp=0)
    return model.readable(np.asarray(fitted.params)), bool(fitted.mle_retvals["converged"])


class _OrderedLogit(OrderedModel):  # type: ignore[misc]  # statsmodels is untyped
    """OrderedModel with exact derivatives: its own are forward differences, good to 1e-6 and ten times slower.

    Its parameters are the slopes, the first threshold, and the logs of the steps between thresholds.
    """

    def readable(self, params: Floats) -> Floats:
        """Slopes, then thresholds."""
        thresholds = self.transform_threshold_params(params)[1:-1]
        return np.concatenate([params[: self.k_vars], thresholds])

    def score(self, params: Floats) -> Floats:
        """First derivatives of the log likelihood."""
        by_threshold = self._rows(params).scores().sum(axis=0)
        slopes: Floats = self._change(params).T @ by_threshold
        return slopes

    def hessian(self, params: Floats) -> Floats:
        """Second derivatives of the log likelihood."""
        rows, change = self._rows(params), self._change(params)
        matrix = -change.T @ rows.information(np.zeros(len(self.endog), dtype=np.intp))[0] @ change
        # A threshold's second derivative by the log of a step is the step itself, for it and all above it.
        by_threshold = rows.scores().sum(axis=0)[self.k_vars :]
        above = np.cumsum(by_threshold[::-1])[::-1][1:]
        steps = np.arange(self.k_vars + 1, len(params))
        matrix[steps, steps] += above * np.exp(params[self.k_vars + 1 :])
        hessian: Floats = matrix
        return hessian

    def _rows(self, params: Floats) -> Rows:
        return Rows(self.endog, self.exog, self.readable(params))

    def _change(self, params: Floats) -> Floats:
        """Derivatives of slopes and thresholds by the parameters that stand for them."""
        steps = np.concatenate([[1.0], np.exp(params[self.k_vars + 1 :])])
        change = np.eye(len(params))
        change[self.k_vars :, self.k_vars :] = np.tril(np.ones((len(steps), len(steps)))) * steps
        return change
