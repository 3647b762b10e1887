"""What the platform readers share: header texts, identifiers, the frame of answers, kinds of questions."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from surveykit.errors import ExportError
from surveykit.exports.selection import UNSHOWN
from surveykit.exports.text import Sheet, has_content

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-zA-Z][^<>]*>", re.IGNORECASE | re.DOTALL)
SELECT_SEVERAL = re.compile(
    r"\b(check|select|choose|tick|mark|pick|name) "
    r"(all|any|up to|as many|at least|the top|your top|two|three|four|five|six|\d+)\b"
    r"|\ball that apply\b|\btop (two|three|four|five|\d+)\b|\bmultiple (answers|choices|responses)\b",
    re.IGNORECASE,
)
QUESTION_COLUMNS = ("column", "question", "part", "group", "kind")
BLOCK = 1024
LABEL_COLUMNS = ("column", "value", "label", "is_missing")


class Asked(NamedTuple):
    """What one column asked: the row of it in the table of questions."""

    column: str
    question: str
    part: str
    group: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a platform reader hands back.

    Attributes
    ----------
    data : DataFrame of str
        The answers, under their identifiers.
    asked : list of Asked
        One entry a column of `data`, in its order.
    """

    data: pd.DataFrame
    asked: list[Asked]


def plain_text(text: str) -> str:
    """Take HTML tags and entities out of a text and collapse its whitespace.

    Examples
    --------
    >>> plain_text("Is <b>2 < 3</b>?<br>&nbsp;Say so")
    'Is 2 < 3? Say so'
    """
    if "<" in text:
        text = TAG.sub(_tag_gap, text)
    return " ".join(html.unescape(text).split())


def _tag_gap(tag: re.Match[str]) -> str:
    """Tags of style join what they stand between; all others divide it."""
    name = tag[0].strip("</>").split(maxsplit=1)
    return "" if name and name[0].lower() in {"b", "i", "u", "em", "strong", "span", "font", "a"} else " "


def squash(text: str) -> str:
    """Reduce a header to its letters and digits, to recognise it under any spelling.

    Examples
    --------
    >>> squash("Respondent ID") == squash("RespondentID")
    True
    """
    return re.sub(r"[\W_]+", "", text).casefold()


def unique_names(headers: Iterable[str]) -> list[str]:
    """Make identifiers of headers: blank ones are numbered by position, repeated ones by occurrence.

    Examples
    --------
    >>> unique_names(["id", "", "id", "id"])
    ['id', 'column_2', 'id.2', 'id.3']
    """
    wanted = [plain_text(header) or " ".join(header.split()) for header in headers]
    wanted = [name or f"column_{position}" for position, name in enumerate(wanted, start=1)]
    taken, first, count = set(wanted), set[str](), dict.fromkeys(wanted, 1)
    names = []
    for name in wanted:
        unique = name
        while unique in first or (unique != name and unique in taken):
            count[name] += 1
            unique = f"{name}.{count[name]}"
        first.add(unique)
        names.append(unique)
    return names


def responses(sheet: Sheet, header_rows: int) -> pd.DataFrame:
    """Frame the rows below the header; columns are numbered by position.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.
    header_rows : int
        How many rows the header takes.

    Returns
    -------
    DataFrame of str
        One row a response; cells that are empty or only blanks are missing.

    Raises
    ------
    ExportError
        If there is no row, or a row has more cells than the header.
    """
    rows = sheet.rows[header_rows:]
    width = max(len(row) for row in sheet.rows[:header_rows])
    if not rows:
        raise ExportError(
            "the export holds no responses, only a header",
            where=sheet.name,
            fix="Check the filter and the date range of the export.",
        )
    _check_widths(sheet, header_rows, width)
    return text_frame(_columns(rows, width))


def _columns(rows: list[list[str]], width: int) -> list[Sequence[str]]:
    """Turn rows into columns, filling up short rows; by blocks, which halves the time of big files."""
    import pyarrow as pa  # noqa: PLC0415 (loaded with the first frame of text, not with the package)

    blocks: list[list[object]] = [[] for _ in range(width)]
    for first in range(0, len(rows), BLOCK):
        block = [
            row if len(row) == width else (row + [""] * width)[:width] for row in rows[first : first + BLOCK]
        ]
        for column, cells in zip(blocks, zip(*block, strict=True), strict=True):
            column.append(pa.array(cells, type=pa.large_string()))
    return [pa.chunked_array(column) for column in blocks]


