"""Protected results as tables. Nothing is computed here: numbers are written, and every text stays text."""

from __future__ import annotations

import html
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from surveykit.errors import ReportError, did_you_mean
from surveykit.reporting.alt_texts import effect_text
from surveykit.reporting.style import FONTS, INK, RULE
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
    published_figure,
    raised,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from great_tables import GT

    from surveykit.reporting.disclosure import Protected

_LOOKS = {
    "table_width": "100%",
    "table_font_size": "14px",
    "table_font_names": [*FONTS, "sans-serif"],
    "table_font_color": INK,
    "table_border_top_style": "none",
    "table_border_bottom_style": "none",
    "column_labels_font_size": "13px",
    "column_labels_font_weight": "600",
    "column_labels_border_top_style": "none",
    "column_labels_border_bottom_width": "1.5px",
    "column_labels_border_bottom_color": INK,
    "column_labels_padding": "6px",
    "table_body_border_top_style": "none",
    "table_body_border_bottom_width": "1px",
    "table_body_border_bottom_color": RULE,
    "table_body_hlines_color": RULE,
    "row_group_font_weight": "600",
    "row_group_border_top_width": "1px",
    "row_group_border_top_color": RULE,
    "row_group_border_bottom_style": "none",
    "data_row_padding": "6px",
    "data_row_padding_horizontal": "7px",
    "column_labels_padding_horizontal": "7px",
    "source_notes_font_size": "12.5px",
    "source_notes_padding": "5px",
    "source_notes_padding_horizontal": "7px",
}
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
    return _table(columns, "flow", notes=[note])


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
        _interval(shown): limits,
        "Complete answers": frame["n_obs"].map(count),
        "Mean score": frame["mean"].map(number),
        "Std. deviation": frame["std"].map(number),
    }
    return _table(columns, "reliability", notes=_hidden_note(shown, frame))


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
        _interval(shown): [_limits(row, digits=1) for row in rows],
        "Rests on": [_rests_on(row) for row in rows],
    }
    if shown.clustered:
        columns["Organisations"] = frame["n_organisations"].map(count).tolist()
    if len(shown.comparisons):
        beside = shown.comparisons.drop_duplicates("name").set_index("name").to_dict("index")
        columns["Published"] = [_published(beside.get(row["name"])) for row in rows]
    return _table(columns, "headlines", notes=_hidden_note(shown, frame), words=("Published",))


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
    hidden = _hidden_note(shown, frame)
    if kind == "headline":
        columns = [[cells.get((name, *place), NOT_SHOWN) for place in places] for name in names]
        notes = [f"In brackets: the {_interval(shown)}. n: how many answers a figure rests on.", *hidden]
        grid = [(shown.segments[segment], heads), *zip(names.values(), columns, strict=True)]
        return _set_off(_table(grid, f"{kind}-{segment}", notes=notes), row=len(places) - 1)
    columns = [[cells.get((name, *place), NOT_SHOWN) for name in names] for place in places]
    grid = [("Scale", [raised(label) for label in names.values()]), *zip(heads, columns, strict=True)]
    notes = [f"Under each mean: its {_interval(shown)}.", *hidden]
    return _set_off(_table(grid, f"{kind}-{segment}", notes=notes), column=len(places))


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
        "Goes with": frame["predictor_label"].map(raised).tolist(),
        f"Difference ({_interval(shown)})": [effect_text(row, points=points[row["link"]]) for row in rows],
        "Adjusted p": frame["p_adjusted"].map(p_value).tolist(),
        "Rests on": [_rests_on(row) for row in rows],
    }
    if shown.clustered:
        columns["Organisations"] = frame["n_organisations"].map(count).tolist()
    return _table(
        columns, "links", notes=_hidden_note(shown, frame), groups=frame["link"].map(measured).tolist()
    )


def _interval(shown: Protected) -> str:
    return f"{100 * shown.settings.confidence:g}% interval"


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
    return f"{published_figure(beside['figure'], beside['rounding'])}\n{source}{when}"


def _hidden_note(shown: Protected, frame: pd.DataFrame) -> list[str]:
    if not frame["suppressed"].any():
        return []
    few = f"fewer than {shown.settings.min_cell} answers, or a figure from which such a cell could be worked out"
    return [f"{NOT_SHOWN}: {few}, not shown."]


def _table(
    columns: Mapping[str, Iterable[str]] | Sequence[tuple[str, Iterable[str]]],
    name: str,
    *,
    notes: Sequence[str] = (),
    words: Sequence[str] = (),
    groups: Sequence[str] = (),
) -> GT:
    """Lay out columns of written cells.

    The first column, and those named in `words`, are texts: left, and wrapped where they must be. The others are
    figures: right, and never broken. `groups` heads runs of rows.
    """
    from great_tables import GT, loc, style  # noqa: PLC0415
    from great_tables import html as markup  # noqa: PLC0415

    pairs = list(columns.items()) if hasattr(columns, "items") else list(columns)
    heads = {f"c{position}": head for position, (head, _) in enumerate(pairs)}
    cells = pd.DataFrame(
        {key: list(values) for key, (_, values) in zip(heads, pairs, strict=True)}, dtype=object
    )
    texts = [key for key, head in heads.items() if key == "c0" or head in words]
    figures = [key for key in heads if key not in texts]
    table = GT(
        cells.assign(group=groups) if groups else cells,
        id=f"table-{name}",
        groupname_col="group" if groups else None,
    )
    # Column labels are the one text great_tables does not always escape: '{{' makes it read them as units.
    table = table.cols_label({key: markup(html.escape(head)) for key, head in heads.items()})
    table = table.cols_align("left", texts).cols_align("right", figures)
    table = table.tab_style(style.css("white-space: pre-line;"), loc.body(texts))
    table = table.tab_style(style.css("white-space: pre;"), loc.body(figures))
    for note in notes:
        table = table.tab_source_note(note)
    return table.tab_options(**_LOOKS)


def _set_off(table: GT, *, row: int | None = None, column: int | None = None) -> GT:
    from great_tables import loc, style  # noqa: PLC0415

    place = loc.body(rows=[row]) if row is not None else loc.body(columns=[f"c{column}"])
    return table.tab_style(style.text(weight="600"), place)
