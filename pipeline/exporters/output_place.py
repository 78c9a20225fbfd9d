"""Where an export goes: seen to before the work, and never half-written."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import OutputError
from pipeline.table_file import replacing


def check_output_file(path: Path, inputs: Sequence[Path] = (), *, force: bool = False) -> None:
    """See that a file can be written, before the work that makes it.

    Args:
        path: file to write.
        inputs: files that are read; none of them may be replaced.
        force: whether an existing file may be replaced.

    Raises:
        OutputError: a folder, a missing folder, a folder without the right to write, an input, or
            an existing file.
    """
    if any(os.path.realpath(path) == os.path.realpath(each) for each in inputs):
        raise OutputError(
            "the export would replace its own input", path=path, remedy="Choose another name"
        )
    if path.is_dir():
        raise OutputError("this is a folder", path=path, remedy="Give the name of a file")
    if path.exists() and not force:
        raise OutputError(
            "there is a file already",
            path=path,
            remedy="Choose another name, or say --force (in Python force=True) to replace it",
        )
    _check_parent(path)


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise OutputError(
            "the folder for the export does not exist",
            path=path,
            remedy=f"Create {path.parent} or choose another place",
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(
            "the folder for the export may not be written to",
            path=path,
            remedy="Check the rights of the folder, or choose another place",
        )


def check_output_folder(path: Path) -> None:
    """See that a folder can be made or added to.

    Raises:
        OutputError: a file stands there, or the rights are missing.
    """
    if path.exists() and not path.is_dir():
        raise OutputError("this is a file", path=path, remedy="Give the name of a folder")
    if path.is_dir() and not os.access(path, os.W_OK | os.X_OK):
        raise OutputError(
            "the folder may not be written to",
            path=path,
            remedy="Check the rights of the folder, or choose another place",
        )
    if not path.is_dir():
        _check_parent(path)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary file that takes the place of ``path`` if nothing goes wrong.

    Raises:
        OutputError: the file cannot be written.
    """
    with _in_plain_words(path), replacing(path) as temporary:
        yield temporary


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder whose files are moved into ``path`` if nothing goes wrong.

    Folders that are missing are made; files of the same names are replaced, each whole; others
    stay. A folder that is not there yet comes into being with all its files at once.

    Raises:
        OutputError: a file cannot be written.
    """
    temporary = path.parent / f".{path.name[:60]}.{uuid.uuid4().hex}.part"
    with _in_plain_words(path):
        temporary.mkdir()
        try:
            yield temporary
            if path.exists():
                for file in sorted(each for each in temporary.rglob("*") if each.is_file()):
                    target = path / file.relative_to(temporary)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    file.replace(target)
            else:
                temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _in_plain_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"the export cannot be written ({error.strerror or error})",
            path=path,
            remedy="Check the rights and the free space of the folder, or choose another place",
        ) from error
