"""How long power for a grid of 12 designs takes on the sample study, beside plain fits, and how often nothing is found.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/power.py [--samples 500] [--jobs 2]

First the grid of ``surveykit power data/ai-strategy``: 4 numbers of organisations by 3 of executives, every predictor
of every planned link, in seconds of the clock and of the processors. Then some of the samples fitted one by one with
`fit_link`: how far the p-values lie apart, and the time that the whole grid would take so. Last, false alarms: the
share of samples with p below 5% where nothing goes with anything, at 40 and 160 organisations: it must be near 5%.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from surveykit import aggregate, clean, load_study, read_export, score
from surveykit.errors import LinkError
from surveykit.links import fit_link
from surveykit.links.fits import fit_links
from surveykit.links.power import power
from surveykit.links.power.assumptions import Assumptions, assume
from surveykit.links.power.fits import fit_surveys
from surveykit.links.power.surveys import Surveys, draw_surveys

LIMIT = 120.0  # seconds that the grid may take
BESIDE = 8  # samples of each test fitted both ways


def processors() -> float:
    """Seconds that processors spent on this process and on those it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def one_by_one(assumed: Assumptions, surveys: Surveys) -> tuple[list[float], float]:
    """P-values of `fit_link` for every sample, and the seconds of one fit."""
    width = surveys.columns.shape[2] - 1
    names = [f"x{number}" for number in range(width)]
    tested = names[assumed.scenario.tested]
    organisation = np.concatenate(
        [1000 * block.each + np.arange(block.organisations).repeat(block.each) for block in surveys.blocks]
    )
    found = []
    begun = time.process_time()
    for sample in range(len(surveys.outcome)):
        data = pd.DataFrame(surveys.columns[sample, :, :-1], columns=names)
        data = data.loc[:, data.any()].assign(y=surveys.outcome[sample], organisation=organisation)
        others = [name for name in names if name in data and name != tested]
        weights = {}
        if surveys.weights is not None:
            data, weights = data.assign(weight=surveys.weights[sample]), {"weights": "weight"}
        try:
            fitted = fit_link(
                data, assumed.model, outcome="y", predictors=[tested], adjust_for=others, **weights
            )
            found.append(fitted.parameter(tested)["p_value"])
        except LinkError:
            found.append(np.nan)
    return found, (time.process_time() - begun) / len(surveys.outcome)


def main() -> None:
    """Measure, compare, count false alarms."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    study = load_study("data/ai-strategy")
    aggregated = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    fits = [fit for fit in fit_links(aggregated) if fit.planned]

    begun, used = time.perf_counter(), processors()
    grid = power(aggregated, fits=fits, samples=chosen.samples, jobs=chosen.jobs)
    seconds, spent = time.perf_counter() - begun, processors() - used
    count = int(grid.data["samples"].sum())
    designs = len(grid.data[["organisations", "executives"]].drop_duplicates())
    print(grid)
    print(
        f"\n{designs} designs, {count:,} fits: {seconds:.0f} s with {chosen.jobs} jobs, {spent:.0f} s of processors "
        f"({1000 * spent / count:.2f} ms a fit); the limit is {LIMIT:.0f} s"
    )

    each, worst = [], 0.0
    for fit in fits:
        for predictor in fit.link.predictors:
            assumed = assume(aggregated, fit, predictor, effect=0.1, effect_sd=0.2)
            surveys = draw_surveys(assumed.scenario, 160, 5, BESIDE, np.random.default_rng(1))
            lean = fit_surveys(surveys, assumed.model, assumed.scenario.tested, assumed.scenario.dummies)
            plain, cost = one_by_one(assumed, surveys)
            each.append(cost)
            apart = np.abs(np.where(lean.penalised, np.nan, lean.p) - plain) / np.asarray(plain)
            worst = max(worst, float(np.nanmax(apart)))
    looped = float(np.mean(each)) * count
    print(
        f"fit_link one by one: {1000 * np.mean(each):.0f} ms a fit at 160 organisations, about {looped:,.0f} s for as "
        f"many: {looped / spent:.0f} times as long; p-values differ by at most {worst:.1e} of themselves"
    )

    rows = []
    for fit in fits:
        for predictor in fit.link.predictors:
            assumed = assume(aggregated, fit, predictor, effect=0.0, effect_sd=0.0)
            for organisations in (40, 160):
                rng, share = np.random.default_rng(2), []
                for weights in (assumed.scenario.weights, None):
                    scenario = replace(assumed.scenario, weights=weights)
                    drawn = [
                        fit_surveys(
                            draw_surveys(scenario, organisations, 5, 100, rng),
                            assumed.model,
                            scenario.tested,
                            scenario.dummies,
                        ).p
                        for _ in range(2 * chosen.samples // 100)
                    ]
                    p = np.concatenate(drawn)
                    share.append(f"{100 * np.mean(p[np.isfinite(p)] < 0.05):.1f}%")
                rows.append((fit.link.outcome, predictor, organisations, *share))
    table = pd.DataFrame(rows, columns=["outcome", "predictor", "organisations", "weighted", "unweighted"])
    print(
        f"\nFalse alarms of {2 * chosen.samples:,} samples (of those fitted):\n{table.to_string(index=False)}"
    )


if __name__ == "__main__":
    main()
