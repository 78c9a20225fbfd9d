"""Transactions on the catalogue, for whatever reads and writes its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.database import WRITE
from pipeline.store_trouble import speaking_plainly


class CatalogueTransactions:
    """Opens transactions whose failures are said in words.

    Args:
        engine: of the catalogue.
        where: the library, for errors.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**WRITE)
        self._where = where

    @contextmanager
    def _reading(self) -> Iterator[Transaction]:
        with speaking_plainly(self._where), Transaction(self._engine) as catalogue:
            yield catalogue

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        with (
            speaking_plainly(self._where),
            Transaction(self._writer) as catalogue,
            catalogue.begin(),
        ):
            yield catalogue
