"""Links within the answers of the same people: one half tells the predictors, the other half the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from surveykit.errors import LinkError, SurveyError
from surveykit.links.design import FEWEST_ORGANISATIONS, is_binary
from surveykit.links.sensitivity.halves import Slopes, halved, slopes_of, whole
from surveykit.links.sensitivity.words import raised, signed
from surveykit.links.words import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from surveykit.links.fits import Fit
    from surveykit.links.planned import Links
    from surveykit.study import Study
    from surveykit.study.links import Link

    Floats = NDArray[np.float64]

SPLITS = 200
SEED = 1
SIDES = (2, 1)  # executives wanted on each side; the second where too few organisations have twice the first
_COLUMNS = [
    *("link", "outcome", "predictor", "same_source", "per", "whole", "whole_ci_lower", "whole_ci_upper"),
    *("estimate", "std_error", "ci_lower", "ci_upper", "p_value", "split_sd"),
    *("n_splits", "n_each_side", "n_obs", "n_organisations", "left_out", "reason", "sentence"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitSample:
    """A link between answers, told by different people on each side.

    Attributes
    ----------
    data : DataFrame, one row a predictor
        ``same_source`` (whether its values come from the respondents who tell the outcome); ``per``: the difference
        it is told for, a standard deviation between organisations (1 for a 0/1 column); ``whole`` with its limits: the
        slope times `per` where all executives tell both sides; ``estimate, std_error, ci_lower, ci_upper, p_value``:
        where halves do, averaged over splits; ``split_sd``: standard deviation over splits.
    n_splits : int
    n_each_side : int
        Executives each half has at least.
    n_obs, n_organisations : int
        Executives, and organisations with twice as many as that.
    """

    data: pd.DataFrame
    n_splits: int
    n_each_side: int
    n_obs: int
    n_organisations: int

    def to_frame(self) -> pd.DataFrame:
        """A copy of `data`, with the counts beside."""
        counts = {
            name: getattr(self, name) for name in ("n_splits", "n_each_side", "n_obs", "n_organisations")
        }
        return self.data.assign(**counts)

    def __repr__(self) -> str:
        who = f"{self.n_obs} executives of {self.n_organisations} organisations"
        return f"SplitSample({self.n_splits} splits; {who}, at least {self.n_each_side} on each side)"


def split_sample(  # noqa: PLR0913  (the parts of a link, by keyword)
    data: pd.DataFrame,
    *,
    outcome: str,
    predictors: Sequence[str],
    beside: pd.DataFrame | None = None,
    organisation: str = "organisation",
    each_side: int | None = None,
    splits: int = SPLITS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> SplitSample:
    r"""Fit a link between executives' answers with one half's predictors and the other half's outcomes.

    Where the same people tell both sides of a link, a mood or a style of answering they have at the time is on both
    sides, and by itself makes them go together. Here executives of every organisation are split at random; the means of
    one half are the predictors, the mean of the other half is the outcome, one row an organisation; and the slopes of
    least squares are averaged over many splits.

    Parameters
    ----------
    data : DataFrame
        One row an executive; those with a missing value are left out.
    outcome : str
        Numeric column explained.
    predictors : sequence of str
        Numeric columns.
    beside : DataFrame, optional
        What is known of organisations and held constant or tested, one row each, numeric; the same on both sides.
    organisation : str, optional
        Column of the organisation.
    each_side : int, optional
        Executives each half must have: organisations with fewer than twice as many are left out. By default 2, or 1
        where fewer than 10 organisations have four executives.
    splits : int, optional
        From 2.
    seed : int, optional
        Of the splits.
    confidence : float, optional
        Between 0 and 1.

    Returns
    -------
    SplitSample

    Raises
    ------
    LinkError
        If fewer than 10 organisations can be split, there are as many parameters as organisations, or a column does not
        vary between them.

    Notes
    -----
    Standard errors are the jackknife's over organisations, of the average over all splits: splits of the same data are
    no new data, so that rules for combining imputations do not hold, and more splits make no interval narrower than
    organisations allow. ``split_sd`` over the root of ``n_splits`` is what chance in splitting adds. Intervals are
    those of t with organisations less parameters. A half has fewer executives than the whole, so that its means are
    less reliable and slopes nearer to 0: the estimate is free of what single people bring to both sides, and cautious.

    References
    ----------
    Podsakoff, MacKenzie, Lee and Podsakoff (2003), Common method biases in behavioral research, Journal of Applied
    Psychology 88, 879-903. Ostroff, Kinicki and Clark (2002), Substantive and operational issues of response bias
    across levels of analysis, Journal of Applied Psychology 87, 355-368.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> data = pd.DataFrame({"organisation": np.arange(200) // 5, "mood": rng.normal(size=200)})
    >>> data = data.assign(x=data["mood"] + rng.normal(size=200), y=data["mood"] + rng.normal(size=200))
    >>> found = split_sample(data, outcome="y", predictors=["x"])
    >>> found.to_frame().loc[0, ["whole", "estimate"]].astype(float).round(1).tolist()
    [0.3, -0.0]
    """
    rows = data[[organisation, outcome, *predictors]].dropna()
    fixed = pd.DataFrame(index=pd.Index(rows[organisation].unique())) if beside is None else beside.dropna()
    rows, side = _enough(rows[rows[organisation].isin(fixed.index)], organisation, each_side)
    groups, names = pd.factorize(rows[organisation])
    fixed = fixed.loc[names].astype(float)
    told, values = rows[list(predictors)].to_numpy(dtype=float), rows[outcome].to_numpy(dtype=float)
    together = whole(told, values, groups)
    _check_told(np.column_stack([together.predictors[0], fixed]), [*predictors, *fixed])
    apart = halved(told, values, groups, splits=splits, seed=seed)
    between = pd.DataFrame(together.predictors[0], columns=list(predictors), index=fixed.index).join(fixed)
    per = [1.0 if is_binary(between[name]) else float(between[name].std()) for name in between]
    found = [
        _inferred(slopes_of(each, fixed.to_numpy()), np.array(per), confidence) for each in (together, apart)
    ]
    return SplitSample(
        data=_frame(between.columns, len(predictors), per, *found),
        n_splits=splits,
        n_each_side=side,
        n_obs=len(rows),
        n_organisations=len(names),
    )


def _enough(rows: pd.DataFrame, organisation: str, each_side: int | None) -> tuple[pd.DataFrame, int]:
    """Executives of organisations that have enough of them for both sides, and how many that is."""
    size = rows.groupby(organisation)[organisation].transform("size")
    for side in SIDES if each_side is None else (each_side,):
        kept = rows[size >= 2 * side]
        if kept[organisation].nunique() >= FEWEST_ORGANISATIONS:
            return kept, side
    raise LinkError(
        f"splitting needs {FEWEST_ORGANISATIONS} organisations with {2 * side} respondents who answered everything",
        given=int(kept[organisation].nunique()),
        fix="Ask more respondents in each organisation.",
    )


def _check_told(between: Floats, names: Sequence[str]) -> None:
    flat = [name for name, column in zip(names, between.T, strict=True) if np.ptp(column) == 0]
    full = np.column_stack([between, np.ones(len(between))])
    if flat or len(full) <= full.shape[1] or np.linalg.matrix_rank(full) < full.shape[1]:
        raise LinkError(
            "the columns cannot be told apart in the organisations that can be split",
            given=flat or f"{full.shape[1]} parameters, {len(full)} organisations",
            fix="Leave some of them out.",
        )


def _inferred(slopes: Slopes, per: Floats, confidence: float) -> pd.DataFrame:
    """Averages with the jackknife's error; splits of the same organisations are no further data."""
    organisations, k = slopes.without_each.shape
    apart = slopes.without_each - slopes.without_each.mean(axis=0)
    error = per * np.sqrt((organisations - 1) / organisations * np.square(apart).sum(axis=0))
    df = organisations - k - 1
    estimate, reach = per * slopes.average, error * stats.t.ppf((1 + confidence) / 2, df)
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": error,
            "ci_lower": estimate - reach,
            "ci_upper": estimate + reach,
            "p_value": 2 * stats.t.sf(np.abs(estimate / error), df),
            "split_sd": per * slopes.of_splits.std(axis=0),
        }
    )


