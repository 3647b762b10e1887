"""What figures are made of: the values of units, and words for the values of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import EstimateError, did_you_mean

if TYPE_CHECKING:
    from surveykit.scoring import Aggregated
    from surveykit.study import Level, Study


def figure_values(aggregated: Aggregated, name: str) -> pd.Series:
    """Values of the units that a headline figure, or the mean of a scale, is made of: 0 and 1 for a share.

    Parameters
    ----------
    aggregated : Aggregated
    name : str
        A name under the study's estimates, or a scale.

    Returns
    -------
    Series of float, shape (units of its level,)
        In the order of `Aggregated.rows`; NaN where not answered. Named after what was asked.

    Raises
    ------
    EstimateError
        If the figure counts answers that the study does not know.
    """
    study = aggregated.study
    quantity = study.estimates.get(name)
    of = quantity.of if quantity else name
    values = aggregated.rows(level_of(study, of))[of]
    if quantity is None or quantity.values is None:  # noqa: PD011  (a list in the study file)
        return values
    given = as_answered(study, of, values)
    return given.isin(_counted(study, name, given)).astype(float).where(given.notna()).rename(of)


def shown_values(study: Study, segment: str, codes: pd.Series) -> pd.Series:
    """Words for the values of a segment, as they were given; missing stays missing."""
    names = study.answer_names(segment)
    return (
        as_answered(study, segment, codes)
        .map(lambda code: str(names.get(code, code)), na_action="ignore")
        .astype("str")
    )


def as_answered(study: Study, name: str, codes: pd.Series) -> pd.Series:
    """Codes of an item in the wording that was shown; anything else as it is."""
    item = study.items.get(name)
    return study.turned(name, codes) if item and item.reversed else codes


def level_of(study: Study, name: str) -> Level:
    """Level at which a figure is measured."""
    level = study.level_of(name)
    if level is None:
        raise EstimateError(f"'{name}' is declared nowhere in the study", where=str(study.path))
    return level


def _counted(study: Study, name: str, given: pd.Series) -> list[object]:
    """The values that count, checked against those there can be: a typing error would count as nobody."""
    quantity = study.estimates[name]
    names = study.answer_names(quantity.of)
    text = not pd.api.types.is_numeric_dtype(given)
    values: list[object] = [str(value) if text else value for value in quantity.values or []]  # noqa: PD011
    known = list(names) or sorted(given.dropna().unique())
    for value in values:
        fits = value in known if names or text else not isinstance(value, str)
        if not fits:
            raise EstimateError(
                f"estimate '{name}' counts {value!r}, which is no value of '{quantity.of}'",
                where=study.where("estimates", name, "values"),
                allowed=[f"{each:g}" if isinstance(each, float) else each for each in known],
                fix=did_you_mean(value, known),
            )
    return values
