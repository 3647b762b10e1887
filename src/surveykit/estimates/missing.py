"""Which answers are missing, together with which others, in which segments, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.values import shown_values
from surveykit.study import fold

if TYPE_CHECKING:
    from surveykit.cleaning import Cleaned
    from surveykit.estimates.design import Design
    from surveykit.scoring import Aggregated

_COUNTED = ["n_missing", "n", "share"]
_RULES = ["missing_code", "unmapped_label", "out_of_range", "not_a_number"]
EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Missing:
    """The missing answers of a study's items.

    Attributes
    ----------
    patterns : DataFrame
        See `missing_patterns`.
    shares : DataFrame
        See `missing_by`: for all, and for the values of each segment of the report; with the item's ``label``.
    reasons : DataFrame
        See `reasons`.
    """

    patterns: pd.DataFrame
    shares: pd.DataFrame
    reasons: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The shares missing, one row an item and segment value."""
        return self.shares.copy()

    def __repr__(self) -> str:
        complete = self.patterns.loc[self.patterns["n_missing"] == 0, "n"].sum()
        return f"Missing({complete} of {self.patterns['n'].sum()} executives answered every item)"


def missing(aggregated: Aggregated, design: Design) -> Missing:
    """Tell what is missing of a study's items.

    Parameters
    ----------
    aggregated : Aggregated
    design : Design
        Of the executives.

    Returns
    -------
    Missing

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> from surveykit.estimates.design import Design
    >>> study = load_study("data/ai-strategy")
    >>> scored = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> missing(scored, Design(cluster=scored.rows("executive")["organisation"]))
    Missing(705 of 879 executives answered every item)
    """
    study, cleaned, rows = aggregated.study, aggregated.scored.cleaned, aggregated.rows("executive")
    answers = rows[list(study.items)]
    segments = pd.DataFrame({name: shown_values(study, name, rows[name]) for name in study.report.segments})
    shares = missing_by(answers, design, segments.reindex(rows.index), confidence=study.report.confidence)
    shares.insert(1, "label", shares["variable"].map(cleaned.questions))
    return Missing(patterns=missing_patterns(answers), shares=shares, reasons=reasons(cleaned))


def missing_patterns(data: pd.DataFrame) -> pd.DataFrame:
    """Count which variables are missing together.

    Parameters
    ----------
    data : DataFrame, shape (units, variables)
        Answers, missing ones as NaN or None.

    Returns
    -------
    DataFrame, one row a pattern
        For each variable whether the pattern misses it, then ``n_missing`` (variables), ``n`` (units, 1 or more) and
        ``share`` (of all units); the most frequent first, of equals the one that misses least.

    Raises
    ------
    EstimateError
        If there are no rows or columns, or a variable has the name of a count.

    Notes
    -----
    In R: ``mice::md.pattern(data)``, which orders patterns by how many variables they miss.

    Examples
    --------
    >>> missing_patterns(pd.DataFrame({"a": [1, None, 2, 3], "b": [1, None, None, 4]}))
           a      b  n_missing  n  share
    0  False  False          0  2   0.50
    1  False   True          1  1   0.25
    2   True   True          2  1   0.25
    """
    if data.empty:
        raise EstimateError(
            "there are no answers to look for gaps in", given=f"{data.shape} rows and columns"
        )
    taken = [name for name in _COUNTED if name in data.columns]
    if taken:
        raise EstimateError(f"a variable is named '{taken[0]}', as a count of patterns is", fix="Rename it.")
    gaps = data.isna().to_numpy()
    # Eight variables a byte: a million rows are sorted by a few bytes each.
    packed = np.ascontiguousarray(np.packbits(gaps, axis=1))
    key = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, n = np.unique(key, return_index=True, return_counts=True)
    found = pd.DataFrame(gaps[first], columns=data.columns)
    found = found.assign(n_missing=gaps[first].sum(axis=1), n=n, share=n / len(data))
    return found.sort_values(["n", "n_missing"], ascending=[False, True], kind="stable", ignore_index=True)


def lump_patterns(patterns: pd.DataFrame, *, most: int = 12, fewest: int = 1) -> pd.DataFrame:
    """Keep the most frequent patterns, and put the others in one last row that does not tell what it misses.

    Parameters
    ----------
    patterns : DataFrame
        From `missing_patterns`.
    most : int, default 12
        Patterns kept at most, 1 or more.
    fewest : int, default 1
        Smallest number of units a row may rest on, the last one included: it takes in more patterns until it does.

    Returns
    -------
    DataFrame
        As given; in the last row variables and ``n_missing`` are missing (NA) if it holds several patterns.

    Examples
    --------
    >>> patterns = missing_patterns(pd.DataFrame({"a": [1, 1, 1, 1, None], "b": [1, 1, 1, None, None]}))
    >>> lump_patterns(patterns, fewest=2)
           a      b  n_missing  n  share
    0  False  False          0  3    0.6
    1   <NA>   <NA>       <NA>  2    0.4
    """
    kept = min(most, int((patterns["n"] >= fewest).sum()))
    rest = patterns["n"].iloc[kept:]
    while kept and 0 < rest.sum() < fewest:
        kept -= 1
        rest = patterns["n"].iloc[kept:]
    if len(rest) < 2:
        return patterns
    told = patterns.drop(columns=["n", "share"]).convert_dtypes().iloc[: kept + 1]
    told.iloc[kept] = pd.NA
    ends = {name: [*patterns[name].iloc[:kept], patterns[name].iloc[kept:].sum()] for name in ("n", "share")}
    return told.assign(**ends)


