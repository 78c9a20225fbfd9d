"""Tables about a session's results: its files, its analyses, what a search reads, and erasures.

Every change here needs a migration in ``migrations/versions``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.catalogue.models import ID_LENGTH, Base, UtcDateTime

METHOD_LENGTH = 64


class FileRow(Base):
    """A file of a session, with what it must hold."""

    __tablename__ = "session_files"

    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class SearchRow(Base):
    """The few narrow columns of a session that lists and searches read.

    Text parts are joined and enclosed by ``session_words.MARK``; ``words`` is case-folded.
    """

    __tablename__ = "session_search"
    __table_args__ = (Index("ix_session_search_runner_id_listed_utc", "runner_id", "listed_utc"),)

    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True
    )
    runner_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    listed_utc: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    gait: Mapped[str] = mapped_column(String(8))
    valid: Mapped[int]
    has_remarks: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)
    conditions: Mapped[str] = mapped_column(Text)
    tags: Mapped[str] = mapped_column(Text)


class AnalysisRow(Base):
    """How a method fared on a session: the queue of a re-analysis is what has no such row."""

    __tablename__ = "session_analyses"

    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True
    )
    method: Mapped[str] = mapped_column(String(METHOD_LENGTH), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))  # working, done, failed
    tries: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, object]] = mapped_column(JSON)
    written_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class ErasureRow(Base):
    """That somebody's data were erased; nothing here says whose."""

    __tablename__ = "erasures"

    erasure_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    erased_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    sessions: Mapped[int]
    files: Mapped[int]
    proof_sha256: Mapped[str] = mapped_column(String(64))
