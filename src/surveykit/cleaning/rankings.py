"""Questions whose options are put in order: the rank each executive gave each option."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.cleaning.coding import Coding, columns_of, missing_in, read_column
from surveykit.errors import StudyError, did_you_mean
from surveykit.exports.raw import SEPARATORS
from surveykit.exports.selection import UNSHOWN, split_selected
from surveykit.study import fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.exports import RawExport
    from surveykit.study import Study
    from surveykit.study.codebook import Ranking

# Platforms that may write a ranking into one cell, its options in their order; elsewhere such a cell is a multi-select.
_JOINED = frozenset({"microsoft_forms", "plain"})
_DIGITS = re.compile(r"\d+")


class Layout(NamedTuple):
    """How a ranking stands in its export.

    ``cells`` is the text of its columns. ``options`` are those offered; ``places`` is the rank each column stands for,
    or None where each column is the option of the same position and holds its rank.
    """

    cells: pd.DataFrame
    options: list[str]
    places: NDArray[np.int64] | None


def read_ranking(raw: RawExport, study: Study, name: str) -> tuple[pd.DataFrame, pd.Series]:
    """Tell which rank each option was given.

    An answer counts as a whole or not at all: one rank that cannot be right leaves the others in doubt. Whoever ranked
    only the first few, without a gap, has answered.

    Parameters
    ----------
    raw : RawExport
        The responses.
    study : Study
        The plan.
    name : str
        Name of the ranking.

    Returns
    -------
    (DataFrame of float, Series of str)
        One row an executive who answered, one column an option: its rank, 1 the best, NaN where it was not ranked.
        And, for every row, the rule that makes the answer missing, empty where none does: ``not_a_number``,
        ``unmapped_label``, ``out_of_range``, ``tied_ranks``, ``ranked_twice``, ``skipped_ranks`` or ``missing_code``.

    Raises
    ------
    StudyError
        If the columns do not fit the options the study lists, or more ranks were asked for than there are options.
    """
    layout = layout_of(raw, study, name)
    given, problems = read_cells(raw, study, name, layout)
    ranks = _ranks(given, layout)
    rules = _rules(given, ranks, problems, layout)
    return ranks[(rules == "") & ranks.notna().any(axis=1)], rules


def layout_of(raw: RawExport, study: Study, name: str) -> Layout:
    """Find out what the columns of a ranking are, and refuse those that can be read in two ways or in none."""
    ranking = study.rankings[name]
    asked = _counted(raw, ranking, columns_of(raw, ranking.question))
    if ranking.options and all(_DIGITS.fullmatch(option.strip()) for option in ranking.options):
        raise _misfit(
            study, name, "options that are numbers cannot be told from ranks", "Export their texts."
        )
    layout = _spread(raw, study, name, asked) if len(asked) > 1 else _joined(raw, study, name)
    if ranking.ranks is not None and ranking.ranks > len(layout.options):
        what = f"ranking '{name}' asks for {ranking.ranks} ranks of {len(layout.options)} options"
        raise _misfit(study, name, what, "List all options, or lower 'ranks'.")
    return layout


def _counted(raw: RawExport, ranking: Ranking, columns: list[str]) -> pd.DataFrame:
    """The columns that are ranked, with the texts each may be known by; written answers beside them are not."""
    asked = raw.questions.set_index("column").loc[columns]
    own = [column.removeprefix(ranking.question).strip(" _.:-[]") for column in columns]
    asked = asked.assign(part=asked["part"].where(asked["part"] != "", own))
    options = {fold(option) for option in ranking.options or []}
    numbers = [column for column in columns if _all_numbers(raw.data[column])]
    counted = asked[
        (asked["kind"] != "other") | asked["part"].map(fold).isin(options) | asked.index.isin(numbers)
    ]
    return counted[~counted["part"].map(fold).duplicated() | (counted["kind"] != "other")]


def _all_numbers(cells: pd.Series) -> bool:
    given = cells.dropna()
    return len(given) > 0 and bool(given.str.strip().str.fullmatch(r"\d+").all())


def _joined(raw: RawExport, study: Study, name: str) -> Layout:
    """A ranking in one cell: its options, the best first."""
    column, options = study.rankings[name].question, study.rankings[name].options
    if raw.platform not in _JOINED or column not in raw.data.columns or not options:
        what = f"ranking '{name}' needs a column for each option or each rank, and '{column}' is one column"
        fix = "If its cells list the options in their order, name them: 'options: [...]'."
        raise _misfit(
            study, name, what, fix if raw.platform in _JOINED else "Name the question, not one column."
        )
    text = raw.data[column]
    mark = SEPARATORS.get(raw.platform) or (";" if text.str.contains(";").any() else "")
    picks = {cell: split_selected(cell, options, separator=mark) for cell in text.dropna().unique()}
    places = np.arange(1, max(map(len, picks.values()), default=1) + 1)
    ranked = [
        {cell: given[at] for cell, given in picks.items() if len(given) > at} for at in range(len(places))
    ]
    cells = {f"{column} {at}": text.map(each).astype("str") for at, each in enumerate(ranked, start=1)}
    return Layout(pd.DataFrame(cells, index=text.index), list(options), places)


def _spread(raw: RawExport, study: Study, name: str, asked: pd.DataFrame) -> Layout:
    """A ranking over several columns: each an option, or each a rank."""
    cells, parts = raw.data[list(asked.index)], list(asked["part"])
    options = study.rankings[name].options
    if twice := sorted(asked["part"][asked["part"].map(fold).duplicated()]):
        raise _misfit(study, name, f"two columns of ranking '{name}' are both '{twice[0]}'", "Rename one.")
    if options is None:
        return Layout(cells, parts, None)
    known = {fold(option): option for option in options}
    column_of = {known[fold(text)]: column for column, text in _texts(asked) if fold(text) in known}
    numbers = _numbers(parts)
    if not column_of and _holds(cells, known):
        return Layout(cells, list(options), np.arange(len(parts)) + 1 if numbers is None else numbers)
    if not column_of and numbers is not None and len(parts) == len(options):
        ordered = cells.columns[np.argsort(numbers)]  # numbered, in the order of the options
        column_of = dict(zip(options, ordered, strict=True))
    _each_has_a_column(study, name, asked, column_of)
    return Layout(cells[[column_of[option] for option in options]], list(options), None)


def _texts(asked: pd.DataFrame) -> list[tuple[str, str]]:
    """Column and text, for each text a column may name its option by: what stands beside its question comes first."""
    told = [*zip(asked.index, asked["question"], strict=True), *zip(asked.index, asked["part"], strict=True)]
    return [(str(column), str(text)) for column, text in told]


def _numbers(parts: list[str]) -> NDArray[np.int64] | None:
    """The numbers of columns called 1, 2, .. or Rank 1, Rank 2, ..; None if they are called anything else."""
    found = [_DIGITS.findall(part) for part in parts]
    if any(len(digits) != 1 for digits in found):
        return None
    numbers = np.array([int(digits[0]) for digits in found])
    return numbers if sorted(numbers) == list(range(1, len(parts) + 1)) else None


def _holds(cells: pd.DataFrame, known: dict[str, str]) -> bool:
    """Whether any cell is the text of an option."""
    held = pd.unique(cells.to_numpy(dtype=object).ravel())
    return any(fold(text) in known for text in held if isinstance(text, str))


def _each_has_a_column(study: Study, name: str, asked: pd.DataFrame, column_of: dict[str, str]) -> None:
    options = study.rankings[name].options or []
    for column, part in asked["part"].items():
        if column not in column_of.values():
            fix = did_you_mean(part, options) or "List every option, in the words of the export."
            raise _misfit(
                study, name, f"column '{column}' ('{part}') is none of the options of '{name}'", fix
            )
    for option in options:
        if option not in column_of:
            raise _misfit(study, name, f"option '{option}' of ranking '{name}' has no column", "")


def _misfit(study: Study, name: str, what: str, fix: str) -> StudyError:
    return StudyError(
        what, where=study.where("rankings", name), allowed=study.rankings[name].options or [], fix=fix
    )


def read_cells(raw: RawExport, study: Study, name: str, layout: Layout) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read each cell by itself.

    Returns
    -------
    (DataFrame, DataFrame of str)
        Ranks, or options where the columns are ranks; and the rule that makes a cell missing, empty where none does.
    """
    most = study.rankings[name].ranks or len(layout.options)
    read = {
        column: read_column(layout.cells[column], _coding(raw, study, str(column), layout, most))
        for column in layout.cells
    }
    given = pd.DataFrame({column: codes for column, (codes, _) in read.items()})
    problems = pd.DataFrame({column: rules for column, (_, rules) in read.items()})
    if layout.places is not None:
        beyond = given.notna() & (layout.places > most)
        problems, given = problems.mask(beyond, "out_of_range"), given.mask(beyond)
    return given, problems


