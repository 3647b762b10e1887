"""An ordered outcome cut in two at each of its steps: one logit a cut, where one slope for all does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.effects import average_marginal_effect
from surveykit.links.expected import categories
from surveykit.links.models import fit_link

if TYPE_CHECKING:
    from surveykit.links.models import FittedLink

_NUMBERS = ["estimate", "std_error", "ci_lower", "ci_upper", "df", "p_value"]
_EFFECTS = {"estimate": "effect", "ci_lower": "effect_ci_lower", "ci_upper": "effect_ci_upper"}


def by_cut(fitted: FittedLink, *, confidence: float = 0.95) -> pd.DataFrame:
    """Tell slopes and effects of each predictor at every cut of an ordered outcome.

    Where the odds are not proportional an ordered logit gives one slope that lies somewhere between these. What goes
    with getting started is then not what goes with getting far, and each is said for itself.

    Parameters
    ----------
    fitted : FittedLink
        An ``ordered logit``.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    DataFrame
        One row a cut and predictor:

        - ``cut``: lowest code that counts as above; ``n_above``: rows there; ``predictor``;
        - ``estimate, std_error, ci_lower, ci_upper, df, p_value``: log odds of being above, of one unit;
        - ``effect, effect_ci_lower, effect_ci_upper``: average marginal effect on the probability of being above, of
          one standard deviation of the rows, or of 1 rather than 0;
        - ``reason``: why these are NaN, empty where they are not (too few on one side of the cut, for one).

    Raises
    ------
    LinkError
        For any other model.

    Examples
    --------
    >>> data = pd.DataFrame({"organisation": np.arange(90), "x": np.arange(90) % 5})
    >>> data["stage"] = (data["x"] + np.arange(90) % 7) // 4
    >>> fitted = fit_link(data, "ordered logit", outcome="stage", predictors=["x"])
    >>> by_cut(fitted)[["cut", "n_above", "estimate", "effect"]].round(3).to_numpy().tolist()
    [[1.0, 64.0, 0.949, 0.208], [2.0, 15.0, 1.194, 0.181]]
    """
    rows = []
    for cut, found in fit_cuts(fitted).items():
        above = int((fitted.rows[fitted.terms.outcome] >= cut).sum())
        rows += [
            {"cut": cut, "n_above": above, "predictor": name, **_numbers(found, name, confidence)}
            for name in fitted.terms.predictors
        ]
    return pd.DataFrame(rows)


def fit_cuts(fitted: FittedLink) -> dict[float, FittedLink | LinkError]:
    """Fit a logit at every cut, by the lowest code above it; or say why there is none.

    Raises
    ------
    LinkError
        For any model but an ordered logit.
    """
    if fitted.model != "ordered logit":
        raise LinkError("only an ordered logit has cuts", given=fitted.model, fix="Fit one first.")
    return {cut: _fit_cut(fitted, cut) for cut in categories(fitted)[1:]}


def _fit_cut(fitted: FittedLink, cut: float) -> FittedLink | LinkError:
    terms = fitted.terms
    try:
        return fit_link(
            fitted.rows.assign(**{terms.outcome: (fitted.rows[terms.outcome] >= cut).astype(float)}),
            "logit",
            outcome=terms.outcome,
            predictors=terms.predictors,
            adjust_for=terms.adjust_for,
            organisation=terms.organisation,
            weights=terms.weights or None,
            where=terms.where,
        )
    except LinkError as error:
        return error


def _numbers(found: FittedLink | LinkError, name: str, confidence: float) -> dict[str, float | str]:
    try:
        if isinstance(found, LinkError):
            raise found
        effect = average_marginal_effect(found, name, confidence=confidence)
    except LinkError as error:
        return {**dict.fromkeys([*_NUMBERS, *_EFFECTS.values()], np.nan), "reason": str(error)}
    effects = {ours: float(effect[key]) for key, ours in _EFFECTS.items()}
    return {**found.parameter(name, confidence=confidence), **effects, "reason": ""}
