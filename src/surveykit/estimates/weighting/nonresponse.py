"""Weights of those who answered, for those who did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.weighting.margins import crossed
from surveykit.estimates.weighting.weighing import check_few, check_index, weights_like, weights_table

if TYPE_CHECKING:
    from numpy.typing import NDArray


@overload
def adjust_nonresponse(
    base: pd.Series, responded: pd.Series, classes: pd.Series | pd.DataFrame
) -> pd.Series: ...
@overload
def adjust_nonresponse(
    base: pd.DataFrame, responded: pd.Series, classes: pd.Series | pd.DataFrame
) -> pd.DataFrame: ...
def adjust_nonresponse(
    base: pd.Series | pd.DataFrame, responded: pd.Series, classes: pd.Series | pd.DataFrame
) -> pd.Series | pd.DataFrame:
    r"""Weights of those who answered that stand for those of their class who did not.

    Parameters
    ----------
    base : Series or DataFrame of float, shape (units,) or (units, replicates)
        Weights of all who were asked.
    responded : Series of bool, shape (units,)
        Who answered.
    classes : Series, shape (units,), or DataFrame, shape (units, variables)
        Class of each unit, known of all who were asked; several variables are crossed.

    Returns
    -------
    Series or DataFrame of float
        Weights of the same units, with the same sum in each class: 0 for those who did not answer.

    Raises
    ------
    EstimateError
        If a class has nobody who answered (for replicates: in more than one of 20), or is missing; `responded` is not
        of these units or not true or false.

    Notes
    -----
    :math:`w = b \sum_c b / \sum_{c, responded} b`, which holds for the population as far as those who answered are
    like those who did not within each class. A replicate in which nobody of a class answered gives its weight to all
    who did. Little, R. J. A. (1986), Survey nonresponse adjustments for estimates of means, International Statistical
    Review 54, 139-157.

    Examples
    --------
    >>> asked = pd.DataFrame({"class": ["a", "a", "b", "b"], "answered": [True, False, True, True]})
    >>> adjust_nonresponse(pd.Series([1.0, 1, 1, 1]), asked["answered"], asked["class"]).tolist()
    [2.0, 0.0, 1.0, 1.0]
    """
    table = weights_table(base, base.index)
    start = table.to_numpy(dtype=float)
    answered = _answered(responded, base.index)
    names = crossed(classes) if isinstance(classes, pd.DataFrame) else classes
    check_index(names, base.index, "classes")
    codes, labels = pd.factorize(names)
    if missing := int((codes < 0).sum()):
        raise EstimateError(
            f"the class is missing for {missing} of {len(codes)} units",
            fix="Classes must be known of all who were asked.",
        )
    sums = np.asarray(pd.DataFrame(start).groupby(codes).sum())
    heard = np.asarray(pd.DataFrame(start * answered[:, None]).groupby(codes).sum())
    silent = (sums > 0) & (heard == 0)
    if (always := (heard == 0).all(axis=1) & (sums > 0).any(axis=1)).any():
        label = labels[int(always.argmax())]
        raise EstimateError(
            f"nobody of class '{label}' answered, so nobody can stand for it",
            given=f"{int((codes == always.argmax()).sum())} asked",
            fix="Join it with a class like it.",
        )
    check_few(silent.any(axis=0), "have a class in which nobody answered")
    with np.errstate(invalid="ignore", divide="ignore"):
        adjusted = start * answered[:, None] * np.where(heard > 0, sums / heard, 0.0)[codes]
    return weights_like(adjusted * (start.sum(axis=0) / adjusted.sum(axis=0)), table, base)


def _answered(responded: pd.Series, index: pd.Index) -> NDArray[np.bool_]:
    check_index(responded, index, "answers to 'responded'")
    if responded.isna().any() or not responded.isin([True, False]).all():
        raise EstimateError("'responded' must be true or false for everyone who was asked")
    return responded.to_numpy(dtype=bool)
