"""Figures of the links chapter: marks stand where the numbers are, texts are tidy, and a text tells each figure."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from tests.reporting import link_pictures as made
from tests.reporting import pictures

from surveykit.errors import ReportError
from surveykit.reporting import link_alt_texts as told
from surveykit.reporting import link_plots as plots
from surveykit.reporting.style import INK, figure_of


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts_of(ax):
    return [text.get_text() for text in figure_of(ax).findobj(plt.Text)]


def joined(text):
    """The text without the line breaks that wrapping put into it, and whatever its capitals."""
    return "".join(text.split()).casefold()


def dots(ax, *, marker="o"):
    """Values of the dots on an axes, hollow ones apart."""
    found = [line for line in ax.lines if line.get_marker() == marker]
    hollow = [to_hex(line.get_markerfacecolor()) == "#ffffff" for line in found]
    return [
        sorted(
            x for line, empty in zip(found, hollow, strict=True) if empty == wanted for x in line.get_xdata()
        )
        for wanted in (False, True)
    ]


# --- tidy, whatever they are given

FIGURES = {
    "forest": lambda n, **given: plots.forest(made.forest(n, **given))[0],
    "curves": lambda n, **given: plots.curves(made.curves(n, **given))[0],
    "slopes": lambda n, **given: plots.simple_slopes(made.slopes(n, **given))[0],
    "shares": lambda n, **given: plots.driver_shares(made.drivers(n, **given))[0],
    "calibration": lambda n, **given: plots.calibration(made.calibration(n, **given))[0],
    "left out": lambda n, **given: plots.leave_one_out(made.left_out(n, **given), unit="percentage points"),
}
SHOWN = {
    "map": lambda n, **given: plots.importance_performance(made.drivers(n, **given)),
    "specifications": lambda n, **given: plots.specification_curve(
        made.specifications(n, **given), made.CHOICES, title=pictures.LONG, unit=pictures.LONG
    )[0],
    "power": lambda n, **given: plots.power(made.power(n, **given))[0],
}


@pytest.mark.parametrize("name", [*FIGURES, *SHOWN])
@pytest.mark.parametrize(("n", "long"), [(1, False), (2, True), (5, False)])
def test_no_text_overlaps_another_or_runs_over_the_edge(name, n, long):
    ax = (FIGURES | SHOWN)[name](n, long=long)
    assert pictures.untidy(ax) == []
    if long:
        assert joined(pictures.LONG) in joined("".join(texts_of(ax)))


@pytest.mark.parametrize("name", ["forest", "map", "shares", "specifications"])
def test_fifteen_long_labels_fit(name):
    assert pictures.untidy((FIGURES | SHOWN)[name](15, long=True)) == []


@pytest.mark.parametrize("name", FIGURES)
def test_where_all_is_hidden_nothing_is_drawn_but_words(name):
    ax = FIGURES[name](2, hidden=True)
    assert pictures.untidy(ax) == []
    assert "not shown" in texts_of(ax)
    drawn = [
        value for line in ax.lines if line.get_marker() not in {"None", None} for value in line.get_xdata()
    ]
    assert not np.isfinite(np.array(drawn, dtype=float)).any()


def test_two_hundred_specifications_fit():
    ax = plots.specification_curve(made.specifications(200), made.CHOICES)[0]
    assert pictures.untidy(ax) == []


@pytest.mark.parametrize("hidden", [False, [False, False, True, True], True])
def test_a_quadrant_is_tidy(hidden):
    ax = plots.quadrant(made.quadrant(hidden=hidden), adoption=pictures.LONG, transformation=pictures.LONG)
    assert pictures.untidy(ax) == []
    assert texts_of(ax).count("not shown") == np.sum(np.broadcast_to(hidden, 4))


# --- marks stand where the numbers are


def test_what_was_not_planned_is_hollow():
    rows = made.forest(2).assign(
        planned=[True, False], effect_unit="probability of x, per standard deviation"
    )
    (ax,) = plots.forest(rows.assign(model="logit"))
    filled, hollow = dots(ax)
    assert filled == pytest.approx([100 * rows["effect"][0]])
    assert hollow == pytest.approx([100 * rows["effect"][1]])
    assert {"Planned", "Exploratory: not planned"} <= set(texts_of(ax))
    (alone,) = plots.forest(rows.assign(model="logit", planned=True))
    assert "Planned" not in texts_of(alone)


def test_each_family_and_unit_has_its_axes():
    axes = plots.forest(made.forest(8))
    assert [ax.get_title(loc="left") for ax in axes] == [
        "Maturity:\nProbability of production",
        "Maturity:\nMean of change in speed",
        "Speed:\nProbability of production",
    ]
    assert "percentage points" in axes[0].get_xlabel()
    assert "the unit of the outcome" in axes[1].get_xlabel()


def test_specifications_are_ordered_and_the_planned_one_is_marked():
    rows = made.specifications(12)
    above, below = plots.specification_curve(rows, made.CHOICES)
    filled, hollow = (
        [
            y
            for line in above.lines
            if line.get_marker() == "o" and (to_hex(line.get_markerfacecolor()) == "#ffffff") == empty
            for y in line.get_ydata()
        ]
        for empty in (False, True)
    )
    others = rows[~rows["planned"]]
    clear = (others["ci_lower"] > 0) | (others["ci_upper"] < 0)
    assert filled == pytest.approx(sorted(others["estimate"][clear]))
    assert hollow == pytest.approx(sorted(others["estimate"][~clear]))
    (planned,) = [line for line in above.lines if line.get_marker() == "D"]
    assert list(planned.get_ydata()) == pytest.approx(list(rows.loc[rows["planned"], "estimate"]))
    names = [label.get_text() for label in below.get_yticklabels()]
    row = rows[rows["planned"]].iloc[0]
    assert names[0] == f"Held constant: {row['held']}"  # what was planned stands first
    marks = sum(len(line.get_xdata()) for line in below.lines if line.get_marker() == "s")
    assert marks == 3 * len(rows)


def test_drivers_come_largest_first_with_their_ranks():
    rows = made.drivers(5)
    left, right = plots.driver_shares(rows)
    ordered = rows.sort_values("share", ascending=False)
    assert list(left.lines[0].get_xdata()) == pytest.approx(list(ordered["share"]))
    spans = right.collections[0].get_segments()
    assert [[span[0][0], span[1][0]] for span in spans] == ordered[
        ["rank_lower", "rank_upper"]
    ].to_numpy().tolist()


def test_a_map_lists_what_its_numbers_stand_for():
    rows = made.drivers(15)
    texts = texts_of(plots.importance_performance(rows))
    most = rows.sort_values("proportion", ascending=False)["label"].iloc[0]
    assert any(joined(text) == joined(f"1  {most}") for text in texts)
    few = texts_of(plots.importance_performance(rows.iloc[:4]))
    assert {joined(label) for label in rows["label"][:4]} <= {joined(text) for text in few}


def test_fifteen_dots_in_one_place_keep_their_numbers_apart():
    rows = made.drivers(15).assign(mean=50.0, proportion=1 / 15)
    assert pictures.untidy(plots.importance_performance(rows)) == []


def test_the_tile_of_adoption_without_transformation_is_set_off():
    ax = plots.quadrant(made.quadrant(), **made.QUADRANT)
    heavy = [patch for patch in ax.patches if to_hex(patch.get_edgecolor()) == INK and patch.get_linewidth()]
    assert len(heavy) == 1
    x, y = heavy[0].get_x() + heavy[0].get_width() / 2, heavy[0].get_y() + heavy[0].get_height() / 2
    assert (round(x), round(y)) == (1, 0)  # adopted to the right, not transformed below
    assert {"42%", "36% to 48%; 160 initiatives", "Adopted, but little transformed"} <= set(texts_of(ax))


def test_lines_of_power_differ_without_colour():
    (ax,) = plots.power(made.power(1))
    lines = [line for line in ax.lines if line.get_marker() not in {"None", None}]
    assert len({line.get_marker() for line in lines}) == len(lines) == 3
    assert list(lines[0].get_xdata()) == [40, 80, 160, 320]
    assert "80%" in [label.get_text() for label in ax.get_yticklabels()]


def test_a_curve_shows_no_row_of_the_data():
    rows = made.curves(1)
    (ax,) = plots.curves(rows)
    (line,) = ax.lines
    assert line.get_marker() in {"None", None}
    assert list(line.get_ydata()) == pytest.approx(list(rows["estimate"]))


# --- refusals


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (lambda: plots.forest(made.forest(2).iloc[:0]), "no links to draw"),
        (lambda: plots.curves(made.curves(1).iloc[:0]), "no predictions to draw"),
        (lambda: plots.simple_slopes(made.slopes(1).iloc[:0]), "no slopes to draw"),
        (lambda: plots.driver_shares(made.drivers(1).iloc[:0]), "no drivers to draw"),
        (
            lambda: plots.importance_performance(made.drivers(2, hidden=True)),
            "no driver is shown; given: '2 rows'",
        ),
        (lambda: plots.calibration(made.calibration(1).iloc[:0]), "no predicted outcomes to draw"),
        (lambda: plots.leave_one_out(made.left_out(1).iloc[:0], unit=""), "no effects to draw"),
        (lambda: plots.power(made.power(1).iloc[:0]), "no power to draw"),
        (lambda: plots.quadrant(made.quadrant().iloc[:3]), "a quadrant has four cells"),
        (
            lambda: plots.specification_curve(made.specifications(2).assign(suppressed=True), made.CHOICES),
            "no specification is shown; given: '2 rows'",
        ),
        (
            lambda: plots.power(pd.concat([made.power(1).assign(executives=size) for size in range(1, 7)])),
            "at most 5 numbers of executives fit one figure; given: 6. Draw some of them",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, says):
    with pytest.raises(ReportError, match=says):
        draw()


# --- in words


def test_every_figure_is_told_in_words():
    texts = {
        "Speed, probability of production: adoption quality": told.of_forest(made.forest(8)),
        "where strategy clarity is 1: 35% (25% to 45%); 3: 50%": told.of_curves(made.curves(1)),
        "(percentage points, per standard deviation): strategy clarity": told.of_simple_slopes(
            made.slopes(3)
        ),
        "Share of the variation in the outcome: ": told.of_driver_shares(made.drivers(3)),
        "rated ": told.of_importance_performance(made.drivers(3)),
        "adopted, but little transformed (adoption high, transformation low): 42% (36% to 48%), 160 initiatives": (
            told.of_quadrant(made.quadrant(), **made.QUADRANT)
        ),
        "12 combinations of held constant, careless answers and strategy clarity": told.of_specification_curve(
            made.specifications(12), made.CHOICES, title="Clarity"
        ),
        "predicted and found: 240.00, ": told.of_calibration(made.calibration(1)),
        "without any one of them (points): strategy clarity": told.of_leave_one_out(
            made.left_out(2), unit="points"
        ),
        "with 2 executives each": told.of_power(made.power(1)),
    }
    for part, text in texts.items():
        assert part in text
        assert "nan" not in text


def test_what_is_hidden_is_told_as_not_shown():
    texts = [
        told.of_forest(made.forest(2, hidden=True)),
        told.of_curves(made.curves(1, hidden=True)),
        told.of_simple_slopes(made.slopes(2, hidden=True)),
        told.of_driver_shares(made.drivers(2, hidden=True)),
        told.of_importance_performance(made.drivers(2, hidden=True)),
        told.of_quadrant(made.quadrant(hidden=True)),
        told.of_calibration(made.calibration(1, hidden=True)),
        told.of_leave_one_out(made.left_out(2, hidden=True), unit="points"),
    ]
    for text in texts:
        assert "not shown" in text
        assert "nan" not in text.casefold()


def test_power_is_enough_only_where_no_larger_survey_falls_short():
    rows = made.power(1).query("executives == 5").assign(power=[0.7, 0.82, 0.79, 0.9])
    assert "(80% from 320 on)" in told.of_power(rows)
    assert "(80% at none of these)" in told.of_power(rows.assign(power=0.5))
    assert "(80% from 40 on)" in told.of_power(rows.assign(power=0.9))
