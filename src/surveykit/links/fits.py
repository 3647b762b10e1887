"""Every link of a study fitted to its rows: the model its outcome asks for, the weights the study gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from surveykit.estimates.sampling import sample
from surveykit.links.models import fit_link
from surveykit.study.link_checks import MODELS, outcome_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from surveykit.estimates.sampling import Sampled
    from surveykit.links.models import FittedLink
    from surveykit.scoring import Aggregated
    from surveykit.study import Study
    from surveykit.study.links import Link

WEIGHT = "(weight)"


class Fit(NamedTuple):
    """One link and what was fitted to it.

    `number` counts the links of the study from 1, those explored after those planned; `where` is its place in the
    study file.
    """

    number: int
    link: Link
    planned: bool
    fitted: FittedLink
    where: str


def fit_links(aggregated: Aggregated, sampled: Sampled | None = None) -> tuple[Fit, ...]:
    """Fit the links the study plans and those it explores, each at the level it names.

    Parameters
    ----------
    aggregated : Aggregated
        Scores at every level.
    sampled : Sampled, optional
        The design of every level, with the study's weights; made where it is not given.

    Returns
    -------
    tuple of Fit
    """
    study = aggregated.study
    weighted = study.weighs and any(link.weighted for link, _, _ in entries(study))
    designs = sample(aggregated) if sampled is None and weighted else sampled
    fits = []
    for number, (link, planned, where) in enumerate(entries(study), 1):
        rows, weights = link_rows(aggregated, link, designs)
        fits.append(
            Fit(number, link, planned, fit_rows(study, link, rows, weights=weights, where=where), where)
        )
    return tuple(fits)


def entries(study: Study) -> Iterator[tuple[Link, bool, str]]:
    """Every link, whether it was planned, and its place in the study file."""
    for section in ("links", "explore"):
        for number, link in enumerate(getattr(study, section)):
            yield link, section == "links", study.where(section, number)


def refitted(fit: Fit, aggregated: Aggregated, sampled: Sampled | None) -> Fit:
    """The same link with the same model, fitted to other scores of the same study."""
    link = fit.link.model_copy(update={"model": fit.fitted.model})
    rows, weights = link_rows(aggregated, link, sampled)
    fitted = fit_rows(aggregated.study, link, rows, weights=weights, where=fit.where)
    return fit._replace(fitted=fitted)


def link_rows(aggregated: Aggregated, link: Link, sampled: Sampled | None) -> tuple[pd.DataFrame, str | None]:
    """Rows of a link's level, and the column of their weights; None where they have none.

    Weights of organisations are carried by their executives and initiatives; weights of executives tell nothing of
    the other levels, which stay unweighted.
    """
    rows = aggregated.rows(link.level)
    if sampled is None or not link.weighted or sampled.weighted not in {"organisation", link.level}:
        return rows, None
    return rows.assign(**{WEIGHT: sampled.designs[link.level].weight.to_numpy()}), WEIGHT


def fit_rows(
    study: Study, link: Link, rows: pd.DataFrame, *, weights: str | None = None, where: str = ""
) -> FittedLink:
    """Fit one link of a study to rows of its level.

    Parameters
    ----------
    study : Study
    link : Link
    rows : DataFrame
        As `Aggregated.rows` gives them.
    weights : str, optional
        A column of weights.
    where : str, optional
        Where it was planned, for messages.

    Returns
    -------
    FittedLink
    """
    variable = study.variable(link.outcome)
    kind = outcome_kind(study, link.outcome)
    own: dict[str, Any] = {"event": variable.event} if variable and variable.event else {}
    if kind == "fraction" and variable is not None:
        rows = rows.assign(**{link.outcome: rows[link.outcome] / (variable.out_of or 1.0)})
    return fit_link(
        _categories_marked(study, link, rows),
        link.model or MODELS[kind][0],
        outcome=link.outcome,
        predictors=link.predictors,
        adjust_for=link.adjust_for,
        weights=weights,
        where=where,
        **own,
    )


def _categories_marked(study: Study, link: Link, rows: pd.DataFrame) -> pd.DataFrame:
    """Categories may be coded by numbers; marked as categories they can never be read as amounts."""
    names = [link.outcome, *link.predictors, *link.adjust_for]
    variables = {name: study.variable(name) for name in names if name in rows.columns}
    marked = [name for name, variable in variables.items() if variable and variable.type == "category"]
    return rows.astype(dict.fromkeys(marked, "category"))
