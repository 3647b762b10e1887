"""Adoption beside transformation: how many initiatives are used without having changed anything."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from surveykit.errors import LinkError
from surveykit.estimates import estimate_by

if TYPE_CHECKING:
    from surveykit.estimates import Design
    from surveykit.scoring import Aggregated
    from surveykit.study.links import Quadrant

_LEVELS = ("high", "low")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quadrants:
    """Initiatives by adoption and transformation.

    Attributes
    ----------
    data : DataFrame, four rows
        ``adoption`` and ``transformation`` (high or low); ``n``: initiatives of the quadrant, of
        ``organisations``; ``estimate``: their share of all that tell both (0 to 1), with ``std_error, ci_lower,
        ci_upper, df``; ``n_obs`` initiatives of
        ``n_organisations`` tell both; ``method`` of the interval.
    plan : Quadrant
        The two measures, and from where on each is high.
    n_lost : int
        Initiatives that do not tell both.
    confidence : float
        Level of the intervals.
    """

    data: pd.DataFrame
    plan: Quadrant
    n_lost: int
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `data`."""
        return self.data.copy()

    def __repr__(self) -> str:
        return f"Quadrants({self.plan.adoption} by {self.plan.transformation}, {self.data['n'].sum()} initiatives)"


def quadrants(aggregated: Aggregated, design: Design) -> Quadrants:
    """Sort initiatives into four: adopted or not, transformed or not.

    Parameters
    ----------
    aggregated : Aggregated
        Of a study that declares a ``quadrant``.
    design : Design
        Of the rows of ``aggregated.rows("initiative")``.

    Returns
    -------
    Quadrants
        Shares with intervals that keep the initiatives of one organisation together: see `estimate_by`.

    Raises
    ------
    LinkError
        If no initiative tells both measures.

    Notes
    -----
    R: ``svymean(~interaction(adoption, transformation), design, na.rm = TRUE)``, limits by ``svyciprop``.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> from surveykit.estimates.sampling import sample
    >>> from surveykit.study.links import Quadrant
    >>> plan = Quadrant(adoption="active_users", adoption_from=50, transformation="process_redesigned")
    >>> study = load_study("data/ai-strategy").model_copy(update={"quadrant": plan})
    >>> scored = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> quadrants(scored, sample(scored).designs["initiative"])
    Quadrants(active_users by process_redesigned, 377 initiatives)
    """
    study, plan = aggregated.study, aggregated.study.quadrant
    if plan is None:
        raise LinkError("the study declares no 'quadrant'", where=str(study.path))
    rows = aggregated.rows("initiative")
    measures = rows[[plan.adoption, plan.transformation]].astype(float)
    told = measures.notna().all(axis=1)
    if not told.any():
        raise LinkError(
            f"no initiative tells both '{plan.adoption}' and '{plan.transformation}'",
            where=study.where("quadrant"),
        )
    high = measures.ge([plan.adoption_from, plan.transformation_from])
    cells = list(product(_LEVELS, _LEVELS))
    inside = pd.DataFrame(
        {
            number: (high == [level == "high" for level in cell]).all(axis=1)
            for number, cell in enumerate(cells)
        }
    )
    shares = inside.astype(float).where(told)
    found = estimate_by(shares, design, statistic="share", confidence=study.report.confidence)
    named = pd.DataFrame(cells, columns=["adoption", "transformation"]).assign(
        n=inside[told].sum().to_numpy(),
        organisations=[rows["organisation"][told & inside[cell]].nunique() for cell in inside],
    )
    return Quadrants(
        data=named.join(found.drop(columns=["variable", "value"])),
        plan=plan,
        n_lost=int((~told).sum()),
        confidence=study.report.confidence,
    )
