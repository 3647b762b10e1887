"""Which columns of a table differ: tests of every pair, and the letters that tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from surveykit.estimates.crosstabs.cells import Cells
    from surveykit.estimates.crosstabs.questions import Asked

    Floats = NDArray[np.float64]
    Whole = NDArray[np.intp]

Adjustment = Literal["holm", "fdr"]
# Answers expected on either side of a share, in either column, below which no t test is made.
FEWEST_EXPECTED = 5
# Variances below this share of those they are made of are what is left of numbers that cancel out.
_NOISE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pairs:
    """Figures of both columns of each pair: arrays of shape (rows, pairs)."""

    difference: Floats
    variance: Floats
    apart: Floats
    df: Floats
    answers: tuple[Whole, Whole]
    organisations: Whole
    expected: Floats


def letters_of(banners: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give every column a letter, in order through all banners; none to a column that is compared with nothing.

    Examples
    --------
    >>> letters_of({"": ["Total"], "Role": ["Board", "Expert"], "Size": ["Small", "Large"]})
    {'Total': '', 'Board': 'A', 'Expert': 'B', 'Small': 'C', 'Large': 'D'}
    """
    compared = [column for columns in banners.values() if len(columns) > 1 for column in columns]
    named = {column: _letter(number) for number, column in enumerate(compared)}
    return {column: named.get(column, "") for columns in banners.values() for column in columns}


def _letter(number: int) -> str:
    """A to Z, AA, AB and so on."""
    more, last = divmod(number, 26)
    return (_letter(more - 1) if more else "") + chr(ord("A") + last)


def pair_tests(
    asked: Asked,
    cells: Cells,
    banners: Mapping[str, Sequence[str]],
    *,
    adjust: Adjustment,
    min_base: int,
) -> pd.DataFrame:
    """Test every pair of columns of one banner in every row.

    Returns
    -------
    DataFrame, one row a table's row and pair
        ``row, kind, banner, column, against, difference`` (column less against) ``, std_error, df, p_value,
        p_adjusted`` (within the row and banner) and the ``reason`` why a pair is not tested.
    """
    names = [column for columns in banners.values() for column in columns]
    owner = np.repeat(np.arange(len(banners)), [len(columns) for columns in banners.values()])
    first, second = np.triu_indices(len(names), 1)
    same = owner[first] == owner[second]
    first, second = first[same], second[same]
    pairs = _paired(cells, first, second)
    reasons = _reasons(pairs, asked.share, min_base)
    p = _p_values(pairs, reasons)
    shape = p.shape
    told = reasons == ""
    return pd.DataFrame(
        {
            "row": np.repeat(np.array(asked.labels, dtype=object), shape[1]),
            "kind": np.repeat(np.array(asked.kinds, dtype=object), shape[1]),
            "banner": np.tile(np.array(list(banners), dtype=object)[owner[first]], shape[0]),
            "column": np.tile(np.array(names, dtype=object)[first], shape[0]),
            "against": np.tile(np.array(names, dtype=object)[second], shape[0]),
            "difference": pairs.difference.ravel(),
            "std_error": np.where(told, np.sqrt(np.maximum(pairs.variance, 0)), np.nan).ravel(),
            "df": np.where(told, pairs.df, np.nan).ravel(),
            "p_value": p.ravel(),
            "p_adjusted": _adjusted(p, owner[first], adjust).ravel(),
            "reason": reasons.ravel(),
        }
    )


def _paired(cells: Cells, first: Whole, second: Whole) -> _Pairs:
    found, cov = cells.found, cells.covariance
    one, two = found.n_obs[:, first], found.n_obs[:, second]
    a, b = found.estimate[:, first], found.estimate[:, second]
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (one * a + two * b) / (one + two)
    apart = cov[:, first, first] + cov[:, second, second]
    # An answer all give alike leaves the dust of its own size in a variance.
    dust = (_NOISE * np.fmax(np.abs(a), np.abs(b))) ** 2
    return _Pairs(
        difference=a - b,
        variance=apart - 2 * cov[:, first, second],
        apart=np.where(apart > dust, apart, 0.0),
        df=np.minimum(found.df[:, first], found.df[:, second]),
        answers=(one, two),
        organisations=np.minimum(found.n_organisations[:, first], found.n_organisations[:, second]),
        expected=np.minimum(one, two) * np.minimum(pooled, 1 - pooled),
    )


