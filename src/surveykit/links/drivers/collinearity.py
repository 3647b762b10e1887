"""How far predictors tell the same: variance inflation, tolerance, condition number, and what they mean for shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveykit.errors import LinkError

LITTLE, MUCH = 2.5, 10.0
# An eigenvalue of a correlation matrix below this is rounding: R's rank decisions on lengths (1e-7) squared.
_NOTHING = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Collinearity:
    """How far each predictor is told by the others.

    Attributes
    ----------
    data : DataFrame, one row a predictor
        ``vif``, variance inflation, from 1, infinite where others determine the predictor; ``tolerance``, its inverse:
        the part of the predictor's variance that is its own, 0 to 1.
    condition_number : float
        Root of the largest over the smallest eigenvalue of the predictors' correlations, from 1.
    sentence : str
        What that means for reading shares.
    """

    data: pd.DataFrame
    condition_number: float
    sentence: str

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `data`."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Collinearity(condition number {self.condition_number:.3g})\n{self.data}"


def vif(columns: pd.DataFrame) -> pd.Series[float]:
    r"""Variance inflation factor of every column beside the others.

    Parameters
    ----------
    columns : DataFrame of float, shape (n, p)
        Complete columns of one model, without its constant.

    Returns
    -------
    Series of float
        From 1; infinite where other columns determine one.

    Raises
    ------
    LinkError
        If a column is missing somewhere, infinite or constant.

    Notes
    -----
    :math:`1 / (1 - R_j^2)`, with :math:`R_j^2` of the regression of column j on all others: the diagonal of the inverse
    of the correlation matrix. The standard error of a slope is the root of it times what it would be were the columns
    uncorrelated. In R: ``car::vif(lm(y ~ ., data))``, for columns of one degree of freedom each.

    Marquardt, D. W. (1970), Generalized inverses, ridge regression, biased linear estimation, and nonlinear
    estimation, Technometrics 12, 591-612.

    Examples
    --------
    >>> vif(pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 4, 3]})).round(3).tolist()  # correlated by 0.8
    [2.778, 2.778]
    """
    return pd.Series(inflation(_correlations(columns, None)), index=columns.columns, name="vif")


def inflation(correlations: np.ndarray) -> np.ndarray:
    """Diagonal of the inverse of a correlation matrix; infinite in directions it does not have."""
    values, vectors = np.linalg.eigh(correlations)
    own = vectors**2
    lost = values <= _NOTHING
    inverse = own[:, ~lost] @ (1 / values[~lost])
    return np.where((own[:, lost] > np.sqrt(_NOTHING)).any(axis=1), np.inf, inverse)


def collinearity(columns: pd.DataFrame, *, weights: np.ndarray | None = None) -> Collinearity:
    """Tell how far predictors overlap, and whether shares given to each can be read one by one.

    Parameters
    ----------
    columns : DataFrame of float, shape (n, p)
        Complete predictors.
    weights : array of float, shape (n,), optional
        How much each row counts.

    Returns
    -------
    Collinearity

    Raises
    ------
    LinkError
        As `vif`.

    Notes
    -----
    The condition number is that of centred columns of unit length: of what predictors share among themselves, not with
    the constant (``kappa(scale(x), exact = TRUE)`` in R). Belsley, D. A., Kuh, E. and Welsch, R. E. (1980), Regression
    Diagnostics, Wiley.

    Examples
    --------
    >>> found = collinearity(pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 4, 3]}))
    >>> round(found.condition_number, 3)
    3.0
    >>> found.sentence
    '64% of the differences in a are shared with the other predictors (variance inflation 2.8): its part may ...'
    """
    correlations = _correlations(columns, weights)
    inflated = pd.Series(inflation(correlations), index=columns.columns)
    values = np.linalg.eigvalsh(correlations)
    return Collinearity(
        data=pd.DataFrame({"vif": inflated, "tolerance": 1 / inflated}),
        condition_number=float(np.sqrt(values[-1] / values[0])) if values[0] > _NOTHING else np.inf,
        sentence=overlap_in_words(inflated),
    )


def overlap_in_words(inflated: pd.Series[float]) -> str:
    """Say what variance inflation, by the words for each predictor, means for the reading of shares."""
    worst, most = inflated.index[int(inflated.argmax())], float(inflated.max())
    if most < LITTLE:
        return (
            f"The predictors overlap little (variance inflation at most {most:.1f}): "
            "each part can be read for itself."
        )
    told = f"{100 * (1 - 1 / most):.0f}% of the differences in {worst} are shared with the other predictors"
    meaning = (
        "its part may pass to them in another sample"
        if most < MUCH
        else "no data of this kind can say whose part it is"
    )
    return f"{told} (variance inflation {most:.1f}): {meaning}."


def _correlations(columns: pd.DataFrame, weights: np.ndarray | None) -> np.ndarray:
    values = columns.to_numpy(dtype=np.float64)
    # Equal values have a mean that may miss them by a rounding error, which would pass for variance: compare them.
    unusable = {
        "has missing or infinite values": ~np.isfinite(values).all(axis=0),
        "is constant": (values == values[:1]).all(axis=0),
    }
    for what, wrong in unusable.items():
        if wrong.any():
            raise LinkError(
                f"column '{columns.columns[wrong][0]}' {what}: overlap with it is not defined",
                fix="Leave it out.",
            )
    # Standardised first, so that no unit of measurement costs digits.
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    covariances = np.atleast_2d(np.cov(standard, rowvar=False, aweights=weights, ddof=0))
    scale = np.sqrt(np.diag(covariances))
    found: np.ndarray = covariances / scale / scale[:, None]
    return found
