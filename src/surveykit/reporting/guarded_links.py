"""What stands behind the links, as a reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.links.levels import units
from surveykit.reporting.hiding import bases, hide
from surveykit.reporting.suppression import unsafe

if TYPE_CHECKING:
    from surveykit.analysis import Analysis
    from surveykit.study import Study

# Frames of `Scrutiny` with one row a question about a link.
_ASKED = (
    "strength",
    "moderations",
    "slopes",
    "mediations",
    "specifications",
    "summary",
    "corrected",
    "split",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linked:
    """What stands behind the links and what they hang on; rows of hidden links are not here at all.

    Attributes
    ----------
    chain : DataFrame
        Who enters each link. Counts of how the file was processed, shown whatever their size.
    curves, strength, moderations, slopes, mediations, specifications, summary, corrected, split, checks : DataFrame
        As in `surveykit.links.scrutiny.Scrutiny`, each with ``suppressed``. A curve ends where fewer than the smallest
        cell of units lie beyond. Slopes of a category that few organisations are in are not here, nor is a sentence
        that would tell them.
    drivers, r_squared, performance : DataFrame
        As in `surveykit.links.drivers.Drivers`.
    quadrants : DataFrame
        ``adoption, transformation, n, estimate, ci_lower, ci_upper, suppressed``: all four cells, or none, are shown.
    quadrant_labels : tuple of (str, str)
        What is high or low, and from where on; empty where there is no quadrant.
    """

    chain: pd.DataFrame
    curves: pd.DataFrame
    strength: pd.DataFrame
    moderations: pd.DataFrame
    slopes: pd.DataFrame
    mediations: pd.DataFrame
    specifications: pd.DataFrame
    summary: pd.DataFrame
    corrected: pd.DataFrame
    split: pd.DataFrame
    checks: pd.DataFrame
    drivers: pd.DataFrame
    r_squared: pd.DataFrame
    performance: pd.DataFrame
    quadrants: pd.DataFrame
    quadrant_labels: tuple[str, str]


def linked(analysis: Analysis, links: pd.DataFrame) -> Linked:
    """Take out whatever tells of a few.

    Parameters
    ----------
    analysis : Analysis
    links : DataFrame
        As protected already.

    Returns
    -------
    Linked
    """
    open_links = set(links["link"]) - set(links["link"][links["suppressed"].astype(bool)])
    frames = {name: _asked(analysis, name, open_links) for name in _ASKED}
    slopes, told = _open_slopes(analysis, frames["slopes"])
    moderations = frames["moderations"]
    return Linked(
        **frames
        | {
            "slopes": slopes,
            "moderations": moderations[[key in told for key in _paired(moderations)]]
            if len(moderations)
            else moderations,
        },
        chain=_of_links(analysis, "chain", open_links),
        curves=_curves(analysis, open_links),
        checks=_of_links(analysis, "checks", open_links),
        **_driven(analysis),
        quadrants=_quadrants(analysis),
        quadrant_labels=_quadrant_labels(analysis.study),
    )


def _of_links(analysis: Analysis, name: str, open_links: set[int]) -> pd.DataFrame:
    if analysis.scrutiny is None:
        return pd.DataFrame(columns=["link", "sentence", "suppressed"])
    frame: pd.DataFrame = getattr(analysis.scrutiny, name)
    return frame[frame["link"].isin(open_links)].reset_index(drop=True).assign(suppressed=False)


def _asked(analysis: Analysis, name: str, open_links: set[int]) -> pd.DataFrame:
    """Rows that rest on enough units."""
    frame = _of_links(analysis, name, open_links)
    if frame.empty or "n_obs" not in frame:
        return frame
    few = unsafe(bases(frame, analysis.study), analysis.study.report.min_cell)
    return frame[~few].reset_index(drop=True)


def _paired(frame: pd.DataFrame) -> list[tuple[int, str, str]]:
    return list(zip(frame["link"], frame["predictor"], frame["moderator"], strict=True))


def _open_slopes(analysis: Analysis, slopes: pd.DataFrame) -> tuple[pd.DataFrame, set[tuple[int, str, str]]]:
    """Slopes of categories with enough organisations, and the questions of which all slopes are open."""
    if slopes.empty or analysis.links is None:
        return slopes, set()
    fits = {fit.number: fit for fit in analysis.links.fits}
    enough = np.ones(len(slopes), dtype=bool)
    for place, row in enumerate(slopes.to_dict("records")):
        if pd.isna(row["value"]):
            rows = analysis.aggregated.rows(fits[row["link"]].link.level)
            inside = rows[rows[row["moderator"]].astype("str") == str(row["at"])]
            counts = np.array([[len(inside), inside["organisation"].nunique()]])
            enough[place] = not unsafe(counts, analysis.study.report.min_cell).any()
    closed = {key for key, safe in zip(_paired(slopes), enough, strict=True) if not safe}
    return slopes[enough].reset_index(drop=True), set(_paired(slopes)) - closed


def _curves(analysis: Analysis, open_links: set[int]) -> pd.DataFrame:
    """Curves without their ends, where they would tell the value of a single organisation."""
    frame = _asked(analysis, "curves", open_links)
    if frame.empty or analysis.links is None:
        return frame
    fits = {fit.number: fit.fitted for fit in analysis.links.fits}
    parts = []
    for (number, predictor), rows in frame.groupby(["link", "predictor"], sort=False):
        values = np.sort(units(fits[int(str(number))], str(predictor)).to_numpy(dtype=float))
        fewest = analysis.study.report.min_cell
        parts.append(rows[rows["value"].between(values[fewest - 1], values[-fewest])])
    return pd.concat(parts, ignore_index=True)


def _driven(analysis: Analysis) -> dict[str, pd.DataFrame]:
    if analysis.drivers is None:
        empty = pd.DataFrame(columns=["driver", "suppressed"])
        return {"drivers": empty, "r_squared": empty, "performance": empty}
    found, study = analysis.drivers, analysis.study
    few = unsafe(bases(found.r_squared, study), study.report.min_cell)
    closed = set(found.r_squared["driver"][few])
    frames = {"drivers": found.data, "r_squared": found.r_squared, "performance": found.performance}
    return {
        name: frame[~frame["driver"].isin(closed)].reset_index(drop=True).assign(suppressed=False)
        for name, frame in frames.items()
    }


def _quadrants(analysis: Analysis) -> pd.DataFrame:
    if analysis.quadrants is None:
        return pd.DataFrame(columns=["adoption", "transformation", "n", "estimate", "suppressed"])
    data = analysis.quadrants.data.copy()
    # Shares of either measure may stand elsewhere in the report: beside them one hidden cell would be found.
    hidden = unsafe(
        data[["n", "organisations"]].to_numpy(dtype=np.int64), analysis.study.report.min_cell
    ).any()
    return hide(data, "quadrants", np.full(len(data), hidden))


def _quadrant_labels(study: Study) -> tuple[str, str]:
    plan = study.quadrant
    if plan is None:
        return "", ""
    found = []
    for name, cut in (
        (plan.adoption, plan.adoption_from),
        (plan.transformation, plan.transformation_from),
    ):
        variable = study.variable(name)
        yes_no = variable is not None and variable.type in {"binary", "picked"}
        found.append(study.label(name) if yes_no else f"{study.label(name)}: high from {cut:g}")
    return found[0], found[1]
