"""The lowest and highest value a study lets a predictor take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surveykit.study import Study
    from surveykit.study.codebook import Variable

NO_RANGE = "the study does not say between which values it can lie"


def possible_range(study: Study, name: str) -> tuple[float, float] | None:
    """Range of an item, scale or variable; None where the study does not bound it.

    A scale is the mean of its items, and so are its ends.
    """
    if name in study.scales:
        ends = [study.item_range(item) for item in study.scales[name].items]
        known = [each for each in ends if each is not None]
        if len(known) < len(ends):
            return None
        low, high = (sum(side) / len(known) for side in zip(*known, strict=True))
        return low, high
    if name in study.items:
        return study.item_range(name)
    variable = study.variable(name)
    return _of_variable(study, variable) if variable else None


def _of_variable(study: Study, variable: Variable) -> tuple[float, float] | None:
    if variable.type in {"binary", "picked"}:
        return 0.0, 1.0
    if variable.type == "fraction":
        return 0.0, variable.out_of or 1.0
    codes = study.answer_codes(variable.answers) if variable.type == "ordered" else None
    numbers = [float(code) for code in (codes or {}).values()]
    return (min(numbers), max(numbers)) if numbers else None
