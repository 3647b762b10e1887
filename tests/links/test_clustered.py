"""CR2: what must always hold. R's numbers are in test_fitted_links.py."""

import numpy as np
import pytest

from surveykit.links.clustered import clustered, group_sums, outer_sums


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    groups = rng.permutation(np.repeat(np.arange(12), rng.integers(1, 7, 12)))
    return np.column_stack([np.ones(len(groups)), rng.normal(size=(len(groups), 2))]), groups


def of_residuals(x, groups, errors):
    residuals = errors - x @ np.linalg.lstsq(x, errors, rcond=None)[0]
    information = outer_sums(groups, x, x, np.ones(len(x)))
    return clustered(group_sums(groups, x * residuals[:, None]), information)


def test_variance_of_independent_errors_is_unbiased(rows):
    x, groups = rows
    # The covariance is quadratic in the errors: over independent errors of variance 1 its mean is the sum over units.
    expected = sum(of_residuals(x, groups, error).covariance for error in np.eye(len(x)))
    np.testing.assert_allclose(expected, np.linalg.inv(x.T @ x), rtol=1e-10)


def test_degrees_of_freedom_are_those_of_the_variance_they_describe(rows):
    x, groups = rows
    contrast = np.array([0.3, 1.0, -0.5])
    # Under independent normal errors c'Vc is e'Qe: mean tr Q and variance 2 tr QQ, and Satterthwaite's degrees of
    # freedom are twice the squared mean over the variance. Q from polarisation, without the formula under test.
    unit = np.eye(len(x))

    def value(errors):
        return contrast @ of_residuals(x, groups, errors).covariance @ contrast

    alone = np.array([value(error) for error in unit])
    both = np.array([[value(a + b) for b in unit] for a in unit])
    quadratic = (both - alone[:, None] - alone) / 2
    expected = np.trace(quadratic) ** 2 / np.trace(quadratic @ quadratic)
    np.testing.assert_allclose(of_residuals(x, groups, x[:, 1]).degrees(contrast), expected, rtol=1e-9)


def test_a_mean_of_equal_groups_has_one_degree_less_than_groups():
    groups = np.repeat(np.arange(9), 4)
    found = of_residuals(np.ones((36, 1)), groups, np.arange(36.0) % 7)
    np.testing.assert_allclose(found.degrees(np.ones(1)), 8, rtol=1e-12)


def test_group_and_row_order_change_nothing(rows):
    x, groups = rows
    errors = np.sin(np.arange(len(x)))
    order = np.random.default_rng(1).permutation(len(x))
    before, after = (
        of_residuals(x, groups, errors),
        of_residuals(x[order], (groups.max() - groups)[order], errors[order]),
    )
    np.testing.assert_allclose(after.covariance, before.covariance, rtol=1e-10)
    np.testing.assert_allclose(after.degrees(np.ones(3)), before.degrees(np.ones(3)), rtol=1e-10)


def test_parameters_can_be_changed_afterwards(rows):
    x, groups = rows
    errors = np.cos(np.arange(len(x)))
    change = np.array([[1.0, 2, 0], [0, 1, 0], [0, 3, 0.5]])
    moved = of_residuals(x, groups, errors).moved(change)
    direct = of_residuals(x @ np.linalg.inv(change), groups, errors)
    np.testing.assert_allclose(moved.covariance, direct.covariance, rtol=1e-9)
    contrast = np.array([1.0, 0, 1])
    np.testing.assert_allclose(moved.degrees(contrast), direct.degrees(contrast), rtol=1e-9)


def test_what_one_organisation_alone_tells_has_no_error_of_its_own(rows):
    x, groups = rows
    only = np.column_stack([x, groups == 3])
    found = of_residuals(only, groups, np.sin(np.arange(len(x))))
    assert np.isfinite(found.covariance).all()
    assert np.isfinite(found.degrees(np.array([0.0, 1, 0, 0])))


