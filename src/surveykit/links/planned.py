"""The links of a study: every one fitted, every test adjusted for those of its family, every row in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from statsmodels.stats.multitest import multipletests

from surveykit.errors import LinkError
from surveykit.links.design import is_binary
from surveykit.links.effects import average_marginal_effect
from surveykit.links.fits import Fit, fit_links, refitted
from surveykit.links.words import Finding, effect_unit, label, predictor_level, sentence

if TYPE_CHECKING:
    from surveykit.estimates.sampling import Sampled
    from surveykit.links.models import FittedLink
    from surveykit.scoring import Aggregated
    from surveykit.study import Study
    from surveykit.study.links import Link

EXPLORED = "explored"  # the one family of whatever was not planned
_CAUTIONS = {
    "aggregate with caution": "the mean of its respondents is an uncertain measure of an organisation",
    "do not aggregate": "respondents of one organisation do not agree enough for their mean to stand for it",
    "nothing to aggregate": "one respondent answers for each organisation",
}
_SHOWN = [
    "outcome_label",
    "predictor_label",
    "effect",
    "effect_ci_lower",
    "effect_ci_upper",
    "effect_unit",
    "p_adjusted",
    "n_obs",
    "n_organisations",
    "caution",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """What goes with what, for every link planned or explored.

    Attributes
    ----------
    data : DataFrame
        One row a predictor of a link, in the study's order:

        - ``link``: number of the link, from 1, those explored after those planned; ``planned``; ``family`` of tests
          that are adjusted together; ``outcome``, ``outcome_label``, ``level`` (of one row),
          ``model`` (see `fit_link`), ``weighted``, ``predictor``, ``predictor_label``;
        - ``estimate``, ``std_error``, ``ci_lower``, ``ci_upper``: the coefficient for one unit of the
          predictor (outcome units; log odds; log odds; log count) with its clustered standard error (CR2); ``df``:
          Satterthwaite's, of t; ``p_value`` from t, and ``p_adjusted`` within the family (Holm where planned,
          the false discovery rate where explored), both from 0 to 1;
        - ``effect``, ``effect_std_error``, ``effect_ci_lower``, ``effect_ci_upper``: the average marginal
          effect, as ``effect_unit`` says (probabilities differ by -1 to 1);
        - ``predictor_sd``: standard deviation of the predictor among the units it is measured on
          (organisations counted once), in its own unit, above 0;
        - ``n_obs``: complete rows; ``n_organisations`` among them, from 10; ``n_lost``: rows left out for
          missing values, from 0;
        - ``adjusted_for``: labels of what is held constant, the link's other predictors included; ``caution``:
          why a mean of executives in it may not stand for the organisation, empty if it may; ``sentence``.
    confidence : float
        Level of every interval, from 0.5 to 1.
    aggregated : Aggregated
        What the links were fitted to.
    fits : tuple of Fit
        Every link and its model, in the order of `data`.
    """

    data: pd.DataFrame
    confidence: float
    aggregated: Aggregated
    fits: tuple[Fit, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `data`."""
        return self.data.copy()

    def __repr__(self) -> str:
        """Show the main columns."""
        return f"{self._caption()}\n{self.data[_SHOWN].to_string(index=False)}"

    def _repr_html_(self) -> str:
        """Show the main columns as a table; labels are escaped."""
        return f"<p>{self._caption()}</p>{self.data[_SHOWN].to_html(index=False, escape=True)}"

    def _caption(self) -> str:
        planned = self.data[self.data["planned"]]
        explored = len(self.data) - len(planned)
        more = f" and {explored} explored" if explored else ""
        tests = f"{len(planned)} tests of {planned['link'].nunique()} planned links{more}"
        return f"Links: {tests}, {100 * self.confidence:g}% intervals"


def link(aggregated: Aggregated, sampled: Sampled | None = None) -> Links:
    """Fit the links the study plans and those it explores, each at the level it names.

    The model follows the outcome: 0/1 a logit, ordered codes an ordered logit, counts a Poisson model, fractions a
    fractional logit, durations a Cox model, anything else numeric OLS; a link may name another that its outcome
    allows. Standard errors are clustered by organisation (CR2), intervals and p-values come from t with
    Satterthwaite's degrees of freedom. Planned links form families: p-values are adjusted (Holm) over all predictors
    of one family, and those of all explored links together by their false discovery rate (Benjamini and Hochberg).
    Where the study weighs its sample, links are weighted too, unless one says ``weighted: false``. Rows with a
    missing value are left out of the link that needs it, and counted. An association is estimated, never a cause.

    Parameters
    ----------
    aggregated : Aggregated
        Scores at every level, with the study that plans the links.
    sampled : Sampled, optional
        The design of every level, where it has been made already.

    Returns
    -------
    Links

    Raises
    ------
    LinkError
        With the line of the first link that cannot be fitted honestly: see `fit_link`; or if there is none.

    See Also
    --------
    fit_link, average_marginal_effect : the same for one's own DataFrame.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics.
    Benjamini and Hochberg (1995), Controlling the false discovery rate, Journal of the Royal Statistical Society B 57.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> study = load_study("data/ai-strategy")
    >>> raw = read_export(study.beside(study.responses.file))
    >>> links = link(aggregate(score(clean(raw, study))))
    >>> links.data.loc[:2, ["predictor", "effect", "n_organisations"]].round(2)
                predictor  effect  n_organisations
    0    strategy_clarity    0.06              180
    1           ownership    0.07              180
    2  execution_capacity    0.06              180
    """
    study = aggregated.study
    if not study.links and not study.explore:
        raise LinkError(
            "the study plans no links", where=str(study.path), fix="Add 'links', or leave this stage out."
        )
    fits = fit_links(aggregated, sampled)
    found = [
        Finding(study, fit.link, fit.fitted, name, _row(study, fit, name))
        for fit in fits
        for name in fit.link.predictors
    ]
    data = pd.DataFrame([finding.row for finding in found])
    data["caution"] = [_caution(finding, aggregated.decisions["decision"]) for finding in found]
    data["p_adjusted"] = adjusted(data)
    tests = data.groupby(["planned", "family"])["p_value"].transform("size")
    data["sentence"] = [
        sentence(finding, p_adjusted, number)
        for finding, p_adjusted, number in zip(found, data["p_adjusted"], tests, strict=True)
    ]
    return Links(data=data, confidence=study.report.confidence, aggregated=aggregated, fits=fits)


