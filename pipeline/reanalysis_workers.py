"""Who analyses again: this process, processes of this computer, or a Dask cluster by address.

All give outcomes as they come, in any order; a session whose process died has the state ``died``.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Protocol

from pipeline.reanalysis_task import ANYWHERE, Outcome, Work, work_in, work_on
from pipeline.store import Store

if TYPE_CHECKING:
    from concurrent.futures import Executor

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_DIED = "the process that analysed it ended"


class Workers(Protocol):
    """Analyses sessions."""

    def outcomes(self, work: Work, session_ids: Iterable[str]) -> Iterator[Outcome]:
        """What came of each session.

        Args:
            work: what is to be done.
            session_ids: the sessions.

        Raises:
            StoreError: the library or the cluster cannot be used.
        """


class ThisProcess:
    """One session after another, here."""

    def outcomes(self, work: Work, session_ids: Iterable[str]) -> Iterator[Outcome]:
        """Analyse them."""
        with Store.open(work.place) as store:
            for session_id in session_ids:
                yield work_in(store, work, session_id)


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes of this computer.

    When one dies, Python gives up the whole pool, and nobody knows whose session it was: those that
    were under way are tried again, each alone.

    Attributes:
        count: how many at once.
    """

    count: int

    def outcomes(self, work: Work, session_ids: Iterable[str]) -> Iterator[Outcome]:
        """Analyse them."""
        waiting = deque(session_ids)
        with _one_thread_each():
            while waiting:
                suspects: list[str] = []
                yield from self._until_broken(work, waiting, suspects)
                for session_id in suspects:
                    alone, again = deque([session_id]), list[str]()
                    yield from Processes(1)._until_broken(work, alone, again)
                    if again:
                        yield Outcome(session_id, "died", _DIED)

    def _until_broken(
        self, work: Work, waiting: deque[str], suspects: list[str]
    ) -> Iterator[Outcome]:
        context = get_context("spawn")  # threads of fsspec and Arrow do not survive a fork
        pool: Executor = ProcessPoolExecutor(self.count, context, initializer=_leave_interrupts)
        under_way: dict[Future[Outcome], str] = {}
        try:
            while waiting or under_way:
                while waiting and len(under_way) < 2 * self.count:
                    under_way[pool.submit(work_on, work, waiting[0])] = waiting[0]
                    waiting.popleft()
                finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    outcome = future.result()
                    del under_way[future]
                    yield outcome
        except BrokenProcessPool:
            suspects += under_way.values()
        finally:
            # Sessions under way are finished, so that nothing is done twice.
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """Workers of a Dask scheduler.

    Their machines need the same levelstride and Python, the library's database and files, and
    credentials of their own for both.

    Attributes:
        address: of the scheduler, such as ``tcp://127.0.0.1:8786``.
    """

    address: str

    def outcomes(self, work: Work, session_ids: Iterable[str]) -> Iterator[Outcome]:
        """Analyse them; a few per worker are under way at a time."""
        from pipeline.reanalysis_dask import dask_outcomes

        return dask_outcomes(self.address, work, session_ids)


def _leave_interrupts() -> None:
    """Ctrl-C goes to every process of a terminal; the first one tells the others when to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that are started now compute with one thread."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def without_folder(work: Work) -> Work:
    """Work whose workers are on other computers: each chooses its own folder for copies."""
    place = work.place
    if not (place.catalogue_url and place.files_url):
        return work
    return replace(work, place=replace(place, folder=ANYWHERE))
