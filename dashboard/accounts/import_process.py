"""Imports in a process of their own, so that an analysis never holds up the pages.

The process acts for whoever began the import, and writes through the same checks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dashboard.accounts.child_process import begin, context
from dashboard.operations.figures import FIGURES
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.caller import Caller, acting_for, caller, now_acting_for
from pipeline.accounts.errors import AccountError, NotAllowed
from pipeline.accounts.scoped_store import scoped
from pipeline.errors import DetailsMissing
from pipeline.import_session import Details, import_session
from pipeline.store import Store, StorePlace
from sensors.errors import LevelstrideError

_LOOK_S = 0.5
_NICENESS = 10
_share: Any = None
_LOG = logging.getLogger(__name__)
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class ImportRefused:
    """What an import that was refused said; errors themselves do not travel between processes."""

    what: str
    where: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ImportAsks:
    """What an import does not know; see ``DetailsMissing``."""

    path: str
    sensors: tuple[str, ...]
    lacks_rate: bool


def _begin(share: Any) -> None:
    global _share
    _share = share
    begin(_NICENESS)


def _import(
    place: StorePlace,
    who: Caller,
    paths: Sequence[Path],
    runner: str,
    conditions: Mapping[str, str],
    details: Details | None,
) -> str | ImportRefused | ImportAsks:
    def progress(share: float) -> None:
        _share.value = share

    with Store.open(place) as store, acting_for(who):
        try:
            return import_session(
                scoped(store),
                paths,
                runner=runner,
                conditions=conditions,
                progress=progress,
                details=details,
            )
        except DetailsMissing as error:
            return ImportAsks(str(error.path), error.sensors, error.lacks_rate)
        except LevelstrideError as error:
            return ImportRefused(error.what, error.where, error.remedy)


class ImportProcess:
    """Does imports; close it at the end.

    Args:
        store: the whole library, which the process opens for itself.
        stored: is told the id of every session that was stored.
    """

    def __init__(self, store: Store, stored: Callable[[str], None]) -> None:
        self._stored = stored
        self._place = store.place
        self._accounts: Accounts = store.accounts
        self._context = context()
        self._share = self._context.Value("d", 0.0)
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def __call__(
        self,
        store: Store,
        paths: Sequence[Path],
        *,
        runner: str = "",
        conditions: Mapping[str, str] | None = None,
        progress: Callable[[float], None] | None = None,
        details: Details | None = None,
    ) -> str:
        """Import the files of one session; as ``import_session``.

        Raises:
            DetailsMissing: ``details`` are not enough.
            LevelstrideError: a file cannot be used, or the caller may not store it.
        """
        del store
        who = caller()
        if who is None:
            raise NotAllowed
        try:
            with self._lock:
                self._share.value = 0.0
                future = self._submit(
                    _import,
                    self._place,
                    who,
                    list(paths),
                    runner,
                    dict(conditions or {}),
                    details,
                )
                result = self._wait(future, progress)
        except BrokenProcessPool as error:
            self._forget_pool()
            FIGURES.count("sessions_analysed", result="died")
            raise AccountError(
                "the analysis ended before it was done",
                where="import",
                remedy="Send the recording again; tell us if it happens again",
            ) from error
        if isinstance(result, ImportAsks):
            raise DetailsMissing(result.path, result.sensors, lacks_rate=result.lacks_rate)
        if isinstance(result, ImportRefused):
            FIGURES.count("sessions_analysed", result="refused")
            raise LevelstrideError(result.what, where=result.where, remedy=result.remedy)
        FIGURES.count("sessions_analysed", result="done")
        self._stored(result)
        if who.kind != "device":
            # A new runner may have been added, and assigned to the one who imports.
            now_acting_for(self._accounts.people.by_id(who.user_id).caller())
        return result

    def _submit(self, work: Callable[..., Done], *given: object) -> Future[Done]:
        try:
            return self._pool_now().submit(work, *given)
        except BrokenProcessPool:  # ended after its last work was done
            self._pool = None
            return self._pool_now().submit(work, *given)

    def _wait(
        self,
        future: Future[str | ImportRefused | ImportAsks],
        progress: Callable[[float], None] | None,
    ) -> str | ImportRefused | ImportAsks:
        while not wait([future], _LOOK_S).done:
            if progress is not None:
                progress(float(self._share.value))
        return future.result()

    def _pool_now(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=self._context, initializer=_begin, initargs=(self._share,)
            )
        return self._pool

    def _forget_pool(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End the process; an import that is under way is waited for."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
