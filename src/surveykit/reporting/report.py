"""One report: checked parameters, the notebook run, and the page put in place only when all of it is proven."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import ReportError
from surveykit.reporting.parameters import checked, declared
from surveykit.study import Study, load_study

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

TIME_LIMIT = 600.0
_HERE = Path(__file__).resolve()
# In an installed package the notebooks lie inside it; in a checkout at its root.
_NOTEBOOKS = (_HERE.parents[1] / "notebooks", _HERE.parents[3] / "notebooks")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """A report that was written and proven complete.

    Attributes
    ----------
    title : str
        Title of the page.
    page : Path
        The page to read, ``report.html``: one file, nothing loaded from elsewhere.
    notebook : Path
        The notebook as run, ``report.ipynb``.
    workbook : Path or None
        The cross-tables as ``tables.xlsx``, where the study plans some.
    seconds : float
        How long it took, above 0.
    """

    title: str
    page: Path
    notebook: Path
    workbook: Path | None
    seconds: float

    def __repr__(self) -> str:
        return f"Report({self.page}: {self.title}, {self.seconds:.1f} s)"


def run_report(
    study: Study | str | os.PathLike[str],
    *,
    output_dir: str | os.PathLike[str] | None = None,
    parameters: Mapping[str, object] | None = None,
    progress: bool | None = None,
    time_limit: float = TIME_LIMIT,
) -> Report:
    """Run the report of a study and write its page.

    Parameters
    ----------
    study : Study or path
        The plan, or the path of its file or folder.
    output_dir : path, optional
        Folder to write to, made if it is not there; by default ``reports/<name of the study>``.
    parameters : mapping of str to object, optional
        Other parameters of ``notebooks/report.ipynb``: ``title``.
    progress : bool, optional
        Whether to draw a progress bar on standard error; by default only on a terminal.
    time_limit : float, default 600
        Seconds after which the run is stopped.

    Returns
    -------
    Report
        The page, the notebook and the cross-tables, all in place.

    Raises
    ------
    SurveyError
        Whatever is wrong with the study or its data, as the library says it.
    ReportError
        For an unknown parameter, a folder that cannot be written, or a run that did not complete. The last good
        report of that folder is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> made = run_report("data/ospo-2018", output_dir=tempfile.mkdtemp())
    >>> made.page.name, made.title, made.page.stat().st_size > 100_000
    ('report.html', 'Open source programmes, 2018', True)
    """
    begun = time.monotonic()
    plan = study if isinstance(study, Study) else load_study(Path(study))
    template = _template()
    given = dict(parameters or {})
    if "study" in given:
        raise ReportError(
            "the study is given twice", given=given["study"], fix="Name it once, before the parameters."
        )
    if "workbook" in given:
        raise ReportError(
            "the workbook lies beside the page, and has no place of its own", given=given["workbook"]
        )
    values = checked(given, declared(template))
    title = str(values.get("title") or plan.title)
    with _workshop(Path(output_dir or Path("reports") / (plan.name or "study"))) as (folder, workshop):
        tables = workshop / "tables.xlsx" if plan.tables else None
        places = {"study": str(plan.path.resolve()), "workbook": str(tables.resolve()) if tables else ""}
        done = _run(template, values | places, time_limit=time_limit, progress=progress)
        files = _write(done, title, workshop)
        workbook = _put(tables, folder) if tables else None
        page, notebook = (_put(file, folder) for file in files)
    return Report(
        title=title, page=page, notebook=notebook, workbook=workbook, seconds=time.monotonic() - begun
    )


def _template() -> NotebookNode:
    import nbformat  # noqa: PLC0415

    found = next(
        (folder / "report.ipynb" for folder in _NOTEBOOKS if (folder / "report.ipynb").is_file()), None
    )
    if found is None:
        raise ReportError(
            "notebook 'report.ipynb' is missing", allowed=_NOTEBOOKS, fix="Install surveykit again."
        )
    return nbformat.read(found, as_version=4)


@contextmanager
def _workshop(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Make the folder, and in it a temporary one that is gone afterwards; a failed run leaves no new folder behind."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = tempfile.TemporaryDirectory(prefix=".running-", dir=folder)
    except OSError as error:
        _remove_empty(made)
        raise ReportError(
            f"cannot write to the folder of the report: {error.strerror}",
            given=str(folder),
            fix="Choose another folder.",
        ) from None
    try:
        with temporary as workshop:
            yield folder, Path(workshop)
    finally:
        _remove_empty(made)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _run(
    template: NotebookNode, values: dict[str, Any], *, time_limit: float, progress: bool | None
) -> NotebookNode:
    from surveykit.reporting.kernel import execute  # noqa: PLC0415

    draw = sys.stderr.isatty() if progress is None else progress
    return execute(template, values, time_limit=time_limit, progress=draw)


def _write(done: NotebookNode, title: str, workshop: Path) -> tuple[Path, Path]:
    """Write page and notebook to the workshop, and see that both are whole."""
    import nbformat  # noqa: PLC0415

    from surveykit.reporting.page import write_page  # noqa: PLC0415

    page, notebook = workshop / "report.html", workshop / "report.ipynb"
    page.write_text(write_page(done, title), encoding="utf-8")
    notebook.write_text(nbformat.writes(done), encoding="utf-8")
    whole = page.read_text(encoding="utf-8").rstrip().endswith("</html>")
    if not whole or notebook.stat().st_size == 0:
        raise ReportError("the page of the report is not whole", given=f"{page.stat().st_size} bytes")
    return page, notebook


def _put(file: Path, folder: Path) -> Path:
    return file.replace(folder / file.name)
