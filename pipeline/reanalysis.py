"""Analysing the sessions of a library again when the method has changed.

The catalogue is the queue: a session waits for a method until its row names that method, or until it
was given up. Nothing else is remembered, so a run that was cut off goes on by being started again,
and two runs at once share the work.
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.models import SessionRow
from pipeline.catalogue.result_models import AnalysisRow
from pipeline.reanalysis_task import HEADLINES, Outcome, Work, give_up
from pipeline.reanalysis_workers import Workers
from pipeline.store import Store
from pipeline.store_place import StorePlace
from pipeline.store_trouble import speaking_plainly

ELSEWHERE_S = 60.0
"""So long sessions are waited for that another run holds, after the last that came free."""
_PAUSE_S = 1.0
_AT_ONCE = 400

Progress = Callable[[int, int], None]
"""Called with the number of sessions that are settled, and of all."""


@dataclass(frozen=True, slots=True)
class MetricChange:
    """How a metric's medians changed, over sessions and sides.

    Attributes:
        values: number of pairs of medians.
        median_deg: median change, new less old, in the metric's unit.
        largest_deg: the change of the largest amount, with its sign.
        session_id: where that was.
        changed: number of pairs that differ at all.
    """

    values: int
    median_deg: float
    largest_deg: float
    session_id: str
    changed: int


@dataclass(frozen=True, slots=True)
class ReanalysisSummary:
    """What a run did.

    Attributes:
        method: the method.
        sessions: sessions of the library.
        without_recording: of those, sessions that cannot be analysed again.
        counts: sessions of this run by outcome.
        failed: why sessions were given up, by id.
        metrics: changes by metric.
        strides_changed: sessions whose number of valid strides changed.
        strides: valid strides before and after, of the sessions that were done.
        gait_changed: sessions whose main gait changed.
    """

    method: str
    sessions: int
    without_recording: int
    counts: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, MetricChange] = field(default_factory=dict)
    strides_changed: int = 0
    strides: tuple[int, int] = (0, 0)
    gait_changed: int = 0


def reanalyze(
    place: StorePlace,
    workers: Workers,
    *,
    again: bool = False,
    retry_failed: bool = False,
    progress: Progress | None = None,
) -> ReanalysisSummary:
    """Analyse all sessions that wait for this program's method.

    Args:
        place: the library.
        workers: who does it.
        again: also those that this method has analysed.
        retry_failed: also those that were given up with this method.
        progress: told how far the work is.

    Raises:
        StoreError: the library or the workers cannot be used; what was done is kept.
    """
    work = Work(place, again=again, run=uuid.uuid4().hex if again else "")
    with Store.open(place) as store:
        if retry_failed:
            _forget_failed(store, work)
        waiting = sessions_waiting(store, work)
        total = len(waiting)
        settled: dict[str, Outcome] = {}
        deaths: Counter[str] = Counter()
        last_settled = time.monotonic()
        tell = progress or (lambda _done, _all: None)
        tell(0, total)
        while waiting:
            later: list[str] = []
            only_elsewhere = True
            for outcome in workers.outcomes(work, waiting):
                one = outcome
                if one.state == "died":
                    deaths[one.session_id] += 1
                    if deaths[one.session_id] >= work.max_tries:
                        reason = f"{one.reason}, {deaths[one.session_id]} times"
                        one = give_up(work, store, one.session_id, reason)
                if one.state in ("again", "died", "elsewhere"):
                    only_elsewhere &= one.state == "elsewhere"
                    later.append(one.session_id)
                    continue
                settled[one.session_id] = one
                last_settled = time.monotonic()
                tell(len(settled), total)
            waiting = later
            if waiting and only_elsewhere:
                if time.monotonic() - last_settled > ELSEWHERE_S:
                    settled.update({key: Outcome(key, "elsewhere") for key in waiting})
                    break
                time.sleep(_PAUSE_S)
        return _summary(store, work, settled)


def sessions_waiting(store: Store, work: Work) -> list[str]:
    """Ids of sessions that wait for a method, oldest first.

    Raises:
        StoreError: the library cannot be used.
    """
    settled = exists().where(
        AnalysisRow.session_id == SessionRow.session_id,
        AnalysisRow.method == work.method,
        AnalysisRow.state == "failed",
    )
    query = select(SessionRow.session_id).where(SessionRow.has_recording.is_(True), ~settled)
    if not work.again:
        query = query.where(~SessionRow.method.startswith(work.method, autoescape=True))
    query = query.order_by(SessionRow.listed_utc, SessionRow.session_id)
    with speaking_plainly(store.place.where), Transaction(store.parts.engine) as catalogue:
        return list(catalogue.scalars(query))


def _forget_failed(store: Store, work: Work) -> None:
    with (
        speaking_plainly(store.place.where),
        Transaction(store.parts.writer) as catalogue,
        catalogue.begin(),
    ):
        catalogue.execute(
            delete(AnalysisRow).where(
                AnalysisRow.method == work.method, AnalysisRow.state == "failed"
            )
        )


def _summary(store: Store, work: Work, settled: Mapping[str, Outcome]) -> ReanalysisSummary:
    done = [key for key, outcome in settled.items() if outcome.state in ("done", "known")]
    changes: dict[str, Mapping[str, object]] = {}
    with speaking_plainly(store.place.where), Transaction(store.parts.engine) as catalogue:
        count = select(func.count()).select_from(SessionRow)
        sessions = catalogue.scalar(count) or 0
        without = catalogue.scalar(count.where(SessionRow.has_recording.is_(False))) or 0
        for begin in range(0, len(done), _AT_ONCE):
            ids = done[begin : begin + _AT_ONCE]
            query = select(AnalysisRow.session_id, AnalysisRow.changes).where(
                AnalysisRow.method == work.method, AnalysisRow.session_id.in_(ids)
            )
            changes |= {row.session_id: row.changes for row in catalogue.execute(query)}
    strides = [_pair(found.get("strides")) for found in changes.values()]
    known = [pair for pair in strides if pair is not None]
    return ReanalysisSummary(
        method=work.method,
        sessions=sessions,
        without_recording=without,
        counts=dict(sorted(Counter(o.state for o in settled.values()).items())),
        failed={key: o.reason for key, o in settled.items() if o.state == "failed"},
        metrics={
            metric: change
            for metric in HEADLINES
            if (change := _change(metric, changes)) is not None
        },
        strides_changed=sum(old != new for old, new in known),
        strides=(int(sum(old for old, _ in known)), int(sum(new for _, new in known))),
        gait_changed=sum(_differ(found.get("gait")) for found in changes.values()),
    )


def _change(metric: str, changes: Mapping[str, Mapping[str, object]]) -> MetricChange | None:
    differences = [
        (new - old, session_id)
        for session_id, found in changes.items()
        for key, value in found.items()
        if key.startswith(f"{metric} ")
        for old, new in _known(_pair(value))
    ]
    if not differences:
        return None
    largest, session_id = max(differences, key=lambda pair: abs(pair[0]))
    return MetricChange(
        values=len(differences),
        median_deg=statistics.median(difference for difference, _ in differences),
        largest_deg=largest,
        session_id=session_id,
        changed=sum(difference != 0 for difference, _ in differences),
    )


def _pair(value: object) -> tuple[float, float] | None:
    if isinstance(value, Sequence) and len(value) == 2:
        old, new = value
        if isinstance(old, int | float) and isinstance(new, int | float):
            return float(old), float(new)
    return None


def _known(pair: tuple[float, float] | None) -> Iterable[tuple[float, float]]:
    return () if pair is None else (pair,)


def _differ(value: object) -> bool:
    return isinstance(value, Sequence) and len(value) == 2 and value[0] != value[1]
