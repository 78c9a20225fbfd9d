"""Where the files of a library lie: a folder of this computer, or an object store by URL.

Names are relative, with slashes, such as ``strides/<id>.parquet``.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from pipeline.errors import StoreError
from pipeline.file_cache import FileCache
from pipeline.hidden_secrets import without_secrets
from pipeline.table_file import replacing


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that is there.

    Attributes:
        name: its name in the place.
        size: bytes.
        modified_s: when it was written, POSIX time; 0 when not known.
    """

    name: str
    size: int
    modified_s: float = 0.0


class FilePlace(Protocol):
    """Reads and writes whole files; every method raises ``OSError`` when that fails."""

    @property
    def where(self) -> str:
        """The place in words, without secrets."""

    def read(self, name: str) -> bytes:
        """Content of a small file."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file of any size, to read from its beginning to its end."""

    def write(self, name: str, data: bytes) -> None:
        """Write a small file, whole or not at all."""

    def put(self, source: Path, name: str, *, move: bool) -> None:
        """Copy or move a file of this computer to its place, whole or not at all."""

    def rename(self, name: str, new_name: str) -> None:
        """Give a small file another name; one that has it is replaced."""

    def at_hand(self, name: str) -> Path | None:
        """The file on this computer, if it can be had without a transfer."""

    def fetch(self, name: str) -> Path | None:
        """The file on this computer; None if there is none."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def remove(self, name: str) -> None:
        """Remove a file, and what is kept of it on this computer; one that is not there is no error."""

    def find(self, start: str) -> Iterator[FoundFile]:
        """Files whose name begins with ``folder/start``; ``start`` holds one slash."""


class FolderPlace:
    """A folder of this computer.

    Args:
        folder: it is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def where(self) -> str:
        """The folder."""
        return str(self._folder)

    def path(self, name: str) -> Path:
        """Where a file lies, or would lie."""
        return self._folder / name

    def read(self, name: str) -> bytes:
        """Content of a file."""
        return self.path(name).read_bytes()

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to read."""
        return self.path(name).open("rb")

    def write(self, name: str, data: bytes) -> None:
        """Write a file beside its place, sync and rename it."""
        with replacing(self.path(name)) as temporary:
            temporary.write_bytes(data)

    def put(self, source: Path, name: str, *, move: bool) -> None:
        """Copy a file into its place, or move it; one that lies there is left."""
        target = self.path(name)
        if target.exists() and source.samefile(target):
            return
        if move:
            try:
                source.replace(target)
            except OSError:  # another file system: copy, and remove what was copied
                pass
            else:
                return
        with replacing(target) as temporary:
            shutil.copyfile(source, temporary)
        if move:
            source.unlink()

    def rename(self, name: str, new_name: str) -> None:
        """Rename a file."""
        self.path(name).replace(self.path(new_name))

    def at_hand(self, name: str) -> Path | None:
        """The file."""
        return self.fetch(name)

    def fetch(self, name: str) -> Path | None:
        """The file; None if there is none."""
        path = self.path(name)
        return path if path.is_file() else None

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self.path(name).is_file()

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.path(name).unlink(missing_ok=True)

    def find(self, start: str) -> Iterator[FoundFile]:
        """Files by the beginning of their name."""
        kind, _, begins = start.partition("/")
        folder = self._folder / kind
        if not folder.is_dir():
            return
        with os.scandir(folder) as entries:
            found = [e for e in entries if e.name.startswith(begins) and e.is_file()]
        for entry in sorted(found, key=lambda entry: entry.name):
            facts = entry.stat()
            yield FoundFile(f"{kind}/{entry.name}", facts.st_size, facts.st_mtime)


class ObjectPlace:
    """An object store, or any other place that fsspec reaches by URL.

    Credentials come from where the store's own tools take them (for S3 the variables and files of
    AWS), further options from ``FSSPEC_<PROTOCOL>_<OPTION>`` and fsspec's configuration; the URL
    holds none.

    Args:
        url: such as ``s3://bucket/prefix``.
        cache: keeps files on this computer that are read by parts.
    """

    def __init__(self, url: str, cache: FileCache) -> None:
        self._url = url.rstrip("/")
        self._cache = cache
        self._fs, self._root = _file_system(self._url)

    @property
    def where(self) -> str:
        """The URL."""
        return self._url

    def read(self, name: str) -> bytes:
        """Content of an object."""
        with _as_os_error(name):
            data: bytes = self._fs.cat_file(self._at(name))
        return data

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """An object to read."""
        with _as_os_error(name), self._fs.open(self._at(name), "rb") as file:
            yield file

    def write(self, name: str, data: bytes) -> None:
        """Put an object; object stores replace objects whole."""
        with _as_os_error(name):
            self._make_parent(name)
            self._fs.pipe_file(self._at(name), data)
        self._cache.forget(name)

    def put(self, source: Path, name: str, *, move: bool) -> None:
        """Upload a file, in parts if it is large; it appears when all of them are there."""
        with _as_os_error(name):
            self._make_parent(name)
            self._fs.put_file(str(source), self._at(name))
            facts = self._fs.info(self._at(name))
        self._cache.forget(name)
        if move:
            _set_time(source, facts)
            self._cache.keep(source, name, _version(facts))

    def rename(self, name: str, new_name: str) -> None:
        """Copy an object and remove the first: object stores know no renaming."""
        with _as_os_error(name):
            self._fs.cp_file(self._at(name), self._at(new_name))
        self._cache.forget(new_name)
        self.remove(name)

    def at_hand(self, name: str) -> Path | None:
        """The kept copy."""
        return self._cache.kept(name)

    def fetch(self, name: str) -> Path | None:
        """The kept copy if it is that of the object as it is now, else a new one."""
        with _as_os_error(name):
            try:
                facts = self._fs.info(self._at(name))
            except FileNotFoundError:
                self._cache.forget(name)
                return None
            version = _version(facts)
            kept = self._cache.kept(name, version)
            if kept is not None:
                return kept
            with self._cache.room_for(name, int(facts.get("size") or 0), version) as path:
                self._fs.get_file(self._at(name), str(path))
                _set_time(path, facts)
        return self._cache.kept(name)

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        with _as_os_error(name):
            return bool(self._fs.exists(self._at(name)))

    def remove(self, name: str) -> None:
        """Remove an object and its kept copy."""
        self._cache.forget(name)
        with _as_os_error(name):
            try:
                self._fs.rm_file(self._at(name))
            except FileNotFoundError:
                return

    def find(self, start: str) -> Iterator[FoundFile]:
        """Objects by the beginning of their name."""
        kind, _, begins = start.partition("/")
        with _as_os_error(start):
            # An object store finds names by their beginning; others list the folder.
            narrow = {"prefix": begins} if "s3" in _protocols(self._fs) and begins else {}
            try:
                entries = self._fs.find(self._at(kind), detail=True, **narrow)
            except FileNotFoundError:
                entries = {}
        for path, facts in sorted(entries.items()):
            name = path.rsplit("/", 1)[-1]
            if name.startswith(begins):
                yield FoundFile(f"{kind}/{name}", int(facts.get("size") or 0), _time(facts))

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _make_parent(self, name: str) -> None:
        """Folders, where the place has such a thing; in an object store this would ask for a bucket."""
        if "s3" not in _protocols(self._fs):
            self._fs.makedirs(self._at(name).rsplit("/", 1)[0], exist_ok=True)


def _protocols(file_system: Any) -> tuple[str, ...]:
    known = file_system.protocol
    return (known,) if isinstance(known, str) else tuple(known)


def _version(facts: dict[str, Any]) -> str:
    """What changes when an object does."""
    for key in ("ETag", "etag", "LastModified", "mtime", "created"):
        if facts.get(key):
            return f"{facts[key]} {facts.get('size')}"
    return str(facts.get("size"))


def _set_time(path: Path, facts: dict[str, Any]) -> None:
    """Give a copy the time of its object: what is made from a recording knows it by its time."""
    moment = _time(facts)
    if moment:
        os.utime(path, (moment, moment))


def _time(facts: dict[str, Any]) -> float:
    for key in ("LastModified", "mtime", "created"):
        moment = facts.get(key)
        if isinstance(moment, datetime):
            return moment.timestamp()
        if isinstance(moment, int | float):
            return float(moment)
    return 0.0


def _file_system(url: str) -> tuple[Any, str]:
    import fsspec

    try:
        file_system, root = fsspec.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise StoreError(
            f"this place for files needs a package that is not installed ({error.name or error})",
            where=without_secrets(url),
            remedy="Install the extra, for S3: uv sync --extra s3",
        ) from error
    except ValueError as error:
        raise StoreError(
            "nothing is known of this kind of place for files",
            where=without_secrets(url),
            remedy="Use a folder, or a URL such as s3://bucket/prefix",
        ) from error
    return file_system, str(root).rstrip("/")


@contextmanager
def _as_os_error(name: str) -> Iterator[None]:
    """Errors of any object store as errors of the system."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = name
        raise
    except Exception as error:
        words = f"{type(error).__name__}: {without_secrets(str(error))}"
        raise OSError(errno.EIO, words, name) from error
