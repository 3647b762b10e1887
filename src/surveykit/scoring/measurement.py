"""Whether the scales measure: reliability in several ways, one factor or more, and the same in every segment."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, SurveyWarning
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
FEWEST_ANSWERS = 5  # from which ordered answers may be treated as continuous: Rhemtulla and others (2012)
FITS = 0.9  # CFI below which one factor does not fit at all, so that nothing can be held equal
NO_CHANGE = -0.01  # of CFI, down to which invariance holds: Cheung and Rensvold (2002)
SURE, UNSURE = 0.01, 0.05  # of the chi-square difference
FEW = 100  # respondents in the smallest group, below which a difference easily goes unseen
_FIT = ["chi_square", "df", "p_value", "cfi", "tli", "rmsea", "rmsea_lower", "rmsea_upper", "srmr"]
_SCALE = [
    *(
        "scale",
        "label",
        "n_items",
        "n_answers",
        "n_obs",
        "alpha",
        "alpha_lower",
        "alpha_upper",
        "standardised_alpha",
    ),
    *("ordinal_alpha", "omega", "omega_lower", "omega_upper", "mean_r", "lowest_r", "highest_r"),
    *("kmo", "bartlett_p", "n_factors", *_FIT, "ordinal_reason", "reason"),
]
_ITEM = [
    *("item", "label", "scale", "scale_label", "mean", "std", "item_rest_r", "alpha_if_dropped", "loading"),
    *("n_missing", "n_obs"),
]
_INVARIANCE = [
    *("scale", "label", "segment", "segment_label", "n_groups", "n_obs", "smallest", "n_answers", "cfi"),
    *("delta_cfi_metric", "p_metric", "delta_cfi_scalar", "p_scalar", "verdict", "reason"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """How well the scales of a study measure.

    Attributes
    ----------
    scales : DataFrame, one row a scale
        ``scale, label, n_items, n_answers`` (the fewest different answers given to an item), ``n_obs`` (executives who
        answered every item); ``alpha`` with Feldt limits
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
        model (NaN for three items, which always fit), ``delta_cfi_metric, p_metric, delta_cfi_scalar, p_scalar`` (p of
        the chi-square differences), ``verdict`` in words, ``reason``. Groups no larger than the number of items are
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
    ordinal, ordinal_reason = _ordinal(items)
    between, common = inter_item(items), factorability(items)
    row: dict[str, object] = {
        "scale": name,
        "label": study.label(name),
        "n_items": whole.n_items,
        "n_answers": int(items.nunique().min()),
        "n_obs": whole.n_obs,
        "alpha": whole.estimate,
        "alpha_lower": whole.ci_lower,
        "alpha_upper": whole.ci_upper,
        "standardised_alpha": standardised_alpha(items).estimate,
        "ordinal_alpha": ordinal,
        "ordinal_reason": ordinal_reason,
        "mean_r": between.mean,
        "lowest_r": between.lowest,
        "highest_r": between.highest,
        "kmo": common.kmo,
        "bartlett_p": common.p_value,
        "n_factors": np.nan if common.reason else parallel_analysis(items, seed=SEED).n_factors,
    }
    factor, doubts = _one_factor(items, confidence)
    reason = "; ".join(dict.fromkeys(filter(None, [whole.reason, common.reason, *doubts])))
    return {**row, **factor, "reason": reason}


def _ordinal(items: pd.DataFrame) -> tuple[float, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", SurveyWarning
            )  # the reason says the same, and goes with the result
            found = ordinal_alpha(items)
    except ScoringError as error:  # answers on a fine scale, such as 0 to 100, are no ordered categories
        return np.nan, str(error)
    return found.estimate, found.reason.removeprefix(NO_INTERVAL).removeprefix("; ")


def _one_factor(items: pd.DataFrame, confidence: float) -> tuple[dict[str, object], list[str]]:
    """Omega and the fit of one factor, with what is in doubt; two items can tell neither."""
    if items.shape[1] < 3:
        return {"df": 0}, ["two questions cannot tell whether they measure one thing"]
    share, model = omega(items, confidence=confidence), one_factor(items)
    found = {"omega": share.estimate, "omega_lower": share.ci_lower, "omega_upper": share.ci_upper}
    doubts = [share.reason, model.reason if model.df else ""]  # three items fit exactly: df says it
    return found | {index: getattr(model, index) for index in _FIT}, doubts


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
    # With three items the configural model is saturated: it fits exactly, and says nothing of one factor.
    saturated = fit["df"]["configural"] == 0
    return {
        "scale": name,
        "label": aggregated.study.label(name),
        "segment": segment,
        "segment_label": aggregated.study.label(segment),
        "n_groups": found.n_groups,
        "n_obs": found.n_obs,
        "smallest": int(complete[usable].min()),
        "n_answers": int(items.nunique().min()),
        "cfi": fit["cfi"]["configural"],
        "delta_cfi_metric": fit["cfi"]["metric"] - (1.0 if saturated else fit["cfi"]["configural"]),
        "p_metric": fit["delta_p_value"]["metric"],
        "delta_cfi_scalar": fit["delta_cfi"]["scalar"],
        "p_scalar": fit["delta_p_value"]["scalar"],
        "reason": found.reason,
    }


def _judged(found: pd.DataFrame) -> pd.DataFrame:
    """Put every row in words. The tests are not adjusted for each other: that would make it easier to see nothing."""
    steps = ("metric", "scalar")
    change = {step: found[f"delta_cfi_{step}"] < NO_CHANGE for step in steps}
    differs = {step: change[step] & (found[f"p_{step}"] < SURE) for step in steps}
    unclear = [change[step] | (found[f"p_{step}"] < UNSURE) for step in steps]
    verdicts = {
        "not judged: fewer than five answers": found["n_answers"] < FEWEST_ANSWERS,
        "cannot be told": found[["p_metric", "p_scalar"]].isna().any(axis=1),
        "one factor does not fit": found["cfi"] < FITS,
        "differs: compare neither links nor means": differs["metric"],
        "differs in level: compare links, not means": differs["scalar"],
        "unclear": unclear[0] | unclear[1],
        "no difference seen, but few respondents": found["smallest"] < FEW,
    }
    conditions = [condition.to_numpy(dtype=bool) for condition in verdicts.values()]
    return found.assign(verdict=np.select(conditions, list(verdicts), "no difference seen"))
