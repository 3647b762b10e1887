"""Open answers as a reader may see them: counted, or quoted without addresses, where the study says so."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.cleaning.open_answers import visible
from surveykit.estimates.open_answers import count_open
from surveykit.reporting.suppression import unsafe
from surveykit.study import fold

if TYPE_CHECKING:
    from surveykit.cleaning import Cleaned
    from surveykit.study import Study

ADDRESS = "[address removed]"
NAME = "[name removed]"
_MOST = 50
_LENGTH = 500
_NUMBERS = ["n_answered", "n_organisations", "median_length"]
_COLUMNS = [
    *("name", "label", "n_answered", "n_asked", "n_organisations", "median_length", "shown", "suppressed"),
    *("answer", "n", "n_left_out"),
]
_AT = r"(?:[@＠﹫]|\s?[\[({]\s?(?:at|@)\s?[\])}]\s?)"  # noqa: RUF001  what looks like an at sign is read as one
_DOT = r"(?:\.|\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?)"
_WORD = r"[^\s@＠﹫<>()\[\]{}\"“”,;:!?]"  # noqa: RUF001
_TAIL = r"[^\s<>\"]*[^\s<>\".,;:!?)]"  # what ends a sentence is not of the link before it
# Endings of sites that are no words, so that a blank forgotten after a full stop makes no site.
_DOMAINS = "com|org|net|edu|gov|info|biz|io|ai|app|dev|eu|uk|ie|de|ch|fr|nl|pt|dk|fi|pl|cz|ca|au|nz|jp|cn|br"
# Runs are bounded: in a cell of one endless word, each letter would else be the start of another search to its end.
_ADDRESSES = re.compile(
    rf"(?:[a-z][a-z0-9+.-]{{0,15}}://|www\.){_TAIL}"  # a link
    rf"|{_WORD}{{0,64}}{_AT}\w{_WORD}*(?:{_DOT}\w{_WORD}*)*"  # an e-mail address, or a handle
    r"|\b[\w.-]{1,64} at [\w-]+(?: dot [\w-]+)+"  # an address in words
    rf"|(?<![\w.-])(?:[\w-]+\.)*[\w-]{{2,}}\.(?:(?-i:{_DOMAINS})(?!\w)|[a-z]{{2,}}(?=/\w))(?:/{_TAIL})?",  # a site
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+\s?|\(\+?)?(?<!\d)\d(?:[\s().\-/–]{0,3}\d){6,}")
# Digits nobody can be reached by: spans of years, dates, and round numbers in groups of three.
_NO_PHONE = re.compile(
    r"(?:19|20)\d\d\s?[-–/\s]\s?(?:19|20)\d\d"
    r"|\d{4}-\d\d-\d\d|\d{1,2}([./-])\d{1,2}\1\d{4}"
    r"|\d{1,3}(?:[ .\u00a0]\d{3})*[ .\u00a0]000"
)


def guard_open(cleaned: Cleaned, study: Study) -> pd.DataFrame:
    """Take out of the open answers what a reader may not see.

    Whether answers are quoted at all is the analyst's decision (``show: true``), for who reads them with care: a quote
    shows what one person wrote, and no rule can tell whether its writer may be known by it. Here they are quoted only
    where ``report.min_cell`` executives and organisations or more answered, without e-mail addresses, telephone
    numbers, links, handles and the name of the writer's own organisation, cut after about 500 characters, at most 50 of
    them. Which 50, and in what order, hangs on the texts alone and tells nothing of who wrote them. Answers that read
    alike are one, and how often it was given is told from ``report.min_cell`` up.

    Parameters
    ----------
    cleaned : Cleaned
    study : Study
        Whose ``report`` settings hold.

    Returns
    -------
    DataFrame, one row an answer that is quoted, and one a question that is not
        ``name, label, n_answered, n_asked, n_organisations, median_length`` (NaN where ``suppressed``, since a few
        answered), ``shown`` (whether answers are quoted), ``answer`` (plain text; empty where none is quoted), ``n``
        (how many gave it; NaN below the smallest cell) and ``n_left_out``, how many more answers there are.
    """
    if not study.open_answers:
        return pd.DataFrame(columns=_COLUMNS)
    counts = count_open(cleaned)
    few = unsafe(counts[["n_answered", "n_organisations"]].to_numpy(dtype=np.int64), study.report.min_cell)
    shown = counts.assign(suppressed=few, shown=counts["shown"] & ~few)
    shown = shown.assign(**{name: shown[name].astype(float).mask(few) for name in _NUMBERS})
    quoted = [_quoted(cleaned, str(name), study.report.min_cell) for name in shown["name"][shown["shown"]]]
    listed = pd.concat([pd.DataFrame(columns=["name", "answer", "n", "n_left_out"]), *quoted])
    rows = shown.merge(listed, on="name", how="left")
    told = rows.assign(answer=rows["answer"].fillna(""), n_left_out=rows["n_left_out"].fillna(0).astype(int))
    return told.astype({"n": float})[_COLUMNS]


def _quoted(cleaned: Cleaned, name: str, min_cell: int) -> pd.DataFrame:
    """The answers to one question, each once, in the order of their texts."""
    answers = cleaned.open_answers[name].dropna()
    writers = cleaned.data.loc[answers.index, "organisation"]
    own = writers if cleaned.study.columns.organisation is not None else writers.map(lambda _: "")
    texts = [masked(text, who) for text, who in zip(answers, own, strict=True)]
    rows = pd.DataFrame({"text": texts, "writer": writers.to_numpy(), "key": [fold(text) for text in texts]})
    alike = rows.groupby("key").agg(
        text=("text", "min"), n=("text", "size"), organisations=("writer", "nunique")
    )
    often = alike["n"].where(alike[["n", "organisations"]].min(axis=1) >= min_cell)
    order = pd.DataFrame(
        {"often": -often.fillna(0), "by": [_digest(key) for key in alike.index]}, index=alike.index
    )
    chosen = order.sort_values(["often", "by"]).index[:_MOST].sort_values()
    return pd.DataFrame(
        {
            "name": name,
            "answer": alike.loc[chosen, "text"].map(_cut),
            "n": often.loc[chosen],
            "n_left_out": len(alike) - len(chosen),
        }
    )


def _digest(text: str) -> str:
    """Put texts in an order that tells nothing and is the same tomorrow."""
    return hashlib.sha256(text.encode()).hexdigest()


def masked(text: str, organisation: str = "") -> str:
    """Take out of a text what a person could be reached by, and the name of the writer's organisation.

    Addresses are known by their form: one spelt out in another way, and names of persons, stay.

    Parameters
    ----------
    text : str
        As it was written.
    organisation : str, optional
        Name of the writer's organisation; case and blanks do not matter.

    Returns
    -------
    str
        On one line, without characters that cannot be seen.

    Examples
    --------
    >>> masked("Ask jane.doe@example.org, +44 20 7946 0958, or see https://example.org/jane?id=1.")
    'Ask [address removed], [address removed], or see [address removed].'
    >>> masked("In 2024-2025 Acme Ltd spent 1 000 000 on 12 pilots", "acme ltd")
    'In 2024-2025 [name removed] spent 1 000 000 on 12 pilots'
    """
    seen = _ADDRESSES.sub(ADDRESS, visible(text))
    seen = _PHONE.sub(lambda found: found[0] if _NO_PHONE.fullmatch(found[0]) else ADDRESS, seen)
    if len(organisation) < 3:  # initials stand for too much else
        return seen
    name = r"\s+".join(map(re.escape, organisation.split()))
    return re.sub(rf"(?<!\w){name}(?!\w)", NAME, seen, flags=re.IGNORECASE)


def _cut(text: str) -> str:
    """Cut a long text at a blank, where there is one within reach."""
    if len(text) <= _LENGTH:
        return text
    start = text[:_LENGTH]
    whole = start.rpartition(" ")[0] if " " in start[_LENGTH // 2 :] else start
    return f"{whole.removesuffix(' [address').removesuffix(' [name')}…"  # half of what stands for an address
