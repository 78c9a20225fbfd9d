"""Links that show one session to a colleague without an account, until they end."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from pipeline.accounts.caller import Caller
from pipeline.accounts.errors import AccountError
from pipeline.accounts.moment import now_utc
from pipeline.accounts.secrets import new_token, token_hash
from pipeline.catalogue.account_models import AssignmentRow, ShareRow, UserRow
from pipeline.catalogue.transactions import CatalogueTransactions

MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Share:
    """A link that was given.

    Attributes:
        share_id: its id.
        session_id: the session it shows.
        runner_id: whose it is.
        user_id: who gave it.
        note: for whom.
        expires_utc: when it ends.
        revoked: whether it was taken back.
    """

    share_id: str
    session_id: str
    runner_id: str
    user_id: str
    note: str
    expires_utc: datetime
    revoked: bool

    @property
    def ended(self) -> bool:
        """Whether it shows nothing any more."""
        return self.revoked or self.expires_utc < now_utc()


class Shares(CatalogueTransactions):
    """Gives, lists and ends links; get it from ``Accounts.shares``."""

    def give(
        self, user_id: str, session_id: str, runner_id: str, *, days: int, note: str = ""
    ) -> tuple[Share, str]:
        """Give a link.

        Args:
            user_id: who gives it; whether that person may is for the caller to find out.
            session_id: the session.
            runner_id: whose session it is.
            days: how long it holds, 1 to ``MOST_DAYS``.
            note: for whom.

        Returns:
            The share, and the secret of its address, which is kept nowhere.

        Raises:
            AccountError: so many days are not possible.
        """
        if not 1 <= days <= MOST_DAYS:
            raise AccountError(f"a link holds 1 to {MOST_DAYS} days", remedy="Give such a number")
        token = new_token()
        now = now_utc()
        row = ShareRow(
            share_id=str(uuid.uuid4()),
            token_hash=token_hash(token),
            session_id=session_id,
            runner_id=runner_id,
            user_id=user_id,
            note=note[:200],
            made_utc=now,
            expires_utc=now + timedelta(days=days),
            revoked_utc=None,
        )
        with self._writing() as catalogue:
            catalogue.add(row)
            catalogue.flush()
            return _share(row), token

    def given_by(self, user_id: str) -> list[Share]:
        """Links that a person gave, newest first."""
        query = (
            select(ShareRow).where(ShareRow.user_id == user_id).order_by(ShareRow.made_utc.desc())
        )
        with self._reading() as catalogue:
            return [_share(row) for row in catalogue.scalars(query.limit(200))]

    def revoke(self, user_id: str, share_id: str) -> Share:
        """Take a link back.

        Raises:
            AccountError: this person gave no such link.
        """
        with self._writing() as catalogue:
            row = catalogue.get(ShareRow, share_id)
            if row is None or row.user_id != user_id:
                raise AccountError("there is no such link", remedy="Load the page again")
            row.revoked_utc = row.revoked_utc or now_utc()
            return _share(row)

    def caller(self, token: str) -> Caller | None:
        """Who comes with a link; None when it has ended.

        It has ended, too, when the person who gave it may no longer see the runner.
        """
        query = select(ShareRow).where(ShareRow.token_hash == token_hash(token))
        with self._reading() as catalogue:
            row = catalogue.scalar(query)
            if row is None or _share(row).ended:
                return None
            giver = catalogue.get(UserRow, row.user_id)
            if giver is None or giver.disabled:
                return None
            assigned = catalogue.get(AssignmentRow, (row.user_id, row.runner_id))
            if assigned is None and giver.runner_id != row.runner_id:
                return None
            return Caller(
                "share",
                row.user_id,
                runner_ids=frozenset({row.runner_id}),
                session_id=row.session_id,
            )


def _share(row: ShareRow) -> Share:
    return Share(
        row.share_id,
        row.session_id,
        row.runner_id,
        row.user_id,
        row.note,
        row.expires_utc,
        row.revoked_utc is not None,
    )
