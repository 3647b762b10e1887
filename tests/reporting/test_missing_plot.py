"""The plot of missing patterns: tiles, bars and figures are the results given, whatever their labels."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from surveykit.errors import ReportError
from surveykit.estimates.missing import lump_patterns, missing_patterns
from surveykit.reporting.missing_plot import missingness
from surveykit.reporting.style import ACCENT, NEUTRAL

DATA = pd.DataFrame({"a": [1, 1, 1, None, None, 1], "b": [1, 1, 1, 1, 1, None], "c": [1, 1, 1, 1, 1, None]})
ITEMS = pd.DataFrame(
    {
        "variable": ["a", "b", "c"],
        "label": ["Clear?", "Owned?", "Funded?"],
        "estimate": [1 / 3, 1 / 6, float("nan")],
    }
)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def tiles_of(ax):
    """Colour by pattern and item."""
    found = {}
    for patch in ax.patches:
        x, y = patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2
        found[round(x), round(y)] = to_hex(patch.get_facecolor())
    return found


def texts_of(ax):
    return [text.get_text() for text in ax.figure.findobj(plt.Text)]


def test_tiles_stand_where_answers_are_missing():
    ax = missingness(missing_patterns(DATA), ITEMS)
    missing = {place for place, colour in tiles_of(ax).items() if colour == ACCENT}
    assert missing == {(1, 0), (2, 1), (2, 2)}
    assert len(tiles_of(ax)) == 9
    assert set(tiles_of(ax).values()) == {ACCENT, NEUTRAL}
    above = next(each for each in ax.figure.axes if each is not ax)
    assert [bar.get_height() for bar in above.patches] == [3, 2, 1]
    assert {"3", "2", "1", "33%", "17%", "not shown"} <= set(texts_of(ax))


def test_items_are_drawn_in_the_order_given_and_only_those():
    ax = missingness(missing_patterns(DATA), ITEMS.iloc[[2, 0]])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Funded?", "Clear?"]
    assert {place for place, colour in tiles_of(ax).items() if colour == ACCENT} == {(1, 1), (2, 0)}


def test_rarer_patterns_are_one_hatched_column():
    ax = missingness(lump_patterns(missing_patterns(DATA), fewest=3), ITEMS)
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert len(hatched) == 1
    assert hatched[0].get_height() == pytest.approx(2.88)
    assert "Rarer patterns together" in texts_of(ax)
    assert "Rarer patterns together" not in texts_of(missingness(missing_patterns(DATA), ITEMS))


def test_missing_and_answered_differ_in_grey():
    grey = [
        sum(int(colour[i : i + 2], 16) * part for i, part in ((1, 0.3), (3, 0.59), (5, 0.11)))
        for colour in (ACCENT, NEUTRAL)
    ]
    assert grey[1] - grey[0] > 120


def test_long_questions_are_wrapped_and_dollars_are_dollars():
    long = ITEMS.assign(label="How far does $x^2$ of what your organisation " * 6)
    ax = missingness(missing_patterns(DATA), long)
    ax.figure.canvas.draw()
    label = ax.get_yticklabels()[0]
    assert "$x^2$" in label.get_text()
    assert max(map(len, label.get_text().split("\n"))) <= 46
    boxes = [each.get_window_extent() for each in ax.get_yticklabels()]
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in pairwise(boxes))
    assert min(box.x0 for box in boxes) >= 0


def test_what_cannot_be_drawn_is_refused():
    patterns = missing_patterns(DATA)
    with pytest.raises(ReportError, match="the patterns do not know item 'd'; allowed: a, b, c"):
        missingness(patterns, ITEMS.assign(variable=["a", "b", "d"]))
    with pytest.raises(ReportError, match="no patterns to draw; given: '3 of 0 items'"):
        missingness(patterns, ITEMS.iloc[:0])
    with pytest.raises(ReportError, match="at most 16 patterns fit one figure; given: 18.*'lump_patterns'"):
        missingness(pd.concat([patterns] * 6), ITEMS)
