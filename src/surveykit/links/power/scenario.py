"""One test of one planned link, with everything that is assumed of the surveys it may be made in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Family = Literal["number", "categories", "count", "fraction"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """How an outcome comes about.

    Attributes
    ----------
    family : str
        ``number``, ``categories`` (0/1 too), ``count`` or ``fraction``.
    slope : float
        For one unit of the exposure: standard deviations, log odds, log rate, log odds.
    cuts : array of float, shape (c,)
        Thresholds of categories; the constant of a count or, turned, of a fraction; empty for a number.
    correlation : float
        Of two rows of one organisation beyond what the link explains, 0 to 1: of the normal variables that
        categories, numbers and fractions come from; for a count the variance of the log of organisations' rates.
    residual : float
        Variance of a number around its mean; variance of a gamma factor on a count's rate (0: Poisson); precision of
        a fraction's beta distribution.
    noise : float
        For the mean of executives' scores: variance that each executive adds, beside `residual`.
    """

    family: Family
    slope: float
    cuts: Floats
    correlation: float
    residual: float
    noise: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """What is drawn again and again: organisations like those of the data, and an outcome that differs as asked.

    Attributes
    ----------
    per_executive : bool
        Whether a row is an executive; else executives' scores are averaged for their organisation.
    sizes : array of int, shape (organisations,)
        Rows of each organisation of the data.
    starts : array of int, shape (organisations,)
        Its first row in `others`.
    others : array of float, shape (rows, q)
        Columns of the link that are not scales, as the data have them; numbers are standardised.
    dummies : array of bool, shape (q,)
        Which of them are categories'.
    shift : array of float, shape (organisations, m)
        Part of the true standings that goes with an organisation's own variables.
    between : array of float, shape (m, m)
        A root of the covariance of the rest of the standings; with `shift` each standing has a variance of 1.
    within : array of float, shape (m, m)
        A root of the covariance of one executive's scores around the standing of the organisation.
    tested : int
        Position of the predictor among the columns: `others`, then scales.
    exposed : array of float, shape (rows,), or None
        What makes the outcome differ where the predictor is no scale; None for a scale's true standing.
    weights : array of float, shape (rows,), or None
        Of the rows of the data, above 0.
    outcome : Outcome
    """

    per_executive: bool
    sizes: NDArray[np.intp]
    starts: NDArray[np.intp]
    others: Floats
    dummies: NDArray[np.bool_]
    shift: Floats
    between: Floats
    within: Floats
    tested: int
    exposed: Floats | None
    weights: Floats | None
    outcome: Outcome
