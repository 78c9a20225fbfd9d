"""What a sensor is doing right now, for people to see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sensors.drivers.side_channel import Reading
from sensors.placement import Placement


class SensorState(StrEnum):
    """Stages of a sensor in a recording.

    ::

        searching -> connecting -> configuring -> streaming
                                                   |    ^
                                                   v    |
                                                 recovering -> lost (still tried, now and then)
    """

    SEARCHING = "searching"
    CONNECTING = "connecting"
    CONFIGURING = "configuring"
    STREAMING = "streaming"
    RECOVERING = "recovering"
    LOST = "lost"
    UNUSED = "unused"
    """In range, but without a placement, or with one that another sensor has."""


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """One sensor at one moment.

    Attributes:
        sensor_id: the sensor's own serial; its address, or empty, while it is not known.
        name: advertised name.
        placement: where it is worn; None while not known.
        state: what it is doing.
        battery_percent: charge; None while not known.
        rate_hz: samples a second over the last seconds.
        samples: samples received.
        lost_samples: samples that it took and that did not come.
        clipped_samples: samples at the end of a range.
        late_samples: samples that came after their successors: in the recording, not live.
        damaged_packets: notifications that could not be read.
        temperature_c: temperature of the sensor, degrees Celsius; None while not known.
        reading: last reading of a side channel; None for sensors that give samples.
        rssi: signal strength at the last scan, dBm; None while not known.
        time_uncertainty_s: half width of what its session times can be; None while not known.
        message: in words, what the user should know; empty when all is well.
    """

    sensor_id: str
    name: str
    placement: Placement | None
    state: SensorState
    battery_percent: int | None = None
    rate_hz: float = 0.0
    samples: int = 0
    lost_samples: int = 0
    clipped_samples: int = 0
    late_samples: int = 0
    damaged_packets: int = 0
    temperature_c: float | None = None
    reading: Reading | None = None
    rssi: int | None = None
    time_uncertainty_s: float | None = None
    message: str = ""

    def numbers(self) -> dict[str, float]:
        """What a recording keeps of it: by name with unit, without what is not known."""
        known: dict[str, float | None] = {
            "battery_percent": self.battery_percent,
            "temperature_c": self.temperature_c,
            "rssi_dbm": self.rssi,
        }
        if self.state is SensorState.STREAMING:
            uncertainty_s = self.time_uncertainty_s
            known |= {
                "rate_hz": self.rate_hz,
                "samples": self.samples,
                "lost_samples": self.lost_samples,
                "clipped_samples": self.clipped_samples,
                "late_samples": self.late_samples,
                "clock_uncertainty_ms": None if uncertainty_s is None else uncertainty_s * 1e3,
            }
        return {name: float(number) for name, number in known.items() if number is not None}
