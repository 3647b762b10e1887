"""Does a scale measure the same in all groups: the fit of one factor with more and more of it held equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from surveykit.errors import ScoringError
from surveykit.measures.answers import numbers
from surveykit.measures.factormodel import NO_END, Form, Moments, first_guess, fitted, obstacle
from surveykit.measures.fitindices import indices
from surveykit.measures.groups import grouped

if TYPE_CHECKING:
    from collections.abc import Hashable

    from surveykit.measures.factormodel import Fitted
    from surveykit.measures.groups import Groups

MODELS = ("configural", "metric", "scalar")
FIT = ("chi_square", "df", "p_value", "cfi", "rmsea", "srmr")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Invariance:
    """Fit of one factor in several groups, by how much of it is held equal.

    Attributes
    ----------
    models : DataFrame indexed by model
        Rows: `configural`, one factor in each group; `metric`, equal loadings too; `scalar`, equal intercepts too.
        Columns: `chi_square`, 0 or more, with `df` and `p_value`; `cfi`, 0 to 1; `rmsea` and `srmr`, 0 or more; and
        against the model above `delta_chi_square`, `delta_df`, `delta_p_value`, `delta_cfi`, `delta_rmsea`,
        `delta_srmr`, NaN in the first row, which has none above.
    n_groups, n_obs, n_items : int
        Groups; respondents, counted after those incomplete or without a group were left out; items.
    reason : str
        Why other values are NaN or to be read with care; empty if neither.
    """

    models: pd.DataFrame
    n_groups: int
    n_obs: int
    n_items: int
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The models, one row each."""
        return self.models.copy()

    def __repr__(self) -> str:
        steps = [f"{name} CFI {row.cfi:.3f}, RMSEA {row.rmsea:.3f}" for name, row in self.models.iterrows()]
        rests_on = f"{self.n_items} items, {self.n_obs} respondents in {self.n_groups} groups"
        return f"Invariance({'; '.join(filter(None, [*steps, rests_on, self.reason]))})"


def invariance(
    items: pd.DataFrame | np.ndarray, groups: Groups, *, missing: Literal["listwise"] = "listwise"
) -> Invariance:
    r"""Compare one-factor models in which groups share nothing, their loadings, and their intercepts too.

    Loadings must be equal before links of a scale are compared between groups, intercepts too before its means are. By
    custom a step holds where CFI falls by no more than .01 and RMSEA rises by no more than .015; the test of chi-square
    finds ever smaller differences as respondents grow in number. Five ordered answers are treated as continuous: see
    `confirmatory` for what that does; groups that answer near an end of the scale can then differ in loadings without
    differing in what they mean.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers to one scale, reversed items already reversed; at least three items.
    groups : Series, array or sequence, shape (respondents,)
        Segment or wave of each respondent; at least two, each with more respondents than items.
    missing : {"listwise"}
        Respondents with any missing item, or without a group, are left out before anything is computed or counted.

    Returns
    -------
    Invariance
        NaN with a reason where items are fewer than three, a group is too small, its items do not vary or follow from
        others, or a search does not end.

    Raises
    ------
    ScoringError
        If lengths or indices differ, an answer is not a number, there is one group only, or `missing` is unknown.

    Notes
    -----
    In group g :math:`\mu_g = \nu_g + \lambda_g \alpha_g` and
    :math:`\Sigma_g = \phi_g \lambda_g \lambda_g' + \Psi_g`, fitted by normal maximum likelihood. Configural:
    :math:`\alpha = 0, \phi = 1`; metric: one :math:`\lambda`, and :math:`\phi` free but in the first group; scalar: one
    :math:`\nu`, and :math:`\alpha` free too. Uniquenesses are free throughout. In R:
    ``lavaan::cfa("f =~ a + b + c", data, group = "g", group.equal = c("loadings", "intercepts"))``, ``"loadings"``, and
    none. Cut-offs: Chen, F. F. (2007), Structural Equation Modeling 14, 464-504.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> answers = random.normal(size=(400, 1)) + random.normal(size=(400, 4))
    >>> found = invariance(answers, np.repeat(["Energy", "Health"], 200))
    >>> found.models["df"].tolist()
    [4, 7, 10]
    """
    if missing != "listwise":
        raise ScoringError("unknown way to treat missing answers", given=missing, allowed=["listwise"])
    answers = numbers(items)
    data = grouped(answers if isinstance(items, pd.DataFrame) else answers.to_numpy(), groups)
    if len(data.labels) < 2:
        raise ScoringError("invariance is between at least two groups", given=list(data.labels))
    names: list[Hashable] = list(answers.columns)
    few = "" if len(names) > 2 else "not identified: one factor needs at least three items"
    reason = few or obstacle(data, names)
    rows: list[dict[str, float]] = [dict.fromkeys(FIT, np.nan)] * len(MODELS)
    if not reason:
        moments = Moments.of(data)
        found = {model: fitted(_form(model, moments), moments) for model in MODELS}
        rows = [_fit(fit, moments) for fit in found.values()]
        reason = _reason(found, names)
    return Invariance(
        models=_compared(pd.DataFrame(rows, index=pd.Index(MODELS, name="model"))),
        n_groups=len(data.labels),
        n_obs=len(data.rows),
        n_items=len(names),
        reason=reason,
    )


def _form(model: str, moments: Moments) -> Form:
    """Number the unknowns of a model: own ones of each group, then those that all share."""
    groups, p = moments.means.shape
    own = np.ones((groups, 3 * p + 2), dtype=bool)
    shared = np.zeros(3 * p + 2, dtype=bool)
    shared[:p], shared[2 * p : 3 * p] = model != "configural", model == "scalar"
    own[:, shared] = False
    # The first group gives the factor its unit and its zero, unless each group has its own.
    own[:, -2], own[:, -1] = model != "configural", model == "scalar"
    own[0, -2:] = False
    free = np.full(own.shape, -1)
    free[own] = np.arange(own.sum())
    free[:, shared] = own.sum() + np.arange(shared.sum())
    return Form(
        factor_of=np.zeros(p, dtype=int), free=free, start=first_guess(np.zeros(p, dtype=int), moments)
    )


def _fit(found: Fitted, moments: Moments) -> dict[str, float]:
    if not found.ended:
        return dict.fromkeys(FIT, np.nan)
    groups, p = moments.means.shape
    df = groups * p * (p + 3) // 2 - found.form.n_free
    independence = moments.independence, groups * p * (p - 1) // 2
    fit = indices(found.chi_square, df, independence, int(moments.n_obs.sum()), groups)
    fit |= {"chi_square": found.chi_square, "df": df, "srmr": found.srmr}
    return {name: fit[name] for name in FIT}


def _compared(models: pd.DataFrame) -> pd.DataFrame:
    from scipy import special  # noqa: PLC0415  (slow to import: only where it is used)

    delta = models.diff().add_prefix("delta_")
    delta["delta_p_value"] = special.chdtrc(delta["delta_df"], delta["delta_chi_square"].clip(lower=0))
    return models.join(delta)


def _reason(found: dict[str, Fitted], names: list[Hashable]) -> str:
    said = {model: fit.doubts(names) if fit.ended else NO_END for model, fit in found.items()}
    if len(names) == 3:
        exact = "df 0: three items fit exactly, so only the models below can be tested"
        said["configural"] = "; ".join(filter(None, [exact, said["configural"]]))
    return "; ".join(f"{model}: {text}" for model, text in said.items() if text)
