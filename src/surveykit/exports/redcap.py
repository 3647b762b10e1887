"""REDCap: variable names as headers, a checkbox spread over ``field___1`` columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from surveykit.exports.table import Asked, Parsed, header, named, responses, unique_names

if TYPE_CHECKING:
    from surveykit.exports.text import Sheet

VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
CHECKBOX = re.compile(r"(?P<field>[a-z][a-z0-9_]*?)___(?P<choice>\w+)")
METADATA = re.compile(r"redcap_\w+|\w+_complete|\w+_timestamp")
COMPLETE = frozenset({"", "0", "1", "2", "Incomplete", "Unverified", "Complete"})
DICTIONARY = ("Variable / Field Name", "field_name")


def matches(sheet: Sheet) -> bool:
    """Tell a REDCap export by its lower-case names with a checkbox or a form's completion among them."""
    top = header(sheet)
    if not all(VARIABLE.fullmatch(cell) for cell in top):
        return False
    return any(CHECKBOX.fullmatch(cell) for cell in top) or _has_completion(sheet, top)


def _has_completion(sheet: Sheet, top: list[str]) -> bool:
    """Whether a ``form_complete`` column holds only REDCap's three states."""
    found = [position for position, cell in enumerate(top) if cell.endswith("_complete")]
    return any({row[at].strip() for row in sheet.rows[1:] if at < len(row)} <= COMPLETE for at in found)


def is_dictionary(sheet: Sheet) -> bool:
    """Tell a REDCap data dictionary, which describes the fields and holds no responses."""
    top = header(sheet)
    return top[0] in DICTIONARY and any(cell in {"Field Type", "field_type"} for cell in top)


def parse(sheet: Sheet) -> Parsed:
    """Read the sheet of a REDCap export of raw values.

    Parameters
    ----------
    sheet : Sheet
        Rows as read, header first.

    Returns
    -------
    Parsed
        Answers under their variable names; the boxes of one field are a ``multiple`` question.

    Raises
    ------
    ExportError
        If there are no responses, or a row has more cells than the header.
    """
    data = responses(sheet, 1)
    asked = [_asked(name, position) for position, name in enumerate(unique_names(header(sheet)))]
    return named(data, asked)


def _asked(name: str, position: int) -> Asked:
    """Describe a column by its name alone; the first one identifies the record."""
    box = CHECKBOX.fullmatch(name)
    if box:
        return Asked(name, box["field"], box["choice"], box["field"], "multiple")
    kind = "metadata" if position == 0 or METADATA.fullmatch(name) else "single"
    return Asked(name, name, "", name, kind)
