"""LimeSurvey: question codes as headers, codes with texts, or texts alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from surveykit.exports.table import (
    Asked,
    Parsed,
    header,
    named,
    part_kind,
    plain_text,
    responses,
    squash,
    unique_names,
)

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.exports.text import Sheet

CODES = frozenset(
    {
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        "seed",
        "startdate",
        "datestamp",
        "token",
        "ipaddr",
        "refurl",
    }
    | {"interviewtime"}
)
TITLES = frozenset(
    {
        "responseid",
        "datesubmitted",
        "lastpage",
        "startlanguage",
        "seed",
        "datestarted",
        "datelastaction",
        "token",
    }
    | {"ipaddress", "referrerurl", "totaltime"}
)
CODE_AND_TEXT = re.compile(r"(?P<code>[A-Za-z]\w*(?:\[[^\]]*\])*)\s*[.:]\s+(?P<text>.*)", re.DOTALL)
SUBQUESTION = re.compile(r"(?P<base>[^\[\]]+)(?P<sub>(?:\[[^\]]*\])+)")
BRACKETS = re.compile(r"(?P<stem>.*?)(?P<rows>(?:\s*\[[^\[\]]*\])+)", re.DOTALL)
WRITTEN = re.compile(r"other|.*comment|filecount", re.IGNORECASE)
TIMING = re.compile(r"(group|question)?time\w*", re.IGNORECASE)
TICKS = frozenset({"Y", "N", "Yes", "No", "N/A"})


class Heading(NamedTuple):
    """What a header cell says: code, question, sub-question's code and text."""

    code: str
    base: str
    question: str
    sub: str
    part: str


def matches(sheet: Sheet) -> bool:
    """Tell a LimeSurvey export by the columns it puts first, as codes or as texts."""
    top = header(sheet)
    codes = {_heading(cell).code for cell in top}
    if {"id", "submitdate"} <= codes and codes & {"lastpage", "startlanguage", "startdate", "datestamp"}:
        return True
    return len({squash(cell) for cell in top} & (TITLES - {"token", "seed", "ipaddress"})) >= 3


def parse(sheet: Sheet) -> Parsed:
    """Read the sheet of a LimeSurvey export.

    A question whose columns hold nothing but Y/N, Yes/No and N/A is taken for a multi-select; an array of
    yes-no questions that nobody answered otherwise looks the same.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.

    Returns
    -------
    Parsed
        Answers under their codes, or ``Q1, Q1_1`` where the header has only texts.

    Raises
    ------
    ExportError
        If there are no responses, or a row has more cells than the header.
    """
    data = responses(sheet, 1)
    headings = [_heading(cell) for cell in header(sheet)]
    coded = bool({heading.code for heading in headings} & {"id", "submitdate", "lastpage"})
    headings = headings if coded else _numbered(header(sheet))
    names = unique_names(heading.code for heading in headings)
    asked: list[Asked] = []
    for start, stop in _questions(headings):
        asked += _question(names[start:stop], headings[start:stop], data.iloc[:, start:stop])
    return named(data, asked)


def _heading(cell: str) -> Heading:
    """Take a header cell apart: ``A8[SQ001]. Which of these? [The first]``."""
    both = CODE_AND_TEXT.fullmatch(cell)
    code, text = (both["code"], plain_text(both["text"])) if both else (cell, "")
    within = SUBQUESTION.fullmatch(code)
    base, sub = (within["base"], within["sub"].strip("[]").replace("][", " ")) if within else (code, "")
    stem, part = _brackets(text) if sub else (text, "")
    return Heading(code, base, stem or plain_text(base), sub, part or sub)


def _brackets(text: str) -> tuple[str, str]:
    """Split the bracketed end off a question's text."""
    found = BRACKETS.fullmatch(text)
    if not found:
        return text, ""
    rows = re.findall(r"\[([^\[\]]*)\]", found["rows"])
    return found["stem"].strip(), " ".join(row.strip() for row in rows)


def _numbered(cells: list[str]) -> list[Heading]:
    """Give codes to a header of texts: its own title to metadata, numbers to questions."""
    texts = [plain_text(cell) for cell in cells]
    headings: list[Heading] = []
    number, position = 0, 0
    for text in texts:
        stem, part = _brackets(text)
        if squash(text) in TITLES or not text:
            headings.append(Heading(text, text, text, "", ""))
            continue
        goes_on = bool(part) and bool(headings) and headings[-1].question == stem
        number, position = (number, position + 1) if goes_on else (number + 1, 1)
        code = f"Q{number}_{position}" if part else f"Q{number}"
        headings.append(Heading(code, f"Q{number}", stem if part else text, part, part))
    return headings


def _questions(headings: list[Heading]) -> list[tuple[int, int]]:
    """Ranges of neighbouring columns with one base code."""
    starts = [
        position
        for position in range(len(headings))
        if position == 0
        or not headings[position].base
        or headings[position].base != headings[position - 1].base
    ]
    return list(zip(starts, [*starts[1:], len(headings)], strict=True))


def _question(names: list[str], headings: list[Heading], cells: pd.DataFrame) -> list[Asked]:
    """Describe the columns of one question."""
    first = headings[0]
    group = first.base if len(names) > 1 or first.sub else names[0]
    return [
        Asked(name, heading.question or first.question, heading.part, group, kind)
        for name, heading, kind in zip(names, headings, _kinds(headings, cells), strict=True)
    ]


def _kinds(headings: list[Heading], cells: pd.DataFrame) -> list[str]:
    """Tell answer columns, written columns and sub-questions apart."""
    first = headings[0]
    if squash(first.code) in CODES | TITLES or TIMING.fullmatch(first.code):
        return ["metadata"] * len(headings)
    written = [bool(WRITTEN.fullmatch(heading.sub)) for heading in headings]
    if not first.sub:
        return ["single"] + ["other"] * (len(headings) - 1)
    rest = [position for position, text in enumerate(written) if not text]
    parts = [headings[position].part for position in rest]
    kind = part_kind(first.question, parts, cells.iloc[:, rest], TICKS) if rest else ""
    return ["other" if text else kind for text in written]
