"""The chapters on what the figures rest on: data quality, measurement, and agreement within organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.reporting import alt_texts, evidence_tables, measurement_tables, plots
from surveykit.reporting.fragments import Fragment, bullets, figure, joined, paragraph, table, tag
from surveykit.reporting.words import between, count, lowered, number, percent, plural, raised, series
from surveykit.scoring.measurement import FEWEST_ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from surveykit.reporting.disclosure import Protected

_PARTING = 8
RELIABLE = 0.7
_MEANING = {
    "aggregate": (
        "Organisations differ, and their respondents agree more than strangers do: the mean of respondents may stand "
        "for an organisation."
    ),
    "aggregate with caution": (
        "Organisations differ, and their respondents agree more than strangers do, but part of the agreement may be "
        "a common leaning towards one end of the scale, or the mean of so few respondents is an uncertain measure of "
        "an organisation. A link with one such scale alone is likely to be understated; beside others it may be off "
        "either way."
    ),
    "do not aggregate": (
        "Organisations may not differ, or their respondents agree too little or no more than strangers, or there are "
        "too few to tell: the mean of respondents does not stand for an organisation. Read links with it as links "
        "with what respondents say."
    ),
    "nothing to aggregate": "One respondent answers for each organisation; how far others would agree is not known.",
}
_UNKNOWN = (
    "Organisations differ, and their respondents are closer than strangers; how far they agree cannot be told, "
    "because the questions differ in their answers."
)


def quality(shown: Protected) -> Fragment:
    """How careful the answers are, and what every rule does to the headline figures.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    parts = []
    if len(shown.flagged):
        lead = (
            "Some respondents answer without reading. The signs below are looked for before the study's own rules "
            "about careless answers; a sign is no proof, and where to draw the line is a choice, so several are "
            "shown. Nobody is left out but by the rules of the study."
        )
        parts += [paragraph(lead), table(evidence_tables.flagged(shown), "Signs of careless answers")]
    if shown.multiverse["name"].notna().any():
        lead = "Would the headline figures differ, had other responses been left out?"
        told = bullets(_spread(rows) for _, rows in shown.multiverse.groupby("name", sort=False))
        caption = "Headline figures under other choices of who is left out"
        parts += [paragraph(lead), told, table(evidence_tables.multiverse(shown), caption)]
    return joined(parts) if parts else paragraph("The study has neither items nor headline figures to check.")


def _spread(rows: pd.DataFrame) -> str:
    """Say between what a figure lies under every choice that makes a difference to who is counted."""
    label, seen = rows["label"].iloc[0], rows[~rows["suppressed"].astype(bool)]
    if seen.empty:
        return f"{label}: not shown."
    write = percent if seen["statistic"].iloc[0] == "share" else number
    low, high = write(seen["estimate"].min()), write(seen["estimate"].max())
    choices = plural(seen["sample"].nunique(), "different set") + " of respondents"
    step = seen["step"].max()
    rounding = f", rounded to steps of {100 * step:g} points" if step > 0.01 else ""
    return f"{label}: {low if low == high else f'{low} to {high}'} over {choices}{rounding}."


