"""What a device looks at with every packet: battery, temperature, saturation, dropped packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware_sim.profile import events, uuids
from firmware_sim.profile.events import EventType

if TYPE_CHECKING:
    from firmware_sim.profile.announcer import Announcer

LOW_BATTERY_PERCENT = 15
TELL_EVERY_S = 30.0
"""Distance between two temperature events, and least distance between two clip counts."""


class Watch:
    """Tells what has changed.

    Args:
        announcer: Where it is said.
        queue_packets: Length of the send queue.
    """

    def __init__(self, announcer: Announcer, queue_packets: int) -> None:
        self.overflows = 0
        self._announcer = announcer
        self._queue_packets = queue_packets
        self._low_told = False
        self._battery_told: int | None = None
        self._told_at_s = -TELL_EVERY_S
        self._clips_told = (0, 0)

    def begin(self, session_s: float) -> None:
        """A stream begins: everything is told anew."""
        self.overflows = 0
        self._battery_told = None
        self._clips_told = (0, 0)
        self._told_at_s = session_s - TELL_EVERY_S

    def greet(self) -> None:
        """A host came: it is told the battery level."""
        self._battery_told = None

    def quiet(self, session_s: float, percent: int) -> bool:
        """Whether there is nothing to tell."""
        return (
            percent == self._battery_told
            and not self.overflows
            and session_s < self._told_at_s + TELL_EVERY_S
        )

    def look(
        self,
        session_s: float,
        air_s: float,
        device_us: int,
        *,
        percent: int,
        celsius: float,
        clips: tuple[int, int],
    ) -> None:
        """Tell what has changed.

        Args:
            session_s: Session time.
            air_s: Air time.
            device_us: Device time.
            percent: Battery level.
            celsius: Temperature of the sensor.
            clips: Samples at a limit since START, accelerometer and gyroscope.
        """
        say = self._announcer
        if percent != self._battery_told:
            self._battery_told = percent
            say.say(air_s, uuids.BATTERY_LEVEL, bytes([percent]))
        if percent <= LOW_BATTERY_PERCENT and not self._low_told:
            self._low_told = True
            say.event(air_s, device_us, EventType.LOW_BATTERY, bytes([percent]))
        if self.overflows:
            data = events.overflow_data(self.overflows, self._queue_packets)
            self.overflows = 0
            say.event(air_s, device_us, EventType.OVERFLOW, data)
        if session_s < self._told_at_s + TELL_EVERY_S:
            return
        self._told_at_s = session_s
        say.event(air_s, device_us, EventType.TEMPERATURE, events.temperature_data(celsius))
        if clips != self._clips_told:
            self._clips_told = clips
            say.event(air_s, device_us, EventType.CLIP_COUNT, events.clip_data(*clips))
