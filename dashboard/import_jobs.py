"""Files that were handed over through the browser, and the work of importing them."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import tempfile
import threading
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from dashboard.errors import UploadRefused
from pipeline.accounts.caller import Caller, acting_for, caller
from pipeline.errors import DetailsMissing
from pipeline.import_session import Details, group_files, import_session
from pipeline.importers.recognise import recognise
from pipeline.store import Store
from sensors.errors import LevelstrideError

JobState = Literal["waiting", "working", "asking", "done", "failed"]
KEPT_JOBS = 200
KEPT_UPLOADS = 100
KEPT_QUESTIONS = 20
"""Imports that may wait for an answer; the oldest one is given up for another."""
_FREE_BYTES = 500_000_000
"""Space that stays free on the disk."""
_LOG = logging.getLogger(__name__)


@dataclass
class ImportJob:
    """The import of one session's files.

    Attributes:
        job_id: its id.
        names: the files' names as the browser gave them.
        state: how far it is.
        share: part of the work that is done.
        session_id: the stored session.
        remarks: number of remarks on its data.
        problem: why it failed, one sentence.
        owner: who began it; None in a library without accounts.
        sensors: names of the sensors of which it asks where they were worn.
        asks_rate: whether it asks for the sampling rate.
    """

    job_id: str
    names: tuple[str, ...]
    state: JobState = "waiting"
    share: float = 0.0
    session_id: str = ""
    remarks: int = 0
    problem: str = ""
    owner: Caller | None = None
    sensors: tuple[str, ...] = ()
    asks_rate: bool = False


@dataclass(frozen=True, slots=True)
class _Task:
    """What a job imports.

    Attributes:
        job: the job.
        paths: its files.
        runner: name or code.
        conditions: shoe, insole and the like.
        details: what was answered; None when nobody can be asked.
    """

    job: ImportJob
    paths: list[Path]
    runner: str
    conditions: dict[str, str]
    details: Details | None


def safe_name(name: str) -> str:
    """A file name that is nothing but a file name.

    Args:
        name: as a browser gave it: it may hold a path, or anything else.
    """
    last = re.split(r"[\\/]", name)[-1]
    kept = re.sub(r"[^\w.()+ -]", "_", last)[-100:].strip(" .")
    return kept or "file"


Importer = Callable[..., str]
"""As ``import_session`` is called."""


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        shutil.rmtree(path.parent, ignore_errors=True)


def _tell_nobody(job: ImportJob) -> None:
    del job


def is_mine(owner: Caller | None) -> bool:
    """Whether something that somebody began belongs to whoever asks now."""
    asks = caller()
    if owner is None or asks is None:
        return owner is asks
    return (owner.kind, owner.user_id) == (asks.kind, asks.user_id)


class ImportJobs:
    """Takes files, and imports them one session after another in a thread of its own.

    Each job is done on behalf of whoever began it, and only they see it.

    Args:
        store: library that takes the sessions.
        importer: does the import; None does it in the thread itself.
    """

    def __init__(self, store: Store, importer: Importer | None = None) -> None:
        self._store = store
        self._importer: Importer = importer or import_session
        self._lock = threading.Lock()
        self._scratch: Path | None = None
        self._uploads: OrderedDict[str, Path] = OrderedDict()
        self._jobs: OrderedDict[str, ImportJob] = OrderedDict()
        self._owners: dict[str, Caller | None] = {}
        self._notes: dict[str, Callable[[ImportJob], None]] = {}
        self._queue: list[_Task] = []
        self._asking: OrderedDict[str, _Task] = OrderedDict()
        self._worker: threading.Thread | None = None
        self._closed = False

    async def receive(self, name: str, size: int, chunks: AsyncIterator[bytes]) -> str:
        """Write a file to disk; its id.

        Args:
            name: its name in the browser.
            size: bytes that are announced.
            chunks: its content.

        Raises:
            UploadRefused: no space, or fewer or more bytes than announced.
        """
        folder = self._folder()
        if shutil.disk_usage(folder).free < size + _FREE_BYTES:
            raise UploadRefused(name, "the disk has no room for it")
        upload_id = str(uuid.uuid4())
        path = folder / upload_id / safe_name(name)
        path.parent.mkdir()
        written = 0
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    written += len(chunk)
                    if written > size:
                        break
                    await asyncio.to_thread(file.write, chunk)
        except OSError as error:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise UploadRefused(name, f"it cannot be written ({error.strerror})") from error
        except BaseException:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        if written != size:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise UploadRefused(name, "it did not arrive whole")
        with self._lock:
            self._uploads[upload_id] = path
            self._owners[upload_id] = caller()
            while len(self._uploads) > KEPT_UPLOADS:
                key, forgotten = self._uploads.popitem(last=False)
                self._owners.pop(key, None)
                shutil.rmtree(forgotten.parent, ignore_errors=True)
        return upload_id

    def begin(
        self, upload_ids: Sequence[str], *, runner: str, conditions: Mapping[str, str]
    ) -> list[ImportJob]:
        """Import files; those that make a session together become one job.

        Args:
            upload_ids: what ``receive`` returned.
            runner: name or code; empty takes the recording's.
            conditions: shoe, insole and the like.
        """
        with self._lock:
            mine = [
                key for key in upload_ids if key in self._uploads and is_mine(self._owners.get(key))
            ]
            paths = [self._uploads.pop(key) for key in dict.fromkeys(mine)]
            for key in mine:
                self._owners.pop(key, None)
        jobs: list[ImportJob] = []
        known: list[Path] = []
        for path in paths:
            try:
                recognise(path)
            except LevelstrideError as error:
                jobs.append(self._refused([path], error))
            else:
                known.append(path)
        try:
            groups = group_files(known)
        except LevelstrideError as error:
            groups = []
            jobs.append(self._refused(known, error))
        for group in groups:
            job = self._new_job(group)
            jobs.append(job)
            with self._lock:
                self._queue.append(_Task(job, group, runner, dict(conditions), Details()))
        self._start_worker()
        return jobs

    def begin_received(self, path: Path, note: Callable[[ImportJob], None]) -> None:
        """Import one file that was received elsewhere, on behalf of whoever asks now.

        Args:
            path: the file, alone in its folder; both are removed when the job ends.
            note: told, in the job's thread, when it begins and when it has ended.
        """
        job = self._new_job([path])
        with self._lock:
            self._notes[job.job_id] = note
            self._queue.append(_Task(job, [path], "", {}, None))
        self._start_worker()

    def answer(self, job_id: str, details: Details) -> ImportJob | None:
        """Go on with an import that asked for something.

        Args:
            job_id: of a job that is ``asking``.
            details: places of the sensors that it asked for, and the rate.

        Returns:
            The job; None when no such job asks, or it is not the caller's.
        """
        with self._lock:
            if job_id not in self._asking or not self._shows(job_id):
                return None
            task = self._asking.pop(job_id)
            known = task.details or Details()
            details = Details({**known.places, **details.places}, details.rate_hz or known.rate_hz)
            task.job.state, task.job.sensors, task.job.asks_rate = "waiting", (), False
            self._queue.append(replace(task, details=details))
        self._start_worker()
        return task.job

    def jobs(self, job_ids: Sequence[str]) -> list[ImportJob]:
        """Jobs by id; unknown ones are left out."""
        with self._lock:
            return [self._jobs[key] for key in job_ids if self._shows(key)]

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        return len(self._queue)

    def _shows(self, key: str) -> bool:
        return key in self._jobs and is_mine(self._jobs[key].owner)

    def close(self) -> None:
        """Forget what is not begun, wait for the session that is being imported, remove the files."""
        with self._lock:
            self._closed = True
            self._queue.clear()
            self._asking.clear()
            worker, scratch = self._worker, self._scratch
            self._uploads.clear()
        if worker is not None:
            worker.join()
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)

    def _folder(self) -> Path:
        with self._lock:
            if self._scratch is None:
                for left in self._store.folder.glob(".incoming-*"):
                    shutil.rmtree(left, ignore_errors=True)
                self._scratch = Path(tempfile.mkdtemp(dir=self._store.folder, prefix=".incoming-"))
            return self._scratch

    def _new_job(
        self, paths: Sequence[Path], *, state: JobState = "waiting", problem: str = ""
    ) -> ImportJob:
        names = tuple(path.name for path in paths)
        job = ImportJob(str(uuid.uuid4()), names, state=state, problem=problem, owner=caller())
        with self._lock:
            self._jobs[job.job_id] = job
            while len(self._jobs) > KEPT_JOBS:
                self._jobs.popitem(last=False)
        return job

    def _refused(self, paths: Sequence[Path], error: LevelstrideError) -> ImportJob:
        """A job that failed before it began; its files are removed."""
        job = self._new_job(paths, state="failed", problem=self._plain(error, paths))
        _remove(paths)
        return job

    def _start_worker(self) -> None:
        with self._lock:
            if self._closed or not self._queue or self._worker is not None:
                return
            self._worker = threading.Thread(target=self._work, name="import", daemon=True)
            self._worker.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._worker = None
                    return
                task = self._queue.pop(0)
            self._import(task)

    def _ask(self, task: _Task, error: DetailsMissing) -> None:
        """Keep the files until somebody answers."""
        given_up = None
        with self._lock:
            task.job.sensors, task.job.asks_rate = error.sensors, error.lacks_rate
            task.job.state = "asking"
            self._asking[task.job.job_id] = task
            if len(self._asking) > KEPT_QUESTIONS:
                _, given_up = self._asking.popitem(last=False)
        if given_up is not None:
            given_up.job.problem = "Its question was not answered; hand the files over again."
            given_up.job.state = "failed"
            _remove(given_up.paths)

    def _import(self, task: _Task) -> None:
        job, paths, kept = task.job, task.paths, False

        def progress(share: float) -> None:
            job.share = max(job.share, share)

        job.state = "working"
        # Taken now: a job that waited long may have been dropped from the list of jobs.
        note = self._notes.pop(job.job_id, _tell_nobody)
        note(job)
        ended: JobState = "failed"
        try:
            with acting_for(job.owner):
                session_id = self._importer(
                    self._store,
                    paths,
                    runner=task.runner,
                    conditions=task.conditions,
                    progress=progress,
                    details=task.details,
                )
                job.remarks = len(self._store.summary(session_id).problems)
            job.session_id, ended = session_id, "done"
        except DetailsMissing as error:
            kept = True
            self._ask(task, error)
        except LevelstrideError as error:
            job.problem = self._plain(error, paths)
        except Exception as error:  # noqa: BLE001 - must not end the import of the others
            _LOG.exception("an import failed")
            job.problem = f"This is a fault of levelstride ({type(error).__name__}); see its log."
        finally:
            if not kept:
                _remove(paths)
                job.state = ended  # whoever sees it finds nothing left over
            note(job)

    def _plain(self, error: LevelstrideError, paths: Sequence[Path]) -> str:
        """The error with names of files as the browser knows them."""
        text = str(error)
        for path in paths:
            text = text.replace(str(path), path.name).replace(f"{path.parent}/", "")
        return text
