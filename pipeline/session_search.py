"""Finding sessions in the library: by words, runner, condition, tag, gait and quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from sqlalchemy import Text, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.journal_models import RemarkRow
from pipeline.catalogue.models import RunnerRow, SessionRow
from pipeline.catalogue.session_rows import summary_of_row
from pipeline.stored_session import SessionSummary

QualityChoice = Literal["", "clean", "remarks", "empty"]
QUALITIES: tuple[QualityChoice, ...] = ("", "clean", "remarks", "empty")
"""Any; without remarks; with remarks on lost or doubtful data; without valid strides."""


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions are wanted; an empty value leaves its part open.

    Attributes:
        words: all of them, in any case, in runner, date, conditions or tags.
        runner_id: id of the runner.
        condition: pair ``name: value`` as ``SearchResult.conditions`` lists it.
        tag: tag.
        gait: ``run`` or ``walk``.
        quality: one of ``QUALITIES``.
        runner_ids: the runners that there are for whoever asks; None for all. Totals and choices
            are of their sessions, too.
    """

    words: str = ""
    runner_id: str = ""
    condition: str = ""
    tag: str = ""
    gait: str = ""
    quality: QualityChoice = ""
    runner_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Sessions that were found, and what there is to choose from.

    Attributes:
        sessions: the wanted part of them, newest first.
        matching: how many match.
        total: how many the library has.
        runners: name by id of runners that have sessions, by name.
        conditions: every pair ``name: value`` of the library with its number of sessions.
        tags: every tag with its number of sessions.
    """

    sessions: Sequence[SessionSummary]
    matching: int
    total: int
    runners: Mapping[str, str]
    conditions: Mapping[str, int]
    tags: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Row:
    """The few columns of a session that a search looks at."""

    session_id: str
    runner_id: str
    name: str
    day: str
    gait: str
    conditions: tuple[str, ...]
    tags: tuple[str, ...]
    valid: int
    has_remarks: bool

    def matches(self, wanted: SessionFilter) -> bool:
        text = "\n".join((self.name, self.day, *self.conditions, *self.tags)).casefold()
        return (
            all(word in text for word in wanted.words.casefold().split())
            and wanted.runner_id in {"", self.runner_id}
            and (not wanted.condition or wanted.condition in self.conditions)
            and (not wanted.tag or wanted.tag in self.tags)
            and wanted.gait in {"", self.gait}
            and self._is_of(wanted.quality)
        )

    def _is_of(self, quality: QualityChoice) -> bool:
        match quality:
            case "clean":
                return self.valid > 0 and not self.has_remarks
            case "remarks":
                return self.has_remarks
            case "empty":
                return self.valid == 0
        return True


def condition_words(name: str, value: str) -> str:
    """A condition as one text."""
    return f"{name}: {value}"


def search_sessions(
    catalogue: Transaction, wanted: SessionFilter, *, limit: int, offset: int = 0
) -> SearchResult:
    """Find sessions; only the wanted part of them is read whole.

    Args:
        catalogue: open transaction.
        wanted: which.
        limit: how many at most.
        offset: how many to leave out at the beginning.
    """
    there = wanted.runner_ids
    rows = [row for row in _rows(catalogue) if there is None or row.runner_id in there]
    found = [row for row in rows if row.matches(wanted)]
    ids = [row.session_id for row in found[max(0, offset) : max(0, offset) + max(0, limit)]]
    tags = {row.session_id: row.tags for row in found}
    query = select(SessionRow).where(SessionRow.session_id.in_(ids))
    by_id = {
        row.session_id: replace(summary_of_row(row), tags=tags[row.session_id])
        for row in catalogue.scalars(query).unique()
    }
    names = sorted({(row.name.casefold(), row.name, row.runner_id) for row in rows})
    return SearchResult(
        sessions=[by_id[key] for key in ids if key in by_id],
        matching=len(found),
        total=len(rows),
        runners={runner_id: name for _, name, runner_id in names},
        conditions=_counts(row.conditions for row in rows),
        tags=_counts(row.tags for row in rows),
    )


def _counts(groups: object) -> dict[str, int]:
    counts = Counter(word for group in cast("list[tuple[str, ...]]", groups) for word in group)
    return dict(sorted(counts.items(), key=lambda pair: pair[0].casefold()))


def _rows(catalogue: Transaction) -> list[_Row]:
    query = (
        select(
            SessionRow.session_id,
            SessionRow.runner_id,
            RunnerRow.name,
            SessionRow.listed_utc,
            SessionRow.gait,
            SessionRow.conditions,
            RemarkRow.tags,
            (SessionRow.strides_left + SessionRow.strides_right),
            sql_cast(SessionRow.problems, Text) != "[]",
        )
        .join(RunnerRow)
        .outerjoin(RemarkRow, RemarkRow.session_id == SessionRow.session_id)
        .order_by(SessionRow.listed_utc.desc(), SessionRow.session_id)
    )
    return [
        _Row(
            session_id=session_id,
            runner_id=runner_id,
            name=name,
            day=f"{listed.astimezone():%Y-%m-%d %d.%m.%Y}",
            gait=gait or "",
            conditions=tuple(condition_words(str(k), str(v)) for k, v in conditions.items()),
            tags=tuple(tags or ()),
            valid=valid,
            has_remarks=bool(has_remarks),
        )
        for (
            session_id,
            runner_id,
            name,
            listed,
            gait,
            conditions,
            tags,
            valid,
            has_remarks,
        ) in catalogue.execute(query)
    ]
