"""What the figures of `check_plots` and `power_plot` show, in words with their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.reporting.power_plot import ENOUGH
from surveykit.reporting.words import between, count, number, percent, plural, raised, series, signed_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

HIDDEN = "not shown"


def expected_text(row: Mapping[Any, Any]) -> str:
    """Write an expected outcome with its interval."""
    write = percent if row["statistic"] == "share" else number
    return f"{write(row['estimate'])} ({between(write(row['ci_lower']), write(row['ci_upper']))})"


def difference_text(row: Mapping[Any, Any]) -> str:
    """Write a difference, signed, with its interval; a hidden one as not shown."""
    if row["suppressed"]:
        return HIDDEN
    return f"{signed_number(row['estimate'])} ({between(number(row['ci_lower']), number(row['ci_upper']))})"


def of_calibration(bins: pd.DataFrame) -> str:
    """Say what was found beside what was predicted, group by group.

    Parameters
    ----------
    bins : DataFrame
        The rows given to `link_plots.calibration`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_calibration(pd.DataFrame({"link": 1, "expected": "probability of production", "statistic": "share",
    ...     "predicted": [0.2, 0.5], "observed": [0.25, 0.48], "ci_lower": [0.15, 0.4], "ci_upper": [0.35, 0.56],
    ...     "suppressed": False}))
    'Probability of production, predicted and found: 20%, 25% (15% to 35%); 50%, 48% (40% to 56%).'
    """
    sentences = []
    for _, rows in bins.groupby("link", sort=False):
        told = [
            HIDDEN
            if row["suppressed"]
            else f"{(percent if row['statistic'] == 'share' else number)(row['predicted'])}, "
            + expected_text(row | {"estimate": row["observed"]})
            for row in rows.to_dict("records")
        ]
        sentences.append(f"{raised(rows['expected'].iloc[0])}, predicted and found: {'; '.join(told)}.")
    return " ".join(sentences)


def of_leave_one_out(effects: pd.DataFrame, *, unit: str) -> str:
    """Say how far each effect ranges when single organisations are left out.

    Parameters
    ----------
    effects : DataFrame
        The rows given to `link_plots.leave_one_out`.
    unit : str
        What the effects are measured in.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_leave_one_out(pd.DataFrame({"label": ["clarity"], "estimate": [6.4], "ci_lower": [1.3], "ci_upper": [11.5],
    ...     "lowest": [5.9], "highest": [7.2], "suppressed": [False]}), unit="percentage points")
    'With all organisations, and without any one of them (percentage points): clarity +6.40 (1.30 to 11.50), +5.90 to +7.20.'
    """  # noqa: E501  a printed result is one line
    told = [
        f"{row['label']} {difference_text(row)}"
        + (
            ""
            if row["suppressed"]
            else f", {between(signed_number(row['lowest']), signed_number(row['highest']))}"
        )
        for row in effects.to_dict("records")
    ]
    return f"With all organisations, and without any one of them ({unit}): {'; '.join(told)}."


def of_power(simulated: pd.DataFrame) -> str:
    """Say from how many organisations on each number of executives finds an effect in 80 of 100 surveys.

    Parameters
    ----------
    simulated : DataFrame
        The rows given to `link_plots.power`.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> of_power(pd.DataFrame({"link": 1, "predictor": "x", "label": "clarity and production", "executives": 5,
    ...     "organisations": [40, 80, 160], "power": [0.4, 0.71, 0.93], "power_ci_lower": [0.36, 0.67, 0.9],
    ...     "power_ci_upper": [0.44, 0.75, 0.95]}))
    'Clarity and production: with 5 executives each 40% at 40, 71% at 80 and 93% at 160 organisations (80% from 160 on).'
    """  # noqa: E501  a printed result is one line
    sentences = []
    for _, rows in simulated.groupby(["link", "predictor"], sort=False):
        told = [_reached(part) for _, part in rows.groupby("executives")]
        sentences.append(f"{raised(rows['label'].iloc[0])}: {'; '.join(told)}.")
    return " ".join(sentences)


def _reached(rows: pd.DataFrame) -> str:
    ordered = rows.sort_values("organisations")
    found = [
        f"{percent(row['power'])} at {count(row['organisations'])}" for row in ordered.to_dict("records")
    ]
    # Power falls short at every smaller size: a single lucky draw is no promise.
    short = ordered.loc[ordered["power"] < ENOUGH, "organisations"].max()
    enough = ordered[~(ordered["organisations"] <= short)]["organisations"]
    from_on = f"from {count(enough.min())} on" if len(enough) else "at none of these"
    each = f"with {plural(rows['executives'].iloc[0], 'executive')} each"
    return f"{each} {series(found)} organisations ({percent(ENOUGH)} {from_on})"
