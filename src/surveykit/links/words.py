"""Links in plain words: labels, and one sentence a link that keeps its interval and claims no cause."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from surveykit.links.design import is_binary

if TYPE_CHECKING:
    from surveykit.links.models import FittedLink
    from surveykit.study import Level, Study
    from surveykit.study.links import Link

_UNITS: dict[Level, str] = {
    "executive": "respondents",
    "organisation": "organisations",
    "initiative": "initiatives",
}
_KINDS: dict[str, str] = {
    "ols": "mean",
    "logit": "yes",
    "ordered logit": "category",
    "multinomial": "category",
    "fractional": "share",
    "cox": "event",
    "poisson": "count",
    "negative binomial": "count",
}
_IN_POINTS = frozenset({"yes", "category", "share", "event"})
_SAME_PEOPLE = " Both come from the same people's answers, which by itself can make them go together."


class Finding(NamedTuple):
    """One tested predictor of one link; `row` is its row of ``Links.data``."""

    study: Study
    link: Link
    fitted: FittedLink
    predictor: str
    row: dict[str, Any]


def label(study: Study, name: str) -> str:
    """Words for a name: the study's label, or the name with spaces."""
    if name in study.dispersions:
        return f"how far respondents differ in {label(study, study.dispersions[name])}"
    return _declared(study, name) or name.replace("_", " ")


def _declared(study: Study, name: str) -> str:
    spec = study.items.get(name) or study.scales.get(name) or study.variable(name)
    return spec.label if spec else ""


def quoted(study: Study, name: str) -> str:
    """Words for a name inside a sentence; a label worded for the reader is set off by quotation marks."""
    return f'"{declared}"' if (declared := _declared(study, name)) else label(study, name)


def answer(study: Study, name: str, code: float) -> str:
    """Label of a variable's code; the code itself where the study names none.

    A code with several labels takes the first.
    """
    variable = study.variable(name)
    codes = study.answer_codes(variable.answers) if variable else None
    unnamed = {0.0: "no", 1.0: "yes"} if variable and variable.type == "picked" else {}
    return next(
        (text for text, each in (codes or {}).items() if each == code), unnamed.get(code, f"{code:g}")
    )


def predictor_level(study: Study, name: str, level: Level) -> Level:
    """Level at which a predictor varies on rows of `level`: scales are averaged off executive rows."""
    if name in study.scales:
        return "executive" if level == "executive" else "organisation"
    return study.level_of(name) or level


