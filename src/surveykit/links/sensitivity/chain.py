"""The chain of levels: who enters a link, who is lost on the way from executives to rows, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from surveykit.links.words import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveykit.links.planned import Links
    from surveykit.scoring import Aggregated
    from surveykit.study import Level, Study
    from surveykit.study.links import Link

UNITS = ("executives", "organisations", "initiatives")
STEPS = {
    "answered": "after cleaning",
    "scored": "with scores",
    "averaged": "with a mean for each organisation",
    "registered": "with what is recorded of organisations",
    "matched": "with initiatives",
    "outcome": "with the outcome",
    "complete": "with everything the model needs",
}
_COLUMNS = [
    "link",
    "outcome",
    "level",
    "step",
    "reason",
    *UNITS,
    *(f"lost_{unit}" for unit in UNITS),
    "sentence",
]


class _Loss(NamedTuple):
    """Which units of a level are kept at a step, and why the others are not."""

    step: str
    reason: str
    level: Level
    kept: pd.Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inside:
    """Units still in: executives and initiatives by their own number, with their organisation as value."""

    executives: pd.Series
    organisations: pd.Index
    initiatives: pd.Series
    strays: int  # initiatives of organisations nobody answered for

    def counts(self) -> dict[str, int]:
        """How many of each are still in."""
        initiatives = len(self.initiatives) + self.strays
        return dict(zip(UNITS, (len(self.executives), len(self.organisations), initiatives), strict=True))

    def only(self, kept: pd.Index | pd.Series) -> _Inside:
        """Go on with some organisations: the others take their executives and initiatives with them."""
        return replace(
            self,
            executives=self.executives[self.executives.isin(kept)],
            organisations=self.organisations[self.organisations.isin(kept)],
            initiatives=self.initiatives[self.initiatives.isin(kept)],
        )

    def after(self, loss: _Loss, rows: Level) -> _Inside:
        """Go on without the units lost; an organisation goes with the last of its rows."""
        if loss.level == "organisation":
            return self.only(loss.kept)
        if loss.level == "executive":
            left = self.executives[self.executives.index.isin(loss.kept)]
            still = replace(self, executives=left)
            return still.only(left) if rows == "executive" else still
        left = self.initiatives[self.initiatives.index.isin(loss.kept)]
        return replace(self, initiatives=left, strays=0).only(left)


def chain(links: Links) -> pd.DataFrame:
    """Follow executives, organisations and initiatives to the rows of every link.

    Parameters
    ----------
    links : Links
        Fitted links, with the scores they rest on.

    Returns
    -------
    DataFrame, one row a link, step and reason
        ``link`` (number), ``outcome``, ``level``, ``step`` (those of ``answered``, ``scored``, ``averaged``,
        ``registered``, ``matched``, ``outcome`` and ``complete`` that the link's level has), ``reason`` of the loss
        (empty where nobody was lost), ``executives, organisations, initiatives`` still in after it,
        ``lost_executives, lost_organisations, lost_initiatives`` by it, and ``sentence``. Those lost and those still in
        sum to those in before. Initiatives are 0 in links that are not about them.

    Notes
    -----
    Whoever could be lost for several reasons is lost for the first. An organisation that is lost takes its executives
    and initiatives with it, and one whose last row is lost goes with that row. An executive without a score on some of
    a link's scales still counts in the organisation's mean of the others.
    """
    frames = [_chain_of(links.aggregated, fit.link).assign(link=fit.number) for fit in links.fits]
    return pd.concat(frames, ignore_index=True)[_COLUMNS]


def _chain_of(aggregated: Aggregated, link: Link) -> pd.DataFrame:
    inside = _everyone(aggregated, link)
    told = [{"step": "answered", "reason": "", **_told(inside, inside)}]
    for loss in sorted(_losses(aggregated, link), key=lambda loss: list(STEPS).index(loss.step)):
        still = inside.after(loss, link.level)
        lost = still.counts() != inside.counts()
        if not lost and loss.step == told[-1]["step"]:
            continue
        if lost and told[-1]["step"] == loss.step and not told[-1]["reason"]:
            told.pop()  # a step's row without a loss stands only where it has none at all
        told.append({"step": loss.step, "reason": loss.reason if lost else "", **_told(inside, still)})
        inside = still
    sentences = [_sentence(row) for row in told]
    return pd.DataFrame(told).assign(outcome=link.outcome, level=link.level, sentence=sentences)


def _everyone(aggregated: Aggregated, link: Link) -> _Inside:
    cleaned = aggregated.scored.cleaned
    executives = cleaned.data["organisation"]
    initiatives, strays = executives.iloc[:0], 0
    if (
        link.level == "initiative"
        and cleaned.initiatives is not None
        and cleaned.study.initiatives is not None
    ):
        initiatives, file = cleaned.initiatives["organisation"], Path(cleaned.study.initiatives.file).name
        strays = int(((cleaned.ledger["rule"] == "nobody_answered") & (cleaned.ledger["file"] == file)).sum())
    return _Inside(
        executives=executives,
        organisations=pd.Index(executives.unique()),
        initiatives=initiatives,
        strays=strays,
    )


def _told(before: _Inside, after: _Inside) -> dict[str, object]:
    then, now = before.counts(), after.counts()
    return {**now, **{f"lost_{unit}": then[unit] - now[unit] for unit in UNITS}}


def _losses(aggregated: Aggregated, link: Link) -> Iterator[_Loss]:
    """Every reason for which a unit cannot take part; those of one step in their order."""
    study, cleaned = aggregated.study, aggregated.scored.cleaned
    names = [*link.predictors, *link.adjust_for]
    scales = [name for name in names if name in study.scales]
    if scales and link.level != "executive":
        some = aggregated.scored.scores[scales].dropna(how="all").index
        words = listed([quoted(study, name) for name in scales])
        yield _Loss("scored", f"too few questions answered for a score on {words}", "executive", some)
    organisations = aggregated.rows("organisation").set_index("organisation")
    if any(name in study.table_of("organisation") for name in names) and cleaned.organisations is not None:
        yield _Loss(
            "registered", "not in the file of organisations", "organisation", cleaned.organisations.index
        )
    rows = organisations
    if link.level == "executive":
        rows = aggregated.rows("executive")
    if link.level == "initiative" and cleaned.initiatives is not None:
        rows, owners = cleaned.initiatives, pd.Index(cleaned.initiatives["organisation"].unique())
        yield _Loss("matched", "no initiative reported", "organisation", owners)
        yield _Loss("matched", "of organisations nobody answered for", "initiative", rows.index)
    for name in names:
        step, level, reason = _place(study, name, link.level)
        yield _Loss(
            step, reason, level, (organisations if level == "organisation" else rows)[name].dropna().index
        )
    reason = f"{quoted(study, link.outcome)} is not known"
    yield _Loss("outcome", reason, link.level, rows[link.outcome].dropna().index)


def _place(study: Study, name: str, level: Level) -> tuple[str, Level, str]:
    """Step and level at which a column of a link can be missing, and what that means."""
    if name in study.scales and level == "executive":
        return "scored", level, f"too few questions answered for a score on {quoted(study, name)}"
    if name in study.scales:
        return "averaged", "organisation", f"no respondent has a score on {quoted(study, name)}"
    if name in study.dispersions:
        words = quoted(study, study.dispersions[name])
        return "averaged", "organisation", f"fewer than two respondents have a score on {words}"
    registered = name in study.table_of("organisation")
    step = "registered" if registered else "complete"
    return step, "organisation" if registered else level, f"{quoted(study, name)} is not known"


def _sentence(row: dict[str, object]) -> str:
    """Say who is still in, and who was lost at the step and why."""
    still = listed([_counted(row[unit], unit) for unit in UNITS if row[unit]])
    lost = listed([_counted(row[f"lost_{unit}"], unit) for unit in UNITS if row[f"lost_{unit}"]])
    gone = f" Lost: {lost}: {row['reason']}." if lost else " Nobody is lost here."
    return f"{str(STEPS[str(row['step'])]).capitalize()}: {still}.{gone if row['step'] != 'answered' else ''}"


def _counted(count: object, unit: str) -> str:
    words = "respondents" if unit == "executives" else unit
    return f"{count:,} {words if count != 1 else words[:-1]}"
