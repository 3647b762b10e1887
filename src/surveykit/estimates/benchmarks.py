"""Published figures, and what can be said when an estimate stands beside one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveykit.errors import StudyError, did_you_mean
from surveykit.exports import read_export

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from surveykit.estimates.estimate import Estimates
    from surveykit.study import Study

COLUMNS = ["estimate", "figure", "rounding", "wording", "population", "year", "source", "caution"]
# How far the number behind a published figure may lie below and above it, in units of its last digit: a rounded 53 may
# stand for 52.5 to 53.5; "about" is read five times as wide, as rounded to the nearest 5.
_ROUNDING = {
    "exact": (0.0, 0.0),
    "rounded": (0.5, 0.5),
    "about": (2.5, 2.5),
    "fewer than": (math.inf, 0.0),
    "over": (0.0, math.inf),
}
_NUMBER = re.compile(r"-?\d{1,12}(\.\d+)?")
_SAID = {"exact": "", "rounded": "", "about": "about ", "fewer than": "fewer than ", "over": "over "}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Estimates beside published figures.

    Attributes
    ----------
    data : DataFrame
        One row a published figure: ``name, label, estimate, ci_lower, ci_upper, n_obs, n_organisations`` (shares 0
        to 1, or means), ``figure`` (the same unit), ``rounding, wording, population, year, source, caution``,
        ``difference`` (estimate less figure) and a ``sentence``.
    """

    data: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The comparisons, one row each."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Comparisons({len(self.data)} published figures)"


def compare(estimates: Estimates) -> Comparisons | None:
    """Set each published figure of the study beside its estimate.

    Parameters
    ----------
    estimates : Estimates
        What was estimated.

    Returns
    -------
    Comparisons or None
        None if the study names no benchmarks.

    Raises
    ------
    StudyError
        If the file has an unknown column, or a row without a figure or with an unknown estimate or rounding.

    Examples
    --------
    >>> from surveykit import analyse
    >>> print(compare(analyse("data/ospo-2018").estimates).to_frame()["sentence"].iloc[0])
    Have or plan an open source programme: 53.3% (95% interval 49.7 to 56.9); this rounds to the published 53%.
    """
    study = estimates.study
    if study.benchmarks is None:
        return None
    published = read_benchmarks(study)
    overall = estimates.data[(estimates.data["segment"] == "") & (estimates.data["kind"] == "headline")]
    joined = published.merge(overall, left_on="estimate_name", right_on="name", how="left")
    scale = joined["statistic"].map({"share": 100.0, "mean": 1.0})
    joined["figure"] = joined["published"] / scale
    joined["difference"] = joined["estimate"] - joined["figure"]
    joined["sentence"] = [_sentence(row, study.report.confidence) for row in joined.to_dict("records")]
    columns = [
        "name",
        "label",
        "level",
        "statistic",
        "estimate",
        "ci_lower",
        "ci_upper",
        "n_obs",
        "n_organisations",
    ]
    columns += [
        "figure",
        "rounding",
        "wording",
        "population",
        "year",
        "source",
        "caution",
        "difference",
        "sentence",
    ]
    return Comparisons(data=joined[columns])


def read_benchmarks(study: Study) -> pd.DataFrame:
    """Read and check the published figures a study names.

    Parameters
    ----------
    study : Study
        The plan; its ``benchmarks`` names a CSV file with the columns ``estimate, figure, rounding, wording,
        population, year, source, caution`` (figures of shares in percent).

    Returns
    -------
    DataFrame
        ``estimate_name``, ``published`` (float) with ``last_digit`` (what one more in its last digit is worth), and
        the other columns as text, empty where nothing is known.

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
    data = raw.data.reindex(columns=COLUMNS).astype("str").fillna("")
    for number, row in enumerate(data.to_dict("records"), 1):
        _check(row, study, f"{where}, row {number}")
    decimals = data["figure"].str.strip().str.partition(".")[2].str.len()
    return data.rename(columns={"estimate": "estimate_name"}).assign(
        published=data["figure"].astype(float), last_digit=10.0**-decimals
    )


def _check(row: dict[Hashable, str], study: Study, where: str) -> None:
    name, figure = row["estimate"], row["figure"].strip()
    if name not in study.estimates:
        fix = did_you_mean(name, study.estimates)
        raise StudyError(
            f"the benchmark is for an unknown estimate '{name}'",
            where=where,
            allowed=study.estimates,
            fix=fix,
        )
    if not figure:
        raise StudyError(
            f"the benchmark of '{name}' has no figure", where=where, fix="Fill in 'figure', such as 30."
        )
    if row["rounding"] not in _ROUNDING:
        fix = did_you_mean(row["rounding"], _ROUNDING)
        raise StudyError("unknown rounding", where=where, given=row["rounding"], allowed=_ROUNDING, fix=fix)
    if not _NUMBER.fullmatch(figure):
        raise StudyError(
            f"the figure of '{name}' is not a number",
            where=where,
            given=figure,
            fix="Write it as 30 or 30.5.",
        )
    number = float(figure)
    if study.estimates[name].share_of and not 0 <= number <= 100:
        raise StudyError(
            f"the figure of '{name}' must be a percentage from 0 to 100", where=where, given=figure
        )


def _sentence(row: dict[Hashable, object], confidence: float) -> str:
    """What the two figures say beside each other, and no more."""
    share = row["statistic"] == "share"
    scale, unit, digits = (100, "%", 1) if share else (1, "", 2)
    here, lower, upper = (scale * float(row[key]) for key in ("estimate", "ci_lower", "ci_upper"))  # type: ignore[arg-type]
    published = float(row["published"])  # type: ignore[arg-type]
    below, above = (width * float(row["last_digit"]) for width in _ROUNDING[str(row["rounding"])])  # type: ignore[arg-type]
    told = f"{_SAID[str(row['rounding'])]}{published:g}{unit}"
    if math.isnan(lower):
        verdict = (
            f"too few organisations answered for an interval, or for a word on the published figure ({told})"
        )
    elif lower > published + above:
        verdict = f"the whole interval lies above the published figure ({told})"
    elif upper < published - below:
        verdict = f"the whole interval lies below the published figure ({told})"
    elif row["rounding"] == "rounded" and abs(here - published) <= below:
        verdict = f"this rounds to the published {told}"
    else:
        verdict = f"the interval is compatible with the published figure ({told})"
    interval = f" ({100 * confidence:g}% interval {lower:.{digits}f} to {upper:.{digits}f})"
    return f"{row['label']}: {here:.{digits}f}{unit}{'' if math.isnan(lower) else interval}; {verdict}."
