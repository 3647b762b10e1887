"""The figures of a study: headline shares and means, scale means, and how every item was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.picks import pick_shares
from surveykit.estimates.values import as_answered, figure_values, level_of, shown_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveykit.scoring import Aggregated
    from surveykit.study import Level, Study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """What is common, and how much, with intervals.

    Attributes
    ----------
    study : Study
    data : DataFrame
        One row a figure and segment value: ``name, label, statistic`` (``share``, 0 to 1, or ``mean``, in units of
        the variable), ``kind`` (``headline`` or ``scale``), ``level`` (the unit of the rows), ``segment`` and
        ``value`` (empty for all), ``estimate, std_error, ci_lower, ci_upper, df, n_obs, n_organisations`` and the
        interval's ``method``.
    distributions : DataFrame
        One row an item and answer: ``item, label, scale, code, answer, n, share`` (0 to 1) ``, n_obs``. Answers as
        given: a reversed item stands in the wording that was shown.
    picks : DataFrame
        One row an option of a multi-select question: see `surveykit.estimates.picks.pick_shares`.
    """

    study: Study
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
    *("ci_upper", "df", "n_obs", "n_organisations", "method"),
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
        Figures with design-based intervals (see `surveykit.estimates.domains.estimate_by`).

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
    study = aggregated.study
    frames = [part for name in study.estimates for part in _headline(aggregated, name)]
    frames += [part for name in study.scales for part in _scale_mean(aggregated, name)]
    data = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=_FIGURES)
    return Estimates(
        study=study, data=data, distributions=_distributions(aggregated), picks=pick_shares(aggregated)
    )


def _headline(aggregated: Aggregated, name: str) -> Iterator[pd.DataFrame]:
    study = aggregated.study
    quantity = study.estimates[name]
    what = {"name": name, "label": quantity.label or study.label(quantity.of), "kind": "headline"}
    what["statistic"] = "mean" if quantity.mean_of else "share"
    yield from _by_segments(aggregated, figure_values(aggregated, name), level_of(study, quantity.of), what)


def _scale_mean(aggregated: Aggregated, name: str) -> Iterator[pd.DataFrame]:
    what = {"name": name, "label": aggregated.study.label(name), "statistic": "mean", "kind": "scale"}
    yield from _by_segments(aggregated, figure_values(aggregated, name), "executive", what)


def _by_segments(
    aggregated: Aggregated, values: pd.Series, level: Level, what: dict[str, str]
) -> Iterator[pd.DataFrame]:
    study, rows = aggregated.study, aggregated.rows(level)
    section = "estimates" if what["kind"] == "headline" else "scales"
    if values.notna().sum() == 0 or rows["organisation"].nunique() < 2:
        why = (
            f"nobody answered '{values.name}'"
            if values.notna().sum() == 0
            else "there is one organisation only"
        )
        raise EstimateError(
            f"'{what['name']}' cannot be estimated: {why}",
            where=study.where(section, what["name"]),
            fix="An interval needs answers from at least two organisations.",
        )
    for segment in ("", *study.report.segments):
        if segment and segment not in rows:  # what is known of executives says nothing of an initiative
            continue
        domain = shown_values(study, segment, rows[segment]) if segment else None
        found = estimate_by(
            values,
            Design(cluster=rows["organisation"]),
            domain,
            statistic="share" if what["statistic"] == "share" else "mean",
            confidence=study.report.confidence,
        )
        yield _in_order(found, study, segment).assign(**what, level=level, segment=segment)


def _in_order(found: pd.DataFrame, study: Study, segment: str) -> pd.DataFrame:
    """Segment values in the order the study lists them, or else of the alphabet."""
    order = {value: number for number, value in enumerate(study.answer_names(segment).values())}
    rank = found["value"].map(lambda value: (order.get(value, len(order)), value))
    return found.loc[rank.sort_values().index]


def _distributions(aggregated: Aggregated) -> pd.DataFrame:
    study, cleaned = aggregated.study, aggregated.scored.cleaned
    scale_of = {item: name for name, scale in study.scales.items() for item in scale.items}
    parts = [pd.DataFrame(columns=["item", "label", "scale", "code", "answer", "n", "share", "n_obs"])]
    for name in study.items:
        given = as_answered(study, name, cleaned.data[name].dropna())
        names = study.answer_names(name) or {code: f"{code:.15g}" for code in sorted(given.unique())}
        counts = given.value_counts().reindex(list(names), fill_value=0)
        part = pd.DataFrame(
            {
                "code": counts.index,
                "answer": list(names.values()),
                "n": counts.to_numpy(),
                "n_obs": len(given),
            }
        )
        part["share"] = part["n"] / max(len(given), 1)
        turned = " (reversed)" if study.items[name].reversed else ""
        parts.append(
            part.sort_values("code").assign(
                item=name, label=cleaned.questions[name] + turned, scale=scale_of.get(name, "")
            )
        )
    return pd.concat(parts[1:] or parts, ignore_index=True)
