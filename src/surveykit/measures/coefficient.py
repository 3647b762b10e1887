"""A reliability coefficient with its interval, and the covariances of items it is computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.answers import numbers

# Sums of answers are rounded at the sixteenth digit: variation this small beside them is none.
NOISE = 1e-12
NO_LIMITS = (np.nan, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reliability:
    """A reliability coefficient with its interval.

    Attributes
    ----------
    estimate : float
        The coefficient; at most 1. Alpha is negative if items disagree; omega is never.
    ci_lower, ci_upper : float
        Confidence limits.
    n_obs : int
        Respondents it rests on, counted after incomplete ones were left out. With pairwise covariances the harmonic
        mean of the respondents who answered both of two items, or one, rounded down.
    n_items : int
        Items of the scale.
    reason : str
        Why a value is NaN; empty if none is.
    """

    estimate: float
    ci_lower: float
    ci_upper: float
    n_obs: int
    n_items: int
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def __repr__(self) -> str:
        interval = f"{self.ci_lower:.3f} to {self.ci_upper:.3f}"
        counted = f"{self.n_items} items, {self.n_obs} respondents"
        why = f"; {self.reason}" if self.reason else ""
        return f"Reliability({self.estimate:.3f}, {interval}; {counted}{why})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariances:
    """Covariances of items, and the respondents they rest on.

    Attributes
    ----------
    matrix : array of float, shape (items, items)
        Over n - 1; 0 for an item that does not vary; NaN where two items have fewer than two respondents.
    items : Index
        Names of the items.
    n_obs : int
        As in `Reliability`.
    reason : str
        Why there are none; empty if there are.
    """

    matrix: np.ndarray
    items: pd.Index
    n_obs: int
    reason: str = ""

    def correlations(self) -> Covariances:
        """Divide by the standard deviations; without correlations where an item does not vary."""
        if self.reason:
            return self
        std = np.sqrt(np.diag(self.matrix))
        if not std.all():
            return replace(self, reason=f"item {self.items[std == 0].tolist()[0]!r} does not vary")
        return replace(self, matrix=self.matrix / np.outer(std, std))

    def reliability(self, estimate: float, limits: tuple[float, float], reason: str) -> Reliability:
        """Set a coefficient of these items beside what it rests on."""
        return Reliability(
            estimate=estimate,
            ci_lower=limits[0],
            ci_upper=limits[1],
            n_obs=self.n_obs,
            n_items=len(self.items),
            reason=reason,
        )


def answers_to(items: pd.DataFrame | np.ndarray, *, least: int, what: str) -> pd.DataFrame:
    """Read answers as floats, or say what is wrong with them.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers, reversed items already reversed.
    least : int
        Items there must be.
    what : str
        What needs them, for the message.

    Returns
    -------
    DataFrame of float

    Raises
    ------
    ScoringError
        If the answers are no table of numbers, one is infinite, or there are too few items.
    """
    if np.ndim(items) > 2:
        raise ScoringError("answers are a table of respondents and items", given=np.shape(items))
    answers = numbers(items)
    if answers.shape[1] < least:
        words = {2: "two", 3: "three"}
        raise ScoringError(f"{what} needs at least {words[least]} items", given=list(answers.columns))
    return answers


def check_options(
    missing: str, confidence: float, allowed: tuple[str, ...] = ("listwise", "pairwise")
) -> None:
    """Refuse an unknown way to treat missing answers, and a confidence level that is none."""
    if missing not in allowed:
        raise ScoringError("unknown way to treat missing answers", given=missing, allowed=allowed)
    if not 0 < confidence < 1:
        raise ScoringError("confidence must lie between 0 and 1", given=confidence)


def complete_rows(answers: pd.DataFrame) -> np.ndarray:
    """Answers of the respondents who answered every item."""
    values = answers.to_numpy()
    complete = ~np.isnan(values).any(axis=1)
    kept: np.ndarray = values if complete.all() else values[complete]
    return kept


def covariances(answers: pd.DataFrame, missing: str) -> Covariances:
    """Compute the covariances of the items.

    Parameters
    ----------
    answers : DataFrame of float, shape (respondents, items)
        At least two items.
    missing : {"listwise", "pairwise"}
        Whether each covariance rests on the respondents who answered all items, or on those who answered the two.

    Returns
    -------
    Covariances
    """
    rows = complete_rows(answers)
    if missing == "pairwise" and len(rows) < len(answers):
        return _pairwise(answers)
    if len(rows) < 2:
        return _no_covariances(answers.columns, len(rows), "fewer than two complete respondents")
    mean = rows.mean(axis=0)
    away = rows - mean
    return _covariances(away.T @ away / (len(rows) - 1), mean, answers.columns, len(rows))


def _pairwise(answers: pd.DataFrame) -> Covariances:
    values = answers.to_numpy()
    answered = ~np.isnan(values)
    n = answered.T.astype(float) @ answered
    with np.errstate(divide="ignore"):
        # A whole number may come out a last digit short of itself.
        harmonic = int(n.size / (1 / n).sum() + 1e-9)
    if n.min() < 2:
        few = "two items have fewer than two respondents in common"
        return _no_covariances(answers.columns, harmonic, few)
    mean = np.nanmean(values, axis=0)
    away = np.where(answered, values - mean, 0.0)
    # Those who answered two items have another mean than all who answered one of them.
    apart = away.T @ answered
    matrix = (away.T @ away - apart * apart.T / n) / (n - 1)
    return _covariances(matrix, mean, answers.columns, harmonic)


def _no_covariances(items: pd.Index, n_obs: int, reason: str) -> Covariances:
    return Covariances(
        matrix=np.full((len(items), len(items)), np.nan), items=items, n_obs=n_obs, reason=reason
    )


def _covariances(matrix: np.ndarray, mean: np.ndarray, items: pd.Index, n_obs: int) -> Covariances:
    flat = np.diag(matrix) <= np.square(NOISE * mean)
    matrix[flat, :] = matrix[:, flat] = 0
    return Covariances(matrix=matrix, items=items, n_obs=n_obs)
