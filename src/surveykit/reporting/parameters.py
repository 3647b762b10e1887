"""The parameters of a notebook: read from its own cell, and values checked before anything runs."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from surveykit.errors import ReportError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbformat import NotebookNode

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def declared(notebook: NotebookNode) -> dict[str, Any]:
    """Names and defaults of a notebook's parameters.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook, with one cell tagged ``parameters``.

    Returns
    -------
    dict of str to object
        In their order. The cell is parsed, not run: defaults are literals.

    Raises
    ------
    ReportError
        If no cell, or more than one, is tagged ``parameters``, or a default is not a literal.
    """
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise ReportError("a report notebook has one cell tagged 'parameters'", given=f"{len(cells)} cells")
    found: dict[str, Any] = {}
    for statement in ast.parse(cells[0].source).body:
        targets = (
            statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        )
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = _literal(statement, target.id)
    return found


def _literal(statement: ast.stmt, name: str) -> object:
    try:
        return ast.literal_eval(getattr(statement, "value", None) or ast.Constant(None))
    except ValueError:
        raise ReportError(
            f"the default of parameter '{name}' is not a literal", allowed="text, numbers, true or false"
        ) from None


def checked(given: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, Any]:
    """Check values given for parameters, and turn each into the kind of its default.

    Parameters
    ----------
    given : mapping of str to object
        Values, as text from a command line or as Python values.
    defaults : mapping of str to object
        The parameters there are.

    Returns
    -------
    dict of str to object

    Raises
    ------
    ReportError
        For an unknown name, or a value that is not of its default's kind.

    Examples
    --------
    Text stays text, whatever it looks like.

    >>> checked({"title": "007", "top": "3"}, {"title": "", "top": 5})
    {'title': '007', 'top': 3}
    """
    for name in given:
        if name not in defaults:
            raise ReportError(
                f"unknown parameter '{name}'", allowed=defaults, fix=did_you_mean(name, defaults)
            )
    return {name: _of_kind(name, value, defaults[name]) for name, value in given.items()}


def _of_kind(name: str, value: object, default: object) -> object:
    if default is None or type(default) not in _KINDS:
        return value
    words, read = _KINDS[type(default)]
    try:
        return read(value)
    except (TypeError, ValueError, KeyError):
        raise ReportError(f"parameter '{name}' takes {words}", given=value) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _truth(value: object) -> bool:
    return value if isinstance(value, bool) else _TRUTHS[_text(value).casefold()]


def _whole(value: object) -> int:
    if isinstance(value, bool):
        raise TypeError
    # operator.index takes NumPy's whole numbers too, which the kernel could not read.
    return int(value) if isinstance(value, str) else operator.index(value)  # type: ignore[arg-type]


def _real(value: object) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)  # type: ignore[arg-type]


_KINDS: dict[type, tuple[str, Callable[[object], object]]] = {
    str: ("text", _text),
    bool: ("true or false", _truth),
    int: ("a whole number", _whole),
    float: ("a number", _real),
}
