"""Analysing one stored session again: what a worker does, in this process or anywhere else.

Blobs are written first, under names of their own, and the row last: up to then the old results
stand, and a worker that dies leaves files that no row names.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pandas as pd
from sqlalchemy import delete
from sqlalchemy.orm import Session as Transaction

from pipeline.analyse_file import analyse_recording
from pipeline.analysis import Mode
from pipeline.analysis_method import analysis_method
from pipeline.catalogue.locks import holding
from pipeline.catalogue.models import SessionRow, SideSummaryRow
from pipeline.catalogue.result_models import AnalysisRow, FileRow
from pipeline.catalogue.session_rows import file_rows, fill_row, write_search_row
from pipeline.errors import InputError, SessionNotFound, StoreError
from pipeline.left_files import remove_left_files
from pipeline.reanalysis_claim import claimed
from pipeline.session import Session
from pipeline.session_reading import read_session
from pipeline.session_storing import new_result, still_there, write_results
from pipeline.side_channels import (
    QUANTITIES,
    SideQuantity,
    SideSeries,
    series_of,
    with_side_channels,
)
from pipeline.store import Store
from pipeline.store_place import StorePlace
from pipeline.stored_session import StoredSession
from pipeline.synopsis import main_gait, summarise_sides
from sensors.errors import LevelstrideError, RecordingError
from sensors.placement import Placement

State = Literal["done", "known", "failed", "again", "elsewhere", "gone", "died"]
"""Done now; done before; given up; worth another try; held by another process; deleted; its process
ended."""
MAX_TRIES = 3
ANYWHERE = Path()
"""Folder of a place whose workers choose their own folder for copies."""
HEADLINES = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")
"""Metrics whose change is told."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one session.

    Attributes:
        session_id: the session.
        state: see ``State``.
        reason: why it failed, or is worth another try.
    """

    session_id: str
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with each session; goes to workers.

    Attributes:
        place: the library.
        method: of the program that asks, ``analysis_method``.
        again: also analyse what this method has analysed.
        run: told by ``again`` from earlier runs.
        max_tries: after so many tries a session is given up.
    """

    place: StorePlace
    method: str = field(default_factory=analysis_method)
    again: bool = False
    run: str = ""
    max_tries: int = MAX_TRIES


_STORES: dict[StorePlace, Store] = {}
"""Libraries that a worker has opened; it keeps them to its end."""
_LOCK = threading.Lock()


def work_on(work: Work, session_id: str) -> Outcome:
    """Analyse one session again, unless that has been done.

    Every fault of the session becomes an outcome; only a library that cannot be used is raised.

    Args:
        work: what is to be done.
        session_id: in canonical form.

    Raises:
        StoreError: the library cannot be used.
    """
    if analysis_method() != work.method:
        raise StoreError(
            "a worker has another version of levelstride or of its parameters",
            where=f"{analysis_method()} and not {work.method}",
            remedy="Give all workers the same version, and start them again",
        )
    with _LOCK:
        place = work.place
        if place.folder == ANYWHERE:
            place = StorePlace.named(place.catalogue_url, place.files_url)
        store = _STORES.get(place)
        if store is None:
            store = _STORES[place] = Store.open(place)
    return work_in(store, work, session_id)


def work_in(store: Store, work: Work, session_id: str) -> Outcome:
    """Analyse one session of an open library again; see ``work_on``."""
    with claimed(store.place, store.parts, session_id) as held:
        if not held:
            return Outcome(session_id, "elsewhere")
        return _work_on(work, store, session_id)


def _work_on(work: Work, store: Store, session_id: str) -> Outcome:
    begun = _begin(work, store, session_id)
    if begun is not None:
        if begun.state == "known":  # seldom: asked for twice, or who did it died right after
            remove_left_files(store.parts, session_id)
        return begun
    try:
        stored = _stored(store, session_id)
        path = stored.recording
        if path is None:
            return _note(work, store, session_id, "working", "its recording is not there")
        session = _analysed(stored, path)
        return _finish(work, store, session_id, session, _changes(stored, session))
    except SessionNotFound:
        return Outcome(session_id, "gone")
    except (RecordingError, InputError) as error:  # the same at every try
        return _note(work, store, session_id, "failed", str(error))
    except (LevelstrideError, OSError) as error:
        return _note(work, store, session_id, "working", str(error))
    except Exception as error:  # noqa: BLE001 - one session must not end the work on all others
        return _note(work, store, session_id, "working", f"{type(error).__name__}: {error}")


def _stored(store: Store, session_id: str) -> StoredSession:
    """The session as it stands; without its tables where they are damaged: they are made anew."""
    try:
        return store.session(session_id)
    except SessionNotFound:
        raise
    except StoreError:
        return read_session(store.parts, session_id, tables=False)


def _begin(work: Work, store: Store, session_id: str) -> Outcome | None:
    """Count a try; an outcome if there is nothing to do."""
    with Transaction(store.parts.writer) as catalogue, catalogue.begin():
        row = catalogue.get(SessionRow, session_id)
        if row is None:
            return Outcome(session_id, "gone")
        known = catalogue.get(AnalysisRow, (session_id, work.method))
        if known is None and row.method.startswith(work.method) and not work.again:
            return Outcome(session_id, "known")
        fresh = known is None or known.changes.get("run", "") == work.run
        if known is not None and known.state != "working" and (fresh or not work.again):
            state: State = "known" if known.state == "done" else "failed"
            return Outcome(session_id, state, known.reason)
        if known is None or not fresh:
            known = catalogue.merge(_analysis_row(work, session_id))
        if known.tries >= work.max_tries:
            known.state = "failed"
            known.reason = known.reason or (
                f"the process that analysed it ended {known.tries} times"
            )
            return Outcome(session_id, "failed", known.reason)
        known.tries += 1
        known.written_utc = datetime.now(UTC)
    return None


