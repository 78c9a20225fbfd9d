"""What people write, in the library: journal, scores, goals, plan, tags and notes of sessions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.journal_models import GoalRow, JournalRow, PlanRow, RemarkRow, ScoreRow
from pipeline.catalogue.locks import hold
from pipeline.catalogue.models import RunnerRow, SessionRow
from pipeline.catalogue.result_models import SearchRow
from pipeline.catalogue.session_rows import write_search_row
from pipeline.catalogue.transactions import CatalogueTransactions
from pipeline.errors import SessionNotFound, StoreError
from pipeline.journal_entry import ENTRY_FIELDS, Goal, JournalEntry, Plan, Remark, Score
from pipeline.stored_session import RunnerSummary


@dataclass(frozen=True, slots=True)
class RunnerFile:
    """Everything that was written about a runner.

    Attributes:
        runner_id: id in the library.
        name: name or code; empty for sessions without a runner.
        entries: journal, newest day first.
        scores: results of questionnaires, newest first.
        goals: goals, newest first.
        plan: the therapist's text.
    """

    runner_id: str
    name: str
    entries: tuple[JournalEntry, ...] = ()
    scores: tuple[Score, ...] = ()
    goals: tuple[Goal, ...] = ()
    plan: Plan = field(default_factory=Plan)


class Journal(CatalogueTransactions):
    """Reads and writes what people write; get it from ``Store.journal``.

    Every method raises ``StoreError`` when the library cannot be used, and when the runner, or
    what is to be changed, is not there.
    """

    def runners(self) -> list[RunnerSummary]:
        """Runners with sessions or something written about them, by name."""
        query = (
            select(
                RunnerRow.name,
                func.count(SearchRow.session_id),
                func.max(SearchRow.listed_utc, type_=SearchRow.listed_utc.type),
                RunnerRow.runner_id,
            )
            .outerjoin(SearchRow, SearchRow.runner_id == RunnerRow.runner_id)
            .group_by(RunnerRow.runner_id, RunnerRow.name)
            .having(
                or_(
                    func.count(SearchRow.session_id) > 0,
                    *(
                        exists().where(table.runner_id == RunnerRow.runner_id)
                        for table in (JournalRow, ScoreRow, GoalRow, PlanRow)
                    ),
                )
            )
        )
        with self._reading() as catalogue:
            found = [RunnerSummary(*row) for row in catalogue.execute(query)]
        return sorted(found, key=lambda runner: (runner.name.casefold(), runner.name))

    def runner_file(self, runner_id: str) -> RunnerFile:
        """Everything that was written about a runner."""
        with self._reading() as catalogue:
            runner = self._runner(catalogue, runner_id)

            def rows(table: Any, *order: Any) -> Any:
                query = select(table).where(table.runner_id == runner_id).order_by(*order)
                return catalogue.scalars(query)

            plan = catalogue.get(PlanRow, runner_id)
            return RunnerFile(
                runner_id=runner_id,
                name=runner.name,
                entries=tuple(
                    JournalEntry(
                        day=row.day,
                        entry_id=row.entry_id,
                        **{name: getattr(row, name) for name in ENTRY_FIELDS},
                    )
                    for row in rows(
                        JournalRow, JournalRow.day.desc(), JournalRow.written_utc.desc()
                    )
                ),
                scores=tuple(
                    Score(row.day, row.instrument, row.value, row.score_id)
                    for row in rows(ScoreRow, ScoreRow.day.desc(), ScoreRow.score_id)
                ),
                goals=tuple(
                    Goal(row.words, row.set_day, row.until_day, row.reached_day, row.goal_id)
                    for row in rows(GoalRow, GoalRow.set_day.desc(), GoalRow.goal_id)
                ),
                plan=Plan() if plan is None else Plan(plan.exercises, plan.cues, plan.note),
            )

    def has_runner(self, runner_id: str) -> bool:
        """Whether there is a runner with this id."""
        with self._reading() as catalogue:
            return catalogue.get(RunnerRow, runner_id) is not None

    def runner_id(self, name: str) -> str | None:
        """Id of the runner of a name; None when there is none."""
        with self._reading() as catalogue:
            return catalogue.scalar(select(RunnerRow.runner_id).where(RunnerRow.name == name))

    def add_entry(self, runner_id: str, entry: JournalEntry) -> str:
        """Add a day to the journal; its id."""
        values = {name: getattr(entry, name) for name in ENTRY_FIELDS}
        return self._add(
            runner_id,
            lambda key: JournalRow(
                entry_id=key,
                runner_id=runner_id,
                day=entry.day,
                written_utc=datetime.now(UTC),
                **values,
            ),
        )

    def add_score(self, runner_id: str, score: Score) -> str:
        """Add a questionnaire's result; its id."""
        return self._add(
            runner_id,
            lambda key: ScoreRow(
                score_id=key,
                runner_id=runner_id,
                day=score.day,
                instrument=score.instrument,
                value=score.value,
            ),
        )

    def add_goal(self, runner_id: str, goal: Goal) -> str:
        """Add a goal; its id."""
        return self._add(
            runner_id,
            lambda key: GoalRow(
                goal_id=key,
                runner_id=runner_id,
                words=goal.words,
                set_day=goal.set_day,
                until_day=goal.until_day,
                reached_day=goal.reached_day,
            ),
        )

    def mark_goal(self, runner_id: str, goal_id: str, reached: date | None) -> None:
        """Say on which day a goal was reached; None takes it back."""
        with self._writing() as catalogue:
            row = catalogue.get(GoalRow, goal_id)
            if row is None or row.runner_id != runner_id:
                raise self._gone("goal")
            row.reached_day = reached

    def write_plan(self, runner_id: str, plan: Plan) -> None:
        """Replace the therapist's text."""
        with self._writing() as catalogue:
            hold(catalogue, runner_id)
            self._runner(catalogue, runner_id)
            catalogue.merge(
                PlanRow(
                    runner_id=runner_id,
                    exercises=plan.exercises,
                    cues=plan.cues,
                    note=plan.note,
                    written_utc=datetime.now(UTC),
                )
            )

    def remove(self, runner_id: str, item_id: str) -> None:
        """Remove a journal entry, a score or a goal of a runner."""
        with self._writing() as catalogue:
            for table in (JournalRow, ScoreRow, GoalRow):
                row: Any = catalogue.get(table, item_id)
                if row is not None and row.runner_id == runner_id:
                    catalogue.delete(row)
                    return
            raise self._gone("entry")

    def remark(self, session_id: str) -> Remark:
        """Tags and note of a session; empty ones when there are none."""
        with self._reading() as catalogue:
            row = catalogue.get(RemarkRow, session_id)
            return Remark() if row is None else Remark(tuple(row.tags), row.note)

    def write_remark(self, session_id: str, remark: Remark) -> None:
        """Replace tags and note of a session."""
        with self._writing() as catalogue:
            hold(catalogue, session_id)
            session = catalogue.get(SessionRow, session_id)
            if session is None:
                raise SessionNotFound(session_id, where=self._where)
            if remark == Remark():
                catalogue.execute(delete(RemarkRow).where(RemarkRow.session_id == session_id))
            else:
                catalogue.merge(
                    RemarkRow(session_id=session_id, tags=list(remark.tags), note=remark.note)
                )
            write_search_row(catalogue, session)

    def _add(self, runner_id: str, make: Any) -> str:
        key = str(uuid.uuid4())
        with self._writing() as catalogue:
            self._runner(catalogue, runner_id)
            catalogue.add(make(key))
        return key

    def _runner(self, catalogue: Transaction, runner_id: str) -> RunnerRow:
        row = catalogue.get(RunnerRow, runner_id)
        if row is None:
            raise self._gone("runner")
        return row

    def _gone(self, what: str) -> StoreError:
        return StoreError(
            f"there is no such {what}",
            where=self._where,
            remedy="It may have been deleted; load the page again",
        )
