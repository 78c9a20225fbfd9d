"""A library as the one who asks may see it.

Every read and write of a library with accounts goes through here. What the caller may not see
looks as if it were not there. A method of ``Store`` that is not listed here does not exist for
callers, so that a new one is closed until somebody has thought about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pandas as pd

from pipeline.accounts.access import CARERS, PEOPLE, READERS, SENDERS, Access, canonical
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.errors import NotAllowed
from pipeline.accounts.scoped_journal import ScopedJournal
from pipeline.errors import SessionNotFound
from pipeline.journal_store import Journal
from pipeline.session import Session
from pipeline.session_search import SearchResult, SessionFilter
from pipeline.store import Store
from pipeline.stored_session import RunnerSummary, SessionSummary, StoredSession


def scoped(store: Store) -> Store:
    """The library as whoever asks may see it.

    Args:
        store: the whole library.

    Returns:
        Something with the methods of a library that pages and endpoints use.
    """
    return cast("Store", ScopedStore(store))


class ScopedStore:
    """See ``scoped``; the caller is ``pipeline.accounts.caller.caller``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._access = Access(store._engine, str(store.folder))
        self._accounts: Accounts = store.accounts

    @property
    def folder(self) -> Path:
        """Folder of the library."""
        return self._store.folder

    @property
    def journal(self) -> Journal:
        """What people write, as the caller may see it."""
        journal = ScopedJournal(self._store.journal, self._access, self._accounts.audit)
        return cast("Journal", journal)

    def session_id(self, session_id: str) -> str:
        """A session's id in the form in which the library writes it."""
        known = self._store.session_id(session_id)
        self._access.session(known)
        return known

    def session(self, session_id: str, *, whole: bool = True, tables: bool = True) -> StoredSession:
        """A whole session."""
        known = canonical(session_id)
        who, runner_id = self._access.session(known)
        self._accounts.audit.saw(who, "session", [(runner_id, known)])
        return self._store.session(known, whole=whole, tables=tables)

    def summary(self, session_id: str, *, metrics: bool = True) -> SessionSummary:
        """A session as it stands in a list."""
        known = canonical(session_id)
        who, runner_id = self._access.session(known)
        self._accounts.audit.saw(who, "list", [(runner_id, known)])
        return self._store.summary(known, metrics=metrics)

    def recording_path(self, session_id: str) -> Path:
        """Where the recording of a session lies."""
        known = canonical(session_id)
        self._access.session(known)
        return self._store.recording_path(known)

    def recording(self, session_id: str) -> Path | None:
        """The recording of a session on this computer."""
        known = canonical(session_id)
        self._access.session(known)
        return self._store.recording(known)

    def strides(self, summary: SessionSummary) -> pd.DataFrame:
        """The stride table of a session alone."""
        who, runner_id = self._access.session(summary.session_id)
        self._accounts.audit.saw(who, "session", [(runner_id, summary.session_id)])
        return self._store.strides(summary)

    def results_stamp(self, summary: SessionSummary) -> str:
        """A text that changes when the tables of a session do.

        Whoever asks may show what was made of them before, so this counts as having seen them.
        """
        who, runner_id = self._access.session(summary.session_id)
        self._accounts.audit.saw(who, "session", [(runner_id, summary.session_id)])
        return self._store.results_stamp(summary)

    def signal_folder(self, session_id: str) -> Path:
        """Where the samples of a session lie in a form to draw."""
        known = canonical(session_id)
        self._access.session(known)
        return self._store.signal_folder(known)

    def search(
        self,
        wanted: SessionFilter,
        *,
        limit: int,
        offset: int = 0,
        choices: bool = True,
        metrics: bool = True,
    ) -> SearchResult:
        """Sessions that match a filter, of runners whom the caller may see."""
        who = self._access.asker()
        if who.session_id:
            return self._only(who.session_id)
        allowed = who.runner_ids
        if wanted.runner_ids is not None:
            allowed &= wanted.runner_ids
        found = self._store.search(
            replace(wanted, runner_ids=allowed),
            limit=limit,
            offset=offset,
            choices=choices,
            metrics=metrics,
        )
        self._access.read_just_now({s.session_id: s.runner_id for s in found.sessions})
        self._accounts.audit.saw(who, "list", [(s.runner_id, s.session_id) for s in found.sessions])
        return found

    def sessions(self, runner: str | None = None) -> list[SessionSummary]:
        """Sessions of runners whom the caller may see, newest first."""
        found = self.search(SessionFilter(), limit=1_000_000).sessions
        return [s for s in found if runner is None or s.runner == runner]

    def runners(self) -> list[RunnerSummary]:
        """Runners with sessions, whom the caller may see."""
        who = self._access.asker(PEOPLE)
        return [r for r in self._store.runners() if r.runner_id in who.runner_ids]

    def add_session(
        self, session: Session, recording: Path | None = None, *, move: bool = False
    ) -> str:
        """Store a session under a runner whom the caller may see, or a new one.

        An id that belongs to somebody else's session is refused: ids come out of recordings, and
        so from whoever wrote the file.
        """
        who = self._access.asker(SENDERS)
        name = self._access.target(session.runner, SENDERS)
        known = canonical(session.session_id)
        owner = self._access.owner(known)
        if owner is not None and owner not in who.runner_ids:
            raise NotAllowed("this recording is in the library already, under another runner")
        stored = self._store.add_session(replace(session, runner=name), recording, move=move)
        runner_id = self._access.take_charge(who, name)
        self._accounts.audit.did(
            who.user_id,
            who.kind,
            "add",
            runner_id=runner_id,
            session_id=stored,
            target_id=who.device_id,
        )
        return stored

    def describe_session(
        self, session_id: str, *, runner: str, conditions: Mapping[str, str]
    ) -> None:
        """Change whose session it is, and under which conditions."""
        known = canonical(session_id)
        who, owner = self._access.session(known, CARERS)
        name = self._access.target(runner, CARERS)
        self._store.describe_session(known, runner=name, conditions=conditions)
        runner_id = self._access.take_charge(who, name)
        self._did("describe", owner, known)
        if runner_id != owner:
            self._did("describe", runner_id, known)

    def delete_session(self, session_id: str) -> None:
        """Delete a session with its files."""
        known = canonical(session_id)
        _, owner = self._access.session(known, CARERS)
        self._did("delete", owner, known)
        self._store.delete_session(known)

    def export_runner(self, runner: str, zip_path: Path) -> int:
        """Write everything the library holds of a runner into a ZIP file."""
        runner_id = self._access.id_of(runner) or ""
        self._access.runner(runner_id, PEOPLE)
        self._did("export", runner_id, "")
        return self._store.export_runner(runner, zip_path)

    def delete_runner(self, runner: str) -> int:
        """Delete a runner with all sessions and files."""
        runner_id = self._access.id_of(runner) or ""
        self._access.runner(runner_id, CARERS)
        self._did("delete", runner_id, "")
        return self._store.delete_runner(runner)

    def _did(self, action: str, runner_id: str, session_id: str) -> None:
        who = self._access.asker(READERS)
        self._accounts.audit.did(
            who.user_id, who.kind, action, runner_id=runner_id, session_id=session_id
        )

    def _only(self, session_id: str) -> SearchResult:
        """What a share sees: its one session."""
        found: Sequence[SessionSummary]
        try:
            found = [self.summary(session_id)]
        except SessionNotFound:
            found = []
        return SearchResult(
            sessions=found,
            matching=len(found),
            total=len(found),
            runners={s.runner_id: s.runner for s in found},
            conditions={f"{k}: {v}": 1 for s in found for k, v in s.conditions.items()},
            tags={},
        )
