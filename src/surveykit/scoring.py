"""Scale scores of executives, their reliability, and their means for organisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.reliability import alpha

if TYPE_CHECKING:
    from surveykit.cleaning import Cleaned
    from surveykit.study import Level, Study


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aggregated:
    """Scale scores of the organisations.

    Attributes
    ----------
    scored : Scored
        What they were made from.
    scores : DataFrame, one row an organisation
        For each scale the mean of its executives' scores, and ``n_executives``, how many executives answered.
    """

    scored: Scored
    scores: pd.DataFrame

    @property
    def study(self) -> Study:
        """The plan."""
        return self.scored.cleaned.study

    def rows(self, level: Level) -> pd.DataFrame:
        """Everything known of the units of one level, one row a unit.

        Parameters
        ----------
        level : str
            ``executive``: own answers and scores, with the variables of the organisation. ``organisation``: mean
            scores and own variables. ``initiative``: own variables, with the mean scores and the variables of the
            organisation; initiatives of organisations nobody answered for are left out.

        Returns
        -------
        DataFrame
            Always with a column ``organisation``, the cluster of the row.
        """
        cleaned = self.scored.cleaned
        beside = cleaned.organisations
        if level == "executive":
            own = pd.concat([cleaned.data, self.scored.scores], axis=1)
            return own if beside is None else own.join(beside, on="organisation")
        organisations = self.scores if beside is None else self.scores.join(beside)
        if level == "organisation":
            return organisations.rename_axis("organisation").reset_index()
        if cleaned.initiatives is None:
            raise ScoringError("the study has no initiatives", where=str(self.study.path))
        return cleaned.initiatives.join(organisations, on="organisation", how="inner").reset_index(drop=True)

    def __repr__(self) -> str:
        return f"Aggregated({len(self.scores)} organisations, {self.scores.shape[1] - 1} scales)"


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
    return Scored(cleaned=cleaned, scores=frame, reliability=pd.DataFrame(rows, index=pd.Index(study.scales)))


def aggregate(scored: Scored) -> Aggregated:
    """Average the executives' scores to one score an organisation, each executive counting once.

    Parameters
    ----------
    scored : Scored
        Scores of the executives.

    Returns
    -------
    Aggregated
        Scores of the organisations; NaN where none of its executives has a score.

    Examples
    --------
    >>> from surveykit import clean, load_study, read_export
    >>> study = load_study("data/ai-strategy")
    >>> aggregated = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> aggregated, int(aggregated.scores["n_executives"].sum())
    (Aggregated(180 organisations, 7 scales), 879)
    """
    organisation = scored.cleaned.data["organisation"]
    means = scored.scores.groupby(organisation).mean()
    return Aggregated(scored=scored, scores=means.assign(n_executives=organisation.value_counts()))


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
