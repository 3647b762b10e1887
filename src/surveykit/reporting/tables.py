"""Protected results as tables. Nothing is computed here: numbers are written, and every text stays text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from surveykit.errors import ReportError, did_you_mean
from surveykit.reporting.alt_texts import effect_text
from surveykit.reporting.grid import hidden_note, interval_head, laid_out_table, set_off, unweighted_note
from surveykit.reporting.words import (
    NOT_SHOWN,
    UNITS,
    between,
    count,
    effect_words,
    in_order,
    is_probability,
    number,
    p_value,
    percent,
    plural,
    published_text,
    raised,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from great_tables import GT

    from surveykit.reporting.disclosure import Protected

_DOUBT = " *"
TOTAL = (
    "A total adds up what was answered, each answer times its weight. It is that of the population only where weights "
    "count the population and everybody answered."
)
_ALL = ("", "")  # segment and value of an estimate over everyone


def flow(shown: Protected) -> GT:
    """Responses left out by each rule, in the order the rules were applied.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    first = shown.flow["rule"] == "delivered"
    columns: dict[str, Iterable[str]] = {
        "Rule": shown.flow["label"],
        "Before": shown.flow["before"].map(count).mask(first, ""),
        "Left out": shown.flow["excluded"].map(count).mask(first, ""),
        "After": shown.flow["after"].map(count),
    }
    note = "These counts describe how the file was processed, not what anyone answered, so small ones are shown too."
    return laid_out_table(columns, "flow", notes=[note])


def reliability(shown: Protected) -> GT:
    """The scales: how many items, how far these measure one thing, and the scores.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.reliability
    limits = [
        between(number(low), number(high))
        for low, high in zip(frame["ci_lower"], frame["ci_upper"], strict=True)
    ]
    columns: dict[str, Iterable[str]] = {
        "Scale": frame["label"].map(raised),
        "Items": frame["n_items"].map(count),
        "Possible scores": frame["possible"],
        "Reliability (alpha)": frame["estimate"].map(number),
        interval_head(shown): limits,
        "Complete answers": frame["n_obs"].map(count),
        "Mean score": frame["mean"].map(number),
        "Std. deviation": frame["std"].map(number),
    }
    return laid_out_table(columns, "reliability", notes=[*unweighted_note(shown), *hidden_note(shown, frame)])


def headlines(shown: Protected) -> GT:
    """The headline figures with their intervals, and the published figures beside them.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.estimates[(shown.estimates["kind"] == "headline") & (shown.estimates["segment"] == "")]
    rows = frame.to_dict("records")
    columns: dict[str, Iterable[str]] = {
        "Figure": frame["label"].tolist(),
        "Estimate": [_write(row, digits=1)(row["estimate"]) for row in rows],
        interval_head(shown): [_limits(row, digits=1) for row in rows],
        "Rests on": [_rests_on(row) for row in rows],
    }
    if shown.clustered:
        columns["Organisations"] = frame["n_organisations"].map(count).tolist()
    if len(shown.comparisons):
        beside = shown.comparisons.drop_duplicates("name").set_index("name").to_dict("index")
        columns["Published"] = [_published(beside.get(row["name"])) for row in rows]
    notes = hidden_note(shown, frame)
    if (frame["statistic"] == "total").any():
        notes = [TOTAL, *notes]
    return laid_out_table(columns, "headlines", notes=notes, words=("Published",))


