"""The study: one YAML file that says what the analyst decided before looking at the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr

from surveykit.study.aims import CrossTable, Imputation, Quantity  # noqa: TC001  (pydantic reads them)
from surveykit.study.codebook import (
    Answers,
    Careless,
    Choice,
    Columns,
    Item,
    Level,
    Names,
    OpenAnswer,
    Ranking,
    Scale,
    Spec,
    Table,
    Variable,
    fold,
)
from surveykit.study.exclusion import Rule, read_rule
from surveykit.study.links import Drivers, Link, Power, Quadrant, Specifications
from surveykit.study.sampling import Sampling, Weights

if TYPE_CHECKING:
    import pandas as pd


class Responses(Spec):
    """Where the responses are: the platform's file as exported, and the platform if it is not recognised."""

    file: str
    platform: str | None = None


def _listed(labels: object) -> list[str]:
    if not isinstance(labels, list):
        raise ValueError("a list of labels is needed, such as [Don't know, -99]")  # noqa: TRY004  pydantic asks for it
    if any(not fold(label) for label in labels):
        raise ValueError("an empty label is missing already, and need not be listed")
    return [str(label) for label in labels]


class Wave(Spec):
    """An earlier round of the same survey: its files, and columns that were named otherwise.

    Attributes
    ----------
    responses : Responses
    organisations, initiatives : str, optional
        Its files. Without one of its own, organisations are read from the study's file; initiatives are not, since
        those of this wave tell nothing of an earlier one.
    columns : mapping of str to str
        Item, variable, choice or role (``respondent``, ``organisation``, ..) to its column in that export.
    """

    responses: Responses
    organisations: str | None = None
    initiatives: str | None = None
    columns: dict[str, str] = {}


class ReportSettings(Spec):
    """What a reader may see: smallest cell shown, confidence level, and the segments to split by."""

    min_cell: Annotated[int, Field(ge=1, le=1000)] = 5
    confidence: Annotated[float, Field(gt=0.5, le=0.9999)] = 0.95
    segments: Names = []


