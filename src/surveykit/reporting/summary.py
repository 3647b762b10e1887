"""The report in brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.reporting import alt_texts
from surveykit.reporting.evidence import choice_sentence
from surveykit.reporting.fragments import Fragment, bullets
from surveykit.reporting.words import count, number, plural, raised, series

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.reporting.disclosure import Protected

_HEADLINES_IN_BRIEF = 3


def brief(shown: Protected) -> Fragment:
    """The report in up to eight sentences.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    figures = _with_cautions(shown)[:_HEADLINES_IN_BRIEF]
    agreed = [sentence for sentence in map(choice_sentence, shown.choices.to_dict("records")) if sentence][:1]
    told = [_who_answered(shown), *figures, _waves_sentence(shown), *agreed]
    told += [_scales_sentence(shown), _links_sentence(shown)]
    return bullets([sentence for sentence in told if sentence], "brief")


def _who_answered(shown: Protected) -> str:
    who = plural(shown.counts["executive"], "respondent")
    if "organisation" in shown.counts:
        who += f" from {plural(shown.counts['organisation'], 'organisation')}"
    delivered, left_out = count(int(shown.source["rows"])), int(shown.flow["excluded"].sum())
    if left_out == 0:
        return f"This report rests on the answers of {who}; no response of the {delivered} delivered was left out."
    return (
        f"This report rests on the answers of {who}; {count(left_out)} of the {delivered} responses delivered were "
        "left out by the study's rules."
    )


def headline_rows(shown: Protected) -> pd.DataFrame:
    """The headline figures over everyone."""
    return shown.estimates[(shown.estimates["kind"] == "headline") & (shown.estimates["segment"] == "")]


def headline_sentences(shown: Protected) -> list[str]:
    """For each figure that is shown the sentence of its comparison, or else the figure with its interval."""
    beside = dict(zip(shown.comparisons["name"], shown.comparisons["sentence"], strict=True))
    rows = [row for row in headline_rows(shown).to_dict("records") if not row["suppressed"]]
    return [
        (beside.get(row["name"]) or f"{row['label']}: {alt_texts.estimate_words(row)}.")
        + (
            " This adds up what was answered, and is no total of the population."
            * (row["statistic"] == "total")
        )
        for row in rows
    ]


def _with_cautions(shown: Protected) -> list[str]:
    """Headline sentences, each with the caution that stands beside its published figure."""
    cautions = dict(zip(shown.comparisons["name"], shown.comparisons["caution"], strict=True))
    names = [row["name"] for row in headline_rows(shown).to_dict("records") if not row["suppressed"]]
    return [
        f"{sentence} {cautions.get(name) or ''}".rstrip()
        for name, sentence in zip(names, headline_sentences(shown), strict=True)
    ]


def _scales_sentence(shown: Protected) -> str:
    alphas = shown.reliability["estimate"].dropna()
    if alphas.empty:
        return ""
    span = " to ".join(dict.fromkeys(number(alpha) for alpha in (alphas.min(), alphas.max())))
    return (
        f"{plural(len(alphas), 'scale')} of several questions each: reliability (Cronbach's alpha) {span}, where "
        "0.70 or more is usually asked for."
    )


def _waves_sentence(shown: Protected) -> str:
    """What differs from the wave before beyond chance, once all changes are counted."""
    tested = shown.between[~shown.between["suppressed"].astype(bool)]
    tested = tested[tested["since"] == tested["since"].iloc[-1]] if len(tested) else tested
    if tested.empty:
        return ""
    since = tested["since"].iloc[-1]
    sure = tested[tested["p_adjusted"] < 1 - shown.settings.confidence]
    if sure.empty:
        return f"Since {since}, none of {plural(len(tested), 'figure')} changed beyond chance."
    ways = {"rose": sure[sure["estimate"] > 0], "fell": sure[sure["estimate"] < 0]}
    parts = [
        f"{count(len(rows))} {way} beyond chance ({'; '.join(map(raised, rows['label']))})"
        for way, rows in ways.items()
        if len(rows)
    ]
    return f"Since {since}, of {plural(len(tested), 'figure')} {series(parts)}."


def _links_sentence(shown: Protected) -> str:
    tested = shown.links[~shown.links["suppressed"].astype(bool)]
    if tested.empty:
        return ""
    doubted = int((tested["caution"] != "").sum())
    beside = (
        f" In {count(doubted)} of them the mean of a few respondents stands for an organisation: see the cautions."
        if doubted
        else ""
    )
    standing = int((tested["p_adjusted"] < 1 - shown.settings.confidence).sum())
    found = f"{count(standing)} stand{'s' if standing == 1 else ''}" if standing else "none stands"
    return (
        f"Of {plural(len(tested), 'planned test')} of what goes together with which outcome, {found} out from chance "
        f"once all tests are counted; a link is no proof of a cause.{beside}"
    )
