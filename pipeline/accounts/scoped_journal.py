"""What people wrote, as the one who asks may see it."""

from __future__ import annotations

from datetime import date

from pipeline.accounts.access import CARERS, PEOPLE, Access, canonical
from pipeline.accounts.audit import Audit
from pipeline.errors import SessionNotFound
from pipeline.journal_entry import Goal, JournalEntry, Plan, Remark, Score
from pipeline.journal_store import Journal, RunnerFile
from pipeline.stored_session import RunnerSummary


class ScopedJournal:
    """Made by ``ScopedStore``; methods as ``Journal`` has them, and no others."""

    def __init__(self, journal: Journal, access: Access, audit: Audit) -> None:
        self._journal = journal
        self._access = access
        self._audit = audit

    def runners(self) -> list[RunnerSummary]:
        """Runners whom the caller may see."""
        who = self._access.asker(PEOPLE)
        return [r for r in self._journal.runners() if r.runner_id in who.runner_ids]

    def runner_file(self, runner_id: str) -> RunnerFile:
        """Everything that was written about a runner; a share sees nothing of it."""
        who = self._access.runner(runner_id)
        if who.kind not in PEOPLE:
            return RunnerFile(runner_id, self._access.name_of(runner_id))
        self._audit.saw(who, "runner", [(runner_id, "")])
        return self._journal.runner_file(runner_id)

    def has_runner(self, runner_id: str) -> bool:
        """Whether there is a runner with this id, for the caller."""
        who = self._access.asker(PEOPLE)
        return runner_id in who.runner_ids and self._journal.has_runner(runner_id)

    def runner_id(self, name: str) -> str | None:
        """Id of the runner of a name; None when there is none for the caller."""
        who = self._access.asker(PEOPLE)
        found = self._journal.runner_id(name)
        return found if found in who.runner_ids else None

    def remark(self, session_id: str) -> Remark:
        """Tags and note of a session."""
        known = canonical(session_id)
        self._access.session(known)
        return self._journal.remark(known)

    def write_remark(self, session_id: str, remark: Remark) -> None:
        """Replace tags and note of a session."""
        known = canonical(session_id)
        if self._access.owner(known) is None:
            raise SessionNotFound(session_id, where="library")
        _, runner_id = self._access.session(known, CARERS)
        self._wrote(runner_id, known)
        self._journal.write_remark(known, remark)

    def add_entry(self, runner_id: str, entry: JournalEntry) -> str:
        """Add a day to the journal; its id."""
        self._access.runner(runner_id, PEOPLE)
        self._wrote(runner_id)
        return self._journal.add_entry(runner_id, entry)

    def add_score(self, runner_id: str, score: Score) -> str:
        """Add a questionnaire's result; its id."""
        self._access.runner(runner_id, PEOPLE)
        self._wrote(runner_id)
        return self._journal.add_score(runner_id, score)

    def add_goal(self, runner_id: str, goal: Goal) -> str:
        """Add a goal; its id."""
        self._access.runner(runner_id, PEOPLE)
        self._wrote(runner_id)
        return self._journal.add_goal(runner_id, goal)

    def mark_goal(self, runner_id: str, goal_id: str, reached: date | None) -> None:
        """Say on which day a goal was reached."""
        self._access.runner(runner_id, PEOPLE)
        self._wrote(runner_id)
        self._journal.mark_goal(runner_id, goal_id, reached)

    def remove(self, runner_id: str, item_id: str) -> None:
        """Remove a journal entry, a score or a goal."""
        self._access.runner(runner_id, PEOPLE)
        self._wrote(runner_id)
        self._journal.remove(runner_id, item_id)

    def write_plan(self, runner_id: str, plan: Plan) -> None:
        """Replace the therapist's text."""
        self._access.runner(runner_id, CARERS)
        self._wrote(runner_id)
        self._journal.write_plan(runner_id, plan)

    def _wrote(self, runner_id: str, session_id: str = "") -> None:
        who = self._access.asker(PEOPLE)
        self._audit.did(who.user_id, who.kind, "write", runner_id=runner_id, session_id=session_id)
