"""The file of published figures a study names: read, checked, and brought to the unit of the estimates."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from surveykit.errors import StudyError, did_you_mean
from surveykit.exports import read_export

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from surveykit.study import Study

COLUMNS = [
    *("estimate", "figure", "rounding", "base", "margin", "differs"),
    *("wording", "population", "year", "source", "caution"),
]
# How far the number behind a published figure may lie below and above it, in units of its last digit: a rounded 53 may
# stand for 52.5 to 53.5; "about" is read five times as wide, as rounded to the nearest 5.
ROUNDING = {
    "exact": (0.0, 0.0),
    "rounded": (0.5, 0.5),
    "about": (2.5, 2.5),
    "fewer than": (math.inf, 0.0),
    "over": (0.0, math.inf),
}
SAME_ANSWERS = "same answers"
# What an analyst may declare to differ from this survey, and the caution it puts on the comparison.
DIFFERS = {
    "nothing": "",
    "wording": "The published question is worded differently.",
    "population": "The published figure is of another population.",
    "both": "The published figure is of another question and another population.",
    "": "Nothing says that the published question and population are the same as here.",
}
_NUMBER = re.compile(r"-?\d{1,12}(\.\d+)?")
_COUNT = re.compile(r"[1-9]\d{0,11}")


def read_benchmarks(study: Study) -> pd.DataFrame:
    """Read and check the published figures a study names.

    Parameters
    ----------
    study : Study
        The plan; its ``benchmarks`` names a CSV file with the columns ``estimate, figure, rounding, base, margin,
        differs, wording, population, year, source, caution``, of which only the first three must be there. Figures
        of shares are in percent, their margins in percentage points. ``base`` is how many answers the figure rests
        on, or ``same answers`` if it was published from those of this survey; ``differs`` is ``nothing``, ``wording``,
        ``population`` or ``both``, and says nothing if it is empty.

    Returns
    -------
    DataFrame
        ``estimate_name``; ``figure, figure_lower, figure_upper`` and ``margin`` in the unit of the estimate (shares 0
        to 1); ``base`` (NaN if unknown) and ``same_answers``; ``caution`` with what ``differs`` before the study's own
        words; and the other columns as text, empty where nothing is known.

    Raises
    ------
    StudyError
        For the first thing that is wrong, with its row below the header.
    """
    raw = read_export(study.beside(str(study.benchmarks)), platform="plain")
    where = str(study.beside(str(study.benchmarks)))
    for column in raw.data.columns:
        if column not in COLUMNS:
            fix = did_you_mean(column, COLUMNS)
            raise StudyError(f"unknown column '{column}'", where=where, allowed=COLUMNS, fix=fix)
    told = raw.data.reindex(columns=COLUMNS).astype("str").fillna("")
    data = told.apply(lambda column: column.str.strip())
    for number, row in enumerate(data.to_dict("records"), 1):
        _check_figure(row, study, f"{where}, row {number}")
        _check_beside(row, f"{where}, row {number}")
    return _in_units(data, study).rename(columns={"estimate": "estimate_name"})


def _in_units(data: pd.DataFrame, study: Study) -> pd.DataFrame:
    shares = data["estimate"].map(lambda name: study.estimates[name].share_of is not None).astype(bool)
    figure, unit = data["figure"].astype(float), np.where(shares, 100.0, 1.0)
    digit = 10.0 ** -data["figure"].str.partition(".")[2].str.len()
    # "About 1000" is no more exact than its second digit: what is round in a large figure is not its last one.
    size = np.where(figure == 0, 1.0, figure.abs())
    second = 10.0 ** (np.floor(np.log10(size)) - 1)
    step = np.where(data["rounding"] == "about", np.maximum(digit, second), digit)
    below = data["rounding"].map({name: reach[0] for name, reach in ROUNDING.items()}).astype(float)
    above = data["rounding"].map({name: reach[1] for name, reach in ROUNDING.items()}).astype(float)
    lower: pd.Series[float] = (figure - below * step) / unit
    upper: pd.Series[float] = (figure + above * step) / unit
    same = data["base"] == SAME_ANSWERS
    return data.assign(
        figure=figure / unit,
        figure_lower=lower.where(~shares, lower.clip(lower=0.0)),
        figure_upper=upper.where(~shares, upper.clip(upper=1.0)),
        base=data["base"].mask(same | (data["base"] == "")).astype(float),
        same_answers=same,
        margin=data["margin"].mask(data["margin"] == "").astype(float) / unit,
        caution=(data["differs"].mask(same, "nothing").map(DIFFERS) + " " + data["caution"]).str.strip(),
    )


def _check_figure(row: dict[Hashable, str], study: Study, where: str) -> None:
    name, figure = row["estimate"], row["figure"]
    if name not in study.estimates:
        fix = did_you_mean(name, study.estimates)
        what = f"the benchmark is for an unknown estimate '{name}'"
        raise StudyError(what, where=where, allowed=study.estimates, fix=fix)
    if not figure:
        what = f"the benchmark of '{name}' has no figure"
        raise StudyError(what, where=where, fix="Fill in 'figure', such as 30.")
    if row["rounding"] not in ROUNDING:
        fix = did_you_mean(row["rounding"], ROUNDING)
        raise StudyError("unknown rounding", where=where, given=row["rounding"], allowed=ROUNDING, fix=fix)
    if not _NUMBER.fullmatch(figure):
        what = f"the figure of '{name}' is not a number"
        raise StudyError(what, where=where, given=figure, fix="Write it as 30 or 30.5.")
    if study.estimates[name].share_of and not 0 <= float(figure) <= 100:
        what = f"the figure of '{name}' must be a percentage from 0 to 100"
        raise StudyError(what, where=where, given=figure)


def _check_beside(row: dict[Hashable, str], where: str) -> None:
    name, base, margin, differs = (row[column] for column in ("estimate", "base", "margin", "differs"))
    if base not in {"", SAME_ANSWERS} and not _COUNT.fullmatch(base):
        what, fix = (
            f"the base of '{name}' is no count",
            f"Write it as 1200, or '{SAME_ANSWERS}', or leave it empty.",
        )
        raise StudyError(what, where=where, given=base, fix=fix)
    if margin and not (_NUMBER.fullmatch(margin) and float(margin) > 0):
        what, fix = (
            f"the margin of '{name}' is not a number above 0",
            "Write 5 for five points, or leave it empty.",
        )
        raise StudyError(what, where=where, given=margin, fix=fix)
    if differs not in DIFFERS:
        allowed, fix = [word for word in DIFFERS if word], did_you_mean(differs, DIFFERS)
        raise StudyError(f"unknown '{differs}' under 'differs'", where=where, allowed=allowed, fix=fix)
    if base == SAME_ANSWERS and (margin or differs not in {"", "nothing"}):
        what = f"the figure of '{name}' is of the same answers: nothing differs, and no margin applies"
        raise StudyError(what, where=where, fix="Leave 'margin' and 'differs' empty, or give another 'base'.")
