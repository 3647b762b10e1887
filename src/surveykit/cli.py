"""The surveykit command: parses, calls, prints; holds no logic."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from surveykit.errors import SurveyError

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
