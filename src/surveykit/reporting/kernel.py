"""Run a notebook with the Python that runs now, whatever kernels a machine has installed."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import papermill
import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from surveykit import errors
from surveykit.errors import ReportError, SurveyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

_START = 60


def execute(
    notebook: NotebookNode, parameters: Mapping[str, object], *, time_limit: float, progress: bool
) -> NotebookNode:
    """Run every cell of a notebook in a fresh kernel, and prove that each has run.

    Parameters
    ----------
    notebook : NotebookNode
        The template.
    parameters : mapping of str to object
        Values of its parameters, already checked.
    time_limit : float
        Seconds the whole run may take.
    progress : bool
        Whether to draw a progress bar on standard error.

    Returns
    -------
    NotebookNode
        The notebook with its outputs.

    Raises
    ------
    SurveyError
        As raised by a cell, with its own class and message.
    ReportError
        For any other error of a cell, when time is up, or when the kernel dies.
    """
    ends = time.monotonic() + time_limit
    try:
        with _quiet(), tempfile.TemporaryDirectory(prefix="surveykit-") as folder:
            done = papermill.execute_notebook(
                notebook,
                None,
                parameters=dict(parameters),
                progress_bar=progress,
                start_timeout=max(1, round(min(_START, time_limit))),
                kernel_manager_class=_this_python(folder),
                timeout_func=lambda _cell: max(1, round(ends - time.monotonic())),
            )
    except PapermillExecutionError as error:
        raise _of_cell(error) from None
    except TimeoutError:
        raise ReportError(
            f"the report was not done within its time limit of {time_limit:g} s",
            fix="Give it more time, or less data.",
        ) from None
    except RuntimeError as error:
        raise ReportError(f"the kernel that runs the report failed: {error}") from None
    _prove(done)
    return done


def _this_python(folder: str) -> type[AsyncKernelManager]:
    """Kernels of the running interpreter, which see none of the user's IPython profile and history."""
    spec = KernelSpec(
        # The kernel is stopped hard when time is up: what it says about that is not for the reader.
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=CRITICAL"],
        env={"IPYTHONDIR": folder, "MPLBACKEND": "agg"},
        display_name="Python 3",
        language="python",
        metadata={"supported_encryption": "curve"},
    )

    class ThisPython(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        @default("transport_encryption")
        def _encrypt_if_possible(self) -> str:
            return "auto" if zmq.has("curve") else "disabled"

    return ThisPython


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep papermill's log lines off standard error: what went wrong is told once, by the error."""
    log = logging.getLogger("papermill")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _of_cell(error: PapermillExecutionError) -> SurveyError:
    """The library's own error as it was raised in the kernel; any other as one line."""
    kind: Any = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, SurveyError):
        return kind(error.evalue)
    line = error.source.strip().splitlines()[-1]
    return ReportError(f"the report stopped at '{line}' with {error.ename}: {error.evalue}")


def _prove(notebook: NotebookNode) -> None:
    """Refuse a run that only looks complete: after a killed kernel every cell is marked completed."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    ran = sum(cell.execution_count is not None for cell in cells)
    if notebook.metadata.papermill.exception or ran < len(cells):
        raise ReportError("the report did not run to its end", given=f"{ran} of {len(cells)} cells ran")
