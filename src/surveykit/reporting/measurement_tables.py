"""How well the scales measure, as tables."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from surveykit.reporting.grid import hidden_note, interval_head, laid_out_table, unweighted_note
from surveykit.reporting.words import NOT_SHOWN, count, number, p_value, raised

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from great_tables import GT

    from surveykit.reporting.disclosure import Protected


def reliability(shown: Protected) -> GT:
    """Coefficients of reliability of every scale.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.measurement
    columns: dict[str, Iterable[str]] = {
        "Scale": frame["label"].map(raised),
        "Alpha": _with_limits(frame, "alpha"),
        "Standardised alpha": frame["standardised_alpha"].map(number),
        "Ordinal alpha": frame["ordinal_alpha"].map(number),
        "Omega": _with_limits(frame, "omega"),
        "Mean r": frame["mean_r"].map(number),
        "Complete": frame["n_obs"].map(count),
    }
    about = (
        f"In brackets: {interval_head(shown)}s (alpha: Feldt; omega: delta method){_not_clustered(shown)}. Ordinal "
        "alpha: from polychoric correlations. Mean r: average correlation between questions."
    )
    notes = [about, *hidden_note(shown, frame)]
    return laid_out_table(columns, "coefficients", notes=notes)


def _not_clustered(shown: Protected) -> str:
    return (
        ", which do not allow for the clustering of respondents in organisations" if shown.clustered else ""
    )


def _with_limits(frame: pd.DataFrame, name: str) -> list[str]:
    triples = zip(frame[name], frame[f"{name}_lower"], frame[f"{name}_upper"], strict=True)
    return [
        f"{number(estimate)}\n({number(low)}–{number(high)})" if low == low else number(estimate)  # noqa: PLR0124
        for estimate, low, high in triples
    ]


def factors(shown: Protected) -> GT:
    """Whether the questions of every scale measure one thing.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.measurement
    chi = [
        f"{number(chi, 1)} ({count(df)})" if df > 0 else NOT_SHOWN
        for chi, df in zip(frame["chi_square"], frame["df"], strict=True)
    ]
    columns: dict[str, Iterable[str]] = {
        "Scale": frame["label"].map(raised),
        "KMO": frame["kmo"].map(number),
        "Factors": frame["n_factors"].map(count),
        "Chi-square (df)": chi,
        "p": frame["p_value"].map(p_value),
        "CFI": _tested(frame, "cfi", 3),
        "TLI": _tested(frame, "tli", 3),
        "RMSEA (90%)": _rmsea(frame),
        "SRMR": _tested(frame, "srmr", 3),
    }
    about = (
        "KMO: sampling adequacy, 0.6 or more is asked for. Factors: how many parallel analysis suggests. The rest: "
        "fit of a model with one factor (maximum likelihood); CFI and TLI of 0.95 or more, RMSEA up to 0.06 and SRMR "
        "up to 0.08 are usually called good. Three questions always fit one factor: nothing can be tested there."
    )
    notes = [about, *hidden_note(shown, frame)]
    return laid_out_table(columns, "factors", notes=notes)


def _rmsea(frame: pd.DataFrame) -> list[str]:
    limits = zip(_tested(frame, "rmsea_lower", 2), _tested(frame, "rmsea_upper", 2), strict=True)
    shown = [f"\n({low}–{high})" if low != NOT_SHOWN else "" for low, high in limits]
    return [f"{value}{limit}" for value, limit in zip(_tested(frame, "rmsea", 3), shown, strict=True)]


def _tested(frame: pd.DataFrame, name: str, digits: int) -> list[str]:
    return [
        number(value, digits) if df > 0 else NOT_SHOWN
        for value, df in zip(frame[name], frame["df"], strict=True)
    ]


def items(shown: Protected) -> GT:
    """Every question of every scale: how it was answered, and how well it fits the others.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.scale_items
    columns: dict[str, Iterable[str]] = {
        "Question": frame["label"].tolist(),
        "Mean": frame["mean"].map(number).tolist(),
        "Std. dev.": frame["std"].map(number).tolist(),
        "With the rest (r)": frame["item_rest_r"].map(number).tolist(),
        "Alpha without it": frame["alpha_if_dropped"].map(number).tolist(),
        "Loading": frame["loading"].map(number).tolist(),
        "Missing": frame["n_missing"].map(count).tolist(),
    }
    notes = ["Codes of reversed questions are turned, so that higher always means more of the scale."]
    return laid_out_table(
        columns,
        "items",
        notes=[*notes, *unweighted_note(shown), *hidden_note(shown, frame)],
        groups=frame["scale_label"].map(raised).tolist(),
    )


def invariance(shown: Protected) -> GT:
    """Whether a scale means the same in every segment.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    GT
    """
    frame = shown.invariance
    columns: dict[str, Iterable[str]] = {
        "Scale": frame["label"].map(raised).tolist(),
        "Verdict": frame["verdict"].tolist(),
        "Smallest group": frame["smallest"].map(count).tolist(),
        "CFI": frame["cfi"].map(_three).tolist(),
        "Same loadings: change (p)": _changes(frame, "metric"),
        "Same intercepts: change (p)": _changes(frame, "scalar"),
    }
    about = (
        "CFI: fit of a model with one factor in every segment, nothing held equal. Changes: of CFI once loadings, "
        "and then intercepts too, are held equal; p: chi-square difference, not adjusted, since that would make it "
        "easier to see no difference. A difference is called one where CFI falls by more than 0.010 (Cheung and "
        "Rensvold 2002) and p is below 0.01; unclear, where CFI falls so far or p is below 0.05. Small groups hide "
        "differences."
    )
    notes = [about, *hidden_note(shown, frame)]
    return laid_out_table(
        columns, "invariance", notes=notes, words=("Verdict",), groups=frame["segment_label"].tolist()
    )


def _three(value: float) -> str:
    return number(value, 3)


def _changes(frame: pd.DataFrame, step: str) -> list[str]:
    pairs = zip(frame[f"delta_cfi_{step}"], frame[f"p_{step}"], strict=True)
    return [f"{_three(change)} ({p_value(p)})" if isfinite(change) else NOT_SHOWN for change, p in pairs]
