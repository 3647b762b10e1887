"""Reliability of a scale from its items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reliability:
    """A reliability coefficient with its interval.

    Attributes
    ----------
    estimate : float
        The coefficient; at most 1, negative if items disagree.
    ci_lower, ci_upper : float
        Confidence limits.
    n_obs : int
        Respondents it rests on, counted after incomplete ones were left out.
    n_items : int
        Items of the scale.
    """

    estimate: float
    ci_lower: float
    ci_upper: float
    n_obs: int
    n_items: int

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def __repr__(self) -> str:
        interval = f"{self.ci_lower:.3f} to {self.ci_upper:.3f}"
        return f"Reliability({self.estimate:.3f}, {interval}; {self.n_items} items, {self.n_obs} respondents)"


def alpha(
    items: pd.DataFrame, *, missing: Literal["listwise"] = "listwise", confidence: float = 0.95
) -> Reliability:
    r"""Cronbach's alpha with Feldt's interval.

    Parameters
    ----------
    items : DataFrame of float, shape (respondents, items)
        Answers, reversed items already reversed; at least two items.
    missing : {"listwise"}
        Respondents with any missing item are left out before anything is computed or counted.
    confidence : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Reliability
        NaN limits and estimate where the total score does not vary or fewer than two respondents are complete.

    Raises
    ------
    ScoringError
        If there are fewer than two items, or `missing` or `confidence` is not allowed.

    Notes
    -----
    With J items of variance :math:`s_j^2` and total score of variance :math:`s_T^2`,

    .. math:: \alpha = \frac{J}{J - 1} \left(1 - \frac{\sum_j s_j^2}{s_T^2}\right).

    The limits are :math:`1 - (1 - \alpha) F`, F the upper and lower quantiles of the F distribution with n - 1 and
    (n - 1)(J - 1) degrees of freedom: exact for parallel items with normal errors (Feldt, L. S., 1965,
    Psychometrika 30, 357-370). In R: ``psych::alpha(items)`` and ``psych::alpha.ci(alpha, n.obs, n.var)``, which
    print the same estimate and Feldt limits.

    Examples
    --------
    >>> alpha(pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, 4]}))
    Reliability(0.954, 0.766 to 0.995; 3 items, 5 respondents)
    """
    if missing != "listwise":
        raise ScoringError("unknown way to treat missing answers", given=missing, allowed=["listwise"])
    if not 0 < confidence < 1:
        raise ScoringError("confidence must lie between 0 and 1", given=confidence)
    if items.shape[1] < 2:
        raise ScoringError("alpha needs at least two items", given=list(items.columns))
    complete = items.dropna().to_numpy(dtype=float)
    n_obs, n_items = complete.shape
    estimate = _alpha(complete)
    lower, upper = _feldt(estimate, n_obs, n_items, confidence)
    return Reliability(estimate=estimate, ci_lower=lower, ci_upper=upper, n_obs=n_obs, n_items=n_items)


def _alpha(complete: np.ndarray) -> float:
    n_obs, n_items = complete.shape
    if n_obs < 2:
        return np.nan
    total = complete.sum(axis=1).var(ddof=1)
    # A total of rounding noise only is no variance: dividing by it would give any number at all.
    if total <= 1e-12 * max(1.0, float(np.square(complete).sum(axis=1).max())):
        return np.nan
    return float(n_items / (n_items - 1) * (1 - complete.var(axis=0, ddof=1).sum() / total))


def _feldt(estimate: float, n_obs: int, n_items: int, confidence: float) -> tuple[float, float]:
    from scipy import stats  # noqa: PLC0415  (1.5 s to import: only where an interval is asked for)

    if not np.isfinite(estimate):
        return np.nan, np.nan
    tails = (1 + confidence) / 2, (1 - confidence) / 2
    degrees = n_obs - 1, (n_obs - 1) * (n_items - 1)
    lower, upper = (1 - (1 - estimate) * float(stats.f.ppf(tail, *degrees)) for tail in tails)
    return lower, upper
