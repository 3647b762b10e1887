"""What the study file says of its sample, weights, waves and tables must hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.errors import StudyError, did_you_mean
from surveykit.study.known import known, unknown

if TYPE_CHECKING:
    from surveykit.study.aims import CrossTable
    from surveykit.study.plan import Study, Wave

_SORTING = ("category", "binary", "ordered", "picked")
ROLES = ("respondent", "organisation", "status", "duration", "submitted")


def check_sample(study: Study) -> None:
    """Refuse a design, weights, waves or tables that name what the study does not declare, or cannot use.

    Parameters
    ----------
    study : Study

    Raises
    ------
    StudyError
        For the first thing that is wrong, with its line.
    """
    _design_holds(study)
    _weights_hold(study)
    for name, wave in study.waves.items():
        _wave_holds(study, name, wave)
    for number, table in enumerate(study.tables):
        _table_holds(study, table, number)


def _design_holds(study: Study) -> None:
    design = study.design
    numbers = {"weight": design.weight, "population": design.population}
    for role, name in numbers.items():
        if isinstance(name, str):
            _of_units(study, name, ("design", role), role, ("number", "count"))
    if design.stratum is not None:
        _of_units(study, design.stratum, ("design", "stratum"), "stratum", _SORTING)
    if isinstance(design.population, int) and design.stratum is not None:
        raise StudyError(
            "with strata, 'population' names a variable that holds the number of each stratum",
            where=study.where("design", "population"),
            given=design.population,
        )
    for number, name in enumerate(design.replicates.given if design.replicates else []):
        _of_units(
            study, name, ("design", "replicates", "given", number), "replicate weight", ("number", "count")
        )


def _of_units(
    study: Study, name: str, place: tuple[str | int, ...], what: str, types: tuple[str, ...]
) -> None:
    """A variable of executives or organisations, of a type that fits."""
    level = known(study, name, place, what)
    variable = study.variable(name)
    if level == "initiative" or variable is None or variable.type not in types:
        raise StudyError(
            f"'{name}' cannot be the {what}: it must be a variable of executives or organisations",
            where=study.where(*place),
            allowed=[f"variables of type {kind}" for kind in types],
        )


def _weights_hold(study: Study) -> None:
    weights = study.weights
    if weights is None:
        return
    if study.design.replicates is not None and study.design.replicates.given:
        raise StudyError(
            "replicate weights that were delivered cannot follow weights that are made here",
            where=study.where("weights"),
            fix="Leave out 'weights', or let the replicates be made: 'replicates: bootstrap'.",
        )
    part = "rake" if weights.rake is not None else "poststratify"
    for number, name in enumerate(weights.variables):
        place: tuple[str | int, ...] = ("weights", part, name if weights.rake else number)
        if name in study.items:
            continue
        _of_units(study, name, place, "weighting variable", _SORTING)
    for number, name in enumerate(weights.nonresponse):
        if study.level_of(name) != "organisation":
            raise StudyError(
                f"'{name}' is no variable of the organisations file, which lists those that did not answer too",
                where=study.where("weights", "nonresponse", number),
                allowed=list(study.table_of("organisation")),
                fix=did_you_mean(name, study.table_of("organisation")),
            )
    levels = {study.level_of(name) for name in (*weights.variables, *weights.nonresponse)}
    if weights.nonresponse and levels != {"organisation"}:
        raise StudyError(
            "classes of non-response are of organisations, the other weighting variables of executives",
            where=study.where("weights"),
            fix="Weight organisations alone, or leave out 'nonresponse'.",
        )


def _wave_holds(study: Study, name: str, wave: Wave) -> None:
    if not study.wave:
        raise StudyError(
            "there are earlier waves, but this one has no name",
            where=study.where("waves"),
            fix="Add 'wave: \"2026\"'.",
        )
    if name == study.wave:
        raise StudyError(f"wave '{name}' is this wave itself", where=study.where("waves", name))
    for role in ("organisations", "initiatives"):
        if getattr(wave, role) is not None and getattr(study, role) is None:
            raise StudyError(
                f"wave '{name}' has {role}, and the study has none", where=study.where("waves", name, role)
            )
    declared = [*ROLES, *study.items, *study.variables, *study.choices, *study.rankings, *study.open_answers]
    for column in wave.columns:
        if column not in declared:
            raise unknown(study, column, ("waves", name, "columns", column), "column of", declared)


def _table_holds(study: Study, table: CrossTable, number: int) -> None:
    for position, name in enumerate(table.rows):
        place = ("tables", number, "rows", position)
        if known(study, name, place, "row") == "initiative" or name in study.dispersions:
            raise StudyError(
                f"'{name}' is not an answer of executives, which tables count", where=study.where(*place)
            )
    for position, name in enumerate(table.columns):
        place = ("tables", number, "columns", position)
        level, variable = known(study, name, place, "column"), study.variable(name)
        sorts = name in study.items or name in study.choices or (variable and variable.type in _SORTING)
        if level == "initiative" or not sorts:
            raise StudyError(
                f"'{name}' does not sort executives into columns",
                where=study.where(*place),
                allowed=["items", "choices", *(f"variables of type {kind}" for kind in _SORTING)],
            )
