"""What moderations and mediations say to a reader: every interval told, no cause claimed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from surveykit.links.design import is_binary
from surveykit.links.words import answer, expected_kind, expected_words, p_words, quoted

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.links.mediation import Mediation
    from surveykit.links.models import FittedLink
    from surveykit.links.moderation import Moderation
    from surveykit.study import Study
    from surveykit.study.links import Link

_COMPATIBLE = "the data are compatible with no difference and with either end of the interval"
_ALONE = "taken alone that stands out from chance"


class Asked(NamedTuple):
    """A link of a study, one of its predictors, and the third variable: moderator or mediator."""

    study: Study
    link: Link
    predictor: str
    third: str


class _Scale(NamedTuple):
    """How effects are written: times 100 for percentage points, and the interval's level."""

    factor: float
    unit: str
    level: str

    def amount(self, effect: pd.Series, *, unit: bool = True) -> str:
        """Write an effect with its side and its interval."""
        value, low, high, error = (
            self.factor * float(effect[key]) for key in ("estimate", "ci_lower", "ci_upper", "std_error")
        )
        # Two figures of the standard error: more would be noise, fewer would hide the interval.
        digits = min(max(1 - math.floor(math.log10(error)), 0), 9) if error > 0 else 2
        words = f"{abs(value):,.{digits}f}{self.unit if unit else ''} {_side(value)}"
        if low <= 0 <= high:
            return f"{words} ({self.level} {-low:,.{digits}f} lower to {high:,.{digits}f} higher)"
        near, far = sorted((abs(low), abs(high)))
        return f"{words} ({self.level} {near:,.{digits}f} to {far:,.{digits}f} {_side(low)})"


def _side(value: float) -> str:
    return "higher" if value >= 0 else "lower"


def _scale(fitted: FittedLink, confidence: float) -> _Scale:
    points = expected_kind(fitted) not in {"mean", "count"}
    return _Scale(
        100 if points else 1, " percentage points" if points else "", f"{100 * confidence:g}% interval"
    )


def _more(asked: Asked, fitted: FittedLink) -> str:
    """Say which difference in the predictor effects are of, and what of the outcome they are differences in."""
    study, name = asked.study, asked.predictor
    words = f"one standard deviation more of {quoted(study, name)}"
    if is_binary(fitted.rows[name]):
        yes, no = (answer(study, name, code) for code in (1.0, 0.0))
        words = f"{quoted(study, name)} being {yes} rather than {no}"
    expected = expected_words(study, asked.link, fitted, outcome=quoted(study, asked.link.outcome))
    return f"{words} goes with the {expected} being"


def of_moderation(asked: Asked, found: Moderation) -> str:
    """Say whether what goes with a predictor differs by a moderator."""
    more, scale = _more(asked, found.fitted), _scale(found.fitted, found.confidence)
    several = len(found.differences) > 1
    compared = _categories(asked, found, scale) if several else _two(asked, found, scale)
    told = f"{more[0].upper()}{more[1:]} {compared}"
    return told + _region(asked, found) + _scales_disagree(found)


def _two(asked: Asked, found: Moderation, scale: _Scale) -> str:
    low, high = found.slopes.iloc[0], found.slopes.iloc[-1]
    gap = found.differences.iloc[0]
    verdict = _COMPATIBLE if gap["ci_lower"] <= 0 <= gap["ci_upper"] else _ALONE
    moderator = quoted(asked.study, asked.third)
    first, second = (
        (f"where {moderator} is low", "where it is high")
        if found.kind == "number"
        else (f"where {moderator} is {_value(asked, each['at'])}" for each in (low, high))
    )
    last = f"The second is {scale.amount(gap)} than the first: {verdict}."
    return f"{scale.amount(low)} {first}, and {scale.amount(high)} {second}. {last}"


