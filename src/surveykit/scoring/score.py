"""Scale scores of executives, and their reliability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.reliability import alpha

if TYPE_CHECKING:
    from surveykit.cleaning import Cleaned
    from surveykit.study import Study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Scale scores of the executives.

    Attributes
    ----------
    cleaned : Cleaned
        What they were made from.
    scores : DataFrame, shape (executives, scales)
        Mean of the items answered, on the items' own range; NaN where fewer than ``min_answered`` were.
    reliability : DataFrame, one row a scale
        ``label``, ``n_items``, ``possible`` (lowest to highest score, in words), alpha as ``estimate`` with Feldt
        limits ``ci_lower`` and ``ci_upper`` over the ``n_obs`` executives who answered every item; ``mean`` and
        ``std`` of the ``n_scored`` scores.
    """

    cleaned: Cleaned
    scores: pd.DataFrame
    reliability: pd.DataFrame

    def __repr__(self) -> str:
        return f"Scored({len(self.scores)} executives, {self.scores.shape[1]} scales)"


_RELIABILITY = [
    "label",
    "n_items",
    "possible",
    "estimate",
    "ci_lower",
    "ci_upper",
    "n_obs",
    "mean",
    "std",
    "n_scored",
]


def score(cleaned: Cleaned) -> Scored:
    """Score every scale of the study for every executive.

    A score is the mean of the items answered, given to executives who answered at least ``min_answered`` of them
    (all, unless the study says otherwise). The mean of those answered stands for the scale: no value is imputed.

    Parameters
    ----------
    cleaned : Cleaned
        Items coded and reversed.

    Returns
    -------
    Scored
        Scores and their reliability.

    Raises
    ------
    ScoringError
        If no executive answered enough items of a scale.

    Examples
    --------
    >>> from surveykit import clean, load_study, read_export
    >>> study = load_study("data/ospo-2018")
    >>> scored = score(clean(read_export(study.beside(study.responses.file)), study))
    >>> scored.reliability[["n_items", "n_obs"]].loc["formal_policy"].tolist()
    [5, 488]
    """
    study = cleaned.study
    scores = {name: _scale_score(cleaned, name) for name in study.scales}
    frame = pd.DataFrame(scores, index=cleaned.data.index)
    rows = [_reliability(cleaned, name, frame[name]) for name in study.scales]
    reliability = pd.DataFrame(rows, index=pd.Index(study.scales), columns=_RELIABILITY)
    return Scored(cleaned=cleaned, scores=frame, reliability=reliability)


def _scale_score(cleaned: Cleaned, name: str) -> pd.Series:
    scale = cleaned.study.scales[name]
    items = cleaned.data[scale.items]
    enough = items.notna().sum(axis=1) >= (scale.min_answered or len(scale.items))
    if not enough.any():
        raise ScoringError(
            f"no executive answered enough items of scale '{name}'",
            where=cleaned.study.where("scales", name),
            given=f"at least {scale.min_answered or len(scale.items)} of {len(scale.items)} items",
            fix="Lower 'min_answered', or check the answers with 'surveykit check'.",
        )
    return items.mean(axis=1).where(enough)


def _possible(study: Study, name: str) -> str:
    """Lowest and highest score there can be, in words; empty where the study gives an item no range."""
    spans = [study.item_range(item) for item in study.scales[name].items]
    ends = list(zip(*filter(None, spans), strict=True))
    return " to ".join(f"{np.mean(end):.3g}" for end in ends) if all(spans) else ""


def _reliability(cleaned: Cleaned, name: str, scores: pd.Series) -> dict[str, object]:
    study = cleaned.study
    found = alpha(cleaned.data[study.scales[name].items], confidence=study.report.confidence)
    return {
        "label": study.label(name),
        "n_items": found.n_items,
        "possible": _possible(study, name),
        "estimate": found.estimate,
        "ci_lower": found.ci_lower,
        "ci_upper": found.ci_upper,
        "n_obs": found.n_obs,
        "mean": scores.mean(),
        "std": scores.std(ddof=1) if scores.notna().sum() > 1 else np.nan,
        "n_scored": int(scores.notna().sum()),
    }
