"""Models in which each item measures one factor: the moments they imply, and their maximum likelihood fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable

    from surveykit.measures.groups import Grouped

NO_END = "the search for the loadings did not end: the model may not suit these data"
RUNAWAY = 1e4  # a parameter of standardised items that far off has no maximum to come to
NEAR = 1e-6  # of chi-square, that a further step would take off, at which a search has ended


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Means and covariances of groups, of items in common standard units.

    Attributes
    ----------
    n_obs : array of int, shape (groups,)
        Respondents of each group.
    means : array of float, shape (groups, items)
    covariances : array of float, shape (groups, items, items)
        Divided by n, as maximum likelihood has it.
    unit : array of float, shape (items,)
        What one standard unit is in units of the answers.
    """

    n_obs: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, data: Grouped) -> Moments:
        """Moments of the complete rows of each group."""
        unit = data.rows.std(axis=0)
        rows = (data.rows - data.rows.mean(axis=0)) / unit
        means = data.sums(rows) / data.sizes[:, None]
        away = rows - means[data.codes]
        products = [data.sums(away * column[:, None]) for column in away.T]
        covariances = np.stack(products, axis=1) / data.sizes[:, None, None]
        return cls(n_obs=data.sizes, means=means, covariances=covariances, unit=unit)

    @property
    def weights(self) -> np.ndarray:
        """Share of each group, above 0, in all 1."""
        return np.asarray(self.n_obs / self.n_obs.sum())

    @property
    def independence(self) -> float:
        """Chi-square of the model in which no items go together: 0 or more."""
        spread = np.log(np.diagonal(self.covariances, axis1=1, axis2=2)).sum(axis=1)
        return float(self.n_obs @ (spread - np.linalg.slogdet(self.covariances)[1]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Form:
    """What is free, equal and fixed in a model.

    Parameters of a group stand in the order: loading, uniqueness and intercept of each item, then the factors'
    variances and covariances (upper triangle by rows), then their means.

    Attributes
    ----------
    factor_of : array of int, shape (items,)
        Factor of each item, from 0.
    free : array of int, shape (groups, parameters)
        Number of the unknown, from 0; equal numbers are one unknown, -1 is fixed.
    start : array of float, shape (groups, parameters)
        Where the search starts, and the values of the fixed ones.
    """

    factor_of: np.ndarray
    free: np.ndarray
    start: np.ndarray

    @property
    def n_free(self) -> int:
        """Unknowns."""
        return int(self.free.max()) + 1

    @property
    def n_factors(self) -> int:
        """Factors, at least 1."""
        return int(self.factor_of.max()) + 1

    def parts(self, values: np.ndarray) -> tuple[np.ndarray, ...]:
        """Loadings, uniquenesses, intercepts, factor covariances and factor means: one row a group each."""
        p, q = len(self.factor_of), self.n_factors
        return tuple(np.split(values, np.cumsum([p, p, p, q * (q + 1) // 2]), axis=1))

    def filled(self, unknowns: np.ndarray) -> np.ndarray:
        """All parameters of each group."""
        return np.asarray(np.where(self.free < 0, self.start, unknowns[self.free]))

    def oriented(self, values: np.ndarray) -> np.ndarray:
        """The same parameters with each factor turned so that its loadings sum to 0 or more."""
        loadings, unique, intercepts, between, factor_means = self.parts(values)
        sums = (loadings[:, :, None] * (self.factor_of[:, None] == np.arange(self.n_factors))).sum(axis=1)
        sign = np.where(sums < 0, -1.0, 1.0)
        rows, columns = np.triu_indices(self.n_factors)
        turned = [loadings * sign[:, self.factor_of], unique, intercepts]
        turned += [between * sign[:, rows] * sign[:, columns], factor_means * sign]
        return np.concatenate(turned, axis=1)

    def chosen(self) -> np.ndarray:
        """Which parameter is which unknown: 0 and 1, shape (groups, parameters, unknowns)."""
        return np.asarray(self.free[:, :, None] == np.arange(self.n_free), dtype=float)

    def implied(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means (groups, items) and covariances (groups, items, items) of these parameters."""
        loadings, unique, intercepts, _, factor_means = self.parts(values)
        matrix, between = self.loading_matrix(loadings), self.factor_covariances(values)
        covariances = matrix @ between @ matrix.swapaxes(1, 2) + unique[:, :, None] * np.eye(
            len(self.factor_of)
        )
        return intercepts + np.einsum("gpq,gq->gp", matrix, factor_means), covariances

    def loading_matrix(self, loadings: np.ndarray) -> np.ndarray:
        """Loadings of each item on each factor, 0 on those of other items."""
        return np.asarray(loadings[:, :, None] * (self.factor_of[:, None] == np.arange(self.n_factors)))

    def factor_covariances(self, values: np.ndarray) -> np.ndarray:
        """Shape (groups, factors, factors)."""
        upper = self.parts(values)[3]
        rows, columns = np.triu_indices(self.n_factors)
        between = np.zeros((len(values), self.n_factors, self.n_factors))
        between[:, rows, columns] = between[:, columns, rows] = upper
        return between

    def slopes(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How means and covariances move with each parameter: one axis more, of parameters, after the groups."""
        loadings, _, _, _, factor_means = self.parts(values)
        matrix, between = self.loading_matrix(loadings), self.factor_covariances(values)
        p, item = len(self.factor_of), np.arange(len(self.factor_of))
        rows, columns = np.triu_indices(self.n_factors)
        groups, own = len(values), np.broadcast_to(np.eye(p), (len(values), p, p))
        by_loading = own[..., None] * (matrix @ between).swapaxes(1, 2)[:, self.factor_of, None, :]
        by_unique = np.zeros((groups, p, p, p))
        by_unique[:, item, item, item] = 0.5
        by_between = (
            matrix[:, :, rows].swapaxes(1, 2)[..., None] * matrix[:, :, columns].swapaxes(1, 2)[:, :, None]
        )
        by_between[:, rows == columns] /= 2
        none = [np.zeros((groups, n, p, p)) for n in (p, self.n_factors)]
        half = np.concatenate([by_loading, by_unique, none[0], by_between, none[1]], axis=1)
        of_means = [own * factor_means[:, self.factor_of, None], np.zeros((groups, p, p)), own]
        of_means += [np.zeros((groups, len(rows), p)), matrix.swapaxes(1, 2)]
        return np.concatenate(of_means, axis=1), half + half.swapaxes(2, 3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A model at its maximum likelihood.

    Attributes
    ----------
    form : Form
    values : array of float, shape (groups, parameters)
        In standard units of the items.
    std_errors : array of float, shape (groups, parameters)
        By the expected information; 0 where fixed, NaN where the data do not tell the unknowns apart.
    chi_square : float
        Likelihood ratio against any means and covariances, 0 or more.
    srmr : float
        Root mean square of standardised residuals, 0 or more; of means too if they are modelled.
    ended : bool
        Whether the search came to a minimum.
    """

    form: Form
    values: np.ndarray
    std_errors: np.ndarray
    chi_square: float
    srmr: float
    ended: bool

    def doubts(self, names: list[Hashable]) -> str:
        """What a reader of the estimates must know; empty if nothing."""
        improper = np.flatnonzero((self.form.parts(self.values)[1] <= 0).any(axis=0))
        items = ", ".join(str(names[item]) for item in improper)
        said = [f"Heywood case: the uniqueness of {items} is not above 0"] if items else []
        if np.isnan(self.std_errors).any():
            said.append("the data do not tell all unknowns apart")
        return "; ".join(said)


def fitted(form: Form, moments: Moments) -> Fitted:
    """Search for the parameters of highest normal likelihood.

    Parameters
    ----------
    form : Form
    moments : Moments
        With covariances that are positive definite.

    Returns
    -------
    Fitted
    """
    from scipy import optimize  # noqa: PLC0415  (slow to import: only where it is used)

    start = np.zeros(form.n_free)
    start[form.free[form.free >= 0]] = form.start[form.free >= 0]
    misfit = _Misfit(form=form, moments=moments)
    found = optimize.minimize(
        misfit.value,
        start,
        jac=True,
        hess=misfit.bend,
        method="trust-exact",
        options={"gtol": 1e-8, "maxiter": 100},
    )
    values, bend, n_obs = form.filled(found.x), misfit.bend(found.x), int(moments.n_obs.sum())
    # The search also stops at the last digit the misfit has: what Newton's next step promises says where it is.
    promised = n_obs * float(found.jac @ np.linalg.pinv(bend, hermitian=True) @ found.jac) / 2
    return Fitted(
        form=form,
        values=form.oriented(values),
        std_errors=_std_errors(form, bend * n_obs / 2),
        chi_square=max(0.0, float(found.fun) * n_obs),
        srmr=_srmr(form, values, moments),
        ended=promised < NEAR,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Misfit:
    """log|Sigma| - log|S| + tr(T Sigma^-1) - p averaged over groups, T the covariances around the implied means."""

    form: Form
    moments: Moments

    def value(self, unknowns: np.ndarray) -> tuple[float, np.ndarray]:
        """Misfit and its slopes; infinite where a covariance is not positive definite or the search runs away."""
        values = self.form.filled(unknowns)
        means, covariances = self.form.implied(values)
        if not _possible(unknowns, covariances):
            return np.inf, np.zeros(len(unknowns))
        inverse, away = np.linalg.inv(covariances), self.moments.means - means
        around = self.moments.covariances + away[:, :, None] * away[:, None, :]
        logs = np.linalg.slogdet(covariances)[1] - np.linalg.slogdet(self.moments.covariances)[1]
        each = logs + np.einsum("gij,gij->g", around, inverse) - means.shape[1]
        by_covariance = inverse - inverse @ around @ inverse
        by_mean = -2 * np.einsum("gij,gj->gi", inverse, away)
        of_means, of_covariances = self.form.slopes(values)
        slopes = np.einsum("glij,gij->gl", of_covariances, by_covariance) + np.einsum(
            "gli,gi->gl", of_means, by_mean
        )
        weights = self.moments.weights
        return float(weights @ each), np.einsum("g,gl,glk->k", weights, slopes, self.form.chosen())

    def bend(self, unknowns: np.ndarray) -> np.ndarray:
        """Expected second derivatives: twice the information of one respondent."""
        values = self.form.filled(unknowns)
        covariances = self.form.implied(values)[1]
        if not _possible(unknowns, covariances):
            return np.eye(len(unknowns))  # the search looks, and will not go there
        of_means, of_covariances = self.form.slopes(values)
        # With C'C the inverse of Sigma, tr(Sigma^-1 A Sigma^-1 B) sums the products of C A C' and C B C'.
        root = np.linalg.inv(np.linalg.cholesky(covariances))[:, None]
        scaled = (root @ of_covariances @ root.swapaxes(2, 3)).reshape(*of_means.shape[:2], -1)
        shifted = np.einsum("gxij,glj->gli", root, of_means) * np.sqrt(2)
        both = np.concatenate([scaled, shifted], axis=2)
        chosen = self.form.chosen()
        each = chosen.swapaxes(1, 2) @ both @ both.swapaxes(1, 2) @ chosen
        return np.asarray(np.einsum("g,gkl->kl", self.moments.weights, each))


def _possible(unknowns: np.ndarray, covariances: np.ndarray) -> bool:
    spread = np.linalg.eigvalsh(covariances)
    return bool(np.abs(unknowns).max() <= RUNAWAY and (spread[:, 0] > 1e-12 * spread[:, -1]).all())


def _std_errors(form: Form, information: np.ndarray) -> np.ndarray:
    singular = np.linalg.cond(information) > 1e12
    found = np.full(form.n_free, np.nan) if singular else np.sqrt(np.diag(np.linalg.inv(information)))
    return np.where(form.free < 0, 0, found[form.free])


def _srmr(form: Form, values: np.ndarray, moments: Moments) -> float:
    means, covariances = form.implied(values)
    spread = np.sqrt(np.diagonal(moments.covariances, axis1=1, axis2=2))
    lower = np.tril_indices(spread.shape[1])
    off = (moments.covariances - covariances) / (spread[:, :, None] * spread[:, None, :])
    residuals = [off[:, lower[0], lower[1]]]
    if (form.parts(form.free)[2] >= 0).any():
        residuals.append((moments.means - means) / spread)
    each = np.sqrt(np.square(np.concatenate(residuals, axis=1)).mean(axis=1))
    return float(moments.weights @ each)


def obstacle(data: Grouped, names: list[Hashable]) -> str:
    """Say why the moments of a group allow no fit; empty if all do."""
    if not len(data.sizes):
        return "no respondent answered every item"
    few = data.sizes <= len(names)
    if few.any():
        at = int(few.argmax())
        return f"too few complete respondents{_where(data, at)}: {data.sizes[at]} for {len(names)} items"
    constant = data.variances() <= 1e-20 * np.square(data.means())
    if constant.any():
        at, item = np.argwhere(constant)[0]
        return f"{names[item]} does not vary{_where(data, at)}"
    spread = np.sqrt(np.diagonal(covariances := Moments.of(data).covariances, axis1=1, axis2=2))
    least = np.linalg.eigvalsh(covariances / spread[:, :, None] / spread[:, None, :])[:, 0]
    return f"items follow from others{_where(data, int(least.argmin()))}" if least.min() < 1e-10 else ""


def _where(data: Grouped, at: int) -> str:
    return f" in {data.labels[at]!r}" if len(data.labels) > 1 else ""


def first_guess(factor_of: np.ndarray, moments: Moments) -> np.ndarray:
    """Parameters from the leading component of each factor's items over all groups, in the order of `Form`."""
    covariance = np.einsum("g,gij->ij", moments.weights, moments.covariances)
    spread = np.sqrt(np.diag(covariance))
    r = covariance / np.outer(spread, spread)
    scores = np.zeros((len(r), int(factor_of.max()) + 1))
    for factor in range(scores.shape[1]):
        own = factor_of == factor
        scores[own, factor] = np.linalg.eigh(r[np.ix_(own, own)])[1][:, -1]
    size = np.sqrt(np.diag(scores.T @ r @ scores))
    # Less than the components have: they hold what is the items' own, and corners are bad places to start from.
    loadings = 0.7 * (r @ scores / size)[np.arange(len(r)), factor_of]
    between = scores.T @ r @ scores / np.outer(size, size)
    between = 0.8 * between + 0.2 * np.eye(len(size))
    same = [loadings * spread, (1 - np.square(loadings)) * np.square(spread)]
    same += [between[np.triu_indices(len(size))], np.zeros(len(size))]
    return np.stack([np.concatenate([*same[:2], means, *same[2:]]) for means in moments.means])
