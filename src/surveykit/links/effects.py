"""What a fitted link means on the scale of the outcome: the average marginal effect and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.design import is_binary
from surveykit.links.expected import (
    CATEGORIES,
    PROBABILITIES,
    Moving,
    categories,
    check_column,
    mean_level,
    mean_slope,
)

if TYPE_CHECKING:
    from surveykit.links.models import FittedLink


def average_marginal_effect(
    fitted: FittedLink,
    predictor: str,
    *,
    per: float | None = None,
    confidence: float = 0.95,
    category: float | None = None,
) -> pd.Series:
    r"""How much the expected outcome differs with a predictor, on average over the rows.

    With the mean :math:`m(\eta)`, :math:`\eta_i = x_i^\top \beta`, a difference of `per` in predictor j is
    worth

    .. math:: \mathrm{per} \cdot \frac{1}{n} \sum_i m'(\eta_i)\,\beta_j ,

    and a 0/1 predictor, where `per` is not given, :math:`\frac{1}{n} \sum_i m(\eta_i | x_{ij}=1) - m(\eta_i |
    x_{ij}=0)`. The standard error is the delta method's, :math:`\sqrt{g^\top V g}` with g the exact gradient
    by the parameters; rows, their weights and `per` are taken as given, and with weights the means are weighted.
    Interval and p-value come from t with the Satterthwaite degrees of freedom of :math:`g^\top V g`
    (`Clustered.degrees`).

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
    category : float, optional
        Code of the outcome whose probability is meant (ordered logit, multinomial); by default the highest observed.

    Returns
    -------
    Series
        ``estimate, std_error, ci_lower, ci_upper, df, p_value``. The estimate is in units of the outcome
        (ols), a difference in probability from -1 to 1 (logit; ordered logit and multinomial: of `category`), in
        the expected share (fractional) or in expected count (poisson, negative binomial). For a cox model it is a
        difference in the probability that the event has happened by the median time observed; Breslow's baseline
        hazard at average values of the columns is taken as given.

    Raises
    ------
    LinkError
        If the model has no such column, the outcome no such category, or a slope times `per` moves a probability by
        more than 1.

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
    >>> import numpy as np
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5})
    >>> data["y"] = (data["x"] + np.arange(60) % 7 > 4).astype(int)
    >>> fitted = fit_link(data, "logit", outcome="y", predictors=["x"])
    >>> average_marginal_effect(fitted, "x", per=1)[["estimate", "ci_lower", "ci_upper"]].round(3).tolist()
    [0.125, 0.058, 0.192]
    """
    check_column(fitted, predictor)
    column = fitted.design[predictor]
    if per is None and is_binary(column):
        effect = _step(fitted, predictor, category)
    else:
        size = float(column.std()) if per is None else per
        slope = mean_slope(fitted, predictor, category=category)
        effect = Moving(size * slope.estimate, size * slope.gradient)
        if fitted.model in PROBABILITIES and abs(effect.estimate) > 1:
            raise LinkError(
                f"a difference in '{predictor}' of {size:.4g} would move a probability by {effect.estimate:.3g}, more "
                "than there is",
                fix="Some values lie far from all others: correct them, or give a smaller 'per'.",
            )
    return pd.Series(fitted.inference(*effect, confidence), name=predictor)


def effects_by_category(
    fitted: FittedLink, predictor: str, *, per: float | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Average marginal effect on the probability of every category of an ordered logit or multinomial model.

    Parameters
    ----------
    fitted : FittedLink
        The model.
    predictor, per, confidence
        As in `average_marginal_effect`.

    Returns
    -------
    DataFrame
        One row a category, by its code: ``estimate, std_error, ci_lower, ci_upper, df, p_value``. Estimates sum to 0:
        what one category gains the others lose.

    Raises
    ------
    LinkError
        As `average_marginal_effect`, and for a model whose outcome has no categories.

    Examples
    --------
    >>> import numpy as np
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(90), "x": np.arange(90) % 5})
    >>> data["stage"] = (data["x"] + np.arange(90) % 7) // 4
    >>> fitted = fit_link(data, "multinomial", outcome="stage", predictors=["x"])
    >>> effects_by_category(fitted, "x", per=1)["estimate"].round(3).tolist()
    [-0.144, 0.021, 0.123]
    """
    if fitted.model not in CATEGORIES:
        raise LinkError(
            f"the outcome of a {fitted.model} model has no categories", fix="Take 'average_marginal_effect'."
        )
    rows = {
        code: average_marginal_effect(fitted, predictor, per=per, confidence=confidence, category=code)
        for code in categories(fitted)
    }
    return pd.DataFrame(rows).T.rename_axis("category")


def _step(fitted: FittedLink, predictor: str, category: float | None) -> Moving:
    one, zero = (mean_level(fitted, {predictor: value}, category=category) for value in (1.0, 0.0))
    return Moving(one.estimate - zero.estimate, one.gradient - zero.gradient)
