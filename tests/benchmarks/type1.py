"""How often every family's test rejects a true null at 5%, and its interval misses a true effect.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/type1.py --runs 1000 --jobs 2

Each run draws organisations of 2 to 8 executives and of 1 or more initiatives (2.2 on average, unequal). The predictor
is the organisation's mean of its executives' noisy answers; an adjustment of the organisation goes with it (0.3) and
with the outcome. Outcomes of one organisation are alike by a Gaussian copula of correlation `--icc`, so that every
family's own mean is exactly true for single initiatives, whatever the correlation: its slope is 0 in the first column
of the table, and 0.5 a unit in the second, where the average marginal effect of a standard deviation is to be covered.

What is tested is what a reader would get (`surveykit.links.inference`, and for mixed models and GEE the same rule). A
fit that is refused (separation) counts as neither, and its share is shown. Bounds: 3.5 to 6.5%; with 1,000 runs the
standard error of a share of 5% is 0.7%.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from itertools import product
from multiprocessing import Pool
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit, logit
from tqdm import tqdm

from surveykit.errors import LinkError
from surveykit.links import average_marginal_effect, fit_link
from surveykit.links.bootstrap import DRAWS, ScoreTest
from surveykit.links.clustered import clustered
from surveykit.links.gee import fit_gee
from surveykit.links.inference import FEW, few, infer_effect
from surveykit.links.mixed import fit_mixed

if TYPE_CHECKING:
    from collections.abc import Callable

    from surveykit.links.likelihood import Likelihood
    from surveykit.links.models import FittedLink

SLOPES = {"x": 0.5, "z": 0.3}
CUTS = (-0.7, 0.6, 1.8)  # of an ordered outcome
SHARE = -0.4  # log odds of a 0/1 one
DISPERSION, PRECISION = 0.7, 3.0  # of overdispersed counts, and of shares


class Cell(NamedTuple):
    """One line of the table."""

    family: str
    organisations: int
    icc: float


class Run(NamedTuple):
    """What one run found; NaN where a fit was refused or nothing was asked."""

    p_value: float
    covered: float


def of_number(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    return linear + stats.norm.ppf(u)


def of_yes(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    return (u < expit(SHARE + linear)).astype(float)


def of_stage(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    return (logit(u)[:, None] + linear[:, None] > np.array(CUTS)).sum(axis=1).astype(float)


def of_count(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    return stats.poisson.ppf(u, np.exp(linear))


def of_spread_count(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    size = 1 / DISPERSION
    return stats.nbinom.ppf(u, size, size / (size + np.exp(linear)))


def of_share(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    mean = expit(SHARE + linear)
    return stats.beta.ppf(u, mean * PRECISION, (1 - mean) * PRECISION)


def of_kind(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    # The third kind goes with the columns, the second does not.
    weights = np.column_stack([np.ones_like(linear), np.full_like(linear, 0.8), np.exp(0.2 + linear)])
    bounds = np.cumsum(weights / weights.sum(axis=1)[:, None], axis=1)
    return (u[:, None] > bounds[:, :2]).sum(axis=1).astype(float)


def of_months(u: np.ndarray, linear: np.ndarray) -> np.ndarray:
    return -np.log(u) * np.exp(-linear) * 9


OUTCOMES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "ols": of_number,
    "logit": of_yes,
    "ordered logit": of_stage,
    "poisson": of_count,
    "negative binomial": of_spread_count,
    "fractional": of_share,
    "multinomial": of_kind,
    "cox": of_months,
    "weighted ols": of_number,
    "weighted logit": of_yes,
    "mixed": of_number,
    "gee ols": of_number,
    "gee logit": of_yes,
    "gee poisson": of_count,
}
# True parameters beside the slopes, in the order of the fitted model's own.
OTHERS = {
    "logit": [SHARE],
    "ordered logit": list(CUTS),
    "fractional": [SHARE],
    "negative binomial": [0.0, np.log(DISPERSION)],
    "cox": [],
}


def draw(cell: Cell, slope: float, seed: int) -> pd.DataFrame:
    """One survey, a row an initiative."""
    rng = np.random.default_rng(
        [seed, cell.organisations, round(100 * cell.icc), list(OUTCOMES).index(cell.family)]
    )
    count = cell.organisations
    clarity = rng.standard_normal(count)
    x = clarity + rng.standard_normal(count) / np.sqrt(rng.integers(2, 9, count))
    z = 0.3 * clarity + 0.95 * rng.standard_normal(count)
    weights = rng.lognormal(0, 0.5, count)
    groups = np.repeat(np.arange(count), 1 + rng.poisson(1.2, count))
    shared, own = rng.standard_normal(count)[groups], rng.standard_normal(len(groups))
    u = stats.norm.cdf(np.sqrt(cell.icc) * shared + np.sqrt(1 - cell.icc) * own)
    frame = pd.DataFrame({"organisation": groups, "x": x[groups], "z": z[groups], "w": weights[groups]})
    frame["y"] = OUTCOMES[cell.family](u, slope * frame["x"].to_numpy() + SLOPES["z"] * frame["z"].to_numpy())
    if cell.family == "cox":
        until = rng.uniform(6, 30, len(frame))
        frame["seen"], frame["y"] = (frame["y"] <= until).astype(int), np.minimum(frame["y"], until)
    return frame


def fit(cell: Cell, frame: pd.DataFrame) -> FittedLink:
    """The family's own `fit_link`."""
    model = cell.family.removeprefix("weighted ")
    options = {"weights": "w"} if model != cell.family else {"event": "seen"} if model == "cox" else {}
    return fit_link(frame, model, outcome="y", predictors=["x"], adjust_for=["z"], **options)


