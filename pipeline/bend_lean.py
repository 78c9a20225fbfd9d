"""How far gravity, as the pelvis sensor finds it, leans in sustained bends.

A runner in a bend is pulled inwards by speed times turning rate. The filter takes the mean of all force
for gravity, low-passed over some seconds; so the vertical it finds leans inwards by speed over gravity times
the turning rate, low-passed by the same filter in a frame that does not turn. The turning is known;
the speed is found by `pipeline.bend_speed`, or is that of others with the same contact time.

Only bends are looked at in which the runner turns one way for a while: on a treadmill the pelvis' heading
wanders without any pull, and in sharp turns the speed is another one. What slight curves do beside them is found,
offline, by `pipeline.slight_curves`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.heading_blocks import HeadingBlocks
from pipeline.orientation import FloatArray
from pipeline.stride import Gait
from pipeline.stride_events import StrideTimes
from pipeline.track import SensorTrack
from pipeline.uncertainty import BendDoubts
from pipeline.usual_speed import LeanPerTurning, UsualSpeed

FILTER_S = 3.0
"""Time constant of the orientation filter's low pass (Butterworth, second order)."""
FILTER_BLOCKS = 80
"""After so many blocks its response is over."""
SMOOTH_BLOCKS = 5
"""The turning rate is smoothed over so many blocks on either side: a few strides."""
BEND_DEG_S = 1.0
"""In a bend it is never less than this, to one side."""
MEAN_DEG_S = (2.0, 3.0)
"""A mean rate that is smaller may be a gyroscope that drifts; from one to the other it is partly believed."""
NET_DEG = (25.0, 35.0)
"""Who turns less to one side is not in a bend, who turns more is; between them it is partly believed."""
SHARP_DEG_S = (18.0, 24.0)
"""At a larger rate the runner turns round rather than runs a bend; between them partly, too."""
FACING_BLOCKS = 2
"""The way a runner faces is the mean heading within so many blocks, live."""
BESIDE_BLOCKS = 160
"""So many blocks beside those that are asked for are looked at, too."""
LIVE_BLOCKS = 120
"""So far back a bend is looked for, live."""


@dataclass(frozen=True, slots=True)
class BendLean:
    """Lean of the vertical that was found, in n strides.

    Attributes:
        lean_deg: to the left, shape (n,).
        turning_deg_s: turning rate, + left, that it was found from; 0 outside sustained bends.
        se_deg: standard error of the lean.
    """

    lean_deg: FloatArray
    turning_deg_s: FloatArray
    se_deg: FloatArray

    @property
    def doubts(self) -> BendDoubts:
        """What is left doubtful when the lean is taken off."""
        return BendDoubts(self.turning_deg_s, self.se_deg)

    @staticmethod
    def none(count: int) -> BendLean:
        """No lean, in so many strides."""
        return BendLean(np.zeros(count), np.zeros(count), np.zeros(count))


