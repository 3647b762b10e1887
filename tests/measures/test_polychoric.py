"""Polychoric correlations: beside polycor, psych and their likelihood searched to the end in R; and what must hold."""

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from surveykit.errors import ScoringError, SurveyWarning
from surveykit.measures import polychoric as module
from surveykit.measures.polychoric import polychoric, polychoric_pairs

REFERENCE = Path(__file__).parent.parent / "reference"
DATA = pd.read_csv(REFERENCE / "factors.csv")
NUMBERS = pd.DataFrame(json.loads((REFERENCE / "factors.json").read_text())["polychoric"])
ITEMS = DATA[["o1", "o2", "o3", "o4", "o5", "o6", "near", "nearer", "far", "binary"]]


def quietly(items: pd.DataFrame) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SurveyWarning)
        return polychoric(items)


def simulated(n: int, rho: float, cuts: list[list[float]], seed: int = 5) -> pd.DataFrame:
    opinion = np.random.default_rng(seed).multivariate_normal([0, 0], [[1, rho], [rho, 1]], n)
    return pd.DataFrame({name: np.digitize(opinion[:, i], cuts[i]) for i, name in enumerate("ab")})


def test_every_pair_equals_the_likelihood_searched_to_the_end_in_r() -> None:
    pairs = polychoric_pairs(ITEMS)
    assert pairs[["item", "other"]].equals(NUMBERS[["item", "other"]])
    # R's optimize finds a maximum to the square root of the last digit, about 1e-8 of Fisher's z.
    assert np.abs(pairs["estimate"] - NUMBERS["tight"]).max() < 1e-7
    assert (NUMBERS["tight"].abs() > 0.97).sum() == 3


def test_pairs_equal_polycor_and_psych_as_far_as_these_search() -> None:
    off = np.abs(polychoric_pairs(ITEMS)["estimate"] - NUMBERS["psych"])
    assert off.max() < 1e-4
    # Beyond .95 polycor's own cells lose their digits, and it stops short of the top: psych and ours agree there.
    usual = NUMBERS["psych"].abs() < 0.95
    assert np.abs(polychoric_pairs(ITEMS)["estimate"] - NUMBERS["polycor"])[usual].max() < 1e-4


def test_matrix_holds_the_pairs_and_counts_respondents_pairwise() -> None:
    pairs = polychoric_pairs(ITEMS)
    matrix = quietly(ITEMS)
    assert list(matrix.index) == list(matrix.columns) == list(ITEMS.columns)
    assert all(
        matrix.loc[a, b] == matrix.loc[b, a] == r
        for a, b, r in pairs[["item", "other", "estimate"]].to_numpy()
    )
    assert (np.diag(matrix) == 1).all()
    asked = ITEMS.notna().astype(int)
    assert all((asked[a] * asked[b]).sum() == n for a, b, n in pairs[["item", "other", "n_obs"]].to_numpy())


def test_two_by_two_equals_the_closed_form_at_the_medians() -> None:
    # Cut at the medians, the share on the diagonal is 1/2 + asin(rho) / pi.
    table = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]}).loc[
        [0] * 35 + [1] * 15 + [2] * 15 + [3] * 35
    ]
    rho = np.sin(np.pi * (0.7 - 0.5))
    assert polychoric(table).loc["a", "b"] == pytest.approx(rho, abs=1e-12)


@pytest.mark.parametrize("rho", [-0.995, -0.6, 0.0, 0.3, 0.97, 0.995])
def test_many_answers_give_back_the_correlation_of_the_opinions(rho: float) -> None:
    answers = simulated(200_000, rho, [[-1, 0.2, 1.3], [-0.5, 0.4, 1]])
    # Standard error below .004 (1 - rho^2) / ... at this size: five of them.
    assert quietly(answers).loc["a", "b"] == pytest.approx(rho, abs=0.02 * (1 - rho**2) + 1e-3)


