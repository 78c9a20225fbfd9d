"""What the library knows of a runner's earlier sessions, for feedback."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pipeline.feedback_log import Course, Earlier
from pipeline.feedback_request import CueMetric, FeedbackRequest
from pipeline.feedback_zone import BASELINE_STRIDES, Baseline
from pipeline.store import Store
from pipeline.stored_session import SessionSummary
from pipeline.stride import SIDES

FEEDBACK_CONDITION = "feedback"
"""Condition of sessions in which cues were given."""


def earlier_baseline(store: Store) -> Earlier:
    """What finds the runner's newest running session without feedback.

    Args:
        store: library.
    """

    def find(runner: str, metric: CueMetric) -> Baseline | None:
        mine = [
            s
            for s in store.sessions(runner)
            if s.gait == "run" and FEEDBACK_CONDITION not in s.conditions
        ]
        for summary in sorted(mine, key=_when, reverse=True):
            known = {side: summary.metrics.get(side, {}).get(metric) for side in SIDES}
            parts = {side: each for side, each in known.items() if each is not None}
            if len(parts) < len(SIDES) or min(p.n for p in parts.values()) < BASELINE_STRIDES:
                continue
            return Baseline(
                {side: part.median for side, part in parts.items()},
                {side: part.robust_sd for side, part in parts.items()},
                min(part.n for part in parts.values()),
                f"own session of {_when(summary):%Y-%m-%d}",
            )
        return None

    return find


def course_sessions(store: Store) -> Course:
    """What counts the runner's sessions with such cues.

    Args:
        store: library.
    """

    def count(runner: str, metric: CueMetric) -> int:
        begins = f"{metric}, session "
        return sum(
            s.conditions.get(FEEDBACK_CONDITION, "").startswith(begins)
            for s in store.sessions(runner)
        )

    return count


def feedback_conditions(request: FeedbackRequest | None) -> Mapping[str, str]:
    """Conditions of a session with this feedback; none without."""
    if request is None:
        return {}
    course = f"{request.number} of {request.sessions}"
    return {FEEDBACK_CONDITION: f"{request.metric}, session {course}"}


def _when(summary: SessionSummary) -> datetime:
    return summary.started_utc or summary.added_utc
