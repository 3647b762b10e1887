"""Questions answered in own words: what was written, and what counts as nothing written."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.cleaning.coding import folded, missing_in

if TYPE_CHECKING:
    from surveykit.exports import RawExport
    from surveykit.study import Study


def read_open(raw: RawExport, study: Study, name: str) -> tuple[pd.Series, pd.Series]:
    """Read the answers to an open question as they were written.

    Parameters
    ----------
    raw : RawExport
        The responses.
    study : Study
        The plan.
    name : str
        Name of the open answer.

    Returns
    -------
    (Series of str, Series of str)
        The texts, without blanks around them, missing where nothing one can see was written; and the rule that makes
        a cell missing (``missing_code``), empty where none does.
    """
    column = study.open_answers[name].column
    text = raw.data[column]
    nothing = {cell: not visible(cell) for cell in text.dropna().unique()}
    none = folded(text).isin(missing_in(raw, study, column)) | text.map(nothing).eq(other=True)
    rules = none.map({True: "missing_code", False: ""}).astype("str")
    return text.mask(none).str.strip(), rules


def read_open_answers(raw: RawExport, study: Study) -> pd.DataFrame:
    """Read every open answer of a study, a column each."""
    texts = {name: read_open(raw, study, name)[0] for name in study.open_answers}
    return pd.DataFrame(texts, index=raw.data.index, columns=list(study.open_answers), dtype="str")


def visible(text: str) -> str:
    r"""Reduce a text to one line of characters that can be seen.

    White space of any kind, line breaks included, becomes one blank. Control characters, marks that turn the direction
    of writing, zero-width ones and code points without a character are dropped; the two joiners that shape letters of
    some scripts stay.

    Examples
    --------
    >>> visible("  two\r\n lines\u202e and \x00an end\u200b ")
    'two lines and an end'
    """
    kept = (
        letter
        for letter in " ".join(text.split())
        if not unicodedata.category(letter).startswith("C") or letter in "\u200c\u200d"
    )
    return " ".join("".join(kept).split()).strip("\u200c\u200d ")
