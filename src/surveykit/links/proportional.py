"""One slope for all thresholds, one for all times: tests of what an ordered logit and a Cox model take for granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.clustered import Clustered, clustered, outer_sums
from surveykit.links.cuts import fit_cuts
from surveykit.links.design import standardised
from surveykit.links.expected import shares_above
from surveykit.links.likelihoods import with_constant
from surveykit.links.likelihoods.canonical import CanonicalLikelihood
from surveykit.links.likelihoods.cox import CoxLikelihood
from surveykit.links.wald import Contrasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.links.models import FittedLink
    from surveykit.links.wald import WaldTest

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proportional:
    """Whether the slopes of the predictors are the same at all cuts, or at all times.

    Attributes
    ----------
    test : WaldTest
        Of all predictors together: ``statistic`` is F on ``df_num`` and ``df`` degrees of freedom, ``p_value``;
        NaN with a ``reason`` where organisations are too few.
    by_predictor : DataFrame
        ``statistic, df_num, df, p_value, reason`` of each, indexed by predictor.
    n_obs, n_organisations : int
        Rows and organisations.
    """

    test: WaldTest
    by_predictor: pd.DataFrame
    n_obs: int
    n_organisations: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row a predictor, then one for all of them."""
        return pd.concat([self.by_predictor, pd.DataFrame([self.test._asdict()], index=["(all)"])])

    def __repr__(self) -> str:
        """Show the tests."""
        return f"one slope for all, tested over {self.n_organisations} organisations\n{self.to_frame()}"


class _Tested(NamedTuple):
    """Estimates, their covariance, and by predictor the contrasts that are 0 where its slope is one for all."""

    estimates: Floats
    clustered: Clustered
    contrasts: dict[str, Floats]


def proportional_odds(fitted: FittedLink) -> Proportional:
    r"""Test the assumption of an ordered logit that a predictor's log odds are the same at every cut.

    A logit is fitted at each of the J cuts. Their scores are stacked within organisations and give one bias-reduced
    clustered covariance (CR2) of all slopes, for which the cuts' shares under the ordered logit itself say how the
    scores of one row go together. The differences of a predictor's slopes from that at the first cut are tested by the
    approximate Hotelling test (F, see `surveykit.links.wald`), all predictors together and each for itself; slopes of
    what is adjusted for may differ as they like. It is Brant's test, but over organisations, and with few of them in
    mind.

    Parameters
    ----------
    fitted : FittedLink
        An ``ordered logit`` of three categories or more.

    Returns
    -------
    Proportional

    Raises
    ------
    LinkError
        For any other model, two categories, or a cut that has no logit (separation).

    Notes
    -----
    A small p-value says that one slope hides something: `by_cut` tells the slopes of every cut, and a multinomial model
    makes nothing of the order. A large one says that these data do not tell them apart, with few organisations often
    for want of data.

    References
    ----------
    Brant (1990), Assessing proportionality in the proportional odds model for ordinal logistic regression, Biometrics
    46. Pustejovsky and Tipton (2018), see `surveykit.links.clustered.clustered`.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(90), "x": np.arange(90) % 5})
    >>> data["stage"] = (data["x"] + np.arange(90) % 7) // 4
    >>> fitted = fit_link(data, "ordered logit", outcome="stage", predictors=["x"])
    >>> round(proportional_odds(fitted).test.p_value, 2)
    0.5
    """
    cuts = fit_cuts(fitted)
    if len(cuts) < 2:
        raise LinkError("two categories have one cut: its odds are proportional", fix="Take a logit.")
    found: dict[float, FittedLink] = {}
    for cut, each in cuts.items():
        if isinstance(each, LinkError):
            raise each
        found[cut] = each
    return _tested(fitted, _stacked(fitted, found))


