"""Data quality and agreement as a reader may see them: what would tell about a few is taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.reporting.hiding import bases, hide, yes_and_no
from surveykit.reporting.suppression import hidden_cells, unsafe
from surveykit.study.codebook import PICKED_TYPES

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from surveykit.analysis import Analysis
    from surveykit.study import Study

_STEPS = (0.01, 0.02, 0.05, 0.1)


def flagged(analysis: Analysis) -> pd.DataFrame:
    """Cut-offs of careless answers and how many each flags, where no few lie beyond or between those shown."""
    data, min_cell = analysis.quality.flagged.reset_index(drop=True), analysis.study.report.min_cell
    hidden = np.zeros(len(data), dtype=bool)
    for _, rows in data.groupby("index", sort=False):
        counts = rows.sort_values("n_flagged")[["n_flagged", "n_defined"]].astype(int)
        shown = 0
        for row, (few, defined) in zip(counts.index, counts.to_numpy().tolist(), strict=True):
            # Beyond the cut-off, on this side of it, and between it and the last one shown.
            hidden[row] = unsafe(np.array([few, defined - few, few - shown]), min_cell)
            shown = shown if hidden[row] else few
    return hide(data, "flagged", hidden)


def multiverse(analysis: Analysis, estimates: pd.DataFrame) -> pd.DataFrame:
    """Headline figures of every scenario, where no two rows differ by the answers of a few.

    A row is ``near`` where its figure rests on all but a few of the units, or on those of all but a few organisations,
    of the declared rules or of any row shown before (or on a few more): no figure is given there, whatever it is.
    Shares are rounded besides, to steps that are worth `min_cell` answers or more, and limits outwards.
    """
    quality, study = analysis.quality, analysis.study
    data, min_cell = quality.multiverse.reset_index(drop=True), study.report.min_cell
    whole = estimates[(estimates["segment"] == "") & estimates["suppressed"]]
    unknown = data["name"].isin(whole["name"]).to_numpy() | data["estimate"].isna().to_numpy()
    near = np.zeros(len(data), dtype=bool)
    for name, rows in data[~unknown].groupby("name", sort=False):
        counted = [quality.counted[scenario, str(name)] for scenario in rows["scenario"]]
        units = [dict(zip(each["unit"], each["organisation"], strict=True)) for each in counted]
        near[rows.index] = _near(units, min_cell)
    shown = hide(data, "multiverse", unknown | near)
    # How many are kept would tell how few a sign flags; here an executive is one, whatever the organisation.
    few = _near([{row: str(row) for row in kept} for kept in quality.kept.values()], min_cell)
    hidden_count = data["scenario"].map(dict(zip(quality.kept, few, strict=True))).astype(bool)
    shown["n_executives"] = shown["n_executives"].astype(float).mask(hidden_count)
    share = shown["statistic"] == "share"
    step = shown["n_obs"].map(lambda n: _step(n, min_cell)).astype(float)
    ways: dict[str, Any] = {"estimate": np.round, "ci_lower": np.floor, "ci_upper": np.ceil}
    for name, way in ways.items():
        # Digits beyond the ninth are rounding noise: 0.29 / 0.01 must not round up.
        steps = way((shown[name] / step).astype(float).round(9))
        shown[name] = (steps * step).clip(0, 1).where(share, shown[name])
    sample = data["scenario"].map({number: hash(tuple(rows)) for number, rows in quality.kept.items()})
    return shown.assign(step=step.where(share), near=near, sample=pd.factorize(sample)[0])


def _step(n: float, min_cell: int) -> float:
    """Smallest step of a share that is worth as many answers as the smallest cell; NaN if none is."""
    return next((step for step in _STEPS if n * step >= min_cell), np.nan)


def _near(scenarios: list[dict[Hashable, str]], min_cell: int) -> NDArray[np.bool_]:
    """Scenarios (units and their organisations) that differ by a few from one shown before them."""
    shown: list[dict[Hashable, str]] = []
    near = []
    for units in scenarios:
        near.append(any(_few_apart(units, other, min_cell) for other in shown))
        shown += [] if near[-1] else [units]
    return np.array(near, dtype=bool)


def _few_apart(some: dict[Hashable, str], others: dict[Hashable, str], min_cell: int) -> bool:
    """Whether the units in one but not the other are few, or of few organisations."""
    apart = some.keys() ^ others.keys()
    organisations = {(some | others)[unit] for unit in apart}
    return 0 < len(apart) < min_cell or 0 < len(organisations) < min_cell


def measurement(analysis: Analysis) -> pd.DataFrame:
    """How well each scale measures."""
    data = analysis.measurement.scales
    return hide(data, "measurement", unsafe(bases(data, analysis.study), analysis.study.report.min_cell))


def scale_items(analysis: Analysis, distributions: pd.DataFrame) -> pd.DataFrame:
    """The items of each scale; how many did not answer is processing, and always shown.

    Mean and spread go where an answer of the item is hidden: with the others they would give it back.
    """
    data = analysis.measurement.items.reset_index(drop=True)
    shown = hide(data, "scale_items", unsafe(bases(data, analysis.study), analysis.study.report.min_cell))
    partly = _partly_hidden(shown, distributions)
    for name in ("mean", "std"):
        shown[name] = shown[name].astype(float).mask(partly)
    return shown


def invariance(analysis: Analysis) -> pd.DataFrame:
    """Whether a scale means the same in every segment, unless one of them is small."""
    data = analysis.measurement.invariance
    counts = data[["n_obs", "smallest"]].to_numpy(dtype=np.int64)
    return hide(data, "invariance", unsafe(counts, analysis.study.report.min_cell))


def decisions(analysis: Analysis) -> pd.DataFrame:
    """The decisions to aggregate, without the evidence where it rests on a few."""
    data = analysis.aggregated.decisions.reset_index()
    counts = data[["n_organisations", "n_executives"]].to_numpy(dtype=np.int64)
    return hide(data, "decisions", unsafe(counts, analysis.study.report.min_cell))


def bands(analysis: Analysis) -> pd.DataFrame:
    """Organisations by band of agreement; the columns of `Protected.distributions`."""
    data = analysis.agreement.bands.assign(item=lambda frame: frame["scale"], suppressed=False)
    for _, rows in data.groupby("scale", sort=False):
        counts, total = rows[["n"]].to_numpy(dtype=np.int64), rows["n_obs"].to_numpy(dtype=np.int64)[:1]
        data.loc[rows.index, "suppressed"] = hidden_cells(counts, total, analysis.study.report.min_cell)
    for name in ("n", "share") if len(data) else ():
        data[name] = data[name].astype(float).mask(data["suppressed"])
    return data


def parting(analysis: Analysis, distributions: pd.DataFrame) -> pd.DataFrame:
    """Disagreement within organisations by item; of an item with a hidden answer it would tell how many gave it."""
    data = analysis.agreement.items
    few = unsafe(bases(data, analysis.study), analysis.study.report.min_cell)
    return hide(data, "parting", few | _partly_hidden(data, distributions))


def _partly_hidden(items: pd.DataFrame, distributions: pd.DataFrame) -> NDArray[np.bool_]:
    lost = distributions.loc[(distributions["suppressed"] & ~distributions["apart"]).astype(bool), "item"]
    return items["item"].isin(lost).to_numpy()


def choices(analysis: Analysis) -> pd.DataFrame:
    """Agreement on choices."""
    data = analysis.agreement.choices
    return hide(data, "choices", unsafe(bases(data, analysis.study), analysis.study.report.min_cell))


def picks(analysis: Analysis) -> pd.DataFrame:
    """Shares of picked options, none of which can be found from the others of its question."""
    data, study = analysis.estimates.picks.reset_index(drop=True), analysis.study
    hidden = np.zeros(len(data), dtype=bool)
    for choice, rows in data.groupby("choice", sort=False):
        shares = rows.assign(statistic="share")
        counts = np.hstack([yes_and_no(shares), bases(rows, study)])
        # Everybody may have picked as many as asked for: then the sum of the counts is known.
        hidden[rows.index] = hidden_cells(counts, counts.sum(axis=0), study.report.min_cell)
        if hidden[rows.index].any() and _asked_elsewhere(study, str(choice)):
            hidden[rows.index] = True
    return hide(data, "picks", hidden)


def _asked_elsewhere(study: Study, choice: str) -> bool:
    """Whether anything else the report shows counts the same picks, in words of its own."""
    named = [*(quantity.of for quantity in study.estimates.values()), *study.report.segments]
    specs = [study.variables[name] for name in named if name in study.variables]
    column = study.choices[choice].question
    others = [other.question for name, other in study.choices.items() if name != choice]
    read = {*others, *(item.column for item in study.items.values())}
    read |= {name for spec in specs for name in (spec.column, spec.question) if name}
    return column in read or any(spec.type in PICKED_TYPES for spec in specs)
