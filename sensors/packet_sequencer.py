"""Puts the packets of a sensor in order: what is new, what is lost, what came twice."""

from __future__ import annotations

from typing import NamedTuple

_WRAP = 2**32
_ESTIMATE_AFTER_SAMPLES = 100
_TOLERANCE_S = 0.25
_TOLERANCE_RATE = 0.01
_CLOCK_STEP_S = 1.0


class Placed(NamedTuple):
    """Where a packet belongs.

    Attributes:
        first: index of its first sample: the sensor's own, but it never wraps, and goes on over
            restarts of the sensor.
        skip: samples at its start that were there before.
        lost: samples missing before it.
        clock: which device clock its time is on; counts up when the device restarted.
        period_s: device time from sample to sample.
        late: the packet lies before what was placed already.
    """

    first: int
    skip: int
    lost: int
    clock: int
    period_s: float
    late: bool


class PacketSequencer:
    """Follows the sample index of one sensor through wraps, gaps, repeats and restarts.

    Args:
        rate_hz: sampling rate that the sensor states.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self._clock = 0
        self._last: tuple[int, int, float, float] | None = None  # raw, index, device, arrival
        self._end = 0
        self._anchor = (0, 0.0)

    @property
    def period_s(self) -> float:
        """Device time from sample to sample, as well as it is known by now."""
        return self._period_s

    def place(self, first_index: int, device_s: float, count: int, arrival_s: float) -> Placed:
        """Place the next packet.

        Args:
            first_index: index of its first sample as sent, modulo 2**32.
            device_s: device time of its first sample.
            count: its samples.
            arrival_s: when it arrived.
        """
        if self._last is None:
            return self._begin(first_index, first_index, 0, device_s, count, arrival_s)
        last_raw, last_index, last_device, _ = self._last
        step = (first_index - last_raw + _WRAP // 2) % _WRAP - _WRAP // 2
        expected = last_device + step * self._period_s
        if abs(device_s - expected) > _TOLERANCE_S + _TOLERANCE_RATE * abs(expected - last_device):
            return self._restart(first_index, device_s, count, arrival_s)
        index = last_index + step
        if index + count <= self._end:
            return Placed(index, count, 0, self._clock, self._period_s, late=True)
        lost = max(0, index - self._end)
        skip = max(0, self._end - index)
        anchor_index, anchor_device = self._anchor
        if index - anchor_index >= _ESTIMATE_AFTER_SAMPLES:
            self._period_s = (device_s - anchor_device) / (index - anchor_index)
        self._last = (first_index, index, device_s, arrival_s)
        self._end = index + count
        return Placed(index, skip, lost, self._clock, self._period_s, late=False)

    def _begin(
        self, raw: int, index: int, lost: int, device_s: float, count: int, arrival_s: float
    ) -> Placed:
        self._last = (raw, index, device_s, arrival_s)
        self._end = index + count
        self._anchor = (index, device_s)
        return Placed(index, 0, lost, self._clock, self._period_s, late=False)

    def _restart(self, raw: int, device_s: float, count: int, arrival_s: float) -> Placed:
        """The sensor counts from zero again, and its clock perhaps too."""
        if self._last is None:
            return self._begin(raw, 0, 0, device_s, count, arrival_s)
        _, last_index, last_device, last_arrival = self._last
        device_step, host_step = device_s - last_device, arrival_s - last_arrival
        if device_step > 0 and abs(device_step - host_step) < _CLOCK_STEP_S:
            step_s = device_step
        else:
            step_s = host_step
            self._clock += 1
        index = max(self._end, last_index + round(step_s / self._period_s))
        return self._begin(raw, index, index - self._end, device_s, count, arrival_s)
