"""What was drawn of a session, kept beside its signals for later starts of the program.

Made from the results and made anew when those, or the program, change. Removed with the session.
Names, notes, tags and conditions are not in these files; they are put in when a page is shown. What
people wrote into the recording, its marks, is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import uuid
import zlib
from collections.abc import Hashable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import dashboard
import pipeline
from dashboard.packing import pack
from pipeline.accounts.caller import caller
from pipeline.made_files import remove_if_deleted
from pipeline.store import Store

_LOG = logging.getLogger(__name__)
_DAMAGED = (ValueError, EOFError, zlib.error, KeyError, TypeError, RecursionError)
_MOST_BYTES = 5_000_000


@cache
def drawing_program() -> str:
    """A digest of the program's own text: another version draws anew."""
    digest = hashlib.sha256()
    for package in (dashboard, pipeline):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(key: Hashable) -> str:
    return hashlib.sha256(f"{drawing_program()} {key!r}".encode("utf-8", "replace")).hexdigest()


def _beginning(key: Hashable) -> str:
    return f'{{"key":"{_digest(key)}","drawing":'


def shares_drawings() -> bool:
    """Whether the caller sees what others see; whoever has a shared link sees less of a page."""
    who = caller()
    return who is None or who.kind != "share"


def _path(store: Store, session_id: str, name: str) -> Path | None:
    """Where a drawing is kept; None for whoever sees less of a page than others do."""
    if not shares_drawings():
        return None
    return store.signal_folder(session_id) / f"drawn-{name}.json.gz"


def kept_drawing(store: Store, session_id: str, name: str, key: Hashable) -> Any:
    """A drawing that is kept; None when there is none of this key.

    Args:
        store: library, as the caller may see it.
        session_id: the session.
        name: of the drawing, letters and ``-``.
        key: everything that it was made from.
    """
    path = _path(store, session_id, name)
    if path is None:
        return None
    try:
        with gzip.open(path) as file:
            found = json.loads(file.read(_MOST_BYTES))
        return found["drawing"] if found["key"] == _digest(key) else None
    except FileNotFoundError:
        return None
    except (OSError, *_DAMAGED) as error:
        _LOG.info("a drawing of %s is not used: %s", session_id, error)
        return None


def drawing_is_kept(store: Store, session_id: str, name: str, key: Hashable) -> bool:
    """Whether there is a drawing of this key; only the beginning of its file is read.

    Args:
        store: library, as the caller may see it.
        session_id: the session.
        name: of the drawing.
        key: everything that it would be made from.
    """
    path = _path(store, session_id, name)
    beginning = _beginning(key).encode("ascii")
    try:
        if path is None:
            return False
        with gzip.open(path) as file:
            return file.read(len(beginning)) == beginning
    except (OSError, *_DAMAGED):
        return False


def keep_drawing(store: Store, session_id: str, name: str, key: Hashable, text: str) -> None:
    """Keep a drawing; where that fails, it is drawn again next time.

    One of a session that was deleted meanwhile is not kept.

    Args:
        store: library, as the caller may see it.
        session_id: the session.
        name: of the drawing.
        key: everything that it was made from.
        text: its JSON.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    path = _path(store, session_id, name)
    if path is None:
        return
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not synced to the disk: one that is cut short is noticed, and drawn again.
        temporary.write_bytes(pack(f"{_beginning(key)}{text}}}"))
        temporary.replace(path)
        remove_if_deleted(store, session_id, path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        _LOG.info("a drawing of %s is not kept: %s", session_id, error)
