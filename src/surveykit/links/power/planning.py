"""How large the next survey must be: power of every planned test, by organisations and executives in each."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.fits import fit_links
from surveykit.links.power.assumptions import assume
from surveykit.links.power.grid import PowerGrid, describe
from surveykit.links.power.simulated import Design, rows_of, simulate_tests
from surveykit.links.words import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tqdm import tqdm

    from surveykit.links.fits import Fit
    from surveykit.links.power.assumptions import Assumptions
    from surveykit.links.power.fits import Verdicts
    from surveykit.scoring import Aggregated

_FEWEST = 10


class _Test(NamedTuple):
    """One predictor of a planned link, beside how many others of its family it is adjusted."""

    fit: Fit
    predictor: str
    family: int
    assumed: Assumptions


def power(  # noqa: PLR0913  # the choices of a plan, by keyword
    aggregated: Aggregated,
    *,
    organisations: Sequence[int] | None = None,
    executives: Sequence[int] | None = None,
    effect: float | None = None,
    effect_sd: float | None = None,
    samples: int | None = None,
    seed: int | None = None,
    icc1: float | None = None,
    fits: Sequence[Fit] | None = None,
    jobs: int = 1,
    progress: bool | None = None,
) -> PowerGrid:
    r"""Simulate surveys of several sizes, and count in how many each planned link would be found.

    Parameters
    ----------
    aggregated : Aggregated
        The survey there is, with the study that plans the links: what it does not decide is taken from it.
    organisations, executives : sequence of int, optional
        Numbers of organisations with complete rows, each at least 10, and of executives in each, at least 1; every
        pair is one size. By default, as all that follow, what the study says under ``power``.
    effect : float, optional
        Difference to be found in a 0/1 outcome or a fraction, from 0 to below 1: 0.1 is ten percentage points. 0 counts
        false alarms.
    effect_sd : float, optional
        Difference to be found in any other outcome, in its standard deviations.
    samples : int, optional
        Surveys of each size.
    seed : int, optional
        Of the draws, at least 0.
    icc1 : float, optional
        ICC(1) of every scale, between 0 and 1, instead of the data's.
    fits : sequence of Fit, optional
        The links fitted to `aggregated`, if they are there already.
    jobs : int
        Processes, at least 1; decides nothing but the time.
    progress : bool, optional
        Whether to draw a progress bar on standard error; by default only on a terminal.

    Returns
    -------
    PowerGrid

    Raises
    ------
    LinkError
        For a study without links, or none that can be simulated, a size or option out of range, and a link that cannot
        be fitted to the data.

    Notes
    -----
    Each survey is drawn so. Organisations resemble those of the data: their variables, how many rows they bring, what
    those rows are besides, and their weights are drawn from there together, so many of each number of rows as there.
    Their true standings T on the scales of the link are normal, and correlate with each other and with the variables as
    in the data; a score is T plus an executive's own view, whose variance follows from the scale's ICC(1). Of n
    executives only the mean is seen: its reliability is :math:`n\,ICC(1) / (1 + (n - 1)\,ICC(1))`, so that more
    executives help up to where organisations are too few. The outcome is as common, or as spread, as in the data, and
    its rows of one organisation correlate as there. It differs by `effect` for one standard deviation of *T of the
    tested predictor*, not of the mean that is seen, and with nothing else: what is seen is always less. At level
    ``executive`` the effect is of an executive's own score. A predictor that is no scale has its values from the data,
    and the effect is of one standard deviation, or from 0 to 1.

    The planned model is then fitted (CR2, t with Satterthwaite's degrees of freedom, weights where planned), and power
    is the share of surveys with p below 1 - confidence. A logit in which a category or column tells the outcome
    perfectly is fitted by Firth's penalised likelihood; a survey to which a model cannot be fitted has found nothing.
    Below 40 organisations a study tests models other than linear ones by a bootstrap, which this does not repeat.

    Examples
    --------
    >>> from surveykit import aggregate, clean, load_study, read_export, score
    >>> study = load_study("data/ai-strategy")
    >>> found = aggregate(score(clean(read_export(study.beside(study.responses.file)), study)))
    >>> grid = power(found, organisations=[40, 160], executives=[5], samples=40)
    >>> grid.data.loc[grid.data["outcome"] == "rollbacks", ["organisations", "power"]].values.round(1).tolist()
    [[40.0, 0.2], [160.0, 0.6]]
    """
    plan = aggregated.study.power
    sizes = _sizes(organisations or plan.organisations, executives or plan.executives)
    drawn = plan.samples if samples is None else samples
    chosen = {
        "effect": plan.effect if effect is None else effect,
        "effect_sd": plan.effect_sd if effect_sd is None else effect_sd,
        "icc1": icc1,
    }
    start = plan.seed if seed is None else seed
    _check(drawn, start, jobs, chosen)
    planned = [fit for fit in (fit_links(aggregated) if fits is None else fits) if fit.planned]
    if not planned:
        raise LinkError(
            "the study plans no links, so there is nothing to find",
            where=str(aggregated.study.path),
            fix="Add 'links'.",
        )
    tests, left_out = _tests(aggregated, planned, chosen)
    with _bar(len(tests) * len(sizes) * drawn, shown=progress) as bar:
        found = simulate_tests(
            [test.assumed for test in tests],
            sizes,
            samples=drawn,
            seed=start,
            jobs=jobs,
            advance=bar.update,
        )
    confidence = aggregated.study.report.confidence
    rows = [
        _row(aggregated, test, size, found[place, number], confidence)
        for place, test in enumerate(tests)
        for number, size in enumerate(sizes)
    ]
    return PowerGrid(
        data=describe(pd.DataFrame(rows), confidence=confidence),
        left_out=left_out,
        confidence=confidence,
        samples=drawn,
        seed=start,
    )


def _sizes(organisations: Sequence[int], executives: Sequence[int]) -> list[Design]:
    for what, given, least in (("organisations", organisations, _FEWEST), ("executives", executives, 1)):
        if any(number < least for number in given):
            raise LinkError(
                f"a survey of so few {what} cannot test a link", given=min(given), allowed=f"{least} and more"
            )
        if len(set(given)) < len(given):
            raise LinkError(f"a number of {what} stands twice", given=list(given))
    return [Design(*pair) for pair in itertools.product(sorted(organisations), sorted(executives))]


def _check(samples: int, seed: int, jobs: int, chosen: dict[str, Any]) -> None:
    least = {"samples": (samples, 10), "seed": (seed, 0), "jobs": (jobs, 1)}
    for name, (given, lowest) in least.items():
        if given < lowest:
            raise LinkError(f"'{name}' is too small", given=given, allowed=f"{lowest} and more")
    for name in ("effect", "effect_sd"):
        if not 0 <= chosen[name] < 1:
            raise LinkError(
                f"'{name}' is out of range",
                given=chosen[name],
                allowed="0 to below 1",
                fix="Ten percentage points are 0.1; so is a tenth of a standard deviation.",
            )
    if chosen["icc1"] is not None and not 0 < chosen["icc1"] < 1:
        raise LinkError("'icc1' is out of range", given=chosen["icc1"], allowed="between 0 and 1")


def _tests(
    aggregated: Aggregated, planned: Sequence[Fit], chosen: dict[str, Any]
) -> tuple[list[_Test], tuple[str, ...]]:
    """Every predictor of every link that can be simulated, and a sentence for each that cannot."""
    study = aggregated.study
    families = [fit.link.family for fit in planned for _ in fit.link.predictors]
    tests, left_out = [], []
    for fit in planned:
        for predictor in fit.link.predictors:
            try:
                assumed = assume(aggregated, fit, predictor, **chosen)
            except LinkError as error:
                both = f"{label(study, fit.link.outcome)} and {label(study, predictor)}"
                left_out.append(f"Left out: {both} (link {fit.number}), since {error}")
                continue
            tests.append(_Test(fit, predictor, families.count(fit.link.family), assumed))
    if not tests:
        raise LinkError("no planned link can be simulated", where=str(study.path), fix=" ".join(left_out))
    return tests, tuple(left_out)


def _bar(total: int, *, shown: bool | None) -> tqdm:
    """Progress in surveys; silent where nobody watches."""
    from tqdm import tqdm  # noqa: PLC0415  (only here)

    quiet = not (sys.stderr.isatty() if shown is None else shown)
    return tqdm(total=total, unit=" surveys", unit_scale=True, disable=quiet, leave=False, file=sys.stderr)


def _row(
    aggregated: Aggregated, test: _Test, size: Design, found: Verdicts, confidence: float
) -> dict[str, Any]:
    study, link, assumed = aggregated.study, test.fit.link, test.assumed
    fitted = found.p[np.isfinite(found.p)]
    return {
        "link": test.fit.number,
        "outcome": link.outcome,
        "outcome_label": label(study, link.outcome),
        "level": link.level,
        "predictor": test.predictor,
        "predictor_label": label(study, test.predictor),
        "label": f"{label(study, link.outcome)} and {label(study, test.predictor)}",
        "model": assumed.model,
        **size._asdict(),
        "found": int((fitted < 1 - confidence).sum()),
        "found_family": int((fitted < (1 - confidence) / test.family).sum()),
        "tests_in_family": test.family,
        "effect": assumed.effect,
        "in_points": assumed.in_points,
        "of_standing": test.predictor in study.scales and link.level != "executive",
        "yes_no": test.assumed.yes_no,
        "icc1": assumed.icc1,
        "outcome_mean": assumed.outcome_mean,
        "outcome_sd": assumed.outcome_sd,
        "residual_correlation": assumed.residual_correlation,
        "n_obs": rows_of(assumed, size),
        "samples": len(found.p),
        "n_penalised": int(found.penalised.sum()),
        "n_failed": len(found.p) - len(fitted),
        "caution": "; ".join(assumed.cautions),
    }
