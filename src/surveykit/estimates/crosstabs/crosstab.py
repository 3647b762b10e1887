"""Cross-tables: every answer of a question in every column of a banner, and which columns differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, get_args

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError, did_you_mean
from surveykit.estimates.crosstabs.cells import cells, grid, sums
from surveykit.estimates.crosstabs.letters import Adjustment, letters_in, letters_of, pair_tests
from surveykit.estimates.crosstabs.raoscott import by_banner
from surveykit.estimates.design import Design
from surveykit.estimates.given import check_kind
from surveykit.estimates.intervals import share_limits, t_limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from surveykit.estimates.crosstabs.cells import Cells
    from surveykit.estimates.crosstabs.questions import Asked


_CELL = ["row", "kind", "column"]


class Question(Protocol):
    """A question a table can have rows of: `SingleAnswer`, `MultiSelect`, `Ranking` or `Score`."""

    def asked(self, units: pd.Index) -> Asked:
        """Its rows, for these units."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossTable:
    """One question by the columns of one or several banners.

    Attributes
    ----------
    data : DataFrame, one row a row of the table and column
        ``row`` (the answer or option) and ``kind``: ``share`` of those who answered, ``top_box``, ``bottom_box``,
        ``mean``, ``share_of_picks``, ``ranked_first``, ``ranked_top_3`` (or as many as were asked for),
        ``mean_rank``; ``banner, column`` and the column's ``letter``; ``estimate`` (shares 0 to 1, means in their
        unit) ``, std_error, ci_lower, ci_upper, df`` and the interval's ``method``; ``n_obs`` answers of
        ``n_organisations``, ``n_effective`` (see `surveykit.estimates.domains.estimate_by`), ``n_yes`` answers
        counted by a share; ``letters`` of the columns that lie lower, between spaces; ``small_base``, whether the
        cell rests on too few to be compared; and the ``reason`` why something is missing.
    tests : DataFrame, one row a row of the table and pair of columns of one banner
        ``row, kind, banner, column, against, difference`` (column less against) ``, std_error, df, p_value,
        p_adjusted`` and the ``reason`` why a pair is not tested.
    rao_scott : DataFrame, one row a banner of several columns
        Of a multi-select question one for every option; none for rankings and scores. Columns of fewer than
        `min_base` answers are left out. ``row`` (the option),
        ``banner``, the fields of `surveykit.estimates.crosstabs.raoscott.RaoScott` and ``p_adjusted`` (Holm's, over
        options).
    adjust : {'holm', 'fdr'}
        How p-values were adjusted within each row and banner.
    level : float
        Level of the adjusted p-values, 0 to 1.
    min_base : int
        Answers below which a column is not tested.
    confidence : float
        Level of the intervals, 0 to 1.
    weighted : bool
        Whether some units count for more than others.
    """

    data: pd.DataFrame
    tests: pd.DataFrame
    rao_scott: pd.DataFrame
    adjust: Adjustment
    level: float
    min_base: int
    confidence: float
    weighted: bool

    def to_frame(self) -> pd.DataFrame:
        """The cells, one row each."""
        return self.data.copy()

    def __repr__(self) -> str:
        columns = self.data["column"].nunique()
        rows = len(self.data) // columns
        differ, tested = (self.tests["p_adjusted"] <= self.level).sum(), self.tests["p_value"].notna().sum()
        return f"CrossTable({rows} rows by {columns} columns; {differ} of {tested} tested pairs differ)"

    def _repr_html_(self) -> str:
        data = self.data
        shares = data["n_yes"].notna()
        number = (
            data["estimate"].map("{:.2f}".format).mask(shares, (100 * data["estimate"]).map("{:.0f}%".format))
        )
        text = number.mask(data["estimate"].isna(), "–") + " " + data["letters"]
        across = data.head(data["column"].nunique())
        down = data.iloc[:: len(across)]
        heads = across["column"] + (" (" + across["letter"] + ")").mask(across["letter"] == "", "")
        wide = pd.DataFrame(
            text.to_numpy().reshape(len(down), len(across)),
            index=[down["row"].rename(None), down["kind"].str.replace("_", " ").rename(None)],
            columns=[across["banner"].rename(None), heads.rename(None)],
        )
        with pd.option_context(
            "display.max_colwidth", None
        ):  # pandas escapes every text, and would cut long ones
            return str(wide.to_html())