def measurement(shown: Protected) -> Fragment:
    """Whether the scales measure what they should: reliability, one factor, questions, segments.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if shown.measurement.empty:
        return paragraph("The study has no scales.")
    lead = (
        "A scale is worth its questions. Reliability asks whether answers to them go together; the fit of one "
        "factor, whether one thing lies behind them; the last table, whether it is the same thing in every segment. "
        "None of this shows that it is the thing the scale is named after."
    )
    parts = [
        paragraph(lead),
        bullets(_verdicts(shown)),
        table(measurement_tables.reliability(shown), "Reliability of the scales"),
        table(measurement_tables.factors(shown), "One factor?"),
        table(measurement_tables.items(shown), "The questions of each scale"),
    ]
    if len(shown.invariance):
        parts.append(
            table(measurement_tables.invariance(shown), "Does a scale mean the same in every segment?")
        )
    sparse = shown.measurement[shown.measurement["ordinal_reason"] != ""]
    rare = "Ordinal alpha is less sure where some pairs of answers were given by hardly anyone"
    rows = shown.measurement.to_dict("records")
    remarks = [
        _named(sparse, rare, ""),
        *(f"{raised(row['label'])}: {row['reason']}." for row in rows if row["reason"]),
    ]
    return joined([*parts, bullets(filter(None, remarks))])


def _verdicts(shown: Protected) -> list[str]:
    frame = shown.measurement
    against = shown.scale_items[shown.scale_items["item_rest_r"] < 0]
    weak = frame[frame["alpha"] < RELIABLE]
    several = frame[frame["n_factors"] > 1]
    coarse = frame[(frame["n_answers"] < FEWEST_ANSWERS) & (frame["n_obs"] > 0)]
    all_reliable = (
        "" if frame["alpha"].isna().any() else "Every scale has a reliability (alpha) of 0.70 or more."
    )
    told = [
        _against(against),
        _named(weak, "Reliability below 0.70", all_reliable),
        _named(frame[doubtful(frame)], "Doubtful whether one thing lies behind the answers", ""),
        _named(several, "More than one factor suggested by parallel analysis", ""),
        _named(coarse, "Fit not judged, because their questions have fewer than five answers", ""),
    ]
    return [words for words in told if words]


def doubtful(measurement: pd.DataFrame) -> pd.Series[bool]:
    """Scales whose answers one factor does not explain well; those with few answers a question are not judged.

    CFI below .95, SRMR above .08, or RMSEA above .08 even at the lower limit of its 90% interval.
    """
    misfit = (measurement["cfi"] < 0.95) | (measurement["srmr"] > 0.08) | (measurement["rmsea_lower"] > 0.08)
    judged = (measurement["df"] > 0) & (measurement["n_answers"] >= FEWEST_ANSWERS)
    return (misfit & judged).astype(bool)


def _against(items: pd.DataFrame) -> str:
    if items.empty:
        return ""
    asked = series(
        f"“{label}” ({lowered(scale)})"
        for label, scale in zip(items["label"], items["scale_label"], strict=True)
    )
    return f"Answers run against the rest of their scale: is the question not marked as reversed? {asked}."


def _named(frame: pd.DataFrame, what: str, otherwise: str) -> str:
    return f"{what}: {series(lowered(label) for label in frame['label'])}." if len(frame) else otherwise


def agreement(shown: Protected) -> Fragment:
    """How far respondents of one organisation agree, what they pick, and where they part ways.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if shown.clustered:
        return joined([*_scales(shown), *_choices(shown), *_parting(shown), *_picks(shown)])
    alone = "Nothing says which answers come from one organisation, so that agreement in it cannot be told."
    return joined([paragraph(alone), *_picks(shown)])


def _scales(shown: Protected) -> list[Fragment]:
    if shown.decisions.empty:
        return []
    lead = (
        "Where several respondents answer for one organisation, their mean may stand for it only if they agree and "
        "organisations differ. Agreement is told by rwg(j): 1 if all answer alike, 0 if their answers are spread "
        "evenly over the scale. Even strangers agree somewhat, since few answer at the far ends, so organisations "
        "put together at random are the measure."
    )
    parts = [tag("h3", "On the scales"), paragraph(lead)]
    if shown.bands["n_obs"].gt(0).any():
        caption = (
            "Organisations of two respondents or more (n), by how far these agree (rwg(j) against answers spread "
            f"evenly). {_by_chance(shown)}"
        )
        parts.append(figure(plots.likert(shown.bands), alt_texts.of_likert(shown.bands), caption))
    laid_out = table(evidence_tables.decisions(shown), "May the respondents speak for their organisation?")
    return [*parts, bullets(_decided(shown.decisions)), laid_out]


