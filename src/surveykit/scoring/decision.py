"""The decision to aggregate: whether the mean of an organisation's executives may stand for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.measures.agreement import (
    SKEWED_OPTIONS,
    average_deviation,
    group_agreement,
    icc,
    rwg_j,
    skewed_variance,
    uniform_variance,
)
from surveykit.measures.chance import AGREES

if TYPE_CHECKING:
    from surveykit.scoring.score import Scored
    from surveykit.study import Study

FEWEST_ORGANISATIONS = 10
BEYOND_CHANCE = 0.05  # of the test against random groups
RELIABLE = 0.7  # ICC(2) usually asked for of a mean (Bliese 2000)
SKEWS = ("slight", "moderate")


class Evidence(NamedTuple):
    """What one scale's answers say about its means; NaN where it cannot be told."""

    n_organisations: int
    n_executives: int
    mean_size: float
    rwg_j_uniform: float
    rwg_j_random: float
    p_agreement: float
    rwg_j_slight: float
    rwg_j_moderate: float
    share_agreeing: float
    share_agreeing_random: float
    ad: float
    ad_cut: float
    icc1: float
    icc1_lower: float
    icc1_upper: float
    icc2: float
    design_effect: float


_COLUMNS = ["label", *Evidence._fields, "decision", "words"]


def decide(scored: Scored) -> pd.DataFrame:
    """Decide for every scale whether the mean of an organisation's executives may stand for it.

    Parameters
    ----------
    scored : Scored
        Items and scores of the executives.

    Returns
    -------
    DataFrame, one row a scale
        - ``label``; ``n_organisations`` with two executives or more who answered every item, and ``n_executives`` in
          them; ``mean_size``: executives an organisation, over all;
        - ``rwg_j_uniform, rwg_j_slight, rwg_j_moderate``: median rwg(j) of these organisations, 0 to 1, against
          answers that fall anywhere, or that lean slightly or moderately to one end (NaN where no such null is
          published for the number of options); ``share_agreeing``: share of organisations at .70 or more, uniform null;
        - ``rwg_j_random, share_agreeing_random``: the same (uniform null) of organisations put together at random, and
          ``p_agreement``, the permutation test against them;
        - ``ad``: mean average deviation, in scale units, and ``ad_cut``, a sixth of the options, up to which it passes;
        - ``icc1, icc1_lower, icc1_upper, icc2, design_effect`` of the scores (all organisations, ANOVA);
        - ``decision``: ``aggregate``, ``aggregate with caution``, ``do not aggregate`` or ``nothing to aggregate``;
          ``words``: the evidence and the decision, for a reader.

    Notes
    -----
    Means are fit to stand for organisations if these differ at all (the interval of ICC(1) lies above 0) and
    executives of one organisation agree (median rwg(j) of .70 or more against the uniform null, and more than in
    organisations put together at random); without both the decision is not to, as below ten organisations of two
    executives or more. It is to aggregate with caution unless they also agree against slightly skewed answers and
    ICC(2) reaches .70. LeBreton and Senter (2008), Organizational Research Methods 11, 815-852; Bliese (2000), in Klein
    and Kozlowski, Multilevel theory, 349-381.

    Examples
    --------
    >>> from surveykit import clean, load_study, read_export, score
    >>> study = load_study("data/ai-strategy")
    >>> found = decide(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> found.loc["strategy_clarity", ["n_organisations", "icc1", "icc2"]].astype(float).round(2).tolist()
    [173.0, 0.21, 0.56]
    """
    study = scored.cleaned.study
    rows = [{"label": study.label(name), **_decided(scored, name)} for name in study.scales]
    return pd.DataFrame(rows, index=pd.Index(study.scales, name="scale"), columns=_COLUMNS)


def agreement_of(scored: Scored, scale: str) -> pd.Series:
    """rwg(j) of each organisation on one scale, uniform null; NaN where it cannot be told.

    Parameters
    ----------
    scored : Scored
    scale : str
        Name of the scale.

    Returns
    -------
    Series indexed by organisation
        From 0 to 1; NaN below two executives, and everywhere if the items have no common number of options.
    """
    data, options = scored.cleaned.data, options_of(scored.cleaned.study, scale)
    items = data[scored.cleaned.study.scales[scale].items]
    null = uniform_variance(options) if options else 1.0
    found = rwg_j(items, data["organisation"], null_variance=null)["estimate"]
    return found if options else found * np.nan


def options_of(study: Study, scale: str) -> int:
    """Options every item of a scale offers, numbered in steps of 1; 0 where they differ or are not known."""
    offered = set()
    for item in study.scales[scale].items:
        codes = study.answer_codes(study.items[item].answers)
        numbers = sorted({float(code) for code in codes.values()}) if codes else []
        low, high = study.item_range(item) or (0.0, -1.0)
        steps = np.diff(numbers) if numbers else np.ones(1)
        offered.add(int(high - low + 1) if (steps == 1).all() and high - low == int(high - low) else 0)
    return offered.pop() if len(offered) == 1 else 0


