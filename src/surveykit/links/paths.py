"""The moderators and mediators a study declares beside its links: every one told, in numbers and in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.mediation import Mediation, mediate
from surveykit.links.moderation import Moderation, moderate
from surveykit.links.path_words import Asked, of_mediation, of_moderation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from surveykit.links.curves import Model
    from surveykit.links.fits import Fit
    from surveykit.links.mediation import Mediated
    from surveykit.links.planned import Links

_NUMBERS = ["estimate", "std_error", "ci_lower", "ci_upper"]


class _Told(NamedTuple):
    """One question of a study, and the answer or why there is none."""

    fit: Fit
    asked: Asked
    found: Any
    reason: str

    def row(self) -> dict[str, Any]:
        """What every frame begins with."""
        return {
            "link": self.fit.number,
            "planned": self.fit.planned,
            "outcome": self.asked.link.outcome,
            "predictor": self.asked.predictor,
        }

    def counts(self) -> dict[str, Any]:
        """What every frame ends with."""
        fitted, found = self.fit.fitted, self.found
        return {
            "n_obs": found.n_obs if found else fitted.n_obs,
            "n_organisations": found.n_organisations if found else fitted.n_organisations,
            "n_lost": fitted.n_lost + (found.n_lost if found else 0),
            "reason": self.reason,
        }


def moderations(links: Links) -> pd.DataFrame:
    """Whether what goes with each predictor differs by each moderator that its link declares.

    The model is the link's with products added (`moderate`), on its rows and weights; one with a random intercept, or
    fitted by estimating equations, is refitted with the same mean and clustered errors.

    Parameters
    ----------
    links : Links
        The links as fitted.

    Returns
    -------
    DataFrame, one row a predictor and moderator
        ``link, planned, outcome, predictor, moderator``; ``contrast``: what is compared; ``estimate, std_error,
        ci_lower, ci_upper`` of the difference in the effect on the outcome (probabilities: -1 to 1), NaN for several
        categories; ``df`` and ``p_value`` of that difference, or of all differences together, not adjusted;
        ``p_value_product`` of the products on the scale of the coefficients; ``n_obs, n_organisations, n_lost``;
        ``reason`` where something is NaN; ``sentence``.
    """
    columns = ["link", "planned", "outcome", "predictor", "moderator", "contrast", *_NUMBERS, "df", "p_value"]
    columns += ["p_value_product", "n_obs", "n_organisations", "n_lost", "reason", "sentence"]
    return pd.DataFrame([_moderation_row(told) for told in _moderated(links)], columns=columns)


def simple_slopes(links: Links) -> pd.DataFrame:
    """Tell the effect of each predictor at every value of each moderator: what `moderations` compares.

    Parameters
    ----------
    links : Links

    Returns
    -------
    DataFrame, one row a predictor, moderator and value
        ``link, planned, outcome, predictor, moderator``, then the columns of `Moderation.slopes`, ``n_obs`` and
        ``n_organisations``. Moderations that could not be fitted have none.
    """
    columns = [
        "link",
        "planned",
        "outcome",
        "predictor",
        "moderator",
        "at",
        "value",
        *_NUMBERS,
        "df",
        "p_value",
    ]
    rows = [
        {**told.row(), "moderator": told.asked.third, **slope, **told.counts()}
        for told in _moderated(links)
        if told.found
        for slope in told.found.slopes.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=[*columns, "n_obs", "n_organisations"])


def mediations(links: Links, *, draws: int = 2000, seed: int = 1) -> pd.DataFrame:
    """How much of what goes with each predictor runs along with the mediator that its link declares.

    Parameters
    ----------
    links : Links
        The links as fitted.
    draws, seed : int, optional
        Resamples of organisations, and what they start from.

    Returns
    -------
    DataFrame, one row a predictor
        ``link, planned, outcome, predictor, mediator, levels``; ``estimate, std_error, ci_lower, ci_upper, p_value`` of
        the indirect effect, not adjusted; the same of ``direct`` and ``total``, after their name; ``share``,
        ``share_ci_lower``, ``share_ci_upper`` (NaN where the total may be 0); ``rho`` (see `Mediation`);
        ``n_obs, n_organisations, n_lost``; ``reason`` where there is no result; ``sentence``.
    """
    columns = ["link", "planned", "outcome", "predictor", "mediator", "levels", *_NUMBERS, "p_value"]
    columns += [f"{part}{key}" for part in ("direct", "total") for key in ("", "_ci_lower", "_ci_upper")]
    columns += ["share", "share_ci_lower", "share_ci_upper", "rho"]
    columns += ["n_obs", "n_organisations", "n_lost", "reason", "sentence"]
    return pd.DataFrame([_mediation_row(told) for told in _mediated(links, draws, seed)], columns=columns)


def _moderated(links: Links) -> Iterator[_Told]:
    for fit in links.fits:
        for moderator in fit.link.moderators:
            for predictor in fit.link.predictors:
                if predictor != moderator:
                    asked = Asked(links.aggregated.study, fit.link, predictor, moderator)
                    yield _tried(fit, asked, partial(_moderate, links, fit, asked))


def _mediated(links: Links, draws: int, seed: int) -> Iterator[_Told]:
    for fit in links.fits:
        mediator = fit.link.mediator
        for predictor in fit.link.predictors:
            if mediator is None or predictor == mediator:
                continue
            asked = Asked(links.aggregated.study, fit.link, predictor, mediator)
            yield _tried(fit, asked, partial(_mediate, links, fit, asked, draws, seed))


def _tried(fit: Fit, asked: Asked, tell: Callable[[], Moderation | Mediation]) -> _Told:
    # One of several questions that a link asks at once: that it has no answer must not take the others away.
    try:
        return _Told(fit, asked, tell(), "")
    except LinkError as error:
        return _Told(fit, asked, None, str(error))


def _moderate(links: Links, fit: Fit, asked: Asked) -> Moderation:
    return moderate(
        _rows(links, fit, asked.third),
        cast("Model", _model(fit)),
        predictor=asked.predictor,
        moderator=asked.third,
        confidence=links.confidence,
        **_parts(fit, asked),
    )


def _mediate(links: Links, fit: Fit, asked: Asked, draws: int, seed: int) -> Mediation:
    return mediate(
        _rows(links, fit, asked.third),
        predictor=asked.predictor,
        mediator=asked.third,
        outcome_model=cast("Mediated", _model(fit)),
        draws=draws,
        seed=seed,
        confidence=links.confidence,
        **_parts(fit, asked),
    )


def _parts(fit: Fit, asked: Asked) -> dict[str, Any]:
    named = [
        name
        for name in (*fit.link.predictors, *fit.link.adjust_for)
        if name not in {asked.predictor, asked.third}
    ]
    terms = fit.fitted.terms
    return {
        "outcome": fit.link.outcome,
        "adjust_for": named,
        "organisation": fit.fitted.organisation,
        "weights": terms.weights or None,
        "where": terms.where,
    }


def _model(fit: Fit) -> str:
    return str(fit.fitted.model)


def _rows(links: Links, fit: Fit, third: str) -> pd.DataFrame:
    """Rows of the link's model with the third variable; a category coded by numbers is marked as one."""
    rows = fit.fitted.rows
    if third in rows.columns:
        return rows
    study = links.aggregated.study
    column = links.aggregated.rows(fit.link.level).loc[rows.index, third]
    variable = study.variable(third)
    marked = variable is not None and variable.type == "category"
    return rows.assign(**{third: column.astype("category") if marked else column})


