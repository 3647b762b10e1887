"""Which cells of a set stay hidden, so that no small count can be read or found by subtraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray


def unsafe(counts: NDArray[np.int64], min_cell: int) -> NDArray[np.bool_]:
    """Cells that tell too much: any of their counts is above 0 and below the smallest cell shown.

    Parameters
    ----------
    counts : array of int, shape (cells, kinds of count)
        How many answers, organisations, yes and no each cell rests on; 0 where a kind does not apply.
    min_cell : int
        Smallest count shown.

    Returns
    -------
    array of bool, shape (cells,)

    Examples
    --------
    >>> unsafe(np.array([[12, 12], [12, 3], [0, 0]]), 5).tolist()
    [False, True, False]
    """
    # Below 0 something was counted that is not among the whole: nothing is known to be safe.
    return np.asarray(((counts != 0) & (counts < min_cell)).any(axis=-1))


def hidden_cells(
    counts: NDArray[np.int64],
    total: NDArray[np.int64],
    min_cell: int,
    *,
    fewest: int = 2,
    hidden: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Choose the cells of one set to hide, where the set's total is shown.

    Small cells are hidden first. What a reader then finds by subtracting the shown cells from the total must not be
    one cell alone nor small itself; while it is, the smallest cell still shown is hidden too.

    Parameters
    ----------
    counts : array of int, shape (cells, kinds of count)
        The first kind orders the cells by size.
    total : array of int, shape (kinds of count,)
        Shown totals; more than the sum of the cells where some answers are in no cell.
    min_cell : int
        Smallest count shown.
    fewest : int, default 2
        Fewest cells hidden if any is.
    hidden : array of bool, shape (cells,), optional
        Cells hidden for another reason.

    Returns
    -------
    array of bool, shape (cells,)

    Examples
    --------
    One small cell takes the next smallest with it; two that are small together take a third.

    >>> hidden_cells(np.array([[3], [20], [9], [40]]), np.array([72]), 5).tolist()
    [True, False, True, False]
    >>> hidden_cells(np.array([[2], [20], [2], [40]]), np.array([64]), 5).tolist()
    [True, True, True, False]
    """
    hidden = unsafe(counts, min_cell) if hidden is None else hidden | unsafe(counts, min_cell)
    size = counts[:, 0]
    while (~hidden).any():
        rest = total - counts[~hidden].sum(axis=0)
        enough = hidden.sum() == 0 or hidden.sum() >= fewest
        if enough and not unsafe(np.maximum(rest, 0), min_cell):
            break
        # Hiding an empty cell hides nothing: they are the last to go.
        open_cells = np.flatnonzero(~hidden)
        hidden[min(open_cells, key=lambda cell: (size[cell] == 0, size[cell]))] = True
    return hidden


def differencing(
    subsets: Sequence[frozenset[Hashable]],
    atoms: dict[Hashable, int],
    min_cell: int,
) -> list[bool]:
    """Say which of several shares of one question would give a small count away beside those before it.

    A share of answers 4 and 5 beside a share of answer 5 tells the count of answer 4.

    Parameters
    ----------
    subsets : sequence of frozenset
        The answers each share counts, in the order they are shown.
    atoms : dict of answer to int
        How many gave each answer.
    min_cell : int
        Smallest count shown.

    Returns
    -------
    list of bool
        True for a share to hide.

    Examples
    --------
    >>> differencing([frozenset({4, 5}), frozenset({5})], {3: 20, 4: 2, 5: 18}, 5)
    [False, True]
    """
    shown: list[frozenset[Hashable]] = []
    hide = []
    for subset in subsets:
        sizes = [sum(atoms[answer] for answer in block) for block in blocks([*shown, subset], list(atoms))]
        hide.append(any(0 < size < min_cell for size in sizes))
        shown += [] if hide[-1] else [subset]
    return hide


def blocks(subsets: Sequence[frozenset[Hashable]], answers: Sequence[Hashable]) -> list[list[Hashable]]:
    """Group answers that every subset counts or leaves out together: sums over these groups can be found.

    Examples
    --------
    >>> blocks([frozenset({4, 5})], [1, 2, 3, 4, 5])
    [[1, 2, 3], [4, 5]]
    """
    groups: dict[tuple[bool, ...], list[Hashable]] = {}
    for answer in answers:
        groups.setdefault(tuple(answer in subset for subset in subsets), []).append(answer)
    return list(groups.values())
