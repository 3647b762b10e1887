"""How a table is laid out: columns of written cells, every text escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.reporting.style import FONTS, INK, RULE
from surveykit.reporting.words import NOT_SHOWN

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


def laid_out_table(  # noqa: PLR0913  # the parts of a table, by keyword
    columns: Mapping[str, Iterable[str]] | Sequence[tuple[str, Iterable[str]]],
    name: str,
    *,
    notes: Sequence[str] = (),
    words: Sequence[str] = (),
    groups: Sequence[str] = (),
    first: str = "",
) -> GT:
    """Lay out columns of written cells.

    The first column, and those named in `words`, are texts: left, and wrapped where they must be. The others are
    figures: right, and never broken. `groups` heads runs of rows; `first` is the width of the first column, where its
    texts would get too little beside many figures.
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
    table = table.cols_label(
        {key: markup(html.escape(head).replace("{", "&#123;")) for key, head in heads.items()}
    )
    table = table.cols_align("left", texts).cols_align("right", figures)
    table = table.tab_style(style.css("white-space: pre-line;"), loc.body(texts))
    table = table.tab_style(style.css("white-space: pre;"), loc.body(figures))
    if first:
        table = table.cols_width({"c0": first})
    for note in notes:
        table = table.tab_source_note(note)
    return table.tab_options(**_LOOKS)


def set_off(table: GT, *, row: int | None = None, column: int | None = None) -> GT:
    """Set one row or column off from the others."""
    from great_tables import loc, style  # noqa: PLC0415

    place = loc.body(rows=[row]) if row is not None else loc.body(columns=[f"c{column}"])
    return table.tab_style(style.text(weight="600"), place)


def interval_head(shown: Protected) -> str:
    """Name a column of intervals."""
    return f"{100 * shown.settings.confidence:g}% interval"


def unweighted_note(shown: Protected) -> list[str]:
    """Say that a table takes every answer once, where other figures of the report are weighted."""
    return (
        ["Not weighted: every answer counts once here, so means differ from those by segment."]
        if shown.weights
        else []
    )


def hidden_note(shown: Protected, frame: pd.DataFrame) -> list[str]:
    """Say why cells are not shown, where some are not."""
    if not frame["suppressed"].any():
        return []
    few = f"fewer than {shown.settings.min_cell} answers, or a figure from which such a cell could be worked out"
    return [f"{NOT_SHOWN}: {few}, not shown."]
