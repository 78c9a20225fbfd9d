"""Errors of the set-up."""

from __future__ import annotations

from sensors.errors import LevelstrideError


class SetupError(LevelstrideError):
    """A step of the set-up cannot be taken now."""
