"""Published figures, and what can be said when an estimate stands beside one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from surveykit.estimates.benchmarks.equivalence import Interval, PublishedFigure, difference_from
from surveykit.estimates.benchmarks.published import read_benchmarks
from surveykit.estimates.benchmarks.verdicts import sentence, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveykit.estimates.estimate import Estimates

_TOLD = [
    *("difference", "difference_ci_lower", "difference_ci_upper", "p_value", "equivalence_p"),
    *("verdict", "sentence"),
]
COLUMNS = [
    *("name", "label", "level", "statistic", "estimate", "ci_lower", "ci_upper", "n_obs", "n_organisations"),
    *("figure", "figure_lower", "figure_upper", "rounding", "base", "same_answers", "margin", "differs"),
    *("wording", "population", "year", "source", "caution"),
    *_TOLD,
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Estimates beside published figures.

    Attributes
    ----------
    data : DataFrame
        One row a published figure: ``name, label, level, statistic, estimate, ci_lower, ci_upper, n_obs,
        n_organisations``; ``figure`` (shares 0 to 1, or a mean), the lowest and highest number it may stand for as it
        was rounded (``figure_lower, figure_upper``; infinite if a mean has no bound), ``rounding``, the answers it
        rests on (``base``, NaN if unknown), whether those are the answers of this survey (``same_answers``), the
        ``margin`` declared (NaN if none) and what ``differs``; ``wording, population, year, source`` as published, and
        a ``caution``, empty only if question and population are declared the same and the study adds none.

        Then ``difference`` (estimate less figure as printed; of "fewer than" and "over" a bound), its interval
        ``difference_ci_lower, difference_ci_upper``, the ``p_value`` of no difference and the ``equivalence_p`` within
        the margin (see `surveykit.estimates.benchmarks.equivalence`), a ``verdict`` (one of
        `surveykit.estimates.benchmarks.verdicts.VERDICTS`) and a ``sentence``. Against the same answers there is no
        chance, so no p-value, and the interval holds the rounding alone.
    """

    data: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The comparisons, one row each."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Comparisons({len(self.data)} published figures)"


def compare(estimates: Estimates) -> Comparisons | None:
    """Set each published figure of the study beside its estimate.

    Parameters
    ----------
    estimates : Estimates
        What was estimated.

    Returns
    -------
    Comparisons or None
        None if the study names no benchmarks.

    Raises
    ------
    StudyError
        If the file of published figures is wrong: see `surveykit.estimates.benchmarks.published.read_benchmarks`.

    Examples
    --------
    >>> from surveykit import analyse
    >>> print(compare(analyse("data/ospo-2018").estimates).to_frame()["sentence"].iloc[0])
    Have or plan an open source programme: 53.3% (95% interval 49.7 to 56.9); this rounds to the published 53%, which
    rests on the same answers.
    """
    study = estimates.study
    if study.benchmarks is None:
        return None
    published = read_benchmarks(study)
    overall = estimates.data[(estimates.data["segment"] == "") & (estimates.data["kind"] == "headline")]
    joined = published.merge(overall, left_on="estimate_name", right_on="name", how="left")
    confidence = study.report.confidence
    told = pd.DataFrame([_beside(row, confidence) for row in joined.to_dict("records")], columns=_TOLD)
    found = pd.concat([joined, told], axis=1)
    return Comparisons(data=found[COLUMNS])


def _beside(row: dict[Any, Any], confidence: float) -> dict[str, float | str]:
    """What one estimate and its figure say beside each other."""
    numbers: dict[Any, Any] = {"difference": row["estimate"] - row["figure"], **_numbers(row, confidence)}
    numbers["verdict"] = verdict(row | numbers, confidence)
    numbers["sentence"] = sentence(row | numbers, confidence)
    return {name: numbers[name] for name in _TOLD}


def _numbers(row: Mapping[Any, Any], confidence: float) -> dict[str, float]:
    lowest, highest = row["figure_lower"], row["figure_upper"]
    nothing = dict.fromkeys(("p_value", "equivalence_p", "inner_lower", "inner_upper"), math.nan)
    if row["same_answers"]:
        away = {
            "difference_ci_lower": row["estimate"] - highest,
            "difference_ci_upper": row["estimate"] - lowest,
        }
        return away | nothing
    if math.isnan(row["ci_lower"]) or math.isnan(row["ci_upper"]):
        return dict.fromkeys(("difference_ci_lower", "difference_ci_upper"), math.nan) | nothing
    share = row["statistic"] == "share"
    found = difference_from(
        Interval(
            estimate=row["estimate"],
            lower=row["ci_lower"],
            upper=row["ci_upper"],
            method=row["method"],
            df=row["df"],
            confidence=confidence,
        ),
        PublishedFigure(lowest=lowest, highest=highest, base=_known(row["base"]) if share else None),
        margin=_known(row["margin"]),
    )
    return {
        "difference_ci_lower": found.ci_lower,
        "difference_ci_upper": found.ci_upper,
        "p_value": found.p_value,
        "equivalence_p": found.equivalence_p,
        "inner_lower": found.inner_lower,
        "inner_upper": found.inner_upper,
    }


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
