"""Relative weights: R2 divided over predictors by way of the uncorrelated columns nearest to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NOTHING = 1e-12  # an eigenvalue of a correlation matrix below this is rounding


def relative_weights(within: Floats, between: Floats) -> Floats:
    r"""Divide R2 of linear models over their predictors by Johnson's relative weights.

    Parameters
    ----------
    within : array of float, shape (..., p, p)
        Correlations of the predictors; any number of samples at once.
    between : array of float, shape (..., p)
        Correlations of the predictors with the outcome.

    Returns
    -------
    array of float, shape (..., p)
        Relative weights, 0 or more; they sum to R2.

    Notes
    -----
    With :math:`\Lambda` the symmetric root of the correlations :math:`R`, its columns are the loadings of the
    predictors on the uncorrelated columns Z nearest to them, and :math:`\beta = \Lambda^{-1} r` those of the outcome;
    the weights are :math:`\Lambda^2 \beta^2`, squared entry by entry. They are a cheap neighbour of Shapley's shares,
    equal to them for two predictors, and close for more.

    For a logit with slopes :math:`\theta` of standardised predictors, those on Z are :math:`\Lambda\theta`, as if
    `between` were :math:`R\theta`: Tonidandel, S. and LeBreton, J. M. (2010), Determining the relative importance of
    predictors in logistic regression, Organizational Research Methods 13, 767-781. Their proportions are kept, of the
    R2 used here.

    Johnson, J. W. (2000), A heuristic method for estimating the relative weight of predictor variables in multiple
    regression, Multivariate Behavioral Research 35, 1-19.

    Examples
    --------
    >>> weights = relative_weights(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.4]))
    >>> weights.round(4).tolist(), round(float(weights.sum()), 4)
    ([0.2867, 0.0867], 0.3733)
    """
    values, vectors = np.linalg.eigh(within)
    own = values > _NOTHING
    root = np.sqrt(np.where(own, values, 0.0))
    inverse = np.divide(1.0, root, where=own, out=np.zeros_like(root))
    turned = np.einsum("...ij,...i->...j", vectors, between) * inverse
    loadings = (vectors * root[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    found: Floats = np.einsum(
        "...jk,...k->...j", loadings**2, np.einsum("...kj,...j->...k", vectors, turned) ** 2
    )
    return found
