"""Power of every planned test by size of the survey: numbers, a table, and what they say in words."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from surveykit.links.words import listed

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 0.8
_MANY = 0.05  # share of samples that is worth a warning
_OF = ["link", "predictor", "executives"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerGrid:
    """How likely surveys of several sizes are to find what the study looks for.

    Attributes
    ----------
    data : DataFrame
        One row a planned test (link and predictor), number of organisations and of executives:

        - ``link``: number in the study, from 1; ``outcome``, ``outcome_label``, ``level``, ``predictor``,
          ``predictor_label``, ``label`` (both), ``model`` (as fitted to the samples);
        - ``organisations``, ``executives`` (in each), ``n_obs``: rows of the model;
        - ``power``: share of the samples in which the test's own p-value is below 1 - confidence, 0 to 1;
          ``power_ci_lower``, ``power_ci_upper``: Wilson's interval, for what so few samples leave open;
        - ``power_family``: the same with p below (1 - confidence) / ``tests_in_family``: the least power that is left
          once the p-value is adjusted (Holm) for all tests of its family, reached where none of the others is found;
        - ``organisations_needed``: with that many executives each, for a power of 80%, between sizes simulated by a
          straight line of the normal quantile of power over the root of the number; NaN where ``needed_reason`` says
          why;
        - ``effect``, ``effect_words``: what was to be found;
        - assumed, from the data: ``icc1`` (of the predictor, 0 to 1), ``reliability`` (of the mean of so many
          executives, 0 to 1; both NaN for what is no scale's mean), ``outcome_mean``, ``outcome_sd``,
          ``residual_correlation`` (of rows of one organisation, 0 to 1);
        - ``samples``; ``n_penalised``: those fitted by Firth's logit, since a category or column told the outcome
          perfectly; ``n_failed``: those to which no model could be fitted, counted as not found; ``caution``: what
          the data could not tell; ``sentence``.
    left_out : tuple of str
        A sentence for each planned link that was not simulated.
    confidence : float
        Level of the tests and of every interval.
    samples : int
        Surveys of each size and test.
    seed : int
        Of the draws.
    """

    data: pd.DataFrame
    left_out: tuple[str, ...]
    confidence: float
    samples: int
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `data`."""
        return self.data.copy()

    def table(self) -> pd.DataFrame:
        """Power in percent, one row a test and number of executives, one column a number of organisations.

        The last column is ``for 80%``: the organisations it takes, as text.
        """
        index = ["label", "executives"]
        wide = self.data.assign(percent=(100 * self.data["power"]).round().astype(int)).pivot_table(
            "percent", [*_OF[:2], *index], "organisations", sort=False
        )
        shown = wide.astype(int).astype(str) + "%"
        needed = self.data.groupby([*_OF[:2], *index], sort=False).first()
        shown["for 80%"] = [_needed_words(row) for row in needed.to_dict("records")]
        return shown.droplevel(["link", "predictor"])

    def sentences(self) -> list[str]:
        """One sentence a test: how many organisations it takes, by executives in each; then what was left out."""
        tests = [rows.to_dict("records") for _, rows in self.data.groupby(_OF[:2], sort=False)]
        return [*map(_needs, tests), *self.left_out]

    def __repr__(self) -> str:
        """Show the table, what was to be found, and what was assumed."""
        return "\n".join([self._caption(), self.table().to_string(), *self._notes()])

    def _repr_html_(self) -> str:
        """Show the same; labels are escaped."""
        notes = "".join(f"<p>{escape(text)}</p>" for text in self._notes())
        return f"<p>{escape(self._caption())}</p>{self.table().to_html(escape=True)}{notes}"

    def _notes(self) -> list[str]:
        data = self.data
        sizes = data.groupby("effect_words", sort=False)["outcome_label"].unique()
        found = [f"To be found: {words} ({', '.join(outcomes)})." for words, outcomes in sizes.items()]
        cautions = data.loc[data["caution"] != "", ["label", "caution"]].drop_duplicates()
        return [
            *found,
            "Assumed as in the data: "
            + "; ".join(
                f"{words} {_range(data[column])}"
                for words, column in (
                    ("ICC(1)", "icc1"),
                    ("rows of one organisation correlate", "residual_correlation"),
                )
                if data[column].notna().any()
            )
            + ".",
            *(f"{label}: {caution}." for label, caution in cautions.itertuples(index=False, name=None)),
            *self._failures(),
            *self.left_out,
        ]

    def _failures(self) -> list[str]:
        """Sizes at which the planned model asks too much of the data."""
        data = self.data.assign(
            share=(self.data["n_failed"] + self.data["n_penalised"]) / self.data["samples"]
        )
        most = data.groupby("organisations")["share"].max()
        return [
            f"With {number:,} organisations up to {100 * share:.0f}% of samples hold a category in which an outcome "
            "never varies: hold less constant, or merge categories."
            for number, share in most.items()
            if share >= _MANY
        ]

    def _caption(self) -> str:
        return (
            f"Power: share of {self.samples:,} simulated surveys that find each planned link "
            f"(p below {1 - self.confidence:.2g}; seed {self.seed})"
        )


def describe(counts: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Turn counts of samples into power, sizes needed and sentences.

    Parameters
    ----------
    counts : DataFrame
        With ``found``, ``found_family``, ``samples`` and what was assumed, one row a test and size.
    confidence : float
        Of Wilson's intervals.

    Returns
    -------
    DataFrame
        `PowerGrid.data`.
    """
    low, high = wilson(counts["found"].to_numpy(), counts["samples"].to_numpy(), confidence)
    steps, icc1 = counts["executives"], counts["icc1"].where(counts["of_standing"])
    made = counts.assign(
        power=counts["found"] / counts["samples"],
        power_ci_lower=low,
        power_ci_upper=high,
        power_family=counts["found_family"] / counts["samples"],
        reliability=steps * icc1 / (1 + (steps - 1) * icc1),
        effect_words=[_effect_words(row) for row in counts.to_dict("records")],
    )
    needed = made.groupby(_OF, sort=False)[["organisations", "power"]].apply(_needed)
    made = made.join(needed, on=_OF)
    made["sentence"] = [_sentence(row, confidence) for row in made.to_dict("records")]
    return made.drop(columns=["found", "found_family", "in_points", "of_standing", "yes_no"])


def wilson(found: NDArray[np.int64], of: NDArray[np.int64], confidence: float) -> tuple[Floats, Floats]:
    """Wilson's interval of shares.

    Examples
    --------
    >>> low, high = wilson(np.array([8]), np.array([10]), 0.95)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.4902], [0.9433])
    """
    z = float(ndtri((1 + confidence) / 2))
    share = found / of
    centre = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    reach = z / (1 + z**2 / of) * np.sqrt(share * (1 - share) / of + z**2 / (4 * of**2))
    return np.maximum(centre - reach, 0), np.minimum(centre + reach, 1)


def _needed(sizes: pd.DataFrame) -> pd.Series:
    """Organisations for a power of 80% with one number of executives, where the sizes simulated tell."""
    ordered = sizes.sort_values("organisations")
    number, power = ordered["organisations"].to_numpy(dtype=np.float64), ordered["power"].to_numpy()
    enough = power >= ENOUGH
    if enough[0]:
        return _told(np.nan, f"{number[0]:.0f} or fewer")
    if not enough.any():
        return _told(np.nan, f"more than {number[-1]:.0f}")
    after = int(np.argmax(enough))
    root = np.sqrt(number[after - 1 : after + 1])
    # Of a test whose estimate is normal the quantile is that line.
    quantile = ndtri(np.clip(power[after - 1 : after + 1], 1e-4, 1 - 1e-4))
    at = np.interp(ndtri(ENOUGH), quantile, root)
    return _told(float(np.ceil(at**2 - 1e-9)), "")


def _told(number: float, reason: str) -> pd.Series:
    return pd.Series({"organisations_needed": number, "needed_reason": reason})


def _needed_words(row: dict[Hashable, Any]) -> str:
    return str(row["needed_reason"]) or f"about {row['organisations_needed']:,.0f}"


def _effect_words(row: dict[Hashable, Any]) -> str:
    """Say what was to be found: how large a difference, in what, and per what."""
    size = (
        f"{100 * row['effect']:.3g} percentage points"
        if row["in_points"]
        else f"{row['effect']:.3g} standard deviations"
    )
    if row["yes_no"]:
        return f"{size} between yes and no"
    whose = "organisations' true standing" if row["of_standing"] else "the predictor"
    return f"{size} for one standard deviation of {whose}"


def _sentence(row: dict[Hashable, Any], confidence: float) -> str:
    """Say how many surveys of this size find the difference, and what stood in the way."""
    low, high = (f"{100 * row[key]:.0f}" for key in ("power_ci_lower", "power_ci_upper"))
    found = (
        f"Of surveys with {row['organisations']:,} organisations and {_executives(row)} each, "
        f"{100 * row['power']:.0f}% would find that {row['outcome_label']} goes with {row['predictor_label']}, if it "
        f"differs by {row['effect_words']} ({100 * confidence:g}% interval of the simulation {low}% to {high}%)"
    )
    family = (
        f"; at least {100 * row['power_family']:.0f}% once adjusted for the {row['tests_in_family']} tests of its "
        "family"
        if row["tests_in_family"] > 1
        else ""
    )
    failed = (
        f" To {row['n_failed']:,} of {row['samples']:,} samples the planned model could not be fitted, which counts as "
        "not found."
        if row["n_failed"]
        else ""
    )
    return f"{found}{family}.{failed}"


def _executives(row: dict[Hashable, Any]) -> str:
    return "1 executive" if row["executives"] == 1 else f"{row['executives']:,} executives"


def _needs(rows: list[dict[Hashable, Any]]) -> str:
    first = rows[0]
    sizes = {
        row["executives"]: f"{_needed_words(row)} organisations with {_executives(row)} each" for row in rows
    }
    return (
        f"Four of five surveys find that {first['outcome_label']} goes with {first['predictor_label']}, if it differs "
        f"by {first['effect_words']}, from {listed(list(sizes.values()))}."
    )


def _range(values: pd.Series) -> str:
    low, high = f"{values.min():.2f}", f"{values.max():.2f}"
    return low if low == high else f"{low} to {high}"
