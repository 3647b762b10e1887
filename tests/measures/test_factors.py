"""Factors: beside psych, factanal and lavaan in R, and what must always hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import ScoringError
from surveykit.measures import factormodel, onefactor
from surveykit.measures import factors as module
from surveykit.measures.factors import (
    FactorModel,
    confirmatory,
    factorability,
    one_factor,
    one_factor_loadings,
    parallel_analysis,
)

TESTS = Path(__file__).parent.parent
DATA = pd.read_csv(TESTS / "reference" / "factors.csv")
NUMBERS = json.loads((TESTS / "reference" / "factors.json").read_text())
HS = pd.read_csv(TESTS / "exports" / "files" / "semopy" / "holzinger_swineford39_data.csv")
X9 = HS[[f"x{i}" for i in range(1, 10)]]
ORDINAL, CONTINUOUS = DATA[[f"o{i}" for i in range(1, 7)]], DATA[[f"c{i}" for i in range(1, 7)]]
THREE = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
EXACT = 1e-11  # closed forms: what differs is the last printed digit
FIT = {
    "chi_square": "chisq",
    "df": "df",
    "p_value": "pvalue",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea_lower": "rmsea.ci.lower",
    "rmsea_upper": "rmsea.ci.upper",
    "srmr": "srmr",
    "n_obs": "ntotal",
}


def related(n: int = 60, p: int = 5, seed: int = 1, loading: float = 0.7) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    own = np.sqrt(1 - loading**2) * random.normal(size=(n, p))
    return pd.DataFrame(loading * random.normal(size=(n, 1)) + own, columns=list("abcdefghij")[:p])


# Loadings of one factor.


@pytest.mark.parametrize(("name", "items"), [("ordinal", ORDINAL), ("hs", X9)])
def test_loadings_equal_psych_and_factanal(name: str, items: pd.DataFrame) -> None:
    r, expected = items.dropna().corr(), NUMBERS["loadings"][name]
    # psych stops its search at 1e-6 or so; factanal was told to go on.
    np.testing.assert_allclose(one_factor_loadings(r, method="minres"), expected["minres"], atol=1e-5)
    np.testing.assert_allclose(one_factor_loadings(r, method="ml"), expected["ml"], atol=1e-5)
    np.testing.assert_allclose(one_factor_loadings(r, method="ml"), expected["factanal"], atol=1e-7)


def test_minres_leaves_residuals_that_no_small_change_lowers() -> None:
    r = X9.corr().to_numpy()
    loadings = one_factor_loadings(r)
    residual = r - np.outer(loadings, loadings)
    np.fill_diagonal(residual, 0)
    # A sum of squares known to its last digit tells loadings apart to about 1e-8.
    np.testing.assert_allclose(residual @ loadings, 0, atol=1e-7)


def test_a_heywood_case_stops_at_the_least_uniqueness() -> None:
    r = pd.DataFrame(NUMBERS["small"]).corr()
    found = one_factor_loadings(r, method="ml")
    np.testing.assert_allclose(found, NUMBERS["loadings"]["small"]["factanal"], atol=1e-7)
    # There the likelihood no longer gives the item back exactly: its loading may pass the bound by a little.
    assert found.max() == pytest.approx(np.sqrt(1 - 0.005), abs=1e-4)
    assert one_factor_loadings(r).max() == pytest.approx(np.sqrt(1 - 0.005), abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0.2, 0.95), min_size=3, max_size=8),
    st.integers(0, 7),
    st.sampled_from(["minres", "ml"]),
)
def test_loadings_come_back_from_the_correlations_they_imply(
    loadings: list[float], turned: int, method: str
) -> None:
    true = np.array(loadings)
    true[turned % len(true)] *= -1
    r = np.outer(true, true)
    np.fill_diagonal(r, 1)
    found = one_factor_loadings(r, method=method)
    assert found.sum() >= -1e-9
    # ML sees the misfit to its last digit, which is flat to about 1e-6 where loadings are small.
    np.testing.assert_allclose(found * np.sign(found @ true), true, atol=1e-5)


def test_what_is_no_correlation_matrix_is_refused() -> None:
    with pytest.raises(ScoringError, match="unknown method; given: 'pa'; allowed: minres, ml"):
        one_factor_loadings(np.eye(3), method="pa")
    with pytest.raises(ScoringError, match="at least three items; given: 2"):
        one_factor_loadings(np.eye(2))
    with pytest.raises(ScoringError, match=r"a correlation matrix is square; given: \(3, 4\)"):
        one_factor_loadings(np.ones((3, 4)))
    with pytest.raises(ScoringError, match="some correlations are undefined"):
        one_factor_loadings(np.full((3, 3), np.nan))
    with pytest.raises(ScoringError, match="not a correlation matrix"):
        one_factor_loadings(2 * np.eye(3))
    with pytest.raises(ScoringError, match="positive definite matrix. Use minres"):
        one_factor_loadings(np.ones((3, 3)), method="ml")
    with pytest.raises(ScoringError, match="the search for the loadings did not end; given: 'slope nan'"):
        onefactor._ended(np.ones(3), np.nan)


# Factorability.


@pytest.mark.parametrize(("name", "items"), [("ordinal", ORDINAL), ("hs", X9)])
def test_adequacy_and_bartlett_equal_psych(name: str, items: pd.DataFrame) -> None:
    found, expected = factorability(items), NUMBERS["factorability"][name]
    assert found.kmo == pytest.approx(expected["kmo"], rel=EXACT)
    np.testing.assert_allclose(found.kmo_by_item, expected["by_item"], rtol=EXACT)
    assert list(found.kmo_by_item.index) == list(items.columns)
    assert found.chi_square == pytest.approx(expected["chi_square"], rel=EXACT)
    assert (found.df, found.n_obs) == (expected["df"], expected["n_obs"])
    assert found.p_value == pytest.approx(expected["p_value"], rel=1e-9, abs=1e-15)
    assert "kmo_by_item" not in found.to_frame()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.floats(0, 0.95))
def test_adequacy_lies_between_0_and_1_and_no_unit_counts(seed: int, p: int, loading: float) -> None:
    items = related(p=p, seed=seed, loading=loading)
    found = factorability(items)
    assert 0 <= found.kmo <= 1
    assert found.kmo_by_item.between(0, 1).all()
    again = factorability(-3 * items.iloc[::-1] + 5)
    assert again.kmo == pytest.approx(found.kmo, rel=1e-9)
    assert again.chi_square == pytest.approx(found.chi_square, rel=1e-9)


def test_adequacy_of_items_that_allow_none_says_why() -> None:
    items = related()
    for bad, reason in [
        (items.assign(b=0.1), "b does not vary"),
        (items.assign(b=items["a"] + items["c"]), "items follow from others"),
        (items.head(5), "too few complete respondents: 5 for 5 items"),
    ]:
        found = factorability(bad)
        assert found.reason == reason
        assert np.isnan([found.kmo, found.chi_square, found.p_value]).all()
        assert found.kmo_by_item.isna().all()
    assert factorability(items.head(5)).n_obs == 5
    with pytest.raises(ScoringError, match="factors need at least two items"):
        factorability(items[["a"]])
    with pytest.raises(ScoringError, match="unknown way to treat missing answers; given: 'mean'"):
        factorability(items, missing="mean")
    with pytest.raises(ScoringError, match="an answer is infinite"):
        factorability(items.replace(items.iloc[0, 0], np.inf))


# Parallel analysis.


def test_eigenvalues_and_their_chance_equal_r() -> None:
    found, expected = parallel_analysis(X9, seed=1, n_iterations=4000), NUMBERS["parallel"]
    np.testing.assert_allclose(found.eigenvalues["eigenvalue"], expected["eigenvalue"], rtol=EXACT)
    # Two samples of 4000 permutations: the first quantile has a standard error of .0019 in each, so four are .011.
    np.testing.assert_allclose(found.eigenvalues["reference"], expected["reference"], atol=0.011)
    assert found.n_factors == expected["psych_components"] == 3
    assert list(found.eigenvalues["retained"]) == [True] * 3 + [False] * 6
    assert found.to_frame().equals(found.eigenvalues)


def test_chance_is_the_same_for_the_same_seed_and_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    first = parallel_analysis(ORDINAL, seed=1, n_iterations=50)
    assert parallel_analysis(ORDINAL, seed=1, n_iterations=50).eigenvalues.equals(first.eigenvalues)
    assert not parallel_analysis(ORDINAL, seed=2, n_iterations=50).eigenvalues.equals(first.eigenvalues)
    monkeypatch.setattr(module, "AT_ONCE", 1000)
    pd.testing.assert_frame_equal(
        parallel_analysis(ORDINAL, seed=1, n_iterations=50).eigenvalues, first.eigenvalues
    )
    assert first.n_obs == len(ORDINAL.dropna())


def test_unrelated_items_rarely_have_a_factor_and_related_ones_have_one() -> None:
    random = np.random.default_rng(4)
    found = [
        parallel_analysis(random.normal(size=(80, 6)), seed=i, n_iterations=100).n_factors for i in range(60)
    ]
    # By 5% of chance: 3 of 60 expected, 9 are more than three standard errors off.
    assert sum(n > 0 for n in found) <= 9
    assert parallel_analysis(related(200), seed=1, n_iterations=100).n_factors == 1


def test_parallel_analysis_refuses_what_has_no_correlations() -> None:
    items = related()
    with pytest.raises(ScoringError, match=r"items do not vary; given: \['b'\]. Leave them out"):
        parallel_analysis(items.assign(b=2), seed=1)
    with pytest.raises(ScoringError, match="three complete respondents; given: 2"):
        parallel_analysis(items.head(2), seed=1)
    with pytest.raises(ScoringError, match="quantile must lie between 0 and 1; given: 95"):
        parallel_analysis(items, seed=1, quantile=95)
    with pytest.raises(ScoringError, match="n_iterations must be at least 1; given: 0"):
        parallel_analysis(items, seed=1, n_iterations=0)


# Confirmatory models.


def models() -> dict[str, FactorModel]:
    return {
        "hs": confirmatory(HS, THREE),
        "hs_one": one_factor(X9),
        "ordinal": one_factor(ORDINAL),
        "continuous": one_factor(CONTINUOUS),
        "small": one_factor(pd.DataFrame(NUMBERS["small"])),
    }


@pytest.mark.parametrize(("name", "found"), models().items())
def test_models_equal_lavaan(name: str, found: FactorModel) -> None:
    expected = NUMBERS["confirmatory"][name]
    for ours, theirs in FIT.items():
        # The misfit is flat at its minimum, so fit agrees further than loadings, for which lavaan stops at about 1e-6.
        # Residuals and limits of RMSEA follow loadings and lavaan's own root search.
        far = 1e-6 if ours in {"srmr", "rmsea_lower", "rmsea_upper"} else 1e-8
        assert getattr(found, ours) == pytest.approx(expected["fit"][theirs], abs=far, rel=1e-8), ours
    table = found.loadings.loc[expected["item"]]
    for column in ("estimate", "std_error", "standardised", "uniqueness"):
        np.testing.assert_allclose(table[column], expected[column], rtol=1e-5, atol=1e-5, err_msg=column)
    assert list(table["factor"]) == (expected["factor"] if name == "hs" else ["factor"] * len(table))


def test_holzinger_and_swineford_as_published() -> None:
    found = confirmatory(HS, THREE)
    assert repr(found) == (
        "FactorModel(chi2(24) = 85.306, CFI 0.931, RMSEA 0.092, SRMR 0.065; 9 items, 301 respondents)"
    )
    expected = NUMBERS["confirmatory"]["hs"]
    np.testing.assert_allclose(found.correlations["estimate"], expected["correlations"], atol=1e-5)
    np.testing.assert_allclose(found.correlations["std_error"], expected["correlation_errors"], atol=1e-5)
    pairs = [("visual", "textual"), ("visual", "speed"), ("textual", "speed")]
    assert list(zip(found.correlations["factor"], found.correlations["other"], strict=True)) == pairs
    assert found.reason == ""
    assert list(found.to_frame())[:3] == ["chi_square", "df", "p_value"]


def test_three_items_are_fitted_and_not_tested() -> None:
    found, expected = one_factor(X9[["x1", "x2", "x3"]]), NUMBERS["confirmatory"]["hs_visual"]
    np.testing.assert_allclose(found.loadings["estimate"], expected["estimate"], rtol=1e-6)
    np.testing.assert_allclose(found.loadings["std_error"], expected["std_error"], rtol=1e-6)
    assert (found.df, found.chi_square) == (0, pytest.approx(0, abs=1e-9))
    assert np.isnan(
        [found.p_value, found.cfi, found.tli, found.rmsea, found.rmsea_lower, found.rmsea_upper]
    ).all()
    assert found.reason == "df 0: the model fits exactly, so there is nothing to test"


def test_a_heywood_case_is_named() -> None:
    found = one_factor(pd.DataFrame(NUMBERS["small"]))
    assert found.loadings.loc["h1", "uniqueness"] < 0
    assert found.reason == "Heywood case: the uniqueness of h1 is not above 0"
    assert found.reason in repr(found)


def test_models_without_a_unique_solution_or_usable_answers_say_why() -> None:
    items = related()
    for bad, reason in [
        (items[["a", "b"]], "not identified: one factor needs at least three items"),
        (items[["a"]], "not identified: 'factor' has one item"),
        (items.assign(c=4), "c does not vary"),
        (items.head(5), "too few complete respondents: 5 for 5 items"),
        (items.assign(e=items["a"] - items["b"]), "items follow from others"),
    ]:
        found = one_factor(bad)
        assert found.reason == reason
        assert np.isnan([found.chi_square, found.cfi, found.srmr]).all()
        assert found.loadings["estimate"].isna().all()
        assert list(found.loadings.index) == list(bad.columns)
    two = confirmatory(items, {"x": ["a", "b"], "y": ["c"]})
    assert two.reason == "not identified: 'y' has one item"
    assert two.correlations["estimate"].isna().tolist() == [True]


def test_a_search_that_does_not_end_gives_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factormodel, "NEAR", 0.0)
    found = one_factor(related())
    assert found.reason.startswith("the search for the loadings did not end")
    assert np.isnan(found.chi_square)


def test_unrelated_pairs_of_items_are_not_told_apart() -> None:
    # Two factors of two items with nothing in common: loadings of each pair trade off against each other.
    random = np.random.default_rng(3)
    z = np.linalg.qr(random.normal(size=(100, 5)) - 0)[0]
    z = np.linalg.qr(np.column_stack([np.ones(100), z]))[0][:, 1:]
    items = pd.DataFrame({"a": z[:, 0], "b": z[:, 0] + z[:, 1], "c": z[:, 2], "d": z[:, 2] + z[:, 3]})
    found = confirmatory(items, {"x": ["a", "b"], "y": ["c", "d"]})
    assert "tell all unknowns apart" in found.reason
    assert found.loadings["std_error"].isna().all()


def test_factors_must_name_known_items_once() -> None:
    with pytest.raises(ScoringError, match="unknown item; given: 'x33'.*Did you mean 'x3'"):
        confirmatory(HS, {"visual": ["x1", "x2", "x33"]})
    with pytest.raises(ScoringError, match="stands once, and measures one factor; given: 'x1'"):
        confirmatory(HS, {"visual": ["x1", "x2", "x3"], "other": ["x1", "x4", "x5"]})
    with pytest.raises(ScoringError, match="a factor needs items"):
        confirmatory(HS, {"visual": []})
    with pytest.raises(ScoringError, match="unknown way to treat missing answers"):
        one_factor(X9, missing="fiml")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-1000, 1000), st.sampled_from([-1.0, 1.0]))
def test_fit_is_the_same_in_other_units_and_orders(
    seed: int, scale: float, shift: float, turned: float
) -> None:
    items = related(n=150, seed=seed)
    found = one_factor(items)
    changed = items.assign(a=turned * scale * items["a"] + shift).sample(frac=1, random_state=1)
    again = one_factor(changed[list("cabed")])
    for name in ("chi_square", "cfi", "tli", "rmsea", "srmr"):
        assert getattr(again, name) == pytest.approx(getattr(found, name), abs=1e-6)
    one, other = found.loadings["standardised"] * [turned, 1, 1, 1, 1], again.loadings["standardised"]
    np.testing.assert_allclose(np.abs(other[one.index]), np.abs(one), atol=1e-5)
    assert (np.sign(other[one.index]) == np.sign(one)).all()


def test_nobody_complete_is_a_reason():
    empty = pd.DataFrame({"a": [], "b": [], "c": []}, dtype=float)
    assert one_factor(empty).reason == factorability(empty).reason == "no respondent answered every item"


def test_factors_are_named_lists_of_columns():
    with pytest.raises(ScoringError, match="factors map names to lists of columns.*'f =~ a"):
        confirmatory(pd.DataFrame(np.eye(5), columns=list("abcde")), "f =~ a + b + c")
