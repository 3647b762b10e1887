"""What every column means: labels and their codes, items, variables, scales, choices and the roles of columns."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    model_validator,
)

from surveykit.errors import did_you_mean, listing

Code = int | float | str
Level = Literal["executive", "organisation", "initiative"]
VariableType = Literal[
    "category", "binary", "ordered", "number", "count", "fraction", "duration", "picked", "picks"
]
CarelessIndex = Literal[
    "longstring",
    "irv",
    "mahalanobis_p",
    "even_odd",
    "synonyms",
    "antonyms",
    "seconds_per_item",
    "n_fast_pages",
]
PICKED_TYPES = frozenset({"picked", "picks"})
NUMERIC_TYPES = frozenset({"binary", "ordered", "number", "count", "fraction", "duration", "picked", "picks"})

_QUOTES = str.maketrans({"‘": "'", "’": "'", "‛": "'", "“": '"', "”": '"', "–": "-", "—": "-"})  # noqa: RUF001


def fold(label: object) -> str:
    r"""Reduce a label to what its reader sees, so that typing accidents do not make two answers of one.

    Case, runs of white space (non-breaking included), curly quotes and long dashes are levelled.

    Parameters
    ----------
    label : object
        The label; turned into text first.

    Returns
    -------
    str
        The folded text.

    Examples
    --------
    >>> fold("  Don’t\u00a0KNOW ")
    "don't know"
    """
    text = unicodedata.normalize("NFKC", str(label)).translate(_QUOTES)
    return re.sub(r"\s+", " ", text).strip().casefold()


def _one_code_a_label(answers: dict[str, Code]) -> dict[str, Code]:
    seen: dict[str, str] = {}
    for label, code in answers.items():
        if not fold(label):
            raise ValueError("an empty label cannot be mapped: an empty cell is missing")
        if not isinstance(code, str) and not abs(code) <= 1e6:
            raise ValueError(f"code {str(code)[:20]} of label '{label}' is no code of an answer")
        if (first := seen.setdefault(fold(label), label)) != label:
            raise ValueError(f"label '{label}' is mapped twice: it reads the same as '{first}'")
    return answers


def _text_keys(answers: object) -> object:
    if isinstance(answers, list):  # categories in their order, each its own code
        return {str(label): str(label) for label in answers}
    return {str(label): code for label, code in answers.items()} if isinstance(answers, dict) else answers


def _some(values: list[str]) -> list[str]:
    if repeated := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(f"'{repeated[0]}' is listed twice")
    return values


Answers = Annotated[
    dict[str, Code],
    BeforeValidator(_text_keys),
    AfterValidator(_one_code_a_label),
    Field(min_length=1),
]
Names = Annotated[list[str], AfterValidator(_some)]


class Spec(BaseModel):
    """Base of everything in the study file: frozen, and a key it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(Spec):
    """One question of a scale, answered on a numeric code.

    Attributes
    ----------
    column : str
        Identifier of its column in the export.
    answers : str or mapping, optional
        Name of an answer set, or labels to codes; without it the column holds numbers.
    range : (low, high), optional
        Lowest and highest code allowed; by default the lowest and highest code of `answers`.
    reversed : bool
        Whether agreement means less of what the scale measures; such codes become ``low + high - code``.
    label : str
        Words for the reader; by default the question text of the export.
    """

    column: str
    answers: str | Answers | None = None
    range: tuple[FiniteFloat, FiniteFloat] | None = None
    reversed: bool = False
    label: str = ""

    @model_validator(mode="after")
    def _has_a_range(self) -> Item:
        if self.range is not None and self.range[0] >= self.range[1]:
            raise ValueError(f"range {list(self.range)} must go from the lowest to the highest code")
        if self.reversed and self.answers is None and self.range is None:
            raise ValueError(
                "a reversed item needs 'answers' or 'range': without its range it cannot be reversed"
            )
        return self


class Variable(Spec):
    """Anything else one column, or one multi-select question, tells.

    Attributes
    ----------
    column : str, optional
        Identifier of its column; by default the variable's own name.
    question : str, optional
        For type ``picks``: the group of columns of the multi-select question.
    type : str
        ``category``, ``binary`` (0 or 1), ``ordered`` (codes in order), ``number``, ``count``,
        ``fraction`` (0 to `out_of`), ``duration`` (time until `event`, or until it was last looked at),
        ``picked`` (1 if this choice of a multi-select was picked, 0 if only others were) or
        ``picks`` (how many choices of the question were picked).
    answers : str, mapping or list, optional
        Name of an answer set, labels to codes, or the categories in the order to show them.
    label : str
        Words for the reader; by default the question text of the export.
    out_of : float
        For a fraction: the whole, such as 100 for percentages.
    event : str, optional
        For a duration: the 0/1 variable of the same units that says whether what was waited for has happened.
    after : list of str
        Outcomes that come before this in time, and that it may be a consequence of: it is never held constant, nor a
        predictor, where one of them is explained.
    """

    column: str | None = None
    question: str | None = None
    type: VariableType = "category"
    answers: str | Answers | None = None
    label: str = ""
    out_of: Annotated[float, Field(gt=0)] | None = None
    event: str | None = None
    after: Names = []

    @model_validator(mode="after")
    def _says_enough(self) -> Variable:
        if (self.type == "picks") != (self.question is not None):
            raise ValueError("type 'picks' goes with 'question', every other type with 'column'")
        if self.type in PICKED_TYPES and self.answers is not None:
            raise ValueError(f"type '{self.type}' counts choices and takes no 'answers'")
        if self.type in {"binary", "ordered"} and self.answers is None:
            raise ValueError(f"a variable of type '{self.type}' needs 'answers': which label is which code")
        if self.out_of is not None and self.type != "fraction":
            raise ValueError(f"'out_of' goes with type 'fraction', not '{self.type}'")
        if (self.event is not None) != (self.type == "duration"):
            raise ValueError(
                "'event' goes with type 'duration': the 0/1 variable that says whether it happened"
            )
        return self


