"""Cross-tables as tables of a page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from surveykit.estimates.crosstabs.questions import MEANS
from surveykit.reporting.grid import laid_out_table
from surveykit.reporting.shown_tables import SMALL
from surveykit.reporting.style import ACCENT, INK, QUIET
from surveykit.reporting.words import count, number, percent

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd
    from great_tables import GT

    from surveykit.reporting.shown_tables import ShownTable

_WIDE = 6  # columns beyond which a table is set closer


def written(cell: pd.Series) -> str:
    """A figure as a reader sees it."""
    return (number if cell["kind"] in MEANS else percent)(cell["estimate"])


def cross_table(shown: ShownTable, name: str) -> GT:
    """Lay out a cross-table: banners over their columns, letters under the figures.

    Parameters
    ----------
    shown : ShownTable
    name : str
        Identifies the table on its page.

    Returns
    -------
    GT
    """
    across, rows, heads = shown.across, shown.rows, shown.heads
    labels = ["Answers", *(row["row"].iloc[0] for row in rows)]
    cells = [
        [_base(column), *(_cell(row.iloc[place], column) for row in rows)]
        for place, column in enumerate(across.to_dict("records"))
    ]
    letters = (" (" + across["letter"] + ")").mask(across["letter"] == "", "")
    table = laid_out_table(
        [("", labels), *zip(across["column"] + letters, cells, strict=True)],
        name,
        notes=shown.notes,
        groups=[heads[0], *heads] if any(heads) else (),
    )
    names = [_marked_up(name) for name in across["column"] + letters]
    table = table.cols_label({f"c{place}": name for place, name in enumerate(names, 1)})
    return _styled(_under_banners(table, across), shown)


def _base(column: dict[Hashable, Any]) -> str:
    return count(column["n_obs"]) + (SMALL if column["small_base"] and column["n_obs"] > 0 else "")


def _cell(cell: pd.Series, column: dict[Hashable, Any]) -> str:
    """A figure over its letters; marked where it rests on few though its column does not."""
    small = cell["small_base"] and not column["small_base"] and not cell["suppressed"]
    return f"{written(cell)}{SMALL if small else ''}\n{cell['letters']}".rstrip()


def _marked_up(text: str) -> object:
    """Escape a head, and its braces: great_tables reads '{{' as the start of a unit even in marked-up heads."""
    from great_tables import html as markup  # noqa: PLC0415  (takes a while to import: only where a table is made)

    return markup(html.escape(text).replace("{", "&#123;"))


def _under_banners(table: GT, across: pd.DataFrame) -> GT:
    for banner, places in across.groupby("banner", sort=False).groups.items():
        if banner:
            ids = [f"c{place + 1}" for place in places]
            # A spanner's name is read as its id, too: a banner named as a column must not take its place.
            table = table.tab_spanner(_marked_up(str(banner)), ids, id=f"over-{ids[0]}")
    return table


def _styled(table: GT, shown: ShownTable) -> GT:
    from great_tables import loc, style  # noqa: PLC0415  (as above)

    kinds = ["", *(row["kind"].iloc[0] for row in shown.rows)]
    summed = [place for place, kind in enumerate(kinds) if kind in {"top_box", "bottom_box", "mean"}]
    figures = [f"c{place + 1}" for place in range(len(shown.across))]
    table = table.fmt(_quiet_letters, figures)
    table = table.tab_style(style.css("vertical-align: top;"), loc.body())
    # A width in columns' own terms would fix the layout, and cut figures off where columns are many.
    table = table.tab_style(style.css("min-width: 9.5rem;"), loc.body(["c0"]))
    table = table.tab_style(style.css("max-width: 6.5rem;"), loc.column_labels(figures))
    table = table.tab_style(style.text(color=QUIET), loc.body(rows=[0]))
    if len(figures) > _WIDE:
        narrow = {"data_row_padding_horizontal": "4px", "column_labels_padding_horizontal": "4px"}
        table = table.tab_options(table_font_size="13px", column_labels_font_size="12px", **narrow)
    if summed:
        table = table.tab_style(style.text(weight="600"), loc.body(rows=summed))
        if summed[0] > 1:
            line = style.borders(sides="top", color=INK, weight="1px")
            table = table.tab_style(line, loc.body(rows=summed[:1]))
    return table


def _quiet_letters(text: str) -> str:
    figure, _, letters = text.partition("\n")
    quiet = f'\n<span style="color: {ACCENT}; font-size: 11px; letter-spacing: 0.04em;">{html.escape(letters)}</span>'
    return html.escape(figure) + (quiet if letters else "")
