import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from tests.reporting import pictures
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
    assert {"25%", "about 30%", "fewer than 20%", "over 90%", "95%"} <= set(texts_of(ax))


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
    assert "Say their AI strategy is well defined: 25% (21% to 30%); published: about 30%." in told
    assert "Under 250 23%" in alt_texts.of_by_segment(rows, "size")
    assert "5,000 and more not shown and all 95%." in alt_texts.of_by_segment(rows, "size")
    assert "strategy clarity +6.4 points (1.3 to 11.5)" in alt_texts.of_forest(ai_shown.links)
    assert "17% Strongly disagree" in alt_texts.of_likert(scale_of(ai_shown, "strategy_clarity"))


def test_colours_of_both_sides_match_in_grey():
    for n in (2, 3, 4, 5, 6, 7, 10):
        found = plots.likert.__globals__["colours"](n)
        assert len(set(found)) == n
        grey = [
            np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], (0.299, 0.587, 0.114)) for colour in found
        ]
        assert sorted(grey[: n // 2]) == grey[: n // 2]
        assert sorted(grey[-(n // 2) :], reverse=True) == grey[-(n // 2) :]


def shown_words(ax):
    return _joined("".join(texts_of(ax)))


PICTURES = {
    **{
        f"likert {n} {middle}": lambda n=n, middle=middle: plots.likert(
            pictures.distributions(n), middle=middle
        )
        for n in pictures.ANSWERS
        for middle in ("split", "aside")
    },
    "likert without apart": lambda: plots.likert(pictures.distributions(5).query("not apart")),
    "one figure by segment": lambda: plots.by_segment(pictures.by_segment(1), "industry")[0],
    "many figures by segment": lambda: plots.by_segment(pictures.by_segment(7), "industry")[0],
    **{
        f"{n} waves of {kind}": lambda n=n, kind=kind: plots.change(
            *pictures.waves(n, share=kind == "shares")
        )[0]
        for n in (2, 3, 5)
        for kind in ("shares", "means")
    },
    "beside, shares": lambda: plots.beside(pictures.comparisons())[0],
    "beside, means": lambda: plots.beside(pictures.comparisons(share=False))[0],
    "intervals": lambda: plots.intervals(pictures.comparisons(), pictures.comparisons()),
    "intervals of means": lambda: plots.intervals(
        pictures.comparisons(share=False), pictures.comparisons(share=False)
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_overlaps_another_or_runs_over_the_edge(name):
    ax = PICTURES[name]()
    assert pictures.untidy(ax) == []
    labels = pictures.LABELS[:1] if name.startswith("one figure") else pictures.LABELS
    assert all(_joined(label) in shown_words(ax) for label in labels)


@pytest.mark.parametrize("name", ["ai", "ospo"])
def test_both_studies_are_drawn_tidily(name, request):
    shown = request.getfixturevalue(f"{name}_shown")
    whole = headlines_of(shown).query("segment == ''")
    drawn = [
        plots.intervals(whole, shown.comparisons),
        plots.beside(shown.comparisons)[0],
        *(plots.by_segment(headlines_of(shown), segment)[0] for segment in shown.segments),
        *(plots.likert(scale_of(shown, scale)) for scale in shown.reliability["scale"]),
    ]
    assert [pictures.untidy(ax) for ax in drawn] == [[]] * len(drawn)


def test_the_middle_answer_may_stand_aside():
    rows = pictures.distributions(5)
    ax = plots.likert(rows, middle="aside")
    room = plots.reach(rows, middle="aside")
    bars = [container.patches for container in ax.containers]
    first = rows[rows["item"] == "q0"].sort_values("code")["share"].tolist()
    assert bars[2][0].get_x() == pytest.approx(room.aside_from)
    assert bars[2][0].get_width() == pytest.approx(first[2])
    assert bars[1][0].get_x() + bars[1][0].get_width() == pytest.approx(0)
    assert bars[3][0].get_x() == pytest.approx(0)
    assert room.right <= room.aside_from < room.aside_from + room.aside < room.apart_from < room.end
    even = pictures.distributions(4)
    assert plots.reach(even, middle="aside") == plots.reach(even)
    with pytest.raises(ReportError, match="unknown place for the middle answer; given: 'apart'"):
        plots.likert(rows, middle="apart")


def test_those_without_an_answer_stand_apart():
    rows = pictures.distributions(5)
    ax = plots.likert(rows)
    block = ax.containers[-1].patches
    assert [bar.get_x() for bar in block] == pytest.approx([plots.reach(rows).apart_from] * 3)
    assert [block[0].get_width(), block[2].get_width()] == pytest.approx([0.02, 0.32])
    assert np.isnan(block[1].get_width())
    assert {"2%", "32%", "No answer on the scale", "n = 13", "n = 10,003"} <= set(texts_of(ax))
    alike = rows.assign(answer=rows["answer"].mask(rows["apart"], "Don't know"))
    assert "Don't know" in texts_of(plots.likert(alike))
    told = alt_texts.of_likert(rows)
    assert "Besides: Don't know / Prefer not to say, 2% of all who said this or answered." in told
    assert "(n = 1,003). Besides: Don't know, not shown." in told


def test_figures_of_one_span_share_their_scale():
    both = plots.reach(
        pd.concat([pictures.distributions(5), pictures.distributions(5, seed=8).assign(item="x")])
    )
    first = plots.likert(pictures.distributions(5), span=both)
    second = plots.likert(pictures.distributions(5, seed=8), span=both)
    assert first.get_xlim() == pytest.approx((both.left, both.end))
    assert second.get_xlim()[0] <= both.left


def test_changes_stand_beside_the_figures_of_each_wave():
    levels, changes = pictures.waves(3)
    left, right = plots.change(levels, changes)
    drawn = np.concatenate([line.get_xdata() for line in left.lines if line.get_marker() in {"s", "^", "o"}])
    assert sorted(drawn[np.isfinite(drawn)]) == pytest.approx(sorted(levels["estimate"].dropna()))
    steps = changes[changes["since"].astype(int) == changes["wave"].astype(int) - 1]
    dots = next(line for line in right.lines if line.get_marker() == "o")
    assert list(dots.get_xdata()) == pytest.approx(list(100 * steps["estimate"]), nan_ok=True)
    assert texts_of(right).count("not shown") == 2
    told = alt_texts.of_change(levels, changes)
    assert "change from 2024 to 2025 not shown; change from 2025 to 2026" in told
    assert "change from 2024 to 2026" not in told
    shuffled = levels[~((levels["name"] == "f0") & (levels["wave"] == "2024"))]
    assert [text.get_text() for text in plots.change(shuffled, changes)[0].figure.legends[0].texts] == [
        "2024",
        "2025",
        "2026",
    ]
    with pytest.raises(ReportError, match="no waves to draw"):
        plots.change(levels.iloc[:0], changes)
    with pytest.raises(ReportError, match="shares or means, not both"):
        plots.change(pd.concat([levels, pictures.waves(3, share=False)[0]]), changes)


def test_differences_stand_beside_published_figures():
    rows = pictures.comparisons()
    left, right = plots.beside(rows)
    survey = next(line for line in left.lines if line.get_marker() == "o")
    assert list(survey.get_xdata()) == pytest.approx(list(rows["estimate"]), nan_ok=True)
    published = next(line for line in left.lines if line.get_marker() == "|")
    assert list(published.get_xdata()) == pytest.approx(list(rows["figure"]))
    apart = next(line for line in right.lines if line.get_marker() == "D").get_xdata()
    assert apart[[0, 3]] == pytest.approx([-1, -1])
    assert np.isnan(apart[[1, 2, 4]]).all()  # bounds have no one difference
    zones = right.patches
    assert [zone.get_width() for zone in zones] == pytest.approx([10, 20, 10])
    assert {"about 30%", "fewer than 20%", "over 90%", "within the margin"} <= set(texts_of(left))
    told = alt_texts.of_beside(rows)
    assert "29% (25% to 33%); published: about 30%; difference −7.5 to +5.5 points: not told apart." in told  # noqa: RUF001
    assert told.endswith("Our AI strategy is well defined: not shown.")


def test_a_figure_without_bound_points_out_of_the_axes():
    rows = pictures.comparisons(share=False)
    left, right = plots.beside(rows)
    for ax in (left, right):
        arrows = {line.get_marker(): line.get_xdata() for line in ax.lines if line.get_marker() in {"<", ">"}}
        assert list(arrows["<"]) == pytest.approx([ax.get_xlim()[0]])
        assert list(arrows[">"]) == pytest.approx([ax.get_xlim()[1]])
    assert "difference +0.70 or more: above." in alt_texts.of_beside(rows)
    with pytest.raises(ReportError, match="shares or means, not both"):
        plots.beside(pd.concat([rows, pictures.comparisons()]))
    with pytest.raises(ReportError, match="no published figure to draw"):
        plots.beside(rows[rows["suppressed"]])


def test_in_grey_neighbours_differ_and_words_stand_out():
    def grey(colour):
        return np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], (0.299, 0.587, 0.114)) / 255

    for n in pictures.ANSWERS:
        shades = [grey(colour) for colour in plots.likert.__globals__["colours"](n)]
        half = n // 2
        sides = shades[: half + n % 2], shades[half:]
        steps = [abs(np.diff(side)) for side in sides]
        assert min(step.min(initial=1) for step in steps) > 0.05
        ink = [1 if shade < 0.5 else grey("#22262a") for shade in shades]
        assert min(abs(np.subtract(ink, shades))) > 0.33
