"""Tables of the catalogue; the same on SQLite and on PostgreSQL.

Every change here needs a migration in ``migrations/versions``.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Double, ForeignKey, Index, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

ID_LENGTH = 36


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, time zone aware in Python on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite stores no zone, so it is taken off there."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables; constraints are named, so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RunnerRow(Base):
    """A person whose sessions are kept; the name is free text and never part of a path."""

    __tablename__ = "runners"

    runner_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    added_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionRow(Base):
    """A session; its strides, curves and recording are files named by ``session_id``."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_runner_id_listed_utc", "runner_id", "listed_utc"),)

    session_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    runner_id: Mapped[str] = mapped_column(ForeignKey("runners.runner_id"))
    started_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    added_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    listed_utc: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    duration_s: Mapped[float] = mapped_column(Double)
    gait: Mapped[str | None] = mapped_column(String(8))
    strides_total: Mapped[int]
    strides_left: Mapped[int]
    strides_right: Mapped[int]
    conditions: Mapped[dict[str, object]] = mapped_column(JSON)
    quality: Mapped[dict[str, object]] = mapped_column(JSON)
    problems: Mapped[list[str]] = mapped_column(JSON)
    notes: Mapped[list[str]] = mapped_column(JSON)
    provenance: Mapped[dict[str, object]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(Text)
    has_recording: Mapped[bool]
    method: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """What analysed it, see ``pipeline.analysis_method``; empty when not known."""
    result: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """Part of the names of its tables, so that new results never overwrite old ones."""

    runner: Mapped[RunnerRow] = relationship(lazy="joined")
    summaries: Mapped[list[SideSummaryRow]] = relationship(
        lazy="selectin", cascade="all, delete-orphan"
    )


class SideSummaryRow(Base):
    """One metric of one side and gait over the valid strides of a session."""

    __tablename__ = "side_summaries"

    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True
    )
    gait: Mapped[str] = mapped_column(String(8), primary_key=True)
    side: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(64), primary_key=True)
    median: Mapped[float] = mapped_column(Double)
    robust_sd: Mapped[float | None] = mapped_column(Double)
    q25: Mapped[float] = mapped_column(Double)
    q75: Mapped[float] = mapped_column(Double)
    n: Mapped[int]
