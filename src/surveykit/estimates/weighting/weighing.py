"""Raking as arithmetic: factors for the cells of a sample, for many weights at once, or why there are none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from surveykit.estimates.weighting.margins import Margin

# Of the whole: margins are met to here, far finer than any target is known.
TOLERANCE = 1e-12
# A unit whose weight must shrink below this multiple of what it was stands for nobody.
NOBODY = 1e-6
# Factors run away where targets cannot be reached: no nearer to 0 and no higher than this.
FINITE = (1e-100, 1e100)
# No limits of a factor.
ANY = (0.0, np.inf)
# Of replicates, how many may lack a category or miss a target before their variance is not to be trusted.
FEW = 0.05


def weights_table(weights: pd.Series | pd.DataFrame | None, index: pd.Index) -> pd.DataFrame:
    """Weights as a table of one column or many, all 1 where none are given; EstimateError if they are no weights."""
    if weights is None:
        return pd.DataFrame({0: np.ones(len(index))}, index=index)
    check_index(weights, index, "weights")
    table = weights.to_frame() if isinstance(weights, pd.Series) else weights
    values = table.to_numpy(dtype=float)
    if not (np.isfinite(values).all() and (values >= 0).all() and (values.sum(axis=0) > 0).all()):
        raise EstimateError(
            "weights must be numbers of 0 or more, not all of them 0",
            given=f"{len(values)} units, {int((~np.isfinite(values)).any(axis=1).sum())} without a number, "
            f"{int((values < 0).any(axis=1).sum())} below 0",
        )
    return table


def weights_like(
    values: NDArray[np.float64], table: pd.DataFrame, base: pd.Series | pd.DataFrame | None
) -> pd.Series | pd.DataFrame:
    """Weights in the shape they came in."""
    found = pd.DataFrame(values, index=table.index, columns=table.columns)
    return found if isinstance(base, pd.DataFrame) else found.iloc[:, 0].rename("weight")


def check_index(part: pd.Series | pd.DataFrame, index: pd.Index, name: str) -> None:
    """Refuse what is of other units, or of the same in another order."""
    if not part.index.equals(index):
        raise EstimateError(
            f"the {name} are not of the same units, in the same order", given=f"{len(part)} for {len(index)}"
        )


def check_limits(lower: float, upper: float) -> tuple[float, float]:
    """Refuse limits that do not hold the mean between them."""
    if not 0 <= lower < 1 < upper:
        raise EstimateError(
            "limits are multiples of the mean weight, one below and one above 1",
            given=(lower, upper),
            allowed="such as 0.3 and 3",
        )
    return float(lower), float(upper)


def check_few(troubled: NDArray[np.bool_], what: str) -> None:
    """Refuse replicates of which too many had to be treated in another way than the sample."""
    if troubled.mean() > FEW:
        raise EstimateError(
            f"{int(troubled.sum())} of {len(troubled)} replicates {what}",
            allowed=f"up to {100 * FEW:g}%",
            fix="Join small categories, or use a jackknife, which leaves out one organisation at a time.",
        )


def raked(
    start: NDArray[np.float64], margins: Sequence[Margin], limits: tuple[float, float], iterations: int
) -> NDArray[np.float64]:
    """Rake weights, shape (units, columns): the totals of cells, of which there are few, then the units in them.

    Raises
    ------
    EstimateError
        If no column reaches the targets, or more than a few lack a category or do not reach them.
    """
    held = start.sum(axis=1) > 0
    codes = pd.DataFrame({place: each.codes[held] for place, each in enumerate(margins)})
    cell = codes.groupby(list(codes)).ngroup().to_numpy()
    first = np.unique(cell, return_index=True)[1]
    crossing = [replace(each, codes=each.codes[held][first]) for each in margins]
    totals = np.asarray(pd.DataFrame(start[held]).groupby(cell).sum(), dtype=float)
    totals = totals / totals.sum(axis=0)
    aims = [each.shares[:, None] * (each.sums(totals) > 0) for each in crossing]
    empty = np.any([aim.sum(axis=0) < 1 - TOLERANCE for aim in aims], axis=0)
    aims = [aim / aim.sum(axis=0) for aim in aims]
    factors, apart = _factors(totals, crossing, aims, limits, iterations)
    missed = apart > TOLERANCE
    if missed.any() and limits != ANY and len(missed) > 1:
        aims = [aim[:, missed] for aim in aims]
        factors[:, missed], apart[missed] = _factors(totals[:, missed], crossing, aims, ANY, iterations)
        missed = apart > TOLERANCE
    if missed.all():
        raise _why_not(totals[:, 0], factors[:, 0], crossing, limits, iterations)
    check_few(empty | missed, "lack a category or do not reach the targets")
    found = np.zeros_like(start)
    found[held] = start[held] * factors[cell]
    return found


def _factors(
    totals: NDArray[np.float64],
    margins: Sequence[Margin],
    aims: Sequence[NDArray[np.float64]],
    limits: tuple[float, float],
    iterations: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Factors, shape (cells, columns), that bring totals to their aims; and how far the farthest one stays away.

    They are :math:`g = \min(u, \max(l, e^{\sum_m \lambda_m}))` with one :math:`\lambda` a category; each round adds the
    logarithm of aim over reached to the :math:`\lambda` of each margin in turn. Without limits this is iterative
    proportional fitting; with them a step falls short of its aim, never beyond it, and rounds go on.
    """
    members = [_members(each) for each in margins]
    free, apart = np.ones_like(totals), np.full(totals.shape[1], np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(iterations):
            for each, member, aim in zip(margins, members, aims, strict=True):
                reached = member @ (totals * np.clip(free, *limits))
                free *= np.where(reached > 0, aim / reached, 1.0)[each.codes]
                np.clip(free, *FINITE, out=free)
            held = totals * np.clip(free, *limits)
            apart = np.max(
                [np.abs(member @ held - aim).max(axis=0) for member, aim in zip(members, aims, strict=True)],
                axis=0,
            )
            if (apart <= TOLERANCE).all():
                break
    return np.clip(free, *limits), apart


def _members(margin: Margin) -> NDArray[np.float64]:
    """Which cells are in which category: 0 or 1, shape (categories, cells)."""
    return np.asarray(margin.codes == np.arange(len(margin.labels))[:, None], dtype=float)


def _why_not(
    totals: NDArray[np.float64],
    factors: NDArray[np.float64],
    margins: Sequence[Margin],
    limits: tuple[float, float],
    iterations: int,
) -> EstimateError:
    """Say why cells did not reach their targets: the targets, the limits, or too few rounds."""
    lower, upper = limits
    if np.isnan(_least_upper(totals, margins, NOBODY)):
        return EstimateError(
            "the targets disagree with each other: no weights above 0 meet them all in this sample",
            given=", ".join(each.name for each in margins),
            fix="Look for categories that seldom occur together, and join them with others.",
        )
    least = _least_upper(totals, margins, max(lower, NOBODY))
    if np.isnan(least) or least > upper:
        fix = (
            "Lower the lower limit"
            if np.isnan(least)
            else f"Raise the upper limit to {np.ceil(100 * least) / 100:g}"
        )
        return EstimateError(
            "limits and targets cannot both be met",
            given=f"limits {lower:g} to {upper:g}",
            fix=f"{fix}, or join small categories.",
        )
    reached = [each.sums((totals * factors)[:, None])[:, 0] - each.shares for each in margins]
    worst = int(np.argmax([np.abs(gaps).max() for gaps in reached]))
    place = int(np.abs(reached[worst]).argmax())
    return EstimateError(
        f"raking did not converge: '{margins[worst].labels[place]}' of '{margins[worst].name}' is "
        f"{100 * abs(reached[worst][place]):.2g} points from its target",
        given=f"{iterations} iterations",
        fix="Allow more iterations, or join small categories.",
    )


def _least_upper(totals: NDArray[np.float64], margins: Sequence[Margin], lower: float) -> float:
    """Lowest upper limit with which factors of `lower` or more reach the targets; NaN if none does."""
    from scipy import optimize, sparse  # noqa: PLC0415  (slow to import: only where raking failed)

    cells = len(totals)
    met = np.vstack([_members(each) * totals for each in margins])
    found = optimize.linprog(
        np.append(np.zeros(cells), 1.0),
        A_ub=sparse.hstack([sparse.eye_array(cells), -np.ones((cells, 1))]),
        b_ub=np.zeros(cells),
        A_eq=np.column_stack([met, np.zeros(len(met))]),
        b_eq=np.concatenate([each.shares for each in margins]),
        bounds=[(lower, None)] * cells + [(0, None)],
    )
    return float(found.fun) if found.status == 0 else float("nan")
