"""Open answers on the page: how many answered each question, and what they wrote where that may be shown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from surveykit.reporting.fragments import Fragment, bullets, joined, paragraph, tag
from surveykit.reporting.words import count, plural

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

# Notebooks would typeset what stands between two dollar signs; both classes tell them not to.
_PLAIN = "quotes tex2jax_ignore mathjax_ignore"


def quotes(open_answers: pd.DataFrame) -> Fragment:
    """Every open question: its wording, how many answered, and the answers as plain text; nothing where none is asked.

    Nothing in an answer is read as HTML, Markdown, mathematics or a formula.

    Parameters
    ----------
    open_answers : DataFrame
        What `surveykit.reporting.guarded_open.guard_open` gave.

    Returns
    -------
    Fragment
    """
    if open_answers.empty:
        return Fragment("")
    questions = [_question(rows) for _, rows in open_answers.groupby("name", sort=False)]
    return joined([tag("h2", "In their own words"), *questions])


def _question(rows: pd.DataFrame) -> Fragment:
    first = rows.to_dict("records")[0]
    quoted = [_quote(row) for row in rows.to_dict("records")] if first["shown"] else []
    more = int(first["n_left_out"])
    quoted += [f"and {count(more)} more"] if more else []
    return (
        tag("h3", str(first["label"]), "tex2jax_ignore mathjax_ignore")
        + paragraph(_told(first))
        + bullets(quoted, _PLAIN)
    )


def _told(row: dict[Hashable, Any]) -> str:
    asked = plural(row["n_asked"], "respondent")
    if row["suppressed"]:
        return f"So few of {asked} answered that neither their number nor their answers are shown."
    if row["n_answered"] == 0:
        return f"None of {asked} answered."
    told = f"{count(row['n_answered'])} of {asked} answered."
    if not row["shown"]:
        return f"{told} Their answers are not shown."
    return (
        f"{told} Answers that read alike stand once, and long ones are cut; e-mail addresses, telephone numbers, "
        "links and the name of the writer’s own organisation are taken out where they can be recognised."
    )


def _quote(row: dict[Hashable, Any]) -> str:
    times = "" if math.isnan(row["n"]) else f" (given by {count(row['n'])})"
    return f"{row['answer']}{times}"
