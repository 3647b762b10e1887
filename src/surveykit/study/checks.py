"""What the study file says must hold together: every name it uses is declared, at the level it is used."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from surveykit.errors import StudyError
from surveykit.study.codebook import NUMERIC_TYPES, Item
from surveykit.study.known import LEVELS, known, unknown
from surveykit.study.link_checks import check_links
from surveykit.study.sample_checks import check_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveykit.study.codebook import Code, Variable
    from surveykit.study.plan import Study

_SEGMENTS = ("category", "binary", "ordered", "picked")

_COUNTED = {"number", "count", "fraction", "picks"}
_AVERAGED = {"item", "scale", "ordered", *_COUNTED}
_ESTIMATED: dict[str, set[str]] = {
    "share": {"item", "category", "binary", "ordered", "number", "count", "fraction", "picked", "picks"},
    "mean": _AVERAGED,
    "median": _AVERAGED,
    "total": _COUNTED,
    "ratio": _COUNTED,
}
_ESTIMATED_BY = {
    "mean": "Use 'share_of' an item or variable, with 'values'.",
    "median": "Use 'share_of' an item or variable, with 'values'.",
    "total": "Totals are of numbers and counts; use 'mean_of' or 'share_of'.",
    "ratio": "Ratios are of numbers and counts; use 'mean_of' or 'share_of'.",
}


def check_names(study: Study) -> None:
    """Refuse a study that uses a name it does not declare, or uses it at a level where it has no meaning.

    Parameters
    ----------
    study : Study
        The study as read.

    Raises
    ------
    StudyError
        For the first unknown, doubled or misplaced name, with its line.
    """
    _names_are_unique(study)
    _answers_areknown(study)
    _items_of_scales_areknown(study)
    _rules_have_their_columns(study)
    _careless_holds(study)
    for name in study.estimates:
        _estimate_holds(study, name)
    _one_name_a_column(study)
    for number, segment in enumerate(study.report.segments):
        _segment_holds(study, segment, number)
    check_sample(study)
    check_links(study)


def _names_are_unique(study: Study) -> None:
    declared = [*study.items, *study.scales, *study.choices, *study.estimates]
    declared += [*study.rankings, *study.open_answers]
    for level in LEVELS:
        declared += study.table_of(level)
    reserved = {"respondent", "organisation", "n_executives", *study.dispersions}
    for name, count in Counter(declared).items():
        if count > 1 or name in reserved:
            why = "is reserved" if name in reserved else "is declared more than once"
            raise StudyError(
                f"the name '{name}' {why}",
                where=str(study.path),
                fix="Everything the study names, from items to estimates, shares one set of names: rename one.",
            )


def _answers_areknown(study: Study) -> None:
    for place, spec in _coded(study):
        if isinstance(spec.answers, str) and spec.answers not in study.answers:
            raise unknown(study, spec.answers, (*place, "answers"), "answer set", study.answers)
        _codes_fit(study, place, "item" if isinstance(spec, Item) else spec.type, spec.answers)


def _coded(study: Study) -> Iterator[tuple[tuple[str, ...], Item | Variable]]:
    """Every item and variable, and its place in the study file."""
    yield from ((("items", name), item) for name, item in study.items.items())
    yield from ((("variables", name), spec) for name, spec in study.variables.items())
    for section, table in (("organisations", study.organisations), ("initiatives", study.initiatives)):
        if table is not None:
            yield from (((section, "variables", name), spec) for name, spec in table.variables.items())


def _codes_fit(
    study: Study, place: tuple[str, ...], kind: str, answers: str | dict[str, Code] | None
) -> None:
    codes = study.answer_codes(answers) or {}
    if kind in {"item", *NUMERIC_TYPES} and any(isinstance(code, str) for code in codes.values()):
        raise StudyError(
            f"the answers of '{place[-1]}' need numeric codes",
            where=study.where(*place),
            given=codes,
            fix="Write each label with its code, such as {Low: 1, Medium: 2, High: 3}.",
        )
    if kind == "binary" and not set(codes.values()) <= {0, 1}:
        raise StudyError(
            f"the codes of binary '{place[-1]}' must be 0 and 1", where=study.where(*place), given=codes
        )


def _items_of_scales_areknown(study: Study) -> None:
    for name, scale in study.scales.items():
        for number, item in enumerate(scale.items):
            if item not in study.items:
                raise unknown(study, item, ("scales", name, "items", number), "item", study.items)


def _rules_have_their_columns(study: Study) -> None:
    for number, rule in enumerate(study.exclude):
        if rule.name in {"unfinished", "longstring", "out_of_range"} and not study.items:
            raise StudyError(
                f"rule '{rule.name}' looks at items, and there are none", where=study.where("exclude", number)
            )
        role = rule.needs
        if role and getattr(study.columns, role) is None:
            raise StudyError(
                f"rule '{rule.name}' needs 'columns: {role}'",
                where=study.where("exclude", number),
                fix=f"Say under 'columns' which column holds the {role}.",
            )
    if (study.organisations or study.initiatives) and study.columns.organisation is None:
        raise StudyError(
            "organisations or initiatives are given, but no column of the responses names the organisation",
            where=study.where("columns"),
            fix="Add 'organisation: <column>' under 'columns'.",
        )


def _careless_holds(study: Study) -> None:
    for page, items in study.careless.pages.items():
        for number, item in enumerate(items):
            if item not in study.items:
                raise unknown(study, item, ("careless", "pages", page, number), "item", study.items)
    if "even_odd" in study.careless.cutoffs and len(study.scales) < 3:
        raise StudyError(
            "'even_odd' compares the halves of scales, and needs three scales or more",
            where=study.where("careless", "cutoffs", "even_odd"),
            given=list(study.scales),
        )
    if study.careless.cutoffs and not study.items:
        raise StudyError(
            "careless answering is told from items, and there are none", where=study.where("careless")
        )


def _estimate_holds(study: Study, name: str) -> None:
    quantity = study.estimates[name]
    statistic = quantity.statistic
    place = ("estimates", name, f"{statistic}_of")
    level = known(study, quantity.of, place, "estimate of")
    kind = _kind(study, quantity.of)
    if statistic in {"mean", "median"} and kind == "item" and len(study.answer_names(quantity.of)) == 2:
        raise StudyError(
            f"'{quantity.of}' has two answers, of which the {statistic} says no more than a share",
            where=study.where(*place),
            fix="Use 'share_of', with 'values'.",
        )
    if kind not in _ESTIMATED[statistic]:
        what = "share of its answers" if statistic == "share" else statistic
        raise StudyError(
            f"'{quantity.of}' is a {kind}, of which no {what} can be taken",
            where=study.where(*place),
            fix="Use 'mean_of'." if kind == "scale" else _ESTIMATED_BY.get(statistic, ""),
        )
    if quantity.over is not None:
        over_level = known(study, quantity.over, ("estimates", name, "over"), "ratio over")
        if _kind(study, quantity.over) not in _ESTIMATED["ratio"] or over_level != level:
            raise StudyError(
                f"'{quantity.of}' cannot be divided by '{quantity.over}'",
                where=study.where("estimates", name, "over"),
                fix="Both must be numbers or counts of the same units.",
            )


def _kind(study: Study, name: str) -> str:
    for kind, part in (
        ("item", study.items),
        ("scale", study.scales),
        ("choice", study.choices),
        ("ranking", study.rankings),
    ):
        if name in part:
            return kind
    variable = study.variable(name)
    return variable.type if variable else "scale"


def _one_name_a_column(study: Study) -> None:
    """Two names for one column would let small counts be found by subtraction across them."""
    names: dict[str, str] = {spec.column: name for name, spec in study.items.items()}
    for name, quantity in study.estimates.items():
        spec = study.variables.get(quantity.of) or study.items.get(quantity.of)
        column = (spec.column or quantity.of) if spec else quantity.of
        if names.setdefault(column, quantity.of) != quantity.of:
            raise StudyError(
                f"estimate '{name}' is of '{quantity.of}', which reads column '{column}' as '{names[column]}' does",
                where=study.where("estimates", name),
                fix=f"Estimate '{names[column]}': shares of one question belong under one name.",
            )


def _segment_holds(study: Study, segment: str, number: int) -> None:
    place = ("report", "segments", number)
    known(study, segment, place, "segment")
    variable = study.variable(segment)
    if segment not in study.items and (variable is None or variable.type not in _SEGMENTS):
        raise StudyError(
            f"'{segment}' does not sort respondents into segments",
            where=study.where(*place),
            allowed=[f"variables of type {kind}" for kind in _SEGMENTS],
        )
