"""How the sample came about and how it is weighted, as the study file declares it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, FiniteFloat, model_validator

from surveykit.study.codebook import Names, Spec


class Replication(Spec):
    """Replicate weights, from which variances are then taken.

    Attributes
    ----------
    method : {'bootstrap', 'jackknife'}
        Whether organisations are drawn again, or left out one at a time.
    number : int
        How many bootstrap replicates to draw.
    seed : int
        Of the draws: the same seed gives the same replicates.
    given : list of str
        Variables that hold replicate weights delivered with the data; none are made then.
    """

    method: Literal["bootstrap", "jackknife"]
    number: Annotated[int, Field(ge=50, le=10_000)] = 500
    seed: Annotated[int, Field(ge=0)] = 1
    given: Names = []

    @model_validator(mode="after")
    def _enough_given(self) -> Replication:
        if len(self.given) == 1:
            raise ValueError("'given' names the variables of all replicate weights, one is none")
        return self


def _named(replicates: object) -> object:
    return {"method": replicates} if isinstance(replicates, str) else replicates


class Sampling(Spec):
    """How organisations (or respondents, where the study names no organisations) were drawn.

    Attributes
    ----------
    weight : str, optional
        Variable of type number: how many of the population each stands for.
    stratum : str, optional
        Variable: the part of the population it was drawn from on its own.
    population : str or int, optional
        Variable of type number, or one number where there are no strata: how many the stratum's population has.
    single_unit : {'refuse', 'centre', 'certainty'}
        What is done with a stratum of which one only was drawn.
    replicates : Replication, optional
        Variances from replicate weights instead of linearisation.
    """

    weight: str | None = None
    stratum: str | None = None
    population: str | Annotated[int, Field(ge=2)] | None = None
    single_unit: Literal["refuse", "centre", "certainty"] = "refuse"
    replicates: Annotated[Replication, BeforeValidator(_named)] | None = None


class Weights(Spec):
    """How the sample is made to look like the population. Without it nothing is weighted.

    Attributes
    ----------
    nonresponse : list of str
        Variables known of all organisations drawn, answering or not: those that answered stand for the others of
        their class.
    rake : mapping of variable to file
        For each variable a CSV file ``category,share`` of the population.
    poststratify : list of str
        Variables that together make the cells; `targets` then names the file.
    targets : str, optional
        For `poststratify`: a CSV file with a column for each variable, and ``share``.
    limits : (low, high), optional
        For `rake`: smallest and largest weight allowed, as multiples of the weight before raking.
    """

    nonresponse: Names = []
    rake: Annotated[dict[str, str], Field(min_length=1)] | None = None
    poststratify: Annotated[Names, Field(min_length=1)] | None = None
    targets: str | None = None
    limits: tuple[FiniteFloat, FiniteFloat] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Weights:
        if self.rake is not None and self.poststratify is not None:
            raise ValueError("give 'rake' or 'poststratify', not both")
        if (self.poststratify is None) != (self.targets is None):
            raise ValueError("'targets' goes with 'poststratify': the file with the share of every cell")
        if self.rake is None and self.poststratify is None and not self.nonresponse:
            raise ValueError("say how to weight: 'rake', 'poststratify' or 'nonresponse'")
        if self.limits is not None and not 0 <= self.limits[0] < 1 < self.limits[1]:
            raise ValueError(
                f"limits {list(self.limits)} must lie on both sides of 1, the weight before raking, such as [0.3, 3]"
            )
        if self.limits is not None and self.rake is None:
            raise ValueError(
                "'limits' goes with 'rake': in post-stratification a cell's weight is what it must be"
            )
        return self

    @property
    def variables(self) -> list[str]:
        """Variables whose shares are brought to their targets."""
        return list(self.rake or self.poststratify or [])
