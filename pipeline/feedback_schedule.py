"""Fading: feedback on all the time in the first half of a course, less and less in the second.

Retraining studies with lasting effects gave feedback in full at first and withdrew it over the last
sessions (Noehren et al. 2011, Willy et al. 2012: eight sessions, faded over the last four).
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK_S = 60.0
"""Feedback is on at the beginning of each such block, and off for the rest of it."""


@dataclass(frozen=True, slots=True)
class FadedSchedule:
    """When feedback is on.

    Attributes:
        session_number: which session of the course, from 1.
        sessions: sessions of the course.
    """

    session_number: int
    sessions: int

    @property
    def share(self) -> float:
        """Share of the time in which feedback is on, 0 to 1."""
        full = (self.sessions + 1) // 2
        if self.session_number <= full:
            return 1.0
        return (self.sessions - self.session_number + 1) / (self.sessions - full + 1)

    def is_on(self, since_s: float) -> bool:
        """Whether feedback is on, ``since_s`` seconds after it began."""
        return since_s % BLOCK_S < self.share * BLOCK_S

    def seconds_to_change(self, since_s: float) -> float:
        """Seconds until it goes on or off; infinity when it stays on."""
        if self.share >= 1.0:
            return float("inf")
        within = since_s % BLOCK_S
        edge = self.share * BLOCK_S
        return (edge if within < edge else BLOCK_S) - within
