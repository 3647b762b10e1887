"""Whether the answers to a question differ between columns at all: Rao and Scott's test on the design."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.cells import deviations, grid, sums
from surveykit.estimates.crosstabs.letters import adjusted
from surveykit.estimates.crosstabs.questions import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from surveykit.estimates.crosstabs.cells import Grid, Sums
    from surveykit.estimates.design import Design

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaoScott:
    """Test of independence of rows and columns.

    Attributes
    ----------
    f : float
        Pearson's chi-square over the trace of the design effects: Rao and Scott's second order, 0 or more.
    df1, df2 : float
        Degrees of freedom of F; not whole.
    p_value : float
        Of F.
    chi2 : float
        Pearson's chi-square of the weighted table, brought to the number of answers; not corrected.
    df : float
        (rows - 1) (columns - 1).
    p_first_order : float
        Of chi2 over the mean design effect, by the chi-square distribution: too small where organisations are few.
    n_obs, n_organisations : int
        Answers, and organisations with one.
    reason : str
        Why there is no test; empty if there is.
    """

    f: float
    df1: float
    df2: float
    p_value: float
    chi2: float
    df: float
    p_first_order: float
    n_obs: int
    n_organisations: int
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([asdict(self)])

    def __repr__(self) -> str:
        if self.reason:
            return f"RaoScott({self.reason})"
        return f"RaoScott(F({self.df1:.2f}, {self.df2:.2f}) = {self.f:.3f}, p = {self.p_value:.3g})"


def rao_scott(answers: pd.DataFrame, columns: pd.DataFrame, design: Design) -> RaoScott:
    r"""Test whether answers are shared out alike in every column.

    Parameters
    ----------
    answers : DataFrame of bool, shape (units, answers)
        Which answer each unit gave: one, or none if it did not answer.
    columns : DataFrame of bool, shape (units, columns)
        Which column each unit is in. Units that did not answer, or are in no column, are left out as a domain of the
        design is: their clusters still count as drawn.
    design : Design
        Of the same units.

    Returns
    -------
    RaoScott
        NaN with a reason where somebody who answered is in two columns (the test needs each answer once), or where
        fewer than two columns or two answers have any answers, or so many cells are empty that nothing tells the
        design effects (R stops at a singular system). Empty columns and answers are left out.

    Raises
    ------
    EstimateError
        If the parts are not of the same units, or a unit gave two answers.

    Notes
    -----
    :math:`X^2 = n \sum (p_{ij} - p_{i.} p_{.j})^2 / (p_{i.} p_{.j})` on weighted proportions p. With C the contrasts
    of the interaction, D = diag(p) and V the covariance of p on the design, :math:`\Delta = (C' D^{-1} C / n)^{-1} (C'
    D^{-1} V D^{-1} C)` has the design effects as eigenvalues; :math:`F = X^2 / tr(\Delta)` with :math:`d =
    tr(\Delta)^2 / tr(\Delta^2)` and :math:`d \nu` degrees of freedom, :math:`\nu` the clusters with an answer less
    their strata, or the replicates' own. Rao, J. N. K. and Scott, A. J. (1984), On chi-squared tests for multiway
    contingency tables with cell proportions estimated from survey data, Annals of Statistics 12, 46-60. In R:
    ``svychisq(~answer + column, subset(design, !is.na(answer)), statistic = "F")``, or ``"Chisq"`` for the first order.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> given = pd.Series(list("yynynnyyyn" * 6))
    >>> role = pd.Series(list("aabbb" * 12))
    >>> design = Design(cluster=pd.Series(range(60)) // 3)
    >>> rao_scott(pd.get_dummies(given), pd.get_dummies(role), design)
    RaoScott(F(1.00, 19.00) = 4.580, p = 0.0455)
    """
    if not answers.index.equals(columns.index) or not columns.index.equals(design.cluster.index):
        raise EstimateError("answers, columns and design must be of the same units, in the same order")
    top = answers.to_numpy(dtype=float)
    if (top.sum(axis=1) > 1).any():
        raise EstimateError(
            "a unit gave two answers", fix="Test each option of a multi-select question apart."
        )
    asked = Asked(
        labels=[str(name) for name in answers],
        kinds=["share"] * top.shape[1],
        top=top,
        bottom=top.sum(axis=1, keepdims=True),
        base_of=np.zeros(top.shape[1], dtype=np.intp),
    )
    placed = grid(columns.to_numpy(dtype=bool), design)
    summed = sums(asked, placed)
    return _tested(summed.top, summed.bottom[:, 0], asked.bottom[placed.layout.order, 0] > 0, placed)


def by_banner(
    asked: Asked, summed: Sums, placed: Grid, banners: Mapping[str, NDArray[np.intp]], *, min_base: int
) -> pd.DataFrame:
    """Test every table of a question against every banner; a banner is given by the places of its columns.

    Columns of fewer than `min_base` answers are left out: their empty cells would carry the test, or spoil it.

    Returns
    -------
    DataFrame
        ``row`` (the option; empty for the whole question), ``banner``, the fields of `RaoScott`, and ``p_adjusted``:
        Holm's over the options of one question in one banner.
    """
    parts = []
    for banner, places in banners.items():
        for name, rows in asked.tables.items():
            base = asked.base_of[rows[0]]
            answered = asked.bottom[placed.layout.order, base] > 0
            kept = places[placed.inside[answered][:, places].sum(axis=0) >= min_base]
            top, bottom = summed.top[:, rows][:, :, kept], summed.bottom[:, base, kept]
            if len(rows) == 1:  # an option against all who did not pick it
                top = np.concatenate([top, bottom[:, None] - top], axis=1)
            within = replace(placed, inside=placed.inside[:, kept])
            parts.append({"row": name, "banner": banner, **asdict(_tested(top, bottom, answered, within))})
    frame = pd.DataFrame(parts, columns=["row", "banner", *RaoScott.__slots__, "p_adjusted"])
    for _, family in frame.groupby("banner", sort=False):
        p = family["p_value"].to_numpy(dtype=float)
        frame.loc[family.index, "p_adjusted"] = adjusted(p[None], "holm")[0]
    return frame


def _tested(top: Floats, bottom: Floats, answered: NDArray[np.bool_], placed: Grid) -> RaoScott:
    """The test of one table: `top` has the shape (clusters, answers, columns), `bottom` (clusters, columns)."""
    counted = answered & placed.inside.any(axis=1)
    if (placed.inside[answered].sum(axis=1) > 1).any():
        return _untested("columns overlap", counted, placed)
    whole = top.sum(axis=0) if placed.layout.replicates is None else top[0]
    top = top[:, whole.any(axis=1)][:, :, whole.any(axis=0)]
    if min(top.shape[1:]) < 2:
        return _untested("fewer than two answers, or columns, to compare", counted, placed)
    p, apart = deviations(top.reshape(len(top), -1), bottom.sum(axis=1)[:, None], placed)
    n, n_organisations, nu = _counts(counted, placed)
    if nu <= 0:
        return _untested("too few organisations", counted, placed)
    chi2 = n * _distance(p.reshape(top.shape[1:]))
    delta = _design_effects(p, apart.T @ apart, n, top.shape[1:])
    if delta is None:
        return _untested("too many empty cells", counted, placed)
    return _told(chi2, delta, nu, (n, n_organisations))


def _untested(reason: str, counted: NDArray[np.bool_], placed: Grid) -> RaoScott:
    gone = dict.fromkeys(("f", "df1", "df2", "p_value", "chi2", "df", "p_first_order"), np.nan)
    n, n_organisations, _ = _counts(counted, placed)
    return RaoScott(**gone, n_obs=n, n_organisations=n_organisations, reason=reason)


def _counts(counted: NDArray[np.bool_], placed: Grid) -> tuple[int, int, float]:
    """Answers, clusters with one, and degrees of freedom."""
    layout = placed.layout
    clusters = np.logical_or.reduceat(counted, layout.first)
    n_organisations = int(clusters.sum())
    strata = len(np.unique(placed.stratum[clusters]))
    nu = layout.df if layout.replicates is not None else min(n_organisations - strata, layout.df)
    return int(counted.sum()), n_organisations, nu


def _distance(p: Floats) -> float:
    """Pearson's chi-square of one answer."""
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    return float(((p - expected) ** 2 / expected).sum())


def _design_effects(p: Floats, covariance: Floats, n: int, shape: tuple[int, ...]) -> Floats | None:
    """The matrix whose eigenvalues are the design effects of the interaction; None where nothing tells them.

    An interaction between empty cells only has neither a variance nor one to set it against.
    """
    contrasts = np.kron(*(_contrasts(size) for size in shape))
    over = np.divide(1, p, out=np.zeros_like(p), where=p > 0)[:, None] * contrasts
    random = contrasts.T @ over / n
    if np.linalg.matrix_rank(random, hermitian=True) < len(random):
        return None
    effects = np.asarray(np.linalg.solve(random, over.T @ covariance @ over))
    return effects if np.trace(effects) > 1e-12 * len(effects) else None


def _contrasts(size: int) -> Floats:
    """A basis of what sums to 0: shape (size, size - 1)."""
    return np.asarray(np.eye(size)[:, 1:] - 1 / size)


def _told(chi2: float, delta: Floats, nu: float, counts: tuple[int, int]) -> RaoScott:
    from scipy.special import chdtrc, fdtrc  # noqa: PLC0415  (scipy takes a while to import: only where it is needed)

    trace, df = float(np.trace(delta)), len(delta)
    d = trace**2 / float(np.trace(delta @ delta))
    return RaoScott(
        f=chi2 / trace,
        df1=d,
        df2=d * nu,
        p_value=float(fdtrc(d, d * nu, chi2 / trace)),
        chi2=chi2,
        df=float(df),
        p_first_order=float(chdtrc(df, chi2 / (trace / df))),
        n_obs=counts[0],
        n_organisations=counts[1],
    )
