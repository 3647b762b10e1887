"""Which parameters a model has, by name and in what order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from surveykit.links.curves import Model
    from surveykit.links.design import Design

    Floats = NDArray[np.float64]

CONSTANT = "(constant)"
DISPERSION = "(log dispersion)"


def parameter_names(design: Design, model: Model) -> list[str]:
    """Names of the parameters: slopes, then what comes with them.

    For a multinomial model every name but the reference's stands once a category, as in ``3: clarity``.
    """
    slopes = [str(name) for name in design.regressors]
    if model == "cox":
        return slopes
    if model == "multinomial":
        return [f"{code}: {name}" for code in codes(design)[1:] for name in (*slopes, CONSTANT)]
    if model == "ordered logit":
        return [*slopes, *(f"{low}|{high}" for low, high in pairwise(codes(design)))]
    return [*slopes, CONSTANT, *([DISPERSION] if model == "negative binomial" else [])]


def codes(design: Design) -> list[str]:
    """Categories of the outcome observed, lowest first."""
    return [f"{code:g}" for code in np.unique(design.outcome)]


def predicting(design: Design, model: Model, names: list[str]) -> pd.DataFrame:
    """Columns by which parameters are multiplied: see ``FittedLink.design``."""
    if model == "multinomial":
        return design.regressors.assign(**{CONSTANT: 1.0})
    filled = design.regressors.reindex(columns=names, fill_value=0.0)
    if model == "ordered logit":
        # P(highest) is expit(slopes @ x - top threshold), so -1 stands where the others have the constant's 1.
        filled[names[-1]] = -1.0
    elif model != "cox":
        filled[CONSTANT] = 1.0
    return filled


def put_back(model: Model, mean: Floats, spread: Floats, count: int) -> Floats:
    """Matrix that turns `count` parameters on standardised columns into those on the columns as given."""
    slopes = len(spread)
    if model == "multinomial":
        categories = count // (slopes + 1)
        one = put_back("logit", mean, spread, slopes + 1)
        repeated: Floats = np.kron(np.eye(categories), one).astype(np.float64)
        return repeated
    back = np.diag(np.concatenate([1 / spread, np.ones(count - slopes)]))
    if model == "ordered logit":
        back[slopes:, :slopes] = mean / spread
    elif model != "cox":
        back[slopes, :slopes] = -mean / spread
    return back
