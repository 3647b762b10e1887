"""The sections of the report, each from protected results; one that has nothing to show says so in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.reporting import alt_texts, plots, tables
from surveykit.reporting.evidence import doubtful
from surveykit.reporting.fragments import Fragment, bullets, figure, joined, paragraph, table, tag
from surveykit.reporting.summary import headline_rows, headline_sentences
from surveykit.reporting.words import UNITS, count, lowered, plural, raised, series

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.reporting.disclosure import Protected
    from surveykit.reporting.likert import Reach


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
    rows = headline_rows(shown)
    if rows.empty:
        return paragraph("The study plans no headline figures.")
    drawn = [_headline_figure(shown, part) for _, part in rows.groupby("statistic", sort=False)]
    cautions = [
        f"{row['label']}: {row['caution']}" for row in shown.comparisons.to_dict("records") if row["caution"]
    ]
    keep = paragraph("Keep in mind beside the published figures", "lead") + bullets(cautions)
    laid_out = table(tables.headlines(shown), "Headline figures")
    drawn += [_beside(shown, part) for _, part in shown.comparisons.groupby("statistic", sort=False)]
    return joined([*drawn, bullets(headline_sentences(shown)), laid_out, *([keep] if cautions else [])])


def _headline_figure(shown: Protected, rows: pd.DataFrame) -> Fragment:
    comparisons = shown.comparisons if len(shown.comparisons) else None
    caption = f"Dots: this survey. Lines: {_level(shown)} intervals; the longer the line, the less certain the figure."
    return figure(plots.intervals(rows, comparisons), alt_texts.of_intervals(rows, comparisons), caption)


def _beside(shown: Protected, comparisons: pd.DataFrame) -> Fragment:
    """Published figures of one kind beside the estimates, and how far these lie apart."""
    if comparisons["suppressed"].all():
        return Fragment("")
    caption = (
        f"Left: this survey (dots, {_level(shown)} intervals) and what each published figure may stand for, as it was "
        "rounded. Right: their difference; a shaded zone is the margin within which they count as alike, where the "
        "study declares one."
    )
    return figure(plots.beside(comparisons)[0], alt_texts.of_beside(comparisons), caption)


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
    on_scale = rows[~rows["apart"].astype(bool)]
    hidden = " Hatched: answers that few gave, not shown." if on_scale["suppressed"].any() else ""
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
        "The links are those the study file plans, and all of them are shown. A link says what goes together; it "
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
