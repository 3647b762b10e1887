"""A study's figures wave by wave: each change with its interval, what was asked otherwise, and a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from surveykit.errors import EstimateError
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.values import figure_values, level_of
from surveykit.estimates.waves.change import COLUMNS as CHANGE
from surveykit.estimates.waves.change import Changing, change_between
from surveykit.study import fold

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from surveykit.estimates.design import Design
    from surveykit.scoring import Aggregated
    from surveykit.study import Level, Study

_WHAT = ["name", "label", "statistic", "kind", "level"]
_CHANGES = [*_WHAT, *CHANGE, "p_adjusted", "adjusted", "caution", "sentence"]
_LEVELS = [
    *(*_WHAT, "wave", "estimate", "std_error", "ci_lower", "ci_upper", "df", "n_obs", "n_counted"),
    *("n_organisations", "method", "caution"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waves:
    """What changed between waves, and what did not allow to tell.

    Attributes
    ----------
    data : DataFrame
        One row a figure and pair of waves: ``name, label, statistic`` (``share``, 0 to 1, or ``mean``), ``kind``
        (``headline`` or ``scale``) ``, level``, the columns of `surveykit.estimates.waves.change.change_between`,
        ``p_adjusted`` (by the method named in ``adjusted``, over all figures of the same two waves), ``caution``
        (what was asked otherwise; else empty) and a ``sentence``.
    levels : DataFrame
        One row a figure and wave: the same names, ``wave, estimate, std_error, ci_lower, ci_upper, df, n_obs,
        n_counted`` (of a share: how many it counts) ``, n_organisations, method, caution``. A scale is the mean of
        those of its items that all waves asked.
    wordings : DataFrame
        See `surveykit.estimates.waves.files.wordings`.
    flow : DataFrame
        One row a wave: ``wave, responses`` delivered, ``executives`` kept, their ``organisations`` and the
        ``initiatives`` of these.
    left_out : DataFrame
        ``name, label, wave, reason``: figures a wave does not have, or whose changes are not tested.
    """

    data: pd.DataFrame
    levels: pd.DataFrame
    wordings: pd.DataFrame
    flow: pd.DataFrame
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The changes, one row each."""
        return self.data.copy()

    def __repr__(self) -> str:
        figures = self.data["name"].nunique()
        return f"Waves({', '.join(self.flow['wave'])}: {len(self.data)} changes of {figures} figures)"


class _Figure(NamedTuple):
    """One figure of the study: what it is, the questions it rests on, and what of them is not in all waves."""

    what: dict[str, str]
    of: str
    questions: list[str]
    caution: str


def compare_waves(
    aggregated: Mapping[str, Aggregated],
    designs: Mapping[str, Mapping[Level, Design]],
    wordings: pd.DataFrame,
) -> Waves:
    """Set every headline share and mean, and the mean of every scale, beside itself in earlier waves.

    A scale of which a wave did not ask every item is compared over the items all waves asked, so that like is set
    beside like; its row says so. Nothing is said of causes: a wave differs from another in more than its year.

    Parameters
    ----------
    aggregated : mapping of wave to Aggregated
        Oldest first; figures and labels are those of the last wave's plan.
    designs : mapping of wave to mapping of level to Design
        Of the rows of each wave's `Aggregated.rows`. Clusters of the same name are the same organisation; where the
        study names none, respondents of the same identifier are the same, and rows without one are not.
    wordings : DataFrame
        From `surveykit.estimates.waves.files.wordings`.

    Returns
    -------
    Waves

    Raises
    ------
    EstimateError
        If there are fewer than two waves.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> from surveykit.estimates.design import Design
    >>> from surveykit.estimates.waves.files import WaveFile, wordings
    >>> study = load_study("data/ospo-2018")
    >>> file = WaveFile(study=study, raw=read_export(study.beside(study.responses.file)), not_asked=[])
    >>> scored = aggregate(score(clean(file.raw, study)))
    >>> design = {"executive": Design(cluster=scored.rows("executive")["organisation"])}
    >>> waves = {"2017": scored, "2018": scored}  # the same answers twice
    >>> found = compare_waves(waves, dict.fromkeys(waves, design), wordings(dict.fromkeys(waves, file)))
    >>> print(found.data["sentence"].iloc[0])
    Have or plan an open source programme: 53.3% in 2017 and 53.3% in 2018; ...
    """
    if len(aggregated) < 2:
        raise EstimateError("a comparison of waves needs two or more", given=list(aggregated))
    changes, levels, left_out = [], [], []
    for figure in _figures(aggregated):
        values, missing = _values(aggregated, figure)
        left_out += [figure.what | {"wave": wave, "reason": reason} for wave, reason in missing.items()]
        known = {wave: _design(aggregated[wave].study, designs[wave], figure, wave) for wave in values}
        levels += [_by_wave(figure, wave, values[wave], known[wave], aggregated) for wave in values]
        if len(values) > 1:
            changes.append(_changes(figure, values, known, aggregated, wordings))
    return Waves(
        data=_told(changes, _latest(aggregated).report.confidence),
        levels=_stacked(levels, _LEVELS),
        wordings=wordings,
        flow=pd.DataFrame([_flow(wave, each) for wave, each in aggregated.items()]),
        left_out=pd.DataFrame(left_out, columns=["name", "label", "wave", "reason"]),
    )


