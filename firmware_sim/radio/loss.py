"""Which notifications are lost: two-state bursts, single ones, and silent periods.

Losses happen in the device's send queue (the link layer itself retransmits), so they depend on packet
number and session time only: the fast path and the virtual peripherals lose the same packets.
"""

from __future__ import annotations

from firmware_sim.imu.faults import FaultSettings
from firmware_sim.rng import Purpose, stream

_SILENCE_FRAME_S = 120.0


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
        self._single = stream(seed, Purpose.RADIO, sensor, 4)
        self._bad = False
        self._frame = -1
        self._silence = (0.0, 0.0)

    def lost(self, ready_s: float) -> str | None:
        """Why the next packet is lost, ``loss`` or ``silence``; None if it is not.

        To be asked once for every packet, in order.
        """
        f = self._faults
        if f.loss > 0.0:
            leave = 1.0 / f.burst_packets
            enter = leave * f.loss / (1.0 - f.loss)
            draw = float(self._rng.random())
            self._bad = draw >= leave if self._bad else draw < enter
        single = f.loss_residual > 0.0 and float(self._single.random()) < f.loss_residual
        if self._in_silence(ready_s):
            return "silence"
        return "loss" if self._bad or single else None

    def _in_silence(self, t_s: float) -> bool:
        if self._faults.dropouts == 0.0:
            return False
        frame = int(t_s // _SILENCE_FRAME_S)
        if frame != self._frame:
            rng = stream(self._seed, Purpose.RADIO, self._sensor, 1, frame)
            happens = rng.random() < self._faults.dropouts
            # not in the first 25 s: calibration without one sensor is another test
            start = frame * _SILENCE_FRAME_S + float(rng.uniform(25.0, 100.0))
            length = float(rng.uniform(1.0, 6.0)) if happens else 0.0
            self._frame, self._silence = frame, (start, start + length)
        return self._silence[0] <= t_s < self._silence[1]
