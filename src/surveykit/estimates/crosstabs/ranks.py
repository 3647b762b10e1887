"""Questions in which options are ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.questions import Asked, of_units

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """A question in which options are ranked, all of them or only the best.

    Three rows an option. The shares that rank it first, and among the first `top`, are of those who ranked anything;
    an option somebody did not rank is not among their first. The mean rank is of those who ranked the option: where
    people rank only their best few, those who think little of it are not in it, so read it beside the shares.

    Attributes
    ----------
    ranks : DataFrame of float, shape (units, options)
        1 for the best; missing for an option that was not ranked. A unit without any rank did not answer.
    top : int, default 3
        How many first ranks are counted together; no such rows where 1, or where there are not more options than that.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.estimates.crosstabs.crosstab import crosstab
    >>> from surveykit.estimates.design import Design
    >>> ranks = pd.DataFrame({"speed": [1.0, 2, 1, None], "cost": [2.0, 1, None, None], "risk": [None, None, 2, None]})
    >>> design = Design(cluster=pd.Series(list("abcd")))
    >>> everyone = pd.DataFrame({"Total": [True] * 4})
    >>> found = crosstab(Ranking(ranks=ranks, top=2), everyone, design).to_frame()
    >>> found[["row", "kind", "estimate", "n_obs"]].round(2).head(4)
         row          kind  estimate  n_obs
    0  speed  ranked_first      0.67      3
    1   cost  ranked_first      0.33      3
    2   risk  ranked_first      0.00      3
    3  speed  ranked_top_2      1.00      3
    """

    ranks: pd.DataFrame
    top: int = 3

    def asked(self, units: pd.Index) -> Asked:
        """Ranked first, ranked among the first, and mean rank: a run of rows each."""
        table, options = of_units(self.ranks, units), [str(name) for name in self.ranks]
        given = table[~np.isnan(table)]
        if self.top < 1 or (given < 1).any() or (given != np.round(given)).any():
            odd = np.unique(given[(given < 1) | (given != np.round(given))])[:5].tolist()
            raise EstimateError("ranks are whole numbers from 1, the best", given=odd or f"top={self.top}")
        kinds, tops = ["ranked_first"], [table == 1]
        if 1 < self.top < len(options):
            kinds.append(f"ranked_top_{self.top}")
            tops.append(table <= self.top)
        n, ranked = len(options), ~np.isnan(table)
        base_of = [np.zeros(n * len(kinds), dtype=np.intp), 1 + np.arange(n)]
        return Asked(
            labels=options * (len(kinds) + 1),
            kinds=[kind for kind in [*kinds, "mean_rank"] for _ in options],
            top=np.column_stack([*tops, np.nan_to_num(table)]).astype(float),
            bottom=np.column_stack([ranked.any(axis=1), ranked]).astype(float),
            base_of=np.concatenate(base_of),
        )
