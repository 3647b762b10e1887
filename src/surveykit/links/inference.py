"""Which test and interval a link gets: by its model and its number of organisations, and named in the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import LinkError, did_you_mean
from surveykit.links.bootstrap import score_bootstrap
from surveykit.links.effects import average_marginal_effect
from surveykit.links.firth import FirthLikelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.bootstrap import ScoreBootstrap
    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

FEW = 100  # organisations below which models other than the linear one are tested by the bootstrap
SATTERTHWAITE = "CR2, Satterthwaite t"
WILD = "wild cluster bootstrap of the score"


def infer(fitted: FittedLink, name: str, *, confidence: float = 0.95, seed: int = 1) -> dict[str, Any]:
    r"""One parameter with the test and interval that hold for this model and this many organisations.

    A linear model, and any other from 100 organisations on, gets the CR2 standard error and t with Satterthwaite's
    degrees of freedom. Below that, models other than the linear one get the wild cluster bootstrap of the score (see
    `score_bootstrap`), whose standard error stays CR2's. Firth's logit keeps t: see `FirthLikelihood`.

    The rule follows simulations (``tests/benchmarks/type1.py``) of organisations of 2.2 initiatives and a predictor of
    the organisation. Of tests of a true null at 5% there rejected, in percent (1,000 to 2,000 surveys a figure,
    standard error 0.5 to 0.7; first without correlation within organisations, then with 0.3):

    ==================  =========  =========  =========
    organisations              15         40        100
    ==================  =========  =========  =========
    ols, t               4.5, 4.6   4.1, 5.0   4.1, 4.7
    logit, t             1.7, 1.6   3.8, 3.0   4.5, 3.9
    logit, bootstrap     5.3, 5.9   5.3, 4.8   5.2, 4.5
    poisson, t           3.1, 3.4   4.2, 4.8
    poisson, bootstrap   5.2, 5.4   5.3, 4.5
    ==================  =========  =========  =========

    So t errs on the safe side in small logits, and finds less than there is.

    Parameters
    ----------
    fitted : FittedLink
        The model.
    name : str
        One of its parameters.
    confidence : float, optional
        Of the interval, between 0 and 1.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    dict
        ``estimate, std_error, df`` (of the CR2 standard error), ``ci_lower, ci_upper, p_value``, ``method`` (in words)
        and ``draws`` (0 for t). Limits of the bootstrap need not lie evenly about the estimate, and are infinite where
        the data set none.

    Raises
    ------
    LinkError
        If the model has no such parameter.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60) // 3, "x": np.arange(60) // 3 % 7})
    >>> data["y"] = (data["x"] + np.arange(60) * 5 % 11 > 7).astype(int)
    >>> found = infer(fit_link(data, "logit", outcome="y", predictors=["x"]), "x")
    >>> found["method"], found["draws"]
    ('wild cluster bootstrap of the score', 1999)
    """
    if name not in fitted.parameters.index:
        raise LinkError(
            f"the model has no parameter '{name}'", fix=did_you_mean(name, fitted.parameters.index)
        )
    by_t = fitted.parameter(name, confidence=confidence)
    if not few(fitted):
        return {**by_t, "method": SATTERTHWAITE, "draws": 0}
    found = _bootstrap(fitted, name, confidence, seed)
    return {**by_t, **_tested(found), "ci_lower": found.ci_lower, "ci_upper": found.ci_upper}


def infer_effect(  # noqa: PLR0913  # the effect, then options by keyword
    fitted: FittedLink,
    predictor: str,
    *,
    per: float | None = None,
    category: float | None = None,
    confidence: float = 0.95,
    seed: int = 1,
) -> dict[str, Any]:
    """Average marginal effect with the test and interval that `infer` gives its coefficient.

    By the bootstrap, the effect's p-value is that of the coefficient, for one is 0 where the other is; its limits are
    the effects of the models fitted with the coefficient at its own limits. So effect and coefficient never disagree,
    and no limit of a probability leaves what is possible. The effect's other sources of uncertainty (how common the
    outcome is) enter only as far as they move with the coefficient. Where an effect hangs on more than one coefficient
    (any category of a multinomial model, a middle category of an ordered one) it gets t.

    Parameters
    ----------
    fitted : FittedLink
        The model.
    predictor : str
        One of its numeric columns.
    per, category, confidence
        As in `average_marginal_effect`.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    dict
        As `infer`, in units of the outcome.

    Raises
    ------
    LinkError
        As `average_marginal_effect`.
    """
    options: dict[str, Any] = {"per": per, "category": category, "confidence": confidence}
    series = average_marginal_effect(fitted, predictor, **options)
    by_t = {str(name): float(value) for name, value in series.items()}
    if not few(fitted) or not _one_coefficient(fitted, category):
        return {**by_t, "method": SATTERTHWAITE, "draws": 0}
    found = _bootstrap(fitted, predictor, confidence, seed)
    ends = [_effect_at(fitted, predictor, limit, options) for limit in (found.lower, found.upper)]
    # In the lowest category an effect has the other sign than the coefficient.
    low, high = ends if np.sign(by_t["estimate"]) == np.sign(fitted.parameters[predictor]) else ends[::-1]
    lower, upper = -np.inf if np.isnan(low) else low, np.inf if np.isnan(high) else high
    return {**by_t, **_tested(found), "ci_lower": lower, "ci_upper": upper}


def few(fitted: FittedLink) -> bool:
    """Whether a model has too few organisations for t, and is tested by the bootstrap."""
    holds = fitted.model == "ols" or isinstance(fitted.likelihood, FirthLikelihood)
    return not holds and fitted.n_organisations < FEW


def _bootstrap(fitted: FittedLink, name: str, confidence: float, seed: int) -> ScoreBootstrap:
    position = list(fitted.parameters.index).index(name)
    at = fitted.parameters.to_numpy(dtype=np.float64)
    return score_bootstrap(fitted.likelihood, at, position, seed=seed, confidence=confidence)


def _tested(found: ScoreBootstrap) -> dict[str, Any]:
    return {"p_value": found.p_value, "method": WILD, "draws": found.draws}


def _one_coefficient(fitted: FittedLink, category: float | None) -> bool:
    if fitted.model == "multinomial":
        return False
    outcome = fitted.rows[fitted.terms.outcome]
    return fitted.model != "ordered logit" or category in {None, float(outcome.min()), float(outcome.max())}


def _effect_at(fitted: FittedLink, predictor: str, parameters: Floats, options: dict[str, Any]) -> float:
    """Effect of a model with other parameters; NaN for none."""
    if np.isnan(parameters).any():
        return float("nan")
    moved = replace(fitted, parameters=pd.Series(parameters, index=fitted.parameters.index))
    return float(average_marginal_effect(moved, predictor, **options)["estimate"])