def _coding(raw: RawExport, study: Study, column: str, layout: Layout, most: int) -> Coding:
    labels = raw.labels[raw.labels["column"] == column]
    ranked = layout.places is None
    return Coding(
        codes={} if ranked else {fold(option): option for option in layout.options},
        numeric=ranked,
        whole=ranked,
        span=(1.0, float(most)),
        missing=missing_in(raw, study, column) | {fold(text) for text in UNSHOWN},
        labels=dict(zip(labels["value"], labels["label"], strict=True)),
        decimal=raw.decimal,
    )


def _ranks(given: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """The rank of each option, whichever way the columns tell it; NaN where it has none."""
    if layout.places is None:
        return given.set_axis(layout.options, axis="columns")
    ranks = {option: given.isin([option]).to_numpy(dtype=bool) @ layout.places for option in layout.options}
    return pd.DataFrame(ranks, index=given.index).astype(float).replace(0, np.nan)


def _rules(given: pd.DataFrame, ranks: pd.DataFrame, problems: pd.DataFrame, layout: Layout) -> pd.Series:
    """The first thing that is wrong with each answer."""
    values = ranks.to_numpy()
    whole = {
        "ranked_twice": np.any([given.isin([option]).sum(axis=1) > 1 for option in layout.options], axis=0),
        "tied_ranks": np.any(
            [(values == rank).sum(axis=1) > 1 for rank in range(1, ranks.shape[1] + 1)], axis=0
        ),
        "skipped_ranks": ranks.max(axis=1) > ranks.count(axis=1),
        "missing_code": (problems == "missing_code").any(axis=1) & ranks.isna().all(axis=1),
    }
    strange = problems.mask(problems == "missing_code", "")
    rules = pd.Series("", index=ranks.index, dtype="str")
    for column in strange:
        rules = rules.mask(rules == "", strange[column])
    for rule, broken in whole.items():
        rules = rules.mask((rules == "") & broken, rule)
    return rules
