"""How often the 95% interval of an indirect effect covers the truth: organisations resampled, and rows resampled.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/paths_coverage.py --samples 400

Each sample draws organisations of 1 to 5 initiatives, 3 on average. A predictor of the organisation goes with a
mediator (of the organisation: 2-2-1; of the initiative, as much between organisations as within: 2-1-1), and both with
an outcome that organisations share 30% of. `path` is the standardised slope from predictor to mediator; from
mediator to outcome it is 0.4 (in the logit, 0.8 log odds). With a path of 0 the miss is the share of false findings.
The truth of the logit is the natural effect in a million initiatives of the same population.
"""

from __future__ import annotations

import argparse
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit
from tqdm import tqdm

from surveykit.links.mediation import mediate

CELLS = [("2-2-1", "ols"), ("2-1-1", "ols"), ("2-2-1", "logit")]
ORGANISATIONS = (40, 180)
PATHS = (0.4, 0.0)
DIRECT, ALONG, ODDS, ICC = 0.2, 0.4, 2.0, 0.3


def draw(rng: np.random.Generator, organisations: int, levels: str, model: str, path: float) -> pd.DataFrame:
    """Initiatives of one sample."""
    groups = np.repeat(np.arange(organisations), 1 + rng.binomial(4, 0.5, organisations))
    n = len(groups)
    predictor = rng.standard_normal(organisations)
    mediator = (path * predictor + rng.standard_normal(organisations))[groups]
    if levels == "2-1-1":
        mediator = mediator + rng.standard_normal(n)
    linear = DIRECT * predictor[groups] + ALONG * mediator
    if model == "ols":
        shared = np.sqrt(ICC) * rng.standard_normal(organisations)[groups]
        outcome = linear + shared + np.sqrt(1 - ICC) * rng.standard_normal(n)
    else:
        shared = np.sqrt(ICC / (1 - ICC) * np.pi**2 / 3) * rng.standard_normal(organisations)[groups]
        outcome = (rng.random(n) < expit(ODDS * linear + shared)).astype(float)
    return pd.DataFrame(
        {"organisation": groups, "row": np.arange(n), "x": predictor[groups], "m": mediator, "y": outcome}
    )


def truth(model: str, path: float) -> float:
    """Indirect effect of one unit of the predictor."""
    if model == "ols":
        return path * ALONG
    rng = np.random.default_rng(0)
    x, residual, shared = rng.standard_normal((3, 1_000_000))
    shared *= np.sqrt(ICC / (1 - ICC) * np.pi**2 / 3)

    def mean(own: float, carried: float) -> float:
        linear = DIRECT * (x + own) + ALONG * (path * (x + carried) + residual)
        return float(expit(ODDS * linear + shared).mean())

    return (mean(0.5, 0.5) - mean(0.5, -0.5) + mean(-0.5, 0.5) - mean(-0.5, -0.5)) / 2


def coverage(samples: int, draws: int) -> pd.DataFrame:
    """One line a cell and what is resampled."""
    lines = []
    for number, ((levels, model), organisations, path) in enumerate(product(CELLS, ORGANISATIONS, PATHS)):
        rng, true = np.random.default_rng([3, number]), truth(model, path)
        found = []
        for seed in tqdm(range(samples), disable=None, desc=f"{levels} {model} {organisations} {path}"):
            rows = draw(rng, organisations, levels, model, path)
            for unit in ("organisation", "row"):
                told = mediate(
                    rows, outcome="y", predictor="x", mediator="m", outcome_model=model, organisation=unit,
                    per=1.0, draws=draws, seed=seed,
                )  # fmt: skip
                found.append({"resampled": unit, **told.effects.loc["indirect"]})
        for unit, each in pd.DataFrame(found).groupby("resampled"):
            inside = each["ci_lower"].le(true) & each["ci_upper"].ge(true)
            lines.append(
                {
                    "levels": levels,
                    "model": model,
                    "organisations": organisations,
                    "path": path,
                    "resampled": unit,
                    "truth": true,
                    "bias": each["estimate"].mean() - true,
                    "spread": each["estimate"].std(),
                    "mean_error": each["std_error"].mean(),
                    "coverage": inside.mean(),
                }
            )
        print(pd.DataFrame(lines[-2:]).round(4).to_string(index=False, header=number == 0), flush=True)
    return pd.DataFrame(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=400, help="samples a cell")
    parser.add_argument("--draws", type=int, default=500, help="resamples of each")
    wanted = parser.parse_args()
    coverage(wanted.samples, wanted.draws)
