"""The models themselves: statsmodels finds the estimate, exact derivatives say how sure it is."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from statsmodels.discrete.discrete_model import Logit, MNLogit, Poisson
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.families import Poisson as PoissonFamily
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import WLS

from surveykit.links.clustered import Clustered, clustered
from surveykit.links.layout import put_back
from surveykit.links.likelihood import maximise
from surveykit.links.likelihoods import likelihood_of, with_constant
from surveykit.links.ordered import fit_ordered
from surveykit.links.separation import (
    check_separation,
    improving_of_categories,
    improving_of_counts,
    improving_of_cuts,
    improving_of_shares,
    improving_of_times,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from surveykit.links.curves import Model
    from surveykit.links.design import Design, Terms

    Floats = NDArray[np.float64]

_REGRESSIONS = {"logit": Logit, "poisson": Poisson}
_NEWTON = {"method": "newton", "disp": 0}
_FAMILIES = {"logit": Binomial, "fractional": Binomial, "poisson": PoissonFamily}
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
    back = put_back(model, mean, spread, len(fitted.parameters))
    return Estimate(back @ fitted.parameters, fitted.clustered.moved(back))


def _check_maximum(design: Design, model: Model, standard: Floats, terms: Terms) -> None:
    if model == "ols":
        return
    outcome = np.asarray(design.outcome, dtype=np.float64)
    if model in {"poisson", "negative binomial"}:
        improving = improving_of_counts(outcome, standard)
    elif model == "fractional":
        improving = improving_of_shares(outcome, standard)
    elif design.event is not None:
        improving = improving_of_times(outcome, design.event, standard)
    else:
        codes = np.unique(outcome, return_inverse=True)[1]
        of_codes = improving_of_categories if model == "multinomial" else improving_of_cuts
        improving = of_codes(codes, standard)
    check_separation(improving, design, terms, model)


def _fit(design: Design, model: Model, standard: Floats, terms: Terms) -> Estimate:
    likelihood = likelihood_of(model, design, standard)
    try:
        parameters, converged = _FOUND[model](design, standard, model, terms)
        if converged and model != "ols":
            # The engine stops where it is near enough for itself, and most of its models know no weights.
            parameters, converged = maximise(likelihood, start=parameters)
        if not converged:
            raise terms.refusal(
                f"the fit did not converge in {_ITERATIONS} steps",
                fix="Look for values far from all others, drop predictors, or merge small categories.",
            )
        here = likelihood.at(parameters)
        return Estimate(parameters, clustered(here.scores, here.information, here.meat))
    except np.linalg.LinAlgError as error:
        raise terms.refusal(
            f"the {model} model has no usable Hessian ({error})", fix="Simplify the link."
        ) from None


def _ols(design: Design, standard: Floats, *_: object) -> tuple[Floats, bool]:
    weights = 1.0 if design.weights is None else design.weights
    return np.asarray(
        WLS(design.outcome.to_numpy(), with_constant(standard), weights=weights).fit().params
    ), True


def _regression(design: Design, standard: Floats, model: Model, _: Terms) -> tuple[Floats, bool]:
    outcome, full = design.outcome.to_numpy(), with_constant(standard)
    fitted: Any
    if model in _REGRESSIONS and design.weights is None:
        fitted = _REGRESSIONS[model](outcome, full).fit(**_NEWTON, maxiter=_ITERATIONS)
        return np.asarray(fitted.params), bool(fitted.mle_retvals["converged"])
    regression = GLM(outcome, full, family=_FAMILIES[model](), freq_weights=design.weights)
    fitted = regression.fit(maxiter=_ITERATIONS)
    return np.asarray(fitted.params), bool(fitted.converged)


def _ordered(design: Design, standard: Floats, *_: object) -> tuple[Floats, bool]:
    return fit_ordered(np.unique(design.outcome, return_inverse=True)[1], standard, _ITERATIONS)


def _negative_binomial(design: Design, standard: Floats, _: Model, terms: Terms) -> tuple[Floats, bool]:
    """Poisson means, and the dispersion that makes up for how far counts lie from them: near enough to start from."""
    means, converged = _regression(design, standard, "poisson", terms)
    counts = design.outcome.to_numpy()
    expected = np.exp(with_constant(standard) @ means)
    excess = np.average((counts - expected) ** 2 - counts, weights=design.weights)
    if excess <= 0:
        raise terms.refusal(
            "the counts vary no more than a poisson model expects, so that there is no dispersion to estimate",
            fix="Take model 'poisson'.",
        )
    return np.append(means, np.log(excess / np.average(expected**2, weights=design.weights))), converged


def _multinomial(design: Design, standard: Floats, *_: object) -> tuple[Floats, bool]:
    codes = np.unique(design.outcome, return_inverse=True)[1]
    fitted: Any = MNLogit(codes, with_constant(standard)).fit(**_NEWTON, maxiter=_ITERATIONS)
    found = np.asarray(fitted.params).T.ravel()
    # Whole steps get lost where a value lies far from all others; halved ones find their way from anywhere.
    return found if fitted.mle_retvals["converged"] else np.zeros(len(found)), True


def _cox(design: Design, standard: Floats, *_: object) -> tuple[Floats, bool]:
    model = PHReg(design.outcome.to_numpy(), standard, status=design.event, ties="efron")
    fitted: Any = model.fit(disp=0)
    return np.asarray(fitted.params), bool(np.isfinite(fitted.params).all())


_FOUND: dict[Model, Callable[[Design, Floats, Model, Terms], tuple[Floats, bool]]] = {
    "ols": _ols,
    "logit": _regression,
    "fractional": _regression,
    "poisson": _regression,
    "ordered logit": _ordered,
    "negative binomial": _negative_binomial,
    "multinomial": _multinomial,
    "cox": _cox,
}


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
