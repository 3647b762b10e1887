"""Every model's likelihood: one module a family, each telling scores and information by organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from surveykit.links.likelihoods.canonical import CanonicalLikelihood
from surveykit.links.likelihoods.cox import CoxLikelihood
from surveykit.links.likelihoods.multinomial import MultinomialLikelihood
from surveykit.links.likelihoods.negative_binomial import NegativeBinomialLikelihood
from surveykit.links.likelihoods.ordered import OrderedLikelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.curves import Model
    from surveykit.links.design import Design
    from surveykit.links.likelihood import Likelihood

    Floats = NDArray[np.float64]


def likelihood_of(model: Model, design: Design, columns: Floats) -> Likelihood:
    """Build the likelihood of a model.

    Parameters
    ----------
    model : str
        The model.
    design : Design
        Outcome, organisations and weights.
    columns : array, shape (n, p)
        Regressors, as given or standardised; no constant.

    Returns
    -------
    Likelihood
        Its parameters are the slopes of `columns`, then the constant or thresholds.
    """
    outcome, groups, weights = np.asarray(design.outcome, dtype=np.float64), design.groups, design.weights
    if model in {"ordered logit", "multinomial"}:
        codes = np.unique(outcome, return_inverse=True)[1]
        if model == "ordered logit":
            return OrderedLikelihood(codes, columns, groups, weights)
        return MultinomialLikelihood(codes, with_constant(columns), groups, weights)
    if design.event is not None:
        return CoxLikelihood(outcome, design.event, columns, groups, weights)
    rows = with_constant(columns)
    if model == "negative binomial":
        return NegativeBinomialLikelihood(outcome, rows, groups, weights)
    return CanonicalLikelihood(model, outcome, rows, groups, weights)


def with_constant(columns: Floats) -> Floats:
    """Columns, then a column of ones."""
    return np.column_stack([columns, np.ones(len(columns))])
