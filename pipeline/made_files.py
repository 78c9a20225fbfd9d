"""What is made of a session to be drawn, and a session that is deleted while it is made."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.errors import SessionNotFound
from pipeline.store import Store


def remove_if_deleted(store: Store, session_id: str, folder: Path) -> None:
    """Remove the files that were made of a session if it is not in the library any more.

    To be asked after they were written: whoever deletes a session removes its files after its row,
    so either they find these, or the row is gone here.

    Args:
        store: library, as the caller may see it.
        session_id: the session.
        folder: its ``signal_folder``, as it was before; made anew when it is wanted.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    try:
        store.summary(session_id, metrics=False)
    except SessionNotFound:
        shutil.rmtree(folder, ignore_errors=True)
