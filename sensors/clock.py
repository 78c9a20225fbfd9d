"""From a device's clock to session time.

A notification arrives at the earliest when its last sample was taken, plus a small delay of the
link, and often much later, in bursts. So the points (device time, arrival - device time) lie above
a slowly bending line, and touch it now and then: that line, the lower envelope, is the offset of
the two clocks. A least-squares fit would be pulled up by the bursts (one-way delays and their
convex hull: Moon, Skelly, Towsley 1999; for Bluetooth, see ``docs/sensors.md``).

Exchanges of messages, where a sensor answers them, add points above the line and bounds below it.

Two users of one envelope: :func:`fit_clock` knows the whole session, :class:`LiveClock` only the
past. Skew needs time to show; until then both take the clocks to run equally fast. How long that
is, and how far a clock can be off, depends on its :class:`~sensors.clock_kind.ClockKind`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensors.clock_kind import CRYSTAL, ClockKind
from sensors.envelope_fit import EnvelopeFit, fit_envelope, fit_pieces
from sensors.hidden_wait import NO_WAIT, HiddenWait, WaitSample, hidden_wait
from sensors.lower_envelope import Line, Minima
from sensors.packet_batch import SyncPoint
from sensors.sample_block import FloatArray

MIN_DELAY_S = 0.002
"""Delay of the fastest notifications: radio, host controller, operating system. Half the width
between the bounds replaces it where exchanges of messages show it to be smaller. It may be off by
as much as itself."""
SLEW = 0.05
"""Largest correction of live time, seconds per second, so that it never runs backwards."""
READY_PACKETS = 10
"""Packets seen before live time is given out: half a second at 20 packets a second."""
_SYNC_MEMORY_S = 60.0


def _delay(line_gaps_s: Sequence[float]) -> float:
    """Delay of the fastest notifications, from the widths between envelope and lower bounds."""
    if not line_gaps_s:
        return MIN_DELAY_S
    return min(MIN_DELAY_S, max(0.0, min(line_gaps_s)) / 2)


@dataclass(frozen=True, slots=True)
class ClockFit:
    """Device clock to session time, over a whole recording.

    Attributes:
        knots_device_s: device times, shape (k,), increasing.
        knots_offset_s: session time minus device time there, shape (k,); straight in between and
            beyond.
        uncertainty_s: half width of what the offset can be where it is known worst, seconds, meant
            to hold at 95 of 100 samples. It has a part that all sensors of a kind share: what the
            delay of the quickest packets may differ from the assumed one.
    """

    knots_device_s: FloatArray
    knots_offset_s: FloatArray
    uncertainty_s: float

    @property
    def skew_ppm(self) -> float:
        """How much faster session time runs than the device, on average, parts per million."""
        if len(self.knots_device_s) < 2:
            return 0.0
        span = self.knots_device_s[-1] - self.knots_device_s[0]
        return float((self.knots_offset_s[-1] - self.knots_offset_s[0]) / span * 1e6)

    def to_session(self, device_s: FloatArray) -> FloatArray:
        """Session time of device times.

        Args:
            device_s: device times, seconds, any shape.

        Returns:
            Session times, same shape.
        """
        x, y = self.knots_device_s, self.knots_offset_s
        if len(x) == 1:
            return np.asarray(device_s + y[0], dtype=np.float64)
        offset = np.interp(device_s, x, y)
        first = (y[1] - y[0]) / (x[1] - x[0])
        last = (y[-1] - y[-2]) / (x[-1] - x[-2])
        offset = np.where(device_s < x[0], y[0] + first * (device_s - x[0]), offset)
        offset = np.where(device_s > x[-1], y[-1] + last * (device_s - x[-1]), offset)
        return np.asarray(device_s + offset, dtype=np.float64)


class ClockFitter:
    """Gathers the points of one device clock for :class:`ClockFit`; memory is one per bin.

    Args:
        kind: kind of clock.
    """

    def __init__(self, kind: ClockKind = CRYSTAL) -> None:
        self._kind = kind
        self._minima = Minima(kind.bin_s)
        self._waits = WaitSample()
        self._sync: list[SyncPoint] = []

    def add(self, device_s: float, arrival_s: float) -> None:
        """Take a packet: device time of its last sample, and its arrival."""
        self._minima.add(device_s, arrival_s - device_s)
        self._waits.add(device_s, arrival_s - device_s)

    def add_all(self, device_s: FloatArray, arrival_s: FloatArray) -> None:
        """Take packets, shape (p,), at least one; the same as :meth:`add` of each."""
        self._minima.add_all(device_s, arrival_s - device_s)
        self._waits.add_all(device_s, arrival_s - device_s)

    def add_sync(self, point: SyncPoint) -> None:
        """Take an exchange of messages."""
        self._sync.append(point)

    def fit(self) -> ClockFit:
        """The clock, from all points.

        Raises:
            ValueError: no point was given.
        """
        x = list(self._minima.device_s)
        y = list(self._minima.offset_s)
        if not x:
            raise ValueError("a clock cannot be fitted without a packet")
        for point in self._sync:
            slot = bisect_left(x, point.device_s)
            x.insert(slot, point.device_s)
            y.insert(slot, point.upper_s)
        pieces = fit_pieces(x, y, self._kind)
        envelope = ClockFit(pieces.device_s, pieces.offset_s, 0.0)
        at_sync = np.asarray([point.device_s for point in self._sync])
        lower = np.asarray([point.lower_s for point in self._sync])
        gaps = (envelope.to_session(at_sync) - at_sync - lower).tolist()
        delay = _delay(gaps)
        waits = [self._hidden(envelope, knot) for knot in pieces.device_s.tolist()]
        bound_s = max(0.0, min(gaps, default=math.inf) - delay)
        half_s = max(min(wait.half_s, bound_s) for wait in waits)
        usual_s = np.asarray([min(wait.usual_s, bound_s) for wait in waits])
        return ClockFit(
            pieces.device_s,
            pieces.offset_s - delay - usual_s,
            delay + float(pieces.uncertainty_s.max()) + half_s,
        )

    def _hidden(self, envelope: ClockFit, knot_s: float) -> HiddenWait:
        """What packets about a knot may have waited for connection events."""
        first, last = self._minima.device_s[0], self._minima.device_s[-1]
        window_s = self._kind.window_s
        start_s = min(max(knot_s - window_s / 2, first), max(first, last - window_s))
        at, offset = self._waits.between(start_s, start_s + window_s)
        taken = envelope.to_session(at)
        return hidden_wait(taken, at + offset - taken)


def fit_clock(
    device_s: FloatArray,
    arrival_s: FloatArray,
    sync: Sequence[SyncPoint] = (),
    kind: ClockKind = CRYSTAL,
) -> ClockFit:
    """Fit a device clock over a whole recording.

    Args:
        device_s: device time of the last sample of each packet, shape (p,), increasing.
        arrival_s: arrival of each packet in session time, shape (p,).
        sync: exchanges of messages, if the sensor answered any.
        kind: kind of clock.

    Raises:
        ValueError: no packet, or shapes that differ.
    """
    fitter = ClockFitter(kind)
    for device, arrival in zip(device_s.tolist(), arrival_s.tolist(), strict=True):
        fitter.add(device, arrival)
    for point in sync:
        fitter.add_sync(point)
    return fitter.fit()


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
        self._lower: deque[tuple[float, float]] = deque()
        self._line: Line | None = None
        self._seen = 0
        self._slew_from: tuple[float, float] | None = None
        self._delay_s = MIN_DELAY_S
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
            lag = abs(self._line(device) - self._delay_s - given)
        known = self._delay_s + self._wait.half_s - self._wait.usual_s
        return known + self._fit.uncertainty_s(self._latest_s) + lag

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
        self._lower.append((point.device_s, point.lower_s))
        while self._lower[0][0] < point.device_s - _SYNC_MEMORY_S:
            self._lower.popleft()
        self._update_delay()

    def _take(self, device_s: float, offset_s: float) -> None:
        if self._minima.add(device_s, offset_s) or self._line is None:
            self._refit(device_s)
        if self._line is not None and offset_s < self._line(device_s):
            self._line = Line(device_s, offset_s, self._line.skew)
            self._update_delay()

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
        self._waits.forget_before(x[0])
        at, offset = self._waits.between(x[0], now_s)
        envelope = line.offset_s + line.skew * (at - line.at_s)
        self._wait = hidden_wait(at + envelope, offset - envelope)
        self._update_delay()

    def _update_delay(self) -> None:
        line = self._line
        if line is None:
            return
        gaps = [line(device) - lower for device, lower in self._lower]
        delay = _delay(gaps)
        bound_s = max(0.0, min(gaps, default=math.inf) - delay)
        wait = self._wait
        self._wait = HiddenWait(min(wait.usual_s, bound_s), min(wait.half_s, bound_s))
        self._delay_s = delay + self._wait.usual_s

    def knot(self, device_s: float) -> float:
        """Offset to give out at a device time; moves on, so call it once for each packet.

        Args:
            device_s: device time of a packet's last sample, not before that of the last call.

        Raises:
            ValueError: no packet was observed yet.
        """
        if self._line is None:
            raise ValueError("a clock cannot tell time before a packet")
        target = self._line(device_s) - self._delay_s
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
            given = lowest - self._delay_s
            most = SLEW * (device - last[0]) if device > last[0] else 0.0
            if not last[1] - most <= given <= last[1] + most:
                given = min(max(given, last[1] - most), last[1] + most)
            self._slew_from = (device, given)
            offsets.append(given)
        return np.array(offsets)
