"""Columns a study names: each must be in the export, and none may be personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.cleaning.coding import columns_of
from surveykit.errors import StudyError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveykit.exports import RawExport
    from surveykit.study import Study

ROLES = ("respondent", "organisation", "status", "duration", "submitted")


def check_columns(raw: RawExport, study: Study) -> None:
    """Refuse a study that names a column, or a question, the export does not have.

    Parameters
    ----------
    raw : RawExport
        The responses as delivered.
    study : Study
        The plan.

    Raises
    ------
    StudyError
        For the first such name, with its line and the nearest name there is; or if an open answer would quote a
        column that is personal, or says who answered.
    """
    groups = list(raw.questions["group"].unique())
    for place, name in _names_used(study):
        if name in study.columns.personal and place[:2] != ("columns", "personal"):
            raise StudyError(
                f"column '{name}' is personal and is dropped at the door, so nothing can be read from it",
                where=study.where(*place),
                fix="Take it off 'columns: personal', or use another column.",
            )
        if place[0] == "open_answers" and name in (study.columns.respondent, study.columns.organisation):
            raise StudyError(
                f"column '{name}' says who answered, and cannot be an open answer", where=study.where(*place)
            )
        known = [*raw.data.columns, *groups] if place[-1] == "question" else list(raw.data.columns)
        if name not in known and not (place[0] == "rankings" and columns_of(raw, name)):
            raise StudyError(
                f"column '{name}' is not in {raw.source}",
                where=study.where(*place),
                allowed=known,
                fix=did_you_mean(name, known) or f"'surveykit columns' lists what {raw.source} holds.",
            )


def _names_used(study: Study) -> Iterator[tuple[tuple[str | int, ...], str]]:
    roles = study.columns
    for role in ROLES:
        if name := getattr(roles, role):
            yield ("columns", role), name
    yield from ((("columns", "personal", number), name) for number, name in enumerate(roles.personal))
    yield from ((("items", name, "column"), item.column) for name, item in study.items.items())
    for name, spec in study.variables.items():
        part = "question" if spec.question else "column"
        yield ("variables", name, part), spec.question or spec.column or name
    yield from ((("careless", "pages", page), page) for page in study.careless.pages)
    yield from ((("choices", name, "question"), choice.question) for name, choice in study.choices.items())
    yield from ((("rankings", name, "question"), each.question) for name, each in study.rankings.items())
    yield from ((("open_answers", name, "column"), each.column) for name, each in study.open_answers.items())
    yield from (
        (("exclude", number), rule.column) for number, rule in enumerate(study.exclude) if rule.column
    )
