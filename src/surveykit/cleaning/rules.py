"""The declared reasons for which a response is left out, each a function of the rows still in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.cleaning.coding import Coding, folded, joined, read_column
from surveykit.errors import CleaningError
from surveykit.measures.careless import longstring
from surveykit.study import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from surveykit.exports import RawExport
    from surveykit.study import Study
    from surveykit.study.exclusion import Rule

# What Qualtrics writes in Status for rows that nobody of the sample answered, as text and as codes.
PREVIEWS = frozenset({"survey preview", "survey test", "preview", "test", "1", "2", "9", "17"})

WORDS = {
    "preview": "Previews and tests",
    "no_consent": "No consent",
    "no_organisation": "No organisation named",
    "unfinished": "Unfinished",
    "duplicate": "Answered more than once",
    "faster_than": "Too fast",
    "failed_check": "Failed the attention check",
    "longstring": "One answer to many questions in a row",
    "out_of_range": "Answers out of range",
    "missing_code": "A code or label that means no answer",
    "unmapped_label": "A label the study does not know",
    "not_a_number": "Text where a number is expected",
    "nobody_answered": "Nobody answered for its organisation",
    "too_many_picks": "More options picked than asked for",
    "tied_ranks": "A rank given to more than one option",
    "ranked_twice": "An option given more than one rank",
    "skipped_ranks": "A rank left out before the last one given",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows still in when a rule is applied.

    Attributes
    ----------
    raw : RawExport
        Their text as delivered.
    codes : DataFrame
        Codes of the items, not reversed, in the order of the codebook.
    problems : DataFrame of str
        For each item, the rule that made the cell missing.
    study : Study
    """

    raw: RawExport
    codes: pd.DataFrame
    problems: pd.DataFrame
    study: Study

    def role(self, role: str) -> pd.Series:
        """The column that plays a role, as delivered."""
        return self.text(str(getattr(self.study.columns, role)))

    def text(self, column: str) -> pd.Series:
        """A column as delivered."""
        return self.raw.data[column].loc[self.codes.index]

    def answered(self) -> pd.DataFrame:
        """Whether each item was answered: anything was delivered but a code or label that means no answer."""
        items = self.study.items
        delivered = {name: self.text(item.column).notna() for name, item in items.items()}
        return pd.DataFrame(delivered, index=self.codes.index) & (self.problems != "missing_code")

    def less(self, excluded: pd.Index) -> Rows:
        """Go on without some rows."""
        return replace(self, codes=self.codes.drop(excluded), problems=self.problems.drop(excluded))


def _preview(rows: Rows, _: Rule) -> pd.Series:
    status = rows.role("status")
    return _because(folded(status).isin(PREVIEWS), "status is '" + status + "'")


def _no_consent(rows: Rows, rule: Rule) -> pd.Series:
    given = rows.text(rule.column)
    return _because(folded(given) != fold(rule.answer), "answer was not the consent")


def _failed_check(rows: Rows, rule: Rule) -> pd.Series:
    """Whoever was not asked, or did not answer, has not failed."""
    given = rows.text(rule.column)
    failed = given.notna() & (folded(given) != fold(rule.answer))
    return _because(failed, f"asked to answer '{rule.answer}'")


def _no_organisation(rows: Rows, _: Rule) -> pd.Series:
    return _because(rows.role("organisation").isna(), "no organisation is named")


def _unfinished(rows: Rows, rule: Rule) -> pd.Series:
    answered = rows.answered().mean(axis=1)
    reason = "answered " + (100 * answered).round().astype(int).astype(str) + "% of the items"
    return _because(answered < rule.threshold, reason)


