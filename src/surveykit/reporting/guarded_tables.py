"""Cross-tables as a reader may see them: rows and columns that would tell of a few are hidden together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.reporting.nesting import enclosed, encloses_hidden, inner_first
from surveykit.reporting.shown_tables import ShownTable, shown_table
from surveykit.reporting.suppression import hidden_cells, unsafe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.analysis import Analysis
    from surveykit.estimates.crosstabs.crosstab import CrossTable
    from surveykit.estimates.crosstabs.tables import Table
    from surveykit.reporting.nesting import Place
    from surveykit.study import Study


class _Beside(NamedTuple):
    """What else the reader sees of the same people: estimates, and which segments enclose which."""

    estimates: pd.DataFrame
    inside: dict[Place, list[Place]]


_MEANS = ("mean", "mean_rank")
_BOXES = ("top_box", "bottom_box")
_ALL = ""  # the banner of everyone


def tables(
    analysis: Analysis, distributions: pd.DataFrame, picks: pd.DataFrame, estimates: pd.DataFrame
) -> list[tuple[str, list[ShownTable]]]:
    """Every cross-table of the study, question by question.

    An answer that few gave is hidden in every column, as it is in the figure of its question, and means and joined
    answers with it. Of what is left the answers and the mean of a column are hidden where any of its cells is small, or
    could be found from the columns beside it and all; joined answers (top 2) by the same rule of their own; and both
    where the same people's figure is hidden among the estimates.

    Parameters
    ----------
    analysis : Analysis
    distributions, picks, estimates : DataFrame
        As protected already.

    Returns
    -------
    list of (title, list of ShownTable)
    """
    hidden_answers = distributions[
        distributions["suppressed"].astype(bool) & ~distributions["apart"].astype(bool)
    ]
    known = {str(item): set(rows["answer"]) for item, rows in hidden_answers.groupby("item")}
    lost = picks[picks["suppressed"].astype(bool)]
    known |= {str(choice): set(rows["option"]) for choice, rows in lost.groupby("choice")}
    banners = [banner for table in analysis.tables for banner in table.banners if banner != _ALL]
    beside = _Beside(estimates, enclosed(analysis, list(dict.fromkeys(banners))))
    return [
        (
            table.title,
            [_shown(analysis.study, table, name, known.get(name), beside) for name in table.questions],
        )
        for table in analysis.tables
    ]


def _shown(study: Study, table: Table, name: str, known: set[str] | None, beside: _Beside) -> ShownTable:
    found, min_cell = table.questions[name], study.report.min_cell
    rows = _hidden_rows(found, known, min_cell)
    boxes = found.data["kind"].isin(_BOXES).to_numpy(dtype=bool)
    # Answers joined are shown where they may be, also where a single answer of the same people may not.
    answers = _hidden_columns(study, table, name, rows | boxes, beside)
    joined = _hidden_columns(study, table, name, rows | ~boxes, beside)
    if _other_shares(
        study, name, found
    ):  # beside another share of the same question a box would tell an answer
        joined = joined | answers
    hidden = rows | np.where(boxes, joined, answers)
    shown = shown_table(found, hidden, title=table.labels[name], min_cell=min_cell)
    return replace(shown, data=shown.data[~_named_by_few(study, table, name)].reset_index(drop=True))


def _named_by_few(study: Study, table: Table, name: str) -> NDArray[np.bool_]:
    """Rows and columns the study does not declare and few gave: their name may be what one person wrote."""
    data, min_cell = table.questions[name].data, study.report.min_cell
    free = [banner for banner in table.banners if _free(study, banner)]
    columns = {column for banner in free for column in table.banners[banner]}
    sizes = data.groupby("column")["n_obs"].max()
    gone = data["column"].isin(columns) & data["column"].map(sizes < min_cell).astype(bool)
    if _free(study, name):
        given = data[data["banner"] == _ALL].set_index("row")["n_yes"]
        gone |= data["row"].map(given < min_cell).astype(bool)
    return gone.to_numpy(dtype=bool)


def _free(study: Study, name: str) -> bool:
    """Whether a variable's values are whatever was written."""
    variable = study.variable(name) if name else None
    return variable is not None and variable.type == "category" and not study.answer_names(name)


def _other_shares(study: Study, name: str, found: CrossTable) -> bool:
    """Whether a headline share counts other answers to the question than its boxes do."""
    quantities = [each for each in study.estimates.values() if each.of == name and each.share_of is not None]
    words = study.answer_names(name)
    counted = [
        ", ".join(word for code, word in words.items() if code in (each.values or []))  # noqa: PD011  no frame
        for each in quantities
    ]
    boxes = {str(row).partition(": ")[2] for row in found.data.loc[found.data["kind"].isin(_BOXES), "row"]}
    return any(words not in boxes for words in counted)


