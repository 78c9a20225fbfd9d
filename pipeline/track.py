"""A track: one sensor's samples on a uniform grid, with gaps bridged and marked, and oriented."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.gap_filling import FILL_S, HISTORY_S, Fill, fill_gap
from pipeline.gap_tilt import GapRecord, level_fills, turn_se_deg
from pipeline.long_session import LongPart, in_pieces, long_parts, turn_about_up
from pipeline.offline_orientation import NO_BIAS, BlockBias, gyroscope_bias, orientation_offline
from pipeline.orientation import OrientationFilter, multiply
from pipeline.series import CompactSeries, Series
from pipeline.spilled_series import SpilledSeries
from pipeline.time_index import TimeIndex
from pipeline.track_rows import TrackRows
from sensors.placement import Placement
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR, SampleBlock

FloatArray = npt.NDArray[np.float64]

MARK_FILLED = 1
"""The sample was filled in over a gap."""
MARK_CLIPPED_GYR = 2
MARK_CLIPPED_ACC = 4
_FLAGS = np.arange(256)
_MARKS_OF_FLAGS = (
    np.where(_FLAGS & FLAG_CLIPPED_GYR, MARK_CLIPPED_GYR, 0)
    | np.where(_FLAGS & FLAG_CLIPPED_ACC, MARK_CLIPPED_ACC, 0)
).astype(np.uint8)
"""Marks for each value that a sample's flags can have."""

QUATERNION_UNIT = 2.0**-30
"""In so fine steps quaternions are kept: a tenth of a millionth of a degree."""
RESTART_DEG = 8.0
"""A filter that begins anew in mid run errs by this much in its first seconds."""


