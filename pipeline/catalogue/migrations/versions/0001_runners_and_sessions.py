"""Runners, sessions and their summaries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelled out and not taken from the models: a migration must not change when they do.
_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "runners",
        sa.Column("runner_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_utc", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("runner_id", name="pk_runners"),
        sa.UniqueConstraint("name", name="uq_runners_name"),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("runner_id", sa.String(36), nullable=False),
        sa.Column("started_utc", _UTC, nullable=True),
        sa.Column("added_utc", _UTC, nullable=False),
        sa.Column("listed_utc", _UTC, nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("gait", sa.String(8), nullable=True),
        sa.Column("strides_total", sa.Integer(), nullable=False),
        sa.Column("strides_left", sa.Integer(), nullable=False),
        sa.Column("strides_right", sa.Integer(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("has_recording", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runners.runner_id"], name="fk_sessions_runner_id_runners"
        ),
    )
    op.create_index("ix_sessions_runner_id_listed_utc", "sessions", ["runner_id", "listed_utc"])
    op.create_index("ix_sessions_listed_utc", "sessions", ["listed_utc"])
    op.create_table(
        "side_summaries",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("gait", sa.String(8), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("metric", sa.String(64), nullable=False),
        sa.Column("median", sa.Double(), nullable=False),
        sa.Column("robust_sd", sa.Double(), nullable=True),
        sa.Column("q25", sa.Double(), nullable=False),
        sa.Column("q75", sa.Double(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "gait", "side", "metric", name="pk_side_summaries"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.session_id"],
            name="fk_side_summaries_session_id_sessions",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("side_summaries")
    op.drop_index("ix_sessions_listed_utc", "sessions")
    op.drop_index("ix_sessions_runner_id_listed_utc", "sessions")
    op.drop_table("sessions")
    op.drop_table("runners")
