"""The ranking question of a simulated survey: which three obstacles hold AI initiatives back most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

RANKED = 3
STEM = "Which three obstacles hold your AI initiatives back most? Give 1 to the greatest, then 2 and 3."
# How often each obstacle is ranked first: with these chances the others are ranked after it in turn (Plackett-Luce).
OBSTACLES: Mapping[str, float] = {
    "Nobody answers for results": 0.28,
    "Data that are not ready": 0.24,
    "Too few people with the skills": 0.2,
    "Priorities that change": 0.12,
    "Tools that do not fit the work": 0.1,
    "Rules and regulation": 0.06,
}
COLUMNS = {f"Q17_{number}": f"{STEM} - {option}" for number, option in enumerate(OBSTACLES, 1)}
_FINISHED = "100"  # percent: who came that far


def rank_obstacles(rng: np.random.Generator, responses: pd.DataFrame) -> pd.DataFrame:
    """Rank three obstacles for everybody who came that far.

    Parameters
    ----------
    rng : Generator
    responses : DataFrame of str

    Returns
    -------
    DataFrame of str, one column an obstacle
        ``1`` to ``3``; NaN where it was not ranked.
    """
    chances = np.array(list(OBSTACLES.values()))
    liking = np.log(chances) + rng.gumbel(size=(len(responses), len(chances)))
    place = (-liking).argsort(axis=1).argsort(axis=1) + 1
    ranked = (place <= RANKED) & responses["Progress"].eq(_FINISHED).to_numpy()[:, None]
    text = np.where(ranked, place.astype(str).astype(object), np.nan)
    return pd.DataFrame(text, index=responses.index, columns=list(COLUMNS)).astype("str")