class Scale(Spec):
    """The mean of several items, for respondents who answered enough of them.

    Attributes
    ----------
    items : list of str
        Names of items, at least two.
    min_answered : int, optional
        Fewest items answered for a score; all of them by default.
    label : str
        Words for the reader; by default the scale's name.
    """

    items: Annotated[Names, Field(min_length=2)]
    min_answered: Annotated[int, Field(ge=1)] | None = None
    label: str = ""

    @model_validator(mode="after")
    def _enough_items(self) -> Scale:
        if self.min_answered is not None and self.min_answered > len(self.items):
            raise ValueError(
                f"min_answered is {self.min_answered}, but the scale has {len(self.items)} items"
            )
        return self


class Choice(Spec):
    """A multi-select question kept as the set of options each executive picked.

    Attributes
    ----------
    question : str
        Identifier of the question (its column, or the group of its columns).
    pick : int, optional
        How many options an executive was asked to pick.
    options : list of str, optional
        The options offered; needed where they are joined in one column, since options may contain commas.
    label : str
        Words for the reader; by default the question text of the export.
    """

    question: str
    pick: Annotated[int, Field(ge=1)] | None = None
    options: Names | None = None
    label: str = ""


class Ranking(Spec):
    """A question whose options each executive puts in order.

    Attributes
    ----------
    question : str
        Identifier of the question: the group of its columns. Either a column an option, holding its rank, or a
        column a rank, holding its option.
    ranks : int, optional
        How many ranks were asked for; all options by default.
    options : list of str, optional
        The options offered; needed where the columns are ranks.
    label : str
        Words for the reader; by default the question text of the export.
    """

    question: str
    ranks: Annotated[int, Field(ge=1)] | None = None
    options: Names | None = None
    label: str = ""


class OpenAnswer(Spec):
    """A question answered in own words.

    Attributes
    ----------
    column : str
        Identifier of its column.
    show : bool
        Whether the report may quote the answers; they are only counted by default.
    label : str
        Words for the reader; by default the question text of the export.
    """

    column: str
    show: bool = False
    label: str = ""


def _known_indices(cutoffs: object) -> object:
    known = get_args(CarelessIndex)
    if not isinstance(cutoffs, dict):
        return cutoffs
    for name in cutoffs:
        if name not in known:
            fix = did_you_mean(name, known)
            raise ValueError(
                f"unknown sign of careless answers '{name}'; allowed: {listing(known)}. {fix}".strip()
            )
        given = cutoffs[name] if isinstance(cutoffs[name], list) else [cutoffs[name]]
        if any(isinstance(cutoff, bool) for cutoff in given) or len(set(map(str, given))) < len(given):
            raise ValueError(f"the cut-offs of '{name}' must be different numbers, given: {given}")
    return cutoffs


class Careless(Spec):
    """Which cut-offs of careless answering the report sets beside each other. Nobody is left out by them.

    Attributes
    ----------
    cutoffs : mapping of index to list of float
        For each index of `surveykit.measures.careless` the cut-offs to compare.
    pages : mapping of str to list of str
        Column of each page timer (in seconds) to the items on its page.
    """

    cutoffs: Annotated[
        dict[CarelessIndex, Annotated[list[FiniteFloat], Field(min_length=1)]],
        BeforeValidator(_known_indices),
    ] = {}
    pages: dict[str, Annotated[Names, Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def _timed(self) -> Careless:
        timed = {"seconds_per_item", "n_fast_pages"} & set(self.cutoffs)
        if timed and not self.pages:
            raise ValueError(f"a cut-off of '{min(timed)}' needs 'pages': the timer's column and its items")
        return self


class Columns(Spec):
    """Which columns play a part of their own, and which are personal and never pass the door.

    Attributes
    ----------
    respondent, organisation, status, duration, submitted : str, optional
        Who answered, for which organisation, whether it was a preview or test, in how many seconds, and when.
    personal : list of str
        Columns dropped before anything else is done.
    """

    respondent: str | None = None
    organisation: str | None = None
    status: str | None = None
    duration: str | None = None
    submitted: str | None = None
    personal: Names = []


class Table(Spec):
    """A file beside the responses, one row an organisation or one an initiative.

    Attributes
    ----------
    file : str
        Path from the study file's folder.
    key : str
        The column that names the organisation.
    variables : mapping of str to Variable
        What its columns tell.
    """

    file: str
    key: str
    variables: dict[str, Variable] = {}
