"""Google Forms and Microsoft Forms: one header row of question texts, multi-selects joined in one cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from surveykit.exports.table import (
    Asked,
    Parsed,
    header,
    is_joined,
    named,
    plain_text,
    responses,
    squash,
    unique_names,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from surveykit.exports.text import Sheet

# The first column carries its name in the language of the form's owner.
TIMESTAMP = frozenset(
    {
        "timestamp",
        "zeitstempel",
        "horodateur",
        "marcatemporal",
        "carimbodedatahora",
        "informazionicronologiche",
    }
    | {"tijdstempel", "タイムスタンプ", "отметкавремени", "sygnaturaczasowa", "tidsstempel"}
)
GOOGLE_METADATA = TIMESTAMP | {
    "emailaddress",
    "username",
    "score",
    "emailadresse",
    "nutzername",
    "adressemail",
}
STARTED = frozenset(
    {"starttime", "startzeit", "heurededébut", "horadeinicio", "horadeinício", "oradiinizio", "begintijd"}
)
MICROSOFT_METADATA = STARTED | {
    *("id", "completiontime", "email", "name", "lastmodifiedtime", "totalpoints", "quizfeedback"),
    *("fertigstellungszeit", "heuredefin", "horadefinalización", "oradicompletamento", "email1"),
    *("adressedemessagerie", "nom", "correoelectrónico", "nombre", "zeitpunktderletztenänderung"),
}
GRID = re.compile(r"(?P<stem>.*?\S)\s*\[(?P<row>[^\[\]]*)\]")


def matches_google(sheet: Sheet) -> bool:
    """Tell a Google Forms export by its timestamp column before a question in words."""
    top, first = header(sheet), header(sheet, 1)
    timed = squash(top[0]) in TIMESTAMP and top[0] != top[0].lower()
    dated = not first or not first[0] or len(re.findall(r"\d+", first[0])) >= 3
    return timed and dated and any(" " in cell or "?" in cell for cell in top[1:])


def matches_microsoft(sheet: Sheet) -> bool:
    """Tell a Microsoft Forms export by the columns it begins with."""
    top = [squash(cell) for cell in header(sheet)]
    return len(top) > 2 and top[0] == "id" and top[1] in STARTED


def parse_google(sheet: Sheet) -> Parsed:
    """Read the sheet of a Google Forms export.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.

    Returns
    -------
    Parsed
        Answers and what each column asked; the rows of a grid are ``Q3_1, Q3_2``.

    Raises
    ------
    ExportError
        If there are no responses, or a row has more cells than the header.
    """
    return _parse(sheet, GOOGLE_METADATA, ", ")


def parse_microsoft(sheet: Sheet) -> Parsed:
    """Read the sheet of a Microsoft Forms export.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.

    Returns
    -------
    Parsed
        Answers and what each column asked.

    Raises
    ------
    ExportError
        If there are no responses, or a row has more cells than the header.
    """
    return _parse(sheet, MICROSOFT_METADATA, ";")


def _parse(sheet: Sheet, metadata: Collection[str], separator: str) -> Parsed:
    """Give numbers to the questions after the leading metadata columns."""
    data = responses(sheet, 1)
    top = header(sheet)
    names = unique_names(top)
    texts = [plain_text(cell) for cell in top]
    lead = next((position for position, cell in enumerate(texts) if squash(cell) not in metadata), len(texts))
    asked = [
        Asked(name, text, "", name, "metadata") for name, text in zip(names[:lead], texts[:lead], strict=True)
    ]
    number = 0
    for start, stop in _questions(texts, lead):
        number += bool(texts[start])
        group = f"Q{number}" if texts[start] else names[start]
        asked += _question(group, texts[start:stop], data.iloc[:, start], separator)
    return named(data, asked)


def _questions(texts: list[str], lead: int) -> list[tuple[int, int]]:
    """Ranges of columns of one question: neighbours ``Stem [row]`` with one stem."""
    stems = [found["stem"] if (found := GRID.fullmatch(text)) else None for text in texts]
    starts = [
        position
        for position in range(lead, len(texts))
        if position == lead or stems[position] is None or stems[position] != stems[position - 1]
    ]
    return list(zip(starts, [*starts[1:], len(texts)], strict=True))


def _question(group: str, texts: list[str], cells: pd.Series[str], separator: str) -> list[Asked]:
    """Describe one question: a grid, or a column of its own."""
    if len(texts) == 1:
        kind = "multiple" if _is_multiple(cells, texts[0], separator) else "single"
        return [Asked(group, texts[0], "", group, kind)]
    found = [GRID.fullmatch(text) for text in texts]
    return [
        Asked(f"{group}_{position}", row["stem"], row["row"], group, "grid")
        for position, row in enumerate(found, start=1)
        if row
    ]


def _is_multiple(cells: pd.Series[str], text: str, separator: str) -> bool:
    """Microsoft ends every multi-select with its separator; Google only puts it between choices."""
    if separator == ";":
        filled = cells.dropna().str.rstrip()
        return bool(len(filled)) and bool(filled.str.endswith(separator).all())
    return is_joined(cells, text, separator)
