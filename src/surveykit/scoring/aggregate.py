"""From executives to organisations: mean scores, how far executives differ, and the decision to aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import ScoringError
from surveykit.scoring.decision import decide

if TYPE_CHECKING:
    from surveykit.scoring.score import Scored
    from surveykit.study import Level, Study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aggregated:
    """Scale scores of the organisations.

    Attributes
    ----------
    scored : Scored
        What they were made from.
    scores : DataFrame, one row an organisation
        For each scale the mean of its executives' scores (scale units) and ``<scale>_dispersion``, their standard
        deviation (n - 1; 0 or more, NaN below two scores); and ``n_executives``, how many answered.
    decisions : DataFrame, one row a scale
        Whether the mean may stand for the organisation, and why: see `surveykit.scoring.decision.decide`.
    """

    scored: Scored
    scores: pd.DataFrame
    decisions: pd.DataFrame

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
            scores, dispersions and own variables. ``initiative``: own variables, with the scores, dispersions and
            variables of the organisation; initiatives of organisations nobody answered for are left out.

        Returns
        -------
        DataFrame
            Always with a column ``organisation``, the cluster of the row.
        """
        cleaned = self.scored.cleaned
        beside = cleaned.organisations
        if level == "executive":
            own = pd.concat([cleaned.data, self.scored.scores], axis=1)
            own = own.join(self.scores[list(self.study.dispersions)], on="organisation")
            return own if beside is None else own.join(beside, on="organisation")
        organisations = self.scores if beside is None else self.scores.join(beside)
        if level == "organisation":
            return organisations.rename_axis("organisation").reset_index()
        if cleaned.initiatives is None:
            raise ScoringError("the study has no initiatives", where=str(self.study.path))
        return cleaned.initiatives.join(organisations, on="organisation", how="inner").reset_index(drop=True)

    def __repr__(self) -> str:
        return f"Aggregated({len(self.scores)} organisations, {len(self.decisions)} scales)"


def aggregate(scored: Scored) -> Aggregated:
    """Average the executives' scores to one score an organisation, each executive counting once.

    The means are always made; whether they may stand for the organisation is decided, scale by scale, from how far
    executives of one organisation agree and organisations differ, and that decision goes with them.

    Parameters
    ----------
    scored : Scored
        Scores of the executives.

    Returns
    -------
    Aggregated
        Scores of the organisations, NaN where none of its executives has a score; and the decisions.

    Examples
    --------
    >>> from surveykit import clean, load_study, read_export, score
    >>> study = load_study("data/ai-strategy")
    >>> aggregated = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> aggregated, int(aggregated.scores["n_executives"].sum())
    (Aggregated(180 organisations, 7 scales), 879)
    >>> aggregated.decisions["decision"].unique().tolist()
    ['aggregate with caution']
    """
    return Aggregated(scored=scored, scores=organisation_scores(scored), decisions=decide(scored))


def organisation_scores(scored: Scored) -> pd.DataFrame:
    """Mean and spread of the executives' scores of every organisation, and how many executives answered for it.

    Parameters
    ----------
    scored : Scored

    Returns
    -------
    DataFrame, one row an organisation
        See `Aggregated.scores`.
    """
    organisation = scored.cleaned.data["organisation"]
    groups = scored.scores.groupby(organisation)
    dispersions = groups.std(ddof=1).add_suffix("_dispersion")
    return groups.mean().join(dispersions).assign(n_executives=organisation.value_counts())
