"""How fast the measures are beside R on the same data, and whether both find the same numbers.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/measures.py

Small: 400 organisations of 2 to 8 executives; scale measures on one scale of 5 items. Large: 1,000,000 answers of
33,334 executives in about 6,700 such organisations to 6 scales of 5 items; scale measures on all six. The ICC is of the
mean of the first scale; even-odd, longstring and polychoric take all 30 items at both sizes.

Both sides have their data in memory, one thread, and the best of up to 20 runs within 10 seconds. R runs in a process
of its own, right after ours, and is stopped where one run passes the limit: its time and the ratio are then lower
bounds. The R package `careless` could not be installed where this was written, so even-odd and longstring stand in
measures.R in base R, a row at a time. `psych::alpha` also computes item statistics, and our `alpha` and `icc` limits;
"bare formula" is base R for the coefficients alone, against the same call of ours: the least R could take.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from surveykit.errors import SurveyWarning
from surveykit.measures.agreement import average_deviation, icc, rwg_j
from surveykit.measures.careless import even_odd, longstring
from surveykit.measures.factors import polychoric
from surveykit.measures.reliability import alpha

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

R_SIDE = Path(__file__).with_suffix(".R")
RUNS, ENOUGH = 20, 10.0
# Organisations drawn, the first executives of them taken (all, or just enough), and scales the scale measures take.
SIZES = {"small": (400, None, 1), "large": (7000, 33_334, 6)}
START = 15.0  # seconds R may take to start and read the answers


def draw(organisations: int, first: int | None, *, seed: int) -> pd.DataFrame:
    """Answers 1 to 5 to 6 scales of 5 items, by 2 to 8 executives an organisation, with organisation effects."""
    rng = np.random.default_rng(seed)
    organisation = np.repeat(np.arange(1, organisations + 1), rng.integers(2, 9, organisations))[:first]
    n = len(organisation)
    standing = 0.5 * rng.standard_normal((organisations, 6))[organisation - 1] + 0.8 * rng.standard_normal(
        (n, 6)
    )
    opinion = np.repeat(standing, 5, axis=1) + 0.8 * rng.standard_normal((n, 30))
    codes = 1 + np.digitize(opinion, [-1.6, -0.7, 0.2, 1.2])
    answers = pd.DataFrame(
        codes, columns=[f"s{scale}_{item}" for scale in range(1, 7) for item in range(1, 6)]
    )
    answers.insert(0, "organisation", organisation)
    return answers


def calls(answers: pd.DataFrame, n_scales: int) -> Mapping[str, Callable[[], object]]:
    """What is compared, by the name the R side knows it by: ours, ready to call."""
    groups, items = answers["organisation"], answers.iloc[:, 1:]
    scales = {f"s{k}": [f"s{k}_{item}" for item in range(1, 6)] for k in range(1, 7)}
    tables = [items[columns] for columns in list(scales.values())[:n_scales]]
    score = tables[0].mean(axis=1)

    def alphas() -> list[float]:
        return [alpha(table).estimate for table in tables]

    def icc_both() -> list[float]:
        found = icc(score, groups)
        return [found.icc1, found.icc2]

    return {
        "rwg_j": lambda: [rwg_j(table, groups, null_variance=2)["estimate"] for table in tables],
        "average_deviation": lambda: [average_deviation(table, groups)["estimate"] for table in tables],
        "icc": icc_both,
        "icc, bare formula": icc_both,
        "even_odd": lambda: even_odd(items, scales),
        "longstring": lambda: longstring(items),
        "alpha": alphas,
        "alpha, bare formula": alphas,
        "polychoric": lambda: polychoric(items),
    }


def best(call: Callable[[], object]) -> tuple[float, np.ndarray]:
    """Seconds of the fastest of several runs, after one that imports what it needs, and the numbers found."""
    found = np.ravel(call())
    seconds: list[float] = []
    while len(seconds) < RUNS and sum(seconds) < ENOUGH:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), found


def in_r(file: Path, measure: str, n_scales: int, limit: float) -> tuple[float, np.ndarray] | None:
    """Seconds of R's fastest run and the numbers found; None where one run passes the limit."""
    command = ["Rscript", str(R_SIDE), str(file), measure, str(n_scales)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=limit + START)
    except subprocess.TimeoutExpired:
        return None
    seconds, *found = (np.nan if line == "NA" else float(line) for line in done.stdout.split())
    return seconds, np.array(found)


def row(
    ours: tuple[float, np.ndarray], theirs: tuple[float, np.ndarray] | None, limit: float
) -> dict[str, str]:
    """How both did, as the table says it."""
    own = {"ours ms": f"{ours[0] * 1e3:.2f}"}
    if theirs is None:
        return own | {
            "R ms": f"over {limit * 1e3:.0f}",
            "ratio": f"over {limit / ours[0]:.0f}",
            "max difference": "-",
        }
    # A value missing on one side only is a difference without bound.
    both_missing = np.isnan(ours[1]) & np.isnan(theirs[1])
    apart = np.nan_to_num(np.where(both_missing, 0, np.abs(ours[1] - theirs[1])), nan=np.inf)
    return own | {
        "R ms": f"{theirs[0] * 1e3:.2f}",
        "ratio": f"{theirs[0] / ours[0]:.1f}",
        "max difference": f"{apart.max():.1e}",
    }


def benchmark(sizes: list[str], limit: float) -> pd.DataFrame:
    """Time every measure at every size on both sides."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            organisations, first, n_scales = SIZES[size]
            answers = draw(organisations, first, seed=20260601)
            file = Path(folder) / f"{size}.csv"
            answers.to_csv(file, index=False)
            for measure, call in tqdm(calls(answers, n_scales).items(), desc=size, disable=None):
                ours = best(call)
                theirs = in_r(file, measure, n_scales, limit)
                rows.append({"measure": measure, "size": size} | row(ours, theirs, limit))
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--limit", type=float, default=300, help="seconds one run of R may take")
    options = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1" or shutil.which("Rscript") is None:
        parser.error("needs Rscript, and OPENBLAS_NUM_THREADS=1 so that neither side has more threads")
    # Few of 2,000 executives choose an end of the scale for both of two items: some tables have empty cells.
    warnings.simplefilter("ignore", SurveyWarning)
    print(subprocess.run(["Rscript", str(R_SIDE)], capture_output=True, text=True, check=True).stdout)
    print(benchmark(options.sizes, options.limit).to_string(index=False))