def weighted(x, groups, errors, weights):
    """A weighted mean's or regression's scores, information and meat, for errors of one variance."""
    bread = x.T @ (x * weights[:, None])
    residuals = errors - x @ np.linalg.solve(bread, x.T @ (weights * errors))
    scores = group_sums(groups, x * (weights * residuals)[:, None])
    return clustered(scores, outer_sums(groups, x, x, weights), outer_sums(groups, x, x, weights**2))


@pytest.fixture(scope="module")
def weights(rows):
    return np.random.default_rng(5).uniform(0.2, 4, len(rows[0]))


def test_variance_with_weights_is_unbiased(rows, weights):
    x, groups = rows
    bread = np.linalg.inv(x.T @ (x * weights[:, None]))
    exact = bread @ (x.T @ (x * weights[:, None] ** 2)) @ bread
    expected = sum(weighted(x, groups, error, weights).covariance for error in np.eye(len(x)))
    np.testing.assert_allclose(expected, exact, rtol=1e-10)


def test_degrees_of_freedom_with_weights_are_those_of_the_variance(rows, weights):
    x, groups = rows
    contrast = np.array([0.3, 1.0, -0.5])
    unit = np.eye(len(x))

    def value(errors):
        return contrast @ weighted(x, groups, errors, weights).covariance @ contrast

    alone = np.array([value(error) for error in unit])
    both = np.array([[value(a + b) for b in unit] for a in unit])
    quadratic = (both - alone[:, None] - alone) / 2
    expected = np.trace(quadratic) ** 2 / np.trace(quadratic @ quadratic)
    np.testing.assert_allclose(weighted(x, groups, x[:, 1], weights).degrees(contrast), expected, rtol=1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e5])
def test_scale_of_weights_changes_nothing(rows, weights, scale):
    x, groups = rows
    errors = np.sin(np.arange(len(x)))
    before, after = (weighted(x, groups, errors, each) for each in (weights, weights * scale))
    np.testing.assert_allclose(after.covariance, before.covariance, rtol=1e-9)
    np.testing.assert_allclose(after.degrees(np.ones(3)), before.degrees(np.ones(3)), rtol=1e-9)


def test_equal_weights_are_no_weights(rows):
    x, groups = rows
    errors = np.cos(np.arange(len(x)))
    plain, same = of_residuals(x, groups, errors), weighted(x, groups, errors, np.full(len(x), 3.0))
    np.testing.assert_allclose(same.covariance, plain.covariance, rtol=1e-9)
    np.testing.assert_allclose(same.degrees(np.ones(3)), plain.degrees(np.ones(3)), rtol=1e-9)


def test_weighted_parameters_can_be_changed_afterwards(rows, weights):
    x, groups = rows
    errors = np.cos(np.arange(len(x)))
    change = np.array([[1.0, 2, 0], [0, 1, 0], [0, 3, 0.5]])
    moved = weighted(x, groups, errors, weights).moved(change)
    direct = weighted(x @ np.linalg.inv(change), groups, errors, weights)
    np.testing.assert_allclose(moved.covariance, direct.covariance, rtol=1e-9)
    contrast = np.array([1.0, 0, 1])
    np.testing.assert_allclose(moved.degrees(contrast), direct.degrees(contrast), rtol=1e-9)


def test_an_organisation_with_a_column_of_its_own_leaves_the_others_as_without_it(rows, weights):
    x, groups = rows
    alone, errors = groups == 7, np.sin(np.arange(len(x)))
    assert alone.sum() == 1
    found = weighted(np.column_stack([x, alone]), groups, errors, weights)
    others = np.unique(groups[~alone], return_inverse=True)[1]
    direct = weighted(x[~alone], others, errors[~alone], weights[~alone])
    np.testing.assert_allclose(found.covariance[:3, :3], direct.covariance, rtol=1e-7)
    np.testing.assert_allclose(
        found.degrees(np.array([0.0, 1, 0, 0])), direct.degrees(np.array([0.0, 1, 0])), rtol=1e-7
    )
