"""Whether the scales measure: reliability in several ways, one factor or more, and the same in every segment."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import SurveyWarning
from surveykit.measures.factors import factorability, invariance, one_factor, parallel_analysis
from surveykit.measures.reliability import (
    NO_INTERVAL,
    alpha,
    inter_item,
    item_statistics,
    omega,
    ordinal_alpha,
    standardised_alpha,
)

if TYPE_CHECKING:
    from surveykit.scoring.aggregate import Aggregated

SEED = 1  # of the permutations of parallel analysis: the same data give the same reference
NO_CHANGE = -0.01  # of CFI, down to which invariance holds: Cheung and Rensvold (2002)
LEVEL = 0.05  # of the adjusted chi-square differences
_FIT = ["chi_square", "df", "p_value", "cfi", "tli", "rmsea", "rmsea_lower", "rmsea_upper", "srmr"]
_SCALE = [
    *("scale", "label", "n_items", "n_obs", "alpha", "alpha_lower", "alpha_upper", "standardised_alpha"),
    *("ordinal_alpha", "omega", "omega_lower", "omega_upper", "mean_r", "lowest_r", "highest_r"),
    *("kmo", "bartlett_p", "n_factors", *_FIT, "ordinal_reason", "reason"),
]
_ITEM = [
    *("item", "label", "scale", "scale_label", "mean", "std", "item_rest_r", "alpha_if_dropped", "loading"),
    *("n_missing", "n_obs"),
]
_INVARIANCE = [
    *("scale", "label", "segment", "segment_label", "n_groups", "n_obs", "smallest", "cfi"),
    *("delta_cfi_metric", "p_metric", "delta_cfi_scalar", "p_scalar", "verdict", "reason"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """How well the scales of a study measure.

    Attributes
    ----------
    scales : DataFrame, one row a scale
        ``scale, label, n_items, n_obs`` (executives who answered every item); ``alpha`` with Feldt limits
        ``alpha_lower, alpha_upper``; ``standardised_alpha, ordinal_alpha``; ``omega`` with limits by the delta method;
        ``mean_r, lowest_r, highest_r`` between items; ``kmo``, ``bartlett_p``; ``n_factors`` by parallel analysis; and
        the fit of one factor: ``chi_square, df, p_value, cfi, tli, rmsea, rmsea_lower, rmsea_upper, srmr``.
        ``ordinal_reason``: what makes the ordinal alpha uncertain; ``reason``: why anything else is missing or to be
        read with care.
    items : DataFrame, one row an item of a scale
        ``item, label, scale, scale_label, mean, std, item_rest_r, alpha_if_dropped, loading`` (standardised),
        ``n_missing, n_obs`` (who answered it).
    invariance : DataFrame, one row a scale and segment
        ``scale, label, segment, segment_label, n_groups, n_obs``, ``smallest`` group, ``cfi`` of the configural
        model, ``delta_cfi_metric, p_metric, delta_cfi_scalar, p_scalar`` (p of the chi-square differences, adjusted by
        Holm over all of the table), ``verdict`` in words, ``reason``. Groups no larger than the number of items are
        left out.
    """

    scales: pd.DataFrame
    items: pd.DataFrame
    invariance: pd.DataFrame

    def __repr__(self) -> str:
        return f"Measurement({len(self.scales)} scales, {len(self.items)} items)"


def measure(aggregated: Aggregated) -> Measurement:
    """Examine how well every scale measures, over executives who answered all of its items.

    Parameters
    ----------
    aggregated : Aggregated
        For the items, and the segments of the report.

    Returns
    -------
    Measurement

    Notes
    -----
    Intervals and tests take executives as independent. They are not quite: answers of one organisation go together,
    so intervals are somewhat too narrow and tests of fit somewhat too strict. The design effect of each scale's score
    stands with the decision to aggregate.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> study = load_study("data/ai-strategy")
    >>> found = measure(aggregate(score(clean(read_export(study.beside(study.responses.file)), study))))
    >>> found.scales.loc[0, ["alpha", "omega", "cfi"]].astype(float).round(2).tolist()
    [0.81, 0.81, 1.0]
    """
    study = aggregated.study
    names = list(study.scales)
    items = [_items(aggregated, name) for name in names]
    segments = [_invariance(aggregated, name, by) for by in study.report.segments for name in names]
    return Measurement(
        scales=pd.DataFrame([_scale(aggregated, name) for name in names], columns=_SCALE),
        items=pd.concat(items, ignore_index=True) if items else pd.DataFrame(columns=_ITEM),
        invariance=_judged(pd.DataFrame([row for row in segments if row], columns=_INVARIANCE)),
    )


def _answers(aggregated: Aggregated, name: str) -> pd.DataFrame:
    return aggregated.scored.cleaned.data[aggregated.study.scales[name].items]


def _scale(aggregated: Aggregated, name: str) -> dict[str, object]:
    study, items = aggregated.study, _answers(aggregated, name)
    confidence = study.report.confidence
    whole = alpha(items, confidence=confidence)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SurveyWarning)  # the reason says the same, and goes with the result
        ordinal = ordinal_alpha(items)
    between, common = inter_item(items), factorability(items)
    row: dict[str, object] = {
        "scale": name,
        "label": study.label(name),
        "n_items": whole.n_items,
        "n_obs": whole.n_obs,
        "alpha": whole.estimate,
        "alpha_lower": whole.ci_lower,
        "alpha_upper": whole.ci_upper,
        "standardised_alpha": standardised_alpha(items).estimate,
        "ordinal_alpha": ordinal.estimate,
        "ordinal_reason": ordinal.reason.removeprefix(NO_INTERVAL).removeprefix("; "),
        "mean_r": between.mean,
        "lowest_r": between.lowest,
        "highest_r": between.highest,
        "kmo": common.kmo,
        "bartlett_p": common.p_value,
        "n_factors": np.nan if common.reason else parallel_analysis(items, seed=SEED).n_factors,
    }
    doubts = [whole.reason, common.reason]
    if items.shape[1] > 2:
        share = omega(items, confidence=confidence)
        model = one_factor(items)
        row |= {"omega": share.estimate, "omega_lower": share.ci_lower, "omega_upper": share.ci_upper}
        row |= {index: getattr(model, index) for index in _FIT}
        doubts += [share.reason, model.reason if model.df else ""]  # three items fit exactly: df says it
    else:
        row |= {"df": 0}
        doubts.append("two questions cannot tell whether they measure one thing")
    return {**row, "reason": "; ".join(dict.fromkeys(filter(None, doubts)))}


def _items(aggregated: Aggregated, name: str) -> pd.DataFrame:
    study, items = aggregated.study, _answers(aggregated, name)
    found = item_statistics(items)
    loading = one_factor(items).loadings["standardised"] if items.shape[1] > 2 else np.nan
    words = aggregated.scored.cleaned.questions
    return found.assign(
        item=found.index,
        label=[
            words[item] + (" (reversed)" if study.items[item].reversed else "")
            for item in study.scales[name].items
        ],
        scale=name,
        scale_label=study.label(name),
        loading=loading,
        n_obs=items.notna().sum(),
    )[_ITEM]


def _invariance(aggregated: Aggregated, name: str, segment: str) -> dict[str, object]:
    rows, items = aggregated.rows("executive"), _answers(aggregated, name)
    if segment not in rows or items.shape[1] < 3:
        return {}
    groups = rows.loc[items.index, segment]
    complete = groups[items.notna().all(axis=1)].value_counts()
    usable = complete.index[complete > items.shape[1]]
    if len(usable) < 2:
        return {}
    found = invariance(items, groups.where(groups.isin(usable)))
    fit = found.models.astype(float)
    # With three items the configural model is saturated: it fits exactly.
    cfi = 1.0 if fit["df"]["configural"] == 0 else fit["cfi"]["configural"]
    return {
        "scale": name,
        "label": aggregated.study.label(name),
        "segment": segment,
        "segment_label": aggregated.study.label(segment),
        "n_groups": found.n_groups,
        "n_obs": found.n_obs,
        "smallest": int(complete[usable].min()),
        "cfi": cfi,
        "delta_cfi_metric": fit["cfi"]["metric"] - cfi,
        "p_metric": fit["delta_p_value"]["metric"],
        "delta_cfi_scalar": fit["delta_cfi"]["scalar"],
        "p_scalar": fit["delta_p_value"]["scalar"],
        "reason": found.reason,
    }


def _judged(found: pd.DataFrame) -> pd.DataFrame:
    """Adjust the tests for each other, and put every row in words: a difference is one that both criteria see."""
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415  (1.4 s to import)

    tests = ["p_metric", "p_scalar"]
    known = found[tests].stack().dropna().astype(float)  # noqa: PD013  missing ones stay out of the adjustment
    if len(known):
        adjusted = pd.Series(multipletests(known, method="holm")[1], index=known.index)
        found[tests] = adjusted.unstack().reindex(index=found.index, columns=tests)  # noqa: PD010
    differs = {
        step: (found[f"delta_cfi_{step}"] < NO_CHANGE) & (found[f"p_{step}"] < LEVEL)
        for step in ("metric", "scalar")
    }
    told = found[tests].notna().all(axis=1)
    verdict = np.select(
        [~told, differs["metric"], differs["scalar"]],
        [
            "cannot be told",
            "differs: compare neither links nor means",
            "differs in level: compare links, not means",
        ],
        "no difference seen",
    )
    return found.assign(verdict=verdict)
