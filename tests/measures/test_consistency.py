"""Consistency: even and odd halves, synonyms and antonyms, beside loops over people."""

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT

from surveykit.errors import ScoringError
from surveykit.measures.consistency import antonyms, even_odd, paired, split_halves, synonyms

ANSWERS = pd.read_csv(ROOT / "tests/exports/files/careless/careless_dataset.csv")
SCALES = {s: [c for c in ANSWERS if c.startswith(f"scale{s}")] for s in sorted({c[5] for c in ANSWERS})}


def correlate(x, y) -> float:
    seen = ~(np.isnan(x) | np.isnan(y))
    if seen.sum() < 3 or np.ptp(x[seen]) < 1e-12 or np.ptp(y[seen]) < 1e-12:
        return np.nan
    return np.corrcoef(x[seen], y[seen])[0, 1]


def test_even_odd_equals_a_loop_over_people() -> None:
    answers = ANSWERS.mask(np.random.default_rng(1).random(ANSWERS.shape) < 0.2)
    found = even_odd(answers, SCALES)
    for row in range(0, 200, 5):
        halves = [
            np.array([answers.loc[row, columns[start::2]].mean() for columns in SCALES.values()])
            for start in (0, 1)
        ]
        r = correlate(*halves)
        assert found[row] == pytest.approx(np.maximum(-1, 2 * r / (1 + r)), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(("index", "sign"), [(synonyms, 1), (antonyms, -1)])
def test_pairs_equal_a_loop_over_people(index, sign: int) -> None:
    answers = ANSWERS.mask(np.random.default_rng(2).random(ANSWERS.shape) < 0.1)
    answers = answers.assign(**{c: 6 - answers[c] for c in answers.columns[::3]}) if sign < 0 else answers
    between = answers.corr().to_numpy() * sign
    pairs = [(i, j) for i, j in zip(*np.nonzero(between > 0.3), strict=True) if i < j]
    assert len(pairs) > 3
    found = index(answers, critical_r=sign * 0.3)
    for row, x in enumerate(answers.to_numpy()[:60]):
        first, second = x[[i for i, _ in pairs]], x[[j for _, j in pairs]]
        assert found[row] == pytest.approx(correlate(first, second), rel=1e-9, nan_ok=True)


def test_more_respondents_than_fit_at_once_are_computed_alike() -> None:
    many = pd.concat([ANSWERS] * 50, ignore_index=True)
    found = synonyms(many, critical_r=0.3)
    # The sample correlations are those of one copy, so the pairs are too.
    np.testing.assert_allclose(found, np.tile(synonyms(ANSWERS, critical_r=0.3), 50), rtol=1e-12)


def test_items_that_do_not_vary_are_nobodys_synonyms() -> None:
    same = pd.DataFrame(0.1, index=range(6), columns=list("abcd")).assign(e=range(6), f=range(6))
    assert synonyms(same).isna().all()


def test_a_pair_at_the_critical_r_is_none() -> None:
    # Three items of which any two agree for six of eight people: r is one half exactly.
    answers = pd.DataFrame({"a": list("11110000"), "b": list("11101000"), "c": list("11100100")}).astype(
        float
    )
    found, reason = paired(answers, {"synonyms": 0.5})["synonyms"]
    assert found.isna().all()
    assert set(reason) == {"fewer than 3 pairs of synonyms in the sample"}
    assert synonyms(answers, critical_r=0.499).notna().any()


def test_items_that_do_not_vary_where_both_are_answered_are_no_synonyms() -> None:
    # Each item varies in a row that nobody else answered; elsewhere all that its variance is made of is rounding.
    shared = np.tile(np.random.default_rng(4).random(8), (11, 1))
    alone = np.where(np.eye(8) == 1, 0, np.nan)
    assert synonyms(np.vstack([shared, alone])).isna().all()


def test_halves_alike_but_for_rounding_do_not_vary() -> None:
    answers = pd.DataFrame([[0.1, 0.2, 0.3, 0.3, 0.2, 0.1, 0.15, 0.2, 0.25]])
    _, reason = split_halves(answers, {"x": [0, 1, 2], "y": [3, 4, 5], "z": [6, 7, 8]})
    assert reason.tolist() == ["answers do not vary"]


@pytest.mark.parametrize("index", [synonyms, antonyms])
def test_two_pairs_in_the_sample_are_too_few(index) -> None:
    x = np.arange(8.0)
    answers = pd.DataFrame({"a": x, "b": x**2, "c": -x, "d": x % 2})
    assert index(answers, critical_r=0.9 if index is synonyms else -0.99).isna().all()


def test_the_halves_of_a_scale_are_by_the_order_given() -> None:
    answers = pd.DataFrame([[1, 1, 3, 3, 5, 4]], columns=list("abcdef"))
    apart = {"x": ["a", "b"], "y": ["c", "d"], "z": ["e", "f"]}
    turned = {"x": ["a", "b"], "y": ["c", "d"], "z": ["f", "e"]}
    assert even_odd(answers, apart).item() == pytest.approx(even_odd(answers, turned).item())
    assert even_odd(answers, apart | {"z": ["e", "e"]}).item() == pytest.approx(1)


def test_what_cannot_be_computed_it_says() -> None:
    with pytest.raises(ScoringError, match="three scales or more.*\\['A'\\]"):
        even_odd(ANSWERS, {"A": SCALES["A"]})
    with pytest.raises(ScoringError, match="'A' names an unknown column.*'scaleA9'.*Did you mean"):
        even_odd(ANSWERS, SCALES | {"A": ["scaleA1", "scaleA9"]})
    with pytest.raises(ScoringError, match="'A' has no two halves"):
        even_odd(ANSWERS, SCALES | {"A": ["scaleA1"]})
    with pytest.raises(ScoringError, match="stands twice in the answers.*'scaleA1'"):
        even_odd(ANSWERS.rename(columns={"scaleA2": "scaleA1"}), SCALES)
    with pytest.raises(ScoringError, match="synonyms is out of range.*-0.6.*0 up to 1"):
        synonyms(ANSWERS, critical_r=-0.6)
    with pytest.raises(ScoringError, match="antonyms is out of range.*0.6"):
        antonyms(ANSWERS, critical_r=0.6)