def missing_by(
    data: pd.DataFrame,
    design: Design,
    segments: pd.DataFrame | None = None,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of answers missing of each variable, for all and in every segment.

    Parameters
    ----------
    data : DataFrame, shape (units, variables)
    design : Design
        Of the same units; who answers for one organisation may skip the same questions.
    segments : DataFrame of str, shape (units, segments), optional
        Units without a value belong to no part of that segment.
    confidence : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame
        One row a variable, segment and value (both empty for all): ``variable, segment, value, n_missing`` and the
        columns of `estimate_by`; ``estimate`` from 0 to 1, ``n_obs`` units asked or not.

    Raises
    ------
    EstimateError
        As `estimate_by`.

    Examples
    --------
    >>> from surveykit.estimates.design import Design
    >>> data = pd.DataFrame({"a": [1, None] * 6, "b": [1, 2, 3] * 4})
    >>> found = missing_by(data, Design(cluster=pd.Series(list("aabbccddeeff"))))
    >>> found[["variable", "n_missing", "estimate", "n_obs"]].to_numpy().tolist()
    [['a', 6, 0.5, 12], ['b', 0, 0.0, 12]]
    """
    gaps = data.isna().astype(float)
    parts = [_missing_in(gaps, design, None, confidence).assign(segment="")]
    for name in segments.columns if segments is not None else []:
        domain = segments[name].astype("str")  # type: ignore[index]  # a name of theirs
        parts.append(_missing_in(gaps, design, domain, confidence).assign(segment=str(name)))
    found = pd.concat(parts, ignore_index=True)
    first = ["variable", "segment", "value", "n_missing"]
    return found[[*first, *(name for name in found.columns if name not in first)]]


def _missing_in(
    gaps: pd.DataFrame, design: Design, domain: pd.Series | None, confidence: float
) -> pd.DataFrame:
    found = estimate_by(gaps, design, domain, statistic="share", confidence=confidence)
    by = pd.Series("", index=gaps.index) if domain is None else domain
    counts = gaps.rename(columns=str).groupby(by).sum()
    row, column = (
        names.get_indexer(pd.Index(found[name]))
        for names, name in ((counts.index, "value"), (counts.columns, "variable"))
    )
    return found.assign(n_missing=counts.to_numpy()[row, column].astype(np.int64))


def reasons(cleaned: Cleaned) -> pd.DataFrame:
    """Count why answers to items are missing: left empty, or answered with something that is no answer.

    Parameters
    ----------
    cleaned : Cleaned

    Returns
    -------
    DataFrame
        One row an item, reason and declared label, items in the study's order: ``item, label, reason`` (``empty``:
        asked and not answered, or not asked, which the export does not tell apart; ``missing_code``: a label or code
        that means no answer, such as "don't know"; ``unmapped_label``; ``out_of_range``; ``not_a_number``), ``given``
        (which of the study's missing labels; empty for anything else, which may be what one person wrote), ``n`` (1
        or more) and ``share`` (of executives).

    Examples
    --------
    >>> from surveykit import clean, load_study, read_export
    >>> study = load_study("data/ai-strategy")
    >>> found = reasons(clean(read_export(study.beside(study.responses.file)), study))
    >>> found.loc[found["item"] == "clarity_1", ["reason", "given", "n"]].to_numpy().tolist()
    [['empty', '', 3], ['missing_code', "Don't know", 6], ['missing_code', 'Prefer not to say', 1]]
    """
    items = list(cleaned.study.items)
    told = _recorded(cleaned)
    gaps = cleaned.data[items].isna().sum()
    empty = (gaps - told["item"].value_counts().reindex(items, fill_value=0)).rename("n")
    silent = empty[empty > 0].rename_axis("item").reset_index().assign(reason=EMPTY, given="")
    both = pd.concat([silent, told.value_counts().rename("n").reset_index()], ignore_index=True)
    order = {"item": items.index, "reason": [EMPTY, *_RULES].index}
    places = both.assign(**{name: both[name].map(place) for name, place in order.items()}, n=-both["n"])
    both = both.loc[places.sort_values(["item", "reason", "n", "given"]).index].reset_index(drop=True)
    both.insert(1, "label", both["item"].map(cleaned.questions))
    return both.assign(share=both["n"] / len(cleaned.data))[
        [*both.columns[:2], "reason", "given", "n", "share"]
    ]


def _recorded(cleaned: Cleaned) -> pd.DataFrame:
    """The ledger's cells of items of executives kept: item, rule, and the declared label where that was the rule."""
    study, ledger = cleaned.study, cleaned.ledger
    own = ledger[ledger["variable"].isin(list(study.items)) & ledger["rule"].isin(_RULES)]
    own = own[(own["file"] == cleaned.source.file) & own["row"].isin(cleaned.data.index)]
    declared = {fold(label): label for label in study.missing}
    given = own["before"].map(lambda text: declared.get(fold(text), ""), na_action="ignore").fillna("")
    given = given.where(own["rule"] == "missing_code", "").astype("str")
    return pd.DataFrame({"item": own["variable"], "reason": own["rule"], "given": given})
