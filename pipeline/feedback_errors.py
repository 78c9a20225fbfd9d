"""Errors of feedback."""

from __future__ import annotations

from sensors.errors import LevelstrideError


class FeedbackError(LevelstrideError):
    """Feedback was asked for in a way that makes no sense."""
