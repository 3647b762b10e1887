"""The samples themselves, chunk by chunk, in this process or in several."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from surveykit.errors import LinkError
from surveykit.links.power.fits import Verdicts, fit_surveys
from surveykit.links.power.surveys import blocks_of, draw_surveys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from surveykit.links.power.assumptions import Assumptions

_AT_ONCE = 1_000_000  # numbers in the columns of one chunk: few enough for a processor's cache to help
_MOST = 250
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Design(NamedTuple):
    """Size of a survey: organisations, and executives in each."""

    organisations: int
    executives: int


class _Chunk(NamedTuple):
    """Samples of one test and design, with a seed of their own whoever draws them."""

    place: tuple[int, int]
    assumed: Assumptions
    design: Design
    samples: int
    seed: np.random.SeedSequence


def rows_of(assumed: Assumptions, design: Design) -> int:
    """Rows that the model of a link is fitted to in one survey."""
    return sum(block.organisations * block.each for block in blocks_of(assumed.scenario, *design))


def simulate_tests(  # noqa: PLR0913  # all of one run
    tests: Sequence[Assumptions],
    designs: Sequence[Design],
    *,
    samples: int,
    seed: int,
    jobs: int,
    advance: Callable[[int], object],
) -> dict[tuple[int, int], Verdicts]:
    """Every test in every design, sample by sample.

    Parameters
    ----------
    tests : sequence of Assumptions
    designs : sequence of Design
    samples, seed : int
    jobs : int
        Processes; 1 stays in this one. Decides nothing but how long it takes.
    advance : callable
        Called with the number of samples done since the last call.

    Returns
    -------
    dict
        Positions of test and design to what was found.

    Raises
    ------
    LinkError
        If a process ends before its work is done.
    """
    chunks = list(_chunks(tests, designs, samples, seed))
    run = _here if jobs == 1 else _in_processes
    found: dict[tuple[int, int], list[tuple[int, Verdicts]]] = {}
    for number, values in run(chunks, jobs):
        found.setdefault(chunks[number].place, []).append((number, values))
        advance(len(values.p))
    # Whoever was done first, samples stand in the order of their seeds.
    return {place: _joined(parts) for place, parts in found.items()}


def _joined(parts: list[tuple[int, Verdicts]]) -> Verdicts:
    ordered = [values for _, values in sorted(parts, key=lambda part: part[0])]
    return Verdicts(*(np.concatenate(each) for each in zip(*ordered, strict=True)))


def _chunks(
    tests: Sequence[Assumptions], designs: Sequence[Design], samples: int, seed: int
) -> Iterator[_Chunk]:
    for test, assumed in enumerate(tests):
        width = assumed.scenario.others.shape[1] + assumed.scenario.shift.shape[1] + 1
        for number, design in enumerate(designs):
            most = min(max(_AT_ONCE // (rows_of(assumed, design) * width), 1), _MOST)
            for part, first in enumerate(range(0, samples, most)):
                own = np.random.SeedSequence(seed, spawn_key=(test, *design, part))
                yield _Chunk((test, number), assumed, design, min(most, samples - first), own)


def _done(chunk: _Chunk) -> Verdicts:
    """Draw one chunk and fit it."""
    scenario = chunk.assumed.scenario
    drawn = draw_surveys(scenario, *chunk.design, chunk.samples, np.random.default_rng(chunk.seed))
    return fit_surveys(drawn, chunk.assumed.model, scenario.tested, scenario.dummies)


def _here(chunks: Sequence[_Chunk], _: int) -> Iterator[tuple[int, Verdicts]]:
    for number, chunk in enumerate(chunks):
        yield number, _done(chunk)


def _in_processes(chunks: Sequence[_Chunk], jobs: int) -> Iterator[tuple[int, Verdicts]]:
    # Started anew rather than forked: a fork may copy a lock that some thread holds.
    others = active_children()
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_left_alone)
    try:
        with _single_threaded():
            order = sorted(range(len(chunks)), key=lambda number: -chunks[number].design.organisations)
            waiting = {pool.submit(_done, chunks[number]): number for number in order}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    except BrokenProcessPool:
        raise LinkError(
            "a process that simulated surveys ended before its work was done",
            given=f"{jobs} jobs",
            fix="Try one job (--jobs 1, jobs=1): it needs less memory, and no processes of its own. A script that asks "
            "for more must start under \"if __name__ == '__main__':\".",
        ) from None
    except BaseException:
        # Interrupted: what is under way is of no use to anybody.
        for process in set(active_children()) - set(others):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _left_alone() -> None:
    """Leave an interrupt from the keyboard to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Processes started here multiply matrices in one thread each: together they fill the machine."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
