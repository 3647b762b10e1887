"""Whether an outcome is one that a model is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from surveykit.errors import listing
from surveykit.links.curves import Model

if TYPE_CHECKING:
    from surveykit.links.design import Design, Terms

_NEEDS = {
    "logit": "0 or 1",
    "poisson": "counts: 0, 1, 2 and so on",
    "negative binomial": "counts: 0, 1, 2 and so on, to a million",
    "fractional": "shares from 0 to 1",
    "cox": "times of 0 or more",
}
_MOST = 1e6


def check_model(model: str, terms: Terms) -> None:
    """Refuse an unknown model, and a column of events with, or none without, a model of times.

    Raises
    ------
    LinkError
    """
    if model not in get_args(Model):
        raise terms.refusal("unknown model", given=model, fix=f"Allowed: {listing(get_args(Model))}.")
    if model == "cox" and not terms.event:
        raise terms.refusal(
            "a cox model needs to know which times ended with the event",
            fix="Name a column as 'event': 1 where it was seen, 0 where the row was last seen without it.",
        )
    if model != "cox" and terms.event:
        raise terms.refusal(
            f"a {model} model has no use for 'event'",
            given=terms.event,
            fix="Leave it out, or take model 'cox'.",
        )


def check_outcome(design: Design, model: Model, terms: Terms) -> None:
    """Refuse values that the model is not for.

    Raises
    ------
    LinkError
        Naming the first of them.
    """
    values = design.outcome
    count = (values < 0) | (values % 1 != 0)
    wrong = {
        "logit": ~values.isin([0, 1]),
        "poisson": count,
        "negative binomial": count | (values > _MOST),
        "fractional": (values < 0) | (values > 1),
        "cox": values < 0,
    }.get(model)
    if wrong is not None and wrong.any():
        raise terms.refusal(
            f"a {model} model needs an outcome of {_NEEDS[model]}",
            given=float(values[wrong].iloc[0]),
            fix=(
                "Divide a percentage by 100, or correct the value."
                if model == "fractional"
                else "Correct the value, or declare another type for the outcome."
            ),
        )
    if model == "multinomial":
        _check_categories(design, terms)
    if design.event is not None:
        _check_events(design, terms)


def _check_categories(design: Design, terms: Terms) -> None:
    organisations = design.rows[terms.organisation].groupby(design.outcome).nunique()
    if organisations.min() < 2:
        raise terms.refusal(
            f"category {organisations.idxmin():g} was observed in one organisation only: what it goes with is that "
            "organisation's story",
            fix="Merge it with another category, or leave its rows out.",
        )


def _check_events(design: Design, terms: Terms) -> None:
    event = design.rows[terms.event]
    if not event.isin([0, 1]).all():
        raise terms.refusal(
            f"'{terms.event}' must be 1 where the event was seen and 0 where it was not",
            given=float(event[~event.isin([0, 1])].iloc[0]),
            fix="Recode it.",
        )
    seen, organisations = int(event.sum()), design.rows.loc[event == 1, terms.organisation].nunique()
    if seen <= design.regressors.shape[1] or organisations < 2:
        raise terms.refusal(
            f"the event was seen {seen} times in {organisations} organisations: too seldom for "
            f"{design.regressors.shape[1]} columns",
            fix="Drop predictors, or wait for more events.",
        )
