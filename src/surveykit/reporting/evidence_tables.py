"""What the figures rest on, as tables: data quality, and agreement within organisations."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from surveykit.reporting.grid import hidden_note, interval_head, laid_out_table, set_off
from surveykit.reporting.words import (
    NOT_SHOWN,
    between,
    count,
    number,
    percent,
    raised,
    series,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from great_tables import GT

    from surveykit.reporting.disclosure import Protected

_KINDS = {
    "declared": "The rules of the study",
    "without rule": "Without one of them",
    "cut-off": "With a further sign of careless answers (or another length of the run that is left out)",
}
_SIGNS = {">=": "at least", "<=": "at most", "<": "below"}


def flagged(shown: Protected) -> GT:
    """How many answers each cut-off would call careless.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.flagged
    cutoffs = [
        f"{_SIGNS[sign]} {signed(cutoff)}"
        for sign, cutoff in zip(frame["direction"], frame["cutoff"], strict=True)
    ]
    columns: dict[str, Iterable[str]] = {
        "Sign of careless answers": frame["label"],
        "Cut-off": cutoffs,
        "Respondents": frame["n_flagged"].map(count),
        "Share": frame["share"].map(lambda share: percent(share, 1)),
        "Expected of the attentive": frame["expected"].map(lambda share: percent(share, 1)),
        "Can be told for": frame["n_defined"].map(count),
    }
    about = (
        "Expected of the attentive: the share of made-up respondents who read every question and answer like the "
        "others, with the same correlations and the same shares of answers, that the cut-off would flag all the "
        "same. Times are not simulated."
    )
    return laid_out_table(columns, "flagged", notes=[about, *hidden_note(shown, frame)])


def multiverse(shown: Protected) -> GT:
    """The headline figures under every choice of who is left out.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.multiverse
    scenarios = frame.drop_duplicates("scenario")
    columns: list[tuple[str, Iterable[str]]] = [
        ("Who is left out", scenarios["choice"].tolist()),
        ("Kept", scenarios["n_executives"].map(count).tolist()),
    ]
    for _, rows in frame.groupby("name", sort=False):
        columns.append((rows["label"].iloc[0], [_figure(row) for row in rows.to_dict("records")]))
    about = (
        f"In brackets: limits of the {interval_head(shown)}, rounded outwards. Shares are rounded to "
        f"{_step_words(frame['step'])}, so that two rows tell nothing about those few by whom they differ. ≈: fewer "
        f"than {shown.settings.min_cell} answers or organisations come or go, so that no figure is given."
    )
    laid_out = laid_out_table(
        columns,
        "multiverse",
        notes=[
            about,
            f"{NOT_SHOWN}: too few answers are left, or so few come or go that they are not counted out.",
        ],
        groups=scenarios["kind"].map(_KINDS).tolist(),
        first="36%",
    )
    return set_off(laid_out, row=0)


def _step_words(steps: pd.Series) -> str:
    sizes = [f"{100 * step:g}" for step in sorted(steps.dropna().unique())]
    return f"steps of {series(sizes)} points"


def _figure(row: Mapping[Any, Any]) -> str:
    if row["near"]:
        return "≈"
    if row["suppressed"] or not isfinite(row["estimate"]):
        return NOT_SHOWN
    write = percent if row["statistic"] == "share" else number
    limits = f"\n({write(row['ci_lower'])}–{write(row['ci_upper'])})" if row["kind"] == "declared" else ""
    return f"{write(row['estimate'])}{limits}"


def decisions(shown: Protected) -> GT:
    """The evidence for letting executives speak for their organisation, and the decision.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.decisions
    limits = [
        between(number(low), number(high))
        for low, high in zip(frame["icc1_lower"], frame["icc1_upper"], strict=True)
    ]
    skewed = [
        f"{number(slight)} / {number(moderate)}" if slight == slight else NOT_SHOWN  # noqa: PLR0124
        for slight, moderate in zip(frame["rwg_j_slight"], frame["rwg_j_moderate"], strict=True)
    ]
    deviation = [
        f"{number(ad)} / {number(cut)}" for ad, cut in zip(frame["ad"], frame["ad_cut"], strict=True)
    ]
    columns: dict[str, Iterable[str]] = {
        "Scale": frame["label"].map(raised),
        "Decision": frame["decision"].map(raised),
        "Organisations": frame["n_organisations"].map(count),
        "rwg(j)": frame["rwg_j_uniform"].map(number),
        "at random": frame["rwg_j_random"].map(number),
        "leaning": skewed,
        "AD / cut": deviation,
        "ICC(1)": frame["icc1"].map(number),
        interval_head(shown): limits,
        "ICC(2)": frame["icc2"].map(number),
    }
    about = (
        "Organisations: with two respondents or more who answered all questions. rwg(j): median agreement, against "
        "answers spread evenly over the scale; the same of organisations put together at random; and against answers "
        "that lean slightly / moderately to one end. AD: average deviation from the organisation's mean, and the "
        "value up to which it passes. ICC(1): share of the variance between organisations; ICC(2): reliability of an "
        "organisation's mean."
    )
    notes = [about, *hidden_note(shown, frame)]
    return laid_out_table(columns, "decisions", notes=notes, words=("Decision",))


def parting(shown: Protected, most: int) -> GT:
    """The questions on which executives of one organisation differ most.

    Parameters
    ----------
    shown : Protected
    most : int
        Rows shown.

    Returns
    -------
    GT
    """
    frame = shown.parting.head(most)
    columns: dict[str, Iterable[str]] = {
        "Question": frame["label"],
        "Average deviation": frame["estimate"].map(number),
        "Of the answer scale": frame["relative"].map(percent),
        "Organisations": frame["n_organisations"].map(count),
    }
    return laid_out_table(columns, "parting", notes=hidden_note(shown, frame))
