"""Removing files that no row names any more, so that nobody loses those that one does.

Files are removed after the row that named them is gone or names others. Whoever writes a session
at the same time holds the same lock when the row is written, and sees there that its files are
still in their place.
"""

from __future__ import annotations

from pipeline.catalogue.locks import holding
from pipeline.catalogue.models import SessionRow
from pipeline.store_parts import StoreParts


def remove_left_files(parts: StoreParts, session_id: str) -> None:
    """Remove the files of a session that no row names: earlier tables, or all when the row is gone.

    Args:
        parts: the library.
        session_id: in canonical form.

    Raises:
        OSError: a file cannot be removed.
        SQLAlchemyError: the catalogue cannot be used.
    """
    with holding(parts.writer, session_id) as catalogue:
        row = catalogue.get(SessionRow, session_id)
        if row is None:
            parts.files.remove(session_id)
        else:
            parts.files.remove_results_but(session_id, row.result)
