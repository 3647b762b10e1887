"""Loadings of one common factor on a correlation matrix: what omega total is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from surveykit.errors import ScoringError

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("minres", "ml")
# No item is all factor: the share of its variance that is its own stays at or above this, as in factanal and psych.
SMALLEST = 0.005


def one_factor_loadings(
    correlation: pd.DataFrame | np.ndarray, *, method: Literal["minres", "ml"] = "minres"
) -> np.ndarray:
    r"""Loadings of the items on one common factor.

    Parameters
    ----------
    correlation : DataFrame or array of float, shape (items, items)
        Correlations of at least three items, as by `DataFrame.corr` or `polychoric`.
    method : {"minres", "ml"}
        Least squares of the correlations off the diagonal, or maximum likelihood, which needs a matrix that is positive
        definite.

    Returns
    -------
    array of float, shape (items,)
        From -1 to 1, their sum 0 or more. An item's uniqueness is kept at or above .005: a loading of .9975 or above is
        a Heywood case, where the model asks for more than all of the item.

    Raises
    ------
    ScoringError
        If there are fewer than three items, the matrix is not one of correlations, it is not positive definite by
        maximum likelihood, or the search does not end.

    Notes
    -----
    Minres minimises :math:`\sum_{i<j} (r_{ij} - \lambda_i \lambda_j)^2`; maximum likelihood
    :math:`\log|\Sigma| + \mathrm{tr}(R \Sigma^{-1})` with :math:`\Sigma = \lambda \lambda' + \Psi`, over the diagonal
    :math:`\Psi`, the loadings following from an eigenvector (Joereskog, K. G., 1967, Psychometrika 32, 443-482).
    Harman, H. H. and Jones, W. H. (1966), Factor analysis by minimizing residuals, Psychometrika 31, 351-368. In R:
    ``psych::fa(r, nfactors = 1, fm = "minres")`` and ``fm = "ml"``, equal short of a Heywood case, in which psych's
    minres lets loadings pass 1.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6, 0.5])
    >>> r = np.outer(loadings, loadings)
    >>> np.fill_diagonal(r, 1)
    >>> one_factor_loadings(r).round(6).tolist()
    [0.8, 0.7, 0.6, 0.5]
    """
    if method not in METHODS:
        raise ScoringError("unknown method", given=method, allowed=METHODS)
    r = _correlations(correlation)
    loadings = _minres(r) if method == "minres" else _maximum_likelihood(r)
    return -loadings if loadings.sum() < 0 else loadings


def _correlations(correlation: pd.DataFrame | np.ndarray) -> np.ndarray:
    r: np.ndarray = np.array(correlation, dtype=float)
    if r.ndim != 2 or r.shape[0] != r.shape[1]:
        raise ScoringError("a correlation matrix is square", given=r.shape)
    if len(r) < 3:
        raise ScoringError("loadings of one factor need at least three items", given=len(r))
    if np.isnan(r).any():
        fix = "Leave out the items that do not vary or have no respondents in common."
        raise ScoringError("some correlations are undefined", fix=fix)
    if not (np.allclose(r, r.T) and np.allclose(np.diag(r), 1) and np.abs(r).max() <= 1 + 1e-8):
        raise ScoringError("not a correlation matrix", allowed="symmetric, 1 on the diagonal, from -1 to 1")
    return r


def _minres(r: np.ndarray) -> np.ndarray:
    from scipy import optimize  # noqa: PLC0415  (slow to import: only where it is used)

    rows, columns = np.triu_indices(len(r), 1)
    observed, pair = r[rows, columns], np.arange(len(rows))

    def residuals(loadings: np.ndarray) -> np.ndarray:
        off: np.ndarray = loadings[rows] * loadings[columns] - observed
        return off

    def slopes(loadings: np.ndarray) -> np.ndarray:
        jacobian = np.zeros((len(pair), len(r)))
        jacobian[pair, rows], jacobian[pair, columns] = loadings[columns], loadings[rows]
        return jacobian

    values, vectors = np.linalg.eigh(r)
    most = np.sqrt(1 - SMALLEST)
    start = np.clip(vectors[:, -1] * np.sqrt(values[-1]), -0.99 * most, 0.99 * most)
    tight = {"xtol": 1e-14, "ftol": 1e-15, "gtol": 1e-12}
    found = optimize.least_squares(residuals, start, jac=slopes, bounds=(-most, most), **tight)
    return _ended(np.asarray(found.x), found.optimality)


def _maximum_likelihood(r: np.ndarray) -> np.ndarray:
    from scipy import optimize  # noqa: PLC0415  (slow to import: only where it is used)

    if np.linalg.eigvalsh(r)[0] < 1e-10:
        fix = "Use minres, or leave out items that follow from others."
        raise ScoringError("maximum likelihood needs a positive definite matrix", fix=fix)

    def misfit(log_unique: np.ndarray) -> tuple[float, np.ndarray]:
        unique = np.exp(log_unique)
        loadings, rest = _given_uniqueness(r, unique)
        # The slope holds the loadings: they are at their best, so moving them changes nothing.
        return float((rest - np.log(rest) - 1).sum()), 1 - (1 - np.square(loadings)) / unique

    start = np.log(np.clip(1 / np.diag(np.linalg.inv(r)), 2 * SMALLEST, 0.99))
    tight = {"ftol": 1e-14, "gtol": 1e-7, "maxiter": 1000}
    bounds = [(np.log(SMALLEST), 0.0)] * len(r)
    found = optimize.minimize(misfit, start, jac=True, method="L-BFGS-B", bounds=bounds, options=tight)
    # The search leaves at the last digit the misfit has, and calls that abnormal: its slope says whether it ended.
    slope = found.x - np.clip(found.x - found.jac, *np.transpose(bounds))
    return _ended(_given_uniqueness(r, np.exp(found.x))[0], np.abs(slope).max())


def _given_uniqueness(r: np.ndarray, unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best loadings at given uniquenesses, and the eigenvalues that are left over."""
    scale = np.sqrt(unique)
    values, vectors = np.linalg.eigh(r / np.outer(scale, scale))
    return scale * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0)), values[:-1]


def _ended(loadings: np.ndarray, slope: float) -> np.ndarray:
    if not slope < 1e-5:
        raise ScoringError("the search for the loadings did not end", given=f"slope {slope:g}")
    return loadings
