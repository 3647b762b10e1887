"""Does a scale measure one thing, and do scales measure different things: confirmatory factor models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError, did_you_mean
from surveykit.measures.answers import check_mapping, numbers
from surveykit.measures.factormodel import NO_END, Form, Moments, first_guess, fitted, obstacle
from surveykit.measures.fitindices import INDICES, indices
from surveykit.measures.groups import grouped

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from surveykit.measures.factormodel import Fitted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorModel:
    """A factor model of some items: what items measure, and how well the model fits.

    Attributes
    ----------
    loadings : DataFrame indexed by item
        `factor`; `estimate`, in units of the item per standard deviation of its factor; `std_error`; `standardised`,
        the correlation of item and factor; `uniqueness`, the variance of the item that is its own, in squared units.
    correlations : DataFrame, one row a pair of factors
        `factor`, `other`, `estimate`, `std_error`. Near 1, two scales are one.
    chi_square : float
        Likelihood ratio against any covariances, 0 or more.
    df : int
        Its degrees of freedom.
    p_value : float
        Of chi_square, 0 to 1: small where the model does not hold exactly.
    cfi, tli : float
        Fit beyond that of unrelated items; 1 is best.
    rmsea, rmsea_lower, rmsea_upper : float
        Misfit per degree of freedom, 0 or more, with its 90% limits.
    srmr : float
        Root mean square of residual correlations, 0 to 1.
    n_obs, n_items : int
        Respondents, counted after incomplete ones were left out, and items.
    reason : str
        Why values are NaN or to be read with care; empty if neither.
    """

    loadings: pd.DataFrame
    correlations: pd.DataFrame
    chi_square: float
    df: int
    p_value: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_lower: float
    rmsea_upper: float
    srmr: float
    n_obs: int
    n_items: int
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field, without loadings and correlations."""
        names = [name for name in self.__slots__ if name not in {"loadings", "correlations"}]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def __repr__(self) -> str:
        fit = f"chi2({self.df}) = {self.chi_square:.3f}, CFI {self.cfi:.3f}, RMSEA {self.rmsea:.3f}"
        rests_on = f"{self.n_items} items, {self.n_obs} respondents"
        return f"FactorModel({fit}, SRMR {self.srmr:.3f}; {'; '.join(filter(None, [rests_on, self.reason]))})"


def one_factor(items: pd.DataFrame | np.ndarray, *, missing: Literal["listwise"] = "listwise") -> FactorModel:
    """Fit one factor to the items of a scale: `confirmatory` with all items on one factor.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers; three items can be fitted, four or more tested.
    missing : {"listwise"}
        Respondents with any missing item are left out before anything is computed or counted.

    Returns
    -------
    FactorModel
        Loadings sum to 0 or more. Under three items the factor has no unique solution: NaN. Three items fit exactly:
        loadings, and NaN for the test.

    Raises
    ------
    ScoringError
        If an answer is not a number or `missing` is unknown.

    Notes
    -----
    As `confirmatory`, which says what five ordered answers do. In R:
    ``lavaan::cfa("f =~ a + b + c + d", items, std.lv = TRUE)``.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> answers = random.normal(size=(300, 1)) + random.normal(size=(300, 4))
    >>> one_factor(answers)
    FactorModel(chi2(2) = 2.497, CFI 0.998, RMSEA 0.029, SRMR 0.015; 4 items, 300 respondents)
    """
    names = list(pd.DataFrame(items).columns)
    return confirmatory(items, {"factor": names}, missing=missing)


def confirmatory(
    items: pd.DataFrame | np.ndarray,
    factors: Mapping[str, Sequence[Hashable]],
    *,
    missing: Literal["listwise"] = "listwise",
) -> FactorModel:
    r"""Fit a model in which each item measures one factor and factors may go together.

    Answers are treated as continuous and normal. Five ordered answers are neither: loadings then come out somewhat
    small, and where answers are skewed or heap at an end chi-square somewhat large and standard errors small, so that
    fit looks worse than it is. With five answers or more that spread evenly the difference is small (Rhemtulla, M. and
    others, 2012, Psychological Methods 17, 354-373).

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers.
    factors : mapping of name to columns
        Items of each factor; each item belongs to one.
    missing : {"listwise"}
        Respondents with any missing item are left out before anything is computed or counted.

    Returns
    -------
    FactorModel
        NaN with a reason where the model has no unique solution, items do not vary or follow from others, respondents
        are too few, or the search does not end. A uniqueness below 0 (a Heywood case) is reported, not hidden.

    Raises
    ------
    ScoringError
        If an answer is not a number, a column is unknown or in two factors, there is no item, or `missing` is unknown.

    Notes
    -----
    :math:`\Sigma = \Lambda \Phi \Lambda' + \Psi`, the factors' variances 1 and :math:`\Psi` diagonal, at the minimum of
    :math:`F = \log|\Sigma| + \mathrm{tr}(S \Sigma^{-1}) - \log|S| - p` with S over n; chi-square is n F. Standard
    errors are by the expected information. In R: ``lavaan::cfa(model, items, std.lv = TRUE)``. Joereskog, K. G.
    (1969), A general approach to confirmatory maximum likelihood factor analysis, Psychometrika 34, 183-202.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> opinions = np.repeat(random.normal(size=(300, 2)) @ [[1, 0.5], [0, 1]], 3, axis=1)
    >>> answers = pd.DataFrame(opinions + random.normal(size=(300, 6)), columns=list("abcdef"))
    >>> found = confirmatory(answers, {"clarity": ["a", "b", "c"], "ownership": ["d", "e", "f"]})
    >>> found
    FactorModel(chi2(8) = 9.622, CFI 0.996, RMSEA 0.026, SRMR 0.026; 6 items, 300 respondents)
    >>> found.correlations.round(3)
        factor      other  estimate  std_error
    0  clarity  ownership     0.407      0.068
    """
    if missing != "listwise":
        raise ScoringError("unknown way to treat missing answers", given=missing, allowed=["listwise"])
    table = pd.DataFrame(items)
    names = _names(factors, table.columns)
    data = grouped(numbers(table[names]), np.zeros(len(table)))
    factor_of = np.repeat(np.arange(len(factors)), [len(columns) for columns in factors.values()])
    labels = np.array(list(factors), dtype=object)
    reason = _unidentified(labels, factor_of) or obstacle(data, names)
    if not reason:
        moments = Moments.of(data)
        found = fitted(_form(factor_of, moments), moments)
        if found.ended:
            return _described(found, moments, names, labels)
    return _undefined(len(data.rows), names, labels[factor_of], reason or NO_END)