def text_frame(columns: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Make a frame of text, its columns numbered, in which only empty or blank cells are missing.

    Parameters
    ----------
    columns : iterable of sequences of str
        The cells of each column.

    Returns
    -------
    DataFrame of str
        The columns under their positions.
    """
    texts = (pd.Series(cells, dtype="str") for cells in columns)
    return pd.DataFrame({at: text.mask(text.str.strip() == "") for at, text in enumerate(texts)})


def _check_widths(sheet: Sheet, header_rows: int, width: int) -> None:
    """Refuse the first row that has more filled cells than the header has columns."""
    for row, line in zip(sheet.rows[header_rows:], sheet.lines[header_rows:], strict=True):
        if len(row) > width and has_content(row[width:]):
            raise ExportError(
                f"this row has {len(row)} cells, the header has {width}",
                where=f"{sheet.name}:{line}",
                given=row[width],
                fix="Quote answers that contain the delimiter, or export again.",
            )


def header(sheet: Sheet, position: int = 0) -> list[str]:
    """Give one header row without blanks around its cells.

    Parameters
    ----------
    sheet : Sheet
        Rows as read.
    position : int, optional
        Which row, from 0.

    Returns
    -------
    list of str
        Its cells; none if the sheet ends before.
    """
    row = sheet.rows[position] if position < len(sheet.rows) else []
    return [cell.strip() for cell in row]


def named(data: pd.DataFrame, asked: list[Asked]) -> Parsed:
    """Put the identifiers on the columns."""
    return Parsed(data=data.set_axis([question.column for question in asked], axis="columns"), asked=asked)


def selects_several(question: str) -> bool:
    """Tell whether a question's text asks for several choices.

    Examples
    --------
    >>> selects_several("What are your goals? (Choose three)"), selects_several("Choose one")
    (True, False)
    """
    return bool(SELECT_SEVERAL.search(question))


def part_kind(question: str, parts: Sequence[str], cells: pd.DataFrame, ticks: Collection[str]) -> str:
    """Tell whether the columns of one question are the choices of a multi-select or the rows of a grid.

    They are choices when the cells of a column repeat the text of its choice, when the cells of all columns
    are nothing but the platform's tick marks, or when nobody answered and the text asks for several.

    Parameters
    ----------
    question : str
        Its text.
    parts : sequence of str
        The text of each column.
    cells : DataFrame of str, shape (responses, parts)
        The columns.
    ticks : collection of str
        What the platform writes for a picked, an unpicked and an unshown choice.

    Returns
    -------
    str
        ``multiple`` or ``grid``.
    """
    held = [filled(cells.iloc[:, position]) for position in range(len(parts))]
    used = set[str]().union(*held)
    chosen = any(repeats(values, part) for values, part in zip(held, parts, strict=True))
    ticked = bool(used - UNSHOWN) and used <= set(ticks)
    asked_for = not used - UNSHOWN and selects_several(question)
    return "multiple" if chosen or ticked or asked_for else "grid"


def filled(column: pd.Series[str]) -> set[str]:
    """Give the distinct texts of a column that are not missing."""
    return set(column.dropna().unique())


def repeats(values: Collection[str], part: str) -> bool:
    """Tell whether a column holds its own choice's text and nothing else."""
    return bool(values) and all(plain_text(value) == part for value in values)


def is_joined(cells: pd.Series[str], question: str, separator: str) -> bool:
    """Tell whether one column joins the choices of a multi-select.

    It does if its text asks for several choices and some cell is divided; or if the choices recur in
    different combinations: half of them or more stand in two different cells, and one stands alone in some.

    Parameters
    ----------
    cells : Series of str
        The column.
    question : str
        Its text.
    separator : str
        What the platform puts between two choices.

    Returns
    -------
    bool
        Whether it is a joined multi-select.
    """
    values = cells.dropna()
    divided = values[values.str.contains(separator, regex=False)]
    if divided.empty:
        return False
    if selects_several(question):
        return True
    held: dict[str, set[str]] = {}
    for value in values.unique():
        for choice in value.split(separator):
            held.setdefault(choice.strip(), set()).add(value)
    return _recur(Counter(values.tolist()), held, separator)


def _recur(counts: Mapping[str, int], held: dict[str, set[str]], separator: str) -> bool:
    """Whether choices recur in different cells, one of them alone, and far fewer than there are picks."""
    alone = any(separator not in value and len(held[value.strip()]) > 1 for value in counts)
    picks = {choice: sum(counts[value] for value in values) for choice, values in held.items()}
    total = sum(picks.values())
    recurring = sum(picks[choice] for choice, values in held.items() if len(values) > 1)
    return alone and recurring * 2 >= total and len(picks) * 2 <= total