def _analysis_row(work: Work, session_id: str) -> AnalysisRow:
    return AnalysisRow(
        session_id=session_id,
        method=work.method,
        state="working",
        tries=0,
        reason="",
        changes={"run": work.run},
        written_utc=datetime.now(UTC),
    )


def _analysed(stored: StoredSession, path: Path) -> Session:
    """The session, analysed as it was then, with what was said about it since."""
    before = stored.provenance
    mode: Mode = "online" if before.get("mode") == "online" else "offline"
    places = before.get("placements")
    placements = (
        {str(key): Placement(str(value)) for key, value in places.items()}
        if isinstance(places, Mapping)
        else None
    )
    session = analyse_recording(path, mode=mode, placements=placements)
    imported = before.get("format") not in (None, "recording")
    kept = {key: before[key] for key in ("format", "files") if key in before}
    return replace(
        session,
        session_id=stored.summary.session_id,
        runner=stored.summary.runner,
        started_utc=stored.summary.started_utc,
        conditions=dict(stored.summary.conditions),
        strides=with_side_channels(session.strides, _channels(stored.strides, session)),
        notes=tuple(dict.fromkeys((*stored.notes, *session.notes))) if imported else session.notes,
        provenance={**session.provenance, **kept},
        source=Path(stored.source) if stored.source else None,
    )


def _channels(strides: pd.DataFrame, session: Session) -> dict[SideQuantity, SideSeries]:
    """Speed, slope and heart rate from a watch's file that is no part of the recording."""
    found: dict[SideQuantity, SideSeries] = {}
    for quantity in QUANTITIES:
        if quantity not in strides or any(quantity in s.metrics for s in session.strides):
            continue
        middle = 0.5 * (strides["foot_strike_s"] + strides["next_foot_strike_s"])
        series = series_of(middle.to_list(), strides[quantity].to_list())
        if series is not None:
            found[quantity] = series
    return found


def _changes(stored: StoredSession, session: Session) -> dict[str, object]:
    """Old and new median of the headline metrics, by side; the numbers of valid strides."""
    after = summarise_sides(session.strides, main_gait(session.strides) or "run")
    changes: dict[str, object] = {
        "strides": [
            stored.summary.strides_left + stored.summary.strides_right,
            len(session.valid_strides()),
        ],
        "gait": [stored.summary.gait, main_gait(session.strides)],
    }
    for metric in HEADLINES:
        for side, summaries in after.items():
            old = stored.summary.metrics.get(side, {}).get(metric)
            new = summaries.get(metric)
            if old is not None or new is not None:
                changes[f"{metric} {side}"] = [
                    None if old is None else old.median,
                    None if new is None else new.median,
                ]
    return changes


def _finish(
    work: Work, store: Store, session_id: str, session: Session, changes: dict[str, object]
) -> Outcome:
    parts, result = store.parts, new_result()
    tables = write_results(parts.files, session, session_id, result)
    with holding(parts.writer, session_id) as catalogue:
        row = catalogue.get(SessionRow, session_id)
        if row is None:
            for table in tables:
                parts.files.place.remove(table.name)
            return Outcome(session_id, "gone")
        tables = still_there(parts.files, tables, session, session_id, result)
        # What people changed while the analysis ran stays as they have it.
        session = replace(
            session, conditions={key: str(value) for key, value in row.conditions.items()}
        )
        added = row.added_utc
        catalogue.execute(delete(SideSummaryRow).where(SideSummaryRow.session_id == session_id))
        catalogue.expire(row, ["summaries"])
        fill_row(row, session, where=f"session {session_id}")
        row.added_utc = added
        row.listed_utc = row.started_utc or added
        row.method = f"{work.method}-{session.provenance.get('mode')}"
        row.result = result
        write_search_row(catalogue, row)
        catalogue.execute(
            delete(FileRow).where(
                FileRow.session_id == session_id, ~FileRow.name.startswith("recordings/")
            )
        )
        catalogue.add_all(file_rows(session_id, tables))
        known = catalogue.get(AnalysisRow, (session_id, work.method))
        if known is None:
            known = catalogue.merge(_analysis_row(work, session_id))
        known.state, known.reason = "done", ""
        known.changes = {**changes, "run": work.run}
        known.written_utc = datetime.now(UTC)
    remove_left_files(parts, session_id)
    return Outcome(session_id, "done")


def give_up(work: Work, store: Store, session_id: str, reason: str) -> Outcome:
    """Write down that a session is not to be tried again."""
    return _note(work, store, session_id, "failed", reason)


def _note(
    work: Work, store: Store, session_id: str, state: Literal["working", "failed"], reason: str
) -> Outcome:
    """Write down why a try failed; given up when there were enough."""
    reason = reason.replace("\0", "")[:500]
    with Transaction(store.parts.writer) as catalogue, catalogue.begin():
        if catalogue.get(SessionRow, session_id) is None:
            return Outcome(session_id, "gone")
        known = catalogue.get(AnalysisRow, (session_id, work.method))
        if known is None:
            known = catalogue.merge(_analysis_row(work, session_id))
        given_up = state == "failed" or known.tries >= work.max_tries
        known.state = "failed" if given_up else "working"
        known.reason = reason
        known.written_utc = datetime.now(UTC)
    return Outcome(session_id, "failed" if given_up else "again", reason)
