"""Variance inflation, tolerance, condition number, and the sentence about them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import LinkError
from surveykit.links.drivers import collinearity, vif

REFERENCE = Path(__file__).parents[2] / "reference"
NUMBERS = json.loads((REFERENCE / "drivers.json").read_text())
NAMES = ["a", "b", "c", "e", "f"]


@pytest.fixture
def columns():
    return pd.read_csv(REFERENCE / "drivers.csv")[NAMES]


def test_vif_is_that_of_regressions_in_r(columns):
    found = vif(columns)
    assert found.index.tolist() == NAMES
    # A closed form on both sides.
    np.testing.assert_allclose(found, list(NUMBERS["linear"]["vif"].values()), rtol=1e-11)


def test_units_of_measurement_change_nothing(columns):
    moved = columns * [1e6, 1e-6, 1, -3, 1] + [1e9, 0, -5, 0, 2]
    # The mean of a column 1,000 times its spread costs three of 16 digits.
    np.testing.assert_allclose(vif(moved), vif(columns), rtol=1e-9)


def test_condition_number_is_kappa_of_scaled_columns():
    # Columns with exactly the correlations of the published example.
    correlations = np.array(NUMBERS["swiss"]["correlations"])[1:, 1:]
    white = np.random.default_rng(0).normal(size=(40, 5))
    white -= white.mean(axis=0)
    white = np.linalg.qr(white)[0]
    found = collinearity(pd.DataFrame(white @ np.linalg.cholesky(correlations).T))
    assert found.condition_number == pytest.approx(NUMBERS["swiss"]["kappa"], rel=1e-10)
    np.testing.assert_allclose(found.data["vif"], list(NUMBERS["swiss"]["vif"].values()), rtol=1e-10)
    np.testing.assert_allclose(found.data["tolerance"], 1 / found.data["vif"])


def test_a_determined_column_is_infinitely_inflated_and_only_its_like(columns):
    found = collinearity(columns.assign(g=columns["a"] - 2 * columns["b"]))
    assert np.isinf(found.data["vif"]).tolist() == [True, True, False, False, False, True]
    assert np.isinf(found.condition_number)
    assert "no data of this kind can say whose part it is" in found.sentence


def test_sentences(columns):
    assert collinearity(columns).sentence == (
        "The predictors overlap little (variance inflation at most 1.4): each part can be read for itself."
    )
    rng = np.random.default_rng(3)
    near = columns.assign(a=columns["b"] + 0.7 * rng.normal(size=len(columns)))
    worst = collinearity(near)
    assert 2.5 < worst.data["vif"].max() < 10
    assert "are shared with the other predictors" in worst.sentence
    assert worst.sentence.endswith("its part may pass to them in another sample.")


def test_weights_count_rows(columns):
    counts = np.random.default_rng(1).integers(1, 4, len(columns))
    often = columns.loc[columns.index.repeat(counts)]
    weighted = collinearity(columns, weights=counts.astype(float))
    np.testing.assert_allclose(weighted.data["vif"], vif(often), rtol=1e-12)


def test_one_column_is_inflated_by_nothing(columns):
    assert vif(columns[["a"]]).tolist() == [pytest.approx(1)]


@pytest.mark.parametrize(
    ("column", "match"),
    [
        ({"a": 0.1}, "column 'a' is constant: overlap with it is not defined. Leave it out."),
        ({"b": np.nan}, "column 'b' has missing or infinite values"),
        ({"b": np.inf}, "column 'b' has missing or infinite values"),
    ],
)
def test_refusals(columns, column, match):
    with pytest.raises(LinkError, match=match):
        vif(columns.assign(**column))


def test_repr(columns):
    assert repr(collinearity(columns)).startswith("Collinearity(condition number 2.02)")
    assert collinearity(columns).to_frame().columns.tolist() == ["vif", "tolerance"]
