"""What each figure shows, in words with its figures, for readers who do not see it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from surveykit.reporting.change_plot import to_the_next
from surveykit.reporting.words import (
    between,
    count,
    effect_words,
    in_order,
    is_probability,
    number,
    percent,
    published_text,
    raised,
    series,
    signed,
    signed_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def of_likert(distributions: pd.DataFrame) -> str:
    """Say how the items of a scale were answered.

    Parameters
    ----------
    distributions : DataFrame
        The rows given to `plots.likert`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_likert(pd.DataFrame({"item": "q", "label": "Clear?", "code": [0, 1], "answer": ["No", "Yes"],
    ...                         "share": [0.25, 0.75], "n_obs": 40.0, "suppressed": False}))
    '“Clear?”: 25% No, 75% Yes (n = 40).'
    """
    return " ".join(_item(rows.sort_values("code")) for _, rows in distributions.groupby("item", sort=False))


def _item(rows: pd.DataFrame) -> str:
    apart = rows[rows["apart"].to_numpy(dtype=bool)] if "apart" in rows else rows.iloc[:0]
    on_scale = rows.drop(apart.index)
    shown = on_scale[~on_scale["suppressed"]]
    parts = [
        f"{percent(share)} {answer}" for share, answer in zip(shown["share"], shown["answer"], strict=True)
    ]
    if len(shown) < len(on_scale):
        parts.append("the other answers are not shown, because few gave them")
    beside = [f" Besides: {_beside(row)}." for row in apart.to_dict("records")]
    base = count(on_scale["n_obs"].iloc[0])
    return f"“{rows['label'].iloc[0]}”: {', '.join(parts)} (n = {base}).{''.join(beside)}"


def _beside(row: Mapping[Any, Any]) -> str:
    told = "not shown" if row["suppressed"] else f"{percent(row['share'])} of all who said this or answered"
    return f"{row['answer']}, {told}"


def of_intervals(estimates: pd.DataFrame, comparisons: pd.DataFrame | None = None) -> str:
    """Say what each estimate is, with its interval and the published figure beside it.

    Parameters
    ----------
    estimates : DataFrame
        The rows given to `plots.intervals`.
    comparisons : DataFrame, optional
        The published figures given to it.

    Returns
    -------
    str
    """
    published = (
        {} if comparisons is None else comparisons.drop_duplicates("name").set_index("name").to_dict("index")
    )
    sentences = []
    for row in estimates.to_dict("records"):
        beside = published.get(row["name"])
        words = f"; published: {_published(beside, row['statistic'])}" if beside else ""
        sentences.append(f"{row['label']}: {estimate_words(row)}{words}.")
    return " ".join(sentences)


def _published(row: Mapping[Any, Any], statistic: str) -> str:
    return published_text(row["figure"], row["rounding"], share=statistic == "share")


def of_beside(comparisons: pd.DataFrame) -> str:
    """Say what each estimate and published figure are, how far they are apart, and what that comes to.

    Parameters
    ----------
    comparisons : DataFrame
        The rows given to `plots.beside`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_beside(pd.DataFrame([{"label": "Clear", "statistic": "share", "estimate": 0.289, "ci_lower": 0.251,
    ...     "ci_upper": 0.33, "figure": 0.3, "rounding": "exact", "difference_ci_lower": -0.049, "margin": 0.05,
    ...     "difference_ci_upper": 0.03, "verdict": "within the margin", "suppressed": False}]))
    'Clear: 29% (25% to 33%); published: 30%; difference −4.9 to +3.0 points: within the margin of 5 points.'
    """  # noqa: RUF002
    return " ".join(
        f"{row['label']}: not shown." if row["suppressed"] else _beside_figure(row)
        for row in comparisons.to_dict("records")
    )


def _beside_figure(row: Mapping[Any, Any]) -> str:
    share = row["statistic"] == "share"
    scale, digits, unit = (100, 1, " points") if share else (1, 2, "")
    lower, upper = (scale * row[limit] for limit in ("difference_ci_lower", "difference_ci_upper"))
    reach = between(signed_number(lower, digits), signed_number(upper, digits)) + unit
    if math.isinf(lower) or math.isinf(upper):
        bound = upper if math.isinf(lower) else lower
        reach = f"{signed_number(bound, digits)}{unit} or {'less' if math.isinf(lower) else 'more'}"
    declared = "" if math.isnan(row["margin"]) else f" of {signed(scale * row['margin'])}{unit}"
    verdict = row["verdict"] + (declared if row["verdict"] == "within the margin" else "")
    told = f"{row['label']}: {estimate_words(row)}; published: {_published(row, row['statistic'])}"
    return f"{told}; difference {reach}: {verdict}."


def of_change(levels: pd.DataFrame, changes: pd.DataFrame) -> str:
    """Say what each figure is in each wave, and how far it changed since the wave before.

    Parameters
    ----------
    levels, changes : DataFrame
        The rows given to `plots.change`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> levels = pd.DataFrame({"name": "x", "label": "Clear", "statistic": "share", "wave": ["2025", "2026"],
    ...     "estimate": [0.3, 0.4], "ci_lower": [0.25, 0.35], "ci_upper": [0.35, 0.45], "suppressed": False})
    >>> changes = pd.DataFrame({"name": ["x"], "since": ["2025"], "wave": ["2026"], "estimate": [0.1],
    ...     "ci_lower": [0.03], "ci_upper": [0.17], "suppressed": False})
    >>> print(of_change(levels, changes))
    Clear: 30% (25% to 35%) in 2025 and 40% (35% to 45%) in 2026; change from 2025 to 2026 +10.0 points
    (+3.0 to +17.0).
    """
    drawn = to_the_next(changes, levels)
    sentences = []
    for name, rows in levels.groupby("name", sort=False):
        told = [f"{estimate_words(row)} in {row['wave']}" for row in rows.to_dict("records")]
        share = rows["statistic"].iloc[0] == "share"
        since = [_change(row, share=share) for row in drawn[drawn["name"] == name].to_dict("records")]
        sentences.append("; ".join([f"{rows['label'].iloc[0]}: {series(told)}", *since]) + ".")
    return " ".join(sentences)


def _change(row: Mapping[Any, Any], *, share: bool) -> str:
    pair = f"change from {row['since']} to {row['wave']}"
    if row["suppressed"]:
        return f"{pair} not shown"
    scale, digits, unit = (100, 1, " points") if share else (1, 2, "")
    change, lower, upper = (
        signed_number(scale * row[mark], digits) for mark in ("estimate", "ci_lower", "ci_upper")
    )
    return f"{pair} {change}{unit} ({between(lower, upper)})"


def estimate_words(row: Mapping[Any, Any]) -> str:
    """Write one estimate with its interval; a hidden one as not shown.

    Parameters
    ----------
    row : mapping
        A row of `Protected.estimates`.

    Returns
    -------
    str

    Examples
    --------
    >>> estimate_words({"statistic": "share", "estimate": 0.289, "ci_lower": 0.251, "ci_upper": 0.33,
    ...                 "suppressed": False})
    '29% (25% to 33%)'
    """
    if row["suppressed"]:
        return "not shown"
    write = percent if row["statistic"] == "share" else number
    return f"{write(row['estimate'])} ({between(write(row['ci_lower']), write(row['ci_upper']))})"


def of_by_segment(estimates: pd.DataFrame, segment: str) -> str:
    """Say what each share is in the values of a segment.

    Parameters
    ----------
    estimates : DataFrame
        The rows given to `plots.by_segment`.
    segment : str
        The segment.

    Returns
    -------
    str
    """
    order = in_order(estimates.loc[estimates["segment"] == segment, "value"])
    sentences = []
    for _, rows in estimates.groupby("name", sort=False):
        shares = rows[rows["segment"] == segment].set_index("value")["estimate"]
        told = [f"{value} {_shown(shares[value])}" for value in order if value in shares.index]
        told += [f"all {_shown(share)}" for share in rows.loc[rows["segment"] == "", "estimate"]]
        sentences.append(f"{rows['label'].iloc[0]}: {series(told)}.")
    return " ".join(sentences)


def _shown(share: float) -> str:
    return "not shown" if share != share else percent(share)  # noqa: PLR0124  not shown is NaN


def of_forest(links: pd.DataFrame) -> str:
    """Say how far each outcome differs with each predictor.

    Parameters
    ----------
    links : DataFrame
        The rows given to `plots.forest`.

    Returns
    -------
    str
    """
    sentences = []
    for _, rows in links.groupby("link", sort=False):
        points = is_probability(rows)
        told = [
            f"{row['predictor_label']} {effect_text(row, points=points)}" for row in rows.to_dict("records")
        ]
        sentences.append(f"{raised(effect_words(rows)[0])}: {series(told)}.")
    return f"Difference in each outcome, with its interval. {' '.join(sentences)}"


def effect_text(row: Mapping[Any, Any], *, points: bool) -> str:
    """Write one effect with its interval, signed; probabilities in percentage points.

    Parameters
    ----------
    row : mapping
        A row of `Protected.links`.
    points : bool
        Whether the effect is a difference in a probability.

    Returns
    -------
    str

    Examples
    --------
    >>> effect_text({"effect": 0.064, "effect_ci_lower": 0.017, "effect_ci_upper": 0.111, "suppressed": False},
    ...             points=True)
    '+6.4 points (1.7 to 11.1)'
    """
    if row["suppressed"]:
        return "not shown"
    scale, digits = (100, 1) if points else (1, 2)
    parts = ("effect", "effect_ci_lower", "effect_ci_upper")
    effect, lower, upper = (number(row[part] * scale, digits) for part in parts)
    sign = "+" if row["effect"] > 0 else ""
    return f"{sign}{effect}{' points' if points else ''} ({between(lower, upper)})"
