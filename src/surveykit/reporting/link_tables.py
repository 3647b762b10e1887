"""Tables of the links chapter. Nothing is computed here: numbers are written, and every text stays text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from surveykit.reporting.grid import interval_head, laid_out_table
from surveykit.reporting.words import NOT_SHOWN, between, count, is_probability, number, percent, raised

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from great_tables import GT

    from surveykit.reporting.disclosure import Protected

_STRENGTH = (
    "Low is what one in ten stays below, high what one in ten exceeds; everything else stays as it is. An E-value says "
    "by what ratio something not measured would have to go with both sides to explain the whole of it; its limit, to "
    "bring the interval to no difference."
)
_CORRECTED = (
    "ICC(2): how reliable the mean of an organisation’s respondents is, up to 1. The corrected difference takes "
    "respondents of one organisation for equally good witnesses of it; its interval is the wider the less reliable "
    f"they are. {NOT_SHOWN}: no correction is known for that model."
)
_LEVELS = {"executives": "Respondents", "organisations": "Organisations", "initiatives": "Initiatives"}


def entering(shown: Protected) -> GT:
    """Who enters each link, and who is left out and why.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    outcomes = shown.links.drop_duplicates("link").set_index("link")["outcome_label"]
    links = [(number, rows) for number, rows in shown.linked.chain.groupby("link", sort=False)]
    levels = [level for level in _LEVELS if shown.linked.chain[level].gt(0).any()]
    columns: dict[str, Iterable[str]] = {"Link to": [raised(outcomes[number]) for number, _ in links]}
    for level in levels:
        columns[_LEVELS[level]] = [_count_in(rows, level) for _, rows in links]
    columns["Left out"] = [_left_out(rows) for _, rows in links]
    note = "These counts describe how the data were processed, not what anyone answered."
    return laid_out_table(columns, "entering", words=["Left out"], notes=[note])


def _count_in(rows: pd.DataFrame, level: str) -> str:
    before, after = rows[level].iloc[0], rows[level].iloc[-1]
    return count(after) if before in {after, 0} else f"{count(after)} of {count(before)}"


def _left_out(rows: pd.DataFrame) -> str:
    lost = rows[rows["reason"] != ""]
    told = [f"{raised(str(row['reason']))}: {_losses(row)}" for row in lost.to_dict("records")]
    return "\n".join(told) or "Nobody"


def _losses(row: Mapping[Hashable, Any]) -> str:
    return ", ".join(
        f"{count(row[f'lost_{level}'])} {level if row[f'lost_{level}'] != 1 else level[:-1]}".replace(
            "executive", "respondent"
        )
        for level in _LEVELS
        if row[f"lost_{level}"]
    )


def strength(shown: Protected, links: pd.DataFrame) -> GT:
    """Outcomes expected where a predictor is low and where it is high, and how strong something unseen must be.

    Parameters
    ----------
    shown : Protected
    links : DataFrame
        Rows of `Protected.links` to tell of.

    Returns
    -------
    GT
    """
    found = shown.linked.strength.set_index(["link", "predictor"])
    rows = [row for row in links.to_dict("records") if (row["link"], row["predictor"]) in found.index]
    told = [found.loc[(row["link"], row["predictor"])] for row in rows]
    points = [is_probability(pd.DataFrame([row])) for row in rows]
    pairs = list(zip(told, points, strict=True))
    return laid_out_table(
        {
            "Goes with": [raised(row["predictor_label"]) for row in rows],
            "Where it is low": [_level(each["at_low"], in_points) for each, in_points in pairs],
            "Where it is high": [_level(each["at_high"], in_points) for each, in_points in pairs],
            f"Difference ({interval_head(shown)})": [_rise(each, in_points) for each, in_points in pairs],
            "Standardised": [_sized(each) for each in told],
            "E-value (limit)": [_evalue(each) for each in told],
        },
        "strength",
        groups=[raised(row["outcome_label"]) for row in rows],
        notes=[_STRENGTH],
    )


def _level(value: float, in_points: bool) -> str:  # noqa: FBT001  (how one number is written)
    return percent(value) if in_points else number(value)


def _rise(row: pd.Series, in_points: bool) -> str:  # noqa: FBT001  (how one number is written)
    scale, digits = (100, 1) if in_points else (1, 2)
    rise, low, high = (
        number(row[name] * scale, digits) for name in ("rise", "rise_ci_lower", "rise_ci_upper")
    )
    if rise == NOT_SHOWN:
        return NOT_SHOWN
    sign = "+" if row["rise"] > 0 else ""
    return f"{sign}{rise}{' points' if in_points else ''} ({between(low, high)})"


def _sized(row: pd.Series) -> str:
    return f"{number(row['standardised'])} ({row['size']})"


def _evalue(row: pd.Series) -> str:
    whole, limit = (number(float(row[name])) for name in ("evalue", "evalue_limit"))
    return NOT_SHOWN if whole == NOT_SHOWN else f"{whole} ({limit})"


def corrected(shown: Protected) -> GT:
    """Effects as measured, and corrected for how uncertain the means of an organisation's respondents are.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.linked.corrected.merge(
        shown.links[["link", "predictor", "predictor_label", "outcome_label", "model"]],
        on=["link", "predictor"],
    )
    rows = frame.to_dict("records")
    return laid_out_table(
        {
            "Goes with": [raised(row["predictor_label"]) for row in rows],
            "ICC(2)": frame["icc2"].map(number).tolist(),
            f"As measured ({interval_head(shown)})": [_moved(row, "observed", "observed_") for row in rows],
            f"Corrected ({interval_head(shown)})": [_moved(row, "estimate", "") for row in rows],
        },
        "corrected",
        groups=[raised(row["outcome_label"]) for row in rows],
        notes=[_CORRECTED],
    )


def _moved(row: Mapping[Hashable, Any], name: str, prefix: str) -> str:
    points = is_probability(pd.DataFrame([row]))
    scale, digits = (100, 1) if points else (1, 2)
    values = [float(row[key]) * scale for key in (name, f"{prefix}ci_lower", f"{prefix}ci_upper")]
    if math.isnan(values[0]):
        return NOT_SHOWN
    middle, low, high = (number(value, digits) for value in values)
    sign = "+" if values[0] > 0 else ""
    return f"{sign}{middle}{' points' if points else ''} ({between(low, high)})"


def drivers(shown: Protected, rows: pd.DataFrame) -> GT:
    """What share of the variation of an outcome goes with each predictor.

    Parameters
    ----------
    shown : Protected
    rows : DataFrame
        Rows of one set of `Linked.drivers`.

    Returns
    -------
    GT
    """
    ordered = rows.sort_values("share", ascending=False)
    told = ordered.to_dict("records")
    return laid_out_table(
        {
            "Goes with the outcome": [raised(row["label"]) for row in told],
            f"Of its variation ({interval_head(shown)})": [
                f"{percent(row['share'], 1)} ({_limits(row)})" for row in told
            ],
            "Of what is explained": [percent(row["proportion"]) for row in told],
            "Rank may be": [_ranks(row) for row in told],
            "Overlap (VIF)": [number(row["vif"]) for row in told],
        },
        "drivers",
    )


def _limits(row: Mapping[Hashable, Any]) -> str:
    return between(percent(row["share_ci_lower"], 1), percent(row["share_ci_upper"], 1))


def _ranks(row: Mapping[Hashable, Any]) -> str:
    low, high = (count(row[name]) for name in ("rank_lower", "rank_upper"))
    return low if low == high else between(low, high)
