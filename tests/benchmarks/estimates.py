"""How fast means of many items by segment are beside svy called by hand and R survey, and what memory each takes.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/estimates.py

Large: 1,000,000 respondents in about 190,000 organisations of 10 strata, weighted, answer 60 items (5% missing) and lie
in 20 segments. Small: 20,000 of them, which R survey holds too. Each side estimates every item in every segment, with
standard errors, limits and design effects, in a process of one thread that makes or reads the same data first; seconds
are of the estimates alone (svy's data are turned into polars before), of its processor and on the clock, which others
on the machine slow; memory is the most the process held meanwhile, and how much of it the data had not taken before
(Linux tells). Bootstrap: 1,000 replicates of 880 executives in 176
organisations made, and four shares estimated from them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

R_SIDE = Path(__file__).with_suffix(".R")
# Respondents, items, segments.
SIZES = {"small": (20_000, 60, 20), "large": (1_000_000, 60, 20), "bootstrap": (880, 4, 1)}
SIDES = {"small": ["surveykit", "svy", "R"], "large": ["surveykit", "svy"], "bootstrap": ["surveykit", "R"]}
PLACE = ["organisation", "stratum", "weight", "segment"]


def draw(size: str) -> pd.DataFrame:
    """Respondents with their place in the design and their answers: codes 1 to 5, or 0 and 1 for the bootstrap."""
    n, items, segments = SIZES[size]
    rng = np.random.default_rng(20261125)
    organisation = np.sort(rng.integers(0, n // 5, n))
    effect = 0.5 * rng.standard_normal(n // 5)[organisation]
    data = {"organisation": organisation, "stratum": organisation % (10 if segments > 1 else 1)}
    data |= {"weight": rng.uniform(0.5, 2, n), "segment": rng.integers(0, segments, n)}
    for item in range(items):
        opinion = effect + rng.standard_normal(n)
        code = 1.0 + np.digitize(opinion, [-1.5, -0.5, 0.5, 1.5]) if segments > 1 else 1.0 * (opinion > 0.4)
        code[rng.random(n) < 0.05] = np.nan
        data[f"item{item}"] = code
    return pd.DataFrame(data)


def held(what: str) -> float:
    """Megabytes this process holds (VmRSS), or held at most (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(status.partition(f"{what}:")[2].split()[0]) / 1024


def begin() -> list[float]:
    """Seconds of the processor and on the clock, and megabytes held, which begin to be watched anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return [time.process_time(), time.perf_counter(), held("VmRSS")]


def passed(start: list[float]) -> list[float]:
    """Seconds since then of the processor and on the clock, most megabytes held and how many were new."""
    peak = held("VmHWM")
    return [time.process_time() - start[0], time.perf_counter() - start[1], peak, peak - start[2]]


def by_surveykit(data: pd.DataFrame, size: str) -> tuple[list[float], pd.DataFrame]:
    """Seconds and megabytes, and the figures."""
    from surveykit.estimates.design import Design  # noqa: PLC0415  (each side carries its own libraries only)
    from surveykit.estimates.domains import estimate_by  # noqa: PLC0415
    from surveykit.estimates.weighting.replicates import bootstrap_replicates  # noqa: PLC0415

    items = data.drop(columns=PLACE)
    start = begin()
    design = Design(cluster=data["organisation"], weight=data["weight"], stratum=data["stratum"])
    if size == "bootstrap":
        design = replace(design, replicates=bootstrap_replicates(design, n=1000, seed=1))
        found = estimate_by(items, design, statistic="share")
    else:
        found = estimate_by(items, design, data["segment"])
    return passed(start), found[["variable", "value", "estimate", "std_error", "deff"]]


def by_svy(data: pd.DataFrame, _: str) -> tuple[list[float], pd.DataFrame]:
    """Seconds and megabytes, and the figures."""
    import polars as pl  # noqa: PLC0415  (as above)
    import svy  # noqa: PLC0415

    frame = pl.from_pandas(data.astype({"segment": "str"}))
    items = [name for name in data if name not in PLACE]
    del data  # held once, as polars
    start = begin()
    sample = svy.Sample(frame, svy.Design(psu="organisation", stratum="stratum", wgt="weight"))
    results = sample.estimation.mean(items, by="segment", drop_nulls=True, deff="wr")
    cost = passed(start)
    parts = [
        result.to_polars().to_pandas().assign(variable=item)
        for item, result in zip(items, results, strict=True)
    ]
    names = {"segment": "value", "est": "estimate", "se": "std_error"}
    return cost, pd.concat(parts).rename(columns=names)[["variable", *names.values(), "deff"]]


def child(side: str, size: str, folder: Path) -> None:
    """Estimate in this process; write the figures, print seconds and megabytes."""
    cost, found = {"surveykit": by_surveykit, "svy": by_svy}[side](draw(size), size)
    found.to_csv(folder / f"{size} {side}.csv", index=False)
    print(json.dumps(cost))


def measured(side: str, size: str, folder: Path) -> list[float]:
    """Seconds a side took, of the processor and on the clock, most megabytes held and how many were new."""
    if side == "R":
        draw(size).to_csv(folder / f"{size}.csv", index=False)
        command = ["Rscript", str(R_SIDE), size, str(folder)]
    else:
        command = [sys.executable, __file__, "--child", side, size, str(folder)]
    one_thread = os.environ | {"POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    done = subprocess.run(command, env=one_thread, stdout=subprocess.PIPE, text=True, check=True)
    return [float(number) for number in json.loads(done.stdout.splitlines()[-1])]


def figures(folder: Path, size: str, side: str) -> pd.DataFrame:
    """What a side found, in one order."""
    found = pd.read_csv(folder / f"{size} {side}.csv", dtype={"value": str}).fillna({"value": ""})
    return found.set_index(["variable", "value"]).sort_index()


def benchmark(sizes: list[str]) -> pd.DataFrame:
    """Every side at every size, with its time and memory over ours, and the largest relative difference."""
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in sizes:
            ours: list[float] = []
            for side in SIDES[size]:
                cost = measured(side, size, folder)
                ours = ours or cost
                apart = figures(folder, size, side) / figures(folder, size, "surveykit") - 1
                if size == "bootstrap":  # the errors rest on other draws
                    apart = apart[["estimate"]]
                lines.append(
                    {
                        "size": size,
                        "side": side,
                        "seconds": cost[0],
                        "on the clock": cost[1],
                        "times ours": cost[0] / ours[0],
                        "peak MB": cost[2],
                        "new MB": cost[3],
                        "new over ours": cost[3] / ours[3],
                        "max difference": f"{apart.abs().max().max():.1e}",
                    }
                )
    return pd.DataFrame(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], options.child[1], Path(options.child[2]))
    elif os.environ.get("OPENBLAS_NUM_THREADS") != "1" or shutil.which("Rscript") is None:
        parser.error("needs Rscript, and OPENBLAS_NUM_THREADS=1 so that no side has more threads")
    else:
        print(benchmark(options.sizes).round(3).to_string(index=False))
