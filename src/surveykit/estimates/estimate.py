"""The figures of a study: headline shares and means, scale means, and how every item was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.design import estimate_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveykit.scoring import Aggregated
    from surveykit.study import Level, Study
    from surveykit.study.plan import Quantity


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
    """

    study: Study
    data: pd.DataFrame
    distributions: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The figures, one row each."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Estimates({len(self.data)} figures, {self.distributions['item'].nunique()} items)"


def estimate(aggregated: Aggregated) -> Estimates:
    """Estimate the study's headline figures and the mean of every scale, for all and by each segment.

    Parameters
    ----------
    aggregated : Aggregated
        The study as scored.

    Returns
    -------
    Estimates
        Figures with design-based intervals (see `surveykit.estimates.design.estimate_by`).

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
    frames += [
        part
        for name in study.scales
        for part in _mean(aggregated, name, kind="scale", label=study.label(name))
    ]
    data = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["name", "kind"])
    return Estimates(study=study, data=data, distributions=_distributions(aggregated))


def _headline(aggregated: Aggregated, name: str) -> Iterator[pd.DataFrame]:
    study = aggregated.study
    quantity = study.estimates[name]
    label = quantity.label or study.label(quantity.of)
    if quantity.mean_of:
        yield from _mean(aggregated, quantity.of, kind="headline", label=label, name=name)
        return
    level = _level(study, quantity.of)
    rows = aggregated.rows(level)
    counted = rows[quantity.of].isin(_counted(study, name, quantity)).astype(float)
    values = counted.where(rows[quantity.of].notna()).rename(quantity.of)
    yield from _by_segments(
        aggregated, values, level, {"name": name, "label": label, "statistic": "share", "kind": "headline"}
    )


def _mean(
    aggregated: Aggregated, of: str, *, kind: str, label: str, name: str = ""
) -> Iterator[pd.DataFrame]:
    level = _level(aggregated.study, of)
    what = {"name": name or of, "label": label, "statistic": "mean", "kind": kind}
    yield from _by_segments(aggregated, aggregated.rows(level)[of], level, what)


def _by_segments(
    aggregated: Aggregated, values: pd.Series, level: Level, what: dict[str, str]
) -> Iterator[pd.DataFrame]:
    study, rows = aggregated.study, aggregated.rows(level)
    for segment in ("", *study.report.segments):
        if segment and segment not in rows:
            continue
        domain = rows[segment] if segment else None
        found = estimate_by(
            values,
            rows["organisation"],
            domain,
            share=what["statistic"] == "share",
            confidence=study.report.confidence,
        )
        yield _in_order(found, study, segment).assign(**what, level=level, segment=segment)


def _in_order(found: pd.DataFrame, study: Study, segment: str) -> pd.DataFrame:
    """Segment values in the order the study lists them, or else of the alphabet."""
    spec = study.variable(segment)
    listed = [str(code) for code in (study.answer_codes(spec.answers) or {}).values()] if spec else []
    rank = {value: number for number, value in enumerate(listed)}
    return found.sort_values(
        "value", key=lambda values: values.map(lambda value: (rank.get(value, len(rank)), value))
    )


def _level(study: Study, name: str) -> Level:
    level = study.level_of(name)
    if level is None:
        raise EstimateError(f"'{name}' is declared nowhere in the study", where=str(study.path))
    return level


def _counted(study: Study, name: str, quantity: Quantity) -> list[object]:
    """The values that count, checked against those there can be: a typing error would count as nobody."""
    spec = study.items.get(quantity.of) or study.variable(quantity.of)
    codes = study.answer_codes(spec.answers) if spec else None
    values: list[object] = list(quantity.values or [])  # noqa: PD011
    unknown = [value for value in values if codes and value not in codes.values()]
    if unknown:
        raise EstimateError(
            f"estimate '{name}' counts {unknown[0]!r}, which is no code of '{quantity.of}'",
            where=study.where("estimates", name, "values"),
            allowed=[repr(code) for code in (codes or {}).values()],
        )
    return values


def _distributions(aggregated: Aggregated) -> pd.DataFrame:
    study, cleaned = aggregated.study, aggregated.scored.cleaned
    scale_of = {item: name for name, scale in study.scales.items() for item in scale.items}
    parts = [pd.DataFrame(columns=["item", "label", "scale", "code", "answer", "n", "share", "n_obs"])]
    for name, item in study.items.items():
        given = cleaned.data[name].dropna()
        if item.reversed:
            given = sum(study.item_range(name) or ()) - given
        codes = study.answer_codes(item.answers) or {f"{code:g}": code for code in sorted(given.unique())}
        counts = given.value_counts().reindex([float(code) for code in codes.values()], fill_value=0)
        part = pd.DataFrame(
            {"code": counts.index, "answer": list(codes), "n": counts.to_numpy(), "n_obs": len(given)}
        )
        part["share"] = part["n"] / max(len(given), 1)
        parts.append(
            part.sort_values("code").assign(
                item=name, label=cleaned.questions[name], scale=scale_of.get(name, "")
            )
        )
    return pd.concat(parts[1:] or parts, ignore_index=True)
