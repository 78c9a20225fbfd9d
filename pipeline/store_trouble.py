"""Errors of the disk and of the database as one of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import StoreError
from pipeline.hidden_secrets import without_secrets


@contextmanager
def speaking_plainly(where: str) -> Iterator[None]:
    """Turn errors of the disk and of the database into a ``StoreError``.

    Args:
        where: the library or file that is worked on.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the library cannot be read or written ({without_secrets(error.strerror or str(error))})",
            where=without_secrets(str(error.filename or where)),
            remedy="Check that the folder exists, its rights and the free space of the disk",
        ) from error
    except SQLAlchemyError as error:
        reason = str(cast("object", getattr(error, "orig", None)) or error).splitlines()[0]
        raise StoreError(
            f"the catalogue of the library cannot be used ({without_secrets(reason)})",
            where=without_secrets(where),
            remedy=(
                "Check that the database can be reached; if another program holds it, close that "
                "and try again; if it is damaged, restore it from a backup"
            ),
        ) from error
