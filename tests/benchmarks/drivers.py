"""How fast R2 is divided beside pingouin and R, in one run, and whether all find the same shares.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/drivers.py

One decomposition of least squares with 8, 12 and 15 predictors from their correlations, on one thread: pingouin's own
loop over subsets (`linear_regression(relimp=True)` calls it), R code that solves for every subset (the package relaimpo
could not be installed where this was written), and ours. The best of runs within 10 seconds, at most 20. Then what
nobody else has: the same with 1,000 resamples of organisations, and logits, of a survey of 180 organisations of two
rows, timed once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pingouin.regression import _relimp
from tqdm import tqdm

from surveykit.links.drivers import importance, shapley_shares

if TYPE_CHECKING:
    from collections.abc import Callable

R_SIDE = Path(__file__).with_suffix(".R")
RUNS, ENOUGH = 20, 10.0


def draw(p: int) -> pd.DataFrame:
    """A survey of 180 organisations of two rows, with p predictors that go together and two outcomes."""
    rng = np.random.default_rng(20260605)
    organisation = np.repeat(np.arange(180), 2)
    rows = rng.normal(size=(360, p)) + rng.normal(size=(360, 1)) + rng.normal(size=(180, p))[organisation]
    line = rows @ rng.uniform(0, 0.4 / np.sqrt(p), p)
    return pd.DataFrame(rows, columns=[f"x{number}" for number in range(p)]).assign(
        organisation=organisation,
        amount=line + rng.normal(size=360),
        yes=(line + rng.logistic(size=360) > 0) * 1,
    )


def best(call: Callable[[], object]) -> tuple[float, np.ndarray]:
    """Seconds of the fastest of several runs, after one to warm up, and the numbers found."""
    found = np.ravel(call())
    seconds: list[float] = []
    while len(seconds) < RUNS and sum(seconds) < ENOUGH:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), found


def in_r(correlations: np.ndarray) -> tuple[float, np.ndarray]:
    """Seconds of R's fastest run, and its shares."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "correlations.csv"
        np.savetxt(file, correlations, delimiter=",", fmt="%.17g")
        done = subprocess.run(
            ["Rscript", str(R_SIDE), str(file)], stdout=subprocess.PIPE, text=True, check=True
        )
    seconds, *found = (float(line) for line in done.stdout.split())
    return seconds, np.array(found)


def beside(p: int) -> dict[str, object]:
    """One decomposition by all three."""
    correlations = draw(p)[["amount", *[f"x{number}" for number in range(p)]]].corr()
    array = correlations.to_numpy()
    ours = best(lambda: shapley_shares(array[1:, 1:], array[1:, 0]))
    theirs = {"pingouin": best(lambda: _relimp(correlations)["relimp"]), "R": in_r(array)}
    row: dict[str, object] = {"predictors": p, "ours ms": f"{1e3 * ours[0]:.2f}"}
    for name, (seconds, found) in theirs.items():
        row[f"{name} ms"] = f"{1e3 * seconds:.0f}"
        row[f"{name} ratio"] = f"{seconds / ours[0]:.0f}"
        row[f"{name} max difference"] = f"{np.abs(found - ours[1]).max():.0e}"
    return row


def alone(p: int, outcome: str) -> dict[str, object]:
    """Seconds of all of `importance`, with 1,000 resamples."""
    data = draw(p)
    start = time.perf_counter()
    found = importance(data, outcome=outcome, predictors=[f"x{number}" for number in range(p)])
    return {"model": found.model, "predictors": p, "seconds": f"{time.perf_counter() - start:.2f}"}


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1" or shutil.which("Rscript") is None:
        raise SystemExit("needs Rscript, and OPENBLAS_NUM_THREADS=1 so that neither side has more threads")
    print(subprocess.run(["Rscript", str(R_SIDE)], capture_output=True, text=True, check=True).stdout)
    print(pd.DataFrame([beside(p) for p in tqdm((8, 12, 15), disable=None)]).to_string(index=False))
    print(
        pd.DataFrame([alone(p, name) for name in ("amount", "yes") for p in (8, 12, 15)]).to_string(
            index=False
        )
    )
