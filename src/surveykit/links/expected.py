"""What a fitted link expects of its rows, on the scale of the outcome, and how that moves with the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, softmax

from surveykit.errors import LinkError, did_you_mean
from surveykit.links.curves import mean_curve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink

    Floats = NDArray[np.float64]

PROBABILITIES = frozenset({"logit", "ordered logit", "multinomial", "fractional", "cox"})
COUNTS = frozenset({"poisson", "negative binomial"})
CATEGORIES = frozenset({"ordered logit", "multinomial"})


class Moving(NamedTuple):
    """A number made of the parameters, and its derivatives by them, shape (k,)."""

    estimate: float
    gradient: Floats


class _Response(NamedTuple):
    """Expected outcome of rows, shape (n,), and its derivatives by their m linear predictors: (n, m), (n, m, m)."""

    value: Floats
    slope: Floats
    bend: Floats


class _Form(NamedTuple):
    """An expected outcome as a function of m linear predictors, ``rows @ select[m] @ parameters``.

    `rows` has shape (n, q), `select` (m, q, k).
    """

    rows: Floats
    select: Floats
    respond: Callable[[Floats], _Response]


def mean_level(
    fitted: FittedLink, changed: Mapping[str, float] | None = None, *, category: float | None = None
) -> Moving:
    """Average the expected outcome over the rows, with some columns set to one value in all of them.

    Parameters
    ----------
    fitted : FittedLink
        Its weights weigh the rows.
    changed : mapping of str to float, optional
        Columns of its design, and the value each is given.
    category : float, optional
        Code of the outcome whose probability is meant (ordered logit, multinomial); by default the highest.

    Returns
    -------
    Moving
    """
    form = _form(fitted, dict(changed or {}), category)
    response, weights = _at(form, fitted), _weights(fitted)
    pulled = (weights[:, None] * response.slope).T @ form.rows
    return Moving(float(weights @ response.value), np.einsum("mq,mqk->k", pulled, form.select))


def mean_slope(fitted: FittedLink, predictor: str, *, category: float | None = None) -> Moving:
    """Average over the rows of the derivative of the expected outcome by a column; see `mean_level`."""
    form = _form(fitted, {}, category)
    response, weights = _at(form, fitted), _weights(fitted)
    own = form.select[:, list(fitted.design.columns).index(predictor), :]
    slopes = own @ fitted.parameters.to_numpy()
    pulled = (weights[:, None] * (response.bend @ slopes)).T @ form.rows
    gradient = np.einsum("mq,mqk->k", pulled, form.select) + (weights @ response.slope) @ own
    return Moving(float(weights @ response.slope @ slopes), gradient)


def shares_above(fitted: FittedLink) -> Floats:
    """Tell, for an ordered logit, each row's probability of being above each threshold: shape (n, thresholds)."""
    cuts = len(categories(fitted)) - 1
    values = fitted.parameters.to_numpy()
    linear = fitted.design.to_numpy()[:, :-cuts] @ values[:-cuts]
    shares: Floats = expit(linear[:, None] - values[-cuts:])
    return shares


def check_column(fitted: FittedLink, predictor: str) -> None:
    """Refuse a column that the model has not.

    Raises
    ------
    LinkError
    """
    if predictor not in fitted.design.columns:
        raise LinkError(f"the model has no column '{predictor}'", fix=did_you_mean(predictor, fitted.design))


def categories(fitted: FittedLink) -> list[float]:
    """Codes of the outcome observed, lowest first."""
    return [float(code) for code in np.unique(fitted.rows[fitted.terms.outcome])]


def _at(form: _Form, fitted: FittedLink) -> _Response:
    return form.respond(form.rows @ (form.select @ fitted.parameters.to_numpy()).T)


def _weights(fitted: FittedLink) -> Floats:
    weights = np.ones(fitted.n_obs) if fitted.weights is None else fitted.weights
    shares: Floats = weights / weights.sum()
    return shares


def _form(fitted: FittedLink, changed: dict[str, float], category: float | None) -> _Form:
    rows = fitted.design.assign(**changed).to_numpy() if changed else fitted.design.to_numpy()
    if fitted.model in CATEGORIES:
        number = _number(fitted, category)
        return (
            _ordered(fitted, rows, number)
            if fitted.model == "ordered logit"
            else _multinomial(fitted, rows, number)
        )
    if category is not None:
        raise LinkError(
            f"the outcome of a {fitted.model} model has no categories",
            given=category,
            fix="Leave 'category' out.",
        )
    if fitted.baseline is not None:
        rows, hazard = rows - fitted.baseline.centre, fitted.baseline.hazard
        return _Form(rows, np.eye(rows.shape[1])[None], lambda linear: _happened(linear, hazard))
    return _Form(rows, np.eye(rows.shape[1])[None], lambda linear: _mean(fitted, linear))


def _number(fitted: FittedLink, category: float | None) -> int:
    known = categories(fitted)
    if category is None:
        return len(known) - 1
    if category not in known:
        raise LinkError(
            "the outcome has no such category", given=category, allowed=[f"{code:g}" for code in known]
        )
    return known.index(category)


def _mean(fitted: FittedLink, linear: Floats) -> _Response:
    curve = mean_curve(fitted.model, linear)
    return _Response(curve.value[:, 0], curve.slope, curve.bend[:, :, None])


def _happened(linear: Floats, hazard: float) -> _Response:
    """Tell the probability that the event has happened by the time of the baseline."""
    gone = hazard * np.exp(linear)
    still = np.exp(-gone)
    return _Response(-np.expm1(-gone)[:, 0], gone * still, (gone * still * (1 - gone))[:, :, None])


def _ordered(fitted: FittedLink, rows: Floats, number: int) -> _Form:
    """Share above the threshold below a category, less the share above its own."""
    cuts = len(categories(fitted)) - 1
    used = [cut for cut in (number - 1, number) if 0 <= cut < cuts]
    signs = np.array([1.0 if cut < number else -1.0 for cut in used])
    count = rows.shape[1]
    select = np.zeros((len(used), count, count))
    slopes = np.arange(count - cuts)
    select[:, slopes, slopes] = 1.0
    # The last column of the design is the -1 by which a threshold is multiplied.
    select[np.arange(len(used)), -1, [count - cuts + cut for cut in used]] = 1.0

    def respond(linear: Floats) -> _Response:
        share, rest = expit(linear), expit(-linear)
        density = share * rest * signs
        value = float(number == 0) + (share * signs).sum(axis=1)
        return _Response(value, density, (density * (rest - share))[:, :, None] * np.eye(len(used)))

    return _Form(rows, select, respond)


def _multinomial(fitted: FittedLink, rows: Floats, number: int) -> _Form:
    others, columns = len(categories(fitted)) - 1, rows.shape[1]
    select = np.eye(others * columns).reshape(others, columns, -1)
    own = (np.arange(1, others + 1) == number).astype(float)

    def respond(linear: Floats) -> _Response:
        shares = softmax(np.column_stack([np.zeros(len(linear)), linear]), axis=1)
        each, value = shares[:, 1:], shares[:, number]
        apart = own - each
        spread = each[:, :, None] * (np.eye(others) - each[:, None, :])
        bend = value[:, None, None] * (apart[:, :, None] * apart[:, None, :] - spread)
        return _Response(value, value[:, None] * apart, bend)

    return _Form(rows, select, respond)