def listed(words: list[str]) -> str:
    """Join words the way a sentence does.

    Examples
    --------
    >>> listed(["ownership", "industry", "size"])
    'ownership, industry and size'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def p_words(value: float) -> str:
    """Write a p-value without claiming 0 or 1.

    Examples
    --------
    >>> p_words(0.00002), p_words(0.0083), p_words(0.41), p_words(1.0)
    ('below 0.001', '= 0.008', '= 0.41', 'above 0.99')
    """
    if value < 0.001:
        return "below 0.001"
    if value > 0.99:
        return "above 0.99"
    return f"= {value:.3f}" if value < 0.1 else f"= {value:.2f}"


def effect_unit(study: Study, link: Link, fitted: FittedLink, predictor: str) -> str:
    """Say what an effect is a difference in, and between what."""
    expected = expected_words(study, link, fitted)
    if is_binary(fitted.rows[predictor]):
        return f"{expected}, {_contrast(study, predictor)}"
    return f"{expected}, per standard deviation"


def expected_words(study: Study, link: Link, fitted: FittedLink, *, outcome: str = "") -> str:
    """Say what the model expects of a unit: a mean, a probability, a share or a count of the outcome.

    Parameters
    ----------
    study : Study
    link : Link
    fitted : FittedLink
    outcome : str, optional
        Words for the outcome, if not its label.

    Returns
    -------
    str
    """
    named = outcome or label(study, link.outcome)
    kind = expected_kind(fitted)
    if kind == "category":
        return f"probability of {answer(study, link.outcome, fitted.highest)} (highest {named})"
    if kind == "event":
        event = study.variable(link.outcome)
        happened = quoted(study, event.event) if event and event.event else named
        time = fitted.baseline.time if fitted.baseline else 0.0
        return f"probability of {happened} by {time:g} ({named})"
    return {
        "mean": f"mean of {named}",
        "yes": f"probability of {named}",
        "share": f"average of {named}",
        "count": f"expected count of {named}",
    }[kind]


def expected_kind(fitted: FittedLink) -> str:
    """What a model expects: ``mean``, ``yes``, ``category``, ``share``, ``event`` or ``count``."""
    return _KINDS[fitted.model]


def _contrast(study: Study, name: str) -> str:
    yes, no = (answer(study, name, code) for code in (1.0, 0.0))
    return f"{yes} rather than {no}"


def sentence(finding: Finding, p_adjusted: float, tests: int) -> str:
    """Say what was found, how sure it is and what was held constant, without a cause.

    Parameters
    ----------
    finding : Finding
        The tested predictor.
    p_adjusted : float
        Its p-value adjusted for all tests of its family, 0 to 1.
    tests : int
        How many tests that were.

    Returns
    -------
    str
    """
    study, link = finding.study, finding.link
    expected = expected_words(study, link, finding.fitted, outcome=quoted(study, link.outcome))
    others = [name for name in (*link.predictors, *link.adjust_for) if name != finding.predictor]
    held = f", holding {listed([quoted(study, name) for name in others])} constant" if others else ""
    executives = {study.level_of(link.outcome), study.level_of(finding.predictor)} == {"executive"}
    same = _SAME_PEOPLE if executives else ""
    found = f"For {_who(finding)}, the {expected} was {_difference(finding)}{held}"
    return f"{found}; {_verdict(finding, p_adjusted, tests)}.{same}"


def _who(finding: Finding) -> str:
    study, name, level = finding.study, finding.predictor, finding.link.level
    of_organisations = level != "organisation" and predictor_level(study, name, level) == "organisation"
    rows = f"{_UNITS[level]} of organisations" if of_organisations else _UNITS[level]
    if is_binary(finding.fitted.rows[name]):
        return f"{rows} where {quoted(study, name)} is {_contrast(study, name)}"
    return f"{rows} one standard deviation higher in {quoted(study, name)}"


def _difference(finding: Finding) -> str:
    in_points = expected_kind(finding.fitted) in _IN_POINTS
    keys = ("effect", "effect_ci_lower", "effect_ci_upper", "effect_std_error")
    effect, low, high, error = ((100 if in_points else 1) * finding.row[key] for key in keys)
    # Two figures of the standard error: more would be noise, fewer would hide the interval.
    digits = min(max(1 - math.floor(math.log10(error)), 0), 9)
    unit = " percentage points" if in_points else ""
    level = f"{100 * finding.study.report.confidence:g}% interval"
    return f"{abs(effect):,.{digits}f}{unit} {_side(effect)} ({level} {_interval(low, high, digits)})"


def _interval(low: float, high: float, digits: int) -> str:
    """Write ends as distances; the side is said once where both share it, the nearer end first."""
    if low <= 0 <= high:
        return f"{-low:,.{digits}f} lower to {high:,.{digits}f} higher"
    near, far = sorted((abs(low), abs(high)))
    return f"{near:,.{digits}f} to {far:,.{digits}f} {_side(low)}"


def _side(value: float) -> str:
    return "higher" if value >= 0 else "lower"


def _verdict(finding: Finding, p_adjusted: float, tests: int) -> str:
    p_value = f"adjusted p {p_words(p_adjusted)}"
    if finding.row["effect_ci_lower"] <= 0 <= finding.row["effect_ci_upper"]:
        return f"the data are compatible with no difference and with either end of the interval ({p_value})"
    if p_adjusted < 1 - finding.study.report.confidence:
        if not finding.row["planned"]:
            return f"it was not planned: a hint to test on new data, not a finding ({p_value})"
        return f"the difference is unlikely to be chance alone ({p_value})"
    if not finding.row["planned"]:
        return f"it was not planned, and does not stand out among the {tests} tests explored ({p_value})"
    return (
        f"taken alone it stands out from chance, but not among the {tests} tests planned with it ({p_value})"
    )
