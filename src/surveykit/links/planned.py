"""The planned links of a study: every one fitted, every test adjusted for the others, every row in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from statsmodels.stats.multitest import multipletests

from surveykit.errors import LinkError
from surveykit.links.design import is_binary
from surveykit.links.effects import average_marginal_effect
from surveykit.links.models import fit_link
from surveykit.links.words import Finding, effect_unit, label, predictor_level, sentence

if TYPE_CHECKING:
    from surveykit.links.curves import Model
    from surveykit.links.models import FittedLink
    from surveykit.scoring import Aggregated
    from surveykit.study import Study
    from surveykit.study.links import Link

_MODELS: dict[str, Model] = {
    "binary": "logit",
    "picked": "logit",
    "ordered": "ordered logit",
    "number": "ols",
    "count": "poisson",
    "picks": "poisson",
}
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
    """What goes with what, for every planned link.

    Attributes
    ----------
    data : DataFrame
        One row a predictor of a link, in the study's order:

        - ``link``: number of the link, from 1; ``outcome``, ``outcome_label``, ``level`` (of one row),
          ``model`` (``ols``, ``logit``, ``ordered logit`` or ``poisson``), ``predictor``,
          ``predictor_label``;
        - ``estimate``, ``std_error``, ``ci_lower``, ``ci_upper``: the coefficient for one unit of the
          predictor (outcome units; log odds; log odds; log count) with its clustered standard error (CR2); ``df``:
          Satterthwaite's, of t; ``p_value`` from t, and ``p_adjusted`` by Holm over all rows, both from 0 to
          1;
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
    """

    data: pd.DataFrame
    confidence: float

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
        tests, links = len(self.data), self.data["link"].nunique()
        return f"Links: {tests} tests of {links} planned links, {100 * self.confidence:g}% intervals"


def link(aggregated: Aggregated) -> Links:
    """Fit the links the study planned, each at the level it names.

    The model follows the outcome: 0/1 a logit, ordered codes an ordered logit, counts a Poisson model,
    anything else numeric OLS. Standard errors are clustered by organisation (CR2), intervals and p-values come
    from t with Satterthwaite's degrees of freedom, and p-values are adjusted (Holm) over all predictors of all
    links. Rows with a missing value are left out of the link that needs it, and counted. An association is
    estimated, never a cause.

    Parameters
    ----------
    aggregated : Aggregated
        Scores at every level, with the study that plans the links.

    Returns
    -------
    Links

    Raises
    ------
    LinkError
        With the line of the first link that cannot be fitted honestly: see `fit_link`; or if none is planned.

    See Also
    --------
    fit_link, average_marginal_effect : the same for one's own DataFrame.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics.

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
    if not study.links:
        raise LinkError(
            "the study plans no links", where=str(study.path), fix="Add 'links', or leave this stage out."
        )
    found = [
        finding
        for number, planned in enumerate(study.links)
        for finding in _findings(study, planned, number, aggregated.rows(planned.level))
    ]
    data = pd.DataFrame([finding.row for finding in found])
    data["caution"] = [_caution(finding, aggregated.decisions["decision"]) for finding in found]
    data["p_adjusted"] = multipletests(data["p_value"], method="holm")[1]
    data["sentence"] = [
        sentence(finding, p_adjusted, len(found))
        for finding, p_adjusted in zip(found, data["p_adjusted"], strict=True)
    ]
    return Links(data=data, confidence=study.report.confidence)


def _findings(study: Study, planned: Link, number: int, rows: pd.DataFrame) -> list[Finding]:
    where = study.where("links", number)
    fitted = fit_link(
        _categories_marked(study, planned, rows),
        _model(study, planned, where),
        outcome=planned.outcome,
        predictors=planned.predictors,
        adjust_for=planned.adjust_for,
        where=where,
    )
    return [
        Finding(study, planned, fitted, name, {"link": number + 1, **_row(study, planned, fitted, name)})
        for name in planned.predictors
    ]


def _caution(finding: Finding, decisions: pd.Series) -> str:
    """Why the means of executives in a link may not stand for their organisations."""
    if finding.link.level == "executive":
        return ""
    scales = [name for name in (finding.predictor, finding.link.outcome) if name in finding.study.scales]
    doubts = {label(finding.study, name): _CAUTIONS.get(decisions[name], "") for name in scales}
    return "; ".join(f"{words}: {doubt}" for words, doubt in doubts.items() if doubt)


def _model(study: Study, planned: Link, where: str) -> Model:
    variable = study.variable(planned.outcome)
    kind = "picked options" if planned.outcome in study.choices else variable.type if variable else "number"
    if kind not in _MODELS:
        raise LinkError(
            f"outcome '{planned.outcome}' has no numeric value to explain",
            where=where,
            given=kind,
            allowed=["items", "scales", *_MODELS],
            fix="Declare a 0/1 variable for the category that matters.",
        )
    return _MODELS[kind]


def _categories_marked(study: Study, planned: Link, rows: pd.DataFrame) -> pd.DataFrame:
    """Categories may be coded by numbers; marked as categories they can never be read as amounts."""
    names = [planned.outcome, *planned.predictors, *planned.adjust_for]
    variables = {name: study.variable(name) for name in names if name in rows.columns}
    marked = [name for name, variable in variables.items() if variable and variable.type == "category"]
    return rows.astype(dict.fromkeys(marked, "category"))


def _row(study: Study, planned: Link, fitted: FittedLink, name: str) -> dict[str, Any]:
    confidence = study.report.confidence
    spread = _spread(study, planned, fitted, name)
    per = None if is_binary(fitted.rows[name]) else spread
    effect = average_marginal_effect(fitted, name, per=per, confidence=confidence).drop(["df", "p_value"])
    others = [other for other in (*planned.predictors, *planned.adjust_for) if other != name]
    return {
        "outcome": planned.outcome,
        "outcome_label": label(study, planned.outcome),
        "level": planned.level,
        "model": fitted.model,
        "predictor": name,
        "predictor_label": label(study, name),
        **fitted.parameter(name, confidence=confidence),
        "p_adjusted": float("nan"),
        **effect.rename({"estimate": "effect"}).rename(
            lambda key: key if key == "effect" else f"effect_{key}"
        ),
        "effect_unit": effect_unit(study, planned, fitted, name),
        "predictor_sd": spread,
        "n_obs": fitted.n_obs,
        "n_organisations": fitted.n_organisations,
        "n_lost": fitted.n_lost,
        "adjusted_for": ", ".join(label(study, other) for other in others),
    }


def _spread(study: Study, planned: Link, fitted: FittedLink, name: str) -> float:
    """Take the standard deviation over the units measured: an organisation with ten rows is still one."""
    rows = fitted.rows
    if predictor_level(study, name, planned.level) == "organisation":
        rows = rows.drop_duplicates(fitted.organisation)
    return float(rows[name].astype(float).std())
