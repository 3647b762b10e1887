"""Rubin's rules: beside mice and mitools in R, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveykit.errors import EstimateError
from surveykit.measures.pooling import pool

REFERENCE = Path(__file__).parent.parent / "reference"
DATA = pd.read_csv(REFERENCE / "pooling.csv")
ESTIMATES = DATA.pivot_table(index="imputation", columns="quantity", values="estimate")
VARIANCES = DATA.pivot_table(index="imputation", columns="quantity", values="variance")
NUMBERS = json.loads((REFERENCE / "pooling.json").read_text())
BY_MICE = pd.DataFrame(NUMBERS["mice"]).T.astype(float)
BY_MITOOLS = pd.DataFrame(NUMBERS["mitools"]).T.astype(float)
EXACT = 1e-10  # closed forms: between them lie the last digits of a quantile of t and of a variance near 0


def test_all_that_mice_gives_is_equal() -> None:
    found = pool(ESTIMATES, VARIANCES, df_complete=BY_MICE["df_complete"])
    for name in BY_MICE.columns.drop("df_complete"):
        np.testing.assert_allclose(found[name], BY_MICE[name], rtol=EXACT, err_msg=name)
    assert (found["n_imputations"] == 7).all()
    assert (found["reason"] == "").all()


def test_mitools_agrees_where_complete_data_would_have_no_limit_of_freedom() -> None:
    found = pool(ESTIMATES, VARIANCES, df_complete=np.inf)
    for name in BY_MITOOLS.columns:
        np.testing.assert_allclose(found[name], BY_MITOOLS[name], rtol=EXACT, err_msg=name)


def test_quantities_do_not_touch_each_other() -> None:
    whole = pool(ESTIMATES, VARIANCES, df_complete=30)
    alone = pool(ESTIMATES[["q3"]], VARIANCES[["q3"]], df_complete=30)
    pd.testing.assert_frame_equal(whole.loc[["q3"]], alone, check_names=False)
    assert pool(ESTIMATES.to_numpy(), VARIANCES.to_numpy(), df_complete=30).index.tolist() == list(range(6))


numbers = st.floats(-100, 100)


@given(
    numbers, st.lists(st.floats(0.01, 10), min_size=2, max_size=30), st.floats(1, 500), st.floats(0.5, 0.99)
)
def test_imputations_that_agree_give_the_answer_of_complete_data(
    estimate: float, variances: list[float], df: float, confidence: float
) -> None:
    told = np.full((len(variances), 1), estimate)
    found = pool(told, np.array(variances)[:, None], df_complete=df, confidence=confidence).iloc[0]
    error = np.sqrt(np.mean(variances))
    assert found["between"] == found["fraction_missing"] == found["lambda"] == 0
    assert found["df"] == df
    reach = stats.t.ppf((1 + confidence) / 2, df) * error
    assert [found["ci_lower"], found["ci_upper"]] == pytest.approx(
        [estimate - reach, estimate + reach], rel=1e-9
    )


@given(st.lists(st.tuples(numbers, st.floats(0.01, 10)), min_size=2, max_size=30), st.floats(1, 500))
def test_missing_answers_never_make_an_estimate_surer(rows: list[tuple[float, float]], df: float) -> None:
    told, squared = (np.array(part)[:, None] for part in zip(*rows, strict=True))
    found = pool(told, squared, df_complete=df).iloc[0]
    assert found["std_error"] >= np.sqrt(found["within"]) * (1 - 1e-12)
    assert 0 < found["df"] <= df
    assert 0 <= found["lambda"] <= found["fraction_missing"] + 1e-12 <= 1 + 1e-9
    # Imputations have no order.
    turned = pool(told[::-1], squared[::-1], df_complete=df).iloc[0]
    pd.testing.assert_series_equal(found, turned)


def test_what_cannot_be_pooled_says_why() -> None:
    told = pd.DataFrame(
        {"gap": [1.0, np.nan], "alike": [2.0, 2.0], "no_df": [1.0, 2.0], "surest": [1.0, 2.0]}
    )
    squared = pd.DataFrame(
        {"gap": [1.0, 1.0], "alike": [0.0, 0.0], "no_df": [1.0, 1.0], "surest": [0.0, 0.0]}
    )
    found = pool(told, squared, df_complete=np.array([9, 9, np.nan, 9]))
    assert found["reason"].tolist() == [
        "not estimated in every imputation",
        "no variance: nothing to test against",
        "no degrees of freedom",
        "no degrees of freedom",
    ]
    unknown = found.drop(columns=["n_imputations", "reason"]).isna()
    assert unknown.loc["gap"].all()
    assert unknown.loc["alike"][unknown.loc["alike"]].index.tolist() == ["p_value"]
    assert found.loc["surest", ["lambda", "fraction_missing"]].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variances": [[1.0]]}, r"tables of one shape.*given: '\(2, 1\) and \(1, 1\)'"),
        ({"estimates": [[1.0]], "variances": [[1.0]]}, "one imputation tells nothing.*Impute more often"),
        ({"variances": [[1.0], [-0.5]]}, "a variance must be 0 or more, and finite; given: -0.5"),
        ({"variances": [[1.0], [np.inf]]}, "a variance must be 0 or more, and finite; given: inf"),
        ({"df_complete": 0}, "degrees of freedom must be above 0; given: 0"),
        ({"confidence": 95}, "confidence must lie between 0 and 1; given: 95"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], message: str) -> None:
    given_in = {
        "estimates": [[1.0], [2.0]],
        "variances": [[1.0], [1.0]],
        "df_complete": 9,
        "confidence": 0.9,
    } | change
    tables = [np.array(given_in.pop(name)) for name in ("estimates", "variances")]
    with pytest.raises(EstimateError, match=message):
        pool(*tables, **given_in)