class LiveBends:
    """Lean from past samples only: what the causal filter makes of the bend so far.

    Args:
        pelvis: the track, oriented live. `forget` must be called before its samples are forgotten.
    """

    def __init__(self, pelvis: SensorTrack) -> None:
        self.pelvis = pelvis
        self._blocks = HeadingBlocks(pelvis)
        self._speed = UsualSpeed()
        self._response = _causal_response(self._blocks.block_s)

    def forget(self, before_s: float) -> None:
        """Take in the samples that the track has by now; no stride that ends before a time will be asked for."""
        self._blocks.advance()
        self._blocks.trim(self.pelvis.position_at(before_s) // self._blocks.size - LIVE_BLOCKS)

    def lean(self, right: FloatArray, times: StrideTimes, gaits: Sequence[Gait]) -> BendLean:
        """Lean in strides that the track covers; ``right`` is the medio-lateral axis in sensor axes."""
        self._blocks.advance()
        size, pelvis = self._blocks.size, self.pelvis
        middles = (pelvis.positions_at(_middle_s(times)) + size // 2) // size
        ends = pelvis.positions_at(times.next_foot_strike_s) // size
        if not self._may_turn(right, int(ends.min()), int(ends.max())):
            return BendLean.none(len(times))
        turning = np.array(
            [self._turning(right, *at) for at in zip(middles.tolist(), ends.tolist(), strict=True)]
        )
        return _leans(turning, times, gaits, self._speed)

    def _may_turn(self, right: FloatArray, end: int, last: int) -> bool:
        """Whether the heading changes enough for a bend before any end of blocks ``[end, last]``."""
        first, last = max(1, end - LIVE_BLOCKS), min(last, self._blocks.end)
        if first >= last:
            return False
        heading = np.cumsum(self._blocks.turn_rad(right, first, last))
        reach = max(0.0, float(heading.max())) - min(0.0, float(heading.min()))
        return math.degrees(reach) > NET_DEG[0] - 1.0  # for rounding

    def _turning(self, right: FloatArray, middle: int, end: int) -> float:
        """Filtered turning rate after the block before ``middle``, by what is known before ``end``."""
        first, last = self._blocks.segment(end - 1)
        first, end = max(first, end - LIVE_BLOCKS), min(end, last)
        if not first < middle <= end:
            return 0.0
        turn = self._blocks.turn_rad(right, first, end)
        heading = np.concatenate([[0.0], np.cumsum(turn)])
        if np.degrees(np.ptp(heading)) < NET_DEG[0]:
            return 0.0
        rate = turning_rate_deg_s(turn, self._blocks.block_s)[: len(turn) - SMOOTH_BLOCKS]
        known = bend_weights(rate, self._blocks.block_s)
        if not known.any():
            return 0.0
        weight = np.concatenate([known, np.full(len(turn) - len(known), known[-1])])
        count = min(FILTER_BLOCKS, middle - first)
        here = slice(middle - first - count, middle - first)
        beside = min(FACING_BLOCKS, count, len(turn) - here.stop)
        facing = float(np.mean(heading[here.stop - beside : here.stop + beside + 1]))
        left = np.sin(heading - facing)  # of the forward direction then, along today's left
        response = self._response[FILTER_BLOCKS - count :]
        pull = np.diff(left[here.start : here.stop + 1]) * weight[here] * response
        return float(np.degrees(np.sum(pull) / np.sum(response)) / self._blocks.block_s)


class SessionBends:
    """Lean in a session that is over: what filtering forward and backward makes of its bends.

    Args:
        pelvis: the track, with its final orientation.
        blocks: its headings, all of them.
        right: the medio-lateral axis in sensor axes, + to the right, shape (3,).
        first_s: from when on strides will be asked for.
        last_s: until when.
    """

    def __init__(
        self,
        pelvis: SensorTrack,
        blocks: HeadingBlocks,
        right: FloatArray,
        first_s: float,
        last_s: float,
    ) -> None:
        self.pelvis, self.blocks, self.right = pelvis, blocks, right
        self.speed: LeanPerTurning = UsualSpeed()
        low, high = pelvis.position_at(first_s), pelvis.position_at(last_s)
        self.first = max(1, low // blocks.size - BESIDE_BLOCKS)
        """First block that is looked at."""
        last = max(self.first, min(blocks.end, high // blocks.size + BESIDE_BLOCKS))
        self.weight = np.zeros(last - self.first)
        """How far each block from the first on belongs to a sustained bend, 0 to 1."""
        self.drift_rad = np.zeros(len(self.weight))
        """What of the turn of each block is the gyroscope's; whoever changes it says `look`."""
        self.slight_lean_deg: FloatArray | None = None
        """Lean in slight curves outside them, at the n + 1 edges of the blocks, + left; None: not looked at."""
        self.look()

    def look(self) -> None:
        """Find the bends."""
        block_s = self.blocks.block_s
        self._turning_deg_s = np.zeros(len(self.weight) + 1)
        for a, b in self.segments():
            turn = self.turn_rad(a, b) - self.drift_rad[a:b]
            weight = self.weight[a:b] = bend_weights(turning_rate_deg_s(turn, block_s), block_s)
            if weight.any():
                self._turning_deg_s[a : b + 1] = filtered_turning(turn, weight, block_s)

    def turn_rad(self, a: int, b: int) -> FloatArray:
        """Turn of blocks ``[a, b)``, counted from the first, as it was measured, + left."""
        return self.blocks.turn_rad(self.right, self.first + a, self.first + b)

    def segments(self) -> list[tuple[int, int]]:
        """Parts ``[a, b)`` without a break, counted from the first block."""
        inside = [
            (max(0, a - self.first), min(len(self.weight), b - self.first))
            for a, b in self.blocks.segments()
        ]
        return [(a, b) for a, b in inside if a < b]

    @property
    def any(self) -> bool:
        """Whether there was a sustained bend."""
        return bool(self.weight.any())

    def times_s(self) -> FloatArray:
        """Session time of each block in a sustained bend, in order."""
        at = (self.first + np.flatnonzero(self.weight)) * self.blocks.size
        return np.array([self.pelvis.time_s.row(n) for n in at.tolist()])

    def lean(self, right: FloatArray, times: StrideTimes, gaits: Sequence[Gait]) -> BendLean:
        """Lean in strides that the track covers; ``right`` must be that of these bends."""
        if right is not self.right or (not self.any and self.slight_lean_deg is None):
            return BendLean.none(len(times))
        at = self.pelvis.positions_at(_middle_s(times))
        edge = (at + self.blocks.size // 2) // self.blocks.size - self.first
        edge = np.clip(edge, 0, len(self._turning_deg_s) - 1)
        found = _leans(self._turning_deg_s[edge], times, gaits, self.speed)
        if self.slight_lean_deg is not None:
            runs = np.array([gait == "run" for gait in gaits], np.bool_)
            found.lean_deg[runs] += self.slight_lean_deg[edge[runs]]
        return found


Bends = LiveBends | SessionBends


def _leans(
    turning_deg_s: FloatArray, times: StrideTimes, gaits: Sequence[Gait], speed: LeanPerTurning
) -> BendLean:
    found = BendLean.none(len(times))
    for n in np.flatnonzero(turning_deg_s).tolist():
        per_turning, se = speed.at(
            float(times.foot_strike_s[n]), gaits[n], float(times.contact_s[n])
        )
        found.lean_deg[n] = per_turning * turning_deg_s[n]
        found.turning_deg_s[n] = turning_deg_s[n]
        found.se_deg[n] = se * abs(turning_deg_s[n])
    return found


def _middle_s(times: StrideTimes) -> FloatArray:
    """Middles of the stances."""
    middle_s: FloatArray = times.foot_strike_s + 0.5 * times.contact_s
    return middle_s


def turning_rate_deg_s(turn_rad: FloatArray, block_s: float) -> FloatArray:
    """Turning rate over a few strides around each block, + left, shape (n,).

    Args:
        turn_rad: turn of each of n blocks.
        block_s: their duration.
    """
    taps = np.hanning(2 * SMOOTH_BLOCKS + 3)[1:-1]
    total, known = np.zeros(len(turn_rad)), np.zeros(len(turn_rad))
    for back, tap in enumerate(taps.tolist(), -SMOOTH_BLOCKS):
        here = slice(max(0, -back), max(0, len(turn_rad) - max(0, back)))
        there = slice(max(0, back), max(0, len(turn_rad) - max(0, -back)))
        total[here] += tap * turn_rad[there]
        known[here] += tap
    rate: FloatArray = np.degrees(total / np.maximum(known, taps[0])) / block_s
    return rate


def bend_weights(rate_deg_s: FloatArray, block_s: float) -> FloatArray:
    """How far each of n blocks belongs to a sustained bend, 0 to 1, shape (n,).

    Args:
        rate_deg_s: smoothed turning rate, shape (n,).
        block_s: duration of a block.
    """
    weight = np.zeros(len(rate_deg_s))
    side = np.where(np.abs(rate_deg_s) > BEND_DEG_S, np.sign(rate_deg_s), 0.0)
    edges = np.flatnonzero(np.diff(side, prepend=0.0, append=0.0))
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = np.abs(rate_deg_s[a:b])
        if side[a]:
            net_deg, most = float(np.sum(part)) * block_s, float(np.max(part))
            mean = float(np.mean(part))
            weight[a:b] = (
                _share(net_deg, NET_DEG)
                * _share(mean, MEAN_DEG_S)
                * (1.0 - _share(most, SHARP_DEG_S))
            )
    return weight


def share_between(values: FloatArray, limits: tuple[float, float]) -> FloatArray:
    """How far each value has come from the first limit to the second, 0 to 1."""
    low, high = limits
    share: FloatArray = ((values - low) / (high - low)).clip(0.0, 1.0)
    return share


def _share(value: float, limits: tuple[float, float]) -> float:
    """The same of one value."""
    low, high = limits
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _causal_response(block_s: float) -> FloatArray:
    """Response of the filter to each of the `FILTER_BLOCKS` blocks before, the oldest first."""
    ago = (np.arange(FILTER_BLOCKS)[::-1] + 0.5) * block_s / FILTER_S
    response: FloatArray = np.exp(-ago) * np.sin(ago)
    return response


def filtered_turning(turn_rad: FloatArray, weight: FloatArray, block_s: float) -> FloatArray:
    """Turning rate at n + 1 edges of blocks, low-passed forward and backward, deg/s, + left."""
    once = _causal_response(block_s)
    response = np.convolve(once, once[::-1])
    response = 0.5 * (response[1:] + response[:-1])  # from the middles of blocks to their edges
    heading = np.concatenate([[0.0], np.cumsum(turn_rad)])
    forward = np.exp(1j * heading)
    pull = np.diff(forward) * weight
    reach = len(response) // 2
    filtered = np.convolve(pull, response)[reach - 1 : reach + len(pull)]
    mass = np.convolve(np.ones(len(pull)), response)[reach - 1 : reach + len(pull)]
    taps = np.hanning(9)[1:-1]
    facing = np.convolve(forward, taps, "same")
    facing /= np.abs(facing)
    found: FloatArray = np.degrees((filtered * np.conj(1j * facing)).real / mass) / block_s
    return found
