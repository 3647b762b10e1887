"""Whether what goes with a predictor goes with it in a straight line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import LinkError, did_you_mean
from surveykit.links.diagnostics.bins import binned, errors_by_bin, means_by_bin, rows_of
from surveykit.links.models import fit_link
from surveykit.links.words import p_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

ALPHA = 0.05
_SQUARE = "(square)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linearity:
    """How one predictor's line bends.

    Attributes
    ----------
    predictor : str
    estimate, std_error, df, p_value : float
        Coefficient of the square of the predictor in standard deviations from its mean, added to the model (in the unit
        of the model: outcome, log odds, log count), with its CR2 error and t with Satterthwaite's degrees of freedom.
        NaN where it cannot be told.
    reason : str
        Why it cannot; else empty.
    sentence : str
    """

    predictor: str
    estimate: float
    std_error: float
    df: float
    p_value: float
    reason: str
    sentence: str

    @property
    def concern(self) -> bool:
        """Whether a bend stands out from chance, taken alone."""
        return self.p_value < ALPHA

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def __repr__(self) -> str:
        return f"Linearity({self.predictor}: square {self.estimate:.4g}, p = {self.p_value:.3g})"


def linearity(fitted: FittedLink, predictor: str, *, label: str = "") -> Linearity:
    """Add the square of a predictor to a link, and test it.

    Parameters
    ----------
    fitted : FittedLink
    predictor : str
        One of its numeric columns.
    label : str, optional
        Words for it, in the sentence.

    Returns
    -------
    Linearity

    Raises
    ------
    LinkError
        If the link has no such numeric column.

    Notes
    -----
    R: ``coef_test(update(fit, . ~ . + I(scale(x)^2)), vcov = "CR2", test = "Satterthwaite")``. A test of one bend has
    more power against what is likely, an effect that levels off, than one of any shape would have.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60) // 2, "x": np.arange(60) % 7})
    >>> data["y"] = data["x"] ** 2 + np.sin(np.arange(60))
    >>> linearity(fit_link(data, "ols", outcome="y", predictors=["x"]), "x").sentence
    'What goes with x does not go with it in a straight line: it grows steeper towards high values (taken alone, p
    below 0.001).'
    """
    column = _column(fitted, predictor)
    if column.nunique() < 3:
        found: dict[str, float] = {}
        reason = "a predictor of two values has no bend"
    else:
        found, reason = _square(fitted, column)
    numbers = {key: found.get(key, float("nan")) for key in ("estimate", "std_error", "df", "p_value")}
    sentence = _in_words(numbers, float(fitted.parameters.get(predictor, np.nan)), label or predictor)
    return Linearity(predictor=predictor, **numbers, reason=reason, sentence=sentence)


def _column(fitted: FittedLink, predictor: str) -> pd.Series:
    numeric = [name for name in fitted.terms.explaining if name in fitted.design.columns]
    if predictor not in numeric:
        raise LinkError(
            f"the link has no numeric column '{predictor}'",
            allowed=numeric,
            fix=did_you_mean(predictor, numeric),
        )
    return fitted.rows[predictor].astype(float)


def _square(fitted: FittedLink, column: pd.Series) -> tuple[dict[str, float], str]:
    terms = fitted.terms
    square = ((column - column.mean()) / column.std()) ** 2
    try:
        bent = fit_link(
            fitted.rows.assign(**{_SQUARE: square}),
            fitted.model,
            outcome=terms.outcome,
            predictors=[*terms.predictors, _SQUARE],
            adjust_for=terms.adjust_for,
            organisation=terms.organisation,
            weights=terms.weights or None,
            event=terms.event or None,
        )
        name = f"{fitted.highest:g}: {_SQUARE}" if fitted.model == "multinomial" else _SQUARE
        return bent.parameter(name), ""
    except LinkError as error:
        return {}, str(error)


def _in_words(found: dict[str, float], slope: float, label: str) -> str:
    if np.isnan(found["p_value"]):
        return f"Whether what goes with {label} goes with it in a straight line cannot be told."
    p_value = f"taken alone, p {p_words(found['p_value'])}"
    if found["p_value"] >= ALPHA:
        return (
            f"No sign that what goes with {label} goes with it in anything but a straight line ({p_value})."
        )
    shape = (
        "it grows steeper towards high values"
        if slope * found["estimate"] > 0
        else "it levels off, or turns, towards high values"
    )
    return f"What goes with {label} does not go with it in a straight line: {shape} ({p_value})."


def binned_means(
    fitted: FittedLink, predictor: str, *, bins: int = 8, fewest_rows: int = 20, fewest_organisations: int = 5
) -> pd.DataFrame:
    """Outcome found and predicted by groups of a predictor's values: what a plot puts beside a line.

    Parameters
    ----------
    fitted : FittedLink
        Of a model with one expected outcome.
    predictor : str
    bins, fewest_rows, fewest_organisations : int, optional
        As in `calibration`.

    Returns
    -------
    DataFrame, one row a group
        ``value`` (mean of the predictor), ``observed, std_error, predicted, n_obs, n_organisations``.

    Raises
    ------
    LinkError
        If the link has no such numeric column, or no single expected outcome.
    """
    column, rows = _column(fitted, predictor).to_numpy(), rows_of(fitted)
    number = binned(
        column,
        rows.organisation,
        bins=bins,
        fewest_rows=fewest_rows,
        fewest_organisations=fewest_organisations,
    )
    error, organisations = errors_by_bin(rows.observed, number, rows)
    return pd.DataFrame(
        {
            "value": means_by_bin(column, number, rows.weight),
            "observed": means_by_bin(rows.observed, number, rows.weight),
            "std_error": error,
            "predicted": means_by_bin(rows.predicted, number, rows.weight),
            "n_obs": np.bincount(number),
            "n_organisations": organisations,
        }
    )
