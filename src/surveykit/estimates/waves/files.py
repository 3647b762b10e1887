"""Earlier waves of a study: the plan that reads one, what it did not ask, and what it worded otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import StudyError, did_you_mean
from surveykit.exports import RawExport, read_export
from surveykit.study import Study, fold
from surveykit.study.codebook import Careless, Columns, Scale, Table, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveykit.study.codebook import Choice, Item, Ranking

_ROLES = ("respondent", "organisation", "status", "duration", "submitted")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaveFile:
    """One wave as it was delivered.

    Attributes
    ----------
    study : Study
        The plan that reads it: the same codebook and rules, less what was not asked.
    raw : RawExport
    not_asked : list of str
        Names of the codebook whose columns the wave's files do not have, scales of which fewer than two items are
        left, and ``failed_check`` if there was no attention check.
    """

    study: Study
    raw: RawExport
    not_asked: list[str]

    def __repr__(self) -> str:
        return f"WaveFile({self.study.wave}: {self.raw!r}, {len(self.not_asked)} names not asked)"


def study_of_wave(study: Study, name: str) -> Study:
    """Give the plan that reads an earlier wave: its files and columns, the codebook and rules of this one.

    What only concerns the report on this wave (benchmarks, links, tables, comparisons of careless answers, open
    answers, imputation) is left out. Initiatives are read only from a file of the wave's own: those of this wave
    tell nothing of an earlier one. Organisations may be kept in one register for all waves.

    Parameters
    ----------
    study : Study
        The plan of this wave.
    name : str
        One of its ``waves``.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        If the study has no such wave.

    Examples
    --------
    >>> from surveykit import load_study
    >>> from surveykit.study.plan import Responses, Wave
    >>> wave = Wave(responses=Responses(file="2025.csv"), columns={"clarity_1": "Q4_1"})
    >>> study = load_study("data/ai-strategy").model_copy(update={"waves": {"2025": wave}})
    >>> plan = study_of_wave(study, "2025")
    >>> plan.responses.file, plan.items["clarity_1"].column, plan.items["clarity_2"].column
    ('2025.csv', 'Q4_1', 'Q5_2')
    """
    if name not in study.waves:
        fix = did_you_mean(name, study.waves)
        raise StudyError(
            f"the study has no wave '{name}'", where=str(study.path), allowed=study.waves, fix=fix
        )
    wave = study.waves[name]
    now = _columns_now(study)
    then = {now[key]: column for key, column in wave.columns.items()}
    return study.model_copy(
        update={
            "responses": wave.responses,
            "organisations": _table(study.organisations, wave.organisations),
            "initiatives": _table(study.initiatives, wave.initiatives) if wave.initiatives else None,
            "columns": _roles(study.columns, then),
            "items": {key: _moved(item, then) for key, item in study.items.items()},
            "variables": {key: _variable(key, spec, then) for key, spec in study.variables.items()},
            "choices": {key: _asked_at(choice, then) for key, choice in study.choices.items()},
            "rankings": {key: _asked_at(ranking, then) for key, ranking in study.rankings.items()},
            "exclude": [
                rule.model_copy(update={"column": then.get(rule.column, rule.column)})
                for rule in study.exclude
            ],
            "wave": name,
            "waves": {},
            "open_answers": {},
            "careless": Careless(),
            "imputation": None,
            "benchmarks": None,
            "links": [],
            "tables": [],
        }
    )


def read_wave(study: Study, name: str) -> WaveFile:
    """Read an earlier wave, and leave out of its plan what its files did not ask.

    A name that the study says stands in another column of this wave, or by which it weights, must be there; so must
    the columns of roles and rules: cleaning says if they are not. Only an attention check that was not asked is
    passed over, since nobody can have failed it. A rule's question whose column was another then is declared under
    ``variables``, so that the wave can name it.

    Parameters
    ----------
    study : Study
        The plan of this wave.
    name : str
        One of its ``waves``.

    Returns
    -------
    WaveFile

    Raises
    ------
    StudyError
        If the study has no such wave.
    ExportError
        If its file cannot be read.
    """
    plan = study_of_wave(study, name)
    raw = read_export(plan.beside(plan.responses.file), platform=plan.responses.platform)
    absent = _absent(study, plan, raw) - set(study.waves[name].columns) - _weighting(study)
    scales = {key: _scale_left(scale, absent) for key, scale in plan.scales.items()}
    gone = absent | {key for key, scale in scales.items() if scale is None}
    if study.items and set(study.items) <= absent:
        raise StudyError(
            f"wave '{name}' has none of the items",
            where=study.where("waves", name),
            allowed=[item.column for item in study.items.values()][:8],
            fix="Say under 'columns' of the wave where each stands.",
        )
    names = [*study.items, *study.variables, *study.choices, *study.rankings, *study.scales]
    names += [*study.table_of("organisation"), *study.table_of("initiative")]
    if any(rule.name == "failed_check" and rule.column not in raw.data for rule in plan.exclude):
        gone, names = gone | {"failed_check"}, [*names, "failed_check"]
    return WaveFile(
        study=_without(plan, gone | {f"{key}_dispersion" for key in gone}, raw),
        raw=raw,
        not_asked=[each for each in names if each in gone],
    )


def _without(plan: Study, gone: set[str], raw: RawExport) -> Study:
    """Leave names out of a plan, with all that rests on them, and columns that there is nothing to do with."""
    there = raw.data.columns
    personal = [column for column in plan.columns.personal if column in there]
    checks = [rule for rule in plan.exclude if rule.name != "failed_check" or rule.column in there]
    scales = {key: _scale_left(scale, gone) for key, scale in plan.scales.items()}
    segments = [each for each in plan.report.segments if each not in gone]
    codebook = {
        part: {key: spec for key, spec in getattr(plan, part).items() if key not in gone}
        for part in ("items", "variables", "choices", "rankings")
    }
    return plan.model_copy(
        update=codebook
        | {
            "scales": {key: scale for key, scale in scales.items() if scale is not None},
            "organisations": _variables_left(plan.organisations, gone),
            "initiatives": _variables_left(plan.initiatives, gone),
            "estimates": {
                key: each for key, each in plan.estimates.items() if not {each.of, each.over} & gone
            },
            "report": plan.report.model_copy(update={"segments": segments}),
            "columns": plan.columns.model_copy(update={"personal": personal}),
            "exclude": checks,
        }
    )


def wordings(files: Mapping[str, WaveFile]) -> pd.DataFrame:
    """Set beside each other how each wave asked what the codebook holds of its executives.

    Parameters
    ----------
    files : mapping of wave to WaveFile
        Oldest first; the last is the one the others are compared with.

    Returns
    -------
    DataFrame, one row a name and wave
        ``name, kind`` (``item``, ``variable``, ``choice`` or ``ranking``) ``, wave, wording`` (the question's text in
        that export; empty if it was not asked, or the export does not tell), ``asked`` and ``changed``: whether it
        reads otherwise than in the last wave, typing accidents apart.
    """
    newest = list(files)[-1]
    rows = [
        {"name": name, "kind": kind, "wave": wave, "wording": _wording(file, kind, name)}
        for kind, names in _kinds(files[newest].study).items()
        for name in names
        for wave, file in files.items()
    ]
    table = pd.DataFrame(rows, columns=["name", "kind", "wave", "wording"])
    table["asked"] = table["wording"].notna()
    table["wording"] = table["wording"].fillna("").astype("str")
    folded = table["wording"].map(fold)
    latest = dict(zip(table["name"], folded, strict=True))  # of each name the last wave comes last
    now = table["name"].map(latest)
    # Of a file without question texts nothing is known about wording.
    return table.assign(changed=table["asked"] & (folded != now) & (folded != "") & (now != ""))


def _kinds(study: Study) -> dict[str, list[str]]:
    """What the codebook holds of executives, by kind."""
    return {
        "item": list(study.items),
        "variable": list(study.variables),
        "choice": list(study.choices),
        "ranking": list(study.rankings),
    }


def _columns_now(study: Study) -> dict[str, str]:
    """Column, or question, that each name and role of the study reads in this wave."""
    columns: dict[str, str] = {role: name for role in _ROLES if (name := getattr(study.columns, role))}
    columns |= {name: item.column for name, item in study.items.items()}
    columns |= {name: spec.question or spec.column or name for name, spec in study.variables.items()}
    columns |= {name: each.question for name, each in (study.choices | study.rankings).items()}
    return columns | {name: each.column for name, each in study.open_answers.items()}


def _table(table: Table | None, file: str | None) -> Table | None:
    return table.model_copy(update={"file": file}) if table and file else table


def _roles(columns: Columns, then: dict[str, str]) -> Columns:
    roles = {role: then.get(name, name) for role in _ROLES if (name := getattr(columns, role))}
    return columns.model_copy(
        update=roles | {"personal": [then.get(name, name) for name in columns.personal]}
    )


def _moved(item: Item, then: dict[str, str]) -> Item:
    return item.model_copy(update={"column": then.get(item.column, item.column)})


def _variable(name: str, spec: Variable, then: dict[str, str]) -> Variable:
    part = "question" if spec.question else "column"
    column = spec.question or spec.column or name
    return spec.model_copy(update={part: then.get(column, column)})


def _asked_at(spec: Choice | Ranking, then: dict[str, str]) -> Choice | Ranking:
    return spec.model_copy(update={"question": then.get(spec.question, spec.question)})


def _absent(study: Study, plan: Study, raw: RawExport) -> set[str]:
    """Names of the codebook that the wave's files have no column for."""
    known = {*raw.data.columns, *raw.questions["group"]}
    absent = {name for name, column in _columns_now(plan).items() if column not in known} - set(_ROLES)
    return (
        absent
        | _absent_beside(plan, study.organisations, plan.organisations)
        | _absent_beside(plan, study.initiatives, plan.initiatives)
    )


