"""Rows and columns of one model: complete cases, dummies, and what makes a link impossible to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.errors import LinkError, did_you_mean, listing

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_ORGANISATIONS = 10
# A column counts as determined by others when less than this share of its length is its own (R's lm uses the
# same).
_OWN_SHARE = 1e-7


class Terms(NamedTuple):
    """Which columns play which part, and where that was planned; no `weights` or `event` where these are empty."""

    outcome: str
    predictors: tuple[str, ...]
    adjust_for: tuple[str, ...]
    organisation: str
    where: str
    weights: str = ""
    event: str = ""

    @property
    def explaining(self) -> tuple[str, ...]:
        """Predictors, then what is held constant."""
        return (*self.predictors, *self.adjust_for)

    def refusal(self, what: str, *, given: object = None, fix: str = "") -> LinkError:
        """Build the error that says this link cannot be fitted."""
        return LinkError(f"link to '{self.outcome}': {what}", where=self.where, given=given, fix=fix)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """What a model is fitted to.

    Attributes
    ----------
    outcome : Series of float
        One value a row.
    regressors : DataFrame of float
        Predictors, then adjustment columns (dummies for categories); no constant.
    groups : array of int
        Number of each row's organisation, from 0.
    rows : DataFrame
        The complete rows as given, with the columns of the link.
    n_lost : int
        Rows left out because a value was missing.
    weights : array, shape (n,), optional
        Above 0, with a mean of 1 over the rows.
    event : array, shape (n,), optional
        Of a time: 1 where it ended with the event, 0 where the row was last seen then.
    """

    outcome: pd.Series[float]
    regressors: pd.DataFrame
    groups: NDArray[np.intp]
    rows: pd.DataFrame
    n_lost: int
    weights: NDArray[np.float64] | None = None
    event: NDArray[np.float64] | None = None


def build_design(data: pd.DataFrame, terms: Terms) -> Design:
    """Keep complete rows, turn categories into dummies, and refuse what no model could be fitted to.

    Parameters
    ----------
    data : DataFrame
        One row a unit.
    terms : Terms
        The columns and their parts.

    Returns
    -------
    Design

    Raises
    ------
    LinkError
        For an unknown, textual or infinite column, no complete rows, fewer than 10 organisations, or an
        outcome or explaining column that does not vary enough.
    """
    rows = _complete(data, terms)
    groups, organisations = pd.factorize(rows[terms.organisation])
    if len(organisations) < FEWEST_ORGANISATIONS:
        raise terms.refusal(
            f"clustered standard errors need {FEWEST_ORGANISATIONS} organisations with complete rows",
            given=len(organisations),
            fix="Collect more organisations, or describe the outcome without a model.",
        )
    _check_variation(rows, terms)
    columns = [_columns(rows[name]) for name in terms.explaining]
    return Design(
        outcome=rows[terms.outcome].astype(float),
        regressors=pd.concat(columns, axis=1),
        groups=groups,
        rows=rows,
        n_lost=len(data) - len(rows),
        weights=_weights(rows[terms.weights], terms) if terms.weights else None,
        event=rows[terms.event].to_numpy(dtype=np.float64) if terms.event else None,
    )


def _complete(data: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    names = [terms.organisation, terms.outcome, *terms.explaining, *([terms.event] if terms.event else [])]
    extra = [terms.weights] if terms.weights else []
    for name in [*names, *extra]:
        if name not in data.columns:
            raise terms.refusal(f"there is no column '{name}'", fix=did_you_mean(name, data.columns))
    if len(set(names)) < len(names):
        raise terms.refusal("a column has two parts in one link", given=names, fix="Name each column once.")
    for name in (terms.outcome, *terms.predictors, *([terms.event] if terms.event else [])):
        _check_numeric(data[name], terms)
    rows = data[[*names, *extra]].dropna(subset=names)
    if rows.empty:
        missing = data[names].isna().sum().to_dict()
        raise terms.refusal(
            f"none of {len(data)} rows is complete",
            given=missing,
            fix="The numbers are missing values by column: drop the emptiest column from the link.",
        )
    return rows


def _check_numeric(column: pd.Series, terms: Terms) -> None:
    if not pd.api.types.is_numeric_dtype(column):
        raise terms.refusal(
            f"'{column.name}' is a category; outcomes and predictors must be numbers",
            given=list(column.dropna().unique()[:3]),
            fix="Move it to 'adjust_for', or declare a variable with 0/1 or ordered codes.",
        )
    if np.isinf(column.astype(float)).any():
        raise terms.refusal(
            f"'{column.name}' holds an infinite value", fix="Correct it or mark it as missing."
        )


def _weights(column: pd.Series, terms: Terms) -> NDArray[np.float64]:
    if not pd.api.types.is_numeric_dtype(column):
        raise terms.refusal(
            f"weights '{column.name}' are no numbers",
            given=list(column.unique()[:3]),
            fix="Name a numeric column.",
        )
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        raise terms.refusal(
            f"weight '{column.name}' is missing, infinite or not above 0 in {int(wrong.sum())} of {len(values)} rows",
            given=float(values[wrong][0]),
            fix="A weight says how many units a row stands for: give every row one, or leave those rows out first.",
        )
    weights: NDArray[np.float64] = values / values.mean()
    return weights


def _check_variation(rows: pd.DataFrame, terms: Terms) -> None:
    for name in (terms.outcome, *terms.explaining):
        if (rows[name] == rows[name].iloc[0]).all():
            raise terms.refusal(
                f"'{name}' is the same in all {len(rows)} complete rows: it can go with nothing",
                given=rows[name].tolist()[0],
                fix="Take it out of the link, or look for what was lost to missing values.",
            )
    for name in [name for name in terms.predictors if is_binary(rows[name])]:
        zero, one = (rows.loc[rows[name] == value, terms.organisation].nunique() for value in (0, 1))
        if min(zero, one) < 2:
            # That organisation's deviation is fitted away, and its clustered standard error comes out near 0.
            raise terms.refusal(
                f"only one organisation has '{name}' = {int(one < zero)}: that is no comparison",
                fix="Take it out of the predictors.",
            )


def is_binary(column: pd.Series) -> bool:
    """Whether a column holds nothing but 0 and 1."""
    return bool(column.isin([0, 1]).all())


def _columns(column: pd.Series) -> pd.DataFrame:
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float).to_frame()
    text = column.astype(str)
    counts = text.value_counts()
    reference = min(counts.index[counts == counts.max()])
    dummies = pd.get_dummies(text, dtype=float)
    kept: pd.DataFrame = dummies.drop(columns=reference)
    return kept.add_prefix(f"{column.name} = ")


def standardised(columns: pd.DataFrame) -> NDArray[np.float64]:
    """Columns with a mean of 0 and a standard deviation of 1, as an array."""
    made: NDArray[np.float64] = ((columns - columns.mean()) / columns.std()).to_numpy()
    return made


def check_rank(design: Design, terms: Terms) -> None:
    """Refuse a column that the constant and the columns before it determine.

    Parameters
    ----------
    design : Design
        The columns of the model.
    terms : Terms
        For the message.

    Raises
    ------
    LinkError
        Naming the first such column, and the columns that determine it.
    """
    full = np.column_stack([np.ones(len(design.outcome)), design.regressors])
    full /= np.linalg.norm(full, axis=0)
    # Column j's diagonal entry of R is the length of what is left of it once earlier columns are taken out.
    own = np.abs(np.diag(np.linalg.qr(full, mode="r")))
    if (own > _OWN_SHARE).all():
        return
    first = int(np.argmax(own <= _OWN_SHARE))
    weights = np.linalg.lstsq(full[:, :first], full[:, first], rcond=None)[0][1:]
    names = design.regressors.columns
    others = [f"'{name}'" for name, weight in zip(names, weights, strict=False) if abs(weight) > 1e-6]
    raise terms.refusal(
        f"column '{names[first - 1]}' is determined by {listing(others) or 'the constant'}",
        fix="Their parts cannot be told apart: take one of them out of the link.",
    )


def check_size(n_parameters: int, n_organisations: int, terms: Terms) -> None:
    """Refuse more parameters than organisations can tell apart.

    Raises
    ------
    LinkError
        If there are as many parameters as organisations, or more.
    """
    if n_parameters >= n_organisations:
        raise terms.refusal(
            f"the model has {n_parameters} parameters for {n_organisations} organisations",
            fix="Drop predictors, or merge the categories of what is adjusted for.",
        )