def _moderation_row(told: _Told) -> dict[str, Any]:
    row = {**told.row(), "moderator": told.asked.third, **told.counts()}
    found: Moderation = told.found
    if not found:
        return {**row, "contrast": "", "sentence": _silent(told)}
    row |= {
        "contrast": "high and low" if found.kind == "number" else "1 and 0",
        "p_value": found.test.p_value,
        "df": found.test.df,
        "p_value_product": found.product_test.p_value,
        "sentence": of_moderation(told.asked, found),
    }
    if len(found.differences) > 1:
        reason = found.test.reason or "several categories differ in several ways: see the effect in each"
        return {**row, "contrast": f"{len(found.slopes)} categories", "reason": reason}
    only = found.differences.iloc[0]
    contrast = f"{only['at']} and {only['than']}"
    return {**row, "contrast": contrast, **{key: only[key] for key in _NUMBERS}}


def _mediation_row(told: _Told) -> dict[str, Any]:
    row = {**told.row(), "mediator": told.asked.third, **told.counts()}
    found: Mediation = told.found
    if not found:
        return {**row, "levels": "", "sentence": _silent(told)}
    row |= {"levels": found.levels, "rho": found.rho, "sentence": of_mediation(told.asked, found)}
    row |= {key: found.effects.loc["indirect", key] for key in (*_NUMBERS, "p_value")}
    for part in ("direct", "total"):
        row[part] = found.effects.loc[part, "estimate"]
        row |= {f"{part}_{key}": found.effects.loc[part, key] for key in ("ci_lower", "ci_upper")}
    row["share"] = found.share["estimate"]
    return row | {f"share_{key}": found.share[key] for key in ("ci_lower", "ci_upper")}


def _silent(told: _Told) -> str:
    return f"This could not be told: {told.reason}"