def by_segment(shown: Protected, segment: str, *, kind: str = "headline") -> GT:
    """Estimates by the values of one segment: a row a value for headline figures, a column a value for scales.

    Parameters
    ----------
    shown : Protected
    segment : str
        One of `Protected.segments`.
    kind : {'headline', 'scale'}, default 'headline'
        Which estimates.

    Returns
    -------
    GT

    Raises
    ------
    ReportError
        If no such estimate is split by that segment.
    """
    own = shown.estimates[shown.estimates["kind"] == kind]
    parts = own[own["segment"] == segment]
    if parts.empty:
        known = list(shown.segments)
        raise ReportError(
            f"no {kind} estimate by '{segment}'", allowed=known, fix=did_you_mean(segment, known)
        )
    frame = own[own["segment"].isin(["", segment]) & own["name"].isin(parts["name"])]
    places = [*((segment, value) for value in in_order(parts["value"])), _ALL]
    names = dict(zip(frame["name"], frame["label"], strict=True))
    cells = {(row["name"], row["segment"], row["value"]): _cell(row) for row in frame.to_dict("records")}
    heads = [value or "All" for _, value in places]
    hidden = hidden_note(shown, frame)
    if kind == "headline":
        columns = [[cells.get((name, *place), NOT_SHOWN) for place in places] for name in names]
        notes = [f"In brackets: the {interval_head(shown)}. n: how many answers a figure rests on.", *hidden]
        grid = [(shown.segments[segment], heads), *zip(names.values(), columns, strict=True)]
        return set_off(laid_out_table(grid, f"{kind}-{segment}", notes=notes), row=len(places) - 1)
    columns = [[cells.get((name, *place), NOT_SHOWN) for name in names] for place in places]
    grid = [("Scale", [raised(label) for label in names.values()]), *zip(heads, columns, strict=True)]
    notes = [f"Under each mean: its {interval_head(shown)}.", *hidden]
    return set_off(laid_out_table(grid, f"{kind}-{segment}", notes=notes), column=len(places))


def links(shown: Protected) -> GT:
    """The planned links: by how much each outcome differs, and how sure that is.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.links
    points = {link: is_probability(rows) for link, rows in frame.groupby("link")}
    measured = {link: raised(effect_words(rows)[0]) for link, rows in frame.groupby("link")}
    rows = frame.to_dict("records")
    columns: dict[str, Iterable[str]] = {
        "Goes with": [raised(row["predictor_label"]) + (_DOUBT if row["caution"] else "") for row in rows],
        f"Difference ({interval_head(shown)})": [
            effect_text(row, points=points[row["link"]]) for row in rows
        ],
        "Adjusted p": frame["p_adjusted"].map(p_value).tolist(),
        "Rests on": [_rests_on(row) for row in rows],
    }
    if shown.clustered:
        columns["Organisations"] = frame["n_organisations"].map(count).tolist()
    doubt = (
        [
            f"{_DOUBT.strip()} The mean of its respondents stands for an organisation, with a caution: see above."
        ]
        if (frame["caution"] != "").any()
        else []
    )
    return laid_out_table(
        columns,
        "links",
        notes=[*doubt, *hidden_note(shown, frame)],
        groups=frame["link"].map(measured).tolist(),
    )


def _write(row: Mapping[Any, Any], digits: int = 0) -> Any:  # noqa: ANN401
    """How numbers of an estimate are written: percentages of shares, two digits of means."""
    return partial(percent, digits=digits) if row["statistic"] == "share" else number


def _limits(row: Mapping[Any, Any], digits: int = 0) -> str:
    write = _write(row, digits)
    return between(write(row["ci_lower"]), write(row["ci_upper"]))


def _cell(row: Mapping[Any, Any]) -> str:
    """One estimate in a wide table: figures over their n, scale means over their interval."""
    if row["suppressed"]:
        return NOT_SHOWN
    estimate = _write(row)(row["estimate"])
    if row["kind"] == "headline":
        return f"{estimate} ({_limits(row)})\nn = {count(row['n_obs'])}"
    return f"{estimate}\n{number(row['ci_lower'])}–{number(row['ci_upper'])}"


def _rests_on(row: Mapping[Any, Any]) -> str:
    return NOT_SHOWN if row["suppressed"] else plural(row["n_obs"], UNITS[row["level"]])


def _published(beside: Mapping[Any, Any] | None) -> str:
    if beside is None:
        return ""
    source, year = str(beside["source"]), str(beside["year"])
    when = f", {year}" if year and year not in source else ""
    told = published_text(beside["figure"], beside["rounding"], share=beside["statistic"] == "share")
    return f"{told}\n{source}{when}"
