"""Holding recordings that were sent, and are not in the library yet, against their rows."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.account_models import UploadRow
from pipeline.store_care.verified import Verified
from pipeline.store_parts import StoreParts
from pipeline.upload_folder import UPLOADS, remove_upload, upload_path

RECEIVED = frozenset({"waiting", "working"})
"""States in which the whole recording has to be there."""
ON_THE_WAY = RECEIVED | {"receiving"}


def check_uploads(parts: StoreParts, found: Verified, *, mend: bool, older_than_s: float) -> None:
    """Look at every upload that is under way, and at every folder that none has.

    With a catalogue elsewhere they may lie on another computer; then nothing is looked at.

    Args:
        parts: the library.
        found: takes what is found.
        mend: remove folders of no upload.
        older_than_s: only those that nothing was written to since, seconds since 1970.
    """
    folder = parts.files.folder / UPLOADS
    if not folder.is_dir() and parts.engine.dialect.name != "sqlite":
        return
    # Folders first: a row is there before its folder.
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    states = _states(parts)
    for upload_id, (state, size) in sorted(states.items()):
        if state not in ON_THE_WAY:
            continue
        name = f"{UPLOADS}/{upload_id}"
        try:
            arrived = upload_path(parts.files.folder, upload_id).stat().st_size
        except FileNotFoundError:
            if state in RECEIVED and _states(parts).get(upload_id, ("", 0))[0] in RECEIVED:
                found.missing.append(name)
            continue
        found.files += 1
        found.bytes += arrived
        if arrived > size or (state in RECEIVED and arrived != size):
            found.damaged.append(name)
    for path in there:
        if states.get(path.name, ("", 0))[0] in ON_THE_WAY:
            continue
        name = f"{UPLOADS}/{path.name}"
        if mend and _last_change(path) < older_than_s:
            if path.is_dir():
                remove_upload(parts.files.folder, path.name)
            else:
                path.unlink(missing_ok=True)
            found.mended.append(f"{name}: removed, no upload names it")
        elif path.exists():
            found.orphans.append(name)


def _states(parts: StoreParts) -> dict[str, tuple[str, int]]:
    with Transaction(parts.engine) as catalogue:
        query = select(UploadRow.upload_id, UploadRow.state, UploadRow.size)
        return {key: (state, size) for key, state, size in catalogue.execute(query)}


def _last_change(path: Path) -> float:
    return max((one.stat().st_mtime for one in (path, *path.glob("*"))), default=0.0)
