"""Feedback of a live session: decides at each stride, and writes every cue into the recording."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from pipeline.feedback import Feedback, FeedbackState
from pipeline.feedback_cue import MARKER_KIND, Cue
from pipeline.feedback_request import CueMetric, FeedbackRequest
from pipeline.feedback_zone import Baseline
from pipeline.stride import Stride

REQUEST_KIND = "feedback"
"""Kind of the marker that says which feedback was asked for."""
Mark = Callable[[str, str], None]
"""Writes a marker: text, kind."""
Course = Callable[[str, CueMetric], int]
"""Given a runner and a metric: how many sessions with such cues the runner has had."""
Earlier = Callable[[str, CueMetric], Baseline | None]
"""Given a runner and a metric: the baseline of an earlier session, None when there is none."""


class LiveFeedback:
    """Feedback that can be set while a session runs; safe to call from any thread.

    Args:
        mark: writes markers into the recording, if one runs.
        earlier: knows the runner's earlier sessions.
        on_cue: called with each cue at once, on the thread that brought the stride.
        course: knows how many sessions of a course the runner has had.
    """

    def __init__(
        self,
        mark: Mark,
        earlier: Earlier | None = None,
        on_cue: Callable[[Cue], None] | None = None,
        course: Course | None = None,
    ) -> None:
        self._course = course
        self._asked: FeedbackRequest | None = None
        self._mark = mark
        self._earlier = earlier
        self._on_cue = on_cue
        self._lock = threading.Lock()
        self._feedback: Feedback | None = None
        self._runner = ""
        self._request: FeedbackRequest | None = None
        self._cue: Cue | None = None
        self._cue_at = 0.0
        self._cues = 0

    @property
    def request(self) -> FeedbackRequest | None:
        """What was asked for, with the number of the session; None for no feedback."""
        return self._request

    def begin(self, runner: str) -> None:
        """A session begins: what was asked for starts anew."""
        request = self._numbered(self._asked, runner)
        earlier = self._earlier_baseline(request, runner)
        with self._lock:
            self._runner, self._cue, self._cues = runner, None, 0
            self._request = request
            self._make(earlier, ())

    def announce(self) -> None:
        """Write what was asked for into a recording that has just begun."""
        if self._request is not None:
            self._mark(_request_text(self._request), REQUEST_KIND)

    def set(self, request: FeedbackRequest | None, strides: Iterable[Stride]) -> None:
        """Ask for feedback, or for none.

        Args:
            request: what is asked for.
            strides: strides so far, for a baseline of this session.
        """
        self._asked, request = request, self._numbered(request, self._runner)
        earlier = self._earlier_baseline(request, self._runner)
        with self._lock:
            self._request = request
            self._make(earlier, strides)
        self._mark(_request_text(request), REQUEST_KIND)

    def push(self, strides: Iterable[Stride]) -> None:
        """Take in new strides."""
        for stride in strides:
            with self._lock:
                cue = self._feedback.push(stride) if self._feedback is not None else None
                if cue is None:
                    continue
                self._cue, self._cue_at, self._cues = cue, time.monotonic(), cue.number
            self._mark(cue.marker_text(), MARKER_KIND)
            if self._on_cue is not None:
                self._on_cue(cue)

    def state(self) -> tuple[FeedbackState | None, Cue | None, float]:
        """State, last cue, and its age in seconds (infinity without one)."""
        with self._lock:
            state = self._feedback.state() if self._feedback is not None else None
            age_s = time.monotonic() - self._cue_at if self._cue is not None else float("inf")
            return state, self._cue, age_s

    def _numbered(self, request: FeedbackRequest | None, runner: str) -> FeedbackRequest | None:
        """Outside of the lock, too; nobody can tell the courses of nameless runners apart."""
        if request is None or request.session_number is not None:
            return request
        known = self._course(runner, request.metric) if self._course and runner else 0
        return request.after(known)

    def _earlier_baseline(self, request: FeedbackRequest | None, runner: str) -> Baseline | None:
        """Outside of the lock: a library is asked."""
        if request is None or request.basis != "earlier" or self._earlier is None:
            return None
        return self._earlier(runner, request.metric)

    def _make(self, earlier: Baseline | None, strides: Iterable[Stride]) -> None:
        if self._request is None:
            self._feedback = None
            return
        self._feedback = Feedback(self._request, earlier, self._cues + 1)
        self._feedback.prime(strides)


def _request_text(request: FeedbackRequest | None) -> str:
    if request is None:
        return "feedback off"
    ends = f" {request.low:g}..{request.high:g}" if request.basis == "fixed" else ""
    target = (
        f"{request.change_percent:+g} %"
        if request.metric == "cadence_spm"
        else f"-{request.lower_by_sd:g} SD"
    )
    return (
        f"feedback {request.metric} {request.basis}{ends or ' ' + target} {request.gait} "
        f"session {request.number} of {request.sessions}"
    )
