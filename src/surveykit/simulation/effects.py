"""What the links of the study find, and why it is less than the effects that made the data.

Outcomes were drawn from the organisations' latent standings. The planned models see something else: the
mean score of the one to eight executives who answered. Such a mean carries the executives' own views and
the noise of their answers besides the organisation's standing, and a predictor with noise in it has a
smaller coefficient than the thing itself (attenuation). With several predictors, each also stands in for
what the others, and the scales left out of the model, measure badly. Neither vanishes with more
organisations, only with more executives in each.

An example: decision speed rises by 4 points with one standard deviation of adoption quality, which is
about 0.4 points of the mean score of very many executives, so by 10 for one point of it. The planned model
finds 5.1.

An analysis should therefore be held against `OBSERVED`: what the planned models converge to, per point of
the organisation's mean score, when every organisation with at least one executive is kept. There is no
closed form; the values are means over fits to very large draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from surveykit.simulation import population as people
from surveykit.simulation.instrument import SCALES

LINKS: dict[str, tuple[str, ...]] = {
    "reached_production": ("strategy_clarity", "ownership", "execution_capacity"),
    "stage": ("adaptive_workflows", "bridge_roles"),
    "decision_speed_change": ("adoption_quality",),
    "rollbacks": ("friction_signals",),
}
LATENT: dict[str, dict[str, float]] = {
    "reached_production": people.PROPENSITY,
    "stage": people.PROPENSITY,
    "decision_speed_change": people.SPEED,
    "rollbacks": people.ROLLBACKS,
}
# Outcome to predictor to (coefficient, Monte Carlo error), from `observed_effects()` with statsmodels 0.15.0.
OBSERVED: dict[str, dict[str, tuple[float, float]]] = {
    "reached_production": {
        "strategy_clarity": (0.8211, 0.0076),
        "ownership": (0.6353, 0.0060),
        "execution_capacity": (0.8637, 0.0068),
    },
    "stage": {"adaptive_workflows": (0.8379, 0.0058), "bridge_roles": (0.7454, 0.0048)},
    "decision_speed_change": {"adoption_quality": (5.0899, 0.0170)},
    "rollbacks": {"friction_signals": (0.4577, 0.0020)},
}
BATCH = 10_000  # organisations fitted at a time


def link_truth() -> dict[str, Any]:
    """Gather what is true of each link.

    Returns
    -------
    dict
        Outcome to ``latent`` (change in log odds, percentage points or log rate, for one standard deviation
        between organisations of the latent standing, every other standing fixed), ``observed`` (the same for
        one point of the organisation's mean score, in the planned model) and ``monte_carlo_error`` of it.
    """
    return {
        outcome: {
            "latent": dict(LATENT[outcome]),
            "observed": {name: value for name, (value, _) in OBSERVED[outcome].items()},
            "monte_carlo_error": {name: error for name, (_, error) in OBSERVED[outcome].items()},
        }
        for outcome in LINKS
    }


def observed_effects(*, seed: int = 1, batches: int = 40) -> dict[str, dict[str, tuple[float, float]]]:
    """Fit the planned models to very large draws; how `OBSERVED` was made, in about five minutes.

    Parameters
    ----------
    seed : int, at least 0
    batches : int, at least 1
        Samples of 10,000 organisations, drawn and fitted one after the other. One alone has no error (NaN).

    Returns
    -------
    dict of str to dict
        Outcome to predictor to the mean coefficient over batches and its standard error: the standard
        deviation of the batches over the root of their number.
    """
    rng = np.random.default_rng([seed, 2])
    fits = [pd.Series(_fitted_batch(rng)) for _ in range(batches)]
    table = pd.concat(fits, axis=1)
    mean, error = table.mean(axis=1).round(4), (table.std(axis=1) / np.sqrt(batches)).round(4)
    return {
        outcome: {name: (float(mean[outcome, name]), float(error[outcome, name])) for name in predictors}
        for outcome, predictors in LINKS.items()
    }


def _fitted_batch(rng: np.random.Generator) -> dict[tuple[str, str], float]:
    """Draw one batch and fit every link in it."""
    rows, dummies = _initiatives(rng)
    found: dict[tuple[str, str], float] = {}
    for outcome, predictors in LINKS.items():
        slopes = _slopes(outcome, rows[outcome], rows[list(predictors)].join(dummies))
        found |= {(outcome, name): slopes[name] for name in predictors}
    return found


def _initiatives(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw initiatives with their organisations' mean scores, and dummies of industry and size."""
    drawn = people.draw_organisations(rng, BATCH)
    member = people.draw_members(rng, BATCH, people.EXECUTIVES)
    scores = people.scale_scores(people.draw_answers(rng, drawn, member))
    means = pd.DataFrame(scores, columns=list(SCALES)).groupby(member).mean()
    kinds = pd.DataFrame({"industry": drawn.industry, "size": drawn.size}).astype("category")
    rows = people.draw_initiatives(rng, drawn)
    rows["reached_production"] = (rows["stage"] >= people.REACHED).astype(float)
    dummies = pd.get_dummies(kinds, drop_first=True, dtype=float)
    return rows.join(means, on="owner"), dummies.loc[rows["owner"]].set_axis(rows.index)


def _slopes(outcome: str, values: pd.Series, predictors: pd.DataFrame) -> dict[str, float]:
    """Fit the model that the type of an outcome asks for, and return its coefficients."""
    import statsmodels.api as sm  # noqa: PLC0415 (a second and a half that only maintainers need)
    from statsmodels.miscmodels.ordinal_model import OrderedModel  # noqa: PLC0415

    if outcome == "stage":
        return dict(OrderedModel(values, predictors, distr="logit").fit(method="bfgs", disp=0).params)
    model = {"reached_production": sm.Logit, "decision_speed_change": sm.OLS, "rollbacks": sm.Poisson}[
        outcome
    ]
    quiet = {} if model is sm.OLS else {"disp": 0}
    return dict(model(values, sm.add_constant(predictors)).fit(**quiet).params)
