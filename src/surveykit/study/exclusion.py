"""The rules by which responses are left out, as the study file writes them."""

from __future__ import annotations

import re
from typing import Any, Literal

from surveykit.errors import did_you_mean, listing
from surveykit.study.codebook import Spec

RuleName = Literal[
    "preview",
    "no_consent",
    "no_organisation",
    "unfinished",
    "duplicate",
    "faster_than",
    "failed_check",
    "longstring",
    "out_of_range",
]
_NEEDS_COLUMN = {
    "preview": "status",
    "faster_than": "duration",
    "duplicate": "respondent",
    "no_organisation": "organisation",
}
_BARE = {"preview", "no_organisation", "duplicate", "out_of_range"}
_ANSWERED = {"no_consent", "failed_check"}
_FASTER = re.compile(r"^\s*(\d*\.?\d+)\s*(of median|s|min)?\s*$")


class Rule(Spec):
    """One reason for which a response is left out.

    Attributes
    ----------
    name : str
        The rule.
    column, answer : str
        For ``no_consent`` and ``failed_check``: the question, and the one answer that passes.
    threshold : float
        ``unfinished``: smallest share of items answered, 0 to 1; ``longstring``: shortest run of one answer that
        is excluded; ``faster_than``: seconds, or a share of the median duration.
    of_median : bool
        Whether the threshold of ``faster_than`` is a share of the median.
    """

    name: RuleName
    column: str = ""
    answer: str = ""
    threshold: float = 0.0
    of_median: bool = False

    @property
    def needs(self) -> str:
        """The role under ``columns`` without which the rule means nothing; empty if it needs none."""
        return _NEEDS_COLUMN.get(self.name, "")


def read_rule(entry: object) -> dict[str, Any]:
    """Read a rule as it is written: a name, or a name with its setting."""
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ValueError("a rule is a name, or one name with its setting, such as 'unfinished: 0.6'")
    ((name, setting),) = entry.items()
    rules = RuleName.__args__  # type: ignore[attr-defined]
    if name not in rules:
        raise ValueError(
            f"unknown rule '{name}'; allowed: {listing(rules)}. {did_you_mean(name, rules)}".strip()
        )
    if name in _BARE:
        return _bare(name, setting)
    if name in _ANSWERED:
        return _answered(name, setting)
    return _thresholded(name, setting)


def _bare(name: str, setting: object) -> dict[str, Any]:
    if setting is not None:
        raise ValueError(f"rule '{name}' takes no setting")
    return {"name": name}


def _answered(name: str, setting: object) -> dict[str, Any]:
    if not isinstance(setting, dict) or set(setting) != {"column", "answer"}:
        raise ValueError(f"rule '{name}' is written '{name}: {{column: Q1, answer: the answer that passes}}'")
    return {"name": name, **{key: str(value) for key, value in setting.items()}}


def _thresholded(name: str, setting: object) -> dict[str, Any]:
    found = _FASTER.match(str(setting))
    number, unit = (float(found[1]), found[2]) if found else (0.0, None)
    if name == "faster_than":
        if number <= 0 or unit is None:
            raise ValueError(
                f"rule '{name}' is written '0.33 of median', '90 s' or '2 min', given: {setting!r}"
            )
        return {
            "name": name,
            "threshold": number * (60 if unit == "min" else 1),
            "of_median": unit == "of median",
        }
    in_range = 0 < number <= 1 if name == "unfinished" else number >= 2 and number == int(number)
    if not in_range or unit is not None:
        allowed = "a share from 0 to 1" if name == "unfinished" else "a whole number from 2"
        raise ValueError(f"rule '{name}' takes {allowed}, given: {setting!r}")
    return {"name": name, "threshold": number}
