"""The drivers of a study: for every planned set, how an outcome's R2 divides, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.estimates.sampling import sample
from surveykit.links.drivers.collinearity import overlap_in_words
from surveykit.links.drivers.importance import Importance, importance
from surveykit.links.drivers.performance import importance_performance
from surveykit.links.drivers.ranges import NO_RANGE, possible_range
from surveykit.links.drivers.sentences import driver_sentence
from surveykit.links.words import label, quoted

if TYPE_CHECKING:
    from surveykit.estimates.sampling import Sampled
    from surveykit.scoring import Aggregated
    from surveykit.study import Study
    from surveykit.study import links as planned

_WEIGHT = "(weight)"
_SHOWN = ["outcome_label", "label", "share", "share_ci_lower", "share_ci_upper", "rank_lower", "rank_upper"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drivers:
    """How outcomes divide over their drivers, for every set the study plans.

    Attributes
    ----------
    data : DataFrame
        One row a predictor of a set, in the study's order:

        - ``driver``: number of the set, from 1; ``outcome``, ``outcome_label``, ``level`` (of one row), ``model``
          (``ols`` or ``logit``), ``predictor``, ``label``;
        - ``share`` of R2, ``proportion``, their limits, ``relative_weight``, ``correlation``, ``vif``, ``rank``,
          ``rank_lower``, ``rank_upper``: see `Importance`;
        - ``mean``, ``mean_ci_lower``, ``mean_ci_upper``: from 0, the lowest it can be, to 100; NaN with a
          ``mean_reason`` where the study does not say what it can be;
        - ``n_obs``: complete rows; ``n_organisations`` among them, from 10; ``n_lost``: rows left out, from 0.
    r_squared : DataFrame, one row a set
        ``driver``, ``outcome``, ``outcome_label``, ``level``, ``model``, ``weighted``; ``r_squared`` of the sample,
        ``r_squared_corrected`` for chance, ``ci_lower``, ``ci_upper``, all 0 to 1; ``condition_number``, from 1;
        ``n_obs``, ``n_organisations``, ``n_lost``, ``n_boot``; ``sentence``; ``overlap``, what collinearity means for
        it, in words; ``reason`` why a limit is NaN, empty if none is.
    differences : DataFrame, one row a pair of predictors of a set
        ``driver``, ``first_label``, ``second_label``, and see `surveykit.links.drivers.resampling.differences`.
    performance : DataFrame, one row a predictor on the map
        ``driver``, ``outcome``, ``label``, and see `importance_performance`; empty where the study bounds none. 100 is
        the high end of a predictor, and the low end (``turned``) where its correlation with the outcome is below 0 with
        its whole interval: read it so where a high outcome is good.
    importances : tuple of Importance
        One a set.
    confidence : float
        Level of every interval, from 0.5 to 1.
    """

    data: pd.DataFrame
    r_squared: pd.DataFrame
    differences: pd.DataFrame
    performance: pd.DataFrame
    importances: tuple[Importance, ...]
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `data`."""
        return self.data.copy()

    def __repr__(self) -> str:
        """Show the main columns."""
        return f"{self._caption()}\n{self.data[_SHOWN].to_string(index=False)}"

    def _repr_html_(self) -> str:
        """Show the main columns as a table; labels are escaped."""
        return f"<p>{self._caption()}</p>{self.data[_SHOWN].to_html(index=False, escape=True)}"

    def _caption(self) -> str:
        sets = f"{len(self.importances)} set{'s' if len(self.importances) > 1 else ''}"
        return f"Drivers: {len(self.data)} predictors in {sets}, {100 * self.confidence:g}% intervals"


def drivers(
    aggregated: Aggregated, sampled: Sampled | None = None, *, n_boot: int = 1000, seed: int = 1
) -> Drivers:
    """Divide the R2 of every outcome the study plans drivers of over its predictors.

    Numbers are explained by least squares, 0/1 outcomes by a logit; R2 is divided by Shapley's value (LMG), and
    intervals come from organisations drawn again. Weights are used as for links: those of organisations go with their
    executives and initiatives. Nothing here says what would change if a predictor did.

    Parameters
    ----------
    aggregated : Aggregated
        Scores at every level, with the study that plans the drivers.
    sampled : Sampled, optional
        The design of every level, with the study's weights; made where it is not given.
    n_boot : int
        Resamples, at least 100.
    seed : int
        Of the draws.

    Returns
    -------
    Drivers

    Raises
    ------
    LinkError
        With the line of the first set that cannot be divided honestly: see `importance`; or if none is planned.

    See Also
    --------
    importance, importance_performance : the same for one's own DataFrame.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> from surveykit.study.links import Drivers as Planned
    >>> study = load_study("data/ai-strategy")
    >>> scales = ["strategy_clarity", "adoption_quality", "execution_capacity"]
    >>> planned = Planned(outcome="decision_speed_change", level="initiative", predictors=scales)
    >>> study = study.model_copy(update={"drivers": [planned]})
    >>> aggregated = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> found = drivers(aggregated)
    >>> found.data[["label", "share", "rank_lower", "rank_upper"]].round(2)
                    label  share  rank_lower  rank_upper
    0    strategy clarity   0.00         1.0         3.0
    1    adoption quality   0.03         1.0         2.0
    2  execution capacity   0.00         2.0         3.0
    """
    study = aggregated.study
    if not study.drivers:
        raise LinkError(
            "the study plans no drivers", where=str(study.path), fix="Add 'drivers', or leave this stage out."
        )
    designs = sample(aggregated) if sampled is None and study.weighs else sampled
    sets = [_divided(aggregated, number, designs, n_boot, seed) for number in range(len(study.drivers))]
    return Drivers(
        data=pd.concat([_rows(study, each) for each in sets], ignore_index=True),
        r_squared=pd.DataFrame([_whole(study, each) for each in sets]),
        differences=pd.concat([_pairs(study, each) for each in sets], ignore_index=True),
        performance=pd.concat([_map(study, each) for each in sets], ignore_index=True),
        importances=tuple(each.found for each in sets),
        confidence=study.report.confidence,
    )


