"""Data quality and agreement as a reader may see them: what would tell about a few is taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from surveykit.reporting.hiding import bases, hide, yes_and_no
from surveykit.reporting.suppression import hidden_cells, unsafe

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from surveykit.analysis import Analysis
    from surveykit.quality import Quality

_STEPS = (0.01, 0.02, 0.05, 0.1)


def flagged(analysis: Analysis) -> pd.DataFrame:
    """Cut-offs of careless answers and how many each flags; few are not counted out."""
    data = analysis.quality.flagged
    counts = data[["n_flagged"]].to_numpy(dtype=np.int64) if len(data) else np.zeros((0, 1), dtype=np.int64)
    return hide(data, "flagged", unsafe(counts, analysis.study.report.min_cell))


def multiverse(analysis: Analysis, estimates: pd.DataFrame) -> pd.DataFrame:
    """Headline figures of every scenario, where no two rows differ by the answers of a few.

    A share is rounded to steps that are worth `min_cell` answers or more, so that subtracting the counts of two
    scenarios tells nothing about those by whom they differ; a mean is hidden where fewer differ.
    """
    quality, study = analysis.quality, analysis.study
    data = quality.multiverse.reset_index(drop=True)
    whole = estimates[(estimates["segment"] == "") & estimates["suppressed"]]
    hidden = data["name"].isin(whole["name"]).to_numpy() | data["estimate"].isna().to_numpy()
    hidden |= unsafe(np.hstack([bases(data, study), yes_and_no(data)]), study.report.min_cell)
    means = data[(data["statistic"] == "mean") & ~hidden]
    for _, rows in means.groupby("name", sort=False):
        hidden[rows.index] |= _near_others(quality, rows["scenario"].tolist(), study.report.min_cell)
    shown = hide(data, "multiverse", hidden)
    share = shown["statistic"] == "share"
    step = shown["n_obs"].map(lambda n: _step(n, study.report.min_cell)).astype(float)
    limits = ["estimate", "ci_lower", "ci_upper"]
    rounded = shown[limits].div(step, axis=0).round().mul(step, axis=0)
    shown[limits] = rounded.where(share, shown[limits])
    return shown.assign(step=step.where(share))


def _step(n: float, min_cell: int) -> float:
    """Smallest step of a share that is worth as many answers as the smallest cell; NaN if none is."""
    return next((step for step in _STEPS if n * step >= min_cell), np.nan)


def _near_others(quality: Quality, scenarios: list[int], min_cell: int) -> NDArray[np.bool_]:
    """Scenarios that differ by a few executives from one shown before them."""
    shown: list[pd.Index] = []
    hide_it = []
    for scenario in scenarios:
        apart = [len(quality.kept[scenario].symmetric_difference(other)) for other in shown]
        hide_it.append(any(0 < size < min_cell for size in apart))
        shown += [] if hide_it[-1] else [quality.kept[scenario]]
    return np.array(hide_it, dtype=bool)


def measurement(analysis: Analysis) -> pd.DataFrame:
    """How well each scale measures."""
    data = analysis.measurement.scales
    return hide(data, "measurement", unsafe(bases(data, analysis.study), analysis.study.report.min_cell))


def scale_items(analysis: Analysis) -> pd.DataFrame:
    """The items of each scale; how many did not answer is processing, and always shown."""
    data = analysis.measurement.items
    return hide(data, "scale_items", unsafe(bases(data, analysis.study), analysis.study.report.min_cell))


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
    for _, rows in data.groupby("choice", sort=False):
        shares = rows.assign(statistic="share")
        counts = np.hstack([yes_and_no(shares), bases(rows, study)])
        # Everybody may have picked as many as asked for: then the sum of the counts is known.
        hidden[rows.index] = hidden_cells(counts, counts.sum(axis=0), study.report.min_cell)
    return hide(data, "picks", hidden)
