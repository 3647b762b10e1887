"""What a fitted link expects where a predictor is low and where it is high, and all the way between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from surveykit.errors import LinkError
from surveykit.links.design import is_binary
from surveykit.links.expected import COUNTS, PROBABILITIES, Moving, check_column, mean_level

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LowToHigh:
    """The expected outcome where a predictor is low, where it is high, and the difference.

    Attributes
    ----------
    predictor : str
        The column.
    low, high : float
        Its 10th and 90th percentile over the units it is measured on (an organisation counts once where all its rows
        agree); 0 and 1 for a 0/1 predictor.
    at_low, at_high : Series
        ``estimate, std_error, ci_lower, ci_upper, df`` of the expected outcome, limits within its range.
    difference : Series
        The same of the difference, with ``p_value``.
    """

    predictor: str
    low: float
    high: float
    at_low: pd.Series
    at_high: pd.Series
    difference: pd.Series

    def to_frame(self) -> pd.DataFrame:
        """Return one row each for ``low``, ``high`` and ``difference``; `value` is the predictor's."""
        rows = {"low": self.at_low, "high": self.at_high, "difference": self.difference.drop("p_value")}
        frame = pd.DataFrame(rows).T
        frame.insert(0, "value", [self.low, self.high, self.high - self.low])
        return frame

    def __repr__(self) -> str:
        """Show the three rows."""
        return f"{self.predictor} from low to high\n{self.to_frame()}"


def low_to_high(
    fitted: FittedLink, predictor: str, *, confidence: float = 0.95, category: float | None = None
) -> LowToHigh:
    """Compare the expected outcome between a low and a high value of a predictor, the rest as it is.

    Every row is given the low value, then the high one, and expectations are averaged (with the fit's weights). Unlike
    a slope times a difference it follows the curve, so that probabilities stay between 0 and 1. Errors are the delta
    method's on the CR2 covariance, with Satterthwaite's degrees of freedom; rows and percentiles are taken as given.

    Parameters
    ----------
    fitted : FittedLink
        The model.
    predictor : str
        One of its numeric columns.
    confidence : float, optional
        Between 0 and 1.
    category : float, optional
        Code of the outcome whose probability is meant (ordered logit, multinomial); by default the highest observed.

    Returns
    -------
    LowToHigh
        In the unit that `average_marginal_effect` says.

    Raises
    ------
    LinkError
        If the model has no such column or category, or the predictor's percentiles are the same.

    Notes
    -----
    R: ``marginaleffects::avg_comparisons(fit, variables = list(x = c(low, high)), vcov = V)``.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5})
    >>> data["y"] = (data["x"] + np.arange(60) % 7 > 4).astype(int)
    >>> fitted = fit_link(data, "logit", outcome="y", predictors=["x"])
    >>> low_to_high(fitted, "x").to_frame()[["value", "estimate"]].round(3).T.to_numpy().tolist()
    [[0.0, 4.0, 4.0], [0.294, 0.819, 0.525]]
    """
    check_column(fitted, predictor)
    low, high = _ends(fitted, predictor)
    at_low, at_high = (mean_level(fitted, {predictor: each}, category=category) for each in (low, high))
    difference = Moving(at_high.estimate - at_low.estimate, at_high.gradient - at_low.gradient)
    return LowToHigh(
        predictor=predictor,
        low=low,
        high=high,
        at_low=pd.Series(_level(fitted, at_low, confidence)),
        at_high=pd.Series(_level(fitted, at_high, confidence)),
        difference=pd.Series(fitted.inference(*difference, confidence)),
    )


def predicted_curve(
    fitted: FittedLink,
    predictor: str,
    n: int = 25,
    *,
    confidence: float = 0.95,
    category: float | None = None,
) -> pd.DataFrame:
    r"""Expected outcome over the range of a predictor, averaged over the rows with the rest as it is.

    Parameters
    ----------
    fitted : FittedLink
        The model.
    predictor : str
        One of its numeric columns.
    n : int, optional
        Values, 2 or more, evenly from the least to the greatest observed; 0 and 1 alone for a 0/1 predictor.
    confidence, category
        As in `low_to_high`.

    Returns
    -------
    DataFrame
        ``value, estimate, ci_lower, ci_upper``, one row a value. Limits are those of the average's logit (of a
        probability or share) or logarithm (of a count), turned back, :math:`h^{-1}(h(\hat m) \pm t\, h'(\hat m)
        \mathrm{se})`, so that they stay within the outcome's range.

    Raises
    ------
    LinkError
        If the model has no such column or category, or `n` is below 2.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5})
    >>> data["y"] = (data["x"] + np.arange(60) % 7 > 4).astype(int)
    >>> fitted = fit_link(data, "logit", outcome="y", predictors=["x"])
    >>> predicted_curve(fitted, "x", n=3).round(3).to_numpy().tolist()
    [[0.0, 0.294, 0.129, 0.539], [2.0, 0.578, 0.435, 0.709], [4.0, 0.819, 0.603, 0.931]]
    """
    check_column(fitted, predictor)
    if n < 2:
        raise LinkError("a curve needs two values or more", given=n, fix="Ask for more.")
    column = fitted.design[predictor]
    steps = 2 if is_binary(column) else n
    rows = [
        {
            "value": value,
            **_level(fitted, mean_level(fitted, {predictor: value}, category=category), confidence),
        }
        for value in np.linspace(column.min(), column.max(), steps).tolist()
    ]
    return pd.DataFrame(rows)[["value", "estimate", "ci_lower", "ci_upper"]]


def units(fitted: FittedLink, predictor: str) -> pd.Series:
    """Take a predictor's values over the units it is measured on: an organisation once where all its rows agree."""
    column, organisations = fitted.design[predictor], fitted.rows[fitted.organisation]
    if (column.groupby(organisations.to_numpy()).transform("first") == column).all():
        return column[~organisations.duplicated().to_numpy()]
    return column


def _ends(fitted: FittedLink, predictor: str) -> tuple[float, float]:
    column = units(fitted, predictor)
    if is_binary(column):
        return 0.0, 1.0
    low, high = (float(column.quantile(share)) for share in (_LOW, _HIGH))
    if low == high:
        raise LinkError(
            f"low and high '{predictor}' are the same: so many units share one value",
            given=low,
            fix="Take 'average_marginal_effect', or a 0/1 variable for the value that most have.",
        )
    return low, high


def _level(fitted: FittedLink, level: Moving, confidence: float) -> dict[str, float]:
    """One expected outcome, its limits turned back from a scale that has no ends."""
    onto, back, slope = _scale(fitted, level.estimate)
    found = fitted.inference(float(onto(level.estimate)), slope * level.gradient, confidence)
    return {
        "estimate": level.estimate,
        "std_error": found["std_error"] / slope,
        "ci_lower": float(back(found["ci_lower"])),
        "ci_upper": float(back(found["ci_upper"])),
        "df": found["df"],
    }


def _scale(fitted: FittedLink, at: float) -> tuple[Callable[[float], float], Callable[[float], float], float]:
    if fitted.model in PROBABILITIES:
        return logit, expit, 1 / (at * (1 - at))
    if fitted.model in COUNTS:
        return np.log, np.exp, 1 / at
    return float, float, 1.0
