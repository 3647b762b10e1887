"""How the figures were made and what they cannot say, in plain words."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from surveykit.reporting.fragments import Fragment, bullets, joined, paragraph, tag
from surveykit.reporting.words import count, lowered, plural, raised, series, unweighted

if TYPE_CHECKING:
    from surveykit.reporting.disclosure import Protected

_SOFTWARE = ("surveykit", "pandas", "numpy", "statsmodels", "scipy", "matplotlib", "great-tables")
_MODELS = {
    "ols": "linear",
    "logit": "logistic",
    "ordered logit": "ordered logistic",
    "multinomial": "multinomial logistic",
    "fractional": "fractional logistic",
    "poisson": "Poisson",
    "negative binomial": "negative binomial",
    "cox": "proportional hazards",
}
_INTERVALS = {
    "logit": "computed on the logit scale, so that they stay between 0% and 100%",
    "Korn-Graubard": "exact (Korn-Graubard) where few answers, by their weight, lie on one side",
    "t": "from the t distribution",
    "Woodruff": "Woodruff's",
}


def methods(shown: Protected) -> Fragment:
    """Methods, limits and provenance.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    parts = {
        "Who is counted": _clustering(shown),
        "Weights": _weights(shown),
        "Intervals": _intervals(shown),
        "Missing answers": _missing(shown),
        "Careless answers": _careless(shown),
        "Scales": _scales(shown),
        "Agreement within organisations": _agreement(shown),
        "Published figures": _published(shown),
        "Planned links": _links(shown),
        "Change between waves": _waves(shown),
        "Cross-tables": _tables(shown),
        "What is not shown": _disclosure(shown),
        "What this cannot say": _limits(shown),
    }
    told = [tag("h3", heading) + paragraph(text) for heading, text in parts.items() if text]
    return joined([*told, tag("h3", "Provenance"), bullets(_provenance(shown), "provenance")])


def _clustering(shown: Protected) -> str:
    if not shown.clustered:
        return (
            "Nothing in the file says which answers come from the same organisation, so each answer counts as one "
            "organisation of its own. If several came from one, the intervals are too narrow."
        )
    return (
        "Respondents of one organisation resemble each other, and so do its initiatives. Every interval and test "
        "therefore treats organisations, not single answers, as what was sampled (only the intervals of reliability "
        "do not): the uncertainty is larger than the number of answers alone suggests."
    )


def _weights(shown: Protected) -> str:
    if not shown.weights:
        return "Each respondent, and each initiative, counts once: figures are not weighted."
    units = "organisations" if shown.weights["of"] == "organisation" else "respondents"
    told = f"Figures are weighted by weights of {units}; numbers of answers are not weighted."
    if len(shown.weighting):
        margins = series(dict.fromkeys(map(lowered, shown.weighting["label"])))
        told += f" The weights bring the shares of {margins} to those of the population."
    if shown.weights["replicates"]:
        told += (
            f" Intervals come from a {shown.weights['replicates']} over organisations, in which the weighting is done "
            "anew each time, so that they know it was done."
        )
    return f"{told} {raised(series(unweighted(shown.links)))} are not weighted."


def _intervals(shown: Protected) -> str:
    methods_used = dict.fromkeys(zip(shown.estimates["statistic"], shown.estimates["method"], strict=True))
    by_ways: dict[str, list[str]] = {}
    for statistic in dict.fromkeys(shown.estimates["statistic"]):
        ways = [_INTERVALS.get(way, str(way)) for kind, way in methods_used if kind == statistic]
        by_ways.setdefault(", or ".join(ways), []).append(f"{statistic}s")
    told = [f"Intervals of {series(kinds)} are {ways}." for ways, kinds in by_ways.items() if ways]
    level = f"{100 * shown.settings.confidence:g}%"
    return (
        f"An interval at {level} is made so that, were the survey repeated many times, {level} of such intervals "
        f"would hold the true figure. {' '.join(told)} They cover chance, not who chose to answer."
    )


def _missing(shown: Protected) -> str:
    told = ["A figure rests on those who answered its question; how many is shown beside it."]
    if len(shown.reliability):
        told.append(
            "A scale score is the mean of the questions answered, given to those who answered as many of them as the "
            "study file asks for; reliability uses only those who answered all."
        )
    if len(shown.links):
        lost = shown.links["n_lost"].dropna()
        span = " to ".join(dict.fromkeys(count(rows) for rows in (lost.min(), lost.max())))
        told.append(f"Links use complete rows only; rows left out for missing values, by link: {span}.")
    filled = (
        "Beside the figures from the answers given stand those with missing answers of questions on a scale filled in "
        "(chained equations, predictive mean matching with the organisation's other answers; pooled by Rubin's rules "
        "with Barnard and Rubin's degrees of freedom)."
        if len(shown.imputed_estimates)
        else "Nothing was filled in."
    )
    return " ".join([*told, filled])


