"""Machines that may send recordings, each by a token that can be revoked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from pipeline.accounts.caller import Caller
from pipeline.accounts.errors import AccountError
from pipeline.accounts.moment import now_utc
from pipeline.accounts.secrets import new_token, token_hash
from pipeline.catalogue.account_models import AssignmentRow, DeviceRow, UserRow
from pipeline.catalogue.transactions import CatalogueTransactions
from pipeline.errors import FieldError

TOKEN_PREFIX = "lsd_"  # noqa: S105 - what tokens begin with, so that scanners of leaks know them
_SEEN_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Device:
    """A machine that may send.

    Attributes:
        device_id: its id.
        name: what its owner calls it.
        runner_id: whose recordings it sends.
        user_id: who registered it.
        made_utc: when.
        seen_utc: when it last sent; None for never.
        revoked: whether its token was taken back.
    """

    device_id: str
    name: str
    runner_id: str
    user_id: str
    made_utc: datetime
    seen_utc: datetime | None
    revoked: bool


class Devices(CatalogueTransactions):
    """Registers, lists and revokes machines; get it from ``Accounts.devices``."""

    def register(self, user_id: str, name: str, runner_id: str) -> tuple[Device, str]:
        """Register a machine.

        Args:
            user_id: who registers it.
            name: what it is called.
            runner_id: whose recordings it will send; the person must be allowed to see this runner.

        Returns:
            The device, and its token, which is kept nowhere.

        Raises:
            AccountError: the person may not see this runner.
            FieldError: the name cannot be used.
        """
        name = name.strip()
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise FieldError("name", "is no name for a device", "Take 1 to 100 printable letters")
        token = TOKEN_PREFIX + new_token()
        with self._writing() as catalogue:
            if not _may_see(catalogue, user_id, runner_id):
                raise AccountError("this account may not see that runner")
            row = DeviceRow(
                device_id=str(uuid.uuid4()),
                token_hash=token_hash(token),
                name=name,
                runner_id=runner_id,
                user_id=user_id,
                made_utc=now_utc(),
                seen_utc=None,
                revoked_utc=None,
            )
            catalogue.add(row)
            catalogue.flush()
            return _device(row), token

    def of_user(self, user_id: str | None = None) -> list[Device]:
        """Machines that a person registered, newest first; all with None."""
        query = select(DeviceRow).order_by(DeviceRow.made_utc.desc())
        if user_id is not None:
            query = query.where(DeviceRow.user_id == user_id)
        with self._reading() as catalogue:
            return [_device(row) for row in catalogue.scalars(query.limit(500))]

    def revoke(self, device_id: str, *, user_id: str | None = None) -> Device:
        """Take a token back.

        Args:
            device_id: the machine.
            user_id: who asks, and must have registered it; None for an administrator.

        Raises:
            AccountError: there is no such machine.
        """
        with self._writing() as catalogue:
            row = catalogue.get(DeviceRow, device_id)
            if row is None or (user_id is not None and row.user_id != user_id):
                raise AccountError("there is no such device", remedy="List the devices")
            row.revoked_utc = row.revoked_utc or now_utc()
            return _device(row)

    def caller(self, token: str) -> Caller | None:
        """Who comes with a token; None when it is unknown or revoked.

        It does not hold, either, while the person who registered it may not see the runner.
        """
        if not token.startswith(TOKEN_PREFIX):
            return None
        query = select(DeviceRow).where(DeviceRow.token_hash == token_hash(token))
        now = now_utc()
        with self._reading() as catalogue:
            row = catalogue.scalar(query)
            if row is None or row.revoked_utc is not None:
                return None
            if not _may_see(catalogue, row.user_id, row.runner_id):
                return None
            stale = row.seen_utc is None or now - row.seen_utc > _SEEN_STEP
            device_id, found = row.device_id, _caller(row)
        if stale:
            with self._writing() as catalogue:
                again = catalogue.get(DeviceRow, device_id)
                if again is not None:
                    again.seen_utc = now
        return found

    def caller_of(self, device_id: str) -> Caller | None:
        """A machine as the one who asks, for work that goes on without it; None when unknown."""
        with self._reading() as catalogue:
            row = catalogue.get(DeviceRow, device_id)
            return None if row is None else _caller(row)


def _may_see(catalogue: Transaction, user_id: str, runner_id: str) -> bool:
    user = catalogue.get(UserRow, user_id)
    if user is None or user.disabled:
        return False
    assigned = catalogue.get(AssignmentRow, (user_id, runner_id)) is not None
    return assigned or user.runner_id == runner_id


def _caller(row: DeviceRow) -> Caller:
    return Caller(
        "device",
        row.user_id,
        runner_ids=frozenset({row.runner_id}),
        own_runner_id=row.runner_id,
        device_id=row.device_id,
    )


def _device(row: DeviceRow) -> Device:
    return Device(
        row.device_id,
        row.name,
        row.runner_id,
        row.user_id,
        row.made_utc,
        row.seen_utc,
        row.revoked_utc is not None,
    )