def _reasons(pairs: _Pairs, share: NDArray[np.bool_], min_base: int) -> NDArray[np.str_]:
    """Why a pair is not tested; empty where it is."""
    fewest = np.minimum(*pairs.answers)
    # Weights can bring a share to 1 and a hair.
    rare = share[:, None] & (pairs.expected < FEWEST_EXPECTED - 1e-9)
    choices = {
        "nobody answered in a column": fewest == 0,
        "a column rests on one organisation": pairs.organisations < 2,
        f"a column has fewer than {min_base} answers": fewest < min_base,
        "no degrees of freedom": pairs.df <= 0,
        f"fewer than {FEWEST_EXPECTED} answers expected on one side": rare,
        "all answers of both columns are alike": pairs.apart == 0,
        "nothing tells the two columns apart": pairs.variance <= _NOISE * pairs.apart,
    }
    return np.asarray(np.select(list(choices.values()), list(choices), default=""))


def _p_values(pairs: _Pairs, reasons: NDArray[np.str_]) -> Floats:
    from scipy.special import stdtr  # noqa: PLC0415  (scipy takes a while to import: only where a table is made)

    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(pairs.difference) / np.sqrt(pairs.variance)
    return np.where(reasons == "", 2 * stdtr(np.where(reasons == "", pairs.df, 1), -t), np.nan)


def _adjusted(p: Floats, banner: Whole, adjust: Adjustment) -> Floats:
    """Adjust the p-values of each row and banner for each other."""
    found = np.full(p.shape, np.nan)
    for each in np.unique(banner):
        found[:, banner == each] = adjusted(p[:, banner == each], adjust)
    return found


def adjusted(p: Floats, adjust: Adjustment) -> Floats:
    """Adjust p-values for each other, each row a family; what is not tested, NaN, counts for nothing and stays NaN.

    As statsmodels' ``multipletests``, which collects garbage at every call: a third of a second beside large data.

    Examples
    --------
    >>> adjusted(np.array([[0.01, np.nan, 0.04], [0.5, 0.03, 0.02]]), "holm").tolist()
    [[0.02, nan, 0.04], [0.5, 0.06, 0.06]]
    """
    order = np.argsort(p, axis=1)  # NaN last
    ranked = np.take_along_axis(p, order, axis=1)
    tested, place = (~np.isnan(p)).sum(axis=1, keepdims=True), np.arange(p.shape[1])
    if adjust == "holm":
        steps = np.maximum.accumulate(ranked * (tested - place), axis=1)
    else:
        # From the largest down: NaN stands before it, and must not spread.
        down = np.where(np.isnan(ranked), np.inf, ranked * tested / (place + 1))[:, ::-1]
        steps = np.where(np.isnan(ranked), np.nan, np.minimum.accumulate(down, axis=1)[:, ::-1])
    found = np.empty_like(p)
    np.put_along_axis(found, order, np.minimum(steps, 1.0), axis=1)
    return found


def letters_in(
    tests: pd.DataFrame, letters: Mapping[str, str], level: float
) -> dict[tuple[str, str, str], str]:
    """The letters of every cell that has any, by row, kind and column: those of the columns that lie lower."""
    sure = tests[tests["p_adjusted"] <= level]
    up = sure["difference"] > 0
    higher, lower = sure["column"].where(up, sure["against"]), sure["against"].where(up, sure["column"])
    found: dict[tuple[str, str, str], list[str]] = {}
    for row, kind, high, low in zip(sure["row"], sure["kind"], higher, lower, strict=True):
        found.setdefault((row, kind, high), []).append(letters[low])
    return {cell: " ".join(sorted(told, key=lambda one: (len(one), one))) for cell, told in found.items()}
