"""What each figure of `link_plots` shows, in words with its figures, for readers who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.reporting.alt_texts import effect_text
from surveykit.reporting.check_alt_texts import (
    HIDDEN,
    difference_text,
    expected_text,
    of_calibration,
    of_leave_one_out,
    of_power,
)
from surveykit.reporting.quadrant_plot import NAMES
from surveykit.reporting.words import (
    between,
    count,
    effect_words,
    is_probability,
    percent,
    plural,
    raised,
    series,
    signed_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = [
    "of_calibration",
    "of_curves",
    "of_driver_shares",
    "of_forest",
    "of_importance_performance",
    "of_leave_one_out",
    "of_power",
    "of_quadrant",
    "of_simple_slopes",
    "of_specification_curve",
]


def of_forest(links: pd.DataFrame) -> str:
    """Say how far each outcome differs with each predictor, and which of it was not planned.

    Parameters
    ----------
    links : DataFrame
        The rows given to `link_plots.forest`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_forest(pd.DataFrame({"family": "", "planned": [True, False], "predictor_label": ["clarity", "ownership"],
    ...     "model": "logit", "effect_unit": "probability of production, per standard deviation", "effect": 0.064,
    ...     "effect_ci_lower": 0.017, "effect_ci_upper": 0.111, "suppressed": [False, True]}))
    'Probability of production: clarity +6.4 points (1.7 to 11.1) and ownership, not planned, not shown.'
    """
    unit = [effect_words(links.iloc[[row]])[0] for row in range(len(links))]
    sentences = []
    for (family, measured), rows in links.groupby([links["family"], unit], sort=False):
        points = is_probability(rows)
        told = [
            f"{row['predictor_label']}{'' if row['planned'] else ', not planned,'} {effect_text(row, points=points)}"
            for row in rows.to_dict("records")
        ]
        named = f"{raised(str(family))}, {measured}" if family else raised(str(measured))
        sentences.append(f"{named}: {series(told)}.")
    return " ".join(sentences)


def of_curves(predictions: pd.DataFrame) -> str:
    """Say what each link predicts at the lowest, a middle and the highest value of each predictor.

    Parameters
    ----------
    predictions : DataFrame
        The rows given to `link_plots.curves`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_curves(pd.DataFrame({"link": 1, "predictor": "x", "predictor_label": "clarity", "statistic": "share",
    ...     "expected": "probability of production", "value": [1.0, 3, 5], "estimate": [0.2, 0.4, 0.6],
    ...     "ci_lower": [0.1, 0.35, 0.5], "ci_upper": [0.3, 0.45, 0.7], "suppressed": False}))
    'Probability of production where clarity is 1: 20% (10% to 30%); 3: 40% (35% to 45%); 5: 60% (50% to 70%).'
    """
    sentences = []
    for _, rows in predictions.groupby(["link", "predictor"], sort=False):
        ordered = rows.sort_values("value")
        told = ordered.iloc[sorted({0, len(ordered) // 2, len(ordered) - 1})]
        parts = [f"{row['value']:.3g}: {expected_text(row)}" for row in told.to_dict("records")]
        first = rows.iloc[0]
        hidden = first["suppressed"]
        where = f"{raised(first['expected'])} where {first['predictor_label']} is"
        sentences.append(f"{where} {HIDDEN}." if hidden else f"{where} {'; '.join(parts)}.")
    return " ".join(sentences)


def of_simple_slopes(slopes: pd.DataFrame) -> str:
    """Say how far the outcome differs with a predictor at each value of a moderator.

    Parameters
    ----------
    slopes : DataFrame
        The rows given to `link_plots.simple_slopes`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_simple_slopes(pd.DataFrame({"link": 1, "predictor": "x", "moderator": "size", "title": "production: clarity",
    ...     "unit": "percentage points", "value_label": ["small", "large"], "estimate": [4.0, 9.0],
    ...     "ci_lower": [-1.0, 3.0], "ci_upper": [9.0, 15.0], "suppressed": [False, True]}))
    'Production: clarity (percentage points): small +4.00 (−1.00 to 9.00) and large not shown.'
    """  # noqa: RUF002
    sentences = []
    for _, rows in slopes.groupby(["link", "predictor", "moderator"], sort=False):
        told = [f"{row['value_label']} {difference_text(row)}" for row in rows.to_dict("records")]
        first = rows.iloc[0]
        sentences.append(f"{raised(first['title'])} ({first['unit']}): {series(told)}.")
    return " ".join(sentences)


def of_driver_shares(drivers: pd.DataFrame, *, outcome: str = "the outcome") -> str:
    """Say what share of the variation goes with each predictor, largest first, and which ranks it may have.

    Parameters
    ----------
    drivers : DataFrame
        The rows given to `link_plots.driver_shares`.
    outcome : str, optional
        What is explained.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_driver_shares(pd.DataFrame({"label": ["clarity", "roles"], "share": [0.05, 0.12],
    ...     "share_ci_lower": [0.01, 0.06], "share_ci_upper": [0.1, 0.2], "rank_lower": [1, 1], "rank_upper": [2, 1],
    ...     "suppressed": False}), outcome="production")
    'Share of the variation in production: roles 12% (6% to 20%), rank 1 and clarity 5% (1% to 10%), rank 1 to 2.'
    """
    rows = drivers.sort_values("share", ascending=False, kind="stable", na_position="last")
    told = [f"{row['label']} {_share(row)}" for row in rows.to_dict("records")]
    return f"Share of the variation in {outcome}: {series(told)}."


def _share(row: Mapping[Any, Any]) -> str:
    if row["suppressed"]:
        return HIDDEN
    limits = between(percent(row["share_ci_lower"]), percent(row["share_ci_upper"]))
    ranks = dict.fromkeys((count(row["rank_lower"]), count(row["rank_upper"])))
    return f"{percent(row['share'])} ({limits}), rank {' to '.join(ranks)}"


def of_importance_performance(drivers: pd.DataFrame, *, outcome: str = "the outcome") -> str:
    """Say how important each predictor is and how well it is rated, the most important first.

    Parameters
    ----------
    drivers : DataFrame
        The rows given to `link_plots.importance_performance`.
    outcome : str, optional
        What is explained.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_importance_performance(pd.DataFrame({"label": ["clarity", "roles"], "mean": [61.2, 48.0],
    ...     "proportion": [0.4, 0.6], "suppressed": False}))
    'Part of what is explained of the outcome, and rating of 100: roles 60%, rated 48 and clarity 40%, rated 61.'
    """
    rows = drivers.sort_values("proportion", ascending=False, kind="stable", na_position="last")
    told = [
        f"{row['label']} "
        + (HIDDEN if row["suppressed"] else f"{percent(row['proportion'])}, rated {count(row['mean'])}")
        for row in rows.to_dict("records")
    ]
    return f"Part of what is explained of {outcome}, and rating of 100: {series(told)}."


def of_quadrant(
    cells: pd.DataFrame, *, adoption: str = "adoption", transformation: str = "transformation"
) -> str:
    """Say how many initiatives are high or low in adoption and in transformation.

    Parameters
    ----------
    cells : DataFrame
        The rows given to `link_plots.quadrant`.
    adoption, transformation : str, optional
        What is high or low.

    Returns
    -------
    str
    """
    told = []
    for row in cells.to_dict("records"):
        limits = between(percent(row["ci_lower"]), percent(row["ci_upper"]))
        share = (
            HIDDEN
            if row["suppressed"]
            else f"{percent(row['estimate'])} ({limits}), {plural(row['n'], 'initiative')}"
        )
        name = NAMES[row["adoption"], row["transformation"]].lower()
        told.append(f"{name} (adoption {row['adoption']}, transformation {row['transformation']}): {share}")
    return f"Initiatives by adoption ({adoption}) and transformation ({transformation}). {raised('; '.join(told))}."


def of_specification_curve(
    specifications: pd.DataFrame, choices: Mapping[str, str], *, title: str = "", unit: str = ""
) -> str:
    """Say how far an effect ranges over combinations of choices, and where the planned one stands.

    Parameters
    ----------
    specifications, choices, title, unit
        What was given to `link_plots.specification_curve`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_specification_curve(pd.DataFrame({"estimate": [1.0, 2.0, 4.0], "ci_lower": [-1.0, 0.5, 2.0],
    ...     "ci_upper": [3.0, 3.5, 6.0], "planned": [False, True, False], "suppressed": False}),
    ...     {"held": "held constant"}, title="Production: clarity", unit="points")
    'Production: clarity (points), under 3 combinations of held constant: +1.00 to +4.00. As planned: +2.00 (0.50 to 3.50), the 2nd smallest. The interval of 2 is clear of 0.'
    """  # noqa: E501  a printed result is one line
    rows = specifications[~specifications["suppressed"].to_numpy(dtype=bool)].sort_values(
        "estimate", kind="stable"
    )
    clear = int(((rows["ci_lower"] > 0) | (rows["ci_upper"] < 0)).sum())
    ends = between(*(signed_number(rows["estimate"].iloc[end]) for end in (0, -1)))
    planned = [
        f" As planned: {difference_text(row)}, the {_ordinal(place)} smallest."
        for place, row in enumerate(rows.to_dict("records"), 1)
        if row["planned"]
    ]
    named = f"{title}{f' ({unit})' if unit else ''}, under " if title else "Under "
    over = f"{named}{plural(len(rows), 'combination')} of {series(choices.values())}: {ends}."
    return f"{over}{''.join(planned)} The interval of {clear} is clear of 0."


def _ordinal(place: int) -> str:
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"