def _absent_beside(plan: Study, now: Table | None, then: Table | None) -> set[str]:
    """Variables of a table beside the responses that the wave's file does not have."""
    there = list(read_export(plan.beside(then.file), platform="plain").data.columns) if then else []
    return {
        name for name, spec in (now.variables if now else {}).items() if (spec.column or name) not in there
    }


def _weighting(study: Study) -> set[str]:
    """Names without which the sample of a wave is not the one the study declares."""
    design, weights = study.design, study.weights
    names = {design.weight, design.stratum, str(design.population)}
    names |= set(design.replicates.given) if design.replicates else set()
    names |= {*weights.variables, *weights.nonresponse} if weights else set()
    return {name for name in names if name}


def _scale_left(scale: Scale, absent: set[str]) -> Scale | None:
    """The scale over the items asked, with as many of them needed as before where there are as many; None below two."""
    items = [item for item in scale.items if item not in absent]
    needed = min(scale.min_answered or len(scale.items), len(items))
    return scale.model_copy(update={"items": items, "min_answered": needed}) if len(items) >= 2 else None


def _variables_left(table: Table | None, gone: set[str]) -> Table | None:
    if table is None:
        return None
    left = {name: spec for name, spec in table.variables.items() if name not in gone}
    return table.model_copy(update={"variables": left})


def _wording(file: WaveFile, kind: str, name: str) -> str | None:
    """What was asked; None if it was not."""
    column = _columns_now(file.study).get(name)
    asked = file.raw.questions
    found = asked[asked["column"] == column]
    if column is None or (found.empty and kind == "item"):
        return None
    if found.empty or kind in {"choice", "ranking"}:
        found = asked[asked["group"] == column].head(1)
        return _text(found["question"].iloc[0], column) if len(found) else None
    return " - ".join(filter(None, (_text(found[part].iloc[0], column) for part in ("question", "part"))))


def _text(told: str, column: str) -> str:
    """A question's text; the name of its column is none."""
    return "" if fold(told) in {"", fold(column)} else str(told)
