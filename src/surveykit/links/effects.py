"""What a fitted link means on the scale of the outcome: the average marginal effect and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import LinkError, did_you_mean
from surveykit.links.curves import mean_curve
from surveykit.links.design import is_binary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]


def average_marginal_effect(
    fitted: FittedLink, predictor: str, *, per: float | None = None, confidence: float = 0.95
) -> pd.Series:
    r"""How much the expected outcome differs with a predictor, on average over the rows.

    With the mean :math:`m(\eta)`, :math:`\eta_i = x_i^\top \beta`, a difference of `per` in predictor j is
    worth

    .. math:: \mathrm{per} \cdot \frac{1}{n} \sum_i m'(\eta_i)\,\beta_j ,

    and a 0/1 predictor, where `per` is not given, :math:`\frac{1}{n} \sum_i m(\eta_i | x_{ij}=1) - m(\eta_i |
    x_{ij}=0)`. The standard error is the delta method's, :math:`\sqrt{g^\top V g}` with g the exact gradient
    by the parameters; rows and `per` are taken as given. Interval and p-value come from t with the Satterthwaite
    degrees of freedom of :math:`g^\top V g` (`Clustered.degrees`).

    Parameters
    ----------
    fitted : FittedLink
        The model.
    predictor : str
        One of its numeric columns.
    per : float, optional
        Size of the difference, in the predictor's unit; by default 0 to 1 for a 0/1 predictor, and one
        standard deviation over the rows for any other.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    Series
        ``estimate, std_error, ci_lower, ci_upper, df, p_value``. The estimate is in units of the outcome
        (ols), a difference in probability from -1 to 1 (logit; ordered logit: of the highest category
        observed), or in expected count (poisson).

    Raises
    ------
    LinkError
        If the model has no such column, or a slope times `per` moves a probability by more than 1.

    Notes
    -----
    R: ``marginaleffects::avg_slopes(fit, variables = "x", vcov = V)`` times the standard deviation, or
    ``avg_comparisons`` for a 0/1 predictor.

    References
    ----------
    Williams (2012), Using the margins command to estimate and interpret adjusted predictions and marginal
    effects, Stata Journal 12.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5})
    >>> data["y"] = (data["x"] + np.arange(60) % 7 > 4).astype(int)
    >>> fitted = fit_link(data, "logit", outcome="y", predictors=["x"])
    >>> average_marginal_effect(fitted, "x", per=1)[["estimate", "ci_lower", "ci_upper"]].round(3).tolist()
    [0.125, 0.058, 0.192]
    """
    if predictor not in fitted.design.columns:
        raise LinkError(f"the model has no column '{predictor}'", fix=did_you_mean(predictor, fitted.design))
    column = fitted.design[predictor]
    if per is None and is_binary(column):
        effect, gradient = _step(fitted, predictor)
    else:
        size = float(column.std()) if per is None else per
        effect, gradient = _slope(fitted, predictor, size)
        if fitted.model in {"logit", "ordered logit"} and abs(effect) > 1:
            raise LinkError(
                f"a difference in '{predictor}' of {size:.4g} would move a probability by {effect:.3g}, more than "
                "there is",
                fix="Some values lie far from all others: correct them, or give a smaller 'per'.",
            )
    return pd.Series(fitted.inference(effect, gradient, confidence), name=predictor)


def _slope(fitted: FittedLink, predictor: str, per: float) -> tuple[float, Floats]:
    rows = fitted.design.to_numpy()
    curve = mean_curve(fitted.model, rows @ fitted.parameters.to_numpy())
    beta = fitted.parameters[predictor]
    gradient = per * beta * (curve.bend @ rows) / len(rows)
    gradient[fitted.design.columns.get_loc(predictor)] += per * curve.slope.mean()
    return float(per * beta * curve.slope.mean()), gradient


def _step(fitted: FittedLink, predictor: str) -> tuple[float, Floats]:
    effect, gradient = 0.0, np.zeros(len(fitted.parameters))
    for value, sign in ((1.0, 1), (0.0, -1)):
        rows = fitted.design.assign(**{predictor: value}).to_numpy()
        curve = mean_curve(fitted.model, rows @ fitted.parameters.to_numpy())
        effect += sign * float(curve.value.mean())
        gradient += sign * (curve.slope @ rows) / len(rows)
    return effect, gradient
