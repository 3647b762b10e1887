"""Answers in own words: how many there are, and which of them hold a text."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from surveykit.cleaning.open_answers import visible
from surveykit.errors import EstimateError, did_you_mean
from surveykit.estimates.values import shown_values
from surveykit.study import fold

if TYPE_CHECKING:
    from surveykit.cleaning import Cleaned
    from surveykit.study import Study

_COLUMNS = [
    *("name", "label", "n_answered", "n_asked", "n_organisations", "median_length", "shown", "reason"),
]
# Letters with a stroke, and joined ones, are letters of their own in Unicode: no accent can be taken off.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe"}
)


class Analysed(Protocol):
    """A result that holds what was cleaned, as `surveykit.analysis.Analysis` does."""

    @property
    def cleaned(self) -> Cleaned: ...  # noqa: D102  said above


def find(source: Cleaned | Analysed, name: str, text: str = "") -> pd.DataFrame:
    r"""Give the answers to an open question that hold a text, for the analyst's own notebook.

    Case, accents, kinds of quotes and dashes, and runs of white space make no difference. The text is looked for as it
    stands: ``.``, ``*`` and ``(`` are characters like any other. What is found is not protected: it never belongs in
    front of a reader, who sees what `surveykit.reporting.disclosure.protect` lets through.

    Parameters
    ----------
    source : Cleaned or Analysis
    name : str
        Name of the open answer in the study.
    text : str, optional
        What to look for; everything by default.

    Returns
    -------
    DataFrame of str
        ``answer``, on one line, and the segments the study's report splits by, in words; sorted by answer and numbered
        from 0, so that no row tells whose it is. A notebook shows it escaped; for long answers and for a ``$`` that
        must stay one, set pandas' ``display.max_colwidth`` to None and ``display.html.use_mathjax`` to False.

    Raises
    ------
    EstimateError
        If the study declares no open answer of that name.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> study = SimpleNamespace(report=SimpleNamespace(segments=[]))
    >>> written = pd.DataFrame({"why": ["Müller (CEO) left", "No plan", None]})
    >>> find(SimpleNamespace(study=study, open_answers=written), "why", "MULLER (ceo)")
                  answer
    0  Müller (CEO) left
    """
    cleaned = source.cleaned if hasattr(source, "cleaned") else source
    if name not in cleaned.open_answers:
        known = list(cleaned.open_answers)
        raise EstimateError(f"no open answer '{name}'", allowed=known, fix=did_you_mean(name, known))
    answers = cleaned.open_answers[name].dropna()
    sought = _searched(text)
    found = answers[[sought in _searched(answer) for answer in answers]]
    segments = {segment: _segment(cleaned, segment).loc[found.index] for segment in _segments(cleaned.study)}
    rows = pd.DataFrame({"answer": found.map(visible), **segments})
    return rows.sort_values(["answer", *segments], ignore_index=True)


def _searched(text: str) -> str:
    """Reduce a text to what a search compares: folded, without accents."""
    apart = unicodedata.normalize("NFKD", fold(visible(text)))
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare).translate(_PLAIN)


def _segments(study: Study) -> list[str]:
    """Segments an executive has one value of."""
    return [name for name in study.report.segments if study.level_of(name) != "initiative"]


def _segment(cleaned: Cleaned, segment: str) -> pd.Series:
    """Words for the values of a segment, by executive."""
    study, data = cleaned.study, cleaned.data
    if study.level_of(segment) == "executive":
        return shown_values(study, segment, data[segment])
    register = cleaned.organisations if cleaned.organisations is not None else pd.DataFrame({segment: []})
    return shown_values(study, segment, data["organisation"].map(register[segment]))


def count_open(cleaned: Cleaned) -> pd.DataFrame:
    """Count the answers to every open question.

    Parameters
    ----------
    cleaned : Cleaned

    Returns
    -------
    DataFrame, one row an open answer, in the study's order
        ``name, label, n_answered`` of ``n_asked`` executives (all that were kept), ``n_organisations`` of those who
        answered, ``median_length`` (characters; NaN if nobody answered, with a ``reason``), ``shown``: whether a report
        quotes the answers, since the study says so and ``report.min_cell`` executives and organisations or more
        answered.
    """
    rows = [_counted(cleaned, name) for name in cleaned.study.open_answers]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _counted(cleaned: Cleaned, name: str) -> dict[str, object]:
    study = cleaned.study
    answers = cleaned.open_answers[name].dropna()
    organisations = int(cleaned.data.loc[answers.index, "organisation"].nunique())
    enough = min(len(answers), organisations) >= study.report.min_cell
    return {
        "name": name,
        "label": cleaned.questions[name],
        "n_answered": len(answers),
        "n_asked": len(cleaned.data),
        "n_organisations": organisations,
        "median_length": answers.str.len().median(),
        "shown": study.open_answers[name].show and enough,
        "reason": "" if len(answers) else "nobody answered",
    }
