"""The models themselves, fitted with statsmodels: OLS, logit, ordered logit and Poisson."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit, Poisson
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.numdiff import approx_fprime

from surveykit.links.separation import check_separation, improving_of_counts, improving_of_cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.design import Design, Terms

    Floats = NDArray[np.float64]

Model = Literal["ols", "logit", "ordered logit", "poisson"]
_REGRESSIONS = {"ols": OLS, "logit": Logit, "poisson": Poisson}
_ITERATIONS = 200


class Estimate(NamedTuple):
    """Parameters and their clustered covariance."""

    parameters: Floats
    covariance: Floats


def fit_parameters(design: Design, model: Model, terms: Terms) -> Estimate:
    """Fit one model with statsmodels, clustered by organisation.

    Columns are standardised for the fit, so that no unit of measurement upsets the optimiser, and put back.

    Parameters
    ----------
    design : Design
        Outcome, regressors and clusters, checked.
    model : str
        The model.
    terms : Terms
        For messages.

    Returns
    -------
    Estimate
        Slopes, then the constant or the thresholds, on the columns as given.

    Raises
    ------
    LinkError
        For separation, no convergence, or a result that is not finite or leaves no error.
    """
    mean, spread = design.regressors.mean().to_numpy(), design.regressors.std().to_numpy()
    standard = (design.regressors.to_numpy() - mean) / spread
    _check_maximum(design, model, standard, terms)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Whatever they would warn of is refused below: no convergence, nothing finite, no error left.
        warnings.simplefilter("ignore")
        fitted = _fit(design, model, standard, terms)
    _check_fitted(fitted, len(spread), terms)
    back = np.diag(np.concatenate([1 / spread, np.ones(len(fitted.parameters) - len(spread))]))
    back[len(spread) :, : len(spread)] = (1 if model == "ordered logit" else -1) * mean / spread
    return Estimate(back @ fitted.parameters, back @ fitted.covariance @ back.T)


def _check_maximum(design: Design, model: Model, standard: Floats, terms: Terms) -> None:
    if model == "poisson":
        check_separation(
            improving_of_counts(np.asarray(design.outcome, dtype=np.float64), standard), design, terms
        )
    elif model != "ols":
        codes = np.unique(design.outcome, return_inverse=True)[1]
        check_separation(improving_of_cuts(codes, standard), design, terms)


def _fit(design: Design, model: Model, standard: Floats, terms: Terms) -> Estimate:
    robust: dict[str, Any] = {"cov_type": "cluster", "cov_kwds": {"groups": design.groups}}
    try:
        if model == "ordered logit":
            return _fit_ordered(design, standard, robust, terms)
        full = np.column_stack([standard, np.ones(len(standard))])
        steps = {} if model == "ols" else {"method": "newton", "maxiter": _ITERATIONS, "disp": 0}
        fitted = _REGRESSIONS[model](design.outcome.to_numpy(), full).fit(**steps, **robust)
        _check_converged(fitted, terms)
    except np.linalg.LinAlgError as error:
        raise terms.refusal(
            f"the {model} model has no usable Hessian ({error})", fix="Simplify the link."
        ) from None
    return Estimate(np.asarray(fitted.params), np.asarray(fitted.cov_params()))


def _check_converged(fitted: Any, terms: Terms) -> None:  # noqa: ANN401  # statsmodels is untyped
    if not getattr(fitted, "mle_retvals", {"converged": True})["converged"]:
        raise terms.refusal(
            f"the fit did not converge in {_ITERATIONS} steps",
            fix="Drop predictors, or merge small categories of what is adjusted for.",
        )


def _check_fitted(fitted: Estimate, slopes: int, terms: Terms) -> None:
    if not (np.isfinite(fitted.parameters).all() and np.isfinite(fitted.covariance).all()):
        raise terms.refusal(
            "the fit holds values that are not finite", fix="Drop predictors or merge categories."
        )
    errors = np.sqrt(np.maximum(np.diag(fitted.covariance)[:slopes], 0))
    if (errors <= 1e-10 * np.abs(fitted.parameters).max()).any():
        raise terms.refusal(
            "the explaining columns leave no error: they determine the outcome exactly",
            fix="Is a predictor computed from the outcome? Take it out of the link.",
        )


def _fit_ordered(design: Design, standard: Floats, robust: dict[str, Any], terms: Terms) -> Estimate:
    codes = np.unique(design.outcome, return_inverse=True)[1]
    model = _OrderedLogit(codes, standard, distr="logit")
    near = model.fit(method="bfgs", maxiter=_ITERATIONS, disp=0)
    fitted = model.fit(start_params=near.params, method="newton", maxiter=_ITERATIONS, disp=0, **robust)
    _check_converged(fitted, terms)
    # statsmodels estimates the first threshold and the logs of the steps between them; a reader wants
    # thresholds.
    parameters = np.asarray(fitted.params).copy()
    slopes = standard.shape[1]
    change = np.eye(len(parameters))
    change[slopes:, slopes:] = model.threshold_change(parameters)
    parameters[slopes:] = model.transform_threshold_params(parameters)[1:-1]
    return Estimate(parameters, change @ np.asarray(fitted.cov_params()) @ change.T)


class _OrderedLogit(OrderedModel):  # type: ignore[misc]  # statsmodels is untyped
    """OrderedModel with exact scores: its own are forward differences, good to 1e-6 and ten times slower."""

    def threshold_change(self, params: Floats) -> Floats:
        """Return the derivatives of the thresholds by the parameters that stand for them."""
        steps = np.concatenate([[1.0], np.exp(params[self.k_vars + 1 :])])
        change: Floats = np.tril(np.ones((self.k_extra, self.k_extra))) * steps
        return change

    def score_obs(self, params: Floats) -> Floats:
        """First derivatives of every row's log likelihood."""
        low, upp = self._bounds(params)
        share = np.maximum(expit(upp) - expit(low), 1e-300)
        at_low, at_upp = (expit(cut) * expit(-cut) / share for cut in (low, upp))
        edges = np.zeros((len(share), self.k_levels + 1))
        every = np.arange(len(share))
        edges[every, self.endog + 1] += at_upp
        edges[every, self.endog] -= at_low
        slopes = (at_low - at_upp)[:, None] * self.exog
        return np.column_stack([slopes, edges[:, 1:-1] @ self.threshold_change(params)])

    def score(self, params: Floats) -> Floats:
        """Sum of `score_obs`."""
        total: Floats = self.score_obs(params).sum(axis=0)
        return total

    def hessian(self, params: Floats) -> Floats:
        """Second derivatives, by central differences of the exact score."""
        matrix: Floats = approx_fprime(params, self.score, centered=True)
        return (matrix + matrix.T) / 2
