"""What the air does to notifications: which are lost and when the others arrive.

Losses happen in the device's send queue (the link layer itself retransmits), so they depend on packet
number and session time only: the fast path and the virtual peripherals lose the same packets.
"""

from __future__ import annotations

import math

from firmware_sim.imu.faults import FaultSettings
from firmware_sim.rng import Purpose, stream

CONNECTION_INTERVAL_S = 0.015
MINIMUM_DELAY_S = 0.002
_DROPOUT_FRAME_S = 120.0


class LossModel:
    """Two-state (Gilbert-Elliott) burst loss and rare silent periods of one sensor.

    Args:
        seed: Session seed.
        sensor: Index of the sensor.
        faults: Rates and sizes.
    """

    def __init__(self, seed: int, sensor: int, faults: FaultSettings) -> None:
        self._seed = seed
        self._sensor = sensor
        self._faults = faults
        self._rng = stream(seed, Purpose.RADIO, sensor, 0)
        self._bad = False
        self._frame = -1
        self._silence = (0.0, 0.0)

    def lost(self, ready_s: float) -> bool:
        """Whether the next packet is lost; to be asked once for every packet, in order."""
        f = self._faults
        if f.loss > 0.0:
            leave = 1.0 / f.burst_packets
            enter = leave * f.loss / (1.0 - f.loss)
            draw = float(self._rng.random())
            self._bad = draw >= leave if self._bad else draw < enter
        return self._bad or self._in_dropout(ready_s)

    def _in_dropout(self, t_s: float) -> bool:
        if self._faults.dropouts == 0.0:
            return False
        frame = int(t_s // _DROPOUT_FRAME_S)
        if frame != self._frame:
            rng = stream(self._seed, Purpose.RADIO, self._sensor, 1, frame)
            happens = rng.random() < self._faults.dropouts
            # not in the first 25 s: calibration without one sensor is another test
            start = frame * _DROPOUT_FRAME_S + float(rng.uniform(25.0, 100.0))
            length = float(rng.uniform(1.0, 6.0)) if happens else 0.0
            self._frame, self._silence = frame, (start, start + length)
        return self._silence[0] <= t_s < self._silence[1]

    @property
    def silence_s(self) -> tuple[float, float]:
        """Silent period [start, end) of the 120 s frame asked for last."""
        return self._silence


class ArrivalModel:
    """When notifications of one sensor reach the host.

    A packet waits for the next connection event (15 ms grid), then takes host delay: exponential jitter,
    and now and then a stall that holds back everything after it.

    Args:
        seed: Session seed.
        sensor: Index of the sensor.
        faults: Jitter and stalls.
    """

    def __init__(self, seed: int, sensor: int, faults: FaultSettings) -> None:
        self._rng = stream(seed, Purpose.RADIO, sensor, 2)
        self._anchor = float(self._rng.uniform(0.0, CONNECTION_INTERVAL_S))
        self._jitter_s = faults.jitter_ms * 1e-3
        self._stalls_per_s = faults.stalls_per_min / 60.0
        self._last = 0.0
        self._last_ready = 0.0
        self._stall_until = 0.0

    def arrival_s(self, ready_s: float) -> float:
        """Arrival of a packet that was complete at ``ready_s``; to be asked in order."""
        jitter, chance, length = (
            self._rng.exponential(),
            self._rng.random(),
            self._rng.uniform(0.06, 0.2),
        )
        due = ready_s + MINIMUM_DELAY_S - self._anchor
        event = self._anchor + math.ceil(due / CONNECTION_INTERVAL_S) * CONNECTION_INTERVAL_S
        if chance < self._stalls_per_s * (ready_s - self._last_ready):
            self._stall_until = event + float(length)
        self._last_ready = ready_s
        arrival = max(event + self._jitter_s * float(jitter), self._stall_until)
        self._last = max(arrival, self._last + 20e-6)
        return self._last
