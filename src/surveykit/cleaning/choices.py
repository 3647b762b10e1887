"""Multi-select questions: which options each executive picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from surveykit.cleaning.coding import picked_in
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
    return picked_in(raw, choice.question, list(choice.options or []), "a choice without 'options'")


def options_of(raw: RawExport, choice: Choice) -> list[str]:
    """Options as the study lists them, or else as the export's columns name them."""
    if choice.options:
        return list(choice.options)
    return list(
        raw.questions.loc[(raw.questions["group"] == choice.question) & (raw.questions["part"] != ""), "part"]
    )


def _rule(given: tuple[str, ...], pick: int | None, study: Study) -> str:
    missing = {fold(label) for label in study.missing}
    if given and all(fold(each) in missing for each in given):
        return "missing_code"
    return "too_many_picks" if pick is not None and len(given) > pick else ""
