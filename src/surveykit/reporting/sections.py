"""The sections of the report, each from protected results; one that has nothing to show says so in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.reporting import alt_texts, plots, tables
from surveykit.reporting.evidence import choice_sentence, doubtful
from surveykit.reporting.fragments import Fragment, bullets, figure, joined, paragraph, table, tag
from surveykit.reporting.words import UNITS, count, lowered, number, plural, raised, series

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.reporting.disclosure import Protected
    from surveykit.reporting.likert import Reach

_HEADLINES_IN_BRIEF = 3


def opening(shown: Protected, title: str = "") -> Fragment:
    """Title and notice.

    Parameters
    ----------
    shown : Protected
    title : str, optional
        Instead of the study's own title.

    Returns
    -------
    Fragment
    """
    return tag("h1", title or shown.title) + paragraph(shown.notice, "notice")


def brief(shown: Protected) -> Fragment:
    """The report in up to seven sentences.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    figures = _with_cautions(shown)[:_HEADLINES_IN_BRIEF]
    agreed = [sentence for sentence in map(choice_sentence, shown.choices.to_dict("records")) if sentence][:1]
    told = [_who_answered(shown), *figures, *agreed, _scales_sentence(shown), _links_sentence(shown)]
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


def _headlines(shown: Protected) -> pd.DataFrame:
    return shown.estimates[(shown.estimates["kind"] == "headline") & (shown.estimates["segment"] == "")]


def _headline_sentences(shown: Protected) -> list[str]:
    """For each figure that is shown the sentence of its comparison, or else the figure with its interval."""
    beside = dict(zip(shown.comparisons["name"], shown.comparisons["sentence"], strict=True))
    rows = [row for row in _headlines(shown).to_dict("records") if not row["suppressed"]]
    return [beside.get(row["name"]) or f"{row['label']}: {alt_texts.estimate_words(row)}." for row in rows]


