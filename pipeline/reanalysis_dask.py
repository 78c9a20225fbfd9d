"""Re-analysis on a Dask cluster."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url

from pipeline.analysis_method import analysis_method
from pipeline.errors import StoreError
from pipeline.reanalysis_task import Outcome, Work, work_on
from pipeline.reanalysis_workers import without_folder

CONNECT_S = 30.0
WITHOUT_WORKERS_S = 180.0
"""The run ends when there has been no worker for so long."""
_LOOK_S = 5.0


def dask_outcomes(address: str, work: Work, session_ids: Iterable[str]) -> Iterator[Outcome]:
    """Have workers analyse sessions; what came of each, in any order.

    Args:
        address: of the scheduler.
        work: what is to be done.
        session_ids: the sessions.

    Raises:
        StoreError: Dask is not installed, the scheduler cannot be reached or ends, there is no
            worker, or a worker has another version.
    """
    try:
        import distributed
    except ImportError as error:
        raise StoreError(
            "a cluster needs a package that is not installed (distributed)",
            where=address,
            remedy="Install the extra: uv sync --extra cluster",
        ) from error
    new_client: Any = distributed.Client
    wait_for: Any = distributed.wait
    waiting = deque(session_ids)
    if not waiting:
        return
    try:
        client = new_client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise _lost(address, f"the scheduler cannot be reached ({error})") from error
    with client:
        work = _for_cluster(without_folder(work), address)
        _check_versions(client, address)
        under_way: dict[Any, str] = {}
        last_seen = time.monotonic()
        while waiting or under_way:
            threads = sum(w["nthreads"] for w in client.scheduler_info()["workers"].values())
            if threads:
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > WITHOUT_WORKERS_S:
                raise _lost(address, "there is no worker")
            while waiting and len(under_way) < max(4, 2 * threads):
                session_id = waiting.popleft()
                under_way[client.submit(work_on, work, session_id, pure=False)] = session_id
            try:
                with client.as_current():
                    wait_for(list(under_way), timeout=_LOOK_S, return_when="FIRST_COMPLETED")
            except TimeoutError:
                if client.status != "running":
                    raise _lost(address, "the scheduler has ended") from None
                continue
            except Exception as error:
                if type(error).__name__ not in ("CancelledError", "CommClosedError"):
                    raise
                raise _lost(address, "the scheduler has ended") from error
            for future in [one for one in under_way if one.done()]:
                session_id = under_way.pop(future)
                # Kept futures would make the cluster repeat finished work of a worker that dies.
                outcome = _outcome(future, session_id, address)
                future.release()
                yield outcome


def _outcome(future: Any, session_id: str, address: str) -> Outcome:
    if future.status == "finished":
        outcome = future.result()
        if isinstance(outcome, Outcome):
            return outcome
        raise _lost(address, "a worker answered with something else")
    if future.status in ("cancelled", "lost"):
        raise _lost(address, "the scheduler has ended")
    error = future.exception()
    if type(error).__name__ == "KilledWorker":
        return Outcome(session_id, "died", "the workers that analysed it ended")
    raise error


def _for_cluster(work: Work, address: str) -> Work:
    """Leave the database's password out where others may listen; workers then have their own."""
    place = work.place
    if not place.catalogue_url:
        return work
    parts = urlsplit(address)
    if parts.scheme == "tls" or parts.hostname in ("127.0.0.1", "localhost", "::1"):
        return work
    bare = make_url(place.catalogue_url).set(password=None)
    return replace(work, place=replace(place, catalogue_url=bare.render_as_string()))


def _check_versions(client: Any, address: str) -> None:
    """Refuse workers that would give other results."""
    try:
        methods = client.run(analysis_method)
    except Exception as error:
        raise _lost(
            address, f"the workers have no levelstride like this one ({type(error).__name__})"
        ) from error
    for worker, method in methods.items():
        if method != analysis_method():
            raise StoreError(
                "a worker has another version of levelstride or of its parameters",
                where=str(worker),
                remedy="Give all workers the same version, and start them again",
            )


def _lost(address: str, what: str) -> StoreError:
    return StoreError(
        f"the cluster cannot be used: {what}",
        where=address,
        remedy="What is done is kept; run the command again to go on",
    )