def _categories(asked: Asked, found: Moderation, scale: _Scale) -> str:
    ordered = found.slopes.sort_values("estimate")
    moderator = quoted(asked.study, asked.third)
    least, most = (
        f"{scale.amount(each)} where {moderator} is {_value(asked, each['at'])}"
        for each in (ordered.iloc[0], ordered.iloc[-1])
    )
    categories = f"The {len(ordered)} categories together"
    if found.test.reason:
        return f"between {least} and {most}. {categories} cannot be tested: {found.test.reason}."
    p_value = f"p {p_words(found.test.p_value)}"
    verdict = (
        f"differ more than chance alone easily makes them ({p_value})"
        if found.test.p_value < 1 - found.confidence
        else f"differ no more than chance alone may make them ({p_value})"
    )
    return f"between {least} and {most}. {categories} {verdict}."


def _value(asked: Asked, at: str) -> str:
    """Words for a category, which may be coded by a number."""
    try:
        return answer(asked.study, asked.third, float(at))
    except ValueError:
        return at


def _region(asked: Asked, found: Moderation) -> str:
    if found.kind != "number":
        return ""
    measured = found.fitted.rows[found.moderator].astype(float)
    where = (
        f"observed range of {quoted(asked.study, asked.third)} ({measured.min():.3g} to {measured.max():.3g})"
    )
    if found.region.empty:
        return f" Nowhere in the {where} does the interval of the effect leave out 0."
    stretches = " and ".join(
        f"from {row['lower']:.3g} to {row['upper']:.3g} ({100 * row['share']:.0f}% of cases, {row['side']})"
        for row in found.region.to_dict("records")
    )
    return f" Within the {where} the interval of the effect leaves out 0 {stretches}."


def _scales_disagree(found: Moderation) -> str:
    """In curved models the products may say otherwise than the differences on the outcome."""
    tests = [test.p_value < 1 - found.confidence for test in (found.test, found.product_test)]
    if found.fitted.model == "ols" or tests[0] == tests[1]:
        return ""
    return (
        " Compared by factors instead of differences the answer is the other one: it hangs on how much of the outcome "
        "there is to begin with, so read it with care."
    )


def of_mediation(asked: Asked, found: Mediation) -> str:
    """Say how much of what goes with a predictor runs along with a mediator, and what that takes for granted."""
    study, scale = asked.study, _scale(found.to_outcome, found.confidence)
    more, mediator = _more(asked, found.to_outcome), quoted(study, asked.third)
    effects = found.effects.T
    told = f"{more[0].upper()}{more[1:]} {scale.amount(effects['total'])} in all"
    parts = (
        f"the part that runs along with {mediator} is {scale.amount(effects['indirect'])}, "
        f"the rest {scale.amount(effects['direct'])}"
    )
    return f"{told}; {parts}. {_carried(found, mediator)}{_granted(asked, found)}"


def _carried(found: Mediation, mediator: str) -> str:
    low, high = found.effects.loc["indirect", ["ci_lower", "ci_upper"]].to_numpy(dtype=float)
    if low <= 0 <= high:
        return f"The data are compatible with nothing running along with {mediator}. "
    if found.share["reason"]:
        return (
            "Taken alone the first part stands out from chance; it is no share of the whole, which may be 0. "
        )
    share, low, high = (100 * float(found.share[key]) for key in ("estimate", "ci_lower", "ci_upper"))
    whole = f"{share:.0f}% of the whole ({100 * found.confidence:g}% interval {low:.0f} to {high:.0f})"
    return f"Taken alone the first part stands out from chance: {whole}. "


def _granted(asked: Asked, found: Mediation) -> str:
    study = asked.study
    predictor, mediator, outcome = (
        quoted(study, name) for name in (asked.predictor, asked.third, asked.link.outcome)
    )
    return (
        f"This takes for granted that {predictor} came before {mediator} and {mediator} before {outcome}, and that "
        "nothing left out lies behind any two of them. The survey shows neither, so it tells no cause: something left "
        f"out that made {mediator} and {outcome} correlate by {found.rho:.2f} would leave nothing of the first part."
    )
