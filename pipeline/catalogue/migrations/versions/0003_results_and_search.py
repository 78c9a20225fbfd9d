"""Files with digests, analyses by method, narrow rows for searches, erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.catalogue.session_words import search_values

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)
_BATCH = 500


def _of_session(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.session_id"],
            name=f"fk_{table}_session_id_sessions",
            ondelete="CASCADE",
        ),
    )


def upgrade() -> None:
    """Create the tables, and fill that of searches from the sessions that are there."""
    for name, length in (("method", 64), ("result", 16)):
        op.add_column(
            "sessions", sa.Column(name, sa.String(length), nullable=False, server_default="")
        )
    op.create_table(
        "session_files",
        *_of_session("session_files"),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "name", name="pk_session_files"),
    )
    search = op.create_table(
        "session_search",
        *_of_session("session_search"),
        sa.Column("runner_id", sa.String(36), nullable=False),
        sa.Column("listed_utc", _UTC, nullable=False),
        sa.Column("gait", sa.String(8), nullable=False),
        sa.Column("valid", sa.Integer(), nullable=False),
        sa.Column("has_remarks", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_session_search"),
    )
    op.create_index(
        "ix_session_search_runner_id_listed_utc", "session_search", ["runner_id", "listed_utc"]
    )
    op.create_index("ix_session_search_listed_utc", "session_search", ["listed_utc"])
    op.create_table(
        "session_analyses",
        *_of_session("session_analyses"),
        sa.Column("method", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("written_utc", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "method", name="pk_session_analyses"),
    )
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(36), nullable=False),
        sa.Column("erased_utc", _UTC, nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("proof_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasures"),
    )
    _fill(search)


def _fill(search: sa.Table) -> None:
    connection = op.get_bind()
    runners = sa.table("runners", sa.column("runner_id"), sa.column("name"))
    remarks = sa.table("session_remarks", sa.column("session_id"), sa.column("tags", sa.JSON))
    sessions = sa.table(
        "sessions",
        sa.column("session_id"),
        sa.column("runner_id"),
        sa.column("listed_utc", _UTC),
        sa.column("gait"),
        sa.column("strides_left"),
        sa.column("strides_right"),
        sa.column("problems", sa.JSON),
        sa.column("conditions", sa.JSON),
    )
    query = (
        sa.select(sessions, runners.c.name, remarks.c.tags)
        .join(runners, runners.c.runner_id == sessions.c.runner_id)
        .outerjoin(remarks, remarks.c.session_id == sessions.c.session_id)
    )
    rows = [
        {
            "session_id": row.session_id,
            "runner_id": row.runner_id,
            "listed_utc": row.listed_utc,
            "gait": row.gait or "",
            "valid": row.strides_left + row.strides_right,
            "has_remarks": bool(row.problems),
            **search_values(
                name=row.name,
                listed_utc=row.listed_utc,
                conditions=row.conditions,
                tags=row.tags or (),
            ),
        }
        for row in connection.execute(query)
    ]
    for begin in range(0, len(rows), _BATCH):
        connection.execute(search.insert(), rows[begin : begin + _BATCH])


def downgrade() -> None:
    """Drop the tables and columns."""
    for table in ("erasures", "session_analyses", "session_search", "session_files"):
        op.drop_table(table)
    for name in ("result", "method"):
        op.drop_column("sessions", name)
