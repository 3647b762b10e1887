"""Page timers of a simulated survey: how long each page of statements was open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from surveykit.simulation.instrument import SCALES

if TYPE_CHECKING:
    import pandas as pd

# One page a scale; the platform names a timer's column after its question.
PAGES: dict[str, tuple[str, ...]] = {
    f"T{number}_Page Submit": tuple(item.column for item in items)
    for number, items in enumerate(SCALES.values(), start=5)
}
ON_PAGES = 0.85  # share of the whole duration; the rest goes to the other questions
SPREAD = 0.25  # of the log of a page's share
SECONDS = "Duration (in seconds)"


def page_times(rng: np.random.Generator, responses: pd.DataFrame) -> pd.DataFrame:
    """Share out the duration of each response over the pages it answered.

    Parameters
    ----------
    rng : Generator
    responses : DataFrame of str
        With the durations and the answers of every page.

    Returns
    -------
    DataFrame of str, one column a timer
        Seconds with three digits, as the platform writes them; NaN for a page without answers.
    """
    seconds = responses[SECONDS].astype(float).to_numpy()
    answered = np.column_stack([responses[list(items)].notna().any(axis=1) for items in PAGES.values()])
    share = np.array([len(items) for items in PAGES.values()]) * np.exp(
        SPREAD * rng.standard_normal(answered.shape)
    )
    share = np.where(answered, share, 0)
    times = ON_PAGES * seconds[:, None] * share / np.maximum(share.sum(axis=1), 1e-9)[:, None]
    text = np.vectorize("{:.3f}".format, otypes=[object])(times)
    columns = {name: np.where(answered[:, k], text[:, k], np.nan) for k, name in enumerate(PAGES)}
    return responses.assign(**columns)[list(PAGES)].astype("str")
