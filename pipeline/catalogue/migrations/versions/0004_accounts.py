"""Accounts, assignments, sign-ins, shares, devices that send, uploads, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)
_ID = sa.String(36)
_HASH = sa.String(64)


def _owner(table: str, column: str, *, nullable: bool = False) -> tuple[sa.Column[str], object]:
    parent = f"{column.removesuffix('_id')}s"
    return (
        sa.Column(column, _ID, nullable=nullable),
        sa.ForeignKeyConstraint(
            [column],
            [f"{parent}.{column}"],
            name=f"fk_{table}_{column}_{parent}",
            ondelete="CASCADE",
        ),
    )


def _make(table: str, key: tuple[str, ...], *parts: object, index: tuple[str, ...] = ()) -> None:
    op.create_table(table, *parts, sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"))  # type: ignore[arg-type]
    for column in index:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def upgrade() -> None:
    """Create the tables, and keep the audit from being changed."""
    _make(
        "users",
        ("user_id",),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        *_owner("users", "runner_id", nullable=True),
        sa.Column("oidc_subject", sa.String(255), nullable=True),
        sa.Column("made_utc", _UTC, nullable=False),
        sa.UniqueConstraint("name", name="uq_users_name"),
        sa.UniqueConstraint("oidc_subject", name="uq_users_oidc_subject"),
        index=("runner_id",),
    )
    _make(
        "assignments",
        ("user_id", "runner_id"),
        *_owner("assignments", "user_id"),
        *_owner("assignments", "runner_id"),
        sa.Column("made_utc", _UTC, nullable=False),
        index=("runner_id",),
    )
    _make(
        "sign_ins",
        ("token_hash",),
        sa.Column("token_hash", _HASH, nullable=False),
        *_owner("sign_ins", "user_id"),
        sa.Column("made_utc", _UTC, nullable=False),
        sa.Column("seen_utc", _UTC, nullable=False),
        index=("user_id",),
    )
    _make(
        "password_links",
        ("token_hash",),
        sa.Column("token_hash", _HASH, nullable=False),
        *_owner("password_links", "user_id"),
        sa.Column("expires_utc", _UTC, nullable=False),
        index=("user_id",),
    )
    _make(
        "shares",
        ("share_id",),
        sa.Column("share_id", _ID, nullable=False),
        sa.Column("token_hash", _HASH, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        *_owner("shares", "runner_id"),
        *_owner("shares", "user_id"),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("made_utc", _UTC, nullable=False),
        sa.Column("expires_utc", _UTC, nullable=False),
        sa.Column("revoked_utc", _UTC, nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_shares_token_hash"),
        index=("session_id", "runner_id", "user_id"),
    )
    _make(
        "devices",
        ("device_id",),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("token_hash", _HASH, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        *_owner("devices", "runner_id"),
        *_owner("devices", "user_id"),
        sa.Column("made_utc", _UTC, nullable=False),
        sa.Column("seen_utc", _UTC, nullable=True),
        sa.Column("revoked_utc", _UTC, nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_devices_token_hash"),
        index=("runner_id", "user_id"),
    )
    _make(
        "uploads",
        ("upload_id",),
        sa.Column("upload_id", _ID, nullable=False),
        *_owner("uploads", "device_id"),
        *_owner("uploads", "runner_id"),
        sa.Column("digest", _HASH, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("made_utc", _UTC, nullable=False),
        sa.Column("changed_utc", _UTC, nullable=False),
        index=("device_id", "state"),
    )
    op.create_index("ix_uploads_runner_id_digest", "uploads", ["runner_id", "digest"], unique=True)
    _make(
        "audit_entries",
        ("entry_id",),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("at_utc", _UTC, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("runner_id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("target_id", _ID, nullable=False),
        index=("at_utc", "user_id", "runner_id"),
    )
    _keep_the_audit()


_KEPT = ("entry_id", "at_utc", "user_id", "role", "action", "target_id")
_MAY_BE_ERASED = ("runner_id", "session_id")


def _keep_the_audit() -> None:
    changed = [f"new.{name} <> old.{name}" for name in _KEPT]
    changed += [f"(new.{name} <> old.{name} AND new.{name} <> 'erased')" for name in _MAY_BE_ERASED]
    forged = " OR ".join(changed)
    words = "the audit is append-only"
    if op.get_bind().dialect.name == "sqlite":
        for event, when in (("UPDATE", f"WHEN {forged} "), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER audit_entries_no_{event.lower()} BEFORE {event} ON audit_entries "
                f"{when}BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_entries_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{words}'; END IF; "
        f"IF {forged} THEN RAISE EXCEPTION '{words}'; END IF; "
        "RETURN new; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_kept BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION audit_entries_kept()"
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "audit_entries",
        "uploads",
        "devices",
        "shares",
        "password_links",
        "sign_ins",
        "assignments",
        "users",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entries_kept")
