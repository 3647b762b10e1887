"""Time on a page: whether a respondent can have read what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, did_you_mean
from surveykit.measures.answers import by_item, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS_PER_ITEM = 2.0


def page_time(
    seconds: pd.DataFrame | np.ndarray,
    n_items: Mapping[Any, int] | pd.Series,
    *,
    cutoff: float = SECONDS_PER_ITEM,
) -> pd.DataFrame:
    """Seconds per item on the fastest page, and the number of pages too fast to have been read.

    Parameters
    ----------
    seconds : DataFrame or array of float, shape (respondents, pages)
        Seconds spent on each page, 0 or more, as page timers export them (Qualtrics ``Page Submit``, LimeSurvey group
        times). Missing where a page was not shown or not timed.
    n_items : mapping or Series of page to int
        Items on each page, 1 or more; pages that it does not name are left out.
    cutoff : float
        Seconds per item, above 0; faster than it (strictly) is too fast.

    Returns
    -------
    DataFrame, one row a respondent
        `seconds_per_item` of the fastest page; `n_fast_pages`, faster than the cut-off; `n_pages`, those timed; and
        `reason`. A respondent without any timed page has NaN in the first two and a reason for it.

    Raises
    ------
    ScoringError
        If no page or an unknown one is named, one has no items, seconds are not numbers of 0 or more, or the cut-off is
        not above 0.

    Notes
    -----
    Two seconds per item: Huang, J. L., Curran, P. G., Keeney, J., Poposki, E. M. and DeShon, R. P. (2012), Detecting
    and deterring insufficient effort responding to surveys, Journal of Business and Psychology 27, 99-114. The number
    of such pages as an index: Bowling, N. A., Huang, J. L., Brower, C. K. and Bragg, C. B. (2023), The quick and the
    careless, Organizational Research Methods 26, 323-352. In R: ``rowSums(t(t(seconds) / n_items) < 2, na.rm = TRUE)``.

    Examples
    --------
    >>> seconds = pd.DataFrame({"p1": [30.0, 9.0, None], "p2": [12.0, 7.0, None]})
    >>> page_time(seconds, {"p1": 5, "p2": 4})[["seconds_per_item", "n_fast_pages", "n_pages"]].values.tolist()
    [[3.0, 0.0, 2.0], [1.75, 2.0, 2.0], [nan, nan, 0.0]]
    """
    timed = numbers(seconds)
    items = pd.Series(dict(n_items), dtype=float)
    _check(timed, items, cutoff)
    per_item = by_item(timed[list(items.index)]) / items.to_numpy()[:, None]
    n_pages = (~np.isnan(per_item)).sum(axis=0)
    found = {
        "seconds_per_item": np.fmin.reduce(per_item, axis=0),
        "n_fast_pages": np.where(n_pages > 0, (per_item < cutoff).sum(axis=0), np.nan),
        "n_pages": n_pages,
        "reason": np.where(n_pages > 0, "", "no page timed"),
    }
    return pd.DataFrame(found, index=timed.index)


def _check(timed: pd.DataFrame, items: pd.Series, cutoff: float) -> None:
    unknown = [page for page in items.index if page not in timed.columns]
    if unknown or items.empty:
        fix = did_you_mean(unknown[0], timed.columns) if unknown else "Name the pages with items."
        raise ScoringError("n_items must name pages that are timed", given=unknown, fix=fix)
    if not (items >= 1).all():
        bare = items.index[~(items >= 1)].tolist()
        raise ScoringError("a page has no items", given=bare, fix="Leave out pages that ask nothing.")
    if (timed < 0).any(axis=None):
        raise ScoringError("seconds must be 0 or more", given=float(timed.min().min()))
    if not cutoff > 0:
        raise ScoringError("cutoff must be above 0 seconds per item", given=cutoff)