def test_probabilities_below_crossings_are_exact_up_to_the_limit() -> None:
    counts = np.array([[[5.0, 3, 1], [2, 9, 4], [1, 2, 7]]])
    planes, z = module._Planes.independent(counts), np.zeros(1)
    a, b = stats.norm.ppf([9 / 34, 24 / 34]), stats.norm.ppf([8 / 34, 22 / 34])
    for to in (0.8, 1.6, 2.4, 3.2, 4.0, 4.8, np.arctanh(0.9999)):
        planes = planes.moved(z, np.array([to]), np.array([True]))
        z = np.array([to])
        rho, rest = np.tanh(to), 1 / np.cosh(to)
        for i, j in np.ndindex(2, 2):
            ends = [-9, min(a[i], b[j] / rho) - 8 * rest, min(a[i], b[j] / rho), a[i]]

            def density(x: float, j: int = j, rho: float = rho, rest: float = rest) -> float:
                return stats.norm.pdf(x) * stats.norm.cdf((b[j] - rho * x) / rest)

            pieces = [integrate.quad(density, *piece, epsabs=1e-14)[0] for piece in itertools.pairwise(ends)]
            assert planes.below[0, i + 1, j + 1] == pytest.approx(sum(pieces), abs=1e-12)


def test_the_estimate_is_the_top_of_the_likelihood_even_if_it_is_flat() -> None:
    random = np.random.default_rng(8)
    tables = random.poisson(random.uniform(0.2, 6, size=(40, 1, 1)), size=(40, 4, 4)).astype(float)
    tables = tables[(tables.sum(axis=2) > 0).all(axis=1) & (tables.sum(axis=1) > 0).all(axis=1)]
    found = np.arctanh(module._correlations(tables))
    planes, z, best = module._Planes.independent(tables), np.zeros(len(tables)), np.full(len(tables), -np.inf)
    every, heights = np.ones(len(tables), dtype=bool), []
    grid = np.concatenate([np.arange(0, 4.9, 0.05), np.arange(4.9, -4.95, -0.05)])
    for at in grid:
        planes, z = planes.moved(z, np.full(len(z), at), every), np.full(len(z), at)
        heights.append((tables * np.log(np.maximum(module._cells(planes.below), 1e-16))).sum(axis=(1, 2)))
    best = np.max(heights, axis=0)
    planes = module._Planes.independent(tables)
    for step in np.linspace(0, 1, 12)[1:]:
        planes = planes.moved(found * (step - 1 / 11), found * step, every)
    top = (tables * np.log(np.maximum(module._cells(planes.below), 1e-16))).sum(axis=(1, 2))
    assert (top >= best - 1e-8).all()


def test_sparse_tables_are_named_and_warned_of() -> None:
    table = pd.DataFrame({"a": [1, 2, 3, 1, 2, 3], "b": [1, 2, 3, 1, 2, 3], "c": [4] * 6})
    with pytest.warns(SurveyWarning, match="2 of 3 correlations are undefined, 1 of 3 rest on sparse tables"):
        found = polychoric(table)
    assert found.loc["a", "b"] == pytest.approx(0.9999)
    assert np.isnan(found["c"]).all()
    pairs = polychoric_pairs(table).set_index(["item", "other"])["reason"]
    assert pairs["a", "b"] == (
        "at its limit, where the likelihood still rises; a: an answer used by fewer than 5; "
        "b: an answer used by fewer than 5; 6 of its cells empty"
    )
    assert pairs["a", "c"] == "c: only one answer used"


def test_items_no_respondent_shares_and_items_constant_among_shared_ones() -> None:
    table = pd.DataFrame({"a": [1, 2, 1, 2, None], "b": [None] * 4 + [1], "c": [1, 1, 1, None, 2]})
    reasons = polychoric_pairs(table).set_index(["item", "other"])
    assert reasons.loc[("a", "b"), "reason"] == "no respondent answered both"
    assert reasons.loc[("a", "c"), "reason"] == "c: only one answer used"
    assert reasons["estimate"].isna().all()


