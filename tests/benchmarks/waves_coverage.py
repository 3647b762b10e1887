"""How often 95% intervals of a change between waves cover it, for repeated, half repeated and fresh organisations.

    python tests/benchmarks/waves_coverage.py --runs 400

Organisations of 1 to 8 executives (5 on average) have a standing in each wave, correlated .8 where they take part in
both; an answer is the standing plus the executive's own, or whether that lies above a cut. Executives are drawn anew
in each wave, so that a repeated organisation shares its standing only.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from statistics import NormalDist

import numpy as np
import pandas as pd
from tqdm import tqdm

from surveykit.estimates.design import Design
from surveykit.estimates.waves.change import change_between

SAMPLES = {"repeated": 1.0, "half repeated": 0.5, "fresh": 0.0}
ICCS = (0.05, 0.2, 0.5)
ORGANISATIONS = (20, 60)
# The figure in the first wave and the second: a mean (in standard deviations), or shares.
FIGURES = {
    "mean": (0.0, 0.2),
    "share .30": (0.30, 0.36),
    "share .02": (0.02, 0.04),
    "share .90": (0.90, 0.88),
}
KEPT = 0.8  # correlation of one organisation's standings
SIZES = np.array([0.03, 0.08, 0.12, 0.16, 0.20, 0.17, 0.13, 0.11])  # of 1, 2, .. 8 executives


def covered(case: tuple[str, float, int, str], runs: int, seed: int = 1) -> dict[str, object]:
    """For one kind of sample, how often the interval of the change holds it, lies above it, and how wide it is."""
    sample, icc, organisations, figure = case
    rng = np.random.default_rng([seed, *(ord(letter) for letter in repr(case))])
    before, after = FIGURES[figure]
    found = pd.concat([_change(rng, sample, icc, organisations, figure) for _ in range(runs)])
    low, high = found["ci_lower"], found["ci_upper"]
    return {
        **dict(zip(("sample", "icc", "organisations", "figure"), case, strict=True)),
        "covered": float(((low <= after - before) & (after - before <= high)).mean()),
        "too_high": float((low > after - before).mean()),
        "width": float((high - low).mean()),
        "runs": int(low.notna().sum()),
    }


def _change(
    rng: np.random.Generator, sample: str, icc: float, organisations: int, figure: str
) -> pd.DataFrame:
    shared = int(SAMPLES[sample] * organisations)
    first = rng.standard_normal(organisations)
    second = rng.standard_normal(organisations)
    second[:shared] = KEPT * first[:shared] + np.sqrt(1 - KEPT**2) * second[:shared]
    names = np.arange(organisations)
    later = np.where(names < shared, names, names + organisations)
    parts = [(first, names), (second, later)]
    waves = dict(zip("12", [_wave(rng, *part, icc) for part in parts], strict=True))
    designs = {wave: Design(cluster=cluster) for wave, (_, cluster) in waves.items()}
    values = {wave: _answers(y, figure, int(wave) - 1) for wave, (y, _) in waves.items()}
    return change_between(values, designs, statistic="mean" if figure == "mean" else "share")


def _wave(
    rng: np.random.Generator, standing: np.ndarray, names: np.ndarray, icc: float
) -> tuple[pd.Series, pd.Series]:
    member = np.repeat(np.arange(len(standing)), 1 + rng.choice(len(SIZES), len(standing), p=SIZES))
    y = np.sqrt(icc) * standing[member] + np.sqrt(1 - icc) * rng.standard_normal(len(member))
    return pd.Series(y), pd.Series(names[member])


def _answers(y: pd.Series, figure: str, wave: int) -> pd.Series:
    if figure == "mean":
        return y + FIGURES[figure][wave]
    return (y > -NormalDist().inv_cdf(FIGURES[figure][wave])).astype(float)


def coverage(runs: int, workers: int = 2) -> pd.DataFrame:
    """One row a kind of sample, strength of clustering, number of organisations and figure."""
    cases = list(product(SAMPLES, ICCS, ORGANISATIONS, FIGURES))
    with ProcessPoolExecutor(workers) as pool:
        return pd.DataFrame(
            tqdm(pool.map(covered, cases, [runs] * len(cases)), total=len(cases), disable=None)
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    table = coverage(options.runs, options.workers)
    shown = table.pivot_table(index=["figure", "organisations"], columns=["sample", "icc"], values="covered")
    print(shown.round(3).to_string())
    print(table.round(3).to_string())
