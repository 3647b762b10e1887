"""Rao and Scott's test: beside R survey and svy, and where there is none."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import svy
from tests.estimates.tables_from_r import DATA, DESIGNS, NUMBERS, ROLES, USES, answers, picks, ranking

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.raoscott import rao_scott
from surveykit.estimates.design import Design

GIVEN = {"y": pd.get_dummies(DATA["y"]), "talent": pd.get_dummies(DATA["talent"])}
FIELDS = {
    "f": "f",
    "df1": "df1",
    "df2": "df2",
    "p": "p_value",
    "chi2": "chi2",
    "df": "df",
    "p_chi2": "p_first_order",
}


@pytest.mark.parametrize("question", GIVEN)
@pytest.mark.parametrize("design", ["plain", "finite"])
def test_the_test_equals_r_survey(design, question):
    found = rao_scott(GIVEN[question], ROLES, DESIGNS[design])
    for name, expected in NUMBERS["rao_scott"][design][question].items():
        # Closed form but for the solution of a small system.
        assert getattr(found, FIELDS[name]) == pytest.approx(expected, rel=1e-9), name
    assert found.n_obs == DATA[question].notna().sum()


def test_with_replicates_the_statistic_equals_r_survey():
    found = rao_scott(GIVEN["y"], ROLES, DESIGNS["jackknife"])
    expected = NUMBERS["rao_scott"]["jackknife"]
    assert (found.f, found.df1) == pytest.approx((expected["f"], expected["df1"]), rel=1e-9)
    # R 4.1.1 of survey takes df2 from clusters it has none of here; the design's own df are meant.
    assert found.df2 == pytest.approx(found.df1 * DESIGNS["jackknife"].df)


def test_the_test_equals_svy():
    """svy gives the same, at half a second a table of 100,000 people; here the sums of the table serve for it."""
    data = DATA[["y", "role", "organisation", "stratum", "weight"]].astype({"y": "str"})
    sample = svy.Sample(
        pl.from_pandas(data[DATA["y"].notna()]),
        svy.Design(psu="organisation", stratum="stratum", wgt="weight"),
    )
    expected = sample.categorical.tabulate("y", "role").stats
    kept = DATA["y"].notna()  # as a sample of its own: svy was given no others
    design = DESIGNS["plain"].of(DATA.index[kept])
    found = rao_scott(GIVEN["y"][kept], ROLES[kept], design)
    assert (found.f, found.df1, found.p_value) == pytest.approx(
        (expected.f.value, expected.f.df_num, expected.f.p_value), rel=1e-9
    )


def test_a_table_tests_the_question_and_each_option_of_a_multi_select_one():
    columns, banners = pd.concat([ROLES, USES], axis=1), {"role": list(ROLES), "uses": list(USES)}
    one = crosstab(answers, columns, DESIGNS["plain"], banners=banners).rao_scott.set_index("banner")
    assert one.loc["role", "f"] == pytest.approx(NUMBERS["rao_scott"]["plain"]["y"]["f"], rel=1e-9)
    assert one.loc["role", "p_adjusted"] == one.loc["role", "p_value"]
    assert one.loc["uses", "reason"] == "columns overlap"
    each = crosstab(picks, ROLES, DESIGNS["plain"]).rao_scott.set_index("row")
    assert each.loc["talent", "f"] == pytest.approx(NUMBERS["rao_scott"]["plain"]["talent"]["f"], rel=1e-9)
    smallest = each["p_value"].idxmin()
    assert each.loc[smallest, "p_adjusted"] == pytest.approx(len(each) * each.loc[smallest, "p_value"])
    assert crosstab(ranking, ROLES, DESIGNS["plain"]).rao_scott.empty
    total = pd.DataFrame({"Total": True}, index=DATA.index)
    assert crosstab(answers, total, DESIGNS["plain"]).rao_scott.empty


def test_small_columns_are_left_out_of_a_tables_test():
    first = pd.Series(DATA.index < 4)
    columns = ROLES.mask(first, other=False).assign(few=first)
    found = crosstab(answers, columns, DESIGNS["plain"]).rao_scott.iloc[0]
    alone = rao_scott(GIVEN["y"], columns.drop(columns="few"), DESIGNS["plain"])
    assert found["f"] == pytest.approx(alone.f, rel=1e-12)
    assert found["n_obs"] == alone.n_obs


def test_answers_and_columns_nobody_gave_change_nothing():
    more = GIVEN["y"].assign(never=False)
    found = rao_scott(more, ROLES.assign(nobody=False), DESIGNS["plain"])
    assert found.f == pytest.approx(rao_scott(GIVEN["y"], ROLES, DESIGNS["plain"]).f, rel=1e-12)


def test_where_nothing_can_be_tested_the_reason_is_given():
    alike = pd.DataFrame({"yes": True, "no": False}, index=DATA.index)
    found = rao_scott(alike, ROLES, DESIGNS["plain"])
    assert np.isnan(found.p_value)
    assert repr(found) == "RaoScott(fewer than two answers, or columns, to compare)"
    known = rao_scott(pd.get_dummies(DATA["role"]), ROLES, DESIGNS["plain"])
    assert known.reason == "too many empty cells"
    two = Design(cluster=pd.Series(list("aabb")), stratum=pd.Series(list("xxyy")), single_unit="certainty")
    parts = pd.get_dummies(pd.Series(list("yyny"))), pd.get_dummies(pd.Series(list("pqpq")))
    assert rao_scott(*parts, two).reason == "too few organisations"


def test_two_answers_of_one_and_other_units_are_refused():
    with pytest.raises(EstimateError, match="a unit gave two answers.*each option"):
        rao_scott(USES, ROLES, DESIGNS["plain"])
    with pytest.raises(EstimateError, match="of the same units"):
        rao_scott(GIVEN["y"], ROLES.head(3), DESIGNS["plain"])
