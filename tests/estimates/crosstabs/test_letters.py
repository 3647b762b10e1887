"""Column letters: worked by hand, with overlap and small bases, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.letters import adjusted, letters_of
from surveykit.estimates.crosstabs.questions import MultiSelect, Score, SingleAnswer
from surveykit.estimates.design import Design

WORDS = {0: "No", 1: "Yes"}


def asked_of(parts, banners=None, **options):
    """A yes-or-no question to people drawn one by one; `parts`: whose columns, how many, how many of them said yes."""
    rows = [(columns, number < yes) for columns, n, yes in parts for number in range(n)]
    names = sorted({name for columns, _ in rows for name in columns})
    members = pd.DataFrame([[name in columns for name in names] for columns, _ in rows], columns=names)
    codes = pd.Series([float(yes) for _, yes in rows])
    question = SingleAnswer(codes=codes, words=WORDS, ordered=False)
    return crosstab(question, members, Design(cluster=codes.index.to_series()), banners=banners, **options)


def yes(found):
    return found.data[found.data["row"] == "Yes"].set_index("column")


def pairs(found):
    return found.tests[found.tests["row"] == "Yes"].set_index(["column", "against"])


def test_letters_worked_by_hand():
    """Three columns of people drawn one by one, and one of ten people.

    p: 30 of 50 = .60, q: 15 of 50 = .30, r: 14 of 40 = .35, s: 9 of 10. Of n = 150 people in all the variance of a
    share is n / (n - 1) x share (1 - share) / base, and columns without common people do not vary together:

        p less q:  .30, variance 150/149 (.24/50 + .21/50)     = .0090604, error .095186, t = 3.1517, df 49, p = .00277
        p less r:  .25, variance 150/149 (.24/50 + .2275/40)   = .0105579, error .102752, t = 2.4331, df 39, p = .01966
        q less r: -.05, variance 150/149 (.21/50 + .2275/40)   = .0099539, error .099769, t = -.5012, df 39, p = .61907

    Holm: .00277 x 3 = .0083, .01966 x 2 = .0393, .619. So p has the letters of q and r; s is too small to be tested.
    """
    found = asked_of([("p", 50, 30), ("q", 50, 15), ("r", 40, 14), ("s", 10, 9)])
    tests = pairs(found)
    assert tests.loc[("p", "q"), "std_error"] == pytest.approx(0.095186, abs=5e-7)
    assert tests.loc[("p", "r"), "std_error"] == pytest.approx(0.102752, abs=5e-7)
    assert tests.loc[("q", "r"), "std_error"] == pytest.approx(0.099769, abs=5e-7)
    assert tests["df"].tolist()[:2] == [49, 39]
    assert tests.loc[("p", "q"), "p_value"] == pytest.approx(0.00277, abs=5e-6)
    assert tests.loc[("p", "r"), "p_value"] == pytest.approx(0.01966, abs=5e-6)
    assert tests.loc[("p", "q"), "p_adjusted"] == pytest.approx(3 * tests.loc[("p", "q"), "p_value"])
    assert tests.loc[("p", "r"), "p_adjusted"] == pytest.approx(2 * tests.loc[("p", "r"), "p_value"])
    assert yes(found)["letter"].tolist() == ["A", "B", "C", "D"]
    assert yes(found)["letters"].tolist() == ["B C", "", "", ""]
    assert yes(found)["small_base"].tolist() == [False, False, False, True]
    assert yes(found).loc["s", "reason"] == "fewer than 30 answers: not compared"
    assert tests.loc[("p", "s"), "reason"] == "a column has fewer than 30 answers"
    no = found.data[found.data["row"] == "No"].set_index("column")
    assert no["letters"].tolist() == ["", "A", "A", ""]  # what is higher among yes is lower among no


def test_overlapping_columns_worked_by_hand():
    """20 people in p alone (16 yes), 20 in p and q (10 yes), 20 in q alone (2 yes).

    p: 26 of 40 = .65, q: 12 of 40 = .30. With n / (n - 1) = 60/59 their variances are .65 x .35 / 40 = .0056875 and
    .30 x .70 / 40 = .00525; the people in both give the covariance (10 x .35 x .70 + 10 x .65 x .30) / (40 x 40) =
    .00275.

        p less q: .35, variance 60/59 (.0056875 + .00525 - 2 x .00275) = .0055297, error .074362

    Taken for columns of other people the error would be .105464: overlap makes the test sharper where people agree
    with themselves.
    """
    found = asked_of([("p", 20, 16), ("pq", 20, 10), ("q", 20, 2)])
    test = pairs(found).loc[("p", "q")]
    assert test["difference"] == pytest.approx(0.35)
    assert test["std_error"] == pytest.approx(0.074362, abs=5e-7)
    assert test["df"] == 39
    assert yes(found)["letters"].tolist() == ["B", ""]


def test_a_part_is_tested_against_the_whole_it_lies_in():
    """q lies in p: 60 people of p, 30 of them in q. Variances 24 x 36 / 60^3 = .004 and .20 x .80 / 30 = .0053333.

    p: 24 of 60 = .40; q: 6 of 30 = .20. Covariance of the 30: (6 x .6 x .8 + 24 x .4 x .2) / (60 x 30) = .0026667;
    difference .20, variance 60/59 (.004 + .0053333 - .0053333) = .0040678, error .063779.
    """
    found = asked_of([("p", 30, 18), ("pq", 30, 6)])
    assert pairs(found).loc[("p", "q"), "std_error"] == pytest.approx(0.063779, abs=5e-7)


def test_columns_of_the_same_people_are_not_tested():
    found = asked_of([("pq", 60, 20), ("r", 60, 50)])
    assert pairs(found).loc[("p", "q"), "reason"] == "nothing tells the two columns apart"
    assert np.isnan(pairs(found).loc[("p", "q"), "p_value"])
    assert yes(found)["letters"].tolist() == ["", "", "A B"]
    # What is not tested counts for nothing in the adjustment: the family is of two.
    tests = pairs(found)
    assert tests.loc[("p", "r"), "p_adjusted"] == pytest.approx(2 * tests.loc[("p", "r"), "p_value"])


def test_shares_at_the_edge_are_tested_only_where_enough_answers_are_expected():
    found = asked_of([("p", 40, 0), ("q", 40, 4), ("r", 40, 12), ("s", 40, 0)])
    tests = pairs(found)
    few = "fewer than 5 answers expected on one side"
    assert tests.loc[("p", "q"), "reason"] == few  # 40 x 4/80 = 2
    assert tests.loc[("p", "s"), "reason"] == few  # 0% against 0%
    assert tests.loc[("p", "r"), "reason"] == ""  # 40 x 12/80 = 6
    assert tests.loc[("p", "r"), "p_adjusted"] < 0.01
    assert yes(found).loc["r", "letters"] == "A B D"


def test_a_cell_that_could_be_compared_with_none_says_why():
    found = yes(asked_of([("p", 40, 0), ("q", 40, 1)]))
    assert found["reason"].tolist() == ["fewer than 5 answers expected on one side"] * 2
    assert not found["small_base"].any()


def test_means_all_alike_are_not_tested():
    codes = pd.Series([5.0] * 40 + [5.0] * 40 + [1.0, 3.0] * 20)
    members = pd.DataFrame(
        {"p": codes.index < 40, "q": (codes.index >= 40) & (codes.index < 80), "r": codes.index >= 80}
    )
    design = Design(cluster=codes.index.to_series(), weight=pd.Series(np.linspace(0.3, 2.7, 120)))
    found = crosstab(Score(values=codes), members, design)
    tests = found.tests.set_index(["column", "against"])
    assert tests.loc[("p", "q"), "reason"] == "all answers of both columns are alike"
    assert found.data["letters"].tolist() == ["C", "C", ""]


def test_columns_are_compared_within_their_banner_and_a_total_with_nothing():
    parts = [("tpx", 60, 50), ("tpy", 60, 30), ("tqx", 60, 30), ("tqy", 60, 5)]
    found = asked_of(parts, banners={"": ["t"], "P": ["p", "q"], "X": ["x", "y"]})
    assert yes(found)["letter"].tolist() == ["", "A", "B", "C", "D"]
    assert yes(found)["letters"].tolist() == ["", "B", "", "D", ""]
    assert pairs(found).index.tolist() == [("p", "q"), ("x", "y")]
    assert pairs(found)["p_adjusted"].tolist() == pytest.approx(pairs(found)["p_value"].tolist())


def test_fdr_gives_at_least_the_letters_of_holm():
    parts = [("p", 60, 41), ("q", 60, 28), ("r", 60, 27), ("s", 60, 24)]
    holm, fdr = yes(asked_of(parts)), yes(asked_of(parts, adjust="fdr"))
    assert holm["letters"].tolist() == ["D", "", "", ""]
    assert fdr["letters"].tolist() == ["B C D", "", "", ""]


def test_people_of_one_organisation_count_together():
    """The same answers, once of people drawn one by one and once of whole organisations of ten that answer alike."""
    codes = pd.Series(([1.0] * 30 + [0.0] * 20) + ([1.0] * 10 + [0.0] * 40))
    members = pd.DataFrame({"p": codes.index < 50, "q": codes.index >= 50})
    question = SingleAnswer(codes=codes, words=WORDS, ordered=False)
    apart = crosstab(question, members, Design(cluster=codes.index.to_series()))
    together = crosstab(question, members, Design(cluster=codes.index.to_series() // 10))
    assert yes(apart)["letters"].tolist() == ["B", ""]
    assert yes(together)["letters"].tolist() == ["", ""]
    assert pairs(together).loc[("p", "q"), "df"] == 4


def test_options_of_a_multi_select_banner_are_columns_like_others():
    picked = pd.DataFrame({"a": [1.0, 0] * 60, "b": [1.0, 1, 0] * 40})
    found = crosstab(
        MultiSelect(picked=picked), picked.astype(bool), Design(cluster=picked.index.to_series())
    )
    cell = found.data.set_index(["kind", "row", "column"]).loc[("share", "a", "a")]
    assert cell["estimate"] == 1


def test_letters_go_on_after_z():
    names = [f"c{number}" for number in range(80)]
    found = letters_of({"": ["Total"], "many": names})
    assert [found[name] for name in ("Total", "c0", "c25", "c26", "c51", "c52", "c79")] == [
        *("", "A", "Z", "AA", "AZ", "BA", "CB")
    ]
    assert len(set(found.values())) == 81


# statsmodels collects garbage at every call, which takes its time beside a whole test session.
@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=12))
@pytest.mark.parametrize(("name", "method"), [("holm", "holm"), ("fdr", "fdr_bh")])
def test_adjusted_p_values_are_those_of_statsmodels(name, method, values):
    p = np.array([[np.nan if value is None else value for value in values]])
    found, tested = adjusted(p, name), ~np.isnan(p)
    assert (np.isnan(found) == ~tested).all()
    if tested.any():
        # Products and quotients may be rounded in another order.
        assert found[tested] == pytest.approx(
            multipletests(p[tested], method=method)[1], rel=1e-12, abs=1e-300
        )