def _duplicate(rows: Rows, _: Rule) -> pd.Series:
    """The most complete response of a respondent stays; of equals the first submitted; the content breaks ties.

    Nothing here depends on the order of the rows in the file.
    """
    everyone = folded(rows.role("respondent")).dropna()
    respondent = everyone[everyone.duplicated(keep=False)]
    order = pd.DataFrame(
        {
            "answered": -rows.answered().loc[respondent.index].sum(axis=1),
            "submitted": _times(rows).loc[respondent.index],
            "content": joined(rows.raw.data.loc[respondent.index], "\x1f"),
        }
    ).sort_values(["answered", "submitted", "content"])
    later = respondent.loc[order.index].duplicated()
    return _because(later, "this respondent's most complete response is kept")


def _times(rows: Rows) -> pd.Series:
    if rows.study.columns.submitted is None:
        return pd.Series(0, index=rows.codes.index)
    return pd.to_datetime(rows.role("submitted"), errors="coerce", format="mixed", utc=True)


def _faster_than(rows: Rows, rule: Rule) -> pd.Series:
    """A duration that was not recorded excludes nobody."""
    seconds, _ = read_column(rows.role("duration"), Coding(numeric=True, decimal=rows.raw.decimal))
    if seconds.isna().all():
        raise CleaningError(
            "no duration is a number of seconds, so nobody can be found too fast",
            where=f"{rows.raw.source}, column {rows.study.columns.duration}",
            given=rows.role("duration").dropna().unique().tolist()[:3],
            fix="Name the column of seconds under 'columns: duration', or leave the rule out.",
        )
    limit = rule.threshold * seconds.median() if rule.of_median else rule.threshold
    reason = seconds.map(lambda taken: f"took {taken:.0f} s, less than {limit:.0f} s")
    return _because(seconds < limit, reason)


def _longstring(rows: Rows, rule: Rule) -> pd.Series:
    run = longstring(rows.codes)
    reason = "gave one answer " + run.fillna(0).astype(int).astype(str) + " times in a row"
    return _because(run >= rule.threshold, reason)


def _out_of_range(rows: Rows, _: Rule) -> pd.Series:
    outside = rows.problems == "out_of_range"
    return _because(outside.any(axis=1), outside.sum(axis=1).astype(str) + " answers out of range")


def _because(excluded: pd.Series, reason: str | pd.Series) -> pd.Series:
    """The reason where a row is excluded, nothing elsewhere."""
    reasons = pd.Series(reason, index=excluded.index, dtype="str")
    return reasons[excluded.fillna(value=False).astype(bool)]


RULES: dict[str, Callable[[Rows, Rule], pd.Series]] = {
    "preview": _preview,
    "no_consent": _no_consent,
    "no_organisation": _no_organisation,
    "unfinished": _unfinished,
    "duplicate": _duplicate,
    "faster_than": _faster_than,
    "failed_check": _failed_check,
    "longstring": _longstring,
    "out_of_range": _out_of_range,
}


def apply_rules(rows: Rows) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply the study's rules in their order, each to the rows the ones before have left.

    Parameters
    ----------
    rows : Rows
        All rows as delivered.

    Returns
    -------
    (DataFrame, DataFrame)
        The excluded rows (index row; ``rule, reason``), and the flow (``rule, label, before, excluded, after``),
        which begins with the rows delivered.
    """
    delivered = len(rows.codes)
    flow = [
        {"rule": "delivered", "label": "Delivered", "before": delivered, "excluded": 0, "after": delivered}
    ]
    excluded = []
    for rule in rows.study.exclude:
        reasons = RULES[rule.name](rows, rule) if len(rows.codes) else pd.Series(dtype="str")
        before, after = len(rows.codes), len(rows.codes) - len(reasons)
        flow.append(
            {
                "rule": rule.name,
                "label": WORDS[rule.name],
                "before": before,
                "excluded": len(reasons),
                "after": after,
            }
        )
        excluded.append(pd.DataFrame({"rule": rule.name, "reason": reasons}))
        rows = rows.less(reasons.index)
    gone = pd.concat(excluded) if excluded else pd.DataFrame({"rule": [], "reason": []}, dtype="str")
    return gone, pd.DataFrame(flow)
