"""Where units lie among the categories that have targets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError, did_you_mean
from surveykit.estimates.weighting.targets import CROSS, shares_of
from surveykit.study import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from surveykit.estimates.weighting.targets import Targets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Margin:
    """One variable with targets.

    Attributes
    ----------
    name : str
        The variable.
    labels : list of str, shape (categories,)
        Categories in the order of the targets, as the data write them.
    shares : array of float, shape (categories,)
        Targets: 0 to 1, adding up to 1.
    codes : array of int, shape (units,)
        Position of each unit's category; -1 where it has none and needs none.
    units : float or None
        Size of the population, where the targets are counts.
    """

    name: str
    labels: list[str]
    shares: NDArray[np.float64]
    codes: NDArray[np.intp]
    units: float | None

    def sums(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of weights in each category, shape (categories, columns of weights)."""
        placed = self.codes >= 0
        found = pd.DataFrame(weights[placed]).groupby(self.codes[placed]).sum()
        return np.asarray(found.reindex(range(len(self.labels)), fill_value=0.0), dtype=float)


def margins_of(
    table: pd.DataFrame, targets: Mapping[str, Targets], counted: NDArray[np.bool_]
) -> list[Margin]:
    """Match the categories of units to those of the targets; letter case, spaces, quotes and dashes do not matter.

    Parameters
    ----------
    table : DataFrame, shape (units, variables)
        Category of each unit in each variable.
    targets : mapping of str to mapping or Series of float
        For each variable, see `shares_of`; variables joined by " / " are crossed.
    counted : array of bool, shape (units,)
        Units with a weight; the others need no category.

    Returns
    -------
    list of Margin

    Raises
    ------
    EstimateError
        If there are no targets, a variable is unknown, or a counted unit has no category or one without a target.
    """
    if not targets:
        raise EstimateError("there are no targets", fix="Name at least one variable with its shares.")
    found = []
    for name, wanted in targets.items():
        names = [name] if name in table else str(name).split(CROSS)
        if unknown := [each for each in names if each not in table]:
            raise EstimateError(
                "targets for an unknown variable",
                given=unknown[0],
                allowed=list(table.columns),
                fix=did_you_mean(unknown[0], table.columns),
            )
        if len(names) == 1:
            found.append(_margin(table[name], wanted, counted))
        else:
            found.append(_margin(crossed(table[names]), _in_order(wanted, names), counted))
    return found


def check_reachable(margins: Sequence[Margin], base: NDArray[np.float64]) -> None:
    """Refuse margins that no weights can meet: nobody where there is a target, a target of 0, two populations."""
    for each in margins:
        there = each.sums(base.sum(axis=1, keepdims=True))[:, 0] > 0
        for label, share, anyone in zip(each.labels, each.shares, there, strict=True):
            if share > 0 and not anyone:
                raise EstimateError(
                    f"the target of '{label}' of '{each.name}' cannot be met: nobody in the sample is in it",
                    given=f"a target of {100 * share:.3g}%",
                    fix="Join it with the category most like it, in the data and in the targets.",
                )
            if share == 0 and anyone:
                raise EstimateError(
                    f"the target of '{label}' of '{each.name}' is 0, and there are units in it",
                    fix="Leave them out of the sample if the population has none of them, or correct the target.",
                )
    sizes = {each.name: each.units for each in margins if each.units is not None}
    if sizes and max(sizes.values()) - min(sizes.values()) > 0.005 * max(sizes.values()):
        raise EstimateError(
            "the targets disagree on the size of the population",
            given=", ".join(f"{name}: {size:.12g}" for name, size in sizes.items()),
            fix="Count the same population in each, or give shares.",
        )


def crossed(cells: pd.DataFrame) -> pd.Series:
    """Several variables as one: labels joined by " / ", missing where any of them is.

    Examples
    --------
    >>> crossed(pd.DataFrame({"size": ["S", "L"], "place": ["N", None]})).tolist()
    ['S / N', nan]
    """
    text = [cells[name].astype("object").map(str) for name in cells]
    joined = reduce(lambda left, right: left + CROSS + right, text)
    return joined.where(cells.notna().all(axis=1)).rename(CROSS.join(map(str, cells.columns)))


def _in_order(targets: Targets, names: list[str]) -> pd.Series:
    """Targets of crossed variables, keyed in the order of the variables."""
    table = pd.Series(targets)
    index = table.index
    if index.nlevels != len(names) or (index.names[0] is not None and set(index.names) != set(names)):
        raise EstimateError(
            "targets of crossed variables need a label of each variable",
            given=list(index.names) if index.names[0] is not None else index[0],
            allowed=names,
        )
    return (
        table if index.names[0] is None else table.reorder_levels([index.names.index(name) for name in names])
    )


def _margin(values: pd.Series, targets: Targets, counted: NDArray[np.bool_]) -> Margin:
    name = str(values.name)
    shares, units = shares_of(targets, name=name)
    codes, uniques = pd.factorize(values)
    missing = int((counted & (codes < 0)).sum())
    if missing:
        raise EstimateError(
            f"'{name}' is missing for {missing} of {int(counted.sum())} units",
            fix="Every unit needs a place in each margin: fill it in, or leave these units out knowingly.",
        )
    places = {fold(label): place for place, label in enumerate(shares.index)}
    found = np.array([places.get(fold(label), -1) for label in uniques], dtype=np.intp)
    held = np.unique(codes[counted])
    if len(lost := held[found[held] < 0]):
        label, allowed = uniques[lost[0]], list(shares.index)
        fix = did_you_mean(label, allowed) or "Give it a target, or join it with another category."
        raise EstimateError(f"a category of '{name}' has no target", given=label, allowed=allowed, fix=fix)
    own = {place: str(label) for place, label in zip(found, uniques, strict=True)}
    return Margin(
        name=name,
        labels=[own.get(place, label) for place, label in enumerate(shares.index)],
        shares=shares.to_numpy(),
        codes=np.append(found, -1)[codes],
        units=units,
    )
