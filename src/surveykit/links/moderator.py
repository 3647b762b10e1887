"""A moderator: what kind it is, its columns, and the values at which effects are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from surveykit.links.design import Design, Terms, is_binary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Kind = Literal["number", "binary", "category"]


class Point(NamedTuple):
    """A value of the moderator in words, as a number (NaN for a category), and in its columns."""

    at: str
    value: float
    columns: Floats


def kind_of(column: pd.Series) -> Kind:
    """Tell a category from 0/1 and from any other number."""
    if not pd.api.types.is_numeric_dtype(column):
        return "category"
    return "binary" if is_binary(column) else "number"


def units(rows: pd.DataFrame, name: str, organisation: str) -> pd.Series:
    """Take a column once a unit it is measured on: an organisation with ten rows is still one."""
    same = rows.groupby(organisation)[name].nunique().max() == 1
    return (rows.drop_duplicates(organisation) if same else rows)[name].astype(float)


def per_of(rows: pd.DataFrame, name: str, organisation: str) -> float:
    """Return the difference an effect is of: 0 to 1, or one standard deviation over the units measured."""
    return 1.0 if is_binary(rows[name]) else float(units(rows, name, organisation).std())


def check_values(plain: Design, terms: Terms) -> None:
    """Refuse a value of the moderator at which nothing can be compared."""
    name, predictor = terms.adjust_for[0], terms.predictors[0]
    if kind_of(plain.rows[name]) == "number":
        return
    for value, rows in plain.rows.groupby(name, observed=True):
        if rows[terms.organisation].nunique() < 2:
            what = f"only one organisation has {name} = {value}: that is no comparison"
        elif (rows[predictor] == rows[predictor].iloc[0]).all():
            what = f"'{predictor}' is the same in all {len(rows)} rows with {name} = {value}"
        else:
            continue
        raise terms.refusal(what, fix=f"Merge categories of '{name}', or take it out of the moderators.")


def columns_of(plain: Design, terms: Terms) -> pd.DataFrame:
    """Columns of the moderator: itself, or its dummies. They follow the predictor's."""
    values = plain.rows[terms.adjust_for[0]]
    count = values.astype(str).nunique() - 1 if kind_of(values) == "category" else 1
    return plain.regressors.iloc[:, 1 : 1 + count]


def points_of(plain: Design, terms: Terms) -> list[Point]:
    """Values at which effects are told: the mean and a standard deviation to either side, or every value there is."""
    name = terms.adjust_for[0]
    kind = kind_of(plain.rows[name])
    if kind == "category":
        columns = columns_of(plain, terms)
        each = columns.groupby(plain.rows[name].astype(str)).first()
        order = [str(value) for value in _ordered(plain.rows[name])]
        return [Point(value, float("nan"), each.loc[value].to_numpy()) for value in order]
    if kind == "binary":
        return [Point(at, float(at), np.array([float(at)])) for at in ("0", "1")]
    measured = units(plain.rows, name, terms.organisation)
    mean, spread = measured.mean(), measured.std()
    low, high = max(mean - spread, measured.min()), min(mean + spread, measured.max())
    values = {"low": low, "middle": mean, "high": high}
    return [Point(at, float(value), np.array([float(value)])) for at, value in values.items()]


def _ordered(column: pd.Series) -> list[object]:
    """Return the values that occur: in the order of a categorical, else by alphabet."""
    return list(column.astype("category").cat.remove_unused_categories().cat.categories)


def pairs_of(points: list[Point]) -> list[tuple[int, int]]:
    """Which points are compared: high with low, 1 with 0, each category with the one whose columns are all 0."""
    if not np.isnan(points[0].value):
        return [(len(points) - 1, 0)]
    reference = next(number for number, point in enumerate(points) if not point.columns.any())
    return [(number, reference) for number in range(len(points)) if number != reference]
