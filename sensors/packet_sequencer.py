"""Puts the packets of a sensor in order: what is new, what is lost, what came twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from sensors.packet_batch import PackedPackets
from sensors.sample_block import FLAG_BACKFILLED, FloatArray

_WRAP = 2**32
_WINDOW_PACKETS = 2048
"""Most packets looked at together: bounds what is looked at again after an irregular one."""
_FEWEST_TOGETHER = 8
"""A run of fewer packets costs less one by one."""
_LONGEST_PAUSE = 32
"""Most packets taken one by one before a run is looked for again."""
_ESTIMATE_AFTER_SAMPLES = 100
_TOLERANCE_S = 0.25
_TOLERANCE_RATE = 0.01
_CLOCK_STEP_S = 1.0
_FAR_BACK_S = 5.0
"""Only a back-filled packet can come later than this; any other one shows a new start."""
NOWHERE = -(2**60)


class Placed(NamedTuple):
    """Where a packet belongs.

    Attributes:
        first: index of its first sample: the sensor's own, but it never wraps, and goes on over
            restarts of the sensor.
        skip: samples at its start that were there before.
        lost: samples missing before it.
        clock: which device clock its time is on; counts up when the device restarted.
        period_s: device time from sample to sample.
        late: the packet lies before what was placed already; ``first`` is ``NOWHERE`` for a
            back-filled packet that belongs to another start of the sensor.
    """

    first: int
    skip: int
    lost: int
    clock: int
    period_s: float
    late: bool


class Run(NamedTuple):
    """Packets that follow one another with nothing lost, repeated or late, on one clock.

    Attributes:
        first: index of the first sample of the first packet.
        clock: which device clock their times are on.
        period_s: device time from sample to sample, as known at each packet, shape (p,).
    """

    first: int
    clock: int
    period_s: FloatArray


class PacketSequencer:
    """Follows the sample index of one sensor through wraps, gaps, repeats and restarts.

    Args:
        rate_hz: sampling rate that the sensor states.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self._clock = 0
        self._last: tuple[int, int, float, float] | None = None  # raw, index, device, arrival
        self._start = 0
        self._end = 0
        self._anchor = (0, 0.0)

    @property
    def period_s(self) -> float:
        """Device time from sample to sample, as well as it is known by now."""
        return self._period_s

    def sent_as(self, index: int) -> tuple[int, float] | None:
        """What the sensor calls a sample.

        Args:
            index: its index as placed.

        Returns:
            Index modulo 2**32 and device time; None before the sensor's last start.
        """
        if self._last is None or index < self._start:
            return None
        raw, last, device_s, _ = self._last
        return (raw + index - last) % _WRAP, device_s + (index - last) * self._period_s

    def place(
        self,
        first_index: int,
        device_s: float,
        count: int,
        arrival_s: float,
        *,
        backfilled: bool = False,
    ) -> Placed:
        """Place the next packet.

        Args:
            first_index: index of its first sample as sent, modulo 2**32.
            device_s: device time of its first sample.
            count: its samples.
            arrival_s: when it arrived.
            backfilled: whether the sensor sent it again, on request.
        """
        if self._last is None:
            if backfilled:
                return Placed(NOWHERE, count, 0, self._clock, self._period_s, late=True)
            return self._begin(first_index, first_index, 0, device_s, count, arrival_s)
        last_raw, last_index, last_device, _ = self._last
        step = (first_index - last_raw + _WRAP // 2) % _WRAP - _WRAP // 2
        expected = last_device + step * self._period_s
        if abs(device_s - expected) > _TOLERANCE_S + _TOLERANCE_RATE * abs(expected - last_device):
            if backfilled:
                return Placed(NOWHERE, count, 0, self._clock, self._period_s, late=True)
            return self._restart(first_index, device_s, count, arrival_s)
        index = last_index + step
        if not backfilled and step * self._period_s < -_FAR_BACK_S:
            return self._restart(first_index, device_s, count, arrival_s)
        if backfilled and index < self._start:
            return Placed(NOWHERE, count, 0, self._clock, self._period_s, late=True)
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

    def place_all(
        self, packets: PackedPackets, together: Callable[[], bool] = lambda: True
    ) -> Iterator[tuple[int, int, Placed | Run]]:
        """Place the next packets, as many at once as follow one another.

        The result is that of :meth:`place` for each of them.

        Args:
            packets: the packets.
            together: asked before each step whether runs are welcome.

        Yields:
            First packet, the packet after the last, and where they belong; one packet if placed
            singly. The next step is taken when the next item is asked for.
        """
        position, end, not_before, pause = 0, len(packets), 0, 1
        while position < end:
            run = None
            if position >= not_before and end - position >= _FEWEST_TOGETHER and together():
                run, taken = self._run(packets, position)
                if taken >= _FEWEST_TOGETHER:
                    pause = 1
                else:  # where faults are thick, looking for runs costs more than it saves
                    not_before = position + taken + pause
                    pause = min(2 * pause, _LONGEST_PAUSE)
            if run is not None:
                yield position, position + taken, run
                position += taken
                continue
            placed = self.place(
                packets.first_index[position].item(),
                packets.device_s[position].item(),
                packets.count[position].item(),
                packets.arrival_s[position].item(),
                backfilled=bool(packets.flags[position] & FLAG_BACKFILLED),
            )
            yield position, position + 1, placed
            position += 1

    def _run(self, packets: PackedPackets, start: int) -> tuple[Run | None, int]:
        """Place the packets from ``start`` on that follow without a fault, and count them."""
        if self._last is None:
            return None, 0
        last_raw, last_index, last_device, _ = self._last
        rows = slice(start, start + _WINDOW_PACKETS)
        raw, device, count = packets.first_index[rows], packets.device_s[rows], packets.count[rows]
        step = np.empty_like(raw)
        step[0] = raw[0] - last_raw
        step[1:] = raw[1:] - raw[:-1]
        step = (step + _WRAP // 2) % _WRAP - _WRAP // 2
        if last_index + step[0] != self._end:
            return None, 0
        first = np.cumsum(count) - count + self._end
        # The same arithmetic as in `place`, for all packets: the results must not differ in a bit.
        anchor_index, anchor_device = self._anchor
        distance = first - anchor_index
        period = np.full(len(raw), self._period_s)
        known = distance >= _ESTIMATE_AFTER_SAMPLES
        np.divide(device - anchor_device, distance, out=period, where=known)
        period_before = np.concatenate(([self._period_s], period[:-1]))
        device_before = np.concatenate(([last_device], device[:-1]))
        expected = device_before + step * period_before
        allowed = _TOLERANCE_S + _TOLERANCE_RATE * np.abs(expected - device_before)
        sound = (np.abs(device - expected) <= allowed) & (count > 0)
        sound[1:] &= step[1:] == count[:-1]
        taken = len(sound) if sound.all() else int(np.argmin(sound))
        if not taken:
            return None, 0
        last = taken - 1
        self._period_s = period[last].item()
        self._last = (
            raw[last].item(),
            first[last].item(),
            device[last].item(),
            packets.arrival_s[start + last].item(),
        )
        run = Run(self._end, self._clock, period[:taken])
        self._end = (first[last] + count[last]).item()
        return run, taken

    def _begin(
        self, raw: int, index: int, lost: int, device_s: float, count: int, arrival_s: float
    ) -> Placed:
        self._last = (raw, index, device_s, arrival_s)
        self._start, self._end = index, index + count
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
