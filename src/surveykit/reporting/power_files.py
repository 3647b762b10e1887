"""Power as files: a table to go on with and a figure to show, replaced only by ones that are complete."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from surveykit.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from surveykit.links.power import PowerGrid

TABLES = (".csv",)
FIGURES = (".png", ".svg", ".pdf")
_DPI = 200


def check_place(path: Path, kinds: Sequence[str]) -> None:
    """Refuse a file that could not be written, before anything long is begun.

    Parameters
    ----------
    path : Path
    kinds : sequence of str
        Endings allowed.

    Raises
    ------
    ReportError
        For another ending, or a folder that is not there or cannot be written to.
    """
    if path.suffix.lower() not in kinds:
        raise ReportError("a file of this kind is not written", given=str(path), allowed=kinds)
    if path.is_dir():
        raise ReportError("this is a folder, not a file", given=str(path), fix="Name a file in it.")
    if not path.parent.is_dir():
        raise ReportError(
            "there is no such folder", given=str(path.parent), fix="Make it first, or name another."
        )
    if not os.access(path.parent, os.W_OK):
        raise ReportError("cannot write to this folder", given=str(path.parent), fix="Name another.")


def write_power_table(grid: PowerGrid, path: Path) -> None:
    """Write ``grid.data`` as CSV, in full precision."""
    with _replacing(path) as file:
        grid.data.to_csv(file, index=False)


def draw_power(grid: PowerGrid, path: Path) -> None:
    """Draw the power of every test, a panel each, and write the figure."""
    from matplotlib import pyplot as plt  # noqa: PLC0415  (drawing is slow to import)

    from surveykit.reporting.link_plots import power  # noqa: PLC0415
    from surveykit.reporting.style import figure_of  # noqa: PLC0415

    figure = figure_of(power(grid.data)[0])
    try:
        with _replacing(path) as file:
            figure.savefig(file, format=path.suffix.lower()[1:], dpi=_DPI, facecolor="white")
    finally:
        plt.close(figure)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file beside the one asked for, put in its place once it is complete."""
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            file = Path(folder) / path.name
            yield file
            file.replace(path)
    except OSError as error:
        raise ReportError(
            f"the file cannot be written: {error.strerror}", given=str(path), fix="Name another."
        ) from None
