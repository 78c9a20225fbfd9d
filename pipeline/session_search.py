"""Finding sessions in the library: by words, runner, condition, tag, gait and quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.models import RunnerRow
from pipeline.catalogue.result_models import SearchRow
from pipeline.catalogue.session_rows import read_summaries
from pipeline.catalogue.session_words import marked, parts_of, plain
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


def search_sessions(
    catalogue: Transaction,
    wanted: SessionFilter,
    *,
    limit: int,
    offset: int = 0,
    choices: bool = True,
    metrics: bool = True,
) -> SearchResult:
    """Find sessions; only the wanted part of them is read whole.

    Args:
        catalogue: open transaction.
        wanted: which.
        limit: how many at most.
        offset: how many to leave out at the beginning.
        choices: also count all sessions, and list runners, conditions and tags there are to choose
            from; else the total is the number that match.
        metrics: also read the summaries of metrics.
    """
    allowed = _allowed(wanted)
    asked = _asked(wanted, _finder(catalogue))
    query = (
        select(SearchRow.session_id, SearchRow.tags)
        .where(*allowed, *asked)
        .order_by(SearchRow.listed_utc.desc(), SearchRow.session_id)
        .limit(max(0, limit))
        .offset(max(0, offset))
    )
    tags = {row.session_id: parts_of(row.tags) for row in catalogue.execute(query)}
    sessions = [
        replace(summary, tags=tags[summary.session_id])
        for summary in read_summaries(catalogue, list(tags), metrics=metrics)
    ]
    groups = _groups(catalogue, allowed) if choices else []
    total = sum(n for _, _, n in groups)
    if not offset and len(tags) < limit:
        matching = len(tags)  # all of them are here
    else:
        matching = _count(catalogue, [*allowed, *asked]) if asked or not choices else total
    return SearchResult(
        sessions=sessions,
        matching=matching,
        total=total if choices else matching,
        runners=_runners(catalogue, allowed) if choices else {},
        conditions=_counts((conditions, n) for conditions, _, n in groups),
        tags=_counts((words, n) for _, words, n in groups),
    )


Clause = ColumnElement[bool]
Finder = Callable[[ColumnElement[str] | InstrumentedAttribute[str], str], Clause]


def _finder(catalogue: Transaction) -> Finder:
    """How a database is asked whether a text holds another; LIKE would know wildcards."""
    position = func.strpos if catalogue.get_bind().dialect.name == "postgresql" else func.instr
    return lambda column, text: position(column, text) > 0


def _allowed(wanted: SessionFilter) -> list[Clause]:
    if wanted.runner_ids is None:
        return []
    return [SearchRow.runner_id.in_(sorted(wanted.runner_ids))]


def _asked(wanted: SessionFilter, holds: Finder) -> list[Clause]:
    asked = [holds(SearchRow.words, plain(word)) for word in wanted.words.casefold().split()]
    if wanted.runner_id:
        asked.append(SearchRow.runner_id == plain(wanted.runner_id))
    if wanted.condition:
        asked.append(holds(SearchRow.conditions, marked([wanted.condition])))
    if wanted.tag:
        asked.append(holds(SearchRow.tags, marked([wanted.tag])))
    if wanted.gait:
        asked.append(SearchRow.gait == plain(wanted.gait))
    match wanted.quality:
        case "clean":
            asked += [SearchRow.valid > 0, SearchRow.has_remarks.is_(False)]
        case "remarks":
            asked.append(SearchRow.has_remarks.is_(True))
        case "empty":
            asked.append(SearchRow.valid == 0)
    return asked


def _count(catalogue: Transaction, clauses: Sequence[Clause]) -> int:
    query = select(func.count()).select_from(SearchRow).where(*clauses)
    return catalogue.scalar(query) or 0


def _groups(catalogue: Transaction, allowed: Sequence[Clause]) -> list[tuple[str, str, int]]:
    """How many sessions have which conditions and tags: one pass, and few different ones."""
    query = (
        select(SearchRow.conditions, SearchRow.tags, func.count())
        .where(*allowed)
        .group_by(SearchRow.conditions, SearchRow.tags)
    )
    return [(conditions, tags, n) for conditions, tags, n in catalogue.execute(query)]


def _runners(catalogue: Transaction, allowed: Sequence[Clause]) -> dict[str, str]:
    has_sessions = exists().where(SearchRow.runner_id == RunnerRow.runner_id, *allowed)
    query = select(RunnerRow.runner_id, RunnerRow.name).where(has_sessions)
    names = sorted((name.casefold(), name, key) for key, name in catalogue.execute(query))
    return {key: name for _, name, key in names}


def _counts(groups: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for text, n in groups:
        for word in parts_of(text):
            counts[word] += n
    return dict(sorted(counts.items(), key=lambda pair: (pair[0].casefold(), pair[0])))
