"""What the modules of the library work on: the catalogue and the files of one library."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from pipeline.catalogue.database import WRITE
from pipeline.session_files import SessionFiles


@dataclass(frozen=True, slots=True)
class StoreParts:
    """An open library.

    Attributes:
        where: the library in words, for errors.
        files: files of sessions.
        engine: the catalogue.
    """

    where: str
    files: SessionFiles
    engine: Engine

    @property
    def writer(self) -> Engine:
        """The catalogue, for transactions that write."""
        return self.engine.execution_options(**WRITE)