def fit_other(cell: Cell, frame: pd.DataFrame) -> tuple[Likelihood, np.ndarray]:
    """A mixed model or GEE."""
    rows = np.column_stack([frame["x"], frame["z"], np.ones(len(frame))])
    outcome, groups = frame["y"].to_numpy(), frame["organisation"].to_numpy()
    if cell.family.startswith("gee"):
        found = fit_gee(outcome, rows, groups, family=cell.family.removeprefix("gee "))
    else:
        found = fit_mixed(outcome, rows, groups)
    return found.likelihood, found.parameters


def p_of(likelihood: Likelihood, parameters: np.ndarray, position: int, seed: int, *, by_t: bool) -> float:
    """The rule of `infer`, its p-value alone: an interval costs twenty times as much."""
    if not by_t:
        found = ScoreTest(likelihood, parameters, position, DRAWS, seed).at(0.0, parameters)
        return np.nan if found is None else found.p_value()
    here = likelihood.at(parameters)
    told = clustered(here.scores, here.information, here.meat)
    unit = np.eye(len(parameters))[position]
    error = np.sqrt(told.covariance[position, position])
    return float(2 * stats.t.sf(abs(parameters[position]) / error, told.degrees(unit)))


def truth(cell: Cell, fitted: FittedLink) -> float:
    """The effect in these rows of the true parameters; a cox model's baseline is taken as given, as its effect does."""
    slopes = list(SLOPES.values())
    model = fitted.model
    true = (
        [0.0, 0.0, np.log(0.8), *slopes, 0.2] if model == "multinomial" else slopes + OTHERS.get(model, [0.0])
    )
    moved = pd.Series(true, index=fitted.parameters.index)
    return float(average_marginal_effect(replace(fitted, parameters=moved), "x")["estimate"])


def rejected(cell: Cell, seed: int) -> float:
    """The p-value of a slope of 0."""
    frame = draw(cell, 0.0, seed)
    if cell.family.startswith(("mixed", "gee")):
        linear = cell.family in {"mixed", "gee ols"}
        return p_of(*fit_other(cell, frame), 0, seed, by_t=linear or cell.organisations >= FEW)
    fitted = fit(cell, frame)
    name = "2: x" if cell.family == "multinomial" else "x"
    position = int(fitted.parameters.index.get_loc(name))
    return p_of(fitted.likelihood, fitted.parameters.to_numpy(), position, seed, by_t=not few(fitted))


def covered(cell: Cell, seed: int) -> float:
    """Whether the interval of the average marginal effect holds the true one."""
    if cell.family.startswith(("mixed", "gee")):
        return np.nan
    fitted = fit(cell, draw(cell, SLOPES["x"], seed))
    found = infer_effect(fitted, "x", seed=seed)
    return float(found["ci_lower"] <= truth(cell, fitted) <= found["ci_upper"])


def run(cell: Cell, coverage: int, seed: int) -> Run:
    """One survey without an effect, and in the first `coverage` runs one with it."""
    found = [np.nan, np.nan]
    for number, ask in enumerate((rejected, covered)):
        if number and seed >= coverage:
            continue
        try:
            found[number] = ask(cell, seed)
        except LinkError:
            continue
    return Run(*found)


def line(cell: Cell, runs: list[Run], coverage: int) -> dict[str, object]:
    """A line of the table."""
    found = pd.DataFrame(runs)
    tested, asked = found["p_value"].dropna(), found["covered"].dropna()
    return {
        **cell._asdict(),
        "type1": (tested <= 0.05).mean(),
        "std_error": np.sqrt(0.05 * 0.95 / max(len(tested), 1)),
        "refused": 1 - len(tested) / len(found),
        "coverage": asked.mean(),
        "coverage_refused": 1 - len(asked) / coverage if len(asked) else np.nan,
    }


def main() -> None:
    """Run all cells, printing each as it is done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--organisations", type=int, nargs="+", default=[15, 40, 180])
    parser.add_argument("--icc", type=float, nargs="+", default=[0.0, 0.1, 0.3])
    parser.add_argument("--families", nargs="+", choices=OUTCOMES, default=list(OUTCOMES), metavar="FAMILY")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument(
        "--coverage-runs", type=int, default=500, help="of the runs, those with a true effect too"
    )
    parser.add_argument("--seed", type=int, default=0, help="number of the first run")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    cells = [Cell(*each) for each in product(options.families, options.organisations, options.icc)]
    lines = []
    with Pool(options.jobs) as pool:
        for cell in tqdm(cells, disable=None):
            seeds = range(options.seed, options.seed + options.runs)
            ask = partial(run, cell, options.seed + options.coverage_runs)
            lines.append(line(cell, pool.map(ask, seeds, chunksize=10), options.coverage_runs))
            tqdm.write(
                " ".join(
                    f"{value:.4f}" if isinstance(value, float) else str(value) for value in lines[-1].values()
                )
            )
    table = pd.DataFrame(lines)
    table["within"] = table["type1"].between(0.035, 0.065)
    print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
