"""How far executives of one organisation agree: on scales, on single questions, on which options matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.measures.agreement import average_deviation, selection_agreement
from surveykit.scoring.decision import agreement_of

if TYPE_CHECKING:
    from surveykit.scoring.aggregate import Aggregated
    from surveykit.scoring.score import Scored

# LeBreton and Senter (2008): upper ends of what agreement of an organisation is called.
BANDS = {"Lacking": 0.30, "Weak": 0.50, "Moderate": 0.70, "Strong": 0.90, "Very strong": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agreement:
    """Agreement within organisations.

    Attributes
    ----------
    bands : DataFrame, one row a scale and band
        ``scale, label, code`` (1 to 5), ``answer`` (its name), ``n`` organisations whose rwg(j) against the uniform
        null lies in it, ``share`` of the ``n_obs`` organisations that have one, 0 to 1.
    items : DataFrame, one row an item
        ``item, label, scale, estimate`` (mean average deviation within organisations, in answer units, 0 or more),
        ``relative`` (the same as a share of the item's range), ``n_obs`` executives in the ``n_organisations`` of two
        or more; most disagreement first.
    choices : DataFrame, one row a choice
        ``choice, label``, chance-corrected agreement as ``estimate, std_error, ci_lower, ci_upper, p_value`` (by
        permutation), ``observed, expected`` (0 to 1), ``n_obs`` executives, ``n_organisations, n_options, reason``;
        see `surveykit.measures.agreement.selection_agreement`.
    """

    bands: pd.DataFrame
    items: pd.DataFrame
    choices: pd.DataFrame

    def __repr__(self) -> str:
        return f"Agreement({len(self.items)} items, {len(self.choices)} choices)"


def agree(aggregated: Aggregated) -> Agreement:
    """Tell how far executives of one organisation agree.

    Parameters
    ----------
    aggregated : Aggregated

    Returns
    -------
    Agreement
        Empty frames where the study names no organisations: then nobody shares one.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> study = load_study("data/ai-strategy")
    >>> found = agree(aggregate(score(clean(read_export(study.beside(study.responses.file)), study))))
    >>> found.choices[["estimate", "ci_lower", "ci_upper"]].round(2).values.tolist()
    [[0.13, 0.11, 0.16]]
    """
    scored, study = aggregated.scored, aggregated.study
    shared = study.columns.organisation is not None
    bands = [_bands(scored, name) for name in study.scales if shared]
    items = [_item(scored, name) for name in study.items if shared]
    choices = [_choice(scored, name) for name in study.choices if shared]
    return Agreement(
        bands=pd.concat(bands, ignore_index=True) if bands else pd.DataFrame(columns=["scale", "n_obs"]),
        items=pd.DataFrame(items, columns=_ITEM).sort_values(
            "relative", ascending=False, ignore_index=True, kind="stable"
        ),
        choices=pd.concat([*choices, pd.DataFrame(columns=_CHOICE)][: max(len(choices), 1)])[_CHOICE],
    )


_ITEM = ["item", "label", "scale", "estimate", "relative", "n_obs", "n_organisations"]
_CHOICE = [
    *("choice", "label", "estimate", "std_error", "ci_lower", "ci_upper", "p_value", "observed", "expected"),
    *("n_obs", "n_organisations", "n_options", "reason"),
]


def _bands(scored: Scored, name: str) -> pd.DataFrame:
    found = agreement_of(scored, name).dropna()
    edges = [-np.inf, *list(BANDS.values())[:-1], np.inf]
    # Bands are published in steps of .01; an end belongs to the band above, as .70 is agreement everywhere here.
    counts = pd.cut(found, edges, labels=list(BANDS), right=False).value_counts().reindex(list(BANDS))
    return pd.DataFrame(
        {
            "scale": name,
            "label": scored.cleaned.study.label(name),
            "code": range(1, len(BANDS) + 1),
            "answer": list(BANDS),
            "n": counts.to_numpy(),
            "share": counts.to_numpy() / max(len(found), 1),
            "n_obs": len(found),
        }
    )


def _item(scored: Scored, name: str) -> dict[str, object]:
    cleaned = scored.cleaned
    deviation = average_deviation(cleaned.data[name], cleaned.data["organisation"])
    many = deviation["n_raters"] > 1
    low, high = cleaned.study.item_range(name) or (np.nan, np.nan)
    mean = float(deviation["estimate"].mean())
    return {
        "item": name,
        "label": cleaned.questions[name],
        "scale": next((scale for scale, spec in cleaned.study.scales.items() if name in spec.items), ""),
        "estimate": mean,
        "relative": mean / (high - low),
        "n_obs": int(deviation.loc[many, "n_raters"].sum()),
        "n_organisations": int(many.sum()),
    }


def _choice(scored: Scored, name: str) -> pd.DataFrame:
    cleaned = scored.cleaned
    picked = cleaned.choices[name]
    found = selection_agreement(
        picked,
        cleaned.data.loc[picked.index, "organisation"],
        confidence=cleaned.study.report.confidence,
    )
    own = found.to_frame().rename(columns={"n_groups": "n_organisations"})
    return own.assign(choice=name, label=cleaned.study.label(name))
