"""From a device's clock to session time, while it is being recorded: from the past only."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque

import numpy as np

from sensors.clock_kind import CRYSTAL, ClockKind
from sensors.envelope_fit import EnvelopeFit, fit_envelope
from sensors.event_grid import PHASE_DOUBT_S, EventGrid, event_grid, minima_by_events
from sensors.exchanged_bounds import (
    AFTER_EVENT_S,
    IMPOSSIBLE_S,
    MIN_DELAY_S,
    BoundsBelow,
    Delay,
    bounds_alongside,
    delay_between,
)
from sensors.hidden_wait import NO_WAIT, WaitSample, hidden_wait
from sensors.lower_envelope import Line, Minima
from sensors.packet_batch import SyncPoint
from sensors.sample_block import FloatArray

SLEW = 0.05
"""Largest correction of live time, seconds per second, so that it never runs backwards."""
READY_PACKETS = 10
"""Packets seen before live time is given out: half a second at 20 packets a second."""


class LiveClock:
    """Device clock to session time, from the past only.

    The result depends on the packets and their order, not on when or in what groups they are
    handed in.

    Args:
        kind: kind of clock.
    """

    def __init__(self, kind: ClockKind = CRYSTAL) -> None:
        self._kind = kind
        self._minima = Minima(kind.bin_s)
        self._fit: EnvelopeFit | None = None
        self._first_s = math.inf
        self._latest_s = -math.inf
        self._sync: deque[SyncPoint] = deque()
        self._sync_news = False
        self._below: EnvelopeFit | None = None
        self._grid: EventGrid | None = None
        self._seen_fit: EnvelopeFit | None = None
        self._beside: BoundsBelow | None = None
        self._line: Line | None = None
        self._seen = 0
        self._slew_from: tuple[float, float] | None = None
        self._delay = Delay(MIN_DELAY_S, MIN_DELAY_S)
        self._waits = WaitSample()
        self._wait = NO_WAIT
        self._next_fit_s = -math.inf

    @property
    def ready(self) -> bool:
        """Whether enough packets were seen to give out time."""
        return self._seen >= READY_PACKETS and self._latest_s - self._first_s >= self._kind.ready_s

    @property
    def uncertainty_s(self) -> float:
        """Half width of what the offset given out last can be, seconds; see :class:`ClockFit`.

        Infinite before the first packet.
        """
        if self._fit is None or self._line is None:
            return math.inf
        lag = 0.0
        if self._slew_from is not None:
            device, given = self._slew_from
            lag = abs(self._line(device) - self._delay.usual_s - given)
        fit = self._seen_fit or self._fit
        return self._delay.half_s + fit.uncertainty_s(self._latest_s) + lag

    def observe(self, device_s: float, arrival_s: float) -> None:
        """Take a packet: device time of its last sample, and its arrival."""
        self._seen += 1
        self._first_s = min(self._first_s, device_s)
        self._latest_s = device_s
        self._waits.add(device_s, arrival_s - device_s)
        self._take(device_s, arrival_s - device_s)

    def observe_sync(self, point: SyncPoint) -> None:
        """Take an exchange of messages."""
        self._take(point.device_s, point.upper_s)
        self._sync.append(point)
        while self._sync[0].device_s < point.device_s - self._kind.window_s:
            self._sync.popleft()
        self._sync_news = True

    def _take(self, device_s: float, offset_s: float) -> None:
        if self._minima.add(device_s, offset_s) or self._line is None:
            self._refit(device_s)
        if self._line is not None and offset_s < self._line(device_s):
            self._line = Line(device_s, offset_s, self._line.skew)
            self._update_delay(device_s)

    def _refit(self, now_s: float) -> None:
        minima, kind = self._minima, self._kind
        minima.forget_before(now_s - kind.window_s)
        x, y = list(minima.device_s), list(minima.offset_s)
        if x[-1] - x[0] >= kind.slope_after_s:
            if now_s < self._next_fit_s:
                return
            self._next_fit_s = now_s + kind.refit_s
        else:
            recent = bisect_left(x, now_s - kind.live_window_s)
            x, y = x[recent:] or x[-1:], y[recent:] or y[-1:]
        self._fit = fit_envelope(x, y, kind)
        self._line = line = self._fit.line
        self._waits.forget_before(now_s - kind.window_s)
        at, offset = self._waits.between(x[0], now_s)
        envelope = line.offset_s + line.skew * (at - line.at_s)
        self._wait = hidden_wait(at + envelope, offset - envelope)
        self._fit_below(line)
        self._seen_fit = self._fit_by_events(x, y, now_s)
        self._update_delay(now_s)

    def _fit_below(self, line: Line) -> None:
        """The upper envelope of the bounds from below, turned over."""
        if not self._sync_news:
            return
        self._sync_news = False
        possible = [p for p in self._sync if p.lower_s < line(p.device_s) + IMPOSSIBLE_S]
        self._below = None
        if possible:
            at = [point.device_s for point in possible]
            self._below = fit_envelope(at, [-point.lower_s for point in possible], self._kind)
        self._grid = event_grid(possible)

    def _fit_by_events(self, x: list[float], y: list[float], now_s: float) -> EnvelopeFit | None:
        """The envelope with what packets waited for connection events taken off, where known."""
        if self._grid is None:
            return None
        sampled = self._waits.between(x[0], now_s)
        events = minima_by_events(self._grid, sampled, (x, y), self._kind.bin_s)
        if events is None:
            return None
        fit = fit_envelope(list(events.device_s), list(events.offset_s), self._kind)
        recent = [point for point in self._sync if point.device_s >= x[0]]
        line_s = np.asarray([fit.line(point.device_s) for point in recent])
        self._beside = bounds_alongside(recent, line_s, np.array([now_s]), self._kind)
        if self._beside is None or -self._beside.bound_s.item() < -fit.uncertainty_s(now_s):
            return None  # it lies below what the same exchanges allow: no connection events
        return fit

    def _update_delay(self, now_s: float) -> None:
        line, wait, below, seen = self._line, self._wait, self._below, self._seen_fit
        if line is None or below is None:
            self._delay = Delay(MIN_DELAY_S + wait.usual_s, MIN_DELAY_S + wait.half_s)
            return
        now_s = max(now_s, self._sync[-1].device_s)
        beside = self._beside
        if seen is not None and beside is not None:
            sides = -beside.bound_s.item(), beside.loose_s.item(), beside.doubt_s.item()
            delay = delay_between(*sides, AFTER_EVENT_S)
            shift_s = line(now_s) - seen.line(now_s)
            self._delay = Delay(shift_s + delay.usual_s, delay.half_s + PHASE_DOUBT_S)
            return
        loose_s = below.uncertainty_s(now_s)
        width_s, doubt_s = line(now_s) + below.line(now_s), loose_s
        if line.skew == 0.0 and below.line.skew == 0.0:
            loose_s, doubt_s = below.looseness_s, 0.0
        most_s = 2 * MIN_DELAY_S + wait.usual_s + wait.half_s
        self._delay = delay_between(width_s, loose_s, doubt_s, most_s)

    def knot(self, device_s: float) -> float:
        """Offset to give out at a device time; moves on, so call it once for each packet.

        Args:
            device_s: device time of a packet's last sample, not before that of the last call.

        Raises:
            ValueError: no packet was observed yet.
        """
        if self._line is None:
            raise ValueError("a clock cannot tell time before a packet")
        target = self._line(device_s) - self._delay.usual_s
        if self._slew_from is None:
            offset = target
        else:
            last_device, last_offset = self._slew_from
            most = SLEW * max(0.0, device_s - last_device)
            offset = min(max(target, last_offset - most), last_offset + most)
        self._slew_from = (device_s, offset)
        return offset

    def follow(self, device_s: FloatArray, arrival_s: FloatArray) -> FloatArray:
        """Take packets, and give each the offset that holds for it.

        The same as :meth:`observe` and then :meth:`knot` of each.

        Args:
            device_s: device time of the last sample of each packet, shape (p,).
            arrival_s: arrival of each packet, shape (p,).

        Returns:
            Offset at each packet, shape (p,), seconds.
        """
        self._seen += len(device_s)
        self._first_s = min(self._first_s, device_s[0].item())
        self._latest_s = device_s[-1].item()
        offsets: list[float] = []
        minima, take, knot, sample = self._minima, self._take, self.knot, self._waits.add
        for device, offset in zip(device_s.tolist(), (arrival_s - device_s).tolist(), strict=True):
            sample(device, offset)
            line, last = self._line, self._slew_from
            if line is None or last is None or minima.completes(device):
                take(device, offset)
                offsets.append(knot(device))
                continue
            lowest = line.offset_s + line.skew * (device - line.at_s)
            if offset < minima.offset_s[-1] or offset < lowest:  # seldom: else no line changes
                take(device, offset)
                offsets.append(knot(device))
                continue
            # What `knot` does, with the line as it was.
            given = lowest - self._delay.usual_s
            most = SLEW * (device - last[0]) if device > last[0] else 0.0
            if not last[1] - most <= given <= last[1] + most:
                given = min(max(given, last[1] - most), last[1] + most)
            self._slew_from = (device, given)
            offsets.append(given)
        return np.array(offsets)