def _latest(aggregated: Mapping[str, Aggregated]) -> Study:
    return list(aggregated.values())[-1].study


def _stacked(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _figures(aggregated: Mapping[str, Aggregated]) -> Iterator[_Figure]:
    study = _latest(aggregated)
    for name, quantity in study.estimates.items():
        label = quantity.label or study.label(quantity.of)
        what = {"name": name, "label": label, "statistic": quantity.statistic, "kind": "headline"}
        yield _figure(aggregated, what, quantity.of)
    for name in study.scales:
        what = {"name": name, "label": study.label(name), "statistic": "mean", "kind": "scale"}
        yield _figure(aggregated, what, name)


def _figure(aggregated: Mapping[str, Aggregated], what: dict[str, str], of: str) -> _Figure:
    study = _latest(aggregated)
    what = what | {"level": level_of(study, of)}
    scale = study.dispersions.get(of, of)
    if scale not in study.scales:
        return _Figure(what, of, [of], "")
    items = study.scales[scale].items
    asked = [each.study.scales[scale].items for each in aggregated.values() if scale in each.study.scales]
    shared = [item for item in items if all(item in each for each in asked)]
    lost = f"over the {len(shared)} of {len(items)} items that all waves asked"
    lost = lost if of == scale else "not all waves asked all of its items"
    return _Figure(what, of, shared, "" if shared == items else lost)


def _values(
    aggregated: Mapping[str, Aggregated], figure: _Figure
) -> tuple[dict[str, pd.Series], dict[str, str]]:
    """Values of the figure in the waves that have it, and why the others do not."""
    if figure.what["statistic"] not in get_args(Changing):
        return {}, {"": f"the change of a {figure.what['statistic']} is not tested"}
    missing = {wave: _not_there(each, figure) for wave, each in aggregated.items()}
    values = {}
    for wave in [wave for wave, why in missing.items() if not why]:
        try:
            values[wave] = _wave_values(aggregated, wave, figure)
        except EstimateError as error:  # nobody of that wave gave the answer it counts
            missing[wave] = str(error)
    for wave, given in values.items():
        answered = aggregated[wave].rows(cast("Level", figure.what["level"])).loc[given.notna().to_numpy()]
        if answered["organisation"].nunique() < 2:
            missing[wave] = "fewer than two organisations answered"
    missing = {wave: why for wave, why in missing.items() if why}
    return {wave: given for wave, given in values.items() if wave not in missing}, missing


def _not_there(aggregated: Aggregated, figure: _Figure) -> str:
    """Why a wave does not have the figure; empty if it does."""
    plan = aggregated.study
    if figure.of in plan.scales:
        return "" if len(figure.questions) > 1 else "the waves share fewer than two of its items"
    name = figure.what["name"]
    return "" if name in plan.estimates else "not asked, or fewer than two of its items were"


def _wave_values(aggregated: Mapping[str, Aggregated], wave: str, figure: _Figure) -> pd.Series:
    scale = _latest(aggregated).scales.get(figure.of)
    if scale is None:
        return figure_values(aggregated[wave], figure.what["name"])
    answers = aggregated[wave].scored.cleaned.data[figure.questions]
    needed = min(scale.min_answered or len(scale.items), len(figure.questions))
    return answers.mean(axis=1).where(answers.notna().sum(axis=1) >= needed)


def _design(study: Study, designs: Mapping[Level, Design], figure: _Figure, wave: str) -> Design:
    """The wave's design, in which respondents nobody knows by name are nobody of another wave."""
    design = designs[cast("Level", figure.what["level"])]
    if study.columns.organisation is not None:
        return design
    unknown = design.cluster.str.startswith("row ") | (study.columns.respondent is None)
    return replace(design, cluster=design.cluster.mask(unknown, design.cluster + f" of {wave}"))


def _by_wave(
    figure: _Figure, wave: str, values: pd.Series, design: Design, aggregated: Mapping[str, Aggregated]
) -> pd.DataFrame:
    statistic = cast("Changing", figure.what["statistic"])
    confidence = _latest(aggregated).report.confidence
    found = estimate_by(values, design, statistic=statistic, confidence=confidence)
    counted = values.sum() if statistic == "share" else np.nan
    return found.assign(n_counted=counted, **figure.what, wave=wave, caution=figure.caution)


def _changes(
    figure: _Figure,
    values: dict[str, pd.Series],
    designs: dict[str, Design],
    aggregated: Mapping[str, Aggregated],
    wordings: pd.DataFrame,
) -> pd.DataFrame:
    statistic = cast("Changing", figure.what["statistic"])
    confidence = _latest(aggregated).report.confidence
    found = change_between(values, designs, statistic=statistic, confidence=confidence)
    cautions = [
        "; ".join(filter(None, [figure.caution, _worded_otherwise(figure, since, wave, wordings)]))
        for since, wave in zip(found["since"], found["wave"], strict=True)
    ]
    return found.assign(**figure.what, caution=cautions)


def _worded_otherwise(figure: _Figure, since: str, wave: str, wordings: pd.DataFrame) -> str:
    """Which of the figure's questions read otherwise in the two waves."""
    asked = wordings[wordings["name"].isin(figure.questions)].set_index(["wave", "name"])["wording"].map(fold)
    changed = sum(
        (wave, name) in asked.index and asked[wave, name] != asked[since, name] for name in figure.questions
    )
    if not changed:
        return ""
    many = f"{changed} of its {len(figure.questions)} questions " if len(figure.questions) > 1 else ""
    return f"{many}worded otherwise in {since}"


def _told(changes: list[pd.DataFrame], confidence: float) -> pd.DataFrame:
    """Adjust over the figures of the same two waves, and put each change in words."""
    data = _stacked(changes, [*_WHAT, *CHANGE, "caution"])
    tested = data[data["p_value"].notna()]
    by = tested.groupby(["since", "wave"])["p_value"]
    data["p_adjusted"] = by.transform(lambda p: multipletests(p, method="holm")[1]) if len(tested) else np.nan
    data["adjusted"] = ("Holm over " + by.transform("size").astype("str") + " figures") if len(tested) else ""
    data["adjusted"] = data["adjusted"].fillna("")
    data["sentence"] = [sentence(row, confidence) for row in data.to_dict("records")]
    return data[_CHANGES]


def sentence(row: Mapping[Hashable, Any], confidence: float) -> str:
    """What two waves say of one figure, and no more; never why."""
    share = row["statistic"] == "share"
    scale, unit, points, digits = (100, "%", " points", 1) if share else (1, "", "", 2)
    before, after = (f"{scale * row[key]:.{digits}f}{unit}" for key in ("before", "after"))
    since, wave = (f"{figure} in {row[key]}" for figure, key in ((before, "since"), (after, "wave")))
    if math.isnan(row["ci_lower"]):
        return f"{row['label']}: {since} and {wave}; {row['reason']}, so nothing is said of the change."
    rose = row["estimate"] > 0
    ends = [scale * row[key] for key in ("ci_lower", "ci_upper")]
    if ends[0] <= 0 <= ends[1]:
        limits = _interval(ends, digits, confidence)
        change = f"{scale * row['estimate']:+.{digits}f}{points}"
        return f"{row['label']}: {since} and {wave}; {change}{limits} cannot be told from no change."
    if row["p_adjusted"] > 1 - confidence:
        limits = _interval(ends, digits, confidence)
        change = f"{scale * row['estimate']:+.{digits}f}{points}"
        told = f"{row['label']}: {since} and {wave}; {change}{limits}"
        return f"{told}, which once all that was tested is counted ({row['adjusted']}) cannot be told from no change."
    limits = _interval(ends if rose else [-end for end in reversed(ends)], digits, confidence)
    size = f"{abs(scale * row['estimate']):.{digits}f}{points}"
    return f"{row['label']}: {'rose' if rose else 'fell'} from {since} to {wave}, by {size}{limits}."


def _interval(ends: list[float], digits: int, confidence: float) -> str:
    lower, upper = (f"{round(end, digits) + 0.0:.{digits}f}" for end in ends)  # no -0.0
    return f" ({100 * confidence:g}% interval {lower} to {upper})"


def _flow(wave: str, aggregated: Aggregated) -> dict[str, object]:
    cleaned = aggregated.scored.cleaned
    return {
        "wave": wave,
        "responses": int(cleaned.flow["before"].iloc[0]),
        "executives": len(cleaned.data),
        "organisations": int(cleaned.data["organisation"].nunique()),
        "initiatives": 0 if cleaned.initiatives is None else len(cleaned.initiatives),
    }
