"""The figures of a study: headline shares and means, scale means, and how every item was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.distributions import answers_given
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.picks import pick_shares
from surveykit.estimates.sampling import Sampled, sample
from surveykit.estimates.values import figure_values, level_of, shown_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveykit.scoring import Aggregated
    from surveykit.study import Study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """What is common, and how much, with intervals.

    Attributes
    ----------
    study : Study
    sampled : Sampled
        Designs and weights by which they were made.
    data : DataFrame
        One row a figure and segment value: ``name, label, statistic`` (``share``, 0 to 1; ``mean``, ``median``,
        ``total`` or ``ratio``, in units of the variable), ``kind`` (``headline`` or ``scale``), ``level`` (the unit
        of the rows), ``segment`` and ``value`` (empty for all), ``estimate, std_error, ci_lower, ci_upper, df, deff,
        n_effective, n_obs, n_organisations``, of a share ``n_counted`` (how many of the ``n_obs`` it counts, without
        weights), and the interval's ``method``.
    distributions : DataFrame
        How every item was answered: see `surveykit.estimates.distributions.answers_given`.
    picks : DataFrame
        One row an option of a multi-select question: see `surveykit.estimates.picks.pick_shares`.
    """

    study: Study
    sampled: Sampled
    data: pd.DataFrame
    distributions: pd.DataFrame
    picks: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The figures, one row each."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Estimates({len(self.data)} figures, {self.distributions['item'].nunique()} items)"


_FIGURES = [
    *("name", "label", "statistic", "kind", "level", "segment", "value", "estimate", "std_error", "ci_lower"),
    *("ci_upper", "df", "deff", "n_effective", "n_obs", "n_counted", "n_organisations", "method"),
]


def estimate(aggregated: Aggregated) -> Estimates:
    """Estimate the study's headline figures and the mean of every scale, for all and by each segment.

    Parameters
    ----------
    aggregated : Aggregated
        The study as scored.

    Returns
    -------
    Estimates
        Figures with design-based intervals (see `surveykit.estimates.domains.estimate_by`), weighted where the study
        declares weights.

    Raises
    ------
    EstimateError
        If only one organisation answered, or a figure counts answers that the study does not know.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> study = load_study("data/ospo-2018")
    >>> export = read_export(study.beside(study.responses.file))
    >>> found = estimate(aggregate(score(clean(export, study)))).to_frame().set_index(["name", "value"])
    >>> found.loc[("has_or_plans", ""), ["estimate", "ci_lower", "ci_upper"]].astype(float).round(3).tolist()
    [0.533, 0.497, 0.569]
    """
    study, sampled = aggregated.study, sample(aggregated)
    frames = [part for name in study.estimates for part in _headline(aggregated, sampled, name)]
    frames += [part for name in study.scales for part in _scale_mean(aggregated, sampled, name)]
    data = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=_FIGURES)
    executives = sampled.designs["executive"]
    return Estimates(
        study=study,
        sampled=sampled,
        data=data,
        distributions=answers_given(aggregated, executives),
        picks=pick_shares(aggregated, executives),
    )


def _headline(aggregated: Aggregated, sampled: Sampled, name: str) -> Iterator[pd.DataFrame]:
    quantity = aggregated.study.estimates[name]
    what = {"name": name, "label": quantity.label or aggregated.study.label(quantity.of), "kind": "headline"}
    yield from _by_segments(aggregated, sampled, {**what, "statistic": quantity.statistic})


def _scale_mean(aggregated: Aggregated, sampled: Sampled, name: str) -> Iterator[pd.DataFrame]:
    what = {"name": name, "label": aggregated.study.label(name), "kind": "scale", "statistic": "mean"}
    yield from _by_segments(aggregated, sampled, what)


def _by_segments(aggregated: Aggregated, sampled: Sampled, what: dict[str, str]) -> Iterator[pd.DataFrame]:
    """One figure over everyone, and by the values of each segment its units have."""
    study, values = aggregated.study, figure_values(aggregated, what["name"])
    quantity = study.estimates.get(what["name"])
    level = level_of(study, quantity.of if quantity else what["name"])
    rows = aggregated.rows(level)
    if values.notna().sum() == 0 or rows["organisation"].nunique() < 2:
        why = (
            f"nobody answered '{values.name}'"
            if values.notna().sum() == 0
            else "there is one organisation only"
        )
        raise EstimateError(
            f"'{what['name']}' cannot be estimated: {why}",
            where=study.where("estimates" if what["kind"] == "headline" else "scales", what["name"]),
            fix="An interval needs answers from at least two organisations.",
        )
    for segment in ("", *study.report.segments):
        if segment and segment not in rows:  # what is known of executives says nothing of an initiative
            continue
        domain = shown_values(study, segment, rows[segment]) if segment else None
        found = estimate_by(
            values,
            sampled.designs[level],
            domain,
            statistic=what["statistic"],  # type: ignore[arg-type]  # of the study, or the mean of a scale
            denominator=rows[quantity.over] if quantity and quantity.over else None,
            confidence=study.report.confidence,
        )
        by = pd.Series("", index=values.index) if domain is None else domain
        weighing = values.where(sampled.designs[level].weight > 0)
        sums = found["value"].map(weighing.groupby(by).sum())
        counted = sums if what["statistic"] == "share" else np.nan
        found = found.assign(n_counted=counted, **what, level=level, segment=segment)
        yield _in_order(found, study, segment)


def _in_order(found: pd.DataFrame, study: Study, segment: str) -> pd.DataFrame:
    """Segment values in the order the study lists them, or else of the alphabet."""
    order = {value: number for number, value in enumerate(study.answer_names(segment).values())}
    rank = found["value"].map(lambda value: (order.get(value, len(order)), value))
    return found.loc[rank.sort_values().index]