def crosstab(  # noqa: PLR0913  (a table has many settings, all by keyword)
    rows: Question,
    columns: pd.DataFrame,
    design: Design,
    *,
    banners: Mapping[str, Sequence[str]] | None = None,
    adjust: Adjustment = "holm",
    level: float = 0.05,
    min_base: int = 30,
    confidence: float = 0.95,
) -> CrossTable:
    r"""Cross one question with the columns of one or several banners.

    Parameters
    ----------
    rows : SingleAnswer, MultiSelect, Ranking or Score
        The question (`surveykit.estimates.crosstabs.questions`, `surveykit.estimates.crosstabs.ranks`).
    columns : DataFrame of bool, shape (units, columns)
        Which units are in which column; a unit may be in several, or in none.
    design : Design
        Of the same units. Columns are domains of it, and so are those who answered: nobody is cut out.
    banners : mapping of str to sequence of str, optional
        The columns of each banner, in the order they are read; one banner of all columns by default. Columns are
        compared within their banner only, so a total stands in a banner of its own and is compared with nothing: it
        holds every other column's people.
    adjust : {'holm', 'fdr'}, default 'holm'
        Holm's adjustment holds the chance of any wrong letter in one row of one banner below `level`; 'fdr'
        (Benjamini and Hochberg) the expected share of wrong ones among its letters. Neither looks over a whole
        table: of 100 rows without any difference up to 100 `level` may show a letter.
    level : float, default 0.05
        Letters are given where the adjusted p-value is at most this.
    min_base : int, default 30
        Answers a column needs in a row to be tested there, and to be part of the Rao-Scott test.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    CrossTable
        A letter in a cell says: this figure is higher than that of the column so lettered.

    Raises
    ------
    EstimateError
        If columns and design are not of the same units, a banner names a column that is not there or is named twice,
        a setting is out of range, or the question does not fit (see there).

    Notes
    -----
    Every figure is a quotient of two weighted totals, :math:`R_c = \sum_c w y / \sum_c w x` over the units of column c,
    with the influences :math:`u_c = w (y - R_c x) / \sum_c w x`; the covariance of two columns is that of their
    influences' sums over the clusters of each stratum, or of their replicates. A difference has the variance
    :math:`V_{cc} + V_{dd} - 2 V_{cd}`: people who are in both columns, and organisations with people in both, are in
    :math:`V_{cd}`. Its t has the degrees of freedom of the column that has fewer: clusters with an answer less strata
    they lie in.

    Not tested, with a reason: a column of fewer than `min_base` answers or of one organisation; shares where fewer
    than 5 answers would be expected on either side in either column if both had the same share (a share of 0 or 1 has
    no variance of its own, so near the edges the t test finds differences that are none); columns of the same people.
    A share of 0 in a column of 40 is tested against 30% in another of 40: the variance is then the other's alone.

    In R: ``svyby(~y, ~column, design, svymean, covmat = TRUE)`` and ``svycontrast``, or ``svycontrast(svytotal(...),
    quote(ya / xa - yb / xb))`` where columns overlap; ``svychisq(statistic = "F")``. Columns lettered so are usual in
    market research: see the "column proportions test" of SPSS Custom Tables.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> from surveykit.estimates.crosstabs.questions import SingleAnswer
    >>> answers = pd.Series([1, 2, 2, 3, 2, 1, 3, 3, 2, 3] * 20)
    >>> columns = pd.DataFrame({"Board": [True] * 5 + [False] * 5, "Expert": [False] * 5 + [True] * 5})
    >>> columns = pd.concat([columns] * 20, ignore_index=True)
    >>> design = Design(cluster=pd.Series(range(200)) // 4)
    >>> question = SingleAnswer(codes=answers, words={1: "No", 2: "Partly", 3: "Yes"})
    >>> found = crosstab(question, columns, design)
    >>> found
    CrossTable(4 rows by 2 columns; 3 of 4 tested pairs differ)
    >>> found.to_frame()[["row", "column", "estimate", "letters"]].iloc[2:6]
          row  column  estimate letters
    2  Partly   Board       0.6       B
    3  Partly  Expert       0.2
    4     Yes   Board       0.2
    5     Yes  Expert       0.6       A
    """
    check_kind("columns", columns, pd.DataFrame)
    check_kind("design", design, Design)
    if not hasattr(rows, "asked"):
        questions = ["SingleAnswer", "MultiSelect", "Ranking", "Score"]
        raise EstimateError("rows must be a question", given=type(rows).__name__, allowed=questions)
    columns = columns.rename(columns=str)
    banners = {"": columns.columns.tolist()} if banners is None else banners
    _check(columns, design, banners)
    _check_settings(adjust, level, min_base, confidence)
    asked = rows.asked(columns.index)
    names = [column for wanted in banners.values() for column in wanted]
    placed = grid(columns[names].to_numpy(dtype=bool), design)
    summed = sums(asked, placed)
    found = cells(asked, summed, placed)
    tests = pair_tests(asked, found, banners, adjust=adjust, min_base=min_base)
    several = {
        banner: np.array([names.index(column) for column in wanted])
        for banner, wanted in banners.items()
        if len(wanted) > 1
    }
    return CrossTable(
        data=_lettered(_data(asked, found, banners, confidence), tests, banners, level, min_base),
        tests=tests,
        rao_scott=by_banner(asked, summed, placed, several, min_base=min_base),
        adjust=adjust,
        level=level,
        min_base=min_base,
        confidence=confidence,
        weighted=design.weighted,
    )


