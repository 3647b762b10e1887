"""Segments that lie inside each other: what is hidden in one must not be left over in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from surveykit.estimates.values import shown_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.analysis import Analysis

Place = tuple[str, str]  # a segment and one of its values


def enclosed(analysis: Analysis, segments: list[str]) -> dict[Place, list[Place]]:
    """Values of one segment all of whose respondents have the same value of another.

    Parameters
    ----------
    analysis : Analysis
    segments : list of str
        Variables of respondents or their organisations; others are passed over.

    Returns
    -------
    dict of (segment, value) to list of (segment, value)
        By the enclosing value: a sector encloses its industries.
    """
    if len(segments) < 2:
        return {}
    rows = analysis.aggregated.rows("executive")
    words = {name: shown_values(analysis.study, name, rows[name]) for name in segments if name in rows}
    found: dict[Place, list[Place]] = {}
    for inner, values in words.items():
        for outer, others in words.items():
            if inner == outer:
                continue
            around = others.groupby(values).agg(["nunique", "first"])
            alone = around[around["nunique"] == 1]
            for value, enclosing in alone["first"].items():
                found.setdefault((outer, str(enclosing)), []).append((inner, str(value)))
    return found


def inner_first(segments: list[str], inside: dict[Place, list[Place]]) -> list[str]:
    """Order segments so that one comes after those it encloses, where that can be.

    Examples
    --------
    >>> inner_first(["sector", "industry"], {("sector", "Finance"): [("industry", "Bank"), ("industry", "Insurance")]})
    ['industry', 'sector']
    """
    encloses = {
        name: sum(len(held) for (outer, _), held in inside.items() if outer == name) for name in segments
    }
    return sorted(segments, key=lambda name: encloses[name])


def encloses_hidden(
    places: list[Place], hidden: set[Place], inside: dict[Place, list[Place]]
) -> NDArray[np.bool_]:
    """Whether each place encloses a hidden one, which the others inside it would leave over."""
    return np.array([any(held in hidden for held in inside.get(place, [])) for place in places], dtype=bool)
