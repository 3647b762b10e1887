"""The cross-tables a study asks for: its questions as rows, its segments as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.crosstab import CrossTable, crosstab
from surveykit.estimates.crosstabs.questions import MultiSelect, Score, SingleAnswer
from surveykit.estimates.crosstabs.ranks import Ranking
from surveykit.estimates.values import as_answered, shown_values

if TYPE_CHECKING:
    from surveykit.estimates.crosstabs.crosstab import Question
    from surveykit.estimates.design import Design
    from surveykit.scoring import Aggregated
    from surveykit.study import Study
    from surveykit.study.aims import CrossTable as Wanted

ALL = "All"
_NUMBERS = {"number", "count", "picks"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """One cross-table of the study: several questions by the same columns.

    Attributes
    ----------
    title : str
    questions : dict of str to CrossTable
        By the name of the question, in the order they were asked for.
    labels : dict of str to str
        Words for each question.
    banners : dict of str to list of str
        Name of the variable behind each banner (empty for all executives) to its columns.
    """

    title: str
    questions: dict[str, CrossTable]
    labels: dict[str, str]
    banners: dict[str, list[str]]

    def to_frame(self) -> pd.DataFrame:
        """All cells, one row each, with the ``question`` they are of."""
        parts = [found.data.assign(question=name) for name, found in self.questions.items()]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        columns = sum(map(len, self.banners.values()))
        return f"Table({self.title}: {len(self.questions)} questions by {columns} columns)"

    def _repr_html_(self) -> str:
        import html  # noqa: PLC0415  (only where a notebook shows the table)

        parts = [
            f"<h4>{html.escape(self.labels[name])}</h4>{found._repr_html_()}"
            for name, found in self.questions.items()
        ]
        return "".join(parts)


def tabulate(aggregated: Aggregated, design: Design) -> list[Table]:
    """Make every cross-table the study file lists.

    Parameters
    ----------
    aggregated : Aggregated
    design : Design
        Of the executives.

    Returns
    -------
    list of Table
        In the order of the study file; empty if it lists none.

    Raises
    ------
    EstimateError
        If a column sorts nobody, or a question has no answers.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> from surveykit.estimates.sampling import sample
    >>> from surveykit.study.aims import CrossTable
    >>> wanted = CrossTable(rows=["programme", "formal_policy"], columns=["employees"])
    >>> study = load_study("data/ospo-2018").model_copy(update={"tables": [wanted]})
    >>> scored = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> tabulate(scored, sample(scored).designs["executive"])
    [Table(Has an open source programme and 1 more by Employees: 2 questions by 7 columns)]
    """
    return [
        _table(aggregated, design, wanted, number) for number, wanted in enumerate(aggregated.study.tables)
    ]


def _table(aggregated: Aggregated, design: Design, wanted: Wanted, number: int) -> Table:
    study = aggregated.study
    try:
        columns, banners = _columns(aggregated, wanted.columns)
    except EstimateError as error:
        raise EstimateError(str(error), where=study.where("tables", number, "columns")) from None
    labels = {name: study.label(name) if name else "" for name in banners}
    told = list(labels.values())
    words = {
        label if told.count(label) == 1 else f"{label} ({name})": banners[name]
        for name, label in labels.items()
    }
    try:
        questions = {
            name: crosstab(
                _question(aggregated, name),
                columns,
                design,
                banners=words,
                adjust=wanted.adjust,
                level=wanted.level,
                min_base=wanted.min_base,
                confidence=study.report.confidence,
            )
            for name in wanted.rows
        }
    except EstimateError as error:
        raise EstimateError(str(error), where=study.where("tables", number)) from None
    labels = {name: _words(aggregated, name) for name in wanted.rows}
    return Table(title=_title(study, wanted), questions=questions, labels=labels, banners=banners)


def _title(study: Study, wanted: Wanted) -> str:
    if wanted.title:
        return wanted.title
    first, *others = wanted.rows
    more = f" and {len(others)} more" if others else ""
    return f"{study.label(first)}{more} by {', '.join(study.label(name) for name in wanted.columns)}"


def _words(aggregated: Aggregated, name: str) -> str:
    """What was asked, or what the study calls it."""
    study = aggregated.study
    turned = name in study.items and study.items[name].reversed
    asked = aggregated.scored.cleaned.questions.get(name, "") if name not in study.scales else ""
    return (asked or study.label(name)) + (" (reversed)" if turned else "")


def _question(aggregated: Aggregated, name: str) -> Question:
    study, cleaned = aggregated.study, aggregated.scored.cleaned
    if name in study.choices:
        return MultiSelect(picked=cleaned.choices[name])
    if name in study.rankings:
        return Ranking(ranks=cleaned.rankings[name], top=study.rankings[name].ranks or 3)
    return _single(study, name, aggregated.rows("executive")[name])


def _single(study: Study, name: str, values: pd.Series) -> Question:
    """A question with one answer: its answers where they have words, its mean where they are numbers."""
    variable, names = study.variable(name), study.answer_names(name)
    ordered = name in study.items or (variable is not None and variable.type == "ordered")
    if ordered and names:
        words = {float(code): word for code, word in names.items()}
        return SingleAnswer(codes=as_answered(study, name, values), words=words)
    if ordered or name in study.scales or (variable is not None and variable.type in _NUMBERS):
        return Score(values=values, label="Mean score" if name in study.scales else "Mean")
    given = shown_values(study, name, values)
    listed = list(dict.fromkeys([*names.values(), *sorted(given.dropna().unique())]))
    places = {word: float(place) for place, word in enumerate(listed, 1)}
    return SingleAnswer(
        codes=given.map(places), words={place: word for word, place in places.items()}, ordered=False
    )


def _columns(aggregated: Aggregated, names: list[str]) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Who is in which column; a column is called by its value, and by its banner too where two read the same."""
    parts = {"": pd.DataFrame({ALL: True}, index=aggregated.scored.cleaned.data.index)}
    parts |= {name: _members(aggregated, name) for name in names}
    if nobody := [name for name, part in parts.items() if part.empty or not part.to_numpy().any()]:
        raise EstimateError(f"nobody would stand in the columns of '{nobody[0]}': nobody answered it")
    every = pd.Series([str(head) for part in parts.values() for head in part])
    twice = set(every[every.duplicated()])
    label = aggregated.study.label
    for name, part in parts.items():
        heads = [f"{label(name)}: {head}" if str(head) in twice and name else str(head) for head in part]
        parts[name] = part.set_axis(heads, axis=1)
    return pd.concat(parts.values(), axis=1), {name: part.columns.tolist() for name, part in parts.items()}


def _members(aggregated: Aggregated, name: str) -> pd.DataFrame:
    """One column a value of a variable or item, or an option of a choice (an executive may be in several)."""
    study, cleaned = aggregated.study, aggregated.scored.cleaned
    if name in study.choices:
        return cleaned.choices[name].reindex(cleaned.data.index, fill_value=False).astype(bool)
    codes = aggregated.rows("executive")[name]
    given = shown_values(study, name, codes)
    listed = [word for word in study.answer_names(name).values() if (given == word).any()]
    others = sorted(set(given.dropna()) - set(listed))
    return pd.DataFrame(
        {word: (given == word).fillna(value=False) for word in [*listed, *others]}, index=codes.index
    )
