"""What a link would be if organisations' means were no uncertain measures of where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import LinkError, SurveyError
from surveykit.links.effects import average_marginal_effect
from surveykit.links.likelihoods import likelihood_of
from surveykit.links.sensitivity.calibration import Calibration, Sums, calibrate, sums_of
from surveykit.links.sensitivity.refits import SMOOTH, Refit, refit_of
from surveykit.links.sensitivity.words import amounts, difference_in, unit_of
from surveykit.links.words import quoted
from surveykit.measures.icc import icc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from surveykit.links.fits import Fit
    from surveykit.links.models import FittedLink
    from surveykit.links.planned import Links

    Floats = NDArray[np.float64]

_OTHER_MODEL = "no correction is known for this model"
_SAME_PEOPLE = "the outcome comes from the same respondents, whose errors go together: see the split sample"
_NO_STANDING = (
    "organisations differ no more than chance lets their means differ: there is nothing to correct towards"
)
_ONE_TELLS = "without one organisation, the others differ no more than chance lets their means differ"
_NOBODY_TWICE = "no organisation has two respondents: how uncertain its mean is cannot be told"
_ENDS = {"": "estimate", "_ci_lower": "ci_lower", "_ci_upper": "ci_upper"}
_INFERENCE = ["estimate", "std_error", "ci_lower", "ci_upper", "p_value"]
_RELIABILITY = ["icc1", "icc2", "reliability", "standing_sd"]
_COLUMNS = [
    *("link", "outcome", "predictor", *_RELIABILITY, "per"),
    *("observed", "observed_ci_lower", "observed_ci_upper"),
    *_INFERENCE,
    *("per_standing_sd", "per_standing_sd_ci_lower", "per_standing_sd_ci_upper"),
    *("n_obs", "n_organisations", "reason", "sentence"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corrected:
    """A link corrected for unreliable means.

    Attributes
    ----------
    fitted : FittedLink
        The model on the guessed standings; its covariance holds the uncertainty of the correction too.
    reliability : DataFrame, one row a scale
        ``icc1`` and ``icc2`` (analysis of variance, with :math:`n_0`; at most 1), ``reliability`` (mean over
        organisations of each one's own), ``standing_sd`` (standard deviation of the standings, in scale units).
    """

    fitted: FittedLink
    reliability: pd.DataFrame

    def __repr__(self) -> str:
        return f"Corrected({self.fitted.model}, {self.reliability['reliability'].round(2).to_dict()})"


def correct(fitted: FittedLink, scores: pd.DataFrame, organisation: pd.Series) -> Corrected:
    r"""Fit a link to the organisations' standings, guessed from the means of their executives.

    The mean of a few executives is an uncertain measure of their organisation, and what it goes with looks smaller than
    it is. Executives are taken as parallel measures of where their organisation stands: each answers for the standing
    plus a view of their own, alike in spread everywhere. Each mean is then replaced by the best linear guess of the
    standing from all means and the other columns, with the covariances of errors within organisations, so that an
    organisation with fewer executives is pulled further (regression calibration).

    Parameters
    ----------
    fitted : FittedLink
        A link with means of `scores` among its explaining columns.
    scores : DataFrame, shape (executives, scales)
        Scores of the executives, named as those columns; NaN where there is none.
    organisation : Series
        Organisation of each executive, as in the rows of the link.

    Returns
    -------
    Corrected

    Raises
    ------
    LinkError
        If the model is none of ols, logit, ordered logit, fractional and poisson, a column is not the mean of its
        scores, or standings do not differ beyond chance, given the other columns.

    Notes
    -----
    With :math:`W_g` the means, :math:`Z_g` the means of the other columns within the organisation, :math:`\Sigma_{x|z}`
    the covariance of standings given Z and :math:`U_g` that of the errors of :math:`W_g`, the guess is

    .. math:: \mathrm{E}[X_g | Z_g] + \Sigma_{x|z} (\Sigma_{x|z} + U_g)^{-1} (W_g - \mathrm{E}[W_g | Z_g]) .

    With one scale and no other column it moves :math:`W_g` to the mean by the reliability :math:`\lambda_g = n_g ICC(1)
    / (1 + (n_g - 1) ICC(1))`; a slope at equal sizes is then the observed one over the reliability, exactly. For linear
    models this is consistent, for the others near so unless effects are large. The covariance is the jackknife's over
    organisations: without each, the correction is made anew, and the model moves by what that and its rows are worth to
    first order.
    What executives share beyond the standing (a common mood, a wave of good news) is taken for standing; an interval is
    as wide as its model, and no correction adds what was not measured.

    References
    ----------
    Carroll, Ruppert, Stefanski and Crainiceanu (2006), Measurement error in nonlinear models, 2nd edition, chapter 4.
    """
    refit = refit_of(fitted)
    if refit is None:
        raise LinkError(_OTHER_MODEL, given=fitted.model, allowed=sorted(SMOOTH))
    names = [str(name) for name in refit.design.regressors if name in scores]
    if not names:
        raise LinkError(
            "the link has no column that is a mean of the scores", given=list(refit.design.regressors)
        )
    first = np.unique(refit.design.groups, return_index=True)[1]
    own = pd.Index(refit.design.rows[fitted.organisation].iloc[first])
    sums = _sums(refit, scores[names], organisation, own)
    calibration, without = calibrate(sums), calibrate(sums, without_each=True)
    if not calibration.told or not without.told:
        raise LinkError(_ONE_TELLS if calibration.told else _NO_STANDING, given=names)
    guessed = dict(zip(names, calibration.guess(sums)[refit.design.groups].T, strict=True))
    found = refit.with_columns(guessed)
    if found is None:
        raise LinkError("the corrected model has no fit that can be relied on", given=names)
    covariance = _jackknife(refit, found, names, without.guess(sums) - calibration.guess(sums))
    return Corrected(
        fitted=replace(found, clustered=replace(found.clustered, covariance=covariance)),
        reliability=_reliability(sums, calibration, scores[names], organisation, own),
    )


def _sums(refit: Refit, scores: pd.DataFrame, organisation: pd.Series, own: pd.Index) -> Sums:
    """Sum executives of the organisations in the link, and average its other columns within each."""
    place = own.get_indexer(pd.Index(organisation))
    asked = (place >= 0) & scores.notna().any(axis=1).to_numpy()
    others = refit.design.regressors.drop(columns=list(scores))
    mean = others.groupby(refit.design.groups).mean().to_numpy(dtype=float)
    sums = sums_of(scores[asked].to_numpy(dtype=float), place[asked], mean)
    given = refit.design.regressors[list(scores)].groupby(refit.design.groups).first().to_numpy(dtype=float)
    if not np.allclose(given, sums.columns[:, : scores.shape[1]], rtol=1e-6, atol=1e-8):
        raise LinkError(
            "a column of the link is not the mean of the scores given",
            given=list(scores),
            fix="Give the executives' own scores, under the names the link has for their means.",
        )
    if (sums.degrees.sum(axis=0) == 0).any():
        raise LinkError(_NOBODY_TWICE)
    return sums


def _jackknife(refit: Refit, found: FittedLink, names: Sequence[str], moves: Floats) -> Floats:
    """Covariance of the parameters over organisations left out; `moves` (G, G, p) is how each moves all guesses."""
    parameters = found.parameters.to_numpy()
    here = found.likelihood.at(parameters)
    # A guess is one for all rows of its organisation, so that one look at each side tells the slope of every score.
    slopes = np.stack([_score_slope(refit, found, name) for name in names], axis=2)
    scores = np.einsum("hkp,ghp->gk", slopes, moves) - here.scores
    information = here.information.sum(axis=0) - here.information
    moved = np.linalg.solve(information, scores[..., None])[..., 0]
    apart = moved - moved.mean(axis=0)
    covariance: Floats = (len(moved) - 1) / len(moved) * apart.T @ apart
    return covariance


def _score_slope(refit: Refit, found: FittedLink, name: str) -> Floats:
    """How each organisation's score moves with its guessed standing: shape (G, k)."""
    columns, parameters = found.design[list(refit.design.regressors)], found.parameters.to_numpy()
    step = 1e-4 * float(columns[name].std())
    up, down = (
        likelihood_of(
            found.model, refit.design, columns.assign(**{name: columns[name] + move}).to_numpy()
        ).at(parameters)
        for move in (step, -step)
    )
    slope: Floats = (up.scores - down.scores) / (2 * step)
    return slope


def _reliability(
    sums: Sums, calibration: Calibration, scores: pd.DataFrame, organisation: pd.Series, own: pd.Index
) -> pd.DataFrame:
    inside = organisation.isin(own)
    rows = []
    for number, name in enumerate(scores.columns.astype(str)):
        told = icc(scores.loc[inside, name], organisation[inside], method="anova_n0")
        standing = float(calibration.standing[number, number])
        error = calibration.within[number, number] * sums.error[:, number, number]
        rows.append(
            {
                "icc1": told.icc1,
                "icc2": told.icc2,
                "reliability": float((standing / (standing + error)).mean()),
                "standing_sd": float(np.sqrt(standing)),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(list(scores), name="scale"), columns=_RELIABILITY)


def correct_links(links: Links) -> pd.DataFrame:
    """Correct every link with means of executives among its predictors for how uncertain they are.

    Parameters
    ----------
    links : Links
        Fitted links, with the scores they rest on.

    Returns
    -------
    DataFrame, one row a link and predictor that is a mean of executives
        ``link``, ``outcome``, ``predictor``; of the means ``icc1, icc2, reliability`` (at most 1) and ``standing_sd``
        (see `Corrected`); ``per``: the difference in the predictor, a standard deviation of the means;
        ``observed`` and its limits: the average marginal effect of it as planned; ``estimate, std_error, ci_lower,
        ci_upper, p_value``: corrected; ``per_standing_sd`` and its limits: corrected, for a standard deviation of
        the standings themselves, taken as known; ``n_obs``, ``n_organisations``; ``reason`` where there is no
        corrected estimate; ``sentence``.
    """
    rows = [row for fit in links.fits for row in _of_fit(links, fit)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _of_fit(links: Links, fit: Fit) -> list[dict[str, Any]]:
    study, link = links.aggregated.study, fit.link
    names = [name for name in link.predictors if name in study.scales]
    if link.level == "executive" or not names:
        return []
    if link.outcome in study.scales or fit.fitted.model not in SMOOTH:
        reason = _SAME_PEOPLE if link.outcome in study.scales else _OTHER_MODEL
        return [_row(links, fit, name, None, reason) for name in names]
    corrected, reason = None, ""
    try:
        scores, organisation = (
            links.aggregated.scored.scores,
            links.aggregated.scored.cleaned.data["organisation"],
        )
        corrected = correct(fit.fitted, scores, organisation)
    except SurveyError as error:
        reason = str(error)
    return [_row(links, fit, name, corrected, reason) for name in names]


def _row(links: Links, fit: Fit, name: str, corrected: Corrected | None, reason: str) -> dict[str, Any]:
    fitted, study = fit.fitted, links.aggregated.study
    row: dict[str, Any] = {
        "link": fit.number,
        "outcome": fit.link.outcome,
        "predictor": name,
        "reason": reason,
    }
    row |= {"n_obs": fitted.n_obs, "n_organisations": fitted.n_organisations}
    if corrected is None:
        told = _told(links, fitted, name)
        return row | told | {"sentence": f"Not corrected for how uncertain means are: {reason}."}
    per = difference_in(study, fit.link, fitted, name)
    reliability = {key: float(corrected.reliability[key][name]) for key in _RELIABILITY}
    observed = average_marginal_effect(fitted, name, per=per, confidence=links.confidence)
    same = average_marginal_effect(corrected.fitted, name, per=per, confidence=links.confidence)
    standing = average_marginal_effect(
        corrected.fitted, name, per=reliability["standing_sd"], confidence=links.confidence
    )
    row |= reliability | {"per": per} | {key: same[key] for key in _INFERENCE}
    row |= {f"observed{end}": observed[key] for end, key in _ENDS.items()}
    row |= {f"per_standing_sd{end}": standing[key] for end, key in _ENDS.items()}
    return row | {"sentence": _sentence(links, fit, name, row)}


def _told(links: Links, fitted: FittedLink, name: str) -> dict[str, float]:
    """What can be told of the reliability where nothing is corrected."""
    data = links.aggregated.scored.cleaned.data["organisation"]
    inside = data.isin(fitted.rows[fitted.organisation])
    told = icc(links.aggregated.scored.scores.loc[inside, name], data[inside], method="anova_n0")
    return {"icc1": told.icc1, "icc2": told.icc2}


def _sentence(links: Links, fit: Fit, name: str, row: dict[str, Any]) -> str:
    study, unit = links.aggregated.study, unit_of(fit.fitted)
    keys = ("observed", "estimate", "ci_lower", "ci_upper")
    observed, estimate, lower, upper = amounts(fit.fitted, [row[key] for key in keys], row["std_error"])
    return (
        f"About {100 * row['reliability']:.0f}% of how organisations' means of {quoted(study, name)} differ is where "
        f"they stand; the rest is who happened to answer. If respondents speak for their organisation alike, the "
        f"difference in {quoted(study, fit.link.outcome)} that goes with the same difference in standing is "
        f"{estimate}{unit} ({100 * links.confidence:g}% interval {lower} to {upper}), where the means alone tell "
        f"{observed}{unit}."
    )
