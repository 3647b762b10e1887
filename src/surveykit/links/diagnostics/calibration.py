"""Whether outcomes predicted to be likely are: predicted beside observed shares, and how predictions carry over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.estimates.engine import Found
from surveykit.estimates.intervals import share_limits
from surveykit.links.diagnostics.bins import SHARES, Rows, binned, errors_by_bin, means_by_bin, rows_of
from surveykit.links.diagnostics.refit import Whole, one_step
from surveykit.links.models import fit_link

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

_OFTEN = 0.2  # part of the groups whose interval may miss what was predicted before it is more than chance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Predicted beside observed shares.

    Attributes
    ----------
    data : DataFrame, one row a group of rows by what is predicted, lowest first
        ``n_obs, n_organisations``; ``predicted``: mean of what is predicted, ``observed``: share found, with
        ``ci_lower,
        ci_upper`` that keep rows of one organisation together; all from 0 to 1.
    slope, slope_ci_lower, slope_ci_upper : float
        Of the observed log odds on those predicted by the link fitted without the row's own organisation. 1 if
        predictions carry over to organisations not seen, below 1 if they go too far, 0 or less if they tell nothing.
        NaN
        where it cannot be told, with a `reason`.
    reason : str
    n_missed : int
        Groups whose interval does not hold what was predicted.
    sentence : str
    """

    data: pd.DataFrame
    slope: float
    slope_ci_lower: float
    slope_ci_upper: float
    reason: str
    n_missed: int
    sentence: str

    @property
    def concern(self) -> bool:
        """Whether more groups are missed than chance would miss."""
        return self.n_missed > max(1, _OFTEN * len(self.data))

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `data`."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Calibration(slope {self.slope:.3g}, {self.n_missed} of {len(self.data)} groups missed)"


def calibration(
    fitted: FittedLink,
    *,
    bins: int = 10,
    fewest_rows: int = 20,
    fewest_organisations: int = 5,
    confidence: float = 0.95,
) -> Calibration:
    r"""Hold what a link predicts against what was found.

    Parameters
    ----------
    fitted : FittedLink
        A logit, a fractional logit, or an ordered logit (its highest category).
    bins : int, optional
        Most groups of rows; equal predictions stay together.
    fewest_rows, fewest_organisations : int, optional
        Of each group: there are fewer groups where one would have less.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    Calibration

    Raises
    ------
    LinkError
        If the model predicts no share.

    Notes
    -----
    Within a group the variance of the share is :math:`\frac{G}{G-1} \sum_g (\sum_{i \in g} w_i (y_i - \bar y))^2 /
    (\sum
    w_i)^2`, with t of G - 1 on the logit, and Korn and Graubard's interval where few answers lie on one side. In the
    rows
    it was fitted to a logit's slope is 1 by construction; the one here is that of a logit of the outcome on
    :math:`x_i^\top \hat\beta_{(g)}`, with coefficients from one Newton step without the row's organisation g. R:
    ``glm(y ~
    lp, binomial)`` with clubSandwich, lp from a loop of fits without each organisation.

    References
    ----------
    Cox (1958), Two further applications of a model for binary regression, Biometrika 45. Van Calster and others (2019),
    Calibration: the Achilles heel of predictive analytics, BMC Medicine 17.
    """
    if fitted.model not in SHARES:
        raise LinkError(
            "calibration needs an outcome from 0 to 1, or categories in order",
            given=fitted.model,
            fix="Take 'residuals' for amounts.",
        )
    rows = rows_of(fitted)
    number = binned(
        rows.predicted,
        rows.organisation,
        bins=bins,
        fewest_rows=fewest_rows,
        fewest_organisations=fewest_organisations,
    )
    data = _groups(rows, number, confidence)
    missed = int(((data["predicted"] < data["ci_lower"]) | (data["predicted"] > data["ci_upper"])).sum())
    found = Calibration(data=data, n_missed=missed, sentence="", **_slope(fitted, rows, confidence))  # type: ignore[arg-type]  # told by name
    return replace(found, sentence=_in_words(found))


def _groups(rows: Rows, number: NDArray[np.intp], confidence: float) -> pd.DataFrame:
    observed = means_by_bin(rows.observed, number, rows.weight)
    error, organisations = errors_by_bin(rows.observed, number, rows)
    n = np.bincount(number)
    kish = np.bincount(number, rows.weight) ** 2 / np.bincount(number, rows.weight**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = error**2 * n / (observed * (1 - observed))
    found = Found(
        estimate=observed,
        variance=error**2,
        deff=deff,
        n_obs=n,
        n_organisations=organisations,
        df=np.asarray(organisations - 1.0, dtype=np.float64),
        kish=kish,
    )
    lower, upper, _ = share_limits(found, confidence)
    return pd.DataFrame(
        {
            "n_obs": n,
            "n_organisations": organisations,
            "predicted": means_by_bin(rows.predicted, number, rows.weight),
            "observed": observed,
            "ci_lower": lower,
            "ci_upper": upper,
        }
    )


def _slope(fitted: FittedLink, rows: Rows, confidence: float) -> dict[str, float | str]:
    """Slope of the outcome on what is predicted without the row's organisation."""
    moved = one_step(Whole.of(fitted))[rows.organisation]
    unseen = (fitted.design.to_numpy() * (fitted.parameters.to_numpy() + moved)).sum(axis=1)
    data = pd.DataFrame(
        {"organisation": rows.organisation, "y": rows.observed, "x": unseen, "w": rows.weight}
    )
    try:
        again = fit_link(
            data,
            "fractional" if fitted.model == "fractional" else "logit",
            outcome="y",
            predictors=["x"],
            weights=None if fitted.weights is None else "w",
        )
    except LinkError as error:
        return {
            **dict.fromkeys(("slope", "slope_ci_lower", "slope_ci_upper"), float("nan")),
            "reason": str(error),
        }
    found = again.parameter("x", confidence=confidence)
    return {
        "slope": found["estimate"],
        "slope_ci_lower": found["ci_lower"],
        "slope_ci_upper": found["ci_upper"],
        "reason": "",
    }


def _in_words(found: Calibration) -> str:
    groups = len(found.data)
    held = groups - found.n_missed
    told = (
        f"Of {groups} groups of rows, sorted by what the link predicts, {'all' if held == groups else held} were found "
        "to be as predicted, within what chance explains"
        if groups > 1
        else "There are too few rows or organisations to hold predictions against what was found in more than one group"
    )
    return f"{told}. {_carrying_over(found)}"


def _carrying_over(found: Calibration) -> str:
    if np.isnan(found.slope):
        return "How its predictions carry over to other organisations cannot be told."
    if found.slope_ci_upper < 1:
        return (
            "For an organisation that was not among those it was fitted to, its predictions go too far: expect smaller "
            "differences there."
        )
    if found.slope_ci_lower > 0:
        return "Its predictions also hold for organisations left out of the fit."
    return "Whether its predictions hold for organisations left out of the fit is open: there is too little to tell."
