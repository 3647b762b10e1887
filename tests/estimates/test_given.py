"""What is no Series, no number or no design is named, not passed on."""

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.crosstab import crosstab
from surveykit.estimates.crosstabs.questions import SingleAnswer
from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.given import as_numbers

DESIGN = Design(cluster=pd.Series(list("abcd")))
NUMBERS = pd.Series([1.0, 2, 3, 4], name="q")
COLUMNS = pd.DataFrame({"x": [True, True, False, False]})
ANSWER = SingleAnswer(codes=NUMBERS, words={1: "a", 2: "b", 3: "c", 4: "d"})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimate_by([1.0, 2], DESIGN), "values must be a Series or DataFrame; given: 'list'"),
        (lambda: estimate_by(NUMBERS, pd.Series(list("abcd"))), "design must be a Design; given: 'Series'"),
        (lambda: estimate_by(NUMBERS, DESIGN, list("xxyy")), "domain must be a Series or DataFrame"),
        (
            lambda: estimate_by(pd.Series(list("wxyz"), name="q"), DESIGN),
            "'q' does not hold numbers; given: 'w'",
        ),
        (lambda: estimate_by(pd.to_datetime(pd.Series(["2026"] * 4)), DESIGN), "does not hold numbers"),
        (lambda: estimate_by(NUMBERS * 1j, DESIGN), "does not hold numbers"),
        (lambda: Design(cluster=["a", "b"]), "the cluster must be a Series; given: 'list'"),
        (lambda: Design(cluster=NUMBERS, weight=[1.0] * 4), "the weight must be a Series"),
        (
            lambda: crosstab(NUMBERS, COLUMNS, DESIGN),
            "rows must be a question; given: 'Series'; allowed: SingleAnswer",
        ),
        (lambda: crosstab(ANSWER, COLUMNS["x"], DESIGN), "columns must be a DataFrame"),
        (lambda: crosstab(ANSWER, COLUMNS, None), "design must be a Design"),
    ],
)
def test_what_cannot_be_used_is_named(call, message):
    with pytest.raises(EstimateError, match=message):
        call()


def test_numbers_of_every_kind_are_read():
    for column in (pd.Series([1, 0, None], dtype="Int64"), pd.Series([True, False, None], dtype="object")):
        np.testing.assert_array_equal(as_numbers(column), [1.0, 0.0, np.nan])
    ordered = pd.Series(pd.Categorical([1, 0, None], categories=[0, 1], ordered=True))
    np.testing.assert_array_equal(as_numbers(ordered), [1.0, 0.0, np.nan])
