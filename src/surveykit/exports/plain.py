"""Any other table: one header row, a question a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.exports.table import Asked, Parsed, header, named, plain_text, responses, unique_names

if TYPE_CHECKING:
    from surveykit.exports.text import Sheet


def parse(sheet: Sheet) -> Parsed:
    """Read a sheet with one header row.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.

    Returns
    -------
    Parsed
        Answers under their headers, each a question of its own.

    Raises
    ------
    ExportError
        If there are no responses, or a row has more cells than the header.
    """
    data = responses(sheet, 1)
    texts = header(sheet) + [""] * (data.shape[1] - len(sheet.rows[0]))
    names = unique_names(texts)
    asked = [
        Asked(name, plain_text(text), "", name, "single") for name, text in zip(names, texts, strict=True)
    ]
    return named(data, asked)
