"""Where a library is: one folder, or a database by URL and files by URL."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from platformdirs import user_cache_path, user_data_path
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from pipeline.errors import StoreError
from pipeline.file_cache import FileCache
from pipeline.file_place import FilePlace, FolderPlace, ObjectPlace
from pipeline.hidden_secrets import without_secrets

STORE_VARIABLE = "LEVELSTRIDE_STORE"
"""Environment variable that names the library: its folder, or the URL of its database."""
FILES_VARIABLE = "LEVELSTRIDE_FILES"
"""Environment variable with the URL of the files of a library whose catalogue is a database."""
KINDS = ("strides", "curves", "repetitions", "recordings")
"""Folders of files."""


def default_folder() -> Path:
    """Folder of the library when none is given, in the user's data folder."""
    return user_data_path("levelstride", appauthor=False)


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where a library is.

    Attributes:
        folder: of a library in a folder; else the folder of this computer for copies and
            temporary files.
        catalogue_url: of the database; empty for ``catalogue.sqlite`` in the folder.
        files_url: of the files; empty for the folder.
    """

    folder: Path
    catalogue_url: str = ""
    files_url: str = ""

    @classmethod
    def named(cls, store: str | Path | None = None, files: str | None = None) -> Self:
        """Read names as a person or the environment gives them.

        Args:
            store: a folder, or the URL of a database; None takes ``LEVELSTRIDE_STORE`` (and then
                ``LEVELSTRIDE_FILES``), or else the user's data folder.
            files: folder or URL of the files; needed with a database, possible with a folder.

        Raises:
            StoreError: a URL that cannot be read, or a database without a place for files.
        """
        from_environment = store is None
        if store is None:
            store = os.environ.get(STORE_VARIABLE, "").strip() or default_folder()
        words = str(store)
        catalogue_url = ""
        folder = None
        in_database = isinstance(store, str) and "://" in words and not words.startswith("file://")
        if files is None and (from_environment or in_database):
            files = os.environ.get(FILES_VARIABLE, "")
        files = (files or "").strip()
        if in_database:
            catalogue_url = _database(words).render_as_string(hide_password=False)
            if not files:
                raise StoreError(
                    "a library in a database needs a place for its files",
                    where=without_secrets(words),
                    remedy=f"Name it with --files or in {FILES_VARIABLE}, as a folder or as "
                    "s3://bucket/prefix",
                )
        else:
            folder = Path(words.removeprefix("file://")).expanduser().absolute()
        files_url = ""
        if "://" in files and not files.startswith("file://"):
            files_url = _checked_files(files)
        elif files:
            files_url = f"file://{Path(files.removeprefix('file://')).expanduser().absolute()}"
        if folder is None:
            known = hashlib.sha256(f"{_open(catalogue_url)}\n{files_url}".encode()).hexdigest()
            folder = user_cache_path("levelstride", appauthor=False) / "stores" / known[:16]
        return cls(folder, catalogue_url, files_url)

    @property
    def where(self) -> str:
        """The library in words, without secrets."""
        return _open(self.catalogue_url) if self.catalogue_url else str(self.folder)

    @property
    def url(self) -> str | URL:
        """URL of the catalogue."""
        in_folder = URL.create("sqlite", database=str(self.folder / "catalogue.sqlite"))
        return self.catalogue_url or in_folder

    def is_there(self) -> bool:
        """Whether there may be a library: always for a database, else whether its file exists."""
        return bool(self.catalogue_url) or (self.folder / "catalogue.sqlite").exists()

    def environment(self) -> dict[str, str]:
        """Variables by which another process finds the same library."""
        store = self.catalogue_url or str(self.folder)
        return {STORE_VARIABLE: store, FILES_VARIABLE: self.files_url}

    def make_folders(self) -> None:
        """Make what has to be there before the library can be opened.

        Raises:
            OSError: a folder cannot be made.
        """
        # Movement data of people: a new library is for its owner alone.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "recordings").mkdir(exist_ok=True)
        files = self._files_folder()
        if files is not None:
            files.mkdir(mode=0o700, parents=True, exist_ok=True)
            for kind in KINDS:
                (files / kind).mkdir(exist_ok=True)

    def open_files(self) -> FilePlace:
        """The place of the files.

        Raises:
            StoreError: a package for it is missing, or nothing is known of its kind.
        """
        files = self._files_folder()
        if files is not None:
            return FolderPlace(files)
        return ObjectPlace(self.files_url, FileCache(self.copies))

    @property
    def copies(self) -> Path:
        """Folder of copies of remote files, and of what is made from recordings."""
        return self.folder if self._files_folder() is not None else self.folder / "copies"

    def _files_folder(self) -> Path | None:
        if not self.files_url:
            return self.folder
        if self.files_url.startswith("file://"):
            return Path(self.files_url.removeprefix("file://"))
        return None


def _open(url: str) -> str:
    return make_url(url).render_as_string() if url else ""


def _database(words: str) -> URL:
    try:
        url = make_url(words)
        kind = url.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the URL of the database cannot be read",
            where=without_secrets(words),
            remedy="Write postgresql://USER@HOST:PORT/DATABASE",
        ) from error
    if kind in ("postgres", "postgresql"):
        # one driver, whatever SQLAlchemy's own default is
        return url.set(drivername="postgresql+psycopg")
    raise StoreError(
        f"a catalogue cannot be kept in {kind}",
        where=without_secrets(words),
        remedy="Use a folder (SQLite) or a database of PostgreSQL, postgresql://USER@HOST/DATABASE",
    )


def _checked_files(words: str) -> str:
    address = words.partition("://")[2].partition("/")[0]
    if "@" in address or "?" in words:
        raise StoreError(
            "the URL of the files must hold no credentials or options",
            where=without_secrets(words),
            remedy="Give them in the environment, for S3 as AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL",
        )
    return words.rstrip("/")
