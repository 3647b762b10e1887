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
    to_turn : float
        How many organisations must be left out to change that conclusion, those that matter most first (so that another
        choice may do with fewer); NaN where a quarter of all are not enough.
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
    to_turn: float
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
    Influence(x: 2.002, 1.969 to 2.031 without one)
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
        to_turn=_to_turn(effect, found, moved),
        n_organisations=fitted.n_organisations,
    )


def _refitted(effect: _Effect, steps: Floats, ratios: Floats) -> pd.DataFrame:
    """Effects without each organisation; exact where one of the ends may lie."""
    fitted = effect.whole.fitted
    names = pd.unique(fitted.rows[fitted.organisation])
    ends = [order[part] for order in map(np.argsort, (steps, ratios)) for part in _ENDS]
    again = {number: effect.without([number]) for number in np.unique(np.concatenate(ends))}
    exact = {number: [left[key] for key in _INTERVAL] for number, left in again.items() if left is not None}
    values = np.column_stack([steps, np.full((len(steps), 2), np.nan)])
    values[list(exact)] = list(exact.values())
    data = pd.DataFrame(values, columns=["effect", "ci_lower", "ci_upper"])
    data.insert(0, "organisation", np.asarray(names))
    data["exact"] = data.index.isin(list(exact))
    lost = data.index.isin([number for number, left in again.items() if left is None])
    return data.assign(reason=np.where(lost, "without this organisation no finite coefficient fits best", ""))


def _holds_zero(found: pd.DataFrame | _Found) -> NDArray[np.bool_]:
    return np.asarray((found["ci_lower"] <= 0) & (found["ci_upper"] >= 0))


def _to_turn(effect: _Effect, found: _Found, moved: Floats) -> float:
    """How many organisations, those that matter most first, must be left out until the conclusion is another."""
    towards = np.sign(found["estimate"]) * (1 if _holds_zero(found) else -1)
    order = np.argsort(-towards * moved)
    most = int(_MOST * len(order))

    def turned(number: int) -> bool:
        left = effect.without(order[:number])
        return left is not None and bool(_holds_zero(left) != _holds_zero(found))

    # Limits move about as the effect does: that says where to begin to look.
    gap = abs(abs(found["estimate"]) - (found["ci_upper"] - found["estimate"]))
    guess = int(np.searchsorted(np.cumsum(towards * moved[order[:most]]), gap)) + 1
    return _first(turned, min(guess, most), most)


def _first(turned: Callable[[int], bool], guess: int, most: int) -> float:
    """Find the first number, from 1 to `most`, for which something holds and before which it does not; else NaN."""
    low, high, step = 0, guess, 1
    while not (found := high > 0 and turned(high)) and high < most:
        low, high, step = high, min(high + step, most), 2 * step
    if not found:
        return float("nan")
    step = 1
    while high - step > low and turned(high - step):
        high, step = high - step, 2 * step
    low = max(low, high - step)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if turned(middle) else (middle, high)
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
    if np.isnan(found.to_turn):
        return "no single one decides what is concluded, nor do the quarter of them that matter most"
    number = f"{found.to_turn:.0f}"
    return f"no single one decides what is concluded; leaving out the {number} that matter most would: {said}"
