"""Sample indices by counting, for sensors that send neither a clock nor a count.

Lost samples shift the count. They show as a step in the residual, arrival minus counted time, that
does not go away: late packets come back to the line of the quickest ones, lost samples never do.
So a packet goes on once it, or one after it, has been on the line; where none has been for
``HOLD_S``, samples were lost, and the index is moved on.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

HOLD_S = 1.5
"""How long a step must last to be a loss; the longest delay that this stage adds."""
STEP_PERIODS = 1.5
"""Smallest step that is told from late packets, in sample periods."""
_WINDOW_S = 1.0
_LONGEST_PAUSE_S = 0.25
"""A silence counts for no more: it takes packets to see a step."""
_MOST_HELD = 512
_BIN_S = 1.0
_BINS = 60
_LEVEL_BINS = 10
_SLOPED_AFTER_S2 = 5.0
"""Sum of squared distances, in time, of the points that a skew is fitted to: five seconds."""
_MAX_SKEW = 0.02
_USUAL_SKEW = 0.01

T = TypeVar("T")


class Counted(NamedTuple, Generic[T]):
    """A packet with its place.

    Attributes:
        first_index: index of its first sample, modulo 2**32.
        first_s: counted time of its first sample, seconds of the stated rate.
        arrival_s: when it arrived.
        content: what was handed in with it.
    """

    first_index: int
    first_s: float
    arrival_s: float
    content: T


@dataclass(slots=True)
class _Held(Generic[T]):
    first: int
    count: int
    arrival_s: float
    seen_s: float
    content: T


class _Line:
    """Where the quickest packets of each second lie: residual over counted time."""

    def __init__(self) -> None:
        self._bins: deque[tuple[float, float, int]] = deque(maxlen=_BINS)
        self._slot = self._run = 0
        self._sloped = False
        self._at_s = self._level_s = self._skew = 0.0

    @property
    def known(self) -> bool:
        return bool(self._bins)

    @property
    def slack_s(self) -> float:
        """What the line may be off by while its skew is not known."""
        return 0.0 if self._sloped else _USUAL_SKEW * HOLD_S

    def __call__(self, at_s: float) -> float:
        return self._level_s + self._skew * (at_s - self._at_s)

    def begin(self, at_s: float, residual_s: float) -> None:
        """Start anew at a level; the skew is kept."""
        self.shift()
        self._open((at_s, residual_s, self._run))
        self._at_s, self._level_s = at_s, residual_s

    def shift(self) -> None:
        """The index was moved on: what follows is another run of packets."""
        self._run += 1

    def take(self, at_s: float, residual_s: float) -> None:
        """Use a packet that lies near the line."""
        if int(at_s // _BIN_S) != self._slot or self._bins[-1][2] != self._run:
            self._fit()
            self._open((at_s, residual_s, self._run))
        elif residual_s < self._bins[-1][1]:
            self._bins[-1] = (at_s, residual_s, self._run)
        if not self._sloped and residual_s < self(at_s):
            self._at_s, self._level_s = at_s, residual_s

    def _open(self, point: tuple[float, float, int]) -> None:
        self._slot = int(point[0] // _BIN_S)
        self._bins.append(point)

    def _fit(self) -> None:
        """The mean slope inside runs, for across them it may hold losses; and the last level."""
        above = below = 0.0
        for _, points in groupby(self._bins, key=lambda point: point[2]):
            run = list(points)
            mean_x = sum(x for x, _, _ in run) / len(run)
            mean_y = sum(y for _, y, _ in run) / len(run)
            above += sum((x - mean_x) * (y - mean_y) for x, y, _ in run)
            below += sum((x - mean_x) ** 2 for x, _, _ in run)
        self._sloped = self._sloped or below >= _SLOPED_AFTER_S2
        if self._sloped and below > 0.0:
            self._skew = min(max(above / below, -_MAX_SKEW), _MAX_SKEW)
        last = list(self._bins)[-_LEVEL_BINS if self._sloped else -1 :]
        last = [point for point in last if point[2] == self._run] or last[-1:]
        self._at_s = sum(x for x, _, _ in last) / len(last)
        self._level_s = sum(y for _, y, _ in last) / len(last)


class CountedIndex(Generic[T]):
    """Counts the samples of packets, and finds where some were lost.

    Args:
        rate_hz: sampling rate that the sensor states, within two percent.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self._held: list[_Held[T]] = []
        self._end = 0
        self._line = _Line()
        self._last_arrival_s = 0.0
        self._seen_s = 0.0

    @property
    def _step_s(self) -> float:
        return STEP_PERIODS * self._period_s + self._line.slack_s

    def push(self, count: int, arrival_s: float, content: T) -> list[Counted[T]]:
        """Take the next packet.

        Args:
            count: samples in the packet, at least one.
            arrival_s: when it arrived.
            content: comes back with the packet.

        Returns:
            The packets whose places are certain now, in order.
        """
        self._seen_s += min(max(arrival_s - self._last_arrival_s, 0.0), _LONGEST_PAUSE_S)
        self._last_arrival_s = arrival_s
        packet = _Held(self._end, count, arrival_s, self._seen_s, content)
        self._held.append(packet)
        self._end += count
        at_s, residual_s = self._point(packet)
        if not self._line.known or residual_s < self._line(at_s) - self._step_s:
            self._line.begin(at_s, residual_s)
        elif self._excess(packet) > self._step_s and not self._overdue():
            return []
        return self._settle()

    def finish(self) -> list[Counted[T]]:
        """Give out the packets that still wait; nothing comes after."""
        return self._release(len(self._held))

    def _settle(self) -> list[Counted[T]]:
        found: list[Counted[T]] = []
        while self._held:
            late = [self._excess(packet) > self._step_s for packet in self._held]
            if not all(late):
                found += self._release(len(late) - late[::-1].index(False))
            if not self._held or not self._overdue():
                break
            self._lose()
        return found

    def _overdue(self) -> bool:
        waited_s = self._seen_s - self._held[0].seen_s
        return waited_s >= HOLD_S or len(self._held) >= _MOST_HELD

    def _lose(self) -> None:
        """Move the index on by the samples that the last second shows to be missing."""
        recent = [one for one in self._held if one.seen_s >= self._seen_s - _WINDOW_S]
        lowest_s = min(self._excess(packet) for packet in recent)
        lost = max(1, round(lowest_s / self._period_s))
        before_s = (lost - 1) * self._period_s
        first = 0  # late packets from before the loss keep their places
        for position, packet in enumerate(self._held):
            if self._excess(packet) < before_s:
                first = position + 1
        first = min(first, len(self._held) - 1)
        for packet in self._held[first:]:
            packet.first += lost
        self._end += lost
        self._line.shift()

    def _release(self, count: int) -> list[Counted[T]]:
        out, self._held = self._held[:count], self._held[count:]
        found: list[Counted[T]] = []
        for packet in out:
            at_s, residual_s = self._point(packet)
            if abs(residual_s - self._line(at_s)) <= self._step_s:
                self._line.take(at_s, residual_s)
            found.append(
                Counted(
                    packet.first % 2**32,
                    packet.first * self._period_s,
                    packet.arrival_s,
                    packet.content,
                )
            )
        return found

    def _point(self, packet: _Held[T]) -> tuple[float, float]:
        """Counted time of the last sample, and what the arrival lies above it."""
        at_s = (packet.first + packet.count - 1) * self._period_s
        return at_s, packet.arrival_s - at_s

    def _excess(self, packet: _Held[T]) -> float:
        at_s, residual_s = self._point(packet)
        return residual_s - self._line(at_s)
