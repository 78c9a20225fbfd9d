"""Accounts of people: who they are, whom they may see, and signing in."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from pipeline.accounts.caller import Caller, Role, as_role
from pipeline.accounts.errors import AccountError, SignInRefused, UnknownAccount
from pipeline.accounts.moment import now_utc
from pipeline.accounts.secrets import (
    hash_password,
    needs_new_hash,
    new_token,
    password_fits,
    token_hash,
)
from pipeline.catalogue.account_models import (
    AssignmentRow,
    PasswordLinkRow,
    SignInRow,
    UserRow,
)
from pipeline.catalogue.models import RunnerRow
from pipeline.catalogue.transactions import CatalogueTransactions
from pipeline.errors import FieldError

IDLE_LIMIT = timedelta(hours=2)
"""A browser that asks for nothing as long is signed out."""
FULL_LIMIT = timedelta(hours=12)
"""A browser is signed out after this in any case."""
LINK_LIMIT = timedelta(days=2)
_SEEN_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class User:
    """An account.

    Attributes:
        user_id: its id.
        name: sign-in name.
        role: role.
        disabled: whether it is closed.
        runner_id: the runner that this person is; empty for others.
        runner_ids: runners whose sessions the person may see.
        has_password: whether a password was set.
        oidc_subject: id at the practice's identity provider; empty for none.
    """

    user_id: str
    name: str
    role: Role
    disabled: bool
    runner_id: str
    runner_ids: frozenset[str]
    has_password: bool
    oidc_subject: str = ""

    def caller(self) -> Caller:
        """This person as the one who asks."""
        return Caller(
            self.role, self.user_id, self.name, self.runner_ids, own_runner_id=self.runner_id
        )


def sign_in_name(name: str) -> str:
    """A sign-in name in the form in which it is kept: letters do not differ in case.

    Raises:
        FieldError: it is empty, too long, or holds unprintable characters.
    """
    kept = unicodedata.normalize("NFKC", name).strip().casefold()
    if not 1 <= len(kept) <= 100 or not kept.isprintable():
        raise FieldError("name", "is no sign-in name", "Take 1 to 100 printable letters")
    return kept


class People(CatalogueTransactions):
    """Accounts of people; get it from ``Accounts.people``."""

    def add(
        self, name: str, role: Role, *, password: str | None = None, runner_id: str = ""
    ) -> User:
        """Add an account.

        Args:
            name: sign-in name.
            role: role.
            password: None for one that is set by a link, or signs in with a provider.
            runner_id: the runner that the person is; only and always with the role ``runner``.

        Raises:
            AccountError: the name is taken, or there is no such runner.
            FieldError: name or password cannot be used.
        """
        kept = sign_in_name(name)
        hashed = hash_password(password) if password is not None else ""
        if (role == "runner") != bool(runner_id):
            raise AccountError(
                "an account with the role runner belongs to one runner, and no other does",
                where=kept,
                remedy="Name the runner with --runner, or take another role",
            )
        with self._writing() as catalogue:
            if catalogue.scalar(select(UserRow.user_id).where(UserRow.name == kept)):
                raise AccountError("this name is taken", where=kept, remedy="Take another name")
            if runner_id and catalogue.get(RunnerRow, runner_id) is None:
                raise AccountError("there is no such runner", where=kept)
            row = UserRow(
                user_id=str(uuid.uuid4()),
                name=kept,
                role=role,
                password_hash=hashed,
                disabled=False,
                runner_id=runner_id or None,
                made_utc=now_utc(),
            )
            catalogue.add(row)
            catalogue.flush()
            return _user(catalogue, row)

    def all(self) -> list[User]:
        """All accounts, by name."""
        with self._reading() as catalogue:
            rows = catalogue.scalars(select(UserRow).order_by(UserRow.name)).all()
            return [_user(catalogue, row) for row in rows]

    def any(self) -> bool:
        """Whether there is an account that is not closed."""
        with self._reading() as catalogue:
            query = select(UserRow.user_id).where(UserRow.disabled.is_(False)).limit(1)
            return catalogue.scalar(query) is not None

    def named(self, name: str) -> User:
        """The account of a name.

        Raises:
            UnknownAccount: there is none.
        """
        with self._reading() as catalogue:
            return _user(catalogue, _named(catalogue, name))

    def by_id(self, user_id: str) -> User:
        """The account of an id.

        Raises:
            UnknownAccount: there is none.
        """
        with self._reading() as catalogue:
            row = catalogue.get(UserRow, user_id)
            if row is None:
                raise UnknownAccount(user_id)
            return _user(catalogue, row)

    def by_subject(self, subject: str) -> User | None:
        """The open account of an id at the identity provider; None when there is none."""
        query = select(UserRow).where(UserRow.oidc_subject == subject, UserRow.disabled.is_(False))
        with self._reading() as catalogue:
            row = catalogue.scalar(query)
            return None if row is None else _user(catalogue, row)

    def names(self) -> Mapping[str, str]:
        """Name of each account by id."""
        with self._reading() as catalogue:
            query = select(UserRow.user_id, UserRow.name)
            return {key: value for key, value in catalogue.execute(query)}  # noqa: C416 - rows, not pairs

    def set_password(self, name: str, password: str) -> None:
        """Set a password; the person is signed out everywhere, and password links end.

        Raises:
            UnknownAccount: there is no such account.
            FieldError: the password cannot be used.
        """
        hashed = hash_password(password)
        with self._writing() as catalogue:
            row = _named(catalogue, name)
            row.password_hash = hashed
            _end_everything(catalogue, row.user_id)

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Close an account, or open it again; closing ends its sign-ins at once.

        Raises:
            UnknownAccount: there is no such account.
            AccountError: it is the last open one that administers.
        """
        with self._writing() as catalogue:
            row = _named(catalogue, name)
            if disabled and row.role == "admin" and not row.disabled:
                query = select(UserRow.user_id).where(
                    UserRow.role == "admin",
                    UserRow.disabled.is_(False),
                    UserRow.user_id != row.user_id,
                )
                if catalogue.scalar(query.limit(1)) is None:
                    raise AccountError(
                        "this is the last open account that administers",
                        where=row.name,
                        remedy="Add another one with the role admin first",
                    )
            row.disabled = disabled
            _end_everything(catalogue, row.user_id)

    def set_subject(self, name: str, subject: str | None) -> None:
        """Say which person of the identity provider this is; None takes it back."""
        with self._writing() as catalogue:
            row = _named(catalogue, name)
            row.oidc_subject = subject
            _end_everything(catalogue, row.user_id)

    def assign(self, name: str, runner_id: str, *, given: bool = True) -> None:
        """Let a person see a runner, or no longer.

        Raises:
            UnknownAccount: there is no such account.
            AccountError: there is no such runner, or the person is a runner.
        """
        with self._writing() as catalogue:
            row = _named(catalogue, name)
            if row.role == "runner":
                raise AccountError(
                    "an account with the role runner sees its own sessions only", where=row.name
                )
            if catalogue.get(RunnerRow, runner_id) is None:
                raise AccountError("there is no such runner", where=row.name)
            key = (row.user_id, runner_id)
            known = catalogue.get(AssignmentRow, key)
            if given and known is None:
                catalogue.add(
                    AssignmentRow(user_id=row.user_id, runner_id=runner_id, made_utc=now_utc())
                )
            elif not given and known is not None:
                catalogue.delete(known)

    def sign_in(self, name: str, password: str) -> User:
        """The person to whom name and password belong; takes as long when there is none.

        Raises:
            SignInRefused: they do not belong together, or the account is closed.
        """
        try:
            kept = sign_in_name(name)
        except FieldError:
            kept = ""
        with self._reading() as catalogue:
            row = catalogue.scalar(select(UserRow).where(UserRow.name == kept))
            found = None if row is None or row.disabled else _user(catalogue, row)
            stored = "" if row is None or row.disabled else row.password_hash
        if not password_fits(stored, password) or found is None:
            raise SignInRefused
        if needs_new_hash(stored):
            renewed = hash_password(password)
            with self._writing() as catalogue:
                _named(catalogue, found.name).password_hash = renewed
        return found

    def begin(self, user_id: str) -> str:
        """Sign a browser in; the token for its cookie."""
        token = new_token()
        now = now_utc()
        with self._writing() as catalogue:
            catalogue.execute(delete(SignInRow).where(SignInRow.made_utc < now - FULL_LIMIT))
            catalogue.add(
                SignInRow(token_hash=token_hash(token), user_id=user_id, made_utc=now, seen_utc=now)
            )
        return token

    def signed_in(self, token: str) -> User | None:
        """The person whose browser has this token; None when nobody's has, or no longer."""
        now = now_utc()
        key = token_hash(token)
        with self._reading() as catalogue:
            row = catalogue.get(SignInRow, key)
            if row is None or now - row.made_utc > FULL_LIMIT or now - row.seen_utc > IDLE_LIMIT:
                return None
            user = catalogue.get(UserRow, row.user_id)
            if user is None or user.disabled:
                return None
            found = _user(catalogue, user)
            stale = now - row.seen_utc > _SEEN_STEP
        if stale:
            with self._writing() as catalogue:
                row = catalogue.get(SignInRow, key)
                if row is None:
                    return None
                row.seen_utc = now
        return found

    def end(self, token: str) -> None:
        """Sign a browser out."""
        with self._writing() as catalogue:
            catalogue.execute(delete(SignInRow).where(SignInRow.token_hash == token_hash(token)))

    def password_link(self, name: str) -> str:
        """Secret of a new link with which the person sets a password once; ends earlier ones."""
        token = new_token()
        with self._writing() as catalogue:
            row = _named(catalogue, name)
            catalogue.execute(delete(PasswordLinkRow).where(PasswordLinkRow.user_id == row.user_id))
            catalogue.add(
                PasswordLinkRow(
                    token_hash=token_hash(token),
                    user_id=row.user_id,
                    expires_utc=now_utc() + LINK_LIMIT,
                )
            )
        return token

    def linked(self, token: str) -> User | None:
        """The person of a password link; None when it is used, too old or unknown."""
        with self._reading() as catalogue:
            row = catalogue.get(PasswordLinkRow, token_hash(token))
            if row is None or row.expires_utc < now_utc():
                return None
            user = catalogue.get(UserRow, row.user_id)
            return None if user is None or user.disabled else _user(catalogue, user)


def _named(catalogue: Transaction, name: str) -> UserRow:
    row = catalogue.scalar(select(UserRow).where(UserRow.name == sign_in_name(name)))
    if row is None:
        raise UnknownAccount(name)
    return row


def _end_everything(catalogue: Transaction, user_id: str) -> None:
    catalogue.execute(delete(SignInRow).where(SignInRow.user_id == user_id))
    catalogue.execute(delete(PasswordLinkRow).where(PasswordLinkRow.user_id == user_id))


def _user(catalogue: Transaction, row: UserRow) -> User:
    query = select(AssignmentRow.runner_id).where(AssignmentRow.user_id == row.user_id)
    runner_ids = frozenset([row.runner_id] if row.runner_id else catalogue.scalars(query))
    return User(
        user_id=row.user_id,
        name=row.name,
        role=as_role(row.role),
        disabled=row.disabled,
        runner_id=row.runner_id or "",
        runner_ids=runner_ids,
        has_password=bool(row.password_hash),
        oidc_subject=row.oidc_subject or "",
    )
