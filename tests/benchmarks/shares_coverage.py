"""How often the 95% intervals of shares and medians cover the truth, where executives answer in organisations.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/shares_coverage.py --samples 2000

Each sample draws organisations of 1 to 8 executives, 5 on average. The chance to say yes differs by organisation as a
beta variable does, so that two executives of one organisation correlate `icc`; with weights, each organisation has a
lognormal one (standard deviation 0.6 of its logarithm, a design effect of 1.4 of its own) that has nothing to do with
the answers. Answers to five options are a normal opinion, cut where the true shares at or below them are as listed.

The samples of a chunk are one design: each a stratum of its own, and a domain. Beside the limits of medians stand those
of svy, which are R survey's: the same error, around the share at or below the median instead of around 1/2.
"""

from __future__ import annotations

import argparse
from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import svy
from scipy.special import ndtri
from tqdm import tqdm

from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by

SHARES = (0.02, 0.3, 0.9)
ORGANISATIONS = (20, 60, 200)
ICC = (0.0, 0.2)
# True shares at or below each answer but the last: the half lies within an answer, just below or above the end of one.
OPTIONS = {
    "even": (0.2, 0.4, 0.6, 0.8),
    "half at an end": (0.1, 0.25, 0.52, 0.9),
    "most say 5": (0.05, 0.1, 0.25, 0.48),
}
CHUNK = 500
CLAIMED = (0.93, 0.975)


def draw(rng: np.random.Generator, organisations: int, *, weighted: bool) -> pd.DataFrame:
    """Executives of a chunk of samples, with the number of their sample and organisation, and their weight."""
    drawn = CHUNK * organisations
    size = 1 + rng.binomial(7, 4 / 7, drawn)
    weight = np.exp(0.6 * rng.standard_normal(drawn)) if weighted else np.ones(drawn)
    organisation = np.repeat(np.arange(drawn), size)
    return pd.DataFrame(
        {
            "sample": organisation // organisations,
            "organisation": organisation,
            "weight": np.repeat(weight, size),
        }
    )


def design_of(members: pd.DataFrame) -> Design:
    """Every sample a stratum of its own."""
    return Design(cluster=members["organisation"], weight=members["weight"], stratum=members["sample"])


def say_yes(rng: np.random.Generator, members: pd.DataFrame, share: float, icc: float) -> pd.Series:
    """Answers of 0 and 1."""
    chance = np.full(members["organisation"].nunique(), share)
    if icc:
        size = (1 - icc) / icc
        chance = rng.beta(share * size, (1 - share) * size, len(chance))
    return pd.Series((rng.random(len(members)) < chance[members["organisation"]]).astype(float), name="yes")


def answer(
    rng: np.random.Generator, members: pd.DataFrame, cuts: tuple[float, ...] | None, icc: float
) -> pd.Series:
    """Answers 1 to 5, or the opinions themselves."""
    effect = np.sqrt(icc) * rng.standard_normal(members["organisation"].nunique())
    opinion = effect[members["organisation"]] + np.sqrt(1 - icc) * rng.standard_normal(len(members))
    return pd.Series(opinion if cuts is None else 1.0 + np.digitize(opinion, ndtri(cuts)), name="answer")


def covered(lower: pd.Series, upper: pd.Series, truth: float) -> dict[str, float]:
    """Share of intervals with the truth inside, its Monte Carlo error, and on which side the others lie."""
    told = lower.notna() & upper.notna()
    high, low = lower[told].gt(truth).mean(), upper[told].lt(truth).mean()
    inside = 1 - high - low
    return {
        "samples": told.sum(),
        "coverage": inside,
        "std_error": np.sqrt(inside * (1 - inside) / told.sum()),
        "too_high": high,
        "too_low": low,
    }


def shares(samples: int) -> pd.DataFrame:
    """One line a share, number of organisations, ICC and weighting."""
    lines = []
    cells = list(product(SHARES, ORGANISATIONS, ICC, (False, True)))
    for number, (share, organisations, icc, weighted) in enumerate(tqdm(cells, disable=None, desc="shares")):
        rng = np.random.default_rng([1, number])
        parts = []
        for _ in range(samples // CHUNK):
            members = draw(rng, organisations, weighted=weighted)
            said = say_yes(rng, members, share, icc)
            parts.append(estimate_by(said, design_of(members), members["sample"], statistic="share"))
        found = pd.concat(parts, ignore_index=True)
        line = {"share": share, "organisations": organisations, "icc": icc, "weights": weighted}
        line |= covered(found["ci_lower"], found["ci_upper"], share)
        line["as_claimed"] = CLAIMED[0] <= line["coverage"] <= CLAIMED[1]
        line["mean_width"] = (found["ci_upper"] - found["ci_lower"]).mean()
        line["exact"] = found["method"].eq("Korn-Graubard").mean()
        line["nobody"] = found["estimate"].isin([0, 1]).mean()
        lines.append(line)
    return pd.DataFrame(lines)


def by_svy(said: pd.Series, members: pd.DataFrame) -> pd.DataFrame:
    """Medians of svy, whose limits are those of R survey."""
    data = pl.from_pandas(members.assign(answer=said, domain=members["sample"]))
    sample = svy.Sample(data, svy.Design(psu="organisation", stratum="sample", wgt="weight"))
    return sample.estimation.median("answer", by="domain").to_polars().to_pandas()


def medians(samples: int) -> pd.DataFrame:
    """One line a set of answer options (or none), number of organisations and ICC."""
    lines = []
    cells = list(product({"none": None, **OPTIONS}.items(), ORGANISATIONS, ICC))
    for number, ((name, cuts), organisations, icc) in enumerate(tqdm(cells, disable=None, desc="medians")):
        rng = np.random.default_rng([2, number])
        ours, theirs = [], []
        for _ in range(samples // CHUNK):
            members = draw(rng, organisations, weighted=False)
            said = answer(rng, members, cuts, icc)
            ours.append(estimate_by(said, design_of(members), members["sample"], statistic="median"))
            theirs.append(by_svy(said, members))
        truth = 0.0 if cuts is None else 1.0 + np.digitize(0.5, cuts)
        found, other = pd.concat(ours), pd.concat(theirs)
        line = {"options": name, "organisations": organisations, "icc": icc}
        line |= covered(found["ci_lower"], found["ci_upper"], truth)
        line["svy"] = covered(other["lci"], other["uci"], truth)["coverage"]
        lines.append(line)
    return pd.DataFrame(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=2000, help=f"samples a cell, in steps of {CHUNK}")
    wanted = parser.parse_args().samples
    print(shares(wanted).round(4).to_string(index=False))
    print(medians(max(CHUNK, wanted // 2)).round(4).to_string(index=False))
