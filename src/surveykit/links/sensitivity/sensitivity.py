"""Every link of a study before a hostile reader: who is in it, what was chosen, measured badly, shared or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveykit.links.sensitivity.chain import chain
from surveykit.links.sensitivity.evalue import evalues
from surveykit.links.sensitivity.specifications import specify, summarise
from surveykit.links.sensitivity.split_sample import split_links
from surveykit.links.sensitivity.unreliability import correct_links

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.estimates.sampling import Sampled
    from surveykit.links.planned import Links


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensitivity:
    """How far the links of a study hang on what else could have been.

    Attributes
    ----------
    chain : DataFrame, one row a link, step and reason
        Who enters, who is lost and why: see `surveykit.links.sensitivity.chain`.
    unreliability : DataFrame, one row a link and predictor that is a mean of executives
        Effects corrected for how uncertain means are: see `correct_links`.
    split_sample : DataFrame, one row a predictor of a link within the answers of the same people
        One half's perceptions with the other half's outcomes: see `split_links`.
    evalues : DataFrame, one row a link and predictor
        What unmeasured causes would need: see `evalues`.
    specifications : DataFrame, one row a planned link, specification and predictor
        See `specify`; ``summary``, one row a planned link and predictor, sums it up: see `summarise`.
    summary : DataFrame
    """

    chain: pd.DataFrame
    unreliability: pd.DataFrame
    split_sample: pd.DataFrame
    evalues: pd.DataFrame
    specifications: pd.DataFrame
    summary: pd.DataFrame

    def __repr__(self) -> str:
        links = self.chain["link"].nunique()
        return f"Sensitivity({links} links, {len(self.specifications)} estimates under other choices)"


def challenge(links: Links, *, sampled: Sampled | None = None, progress: bool = False) -> Sensitivity:
    """Ask of every link what a hostile reader would ask.

    Parameters
    ----------
    links : Links
        Fitted links, with the scores they rest on.
    sampled : Sampled, optional
        The design of every level, with the weights; made where it is not given.
    progress : bool, optional
        Show a progress bar over the specifications.

    Returns
    -------
    Sensitivity
    """
    specifications = specify(links, sampled=sampled, progress=progress)
    return Sensitivity(
        chain=chain(links),
        unreliability=correct_links(links),
        split_sample=split_links(links),
        evalues=evalues(links),
        specifications=specifications,
        summary=summarise(links, specifications),
    )
