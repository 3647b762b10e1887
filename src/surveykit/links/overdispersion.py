"""Poisson or negative binomial: whether counts vary more than their mean says, tested over organisations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from surveykit.errors import LinkError
from surveykit.links.clustered import clustered, group_sums

if TYPE_CHECKING:
    from surveykit.links.models import FittedLink

LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overdispersion:
    """How much more counts vary than a Poisson model says.

    Attributes
    ----------
    estimate : float
        Dispersion: the variance is ``mean + estimate * mean**2``. Below 0 counts vary less.
    std_error : float
        Clustered by organisation (CR2), above 0.
    statistic, df : float
        t of the dispersion, and its Satterthwaite degrees of freedom.
    p_value : float
        One-sided, against a dispersion above 0; from 0 to 1.
    n_obs, n_organisations : int
        Rows and organisations.
    """

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    n_obs: int
    n_organisations: int

    @property
    def model(self) -> str:
        """``negative binomial`` where the p-value is below 0.05, else ``poisson``."""
        return "negative binomial" if self.p_value < LEVEL else "poisson"

    def to_frame(self) -> pd.DataFrame:
        """Return everything as one row, the model it speaks for included."""
        return pd.DataFrame([{**asdict(self), "model": self.model}])

    def __repr__(self) -> str:
        """Show the test and the model it speaks for."""
        return (
            f"dispersion {self.estimate:.4g} (SE {self.std_error:.4g}), t({self.df:.1f}) = {self.statistic:.3g}, "
            f"p = {self.p_value:.3g}: {self.model}"
        )


def overdispersion(fitted: FittedLink) -> Overdispersion:
    r"""Test whether counts vary more than a Poisson model says, with organisations as the independent units.

    Under the Poisson model :math:`\mathrm{E}[(y-\mu)^2 - y] = 0`; under a negative binomial one it is :math:`\alpha
    \mu^2`. So :math:`((y-\mu)^2 - y)/\mu` is regressed on :math:`\mu` without a constant (Cameron and Trivedi), and the
    slope's error is the bias-reduced clustered one (CR2) with Satterthwaite's degrees of freedom: rows of one
    organisation may have anything in common. That the means are estimated moves nothing to first order.

    Parameters
    ----------
    fitted : FittedLink
        A ``poisson`` model.

    Returns
    -------
    Overdispersion

    Raises
    ------
    LinkError
        For any other model.

    Notes
    -----
    The choice matters less than it seems: the clustered errors of `fit_link` hold for a Poisson model whatever the
    variance. A negative binomial model uses overdispersed counts better, and lets no few large counts decide.

    R: ``clubSandwich::coef_test(lm(((y - mu)^2 - y) / mu ~ 0 + mu), "CR2", cluster)``.

    References
    ----------
    Cameron and Trivedi (1990), Regression-based tests for overdispersion in the Poisson model, Journal of Econometrics
    46.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5})
    >>> data["y"] = np.arange(60) % 7 * (np.arange(60) % 3)
    >>> overdispersion(fit_link(data, "poisson", outcome="y", predictors=["x"]))
    dispersion 1.019 (SE 0.1997), t(53.0) = 5.1, p = 2.31e-06: negative binomial
    """
    if fitted.model != "poisson":
        raise LinkError(
            "overdispersion is tested on a poisson model",
            given=fitted.model,
            fix="Fit one with the same columns.",
        )
    counts = fitted.rows[fitted.terms.outcome].to_numpy(dtype=np.float64)
    weights = np.ones(len(counts)) if fitted.weights is None else fitted.weights
    mean = np.exp(fitted.design.to_numpy() @ fitted.parameters.to_numpy())
    excess = (counts - mean) ** 2 - counts
    estimate = float(weights @ excess / (weights @ mean**2))
    groups = pd.factorize(fitted.rows[fitted.organisation])[0]
    scores, information, meat = (
        group_sums(groups, each[:, None])
        for each in (weights * (excess - estimate * mean**2), weights * mean**2, (weights * mean) ** 2)
    )
    found = clustered(scores, information[:, :, None], None if fitted.weights is None else meat[:, :, None])
    error, df = float(np.sqrt(found.covariance[0, 0])), found.degrees(np.ones(1))
    return Overdispersion(
        estimate=estimate,
        std_error=error,
        statistic=estimate / error,
        df=df,
        p_value=float(stats.t.sf(estimate / error, df)),
        n_obs=fitted.n_obs,
        n_organisations=fitted.n_organisations,
    )
