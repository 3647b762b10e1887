"""Which choices a respondent picked, however the platform spread or joined them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

# What platforms write in the column of a choice that was offered and left alone, or never shown.
UNPICKED = frozenset({"0", "No", "N", "Unchecked", "False", "FALSE"})
UNSHOWN = frozenset({"N/A"})
OTHER = re.compile(
    r"\s*(other|autre|andere|anderes|sonstige|sonstiges|otro|otra|outro|outra|altro)\b", re.IGNORECASE
)


def split_selected(text: str, options: Sequence[str] = (), *, separator: str = "") -> tuple[str, ...]:
    """Split the joined cell of a multi-select into the choices it names.

    Known options are matched longest first, because options contain separators themselves; what matches no
    option (the text of an "other" choice) ends at the next separator.

    Parameters
    ----------
    text : str
        The cell as delivered.
    options : sequence of str, optional
        The choices that were offered.
    separator : str, optional
        What stands between two choices; by default ``;`` if the text ends with it, otherwise ``", "``, or
        ``;`` again when the text has no ``", "``.

    Returns
    -------
    tuple of str
        The selected choices in the order of the cell, without surrounding blanks.

    Raises
    ------
    TypeError
        If `text` is not a str, for instance a missing value.

    Examples
    --------
    >>> split_selected("Python, R, or Julia")
    ('Python', 'R', 'or Julia')
    >>> split_selected("Python, R, or Julia", ["Python", "R", "R, or Julia"])
    ('Python', 'R, or Julia')
    >>> split_selected("Speed; Money, and time", ["Speed", "Money, and time"])
    ('Speed', 'Money, and time')
    >>> split_selected("Speed;Cost;")
    ('Speed', 'Cost')
    """
    known = sorted((option.strip() for option in options if option.strip()), key=len, reverse=True)
    # Where options are known, the mark that leaves fewest unexplained; of equals the one the text suggests.
    marks = [separator] if separator else sorted([", ", ";"], key=lambda mark: mark != _separator(text))
    ways = [_split(text, known, mark) for mark in marks]
    return min(ways, key=lambda way: sum(choice not in known for choice in way)) if known else ways[0]


def _split(text: str, known: Sequence[str], mark: str) -> tuple[str, ...]:
    selected, rest = [], text.strip()
    while rest:
        choice, rest = _next_choice(rest, known, mark)
        selected.append(choice)
    return tuple(choice for choice in selected if choice)


def _separator(text: str) -> str:
    """Semicolon where it closes the cell or nothing else divides it, else comma and blank."""
    stripped = text.rstrip()
    return ";" if stripped.endswith(";") or (";" in stripped and ", " not in stripped) else ", "


def _next_choice(rest: str, known: Sequence[str], separator: str) -> tuple[str, str]:
    """Take one choice off the front of a joined cell."""
    mark = separator.strip() or separator
    for option in known:
        after = rest[len(option) :]
        if rest.startswith(option) and (not after.strip() or after.lstrip().startswith(mark)):
            return option, after.strip().removeprefix(mark).strip()
    choice, _, after = rest.partition(separator)
    return choice.strip(), after.strip()


def joined_picks(cells: pd.Series[str], separator: str) -> pd.Series:
    """Split every cell of one joined multi-select column; a missing cell stays missing.

    Parameters
    ----------
    cells : Series of str
        The column as delivered.
    separator : str
        What stands between two choices.

    Returns
    -------
    Series of tuple
        The selected choices of each row.
    """
    split = {text: split_selected(text, separator=separator) for text in cells.dropna().unique()}
    return pd.Series([split.get(cell) for cell in cells], index=cells.index, name=cells.name, dtype=object)


def spread_picks(cells: pd.DataFrame, choices: Sequence[str]) -> pd.Series:
    """Gather the selected choices of a multi-select that was given a column per choice.

    Parameters
    ----------
    cells : DataFrame of str, shape (responses, choices)
        The columns of the question.
    choices : sequence of str
        The text of each column's choice.

    Returns
    -------
    Series of tuple
        The selected choice texts of each row, each once; missing where every cell is empty or was not shown.
    """
    own = cells.eq(list(choices), axis="columns").fillna(value=False)
    shown = (cells.notna() & ~cells.isin(UNSHOWN)) | own
    picked = (shown & ~cells.isin(UNPICKED)) | own
    rows = [
        _picks(choices, row) if answered else None
        for row, answered in zip(picked.to_numpy().tolist(), shown.any(axis="columns"), strict=True)
    ]
    return pd.Series(rows, index=cells.index, dtype=object)


def _picks(choices: Sequence[str], picked: Sequence[bool]) -> tuple[str, ...]:
    """Name the picked choices, each once."""
    return tuple(dict.fromkeys(choice for choice, pick in zip(choices, picked, strict=True) if pick))


def coalesced(cells: pd.DataFrame) -> pd.Series:
    """Take the one filled cell of each row of a single choice spread over columns.

    Parameters
    ----------
    cells : DataFrame of str, shape (responses, choices)
        The columns of the question; at most one filled cell a row.

    Returns
    -------
    Series of str
        The text of the filled cell, missing where there is none.
    """
    text = cells.iloc[:, 0]
    for position in range(1, cells.shape[1]):
        text = text.fillna(cells.iloc[:, position])
    return text
