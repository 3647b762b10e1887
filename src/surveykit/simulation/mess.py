"""What goes wrong in a real export, planted on purpose and counted.

Every planted row is dropped by the first rule it meets in the order of `study.yaml` that is named like it, so
that the number each rule should drop is known. Good executives lose nothing but single cells.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.simulation.instrument import AGREE, ITEMS, NASTY_COMMENTS, REFUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROWS_PER_1000 = {
    "preview": 8,
    "test": 5,
    "refusal": 14,
    "partial": 40,
    "speeder": 22,
    "failed_check": 24,
    "straight_liner": 16,
    "no_organisation": 9,
    "abandoned_duplicate": 10,
    "repeated_duplicate": 9,
}
# Label as delivered, the answer it takes the place of (any, if empty), and cells in 1000 executives.
CELLS_PER_1000 = (
    ("Don't know", "", 70),
    ("Don\u2019t know", "", 8),
    ("Prefer not to say", "", 45),
    ("-99", "", 14),
    ("", "", 80),
    ("agree\u00a0", "Agree", 10),
    ("STRONGLY AGREE", "Strongly agree", 6),
    (" Disagree", "Disagree", 6),
    ("Somewhat agree", "Agree", 5),
)
CODES_PER_1000 = 14
LONG_RUN = 12
COLUMNS = [item.column for item in ITEMS]
IN_ORDER = ["Q2", "Q3", *COLUMNS[:-1], "Q12", "Q13", "Q14", "Q15"]
SECONDS = "Duration (in seconds)"


def rows_of(kind: str, executives: int) -> int:
    """Say how many rows of a kind are planted among so many good executives, at least one."""
    return max(1, round(ROWS_PER_1000[kind] * executives / 1000))


def extra_rows(executives: int) -> int:
    """Say how many rows are planted in all."""
    return sum(rows_of(kind, executives) for kind in ROWS_PER_1000)


def plant(
    rng: np.random.Generator, good: pd.DataFrame, extra: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Spoil single cells of good responses and add bad rows made from further, unspoilt ones.

    Parameters
    ----------
    rng : Generator
    good, extra : DataFrame of str
        Responses of the executives that count, and `extra_rows` of other executives.

    Returns
    -------
    responses : DataFrame of str
    planted : dict
        ``rows`` (how many of each kind), ``cells`` (how many of each label; ``""`` is an empty cell),
        ``comments`` and ``organisation_codes`` (cells changed), ``response_ids`` (of each kind of row).
    """
    spoilt = good.copy()
    comments = _comments(rng, spoilt)
    cells = _cells(rng, spoilt)
    codes = _codes(rng, spoilt)
    shuffled = spoilt.iloc[rng.permutation(len(spoilt))]
    pieces, start = {}, 0
    for kind, make in KINDS.items():
        part = slice(start, start + rows_of(kind, len(good)))
        rows, originals = (table.iloc[part].reset_index(drop=True) for table in (extra, shuffled))
        pieces[kind] = make(rng, rows, originals)
        start = part.stop
    planted = {
        "rows": {kind: len(rows) for kind, rows in pieces.items()},
        "cells": cells,
        "comments": comments,
        "organisation_codes": codes,
        "response_ids": {kind: rows["ResponseId"].tolist() for kind, rows in pieces.items()},
    }
    return pd.concat([spoilt, *pieces.values()], ignore_index=True).astype("str"), planted


def long_runs(responses: pd.DataFrame) -> list[str]:
    """Find executives who gave one answer to at least 12 statements in a row though they read them all."""
    asked = [column for column in COLUMNS[:-1] if column in responses]
    answers = responses[asked].to_numpy(dtype=object)
    run = longest = np.ones(len(answers), dtype=np.int64)
    for same in (answers[:, 1:] == answers[:, :-1]).T:
        run = np.where(same, run + 1, 1)
        longest = np.maximum(longest, run)
    return responses.loc[longest >= LONG_RUN, "ResponseId"].tolist()


def _comments(rng: np.random.Generator, responses: pd.DataFrame) -> int:
    """Write comments that break reports not made for them."""
    where = rng.choice(len(responses), len(NASTY_COMMENTS), replace=False)
    responses.loc[where, "Q15"] = NASTY_COMMENTS
    return len(NASTY_COMMENTS)


def _cells(rng: np.random.Generator, responses: pd.DataFrame) -> dict[str, int]:
    """Spoil single answers, each cell at most once, and count each label."""
    answers = responses[COLUMNS].to_numpy(dtype=object)
    free = np.ones(answers.shape, dtype=bool)
    counts: Counter[str] = Counter()
    for label, instead, rate in CELLS_PER_1000:
        open_cells = np.flatnonzero(free & ((answers == instead) | (instead == "")))
        size = min(len(open_cells), max(1, round(rate * len(responses) / 1000)))
        chosen = rng.choice(open_cells, size, replace=False)
        answers.flat[chosen] = label or np.nan
        free.flat[chosen] = False
        counts[label] += size
    responses[COLUMNS] = answers
    return dict(counts)


def _codes(rng: np.random.Generator, responses: pd.DataFrame) -> int:
    """Write some organisation codes in lower case or with spaces around them."""
    size = max(2, round(CODES_PER_1000 * len(responses) / 1000))
    where = rng.choice(len(responses), size, replace=False)
    codes = responses.loc[where, "Q2"].tolist()
    forms = (" {} ", "{}", "{}\u00a0")
    changed = [forms[k % 3].format(code.lower() if k % 2 else code) for k, code in enumerate(codes)]
    responses.loc[where, "Q2"] = changed
    return sum(new != old for new, old in zip(changed, codes, strict=True))


