"""What the sentences of this wing share: the size of a difference in a predictor, and amounts in an outcome."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from surveykit.links.design import is_binary
from surveykit.links.words import predictor_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveykit.links.models import FittedLink
    from surveykit.study import Study
    from surveykit.study.links import Link

IN_POINTS = frozenset({"logit", "ordered logit", "fractional", "multinomial"})


def difference_in(study: Study, link: Link, fitted: FittedLink, name: str) -> float | None:
    """Size of a difference in a predictor that effects are told for; None for 0 to 1.

    It is a standard deviation over the units measured: an organisation with ten rows is still one.
    """
    values = fitted.rows[name]
    if is_binary(values):
        return None
    if predictor_level(study, name, link.level) == "organisation":
        values = values[~fitted.rows[fitted.organisation].duplicated()]
    return float(values.astype(float).std())


def amounts(fitted: FittedLink, values: Sequence[float], error: float) -> list[str]:
    """Write effects with a sign, probabilities in percentage points; the unit is told apart, by `unit_of`."""
    factor = 100 if fitted.model in IN_POINTS else 1
    return signed([factor * value for value in values], factor * error)


def signed(values: Sequence[float], error: float) -> list[str]:
    """Write numbers with a sign and two figures of their standard error.

    Examples
    --------
    >>> signed([0.1234, 1234.5], 0.042)
    ['+0.123', '+1,234.500']
    """
    digits = min(max(1 - math.floor(math.log10(error)), 0), 9) if error > 0 else 2
    return [f"{value:+,.{digits}f}".replace("-", "\N{MINUS SIGN}") for value in values]


def unit_of(fitted: FittedLink) -> str:
    """Percentage points where an effect is one on a probability, else nothing: the outcome's own unit."""
    return " percentage points" if fitted.model in IN_POINTS else ""


def raised(words: str) -> str:
    """Begin a sentence with words."""
    return words[:1].upper() + words[1:]
