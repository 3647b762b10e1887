"""One step of the chain: draws beside the exact posterior, and who may be a donor."""

import numpy as np
import pytest

from surveykit.imputation.matching import DONORS, Predictions, Variances, matched, predict

RNG = np.random.default_rng(5)
GROUP = np.repeat(np.arange(12), RNG.integers(1, 7, 12))
N = len(GROUP)
X = np.column_stack([np.ones(N), RNG.normal(size=N), RNG.normal(size=12)[GROUP]])
TOLD = RNG.random(N) < 0.8
TOLD[GROUP == 3] = False  # nobody of an organisation answered
Y = X @ [0.2, 0.5, -0.3] + RNG.normal(0, 0.6, 12)[GROUP] + RNG.normal(0, 0.8, N)


def draws(times: int, *, clustered: bool) -> np.ndarray:
    rng = np.random.default_rng(8)
    found = [
        predict(Y, TOLD, X, GROUP, state=Variances(0.7, 0.3), rng=rng, clustered=clustered).drawn
        for _ in range(times)
    ]
    return np.array(found)


@pytest.mark.parametrize("clustered", [True, False])
def test_draws_are_those_of_the_posterior(clustered) -> None:
    """The posterior of slopes and intercepts together, by inverting the whole matrix."""
    within, between = 0.7, 0.3
    z = np.column_stack([X, np.eye(12)[GROUP]]) if clustered else X
    believed = np.diag([1.0] * 3 + [within / between] * 12)[: z.shape[1], : z.shape[1]]
    covariance = np.linalg.inv(z[TOLD].T @ z[TOLD] + believed)
    mean = z @ covariance @ z[TOLD].T @ Y[TOLD]
    spread = np.sqrt(within * np.einsum("ij,jk,ik->i", z, covariance, z))
    found = draws(1600, clustered=clustered)
    # 1,600 draws: the mean is known to 1/40 of the spread, the spread to 1/57 of itself; 5 times that is chance enough.
    assert (np.abs(found.mean(axis=0) - mean) < 5 * spread / 40).all()
    assert (np.abs(found.std(axis=0) / spread - 1) < 5 / 57).all()


def test_what_nobody_answered_is_never_read() -> None:
    hidden = np.where(TOLD, Y, np.nan)
    for y in (Y, hidden):
        found = predict(y, TOLD, X, GROUP, state=Variances(), rng=np.random.default_rng(1), clustered=True)
        assert np.isfinite(found.drawn).all()
    again = predict(Y, TOLD, X, GROUP, state=Variances(), rng=np.random.default_rng(1), clustered=True)
    np.testing.assert_array_equal(found.drawn, again.drawn)
    np.testing.assert_array_equal(found.estimated, again.estimated)


def test_variances_settle_where_they_are() -> None:
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(300), 6)
    y = rng.normal(0, np.sqrt(0.25), 300)[group] + rng.normal(0, np.sqrt(0.75), 1800)
    state, kept = Variances(), []
    for _ in range(60):
        predict(y, np.ones(1800, dtype=bool), np.ones((1800, 1)), group, state=state, rng=rng, clustered=True)
        kept.append((state.within, state.between))
    # Within is known to about 0.03, between to about 0.03.
    assert np.mean(kept[10:], axis=0) == pytest.approx([0.75, 0.25], abs=0.09)


def test_donors_are_the_nearest_who_answered() -> None:
    rng = np.random.default_rng(2)
    estimated = np.arange(30.0)
    told = estimated % 3 != 0
    drawn = np.where(told, 1e9, estimated)  # whoever answered is known by the estimate alone
    found = np.array([matched(told, Predictions(estimated=estimated, drawn=drawn), rng) for _ in range(300)])
    assert told[found].all()
    for column, wanted in enumerate(estimated[~told]):
        near = np.flatnonzero(told)[np.argsort(np.abs(estimated[told] - wanted), kind="stable")][: DONORS + 1]
        counts = np.bincount(found[:, column], minlength=30)
        assert set(np.flatnonzero(counts)) <= set(near)
        assert counts.max() < 0.35 * 300  # each of 5 in about a fifth of the draws


def test_donors_predicted_alike_are_all_in_the_draw() -> None:
    told = np.arange(40) < 39
    flat = Predictions(estimated=np.zeros(40), drawn=np.zeros(40))
    rng = np.random.default_rng(0)
    assert len({int(matched(told, flat, rng)[0]) for _ in range(600)}) == 39


def test_few_donors_are_enough() -> None:
    told = np.array([True, False, False])
    found = matched(told, Predictions(estimated=np.zeros(3), drawn=np.zeros(3)), np.random.default_rng(0))
    assert found.tolist() == [0, 0]
