"""What feedback a runner or therapist asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from pipeline.feedback_errors import FeedbackError
from pipeline.metrics.registry import METRICS
from pipeline.stride import Gait

CueMetric = Literal["cadence_spm", "cpd_peak_deg", "tir_exc_deg"]
CUE_METRICS: tuple[CueMetric, ...] = get_args(CueMetric)
"""Metrics that can be cued; cadence first, the one with the best evidence."""
Basis = Literal["session", "earlier", "reference", "fixed"]
"""Where a target zone comes from: own strides of this session, own earlier session, a named
reference group, or two numbers."""
MOST_SESSIONS = 40


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """One kind of feedback for one session.

    Attributes:
        metric: what is cued.
        basis: where the target zone comes from.
        change_percent: cadence: target above the own baseline, percent.
        lower_by_sd: drop and rotation: target below the own baseline, in standard deviations
            between its strides.
        low: lower end of a ``fixed`` zone, unit of the metric.
        high: upper end of a ``fixed`` zone, unit of the metric.
        gait: the gait that is cued; strides of the other one are passed over.
        session_number: which session of a course this is, from 1; None: the one after those
            that the runner has had, as far as somebody knows, else the first.
        sessions: sessions of the course; in the second half feedback fades.

    Raises:
        FeedbackError: the parts do not make sense together.
    """

    metric: CueMetric = "cadence_spm"
    basis: Basis = "session"
    change_percent: float = 5.0
    lower_by_sd: float = 1.0
    low: float | None = None
    high: float | None = None
    gait: Gait = "run"
    session_number: int | None = None
    sessions: int = 8

    @property
    def number(self) -> int:
        """The session's number in the course; 1 while it is not known."""
        return 1 if self.session_number is None else self.session_number

    def after(self, earlier_sessions: int) -> FeedbackRequest:
        """With the number of the session that follows earlier ones, unless it was given.

        A course that is over stays at its last session.
        """
        if self.session_number is not None:
            return self
        return replace(self, session_number=min(earlier_sessions + 1, self.sessions))

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.metric not in CUE_METRICS:
            raise FeedbackError(
                f"there is no cue for {self.metric!r}",
                remedy=f"Choose one of {', '.join(CUE_METRICS)}",
            )
        if not 1 <= self.number <= self.sessions <= MOST_SESSIONS:
            raise FeedbackError(
                f"session {self.number} of {self.sessions} is not possible",
                remedy=f"Count sessions from 1, up to {MOST_SESSIONS}",
            )
        if not -20.0 <= self.change_percent <= 20.0 or not 0.0 <= self.lower_by_sd <= 3.0:
            raise FeedbackError(
                "the target is too far from the baseline",
                remedy="Stay within 20 % for cadence and 3 standard deviations for angles",
            )
        if self.basis == "fixed" and not (
            self.low is not None and self.high is not None and -200.0 < self.low < self.high < 400.0
        ):
            raise FeedbackError(
                "a fixed zone needs two numbers, the lower one first",
                remedy="Give both ends of the zone",
            )
        if self.basis == "reference" and not METRICS[self.metric].reference_bands:
            raise FeedbackError(
                f"no accepted reference is known for {METRICS[self.metric].name.lower()}",
                remedy="Take the own baseline in its place",
            )
