"""How far an effect hangs on single organisations: every one left out in turn, and how many would turn it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.links.diagnostics.refit import Whole, effect_of, errors_without, one_step, refit
from surveykit.links.diagnostics.wording import amount, difference
from surveykit.links.expected import PROBABILITIES, check_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from surveykit.links.curves import Model
    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]
    _Found = dict[str, float]

_REFITTED = (
    2  # organisations at each end of the effects and of their ratios to the error that are left out exactly
)
_ENDS = (slice(None, _REFITTED), slice(-_REFITTED, None))
_INTERVAL = ("estimate", "ci_lower", "ci_upper")
_MOST = 0.25  # part of the organisations of which leaving out more would be another study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Influence:
    """What one effect would be without each organisation.

    Attributes
    ----------
    predictor : str
    estimate, std_error, ci_lower, ci_upper : float
        The average marginal effect with all organisations, its standard error and interval.
    data : DataFrame, one row an organisation
        ``organisation`` (its key: for the analyst, never for a reader), ``effect`` without it, ``ci_lower, ci_upper``
        and ``exact``: whether the model was fitted again. Elsewhere the effect is that of one Newton step and has no
        interval; so it is where no best fit exists without the organisation, and ``reason`` says so.
    lowest, highest : float
        Range of ``effect``.
    error : float
        Largest difference between one step and an exact fit among those fitted again, as a share of the effect's
        standard error.
    sign_turns, conclusion_turns : bool
        Whether leaving out one organisation changes the effect's sign, or whether its interval holds 0.
    to_turn_sign, to_turn_conclusion : float
        How many organisations it would take, those that matter most first (so that some other choice may do with
        fewer); NaN where a quarter of all are not enough.
    n_organisations : int
    """

    predictor: str
    estimate: float
    std_error: float
    ci_lower: float
    ci_upper: float
    data: pd.DataFrame
    lowest: float
    highest: float
    error: float
    sign_turns: bool
    conclusion_turns: bool
    to_turn_sign: float
    to_turn_conclusion: float
    n_organisations: int

    def to_frame(self) -> pd.DataFrame:
        """One row, with nothing of single organisations but the range."""
        names = [name for name in self.__slots__ if name != "data"]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def __repr__(self) -> str:
        return f"Influence({self.predictor}: {self.estimate:.4g}, {self.lowest:.4g} to {self.highest:.4g} without one)"


class _Effect(NamedTuple):
    """An effect, how it moves with the parameters, and how it is looked at."""

    whole: Whole
    predictor: str
    per: float | None
    confidence: float

    def of(self, fitted: FittedLink) -> _Found:
        return fitted.inference(*effect_of(fitted, self.predictor, self.per), self.confidence)

    def without(self, organisations: Iterable[int]) -> _Found | None:
        """Effect without some organisations, from an exact fit to the others."""
        kept = np.ones(len(self.whole.at.scores), dtype=bool)
        kept[list(organisations)] = False
        fitted = refit(self.whole, kept)
        return None if fitted is None else self.of(fitted)


def leave_one_out(
    fitted: FittedLink, predictor: str, *, per: float | None = None, confidence: float = 0.95
) -> Influence:
    """Leave out each organisation in turn, and look at what is left of the effect of a predictor.

    Parameters
    ----------
    fitted : FittedLink
    predictor : str
        One of its numeric columns.
    per : float, optional
        Size of the difference in the predictor: see `average_marginal_effect`. It is the same for every fit, and so are
        the rows the effect is averaged over: only the model is fitted to fewer organisations.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    Influence

    Raises
    ------
    LinkError
        If the model has no such column.

    Notes
    -----
    All organisations are left out by one Newton step from the estimate, which is exact for least squares; those that
    move the effect most, or its ratio to its standard error, by an exact fit to the others, with its own CR2
    covariance.
    R: a loop of ``update(fit, subset = organisation != g)``, with ``marginaleffects::avg_slopes(..., newdata = data)``.
    How many organisations would turn an effect is found the greedy way of Broderick, Giordano and Meager, with exact
    fits to those that are left.

    References
    ----------
    Cook and Weisberg (1982), Residuals and influence in regression. Broderick, Giordano and Meager (2020), An automatic
    finite-sample robustness metric.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(40) // 2, "x": np.arange(40) % 7})
    >>> data["y"] = 2.0 * data["x"] + np.sin(np.arange(40))
    >>> fitted = fit_link(data, "ols", outcome="y", predictors=["x"])
    >>> leave_one_out(fitted, "x", per=1)
    Influence(x: 2.002, 1.98 to 2.023 without one)
    """
    check_column(fitted, predictor)
    effect = _Effect(Whole.of(fitted), predictor, per, confidence)
    found = effect.of(fitted)
    gradient = effect_of(fitted, predictor, per).gradient
    moved = one_step(effect.whole) @ gradient
    steps = found["estimate"] + moved
    data = _refitted(effect, steps, steps / errors_without(effect.whole, gradient))
    exact = data[data["exact"]]
    sign = [np.sign(value) != np.sign(found["estimate"]) for value in data["effect"]]
    return Influence(
        predictor=predictor,
        std_error=found["std_error"],
        **{key: found[key] for key in _INTERVAL},
        data=data,
        lowest=float(data["effect"].min()),
        highest=float(data["effect"].max()),
        error=float(np.abs(exact["effect"] - steps[exact.index]).max() / found["std_error"]),
        sign_turns=any(sign),
        conclusion_turns=bool((_holds_zero(exact) != _holds_zero(found)).any()),
        to_turn_sign=_to_turn(effect, -np.sign(found["estimate"]) * moved, _sign_of(found)),
        to_turn_conclusion=_to_turn(effect, _towards(found) * moved, _conclusion_of(found)),
        n_organisations=fitted.n_organisations,
    )


def _refitted(effect: _Effect, steps: Floats, ratios: Floats) -> pd.DataFrame:
    """Effects without each organisation; exact where one of the ends may lie."""
    fitted = effect.whole.fitted
    names = pd.unique(fitted.rows[fitted.organisation])
    data = pd.DataFrame({"organisation": names, "effect": steps, "ci_lower": np.nan, "ci_upper": np.nan})
    data = data.assign(exact=False, reason="")
    ends = [order[part] for order in map(np.argsort, (steps, ratios)) for part in _ENDS]
    for number in np.unique(np.concatenate(ends)):
        left = effect.without([number])
        if left is None:
            data.loc[number, "reason"] = "without this organisation no finite coefficient fits best"
        else:
            data.loc[number, ["effect", "ci_lower", "ci_upper", "exact"]] = [
                *(left[key] for key in _INTERVAL),
                True,
            ]
    return data


def _holds_zero(found: pd.DataFrame | _Found) -> NDArray[np.bool_]:
    return np.asarray((found["ci_lower"] <= 0) & (found["ci_upper"] >= 0))


def _towards(found: _Found) -> float:
    """Where an effect must go to change its conclusion: to 0, or away from it."""
    away = float(np.sign(found["estimate"]))
    return away if _holds_zero(found) else -away


def _sign_of(found: _Found) -> Callable[[_Found], bool]:
    return lambda left: bool(np.sign(left["estimate"]) != np.sign(found["estimate"]))


def _conclusion_of(found: _Found) -> Callable[[_Found], bool]:
    return lambda left: bool(_holds_zero(left) != _holds_zero(found))


def _to_turn(effect: _Effect, gain: Floats, turned: Callable[[_Found], bool]) -> float:
    """How many organisations, those of most gain first, must be left out until something has turned."""
    order = np.argsort(-gain)
    most = int(_MOST * len(order))

    def enough(number: int) -> bool:
        left = effect.without(order[:number])
        return left is not None and turned(left)

    low, high = 0, 1
    while high < most and not enough(high):
        low, high = high, min(2 * high, most)
    if high > most or not enough(high):
        return float("nan")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return float(high)


def influence_in_words(found: Influence, *, model: Model, label: str) -> str:
    """Say how far an effect hangs on one organisation, naming none.

    Parameters
    ----------
    found : Influence
    model : str
        Of the link.
    label : str
        Words for the predictor.

    Returns
    -------
    str
    """
    points = model in PROBABILITIES
    low, high = (amount(value, found.std_error, points=points) for value in (found.lowest, found.highest))
    whole = difference(found.estimate, found.std_error, points=points)
    n = found.n_organisations
    told = (
        f"Without any one of the {n} organisations, the difference that goes with {label} would lie between {low} and "
        f"{high} (with all: {whole})"
    )
    return f"{told}; {_turning(found)}."


def _turning(found: Influence) -> str:
    holds = found.ci_lower <= 0 <= found.ci_upper
    said = "its interval would no longer hold 0" if holds else "its interval would reach 0"
    if found.conclusion_turns:
        return f"leaving out a single one can change the conclusion: {said}"
    if found.sign_turns:
        return "leaving out a single one can turn its direction, so near is it to 0"
    if np.isnan(found.to_turn_conclusion):
        return "no single one decides what is concluded, nor do the quarter of them that matter most"
    number = f"{found.to_turn_conclusion:.0f}"
    return f"no single one decides what is concluded; leaving out the {number} that matter most would: {said}"