class SensorTrack:
    """Samples of one sensor at absolute positions 0, 1, 2, … in steps of one sample period.

    Short gaps are filled (see `pipeline.gap_filling`), marked and listed in `gaps`; a longer gap
    is a break: the grid goes on with the next sample, and the position is listed in `breaks`.

    Args:
        placement: where the sensor is worn.
        rate_hz: sampling rate.
        live: orient the samples as they come; else only `refine_orientation` does, and all are
            kept, the older ones in a file.
    """

    def __init__(self, placement: Placement, rate_hz: float, *, live: bool = True) -> None:
        self.placement = placement
        self.rate_hz = rate_hz
        column = Series if live else SpilledSeries
        self.time_s: Series[np.float64] = column(np.float64)
        self._times = TimeIndex(self.time_s)
        self.acc = CompactSeries(column(np.float32, 3))
        self.rate = CompactSeries(column(np.float32, 3))
        """Angular rate over the interval before each sample, rad/s."""
        self.quat = CompactSeries(column(np.int32, 4), QUATERNION_UNIT)
        self.marks: Series[np.uint8] = column(np.uint8)
        self.breaks: list[int] = []
        self.gaps: list[GapRecord] = []
        """Filled gaps, in order."""
        self.samples = 0
        self.lost_samples = 0
        self._filter = OrientationFilter(rate_hz) if live else None
        self._last_gyr: FloatArray | None = None
        self._next_index = 0
        self._biases: list[tuple[LongPart, BlockBias]] = []

    @property
    def end(self) -> int:
        """Position after the last sample."""
        return self.time_s.end

    @property
    def watermark_s(self) -> float:
        """Session time up to which samples are known; minus infinity when there are none."""
        return float(self.time_s.row(self.end - 1)) if self.end else -np.inf

    def push(self, block: SampleBlock) -> None:
        """Take in the samples that follow those already here; older ones are ignored."""
        if not len(block):
            return
        if self.end and block.time_s[0] <= self.watermark_s:
            block = block.slice(
                int(np.searchsorted(block.time_s, self.watermark_s, "right")), len(block)
            )
            if not len(block):
                return
        if self._last_gyr is not None:
            self._bridge(block)
        self._append(block.time_s, block.acc, block.gyr, _MARKS_OF_FLAGS[block.flags])
        self.samples += len(block)
        self._next_index = block.first_index + len(block)

    def _bridge(self, block: SampleBlock) -> None:
        """Fill what is missing before ``block``, or break the track."""
        step_s = float(block.time_s[0]) - self.watermark_s
        missing = block.first_index - self._next_index
        if missing < 0:  # the device began to count anew
            missing = round(step_s * self.rate_hz) - 1
        if missing <= 0:
            return
        self.lost_samples += missing
        fill = self._fill(block, missing) if step_s < 2.0 * FILL_S else None
        if fill is None:
            self.breaks.append(self.end)
            if self._filter is not None:
                self._filter.restart()
            self._last_gyr = None
            return
        se_deg = turn_se_deg(fill.mismatch_rad_s, missing, self.rate_hz)
        self.gaps.append(GapRecord(self.end, missing, fill.stride, se_deg, se_deg))
        time_s = self.watermark_s + np.arange(1, missing + 1) / (missing + 1) * step_s
        self._append(time_s, fill.acc, fill.gyr, np.full(missing, MARK_FILLED, np.uint8))

    def _fill(self, block: SampleBlock, missing: int) -> Fill | None:
        """Samples for the gap before ``block``; None when they would be invented."""
        if self._last_gyr is None:
            return None
        since = max(self.time_s.start, self.end - round(HISTORY_S * self.rate_hz))
        if self.breaks:
            since = max(since, self.breaks[-1])
        fill = fill_gap(
            self.rate.get(since, self.end),
            self.acc.get(since, self.end),
            self._last_gyr,
            block.gyr[0],
            block.acc[0],
            missing,
            self.rate_hz,
        )
        if fill is None or self._filter is None:
            return fill
        # live, nothing levels the fill later: a filter that begins anew would be nearer
        se_deg = turn_se_deg(fill.mismatch_rad_s, missing, self.rate_hz)
        return fill if se_deg < RESTART_DEG else None

    def _append(
        self, time_s: FloatArray, acc: FloatArray, gyr: FloatArray, marks: npt.NDArray[np.uint8]
    ) -> None:
        # A sampled rate stands for the interval around it; the filter wants the one before it.
        rate = gyr.copy()
        rate[1:] += gyr[:-1]
        rate[1:] *= 0.5
        if self._last_gyr is not None:
            rate[0] = 0.5 * (gyr[0] + self._last_gyr)
        self._last_gyr = gyr[-1].copy()
        self.time_s.append(time_s)
        self.acc.append(acc)
        self.rate.append(rate)
        if self._filter is not None:
            self.quat.append(self._filter.update(rate, acc))
        self.marks.append(marks)

    def covers(self, start_s: FloatArray, end_s: FloatArray) -> npt.NDArray[np.bool_]:
        """Which intervals, shape (n,), have samples from before their start to after their end.

        An interval in which the track is broken has not.
        """
        if self.end - self.time_s.start < 3:
            return np.zeros(len(start_s), np.bool_)
        inside = (start_s > self.time_s.row(self.time_s.start)) & (end_s < self.watermark_s)
        if self.breaks:
            first, last = self.positions_at(start_s), self.positions_at(end_s)
            for edge in self.breaks:
                inside &= ~((first <= edge) & (edge <= last))
        covered: npt.NDArray[np.bool_] = inside
        return covered

    def position_at(self, time_s: float) -> int:
        """First position whose time is not before ``time_s``."""
        return int(self._times.positions_at(np.array([time_s]))[0])

    def positions_at(self, times_s: FloatArray) -> npt.NDArray[np.intp]:
        """First positions whose times are not before ``times_s``, shape (n,)."""
        return self._times.positions_at(times_s)

    def time_at(self, position: float) -> float:
        """Session time at a fractional position."""
        whole = min(max(int(position), self.time_s.start), self.end - 2)
        start, stop = self.time_s.row(whole), self.time_s.row(whole + 1)
        return float(start + (position - whole) * (stop - start))

    def times_at(self, positions: FloatArray) -> FloatArray:
        """Session times at fractional positions, shape (n,); the same as `time_at` of each."""
        return self._times.times_at(positions)

    def refine_orientation(self) -> None:
        """Orient by past and future samples, between breaks; not for a live track."""
        self.quat = CompactSeries(SpilledSeries(np.int32, 4), QUATERNION_UNIT)
        edges = [edge for edge in [0, *self.breaks, self.end] if edge <= self.end]
        parts = [part for a, b in pairwise(edges) for part in long_parts(a, b, self.rate_hz)]
        turn, bias, gaps = np.array([1.0, 0.0, 0.0, 0.0]), NO_BIAS, []
        self._biases = []
        for part in parts:
            gaps += self._level(part, bias)
            here = slice(part.read_first, part.read_last)
            quat, found = orientation_offline(
                TrackRows(self.rate, here), TrackRows(self.acc, here), self.rate_hz, bias
            )
            self._biases.append((part, found))
            bias = found[len(found) - 1 : len(found)][0]
            if part.first > part.read_first:
                # this part's earth frame has another north than the one before it
                before = self.quat.get(part.first - 1, part.first)
                turn = turn_about_up(before, quat[part.first - 1 - part.read_first][None])
                for rows in in_pieces(quat):
                    rows[:] = multiply(np.broadcast_to(turn, rows.shape), rows)
            self.quat.append(quat[part.first - part.read_first : part.last - part.read_first])
        self.gaps = gaps

    def gyroscope_bias(self, position: int) -> FloatArray:
        """Bias of the gyroscope at a position, as its orientation was found with, shape (3,), rad/s.

        Only after `refine_orientation`; zero before.
        """
        at = bisect_right(self._biases, position, key=lambda known: known[0].first) - 1
        if at < 0:
            return NO_BIAS
        part, bias = self._biases[at]
        first = position - part.read_first
        found: FloatArray = bias[first : first + 1][0]
        return found

    def _level(self, part: LongPart, known_bias: FloatArray) -> list[GapRecord]:
        """Turn the fills of a part so that gravity agrees on both sides of each."""
        a, here = part.read_first, slice(part.read_first, part.read_last)
        inside = [replace(g, first=g.first - a) for g in self.gaps if a <= g.first < part.read_last]
        if not any(part.first <= g.first + a < part.last for g in inside):
            return []
        rate, acc = TrackRows(self.rate, here), TrackRows(self.acc, here)
        bias = gyroscope_bias(rate, acc, self.rate_hz, known_bias)
        left = level_fills(rate, acc, bias, inside, self.rate_hz)
        kept = [gap for gap in left if part.first <= gap.first + a < part.last]
        rate.store([slice(gap.first, gap.first + gap.missing + 1) for gap in kept])
        return [replace(gap, first=gap.first + a) for gap in kept]

    def trim(self, before: int) -> None:
        """Forget samples before a position."""
        for column in (self.time_s, self.marks):
            column.trim(before)
        for compact in (self.acc, self.rate, self.quat):
            compact.trim(before)
        self.gaps = [gap for gap in self.gaps if gap.first > before]


