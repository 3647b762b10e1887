"""Estimates and links of a study with the missing answers imputed, beside those of the answers given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.engine import Found
from surveykit.estimates.intervals import share_limits
from surveykit.estimates.values import figure_values, shown_values
from surveykit.imputation.chained import impute
from surveykit.links.planned import adjusted, relink
from surveykit.measures.pooling import pool
from surveykit.scoring import score
from surveykit.scoring.aggregate import organisation_scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveykit.cleaning import Cleaned
    from surveykit.estimates import Estimates
    from surveykit.estimates.design import Design
    from surveykit.estimates.sampling import Sampled
    from surveykit.links import Links
    from surveykit.scoring import Aggregated

_KEY = ["name", "segment", "value"]
_GIVEN = [
    *(
        "name",
        "label",
        "statistic",
        "kind",
        "segment",
        "value",
        "estimate",
        "std_error",
        "ci_lower",
        "ci_upper",
    ),
    *("df", "n_obs", "n_organisations", "method"),
]
_LINK_KEY = ["link", "predictor"]
_LINKED = [
    *(
        "link",
        "outcome",
        "outcome_label",
        "level",
        "model",
        "predictor",
        "predictor_label",
        "estimate",
        "std_error",
    ),
    *("ci_lower", "ci_upper", "df", "p_value", "p_adjusted", "effect", "effect_std_error", "effect_ci_lower"),
    *("effect_ci_upper", "effect_unit", "n_obs", "n_organisations", "n_lost"),
]
_POOLED = ["estimate", "std_error", "ci_lower", "ci_upper", "df"]
_TOLD = ["fraction_missing", "lambda", "reason"]
_BESIDE = [f"pooled_{name}" for name in (*_POOLED, "n_obs", "method")]
_LINKED_BESIDE = [
    *(
        f"pooled_{name}"
        for name in (*_POOLED, "p_value", "p_adjusted", "n_obs", "effect", "effect_std_error")
    ),
    *("pooled_effect_ci_lower", "pooled_effect_ci_upper"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imputed:
    """Figures from the answers given, and pooled over completed data sets.

    Attributes
    ----------
    estimates : DataFrame
        One row a share or mean of executives and segment value, as in `Estimates.data`: ``name, label, statistic, kind,
        segment, value``; from the answers given ``estimate, std_error, ci_lower, ci_upper, df, n_obs,
        n_organisations, method``; over the imputations ``pooled_estimate, pooled_std_error, pooled_ci_lower,
        pooled_ci_upper, pooled_df, pooled_n_obs, pooled_method``; ``fraction_missing`` and ``lambda`` (0 to 1, see
        `surveykit.measures.pooling.pool`), and a ``reason`` where nothing could be pooled.
    links : DataFrame
        One row a predictor of a planned link, as in `Links.data`: what it is of; coefficient (``estimate, std_error,
        ci_lower, ci_upper, df, p_value, p_adjusted``) and average marginal effect (``effect, effect_std_error,
        effect_ci_lower, effect_ci_upper, effect_unit``) of complete rows, with ``n_obs, n_organisations, n_lost``;
        each of them again over the imputations, ``pooled_`` before its name; ``fraction_missing`` and ``lambda`` of
        the coefficient, and a ``reason``. No rows where the study plans no links.
    n_imputations, seed : int
    n_cells : int
        Answers imputed in each completed data set, from 0.
    n_incomplete, n_executives : int
        Executives with an answer imputed, and all of them.
    """

    estimates: pd.DataFrame
    links: pd.DataFrame
    n_imputations: int
    seed: int
    n_cells: int
    n_incomplete: int
    n_executives: int

    def to_frame(self) -> pd.DataFrame:
        """The estimates, one row each."""
        return self.estimates.copy()

    def __repr__(self) -> str:
        who = f"{self.n_cells} answers of {self.n_incomplete} of {self.n_executives} executives"
        return f"Imputed({who}, {self.n_imputations} times)"


def pooled_beside(  # noqa: PLR0913  # what stands beside, and how it is imputed, by keyword
    aggregated: Aggregated,
    estimates: Estimates,
    links: Links | None = None,
    *,
    design: Design,
    seed: int,
    n_imputations: int = 20,
) -> Imputed:
    r"""Impute the items of a study, estimate and link in every completed data set, and pool.

    Parameters
    ----------
    aggregated : Aggregated
        The study as scored.
    estimates : Estimates
        From it, of the answers given.
    links : Links, optional
        Likewise; without them only estimates are pooled.
    design : Design
        Of the executives.
    seed : int
        Of the imputations, 0 or more.
    n_imputations : int, default 20
        2 or more.

    Returns
    -------
    Imputed

    Raises
    ------
    EstimateError
        If nobody answered an item, or fewer than two imputations are asked for.

    Notes
    -----
    Rubin's rules with the degrees of freedom of Barnard and Rubin (`surveykit.measures.pooling.pool`); those of
    complete data are the design's, and Satterthwaite's of a link. A share is pooled as it is, since it is the share
    and its variance that average over imputations, and its limits are those of its logit, or Korn and Graubard's, made
    from the pooled variance and degrees of freedom: near 0 and 1 limits of t would leave the scale (Lott and Reiter
    2020, American Statistician 74, 109-115, do the same for Wilson's). Figures of organisations and initiatives are
    not here: nothing of theirs is imputed, but the scores of the executives in their links are.

    Examples
    --------
    >>> from surveykit import aggregate, clean, estimate, load_study, read_export, score
    >>> from surveykit.estimates.design import Design
    >>> study = load_study("data/ospo-2018")
    >>> scored = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> design = Design(cluster=scored.rows("executive")["organisation"])
    >>> found = pooled_beside(scored, estimate(scored), design=design, seed=1, n_imputations=5)
    >>> found
    Imputed(906 answers of 287 of 748 executives, 5 times)
    >>> policy = found.estimates.query("name == 'formal_policy' and segment == ''").iloc[0]
    >>> policy[["estimate", "n_obs", "pooled_estimate", "pooled_n_obs"]].astype(float).round(2).tolist()
    [0.47, 589.0, 0.48, 748.0]
    """
    cleaned = aggregated.scored.cleaned
    completed = impute(cleaned, seed=seed, n_imputations=n_imputations, design=design)
    again = [_scored_again(aggregated, each) for each in completed]
    asked = _asked(estimates)
    figures = [_figures(each, asked, design) for each in again if len(asked)]
    missing = cleaned.data[list(cleaned.study.items)].isna()
    return Imputed(
        estimates=_estimates(asked, figures, cleaned.study.report.confidence)
        if figures
        else asked.reindex(columns=[*asked.columns, *_BESIDE, *_TOLD]),
        links=_links(links, again, estimates.sampled),
        n_imputations=n_imputations,
        seed=seed,
        n_cells=int(missing.to_numpy().sum()),
        n_incomplete=int(missing.any(axis=1).sum()),
        n_executives=len(missing),
    )


def _scored_again(aggregated: Aggregated, completed: Cleaned) -> Aggregated:
    """Score a completed data set; the decisions to aggregate stay those of the answers given."""
    scored = score(completed)
    return replace(aggregated, scored=scored, scores=organisation_scores(scored))


def _asked(estimates: Estimates) -> pd.DataFrame:
    """Shares and means of executives' items and scales: what imputed items can change."""
    study, data = estimates.study, estimates.data
    of = {name: quantity.of for name, quantity in study.estimates.items()} | {
        name: name for name in study.scales
    }
    changed = data["name"].map(of).isin([*study.items, *study.scales])
    return data.loc[changed & data["statistic"].isin(["share", "mean"]), _GIVEN].reset_index(drop=True)


def _figures(aggregated: Aggregated, asked: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Every figure asked for in one completed data set."""
    study, rows = aggregated.study, aggregated.rows("executive")
    kinds = asked.drop_duplicates("name").set_index("name")["statistic"]
    values = {name: figure_values(aggregated, str(name)).rename(str(name)) for name in kinds.index}
    parts = []
    for segment in asked["segment"].unique():
        domain = shown_values(study, segment, rows[segment]) if segment else None
        for statistic in kinds.unique():
            table = pd.DataFrame({name: values[name] for name in kinds.index[kinds == statistic]})
            found = estimate_by(table, design, domain, statistic=statistic)
            parts.append(found.rename(columns={"variable": "name"}).assign(segment=segment))
    return pd.concat(parts).set_index(_KEY).reindex(pd.MultiIndex.from_frame(asked[_KEY]))


def _estimates(asked: pd.DataFrame, figures: Sequence[pd.DataFrame], confidence: float) -> pd.DataFrame:
    pooled = _pooled(figures, "estimate", "std_error", confidence)
    n_obs = np.min([each["n_obs"] for each in figures], axis=0)
    pooled = pooled.assign(n_obs=n_obs, method="t")
    shares = (asked["statistic"] == "share").to_numpy()
    lower, upper, method = share_limits(_found(pooled, figures), confidence)
    for name, limits in (("ci_lower", lower), ("ci_upper", upper), ("method", method)):
        pooled[name] = pooled[name].where(~shares, pd.Series(limits, index=pooled.index))
    told = pooled.rename(columns=lambda name: name if name in _TOLD else f"pooled_{name}")
    return asked.join(told[[*_BESIDE, *_TOLD]].reset_index(drop=True))


def _pooled(frames: Sequence[pd.DataFrame], estimate: str, error: str, confidence: float) -> pd.DataFrame:
    told = np.array([frame[estimate] for frame in frames], dtype=float)
    squared = np.array([frame[error] for frame in frames], dtype=float) ** 2
    df = np.mean([frame["df"] for frame in frames], axis=0)
    found = pool(told, squared, df_complete=np.where(df > 0, df, np.nan), confidence=confidence)
    return found.set_axis(frames[0].index)


def _found(pooled: pd.DataFrame, figures: Sequence[pd.DataFrame]) -> Found:
    """Pooled figures in the shape limits are made of."""
    first = figures[0]
    return Found(
        estimate=pooled["estimate"].to_numpy(),
        variance=pooled["std_error"].to_numpy() ** 2,
        deff=first["deff"].to_numpy(dtype=float),
        n_obs=pooled["n_obs"].to_numpy(),
        n_organisations=first["n_organisations"].to_numpy(),
        df=pooled["df"].to_numpy(),
        # Asked for at a share of 0 or 1 only, where this is Kish's number in every imputation.
        kish=first["n_effective"].to_numpy(dtype=float),
    )


def _links(links: Links | None, again: Sequence[Aggregated], sampled: Sampled) -> pd.DataFrame:
    """The planned links in every completed data set, each with the model that the answers given were fitted with."""
    columns = [*_LINKED, *_LINKED_BESIDE, *_TOLD]
    if links is None or not links.data["planned"].any():
        return pd.DataFrame(columns=columns)
    given = links.data.loc[links.data["planned"], [*_LINKED, "planned", "family"]].reset_index(drop=True)
    try:
        frames = [relink(links, each, sampled).set_index(_LINK_KEY) for each in again]
    except LinkError as error:
        # The links of the answers given stand; what cannot be fitted to an imputation is not pooled.
        return given.reindex(columns=columns).assign(reason=str(error))
    pooled = _pooled(frames, "estimate", "std_error", links.confidence)
    effects = _pooled(frames, "effect", "effect_std_error", links.confidence).add_prefix("effect_")
    tests = given.set_index(_LINK_KEY)[["planned", "family"]].assign(p_value=pooled["p_value"])
    told = pooled.join(effects.rename(columns={"effect_estimate": "effect"})).assign(
        p_adjusted=adjusted(tests),
        n_obs=np.min([each["n_obs"] for each in frames], axis=0),
    )
    told = told.rename(columns=lambda name: name if name in _TOLD else f"pooled_{name}")
    return given.join(told, on=_LINK_KEY)[columns]
