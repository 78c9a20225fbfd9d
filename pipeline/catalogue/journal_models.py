"""Tables of what people write: journal, scores, goals, plan, tags and notes of sessions.

Every change here needs a migration in ``migrations/versions``.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, Double, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.catalogue.models import ID_LENGTH, Base, UtcDateTime


class JournalRow(Base):
    """A day in a runner's journal; the columns are the fields of ``JournalEntry``."""

    __tablename__ = "journal_entries"
    __table_args__ = (Index("ix_journal_entries_runner_id_day", "runner_id", "day"),)

    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    runner_id: Mapped[str] = mapped_column(ForeignKey("runners.runner_id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date)
    written_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    pain_during: Mapped[int | None]
    pain_after: Mapped[int | None]
    pain_next_morning: Mapped[int | None]
    settle_min: Mapped[float | None] = mapped_column(Double)
    stiffness_min: Mapped[float | None] = mapped_column(Double)
    swelling: Mapped[bool | None]
    theatre_sign: Mapped[bool | None]
    stairs_pain: Mapped[int | None]
    downhill_pain: Mapped[int | None]
    effort: Mapped[int | None]
    distance_km: Mapped[float | None] = mapped_column(Double)
    duration_min: Mapped[float | None] = mapped_column(Double)
    shoes: Mapped[str] = mapped_column(Text)
    insole: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)


class ScoreRow(Base):
    """A questionnaire's result on a day; its questions are not stored."""

    __tablename__ = "scores"
    __table_args__ = (Index("ix_scores_runner_id_day", "runner_id", "day"),)

    score_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    runner_id: Mapped[str] = mapped_column(ForeignKey("runners.runner_id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date)
    instrument: Mapped[str] = mapped_column(String(32))
    value: Mapped[float] = mapped_column(Double)


class GoalRow(Base):
    """What a runner wants to reach."""

    __tablename__ = "goals"

    goal_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    runner_id: Mapped[str] = mapped_column(
        ForeignKey("runners.runner_id", ondelete="CASCADE"), index=True
    )
    words: Mapped[str] = mapped_column(Text)
    set_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date | None] = mapped_column(Date)
    reached_day: Mapped[date | None] = mapped_column(Date)


class PlanRow(Base):
    """The therapist's own text for a runner."""

    __tablename__ = "plans"

    runner_id: Mapped[str] = mapped_column(
        ForeignKey("runners.runner_id", ondelete="CASCADE"), primary_key=True
    )
    exercises: Mapped[str] = mapped_column(Text)
    cues: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    written_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class RemarkRow(Base):
    """Tags and note of a session.

    Apart from the session's row, which is written anew when the session is analysed again.
    """

    __tablename__ = "session_remarks"

    session_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    tags: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
