"""How every item was answered, in the wording that was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.estimates.values import as_answered
from surveykit.study import fold

if TYPE_CHECKING:
    from surveykit.estimates.design import Design
    from surveykit.scoring import Aggregated

_COLUMNS = ["item", "label", "scale", "code", "answer", "n", "share", "n_obs", "apart"]


def answers_given(aggregated: Aggregated, design: Design) -> pd.DataFrame:
    """Count the answers to every item, and those who said that they have none.

    Parameters
    ----------
    aggregated : Aggregated
    design : Design
        Of the executives.

    Returns
    -------
    DataFrame, one row an item and answer
        ``item, label, scale, code, answer, n`` (executives) ``, share`` (0 to 1, weighted, of those who gave an
        answer on the scale) ``, n_obs`` (those), ``apart``. Codes as given: a reversed item stands in the wording
        that was shown. Labels that mean no answer ("Don't know") stand ``apart``, one row for all of them, without a
        code; their share is of all who said either. An item left empty is in no row.
    """
    study, cleaned = aggregated.study, aggregated.scored.cleaned
    scale_of = {item: name for name, scale in study.scales.items() for item in scale.items}
    parts = [pd.DataFrame(columns=_COLUMNS)]
    for name in study.items:
        given = as_answered(study, name, cleaned.data[name])
        names = study.answer_names(name) or {code: f"{code:.15g}" for code in sorted(given.dropna().unique())}
        words = cleaned.questions[name] + (" (reversed)" if study.items[name].reversed else "")
        counted = pd.concat([_counted(given, design, names), _apart(aggregated, name, design)])
        parts.append(counted.assign(item=name, label=words, scale=scale_of.get(name, ""))[_COLUMNS])
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _counted(given: pd.Series, design: Design, names: dict[float | int | str, str]) -> pd.DataFrame:
    given = given.where(design.weight > 0)
    weight = design.weight.groupby(given).sum().reindex(list(names), fill_value=0.0)
    n = given.value_counts().reindex(list(names), fill_value=0)
    counted = pd.DataFrame(
        {"code": list(names), "answer": list(names.values()), "n": n.to_numpy(), "n_obs": int(n.sum())}
    )
    total = weight.sum()
    share = weight.to_numpy(dtype=float) / (total if total > 0 else np.nan)
    return counted.assign(share=np.nan_to_num(share), apart=False).sort_values("code")


def _apart(aggregated: Aggregated, item: str, design: Design) -> pd.DataFrame:
    """Those who gave a label that means no answer, as one row; no row where nobody did."""
    cleaned = aggregated.scored.cleaned
    ledger = cleaned.ledger
    said = ledger[(ledger["variable"] == item) & (ledger["rule"] == "missing_code")]
    rows = cleaned.data.index[cleaned.data.index.isin(said["row"].astype(int))]
    if rows.empty:
        return pd.DataFrame(columns=["code", "answer", "n", "n_obs", "share", "apart"])
    heard = {fold(label) for label in said["before"]}
    labels = [label for label in aggregated.study.missing if fold(label) in heard and not _is_code(label)]
    answered = cleaned.data[item].notna()
    no, yes = design.weight[rows].sum(), design.weight[answered].sum()
    row = {
        "code": np.nan,
        "answer": " / ".join(labels) or "No answer",
        "n": len(rows),
        "n_obs": int(answered.sum()),
        "share": float(no / (no + yes)) if no + yes > 0 else 0.0,
        "apart": True,
    }
    return pd.DataFrame([row])


def _is_code(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
