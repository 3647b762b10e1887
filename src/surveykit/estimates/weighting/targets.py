"""What a population is made of: the targets that weights must meet, as figures and as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError, ExportError, StudyError, did_you_mean
from surveykit.exports import read_export
from surveykit.study import fold

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    Targets = Mapping[Any, float] | pd.Series

SHARE = "share"
# Half a percentage point: what rounding does to printed shares; more than that is a category left out, or twice.
ROUNDING = 0.005
# Whole numbers with a total this near 100 may be percentages with a slip, or counts: nobody can tell.
DOUBTFUL = (80, 120)
CROSS = " / "


def shares_of(targets: Targets, *, name: str) -> tuple[pd.Series, float | None]:
    r"""Read targets as shares of the population, whichever way they are written.

    Parameters
    ----------
    targets : mapping or Series of float
        Categories, and of each a share (adding up to 1), a percentage (to 100), or a count of units (whole numbers).
        Tuples, or a MultiIndex, name crossed categories.
    name : str
        Of what they are the categories; for messages.

    Returns
    -------
    tuple of Series of float and float or None
        Shares, 0 to 1, that add up to 1 exactly, indexed by category as text (crossed ones joined by " / "); and the
        size of the population, if counts were given.

    Raises
    ------
    EstimateError
        If there are none, one is missing, negative or no number, a category comes twice (letter case, spaces, quotes
        and dashes aside), or they do not add up: by more than half a percentage point, or whole numbers whose total
        lies from 80 to 120 and is not 100.

    Notes
    -----
    Rounded shares that miss 1 by up to half a point are divided by their total.

    Examples
    --------
    >>> shares, units = shares_of({"Small": 333, "Medium": 333, "Large": 334}, name="size")
    >>> shares.to_dict(), units
    ({'Small': 0.333, 'Medium': 0.333, 'Large': 0.334}, 1000.0)
    """
    table = pd.Series(targets, dtype=object)
    values = pd.to_numeric(table, errors="coerce").to_numpy(dtype=float)
    labels = [CROSS.join(map(str, key)) if isinstance(key, tuple) else str(key) for key in table.index]
    if not labels:
        raise EstimateError(f"there are no targets for '{name}'", fix="Give each category its share.")
    for label, given, value in zip(labels, table, values, strict=True):
        if not (np.isfinite(value) and value >= 0):
            raise EstimateError(
                f"the target of '{label}' of '{name}' is no number of 0 or more",
                given=given,
                fix="Write 0.14.",
            )
    twice = pd.Series(list(map(fold, labels))).duplicated()
    if twice.any():
        raise EstimateError(f"'{labels[int(twice.argmax())]}' has two targets in '{name}'")
    units = _units(values, name)
    return pd.Series(values / values.sum(), index=labels), units


def _units(values: np.ndarray, name: str) -> float | None:
    """Size of the population where targets are counts, None where they are shares or percentages."""
    total = float(values.sum())
    if abs(total - 1) <= ROUNDING + 1e-12 or abs(total - 100) <= 100 * ROUNDING + 1e-12:
        return None
    whole = bool((values % 1 == 0).all()) and total > 1
    if whole and not DOUBTFUL[0] <= total <= DOUBTFUL[1]:
        return total
    raise EstimateError(
        f"the targets of '{name}' do not add up",
        given=f"a total of {total:g}",
        allowed="shares adding up to 1, percentages adding up to 100 (within half a point), or counts",
        fix="Look for a category left out or typed wrongly; write few counts as shares.",
    )


def read_targets(path: str | os.PathLike[str], *, where: str = "") -> pd.Series:
    r"""Read the targets of one margin, or of crossed categories, from a file.

    Parameters
    ----------
    path : str or PathLike
        A table with a column ``share`` (shares, percentages or counts, see `shares_of`) and one column of categories,
        or several that are crossed; a row each.
    where : str, optional
        What messages call the file; its path by default.

    Returns
    -------
    Series of float
        The figures as given, indexed by category: by the labels of one column, or a MultiIndex of several, named as
        the columns.

    Raises
    ------
    StudyError
        With the row (counted below the header), if a category or figure is missing, a figure is no number of 0 or
        more, or a category comes twice; with the file, if it cannot be read or the figures do not add up.

    Examples
    --------
    >>> read_targets("data/ai-strategy/targets/size.csv").to_dict()
    {'Under 250': 0.4, '250 to 999': 0.3, '1,000 to 4,999': 0.2, '5,000 and more': 0.1}
    """
    told = where or str(path)
    try:
        raw = read_export(path, platform="plain")
    except ExportError as error:
        raise StudyError(str(error), where=where) from error
    table = raw.data.astype("str").rename(columns=lambda name: SHARE if fold(name) == SHARE else name)
    if SHARE not in table or table.shape[1] < 2:
        raise StudyError(
            "targets need a column 'share' and a column of categories",
            where=told,
            given=list(table.columns),
            fix=did_you_mean(SHARE, table.columns),
        )
    written = table.pop(SHARE).str.strip().str.removesuffix("%").str.strip()
    numbers = written.str.replace(",", ".") if raw.decimal == "," else written
    values = pd.to_numeric(numbers, errors="coerce")
    _check_rows(table, written, values, told)
    thousands = written[written.str.fullmatch(r"[1-9]\d{0,2}\.\d{3}")]
    if len(thousands) and not any(abs(values.sum() - whole) <= whole * ROUNDING for whole in (1, 100)):
        raise StudyError(
            "a figure can be read as thousands or with decimals",
            where=told,
            given=thousands.iloc[0],
            fix="Write counts without a point, such as 12000.",
        )
    names = list(table.columns)
    index = pd.Index(table[names[0]]) if len(names) == 1 else pd.MultiIndex.from_frame(table)
    found = pd.Series(values.to_numpy(dtype=float), index=index, name=SHARE)
    try:
        shares_of(found, name=CROSS.join(names))
    except EstimateError as error:
        raise StudyError(str(error), where=told) from error
    return found


def _check_rows(table: pd.DataFrame, written: pd.Series, values: pd.Series, where: str) -> None:
    bad = {
        "has no share": written.isna(),
        "has no category": table.isna().any(axis=1),
        "has a share that is no number of 0 or more": ~(values.ge(0) & np.isfinite(values)),
        "repeats a category": table.map(fold).duplicated(),
    }
    for what, rows in bad.items():
        if rows.any():
            row = int(rows.to_numpy().argmax())
            given = [*table.iloc[row].dropna(), *written.iloc[[row]].dropna()]
            fix = "Write shares as 0.14, as 14, or as counts." if "number" in what else ""
            raise StudyError(f"this row {what}", where=f"{where}, row {row + 1}", given=given, fix=fix)
