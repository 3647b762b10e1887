"""The latent model: organisations, their executives' answers and picks, and what became of their initiatives.

Everything here is a number; `sample` turns numbers into the text a survey platform exports. An executive's
standing on a scale is the organisation's standing (a quarter of the variance) plus their own; at both
levels a general factor makes the scales go together, friction signals the other way. An answer is the
loading times the standing plus noise, cut into five. An initiative has one propensity to be carried
through, logistic in the organisation's standings; its stage is that propensity cut into four, and
`reached_production` is the upper two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.simulation.instrument import AGREEMENT, CAPABILITIES, CUTS, INDUSTRIES, ITEMS, SCALES, SIZES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE_NAMES = tuple(SCALES)
SIGN: NDArray[np.float64] = np.where(np.array(SCALE_NAMES) == "friction_signals", -1.0, 1.0)
BETWEEN = 0.25  # share of an executive's latent variance that lies between organisations
GENERAL_BETWEEN, GENERAL_WITHIN = 0.40, 0.30  # correlation of any two scales, at either level
SCALE_OF_ITEM: NDArray[np.int64] = np.array(
    [*(k for k, name in enumerate(SCALE_NAMES) for _ in SCALES[name]), 0]
)
LOADING: NDArray[np.float64] = np.array([item.loading for item in ITEMS])
REVERSED: NDArray[np.bool_] = np.array([item.text.startswith("(R)") for item in ITEMS])
THRESHOLDS: NDArray[np.float64] = np.array([item.difficulty for item in ITEMS])[:, None] + np.array(CUTS)
INDUSTRY_SHIFT: NDArray[np.float64] = np.array([category.shift for category in INDUSTRIES.values()])
SIZE_SHIFT: NDArray[np.float64] = np.array([category.shift for category in SIZES.values()])

EXECUTIVES: NDArray[np.float64] = np.array(
    [0.03, 0.08, 0.12, 0.16, 0.20, 0.17, 0.13, 0.11]
)  # of 1, 2, .. 8 in an organisation
INITIATIVES: NDArray[np.float64] = np.array([0.30, 0.36, 0.21, 0.09, 0.04])
PICKS = 3
PREFERENCE = 0.8  # spread of an organisation's own taste in capabilities; the noise of a pick is about 1.28

# Per standard deviation of the organisation's latent standing, other standings held fixed.
PROPENSITY = {
    "strategy_clarity": 0.55,
    "ownership": 0.40,
    "adaptive_workflows": 0.35,
    "bridge_roles": 0.30,
    "execution_capacity": 0.60,
}
REACHED = 2  # stages from here on are in production
STAGE_CUTS: NDArray[np.float64] = np.array([-0.60, 2.50, 3.95])
SHIFT_ON_PROPENSITY = 0.8
SPEED = {"adoption_quality": 4.0}
ROLLBACKS = {"friction_signals": 0.35}
OTHER_DRIVERS = ("execution_capacity", "adoption_quality", "adaptive_workflows")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Organisations:
    """Organisations as nobody sees them.

    Attributes
    ----------
    number : ndarray of int, shape (organisations,)
        Place in the register, from 0.
    industry, size : ndarray of int, shape (organisations,)
        Positions in `INDUSTRIES` and `SIZES`.
    shift : ndarray of float, shape (organisations,)
        What industry and size add, in standard deviations of an executive.
    standing : ndarray of float, shape (organisations, 7)
        Latent standing on each scale, in standard deviations of an executive, `shift` included.
    taste : ndarray of float, shape (organisations, 8)
        The organisation's own leaning towards each capability.
    """

    number: NDArray[np.int64]
    industry: NDArray[np.int64]
    size: NDArray[np.int64]
    shift: NDArray[np.float64]
    standing: NDArray[np.float64]
    taste: NDArray[np.float64]


def draw_organisations(rng: np.random.Generator, n: int, first: int = 0) -> Organisations:
    """Draw `n` organisations from those that take part; they are numbered from `first`."""
    industry = rng.choice(len(INDUSTRIES), n, p=[category.sampled for category in INDUSTRIES.values()])
    size = rng.choice(len(SIZES), n, p=[category.sampled for category in SIZES.values()])
    shift = INDUSTRY_SHIFT[industry] + SIZE_SHIFT[size]
    own = math.sqrt(BETWEEN) * standings(rng, n, GENERAL_BETWEEN)
    taste = PREFERENCE * rng.standard_normal((n, len(CAPABILITIES)))
    return Organisations(
        number=np.arange(first, first + n),
        industry=industry,
        size=size,
        shift=shift,
        standing=own + shift[:, None] * SIGN,
        taste=taste,
    )


def standings(rng: np.random.Generator, n: int, general: float) -> NDArray[np.float64]:
    """Draw unit-variance standings whose scales correlate `general`, friction signals negatively."""
    common = rng.standard_normal((n, 1)) * SIGN
    special = rng.standard_normal((n, len(SIGN)))
    return math.sqrt(general) * common + math.sqrt(1 - general) * special


def draw_members(rng: np.random.Generator, n: int, shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Say which organisation each executive, or initiative, belongs to: 1, 2, .. of them with `shares`."""
    return np.repeat(np.arange(n), 1 + rng.choice(len(shares), n, p=shares))


