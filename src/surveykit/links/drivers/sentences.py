"""Drivers in plain words: how much goes with them together, with which most, and how sure their order is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.links.words import listed, quoted

if TYPE_CHECKING:
    from surveykit.links.drivers.importance import Importance
    from surveykit.study import Level, Study

_ROWS: dict[Level, str] = {
    "executive": "respondents of {} organisations",
    "organisation": "organisations",
    "initiative": "initiatives of {} organisations",
}
_NAMED = 3  # predictors that could come first as well, named up to this many
_NO_CAUSE = "These are parts of what goes together; they do not say what would change if a predictor did."
_SAME_PEOPLE = (
    "Outcome and predictors come from the same people's answers, which by itself can make them go together."
)


def driver_sentence(study: Study, level: Level, found: Importance) -> str:
    """Say how much of the outcome goes with the predictors, with which most, and whether their order is settled.

    Parameters
    ----------
    study : Study
        For its labels.
    level : str
        Of one row.
    found : Importance

    Returns
    -------
    str
        It claims no cause.
    """
    parts = [_together(study, level, found), _largest(study, found), _order(study, found), _NO_CAUSE]
    levels = {study.level_of(name) for name in found.data["predictor"]}
    if study.level_of(found.outcome) == "executive" and "executive" in levels:
        parts.append(_SAME_PEOPLE)
    return " ".join(part for part in parts if part)


def _together(study: Study, level: Level, found: Importance) -> str:
    r_squared, outcome = found.r_squared, quoted(study, found.outcome)
    of, measure = (
        ("the differences in", "")
        if found.model == "ols"
        else ("the uncertainty about", " (McFadden's R2, far below 100% even where predictions are good)")
    )
    rows = f"{found.n_obs:,} {_ROWS[level].format(format(found.n_organisations, ','))}"
    interval = _interval(found, r_squared.ci_lower, r_squared.ci_upper)
    chance = f"Less what chance alone adds, it is {percent(r_squared.corrected)} ({interval})."
    if not r_squared.ci_lower > 0:
        chance += " That may be nothing at all, and then the order of the predictors means nothing."
    return (
        f"Among {rows}, {percent(r_squared.estimate)} of {of} {outcome} goes with the {len(found.data)} predictors "
        f"together{measure}. {chance}"
    )


def _largest(study: Study, found: Importance) -> str:
    first = found.data.iloc[int(found.data["rank"].argmin())]
    if not first["share"] > 0:
        return ""
    part = percent(first["proportion"])
    if not found.reason:
        part += f" ({_interval(found, first['proportion_ci_lower'], first['proportion_ci_upper'])})"
    return f"The largest part of it, {part}, goes with {quoted(study, first['predictor'])}."


def _order(study: Study, found: Importance) -> str:
    """Who else could come first: people read a ranking as if it were certain."""
    if found.reason:
        return f"How sure that is cannot be said: {found.reason}."
    others = found.data.drop(index=found.data.index[int(found.data["rank"].argmin())])
    rivals = others.loc[others["rank_lower"] == 1, "predictor"]
    if rivals.empty:
        return "It also comes first in nearly all samples of organisations drawn anew from these."
    named = listed([quoted(study, name) for name in rivals])
    who = named if len(rivals) <= _NAMED else f"any of {len(rivals)} others"
    return f"Which comes first is not settled: in organisations drawn anew from these, {who} may come first as well."


def _interval(found: Importance, low: float, high: float) -> str:
    return f"{100 * found.confidence:g}% interval {percent(low)} to {percent(high)}"


def percent(share: float) -> str:
    """Write a share, with a decimal where it is small.

    Examples
    --------
    >>> percent(0.034), percent(0.34), percent(0.0001)
    ('3.4%', '34%', 'below 0.1%')
    """
    if 0 < share < 0.001:
        return "below 0.1%"
    return f"{100 * share:.0f}%" if share >= 0.0995 or share == 0 else f"{100 * share:.1f}%"