def _hidden_rows(found: CrossTable, known: set[str] | None, min_cell: int) -> NDArray[np.bool_]:
    """Cells of answers that few of all gave; with one hidden, what joins answers or averages them is too."""
    data = found.data
    everyone = data[(data["banner"] == _ALL) & data["n_yes"].notna() & ~data["kind"].isin(_BOXES)]
    lost: set[str] = set(known or ())
    for _, rows in everyone.groupby("kind", sort=False):
        counts = rows[["n_yes"]].to_numpy(dtype=np.int64)
        parts = rows["kind"].iloc[0] in {"share", "ranked_first"}
        total = rows["n_obs"].to_numpy(dtype=np.int64)[:1] if parts else counts.sum(axis=0)
        of_others = unsafe(rows[["n_obs"]].to_numpy(dtype=np.int64) - counts, min_cell)
        already = rows["row"].isin(lost).to_numpy() | of_others
        lost |= set(rows["row"][hidden_cells(counts, total, min_cell, hidden=already)])
    lost |= _ranked_between(everyone, min_cell)
    hidden = data["row"].isin(lost)
    if lost:
        hidden |= data["kind"].isin([*_BOXES, *_MEANS])
    return hidden.to_numpy(dtype=bool)


def _ranked_between(cells: pd.DataFrame, min_cell: int) -> set[str]:
    """Options of which few are ranked among the first but not first."""
    ranked = cells[cells["kind"].str.startswith("ranked_")]
    between = ranked.groupby("row")["n_yes"].agg(lambda counts: counts.max() - counts.min())
    return set(between.index[(between > 0) & (between < min_cell)])


def _hidden_columns(
    study: Study, table: Table, name: str, aside: NDArray[np.bool_], beside: _Beside
) -> NDArray[np.bool_]:
    """Cells of columns in which something is small, or could be found from the other columns; rows aside apart."""
    found, min_cell = table.questions[name], study.report.min_cell
    counts = _counts(study, found, aside)
    hidden: set[str] = set()
    (everyone,) = table.banners[_ALL]
    if unsafe(counts.loc[[everyone]].to_numpy(), min_cell)[0]:
        return np.ones(len(found.data), dtype=bool)
    lost: set[Place] = set()
    for banner in inner_first([banner for banner in table.banners if banner != _ALL], beside.inside):
        columns = table.banners[banner]
        places = [(banner, column.removeprefix(f"{study.label(banner)}: ")) for column in columns]
        cells, total = counts.loc[columns].to_numpy(), counts.loc[everyone].to_numpy().copy()
        # An organisation may stand in several columns: its count is no remainder of a subtraction.
        total[1] = cells[:, 1].sum()
        before = encloses_hidden(places, lost, beside.inside)
        before |= np.array([_among_estimates(study, name, place, beside.estimates) for place in places])
        others = np.delete(counts.loc[everyone].to_numpy() - cells, 1, axis=1)
        before |= unsafe(np.maximum(others, 0), min_cell)  # who is not in the column, where columns overlap
        gone = hidden_cells(cells, total, min_cell, hidden=before)
        hidden |= {column for column, away in zip(columns, gone, strict=True) if away}
        lost |= {place for place, away in zip(places, gone, strict=True) if away}
    return found.data["column"].isin(hidden).to_numpy(dtype=bool)


def _counts(study: Study, found: CrossTable, aside: NDArray[np.bool_]) -> pd.DataFrame:
    """By column: answers, organisations, and for every share left how many it counts, does not count, and the rest."""
    data = found.data.assign(lost=aside)
    base = data.groupby("column", sort=False)[["n_obs", "n_organisations"]].max()
    if study.columns.organisation is None:
        base["n_organisations"] = base["n_obs"]
    shares = data[data["n_yes"].notna() & (data["kind"] != "share_of_picks") & ~data["lost"]]
    yes = shares.pivot_table(index="column", columns=["kind", "row"], values="n_yes", sort=False)
    yes = yes.reindex(base.index).fillna(0)
    of = shares.pivot_table(index="column", columns=["kind", "row"], values="n_obs", sort=False)
    no = (of.reindex(index=base.index, columns=yes.columns).fillna(0) - yes).add_prefix("not ", axis=1)
    parts = [base, yes, no]
    ranked = [kind for kind in yes.columns.get_level_values("kind").unique() if kind.startswith("ranked_")]
    if len(ranked) == 2:
        parts.append((yes[ranked[1]] - yes[ranked[0]]).add_prefix("between ", axis=1))
    # One answer each: what is hidden is what the others leave; between two boxes lies the middle.
    if "share_of_picks" not in set(data["kind"]):
        for kinds in (["share"], list(_BOXES)):
            answers = yes.loc[:, yes.columns.get_level_values("kind").isin(kinds)]
            if answers.shape[1]:
                rest = (base["n_obs"] - answers.sum(axis="columns")).rename(f"rest of {kinds[0]}")
                parts.append(rest.to_frame())
    table = pd.concat([part.set_axis([str(column) for column in part], axis=1) for part in parts], axis=1)
    return table.round().astype(np.int64)


def _among_estimates(study: Study, name: str, place: Place, estimates: pd.DataFrame) -> bool:
    """Whether a figure of the same question is hidden for the same people among the estimates."""
    same = [key for key, quantity in study.estimates.items() if quantity.of == name] + [name]
    segment, value = place
    rows = estimates[
        estimates["name"].isin(same) & (estimates["segment"] == segment) & (estimates["value"] == value)
    ]
    return bool(rows["suppressed"].any())
