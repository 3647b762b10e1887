"""The chapters on the sample: how it was weighted, and what it left unanswered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.reporting.fragments import Fragment, bullets, figure, joined, paragraph, table, tag
from surveykit.reporting.missing_plot import missingness
from surveykit.reporting.sample_tables import gaps, imputed_estimates, imputed_links, targets
from surveykit.reporting.words import count, number, percent, plural, raised, series, unweighted

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.reporting.disclosure import Protected

_OF = {"organisation": "organisation", "executive": "respondent"}
_DRAWN = 15  # questions of the figure


def weighting(shown: Protected) -> Fragment:
    """How the sample was made to look like the population, and what that costs; nothing if it was not.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if not shown.weights:
        return Fragment("")
    heading = tag("h2", "How the sample was weighted")
    unit = _OF[str(shown.weights["of"])]
    if "deff" not in shown.weights and len(shown.weighting):
        told = f"Weights let each kind of {unit} count as much as it has of the population."
        return heading + paragraph(told) + table(targets(shown), f"Shares of {unit}s beside their targets")
    if "deff" not in shown.weights:
        return heading + paragraph(f"Figures are weighted by the weights of {unit}s that came with the data.")
    lowest, highest, n, left, deff = (
        float(shown.weights[name]) for name in ("lowest", "highest", "n", "n_effective", "deff")
    )
    told = (
        f"Some kinds of {unit} took part more often than others. Weights let each kind count as much as it has of the "
        f"population: the {unit}s' weights go from {number(lowest)} to {number(highest)} times the mean. Unequal "
        f"weights cost precision: {plural(n, unit)} tell as much as {count(round(left))} equally weighted ones would "
        f"(design effect {number(deff)})."
    )
    plain = series(unweighted(shown.links))
    carried = (
        f" Respondents and initiatives carry the weight of their organisation. {raised(plain)} are not weighted."
        if unit == "organisation"
        else f" Figures on organisations and initiatives, {plain} are not weighted."
    )
    parts = [heading, paragraph(told + carried)]
    if len(shown.weighting):
        parts.append(
            table(targets(shown), f"Shares of {unit}s before and after weighting, beside their targets")
        )
    return joined(parts)


def missing(shown: Protected) -> Fragment:
    """What was left unanswered, by whom, and whether it matters for the figures; nothing without questions.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    whole = shown.gaps[shown.gaps["segment"] == ""]
    if whole.empty:
        return Fragment("")
    heading = tag("h2", "What was left unanswered")
    open_items = whole[whole["n_missing"].fillna(0) > 0].sort_values(
        "estimate", ascending=False, kind="stable"
    )
    if open_items.empty:
        return heading + paragraph("Every question was answered by everybody.")
    parts = [heading, paragraph(_told(shown, whole)), _pattern_figure(shown, open_items.head(_DRAWN))]
    if len(shown.gaps_by_segment):
        parts.append(table(gaps(shown), "Answers missing by segment, averaged over questions"))
    return joined([*parts, _imputed(shown)])


def _told(shown: Protected, whole: pd.DataFrame) -> str:
    share = float(whole["n_missing"].sum() / whole["n_obs"].sum())
    complete = shown.patterns.loc[shown.patterns["n_missing"] == 0, "n"]
    everyone = shown.counts["executive"]
    told = f"Of all answers to questions on a scale, {percent(share, 1)} are missing."
    if len(complete):
        told += (
            f" {count(int(complete.iloc[0]))} of {plural(everyone, 'respondent')} answered every question."
        )
    return f"{told} 'Don't know' and the like count as missing; each figure rests on those who answered."


def _pattern_figure(shown: Protected, items: pd.DataFrame) -> Fragment:
    caption = (
        "Questions left open most, and which were left open together. A column is a pattern, the most frequent first; "
        "patterns of few respondents stand together in the last."
    )
    alt = " ".join(
        f"{row['label']}: {percent(row['estimate'], 1)} missing." for row in items.to_dict("records")
    )
    return figure(missingness(shown.patterns, items), alt, caption)


def _imputed(shown: Protected) -> Fragment:
    """Figures beside those with missing answers filled in, where the study asks for it."""
    if shown.imputed_estimates.empty:
        return Fragment("")
    lead = (
        "Would the figures differ, had everybody answered? Missing answers were filled in several times over, each "
        "time as people who answer alike might have answered, and the figures made anew from each. This supposes that "
        "nothing but the other answers, and the organisation, tells who left a question open."
    )
    parts = [
        tag("h3", "With missing answers filled in"),
        paragraph(lead),
        bullets(_moved(shown.imputed_estimates)),
    ]
    parts.append(
        table(imputed_estimates(shown), "Figures from the answers given, and with missing ones filled in")
    )
    if len(shown.imputed_links):
        parts.append(
            table(
                imputed_links(shown), "Planned links from complete rows, and with missing answers filled in"
            )
        )
    return joined(parts)


def _moved(rows: pd.DataFrame) -> list[str]:
    """By how much the figures move, of shares and of means."""
    whole = rows[(rows["segment"] == "") & ~rows["suppressed"].astype(bool) & rows["pooled_estimate"].notna()]
    told = []
    for statistic, kind in whole.groupby("statistic", sort=False):
        most = float((kind["pooled_estimate"] - kind["estimate"]).abs().max())
        size = (
            f"{max(100 * most, 0.1):.1f} percentage points"
            if statistic == "share"
            else number(max(most, 0.01))
        )
        told.append(f"Over everyone, no {statistic} moves by more than {size}.")
    return told
