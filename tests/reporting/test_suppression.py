import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.reporting.suppression import blocks, differencing, hidden_cells, unsafe

COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=8)


@given(COUNTS, st.integers(0, 12), st.integers(2, 10))
def test_no_small_cell_is_shown_nor_found_by_subtraction(counts, in_no_cell, min_cell):
    cells = np.array(counts)[:, None]
    total = np.array([sum(counts) + in_no_cell])
    hidden = hidden_cells(cells, total, min_cell)
    shown = cells[~hidden, 0]
    assert not unsafe(shown[:, None], min_cell).any()
    assert hidden.sum() != 1 or len(counts) == 1
    left = total[0] - shown.sum()
    assert hidden.all() or not 0 < left < min_cell


@given(COUNTS, st.integers(2, 10))
def test_nothing_is_hidden_where_nothing_is_small(counts, min_cell):
    cells = np.array([n + min_cell for n in counts])[:, None]
    assert not hidden_cells(cells, cells.sum(axis=0), min_cell).any()


@given(COUNTS, st.integers(2, 10), st.randoms())
def test_the_order_of_the_cells_does_not_change_what_may_be_hidden(counts, min_cell, random):
    cells = np.array(counts)[:, None]
    order = random.sample(range(len(counts)), len(counts))
    one = hidden_cells(cells, cells.sum(axis=0), min_cell)
    other = hidden_cells(cells[order], cells.sum(axis=0), min_cell)
    # Cells of one size are alike: which of them is hidden may depend on the order, how many of a size may not.
    assert sorted(cells[one, 0]) == sorted(cells[order][other, 0])


def test_every_kind_of_count_keeps_a_cell_from_being_shown():
    yes_and_no = np.array([[20, 10, 17, 3], [30, 12, 15, 15], [25, 11, 10, 15]])
    assert hidden_cells(yes_and_no, yes_and_no.sum(axis=0), 5).tolist() == [True, False, True]


def test_answers_in_no_cell_hide_a_cell_to_hide_behind():
    assert hidden_cells(np.array([[20], [30]]), np.array([53]), 5).tolist() == [True, True]
    assert hidden_cells(np.array([[20], [30]]), np.array([56]), 5).tolist() == [False, False]


def test_a_cell_hidden_for_another_reason_counts():
    already = np.array([True, False, False])
    hidden = hidden_cells(np.array([[20], [30], [40]]), np.array([90]), 5, hidden=already)
    assert hidden.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("subsets", "hide"),
    [
        ([{4, 5}], [False]),
        ([{4, 5}, {5}], [False, True]),  # the difference is the two who gave answer 4
        ([{5}, {1, 2, 3}], [False, True]),  # what neither counts is answer 4
        ([{1}, {2}], [False, False]),
    ],
)
def test_shares_of_one_question_are_not_shown_where_their_difference_is_small(subsets, hide):
    atoms = {1: 10, 2: 10, 3: 10, 4: 2, 5: 18}
    assert differencing([frozenset(subset) for subset in subsets], atoms, 5) == hide


@given(st.lists(st.frozensets(st.integers(1, 5)), max_size=4))
def test_blocks_hold_every_answer_once(subsets):
    found = blocks(subsets, [1, 2, 3, 4, 5])
    assert sorted(answer for block in found for answer in block) == [1, 2, 3, 4, 5]
