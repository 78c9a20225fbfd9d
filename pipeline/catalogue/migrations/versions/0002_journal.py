"""Journal, scores, goals, plan, tags and notes of sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)


def _runner(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("runner_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["runner_id"],
            ["runners.runner_id"],
            name=f"fk_{table}_runner_id_runners",
            ondelete="CASCADE",
        ),
    )


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "journal_entries",
        sa.Column("entry_id", sa.String(36), nullable=False),
        *_runner("journal_entries"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("written_utc", _UTC, nullable=False),
        sa.Column("pain_during", sa.Integer(), nullable=True),
        sa.Column("pain_after", sa.Integer(), nullable=True),
        sa.Column("pain_next_morning", sa.Integer(), nullable=True),
        sa.Column("settle_min", sa.Double(), nullable=True),
        sa.Column("stiffness_min", sa.Double(), nullable=True),
        sa.Column("swelling", sa.Boolean(), nullable=True),
        sa.Column("theatre_sign", sa.Boolean(), nullable=True),
        sa.Column("stairs_pain", sa.Integer(), nullable=True),
        sa.Column("downhill_pain", sa.Integer(), nullable=True),
        sa.Column("effort", sa.Integer(), nullable=True),
        sa.Column("distance_km", sa.Double(), nullable=True),
        sa.Column("duration_min", sa.Double(), nullable=True),
        sa.Column("shoes", sa.Text(), nullable=False),
        sa.Column("insole", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_journal_entries"),
    )
    op.create_index(
        "ix_journal_entries_runner_id_day", "journal_entries", ["runner_id", "day"], unique=False
    )
    op.create_table(
        "scores",
        sa.Column("score_id", sa.String(36), nullable=False),
        *_runner("scores"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("instrument", sa.String(32), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("score_id", name="pk_scores"),
    )
    op.create_index("ix_scores_runner_id_day", "scores", ["runner_id", "day"], unique=False)
    op.create_table(
        "goals",
        sa.Column("goal_id", sa.String(36), nullable=False),
        *_runner("goals"),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("set_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("reached_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("goal_id", name="pk_goals"),
    )
    op.create_index("ix_goals_runner_id", "goals", ["runner_id"], unique=False)
    op.create_table(
        "plans",
        *_runner("plans"),
        sa.Column("exercises", sa.Text(), nullable=False),
        sa.Column("cues", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("written_utc", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("runner_id", name="pk_plans"),
    )
    op.create_table(
        "session_remarks",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_session_remarks"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("session_remarks", "plans", "goals", "scores", "journal_entries"):
        op.drop_table(table)
