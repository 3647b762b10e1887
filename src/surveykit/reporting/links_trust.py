"""How far links can be trusted, what an outcome divides over, and use beside change: from protected results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.reporting import link_plots, link_tables
from surveykit.reporting.fragments import Fragment, bullets, figure, joined, paragraph, table
from surveykit.reporting.quadrant_plot import NAMES
from surveykit.reporting.words import is_probability, lowered, percent, plural, raised, series

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.reporting.disclosure import Protected

_TEST = ["link", "predictor"]
_CHOICES = {
    "adjust_for": "Held constant",
    "careless": "Careless answers left out",
    "scales": "Items of the scales",
    "aggregate": "Organisation’s score",
    "weights": "Weights",
}


def trust(shown: Protected) -> Fragment:
    """How far the links hang on choices, on single organisations and on how well things are measured.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    linked = shown.linked
    parts = []
    if len(linked.summary):
        parts += [
            paragraph("Would other choices have told the same?", "lead"),
            bullets(linked.summary["sentence"]),
            *[_specifications(shown, rows) for _, rows in linked.specifications.groupby(_TEST, sort=False)],
        ]
    if len(linked.corrected) and linked.corrected["estimate"].notna().any():
        parts += [
            paragraph("Does it matter that few respondents speak for an organisation?", "lead"),
            paragraph(
                "The mean of a few respondents measures where their organisation stands with error, and error in a "
                "predictor makes what goes with it look smaller than it is, or larger where predictors overlap."
            ),
            table(link_tables.corrected(shown), "Links corrected for uncertain means"),
        ]
    if len(linked.split):
        parts += [paragraph("Do the same people tell both sides?", "lead"), bullets(linked.split["sentence"])]
    concerns = linked.checks[linked.checks["concern"].astype(bool)] if len(linked.checks) else linked.checks
    if len(linked.checks):
        parts += [
            paragraph("What else was checked?", "lead"),
            paragraph(
                f"Single organisations, overlapping predictors, straight lines, and what the links predict: "
                f"{plural(len(linked.checks), 'check')}, of which {plural(len(concerns), 'one').split()[0]} "
                f"{'gives' if len(concerns) == 1 else 'give'} reason for care."
            ),
            bullets(concerns["sentence"]),
        ]
    return joined(parts) if parts else paragraph("There are no links to check.")


def drivers(shown: Protected) -> Fragment:
    """How an outcome divides over what goes with it, and how that is rated.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    found = shown.linked
    parts = []
    for _, whole in found.r_squared.iterrows():
        rows = found.drivers[found.drivers["driver"] == whole["driver"]]
        outcome = lowered(str(whole["outcome_label"]))
        parts += [
            paragraph(str(whole["sentence"])),
            figure(
                link_plots.driver_shares(rows, outcome=outcome)[0],
                _driver_alt(rows),
                f"Share of the variation in {outcome} that goes with each, with its {_level(shown)} interval, and "
                "the ranks each may have.",
            ),
            table(link_tables.drivers(shown, rows), f"What goes with {outcome}"),
            paragraph(str(whole["overlap"])),
        ]
        rated = rows[rows["mean"].notna()]
        if len(rated) > 1:
            parts.append(
                figure(
                    link_plots.importance_performance(rated, outcome=outcome),
                    _map_alt(rated),
                    "How much goes with each, beside how it is rated. Much goes with what stands high, and "
                    "what stands left is rated low. Lines mark the averages.",
                )
            )
    return joined(parts) if parts else paragraph("The study plans no drivers.")


def quadrant(shown: Protected) -> Fragment:
    """Initiatives that are used beside those that changed something.

    Parameters
    ----------
    shown : Protected

    Returns
    -------
    Fragment
    """
    cells = shown.linked.quadrants
    if cells.empty:
        return Fragment("")
    adoption, transformation = shown.linked.quadrant_labels
    if cells["suppressed"].astype(bool).any():
        return paragraph(
            "Too few initiatives are in one of the four groups of adoption and transformation to show them "
            f"(smallest group shown: {shown.settings.min_cell})."
        )
    by_cell = {(row["adoption"], row["transformation"]): row for row in cells.to_dict("records")}
    used = by_cell["high", "low"]
    lead = paragraph(
        "An initiative may be used by many and yet change nothing. "
        f"{percent(used['estimate'])} of the initiatives ({_level(shown)} interval {percent(used['ci_lower'])} to "
        f"{percent(used['ci_upper'])}) are high in adoption and low in transformation."
    )
    told = [f"{NAMES[pair]} {percent(row['estimate'])}" for pair, row in by_cell.items()]
    drawn = figure(
        link_plots.quadrant(cells, adoption=adoption, transformation=transformation),
        f"Four groups of initiatives: {series(told)}.",
        f"Initiatives by adoption ({adoption}) and transformation ({transformation}), as shares of all that tell both, "
        f"with {_level(shown)} intervals.",
    )
    return lead + drawn


def _level(shown: Protected) -> str:
    return f"{100 * shown.settings.confidence:g}%"


def _specifications(shown: Protected, rows: pd.DataFrame) -> Fragment:
    same = (shown.links["link"] == rows["link"].iloc[0]) & (
        shown.links["predictor"] == rows["predictor"].iloc[0]
    )
    link = shown.links[same]
    if link.empty or rows["estimate"].isna().all():
        return Fragment("")
    points, row = is_probability(link), link.iloc[0]
    scale = 100 if points else 1
    fitted = rows[rows["estimate"].notna()]
    drawn = fitted.assign(**{name: fitted[name] * scale for name in ("estimate", "ci_lower", "ci_upper")})
    choices = {name: words for name, words in _CHOICES.items() if len(drawn[name].unique()) > 1}
    unit = f"Difference in {'percentage points' if points else 'the unit of the outcome'}, per standard deviation"
    title = f"{raised(row['outcome_label'])}: {row['predictor_label']}"
    return figure(
        link_plots.specification_curve(drawn, choices, title=title, unit=unit)[0],
        f"{title}, under {len(drawn)} combinations of choices: from {drawn['estimate'].min():.2f} to "
        f"{drawn['estimate'].max():.2f} ({unit}).",
        "The same link under every combination of choices as reasonable as the planned ones, which are marked.",
    )


def _driver_alt(rows: pd.DataFrame) -> str:
    ordered = rows.sort_values("share", ascending=False)
    told = [f"{row['label']} {percent(row['share'], 1)}" for row in ordered.to_dict("records")]
    return f"Share of the variation of the outcome that goes with each: {series(told)}."


def _map_alt(rows: pd.DataFrame) -> str:
    told = [
        f"{row['label']}: rated {row['mean']:.0f} of 100, {percent(row['proportion'])} of what is explained"
        for row in rows.to_dict("records")
    ]
    return f"Importance beside rating. {'; '.join(told)}."