def segment_sums(
    columns: FloatArray, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> FloatArray:
    """Sums of ``[first[i], last[i])`` of k columns, shape (k, n), shape (segments, k)."""
    sums: FloatArray = np.add.reduceat(columns, _bounds(first, last, columns.shape[1]), axis=1)[
        :, ::2
    ].T
    return sums


def segment_maximum(
    values: FloatArray, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> FloatArray:
    """Largest value in ``[first[i], last[i])`` of (n,) values, shape (segments,)."""
    highest: FloatArray = np.maximum.reduceat(values, _bounds(first, last, len(values)))[::2]
    return highest


def segment_minimum(
    values: FloatArray, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> FloatArray:
    """Smallest value in ``[first[i], last[i])`` of (n,) values, shape (segments,)."""
    lowest: FloatArray = np.minimum.reduceat(values, _bounds(first, last, len(values)))[::2]
    return lowest


def segment_marks(
    marks: npt.NDArray[np.uint8], first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> npt.NDArray[np.uint8]:
    """All bits that are set in ``[first[i], last[i])`` of (n,) marks, shape (segments,)."""
    joined: npt.NDArray[np.uint8] = np.bitwise_or.reduceat(marks, _bounds(first, last, len(marks)))[
        ::2
    ]
    return joined


def _bounds(
    first: npt.NDArray[np.intp], last: npt.NDArray[np.intp], end: int
) -> npt.NDArray[np.intp]:
    """Pairs for ``reduceat``, one after another; what lies between pairs is not wanted."""
    bounds = np.empty(2 * len(first), np.intp)
    bounds[0::2], bounds[1::2] = first, last
    return bounds[:-1] if bounds[-1] == end else bounds


def segment_positions(
    first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """All positions in ``[first[i], last[i])``, one after another, and the segment of each."""
    lengths = last - first
    segment = np.repeat(np.arange(len(first)), lengths)
    within = np.arange(len(segment)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return first[segment] + within, segment
