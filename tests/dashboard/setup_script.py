"""A set-up whose radio is a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.setup_errors import SetupError
from pipeline.setup_session import SetupSnapshot
from sensors.placement import Placement
from sensors.scan import FoundSensor

SENSORS = (
    FoundSensor("OGI-1", "open", "S1", "AA:01", -50, 88, Placement.PELVIS),
    FoundSensor("OGI-2", "open", "S2", "AA:02", -55, 12, Placement.SHANK_LEFT),
    FoundSensor("OGI-3", "open", "S3", "AA:03", -61, None, None, "could not be asked: timeout"),
)


class ScriptedSetup:
    """The set-up source of dashboard tests.

    Args:
        sensors: what a search finds.
        problem: what a search says went wrong.
    """

    def __init__(self, sensors: tuple[FoundSensor, ...] = SENSORS, problem: str = "") -> None:
        self.sensors = sensors
        self.problem = problem
        self.blinked: list[str] = []
        self.assigned: dict[str, Placement] = {}
        self.state = SetupSnapshot("idle", False, (), {}, "", "", False)

    def snapshot(self) -> SetupSnapshot:
        """State now."""
        return self.state

    def find(self) -> None:
        """Find them at once."""
        places = {s.address: s.placement for s in self.sensors if s.placement is not None}
        self.state = SetupSnapshot("idle", True, self.sensors, places, "", self.problem, False)

    def blink(self, address: str) -> None:
        """Note who was asked."""
        self.blinked.append(address)
        self.state = replace(self.state, blinking=address)

    def assign(self, places: Mapping[str, Placement]) -> None:
        """Take over, or refuse two in one place."""
        if len(set(places.values())) != len(places):
            raise SetupError("two sensors have the same place", remedy="Change one")
        self.assigned = dict(places)
        self.state = replace(self.state, places=dict(places), assigned=True)
