"""What stands behind the links of a study, and what they hang on: everything a hostile reader would ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.design import is_binary
from surveykit.links.diagnostics.diagnose import diagnoses
from surveykit.links.levels import low_to_high, predicted_curve
from surveykit.links.paths import mediations, moderations, simple_slopes
from surveykit.links.sensitivity import chain, correct_links, specify, summarise
from surveykit.links.sensitivity.evalue import evalues
from surveykit.links.sensitivity.split_sample import split_links
from surveykit.links.standardised import standardised_effect
from surveykit.links.words import expected_kind, expected_words, label

if TYPE_CHECKING:
    from surveykit.estimates.sampling import Sampled
    from surveykit.links.models import FittedLink
    from surveykit.links.planned import Links


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scrutiny:
    """What stands behind the links, and what they hang on.

    Attributes
    ----------
    chain : DataFrame
        Who enters each link, and who is lost and why: see `surveykit.links.sensitivity.chain.chain`.
    curves : DataFrame
        Expected outcome over the values of each predictor of a planned link: ``link, predictor, predictor_label,
        expected, statistic, value, estimate, ci_lower, ci_upper, n_obs, n_organisations``.
    strength : DataFrame, one row a tested predictor
        ``link, predictor``; its 10th and 90th percentile (``low, high``), the outcome expected there (``at_low,
        at_high``) and the difference (``rise, rise_ci_lower, rise_ci_upper``); ``size`` and ``standardised`` (what
        it is,
        and how large); ``evalue`` and ``evalue_limit``; NaN where a model or predictor has none; ``n_obs``,
        ``n_organisations``.
    moderations, slopes, mediations : DataFrame
        See `surveykit.links.paths`.
    specifications, summary : DataFrame
        See `surveykit.links.sensitivity.specifications`.
    corrected : DataFrame
        Corrected for how uncertain means of executives are: `surveykit.links.sensitivity.unreliability`.
    split : DataFrame
        One half's perceptions, the other half's outcomes: `surveykit.links.sensitivity.split_sample`.
    checks : DataFrame
        See `surveykit.links.diagnostics.diagnose.diagnoses`.
    """

    chain: pd.DataFrame
    curves: pd.DataFrame
    strength: pd.DataFrame
    moderations: pd.DataFrame
    slopes: pd.DataFrame
    mediations: pd.DataFrame
    specifications: pd.DataFrame
    summary: pd.DataFrame
    corrected: pd.DataFrame
    split: pd.DataFrame
    checks: pd.DataFrame

    def __repr__(self) -> str:
        concerns = int(self.checks["concern"].sum())
        return f"Scrutiny({len(self.specifications)} specifications, {len(self.checks)} checks, {concerns} of concern)"


def scrutinise(links: Links, sampled: Sampled | None = None) -> Scrutiny:
    """Ask of the links of a study what a hostile reader would.

    Parameters
    ----------
    links : Links
        As fitted.
    sampled : Sampled, optional
        The design of every level, where it has been made already.

    Returns
    -------
    Scrutiny
    """
    specifications = specify(links, sampled=sampled)
    return Scrutiny(
        chain=chain(links),
        curves=_curves(links),
        strength=_strength(links),
        moderations=moderations(links),
        slopes=simple_slopes(links),
        mediations=mediations(links),
        specifications=specifications,
        summary=summarise(links, specifications),
        corrected=correct_links(links),
        split=split_links(links),
        checks=diagnoses(links),
    )


def _curves(links: Links) -> pd.DataFrame:
    """Expected outcomes over every predictor of a planned link that has more than two values."""
    study = links.aggregated.study
    frames = [
        predicted_curve(fit.fitted, name, confidence=links.confidence).assign(
            link=fit.number,
            predictor=name,
            predictor_label=label(study, name),
            expected=expected_words(study, fit.link, fit.fitted),
            statistic="mean" if expected_kind(fit.fitted) in {"mean", "count"} else "share",
            n_obs=fit.fitted.n_obs,
            n_organisations=fit.fitted.n_organisations,
        )
        for fit in links.fits
        if fit.planned
        for name in fit.link.predictors
        if not is_binary(fit.fitted.rows[name])
    ]
    columns = [
        "link",
        "predictor",
        "predictor_label",
        "expected",
        "statistic",
        "value",
        "estimate",
        "ci_lower",
    ]
    columns += ["ci_upper", "n_obs", "n_organisations"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _strength(links: Links) -> pd.DataFrame:
    """How much lies between few and much of each predictor, in the outcome's own unit and in standard ones."""
    rows = [
        {
            "link": fit.number,
            "predictor": name,
            **_rise(fit.fitted, name, links.confidence),
            **_size(fit.fitted, name, links.confidence),
            "n_obs": fit.fitted.n_obs,
            "n_organisations": fit.fitted.n_organisations,
        }
        for fit in links.fits
        for name in fit.link.predictors
    ]
    ratios = evalues(links)[["link", "predictor", "evalue", "evalue_limit"]]
    return pd.DataFrame(rows).merge(ratios, on=["link", "predictor"], how="left")


def _rise(fitted: FittedLink, name: str, confidence: float) -> dict[str, float]:
    try:
        found = low_to_high(fitted, name, confidence=confidence)
    except LinkError:  # so many units share one value that there is no low and high
        return {}
    return {
        "low": found.low,
        "high": found.high,
        "at_low": found.at_low["estimate"],
        "at_high": found.at_high["estimate"],
        "rise": found.difference["estimate"],
        "rise_ci_lower": found.difference["ci_lower"],
        "rise_ci_upper": found.difference["ci_upper"],
    }


def _size(fitted: FittedLink, name: str, confidence: float) -> dict[str, Any]:
    """The last of the standardised sizes: Cohen's d where there is one, else the ratio."""
    last = standardised_effect(fitted, name, confidence=confidence).iloc[-1]
    return {"size": last.name, "standardised": last["estimate"]}
