"""Read one YAML file with the line of every key, without YAML's surprises: `No` stays text, and so does a date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from surveykit.errors import StudyError

if TYPE_CHECKING:
    from pathlib import Path

Place = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2: in 1.1 the answers Yes, No, On and Off would turn into booleans."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[Place, int]]:
    """Read a mapping, and the line (from 1) on which each of its keys and list entries stands.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    (dict, dict)
        The mapping, and lines by place, such as ``("items", "clarity_1", "column")``.

    Raises
    ------
    StudyError
        If the file is missing, not UTF-8, not YAML, empty, not a mapping, or holds a key twice.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except FileNotFoundError:
        raise StudyError(
            "no such study file", where=str(path), fix="Give the path of a study.yaml."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            "the study file cannot be read as UTF-8 text", where=str(path), given=str(error)
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise StudyError(
            _problem(error), where=_mark(path, error), fix="Check indentation, colons and quotes."
        ) from None
    if not isinstance(root, yaml.MappingNode):
        raise StudyError(
            "the study file must hold keys and values", where=str(path), fix="Begin with 'title: ...'."
        )
    lines: dict[Place, int] = {}
    _collect(root, (), lines, path, set())
    return _construct(root, path), lines


def _construct(root: yaml.Node, path: Path) -> dict[str, Any]:
    loader = _Loader("")
    try:
        return dict(loader.construct_document(root))
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise StudyError(
            _problem(error), where=_mark(path, error), fix="Leave tags such as !!int out."
        ) from None


def _collect(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path, seen: set[int]) -> None:
    """Note the line of everything below a node; a key that stands twice would silently win over the first."""
    if id(node) in seen:  # an alias: its anchor was read already, and an alias may even hold itself
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for number, entry in enumerate(node.value):
            lines[(*place, number)] = entry.start_mark.line + 1
            _collect(entry, (*place, number), lines, path, seen)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        at = (*place, str(key.value))
        line = key.start_mark.line + 1
        if at in lines:
            what = "label" if "answers" in place else "key"
            raise StudyError(
                f"{what} '{key.value}' is mapped twice"
                if what == "label"
                else f"key '{key.value}' stands twice",
                where=f"{path}:{line}",
                fix=f"It already stands on line {lines[at]}: keep one.",
            )
        lines[at] = line
        _collect(value, at, lines, path, seen)


def _problem(error: Exception) -> str:
    return f"not valid YAML: {getattr(error, 'problem', None) or error}"


def _mark(path: Path, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"{path}:{mark.line + 1}" if mark else str(path)
