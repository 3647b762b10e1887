"""How often the 95% intervals of ICC(1) and of selection agreement cover the truth, and the permutation test errs.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/agreement_coverage.py --samples 4000

Each sample draws organisations of 2 to 8 executives, every size alike often. Ratings are normal with an effect of the
organisation, as they are or cut into five skewed answers; the interval is the same for every `method` of `icc`.
Executives pick the three of eight capabilities of highest utility, as in the sample study: popularity, the taste of the
organisation, and Gumbel noise. Where tastes do not differ the permutation test should reject in 5% of samples.

The truth of normal ratings is their correlation within organisations (`spread`); of five answers, that of the codes: a
bivariate normal integral, without simulation error; of picks at a spread of tastes, 1 - disagreement within over across
organisations among two million of them, whose Monte Carlo error stands beside it.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import product, repeat

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from tqdm import tqdm

from surveykit.measures.agreement import icc, selection_agreement
from surveykit.simulation.instrument import CAPABILITIES
from surveykit.simulation.population import PICKS

ORGANISATIONS = (20, 60, 180)
LATENT_ICC = (0.0, 0.1, 0.3)
TASTES = (0.0, 0.8, 1.6)
# As agreeable executives answer: few below the middle.
THRESHOLDS = ndtri(np.cumsum([0.02, 0.08, 0.15, 0.40]))
POPULARITY = np.array(list(CAPABILITIES.values()))
CHUNK = 100
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


@dataclass(frozen=True)
class Cell:
    """One line of the table: what is drawn, how unlike organisations are, how many of them."""

    what: str
    spread: float
    organisations: int


CELLS = [
    *(
        Cell(what, *rest)
        for what in ("icc, normal", "icc, five answers")
        for rest in product(LATENT_ICC, ORGANISATIONS)
    ),
    *(Cell("picks", *rest) for rest in product(TASTES, ORGANISATIONS)),
    *(Cell("picks, p-value", 0.0, organisations) for organisations in ORGANISATIONS),
]


def icc_of_answers(latent: float, thresholds: np.ndarray) -> float:
    """Correlation of the codes of two standard normals that correlate `latent`, each cut at the thresholds.

    The codes count the thresholds passed, and the covariance of passing a and b is the integral of the bivariate normal
    density at (a, b) over correlations from 0: so is that of the codes, summed over thresholds; their variance is its
    value at 1, a sum over shares.
    """
    rho = latent * (1 + NODES) / 2
    a, b = thresholds[:, None, None], thresholds[None, :, None]
    density = np.exp(-(a**2 - 2 * rho * a * b + b**2) / (2 * (1 - rho**2))) / (
        2 * np.pi * np.sqrt(1 - rho**2)
    )
    covariance = float((density.sum(axis=(0, 1)) * WEIGHTS).sum() * latent / 2)
    below = ndtr(thresholds)
    variance = float((np.minimum.outer(below, below) - np.outer(below, below)).sum())
    return covariance / variance


def draw_members(rng: np.random.Generator, organisations: int) -> np.ndarray:
    """The organisation of each executive."""
    return np.repeat(np.arange(organisations), rng.integers(2, 9, organisations))


def draw_ratings(rng: np.random.Generator, latent: float, member: np.ndarray) -> np.ndarray:
    """Standard normal ratings whose correlation within organisations is `latent`."""
    effect = rng.standard_normal(member[-1] + 1)[member]
    return np.sqrt(latent) * effect + np.sqrt(1 - latent) * rng.standard_normal(len(member))


def draw_picks(rng: np.random.Generator, taste: float, member: np.ndarray) -> np.ndarray:
    """Picks of the three capabilities of highest utility, as `surveykit.simulation` draws them at a taste of 0.8."""
    tastes = taste * rng.standard_normal((member[-1] + 1, len(POPULARITY)))
    utility = POPULARITY + tastes[member] + rng.gumbel(size=(len(member), len(POPULARITY)))
    picks = np.zeros(utility.shape)
    np.put_along_axis(picks, np.argpartition(-utility, PICKS, axis=1)[:, :PICKS], 1, axis=1)
    return picks


def agreement_of_picks(
    taste: float, *, batches: int = 100, organisations: int = 20_000
) -> tuple[float, float]:
    """True selection agreement, and its Monte Carlo error, from pairs of executives of very many organisations."""
    if taste == 0:
        return 0.0, 0.0
    rng = np.random.default_rng(round(1000 * taste))
    member = np.repeat(np.arange(organisations), 2)
    found = []
    for _ in range(batches):
        picks = draw_picks(rng, taste, member)
        within = np.abs(picks[::2] - picks[1::2]).sum(axis=1).mean()
        popular = picks.mean(axis=0)
        found.append((within, 2 * (popular * (1 - popular)).sum()))
    within, across = np.array(found).T
    agreement = 1 - within.mean() / across.mean()
    # Delta method; that `across` holds each executive's pair with himself is 1 in 40,000.
    residual = within - (1 - agreement) * across
    return float(agreement), float(residual.std(ddof=1) / np.sqrt(batches) / across.mean())


@cache
def truth(cell: Cell) -> tuple[float, float]:
    """True value of what a cell's intervals are of, and its Monte Carlo error."""
    if cell.what == "icc, normal":
        return cell.spread, 0.0
    if cell.what == "icc, five answers":
        return icc_of_answers(cell.spread, THRESHOLDS), 0.0
    return agreement_of_picks(cell.spread)


