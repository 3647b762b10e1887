"""The choices that could as well have been made, link by link."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from surveykit.links.words import listed, quoted
from surveykit.measures.screening import DIRECTIONS, flags
from surveykit.quality import INDEX_WORDS, screen_executives

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from surveykit.links.fits import Fit
    from surveykit.scoring import Aggregated
    from surveykit.study import Study
    from surveykit.study.links import Link, Specifications

PLACES = {
    "adjust_for": "held constant",
    "careless": "respondents left out",
    "scales": "questions of the scales",
    "aggregate": "an organisation's score",
    "weights": "weights",
}
_SIGNS = {">=": "at least", "<=": "at most", "<": "below"}
Items = tuple[tuple[str, tuple[str, ...]], ...]  # other items of some scales


class Option(NamedTuple):
    """One choice at a place, and its words."""

    words: str
    value: Any


class Choice(NamedTuple):
    """One specification: an option at every place."""

    adjust_for: Option
    careless: Option
    scales: Option
    aggregate: Option
    weights: Option


def left_out(aggregated: Aggregated, declared: Specifications) -> list[Option]:
    """Whom each cut-off of careless answers would leave out, where it is anybody."""
    study = aggregated.study
    if not declared.careless:
        return []
    screened = screen_executives(aggregated.scored.cleaned)
    options = []
    for index, cutoffs in study.careless.cutoffs.items():
        for cutoff in cutoffs if index in screened else []:
            flagged = flags(screened, {index: cutoff})[f"flag_{index}"].fillna(value=False).astype(bool)
            words = f"{INDEX_WORDS[index].lower()} {_SIGNS[DIRECTIONS[index]]} {cutoff:g}"
            options.append(Option(words, screened.index[flagged]))
    different = {tuple(option.value): option for option in reversed(options) if len(option.value)}
    return list(different.values())[::-1]


def choices_of(study: Study, fit: Fit, declared: Specifications, careless: list[Option]) -> Iterator[Choice]:
    """All combinations, the planned one first."""
    link = fit.link
    scales = [name for name in (*link.predictors, *link.adjust_for, link.outcome) if name in study.scales]
    averaged = bool(scales) and link.level != "executive"
    medians = [Option("median", "median")] if averaged and "median" in declared.aggregate else []
    weighted = fit.fitted.weights is not None
    unweighted = [Option("not used", value=False)] if weighted and declared.unweighted else []
    places = [
        _adjustments(study, link, declared),
        [Option("nobody more", pd.Index([])), *careless],
        _items(study, declared, scales),
        [Option("mean" if averaged else "none", "mean"), *medians],
        [Option("used" if weighted else "none", value=weighted), *unweighted],
    ]
    return (Choice(*options) for options in product(*places))


def _adjustments(study: Study, link: Link, declared: Specifications) -> list[Option]:
    """The planned variables held constant, then other sets; a set never holds what the link is about."""
    own = {link.outcome, *link.predictors}
    sets = [
        tuple(link.adjust_for),
        *(tuple(name for name in names if name not in own) for names in declared.adjust_for),
    ]
    different = {frozenset(names): names for names in reversed(sets)} | {frozenset(sets[0]): sets[0]}
    ordered = sorted(different.values(), key=sets.index)
    return [Option(listed([quoted(study, name) for name in names]) or "nothing", names) for names in ordered]


def _items(study: Study, declared: Specifications, scales: Sequence[str]) -> list[Option]:
    """Every combination of the versions of a link's scales, the planned one first."""
    versions = []
    for name in scales:
        planned = tuple(study.scales[name].items)
        others = [tuple(items) for items in declared.scales.get(name, []) if set(items) != set(planned)]
        versions.append([(name, items) for items in (planned, *others)])
    options = []
    for combination in product(*versions):
        changed = tuple(part for part in combination if part[1] != tuple(study.scales[part[0]].items))
        words = "; ".join(f"{quoted(study, name)} of {listed(list(items))}" for name, items in changed)
        options.append(Option(words or "as planned", changed))
    return options
