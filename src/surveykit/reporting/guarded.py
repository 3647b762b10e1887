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
    from surveykit.quality import Quality
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

    A row is ``near`` where its figure rests on all but a few of the units, or organisations, that the declared rules
    keep (or a few more): no figure is given there, whatever it is. Shares are rounded besides, to steps that are worth
    `min_cell` answers or more, and limits outwards; a mean is hidden where a mean shown before it is near.
    """
    quality, study = analysis.quality, analysis.study
    data, min_cell = quality.multiverse.reset_index(drop=True), study.report.min_cell
    whole = estimates[(estimates["segment"] == "") & estimates["suppressed"]]
    unknown = data["name"].isin(whole["name"]).to_numpy() | data["estimate"].isna().to_numpy()
    near = np.zeros(len(data), dtype=bool)
    for name, rows in data[~unknown].groupby("name", sort=False):
        means = rows["statistic"].iloc[0] == "mean"
        near[rows.index] = _near(quality, rows["scenario"].tolist(), str(name), min_cell, every=means)
    shown = hide(data, "multiverse", unknown | near)
    moved = {number: len(kept.symmetric_difference(quality.kept[0])) for number, kept in quality.kept.items()}
    few = data["scenario"].map(moved).between(1, min_cell - 1)
    shown["n_executives"] = shown["n_executives"].astype(float).mask(few)
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


def _near(
    quality: Quality, scenarios: list[int], name: str, min_cell: int, *, every: bool
) -> NDArray[np.bool_]:
    """Scenarios whose figure rests on a few others than the first's, or (every) than any shown before."""
    shown: list[dict[Hashable, str]] = []
    near = []
    for scenario in scenarios:
        counted = quality.counted[scenario, name]
        units = dict(zip(counted["unit"], counted["organisation"], strict=True))
        near.append(any(_few_apart(units, other, min_cell) for other in shown))
        shown += [units] if not shown or (every and not near[-1]) else []
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
    partly = shown["item"].isin(distributions.loc[distributions["suppressed"].astype(bool), "item"])
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


def parting(analysis: Analysis) -> pd.DataFrame:
    """Disagreement within organisations by item."""
    data = analysis.agreement.items
    return hide(data, "parting", unsafe(bases(data, analysis.study), analysis.study.report.min_cell))


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
    """Whether another figure or segment counts the same picks, in words of its own."""
    named = [*(quantity.of for quantity in study.estimates.values()), *study.report.segments]
    specs = [study.variables[name] for name in named if name in study.variables]
    column = study.choices[choice].question
    return any(spec.type in PICKED_TYPES or column in {spec.column, spec.question} for spec in specs)
