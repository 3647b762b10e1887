"""A model fitted again with other values in some of its columns, from where it was: cheap, and sure or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from surveykit.links.clustered import clustered
from surveykit.links.design import FEWEST_ORGANISATIONS, Design, build_design
from surveykit.links.likelihood import maximise
from surveykit.links.likelihoods import likelihood_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from surveykit.links.clustered import Clustered
    from surveykit.links.likelihood import Likelihood
    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

SMOOTH = frozenset({"ols", "logit", "ordered logit", "fractional", "poisson"})
_FAR = 12.0  # of a linear predictor, which without separation stays far below


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refit:
    """A fitted link, ready to be fitted again.

    Attributes
    ----------
    fitted : FittedLink
        With a model among `SMOOTH`.
    design : Design
        Its outcome, columns and organisations.
    """

    fitted: FittedLink
    design: Design

    def with_columns(
        self,
        columns: Mapping[str, Floats],
        *,
        kept: NDArray[np.bool_] | None = None,
        weighted: bool = True,
    ) -> FittedLink | None:
        """Fit with other values in some columns, on the rows that have them all.

        Parameters
        ----------
        columns : mapping of str to array, shape (n,)
            New values of predictors or of the outcome; NaN where a row has none.
        kept : array of bool, shape (n,), optional
            Rows that stay; by default all.
        weighted : bool, optional
            Whether the weights of rows, if there are some, count.

        Returns
        -------
        FittedLink or None
            None where only the whole way, with every check, can tell whether there is a fit.
        """
        design = _only(self._changed(columns), kept, weighted=weighted)
        found = _maximum(self.fitted, design) if self._alike(design) else None
        if found is None:
            return None
        parameters, likelihood, covariance = found
        predicting = self.fitted.design.loc[design.regressors.index]
        predicting = predicting.assign(
            **{name: design.regressors[name] for name in columns if name in predicting}
        )
        if self.fitted.model != "ols" and np.abs(predicting.to_numpy() @ parameters).max() > _FAR:
            return None
        return replace(
            self.fitted,
            parameters=pd.Series(parameters, index=self.fitted.parameters.index),
            clustered=covariance,
            design=predicting,
            rows=design.rows,
            n_lost=self.fitted.n_lost + self.fitted.n_obs - len(design.rows),
            likelihood=likelihood,
            weights=design.weights,
        )

    def _changed(self, columns: Mapping[str, Floats]) -> Design:
        new = {name: values for name, values in columns.items() if name in self.design.regressors}
        outcome = columns.get(self.fitted.terms.outcome, self.design.outcome)
        return replace(
            self.design,
            outcome=pd.Series(outcome, index=self.design.outcome.index),
            regressors=self.design.regressors.assign(**new),
            rows=self.design.rows.assign(**columns),
        )

    def _alike(self, design: Design) -> bool:
        """Whether what is left is as rich as before: enough organisations, every category, no constant column."""
        values = design.regressors.to_numpy()
        fewest = max(FEWEST_ORGANISATIONS, len(self.fitted.parameters) + 1)
        if (
            len(values) == 0
            or int(design.groups.max()) + 1 < fewest
            or (values.max(axis=0) == values.min(axis=0)).any()
        ):
            return False
        return self.fitted.model == "ols" or set(design.outcome) == set(self.design.outcome)


def refit_of(fitted: FittedLink) -> Refit | None:
    """Make a fitted link ready; None if its model is none of `SMOOTH`."""
    if fitted.model not in SMOOTH:
        return None
    return Refit(fitted=fitted, design=build_design(fitted.rows, fitted.terms))


def _only(design: Design, kept: NDArray[np.bool_] | None, *, weighted: bool) -> Design:
    """Keep complete rows, numbering their organisations anew."""
    known = np.isfinite(np.column_stack([design.regressors.to_numpy(), design.outcome.to_numpy()])).all(
        axis=1
    )
    stay = known if kept is None else known & kept
    weights = design.weights[stay] if weighted and design.weights is not None else None
    some = replace(design, weights=None if weights is None else weights / weights.mean())
    if stay.all():
        return some
    return replace(
        some,
        outcome=design.outcome[stay],
        regressors=design.regressors[stay],
        groups=np.unique(design.groups[stay], return_inverse=True)[1],
        rows=design.rows[stay],
    )


def _maximum(fitted: FittedLink, design: Design) -> tuple[Floats, Likelihood, Clustered] | None:
    likelihood = likelihood_of(fitted.model, design, design.regressors.to_numpy())
    try:
        parameters, converged = maximise(likelihood, start=fitted.parameters.to_numpy())
        here = likelihood.at(parameters)
        found = clustered(here.scores, here.information, here.meat)
    except np.linalg.LinAlgError:
        return None
    return (parameters, likelihood, found) if converged else None
