"""SurveyMonkey: two header rows, a question over its columns and what each column of it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.exports.selection import OTHER
from surveykit.exports.table import (
    Asked,
    Parsed,
    filled,
    header,
    named,
    plain_text,
    repeats,
    responses,
    selects_several,
    squash,
    unique_names,
)

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.exports.text import Sheet

METADATA = frozenset(
    {
        "respondentid",
        "collectorid",
        "collector",
        "startdate",
        "enddate",
        "datecreated",
        "datemodified",
        "ipaddress",
    }
    | {
        "emailaddress",
        "email",
        "firstname",
        "lastname",
        "customdata",
        "customdata1",
        "customvalue",
        "customvalue1",
    }
)
ANSWER = frozenset({"response", "openendedresponse"})


def matches(sheet: Sheet) -> bool:
    """Tell a SurveyMonkey export by its respondent column, or by "Response" below a header with gaps."""
    top, below = header(sheet), header(sheet, 1)
    if squash(top[0]) == "respondentid":
        return True
    gaps = any(not cell for cell in top[1:])
    return gaps and any(squash(cell) in ANSWER for cell in below)


def parse(sheet: Sheet) -> Parsed:
    """Read the sheet of a SurveyMonkey export.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.

    Returns
    -------
    Parsed
        Answers and what each column asked; questions are numbered ``Q1, Q2``, their columns ``Q1_1, Q1_2``.

    Raises
    ------
    ExportError
        If there are no responses, or a row has more cells than the header.
    """
    header_rows = 2 if _has_choices(sheet) else 1
    data = responses(sheet, header_rows)
    width = data.shape[1]
    texts = _padded(header(sheet), width)
    choices = _padded(header(sheet, 1) if header_rows == 2 else [], width)
    lead = _leading_metadata(texts)
    asked = [Asked(name, name, "", name, "metadata") for name in unique_names(texts[:lead])]
    for number, (start, stop) in enumerate(_questions(texts, choices, lead), start=1):
        text, parts = texts[start], _parts(texts[start], choices[start:stop])
        kinds = _kinds(text, parts, data.iloc[:, start:stop])
        names = _identifiers(f"Q{number}", parts, kinds)
        asked += [
            Asked(name, text, part, f"Q{number}", kind)
            for name, part, kind in zip(names, parts, kinds, strict=True)
        ]
    return named(data, asked)


def _padded(cells: list[str], width: int) -> list[str]:
    """Header texts without markup, as many as there are columns."""
    return [plain_text(cell) for cell in cells] + [""] * (width - len(cells))


def _has_choices(sheet: Sheet) -> bool:
    """Whether a second header row follows: its respondent cell is no respondent's number."""
    below = header(sheet, 1)
    return bool(below) and not (below[0] and any(letter.isdigit() for letter in below[0]))


def _leading_metadata(texts: list[str]) -> int:
    """Count the columns before the first question."""
    count = 0
    while count < len(texts) and squash(texts[count]) in METADATA:
        count += 1
    return count


def _questions(texts: list[str], choices: list[str], lead: int) -> list[tuple[int, int]]:
    """Ranges of columns of one question: a blank header, or the same text beside another choice, goes on."""
    starts: list[int] = []
    for position in range(lead, len(texts)):
        same = bool(starts) and texts[position] == texts[starts[-1]]
        fresh = choices[position] not in choices[starts[-1] : position] if starts else True
        goes_on = bool(starts) and (not texts[position] or (same and fresh))
        starts += [] if goes_on else [position]
    return list(zip(starts, [*starts[1:], len(texts)], strict=True))


def _parts(text: str, choices: list[str]) -> list[str]:
    """Texts of a question's columns; the plain answer column has none."""
    return ["" if squash(choice) in ANSWER or choice == text else choice for choice in choices]


def _kinds(text: str, parts: list[str], cells: pd.DataFrame) -> list[str]:
    """Tell an answer column with written ones beside it, choices, and the rows of a grid apart."""
    if not parts[0] or len(parts) == 1:
        return ["single"] + ["other"] * (len(parts) - 1)
    held = [filled(cells.iloc[:, position]) for position in range(len(parts))]
    chosen = [repeats(values, part) for values, part in zip(held, parts, strict=True)]
    written = [bool(OTHER.match(part)) or not part for part in parts]
    if not any(chosen):
        kind = "multiple" if not any(held) and selects_several(text) else "grid"
        return ["other" if open_text else kind for open_text in written]
    several = selects_several(text) or _picks_twice(cells.loc[:, chosen])
    kind = "multiple" if several else "spread"
    unpicked = [not values and not open_text for values, open_text in zip(held, written, strict=True)]
    return [kind if pick or never else "other" for pick, never in zip(chosen, unpicked, strict=True)]


def _picks_twice(choices: pd.DataFrame) -> bool:
    """Whether any row has two filled choices."""
    return bool((choices.notna().sum(axis="columns") > 1).any())


def _identifiers(group: str, parts: list[str], kinds: list[str]) -> list[str]:
    """``Q1`` for an answer column, ``Q1_2`` for the second column of a question."""
    names = [f"{group}_{position}" for position in range(1, len(parts) + 1)]
    return [group, *names[1:]] if kinds[0] == "single" else names
