"""Names a study declares, and the message for one it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.errors import StudyError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveykit.study.codebook import Level
    from surveykit.study.plan import Study

LEVELS: tuple[Level, ...] = ("organisation", "executive", "initiative")


def known(study: Study, name: str, place: tuple[str | int, ...], what: str) -> Level:
    """Level of a name; refused if the study declares it nowhere."""
    level = study.level_of(name)
    if level is None:
        names: list[str] = [*study.items, *study.scales, *study.dispersions, *study.choices, *study.rankings]
        for each in LEVELS:
            names += study.table_of(each)
        raise unknown(study, name, place, what, names)
    return level


def unknown(
    study: Study, name: str, place: tuple[str | int, ...], what: str, known: Iterable[str]
) -> StudyError:
    """Say that a name is declared nowhere, and which one was meant."""
    options = list(known)
    return StudyError(
        f"{what} '{name}' is declared nowhere in the study",
        where=study.where(*place),
        allowed=options,
        fix=did_you_mean(name, options),
    )
