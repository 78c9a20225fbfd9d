"""The audit: who saw and did what, with whom. Rows are added and never changed."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from pipeline.accounts.caller import Caller
from pipeline.accounts.moment import now_utc
from pipeline.catalogue.account_models import AuditRow
from pipeline.catalogue.transactions import CatalogueTransactions

SAME_VIEW_S = 600.0
"""The same person seeing the same thing again within this time is one entry."""
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry.

    Attributes:
        at_utc: when.
        user_id: who; of a share or device, who made it.
        role: as what: a role, ``share`` or ``device``, or ``command`` for the command line.
        action: what was done.
        runner_id: with whom; may be empty.
        session_id: with which session; may be empty.
        target_id: account, share or device that was changed; may be empty.
    """

    at_utc: datetime
    user_id: str
    role: str
    action: str
    runner_id: str
    session_id: str
    target_id: str


class Audit(CatalogueTransactions):
    """Writes and reads the audit; get it from ``Accounts.audit``."""

    _seen: OrderedDict[tuple[str, ...], float] = OrderedDict()  # noqa: RUF012 - of the process
    _lock = threading.Lock()

    def saw(self, who: Caller, action: str, seen: Iterable[tuple[str, str]]) -> None:
        """Write down that somebody saw something; again and again within minutes counts once.

        Args:
            who: the caller.
            action: such as ``session``.
            seen: ids of runner and session; each may be empty.
        """
        moment = time.monotonic()
        where = self._where
        fresh = []
        with self._lock:
            for runner_id, session_id in seen:
                key = (where, who.kind, who.user_id, action, runner_id, session_id)
                if moment - self._seen.get(key, -SAME_VIEW_S) >= SAME_VIEW_S:
                    fresh.append((key, runner_id, session_id))
        if not fresh:
            return
        rows = [
            _row(who.user_id, who.kind, action, runner_id, session_id, "")
            for _, runner_id, session_id in fresh
        ]
        with self._writing() as catalogue:
            # A list of sessions is dozens of rows, so they go without objects.
            catalogue.execute(insert(AuditRow), rows)
        # Remembered only now: what could not be written down is tried again.
        with self._lock:
            for key, _, _ in fresh:
                self._seen[key] = moment
                self._seen.move_to_end(key)
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

    def did(
        self,
        user_id: str,
        role: str,
        action: str,
        *,
        runner_id: str = "",
        session_id: str = "",
        target_id: str = "",
    ) -> None:
        """Write down what somebody did."""
        with self._writing() as catalogue:
            row = _row(user_id, role, action, runner_id, session_id, target_id)
            catalogue.execute(insert(AuditRow), [row])

    def entries(
        self, *, limit: int = 200, offset: int = 0, runner_id: str = "", user_id: str = ""
    ) -> list[AuditEntry]:
        """Entries, newest first."""
        query = select(AuditRow).order_by(AuditRow.at_utc.desc(), AuditRow.entry_id)
        if runner_id:
            query = query.where(AuditRow.runner_id == runner_id)
        if user_id:
            query = query.where(AuditRow.user_id == user_id)
        with self._reading() as catalogue:
            return [
                AuditEntry(
                    row.at_utc,
                    row.user_id,
                    row.role,
                    row.action,
                    row.runner_id,
                    row.session_id,
                    row.target_id,
                )
                for row in catalogue.scalars(query.limit(limit).offset(offset))
            ]


def _row(
    user_id: str, role: str, action: str, runner_id: str, session_id: str, target_id: str
) -> dict[str, object]:
    return {
        "entry_id": str(uuid.uuid4()),
        "at_utc": now_utc(),
        "user_id": user_id,
        "role": role,
        "action": action,
        "runner_id": runner_id,
        "session_id": session_id,
        "target_id": target_id,
    }