def _careless(shown: Protected) -> str:
    if shown.flagged.empty:
        return ""
    return (
        "Signs of careless answers are the longest run of one answer, the spread of a person's answers, the squared "
        "Mahalanobis distance of a person's answers from the mean (on the questions answered, with its chi-square "
        "probability), the correlation of odd and even halves of the scales within a person, the correlation within "
        "a person over pairs of questions that correlate above 0.6 (or below -0.6) in the sample, and the seconds a "
        "question on the fastest page; those that can be told here are shown. Where a sign cannot be told for a "
        "person, that person counts neither as careless nor as careful."
    )


def _scales(shown: Protected) -> str:
    if shown.measurement.empty:
        return ""
    return (
        "Reliability is Cronbach's alpha with Feldt's interval, and McDonald's omega (one factor, least squares) "
        "with an interval by the delta method. Ordinal alpha rests on polychoric correlations (two-step maximum "
        "likelihood). The number of factors is Horn's parallel analysis against permuted answers; fit is that of one "
        "factor by normal maximum likelihood, which treats ordered answers as continuous. These figures take "
        "respondents as independent, so that their intervals are somewhat too narrow."
    )


def _agreement(shown: Protected) -> str:
    if not shown.clustered or shown.decisions.empty:
        return ""
    return (
        "rwg(j) compares the variance of answers within an organisation with that of answers without agreement: "
        "spread evenly over the scale, or leaning to one end (LeBreton and Senter 2008). ICC(1) and ICC(2) come from "
        "an analysis of variance, with exact limits for unequal group sizes. Respondents may speak for their "
        "organisation if ICC(1) is above 0 beyond chance, the median rwg(j) is 0.70 or more, and they agree more than "
        "in organisations put together at random (permutation test); with caution, unless rwg(j) is 0.70 also "
        "against a slight leaning and ICC(2) is 0.70 or more. Agreement on options picked is "
        "corrected for the agreement of respondents of different organisations, with a jackknife interval over "
        "organisations and a permutation test."
    )


def _links(shown: Protected) -> str:
    if shown.links.empty:
        return ""
    models = series(dict.fromkeys(_MODELS.get(str(model), str(model)) for model in shown.links["model"]))
    together = "together" if len(shown.links["family"].unique()) == 1 else "of one family"
    errors = "clustered by organisation (CR2)" if shown.clustered else "robust to unequal variance (HC2)"
    return (
        f"The study file plans {plural(len(shown.links), 'test')} of "
        f"{plural(shown.links['link'].nunique(), 'link')}. Differences are average marginal effects of regressions "
        f"({models}), with standard errors {errors} and Satterthwaite's degrees of freedom. The more is tested, the "
        f"more stands out by chance: p-values are adjusted for all tests {together} by Holm's method. Comparisons "
        "between segments are not planned tests, and their intervals are not adjusted."
    )


def _published(shown: Protected) -> str:
    if shown.comparisons.empty:
        return ""
    return (
        "The difference from a published figure joins the uncertainty of both sides: this survey's interval; the "
        "published figure's own error, as of a simple random sample, where its base is known; and what it may have "
        "been before it was rounded. Differences count as alike where they lie within a declared margin on either side "
        "(two one-sided tests). These tests are not adjusted for each other."
    )


def _waves(shown: Protected) -> str:
    if shown.levels.empty:
        return ""
    return (
        "A change is the difference of the same figure in two waves, over the questions both asked. Organisations that "
        "took part in both are one and the same in its error; all others are independent. Intervals are t for means, "
        "and combined from both waves' intervals for shares (Zou and Donner 2008). Changes between the same two waves "
        "are adjusted for each other by Holm's method."
    )


def _tables(shown: Protected) -> str:
    if not shown.tables:
        return ""
    return (
        "Columns of cross-tables are compared by two-sided t tests on the design, each pair of columns under one "
        "heading, adjusted within the row as said below each table; nobody planned these comparisons, and of many rows "
        "without any difference some will show a letter. Rao-Scott tests ask whether the answers differ by column at "
        "all."
    )


def _disclosure(shown: Protected) -> str:
    few = f"fewer than {shown.settings.min_cell}"
    organisations = " or organisations" if shown.clustered else ""
    return (
        f"Figures that rest on {few} answers{organisations}, and shares where {few} said yes, or no, are not shown; "
        "nor is the next smallest figure where the hidden one could be found by subtraction. How many responses each "
        "rule left out is shown in full: that describes the processing, not anyone's answers."
    )


def _limits(shown: Protected) -> str:
    synthetic = f"{shown.notice} " if shown.notice else ""
    return (
        f"{synthetic}Those who answered may differ from those who did not, and answers are what people say of "
        "themselves and their organisations. What goes together in a survey need not cause each other."
    )


def _provenance(shown: Protected) -> list[str]:
    source = shown.source
    packages = series(f"{name} {_version(name)}" for name in _SOFTWARE)
    return [
        f"Responses: {source['file']}, {source['platform']}, SHA-256 {source['sha256']}.",
        f"Software: Python {platform.python_version()}, {packages}.",
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed as a package)"