def _names(factors: Mapping[str, Sequence[Hashable]], columns: pd.Index) -> list[Hashable]:
    """All items in the order of the factors, each known and named once."""
    check_mapping("factors", factors)
    names = [name for items in factors.values() for name in items]
    if not names or not all(len(items) for items in factors.values()):
        raise ScoringError("a factor needs items", given=dict(factors))
    for name in names:
        if name not in columns:
            raise ScoringError("unknown item", given=name, allowed=columns, fix=did_you_mean(name, columns))
        if names.count(name) > 1 or (columns == name).sum() > 1:
            raise ScoringError("an item stands once, and measures one factor", given=name)
    return names


def _unidentified(labels: np.ndarray, factor_of: np.ndarray) -> str:
    """Say why the model has no unique solution whatever the data; empty if it has."""
    sizes = np.bincount(factor_of)
    if sizes.min() == 1:
        return f"not identified: {labels[sizes.argmin()]!r} has one item"
    return "" if _df(factor_of) >= 0 else "not identified: one factor needs at least three items"


def _df(factor_of: np.ndarray) -> int:
    p, q = len(factor_of), int(factor_of.max()) + 1
    return p * (p + 1) // 2 - 2 * p - q * (q - 1) // 2


def _form(factor_of: np.ndarray, moments: Moments) -> Form:
    """Loadings, uniquenesses and correlations of factors are free, means as observed."""
    start = first_guess(factor_of, moments)
    p, (rows, columns) = len(factor_of), np.triu_indices(int(factor_of.max()) + 1)
    free = np.full(start.shape, -1)
    free[:, : 2 * p] = np.arange(2 * p)
    correlation = 3 * p + np.flatnonzero(rows != columns)
    free[:, correlation] = 2 * p + np.arange(len(correlation))
    return Form(factor_of=factor_of, free=free, start=start)


def _described(found: Fitted, moments: Moments, names: list[Hashable], labels: np.ndarray) -> FactorModel:
    factor_of, p, n_obs = found.form.factor_of, len(names), int(moments.n_obs.sum())
    df = _df(factor_of)
    fit = indices(found.chi_square, df, (moments.independence, p * (p - 1) // 2), n_obs)
    reasons = [found.doubts(names), "" if df else "df 0: the model fits exactly, so there is nothing to test"]
    return FactorModel(
        loadings=_loadings(found, moments, names, labels[factor_of]),
        correlations=_correlations(found, labels),
        chi_square=found.chi_square,
        df=df,
        **fit,
        srmr=found.srmr,
        n_obs=n_obs,
        n_items=p,
        reason="; ".join(filter(None, reasons)),
    )


def _loadings(found: Fitted, moments: Moments, names: list[Hashable], of: np.ndarray) -> pd.DataFrame:
    loadings, unique, *_ = (part[0] for part in found.form.parts(found.values))
    return pd.DataFrame(
        {
            "factor": of,
            "estimate": loadings * moments.unit,
            "std_error": found.form.parts(found.std_errors)[0][0] * moments.unit,
            # Of the implied variance, which equals the observed one at the maximum.
            "standardised": loadings / np.sqrt(np.square(loadings) + unique),
            "uniqueness": unique * np.square(moments.unit),
        },
        index=pd.Index(names, name="item"),
    )


def _correlations(found: Fitted, labels: np.ndarray) -> pd.DataFrame:
    rows, columns = np.triu_indices(len(labels))
    table = pd.DataFrame(
        {
            "factor": labels[rows],
            "other": labels[columns],
            "estimate": found.form.parts(found.values)[3][0],
            "std_error": found.form.parts(found.std_errors)[3][0],
        }
    )
    apart: pd.DataFrame = table[rows != columns]
    return apart.reset_index(drop=True)


def _undefined(n_obs: int, names: list[Hashable], of: np.ndarray, reason: str) -> FactorModel:
    numbers = dict.fromkeys(["estimate", "std_error", "standardised", "uniqueness"], np.nan)
    loadings = pd.DataFrame({"factor": of} | numbers, index=pd.Index(names, name="item"))
    factors = pd.unique(of)
    rows, columns = np.triu_indices(len(factors), 1)
    pairs = {"factor": factors[rows], "other": factors[columns], "estimate": np.nan, "std_error": np.nan}
    fit = dict.fromkeys(INDICES, np.nan)
    return FactorModel(
        loadings=loadings,
        correlations=pd.DataFrame(pairs),
        chi_square=np.nan,
        df=max(_df(pd.factorize(of)[0]), 0),
        **fit,
        srmr=np.nan,
        n_obs=n_obs,
        n_items=len(names),
        reason=reason,
    )
