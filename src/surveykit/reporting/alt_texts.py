"""What each figure shows, in words with its figures, for readers who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.reporting.words import (
    between,
    count,
    effect_words,
    in_order,
    is_probability,
    number,
    percent,
    published_figure,
    raised,
    series,
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
    shown = rows[~rows["suppressed"]]
    parts = [
        f"{percent(share)} {answer}" for share, answer in zip(shown["share"], shown["answer"], strict=True)
    ]
    if len(shown) < len(rows):
        parts.append("the other answers are not shown, because few gave them")
    return f"“{rows['label'].iloc[0]}”: {', '.join(parts)} (n = {count(rows['n_obs'].iloc[0])})."


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
        words = f"; published: {published_figure(beside['figure'], beside['rounding'])}" if beside else ""
        sentences.append(f"{row['label']}: {estimate_words(row)}{words}.")
    return " ".join(sentences)


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
