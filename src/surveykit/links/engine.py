"""The models themselves, fitted with statsmodels: OLS, logit, ordered logit and Poisson."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from statsmodels.discrete.discrete_model import Logit, Poisson
from statsmodels.regression.linear_model import OLS

from surveykit.links.clustered import Clustered, clustered, group_sums, outer_sums
from surveykit.links.curves import mean_curve
from surveykit.links.ordered import Rows, fit_ordered
from surveykit.links.separation import check_separation, improving_of_counts, improving_of_cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.curves import Model
    from surveykit.links.design import Design, Terms

    Floats = NDArray[np.float64]

_REGRESSIONS = {"ols": OLS, "logit": Logit, "poisson": Poisson}
_ITERATIONS = 200


class Estimate(NamedTuple):
    """Parameters and their clustered covariance."""

    parameters: Floats
    clustered: Clustered


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
    return Estimate(back @ fitted.parameters, fitted.clustered.moved(back))


def _check_maximum(design: Design, model: Model, standard: Floats, terms: Terms) -> None:
    if model == "poisson":
        check_separation(
            improving_of_counts(np.asarray(design.outcome, dtype=np.float64), standard), design, terms
        )
    elif model != "ols":
        codes = np.unique(design.outcome, return_inverse=True)[1]
        check_separation(improving_of_cuts(codes, standard), design, terms)


def _fit(design: Design, model: Model, standard: Floats, terms: Terms) -> Estimate:
    fit = _fit_ordered if model == "ordered logit" else _fit_mean
    try:
        parameters, scores, information, converged = fit(design, model, standard)
        if not converged:
            raise terms.refusal(
                f"the fit did not converge in {_ITERATIONS} steps",
                fix="Drop predictors, or merge small categories of what is adjusted for.",
            )
        return Estimate(parameters, clustered(group_sums(design.groups, scores), information))
    except np.linalg.LinAlgError as error:
        raise terms.refusal(
            f"the {model} model has no usable Hessian ({error})", fix="Simplify the link."
        ) from None


def _fit_mean(design: Design, model: Model, standard: Floats) -> tuple[Floats, Floats, Floats, bool]:
    """Parameters, scores of the rows, information of the organisations; all have the canonical link."""
    full = np.column_stack([standard, np.ones(len(standard))])
    steps = {} if model == "ols" else {"method": "newton", "maxiter": _ITERATIONS, "disp": 0}
    outcome = design.outcome.to_numpy()
    fitted: Any = _REGRESSIONS[model](outcome, full).fit(**steps)
    parameters = np.asarray(fitted.params)
    curve = mean_curve(model, full @ parameters)
    scores = full * (outcome - curve.value)[:, None]
    converged = getattr(fitted, "mle_retvals", {"converged": True})["converged"]
    return parameters, scores, outer_sums(design.groups, full, full, curve.slope), converged


def _fit_ordered(design: Design, _: Model, standard: Floats) -> tuple[Floats, Floats, Floats, bool]:
    codes = np.unique(design.outcome, return_inverse=True)[1]
    parameters, converged = fit_ordered(codes, standard, _ITERATIONS)
    rows = Rows(codes, standard, parameters)
    return parameters, rows.scores(), rows.information(design.groups), converged


def _check_fitted(fitted: Estimate, slopes: int, terms: Terms) -> None:
    covariance = fitted.clustered.covariance
    if not (np.isfinite(fitted.parameters).all() and np.isfinite(covariance).all()):
        raise terms.refusal(
            "the fit holds values that are not finite", fix="Drop predictors or merge categories."
        )
    errors = np.sqrt(np.maximum(np.diag(covariance)[:slopes], 0))
    if (errors <= 1e-10 * np.abs(fitted.parameters).max()).any():
        raise terms.refusal(
            "the explaining columns leave no error: they determine the outcome exactly",
            fix="Is a predictor computed from the outcome? Take it out of the link.",
        )
