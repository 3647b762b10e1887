"""Organisations drawn again, and left out one at a time: what shares, ranks and R2 could as well have been."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 0.9  # of the resamples must have a fit for intervals to be made of them


class RSquared(NamedTuple):
    """R2 of the sample, without what chance adds to it, and its interval."""

    estimate: float
    corrected: float
    ci_lower: float
    ci_upper: float


def draw(organisations: int, n_boot: int, seed: int) -> Floats:
    """Count how often each organisation is drawn, shape (n_boot, organisations)."""
    chances = np.full(organisations, 1 / organisations)
    return np.random.default_rng(seed).multinomial(organisations, chances, size=n_boot).astype(np.float64)


def percentiles(resamples: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Limits between which the middle of the resamples lies; NaN where fewer than 90% of them have a value."""
    usable = np.isfinite(resamples).all(axis=1)
    if usable.mean() < ENOUGH:
        none = np.full(resamples.shape[1], np.nan)
        return none, none
    low, high = np.quantile(resamples[usable], [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high


def ranks(shares: Floats) -> Floats:
    """Ranks of predictors by share, the largest 1, shape as given; equal shares take the better rank."""
    found: Floats = stats.rankdata(-shares, method="min", axis=-1, nan_policy="propagate").astype(np.float64)
    return found


def rank_range(resamples: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Best and worst rank of each predictor in the middle of the resamples; whole numbers, or NaN."""
    low, high = percentiles(ranks(resamples), confidence)
    return np.floor(low), np.ceil(high)


def differences(names: Sequence[str], shares: Floats, resamples: Floats, confidence: float) -> pd.DataFrame:
    """Compare the shares of every two predictors, the larger first.

    Returns
    -------
    DataFrame, one row a pair
        ``first``, ``second``; ``difference`` of their shares of R2, 0 or more, ``ci_lower``, ``ci_upper``;
        ``first_larger``, in how many of the resamples the first has more, 0 to 1.
    """
    order = np.argsort(-shares, kind="stable")
    one, two = (order[places] for places in np.triu_indices(len(order), 1))
    apart = resamples[:, one] - resamples[:, two]
    low, high = percentiles(apart, confidence)
    usable = apart[np.isfinite(apart).all(axis=1)]
    return pd.DataFrame(
        {
            "first": [names[place] for place in one],
            "second": [names[place] for place in two],
            "difference": shares[one] - shares[two],
            "ci_lower": low,
            "ci_upper": high,
            "first_larger": np.where(
                np.isfinite(low), (usable > 0).sum(axis=0) / max(len(usable), 1), np.nan
            ),
        }
    )


def jackknifed(estimate: float, without_one: Floats, confidence: float) -> RSquared:
    """Take from R2 what it has by chance, as leaving out organisations one at a time tells, and set an interval.

    Parameters
    ----------
    estimate : float
        R2 of the sample.
    without_one : array, shape (organisations,)
        R2 without each organisation.
    confidence : float

    Returns
    -------
    RSquared
        NaN where the model has no fit without one of the organisations.
    """
    size = len(without_one)
    corrected = size * estimate - (size - 1) * without_one.mean()
    error = np.sqrt((size - 1) * without_one.var())
    reach = stats.t.ppf((1 + confidence) / 2, size - 1) * error
    # R2 is 0 to 1; what chance adds may be found larger than all of it.
    found = np.clip([corrected, corrected - reach, corrected + reach], 0, 1)
    return RSquared(float(estimate), *(float(each) for each in found))
