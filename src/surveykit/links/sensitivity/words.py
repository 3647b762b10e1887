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
    """Write effects with two figures of their standard error and a sign; probabilities as percentage points."""
    factor, unit = (100, " percentage points") if fitted.model in IN_POINTS else (1, "")
    digits = min(max(1 - math.floor(math.log10(factor * error)), 0), 9) if error > 0 else 2
    return [f"{factor * value:+,.{digits}f}{unit}".replace("-", "−") for value in values]
