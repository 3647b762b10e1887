"""The complete rows that R2 is divided on, checked, and what can be summed over their organisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from surveykit.links.clustered import group_sums, outer_sums
from surveykit.links.design import build_design, check_rank, check_size, is_binary
from surveykit.links.separation import check_separation, improving_of_cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.design import Design, Terms

    Floats = NDArray[np.float64]

Model = Literal["ols", "logit"]
_FLAT = 1e-12  # a standardised column whose variance in a resample is below this is constant there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Complete rows.

    Attributes
    ----------
    model : {"ols", "logit"}
        Of what R2 is.
    regressors : DataFrame of float, shape (n, p)
        Predictors as given.
    standard : array of float, shape (n, p)
        Predictors, standardised.
    outcome : array of float, shape (n,)
        As given.
    weights : array of float, shape (n,)
        How much each row counts; their mean is 1.
    groups : array of int, shape (n,)
        Number of each row's organisation, from 0.
    n_lost : int
        Rows left out.
    """

    model: Model
    regressors: pd.DataFrame
    standard: Floats
    outcome: Floats
    weights: Floats
    groups: NDArray[np.intp]
    n_lost: int

    @property
    def n_organisations(self) -> int:
        """Organisations, at least 10."""
        return int(np.max(self.groups)) + 1

    def resampled(self, counts: Floats) -> Floats:
        """Weights of the rows where organisations count as often as `counts`, shape (samples, G), says."""
        found: Floats = counts[:, self.groups] * self.weights
        return found

    def sums(self) -> Floats:
        """Cross-products of predictors, outcome (standardised) and a constant, by organisation."""
        outcome = (self.outcome - self.outcome.mean()) / self.outcome.std()
        full = np.column_stack([self.standard, outcome, np.ones(len(outcome))])
        return outer_sums(self.groups, full, full, self.weights)

    def correlations(self, counts: Floats | None = None) -> Floats:
        """Correlations of predictors with the outcome where organisations count so often, shape (samples, p)."""
        sums = np.tensordot(self._once() if counts is None else counts, self.sums(), axes=1)
        found: Floats = correlations(swept(sums))[:, :-1, -1]
        return found

    def means(self, counts: Floats | None = None) -> Floats:
        """Means of the predictors where organisations count so often, shape (samples, p); by default once.

        A predictor that does not vary within organisations has the mean of organisations, however many rows they have.
        """
        counts = self._once() if counts is None else counts
        values = self.regressors.to_numpy()
        groups = pd.DataFrame(values).groupby(self.groups)
        theirs = (groups.max() == groups.min()).all().to_numpy()
        rows = np.bincount(self.groups)[self.groups]
        weight = self.weights[:, None] / np.where(theirs, rows[:, None], 1)
        found: Floats = (counts @ group_sums(self.groups, weight * values)) / (
            counts @ group_sums(self.groups, weight)
        )
        return found

    def _once(self) -> Floats:
        return np.ones((1, self.n_organisations))


def take(data: pd.DataFrame, terms: Terms, model: Model | None) -> Sample:
    """Keep complete rows, and refuse what R2 cannot be divided on.

    Parameters
    ----------
    data : DataFrame
        One row a unit.
    terms : Terms
        The columns and their parts.
    model : {"ols", "logit"}, optional
        By default a logit for an outcome of 0 and 1.

    Returns
    -------
    Sample

    Raises
    ------
    LinkError
        See `surveykit.links.drivers.importance`.
    """
    design = build_design(data, terms)
    check_size(len(terms.predictors) + 1, int(np.max(design.groups)) + 1, terms)
    check_rank(design, terms)
    values = design.regressors.to_numpy(dtype=np.float64)
    sample = Sample(
        model=model or ("logit" if is_binary(design.outcome) else "ols"),
        regressors=design.regressors,
        standard=(values - values.mean(axis=0)) / values.std(axis=0),
        outcome=np.array(design.outcome, dtype=np.float64),
        weights=np.ones(len(values)) if design.weights is None else design.weights,
        groups=design.groups,
        n_lost=design.n_lost,
    )
    if sample.model == "logit":
        _check_logit(sample, design, terms)
    return sample


def _check_logit(sample: Sample, design: Design, terms: Terms) -> None:
    if not is_binary(design.outcome):
        wrong = design.outcome[~design.outcome.isin([0, 1])].iloc[0]
        raise terms.refusal(
            "a logit model needs an outcome of 0 or 1",
            given=float(wrong),
            fix="Leave 'model' out, or give 'ols'.",
        )
    check_separation(improving_of_cuts(sample.outcome.astype(np.intp), sample.standard), design, terms)


def swept(sums: Floats) -> Floats:
    """Take the last column, the constant, out of cross-products, and divide by its own: covariances."""
    size = sums[:, -1:, -1:]
    mean = sums[:, :-1, -1:] / size
    found: Floats = sums[:, :-1, :-1] / size - mean * np.swapaxes(mean, 1, 2)
    return found


def correlations(covariances: Floats) -> Floats:
    """Correlations; 0, its own included, for what does not vary."""
    variance = np.einsum("mii->mi", covariances)
    scale = np.divide(1.0, np.sqrt(np.abs(variance)), where=variance > _FLAT, out=np.zeros_like(variance))
    found: Floats = covariances * scale[:, :, None] * scale[:, None, :]
    return found
