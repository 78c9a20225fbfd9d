"""Letting go of sessions, or of their recordings, after a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.locks import hold
from pipeline.catalogue.models import SessionRow
from pipeline.catalogue.result_models import FileRow
from pipeline.errors import FieldError, SessionNotFound
from pipeline.session_files import recording_name
from pipeline.store import Store
from pipeline.store_trouble import speaking_plainly

_AGE = re.compile(r"([0-9]{1,4}) ?([dwmy])")
_DAYS = {"d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}


@dataclass(frozen=True, slots=True)
class Expired:
    """A session that is older than a limit.

    Attributes:
        session_id: the session.
        listed_utc: its start, or when it was added.
        has_recording: whether its recording is kept.
    """

    session_id: str
    listed_utc: datetime
    has_recording: bool


def age_from(words: str) -> timedelta:
    """An age such as ``90d``, ``6m`` or ``2y``.

    Raises:
        FieldError: it is none.
    """
    found = _AGE.fullmatch(words.strip().lower())
    if found is None or int(found[1]) == 0:
        raise FieldError("older_than", "is no age", "Write 90d, 8w, 6m or 2y")
    return timedelta(days=int(found[1]) * _DAYS[found[2]])


def expired(store: Store, age: timedelta, now: datetime | None = None) -> list[Expired]:
    """Sessions that are older, oldest first.

    Raises:
        StoreError: the library cannot be read.
    """
    limit = (now or datetime.now(UTC)) - age
    query = (
        select(SessionRow.session_id, SessionRow.listed_utc, SessionRow.has_recording)
        .where(SessionRow.listed_utc < limit)
        .order_by(SessionRow.listed_utc, SessionRow.session_id)
    )
    with speaking_plainly(store.place.where), Transaction(store.parts.engine) as catalogue:
        return [Expired(*row) for row in catalogue.execute(query)]


def let_go(
    store: Store,
    sessions: list[Expired],
    *,
    recordings_only: bool = False,
    tell: Callable[[str, float], None] | None = None,
) -> int:
    """Delete sessions, or their recordings; how many.

    Args:
        store: library.
        sessions: what ``expired`` gave.
        recordings_only: keep the results; such a session cannot be analysed again.
        tell: told how far the work is.

    Raises:
        StoreError: the library cannot be changed.
    """
    count = 0
    for number, one in enumerate(sessions):
        if tell is not None:
            tell("Deleting", number / len(sessions))
        if recordings_only:
            count += one.has_recording and _without_recording(store, one.session_id)
            continue
        try:
            store.delete_session(one.session_id)
        except SessionNotFound:
            continue
        count += 1
    return count


def _without_recording(store: Store, session_id: str) -> bool:
    name = recording_name(session_id)
    with speaking_plainly(store.place.where):
        with Transaction(store.parts.writer) as catalogue, catalogue.begin():
            hold(catalogue, session_id)
            catalogue.execute(
                update(SessionRow)
                .where(SessionRow.session_id == session_id)
                .values(has_recording=False)
            )
            catalogue.execute(
                delete(FileRow).where(FileRow.session_id == session_id, FileRow.name == name)
            )
        store.parts.files.place.remove(name)
        store.parts.files.remove_signals(session_id)
    return True
