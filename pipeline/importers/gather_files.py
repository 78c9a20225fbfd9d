"""The files to read, with their kinds: those given, and those in given folders and archives."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.importers.archive import unpacked
from pipeline.importers.neutral_columns import COLUMNS
from pipeline.importers.recognise import FileKind, recognise
from pipeline.importers.text_table import text_lines

MAX_FILES = 5000
MAX_DEPTH = 8
_NOT_RAW = frozenset({"derivatives", "sourcedata", "code", "stimuli"})
_BLANK_LINES = 20


@dataclass(frozen=True, slots=True)
class GatheredFile:
    """A file to read.

    Attributes:
        path: where it can be read.
        kind: what it is.
        given: the file, folder or archive that was given.
    """

    path: Path
    kind: FileKind
    given: Path


@contextmanager
def gathered(paths: Sequence[Path]) -> Iterator[list[GatheredFile]]:
    """Find the files to read; archives are unpacked for as long as the context lasts.

    Files that are given by name have to be of a known kind. In a folder or an archive all others
    are passed over.

    Raises:
        InputError: a file is of no known kind, or a folder or archive holds nothing to read.
    """
    with ExitStack() as stack:
        found: list[GatheredFile] = []
        for given in paths:
            kind = recognise(given)
            if kind == "zip":
                folder = stack.enter_context(unpacked(given))
                found.extend(_in_folder(folder, given))
            elif kind == "folder":
                found.extend(_in_folder(given, given))
            else:
                found.append(GatheredFile(given, kind, given))
        yield found


def _in_folder(folder: Path, given: Path) -> list[GatheredFile]:
    found = []
    for path in _walk(folder, given):
        try:
            kind = recognise(path)
        except InputError:
            continue
        if kind in ("recording", "zip", "folder") or (kind == "csv" and not _is_neutral(path)):
            continue
        found.append(GatheredFile(path, kind, given))
    if not found:
        raise InputError(
            "nothing in it can be read",
            path=given,
            remedy="Give the exported files; a recording (.mcap) is given by its name",
        )
    return found


def _walk(folder: Path, given: Path) -> Iterator[Path]:
    count = 0
    for root, folders, files in os.walk(folder):
        here = Path(root)
        depth = len(here.relative_to(folder).parts)
        bids = (here / "dataset_description.json").is_file()
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and depth < MAX_DEPTH and not (bids and name in _NOT_RAW)
        )
        for name in sorted(files):
            path = here / name
            if name.startswith(".") or path.is_symlink():
                continue
            count += 1
            if count > MAX_FILES:
                raise InputError(
                    f"the folder holds more than {MAX_FILES} files",
                    path=given,
                    remedy="Give the folder of one session",
                )
            yield path


def _is_neutral(path: Path) -> bool:
    """Whether a text has the header of neutral samples, or most of it."""
    for number, line, _ in text_lines(path):
        names = {name.strip().strip('"').strip().casefold() for name in line.split(",")}
        if line.strip() or number > _BLANK_LINES:
            return len(names.intersection(COLUMNS)) >= len(COLUMNS) // 2
    return False