class Study(Spec):
    """Everything decided before looking: where the data are, what they mean, which rows go, what is tested.

    Attributes
    ----------
    title, about, notice : str
        Words for the first page; a notice stands out (say there that data are synthetic).
    responses : Responses
    organisations, initiatives : Table, optional
    columns : Columns
    missing : list of str
        Labels and codes that mean no answer, anywhere.
    answers : mapping of str to Answers
        Named answer sets.
    items, variables, scales, choices : mapping
        The codebook.
    exclude : list of Rule
        In this order.
    rankings, open_answers : mapping
        Questions whose options are put in an order, and questions answered in own words.
    design : Sampling
        How the sample was drawn; every organisation alike by default.
    weights : Weights, optional
        How the sample is made to look like the population; by default it is not.
    wave : str
        Name of this round, where there are earlier ones.
    waves : mapping of str to Wave
        Earlier rounds, oldest first.
    imputation : Imputation, optional
        Missing answers are also filled in several times over, where this is given.
    careless : Careless
        Cut-offs to compare; they leave nobody out.
    tables : list of CrossTable
    estimates : mapping of str to Quantity
    benchmarks : str, optional
        CSV of published figures.
    links, explore : list of Link
        Those planned, each tested beside its family; and those looked at besides, marked exploratory.
    drivers : list of Drivers
    specifications : Specifications, optional
        Other choices under which the planned links are fitted again.
    quadrant : Quadrant, optional
    power : Power
    report : ReportSettings
    """

    title: str
    about: str = ""
    notice: str = ""
    responses: Responses
    organisations: Table | None = None
    initiatives: Table | None = None
    columns: Columns = Columns()
    missing: Annotated[list[str], BeforeValidator(_listed)] = []
    answers: dict[str, Answers] = {}
    items: dict[str, Item] = {}
    variables: dict[str, Variable] = {}
    scales: dict[str, Scale] = {}
    choices: dict[str, Choice] = {}
    rankings: dict[str, Ranking] = {}
    open_answers: dict[str, OpenAnswer] = {}
    design: Sampling = Sampling()
    weights: Weights | None = None
    wave: str = ""
    waves: dict[str, Wave] = {}
    imputation: Imputation | None = None
    exclude: list[Annotated[Rule, BeforeValidator(read_rule)]] = []
    careless: Careless = Careless()
    estimates: dict[str, Quantity] = {}
    benchmarks: str | None = None
    tables: list[CrossTable] = []
    links: list[Link] = []
    explore: list[Link] = []
    drivers: list[Drivers] = []
    specifications: Specifications | None = None
    quadrant: Quadrant | None = None
    power: Power = Power()
    report: ReportSettings = ReportSettings()

    _path: Path = PrivateAttr(default=Path("study.yaml"))
    _lines: dict[tuple[str | int, ...], int] = PrivateAttr(default_factory=dict)

    def located(self, path: Path, lines: dict[tuple[str | int, ...], int]) -> Study:
        """Remember the file, and the line of every key, for messages and for finding the files it names."""
        self._path, self._lines = path, lines
        return self

    @property
    def path(self) -> Path:
        """The study file."""
        return self._path

    @property
    def name(self) -> str:
        """Short name of the study: the folder of its file."""
        return self._path.resolve().parent.name

    def beside(self, file: str) -> Path:
        """Path of a file the study names, relative to the study file's folder."""
        return self._path.parent / file

    def where(self, *place: str | int) -> str:
        """File and line of a place in the study file, such as ``where("items", "clarity_1")``."""
        while place and place not in self._lines:
            place = place[:-1]
        return f"{self._path}:{self._lines[place]}" if place else str(self._path)

    def answer_codes(
        self, answers: str | dict[str, int | float | str] | None
    ) -> dict[str, int | float | str] | None:
        """Labels and codes of an answer set given by name or in place; None where there is none."""
        return self.answers[answers] if isinstance(answers, str) else answers

    def answer_names(self, name: str) -> dict[int | float | str, str]:
        """Words for each code of an item or variable, in the study's order; empty where it lists none.

        Labels of one code are one answer, and stand together. Codes are floats, or text for a category.
        """
        spec = self.items.get(name) or self.variable(name)
        category = isinstance(spec, Variable) and spec.type == "category"
        names: dict[int | float | str, str] = {}
        for label, given in ((self.answer_codes(spec.answers) if spec else None) or {}).items():
            code = str(given) if category or isinstance(given, str) else float(given)
            names[code] = f"{names[code]} / {label}" if code in names else label
        return {code: str(code) for code in names} if category else names

    def item_range(self, name: str) -> tuple[float, float] | None:
        """Lowest and highest code an item allows; None where the study does not say."""
        item = self.items[name]
        codes = self.answer_codes(item.answers)
        if item.range is not None or codes is None:
            return item.range
        numbers = [float(code) for code in codes.values()]
        return min(numbers), max(numbers)

    def turned(self, name: str, codes: pd.Series) -> pd.Series:
        """Codes of an item the other way round, ``low + high - code``; doing it twice changes nothing."""
        low, high = self.item_range(name) or (0.0, 0.0)
        # Rounded, so that codes such as .33 meet themselves again after their rounding errors.
        return (low + high - codes).round(10)

    @property
    def weighs(self) -> bool:
        """Whether units count by weights, delivered or made here."""
        return self.weights is not None or self.design.weight is not None

    def table_of(self, level: Level) -> dict[str, Variable]:
        """Variables of one level, by name."""
        if level == "executive":
            return self.variables
        table = self.organisations if level == "organisation" else self.initiatives
        return table.variables if table else {}

    @property
    def dispersions(self) -> dict[str, str]:
        """By name, the scale whose executives' scores it tells the spread of, within each organisation."""
        return {f"{scale}_dispersion": scale for scale in self.scales}

    def level_of(self, name: str) -> Level | None:
        """Level at which a name is measured; None if the study does not know it. Choices are the executives'."""
        if any(name in part for part in (self.items, self.scales, self.choices, self.rankings)):
            return "executive"
        if name in self.dispersions:
            return "organisation"
        levels: tuple[Level, ...] = ("executive", "organisation", "initiative")
        return next((level for level in levels if name in self.table_of(level)), None)

    def variable(self, name: str) -> Variable | None:
        """The variable of that name at any level; None for items, scales, dispersions and unknown names."""
        level = self.level_of(name)
        return self.table_of(level).get(name) if level else None

    def label(self, name: str) -> str:
        """Words for a name: the study's label, or the name itself in plain words."""
        if name in self.dispersions:
            return f"{self.label(self.dispersions[name])}: how far respondents differ"
        parts: tuple[dict[str, Any], ...] = (
            self.scales,
            self.items,
            self.choices,
            self.rankings,
            self.open_answers,
        )
        spec: Any = next((part[name] for part in parts if name in part), None) or self.variable(name)
        return (spec.label if spec else "") or name.replace("_", " ").capitalize()
