"""The time as rows of accounts hold it."""

from __future__ import annotations

from datetime import UTC, datetime


def now_utc() -> datetime:
    """This moment."""
    return datetime.now(UTC)
