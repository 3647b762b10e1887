"""Weights, waves and missing answers as a reader may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.estimates.missing import lump_patterns
from surveykit.reporting.hiding import hide, yes_and_no
from surveykit.reporting.suppression import hidden_cells, unsafe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.analysis import Analysis

_WEIGHTS = ["variable", "label", "category", "n", "target", "before", "after", "suppressed"]
_PATTERNS = 12  # columns of the figure


def beside(analysis: Analysis, estimates: pd.DataFrame, links: pd.DataFrame) -> dict[str, Any]:
    """Whatever the report sets beside its figures: weights, waves, missing answers, and these filled in.

    Parameters
    ----------
    analysis : Analysis
    estimates, links : DataFrame
        As protected already.

    Returns
    -------
    dict of str to object
        Fields of `surveykit.reporting.disclosure.Protected`.
    """
    by_wave = levels(analysis, estimates)
    return {
        "weighting": weighting(analysis),
        "weights": _weights(analysis),
        "levels": by_wave,
        "between": changes(analysis, by_wave),
        "wordings": pd.DataFrame() if analysis.waves is None else analysis.waves.wordings.copy(),
        "patterns": patterns(analysis),
        "gaps": gaps(analysis),
        "gaps_by_segment": gaps_by_segment(analysis),
        "imputed_estimates": imputed_estimates(analysis, estimates),
        "imputed_links": imputed_links(analysis, links),
    }


def _weights(analysis: Analysis) -> dict[str, str | float]:
    """What weighting did to the sample as a whole."""
    sampled = analysis.estimates.sampled
    made = sampled.weighting
    if not sampled.weighted:
        return {}
    plan = analysis.study.design.replicates
    told: dict[str, str | float] = {"of": sampled.weighted, "replicates": plan.method if plan else ""}
    if made is not None:
        told |= {name: getattr(made, name) for name in ("n", "lowest", "highest", "deff", "n_effective")}
    return told


def weighting(analysis: Analysis) -> pd.DataFrame:
    """Shares of the weighted units beside their targets, without categories of a few."""
    made = analysis.estimates.sampled.weighting
    if made is None:
        return pd.DataFrame(columns=_WEIGHTS)
    study, table = analysis.study, made.table.reset_index(drop=True)
    hidden = np.zeros(len(table), dtype=bool)
    for _, rows in table.groupby("variable", sort=False):
        counts = rows[["n"]].to_numpy(dtype=np.int64)
        hidden[rows.index] = hidden_cells(counts, counts.sum(axis=0), study.report.min_cell)
    table["label"] = [
        " and ".join(study.label(part) for part in str(name).split(" / ")) for name in table["variable"]
    ]
    return hide(table, "weighting", hidden)[_WEIGHTS]


def levels(analysis: Analysis, estimates: pd.DataFrame) -> pd.DataFrame:
    """Figures by wave, where neither they nor who they count are few."""
    if analysis.waves is None:
        return pd.DataFrame(columns=["name", "wave", "statistic", "suppressed"])
    data, min_cell = analysis.waves.levels.reset_index(drop=True), analysis.study.report.min_cell
    counts = [yes_and_no(data), data[["n_obs"]].to_numpy(dtype=np.int64)]
    if analysis.study.columns.organisation is not None:
        counts.append(data[["n_organisations"]].to_numpy(dtype=np.int64))
    lost = estimates.loc[(estimates["segment"] == "") & estimates["suppressed"].astype(bool), "name"]
    now = (data["wave"] == analysis.study.wave) & data["name"].isin(lost)
    return hide(data, "levels", unsafe(np.hstack(counts), min_cell) | now.to_numpy())


def changes(analysis: Analysis, by_wave: pd.DataFrame) -> pd.DataFrame:
    """Changes between waves; one goes with either of its figures, which the other would give back."""
    if analysis.waves is None:
        return pd.DataFrame(columns=["name", "since", "wave", "sentence", "caution", "suppressed"])
    data = analysis.waves.data.reset_index(drop=True)
    lost = by_wave[by_wave["suppressed"].astype(bool)]
    gone = set(zip(lost["name"], lost["wave"], strict=True))
    ends = zip(data["name"], data["since"], data["wave"], strict=True)
    hidden = np.array(
        [(name, since) in gone or (name, wave) in gone for name, since, wave in ends], dtype=bool
    )
    both = data["n_both"].to_numpy(
        dtype=np.int64
    )  # how many organisations came again is shown as it is, or not
    shown = hide(data, "changes", hidden)
    shown["n_both"] = (
        shown["n_both"].astype(float).mask(unsafe(both[:, None], analysis.study.report.min_cell))
    )
    return shown


def patterns(analysis: Analysis) -> pd.DataFrame:
    """Which questions are left open together; patterns of a few stand together in the last row."""
    if analysis.missing is None:
        return pd.DataFrame(columns=["n"])
    return lump_patterns(
        analysis.missing.patterns, most=_PATTERNS, fewest=max(analysis.study.report.min_cell, 1)
    )


def gaps(analysis: Analysis) -> pd.DataFrame:
    """Share of answers missing by question; how many left a question open is processing, and shown."""
    if analysis.missing is None:
        return pd.DataFrame(columns=["variable", "label", "estimate", "n_missing", "n_obs", "suppressed"])
    data = analysis.missing.shares
    whole = data[data["segment"] == ""].reset_index(drop=True)
    return hide(whole, "gaps", unsafe(_bases(analysis, whole), analysis.study.report.min_cell))


def gaps_by_segment(analysis: Analysis) -> pd.DataFrame:
    """Share of answers missing in every segment, averaged over the questions, unless few answers are."""
    if analysis.missing is None or not (analysis.missing.shares["segment"] != "").any():
        return pd.DataFrame(columns=["segment", "value", "n_obs", "estimate", "suppressed"])
    data = analysis.missing.shares
    rows = data[data["segment"] != ""].groupby(["segment", "value"], sort=False)
    means = rows.agg(
        n_obs=("n_obs", "max"),
        n_organisations=("n_organisations", "max"),
        n_missing=("n_missing", "sum"),
        estimate=("estimate", "mean"),
    ).reset_index()
    counts = np.hstack([_bases(analysis, means), means[["n_missing"]].to_numpy(dtype=np.int64)])
    return hide(means, "gaps", unsafe(counts, analysis.study.report.min_cell))


def _bases(analysis: Analysis, data: pd.DataFrame) -> NDArray[np.int64]:
    clustered = analysis.study.columns.organisation is not None
    return data[["n_obs", *(["n_organisations"] if clustered else [])]].to_numpy(dtype=np.int64)


def imputed_estimates(analysis: Analysis, estimates: pd.DataFrame) -> pd.DataFrame:
    """Figures beside those with missing answers imputed; one goes with the other."""
    if analysis.imputed is None:
        return pd.DataFrame(columns=["name", "segment", "suppressed"])
    return _beside(analysis.imputed.estimates, estimates, ["name", "segment", "value"], "imputed_estimates")


def imputed_links(analysis: Analysis, links: pd.DataFrame) -> pd.DataFrame:
    """Links beside those with missing answers imputed."""
    if analysis.imputed is None or links.empty:
        return pd.DataFrame(columns=["link", "predictor", "suppressed"])
    return _beside(analysis.imputed.links, links, ["link", "predictor"], "imputed_links")


def _beside(data: pd.DataFrame, shown: pd.DataFrame, key: list[str], kind: str) -> pd.DataFrame:
    table = data.reset_index(drop=True)
    lost = pd.MultiIndex.from_frame(shown.loc[shown["suppressed"].astype(bool), key].astype("str"))
    known = pd.MultiIndex.from_frame(shown[key].astype("str"))
    own = pd.MultiIndex.from_frame(table[key].astype("str"))
    hidden: NDArray[np.bool_] = own.isin(lost) | ~own.isin(known)
    return hide(table, kind, hidden)