def _random_answers(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Answer without reading."""
    drawn = np.array(AGREE, dtype=object)[rng.integers(5, size=(len(rows), len(COLUMNS)))]
    return rows.assign(**dict(zip(COLUMNS, drawn.T, strict=True)))


def _timed(rows: pd.DataFrame, start: pd.Series, seconds: NDArray[np.int64]) -> pd.DataFrame:
    """Date responses anew: when they were begun, and how long they took."""
    end = start + pd.to_timedelta(seconds, unit="s")
    moments = {"StartDate": start, "EndDate": end, "RecordedDate": end + pd.Timedelta(seconds=1)}
    written = {name: moment.dt.strftime("%Y-%m-%d %H:%M:%S") for name, moment in moments.items()}
    return rows.assign(**written, **{SECONDS: seconds.astype(str)})


def _took(rows: pd.DataFrame, seconds: NDArray[np.int64]) -> pd.DataFrame:
    """Change only how long responses took."""
    return _timed(rows, pd.to_datetime(rows["StartDate"]), seconds)


def _stopped(rows: pd.DataFrame, items: NDArray[np.int64]) -> pd.DataFrame:
    """Leave the survey after so many of the items; nothing later is answered."""
    last = items + IN_ORDER.index(COLUMNS[0])
    left_out = np.arange(len(IN_ORDER)) >= last[:, None]
    progress = (100 * (last + 1) / (len(IN_ORDER) + 1)).round().astype(np.int64)
    rows = rows.assign(Finished="False", Progress=progress.astype(str))
    rows[IN_ORDER] = rows[IN_ORDER].mask(left_out)
    return _took(rows, 30 + 15 * items)


def _again(
    rng: np.random.Generator, rows: pd.DataFrame, originals: pd.DataFrame, days: NDArray[np.int64]
) -> pd.DataFrame:
    """Send the answers of `originals` once more, so many days later (earlier if negative)."""
    fresh = ["ResponseId", "IPAddress", SECONDS]
    moved = pd.to_timedelta(days * 86400 + rng.integers(-7200, 7200, size=len(rows)), unit="s")
    start = pd.to_datetime(originals["StartDate"]) + moved
    return _timed(originals.assign(**rows[fresh]), start, rows[SECONDS].to_numpy(dtype=np.int64))


def _preview(rng: np.random.Generator, rows: pd.DataFrame, _: pd.DataFrame) -> pd.DataFrame:
    nobody = dict.fromkeys(["RecipientLastName", "RecipientFirstName", "RecipientEmail", "Q_PID"], np.nan)
    rows = rows.assign(Status="Survey Preview", DistributionChannel="preview", **nobody)
    return _random_answers(rng, rows)


def _test(rng: np.random.Generator, rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    return _preview(rng, rows, others).assign(Status="Survey Test", DistributionChannel="test")


def _refusal(rng: np.random.Generator, rows: pd.DataFrame, _: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(Q1=REFUSES, **dict.fromkeys(IN_ORDER, np.nan))
    return _took(rows, rng.integers(8, 40, size=len(rows)))


def _partial(rng: np.random.Generator, rows: pd.DataFrame, _: pd.DataFrame) -> pd.DataFrame:
    return _stopped(rows, rng.integers(2, 14, size=len(rows)))


def _speeder(rng: np.random.Generator, rows: pd.DataFrame, _: pd.DataFrame) -> pd.DataFrame:
    return _took(_random_answers(rng, rows), rng.integers(40, 120, size=len(rows)))


def _failed_check(rng: np.random.Generator, rows: pd.DataFrame, _: pd.DataFrame) -> pd.DataFrame:
    wrong = np.array([label for label in AGREE if label != "Agree"], dtype=object)
    return _random_answers(rng, rows).assign(Q12=rng.choice(wrong, len(rows)))


def _straight_liner(rng: np.random.Generator, rows: pd.DataFrame, _: pd.DataFrame) -> pd.DataFrame:
    """Give one answer throughout; every second of them reads the first four statements."""
    same = rng.choice(np.array(AGREE[1:], dtype=object), len(rows))
    flat = pd.DataFrame(dict.fromkeys(COLUMNS, same))
    flat.loc[::2, COLUMNS[:4]] = rows.loc[::2, COLUMNS[:4]]
    return rows.assign(**flat)


def _no_organisation(_: np.random.Generator, rows: pd.DataFrame, __: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(Q2=np.nan)


def _abandoned(rng: np.random.Generator, rows: pd.DataFrame, originals: pd.DataFrame) -> pd.DataFrame:
    """Stop before the end: as often before the complete response of the same person as after it."""
    days = np.where(np.arange(len(rows)) % 2, -2, 2)
    return _stopped(_again(rng, rows, originals, days), rng.integers(20, 25, size=len(rows)))


def _repeated(rng: np.random.Generator, rows: pd.DataFrame, originals: pd.DataFrame) -> pd.DataFrame:
    """Send the same answers once more, later."""
    return _again(rng, rows, originals, rng.integers(1, 6, size=len(rows)))


KINDS: dict[str, Callable[[np.random.Generator, pd.DataFrame, pd.DataFrame], pd.DataFrame]] = {
    "preview": _preview,
    "test": _test,
    "refusal": _refusal,
    "partial": _partial,
    "speeder": _speeder,
    "failed_check": _failed_check,
    "straight_liner": _straight_liner,
    "no_organisation": _no_organisation,
    "abandoned_duplicate": _abandoned,
    "repeated_duplicate": _repeated,
}