def _check(columns: pd.DataFrame, design: Design, banners: Mapping[str, Sequence[str]]) -> None:
    if not columns.index.equals(design.cluster.index):
        raise EstimateError("columns and design must be of the same units, in the same order")
    if not columns.index.is_unique:
        raise EstimateError(
            "every unit needs a name of its own", fix="Reset the index of answers, columns and design."
        )
    if columns.isna().to_numpy().any() or not columns.isin([True, False]).to_numpy().all():
        raise EstimateError(
            "columns say of every unit whether it is in them, True or False",
            given=list(columns.dtypes.astype(str)),
        )
    named = [column for wanted in banners.values() for column in wanted]
    if strange := [column for column in named if column not in columns]:
        fix = did_you_mean(strange[0], columns)
        raise EstimateError(
            "a banner names an unknown column", given=strange[0], allowed=list(columns), fix=fix
        )
    if twice := [column for column, times in Counter([*named]).items() if times > 1]:
        raise EstimateError(
            "a column stands twice", given=twice, fix="Give it another name where it stands again."
        )
    if not named:
        raise EstimateError("a table needs a column")


def _check_settings(adjust: Adjustment, level: float, min_base: int, confidence: float) -> None:
    if adjust not in (known := get_args(Adjustment)):
        raise EstimateError(
            "unknown adjustment", given=adjust, allowed=known, fix=did_you_mean(adjust, known)
        )
    for name, value in {"level": level, "confidence": confidence}.items():
        if not 0 < value < 1:
            raise EstimateError(f"{name} must lie between 0 and 1", given=value)
    if min_base < 2:
        raise EstimateError("min_base must be 2 or more", given=min_base)


def _data(
    asked: Asked, found: Cells, banners: Mapping[str, Sequence[str]], confidence: float
) -> pd.DataFrame:
    """Every cell with its interval."""
    told, share = found.found, asked.share[:, None]
    several = told.n_organisations > 1
    lower, upper, method = share_limits(told, confidence)
    limits = t_limits(told, confidence)
    shape = told.estimate.shape
    letters = letters_of(banners)
    wide = {
        "row": np.array(asked.labels, dtype=object)[:, None],
        "kind": np.array(asked.kinds, dtype=object)[:, None],
        "banner": np.array([banner for banner, wanted in banners.items() for _ in wanted], dtype=object),
        "column": np.array(list(letters), dtype=object),
        "letter": np.array(list(letters.values()), dtype=object),
        "estimate": told.estimate,
        "std_error": np.where(several, np.sqrt(told.variance), np.nan),
        "ci_lower": np.where(several, np.where(share, lower, limits[0]), np.nan),
        "ci_upper": np.where(several, np.where(share, upper, limits[1]), np.nan),
        "df": told.df,
        "method": np.where(share, method, "t"),
        "n_obs": told.n_obs,
        "n_organisations": told.n_organisations,
        "n_effective": np.where(several, told.n_effective, np.nan),
        "n_yes": np.where(share, found.n_yes, np.nan),
    }
    return pd.DataFrame({name: np.broadcast_to(values, shape).ravel() for name, values in wide.items()})


def _lettered(
    data: pd.DataFrame, tests: pd.DataFrame, banners: Mapping[str, Sequence[str]], level: float, min_base: int
) -> pd.DataFrame:
    """Put beside each cell its letters, and why it has no error or could not be compared."""
    told = letters_in(tests, letters_of(banners), level)
    keys = zip(data["row"], data["kind"], data["column"], strict=True)
    few = (data["n_obs"] < min_base) | (data["n_organisations"] < 2)
    compared = data["letter"] != ""
    reasons = {
        "nobody answered": data["n_obs"] == 0,
        "one organisation alone answered": data["n_organisations"] == 1,
        "no degrees of freedom": data["df"] <= 0,
        f"fewer than {min_base} answers: not compared": compared & few,
    }
    return data.assign(
        letters=[told.get(key, "") for key in keys],
        small_base=few,
        reason=np.select(list(reasons.values()), list(reasons), default=_not_compared(data, tests)),
    )


def _not_compared(data: pd.DataFrame, tests: pd.DataFrame) -> NDArray[np.object_]:
    """Why a cell could be compared with no other, where this is so: the reason of its first pair."""
    here, there = tests[[*_CELL, "reason"]], tests[["row", "kind", "against", "reason"]]
    pairs = pd.concat([here, there.set_axis(here.columns, axis=1)])
    alone = pairs.groupby(_CELL, sort=False)["reason"].agg(["first", "min"])
    found = alone["first"].where(alone["min"] != "", "")
    keys = pd.MultiIndex.from_frame(data[_CELL])
    return found.reindex(keys, fill_value="").to_numpy(dtype=object)
