"""What an estimate beside a published figure comes to: one of a few verdicts, and a sentence that says no more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOVE = "above"
BELOW = "below"
EQUIVALENT = "within the margin"
OPEN = "not told apart"
REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NO_INTERVAL = "no interval"
VERDICTS = (ABOVE, BELOW, EQUIVALENT, OPEN, REPRODUCED, NOT_REPRODUCED, NO_INTERVAL)

_BOUNDS = ("fewer than", "over")
_NOISE = 1e-9  # a share such as 0.525 and the edge of a rounded 53% are the same number


def verdict(row: Mapping[Any, Any], confidence: float) -> str:
    """Decide what the two figures show.

    Parameters
    ----------
    row : mapping
        A row of `surveykit.estimates.benchmarks.compare.Comparisons`.
    confidence : float
        Confidence level; tests are at 1 less it.

    Returns
    -------
    str
        ``reproduced`` or ``not reproduced`` for a figure from the same answers: the estimate rounds to it or not.
        Otherwise ``within the margin`` if equivalence is shown, whether or not the two differ; ``above`` or
        ``below`` if they differ; ``not told apart`` if neither is shown; and ``no interval`` if there is none.

    Examples
    --------
    >>> verdict({"same_answers": False, "difference_ci_lower": -0.01, "difference_ci_upper": 0.2,
    ...          "equivalence_p": 0.4}, 0.95)
    'not told apart'
    """
    lower, upper = row["difference_ci_lower"], row["difference_ci_upper"]
    if row["same_answers"]:
        return REPRODUCED if lower <= _NOISE and upper >= -_NOISE else NOT_REPRODUCED
    if math.isnan(lower):
        return NO_INTERVAL
    if row["equivalence_p"] <= 1 - confidence:
        return EQUIVALENT
    return ABOVE if lower > 0 else BELOW if upper < 0 else OPEN


def sentence(row: Mapping[Any, Any], confidence: float) -> str:
    """Say what the two figures show beside each other, and no more.

    Parameters
    ----------
    row : mapping
        A row of `surveykit.estimates.benchmarks.compare.Comparisons`, with its verdict, and the limits inside which
        equivalence is judged (``inner_lower, inner_upper``).
    confidence : float
        Confidence level.

    Returns
    -------
    str
    """
    share = row["statistic"] == "share"
    here, lower, upper = (_plain(row[key], share=share) for key in ("estimate", "ci_lower", "ci_upper"))
    unit = "%" if share else ""
    interval = f" ({100 * confidence:g}% interval {lower} to {upper})"
    start = f"{row['label']}: {here}{unit}{'' if math.isnan(row['ci_lower']) else interval}"
    return f"{start}; {_beside(row, _told(row, unit), confidence)}."


def _beside(row: Mapping[Any, Any], told: str, confidence: float) -> str:
    if row["verdict"] == REPRODUCED:
        agrees = "agrees with" if row["rounding"] in _BOUNDS else "rounds to"
        return f"this {agrees} {told}, which rests on the same answers"
    if row["verdict"] == NOT_REPRODUCED:
        return f"this does not give {told}, though that rests on the same answers"
    if row["verdict"] == NO_INTERVAL:
        return f"too few organisations answered for an interval, or for a word on {told}"
    if row["verdict"] == OPEN and row["rounding"] in _BOUNDS:
        reach = "nothing here speaks against"
    else:
        share = row["statistic"] == "share"
        reach = f"this {_reach(row['difference_ci_lower'], row['difference_ci_upper'], share=share)}"
    return f"{reach} {told}{_sampling(row)}{_within(row, confidence)}"


def _told(row: Mapping[Any, Any], unit: str) -> str:
    figure = float(f"{row['figure'] * (100 if unit else 1):.12g}")
    if row["rounding"] in {"exact", "rounded"}:
        return f"the published {figure:g}{unit}"
    return f"what was published as {row['rounding']} {figure:g}{unit}"


def _sampling(row: Mapping[Any, Any]) -> str:
    if row["statistic"] == "share" and not math.isnan(row["base"]):
        return f" (of {row['base']:,.0f} answers)"
    return ", whose own sampling error is unknown"


def _reach(lower: float, upper: float, *, share: bool) -> str:
    """Where the difference lies, from its limits."""
    points = " points" if share else ""
    low, high = _plain(abs(lower), share=share), _plain(abs(upper), share=share)
    if lower > 0:
        return (
            f"lies {low} to {high}{points} above"
            if math.isfinite(upper)
            else f"lies {low}{points} or more above"
        )
    if upper < 0:
        return (
            f"lies {high} to {low}{points} below"
            if math.isfinite(lower)
            else f"lies {high}{points} or more below"
        )
    return f"may lie anywhere from {low}{points} below to {high}{points} above"


def _within(row: Mapping[Any, Any], confidence: float) -> str:
    """What the declared margin comes to; nothing without one."""
    margin, share = row["margin"], row["statistic"] == "share"
    if math.isnan(margin):
        return ""
    wide = float(f"{margin * (100 if share else 1):.12g}")
    declared = f"the declared margin of {wide:g}{' points' if share else ''}"
    if row["verdict"] == EQUIVALENT:
        inner = _reach(row["inner_lower"], row["inner_upper"], share=share).replace(
            "may lie anywhere from ", ""
        )
        inner = inner.removeprefix("lies ")
        return f"; at {100 * (2 * confidence - 1):g}% ({inner} it) the difference stays within {declared}"
    if row["difference_ci_lower"] > margin or row["difference_ci_upper"] < -margin:
        return f"; the difference is beyond {declared}"
    return f"; whether the difference is within {declared} is not shown"


def _plain(value: float, *, share: bool) -> str:
    return f"{100 * value:.1f}" if share else f"{value:,.2f}"
