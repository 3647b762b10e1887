"""Rows of a result taken out of sight: their numbers and sentences go, what they are of stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.study import Study

# Columns that say what a row is of.
LABELS = {
    "reliability": {"scale", "label", "n_items", "possible"},
    "estimates": {"name", "label", "statistic", "kind", "level", "segment", "value", "method"},
    "comparisons": {
        *(
            "name",
            "label",
            "statistic",
            "level",
            "figure",
            "figure_lower",
            "figure_upper",
            "rounding",
            "base",
        ),
        *("same_answers", "margin", "differs", "wording", "population", "year", "source", "caution"),
    },
    "links": {
        *("link", "planned", "family", "outcome", "outcome_label", "level", "model", "weighted", "predictor"),
        *("predictor_label", "effect_unit", "adjusted_for", "caution"),
    },
    "flagged": {"index", "label", "cutoff", "direction"},
    "multiverse": {
        "scenario",
        "kind",
        "choice",
        "n_executives",
        "name",
        "label",
        "statistic",
        "level",
        "reason",
    },
    "measurement": {"scale", "label", "n_items", "n_answers", "df", "ordinal_reason", "reason"},
    "scale_items": {"item", "label", "scale", "scale_label", "n_missing"},
    "invariance": {"scale", "label", "segment", "segment_label", "n_groups", "n_answers", "reason"},
    "decisions": {"scale", "label", "decision", "ad_cut"},
    "parting": {"item", "label", "scale"},
    "choices": {"choice", "label", "n_options", "reason"},
    "picks": {"choice", "label", "option", "method"},
    "weighting": {"variable", "label", "category", "target", "after"},
    "levels": {"name", "label", "statistic", "kind", "level", "wave", "method", "caution"},
    "changes": {
        *("name", "label", "statistic", "kind", "level", "since", "wave", "sample", "adjusted", "caution"),
        *("method", "reason"),
    },
    "gaps": {"variable", "label", "segment", "value", "method"},
    "imputed_estimates": {
        "name",
        "label",
        "statistic",
        "kind",
        "segment",
        "value",
        "method",
        "pooled_method",
    },
    "imputed_links": {
        *(
            "link",
            "outcome",
            "outcome_label",
            "level",
            "model",
            "predictor",
            "predictor_label",
            "effect_unit",
        ),
    },
}


def bases(frame: pd.DataFrame, study: Study) -> NDArray[np.int64]:
    """Counts every row rests on: answers, and organisations where the study has them."""
    clustered = study.columns.organisation is not None and "n_organisations" in frame
    wanted = ["n_obs", "n_organisations"] if clustered else ["n_obs"]
    counts = frame.reindex(columns=[*wanted, *frame.columns.intersection(["n_scored"])])
    return counts.fillna(0).to_numpy(dtype=np.int64)


def hide(frame: pd.DataFrame, kind: str, hidden: NDArray[np.bool_]) -> pd.DataFrame:
    """Blank every number and sentence of the hidden rows; labels stay."""
    shown = frame.copy()
    for column in shown.columns.difference(list(LABELS[kind])):
        if pd.api.types.is_numeric_dtype(shown[column]):
            shown[column] = shown[column].astype(float).mask(hidden)
        else:
            shown[column] = shown[column].mask(hidden, "")
    return shown.assign(suppressed=hidden)


def yes_and_no(data: pd.DataFrame) -> NDArray[np.int64]:
    """Count who is in a share and who is not; 0 for means."""
    share = (data["statistic"] == "share") & data["estimate"].notna()
    number, yes = data["n_obs"].fillna(0), data["n_counted"].astype(float).where(share, 0.0)
    return np.column_stack([yes, (number - yes).where(share, 0.0)]).astype(np.int64)
