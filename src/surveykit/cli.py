"""The surveykit command: parses, calls, prints; holds no logic."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from surveykit.errors import SurveyError, listing

_STUDY = click.argument("study", type=click.Path(path_type=Path), metavar="STUDY")
_EXIT_BAD_INPUT = 2


class _Commands(click.Group):
    """Says what stands in the way in one message, without a traceback, and exits with 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SurveyError as error:
            click.echo(f"surveykit: {error}", err=True)
            ctx.exit(_EXIT_BAD_INPUT)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="surveykit")
def main() -> None:
    """From a raw executive survey export to a report people can rely on.

    \b
    A study is a folder with a study.yaml: it says which columns are which items, what counts
    as missing, which responses are left out and why, and which links are tested.

    \b
      surveykit columns responses.csv     what the export holds, to write study.yaml from
      surveykit check my-study            labels and values that study.yaml does not foresee
      surveykit report my-study           the report, in reports/my-study/
      surveykit power my-study            how large the next survey must be to find its links

    \b
    Tab completion for bash (zsh and fish alike):
      eval "$(_SURVEYKIT_COMPLETE=bash_source surveykit)"
    """  # noqa: D301  click reads the backspaces as "do not wrap"


@main.command()
@_STUDY
@click.option(
    "-o",
    "--output-dir",
    type=click.Path(path_type=Path),
    help="Folder to write to.  [default: reports/STUDY]",
)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of the notebook.",
)
def report(study: Path, output_dir: Path | None, parameters: tuple[str, ...]) -> None:
    """Run the report of STUDY (a study.yaml, or its folder).

    Writes report.html, one self-contained page to read, print or send, the notebook it was made from, and
    tables.xlsx with the cross-tables, if the study plans some.
    A run that fails leaves the last good report as it was.
    """
    from surveykit.reporting.report import run_report  # noqa: PLC0415  (4 s to import: only where it is used)

    given = dict(_named(parameter) for parameter in parameters)
    made = run_report(study, output_dir=output_dir, parameters=given, progress=sys.stderr.isatty())
    click.echo(f"Report: {made.page}")
    if made.workbook is not None:
        click.echo(f"Tables: {made.workbook}")


@main.command()
@_STUDY
def check(study: Path) -> None:
    """Check STUDY against its data, without making a report.

    Lists every label or value in the data that study.yaml does not foresee, with its column and count: each would
    be made missing, and be on record in the ledger. Then says which responses the rules would leave out.
    """
    from surveykit.analysis import analyse  # noqa: PLC0415
    from surveykit.cleaning import findings  # noqa: PLC0415
    from surveykit.study import load_study  # noqa: PLC0415
    from surveykit.study.link_checks import unreported  # noqa: PLC0415

    plan = load_study(study)
    for row in findings(plan).itertuples():
        where = f"{row.file}, column {row.column}"
        click.echo(
            f"{where}: {str(row.problem).replace('_', ' ')} {row.label!r}, in {row.count} cells. {row.hint}".rstrip()
        )
    # Filling missing answers in takes as long as all else, and tells nothing of the file.
    analysis = analyse(plan.model_copy(update={"imputation": None}))
    for row in analysis.measurement.items[analysis.measurement.items["item_rest_r"] < 0].itertuples():
        click.echo(
            f"{plan.where('items', str(row.item))}: answers to '{row.item}' run against the rest of scale "
            f"'{row.scale}' (r {row.item_rest_r:.2f}): is 'reversed: true' missing?"
        )
    if left := unreported(plan):
        click.echo(
            f"{plan.path}: the report does not tell of {listing(left)} yet: call surveykit.links for them."
        )
    ledger = analysis.cleaned.ledger
    lost = int((ledger["column"].notna()).sum())
    for step in analysis.cleaned.flow.itertuples():
        click.echo(f"{step.label:<40} {step.excluded:>6} left out, {step.after:>6} left")
    click.echo(f"{lost} cells of the responses left mean no answer or have no code, and count as missing.")
    organisations = len(analysis.aggregated.scores)
    click.echo(
        f"{plan.path} holds together: {len(analysis.cleaned.data)} respondents, {organisations} organisations."
    )


