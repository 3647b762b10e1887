"""Confidence limits of estimates from their variance and degrees of freedom, for many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.estimates.engine import Found

    Floats = NDArray[np.float64]
    Limits = tuple[Floats, Floats]

# Where fewer effective answers than this lie on the rarer side the logit interval may cover far less than it says (0.02
# in 20 organisations: 72 to 83 in 100); Korn-Graubard's holds there. Up to 15 or 20 it would be wider than need be.
# See tests/benchmarks/shares_coverage.py.
FEWEST_FOR_LOGIT = 10


def critical(df: NDArray[np.floating[Any]], confidence: float) -> Floats:
    """Two-sided point of t; NaN without degrees of freedom."""
    from scipy.special import stdtrit  # noqa: PLC0415  (scipy takes a while to import: only where limits are made)

    return np.asarray(stdtrit(np.where(df > 0, df, np.nan), (1 + confidence) / 2))


def t_limits(found: Found, confidence: float) -> Limits:
    """Estimate less and plus t standard errors."""
    reach = critical(found.df, confidence) * np.sqrt(found.variance)
    return found.estimate - reach, found.estimate + reach


def logit_limits(found: Found, confidence: float) -> Limits:
    """Limits of t on the logit of a share, turned back; NaN at a share of 0 or 1."""
    from scipy.special import expit, logit  # noqa: PLC0415  (as above)

    share = found.estimate
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = critical(found.df, confidence) * np.sqrt(found.variance) / (share * (1 - share))
        return expit(logit(share) - reach), expit(logit(share) + reach)


def exact_limits(found: Found, confidence: float) -> Limits:
    """Korn and Graubard's limits of a share: Clopper and Pearson's, of an effective number of answers.

    That number is never above Kish's, which is the number of answers where all weigh the same: of few hits a design
    effect below that of the weights is chance. At a share of 0 or 1, where nothing tells it, it is Kish's.
    """
    from scipy.special import betaincinv  # noqa: PLC0415  (as above)

    share, tail = found.estimate, (1 - confidence) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        edge = (share <= 0) | (share >= 1)
        n: Floats = np.where(edge, found.kish, share * (1 - share) / found.variance)
        wider = critical(found.df, confidence) / critical(found.n_obs - 1.0, confidence)
        n = np.minimum(n / wider**2, found.kish)
        hits, misses = n * share, n * (1 - share)
        lower = np.where(hits > 0, betaincinv(hits, misses + 1, tail), 0.0)
        upper = np.where(misses > 0, betaincinv(hits + 1, misses, 1 - tail), 1.0)
    known = np.isfinite(n)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def share_limits(found: Found, confidence: float) -> tuple[Floats, Floats, NDArray[np.str_]]:
    """Limits of a share by the method that holds for it, and the method's name."""
    effective = np.minimum(found.n_effective, found.kish)
    rare = np.minimum(found.estimate, 1 - found.estimate) * effective < FEWEST_FOR_LOGIT
    logit, exact = logit_limits(found, confidence), exact_limits(found, confidence)
    lower, upper = (np.where(rare, e, t) for e, t in zip(exact, logit, strict=True))
    return lower, upper, np.where(rare, "Korn-Graubard", "logit")