class _Set(NamedTuple):
    """One planned set and what was found."""

    number: int
    plan: planned.Drivers
    weighted: bool
    found: Importance

    def named(self, study: Study) -> dict[str, Any]:
        """Columns that say which set it is."""
        return {
            "driver": self.number,
            "outcome": self.plan.outcome,
            "outcome_label": label(study, self.plan.outcome),
            "level": self.plan.level,
            "model": self.found.model,
        }

    def sizes(self) -> dict[str, int]:
        """Columns that say what it rests on."""
        return {name: getattr(self.found, name) for name in ("n_obs", "n_organisations", "n_lost")}


def _divided(aggregated: Aggregated, number: int, designs: Sampled | None, n_boot: int, seed: int) -> _Set:
    study = aggregated.study
    plan = study.drivers[number]
    rows, weighted = aggregated.rows(plan.level), False
    if designs is not None and designs.weighted in {"organisation", plan.level}:
        rows, weighted = rows.assign(**{_WEIGHT: designs.designs[plan.level].weight.to_numpy()}), True
    found = importance(
        rows,
        outcome=plan.outcome,
        predictors=plan.predictors,
        weights=_WEIGHT if weighted else "",
        confidence=study.report.confidence,
        n_boot=n_boot,
        seed=seed,
        where=study.where("drivers", number),
    )
    return _Set(number + 1, plan, weighted, found)


def _rows(study: Study, each: _Set) -> pd.DataFrame:
    frame = each.found.to_frame()
    ranges = [possible_range(study, name) for name in frame["predictor"]]
    low, high = np.array([ends or (np.nan, np.nan) for ends in ranges]).T
    for name in ("mean", "mean_ci_lower", "mean_ci_upper"):
        frame[name] = 100 * (frame[name] - low) / (high - low)
    frame["mean_reason"] = ["" if ends else NO_RANGE for ends in ranges]
    frame.insert(1, "label", [label(study, name) for name in frame["predictor"]])
    for place, (name, value) in enumerate(each.named(study).items()):
        frame.insert(place, name, value)
    return frame.assign(**each.sizes())


def _whole(study: Study, each: _Set) -> dict[str, Any]:
    found = each.found
    inflated = found.overlap.data["vif"].rename(index=lambda name: quoted(study, str(name)))
    return {
        **each.named(study),
        "weighted": each.weighted,
        "r_squared": found.r_squared.estimate,
        "r_squared_corrected": found.r_squared.corrected,
        "ci_lower": found.r_squared.ci_lower,
        "ci_upper": found.r_squared.ci_upper,
        "condition_number": found.overlap.condition_number,
        **each.sizes(),
        "n_boot": found.n_boot,
        "sentence": driver_sentence(study, each.plan.level, found),
        "overlap": overlap_in_words(inflated),
        "reason": found.reason,
    }


def _pairs(study: Study, each: _Set) -> pd.DataFrame:
    frame = each.found.differences.copy()
    for name in ("first", "second"):
        frame[f"{name}_label"] = [label(study, predictor) for predictor in frame[name]]
    frame.insert(0, "driver", each.number)
    return frame


def _map(study: Study, each: _Set) -> pd.DataFrame:
    """Place predictors; the high end is the worst where it clearly goes with a low outcome, as it does for friction."""
    ranges = {}
    for name, highest in each.found.data[["predictor", "correlation_ci_upper"]].itertuples(index=False):
        if ends := possible_range(study, name):
            ranges[name] = ends[::-1] if highest < 0 else ends
    if not ranges:
        return pd.DataFrame()
    frame = importance_performance(each.found, ranges=ranges)
    frame.insert(0, "driver", each.number)
    frame.insert(1, "outcome", each.plan.outcome)
    frame.insert(3, "label", [label(study, name) for name in frame["predictor"]])
    return frame