def test_full_tables_give_no_warning_and_no_reason() -> None:
    answers = simulated(2000, 0.4, [[-0.5, 0.5], [-0.7, 0.2]])
    assert polychoric(answers).loc["a", "b"] == pytest.approx(0.4, abs=0.06)
    assert polychoric_pairs(answers)["reason"].tolist() == [""]


def test_a_matrix_that_is_not_positive_definite_is_warned_of() -> None:
    random = np.random.default_rng(2)
    blocks = []
    for names, rho in (("ab", 0.9), ("bc", 0.9), ("ac", -0.9)):
        opinion = random.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 4000)
        blocks.append(pd.DataFrame(np.digitize(opinion, [0]), columns=list(names)))
    with pytest.warns(SurveyWarning, match="the matrix is not positive definite"):
        polychoric(pd.concat(blocks)[["a", "b", "c"]])


def test_memory_is_bounded_by_chunks_that_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = polychoric_pairs(ITEMS)
    monkeypatch.setattr(module, "PAIRS_AT_ONCE", 7)
    pd.testing.assert_frame_equal(polychoric_pairs(ITEMS), whole, rtol=1e-12)


def test_what_is_no_ordered_answer_is_refused() -> None:
    with pytest.raises(ScoringError, match="too many different answers; given: 50; allowed: at most 20"):
        polychoric(pd.DataFrame({"a": range(50), "b": [1, 2] * 25}))
    with pytest.raises(ScoringError, match="at least two items; given: \\['a'\\]"):
        polychoric(pd.DataFrame({"a": [1, 2]}))
    with pytest.raises(ScoringError, match="answers must be numbers"):
        polychoric(pd.DataFrame({"a": ["yes", "no"], "b": [1, 2]}))
    with pytest.raises(
        ScoringError, match="unknown way to treat missing answers; given: 'drop'; allowed: pairwise"
    ):
        polychoric(ITEMS, missing="drop")


answered = st.tuples(st.integers(0, 10**6), st.integers(15, 120), st.integers(2, 5), st.floats(0, 0.2)).map(
    lambda t: pd.DataFrame(
        np.where(
            np.random.default_rng(t[0]).random((t[1], 3)) < t[3],
            np.nan,
            np.random.default_rng(t[0] + 1).integers(1, t[2] + 1, (t[1], 3)),
        ),
        columns=list("abc"),
    )
)


@settings(max_examples=20, deadline=None)
@given(answered, st.integers(0, 1000))
def test_only_order_counts_and_reversing_an_item_turns_its_signs(items: pd.DataFrame, seed: int) -> None:
    found = quietly(items)
    values = found.to_numpy()
    np.testing.assert_array_equal(values, values.T)
    assert (np.isnan(values) | (np.abs(values) <= 1)).all()
    # The search ends where a step of Newton's is below 1e-7, so what is left is its square.
    close = {"rtol": 0, "atol": 1e-8}
    pd.testing.assert_frame_equal(quietly(np.exp(items) - 3), found, **close)
    pd.testing.assert_frame_equal(quietly(items.sample(frac=1, random_state=seed)), found, **close)
    pd.testing.assert_frame_equal(
        quietly(items[["c", "a", "b"]]).loc[found.index, found.columns], found, **close
    )
    turned = quietly(items.assign(a=6 - items["a"]))
    sign = np.array([-1, 1, 1])
    pd.testing.assert_frame_equal(turned, found * np.outer(sign, sign), **close)


def test_nobody_answered_gives_nothing_with_a_reason():
    pairs = polychoric_pairs(pd.DataFrame({"a": [], "b": []}, dtype=float))
    assert pairs["estimate"].isna().all()
    assert pairs["reason"].tolist() == ["no respondent answered both"]
