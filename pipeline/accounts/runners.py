"""Runners who have an account before they have a session."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from pipeline.accounts.errors import AccountError
from pipeline.accounts.moment import now_utc
from pipeline.catalogue.models import RunnerRow
from pipeline.catalogue.transactions import CatalogueTransactions
from pipeline.runner_name import runner_name


class Runners(CatalogueTransactions):
    """Adds runners; get it from ``Accounts.runners``."""

    def add(self, name: str) -> str:
        """Add a runner; the id of one who is there already.

        Raises:
            AccountError: the name is empty.
            StoreError: the name cannot be used.
        """
        kept = runner_name(name, self._where)
        if not kept:
            raise AccountError("a runner needs a name", remedy="Give a name or a code")
        with self._writing() as catalogue:
            row = catalogue.scalar(select(RunnerRow).where(RunnerRow.name == kept))
            if row is None:
                row = RunnerRow(runner_id=str(uuid.uuid4()), name=kept, added_utc=now_utc())
                catalogue.add(row)
            return row.runner_id

    def names(self) -> dict[str, str]:
        """Name of every runner by id, with a session or without."""
        query = select(RunnerRow.runner_id, RunnerRow.name).order_by(RunnerRow.name)
        with self._reading() as catalogue:
            return {key: value for key, value in catalogue.execute(query)}  # noqa: C416 - rows, not pairs
