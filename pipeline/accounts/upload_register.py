"""Recordings on their way into the library: what was announced, how far each is, what became of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import delete, func, select

from pipeline.accounts.caller import Caller
from pipeline.accounts.errors import AccountError
from pipeline.accounts.moment import now_utc
from pipeline.catalogue.account_models import UploadRow
from pipeline.catalogue.models import SessionRow
from pipeline.catalogue.transactions import CatalogueTransactions

UploadState = Literal["receiving", "waiting", "working", "done", "failed"]
ABANDONED = timedelta(days=7)
"""An upload that nothing was added to for as long is forgotten."""


class QuotaExceeded(AccountError):
    """The runner's recordings would take more room than is allowed.

    Attributes:
        free: bytes that are left.
    """

    def __init__(self, free: int) -> None:
        self.free = free
        super().__init__(
            f"there is room for {free} bytes more of this runner's recordings",
            remedy="Ask the practice for more room, or have old sessions deleted",
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording on its way.

    Attributes:
        upload_id: its id.
        device_id: machine that sends it.
        runner_id: whose it is.
        digest: SHA-256 of the whole file, hexadecimal.
        size: bytes of the whole file.
        state: how far it is.
        session_id: the stored session; empty before.
        problem: why it failed.
        changed_utc: when something last happened.
    """

    upload_id: str
    device_id: str
    runner_id: str
    digest: str
    size: int
    state: UploadState
    session_id: str
    problem: str
    changed_utc: datetime


class UploadRegister(CatalogueTransactions):
    """Rows of uploads; get it from ``Accounts.uploads``."""

    def announce(self, who: Caller, digest: str, size: int, quota: int) -> tuple[Upload, bool]:
        """Begin an upload, or find the one with the same content.

        Args:
            who: the device.
            digest: SHA-256 of the file, hexadecimal.
            size: its bytes.
            quota: bytes that a runner's recordings may take together.

        Returns:
            The upload, and whether it is new. One that failed, or whose session was deleted,
            begins again.

        Raises:
            QuotaExceeded: there is no room.
        """
        now = now_utc()
        with self._writing() as catalogue:
            row = catalogue.scalar(
                select(UploadRow).where(
                    UploadRow.runner_id == who.own_runner_id, UploadRow.digest == digest
                )
            )
            if row is not None:
                gone = row.state == "done" and catalogue.get(SessionRow, row.session_id) is None
                if row.state != "failed" and not gone and row.size == size:
                    return _upload(row), False
            used = catalogue.scalar(
                select(func.coalesce(func.sum(UploadRow.size), 0)).where(
                    UploadRow.runner_id == who.own_runner_id,
                    UploadRow.state != "failed",
                    UploadRow.digest != digest,
                )
            )
            free = quota - int(used or 0)
            if size > free:
                raise QuotaExceeded(max(0, free))
            if row is None:
                row = UploadRow(
                    upload_id=str(uuid.uuid4()),
                    runner_id=who.own_runner_id,
                    digest=digest,
                    made_utc=now,
                )
                catalogue.add(row)
            row.device_id, row.size, row.state = who.device_id, size, "receiving"
            row.session_id, row.problem, row.changed_utc = "", "", now
            catalogue.flush()
            return _upload(row), True

    def get(self, who: Caller, upload_id: str) -> Upload | None:
        """An upload of this device's runner; None when there is none."""
        with self._reading() as catalogue:
            row = catalogue.get(UploadRow, upload_id)
            if row is None or row.runner_id != who.own_runner_id:
                return None
            return _upload(row)

    def used(self, runner_id: str) -> int:
        """Bytes of a runner's recordings, sent or being sent."""
        query = select(func.coalesce(func.sum(UploadRow.size), 0)).where(
            UploadRow.runner_id == runner_id, UploadRow.state != "failed"
        )
        with self._reading() as catalogue:
            return int(catalogue.scalar(query) or 0)

    def set_state(
        self, upload: Upload, state: UploadState, *, session_id: str = "", problem: str = ""
    ) -> Upload:
        """Write down how far an upload is; one that is gone stays gone."""
        now = now_utc()
        with self._writing() as catalogue:
            row = catalogue.get(UploadRow, upload.upload_id)
            if row is not None:
                row.state, row.session_id = state, session_id
                row.problem, row.changed_utc = problem[:1000], now
        return replace(upload, state=state, session_id=session_id, problem=problem, changed_utc=now)

    def forget(self, upload_id: str) -> None:
        """Remove an upload that was given up."""
        with self._writing() as catalogue:
            catalogue.execute(delete(UploadRow).where(UploadRow.upload_id == upload_id))

    def unfinished(self) -> list[Upload]:
        """Uploads that were received whole and are not in the library yet, oldest first."""
        query = (
            select(UploadRow)
            .where(UploadRow.state.in_(("waiting", "working")))
            .order_by(UploadRow.changed_utc)
        )
        with self._reading() as catalogue:
            return [_upload(row) for row in catalogue.scalars(query)]

    def abandoned(self) -> list[Upload]:
        """Uploads that nothing was added to for ``ABANDONED``."""
        query = select(UploadRow).where(
            UploadRow.state == "receiving", UploadRow.changed_utc < now_utc() - ABANDONED
        )
        with self._reading() as catalogue:
            return [_upload(row) for row in catalogue.scalars(query)]

    def counts(self) -> dict[str, int]:
        """Number of uploads in each state."""
        query = select(UploadRow.state, func.count()).group_by(UploadRow.state)
        with self._reading() as catalogue:
            return {key: value for key, value in catalogue.execute(query)}  # noqa: C416 - rows, not pairs


def _upload(row: UploadRow) -> Upload:
    return Upload(
        row.upload_id,
        row.device_id,
        row.runner_id,
        row.digest,
        row.size,
        cast("UploadState", row.state),
        row.session_id,
        row.problem,
        row.changed_utc,
    )
