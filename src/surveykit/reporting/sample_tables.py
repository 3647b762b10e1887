"""Tables on the sample: weights beside targets, missing answers, and figures with these filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from surveykit.reporting.alt_texts import effect_text
from surveykit.reporting.grid import hidden_note, interval_head, laid_out_table
from surveykit.reporting.words import (
    NOT_SHOWN,
    between,
    count,
    effect_words,
    in_order,
    is_probability,
    number,
    percent,
    raised,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from great_tables import GT

    from surveykit.reporting.disclosure import Protected


def targets(shown: Protected) -> GT:
    """Shares of every category before and after weighting, beside the target.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.weighting
    columns = {
        "": frame["category"],
        "Number": frame["n"].map(count),
        "Target": frame["target"].map(lambda share: percent(share, 1)),
        "Before": frame["before"].map(lambda share: percent(share, 1)),
        "After": frame["after"].map(lambda share: percent(share, 1)),
    }
    groups = frame["label"].map(raised).tolist()
    return laid_out_table(columns, "weighting", notes=hidden_note(shown, frame), groups=groups)


def gaps(shown: Protected) -> GT:
    """Share of answers missing in every segment, averaged over the questions.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    parts = shown.gaps_by_segment.groupby("segment", sort=False)
    frame = pd.concat(
        [part.set_index("value").loc[in_order(part["value"])].reset_index() for _, part in parts]
    )
    columns = {
        "": frame["value"],
        "Respondents": frame["n_obs"].map(count),
        "Missing on average": frame["estimate"].map(lambda share: percent(share, 1)),
    }
    groups = [raised(shown.segments.get(segment, segment)) for segment in frame["segment"]]
    return laid_out_table(columns, "gaps", notes=hidden_note(shown, frame), groups=groups)


def imputed_estimates(shown: Protected) -> GT:
    """Figures over everyone from the answers given, and with missing answers filled in.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.imputed_estimates[shown.imputed_estimates["segment"] == ""]
    rows = frame.to_dict("records")
    columns = {
        "Figure": [raised(row["label"]) for row in rows],
        "As answered": [_figure(row, "") for row in rows],
        "Answers": frame["n_obs"].map(count).tolist(),
        "Filled in": [_figure(row, "pooled_") for row in rows],
        "Lost to missing answers": frame["lambda"].map(percent).tolist(),
    }
    note = (
        f"In brackets: {interval_head(shown)}. Lost to missing answers: how much of the variance comes from not "
        "knowing them (Rubin's rules, degrees of freedom of Barnard and Rubin)."
    )
    return laid_out_table(columns, "imputed", notes=[note, *hidden_note(shown, frame)])


def _figure(row: Mapping[Any, Any], prefix: str) -> str:
    """An estimate and its interval."""
    value = row[f"{prefix}estimate"]
    if row["suppressed"] or value != value:  # noqa: PLR0124  (NaN alone is not itself)
        return NOT_SHOWN
    write = (lambda share: percent(share, 1)) if row["statistic"] == "share" else number
    return f"{write(value)} ({between(write(row[f'{prefix}ci_lower']), write(row[f'{prefix}ci_upper']))})"


def imputed_links(shown: Protected) -> GT:
    """Effects of the planned links from complete rows, and with missing answers filled in.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.imputed_links
    points = {link: is_probability(part) for link, part in frame.groupby("link")}
    measured = {link: raised(effect_words(part)[0]) for link, part in frame.groupby("link")}
    rows = frame.to_dict("records")
    pooled = [
        {**row, **{key: row[f"pooled_{key}"] for key in ("effect", "effect_ci_lower", "effect_ci_upper")}}
        for row in rows
    ]
    columns = {
        "Goes with": [raised(row["predictor_label"]) for row in rows],
        f"Complete rows ({interval_head(shown)})": [
            effect_text(row, points=points[row["link"]]) for row in rows
        ],
        "Filled in": [effect_text(row, points=points[row["link"]]) for row in pooled],
        "Lost to missing answers": frame["lambda"].map(percent).tolist(),
    }
    return laid_out_table(
        columns,
        "imputed-links",
        notes=hidden_note(shown, frame),
        groups=frame["link"].map(measured).tolist(),
    )
