"""Tables of accounts: who may see whom, who did, and which machines may send."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.catalogue.models import ID_LENGTH, Base, UtcDateTime

HASH_LENGTH = 64
"""A SHA-256 in hexadecimal digits; secrets that are handed out are kept as nothing else."""


class UserRow(Base):
    """A person who signs in."""

    __tablename__ = "users"

    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(Text)
    disabled: Mapped[bool]
    runner_id: Mapped[str | None] = mapped_column(
        ForeignKey("runners.runner_id", ondelete="CASCADE"), index=True
    )
    oidc_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    made_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class AssignmentRow(Base):
    """A runner whose sessions a person may see."""

    __tablename__ = "assignments"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True
    )
    runner_id: Mapped[str] = mapped_column(
        ForeignKey("runners.runner_id", ondelete="CASCADE"), primary_key=True, index=True
    )
    made_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInRow(Base):
    """A browser in which somebody is signed in, by the hash of its cookie."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.user_id", ondelete="CASCADE"), index=True
    )
    made_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class PasswordLinkRow(Base):
    """A link with which a password is set once, by the hash of its secret."""

    __tablename__ = "password_links"

    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.user_id", ondelete="CASCADE"), index=True
    )
    expires_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class ShareRow(Base):
    """A link that shows one session to somebody without an account.

    ``session_id`` has no foreign key: a session's row is written anew when it is analysed again.
    """

    __tablename__ = "shares"

    share_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    runner_id: Mapped[str] = mapped_column(
        ForeignKey("runners.runner_id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.user_id", ondelete="CASCADE"), index=True
    )
    note: Mapped[str] = mapped_column(String(200))
    made_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeviceRow(Base):
    """A machine that may send recordings of one runner, by the hash of its token."""

    __tablename__ = "devices"

    device_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    runner_id: Mapped[str] = mapped_column(
        ForeignKey("runners.runner_id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.user_id", ondelete="CASCADE"), index=True
    )
    made_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UploadRow(Base):
    """A recording on its way into the library; known by its digest for good."""

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_runner_id_digest", "runner_id", "digest", unique=True),)

    upload_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    device_id: Mapped[str] = mapped_column(
        ForeignKey("devices.device_id", ondelete="CASCADE"), index=True
    )
    runner_id: Mapped[str] = mapped_column(ForeignKey("runners.runner_id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(HASH_LENGTH))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), index=True)
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    problem: Mapped[str] = mapped_column(Text)
    made_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """Who did what to whom, and when. Rows are added and never changed (a trigger sees to it).

    It holds ids and no names. Erasing a runner overwrites the ids of runner and session.
    """

    __tablename__ = "audit_entries"
    __table_args__ = {"info": {"on_erasure": "keep"}}  # noqa: RUF012 - as SQLAlchemy has it

    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    at_utc: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    role: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(32))
    runner_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    target_id: Mapped[str] = mapped_column(String(ID_LENGTH))
