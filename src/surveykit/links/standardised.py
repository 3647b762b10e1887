"""How large a link is where no unit is at hand: standardised sizes of one predictor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.links.design import is_binary
from surveykit.links.expected import check_column
from surveykit.links.levels import units

if TYPE_CHECKING:
    from surveykit.links.models import FittedLink

_LOGS = {
    "logit": "log odds",
    "ordered logit": "log odds",
    "multinomial": "log odds",
    "fractional": "log odds",
    "poisson": "log count",
    "negative binomial": "log count",
    "cox": "log hazard",
}
_RATIOS = {"log odds": "odds ratio", "log count": "rate ratio", "log hazard": "hazard ratio"}
# The logistic distribution has a standard deviation of pi / sqrt(3).
_D = np.sqrt(3) / np.pi


def standardised_effect(fitted: FittedLink, predictor: str, *, confidence: float = 0.95) -> pd.DataFrame:
    r"""Standardised sizes of what a predictor goes with, by name.

    They are of one standard deviation of the predictor over the units it is measured on (an organisation counts once
    where all its rows agree), or of 1 rather than 0 for a 0/1 predictor.

    Parameters
    ----------
    fitted : FittedLink
        The model.
    predictor : str
        One of its numeric columns.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    DataFrame
        ``estimate, std_error, ci_lower, ci_upper, df, p_value``, indexed by what it is:

        - ``standardised difference`` (ols): :math:`b\, s_x / s_y`, in standard deviations of the outcome over the rows;
        - ``log odds`` and ``odds ratio`` (logit, ordered logit, fractional), with ``Cohen's d``
          :math:`= \mathrm{log\ odds} \cdot \sqrt 3 / \pi` for the outcome cut by a logit or ordered logit;
        - ``log odds 3`` and ``odds ratio 3`` (multinomial): of category 3 against the lowest, for each;
        - ``log count`` and ``rate ratio`` (poisson, negative binomial);
        - ``log hazard`` and ``hazard ratio`` (cox).

        A ratio's limits are those of its logarithm, its error the delta method's, its p-value that of the logarithm.
        Standard deviations are taken as given.

    Raises
    ------
    LinkError
        If the model has no such column.

    References
    ----------
    Chinn (2000), A simple method for converting an odds ratio to effect size for use in meta-analysis, Statistics in
    Medicine 19.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5})
    >>> data["y"] = (data["x"] + np.arange(60) % 7 > 4).astype(int)
    >>> fitted = fit_link(data, "logit", outcome="y", predictors=["x"])
    >>> standardised_effect(fitted, "x")["estimate"].round(3).to_dict()
    {'log odds': 0.85, 'odds ratio': 2.341, "Cohen's d": 0.469}
    """
    check_column(fitted, predictor)
    column = units(fitted, predictor)
    size = 1.0 if is_binary(column) else float(column.std())
    if fitted.model == "ols":
        spread = float(fitted.rows[fitted.terms.outcome].astype(float).std())
        return pd.DataFrame(
            {"standardised difference": _sized(fitted, predictor, size / spread, confidence)}
        ).T
    kind = _LOGS[fitted.model]
    rows: dict[str, pd.Series] = {}
    for name in _coefficients(fitted, predictor):
        category = f" {name.split(': ')[0]}" if fitted.model == "multinomial" else ""
        logs = _sized(fitted, name, size, confidence)
        rows[f"{kind}{category}"], rows[f"{_RATIOS[kind]}{category}"] = logs, _ratio(logs)
    if fitted.model in {"logit", "ordered logit"}:
        rows["Cohen's d"] = _sized(fitted, predictor, size * _D, confidence)
    return pd.DataFrame(rows).T


def _coefficients(fitted: FittedLink, predictor: str) -> list[str]:
    """Names of a predictor's parameters: one, or one a category."""
    if fitted.model != "multinomial":
        return [predictor]
    return [name for name in fitted.parameters.index if name.split(": ", 1)[1] == predictor]


def _sized(fitted: FittedLink, name: str, size: float, confidence: float) -> pd.Series:
    weights = size * (fitted.parameters.index == name).astype(float)
    return pd.Series(fitted.inference(size * fitted.parameters[name], weights, confidence))


def _ratio(logs: pd.Series) -> pd.Series:
    ratio = logs.copy()
    ratio[["estimate", "ci_lower", "ci_upper"]] = np.exp(logs[["estimate", "ci_lower", "ci_upper"]])
    ratio["std_error"] = ratio["estimate"] * logs["std_error"]
    return ratio
