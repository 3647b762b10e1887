"""What weights do: how far they reach, what they cost, and how near the targets they bring the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.estimates.weighting.margins import margins_of
from surveykit.estimates.weighting.weighing import weights_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from surveykit.estimates.weighting.margins import Margin
    from surveykit.estimates.weighting.targets import Targets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighting:
    """How far weights reach, what they cost, and how near they bring the sample to its targets.

    Attributes
    ----------
    n : int
        Units with a weight above 0.
    lowest, highest : float
        Of these units' weights, as multiples of their mean.
    ratio : float
        Highest over lowest, 1 or more.
    deff : float
        Kish's design effect, 1 + the squared coefficient of variation of the weights, 1 or more: what weighting does
        to the variance of a mean that has nothing to do with the weights.
    n_effective : float
        n / deff: as many equally weighted units would tell as much.
    table : DataFrame
        One row a category, in the order of the targets: ``variable, category, n`` (units), ``target, before, after``
        (shares, 0 to 1), ``difference_before, difference_after`` (share less target, in percentage points).
    """

    n: int
    lowest: float
    highest: float
    ratio: float
    deff: float
    n_effective: float
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._caption()}\n{self.table.to_string(index=False, float_format='{:z.3f}'.format)}"

    def _repr_html_(self) -> str:
        """Show the table; labels are escaped."""
        table = self.table.to_html(index=False, escape=True, float_format="{:z.3f}".format)
        return f"<p>{self._caption()}</p>{table}"

    def _caption(self) -> str:
        reach = f"{self.lowest:.2f} to {self.highest:.2f} times the mean, highest {self.ratio:.1f} times the lowest"
        return (
            f"Weighting: {self.n} units, weights {reach}, design effect {self.deff:.2f}, "
            f"effective n {self.n_effective:.0f}"
        )


def diagnose(
    weights: pd.Series,
    margins: pd.DataFrame,
    targets: Mapping[str, Targets],
    *,
    base: pd.Series | None = None,
) -> Weighting:
    r"""How far weights reach, what they cost, and how near the sample is to its targets before and after.

    Parameters
    ----------
    weights : Series of float, shape (units,)
        0 or more; units of weight 0 are left out before counting.
    margins : DataFrame, shape (units, variables)
        Category of each unit in each variable.
    targets : mapping of str to mapping or Series of float
        As for `rake`.
    base : Series of float, shape (units,), optional
        Weights before; all 1 by default.

    Returns
    -------
    Weighting

    Raises
    ------
    EstimateError
        If weights are not of these units or no numbers of 0 or more, a variable is unknown or missing for a unit, or
        a category has no target.

    Notes
    -----
    The design effect is :math:`n \sum w^2 / (\sum w)^2`. Kish, L. (1965), Survey Sampling, 11.7.

    Examples
    --------
    >>> from surveykit.estimates.weighting.weights import rake
    >>> margins = pd.DataFrame({"size": ["S", "S", "S", "L"]})
    >>> targets = {"size": {"S": 0.5, "L": 0.5}}
    >>> diagnose(rake(margins, targets), margins, targets)
    Weighting: 4 units, weights 0.67 to 2.00 times the mean, highest 3.0 times the lowest, design effect 1.33,
    effective n 3
    variable category n target before after difference_before difference_after
        size        S 3  0.500  0.750 0.500            25.000            0.000
        size        L 1  0.500  0.250 0.500           -25.000            0.000
    """
    after = weights_table(weights, margins.index).to_numpy(dtype=float)
    held = after[:, 0] > 0
    before = weights_table(base, margins.index).to_numpy(dtype=float) * held[:, None]
    columns = np.column_stack([held, before, after])
    found = margins_of(margins, targets, held)
    values = after[held, 0]
    deff = float(len(values) * np.square(values).sum() / values.sum() ** 2)
    return Weighting(
        n=len(values),
        lowest=float(values.min() / values.mean()),
        highest=float(values.max() / values.mean()),
        ratio=float(values.max() / values.min()),
        deff=deff,
        n_effective=len(values) / deff,
        table=pd.concat([_categories(each, columns) for each in found], ignore_index=True),
    )


def _categories(margin: Margin, columns: NDArray[np.float64]) -> pd.DataFrame:
    sums = margin.sums(columns)
    n, before, after = (sums / np.append(1.0, sums[:, 1:].sum(axis=0))).T
    return pd.DataFrame(
        {
            "variable": margin.name,
            "category": margin.labels,
            "n": n.astype(int),
            "target": margin.shares,
            "before": before,
            "after": after,
            "difference_before": 100 * (before - margin.shares),
            "difference_after": 100 * (after - margin.shares),
        }
    )
