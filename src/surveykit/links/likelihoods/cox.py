"""Time until something happens: Cox's partial likelihood with Efron's ties, as sums over rows at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.links.clustered import group_sums
from surveykit.links.likelihood import At

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class _Order(NamedTuple):
    """Where rows and events stand in time; there is one step an event, in order of time.

    `rows` sorts the rows. Row i is at risk at the steps before `until[i]`, and those from `since[i]` on are at its own
    time; at step e the rows from `first[e]` on are at risk. Of d events at one time, of which the first step is
    `own[e]`, the k-th step (from 0) counts the risk of all d less, by `part[e]` = k/d.
    """

    rows: NDArray[np.intp]
    since: NDArray[np.intp]
    until: NDArray[np.intp]
    first: NDArray[np.intp]
    own: NDArray[np.intp]
    part: Floats


class _Steps(NamedTuple):
    """At every step: its part of the cumulative hazard, and the mean of the columns among those at risk."""

    hazard: Floats
    mean: Floats


class CoxLikelihood:
    r"""Hazard :math:`h_0(t) \exp(x^\top \beta)`, whatever :math:`h_0`.

    The partial likelihood is no sum over rows, but its derivative is a sum of martingale residuals: an organisation's
    score is :math:`\sum_i w_i \int (x_i - \bar x(t))\, dM_i(t)` and its information the variance of that under the
    model, :math:`\sum_i w_i \int (x_i - \bar x)(x_i - \bar x)^\top r_i\, dH_0`. Both sum to the first and minus the
    second derivative of the partial likelihood.

    Parameters
    ----------
    times : array, shape (n,)
        Until the event, or until a row was last seen without it.
    events : array, shape (n,)
        1 where the event was seen, else 0.
    columns : array, shape (n, k)
        Regressors, without a constant.
    groups : array of int, shape (n,)
        Number of each row's organisation, from 0.
    weights : array, shape (n,), optional
        Above 0.

    References
    ----------
    Efron (1977), The efficiency of Cox's likelihood function for censored data, Journal of the American Statistical
    Association 72. Lin and Wei (1989), The robust inference for the Cox proportional hazards model, the same 84.
    """

    def __init__(
        self,
        times: Floats,
        events: Floats,
        columns: Floats,
        groups: NDArray[np.intp],
        weights: Floats | None = None,
    ) -> None:
        self._order = order = _in_time(times, events)
        self._centre = columns.mean(axis=0)
        self._columns = columns[order.rows] - self._centre
        self._groups = groups[order.rows]
        self._weighted = weights is not None
        self._each = np.ones(len(times)) if weights is None else weights[order.rows]
        self._event = events[order.rows] > 0
        self._times = times[order.rows]

    def start(self) -> Floats:
        """No difference."""
        return np.zeros(self._columns.shape[1])

    def at(self, parameters: Floats) -> At:
        """Tell value, scores and information there."""
        linear = self._columns @ parameters
        at_risk, mean_weight = self._at_risk(np.exp(linear))
        value = self._each[self._event] @ linear[self._event] - mean_weight @ np.log(at_risk[:, 0])
        return self._told(parameters, [np.ones(len(mean_weight))], float(value))

    def over_time(self, parameters: Floats) -> At:
        """Tell the same where every slope may change with time; the changes, now 0, follow the slopes.

        Time runs as the share for whom the event has happened (Kaplan-Meier, until just before), less its mean over
        the events.
        """
        gone = self._gone()
        return self._told(parameters, [np.ones(len(gone)), gone - gone.mean()], np.nan)

    def _told(self, parameters: Floats, along: list[Floats], value: float) -> At:
        """Scores and information of columns times each of `along`, shape (events,): a factor at every step."""
        risk = np.exp(self._columns @ parameters)
        at_risk, mean_weight = self._at_risk(risk)
        steps = _Steps(mean_weight / at_risk[:, 0], at_risk[:, 1:] / at_risk[:, :1])
        scores = np.hstack([self._residuals(risk, steps, factor) for factor in along])
        variances = [[self._variances(risk, steps, one * other) for other in along] for one in along]
        return At(
            value,
            group_sums(self._groups, scores * self._each[:, None]),
            self._summed(variances, self._each),
            self._summed(variances, self._each**2) if self._weighted else None,
        )

    def _gone(self) -> Floats:
        """At every step: share for whom the event has happened before."""
        order = self._order
        at_risk = len(self._columns) - order.first
        # Tied events leave one after the other, which multiplies to the same as all at once.
        left = np.cumprod(1 - 1 / (at_risk - np.round(order.part * np.bincount(order.own)[order.own])))
        gone: Floats = 1 - np.append(1.0, left)[order.own]
        return gone

    def baseline(self, parameters: Floats, until: float) -> float:
        """Breslow's cumulative hazard at average values of all columns."""
        weighted = self._each * np.exp(self._columns @ parameters)
        at_risk = np.cumsum(weighted[::-1])[::-1][self._order.first]
        return float((self._each[self._event] / at_risk)[self._times[self._event] <= until].sum())

    def _at_risk(self, risk: Floats) -> tuple[Floats, Floats]:
        """At every step: sums of risk, and of risk times columns, of those at risk; mean weight of its events."""
        order = self._order
        rows = np.column_stack([np.ones(len(risk)), self._columns]) * (self._each * risk)[:, None]
        weighted = np.column_stack([rows[self._event], self._each[self._event]])
        tied = np.unique(order.own, return_inverse=True)[1]
        together = group_sums(tied, weighted)[tied]
        later = np.cumsum(rows[::-1], axis=0)[::-1][order.first]
        return later - order.part[:, None] * together[:, :-1], together[:, -1] / np.bincount(tied)[tied]

    def _exposed(self, steps: Floats) -> Floats:
        """Sum what steps add, shape (events, m), over those at which a row is at risk: shape (n, m)."""
        order = self._order
        event = self._event[:, None]
        whole, less = (_sums(each) for each in (steps, steps * order.part[:, None]))
        own: Floats = less[order.until] - less[order.since]
        return whole[order.until] - np.where(event, own, 0.0)

    def _residuals(self, risk: Floats, steps: _Steps, along: Floats) -> Floats:
        order, columns = self._order, self._columns
        factor = along[:, None]
        exposed = self._exposed(np.hstack([factor, factor * steps.mean]) * steps.hazard[:, None])
        expected = risk[:, None] * (columns * exposed[:, :1] - exposed[:, 1:])
        sums = _sums(np.hstack([factor, factor * steps.mean]))
        own = (sums[order.until] - sums[order.since]) / np.maximum(order.until - order.since, 1)[:, None]
        seen = columns * own[:, :1] - own[:, 1:]
        residuals: Floats = np.where(self._event[:, None], seen, 0.0) - expected
        return residuals

    def _variances(self, risk: Floats, steps: _Steps, along: Floats) -> Floats:
        """Of the residuals under the model, each row's matrix flattened."""
        columns, mean, hazard = self._columns, steps.mean, (along * steps.hazard)[:, None]
        exposed = self._exposed(np.column_stack([np.ones(len(mean)), mean, _outer(mean, mean)]) * hazard)
        linear = exposed[:, 1 : 1 + columns.shape[1]]
        squares = _outer(columns, columns) * exposed[:, :1] + exposed[:, 1 + columns.shape[1] :]
        variances: Floats = risk[:, None] * (squares - _outer(columns, linear) - _outer(linear, columns))
        return variances

    def _summed(self, variances: list[list[Floats]], weights: Floats) -> Floats:
        count = self._columns.shape[1]
        return np.block(
            [
                [
                    group_sums(self._groups, block * weights[:, None]).reshape(-1, count, count)
                    for block in row
                ]
                for row in variances
            ]
        )


def _in_time(times: Floats, events: Floats) -> _Order:
    rows = np.argsort(times, kind="stable")
    at = times[rows]
    steps = at[events[rows] > 0]
    own, after = (np.searchsorted(steps, steps, side=side) for side in ("left", "right"))
    return _Order(
        rows=rows,
        since=np.searchsorted(steps, at, side="left"),
        until=np.searchsorted(steps, at, side="right"),
        first=np.searchsorted(at, steps, side="left"),
        own=own,
        part=(np.arange(len(steps)) - own) / (after - own),
    )


def _sums(rows: Floats) -> Floats:
    """Sums of the first 0, 1, 2, ... rows."""
    return np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])


def _outer(left: Floats, right: Floats) -> Floats:
    flat: Floats = (left[:, :, None] * right[:, None, :]).reshape(len(left), -1)
    return flat
