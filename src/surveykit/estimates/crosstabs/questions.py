"""Questions as a table asks them: which rows they have, and what each row divides by what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.errors import EstimateError
from surveykit.estimates.given import as_numbers, check_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Kinds of rows that are means; the others are shares, 0 to 1.
MEANS = ("mean", "mean_rank")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A question, unit by unit: every row of the table is the total of a numerator over that of its base.

    Attributes
    ----------
    labels, kinds : sequence of str, shape (rows,)
    top : array of float, shape (units, rows)
        Numerators; 0 for who is outside the base.
    bottom : array of float, shape (units, bases)
        Bases: 0 for who is outside.
    base_of : array of int, shape (rows,)
        Which base a row has.
    tables : mapping of str to array of int
        What the Rao-Scott test is made of: the rows that are the answers of one question, or the one row of an
        option that was picked or not, by its name (empty for the whole question).
    """

    labels: Sequence[str]
    kinds: Sequence[str]
    top: Floats
    bottom: Floats
    base_of: NDArray[np.intp]
    tables: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)

    @property
    def share(self) -> NDArray[np.bool_]:
        """Which rows are shares."""
        return ~np.isin(self.kinds, MEANS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SingleAnswer:
    """A question with one answer.

    Attributes
    ----------
    codes : Series of float, shape (units,)
        The answer's code; missing for who did not answer. "Don't know" is no point of a scale: leave it missing.
    words : mapping of code to str
        The answers in the order they are read, each with its words.
    ordered : bool, default True
        Whether the answers have an order, their codes being scores: then the table has the mean of the codes, and
        with four answers or more the share of the two best and of the two worst.
    top : sequence of codes, optional
        Which answers are the best ones: where low codes are good, or where one or three are wanted. By default the
        two highest codes of four or more. As many answers from the other end are the worst; none where `top` is no
        end of the scale, or the two would meet. Empty for neither.
    """

    codes: pd.Series
    words: Mapping[float, str]
    ordered: bool = True
    top: Sequence[float] | None = None

    def asked(self, units: pd.Index) -> Asked:
        """The rows of the question."""
        codes = self._checked(units)
        known = np.array(list(self.words), dtype=float)
        given = codes[:, None] == known
        rows = [("share", word, given[:, place]) for place, word in enumerate(self.words.values())]
        for kind, chosen in self._boxes().items():
            words = ", ".join(self.words[code] for code in chosen)
            name = f"{'Top' if kind == 'top_box' else 'Bottom'} {len(chosen)}: {words}"
            rows.append((kind, name, np.isin(codes, chosen)))
        rows += [("mean", "Mean", np.nan_to_num(codes))] if self.ordered else []
        kinds, labels, tops = zip(*rows, strict=True)
        return Asked(
            labels=labels,
            kinds=kinds,
            top=np.column_stack(tops).astype(float),
            bottom=(~np.isnan(codes))[:, None].astype(float),
            base_of=np.zeros(len(rows), dtype=np.intp),
            tables={"": np.arange(len(known))},
        )

    def _checked(self, units: pd.Index) -> Floats:
        codes = of_units(self.codes, units)
        known = [*self.words, *(self.top or [])]
        if odd := sorted(set(self.codes.dropna()) - set(self.words)) or sorted(set(known) - set(self.words)):
            raise EstimateError("codes without words", given=odd[:5], allowed=list(self.words))
        if len(set(self.words.values())) < len(self.words) or not self.words:
            raise EstimateError(
                "every answer needs words of its own",
                given=list(self.words.values()),
                fix="Join answers first.",
            )
        if self.top and not self.ordered:
            raise EstimateError("answers without an order have no best ones", given=list(self.top))
        return codes

    def _boxes(self) -> dict[str, list[float]]:
        """The best and the worst answers, as they are read."""
        ranked = sorted(self.words)
        best = set(self.top if self.top is not None else ranked[-2:] if len(ranked) > 3 else [])
        if not best or not self.ordered:
            return {}
        low, high = set(ranked[: len(best)]), set(ranked[-len(best) :])
        worst = low if best == high else high if best == low else set()
        boxes = {"top_box": best} | ({"bottom_box": worst} if worst and not worst & best else {})
        return {kind: [code for code in self.words if code in chosen] for kind, chosen in boxes.items()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MultiSelect:
    """A question of which several options may be picked.

    Attributes
    ----------
    picked : DataFrame of bool, shape (units, options)
        Who picked what; all options missing, or the unit absent, for who did not answer. Who answered and picked
        nothing counts among those who answered.
    """

    picked: pd.DataFrame

    def asked(self, units: pd.Index) -> Asked:
        """The share of each option among those who answered, then among all picks."""
        table = of_units(self.picked, units)
        gone = np.isnan(table)
        if (partly := gone.any(axis=1) & ~gone.all(axis=1)).any():
            raise EstimateError(
                f"some options are missing for {int(partly.sum())} units that answered others",
                fix="Give False for an option that was not picked.",
            )
        if not np.isin(table[~gone], (0, 1)).all():
            raise EstimateError("picks must be 0 or 1", given=np.setdiff1d(table[~gone], (0, 1))[:5].tolist())
        picked, options = np.nan_to_num(table), [str(name) for name in self.picked]
        n = len(options)
        return Asked(
            labels=options * 2,
            kinds=["share"] * n + ["share_of_picks"] * n,
            top=np.column_stack([picked, picked]),
            bottom=np.column_stack([~gone.any(axis=1), picked.sum(axis=1)]).astype(float),
            base_of=np.repeat([0, 1], n),
            tables={name: np.array([place]) for place, name in enumerate(options)},
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """A number, or the score of a scale: its mean.

    Attributes
    ----------
    values : Series of float, shape (units,)
        Missing for who has none.
    label : str, default 'Mean'
    """

    values: pd.Series
    label: str = "Mean"

    def asked(self, units: pd.Index) -> Asked:
        """One row, the mean."""
        values = of_units(self.values, units)
        if np.isinf(values).any():
            raise EstimateError("a score has values that are not finite")
        return Asked(
            labels=[self.label],
            kinds=["mean"],
            top=np.nan_to_num(values)[:, None],
            bottom=(~np.isnan(values))[:, None].astype(float),
            base_of=np.zeros(1, dtype=np.intp),
        )


def of_units(given: pd.Series | pd.DataFrame, units: pd.Index) -> Floats:
    """Answers of all units of a design, missing where a unit is absent."""
    check_kind("answers", given, pd.Series, pd.DataFrame)
    if not given.index.is_unique or len(strange := given.index.difference(units)):
        raise EstimateError(
            "answers must be of units of the design, each once",
            given=list(
                given.index[given.index.duplicated()][:3] if not given.index.is_unique else strange[:3]
            ),
        )
    if isinstance(given, pd.Series):
        return as_numbers(given.reindex(units))
    return np.column_stack([as_numbers(column) for _, column in given.reindex(units).items()])
