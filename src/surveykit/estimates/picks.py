"""Which options of a multi-select question were picked, as shares of those who answered it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from surveykit.estimates.domains import estimate_by

if TYPE_CHECKING:
    from surveykit.estimates.design import Design
    from surveykit.scoring import Aggregated

_COLUMNS = [
    *("choice", "label", "option", "estimate", "std_error", "ci_lower", "ci_upper", "df"),
    *("n_obs", "n_counted", "n_organisations", "method"),
]


def pick_shares(aggregated: Aggregated, design: Design) -> pd.DataFrame:
    """Share of executives who picked each option, with organisations as clusters.

    Parameters
    ----------
    aggregated : Aggregated
    design : Design
        Of the executives.

    Returns
    -------
    DataFrame, one row an option of a choice
        ``choice, label, option, estimate`` (0 to 1) ``, std_error, ci_lower, ci_upper, df, n_obs, n_counted``
        (executives who picked it) ``, n_organisations, method``, most picked first. Shares of one choice sum to the
        mean number of picks, not to 1.
    """
    study, cleaned = aggregated.study, aggregated.scored.cleaned
    parts = [pd.DataFrame(columns=_COLUMNS)]
    for name, picked in cleaned.choices.items():
        organisation = cleaned.data.loc[picked.index, "organisation"]
        if organisation.nunique() < 2:  # nobody answered, or one organisation alone: no interval
            continue
        shares = estimate_by(
            picked.astype(float).reindex(design.cluster.index),
            design,
            statistic="share",
            confidence=study.report.confidence,
        )
        found = shares.rename(columns={"variable": "option"})
        found = found.assign(
            n_counted=found["option"].map(picked[design.weight[picked.index] > 0].sum().rename(str))
        )
        found = found.sort_values("estimate", ascending=False, kind="stable")
        parts.append(found.assign(choice=name, label=study.label(name))[_COLUMNS])
    return pd.concat(parts[1:] or parts, ignore_index=True)
