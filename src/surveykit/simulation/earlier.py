"""The wave of a year before: half of the organisations the same, lower clarity, a questionnaire not quite the same."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.simulation import mess as planting
from surveykit.simulation import population as people
from surveykit.simulation.instrument import STEM
from surveykit.simulation.population import Organisations
from surveykit.simulation.sample import SILENT, Simulated, check_size, survey
from surveykit.simulation.truth import DECIMALS, population_truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

WAVE, LATER = "2025", "2026"
ADDED = {"strategy_clarity": -0.30}  # in standard deviations of an executive: what rises until the later wave
KEPT = 0.8  # correlation of an organisation's own standing with itself a year later
RENAMED = {"Q14": "Q16"}
NOT_ASKED = ("Q9_3",)
WORDED = {"Q6_2": f"{STEM} - Humans oversee what AI decides"}
DATES = ["StartDate", "EndDate", "RecordedDate"]
STREAMS = (4, 5, 6)  # of random numbers; `simulate` and `effects` have those below


def simulate_earlier(*, seed: int, n_organisations: int = 180, mess: bool = True) -> Simulated:
    """Draw the wave a year before the one that `simulate` draws with the same seed.

    Half of the organisations take part in both waves, under the same codes, with executives of their own in each
    and a standing that drifted in between; the others are fresh. Industry and size stay. All organisations stand
    lower on strategy clarity; nothing else changed. One item was not asked yet, one was worded differently (without
    effect), and one stood in another column.

    Parameters
    ----------
    seed : int, at least 0
        Of the later wave.
    n_organisations : int, at least 10, default 180
        As many as in the later wave.
    mess : bool, default True
        Plant what goes wrong in real exports, as in the later wave.

    Returns
    -------
    Simulated
        Without targets. Its truth gives ``population`` and ``sampled`` values of this wave, how far the later
        wave's lie above them (``change``), and what differs in the questionnaire.

    Examples
    --------
    >>> earlier = simulate_earlier(seed=2026)
    >>> earlier
    Simulated(seed 2026: 182 organisations, ...
    >>> round(earlier.truth["change"]["sampled"]["estimates"]["well_defined"], 3)
    0.076
    """
    check_size(seed, n_organisations)
    rng, spoil, clock = (np.random.default_rng([seed, stream]) for stream in STREAMS)
    later = people.draw_organisations(np.random.default_rng([seed, 0]), n_organisations)
    stays = np.sort(rng.choice(n_organisations, n_organisations // 2, replace=False))
    # Numbers of the later wave end with its silent organisations.
    fresh = people.draw_organisations(rng, n_organisations - len(stays), first=n_organisations + SILENT)
    drawn = _lower(_joined(_earlier(rng, later, stays), fresh))
    sample = _asked_then(survey(drawn, rng, clock, spoil if mess else None))
    return replace(sample, truth=_truth(seed, sample, len(stays)), targets={})


def _earlier(rng: np.random.Generator, later: Organisations, stays: NDArray[np.intp]) -> Organisations:
    """Organisations a year before: what is their own in their standings was partly something else."""
    shift = later.shift[stays]
    place = shift[:, None] * people.SIGN
    other = math.sqrt(people.BETWEEN) * people.standings(rng, len(stays), people.GENERAL_BETWEEN)
    own = KEPT * (later.standing[stays] - place) + math.sqrt(1 - KEPT**2) * other
    return Organisations(
        number=later.number[stays],
        industry=later.industry[stays],
        size=later.size[stays],
        shift=shift,
        standing=own + place,
        taste=later.taste[stays],
    )


def _joined(first: Organisations, second: Organisations) -> Organisations:
    fields = ("number", "industry", "size", "shift", "standing", "taste")
    parts = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in fields}
    return Organisations(**parts)


def _lower(drawn: Organisations) -> Organisations:
    """Take the planted change off all standings."""
    return replace(drawn, standing=drawn.standing + [ADDED.get(name, 0.0) for name in people.SCALE_NAMES])


def _asked_then(sample: Simulated) -> Simulated:
    """Put the responses into the questionnaire, and the year, of this wave."""
    dates = {name: sample.responses[name].str.replace(LATER, WAVE, n=1) for name in DATES}
    responses = sample.responses.assign(**dates).drop(columns=list(NOT_ASKED)).rename(columns=RENAMED)
    asked = {**sample.questions, **WORDED}
    questions = {RENAMED.get(name, name): text for name, text in asked.items() if name not in NOT_ASKED}
    return replace(sample, responses=responses, questions=questions)


def _truth(seed: int, sample: Simulated, stay: int) -> dict[str, Any]:
    planted: dict[str, Any] = sample.truth["planted"]
    bad = {row for ids in planted.get("response_ids", {}).values() for row in ids}
    good = sample.responses[~sample.responses["ResponseId"].isin(bad)]
    now, later = (population_truth(added=added, not_asked=NOT_ASKED) for added in (ADDED, None))
    return {
        "seed": seed,
        "wave": WAVE,
        "n": sample.truth["n"],
        "organisations_in_both_waves": stay,
        "planted": {name: count for name, count in planted.items() if name != "cells"},
        "honest_runs": planting.long_runs(good),
        "questionnaire": {"renamed": RENAMED, "not_asked": list(NOT_ASKED), "worded_otherwise": list(WORDED)},
        **now,
        "change": {mix: _differences(later[mix], now[mix]) for mix in now},
    }


def _differences(later: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """How far means and shares of the later wave lie above those of this one."""
    return {
        "scales": {
            name: {"mean": round(later["scales"][name]["mean"] - values["mean"], DECIMALS)}
            for name, values in now["scales"].items()
        },
        "estimates": {
            name: round(later["estimates"][name] - value, DECIMALS)
            for name, value in now["estimates"].items()
        },
    }
