"""What a search compares of a session, as text the database can look into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

MARK = "\x1f"
"""Stands before and after each part, so that a whole part can be looked for."""


def condition_words(name: str, value: str) -> str:
    """A condition as one text."""
    return f"{name}: {value}"


def plain(text: str) -> str:
    """Text that every database takes: no zero bytes, no halves of characters, no marks."""
    known = text.encode("utf-8", "replace").decode("utf-8")
    return known.replace("\0", "\ufffd").replace(MARK, " ")


def marked(parts: Iterable[str]) -> str:
    """Parts enclosed by marks; empty without parts."""
    inner = MARK.join(plain(part) for part in parts)
    return f"{MARK}{inner}{MARK}" if inner else ""


def parts_of(text: str) -> tuple[str, ...]:
    """What ``marked`` was given."""
    return tuple(text[1:-1].split(MARK)) if text else ()


def search_values(
    *,
    name: str,
    listed_utc: datetime,
    conditions: Mapping[str, object],
    tags: Iterable[str],
) -> dict[str, str]:
    """The text columns of ``SearchRow``.

    Args:
        name: of the runner.
        listed_utc: when the session is listed; one without a time zone is in UTC.
        conditions: of the session.
        tags: given by people.
    """
    pairs = [condition_words(str(key), str(value)) for key, value in conditions.items()]
    tags = list(tags)
    moment = listed_utc.replace(tzinfo=UTC) if listed_utc.tzinfo is None else listed_utc
    day = f"{moment.astimezone():%Y-%m-%d %d.%m.%Y}"
    return {
        "words": marked([name, day, *pairs, *tags]).casefold(),
        "conditions": marked(pairs),
        "tags": marked(tags),
    }
