"""Decoded packets to sample blocks: order, gaps and session time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensors.clock import ClockFit, LiveClock
from sensors.packet_batch import IntArray, PacketBatch, SyncPoint
from sensors.packet_sequencer import PacketSequencer, Placed
from sensors.placement import Placement
from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    FLAG_GAP_BEFORE,
    FlagArray,
    FloatArray,
    SampleBlock,
)
from sensors.session_clock import SAME_CLOCK_S, LatePacket

_TICK_S = 1e-6


@dataclass(slots=True)
class SampleCounts:
    """What became of a sensor's samples.

    Attributes:
        samples: samples given out.
        lost: samples that the sensor took and that never came.
        clipped: samples at the end of a range.
        repeated: samples that came again and were left out.
        damaged: notifications that were no valid packet.
    """

    samples: int = 0
    lost: int = 0
    clipped: int = 0
    repeated: int = 0
    damaged: int = 0


@dataclass(slots=True)
class _Kept:
    """A packet on its way out: its place, its device time, its rows in the batches held."""

    placed: Placed
    device_s: float
    count: int
    start: int
    period_s: float
    knot_s: float = 0.0

    @property
    def last_device_s(self) -> float:
        return self.device_s + (self.count - 1) * self.period_s

    def follows(self, before: _Kept) -> bool:
        """Whether nothing is missing in between and both are on one clock."""
        return self.placed.lost == 0 and self.placed.clock == before.placed.clock


class SampleAssembler:
    """Makes sample blocks of one sensor's packets.

    With ``fits`` it is the second pass over a recording. Without, it uses the past only; then the
    samples given out are the same however the packets are grouped.

    Args:
        placement: where the sensor is worn.
        rate_hz: sampling rate for the sequencer and the blocks.
        fits: clocks from :class:`SessionClock`.
        late: late packets from :class:`SessionClock`.
        block_rate_hz: rate to state in the blocks, ``rate_hz`` when None.
    """

    def __init__(
        self,
        placement: Placement,
        rate_hz: float,
        *,
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
        self._live = LiveClock()
        self._clock = 0
        self._offset_s: float | None = None
        self._early: list[SyncPoint] = []
        self._held: list[PacketBatch] = []
        self._kept: list[_Kept] = []
        self._waiting: list[_Kept] = []
        self._row = 0
        self._next_index: int | None = None
        self._last_time_s = -math.inf
        self._knot: tuple[float, float] | None = None
        self._knot_clock = 0

    def push(self, batch: PacketBatch) -> list[SampleBlock]:
        """Take the next packets.

        Returns:
            Blocks without a gap inside, in time order; none while the clock is not ready.
        """
        self.counts.damaged += batch.damaged
        packets = zip(
            batch.first_index.tolist(),
            batch.device_s.tolist(),
            batch.count.tolist(),
            batch.arrival_s.tolist(),
            strict=True,
        )
        for first_index, device_s, count, arrival_s in packets:
            placed = self._sequencer.place(first_index, device_s, count, arrival_s)
            start, self._row = self._row, self._row + count
            self.counts.repeated += placed.skip
            if placed.late:
                continue
            kept = _Kept(placed, device_s, count, start, placed.period_s)
            if self._fits is None:
                self._tell_time(kept, arrival_s)
            self._kept.append(kept)
        self._held.append(batch)
        if self._waiting:
            return []
        return self._emit()

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

    def _tell_time(self, kept: _Kept, arrival_s: float) -> None:
        last_s = kept.last_device_s
        first = self._offset_s is None
        self._offset_s = arrival_s - last_s
        if first or kept.placed.clock != self._clock:
            self._release()
            self._live = LiveClock()
            self._clock = kept.placed.clock
            for point in self._early:
                if abs(point.upper_s - self._offset_s) < SAME_CLOCK_S:
                    self._live.observe_sync(point)
            self._early.clear()
        self._live.observe(last_s, arrival_s)
        self._waiting.append(kept)
        if self._live.ready:
            self._release()

    def _release(self) -> None:
        for kept in self._waiting:
            kept.period_s = self._sequencer.period_s
            kept.knot_s = self._live.knot(kept.last_device_s)
        self._waiting.clear()

    def _emit(self) -> list[SampleBlock]:
        kept, held = self._kept, self._held
        self._kept, self._held, self._row = [], [], 0
        if not kept:
            return []
        acc = held[0].acc if len(held) == 1 else np.concatenate([batch.acc for batch in held])
        gyr = held[0].gyr if len(held) == 1 else np.concatenate([batch.gyr for batch in held])
        flags = np.concatenate(
            [batch.sample_flags | np.repeat(batch.flags, batch.count) for batch in held]
        )
        blocks: list[SampleBlock] = []
        run_start = 0
        for position in range(1, len(kept) + 1):
            if position < len(kept) and kept[position].follows(kept[position - 1]):
                continue
            run = kept[run_start:position]
            run_start = position
            blocks += self._fill(run[0].placed)
            blocks.append(self._run(run, acc, gyr, flags))
        return blocks

    def _run(
        self,
        run: list[_Kept],
        acc: FloatArray,
        gyr: FloatArray,
        flags: FlagArray,
    ) -> SampleBlock:
        """One block of consecutive packets on one clock."""
        count = np.array([kept.count for kept in run])
        start = np.array([kept.start for kept in run])
        skip = np.array([kept.placed.skip for kept in run])
        device = np.array([kept.device_s for kept in run], dtype=np.float64)
        period = np.array([kept.period_s for kept in run], dtype=np.float64)
        taken = count - skip
        ends = np.cumsum(taken)
        within = np.arange(ends[-1]) - np.repeat(ends - taken, taken) + np.repeat(skip, taken)
        rows = np.repeat(start, taken) + within
        device_s = np.repeat(device, taken) + within * np.repeat(period, taken)
        contiguous = rows[-1] - rows[0] == len(rows) - 1
        pick: slice | IntArray = slice(int(rows[0]), int(rows[-1]) + 1) if contiguous else rows
        return self._block(
            index=run[0].placed.first + run[0].placed.skip,
            time_s=self._session_time(run, device_s),
            acc=acc[pick],
            gyr=gyr[pick],
            flags=flags[pick].copy(),
        )

    def _session_time(self, run: list[_Kept], device_s: FloatArray) -> FloatArray:
        clock = run[0].placed.clock
        if self._fits is not None:
            return self._fits[clock].to_session(device_s)
        knots_x = [kept.last_device_s for kept in run]
        knots_y = [kept.knot_s for kept in run]
        if self._knot is not None and self._knot_clock == clock:
            knots_x.insert(0, self._knot[0])
            knots_y.insert(0, self._knot[1])
        self._knot, self._knot_clock = (knots_x[-1], knots_y[-1]), clock
        return np.asarray(device_s + np.interp(device_s, knots_x, knots_y), dtype=np.float64)

    def _fill(self, placed: Placed) -> list[SampleBlock]:
        """Late packets that belong into the gap before a packet."""
        blocks: list[SampleBlock] = []
        while self._late and self._late[0].index < placed.first:
            late = self._late.pop(0)
            next_index = self._next_index or 0
            skip = max(0, next_index - late.index)
            stop = min(len(late.acc), placed.first - late.index)
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