def draw_answers(
    rng: np.random.Generator, organisations: Organisations, member: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw executives' answers as keyed codes 1 to 5 (reversed items already turned), one column an item."""
    own = math.sqrt(1 - BETWEEN) * standings(rng, len(member), GENERAL_WITHIN)
    standing = (organisations.standing[member] + own)[:, SCALE_OF_ITEM]
    noise = rng.standard_normal(standing.shape)
    response = LOADING * standing + np.sqrt(1 - LOADING**2) * noise
    passed: NDArray[np.int64] = np.count_nonzero(response[:, :, None] > THRESHOLDS, axis=2)
    return 1 + passed


def draw_picks(
    rng: np.random.Generator, organisations: Organisations, member: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Draw which three capabilities each executive picks: the three with the highest utility."""
    popularity: NDArray[np.float64] = np.array(list(CAPABILITIES.values()))
    utility = popularity + organisations.taste[member]
    utility = utility + rng.gumbel(size=utility.shape)
    rank = np.argsort(np.argsort(-utility, axis=1), axis=1)
    return rank < PICKS


def scale_scores(answers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Average the keyed items of each scale: shape (executives, 7), 1 to 5."""
    items = SCALE_OF_ITEM[: -len([AGREEMENT])]
    return np.stack([answers[:, :-1][:, items == k].mean(axis=1) for k in range(len(SIGN))], axis=1)


def draw_initiatives(rng: np.random.Generator, organisations: Organisations) -> pd.DataFrame:
    """Draw the initiatives of organisations and their outcomes.

    Returns
    -------
    DataFrame, one row an initiative
        ``owner`` (position of the organisation), ``stage`` 0 to 3, and the outcomes as numbers, before any
        value goes missing.
    """
    owner = draw_members(rng, len(organisations.shift), INITIATIVES)
    standing = standardised(organisations)[owner]
    n = len(owner)
    propensity = effect(standing, PROPENSITY) + SHIFT_ON_PROPENSITY * organisations.shift[owner]
    stage = ((propensity + rng.logistic(size=n))[:, None] > STAGE_CUTS).sum(axis=1)
    reached = stage >= REACHED
    capacity, adoption, workflows = (standing[:, SCALE_NAMES.index(name)] for name in OTHER_DRIVERS)
    months = np.exp(2.3 - 0.10 * capacity + 0.35 * rng.standard_normal(n))
    return pd.DataFrame(
        {
            "owner": owner,
            "stage": stage,
            "months_to_production": np.where(reached, np.maximum(months, 1).round(), np.nan),
            "decision_speed_change": 6 + effect(standing, SPEED) + 9 * rng.standard_normal(n),
            "decision_accuracy_change": 3 + 2 * adoption + 5 * rng.standard_normal(n),
            "return_on_investment": -12 + 4 * adoption + 24 * reached + 18 * rng.standard_normal(n),
            "active_users": (52 + 3 * adoption + 20 * rng.standard_normal(n)).clip(2, 98),
            "process_redesigned": rng.random(n) < 1 / (1 + np.exp(1.4 - 0.5 * workflows - 0.8 * reached)),
            "rollbacks": rng.poisson(np.exp(0.2 + effect(standing, ROLLBACKS))),
        }
    )


def standardised(organisations: Organisations) -> NDArray[np.float64]:
    """Express standings in standard deviations between organisations of one industry and size."""
    return organisations.standing / math.sqrt(BETWEEN)


def effect(standing: NDArray[np.float64], coefficients: dict[str, float]) -> NDArray[np.float64]:
    """Sum the effects of standardised standings, shape (rows, 7), on an outcome: shape (rows,)."""
    weights = np.array([coefficients.get(name, 0.0) for name in SCALE_NAMES])
    total: NDArray[np.float64] = (standing * weights).sum(axis=1)
    return total