def _by_chance(shown: Protected) -> str:
    hidden = shown.bands.loc[
        shown.bands["suppressed"].astype(bool), "scale"
    ]  # their shares would fill the gaps
    decisions = shown.decisions[~shown.decisions["scale"].isin(hidden)]
    found, chance = decisions["share_agreeing"].dropna(), decisions["share_agreeing_random"].dropna()
    if found.empty:
        return ""
    spans = [
        " to ".join(dict.fromkeys(percent(end) for end in (each.min(), each.max())))
        for each in (found, chance)
    ]
    return f"Strong or very strong agreement: {spans[0]} of them; put together at random, {spans[1]} would show it too."


def _decided(decisions: pd.DataFrame) -> list[str]:
    """Say what was decided, once for all scales alike; the evidence of each stands in the table."""
    decisions = decisions[~decisions["suppressed"]]
    known = decisions["rwg_j_uniform"].notna() | ~decisions["decision"].str.startswith("aggregate")
    return [
        f"{raised(str(decision))}: {series(lowered(label) for label in rows['label'])}. "
        f"{_MEANING[str(decision)] if told else _UNKNOWN}"
        for (decision, told), rows in decisions.groupby(["decision", known], sort=False)
    ]


def _choices(shown: Protected) -> list[Fragment]:
    told = []
    for row in shown.choices.to_dict("records"):
        why = f" ({row['reason']})" if row["reason"] else ""
        told.append(choice_sentence(row) or f"{raised(row['label'])}: agreement cannot be shown{why}.")
        if choice_sentence(row):
            told.append(
                f"Two respondents of one organisation give the same verdict on {percent(row['observed'])} of the "
                f"options, two of different organisations on {percent(row['expected'])}."
            )
    return [tag("h3", "On what matters most"), bullets(told)] if told else []


def choice_sentence(row: Mapping[Any, Any]) -> str:
    """Say how far respondents of one organisation pick the same options; nothing where that cannot be told.

    Parameters
    ----------
    row : mapping
        A row of `Protected.choices`.

    Returns
    -------
    str

    Examples
    --------
    >>> choice_sentence({"label": "Priorities", "estimate": 0.13, "ci_lower": 0.11, "ci_upper": 0.16,
    ...                  "p_value": 0.001, "reason": "", "suppressed": False})
    'On priorities, respondents of one organisation agree little more than respondents of different ones: 0.13 (0.11 to
    0.16), where 1 is full agreement and 0 is chance.'
    """
    if row["suppressed"] or row["reason"]:
        return ""
    within = f"{number(row['estimate'])} ({between(number(row['ci_lower']), number(row['ci_upper']))})"
    return (
        f"On {lowered(row['label'])}, respondents of one organisation agree {_how_far(row)} respondents of different "
        f"ones: {within}, where 1 is full agreement and 0 is chance."
    )


def _how_far(row: Mapping[Any, Any]) -> str:
    if row["p_value"] >= 0.05:
        return "no more, beyond chance, than"
    if row["estimate"] < 0.2:
        return "little more than"
    return "more than" if row["estimate"] < 0.6 else "far more than"


def _parting(shown: Protected) -> list[Fragment]:
    if shown.parting.empty or not shown.parting["n_obs"].gt(0).any():
        return []
    laid_out = evidence_tables.parting(shown, _PARTING)
    lead = (
        "On these questions respondents of one organisation are furthest apart: the average distance of an answer "
        "from the mean of its organisation."
    )
    return [
        tag("h3", "Where respondents part ways"),
        paragraph(lead),
        table(laid_out, f"The {count(min(_PARTING, len(shown.parting)))} questions with most disagreement"),
    ]


def _picks(shown: Protected) -> list[Fragment]:
    parts = []
    for _, rows in shown.picks.groupby("choice", sort=False):
        label = raised(rows["label"].iloc[0])
        drawn = rows.assign(label=rows["option"], name=rows["option"], statistic="share")
        most = rows["n_obs"].max()
        who = f"the {plural(most, 'respondent')}" if most > 0 else "respondents"
        caption = f"{label}: share of {who} who picked each option, with intervals."
        parts += [tag("h3", label), figure(plots.intervals(drawn), alt_texts.of_intervals(drawn), caption)]
    return parts
