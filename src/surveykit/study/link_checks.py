"""What links, drivers and the other questions about outcomes must hold to: levels, order in time, models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.errors import LinkError, StudyError
from surveykit.study.known import LEVELS, known, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveykit.study.codebook import Level, Variable
    from surveykit.study.links import Drivers, Link, LinkModel
    from surveykit.study.plan import Study

    Place = tuple[str | int, ...]

_UNIT = {"executive": "an executive", "organisation": "an organisation", "initiative": "an initiative"}
# By type of the outcome, the model it asks for and others it may be given.
MODELS: dict[str, tuple[LinkModel, ...]] = {
    "binary": ("logit",),
    "picked": ("logit",),
    "ordered": ("ordered logit", "multinomial"),
    "number": ("ols",),
    "count": ("poisson", "negative binomial"),
    "picks": ("poisson", "negative binomial"),
    "fraction": ("fractional",),
    "duration": ("cox",),
}
_DRIVEN = ("binary", "picked", "number")


def check_links(study: Study) -> None:
    """Refuse what would give a number that means nothing: a wrong level, a consequence held constant, a wrong model.

    Parameters
    ----------
    study : Study
        The study as read.

    Raises
    ------
    LinkError, StudyError
        For the first such place, with its line.
    """
    _order_in_time_holds(study)
    for section in ("links", "explore"):
        for number, link in enumerate(getattr(study, section)):
            _link_holds(study, link, (section, number))
    for number, drivers in enumerate(study.drivers):
        _drivers_hold(study, drivers, ("drivers", number))
    _specifications_hold(study)
    _quadrant_holds(study)


def outcome_kind(study: Study, outcome: str) -> str:
    """Type of an outcome as `MODELS` knows it; items and scales are numbers."""
    variable = study.variable(outcome)
    return "picked options" if outcome in study.choices else variable.type if variable else "number"


def unreported(study: Study) -> list[str]:
    """Parts of a study file that functions of `surveykit.links` use, and that the report does not tell of yet."""
    told = [name for name in ("explore", "drivers", "specifications", "quadrant") if getattr(study, name)]
    links = [*study.links, *study.explore]
    return told + [name for name in ("moderators", "mediator") if any(getattr(link, name) for link in links)]


def _variables(study: Study) -> Iterator[tuple[str, Level, Variable]]:
    for level in LEVELS:
        yield from ((name, level, variable) for name, variable in study.table_of(level).items())


def _order_in_time_holds(study: Study) -> None:
    for name, level, variable in _variables(study):
        section: Place = (f"{level}s", "variables", name) if level != "executive" else ("variables", name)
        for number, outcome in enumerate(variable.after):
            known(study, outcome, (*section, "after", number), "outcome")
        if variable.event is not None:
            event = study.table_of(level).get(variable.event)
            if event is None or event.type != "binary":
                raise StudyError(
                    f"'event: {variable.event}' of '{name}' is no 0/1 variable of the same units",
                    where=study.where(*section, "event"),
                    allowed=[each for each, spec in study.table_of(level).items() if spec.type == "binary"],
                )


def _link_holds(study: Study, link: Link, place: Place) -> None:
    """An outcome must be measured on the units that are the rows; what explains it may belong to a unit above."""
    _outcome_holds(study, link, place)
    _model_holds(study, link, place)
    for role in ("predictors", "adjust_for", "moderators"):
        for index, name in enumerate(getattr(link, role)):
            _explains(study, link, name, (*place, role, index))
    if link.mediator is not None:
        _explains(study, link, link.mediator, (*place, "mediator"))
        if link.mediator in {*link.predictors, *link.adjust_for}:
            raise LinkError(
                f"'{link.mediator}' is the mediator, and has another part in the same link",
                where=study.where(*place, "mediator"),
                fix="What carries an effect is not held constant: name it once.",
            )


def _outcome_holds(study: Study, link: Link | Drivers, place: Place) -> None:
    level = known(study, link.outcome, (*place, "outcome"), "outcome")
    aggregated = link.level == "organisation" and link.outcome in study.scales
    if level != link.level and not aggregated:
        raise LinkError(
            f"outcome '{link.outcome}' is measured once for {_UNIT[level]}, but the link's rows are one for "
            f"{_UNIT[link.level]}: it would be counted as often as there are rows, or have no single value",
            where=study.where(*place, "outcome"),
            fix=f"Set 'level: {level}', or choose an outcome of {_UNIT[link.level]}.",
        )


def _model_holds(study: Study, link: Link, place: Place) -> None:
    kind = outcome_kind(study, link.outcome)
    if kind not in MODELS:
        raise LinkError(
            f"outcome '{link.outcome}' has no numeric value to explain",
            where=study.where(*place, "outcome"),
            given=kind,
            allowed=["items", "scales", *MODELS],
            fix="Declare a 0/1 variable for the category that matters.",
        )
    if link.model is not None and link.model not in MODELS[kind]:
        raise LinkError(
            f"a {link.model} model is not for an outcome of type {kind}",
            where=study.where(*place, "model"),
            allowed=MODELS[kind],
            fix="Leave 'model' out for the first of them.",
        )


def _explains(study: Study, link: Link | Drivers, name: str, place: Place) -> None:
    level = known(study, name, place, "predictor")
    if name == link.outcome:
        raise LinkError(f"'{name}' cannot explain itself", where=study.where(*place))
    if _parts(study, name) & _parts(study, link.outcome):
        raise LinkError(
            f"'{name}' and the outcome '{link.outcome}' rest on the same answers, and would go together by themselves",
            where=study.where(*place),
            fix="Leave the shared items out of the scale.",
        )
    _came_before(study, link.outcome, name, place)
    if name in study.choices or name in study.rankings:
        what = "set of picked" if name in study.choices else "ranking of"
        raise LinkError(f"'{name}' is a {what} options, not one value", where=study.where(*place))
    if level not in {link.level, "organisation"} and name not in study.scales:
        raise LinkError(
            f"'{name}' is measured for {_UNIT[level]} and has no single value for {_UNIT[link.level]}",
            where=study.where(*place),
            fix="Use a scale (scales are averaged to the organisation) or a variable of the organisation.",
        )
    averaged = name in study.dispersions or (link.level != "executive" and name in study.scales)
    if averaged and study.columns.organisation is None:
        raise LinkError(
            f"scale '{name}' cannot be averaged: no organisation column", where=study.where(*place)
        )


def _came_before(study: Study, outcome: str, name: str, place: Place) -> None:
    variable = study.variable(name)
    if variable is not None and outcome in variable.after:
        raise LinkError(
            f"'{name}' comes after '{outcome}' (the study says 'after: {outcome}'): it may be a consequence of it, and "
            "a consequence beside its cause hides or invents what goes with the outcome",
            where=study.where(*place),
            fix=f"Take '{name}' out, or make it the outcome of a link of its own.",
        )
    if variable is not None and (told := study.variable(outcome)) is not None and name == told.event:
        raise LinkError(
            f"'{name}' is the event that '{outcome}' waits for: it is part of the outcome",
            where=study.where(*place),
            fix="Take it out.",
        )


def _drivers_hold(study: Study, drivers: Drivers, place: Place) -> None:
    _outcome_holds(study, drivers, place)
    kind = outcome_kind(study, drivers.outcome)
    if kind not in _DRIVEN:
        raise LinkError(
            f"drivers are of numbers and of 0/1 outcomes; '{drivers.outcome}' is of another type",
            where=study.where(*place, "outcome"),
            given=kind,
            allowed=["items", "scales", *_DRIVEN],
        )
    for index, name in enumerate(drivers.predictors):
        _explains(study, drivers, name, (*place, "predictors", index))
        variable = study.variable(name)
        if variable is not None and variable.type == "category":
            raise LinkError(
                f"'{name}' is a category, and drivers are numbers",
                where=study.where(*place, "predictors", index),
                fix="Declare a 0/1 variable for the category that matters.",
            )


def _specifications_hold(study: Study) -> None:
    plan = study.specifications
    if plan is None:
        return
    if not study.links:
        raise StudyError(
            "there are no planned links to fit again",
            where=study.where("specifications"),
            fix="Plan 'links', or leave 'specifications' out.",
        )
    for number, names in enumerate(plan.adjust_for):
        for index, name in enumerate(names):
            _may_adjust(study, name, ("specifications", "adjust_for", number, index))
    for scale, versions in plan.scales.items():
        _versions_hold(study, scale, versions)
    if plan.careless and not study.careless.cutoffs:
        raise StudyError(
            "'careless: true' asks for cut-offs, and the study lists none",
            where=study.where("specifications", "careless"),
            fix="List them under 'careless: cutoffs', or leave this out.",
        )


def _may_adjust(study: Study, name: str, place: Place) -> None:
    """Other adjustments are made in every planned link but those that have the name already."""
    known(study, name, place, "variable")
    for link in study.links:
        if name not in {link.outcome, *link.predictors}:
            _explains(study, link, name, place)


def _versions_hold(study: Study, scale: str, versions: list[list[str]]) -> None:
    if scale not in study.scales:
        raise unknown(study, scale, ("specifications", "scales", scale), "scale", study.scales)
    for number, items in enumerate(versions):
        for index, item in enumerate(items):
            if item not in study.items:
                place = ("specifications", "scales", scale, number, index)
                raise unknown(study, item, place, "item", study.items)


def _quadrant_holds(study: Study) -> None:
    if study.quadrant is None:
        return
    for role in ("adoption", "transformation"):
        name = getattr(study.quadrant, role)
        variable = study.table_of("initiative").get(name)
        if variable is None or variable.type in {"category", "duration"}:
            raise StudyError(
                f"'{role}: {name}' is no numeric variable of the initiatives",
                where=study.where("quadrant", role),
                allowed=[
                    each for each, spec in study.table_of("initiative").items() if spec.type != "category"
                ],
            )


def _parts(study: Study, name: str) -> set[str]:
    """Columns of the responses that a name rests on."""
    scale = study.dispersions.get(name, name)
    items = study.scales[scale].items if scale in study.scales else [name]
    specs = {item: study.items.get(item) or study.variables.get(item) for item in items}
    return {spec.column or item for item, spec in specs.items() if spec}
