"""Decoded packets to sample blocks: order, gaps and session time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sensors.clock import ClockFit
from sensors.clock_kind import CRYSTAL, ClockKind
from sensors.holes import Holes, Missing
from sensors.live_clock import LiveClock
from sensors.packet_batch import IntArray, PacketBatch, SyncPoint
from sensors.packet_sequencer import NOWHERE, PacketSequencer, Placed
from sensors.placement import Placement
from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    FLAG_GAP_BEFORE,
    FlagArray,
    FloatArray,
    SampleBlock,
)
from sensors.sample_counts import SampleCounts
from sensors.session_clock import SAME_CLOCK_S, LatePacket

_TICK_S = 1e-6

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(slots=True)
class _Span:
    """Packets on their way out that follow one another on one clock.

    Attributes:
        first: index of the first sample of the first packet.
        skip: samples at its start that were given out before.
        lost: samples missing before it.
        clock: which device clock their times are on.
        start: row of its first sample in the batches held.
        count: samples of each packet, shape (p,).
        device_s: device time of the first sample of each packet, shape (p,).
        period_s: device time from sample to sample in each packet, shape (p,).
        knot_s: live offset at the last sample of each packet, shape (p,); empty until known.
    """

    first: int
    skip: int
    lost: int
    clock: int
    start: int
    count: IntArray
    device_s: FloatArray
    period_s: FloatArray
    knot_s: FloatArray

    @property
    def last_device_s(self) -> FloatArray:
        return self.device_s + (self.count - 1) * self.period_s

    def follows(self, before: _Span) -> bool:
        """Whether nothing is missing in between and both are on one clock."""
        return self.lost == 0 and self.clock == before.clock


_UNKNOWN: FloatArray = np.empty(0)


def _joined(parts: list[npt.NDArray[Number]]) -> npt.NDArray[Number]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _rows(run: list[_Span], count: IntArray) -> tuple[slice | IntArray, IntArray, IntArray]:
    """Which rows of the batches held a run takes.

    Args:
        run: spans that follow one another.
        count: samples of each of their packets, shape (p,).

    Returns:
        The rows; the place of each in its packet, shape (n,); the rows taken of each packet,
        shape (p,).
    """
    ends = np.cumsum(count)
    start = run[0].start
    at, plain = start, True
    for span in run:
        plain = plain and span.start == at and not span.skip
        at += int(span.count.sum())
    if plain:
        within = np.arange(ends[-1]) - np.repeat(ends - count, count)
        return slice(start, start + int(ends[-1])), within, count
    starts = np.concatenate([span.start + np.cumsum(span.count) - span.count for span in run])
    skip = np.zeros_like(count)
    skip[np.cumsum([0, *(len(span.count) for span in run[:-1])])] = [span.skip for span in run]
    taken = count - skip
    ends = np.cumsum(taken)
    within = np.arange(ends[-1]) - np.repeat(ends - taken, taken) + np.repeat(skip, taken)
    return np.repeat(starts, taken) + within, within, taken


class SampleAssembler:
    """Makes sample blocks of one sensor's packets.

    With ``fits`` it is the second pass over a recording. Without, it uses the past only; then the
    samples given out are the same however the packets are grouped.

    Args:
        placement: where the sensor is worn.
        rate_hz: sampling rate for the sequencer and the blocks.
        clock: kind of the device's clock.
        fits: clocks from :class:`SessionClock`.
        late: late packets from :class:`SessionClock`.
        block_rate_hz: rate to state in the blocks, ``rate_hz`` when None.
    """

    def __init__(
        self,
        placement: Placement,
        rate_hz: float,
        *,
        clock: ClockKind = CRYSTAL,
        fits: Sequence[ClockFit] | None = None,
        late: Sequence[LatePacket] = (),
        block_rate_hz: float | None = None,
    ) -> None:
        self.counts = SampleCounts()
        self._placement = placement
        self._rate_hz = block_rate_hz or rate_hz
        self._sequencer = PacketSequencer(rate_hz)
        self._fits = fits
        self._late = sorted(late, key=lambda packet: packet.index)
        self._clock_kind = clock
        self._live = LiveClock(clock)
        self._clock = 0
        self._offset_s: float | None = None
        self._early: list[SyncPoint] = []
        self._held: list[PacketBatch] = []
        self._spans: list[_Span] = []
        self._waiting: list[_Span] = []
        self._rows_held = 0
        self._holes = Holes()
        self._next_index: int | None = None
        self._last_time_s = -math.inf
        self._knot: tuple[float, float] | None = None
        self._knot_clock = 0

    @property
    def uncertainty_s(self) -> float:
        """Half width of what session times can be, seconds; see :class:`sensors.clock.ClockFit`.

        Infinite before the first packet.
        """
        if self._fits is not None:
            return max((fit.uncertainty_s for fit in self._fits), default=math.inf)
        return self._live.uncertainty_s

    def push(self, batch: PacketBatch) -> list[SampleBlock]:
        """Take the next packets.

        Returns:
            Blocks without a gap inside, in time order; none while the clock is not ready.
        """
        self.counts.damaged += batch.damaged
        first_rows = np.cumsum(batch.count) - batch.count + self._rows_held
        for start, stop, where in self._sequencer.place_all(batch, self._takes_runs):
            if isinstance(where, Placed):
                self.counts.repeated += where.skip
                if where.late:
                    self._came_late(where.first, batch.count[start].item())
                    continue
                self._holes.add(where.first - where.lost, where.first)
                skip, lost, period_s = where.skip, where.lost, np.array([where.period_s])
            else:
                skip, lost, period_s = 0, 0, where.period_s
            span = _Span(
                where.first,
                skip,
                lost,
                where.clock,
                first_rows[start].item(),
                batch.count[start:stop],
                batch.device_s[start:stop],
                period_s,
                _UNKNOWN,
            )
            if self._fits is None:
                self._tell_time(span, batch.arrival_s[start:stop])
            self._spans.append(span)
        self._held.append(batch)
        self._rows_held += len(batch.acc)
        return self._emit()

    def missing(self) -> list[Missing]:
        """Samples since the sensor's last start that did not come, oldest first."""
        found: list[Missing] = []
        for start, stop in self._holes.all():
            sent = self._sequencer.sent_as(start)
            if sent is not None:
                found.append(Missing(sent[0], stop - start, sent[1]))
        return found

    def _came_late(self, first: int, count: int) -> None:
        """Count the samples that fill a gap; live they are not given out, offline `_fill` does."""
        if first == NOWHERE:
            return
        filled = self._holes.fill(first, first + count)
        if self._fits is None:
            self.counts.late += filled
            self.counts.repeated -= filled

    def _takes_runs(self) -> bool:
        """Whether many packets may come at once: not while the live clock finds its start."""
        return self._fits is not None or (self._live.ready and not self._waiting)

    def push_sync(self, point: SyncPoint) -> None:
        """Take an exchange of messages; only live time is changed by it."""
        if self._offset_s is not None and abs(point.upper_s - self._offset_s) < SAME_CLOCK_S:
            self._live.observe_sync(point)
        else:
            self._early.append(point)

    def finish(self) -> list[SampleBlock]:
        """Give out what waits for the clock."""
        self._release()
        return self._emit()

    def _tell_time(self, span: _Span, arrival_s: FloatArray) -> None:
        last_s = span.last_device_s
        first = self._offset_s is None
        self._offset_s = (arrival_s[-1] - last_s[-1]).item()
        if first or span.clock != self._clock:
            self._release()
            self._live = LiveClock(self._clock_kind)
            self._clock = span.clock
            for point in self._early:
                if abs(point.upper_s - self._offset_s) < SAME_CLOCK_S:
                    self._live.observe_sync(point)
            self._early.clear()
        if self._live.ready:
            span.knot_s = self._live.follow(last_s, arrival_s)
            return
        self._waiting.append(span)
        if self._wait_for_clock(last_s, arrival_s):
            self._release()

    def _wait_for_clock(self, last_s: FloatArray, arrival_s: FloatArray) -> bool:
        """Show packets to the live clock; whether it is ready then."""
        for device, arrival in zip(last_s.tolist(), arrival_s.tolist(), strict=True):
            self._live.observe(device, arrival)
        return self._live.ready

    def _release(self) -> None:
        for span in self._waiting:
            span.period_s = np.full(len(span.count), self._sequencer.period_s)
            span.knot_s = np.array([self._live.knot(at) for at in span.last_device_s.tolist()])
        self._waiting.clear()

    def _emit(self) -> list[SampleBlock]:
        """Give out all spans but those that wait for a clock, which are the last ones."""
        spans, held = self._spans[: len(self._spans) - len(self._waiting)], self._held
        self._spans = list(self._waiting)
        if not self._waiting:
            self._held, self._rows_held = [], 0
        if not spans:
            return []
        if self._waiting:
            self._forget_rows()
        acc = _joined([batch.acc for batch in held])
        gyr = _joined([batch.gyr for batch in held])
        flags = np.concatenate(
            [batch.sample_flags | np.repeat(batch.flags, batch.count) for batch in held]
        )
        blocks: list[SampleBlock] = []
        run_start = 0
        for position in range(1, len(spans) + 1):
            if position < len(spans) and spans[position].follows(spans[position - 1]):
                continue
            run = spans[run_start:position]
            run_start = position
            blocks += self._fill(run[0].first)
            blocks.append(self._run(run, acc, gyr, flags))
        return blocks

    def _forget_rows(self) -> None:
        """Let go of batches that no waiting span takes rows of."""
        needed, dropped, first = self._waiting[0].start, 0, 0
        while dropped + len(self._held[first].acc) <= needed:
            dropped += len(self._held[first].acc)
            first += 1
        self._held = self._held[first:]
        self._rows_held -= dropped
        for span in self._waiting:
            span.start -= dropped

    def _run(
        self,
        run: list[_Span],
        acc: FloatArray,
        gyr: FloatArray,
        flags: FlagArray,
    ) -> SampleBlock:
        """One block of consecutive packets on one clock."""
        count = _joined([span.count for span in run])
        device = _joined([span.device_s for span in run])
        period = _joined([span.period_s for span in run])
        pick, within, taken = _rows(run, count)
        device_s = np.repeat(device, taken) + within * np.repeat(period, taken)
        return self._block(
            index=run[0].first + run[0].skip,
            time_s=self._session_time(run, device_s),
            acc=acc[pick],
            gyr=gyr[pick],
            flags=flags[pick].copy(),
        )

    def _session_time(self, run: list[_Span], device_s: FloatArray) -> FloatArray:
        clock = run[0].clock
        if self._fits is not None:
            return self._fits[clock].to_session(device_s)
        knots_x = _joined([span.last_device_s for span in run])
        knots_y = _joined([span.knot_s for span in run])
        last = (knots_x[-1].item(), knots_y[-1].item())
        if self._knot is not None and self._knot_clock == clock:
            knots_x = np.concatenate(([self._knot[0]], knots_x))
            knots_y = np.concatenate(([self._knot[1]], knots_y))
        self._knot, self._knot_clock = last, clock
        return np.asarray(device_s + np.interp(device_s, knots_x, knots_y), dtype=np.float64)

    def _fill(self, first: int) -> list[SampleBlock]:
        """Late packets that belong into the gap before the sample of index ``first``."""
        blocks: list[SampleBlock] = []
        while self._late and self._late[0].index < first:
            late = self._late.pop(0)
            next_index = self._next_index or 0
            skip = max(0, next_index - late.index)
            stop = min(len(late.acc), first - late.index)
            if stop <= skip or self._fits is None:
                continue
            steps = np.arange(skip, stop, dtype=np.float64)
            device_s: FloatArray = late.device_s + steps * late.period_s
            self.counts.repeated -= stop - skip
            block = self._block(
                index=late.index + skip,
                time_s=self._fits[late.clock].to_session(device_s),
                acc=late.acc[skip:stop],
                gyr=late.gyr[skip:stop],
                flags=late.flags[skip:stop].copy(),
            )
            blocks.append(block)
        return blocks

    def _block(
        self,
        *,
        index: int,
        time_s: FloatArray,
        acc: FloatArray,
        gyr: FloatArray,
        flags: FlagArray,
    ) -> SampleBlock:
        if time_s[0] <= self._last_time_s or not (time_s[1:] > time_s[:-1]).all():
            time_s = self._increasing(time_s)
        if self._next_index is not None and index != self._next_index:
            flags[0] |= FLAG_GAP_BEFORE
            self.counts.lost += index - self._next_index
        self._next_index = index + len(time_s)
        self._last_time_s = float(time_s[-1])
        self.counts.samples += len(time_s)
        self.counts.clipped += int(np.count_nonzero(flags & (FLAG_CLIPPED_ACC | FLAG_CLIPPED_GYR)))
        return SampleBlock(self._placement, index, self._rate_hz, time_s, acc, gyr, flags)

    def _increasing(self, time_s: FloatArray) -> FloatArray:
        """Times pushed on to just after the one before, where a device clock stepped back."""
        last, mended = self._last_time_s, time_s.copy()
        for position, time in enumerate(time_s.tolist()):
            last = time if time > last else last + _TICK_S
            mended[position] = last
        return mended
