"""Where on the body a sensor is worn."""

from __future__ import annotations

from enum import StrEnum


class Placement(StrEnum):
    """Body segment that a sensor is strapped to; the value is the name used in files."""

    PELVIS = "pelvis"
    SHANK_LEFT = "shank_left"
    SHANK_RIGHT = "shank_right"

    @property
    def label(self) -> str:
        """Words for people: ``left shank``."""
        return {"pelvis": "pelvis", "shank_left": "left shank", "shank_right": "right shank"}[
            self.value
        ]