def _decided(scored: Scored, name: str) -> dict[str, object]:
    evidence = _evidence(scored, name)
    decision, words = _verdict(evidence)
    return {**evidence._asdict(), "decision": decision, "words": words}


def _evidence(scored: Scored, name: str) -> Evidence:
    study, data = scored.cleaned.study, scored.cleaned.data
    items, groups = data[study.scales[name].items], data["organisation"]
    options = options_of(study, name)
    null = uniform_variance(options) if options else 1.0
    found = group_agreement(items, groups, null_variance=null)
    known = 1.0 if options else np.nan
    skewed = {skew: _median_under(items, groups, options, skew) for skew in SKEWS}
    deviation = average_deviation(items, groups)
    many = deviation["n_raters"] > 1
    spread = icc(scored.scores[name], groups, confidence=study.report.confidence)
    return Evidence(
        n_organisations=int(many.sum()),
        n_executives=int(deviation.loc[many, "n_raters"].sum()),
        mean_size=spread.mean_size,
        rwg_j_uniform=found.estimate * known,
        rwg_j_random=found.expected * known,
        p_agreement=found.p_value,
        rwg_j_slight=skewed["slight"],
        rwg_j_moderate=skewed["moderate"],
        share_agreeing=found.share_strong * known,
        share_agreeing_random=found.share_strong_expected * known,
        ad=float(deviation["estimate"].mean()),
        ad_cut=options / 6 if options else np.nan,
        icc1=spread.icc1,
        icc1_lower=spread.ci_lower,
        icc1_upper=spread.ci_upper,
        icc2=spread.icc2,
        design_effect=spread.design_effect,
    )


def _median_under(items: pd.DataFrame, groups: pd.Series, options: int, skew: str) -> float:
    if options not in SKEWED_OPTIONS:  # for which skewed nulls are published
        return np.nan
    null = skewed_variance(options, skew=skew)  # type: ignore[arg-type]
    return float(rwg_j(items, groups, null_variance=null)["estimate"].median())


def _verdict(evidence: Evidence) -> tuple[str, str]:
    if evidence.n_organisations == 0:
        one = "No organisation has two respondents who answered: there is nothing to average, and no agreement to tell."
        return "nothing to aggregate", one
    if evidence.n_organisations < FEWEST_ORGANISATIONS:
        few = f"Only {evidence.n_organisations} organisations have two respondents who answered: too few to tell."
        return "do not aggregate", few
    # Where no null is known how far they agree cannot be told, but still whether more than at random.
    agree = not evidence.rwg_j_uniform < AGREES and evidence.p_agreement < BEYOND_CHANCE
    differ = evidence.icc1_lower > 0
    sure = evidence.rwg_j_slight >= AGREES and evidence.icc2 >= RELIABLE
    decision = "aggregate" if sure else "aggregate with caution"
    words = [_differ_words(evidence), *_agree_words(evidence), _reliable_words(evidence)]
    return decision if differ and agree else "do not aggregate", " ".join(filter(None, words))


def _differ_words(evidence: Evidence) -> str:
    told = f"ICC(1) {evidence.icc1:.2f}, {evidence.icc1_lower:.2f} to {evidence.icc1_upper:.2f}"
    if np.isnan(evidence.icc1_lower):
        return "How far organisations differ cannot be told."
    if evidence.icc1_lower > 0:
        return f"Organisations differ: {100 * evidence.icc1:.0f}% of the variance lies between them ({told})."
    return f"Organisations may not differ at all ({told})."


def _agree_words(evidence: Evidence) -> list[str]:
    if np.isnan(evidence.rwg_j_uniform):
        return [
            "Agreement against chance cannot be told, because the questions offer different numbers of answers."
        ]
    beyond = evidence.p_agreement < BEYOND_CHANCE
    compared = "more than" if beyond else "no more, beyond chance, than"
    found = f"median rwg(j) {evidence.rwg_j_uniform:.2f}; put together at random {evidence.rwg_j_random:.2f}"
    said = "agree" if evidence.rwg_j_uniform >= AGREES else "do not agree enough, though"
    words = [f"Respondents of one organisation {said} {compared} strangers ({found})."]
    if evidence.rwg_j_uniform >= AGREES > evidence.rwg_j_slight:
        words.append(
            f"Part of it may be a common leaning towards one end of the scale ({evidence.rwg_j_slight:.2f} once a "
            "slight leaning is allowed for)."
        )
    return words


def _reliable_words(evidence: Evidence) -> str:
    if np.isnan(evidence.icc2) or evidence.icc2 >= RELIABLE:
        return ""
    return (
        f"The mean of about {evidence.mean_size:.0f} respondents is an uncertain measure of the organisation (ICC(2) "
        f"{max(evidence.icc2, 0):.2f}): a link with it alone is likely to be understated."
    )