@main.command()
@_STUDY
@click.option("--organisations", metavar="N,N,..", help="Numbers of organisations, such as 40,80,160.")
@click.option("--executives", metavar="N,N,..", help="Numbers of executives in each, such as 2,5,10.")
@click.option(
    "--effect",
    type=float,
    help="Difference to be found in yes/no outcomes and fractions: 0.1 is ten percentage points.",
)
@click.option(
    "--effect-sd",
    type=float,
    help="Difference to be found in all other outcomes, in their standard deviations.",
)
@click.option("--samples", type=int, help="Surveys simulated of each size.")
@click.option("--seed", type=int, help="Of the random draws: the same seed gives the same numbers.")
@click.option(
    "--jobs", type=int, help="Processes; they change the time, never the numbers.  [default: one a processor]"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write all numbers to this .csv file.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw them in this .png, .svg or .pdf file.")
def power(  # noqa: PLR0913, PLR0917  # one parameter an option, by name from click
    study: Path,
    organisations: str | None,
    executives: str | None,
    effect: float | None,
    effect_sd: float | None,
    samples: int | None,
    seed: int | None,
    jobs: int | None,
    output: Path | None,
    plot: Path | None,
) -> None:
    """Say how large the next survey must be to find the links STUDY plans.

    Power is how many of 100 such surveys would find a link, if it is there and as large as --effect says. Too low, and
    a survey that finds nothing means nothing; 80 is a common aim. Surveys of every size are simulated from the answers
    there are: how far executives of one organisation agree, how common the outcome is, how alike the initiatives of one
    organisation are. Each is then tested as the study plans.

    The effect is per standard deviation of where organisations truly stand. Executives measure that with error: asking
    more of them in each organisation finds more, and at some point only more organisations do.

    What is not given here is taken from 'power' in study.yaml.

    \b
      surveykit power my-study
      surveykit power my-study --organisations 60,120,240 --executives 3,6 --effect 0.08
      surveykit power my-study -o power.csv --plot power.png
    """  # noqa: D301  click reads the backspaces as "do not wrap"
    from surveykit.reporting.power_files import (  # noqa: PLC0415
        FIGURES,
        TABLES,
        check_place,
        draw_power,
        write_power_table,
    )

    for path, kinds in ((output, TABLES), (plot, FIGURES)):
        if path is not None:
            check_place(path, kinds)
    numbers = _numbers("--organisations", organisations), _numbers("--executives", executives)
    from surveykit import aggregate, clean, load_study, read_export, score  # noqa: PLC0415
    from surveykit.links.power import power as simulate_power  # noqa: PLC0415

    plan = load_study(study)
    raw = read_export(plan.beside(plan.responses.file), platform=plan.responses.platform)
    grid = simulate_power(
        aggregate(score(clean(raw, plan))),
        organisations=numbers[0],
        executives=numbers[1],
        effect=effect,
        effect_sd=effect_sd,
        samples=samples,
        seed=seed,
        jobs=(os.cpu_count() or 1) if jobs is None else jobs,
    )
    click.echo(repr(grid))
    for path, write in ((output, write_power_table), (plot, draw_power)):
        if path is not None:
            write(grid, path)
            click.echo(f"Written: {path}")


def _numbers(option: str, text: str | None) -> list[int] | None:
    """Read whole numbers with commas between them."""
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise SurveyError("whole numbers with commas between them are needed", where=option, given=text)
    return [int(part) for part in parts]


@main.command()
@click.argument("export", type=click.Path(path_type=Path))
@click.option("--platform", help="Read as an export of this platform.  [default: recognised]")
def columns(export: Path, platform: str | None) -> None:
    """List what EXPORT holds: each column, its kind, and what it asked.

    No answer is shown.
    """
    from surveykit.exports import read_export  # noqa: PLC0415

    raw = read_export(export, platform=platform)
    click.echo(f"{raw!r}, {raw.encoding or 'binary'}, sha256 {raw.sha256[:12]}")
    for column, question, part, _, kind in raw.questions.itertuples(index=False, name=None):
        told = question if part in {"", question} else f"{question} | {part}"
        click.echo(f"{column}\t{kind}\t{told}")


def _named(parameter: str) -> tuple[str, str]:
    name, equals, value = parameter.partition("=")
    if not equals or not name:
        raise SurveyError("a parameter is written NAME=VALUE", where="-p", given=parameter)
    return name, value
