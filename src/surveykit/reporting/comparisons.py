"""The chapters that set figures beside others: earlier waves, and cross-tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.errors import ReportError
from surveykit.reporting import alt_texts
from surveykit.reporting.change_plot import change
from surveykit.reporting.crosstables import cross_table
from surveykit.reporting.fragments import Fragment, bullets, figure, joined, paragraph, table, tag
from surveykit.reporting.grid import laid_out_table
from surveykit.reporting.words import plural, raised
from surveykit.reporting.workbook import write_workbook

if TYPE_CHECKING:
    import os

    import pandas as pd
    from great_tables import GT

    from surveykit.reporting.disclosure import Protected


def waves(shown: Protected) -> Fragment:
    """What changed since earlier waves, and what was asked otherwise; nothing where there are none.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if shown.levels.empty:
        return Fragment("")
    parts = [tag("h2", "What changed since the last wave"), paragraph(_lead(shown))]
    for statistic in ("share", "mean"):
        levels = shown.levels[shown.levels["statistic"] == statistic]
        changes = shown.between[shown.between["name"].isin(levels["name"])]
        if len(changes) and (~levels["suppressed"].astype(bool)).any():
            caption = (
                f"{'Shares' if statistic == 'share' else 'Mean scores'} in each wave, and their change with its "
                f"{100 * shown.settings.confidence:g}% interval. A line that crosses 0 is compatible with no change."
            )
            parts.append(figure(change(levels, changes)[0], alt_texts.of_change(levels, changes), caption))
    told = [row for row in shown.between.to_dict("records") if row["sentence"]]
    parts.append(bullets(row["sentence"] for row in told))
    cautions = [f"{raised(row['label'])}: {row['caution']}." for row in told if row["caution"]]
    if cautions:
        parts += [paragraph("Keep in mind", "lead"), bullets(dict.fromkeys(cautions))]
    changed = _asked_otherwise(shown.wordings)
    if len(changed):
        parts.append(table(_wordings(changed), "Questions that were not asked, or read otherwise"))
    return joined(parts)


def _lead(shown: Protected) -> str:
    both = shown.between["n_both"].max()
    again = (
        f" {plural(float(both), 'organisation')} took part in both waves of at least one comparison, and their answers "
        "are related: the intervals take that into account."
        if both == both and both > 0  # noqa: PLR0124  (NaN alone is not itself)
        else ""
    )
    return (
        "Each figure beside itself in earlier waves, over the questions all waves asked. Who takes part differs from "
        f"wave to wave; a change says what differs, not why.{again}"
    )


def _asked_otherwise(wordings: pd.DataFrame) -> pd.DataFrame:
    """Questions of which some wave has another wording, or none."""
    if wordings.empty:
        return wordings
    odd = wordings["changed"].astype(bool) | ~wordings["asked"].astype(bool)
    return wordings[wordings["name"].isin(wordings.loc[odd, "name"])]


def _wordings(changed: pd.DataFrame) -> GT:
    columns = {
        "Wave": changed["wave"],
        "Wording": changed["wording"].mask(~changed["asked"].astype(bool), "not asked"),
    }
    groups = changed["name"].map(raised).str.replace("_", " ").tolist()
    return laid_out_table(columns, "wordings", words=("Wording",), groups=groups, first="15%")


def crosstables(shown: Protected) -> Fragment:
    """Every cross-table of the study, question by question; nothing where it plans none.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    if not shown.tables:
        return Fragment("")
    parts = [tag("h2", "Cross-tables")]
    for number, (title, questions) in enumerate(shown.tables):
        parts.append(tag("h3", title))
        parts += [
            table(cross_table(part, f"cross-{number}-{place}-{piece}"), part.title)
            for place, question in enumerate(questions)
            for piece, part in enumerate(question.in_parts())
        ]
    return joined(parts)


def workbook(shown: Protected, path: str | os.PathLike[str]) -> None:
    """Write the cross-tables into a workbook.

    Parameters
    ----------
    shown : Protected
    path : path
        An .xlsx file; nothing is written where it is empty.

    Raises
    ------
    ReportError
        If the study plans no cross-tables.
    """
    if not str(path):
        return
    questions = [question for _, part in shown.tables for question in part]
    if not questions:
        raise ReportError(
            "the study plans no cross-tables", fix="List some under 'tables' in the study file."
        )
    write_workbook(questions, path, title=shown.title, notice=shown.notice)
