"""Gathers what a runner's page shows."""

from __future__ import annotations

from dashboard.journal_endpoint import today
from dashboard.pages.runner import RunnerView
from dashboard.parts.pattern_section import run_patterns
from dashboard.runner_history import (
    HISTORY_METRICS,
    LOOKED_AT,
    history,
    runner_sessions,
    session_estimates,
    unread_text,
)
from pipeline.errors import StoreError
from pipeline.statistics.movement_pattern import RUNS_LOOKED_AT
from pipeline.store import Store
from pipeline.stride import SIDES


def runner_state(store: Store, runner_id: str) -> str:
    """A text that changes when anything does that the page of a runner shows.

    Args:
        store: library, as the caller may see it.
        runner_id: id out of an address, so not to be trusted.

    Raises:
        StoreError: there is no such runner, or the library cannot be read.
    """
    sessions = runner_sessions(store, runner_id, metrics=False)
    stamps = []
    for summary in sessions[:LOOKED_AT]:
        try:
            stamps.append(store.results_stamp(summary))
        except StoreError:
            stamps.append("")
    return repr((store.journal.runner_file(runner_id), sessions, stamps, today()))


def runner_view(store: Store, runner_id: str) -> RunnerView:
    """What the page of a runner shows; running sessions where there are any, else walking.

    Args:
        store: library.
        runner_id: id out of an address, so not to be trusted.

    Raises:
        StoreError: there is no such runner, or the library cannot be read.
    """
    file = store.journal.runner_file(runner_id)
    sessions = runner_sessions(store, runner_id)
    runs = [s for s in sessions if s.gait == "run"]
    compared = runs or [s for s in sessions if s.gait == "walk"]
    newest = [session_estimates(store, s) for s in runs[:RUNS_LOOKED_AT]]
    return RunnerView(
        file=file,
        sessions=sessions,
        histories={
            key: {side: history(store, compared, key, side) for side in SIDES}
            for key in HISTORY_METRICS
        }
        if compared
        else {},
        patterns=run_patterns(newest),
        unread=unread_text(store, compared),
        today=today(),
    )