def sample(cell: Cell, seed: int) -> tuple[float, float, float, float]:
    """Estimate, limits and p-value of one sample; NaN for what is not asked of this cell."""
    rng = np.random.default_rng([CELLS.index(cell), seed])
    member = draw_members(rng, cell.organisations)
    if cell.what.startswith("icc"):
        ratings = draw_ratings(rng, cell.spread, member)
        if cell.what == "icc, five answers":
            ratings = np.digitize(ratings, THRESHOLDS)
        found = icc(ratings, member)
        return found.icc1, found.ci_lower, found.ci_upper, np.nan
    # 199 permutations: a test at 5% is as exact as with 999, in a fifth of the time.
    permutations = 199 if cell.what == "picks, p-value" else 0
    picked = selection_agreement(
        draw_picks(rng, cell.spread, member), member, permutations=permutations, seed=seed
    )
    return picked.estimate, picked.ci_lower, picked.ci_upper, picked.p_value


def samples(cell: Cell, first: int) -> pd.DataFrame:
    """A chunk of samples of one cell."""
    found = [sample(cell, seed) for seed in range(first, first + CHUNK)]
    return pd.DataFrame(found, columns=["estimate", "ci_lower", "ci_upper", "p_value"])


def summary(cell: Cell, found: pd.DataFrame) -> dict[str, float | str]:
    """What a cell's samples say: coverage, on which side intervals miss, or how often the test rejects."""
    line = {
        "what": cell.what,
        "spread": cell.spread,
        "organisations": cell.organisations,
        "samples": len(found),
    }
    if cell.what == "picks, p-value":
        share = found["p_value"].le(0.05).mean()
        return line | {"rejected": share, "std_error": np.sqrt(share * (1 - share) / len(found))}
    value, error = truth(cell)
    too_high, too_low = found["ci_lower"].gt(value).mean(), found["ci_upper"].lt(value).mean()
    none = found["ci_lower"].isna().mean()
    share = 1 - too_high - too_low - none
    return line | {
        "truth": value,
        "truth_error": error,
        "mean_estimate": found["estimate"].mean(),
        "coverage": share,
        "std_error": np.sqrt(share * (1 - share) / len(found)),
        "too_high": too_high,
        "too_low": too_low,
        "no_limits": none,
        "mean_width": (found["ci_upper"] - found["ci_lower"]).mean(),
    }


def coverage(n: int, workers: int = 2) -> pd.DataFrame:
    """One line a cell; the whole interval may lie too high or too low, or there is none."""
    lines = []
    with ProcessPoolExecutor(workers) as pool:
        for cell in tqdm(CELLS, disable=None):
            found = pd.concat(pool.map(samples, repeat(cell), range(0, n, CHUNK)))
            lines.append(summary(cell, found))
    return pd.DataFrame(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=4000, help=f"samples a cell, in steps of {CHUNK}")
    table = coverage(parser.parse_args().samples)
    test = table["rejected"].notna()
    print(table[~test].drop(columns="rejected").round(4).to_string(index=False))
    print(table[test].dropna(axis="columns").round(4).to_string(index=False))
