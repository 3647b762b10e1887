"""What the study wants to know of outcomes: links, drivers, reasonable other choices, and the next survey's size."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from surveykit.study.codebook import Level, Names, Spec

LinkModel = Literal[
    "ols",
    "logit",
    "ordered logit",
    "multinomial",
    "fractional",
    "poisson",
    "negative binomial",
    "cox",
]


class Link(Spec):
    """A link between what the predictors measure and an outcome.

    Attributes
    ----------
    outcome : str
        The variable explained.
    level : str
        Of which unit one row is: ``executive``, ``organisation`` or ``initiative``.
    predictors : list of str
        Scales or variables whose effects are tested.
    adjust_for : list of str
        Variables held constant; their effects are not tested.
    moderators : list of str
        Variables by which the effect of each predictor may differ.
    mediator : str, optional
        A scale or variable that may carry what goes with the predictors.
    family : str
        Links of one family are adjusted together for how many tests they are; without a name, all that have none.
    model : str, optional
        Another model than the outcome's type asks for.
    weighted : bool
        Whether the study's weights are used, where it has some.
    """

    outcome: str
    level: Level
    predictors: Annotated[Names, Field(min_length=1)]
    adjust_for: Names = []
    moderators: Names = []
    mediator: str | None = None
    family: str = ""
    model: LinkModel | None = None
    weighted: bool = False


class Drivers(Spec):
    """How much of an outcome each of several predictors goes with, the others beside it.

    Attributes
    ----------
    outcome : str
        The variable explained: a number, or 0/1.
    level : str
        Of which unit one row is.
    predictors : list of str
        Two to fifteen scales or variables.
    """

    outcome: str
    level: Level
    predictors: Annotated[Names, Field(min_length=2, max_length=15)]


class Specifications(Spec):
    """Other choices as reasonable as the planned ones: every planned link is fitted again under each combination.

    Attributes
    ----------
    adjust_for : list of lists of str
        Other sets of variables to hold constant; an empty list for none.
    careless : bool
        Leave out, in turn, whom each cut-off under ``careless`` flags.
    scales : mapping of str to list of lists of str
        By scale, other lists of its items.
    aggregate : list
        How else executives' scores become one of the organisation: ``median``.
    unweighted : bool
        Also without the study's weights.
    """

    adjust_for: list[list[str]] = []
    careless: bool = False
    scales: dict[str, list[Names]] = {}
    aggregate: list[Literal["median"]] = []
    unweighted: bool = False


class Quadrant(Spec):
    """Two measures of an initiative that are easily taken for one: how far it is adopted, and what it changed.

    Attributes
    ----------
    adoption, transformation : str
        Variables of the initiatives.
    adoption_from, transformation_from : float
        From this value on each counts as high.
    """

    adoption: str
    adoption_from: float
    transformation: str
    transformation_from: float = 1.0


class Power(Spec):
    """Sizes the next survey may have, and the effect it should be able to find.

    Attributes
    ----------
    organisations : list of int
        Numbers of organisations, each at least 10.
    executives : list of int
        Numbers of executives in each organisation.
    effect : float
        Difference in a 0/1 outcome or a fraction that one standard deviation of a predictor goes with, as a share of 1:
        0.1 is ten percentage points.
    effect_sd : float
        The same in any other outcome, in its standard deviations.
    samples : int
        Surveys simulated of each size.
    seed : int
        Of the draws.
    """

    organisations: Annotated[list[Annotated[int, Field(ge=10, le=5000)]], Field(min_length=1)] = [
        40,
        80,
        160,
        320,
    ]
    executives: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(min_length=1)] = [2, 5, 10]
    effect: Annotated[float, Field(gt=0, lt=1)] = 0.1
    effect_sd: Annotated[float, Field(gt=0, lt=1)] = 0.2
    samples: Annotated[int, Field(ge=100, le=20_000)] = 500
    seed: Annotated[int, Field(ge=0)] = 1

    @model_validator(mode="after")
    def _once_each(self) -> Power:
        for name in ("organisations", "executives"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise ValueError(f"a number stands twice under '{name}'")
        return self
