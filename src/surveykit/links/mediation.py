"""How much of what goes with a predictor runs along with a third variable, with organisations resampled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from surveykit.links.design import Terms, build_design, is_binary
from surveykit.links.models import FittedLink, fit_link
from surveykit.links.moderator import per_of
from surveykit.links.resampled import Parts, parts_drawn, percentiles, row_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Mediated = Literal["ols", "logit"]
_INSTEAD = {
    "ordered logit": "Declare a 0/1 outcome: from which category on counts as reached.",
    "multinomial": "Declare a 0/1 outcome: one category against the others.",
    "cox": "Declare a 0/1 outcome: whether the event came within a time that every unit was followed for.",
}
_MOST_LOST = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mediation:
    """What goes with a predictor, apart by whether a mediator carries it.

    Attributes
    ----------
    outcome, predictor, mediator : str
        The columns.
    levels : str
        Of predictor, mediator and outcome: 2 where a column is the same within every organisation, else 1.
    per : float
        Difference in the predictor that effects are of, in its unit: 1 for 0 to 1.
    effects : DataFrame
        Indexed ``indirect``, ``direct``, ``total`` (their sum): ``estimate, std_error, ci_lower, ci_upper, p_value``,
        in units of the outcome (probabilities: -1 to 1).
    share : Series
        ``estimate, ci_lower, ci_upper`` of indirect by total, and ``reason``: NaN where the total may well be 0.
    paths : DataFrame
        Coefficients of the two arrows, ``predictor to mediator`` and ``mediator to outcome`` (log odds for a logit),
        a unit of the one column each, with CR2 errors and ``df``.
    rho : float
        Correlation, from -1 to 1, that something left out would have to give mediator and outcome beyond what the
        models hold constant, for the indirect effect to be 0. Near 0: easily explained away.
    draws, n_lost_draws : int
        Resamples asked for, and those that told nothing of a path.
    to_mediator, to_outcome : FittedLink
        The two models.
    confidence : float
        Level of every interval, between 0 and 1.
    """

    outcome: str
    predictor: str
    mediator: str
    levels: str
    per: float
    effects: pd.DataFrame
    share: pd.Series
    paths: pd.DataFrame
    rho: float
    draws: int
    n_lost_draws: int
    to_mediator: FittedLink
    to_outcome: FittedLink
    n_lost: int
    confidence: float

    @property
    def n_obs(self) -> int:
        """Complete rows."""
        return self.to_outcome.n_obs

    @property
    def n_organisations(self) -> int:
        """Organisations among them, at least 10."""
        return self.to_outcome.n_organisations

    def to_frame(self) -> pd.DataFrame:
        """Effects, one row each: ``what`` says which."""
        frame = self.effects.rename_axis("what").reset_index()
        return frame.assign(n_obs=self.n_obs, n_organisations=self.n_organisations)

    def __repr__(self) -> str:
        """Show the effects."""
        along = f"{self.predictor} -> {self.mediator} -> {self.outcome} ({'-'.join(self.levels)})"
        return f"{along}, {self.n_obs} rows of {self.n_organisations} organisations\n{self.effects}"


def mediate(  # noqa: PLR0913  # the parts of a mediation, by keyword
    data: pd.DataFrame,
    *,
    outcome: str,
    predictor: str,
    mediator: str,
    adjust_for: Sequence[str] = (),
    outcome_model: Mediated = "ols",
    organisation: str = "organisation",
    weights: str | None = None,
    per: float | None = None,
    draws: int = 2000,
    seed: int = 1,
    confidence: float = 0.95,
    where: str = "",
) -> Mediation:
    r"""Divide what goes with a predictor into what a mediator carries and the rest.

    The mediator is modelled linearly, :math:`M_i = a x_i + \dots + e_i`; the outcome by its mean
    :math:`\mu(c' x_i + b M_i + \dots)`, linear or logistic, without a product of the two. A row whose predictor were
    x would have the mediator :math:`M_i(x) = M_i + a (x - x_i)`, its own residual kept, so no shape of the residual is
    assumed. With :math:`x_i^\pm` half of `per` to either side of the row's own (1 and 0 for a 0/1 predictor) and
    :math:`p_i(x, x') = \mu(c' x + b M_i(x') + \dots)`,

    .. math:: \mathrm{total} = \frac1n \sum_i p_i(x_i^+, x_i^+) - p_i(x_i^-, x_i^-) = \mathrm{indirect} +
              \mathrm{direct} ,

    the indirect (natural) effect being what moving only :math:`x'` does, averaged over x at both ends, and the direct
    one what moving only x does. In a linear model they are :math:`\mathrm{per} \cdot ab` and :math:`\mathrm{per} \cdot
    c'`; in a logit, differences in probability, where products and differences of coefficients would not add up.

    Organisations are drawn, never rows: each draw fits both models anew. Intervals are percentiles of the draws. (The
    bias-corrected ones find too much with small samples, and acceleration needs as many fits again; a normal interval
    of a product is too symmetric.) p-values say how far the draws lie on one side of 0.

    Where predictor and outcome permit only organisations to carry it, only organisations do: with a predictor of the
    organisation and a mediator that varies within it, the organisation's mean is the mediator, and each row's distance
    from it is held constant, so that what goes on within organisations is not taken for what goes on between them.
    A mean of few rows is an uncertain one, which draws its slope towards the one within. Where the predictor varies
    within organisations too, all rows are taken together, and slopes within and between them are mixed.

    Parameters
    ----------
    data : DataFrame
        One row a unit of the outcome; rows with a missing value are left out and counted.
    outcome, predictor, mediator : str
        Numeric columns; for a logit the outcome is 0/1, and the mediator is not.
    adjust_for : sequence of str, optional
        Columns held constant in both models.
    outcome_model : {"ols", "logit"}
        Of the outcome.
    organisation : str, optional
        Column of what is drawn.
    weights : str, optional
        Column of survey weights.
    per : float, optional
        Difference in the predictor; by default as in `moderate`.
    draws : int, optional
        Resamples, at least 100.
    seed : int, optional
        Of the draws.
    confidence : float, optional
        Between 0 and 1.
    where : str, optional
        Where it was planned, for messages.

    Returns
    -------
    Mediation

    Raises
    ------
    LinkError
        For another model, a mediator that is the outcome, the predictor, constant or no number, a predictor that
        varies within organisations beside a mediator that does not, whatever `fit_link` refuses, and where more than 5
        in 100 draws tell nothing of a path.

    Notes
    -----
    That the predictor came before the mediator and the mediator before the outcome, and that nothing left out lies
    behind any two of them, is assumed and cannot be seen in data of one moment. `rho` says how strong something behind
    mediator and outcome would have to be. The same rows enter both models, so organisations with more rows count more.

    R: ``mediation::mediate(m, y, treat = "x", mediator = "m", cluster = organisation, boot = TRUE)`` for one level.

    References
    ----------
    Imai, Keele and Tingley (2010), A general approach to causal mediation analysis, Psychological Methods 15. Imai,
    Keele and Yamamoto (2010), Identification, inference and sensitivity analysis for causal mediation effects,
    Statistical Science 25. Zhang, Zyphur and Preacher (2009), Testing multilevel mediation using hierarchical linear
    models, Organizational Research Methods 12. Fritz, Taylor and MacKinnon (2012), Explanation of two anomalous
    results in statistical mediation analysis, Multivariate Behavioral Research 47.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> data = pd.DataFrame({"organisation": np.arange(200) // 4, "x": rng.normal(size=200)})
    >>> data["m"] = 0.5 * data["x"] + rng.normal(size=200)
    >>> data["y"] = 0.5 * data["m"] + rng.normal(size=200)
    >>> found = mediate(data, outcome="y", predictor="x", mediator="m", per=1)
    >>> found.effects[["estimate", "ci_lower", "ci_upper"]].round(2).loc["indirect"].tolist()
    [0.26, 0.17, 0.36]
    """
    terms = Terms(outcome, (predictor, mediator), tuple(adjust_for), organisation, where, weights or "")
    _check_asked(terms, outcome_model, draws, confidence)
    plain = build_design(data, terms)
    _check_mediator(plain.rows, terms, outcome_model)
    levels = _levels(plain.rows, terms)
    rows, within = _between(plain.rows, terms, levels)
    fit = partial(fit_link, rows, organisation=organisation, weights=weights, where=where)
    to_mediator = fit("ols", outcome=mediator, predictors=[predictor], adjust_for=adjust_for)
    to_outcome = fit(
        outcome_model, outcome=outcome, predictors=[predictor, mediator], adjust_for=[*adjust_for, *within]
    )
    size = per_of(rows, predictor, organisation) if per is None else per
    moved = None if per is None and is_binary(rows[predictor]) else size
    told, lost = _told(parts_drawn(to_mediator, to_outcome, moved, draws=draws, seed=seed), terms)
    effects = _effects(told, confidence)
    return Mediation(
        outcome=outcome,
        predictor=predictor,
        mediator=mediator,
        levels=levels,
        per=size,
        effects=effects,
        share=_share(told, effects, confidence),
        paths=_paths(to_mediator, to_outcome, confidence),
        rho=_rho(to_mediator, to_outcome),
        draws=draws,
        n_lost_draws=lost,
        to_mediator=to_mediator,
        to_outcome=to_outcome,
        n_lost=plain.n_lost,
        confidence=confidence,
    )


def _check_asked(terms: Terms, model: str, draws: int, confidence: float) -> None:
    predictor, mediator = terms.predictors
    if model not in get_args(Mediated):
        raise terms.refusal(
            f"a mediation is told of a mean or a probability, and model '{model}' explains neither",
            given=model,
            fix=_INSTEAD.get(model, "Take 'ols' for its mean, or declare a 0/1 outcome and take 'logit'."),
        )
    if mediator in {terms.outcome, predictor}:
        part = "outcome" if mediator == terms.outcome else "predictor"
        raise terms.refusal(
            f"the mediator '{mediator}' is also the {part}",
            fix="Name a third variable, or leave the mediator out.",
        )
    if draws < 100:
        raise terms.refusal(
            "too few draws for an interval", given=draws, fix="Ask for 100 at least, better 2,000."
        )
    if not 0 < confidence < 1:
        raise terms.refusal("a confidence lies between 0 and 1", given=confidence, fix="Say 0.95 for 95%.")


def _check_mediator(rows: pd.DataFrame, terms: Terms, model: str) -> None:
    if model == "logit" and is_binary(rows[terms.predictors[1]]):
        raise terms.refusal(
            f"the mediator '{terms.predictors[1]}' is 0/1, and beside a 0/1 outcome it must be a number",
            fix="Take a scale that measures it by degrees.",
        )


def _levels(rows: pd.DataFrame, terms: Terms) -> str:
    values = rows.groupby(terms.organisation)[[*terms.predictors, terms.outcome]].nunique().max()
    return "".join("2" if most == 1 else "1" for most in values)


def _between(rows: pd.DataFrame, terms: Terms, levels: str) -> tuple[pd.DataFrame, list[str]]:
    """Rows with the part of the mediator that can carry the predictor, and the rest of it, where there is one."""
    predictor, mediator = terms.predictors
    if levels.startswith("12"):
        raise terms.refusal(
            f"'{predictor}' varies within organisations and the mediator '{mediator}' does not",
            fix=f"Only an organisation's mean of '{predictor}' can go with it: give that as the predictor.",
        )
    if not levels.startswith("21"):
        return rows, []
    mean = rows.groupby(terms.organisation)[mediator].transform("mean")
    within = f"{mediator} within organisations"
    return rows.assign(**{within: rows[mediator] - mean, mediator: mean}), [within]


def _told(parts: Parts, terms: Terms) -> tuple[Parts, int]:
    """Keep the draws that tell both effects, and count the others."""
    lost = np.isnan(parts.indirect + parts.direct)
    if lost.mean() > _MOST_LOST:
        raise terms.refusal(
            f"{lost.mean():.0%} of the resamples of organisations cannot tell '{terms.predictors[0]}' and "
            f"'{terms.predictors[1]}' apart, or hold one value of them",
            fix="Too few organisations differ in them: collect more, or leave the mediator out.",
        )
    return Parts(*[each[~lost] for each in parts]), int(lost.sum())


def _effects(parts: Parts, confidence: float) -> pd.DataFrame:
    each = {"indirect": parts.indirect, "direct": parts.direct, "total": parts.indirect + parts.direct}
    return pd.DataFrame({name: percentiles(draws, confidence) for name, draws in each.items()}).T


def _share(parts: Parts, effects: pd.DataFrame, confidence: float) -> pd.Series:
    low, high = effects.loc["total", ["ci_lower", "ci_upper"]].to_numpy(dtype=float)
    if low <= 0 <= high:
        reason = "the total may be 0, and a share of nothing is no number"
        return pd.Series({"estimate": np.nan, "ci_lower": np.nan, "ci_upper": np.nan, "reason": reason})
    shares = percentiles(parts.indirect / (parts.indirect + parts.direct), confidence)
    return pd.Series({**{key: shares[key] for key in ("estimate", "ci_lower", "ci_upper")}, "reason": ""})


def _paths(to_mediator: FittedLink, to_outcome: FittedLink, confidence: float) -> pd.DataFrame:
    predictor, mediator = to_outcome.terms.predictors
    return pd.DataFrame(
        {
            "predictor to mediator": to_mediator.parameter(predictor, confidence=confidence),
            "mediator to outcome": to_outcome.parameter(mediator, confidence=confidence),
        }
    ).T


def _rho(to_mediator: FittedLink, to_outcome: FittedLink) -> float:
    r"""Correlation of errors at which the indirect effect is 0.

    It is the correlation of what is left of mediator and outcome beside the predictor. For a logit the outcome is the
    tendency behind it, whose error has the logistic variance :math:`\pi^2 / 3`.
    """
    weights = row_weights(to_outcome)
    mediator = _left(to_mediator)
    own = float(weights @ mediator**2) / len(weights)
    slope = to_outcome.parameters[to_outcome.terms.predictors[1]]
    rest = (
        np.pi**2 / 3
        if to_outcome.model == "logit"
        else float(weights @ _left(to_outcome) ** 2) / len(weights)
    )
    return float(slope * np.sqrt(own) / np.sqrt(slope**2 * own + rest))


def _left(fitted: FittedLink) -> Floats:
    outcome = fitted.rows[fitted.terms.outcome].to_numpy(dtype=float)
    left: Floats = outcome - fitted.design.to_numpy() @ fitted.parameters.to_numpy()
    return left
