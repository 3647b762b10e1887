"""Multi-select questions: which options each executive picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from surveykit.cleaning.coding import picked_in
from surveykit.exports import split_selected
from surveykit.exports.raw import SEPARATORS
from surveykit.study import fold

if TYPE_CHECKING:
    from surveykit.exports import RawExport
    from surveykit.study import Study
    from surveykit.study.codebook import Choice


def read_choice(raw: RawExport, study: Study, name: str) -> tuple[pd.DataFrame, pd.Series]:
    """Tell which options were picked.

    Parameters
    ----------
    raw : RawExport
        The responses.
    study : Study
        The plan.
    name : str
        Name of the choice.

    Returns
    -------
    (DataFrame of bool, Series of str)
        One row an executive who answered, one column an option; and, for every row, the rule that makes the
        answer missing (``missing_code``, ``too_many_picks``), empty where none does.
    """
    choice = study.choices[name]
    picks = picks_of(raw, choice)
    options = options_of(raw, choice)
    rules = (
        picks.map(lambda given: _rule(given, choice.pick, study), na_action="ignore").astype("str").fillna("")
    )
    answered = picks[picks.notna() & (rules == "")]
    folded = answered.map(lambda given: {fold(pick) for pick in given})
    keys = {option: fold(option) for option in options}
    selected = {option: [key in given for given in folded] for option, key in keys.items()}
    return pd.DataFrame(selected, index=answered.index, columns=options, dtype=bool), rules


def picks_of(raw: RawExport, choice: Choice) -> pd.Series:
    """Tuples of picked texts, one a response; missing where the question was not answered."""
    if choice.options and choice.question in raw.data.columns:
        cells = raw.data[choice.question]
        split = {
            cell: split_selected(cell, choice.options, separator=SEPARATORS.get(raw.platform, ""))
            for cell in cells.dropna().unique()
        }
        return pd.Series([split.get(cell) for cell in cells], index=cells.index, dtype=object)
    return picked_in(raw, choice.question, "a choice without 'options'")


def options_of(raw: RawExport, choice: Choice) -> list[str]:
    """Options as the study lists them; otherwise as the export's columns name them, or as they were picked."""
    if choice.options:
        return list(choice.options)
    parts = raw.questions.loc[
        (raw.questions["group"] == choice.question) & (raw.questions["part"] != ""), "part"
    ]
    picked = picks_of(raw, choice).dropna()
    return list(parts) if len(parts) > 1 else sorted({pick for given in picked for pick in given})


def _rule(given: tuple[str, ...], pick: int | None, study: Study) -> str:
    missing = {fold(label) for label in study.missing}
    if given and all(fold(each) in missing for each in given):
        return "missing_code"
    return "too_many_picks" if pick is not None and len(given) > pick else ""
