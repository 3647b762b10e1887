"""The specification curve: every planned link fitted again under each other choice that would be as reasonable."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import SurveyError
from surveykit.estimates.sampling import sample
from surveykit.links.effects import average_marginal_effect
from surveykit.links.fits import WEIGHT, fit_rows, link_rows
from surveykit.links.sensitivity.choices import PLACES, choices_of, left_out
from surveykit.links.sensitivity.refits import Refit, refit_of
from surveykit.links.sensitivity.words import amounts, difference_in, unit_of
from surveykit.links.words import quoted
from surveykit.scoring import Aggregated, Scored, score
from surveykit.scoring.aggregate import organisation_scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from surveykit.estimates.sampling import Sampled
    from surveykit.links.fits import Fit
    from surveykit.links.models import FittedLink
    from surveykit.links.planned import Links
    from surveykit.links.sensitivity.choices import Choice, Items
    from surveykit.study import Study
    from surveykit.study.links import Link

_ESTIMATES = ["estimate", "std_error", "ci_lower", "ci_upper", "p_value"]
_COLUMNS = [
    *("link", "outcome", "predictor", "specification", "planned", *PLACES),
    *(*_ESTIMATES, "n_obs", "n_organisations", "reason"),
]
_SUMMARY = [
    *("link", "outcome", "predictor", "n_specifications", "n_failed", "share_same_sign", "share_clear"),
    *("planned", "median", "lowest", "highest", "sentence"),
]


def specify(links: Links, *, sampled: Sampled | None = None, progress: bool = False) -> pd.DataFrame:
    """Fit every planned link under all combinations of the choices the study declares as reasonable.

    Places of choice are what is held constant, which cut-off of careless answers leaves respondents out (one at a
    time, on top of the study's rules), the items of scales, how executives' scores become the organisation's, and
    whether weights count. A choice that changes nothing (a cut-off that flags nobody, a set of variables that is the
    planned one) is no specification of its own.

    Parameters
    ----------
    links : Links
        The links as planned.
    sampled : Sampled, optional
        The design of every level, with the weights; made where it is not given. Weights stay those of the planned rows.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    DataFrame, one row a planned link, specification and predictor
        ``link``, ``outcome``, ``predictor``; ``specification`` (number within the link, from 1: as planned),
        ``planned`` (bool); in words the choices ``adjust_for, careless, scales, aggregate, weights``; the average
        marginal effect as ``estimate, std_error, ci_lower, ci_upper, p_value``, from 0 to 1 for a 0/1 predictor and
        for one standard deviation of any other, as it is in that specification; ``n_obs``, ``n_organisations``; and
        ``reason`` where there is no estimate. Empty if the study declares no other choices.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4, 1208-1214.
    """
    declared = links.aggregated.study.specifications
    if declared is None:
        return pd.DataFrame(columns=_COLUMNS)
    if sampled is None and any(fit.fitted.weights is not None for fit in links.fits if fit.planned):
        sampled = sample(links.aggregated)
    careless = left_out(links.aggregated, declared)
    versions = _Versions(links.aggregated)
    work = [
        (fits, number, choice)
        for fit in links.fits
        if fit.planned
        for choices in [list(choices_of(links.aggregated.study, fit, declared, careless))]
        for fits in [_Fits(versions, sampled, fit, choices[0])]
        for number, choice in enumerate(choices, 1)
    ]
    rows = [
        row
        for fits, number, choice in _shown(work, progress)
        for row in _rows(fits, number, choice, links.confidence)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _shown(work: list[tuple[_Fits, int, Choice]], progress: bool) -> Iterable[tuple[_Fits, int, Choice]]:  # noqa: FBT001  (passed on)
    if not progress:
        return work
    from tqdm import tqdm  # noqa: PLC0415  (only where a bar is asked for)

    shown: Iterable[tuple[_Fits, int, Choice]] = tqdm(work, desc="specifications")
    return shown


def summarise(links: Links, specifications: pd.DataFrame) -> pd.DataFrame:
    """Say how far each planned finding hangs on the choices.

    Parameters
    ----------
    links : Links
        The links as planned.
    specifications : DataFrame
        What `specify` gave.

    Returns
    -------
    DataFrame, one row a planned link and predictor
        ``link, outcome, predictor``; ``n_specifications`` fitted and ``n_failed``; of those fitted ``share_same_sign``
        as the planned estimate and ``share_clear``, whose interval holds no 0 (0 to 1); the ``planned`` estimate, and
        ``median, lowest, highest`` of all; and a ``sentence``. Specifications share most of their data: they are no
        independent confirmations, and their shares no probabilities.
    """
    fits = {fit.number: fit for fit in links.fits}
    rows = [
        _summary(links.aggregated.study, fits[int(str(number))], str(name), group)
        for (number, name), group in specifications.groupby(["link", "predictor"], sort=False)
    ]
    return pd.DataFrame(rows, columns=_SUMMARY)


class _Versions:
    """Scores under other choices, each made once."""

    def __init__(self, aggregated: Aggregated) -> None:
        self.planned = aggregated
        self._items: dict[tuple[str, tuple[str, ...]], pd.Series] = {}
        self._made: dict[tuple[str, Items, str], Aggregated] = {}

    def of(self, choice: Choice) -> Aggregated:
        """Scores of executives and organisations under a choice."""
        key = (choice.careless.words, choice.scales.value, choice.aggregate.value)
        if key not in self._made:
            self._made[key] = self._aggregated(choice)
        return self._made[key]

    def _aggregated(self, choice: Choice) -> Aggregated:
        scored = self.planned.scored
        kept = scored.cleaned.data.index.difference(choice.careless.value)
        others = {name: self._scored(name, items) for name, items in choice.scales.value}
        some = Scored(
            cleaned=replace(scored.cleaned, data=scored.cleaned.data.loc[kept]),
            scores=scored.scores.assign(**others).loc[kept],
            reliability=scored.reliability,
        )
        scores = organisation_scores(some)
        if choice.aggregate.value == "median":
            scores = scores.assign(**some.scores.groupby(some.cleaned.data["organisation"]).median())
        return Aggregated(scored=some, scores=scores, decisions=self.planned.decisions)

    def _scored(self, name: str, items: tuple[str, ...]) -> pd.Series:
        if (name, items) not in self._items:
            cleaned = self.planned.scored.cleaned
            scale = cleaned.study.scales[name]
            enough = min(scale.min_answered, len(items)) if scale.min_answered else None
            other = scale.model_copy(update={"items": list(items), "min_answered": enough})
            study = cleaned.study.model_copy(update={"scales": {name: other}})
            self._items[name, items] = score(replace(cleaned, study=study)).scores[name]
        return self._items[name, items]


def _rows(fits: _Fits, number: int, choice: Choice, confidence: float) -> Iterator[dict[str, Any]]:
    """One row a predictor; where the choice cannot be fitted, the reason."""
    link = fits.fit.link
    same: dict[str, Any] = {"link": fits.fit.number, "outcome": link.outcome}
    same |= {"specification": number, "planned": number == 1}
    same |= {place: getattr(choice, place).words for place in PLACES}
    try:
        fitted = fits.of(choice)
    except SurveyError as error:
        yield from (same | {"predictor": name, "reason": str(error)} for name in link.predictors)
        return
    same |= {"n_obs": fitted.n_obs, "n_organisations": fitted.n_organisations}
    for name in link.predictors:
        yield same | {"predictor": name, **_effect(fits.study, link, fitted, name, confidence)}


def _effect(study: Study, link: Link, fitted: FittedLink, name: str, confidence: float) -> dict[str, Any]:
    try:
        per = difference_in(study, link, fitted, name)
        found = average_marginal_effect(fitted, name, per=per, confidence=confidence)
    except SurveyError as error:
        return {"reason": str(error)}
    return {"reason": ""} | {key: found[key] for key in _ESTIMATES}


class _Fits:
    """Fits of one link: each set of variables and items the whole way, what else differs from there."""

    def __init__(self, versions: _Versions, sampled: Sampled | None, fit: Fit, planned: Choice) -> None:
        self.fit = fit
        self._versions, self._sampled, self._planned = versions, sampled, planned
        self._near: dict[tuple[tuple[str, ...], Items], Refit | None] = {}

    @property
    def study(self) -> Study:
        """The plan."""
        return self._versions.planned.study

    def of(self, choice: Choice) -> FittedLink:
        """Fit one specification."""
        return self.fit.fitted if choice is self._planned else self._refitted(choice) or self._whole(choice)

    def _refitted(self, choice: Choice) -> FittedLink | None:
        near = self._beside(choice)
        if near is None:
            return None
        made, rows, own = self._versions.of(choice), near.design.rows, self.fit.link.level == "executive"
        scores = made.scored.scores if own else made.scores
        places = scores.index.get_indexer(pd.Index(rows.index if own else rows["organisation"]))
        columns = {
            name: scores[name].to_numpy(dtype=float)[places]
            for name in rows.columns.astype(str)
            if name in scores
        }
        return near.with_columns(columns, kept=places >= 0, weighted=choice.weights.value)

    def _beside(self, choice: Choice) -> Refit | None:
        """The fit with the same variables and items, and everything else as planned."""
        key = choice.adjust_for.value, choice.scales.value
        if key not in self._near:
            planned = self._planned._replace(adjust_for=choice.adjust_for, scales=choice.scales)
            as_planned = key == (self._planned.adjust_for.value, self._planned.scales.value)
            self._near[key] = refit_of(self.fit.fitted if as_planned else self._whole(planned))
        return self._near[key]

    def _whole(self, choice: Choice) -> FittedLink:
        link = self.fit.link
        rows = self._versions.of(choice).rows(link.level)
        weights = WEIGHT if choice.weights.value else None
        if weights:
            planned = link_rows(self._versions.planned, link, self._sampled)[0]
            own = link.level == "executive"
            by = planned[WEIGHT] if own else planned.groupby("organisation")[WEIGHT].first()
            rows[WEIGHT] = by.loc[rows.index] if own else rows["organisation"].map(by)
        other = link.model_copy(
            update={"adjust_for": list(choice.adjust_for.value), "model": self.fit.fitted.model}
        )
        return fit_rows(self.study, other, rows, weights=weights, where=self.fit.where)


def _summary(study: Study, fit: Fit, name: str, group: pd.DataFrame) -> dict[str, Any]:
    told = group[group["estimate"].notna()]
    planned = float(group.loc[group["planned"], "estimate"].iloc[0])
    same = np.sign(told["estimate"]) == np.sign(planned)
    clear = (told["ci_lower"] > 0) | (told["ci_upper"] < 0)
    estimates = told["estimate"]
    row = {
        "link": fit.number,
        "outcome": fit.link.outcome,
        "predictor": name,
        "n_specifications": len(told),
        "n_failed": len(group) - len(told),
        "share_same_sign": float(same.mean()) if len(told) else np.nan,
        "share_clear": float(clear.mean()) if len(told) else np.nan,
        "planned": planned,
        "median": float(estimates.median()),
        "lowest": float(estimates.min()),
        "highest": float(estimates.max()),
    }
    return row | {"sentence": _sentence(study, fit, row, float(told["std_error"].median()))}


def _sentence(study: Study, fit: Fit, row: dict[str, Any], error: float) -> str:
    total = row["n_specifications"]
    if total < 2:
        return "No other choice was declared under which this link could be fitted."
    same, clear = (_of(row[share], total) for share in ("share_same_sign", "share_clear"))
    lowest, median, highest = amounts(
        fit.fitted, [row[key] for key in ("lowest", "median", "highest")], error
    )
    failed = f" {row['n_failed']} more could not be fitted." if row["n_failed"] else ""
    return (
        f"Of {total} specifications as reasonable as the planned one, itself among them, {same} put the difference in "
        f"{quoted(study, fit.link.outcome)} that goes with {quoted(study, row['predictor'])} on the same side as "
        f"planned, and in {clear} the interval leaves out no difference. Estimates reach from {lowest} to "
        f"{highest}{unit_of(fit.fitted)}, with {median} in the middle. They share most of their data: they are no "
        f"independent confirmations.{failed}"
    )


def _of(share: float, total: int) -> str:
    return {0.0: "none", 1.0: "all"}.get(share, f"{share * total:.0f}")
