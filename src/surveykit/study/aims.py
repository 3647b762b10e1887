"""What the study wants to know of the answers: headline figures, tables, and what is filled in."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from surveykit.study.codebook import Names, Spec

Statistic = Literal["share", "mean", "median", "total", "ratio"]
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)


class Quantity(Spec):
    """A headline figure the report shows: the share of some answers, a mean, a median, a total or a ratio.

    Attributes
    ----------
    share_of, mean_of, median_of, total_of, ratio_of : str
        One of them: the item or variable of which a share is counted; the item, number or scale (or of a total and
        a ratio: the number or count) that is averaged or summed.
    values : list
        For a share: the codes (or texts of a category) that count; of a reversed item the codes as answered.
    over : str
        For a ratio: the number or count of the same units whose total the other total is divided by.
    label : str
        Words for the reader.
    """

    share_of: str | None = None
    mean_of: str | None = None
    median_of: str | None = None
    total_of: str | None = None
    ratio_of: str | None = None
    values: Annotated[list[int | float | str], Field(min_length=1)] | None = None
    over: str | None = None
    label: str = ""

    @model_validator(mode="after")
    def _one_figure(self) -> Quantity:
        given = [statistic for statistic in STATISTICS if getattr(self, f"{statistic}_of") is not None]
        if len(given) != 1:
            raise ValueError(
                "give one of 'share_of' with 'values', 'mean_of', 'median_of', 'total_of', or 'ratio_of' with 'over'"
            )
        if (self.share_of is None) != (self.values is None):
            raise ValueError("'values' goes with 'share_of': the answers that count")
        if (self.ratio_of is None) != (self.over is None):
            raise ValueError("'over' goes with 'ratio_of': what the total is divided by")
        return self

    @property
    def statistic(self) -> Statistic:
        """Which figure it is."""
        return next(name for name in STATISTICS if getattr(self, f"{name}_of") is not None)

    @property
    def of(self) -> str:
        """The name of what is estimated."""
        return str(getattr(self, f"{self.statistic}_of"))


class CrossTable(Spec):
    """A table of questions by banner columns, with letters for columns that differ.

    Attributes
    ----------
    rows : list of str
        Items, variables, scales, choices and rankings of the executives.
    columns : list of str
        Variables, items or choices whose values are the columns.
    adjust : {'holm', 'fdr'}
        How p-values of the pairs of columns of one row are adjusted.
    level : float
        Below this adjusted p-value two columns differ.
    min_base : int
        Columns with fewer answers are not tested.
    title : str
        Words for the reader.
    """

    rows: Annotated[Names, Field(min_length=1)]
    columns: Annotated[Names, Field(min_length=1)]
    adjust: Literal["holm", "fdr"] = "holm"
    level: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    min_base: Annotated[int, Field(ge=5)] = 30
    title: str = ""


class Imputation(Spec):
    """How often missing answers are filled in, so that figures beside those of complete answers can be given.

    Attributes
    ----------
    number : int
        Completed data sets.
    seed : int
        Of the draws.
    """

    number: Annotated[int, Field(ge=2, le=200)] = 20
    seed: Annotated[int, Field(ge=0)] = 1
