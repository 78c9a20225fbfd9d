"""Sample indices from time stamps, for sensors that stamp their packets but do not count."""

from __future__ import annotations

from typing import NamedTuple

_HALF_SAMPLE = 0.5
_UNKNOWN_RATE_SHARE = 0.03
"""How far the true rate may be from the stated one: what a packet's length may disagree by."""
_KNOWN_RATE_SHARE = 0.003
_KNOWN_AFTER_SAMPLES = 100
_BACK_S = 1.0
_AHEAD_S = 5.0
_BEHIND_S = 10.0
NEW_START = 2**30
"""Jump of the index at a new start of the device's clock: no loss could be so long."""


class Indexed(NamedTuple):
    """Where a packet belongs.

    Attributes:
        first_index: index of its first sample, modulo 2**32.
        first_s: device time of its first sample.
        spacing_s: device time from sample to sample inside it.
    """

    first_index: int
    first_s: float
    spacing_s: float


class TimedIndex:
    """Counts samples by the time stamps of their packets.

    Missing time is missing samples: the samples of a packet are never stretched over a gap. The
    true period is learnt from packets that follow one another.

    Args:
        rate_hz: sampling rate that the sensor states.
        tick_s: unit of the stamps.
        modulus: where the stamps wrap, in ticks; 0 for never.
    """

    def __init__(self, rate_hz: float, *, tick_s: float, modulus: int = 0) -> None:
        self._period_s = 1.0 / rate_hz
        self._share = _UNKNOWN_RATE_SHARE
        self._tick_s = tick_s
        self._modulus = modulus
        self._last: tuple[int, float] | None = None  # ticks of the last sample, arrival
        self._end = 0
        self._anchor = (0, 0)  # index and ticks of a last sample

    @property
    def period_s(self) -> float:
        """Device time from sample to sample, as well as it is known."""
        return self._period_s

    def place_first(self, ticks: int, count: int, arrival_s: float) -> Indexed:
        """Place a packet that is stamped with the time of its first sample."""
        return self.place_last(
            ticks + round((count - 1) * self._period_s / self._tick_s), count, arrival_s
        )

    def place_last(self, ticks: int, count: int, arrival_s: float) -> Indexed:
        """Place a packet that is stamped with the time of its last sample.

        Args:
            ticks: the stamp.
            count: samples in the packet, at least one.
            arrival_s: when it arrived.
        """
        if self._last is None:
            return self._begin(0, ticks, count, arrival_s)
        last_ticks, last_arrival_s = self._last
        step = ticks - last_ticks
        if self._modulus:
            step = (step + self._modulus // 2) % self._modulus - self._modulus // 2
        step_s, host_step_s = step * self._tick_s, arrival_s - last_arrival_s
        if not (-_BACK_S < step_s < host_step_s + _AHEAD_S and host_step_s < step_s + _BEHIND_S):
            return self._begin(self._end + NEW_START, ticks, count, arrival_s)
        ticks = last_ticks + step
        missing = step_s / self._period_s - count
        gap = 0
        if abs(missing) > _HALF_SAMPLE + self._share * count:
            gap = round(missing)
        first = self._end + gap
        if gap < 0:  # it was there before, or overlaps
            return self._indexed(first, ticks, count, self._period_s)
        spacing_s = self._period_s
        self._last, self._end = (ticks, arrival_s), first + count
        if gap:
            self._anchor = (self._end - 1, ticks)
        else:
            spacing_s = step_s / count
            self._learn(ticks)
        return self._indexed(first, ticks, count, spacing_s)

    def _learn(self, ticks: int) -> None:
        index, since = self._anchor
        samples = self._end - 1 - index
        if samples >= _KNOWN_AFTER_SAMPLES:
            self._period_s = (ticks - since) * self._tick_s / samples
            self._share = _KNOWN_RATE_SHARE

    def _begin(self, first: int, ticks: int, count: int, arrival_s: float) -> Indexed:
        self._last, self._end = (ticks, arrival_s), first + count
        self._anchor = (self._end - 1, ticks)
        return self._indexed(first, ticks, count, self._period_s)

    def _indexed(self, first: int, ticks: int, count: int, spacing_s: float) -> Indexed:
        return Indexed(first % 2**32, ticks * self._tick_s - (count - 1) * spacing_s, spacing_s)
