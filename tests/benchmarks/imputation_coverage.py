"""How often 95% intervals hold the truth where a fifth of the answers is missing: complete cases beside imputation.

    python tests/benchmarks/imputation_coverage.py --samples 300

Each sample has executives in organisations (3 to 8 each) with two scales of three items on five points, related within
and between organisations, and two initiatives an organisation whose outcome goes with the organisation's mean of the
first scale. A fifth of the answers to the first scale is then lost: by chance alone (MCAR), or more often where the
second scale is low and in one of two segments (MAR). The truth of each quantity is the mean of its estimates from the
full data, over all samples. Bias is in standard errors of the full data; width is relative to theirs.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import t
from tqdm import tqdm

from surveykit.cleaning import Cleaned
from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by
from surveykit.imputation import impute
from surveykit.links import fit_link
from surveykit.measures.pooling import pool
from surveykit.study import Study

FIRST, SECOND = ["a1", "a2", "a3"], ["b1", "b2", "b3"]
TABLE = {"file": "none.csv", "key": "organisation"}
STUDY = Study.model_validate(
    {
        "title": "Made up",
        "responses": {"file": "none.csv"},
        "items": {name: {"column": name, "range": (1, 5)} for name in FIRST + SECOND},
        "scales": {"first": {"items": FIRST}, "second": {"items": SECOND}},
        "organisations": TABLE | {"variables": {"segment": {"type": "category"}}},
        "initiatives": TABLE | {"variables": {"outcome": {"type": "number"}}},
        "links": [
            {"outcome": "outcome", "level": "initiative", "predictors": ["first"], "adjust_for": ["segment"]}
        ],
    }
)


def sample(rng: np.random.Generator, n_organisations: int) -> Cleaned:
    """Draw a survey in which everybody answered everything."""
    segment = rng.choice(["north", "south"], n_organisations)
    both = rng.multivariate_normal([0, 0], [[0.35, 0.2], [0.2, 0.35]], n_organisations)
    both[:, 0] += np.where(segment == "south", 0.4, 0.0)
    group = np.repeat(np.arange(n_organisations), rng.integers(3, 9, n_organisations))
    own = both[group] + rng.multivariate_normal([0, 0], [[0.6, 0.35], [0.35, 0.6]], len(group))
    latent = np.repeat(own, 3, axis=1) + rng.normal(0, 0.8, (len(group), 6)) + np.tile([0.3, 0.0, -0.4], 2)
    answers = pd.DataFrame(np.clip(np.round(3 + latent), 1, 5), columns=FIRST + SECOND)
    names = np.array([f"o{number:04d}" for number in range(n_organisations)])
    initiatives = pd.DataFrame({"organisation": np.repeat(names, 2)})
    initiatives["outcome"] = np.repeat(both[:, 0] + rng.normal(0, 0.4, n_organisations), 2) + rng.normal(
        0, 0.8, 2 * n_organisations
    )
    # Of all that cleaning leaves, imputation reads these.
    parts: dict[str, object] = dict.fromkeys(each.name for each in fields(Cleaned))
    parts |= {"study": STUDY, "data": answers.assign(organisation=names[group]), "initiatives": initiatives}
    return Cleaned(**parts | {"organisations": pd.DataFrame({"segment": segment}, index=names)})


def without(cleaned: Cleaned, rng: np.random.Generator, mechanism: str) -> Cleaned:
    """Lose a fifth of the answers to the first scale."""
    data = cleaned.data.copy()
    chance = np.full(len(data), 0.2)
    if mechanism == "mar":
        low = (
            3
            - data[SECOND].mean(axis=1)
            + (data["organisation"].map(cleaned.organisations["segment"]) == "south")
        )
        chance = 0.02 + 0.6 / (1 + np.exp(-2.2 * (low - 0.95)))
    for name in FIRST:
        data.loc[rng.random(len(data)) < chance, name] = np.nan
    return replace(cleaned, data=data)


def quantities(cleaned: Cleaned) -> pd.DataFrame:
    """Estimate, squared standard error and degrees of freedom of everything asked."""
    data = cleaned.data
    design = Design(cluster=data["organisation"])
    segment = data["organisation"].map(cleaned.organisations["segment"])
    score = data[FIRST].mean(axis=1).where(data[FIRST].notna().all(axis=1)).rename("scale")
    agree = (data["a1"] >= 4).astype(float).where(data["a1"].notna())
    found = {
        "mean of an item": estimate_by(data["a1"], design).iloc[0],
        "mean of an item in the south": estimate_by(data["a1"], design, segment)
        .set_index("value")
        .loc["south"],
        "mean of the scale": estimate_by(score, design).iloc[0],
        "share who agree": estimate_by(agree, design).iloc[0],
    }
    means = score.groupby(data["organisation"]).mean()
    rows = cleaned.initiatives.assign(
        scale=cleaned.initiatives["organisation"].map(means),
        segment=cleaned.initiatives["organisation"].map(cleaned.organisations["segment"]),
    )
    fitted = fit_link(rows, "ols", outcome="outcome", predictors=["scale"], adjust_for=["segment"])
    found["slope of a link"] = fitted.to_frame().loc["scale"]
    frame = pd.DataFrame(
        {name: row[["estimate", "std_error", "df"]] for name, row in found.items()}
    ).T.astype(float)
    frame.loc["slope within organisations"] = _within(data)
    return frame.assign(variance=frame["std_error"] ** 2)


def _within(data: pd.DataFrame) -> list[float]:
    """Slope of one item on another between executives of one organisation."""
    rows = data[["organisation", "a1", "b1"]].dropna()
    apart = rows[["a1", "b1"]] - rows.groupby("organisation")[["a1", "b1"]].transform("mean")
    fitted = fit_link(apart.assign(organisation=rows["organisation"]), "ols", outcome="a1", predictors=["b1"])
    return [float(each) for each in fitted.to_frame().loc["b1", ["estimate", "std_error", "df"]]]


def one(seed: int, mechanism: str, n_organisations: int, n_imputations: int) -> pd.DataFrame:
    """One sample: full data, complete cases and imputation."""
    rng = np.random.default_rng(seed)
    full = sample(rng, n_organisations)
    lost = without(full, rng, mechanism)
    completed = [quantities(each) for each in impute(lost, seed=seed, n_imputations=n_imputations)]
    told = np.array([each["estimate"] for each in completed])
    squared = np.array([each["variance"] for each in completed])
    df = np.mean([each["df"] for each in completed], axis=0)
    pooled = pool(told, squared, df_complete=df).set_axis(completed[0].index)
    parts = {"full": quantities(full), "complete cases": quantities(lost), "imputed": pooled}
    share = float(lost.data[FIRST].isna().to_numpy().mean())
    table = pd.concat(parts, names=["data", "quantity"])[["estimate", "std_error", "df", "fraction_missing"]]
    return table.reset_index().assign(seed=seed, missing=share)


def told(samples: pd.DataFrame) -> pd.DataFrame:
    """Bias, coverage and width of every quantity by what it rests on."""
    truth = samples[samples["data"] == "full"].groupby("quantity")["estimate"].mean()
    error = samples[samples["data"] == "full"].groupby("quantity")["std_error"].mean()
    samples = samples.assign(truth=samples["quantity"].map(truth), full_error=samples["quantity"].map(error))
    samples["off"] = samples["estimate"] - samples["truth"]
    reach = t.ppf(0.975, samples["df"]) * samples["std_error"]
    samples["covered"] = samples["off"].abs() <= reach
    samples["bias"], samples["width"] = (
        samples["off"] / samples["full_error"],
        samples["std_error"] / samples["full_error"],
    )
    groups = samples.groupby(["quantity", "data"], sort=False)
    found = groups[["bias", "covered", "width", "fraction_missing"]].mean()
    found["error_ratio"] = groups["std_error"].mean() / groups["estimate"].std()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--organisations", type=int, default=60)
    parser.add_argument("--imputations", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    for mechanism in ("mcar", "mar"):
        draw = partial(
            one, mechanism=mechanism, n_organisations=options.organisations, n_imputations=options.imputations
        )
        with ProcessPoolExecutor(options.workers) as pool_of:
            samples = pd.concat(
                tqdm(pool_of.map(draw, range(options.samples)), total=options.samples, disable=None)
            )
        print(
            f"\n{mechanism}: {samples['missing'].mean():.1%} of the first scale missing, {options.samples} samples"
        )
        print(told(samples).round(3).to_string())
