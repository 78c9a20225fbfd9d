"""Copies of remote files on this computer, up to a limit; those used longest ago go first."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LIMIT_VARIABLE = "LEVELSTRIDE_CACHE_MB"
"""Environment variable that sets the limit, in megabytes."""
LIMIT_MB = 4096


class FileCache:
    """Keeps copies below a folder.

    A copy that is removed while somebody reads it stays readable to them, but on Windows, where
    it is left for the next time.

    Args:
        folder: made when needed.
        limit_bytes: of all copies together; None takes ``LEVELSTRIDE_CACHE_MB``.
    """

    def __init__(self, folder: Path, limit_bytes: int | None = None) -> None:
        self._folder = folder
        self._limit = _limit() if limit_bytes is None else limit_bytes
        self._lock = threading.Lock()

    def kept(self, name: str, version: str | None = None) -> Path | None:
        """The copy of a file; None without one, or if it is of another version than this."""
        path = self._folder / name
        if not path.is_file():
            return None
        if version is not None:
            try:
                if self._note(path).read_text("utf-8") != version:
                    return None
            except OSError:
                return None
        with suppress(OSError):
            os.utime(self._note(path))  # used now; the copy's own time says when it was made
        return path

    @contextmanager
    def room_for(self, name: str, size: int, version: str) -> Iterator[Path]:
        """Give a file to write a copy to; it is kept if nothing goes wrong."""
        target = self._folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock:
            self._make_room(size)
        temporary = target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            yield temporary
            temporary.replace(target)
            self._note(target).write_text(version, "utf-8")
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def keep(self, source: Path, name: str, version: str) -> None:
        """Take a file that is elsewhere already, too, as its copy."""
        target = self._folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.forget(name)
        if source != target:
            shutil.move(source, target)
        self._note(target).write_text(version, "utf-8")
        with self._lock:
            self._make_room(0)

    def forget(self, name: str) -> None:
        """Remove a copy."""
        path = self._folder / name
        for one in (self._note(path), path):
            with suppress(OSError):  # a folder, or in use on Windows
                one.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        copies = []
        for path in self._folder.glob("*/*"):  # files, and folders of files that belong together
            if path.name.endswith((".version", ".part")):
                continue
            with suppress(OSError):
                files = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
                note = self._note(path)
                times = [p.stat().st_mtime for p in (*files, *([note] if note.exists() else []))]
                copies.append((max(times, default=0.0), sum(p.stat().st_size for p in files), path))
        total = sum(length for _, length, _ in copies) + size
        for _, length, path in sorted(copies):
            if total <= self._limit:
                return
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            self.forget(path.relative_to(self._folder).as_posix())
            total -= length

    @staticmethod
    def _note(path: Path) -> Path:
        return path.with_name(f"{path.name}.version")


def _limit() -> int:
    named = os.environ.get(LIMIT_VARIABLE, "").strip()
    megabytes = int(named) if named.isdecimal() else LIMIT_MB
    return megabytes * 1_000_000