def _with_cautions(shown: Protected) -> list[str]:
    """Headline sentences, each with the caution that stands beside its published figure."""
    cautions = dict(zip(shown.comparisons["name"], shown.comparisons["caution"], strict=True))
    names = [row["name"] for row in _headlines(shown).to_dict("records") if not row["suppressed"]]
    return [
        f"{sentence} {cautions.get(name) or ''}".rstrip()
        for name, sentence in zip(names, _headline_sentences(shown), strict=True)
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


def asked(shown: Protected) -> Fragment:
    """What was asked and of whom, and the file the answers came in.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    units = series(plural(n, UNITS[level]) for level, n in shown.counts.items())
    source = shown.source
    rows, columns = count(int(source["rows"])), count(int(source["columns"]))
    file = f"The responses came as {source['file']} ({source['platform']}), with {rows} rows and {columns} columns."
    return paragraph(shown.about) + paragraph(f"The analysis rests on {units}. {file}")


def processing(shown: Protected) -> Fragment:
    """From the responses delivered to those analysed, and the answers that were set to missing.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    changed = shown.changes.groupby("reason", sort=False)["cells"].sum()
    if changed.empty:
        told = paragraph("In the responses that are analysed, no answer was changed.")
    else:
        told = paragraph(
            "In the responses that are analysed, the answers below were set to missing. No other answer was changed."
        ) + bullets(f"{reason}: {plural(cells, 'answer')}" for reason, cells in changed.items())
    return table(tables.flow(shown), "Responses left out, in the order the rules were applied") + told


def scales(shown: Protected) -> Fragment:
    """The scales and their reliability.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if shown.reliability.empty:
        return paragraph("The study has no scales.")
    return paragraph(
        "A scale is the mean of several questions about one thing. Its reliability says how far answers to these "
        "questions agree with each other, from 0 (not at all) to 1 (entirely)."
    ) + table(tables.reliability(shown), "Scales, their reliability and their scores")


def headlines(shown: Protected) -> Fragment:
    """Headline figures with intervals, published figures beside them, and what to keep in mind.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    rows = _headlines(shown)
    if rows.empty:
        return paragraph("The study plans no headline figures.")
    drawn = [_headline_figure(shown, part) for _, part in rows.groupby("statistic", sort=False)]
    cautions = [
        f"{row['label']}: {row['caution']}" for row in shown.comparisons.to_dict("records") if row["caution"]
    ]
    keep = paragraph("Keep in mind beside the published figures", "lead") + bullets(cautions)
    laid_out = table(tables.headlines(shown), "Headline figures")
    return joined([*drawn, bullets(_headline_sentences(shown)), laid_out, *([keep] if cautions else [])])


def _headline_figure(shown: Protected, rows: pd.DataFrame) -> Fragment:
    comparisons = shown.comparisons if len(shown.comparisons) else None
    caption = f"Dots: this survey. Lines: {_level(shown)} intervals; the longer the line, the less certain the figure."
    return figure(plots.intervals(rows, comparisons), alt_texts.of_intervals(rows, comparisons), caption)


def _level(shown: Protected) -> str:
    return f"{100 * shown.settings.confidence:g}%"


def segments(shown: Protected) -> Fragment:
    """Headline figures and scales by each segment.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    parts = [
        _segment(shown, segment)
        for segment in shown.segments
        if (shown.estimates["segment"] == segment).any()
    ]
    return joined(parts) if parts else paragraph("The study plans no split by segment.")


def _segment(shown: Protected, segment: str) -> Fragment:
    words = shown.segments[segment]
    rows = shown.estimates[shown.estimates["segment"].isin(["", segment])]
    shares = rows[(rows["kind"] == "headline") & (rows["statistic"] == "share")]
    parts = [tag("h3", words)]
    if (shares["segment"] == segment).any():
        caption = f"Headline shares by {lowered(words)}. Dashed: all. Groups whose lines overlap may differ by chance."
        parts.append(
            figure(plots.by_segment(shares, segment)[0], alt_texts.of_by_segment(shares, segment), caption)
        )
    for kind, title in (("headline", "Headline figures"), ("scale", "Mean scores of the scales")):
        if ((rows["kind"] == kind) & (rows["segment"] == segment)).any():
            laid_out = tables.by_segment(shown, segment, kind=kind)
            parts.append(table(laid_out, f"{title} by {lowered(words)}"))
    differs = shown.invariance[
        (shown.invariance["segment"] == segment) & shown.invariance["verdict"].str.startswith("differs")
    ]
    if len(differs):
        named = series(map(lowered, differs["label"]))
        parts.append(
            paragraph(f"Do not compare these means: what the questions measure differs by group in {named}.")
        )
    return joined(parts)


def answers(shown: Protected) -> Fragment:
    """How each question of each scale was answered.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if shown.distributions.empty:
        return paragraph("The study asks no questions on a scale of answers.")
    labels = dict(zip(shown.reliability["scale"], shown.reliability["label"], strict=True))
    span = plots.reach(shown.distributions)
    groups = shown.distributions.groupby(["scale", _answers_offered(shown.distributions)], sort=False)
    return joined(
        _scale_answers(labels.get(scale, "Single questions"), rows, span) for (scale, _), rows in groups
    )


def _answers_offered(distributions: pd.DataFrame) -> pd.Series[str]:
    """Name what each item could be answered with: items of one figure share it."""
    scale = distributions[~distributions["apart"].astype(bool)]
    offered = (scale["code"].astype(str) + scale["answer"]).groupby(scale["item"]).agg(" ".join)
    return distributions["item"].map(offered)


def _scale_answers(label: str, rows: pd.DataFrame, span: Reach) -> Fragment:
    hidden = " Hatched: answers that few gave, not shown." if rows["suppressed"].any() else ""
    caption = f"{raised(label)}: answers in the wording that was shown; n: how many answered.{hidden}"
    return tag("h3", raised(label)) + figure(
        plots.likert(rows, span=span), alt_texts.of_likert(rows), caption
    )


def links(shown: Protected) -> Fragment:
    """The planned links: figure, sentences and table.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if shown.links.empty:
        return paragraph("The study plans no links.")
    lead = paragraph(
        "The links are those the study file names, and all of them are shown. A link says what goes together; it "
        "does not say what causes what. One standard deviation is about the distance from an average organisation or "
        "respondent to one that five in six stay below."
    )
    caption = (
        f"Difference in each outcome that goes with each predictor, with its {_level(shown)} interval. A line that "
        "crosses 0 is compatible with no difference."
    )
    drawn = figure(plots.forest(shown.links)[0], alt_texts.of_forest(shown.links), caption)
    ending, sentences = _shared_ending([sentence for sentence in shown.links["sentence"] if sentence])
    told = bullets(sentences) + paragraph(ending)
    doubts = _doubts(shown.links["caution"]) + _unsure(shown)
    keep = [paragraph("Keep in mind", "lead"), bullets(doubts)] if doubts else []
    return joined([lead, drawn, told, *keep, table(tables.links(shown), "Planned links")])


def _unsure(shown: Protected) -> list[str]:
    """Scales in the links of which it is doubtful that they measure one thing."""
    doubts = shown.measurement[doubtful(shown.measurement)]
    used = doubts[doubts["scale"].isin([*shown.links["predictor"], *shown.links["outcome"]])]
    if used.empty:
        return []
    return [
        f"{raised(series(map(lowered, used['label'])))}: doubtful whether one thing lies behind the answers."
    ]


def _doubts(cautions: pd.Series[str]) -> list[str]:
    """Say each caution once, with all the scales it is about."""
    about: dict[str, dict[str, None]] = {}
    for caution in filter(None, "; ".join(cautions).split("; ")):
        scale, _, doubt = caution.rpartition(": ")  # a label may hold a colon, a caution holds none
        about.setdefault(doubt, {})[lowered(scale)] = None
    return [f"{raised(series(scales))}: {doubt}." for doubt, scales in about.items()]


def _shared_ending(sentences: list[str]) -> tuple[str, list[str]]:
    """Say once what every sentence would end with."""
    split = [sentence.rpartition(". ") for sentence in sentences]
    endings = {ending for _, stop, ending in split if stop}
    if len(sentences) < 2 or len(endings) != 1 or not all(stop for _, stop, _ in split):
        return "", sentences
    return endings.pop(), [f"{start}." for start, _, _ in split]