def _frame(
    names: Iterable[str], n_same: int, per: Sequence[float], together: pd.DataFrame, apart: pd.DataFrame
) -> pd.DataFrame:
    ends = {"estimate": "whole", "ci_lower": "whole_ci_lower", "ci_upper": "whole_ci_upper"}
    same = [number < n_same for number in range(len(per))]
    first = pd.DataFrame({"predictor": list(names), "same_source": same, "per": per})
    return pd.concat([first, together[list(ends)].rename(columns=ends), apart], axis=1)


def split_links(links: Links, *, splits: int = SPLITS, seed: int = SEED) -> pd.DataFrame:
    """Fit links within the answers of the same people with one half on each side.

    Parameters
    ----------
    links : Links
        Fitted links, with the scores they rest on.
    splits : int, optional
        From 2.
    seed : int, optional
        Of the splits.

    Returns
    -------
    DataFrame, one row a predictor of a link whose outcome executives tell
        ``link``, ``outcome``, ``predictor``, ``same_source`` (bool: the same people tell it); see `SplitSample` for
        ``per, whole, whole_ci_lower, whole_ci_upper, estimate, std_error, ci_lower, ci_upper, p_value, split_sd,
        n_splits, n_each_side, n_obs, n_organisations``; all of organisations, whatever the level of the link.
        ``left_out``: what is held constant in the link, but not here; ``reason`` where there is no such estimate;
        ``sentence``. Empty if no link has both sides from executives.
    """
    rows = [row for fit in links.fits for row in _of_fit(links, fit, splits, seed)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def same_source(study: Study, link: Link, name: str) -> bool:
    """Whether executives tell a predictor of a link and its outcome."""
    asked = {
        study.level_of(each) == "executive" or each in study.dispersions for each in (name, link.outcome)
    }
    return asked == {True}


def _of_fit(links: Links, fit: Fit, splits: int, seed: int) -> Iterator[dict[str, Any]]:
    study, link = links.aggregated.study, fit.link
    same = {name: same_source(study, link, name) for name in link.predictors}
    if not any(same.values()):
        return
    left_out = [name for name in link.adjust_for if study.level_of(name) == "executive"]
    first: dict[str, Any] = {"link": fit.number, "outcome": link.outcome}
    first["left_out"] = listed([quoted(study, name) for name in left_out])
    try:
        found = _split(links, link, splits, seed).to_frame().set_index("predictor")
    except SurveyError as error:
        for name in link.predictors:
            row = first | {"predictor": name, "same_source": same[name], "reason": str(error)}
            yield row | {"sentence": _sentence(links, fit, row)}
        return
    for name in link.predictors:
        row = (
            first
            | {"predictor": name, "reason": ""}
            | {str(key): value for key, value in found.loc[name].items()}
        )
        yield row | {"sentence": _sentence(links, fit, row)}


def _split(links: Links, link: Link, splits: int, seed: int) -> SplitSample:
    aggregated, study = links.aggregated, links.aggregated.study
    if any(name in study.dispersions for name in (*link.predictors, link.outcome)):
        raise LinkError("how far respondents differ cannot be told by half of them alike")
    executives = aggregated.rows("executive")
    if study.columns.organisation is None:
        raise LinkError(
            "every respondent stands for an organisation of its own, so nobody else can tell the outcome"
        )
    asked = [name for name in link.predictors if study.level_of(name) == "executive"]
    recorded = [
        name
        for name in (*link.predictors, *link.adjust_for)
        if name not in asked and study.level_of(name) != "executive"
    ]
    return split_sample(
        executives,
        outcome=link.outcome,
        predictors=asked,
        beside=_beside(study, aggregated.rows("organisation").set_index("organisation")[recorded])
        if recorded
        else None,
        splits=splits,
        seed=seed,
        confidence=links.confidence,
    )


def _beside(study: Study, recorded: pd.DataFrame) -> pd.DataFrame:
    """What is recorded of organisations as numbers: categories become dummies."""
    known = recorded.dropna()
    names = {name: study.variable(name) for name in known.columns.astype(str)}
    kinds = [name for name, variable in names.items() if variable is not None and variable.type == "category"]
    return pd.get_dummies(known, columns=kinds, drop_first=True, dtype=float)


def _sentence(links: Links, fit: Fit, row: dict[str, Any]) -> str:
    study = links.aggregated.study
    name, outcome = quoted(study, row["predictor"]), quoted(study, fit.link.outcome)
    if not row["same_source"]:
        return f"{raised(name)} is recorded apart from the answers that tell {outcome}."
    both = f"The same people tell {name} and {outcome}, which by itself can make them go together"
    if row["reason"]:
        return f"{both}. One half of them cannot be set against the other: {row['reason'].rstrip('.')}."
    keys = ("estimate", "ci_lower", "ci_upper", "whole")
    estimate, lower, upper, together = signed([row[key] for key in keys], row["std_error"])
    return (
        f"{both}. With one half of an organisation's respondents telling {name} and the other half {outcome}, the "
        f"difference per standard deviation is {estimate} ({100 * links.confidence:g}% interval {lower} to {upper}); "
        f"with all of them telling both it is {together} ({row['n_organisations']} organisations with at least "
        f"{2 * row['n_each_side']} respondents, averaged over {row['n_splits']} random splits). Halves tell less "
        "surely, which also draws the difference towards none."
    )
