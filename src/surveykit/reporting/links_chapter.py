"""What goes with what, planned and explored, and what cannot be said: from protected results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.reporting import alt_texts, link_plots, link_tables, tables
from surveykit.reporting.evidence import doubtful
from surveykit.reporting.fragments import Fragment, bullets, figure, joined, paragraph, table
from surveykit.reporting.words import is_probability, lowered, percent, raised, series

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from surveykit.reporting.disclosure import Protected


def planned(shown: Protected) -> Fragment:
    """The links planned before looking: who they rest on, figures, sentences and tables.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    links = _planned(shown)
    if links.empty:
        return paragraph("The study plans no links.")
    lead = paragraph(
        "The links are those the study file names, and all of them are shown. A link says what goes together; it "
        "does not say what causes what. One standard deviation is about the distance from an average organisation or "
        "respondent to one that five in six stay below."
    )
    entering = table(link_tables.entering(shown), "Whom each link rests on")
    ending, sentences = _shared_ending([sentence for sentence in links["sentence"] if sentence])
    told = bullets(sentences) + paragraph(ending)
    doubts = _doubts(links["caution"]) + _unsure(shown)
    keep = [paragraph("Keep in mind", "lead"), bullets(doubts)] if doubts else []
    parts = [
        lead,
        _forest(shown, links),
        told,
        *keep,
        table(tables.links(shown, links), "Planned links"),
        entering,
    ]
    if len(shown.linked.strength):
        parts.append(table(link_tables.strength(shown, links), "From low to high, and how strong that is"))
    return joined([*parts, _curves(shown)])


def explored(shown: Protected) -> Fragment:
    """Whatever was looked at besides: hints to test on new data.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    links = shown.links[~shown.links["planned"].astype(bool)] if len(shown.links) else shown.links
    moved = [*shown.linked.moderations["sentence"], *shown.linked.mediations["sentence"]]
    if links.empty and not moved:
        return Fragment("")
    lead = paragraph(
        "What follows was looked at besides the plan. Whoever looks at much finds something by chance: take these as "
        "hints to test on new data, not as findings.",
        "notice",
    )
    parts = [lead]
    if len(links):
        parts += [_forest(shown, links), bullets([text for text in links["sentence"] if text])]
        parts.append(table(tables.links(shown, links), "Explored links"))
    if len(shown.linked.slopes):
        parts.append(_slopes(shown))
    return joined([*parts, bullets(moved)])


def unsaid(shown: Protected) -> Fragment:
    """What the links cannot say.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if shown.links.empty:
        return Fragment("")
    said = [
        "What causes what. Organisations differ in much that was not asked, and any of it may lie behind a link.",
        "What would happen if an organisation changed. The links compare organisations with one another, at one time.",
        "That nothing is there. Where an interval reaches both sides, a difference as large as either end may exist.",
    ]
    if not shown.links["planned"].all():
        said.append(
            "That what was explored will be found again. It was chosen after the plan, and needs new data."
        )
    if shown.links["level"].isin(["initiative", "organisation"]).any():
        said.append(
            "What goes with one person’s view. Views of one organisation’s respondents are averaged, and stand for it."
        )
    return bullets(said)


def _planned(shown: Protected) -> pd.DataFrame:
    return shown.links[shown.links["planned"].astype(bool)] if len(shown.links) else shown.links


def _level(shown: Protected) -> str:
    return f"{100 * shown.settings.confidence:g}%"


def _forest(shown: Protected, links: pd.DataFrame) -> Fragment:
    caption = (
        f"Difference in each outcome that goes with each predictor, with its {_level(shown)} interval. A line that "
        "crosses 0 is compatible with no difference."
    )
    return figure(link_plots.forest(links)[0], alt_texts.of_forest(links), caption)


def _curves(shown: Protected) -> Fragment:
    curves = shown.linked.curves
    if curves.empty:
        return Fragment("")
    told = []
    for _, rows in curves.groupby(["link", "predictor"], sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        ends = [_expected(row) for row in (first, last)]
        told.append(
            f"{raised(first['expected'])} over {first['predictor_label']}: from {ends[0]} to {ends[1]}."
        )
    return figure(
        link_plots.curves(curves)[0],
        " ".join(told),
        f"What each planned link expects over the values of a predictor, everything else as it is, "
        f"with {_level(shown)} bands.",
    )


def _expected(row: pd.Series) -> str:
    return percent(row["estimate"]) if row["statistic"] == "share" else f"{row['estimate']:.3g}"


def _slopes(shown: Protected) -> Fragment:
    slopes = shown.linked.slopes.merge(
        shown.links[["link", "predictor", "predictor_label", "effect_unit", "model"]],
        on=["link", "predictor"],
    )
    points = is_probability(slopes)
    scale = 100 if points else 1
    unit = "percentage points" if points else "the unit of the outcome"
    drawn = slopes.assign(
        **{name: slopes[name] * scale for name in ("estimate", "ci_lower", "ci_upper")},
        title=[_slope_title(row) for row in slopes.to_dict("records")],
        unit=f"Difference in {unit}, per standard deviation",
        value_label=slopes["at"].astype("str"),
    )
    told = [
        f"{row['value_label']} {row['estimate']:+.1f} ({row['ci_lower']:.1f} to {row['ci_upper']:.1f})"
        for row in drawn.to_dict("records")
    ]
    return figure(
        link_plots.simple_slopes(drawn)[0],
        f"Difference that goes with a predictor in each group: {series(told)}.",
        f"The same difference in different groups, with {_level(shown)} intervals.",
    )


def _slope_title(row: Mapping[Hashable, Any]) -> str:
    expected = str(row["effect_unit"]).rpartition(", ")[0]
    return f"{raised(expected)}: {row['predictor_label']}"


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
