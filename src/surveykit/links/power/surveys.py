"""Many surveys of one size in one draw: organisations, executives' mean scores, rows and their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import betaincinv, expit, logit, ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.power.scenario import Outcome, Scenario

    Floats = NDArray[np.float64]


class Block(NamedTuple):
    """Organisations with the same number of rows: rows ``first`` to ``first + organisations * each``."""

    first: int
    organisations: int
    each: int

    @property
    def rows(self) -> slice:
        """Their rows, those of one organisation beside each other."""
        return slice(self.first, self.first + self.organisations * self.each)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surveys:
    """Surveys of one size.

    Attributes
    ----------
    columns : array of float, shape (samples, rows, k)
        The link's columns, then the constant.
    outcome : array of float, shape (samples, rows)
        Numbers; codes 0, 1, .. of categories; counts; fractions.
    weights : array of float, shape (samples, rows), or None
        Above 0; None where all rows count the same.
    blocks : tuple of Block
        Where the rows of organisations lie, the same in all samples.
    """

    columns: Floats
    outcome: Floats
    weights: Floats | None
    blocks: tuple[Block, ...]

    def of(self, which: NDArray[np.intp], outcome: Floats) -> Surveys:
        """Some of the samples, with their outcomes recoded."""
        weights = None if self.weights is None else self.weights[which]
        return Surveys(columns=self.columns[which], outcome=outcome, weights=weights, blocks=self.blocks)


def blocks_of(scenario: Scenario, organisations: int, executives: int) -> tuple[Block, ...]:
    """Share organisations out over numbers of rows as in the data, by largest remainder."""
    if scenario.per_executive:
        return (Block(0, organisations, executives),)
    each, counts = np.unique(scenario.sizes, return_counts=True)
    exact = organisations * counts / counts.sum()
    whole = np.floor(exact).astype(int)
    left = organisations - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    firsts = np.concatenate([[0], np.cumsum(whole * each)[:-1]])
    return tuple(
        Block(int(first), int(number), int(size))
        for first, number, size in zip(firsts, whole, each, strict=True)
        if number
    )


def draw_surveys(
    scenario: Scenario, organisations: int, executives: int, samples: int, rng: np.random.Generator
) -> Surveys:
    """Draw `samples` surveys with so many organisations, and executives in each.

    Parameters
    ----------
    scenario : Scenario
    organisations, executives, samples : int
    rng : Generator

    Returns
    -------
    Surveys
    """
    blocks = blocks_of(scenario, organisations, executives)
    drawn = [_block(scenario, block, executives, samples, rng) for block in blocks]
    columns, outcome, weights = (np.concatenate(part, axis=1) for part in zip(*drawn, strict=True))
    weighted = scenario.weights is not None
    return Surveys(columns=columns, outcome=outcome, weights=weights if weighted else None, blocks=blocks)


def _block(
    scenario: Scenario, block: Block, executives: int, samples: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    shape = (samples, block.organisations, block.each)
    like = _like(scenario, block, samples, rng)
    rows = scenario.starts[like][..., None] + (
        rng.integers(scenario.sizes[like][..., None], size=shape)
        if scenario.per_executive
        else np.arange(block.each)
    )
    scales = scenario.shift.shape[1]
    standing = (scenario.shift[like] + rng.standard_normal((*shape[:2], scales)) @ scenario.between.T)[
        :, :, None
    ]
    spread = scenario.within.T / (1 if scenario.per_executive else np.sqrt(executives))
    views = rng.standard_normal((*shape[:2], block.each if scenario.per_executive else 1, scales)) @ spread
    measured = np.broadcast_to(standing + views, (*shape, scales))
    others = scenario.others[rows]
    columns = np.concatenate([others, measured, np.ones((*shape, 1))], axis=3)
    if scenario.exposed is not None:
        exposed = scenario.exposed[rows]
    else:
        place = scenario.tested - others.shape[3]
        # An executive's own view is what it is; of an organisation only the true standing can matter.
        true = measured if scenario.per_executive else np.broadcast_to(standing, (*shape, scales))
        exposed = true[..., place] / (
            np.sqrt(1 + np.square(scenario.within[place]).sum()) if scenario.per_executive else 1
        )
    outcome = _outcomes(scenario.outcome, exposed, executives, rng)
    weights = np.ones(shape) if scenario.weights is None else scenario.weights[rows]
    return (
        columns.reshape(samples, -1, columns.shape[3]),
        outcome.reshape(samples, -1),
        weights.reshape(samples, -1),
    )


def _like(scenario: Scenario, block: Block, samples: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Organisations of the data that the drawn ones resemble: those with as many rows."""
    among = (
        np.arange(len(scenario.sizes))
        if scenario.per_executive
        else np.flatnonzero(scenario.sizes == block.each)
    )
    return rng.choice(among, (samples, block.organisations))


def _outcomes(outcome: Outcome, exposed: Floats, executives: int, rng: np.random.Generator) -> Floats:
    """Outcomes of rows, shape (samples, organisations, each), correlated within organisations.

    What makes rows of one organisation alike leaves the mean at every exposure where it is, so the slope a clustered
    model looks for is the one put in.
    """
    shared = rng.standard_normal((*exposed.shape[:2], 1))
    linear = outcome.slope * exposed
    if outcome.family == "count":
        rate = np.exp(
            outcome.cuts[0] + linear + np.sqrt(outcome.correlation) * shared - outcome.correlation / 2
        )
        if outcome.residual:
            rate = rate * rng.gamma(1 / outcome.residual, outcome.residual, rate.shape)
        counts: Floats = rng.poisson(rate).astype(np.float64)
        return counts
    own = rng.standard_normal(exposed.shape)
    normal = np.sqrt(outcome.correlation) * shared + np.sqrt(1 - outcome.correlation) * own
    if outcome.family == "number":
        number: Floats = linear + np.sqrt(outcome.residual + outcome.noise / executives) * normal
        return number
    if outcome.family == "categories":
        passing = linear + logit(ndtr(normal))
        codes: Floats = np.searchsorted(outcome.cuts, passing).astype(np.float64)
        return codes
    mean = expit(linear - outcome.cuts[0])
    fraction: Floats = betaincinv(mean * outcome.residual, (1 - mean) * outcome.residual, ndtr(normal))
    return fraction
