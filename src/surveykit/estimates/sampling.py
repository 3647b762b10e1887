"""The design of a study's sample at every level, from what the study declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.design import Design, Replicates
from surveykit.estimates.values import shown_values
from surveykit.estimates.weighting.diagnosis import diagnose
from surveykit.estimates.weighting.nonresponse import adjust_nonresponse
from surveykit.estimates.weighting.replicates import bootstrap_replicates, jackknife_replicates, reweighted
from surveykit.estimates.weighting.targets import read_targets
from surveykit.estimates.weighting.weights import poststratify, rake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from surveykit.estimates.weighting.diagnosis import Weighting
    from surveykit.scoring import Aggregated
    from surveykit.study import Level, Study
    from surveykit.study.sampling import Weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """How the units of a study came in, level by level.

    Attributes
    ----------
    designs : mapping of level to Design
        Of the rows of `Aggregated.rows`, for the levels the study has.
    weighted : str
        Level whose units are weighted: ``organisation``, ``executive``, or empty where nothing is. Weights of
        organisations are carried by their executives and initiatives; those of executives by nothing else.
    weighting : Weighting or None
        Diagnosis of the weights made here; None where none are.
    """

    designs: Mapping[Level, Design]
    weighted: str
    weighting: Weighting | None

    def __repr__(self) -> str:
        told = f"weights of {self.weighted}s" if self.weighted else "unweighted"
        return (
            f"Sampled({told}; {', '.join(f'{level}: {design!r}' for level, design in self.designs.items())})"
        )


def sample(aggregated: Aggregated) -> Sampled:
    """Make the design of every level, with the weights and replicates the study declares.

    Weights are of organisations where all variables that weight are known of organisations (or the study has no
    organisations and each respondent is one), and of executives otherwise.

    Parameters
    ----------
    aggregated : Aggregated

    Returns
    -------
    Sampled

    Raises
    ------
    StudyError, EstimateError
        If targets cannot be read or met, or the design does not hold together.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> study = load_study("data/ospo-2018")
    >>> export = read_export(study.beside(study.responses.file))
    >>> sample(aggregate(score(clean(export, study)))).designs["executive"]
    Design(748 units in 748 clusters)
    """
    study = aggregated.study
    weighted = _weighted_level(study)
    made, weighting = _weighed(aggregated, weighted) if weighted else (None, None)
    levels: list[Level] = ["executive", "organisation"]
    levels += ["initiative"] if aggregated.scored.cleaned.initiatives is not None else []
    designs = {level: _design_of(aggregated, level, weighted, made) for level in levels}
    return Sampled(designs=designs, weighted=weighted, weighting=weighting)


def _weighted_level(study: Study) -> str:
    """The level whose units are weighted; empty where the study declares no weight."""
    names = [study.design.weight] if study.design.weight else []
    names += [*(study.design.replicates.given if study.design.replicates else [])]
    if study.weights is not None:
        names += [*study.weights.variables, *study.weights.nonresponse]
    if not names:
        return ""
    of_organisations = all(study.level_of(name) == "organisation" for name in names)
    return "organisation" if of_organisations else "executive"


def _weighed(aggregated: Aggregated, level: str) -> tuple[Design, Weighting | None]:
    """The design of the weighted units, indexed by unit, and the diagnosis of weights made here."""
    study, units = aggregated.study, _units(aggregated, level)
    plain = _placed(study, units, _needed(study, units, study.design.weight))
    if study.weights is None:
        return replace(plain, replicates=_replicates(study, units, plain)), None
    answered = units["answered"].astype(bool)
    margins = pd.DataFrame(
        {name: shown_values(study, name, units[name]) for name in study.weights.variables}, index=units.index
    )
    targets = _targets(study)

    def adjust(base: pd.DataFrame) -> pd.DataFrame:
        return _adjusted(study.weights, units, margins, targets, base)  # type: ignore[arg-type]

    try:
        weight = adjust(plain.weight.to_frame())["weight"]
    except EstimateError as error:
        raise EstimateError(str(error), where=study.where("weights")) from None
    made = replace(plain, weight=weight, replicates=_replicates(study, units, plain, adjust))
    made = made.of(units.index[answered])
    if not targets:  # the classes of non-response are then what the weights bring to their shares
        margins = pd.DataFrame(
            {name: shown_values(study, name, units[name]) for name in study.weights.nonresponse}
        )
        totals = {str(name): plain.weight.groupby(classes).sum() for name, classes in margins.items()}
        targets = {name: counts / counts.sum() for name, counts in totals.items()}
    return made, diagnose(made.weight, margins[answered], targets, base=plain.weight[answered])


def _units(aggregated: Aggregated, level: str) -> pd.DataFrame:
    """Units that are weighted: every organisation of the register where non-response is adjusted for."""
    if level == "executive":
        return aggregated.rows("executive").assign(answered=True)
    rows = aggregated.rows("organisation").set_index("organisation", drop=False).rename_axis(None)
    weights, register = aggregated.study.weights, aggregated.scored.cleaned.register
    if weights is None or not weights.nonresponse or register is None:
        return rows.assign(answered=True)
    return register.rename_axis(None).assign(
        organisation=register.index, answered=register.index.isin(rows.index)
    )


def _needed(study: Study, units: pd.DataFrame, name: str | None) -> pd.Series:
    """A number every unit must have; 1 where the study names none."""
    if name is None:
        return pd.Series(1.0, index=units.index, name="weight")
    values = units[name].astype(float).rename("weight")
    if missing := int(values.isna().sum()):
        raise EstimateError(
            f"'{name}' is missing for {missing} of {len(values)} units, and every unit needs it",
            where=study.where("design"),
            fix="Fill it in, or leave these responses out by a rule.",
        )
    return values


def _placed(study: Study, units: pd.DataFrame, weight: pd.Series) -> Design:
    """Units in their strata, each organisation a cluster."""
    plan = study.design
    stratum = population = None
    if plan.stratum is not None and plan.stratum in units:
        stratum = shown_values(study, plan.stratum, units[plan.stratum])
    if isinstance(plan.population, int):
        population = pd.Series(float(plan.population), index=units.index)
    elif plan.population is not None and plan.population in units:
        population = _needed(study, units, plan.population)
    try:
        return Design(
            cluster=units["organisation"].astype("str"),
            weight=weight,
            stratum=stratum,  # type: ignore[arg-type]
            population=population,
            single_unit=plan.single_unit,
        )
    except EstimateError as error:
        raise EstimateError(str(error), where=study.where("design")) from None


def _replicates(
    study: Study,
    units: pd.DataFrame,
    design: Design,
    adjust: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> Replicates | None:
    """Replicate weights as delivered, or made and weighted anew; None where the study asks for none."""
    plan = study.design.replicates
    if plan is None or not set(plan.given) <= set(units):
        return None
    if plan.given:
        n = len(plan.given)
        return Replicates(
            weights=pd.concat([_needed(study, units, name).rename(name) for name in plan.given], axis=1),
            factors=pd.Series(1 / n if plan.method == "bootstrap" else (n - 1) / n, index=plan.given),
            df=float(min(design.cluster.nunique() - design.stratum.nunique(), n - 1)),
        )
    try:
        if plan.method == "bootstrap":
            made = bootstrap_replicates(design, n=plan.number, seed=plan.seed)
        else:
            made = jackknife_replicates(design)
        return made if adjust is None else reweighted(made, adjust)
    except EstimateError as error:
        raise EstimateError(str(error), where=study.where("design", "replicates")) from None


def _adjusted(
    weights: Weights,
    units: pd.DataFrame,
    margins: pd.DataFrame,
    targets: Mapping[str, pd.Series],
    base: pd.DataFrame,
) -> pd.DataFrame:
    """The whole weighting of each column of weights: non-response first, then the targets."""
    if weights.nonresponse:
        base = adjust_nonresponse(base, units["answered"], units[weights.nonresponse])
    if weights.rake is not None:
        return rake(margins, targets, base=base, limits=weights.limits)
    if weights.poststratify is not None:
        return poststratify(margins, next(iter(targets.values())), base=base)
    return base


def _targets(study: Study) -> dict[str, pd.Series]:
    """Targets by variable, or of the crossed cells."""
    weights = study.weights
    if weights is None:
        return {}
    if weights.rake is not None:
        return {
            name: read_targets(study.beside(file), where=str(study.beside(file)))
            for name, file in weights.rake.items()
        }
    if weights.targets is not None:
        path = study.beside(weights.targets)
        return {" / ".join(weights.variables): read_targets(path, where=str(path))}
    return {}


def _design_of(aggregated: Aggregated, level: Level, weighted: str, made: Design | None) -> Design:
    """The design of one level's rows: their own, or that of the organisations they belong to."""
    if made is not None and weighted == level == "executive":
        return made
    study, rows = aggregated.study, aggregated.rows(level)
    if made is None or weighted == "executive":
        plain = _placed(study, rows, _needed(study, rows, None))
        return replace(plain, replicates=_replicates(study, rows, plain))
    owner = made.of(pd.Index(rows["organisation"]))
    again = owner.replicates
    return Design(
        cluster=rows["organisation"].astype("str"),
        weight=owner.weight.set_axis(rows.index),
        stratum=owner.stratum.set_axis(rows.index),
        population=None if owner.population is None else owner.population.set_axis(rows.index),
        replicates=None if again is None else replace(again, weights=again.weights.set_axis(rows.index)),
        single_unit=owner.single_unit,
    )
