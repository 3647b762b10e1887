import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from tests.reporting.made_up import ALL_NASTY, answers_of, small_analysis, small_study

from surveykit.errors import ReportError
from surveykit.reporting import alt_texts, plots
from surveykit.reporting.disclosure import protect
from surveykit.reporting.fragments import figure


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def scale_of(shown, name):
    return shown.distributions[shown.distributions["scale"] == name]


def headlines_of(shown):
    return shown.estimates[shown.estimates["kind"] == "headline"]


def texts_of(ax):
    return [text.get_text() for text in ax.figure.findobj(plt.Text)]


def test_likert_bars_are_the_shares_around_the_middle(ai_shown):
    rows = scale_of(ai_shown, "strategy_clarity")
    ax = plots.likert(rows)
    first = [container.patches[0] for container in ax.containers]
    shares = rows[rows["item"] == "clarity_1"].sort_values("code")["share"]
    assert [bar.get_width() for bar in first] == pytest.approx(list(shares))
    assert first[2].get_x() == pytest.approx(-shares.iloc[2] / 2)  # the middle answer straddles 0
    assert "n = 869" in texts_of(ax)


def test_an_even_number_of_answers_is_split_between(ospo_shown):
    ax = plots.likert(scale_of(ospo_shown, "open_source_activity"))
    assert [container.patches[0].get_x() for container in ax.containers][2] == pytest.approx(0)


def test_hidden_answers_are_one_hatched_bar():
    shown = protect(small_analysis(small_study(), answers_of(30, 20, 30, 3, 9)))
    ax = plots.likert(shown.distributions)
    last = ax.containers[-1].patches[0]
    assert last.get_hatch() == "////"
    assert last.get_width() == pytest.approx(12 / 92)  # answers 4 and 5 together
    assert "Answers of few, not shown" in texts_of(ax)
    assert "not shown, because few gave them (n = 92)" in alt_texts.of_likert(shown.distributions)


def test_items_with_different_answers_cannot_share_a_figure(ai_shown, ospo_shown):
    both = pd.concat([scale_of(ai_shown, "ownership"), scale_of(ospo_shown, "formal_policy")])
    with pytest.raises(ReportError, match="cannot share one figure; given: '7 answers for 6 codes'"):
        plots.likert(both)
    with pytest.raises(ReportError, match="given: 'no rows'"):
        plots.likert(both.iloc[:0])


def test_intervals_stand_where_the_estimates_are(ai_shown):
    rows = headlines_of(ai_shown).query("segment == ''")
    ax = plots.intervals(rows, ai_shown.comparisons)
    dots, strokes = ax.lines[:2]
    assert list(dots.get_xdata()) == pytest.approx(list(rows["estimate"]))
    assert list(strokes.get_xdata()) == [0.3, 0.2, 0.95, 0.9]
    assert {"29%", "about 30%", "fewer than 20%", "over 90%", "95%"} <= set(texts_of(ax))


def test_shares_and_means_are_not_mixed(ai_shown):
    with pytest.raises(ReportError, match=r"shares or means, not both; given: \['mean', 'share'\]"):
        plots.intervals(ai_shown.estimates[ai_shown.estimates["segment"] == ""])
    means = ai_shown.estimates.query("kind == 'scale' and segment == ''")
    low, high = plots.intervals(means).get_xlim()
    assert low < means["ci_lower"].min() < means["ci_upper"].max() < high


def test_a_panel_for_each_share_by_segment(ai_shown):
    axes = plots.by_segment(headlines_of(ai_shown), "size")
    assert len(axes) == 4
    assert [label.get_text() for label in axes[0].get_yticklabels()] == [
        "Under 250",
        "250 to 999",
        "1,000 to 4,999",
        "5,000 and more",
    ]
    assert texts_of(axes[3]).count("not shown") == 2
    with pytest.raises(ReportError, match="no estimate by 'sizes'; allowed: industry, size"):
        plots.by_segment(headlines_of(ai_shown), "sizes")


def test_effects_of_different_units_do_not_share_an_axis(ai_shown):
    axes = plots.forest(ai_shown.links)
    assert len(axes) == ai_shown.links["link"].nunique()
    points = ai_shown.links.query("link == 1")["effect"] * 100
    assert list(axes[0].lines[0].get_xdata()) == pytest.approx(list(points))
    assert "percentage points" in axes[0].get_xlabel()
    assert "percentage points" not in axes[2].get_xlabel()
    with pytest.raises(ReportError, match="no links to draw"):
        plots.forest(ai_shown.links.iloc[:0])


def test_labels_are_drawn_as_written(ai_shown):
    text = ALL_NASTY
    rows = headlines_of(ai_shown).assign(label=text)
    drawn = [
        plots.likert(scale_of(ai_shown, "ownership").assign(label=text)),
        plots.intervals(rows.query("segment == ''"), ai_shown.comparisons),
        plots.by_segment(rows, "size")[0],
        plots.forest(ai_shown.links.assign(predictor_label=text))[0],
    ]
    for ax in drawn:
        assert isinstance(ax, Axes)
        assert any(_joined(text) == _joined(found) for found in texts_of(ax))
        assert not any(found.get_parse_math() for found in ax.figure.findobj(plt.Text))
        assert 'alt="' in figure(ax, text, text).html  # drawing it does not fail on a broken formula


def _joined(text):
    """The text without the line breaks that wrapping put into it, and whatever its capitals."""
    return "".join(text.split()).casefold()


def test_axes_given_are_drawn_on(ai_shown):
    _, own = plt.subplots()
    assert plots.likert(scale_of(ai_shown, "ownership"), ax=own) is own


def test_the_readers_settings_come_back(ai_shown):
    before = dict(plt.rcParams)
    plots.likert(scale_of(ai_shown, "ownership"))
    assert dict(plt.rcParams) == before


def test_alternative_texts_tell_the_figures(ai_shown):
    rows = headlines_of(ai_shown)
    told = alt_texts.of_intervals(rows.query("segment == ''"), ai_shown.comparisons)
    assert "Say their AI strategy is well defined: 29% (25% to 33%); published: about 30%." in told
    assert "Under 250 23%" in alt_texts.of_by_segment(rows, "size")
    assert "5,000 and more not shown and all 92%." in alt_texts.of_by_segment(rows, "size")
    assert "strategy clarity +6.4 points (1.3 to 11.5)" in alt_texts.of_forest(ai_shown.links)
    assert "15% Strongly disagree" in alt_texts.of_likert(scale_of(ai_shown, "strategy_clarity"))


def test_colours_of_both_sides_match_in_grey():
    for n in (2, 3, 4, 5, 6, 7, 10):
        found = plots.likert.__globals__["colours"](n)
        assert len(set(found)) == n
        grey = [
            np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], (0.299, 0.587, 0.114)) for colour in found
        ]
        assert sorted(grey[: n // 2]) == grey[: n // 2]
        assert sorted(grey[-(n // 2) :], reverse=True) == grey[-(n // 2) :]
