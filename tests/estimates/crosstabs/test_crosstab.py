"""Cross-tables: beside R survey and the project's other estimates, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.estimates.joint import joint_means
from tests.estimates.tables_from_r import (
    DATA,
    DESIGNS,
    NUMBERS,
    OPTIONS,
    ROLES,
    USES,
    WORDS,
    answers,
    picks,
    ranking,
)
from tests.reporting.made_up import NASTY

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.questions import MultiSelect, Score, SingleAnswer
from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by

PLAIN = DESIGNS["plain"]
BANNERS = {"role": ROLES, "uses": USES}
FIGURES = {
    "answer_4": (answers, "Often", "share"),
    "top_2": (answers, "Top 2: Often, Always", "top_box"),
    "mean": (answers, "Mean", "mean"),
    "share_talent": (picks, "talent", "share"),
    "picks_talent": (picks, "talent", "share_of_picks"),
    "first_cost": (ranking, "cost", "ranked_first"),
    "top_2_cost": (ranking, "cost", "ranked_top_2"),
    "mean_rank_cost": (ranking, "cost", "mean_rank"),
}


def row_of(frame, row, kind):
    return frame[(frame["row"] == row) & (frame["kind"] == kind)]


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("design", DESIGNS)
def test_figures_and_differences_equal_r_survey(design, banner, figure):
    question, row, kind = FIGURES[figure]
    found = crosstab(question, BANNERS[banner], DESIGNS[design], min_base=2)
    cells = row_of(found.data, row, kind).set_index("column")
    pairs = row_of(found.tests, row, kind).set_index(["column", "against"])
    for name, expected in NUMBERS[design][banner][figure].items():
        one, less, other = name.partition(" less ")
        told = pairs.loc[(one, other), ["difference", "std_error"]] if less else None
        told = cells.loc[one, ["estimate", "std_error"]] if told is None else told
        if less and pairs.loc[(one, other), "reason"]:
            continue
        # Closed forms on both sides; a difference near 0 of two quotients keeps fewer digits.
        assert told.tolist() == pytest.approx(expected, rel=1e-9), name


def test_most_differences_are_among_those_checked_beside_r():
    tests = pd.concat(
        [crosstab(q, USES, PLAIN, min_base=2).tests for q in (answers, picks, ranking)], ignore_index=True
    )
    assert (tests["reason"] == "").mean() > 0.9


def test_a_difference_by_svyby_is_the_same():
    found = crosstab(answers, ROLES, PLAIN)
    mean = row_of(found.data, "Mean", "mean")
    assert mean["estimate"].tolist() == pytest.approx(NUMBERS["svyby"]["mean"], rel=1e-9)
    assert mean["std_error"].tolist() == pytest.approx(NUMBERS["svyby"]["se"], rel=1e-9)
    pair = row_of(found.tests, "Mean", "mean").set_index(["column", "against"]).loc[("board", "expert")]
    assert pair[["difference", "std_error"]].tolist() == pytest.approx(
        NUMBERS["svyby"]["difference"], rel=1e-9
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_differences_are_those_of_joint_means(design):
    found = crosstab(answers, USES, DESIGNS[design])
    joint = joint_means(DATA["y"], USES, DESIGNS[design])
    for pair in row_of(found.tests, "Mean", "mean").itertuples():
        *expected, df = joint.difference(pair.column, pair.against)
        assert (pair.difference, pair.std_error) == pytest.approx(expected, rel=1e-9)
        # With replicates the fewer count here as for cells: those of the replicates, or of the clusters in a column.
        assert pair.df == df or (design == "jackknife" and pair.df < df)


@pytest.mark.parametrize("design", DESIGNS)
def test_cells_are_the_estimates_of_their_domain(design):
    """One cell in two places of a report is the same, to its interval and effective number."""
    columns = [
        "estimate",
        "std_error",
        "ci_lower",
        "ci_upper",
        "df",
        "n_effective",
        "n_obs",
        "n_organisations",
    ]
    often, mean = (row_of(crosstab(answers, ROLES, DESIGNS[design]).data, *what) for what in _OFTEN_AND_MEAN)
    yes = (DATA["y"] == 4).astype(float).where(DATA["y"].notna())
    for cells, values, statistic in ((often, yes, "share"), (mean, DATA["y"], "mean")):
        expected = estimate_by(values, DESIGNS[design], DATA["role"], statistic=statistic)
        assert cells["method"].tolist() == expected["method"].tolist()
        np.testing.assert_allclose(cells[columns].astype(float), expected[columns].astype(float), rtol=1e-8)


_OFTEN_AND_MEAN = [("Often", "share"), ("Mean", "mean")]


def test_answers_their_boxes_and_mean_are_one_table():
    found = crosstab(answers, ROLES, PLAIN).to_frame()
    assert found["row"].unique().tolist() == [
        *WORDS.values(),
        "Top 2: Often, Always",
        "Bottom 2: Never, Rarely",
        "Mean",
    ]
    board = found[found["column"] == "board"].set_index("row")["estimate"]
    assert board[list(WORDS.values())].sum() == pytest.approx(1)
    assert board["Top 2: Often, Always"] == pytest.approx(board["Often"] + board["Always"])
    assert board["Mean"] == pytest.approx(sum(code * board[word] for code, word in WORDS.items()))


@pytest.mark.parametrize(
    ("n", "top", "boxes"),
    [
        (2, None, []),
        (3, None, []),
        (4, None, ["Top 2: c, d", "Bottom 2: a, b"]),
        (11, None, ["Top 2: j, k", "Bottom 2: a, b"]),
        (5, (1, 2), ["Top 2: a, b", "Bottom 2: d, e"]),  # where low codes are good
        (5, (4,), ["Top 1: d"]),
        (5, (3, 4, 5), ["Top 3: c, d, e"]),  # three and three of five would meet
        (5, (), []),
    ],
)
def test_the_boxes_are_the_ends_of_the_scale(n, top, boxes):
    words = dict(enumerate("abcdefghijk"[:n], 1))
    codes = pd.Series(np.arange(60) % n + 1.0)
    question = SingleAnswer(codes=codes, words=words, top=top)
    found = crosstab(question, pd.DataFrame({"x": [True] * 60}), Design(cluster=codes.index.to_series())).data
    assert found["row"].tolist() == [*words.values(), *boxes, "Mean"]


def test_answers_without_an_order_have_no_mean_and_no_boxes():
    question = SingleAnswer(codes=DATA["y"], words=WORDS, ordered=False)
    assert set(crosstab(question, ROLES, PLAIN).data["kind"]) == {"share"}


def test_picks_are_shares_of_those_who_answered_and_of_picks():
    found = crosstab(picks, ROLES, PLAIN).data
    board = found[found["column"] == "board"].set_index(["kind", "row"])
    answered = DATA[OPTIONS].notna().all(axis=1) & ROLES["board"]
    assert (board.loc["share", "n_obs"] == answered.sum()).all()
    assert board.loc["share_of_picks", "estimate"].sum() == pytest.approx(1)
    assert board.loc[("share", "talent"), "n_yes"] == DATA.loc[answered, "talent"].sum()


def test_who_answered_and_picked_nothing_is_in_the_base():
    picked = pd.DataFrame({"a": [1.0, 0, np.nan, 1], "b": [1.0, 0, np.nan, 0]})
    found = crosstab(MultiSelect(picked=picked), pd.DataFrame({"all": [True] * 4}), of_four()).data
    assert found["n_obs"].tolist() == [3, 3, 2, 2]
    assert found["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3, 2 / 3, 1 / 3])


def of_four():
    return Design(cluster=pd.Series(list("abcd")))


def test_units_absent_from_the_answers_did_not_answer():
    found = crosstab(
        Score(values=pd.Series([1.0, 3.0], index=[1, 3])), pd.DataFrame({"x": [True] * 4}), of_four()
    )
    assert found.data.loc[0, ["estimate", "n_obs"]].tolist() == [2, 2]


def test_a_cell_without_answers_or_of_one_organisation_says_why():
    columns = pd.DataFrame({"none": [False, False, True, False], "one": [True, False, False, False]})
    score = Score(values=pd.Series([1.0, 2, np.nan, 3]))
    found = crosstab(score, columns, of_four()).data.set_index("column")
    assert found.loc["none", "reason"] == "nobody answered"
    assert np.isnan(found.loc["none", ["estimate", "std_error", "n_effective"]].astype(float)).all()
    assert found.loc["one", "reason"] == "one organisation alone answered"
    assert found.loc["one", "estimate"] == 1
    assert np.isnan(found.loc["one", ["std_error", "ci_lower", "ci_upper"]].astype(float)).all()


def test_every_missing_number_has_a_reason():
    columns = ROLES.assign(few=DATA.index < 3, nobody=False)
    for question in (answers, picks, ranking):
        found = crosstab(question, columns, PLAIN)
        gone = found.data[["estimate", "std_error", "ci_lower", "ci_upper"]].isna().any(axis=1)
        assert (found.data.loc[gone, "reason"] != "").all()
        assert ((found.tests["reason"] == "") == found.tests["p_adjusted"].notna()).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3))
def test_the_order_of_units_and_the_scale_of_weights_change_nothing(seed, scale):
    order = pd.Index(np.random.default_rng(seed).permutation(len(DATA)))
    shuffled = PLAIN.of(order)
    again = Design(cluster=shuffled.cluster, stratum=shuffled.stratum, weight=shuffled.weight * scale)
    found, expected = crosstab(picks, USES.loc[order], again), crosstab(picks, USES, PLAIN)
    # Sums taken in another order differ in the last digits.
    pd.testing.assert_frame_equal(found.data, expected.data, rtol=1e-9)
    pd.testing.assert_frame_equal(found.tests, expected.tests, rtol=1e-8)


def test_units_of_weight_0_count_nowhere():
    more = pd.concat([DATA, DATA.head(20).assign(weight=0.0, y=5)], ignore_index=True)
    design = Design(cluster=more["organisation"], stratum=more["stratum"], weight=more["weight"])
    found = crosstab(SingleAnswer(codes=more["y"], words=WORDS), pd.get_dummies(more["role"]), design)
    pd.testing.assert_frame_equal(found.data, crosstab(answers, ROLES, PLAIN).data, rtol=1e-9)


def test_a_stratum_of_one_cluster_is_told_as_its_rule_says():
    data = DATA.assign(stratum=DATA["stratum"].mask(DATA["organisation"] == "o01", "alone"))
    for rule in ("centre", "certainty"):
        design = Design(
            cluster=data["organisation"], stratum=data["stratum"], weight=data["weight"], single_unit=rule
        )
        found = row_of(crosstab(answers, USES, design).data, "Mean", "mean")
        joint = np.sqrt(np.diag(joint_means(DATA["y"], USES, design).covariance))
        assert found["std_error"].tolist() == pytest.approx(list(joint), rel=1e-9)


@pytest.mark.parametrize("text", NASTY)
def test_the_page_of_a_table_holds_every_text_as_text(text):
    words = {1: text, 2: "other"}
    question = SingleAnswer(codes=pd.Series([1.0, 2, 1, 2]), words=words)
    columns = pd.DataFrame({text: [True] * 4, "b": [True, True, False, False]})
    found = crosstab(question, columns, of_four(), banners={text + "!": [text, "b"]})
    page = found._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page


def test_a_table_in_one_line():
    assert (
        repr(crosstab(answers, ROLES, PLAIN))
        == "CrossTable(8 rows by 3 columns; 5 of 22 tested pairs differ)"
    )


REFUSED = {
    "other units": (lambda: crosstab(answers, ROLES.head(5), PLAIN), "must be of the same units"),
    "an unknown column": (
        lambda: crosstab(answers, ROLES, PLAIN, banners={"": ["bord"]}),
        r"unknown column; given: 'bord'; allowed: board.*Did you mean 'board'",
    ),
    "a column twice": (
        lambda: crosstab(answers, ROLES, PLAIN, banners={"": ["board"], "x": ["board", "expert"]}),
        r"stands twice; given: \['board'\]",
    ),
    "no column": (lambda: crosstab(answers, ROLES, PLAIN, banners={}), "needs a column"),
    "membership unknown": (
        lambda: crosstab(answers, ROLES.astype(float).replace(1, 0.5), PLAIN),
        "True or False",
    ),
    "an unknown adjustment": (
        lambda: crosstab(answers, ROLES, PLAIN, adjust="hulm"),
        "given: 'hulm'; allowed: holm, fdr. Did you mean 'holm'",
    ),
    "a level in percent": (
        lambda: crosstab(answers, ROLES, PLAIN, level=5),
        "level must lie between 0 and 1",
    ),
    "a base of one": (lambda: crosstab(answers, ROLES, PLAIN, min_base=1), "min_base must be 2 or more"),
    "a code without words": (
        lambda: crosstab(SingleAnswer(codes=DATA["y"], words={1: "a", 2: "b"}), ROLES, PLAIN),
        r"without words; given: \[3.0, 4.0, 5.0\]; allowed: 1, 2",
    ),
    "a best answer that is none": (
        lambda: crosstab(SingleAnswer(codes=DATA["y"], words=WORDS, top=(6,)), ROLES, PLAIN),
        r"without words; given: \[6\]",
    ),
    "two answers of the same words": (
        lambda: crosstab(SingleAnswer(codes=DATA["y"], words=dict.fromkeys(WORDS, "a")), ROLES, PLAIN),
        "words of its own",
    ),
    "the best of unordered answers": (
        lambda: crosstab(SingleAnswer(codes=DATA["y"], words=WORDS, ordered=False, top=(5,)), ROLES, PLAIN),
        "without an order",
    ),
    "half an answer": (
        lambda: crosstab(MultiSelect(picked=DATA[OPTIONS].fillna({"data": 0})), ROLES, PLAIN),
        "some options are missing for .* Give False",
    ),
    "picks of 2": (
        lambda: crosstab(MultiSelect(picked=DATA[OPTIONS] * 2), ROLES, PLAIN),
        "0 or 1; given: .2.0",
    ),
    "units the design does not know": (
        lambda: crosstab(Score(values=pd.Series([1.0], index=[999])), ROLES, PLAIN),
        r"units of the design, each once; given: \[999\]",
    ),
    "an endless score": (
        lambda: crosstab(Score(values=DATA["y"].replace(5, np.inf)), ROLES, PLAIN),
        "not finite",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_table_is_refused(case):
    ask, message = REFUSED[case]
    with pytest.raises(EstimateError, match=message):
        ask()
