"""From a device's clock to session time.

A notification arrives at the earliest when its last sample was taken, plus a small delay of the
link, and often much later, in bursts. So the points (device time, arrival - device time) lie above
a slowly bending line, and touch it now and then: that line, the lower envelope, is the offset of
the two clocks. A least-squares fit would be pulled up by the bursts (one-way delays and their
convex hull: Moon, Skelly, Towsley 1999; for Bluetooth, see ``docs/sensors.md``).

Exchanges of messages, where a sensor answers them, add points above the line and bounds below it.

Two users of one envelope: :func:`fit_clock` knows the whole session, :class:`~sensors.live_clock.LiveClock` only the
past. Skew needs time to show; until then both take the clocks to run equally fast. How long that
is, and how far a clock can be off, depends on its :class:`~sensors.clock_kind.ClockKind`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensors.clock_kind import CRYSTAL, ClockKind
from sensors.envelope_fit import EnvelopePieces, fit_pieces
from sensors.event_grid import PHASE_DOUBT_S, event_grid, minima_by_events
from sensors.exchanged_bounds import (
    AFTER_EVENT_S,
    IMPOSSIBLE_S,
    MIN_DELAY_S,
    BoundsBelow,
    Delay,
    bounds_alongside,
    bounds_below,
    delay_between,
)
from sensors.hidden_wait import NO_WAIT, HiddenWait, WaitSample, hidden_wait
from sensors.lower_envelope import Minima
from sensors.packet_batch import SyncPoint
from sensors.sample_block import FloatArray


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
        plain = fit_pieces(x, y, self._kind)
        possible = self._possible(ClockFit(plain.device_s, plain.offset_s, 0.0))
        seen = self._by_events(x, y, possible)
        if seen is not None:
            return self._placed(seen, possible, by_events=True)
        return self._placed(plain, possible, by_events=False)

    def _by_events(
        self, x: list[float], y: list[float], possible: Sequence[SyncPoint]
    ) -> EnvelopePieces | None:
        """The envelope with what packets waited for connection events taken off, where that is known."""
        grid = event_grid(possible)
        if grid is None:
            return None
        sampled = self._waits.between(-math.inf, math.inf)
        minima = minima_by_events(grid, sampled, (x, y), self._kind.bin_s)
        if minima is None:
            return None
        pieces = fit_pieces(list(minima.device_s), list(minima.offset_s), self._kind)
        below = self._below(pieces, possible, by_events=True)
        if below is None or -below.bound_s.max() < -pieces.uncertainty_s.max():
            return None  # it lies below what the same exchanges allow: no connection events
        return pieces

    def _below(
        self, pieces: EnvelopePieces, possible: Sequence[SyncPoint], *, by_events: bool
    ) -> BoundsBelow | None:
        """Bounds from below at the knots, relative to the envelope."""
        if by_events or len(pieces.device_s) == 1:  # else packets in step may bend the envelope
            at = np.asarray([point.device_s for point in possible])
            line_s = ClockFit(pieces.device_s, pieces.offset_s, 0.0).to_session(at) - at
            return bounds_alongside(possible, line_s, pieces.device_s, self._kind)
        below = bounds_below(possible, pieces.device_s, self._kind)
        return below and below._replace(bound_s=below.bound_s - pieces.offset_s)

    def _placed(
        self, pieces: EnvelopePieces, possible: Sequence[SyncPoint], *, by_events: bool
    ) -> ClockFit:
        """The clock by an envelope, with the usual delay below it."""
        envelope = ClockFit(pieces.device_s, pieces.offset_s, 0.0)
        delays: list[Delay] = []
        most_s = []
        for knot in pieces.device_s.tolist():
            hidden = NO_WAIT if by_events else self._hidden(envelope, knot)
            delays.append(Delay(MIN_DELAY_S + hidden.usual_s, MIN_DELAY_S + hidden.half_s))
            longest_s = AFTER_EVENT_S if by_events else 2 * MIN_DELAY_S
            most_s.append(longest_s + hidden.usual_s + hidden.half_s)
        below = self._below(pieces, possible, by_events=by_events)
        if below is not None:
            sides = -below.bound_s, below.loose_s, below.doubt_s, np.asarray(most_s)
            known = np.column_stack(sides).tolist()
            delays = [delay_between(*one) for one in known]
        doubt_s = PHASE_DOUBT_S if by_events else 0.0
        usual_s, half_s = np.asarray(delays).T
        return ClockFit(
            pieces.device_s,
            pieces.offset_s - usual_s,
            float(pieces.uncertainty_s.max()) + half_s.max().item() + doubt_s,
        )

    def _possible(self, envelope: ClockFit) -> list[SyncPoint]:
        """Exchanges that the packets do not contradict."""
        at = np.asarray([point.device_s for point in self._sync])
        lower = np.asarray([point.lower_s for point in self._sync])
        possible = lower < envelope.to_session(at) - at + IMPOSSIBLE_S
        return [point for point, good in zip(self._sync, possible, strict=True) if good]

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
