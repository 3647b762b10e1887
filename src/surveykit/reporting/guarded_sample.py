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
    from surveykit.study.aims import Quantity

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
        "weighting": (weighted := weighting(analysis)),
        "weights": _weights(analysis, exact=not weighted["suppressed"].any()),
        "levels": by_wave,
        "between": changes(analysis, by_wave),
        "wordings": pd.DataFrame() if analysis.waves is None else analysis.waves.wordings.copy(),
        "patterns": patterns(analysis),
        "gaps": gaps(analysis),
        "gaps_by_segment": gaps_by_segment(analysis),
        "imputed_estimates": imputed_estimates(analysis, estimates),
        "imputed_links": imputed_links(analysis, links),
    }


def _weights(analysis: Analysis, *, exact: bool) -> dict[str, str | float]:
    """What weighting did to the sample as a whole; the weight of a category of few would tell how few they are."""
    sampled = analysis.estimates.sampled
    made = sampled.weighting
    if not sampled.weighted:
        return {}
    plan = analysis.study.design.replicates
    told: dict[str, str | float] = {"of": sampled.weighted, "replicates": plan.method if plan else ""}
    if made is not None and exact:
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
    declared = table["variable"].map(lambda name: bool(study.answer_names(str(name))))
    table["category"] = table["category"].mask(hidden & ~declared, f"Fewer than {study.report.min_cell}")
    return hide(table, "weighting", hidden)[_WEIGHTS]


def levels(analysis: Analysis, estimates: pd.DataFrame) -> pd.DataFrame:
    """Figures by wave, where neither they nor who they count are few."""
    if analysis.waves is None:
        return pd.DataFrame(columns=["name", "wave", "statistic", "suppressed"])
    data, min_cell = analysis.waves.levels.reset_index(drop=True), analysis.study.report.min_cell
    counts = [yes_and_no(data), data[["n_obs"]].to_numpy(dtype=np.int64)]
    if analysis.study.columns.organisation is not None:
        counts.append(data[["n_organisations"]].to_numpy(dtype=np.int64))
    counts.append(_beside_each_other(analysis, data))
    lost = estimates.loc[(estimates["segment"] == "") & estimates["suppressed"].astype(bool), "name"]
    now = (data["wave"] == analysis.study.wave) & data["name"].isin(lost)
    return hide(data, "levels", unsafe(np.hstack(counts), min_cell) | now.to_numpy())


def _beside_each_other(analysis: Analysis, data: pd.DataFrame) -> NDArray[np.int64]:
    """How many answers two shares of one question tell apart in one wave; 0 for the first of them, and for means."""
    quantities = analysis.study.estimates
    told = np.zeros((len(data), 1), dtype=np.int64)
    shares = data[data["statistic"] == "share"]
    of = shares["name"].map(lambda name: quantities[name].of)
    for _, rows in shares.groupby([of, shares["wave"]], sort=False):
        for place, row in enumerate(rows.index):
            for other in rows.index[:place]:
                apart = _apart(quantities, rows.loc[other], rows.loc[row])
                if 0 < apart < analysis.study.report.min_cell:
                    told[row, 0] = apart
    return told


def _apart(quantities: dict[str, Quantity], first: pd.Series, second: pd.Series) -> int:
    """Answers counted by one share alone, where one holds the other's, or by neither."""
    one, two = (set(quantities[str(row["name"])].values or []) for row in (first, second))  # noqa: PD011  no frame
    if one <= two or two <= one:
        return int(abs(first["n_counted"] - second["n_counted"]))
    return 0 if one & two else int(first["n_obs"] - first["n_counted"] - second["n_counted"])


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
        return pd.DataFrame(
            columns=["variable", "label", "segment", "estimate", "n_missing", "n_obs", "suppressed"]
        )
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
    return _without_names(analysis, hide(means, "gaps", _few_gaps(analysis, means)))


def _few_gaps(analysis: Analysis, means: pd.DataFrame) -> NDArray[np.bool_]:
    """Segment values of few respondents or few gaps, and those from which such could be found."""
    whole, min_cell = analysis.missing.shares, analysis.study.report.min_cell  # type: ignore[union-attr]
    everyone = whole[whole["segment"] == ""]
    total = np.array([everyone["n_obs"].max(), everyone["n_missing"].sum()], dtype=np.int64)
    hidden = unsafe(_bases(analysis, means), min_cell)
    for _, rows in means.groupby("segment", sort=False):
        counts = rows[["n_obs", "n_missing"]].to_numpy(dtype=np.int64)
        hidden[rows.index] = hidden_cells(counts, total, min_cell, hidden=hidden[rows.index])
    return hidden


def _without_names(analysis: Analysis, shown: pd.DataFrame) -> pd.DataFrame:
    """Take the name off hidden values the study does not declare: it may be what one person wrote."""
    declared = [name for name in analysis.study.report.segments if analysis.study.answer_names(name)]
    nameless = shown["suppressed"] & ~shown["segment"].isin(declared)
    named = shown.assign(
        value=shown["value"].mask(nameless, f"Given by fewer than {analysis.study.report.min_cell}")
    )
    return named[~(nameless & named.duplicated(["segment", "value"]))].reset_index(drop=True)


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
