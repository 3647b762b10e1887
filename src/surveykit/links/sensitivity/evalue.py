"""E-values: how strong an unmeasured common cause would have to be to explain an association away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import LinkError, did_you_mean, listing
from surveykit.links.design import is_binary
from surveykit.links.sensitivity.words import difference_in
from surveykit.links.words import quoted

if TYPE_CHECKING:
    from surveykit.links.fits import Fit
    from surveykit.links.models import FittedLink
    from surveykit.links.planned import Links
    from surveykit.study import Study

RARE = 0.15  # share of rows up to which an odds ratio is taken for a risk ratio
MEASURES = {
    "ols": "standardised difference",
    "logit": "odds ratio",
    "ordered logit": "odds ratio",
    "fractional": "odds ratio",
    "poisson": "rate ratio",
    "negative binomial": "rate ratio",
    "cox": "hazard ratio",
}
_NONE = "How strong an unmeasured cause would have to be is not told for a model of this kind."
_COLUMNS = [
    *("link", "outcome", "predictor", "measure", "conversion", "per", "ratio", "ratio_lower", "ratio_upper"),
    *("evalue", "evalue_limit", "n_obs", "n_organisations", "reason", "sentence"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EValue:
    """What it would take to explain one association away.

    Attributes
    ----------
    predictor : str
    measure : str
        What the model estimates: ``standardised difference``, ``odds ratio``, ``rate ratio`` or ``hazard ratio``.
    conversion : str
        How it became a ratio of risks: ``none``, ``rare outcome``, ``square root``, ``0.91 d`` or ``common hazard``.
    per : float
        Difference in the predictor that the ratio is for, in its unit.
    ratio, ratio_lower, ratio_upper : float
        The association as a ratio of risks, with its interval; above 0.
    evalue : float
        E-value of the estimate, 1 or more.
    evalue_limit : float
        E-value of the limit nearest to no association; 1 if the interval holds none.
    """

    predictor: str
    measure: str
    conversion: str
    per: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    evalue: float
    evalue_limit: float

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([asdict(self)])

    def __repr__(self) -> str:
        found = f"{self.evalue:.2f} for the estimate, {self.evalue_limit:.2f} for the interval"
        return f"EValue({self.predictor}: {found}; risk ratio {self.ratio:.2f})"


def evalue_of(ratio: float) -> float:
    r"""E-value of a ratio of risks.

    Parameters
    ----------
    ratio : float
        Above 0; below 1 its inverse is taken.

    Returns
    -------
    float
        :math:`R + \sqrt{R (R - 1)}`, 1 or more: the least ratio by which an unmeasured common cause would have to go
        with the predictor and with the outcome, each beyond the variables held constant, to make a true ratio of 1
        look like R.

    Raises
    ------
    LinkError
        If the ratio is not above 0.

    Notes
    -----
    R: ``EValue::evalues.RR(est = ratio)``.

    References
    ----------
    VanderWeele and Ding (2017), Sensitivity analysis in observational research: introducing the E-value, Annals of
    Internal Medicine 167, 268-274.

    Examples
    --------
    >>> round(evalue_of(3.9), 2), round(evalue_of(0.8), 2), evalue_of(1)
    (7.26, 1.81, 1.0)
    """
    if not ratio > 0:
        raise LinkError(
            "an E-value is for a ratio above 0", given=ratio, fix="Give a ratio, not its logarithm."
        )
    away = max(ratio, 1 / ratio)
    return float(away + np.sqrt(away * (away - 1)))


def evalue(
    fitted: FittedLink, predictor: str, *, per: float | None = None, confidence: float = 0.95
) -> EValue:
    r"""E-value of a predictor's coefficient, and of the limit of its interval nearest to no association.

    Rate ratios are taken as they are. An odds ratio is taken for the ratio of risks where the rarer value of a 0/1
    outcome has at most 15% of the rows; of more common outcomes, ordered ones and shares its square root is. A
    difference in means becomes :math:`e^{0.91 d}`, with d the difference over the standard deviation of the residuals.
    A hazard ratio h becomes :math:`(1 - 0.5^{\sqrt h}) / (1 - 0.5^{\sqrt{1/h}})`, as for common events.

    Parameters
    ----------
    fitted : FittedLink
        The model.
    predictor : str
        One of its numeric columns.
    per : float, optional
        Size of the difference in the predictor, in its unit; by default 1 for a 0/1 predictor, and one standard
        deviation over the rows for any other. The E-value depends on it.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    EValue

    Raises
    ------
    LinkError
        If the model has no such column, or more than one equation.

    Notes
    -----
    R: ``EValue::evalues.OR(est, lo, hi, rare = FALSE)``, ``evalues.OLS(est, se, sd = sigma(fit), delta = per)``,
    ``evalues.HR(..., rare = FALSE)``. The limits here are those of t, where R takes 1.96 standard errors. Residual
    deviations are taken as known. An E-value says nothing of errors of measurement, or of who answered.

    References
    ----------
    VanderWeele and Ding (2017), Sensitivity analysis in observational research: introducing the E-value, Annals of
    Internal Medicine 167, 268-274; the conversions are those of its table 2.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5})
    >>> data["y"] = (data["x"] + np.arange(60) % 7 > 4).astype(int)
    >>> evalue(fit_link(data, "logit", outcome="y", predictors=["x"]), "x", per=1)
    EValue(x: 2.03 for the estimate, 1.38 for the interval; risk ratio 1.35)
    """
    if fitted.model not in MEASURES:
        raise LinkError("no E-value for this model", given=fitted.model, allowed=listing(MEASURES))
    if predictor not in fitted.design.columns:
        raise LinkError(f"the model has no column '{predictor}'", fix=did_you_mean(predictor, fitted.design))
    column = fitted.design[predictor]
    size = per if per is not None else 1.0 if is_binary(column) else float(column.std())
    found = fitted.parameter(predictor, confidence=confidence)
    conversion, scale = _conversion(fitted)
    logs = [size * found[key] * scale for key in ("estimate", "ci_lower", "ci_upper")]
    middle, *ends = [
        _common_hazard(value) if conversion == "common hazard" else float(np.exp(value)) for value in logs
    ]
    lower, upper = sorted(ends)
    return EValue(
        predictor=predictor,
        measure=MEASURES[fitted.model],
        conversion=conversion,
        per=size,
        ratio=middle,
        ratio_lower=lower,
        ratio_upper=upper,
        evalue=evalue_of(middle),
        evalue_limit=1.0 if lower <= 1 <= upper else evalue_of(lower if lower > 1 else upper),
    )


def evalues(links: Links) -> pd.DataFrame:
    """E-values of every predictor of every link.

    Parameters
    ----------
    links : Links
        Fitted links.

    Returns
    -------
    DataFrame, one row a predictor of a link
        ``link``, ``outcome``, ``predictor``, and the fields of `EValue`; for 0 to 1 of a 0/1 predictor, and a standard
        deviation of any other among the units it is measured on; ``n_obs``, ``n_organisations``; ``reason`` where there
        is none; ``sentence``.
    """
    rows = [_row(links, fit, name) for fit in links.fits for name in fit.link.predictors]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _row(links: Links, fit: Fit, name: str) -> dict[str, Any]:
    study, fitted = links.aggregated.study, fit.fitted
    row: dict[str, Any] = {"link": fit.number, "outcome": fit.link.outcome, "predictor": name}
    row |= {"n_obs": fitted.n_obs, "n_organisations": fitted.n_organisations, "reason": ""}
    try:
        per = difference_in(study, fit.link, fitted, name)
        found = evalue(fitted, name, per=per, confidence=links.confidence)
    except LinkError as error:
        return row | {"reason": str(error), "sentence": _NONE}
    return row | asdict(found) | {"sentence": _sentence(study, fit, found)}


def _sentence(study: Study, fit: Fit, found: EValue) -> str:
    name, outcome = quoted(study, found.predictor), quoted(study, fit.link.outcome)
    if found.evalue_limit == 1:
        return f"The interval of {name} and {outcome} holds no difference: nothing unmeasured is needed to explain it."
    return (
        f"Something not measured could explain all of what {name} and {outcome} have to do with each other if it went "
        f"with each of them by a ratio of {found.evalue:.2f}, beyond what is held constant; by "
        f"{found.evalue_limit:.2f}, it could bring the interval to no difference."
    )


def _conversion(fitted: FittedLink) -> tuple[str, float]:
    """Name of the conversion, and what the coefficient is multiplied by before its exponential is taken."""
    if fitted.model == "ols":
        return "0.91 d", 0.91 / _residual_spread(fitted)
    if fitted.model == "cox":
        return "common hazard", 1.0
    if fitted.model in {"poisson", "negative binomial"}:
        return "none", 1.0
    share = float(fitted.rows[outcome_of(fitted)].mean()) if fitted.model == "logit" else 0.5
    return ("rare outcome", 1.0) if min(share, 1 - share) <= RARE else ("square root", 0.5)


def outcome_of(fitted: FittedLink) -> str:
    """Column of the outcome among the rows of a model."""
    return fitted.terms.outcome


def _residual_spread(fitted: FittedLink) -> float:
    rows = fitted.design.to_numpy()
    left = fitted.rows[outcome_of(fitted)].to_numpy(dtype=float) - rows @ fitted.parameters.to_numpy()
    return float(np.sqrt(left @ left / (len(left) - rows.shape[1])))


def _common_hazard(log_ratio: float) -> float:
    """Ratio of risks for a log hazard ratio, where about half of the rows see the event."""
    root = np.exp(log_ratio / 2)
    return float((1 - 0.5**root) / (1 - 0.5 ** (1 / root)))