def proportional_hazards(fitted: FittedLink) -> Proportional:
    r"""Test the assumption of a Cox model that a predictor's log hazard is the same at all times.

    Every slope may change with time, :math:`\beta_j + \gamma_j g(t)`, where g is the share for whom the event has
    happened before t (Kaplan-Meier). One Newton step from the fit, where :math:`\gamma = 0`, estimates the changes;
    with the scores left after it and the information they give one bias-reduced clustered covariance (CR2), and the
    approximate Hotelling test (F, see `surveykit.links.wald`) of all predictors' changes together and of each for
    itself. The scores of the changes are the scaled Schoenfeld residuals against time.

    Parameters
    ----------
    fitted : FittedLink
        A ``cox`` model.

    Returns
    -------
    Proportional

    Raises
    ------
    LinkError
        For any other model, or where events come too close together to tell a change.

    Notes
    -----
    R: ``survival::cox.zph(fit, transform = "km")``, which holds rows to be independent. Each predictor is tested beside
    the changes of the others here, and without them there.

    References
    ----------
    Grambsch and Therneau (1994), Proportional hazards tests and diagnostics based on weighted residuals, Biometrika 81.

    Examples
    --------
    >>> from surveykit.links import fit_link
    >>> data = pd.DataFrame({"organisation": np.arange(60), "x": np.arange(60) % 5, "seen": 1})
    >>> data["months"] = 1 + (np.arange(60) * 7 + 3 * data["x"]) % 23
    >>> fitted = fit_link(data, "cox", outcome="months", predictors=["x"], event="seen")
    >>> round(proportional_hazards(fitted).test.p_value, 2)
    0.72
    """
    if not isinstance(fitted.likelihood, CoxLikelihood):
        raise LinkError("only a cox model has hazards", given=fitted.model, fix="Fit one first.")
    here = fitted.likelihood.over_time(fitted.parameters.to_numpy())
    try:
        moved = np.linalg.solve(here.information.sum(axis=0), here.scores.sum(axis=0))
        left = here.scores - here.information @ moved
        found = clustered(left, here.information, here.meat)
    except np.linalg.LinAlgError:
        raise LinkError(
            "the events come too close together to tell whether a slope changes with time",
            fix="Wait for more events, or drop predictors.",
        ) from None
    names, count = list(fitted.parameters.index), len(fitted.parameters)
    changes = np.eye(2 * count)[count:]
    return _tested(
        fitted,
        _Tested(moved, found, {name: changes[[names.index(name)]] for name in fitted.terms.predictors}),
    )


def _tested(fitted: FittedLink, tested: _Tested) -> Proportional:
    contrasts = Contrasts(tested.clustered)
    each = {
        name: contrasts.test(weights @ tested.estimates, weights)._asdict()
        for name, weights in tested.contrasts.items()
    }
    together = np.vstack(list(tested.contrasts.values()))
    return Proportional(
        test=contrasts.test(together @ tested.estimates, together),
        by_predictor=pd.DataFrame(each).T.infer_objects(),
        n_obs=fitted.n_obs,
        n_organisations=fitted.n_organisations,
    )


def _stacked(fitted: FittedLink, cuts: dict[float, FittedLink]) -> _Tested:
    """Logits of all cuts as one model, on standardised columns: the slopes' differences are 0 on these or none."""
    first = next(iter(cuts.values()))
    columns = first.design.columns[:-1]
    rows = with_constant(standardised(first.design[columns]))
    groups = pd.factorize(first.rows[fitted.organisation])[0]
    parameters = np.array([_on(rows, each) for each in cuts.values()])
    outcome = fitted.rows[fitted.terms.outcome].to_numpy(dtype=np.float64)
    here = [
        CanonicalLikelihood("logit", (outcome >= cut).astype(float), rows, groups, fitted.weights).at(each)
        for cut, each in zip(cuts, parameters, strict=True)
    ]
    count, size = len(cuts), rows.shape[1]
    information = np.zeros((len(here[0].scores), count * size, count * size))
    for number, at in enumerate(here):
        block = slice(number * size, (number + 1) * size)
        information[:, block, block] = at.information
    found = clustered(np.hstack([at.scores for at in here]), information, _together(fitted, rows, groups))
    return _Tested(parameters.ravel(), found, _differences(fitted, list(columns), count, size))


def _on(rows: Floats, cut: FittedLink) -> Floats:
    """Parameters of a logit on other columns that span the same space."""
    linear = cut.design.to_numpy() @ cut.parameters.to_numpy()
    solved: Floats = np.linalg.lstsq(rows, linear, rcond=None)[0]
    return solved


def _together(fitted: FittedLink, rows: Floats, groups: NDArray[np.intp]) -> Floats:
    """Covariance of all cuts' scores under the ordered logit: who is above a cut is above all lower ones."""
    above = shares_above(fitted)
    squared = np.ones(len(rows)) if fitted.weights is None else fitted.weights**2
    count = above.shape[1]
    blocks = [
        [
            outer_sums(groups, rows, rows, squared * above[:, max(i, j)] * (1 - above[:, min(i, j)]))
            for j in range(count)
        ]
        for i in range(count)
    ]
    return np.block(blocks)


def _differences(fitted: FittedLink, columns: list[str], count: int, size: int) -> dict[str, Floats]:
    """By predictor, its slope at every later cut less that at the first: shape (cuts - 1, parameters)."""
    later = np.eye(count)[1:] - np.eye(count)[0]
    return {name: np.kron(later, np.eye(size)[columns.index(name)]) for name in fitted.terms.predictors}