def relink(links: Links, aggregated: Aggregated, sampled: Sampled) -> pd.DataFrame:
    """Fit the planned links to other scores of the same study, each with the model it was fitted with before.

    Parameters
    ----------
    links : Links
        As fitted before.
    aggregated : Aggregated
        The same organisations, scored otherwise.
    sampled : Sampled
        The study's own design.

    Returns
    -------
    DataFrame, one row a tested predictor
        ``link, predictor, estimate, std_error, df, effect, effect_std_error, n_obs``.
    """
    rows = []
    for fit in links.fits:
        if fit.planned:
            again = refitted(fit, aggregated, sampled)
            rows += [_numbers(aggregated.study, again, name) for name in fit.link.predictors]
    return pd.DataFrame(rows)


def adjusted(tests: pd.DataFrame) -> pd.Series:
    """Adjust p-values within their family: Holm where planned, the false discovery rate where explored.

    Parameters
    ----------
    tests : DataFrame
        ``p_value, planned, family``.

    Returns
    -------
    Series of float

    Examples
    --------
    >>> adjusted(pd.DataFrame({"p_value": [0.01, 0.04, 0.04], "planned": True, "family": ["a", "a", "b"]})).tolist()
    [0.02, 0.04, 0.04]
    """
    found = tests["p_value"].astype(float)
    for (planned, _), rows in tests.groupby(["planned", "family"]):
        method = "holm" if planned else "fdr_bh"
        found.loc[rows.index] = multipletests(rows["p_value"], method=method)[1]
    return found


def _caution(finding: Finding, decisions: pd.Series) -> str:
    """Why the means of executives in a link may not stand for their organisations."""
    if finding.link.level == "executive":
        return ""
    scales = [name for name in (finding.predictor, finding.link.outcome) if name in finding.study.scales]
    doubts = {label(finding.study, name): _CAUTIONS.get(decisions[name], "") for name in scales}
    return "; ".join(f"{words}: {doubt}" for words, doubt in doubts.items() if doubt)


def _numbers(study: Study, fit: Fit, name: str) -> dict[str, Any]:
    """Coefficient and effect of one tested predictor, and what they rest on."""
    confidence, fitted = study.report.confidence, fit.fitted
    spread = _spread(study, fit.link, fitted, name)
    per = None if is_binary(fitted.rows[name]) else spread
    effect = average_marginal_effect(fitted, name, per=per, confidence=confidence).drop(["df", "p_value"])
    return {
        "link": fit.number,
        "predictor": name,
        **fitted.parameter(_coefficient(fitted, name), confidence=confidence),
        **effect.rename({"estimate": "effect"}).rename(
            lambda key: key if key == "effect" else f"effect_{key}"
        ),
        "predictor_sd": spread,
        "n_obs": fitted.n_obs,
        "n_organisations": fitted.n_organisations,
        "n_lost": fitted.n_lost,
    }


def _coefficient(fitted: FittedLink, name: str) -> str:
    """Name of a predictor's coefficient; of a multinomial model, that of the highest category against the lowest."""
    return f"{fitted.highest:g}: {name}" if fitted.model == "multinomial" else name


def _row(study: Study, fit: Fit, name: str) -> dict[str, Any]:
    link, fitted = fit.link, fit.fitted
    others = [other for other in (*link.predictors, *link.adjust_for) if other != name]
    return {
        "link": fit.number,
        "planned": fit.planned,
        "family": link.family if fit.planned else EXPLORED,
        "outcome": link.outcome,
        "outcome_label": label(study, link.outcome),
        "level": link.level,
        "model": fitted.model,
        "weighted": fitted.weights is not None,
        "predictor_label": label(study, name),
        "effect_unit": effect_unit(study, link, fitted, name),
        **_numbers(study, fit, name),
        "p_adjusted": float("nan"),
        "adjusted_for": ", ".join(label(study, other) for other in others),
    }


def _spread(study: Study, planned: Link, fitted: FittedLink, name: str) -> float:
    """Take the standard deviation over the units measured: an organisation with ten rows is still one."""
    rows = fitted.rows
    if predictor_level(study, name, planned.level) == "organisation":
        rows = rows.drop_duplicates(fitted.organisation)
    return float(rows[name].astype(float).std())
