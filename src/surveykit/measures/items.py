"""Items of a scale: what each adds to it, and how they go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.measures.coefficient import NOISE, answers_to, covariances

if TYPE_CHECKING:
    from surveykit.measures.coefficient import Covariances


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InterItem:
    """How strongly the items of a scale correlate with each other.

    Attributes
    ----------
    mean, lowest, highest : float
        Of the correlations of two items each, from -1 to 1. Between .15 and .50 on average is what Clark and Watson
        advise; items near 1 ask the same thing twice.
    n_obs : int
        Respondents who answered every item.
    n_items : int
        Items of the scale.
    reason : str
        Why a value is NaN; empty if none is.
    """

    mean: float
    lowest: float
    highest: float
    n_obs: int
    n_items: int
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def __repr__(self) -> str:
        found = f"mean {self.mean:.3f}, {self.lowest:.3f} to {self.highest:.3f}"
        why = f"; {self.reason}" if self.reason else ""
        return f"InterItem({found}; {self.n_items} items, {self.n_obs} respondents{why})"


def inter_item(items: pd.DataFrame | np.ndarray) -> InterItem:
    r"""Mean, lowest and highest correlation between two items of a scale.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers, reversed items already reversed; at least two items. Respondents with any missing item are left out.

    Returns
    -------
    InterItem
        NaN with a reason for fewer than two complete respondents, or an item that does not vary.

    Raises
    ------
    ScoringError
        If there are fewer than two items, or an answer is not a finite number.

    Notes
    -----
    :math:`\frac{2}{J (J - 1)} \sum_{i < j} r_{ij}`. In R: ``psych::alpha(na.omit(items))$total$average_r``. The matrix
    itself is ``items.corr()``. Clark, L. A. and Watson, D. (1995), Constructing validity, Psychological Assessment 7,
    309-319.

    Examples
    --------
    >>> import pandas as pd
    >>> inter_item(pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, 4]}))
    InterItem(mean 0.883, 0.808 to 0.938; 3 items, 5 respondents)
    """
    answers = answers_to(items, least=2, what="inter_item")
    found = covariances(answers, "listwise").correlations()
    n_items = answers.shape[1]
    pairs = found.matrix[np.triu_indices(n_items, k=1)] if not found.reason else np.array([np.nan])
    return InterItem(
        mean=float(pairs.mean()),
        lowest=float(pairs.min()),
        highest=float(pairs.max()),
        n_obs=found.n_obs,
        n_items=n_items,
        reason=found.reason,
    )


def item_statistics(items: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    r"""What each item is like, and what the scale would be without it.

    Parameters
    ----------
    items : DataFrame or array of float, shape (respondents, items)
        Answers, reversed items already reversed; at least two items.

    Returns
    -------
    DataFrame indexed by item
        `mean` and `std` (n - 1) of all answers to the item; `item_rest_r`, its correlation with the sum of the other
        items, from -1 to 1, and `alpha_if_dropped`, alpha of the others, at most 1, both over respondents who answered
        every item; `n_missing`, respondents who did not answer the item; `reason`, why a value is NaN, or that the item
        runs against the others, empty if neither. An item whose `item_rest_r` is below 0 is a reversed one that was not
        reversed, or of another scale.

    Raises
    ------
    ScoringError
        If there are fewer than two items, or an answer is not a finite number.

    Notes
    -----
    With C the covariances and :math:`s_T^2` their sum, the other items of i have the variance :math:`v_i = s_T^2 - 2
    \sum_j c_{ij} + c_{ii}`; so :math:`r_i = \sum_{j \ne i} c_{ij} / \sqrt{c_{ii} v_i}` and :math:`\alpha_{-i} =
    \frac{J - 1}{J - 2} (1 - \sum_{j \ne i} c_{jj} / v_i)`. In R: ``psych::alpha(items)``, its ``item.stats`` (``mean``,
    ``sd``, ``r.drop``) and ``alpha.drop`` (``raw_alpha``), the last two after ``na.omit``. Of two items psych prints
    an alpha of the one left; there is none. Cureton, E. E. (1966), Corrected item-test correlations, Psychometrika 31,
    93-96.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, None]})
    >>> item_statistics(answers)[["item_rest_r", "alpha_if_dropped", "n_missing"]].round(3)
       item_rest_r  alpha_if_dropped  n_missing
    a        0.981             0.853          0
    b        0.849             0.960          0
    c        0.851             0.952          1
    """
    answers = answers_to(items, least=2, what="item_statistics")
    found = covariances(answers, "listwise")
    item_rest_r, alpha_if_dropped = _against_rest(found.matrix)
    table = pd.DataFrame(
        {
            "mean": answers.mean().to_numpy(),
            # From the lowest answer up, so that answers all alike have a spread of 0, not of rounding.
            "std": (answers - answers.min()).std(ddof=1).to_numpy(),
            "item_rest_r": item_rest_r,
            "alpha_if_dropped": alpha_if_dropped,
            "n_missing": answers.isna().sum().to_numpy(),
        },
        index=answers.columns,
    )
    against = np.where(table["item_rest_r"] < 0, "runs against the other items: is it reversed?", "")
    pairs = zip(_reasons(table, found), against, strict=True)
    return table.assign(reason=["; ".join(filter(None, pair)) for pair in pairs])


def _against_rest(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n_items, own = len(matrix), np.diag(matrix)
    shared = matrix.sum(axis=1) - own
    rest = matrix.sum() - 2 * shared - own
    # What is left of sums that cancel is rounding: no variance.
    rest = np.where(rest > NOISE * n_items * own.sum(), rest, np.nan)
    r = np.clip(shared / np.sqrt(np.where(own > 0, own, np.nan) * rest), -1, 1)
    others = (n_items - 1) / (n_items - 2) if n_items > 2 else np.nan
    return r, np.minimum(others * (1 - (own.sum() - own) / rest), 1)


def _reasons(table: pd.DataFrame, found: Covariances) -> list[str]:
    few, rest = found.reason, "the other items together do not vary"
    own = np.where(np.diag(found.matrix) == 0, "the item does not vary", rest)
    why = {
        "mean": ["no answer"] * len(table),
        "std": ["fewer than two answers"] * len(table),
        "item_rest_r": [few or each for each in own],
        "alpha_if_dropped": [few or (rest if len(table) > 2 else "one item is left")] * len(table),
    }
    undefined = table[list(why)].isna().to_numpy()
    said = np.array([[f"{name}: {each}" for each in texts] for name, texts in why.items()]).T
    return ["; ".join(row[missed]) for row, missed in zip(said, undefined, strict=True)]
