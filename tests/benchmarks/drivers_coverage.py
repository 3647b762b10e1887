"""How often intervals of shares, proportions and R2 hold the truth, in simulated surveys.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/drivers_coverage.py --surveys 400

Five predictors of organisations, correlated by 0.3, with slopes .4, .2, .2, .05 and 0; the outcome also has a part that
is the organisation's own (ICC .2). The truth is that of a survey of a million rows.
"""

from __future__ import annotations

import argparse
import os

import numpy as np
import pandas as pd
from tqdm import tqdm

from surveykit.links.drivers import importance

SLOPES, COMMON, OWN = np.array([0.4, 0.2, 0.2, 0.05, 0.0]), 0.3, 0.2
NAMES = [f"x{number}" for number in range(1, 6)]
SIZES = {"180 of 2": (180, 2), "40 of 4": (40, 4), "40 of 1": (40, 1), "15 of 4": (15, 4)}


def draw(organisations: int, rows: int, model: str, rng: np.random.Generator) -> pd.DataFrame:
    """One survey: rows an organisation, predictors that do not vary within it."""
    spread = np.linalg.cholesky((1 - COMMON) * np.eye(5) + COMMON)
    organisation = np.repeat(np.arange(organisations), rows)
    predictors = (rng.normal(size=(organisations, 5)) @ spread.T)[organisation]
    own = np.sqrt(OWN) * rng.normal(size=organisations)[organisation]
    line = predictors @ SLOPES * (1.5 if model == "logit" else 1) + own
    noise = (
        rng.logistic(size=len(line)) if model == "logit" else np.sqrt(1 - OWN) * rng.normal(size=len(line))
    )
    outcome = (line + noise > 0).astype(float) if model == "logit" else line + noise
    return pd.DataFrame(predictors, columns=NAMES).assign(organisation=organisation, outcome=outcome)


def cover(size: str, model: str, surveys: int, seed: int) -> dict[str, object]:
    """Shares of surveys whose 95% intervals hold the truth: the lowest and highest over predictors, and R2."""
    rng = np.random.default_rng(seed)
    truth = importance(
        draw(1_000_000, 1, model, rng).assign(organisation=np.arange(1_000_000) % 20),
        outcome="outcome",
        predictors=NAMES,
        n_boot=100,
    )
    held = {"share": np.zeros(5), "proportion": np.zeros(5)}
    whole, bias, made = 0, np.zeros(2), 0
    for survey in tqdm(range(surveys), desc=f"{model}, {size}", disable=None):
        try:
            found = importance(
                draw(*SIZES[size], model, rng), outcome="outcome", predictors=NAMES, seed=survey
            )
        except ValueError:  # separation
            continue
        if found.reason:
            continue
        made += 1
        for name, count in held.items():
            true = truth.data[name].to_numpy()
            count += (found.data[f"{name}_ci_lower"] <= true) & (true <= found.data[f"{name}_ci_upper"])  # noqa: PLW2901
        of = found.r_squared
        whole += of.ci_lower <= truth.r_squared.estimate <= of.ci_upper
        bias += np.array([of.estimate, of.corrected]) - truth.r_squared.estimate
    return {
        "model": model,
        "organisations": size,
        **{
            name: f"{100 * count.min() / made:.0f} to {100 * count.max() / made:.0f}"
            for name, count in held.items()
        },
        "R2": f"{100 * whole / made:.1f}",
        "true R2": f"{truth.r_squared.estimate:.3f}",
        "bias": f"{bias[0] / made:.3f}",
        "bias, corrected": f"{bias[1] / made:.3f}",
        "surveys": made,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--surveys", type=int, default=400)
    parser.add_argument("--models", nargs="+", default=["ols", "logit"])
    options = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        parser.error("needs OPENBLAS_NUM_THREADS=1: small matrices are slower on several threads")
    print(
        pd.DataFrame(
            [cover(size, model, options.surveys, 20260605) for model in options.models for size in SIZES]
        ).to_string(index=False)
    )
