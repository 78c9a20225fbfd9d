"""How long even the quickest packets may have waited for a connection event.

A packet waits for the next connection event. Where the time from packet to packet is no simple fraction
of the connection interval, some packets hardly wait, and the lower envelope is the truth plus the
shortest delay. Where it is one (packets every 50 ms, events every 15 ms), packets meet the events at a few
phases only, and all of them may wait for up to the distance of those phases. No arrival shows that
wait, so it is stated: for every interval that systems use, do the packets fit it, and how far apart
are their phases?
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sensors.sample_block import FloatArray

INTERVALS_S = (
    *(0.0075, 0.00875, 0.01, 0.01125, 0.0125, 0.015, 0.01875, 0.02, 0.0225, 0.02375, 0.025, 0.03),
    *(0.0375, 0.04, 0.045, 0.04875, 0.05, 0.06, 0.075, 0.08, 0.1),
)
"""Connection intervals that operating systems and sensors are known to choose."""
BLOCK = 64
"""Consecutive packets kept at a time: enough for every phase to be seen several times."""
EVERY_S = 15.0
"""Device time from the first packet of one block to that of the next."""
_FINEST_S = 0.0006
_BINS = 64
_TOLERANCE_S = 0.001
_EARLY = 0.02
"""Share of packets that may come before they could, by an interval that is still possible."""
_FEWEST = 3
"""Packets by which a phase counts as seen."""
_FEWEST_PACKETS = 8
_SEEN_S = 0.002
"""Differences of the waits from which the connection events themselves are seen."""
_TYPICAL = 0.6
"""Share of the packets whose unexplained delay is less: more than the half that two phases may share."""
_STRETCHES = 5
_FITTING = 0.6
"""Share of the stretches that have to fit an interval."""
_DOUBT_S = 0.0005
_DOUBT = 0.3
"""How much more than by the best interval may stay unexplained, as a share and at least."""


@dataclass(frozen=True, slots=True)
class HiddenWait:
    """What the quickest packets may have waited, beyond the shortest delay.

    Attributes:
        usual_s: to be taken off the envelope: the middle, where connection events were seen; else 0.
        half_s: how much more or less it may be.
    """

    usual_s: float
    half_s: float


NO_WAIT = HiddenWait(0.0, 0.0)


class WaitSample:
    """Some packets of every stretch of a stream, for :func:`hidden_wait`; memory: 1 kB each 15 s."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[float, array[float], array[float]]] = deque()

    def add(self, device_s: float, offset_s: float) -> None:
        """Take a packet: device time of its last sample, and arrival minus that."""
        if not self._blocks or not 0.0 <= device_s - self._blocks[-1][0] < EVERY_S:
            self._blocks.append((device_s, array("d"), array("d")))
        _, at, offset = self._blocks[-1]
        if len(at) < BLOCK:
            at.append(device_s)
            offset.append(offset_s)

    def add_all(self, device_s: FloatArray, offset_s: FloatArray) -> None:
        """Take packets, shape (p,); the same as :meth:`add` of each."""
        done = 0
        while done < len(device_s):
            self.add(device_s[done].item(), offset_s[done].item())
            done += 1
            start, at, offset = self._blocks[-1]
            stop = done + int(np.searchsorted(device_s[done:], start + EVERY_S))
            if np.any(np.diff(device_s[done - 1 : stop]) < 0.0):  # a clock that steps back
                continue
            more = min(BLOCK - len(at), stop - done)
            at.extend(device_s[done : done + more].tolist())
            offset.extend(offset_s[done : done + more].tolist())
            done = stop

    def forget_before(self, device_s: float) -> None:
        """Drop blocks that began earlier, but keep one."""
        while len(self._blocks) > 1 and self._blocks[1][0] < device_s:
            self._blocks.popleft()

    def between(self, start_s: float, end_s: float) -> tuple[FloatArray, FloatArray]:
        """Device times and offsets of the packets kept from a stretch, both of shape (k,)."""
        some = [one for one in self._blocks if one[0] < end_s and one[0] + EVERY_S > start_s]
        at = np.concatenate([np.frombuffer(one[1]) for one in some] or [np.empty(0)])
        offset = np.concatenate([np.frombuffer(one[2]) for one in some] or [np.empty(0)])
        inside = (at >= start_s) & (at <= end_s)
        return at[inside], offset[inside]


def hidden_wait(taken_s: FloatArray, above_s: FloatArray) -> HiddenWait:
    """How long the quickest packets may have waited for connection events.

    Which intervals are possible is asked of seconds of packets, over which no clock runs away; how
    far apart their phases are, of all packets.

    Args:
        taken_s: time of each packet on the host's clock, by the envelope, shape (k,).
        above_s: how far its arrival lies above the envelope, shape (k,).
    """
    if len(taken_s) < _FEWEST_PACKETS:
        return NO_WAIT
    if max(_widest(taken_s, interval_s) for interval_s in INTERVALS_S) < _SEEN_S / 2:
        return NO_WAIT
    stretches = _stretches(taken_s)
    local = [_local(taken_s, above_s, stretches, interval_s) for interval_s in INTERVALS_S]
    best_s = min((fit.unexplained_s for fit in local if fit is not None), default=0.0)
    most_s = best_s + max(_DOUBT_S, _DOUBT * best_s)
    worst = NO_WAIT
    for interval_s, fit in zip(INTERVALS_S, local, strict=True):
        if fit is None or fit.unexplained_s > most_s:
            continue
        over_all = _fit(taken_s, above_s, interval_s)
        if over_all is None:  # the envelope does not keep to one phase
            found = HiddenWait(0.0, fit.gap_s)
        elif fit.spread_s >= max(_SEEN_S, over_all.gap_s - _TOLERANCE_S):  # at least two phases
            found = HiddenWait(over_all.gap_s / 2, over_all.gap_s / 2)
        else:
            found = HiddenWait(0.0, over_all.gap_s)
        worst = max(worst, found, key=lambda each: each.usual_s + each.half_s)
    return worst


def _widest(taken_s: FloatArray, interval_s: float) -> float:
    """Widest part of an interval in which no packet was ready."""
    phase_s = np.sort(np.mod(taken_s, interval_s))
    return max(float(np.diff(phase_s).max()), float(phase_s[0] + interval_s - phase_s[-1]))


def _stretches(taken_s: FloatArray) -> list[slice]:
    """Some stretches of consecutive packets."""
    breaks = np.flatnonzero(np.diff(taken_s) > EVERY_S / 4) + 1
    edges = [0, *breaks.tolist(), len(taken_s)]
    parts = [
        slice(at, min(at + BLOCK, stop))
        for start, stop in pairwise(edges)
        for at in range(start, stop, BLOCK)
        if min(at + BLOCK, stop) - at >= _FEWEST_PACKETS
    ]
    return parts[:: max(1, -(-len(parts) // _STRETCHES))]


class _Fit(NamedTuple):
    """How packets would meet the events of one connection interval.

    Attributes:
        gap_s: longest hidden wait.
        spread_s: how far the waits of the packets differ.
        unexplained_s: delay that the events do not explain, of a typical packet.
    """

    gap_s: float
    spread_s: float
    unexplained_s: float


def _local(
    taken_s: FloatArray, above_s: FloatArray, stretches: list[slice], interval_s: float
) -> _Fit | None:
    """The medians of the fits to stretches; None where too few of them fit."""
    fits = [
        fit
        for part in stretches
        if (fit := _fit(taken_s[part], above_s[part] - above_s[part].min(), interval_s)) is not None
    ]
    if len(fits) < _FITTING * len(stretches) or not fits:
        return None
    gap_s, spread_s, unexplained_s = np.median(np.array(fits), axis=0).tolist()
    return _Fit(gap_s, spread_s, unexplained_s)


def _fit(taken_s: FloatArray, above_s: FloatArray, interval_s: float) -> _Fit | None:
    """How packets meet the events of an interval; None where some came before they could."""
    count = max(2, min(_BINS, int(interval_s / _FINEST_S)))
    width_s = interval_s / count
    phase_s = np.mod(taken_s, interval_s)
    bins = (phase_s / width_s).astype(np.int64) % count
    often = np.bincount(bins, minlength=count)
    lowest = np.full(count, np.inf)
    np.minimum.at(lowest, bins, above_s)
    used = np.flatnonzero(often >= min(_FEWEST, len(taken_s) // count + 1))
    if len(used) == 0:
        return None
    first, final = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(first, bins, phase_s)
    np.maximum.at(final, bins, phase_s)
    to_next_s = np.roll(first[used], -1) - final[used]
    to_next_s[-1] += interval_s
    quick = lowest[used] <= lowest[used].min() + _TOLERANCE_S
    gaps_s = np.where(quick, to_next_s, -1.0)
    last = int(
        np.argmax(gaps_s)
    )  # the phase just before the connection event, if this is the interval
    expected = ((used[last] - np.arange(count)) % count) * width_s
    least_s = np.maximum(expected[bins] - 1.5 * width_s, 0.0)
    if np.mean(above_s < least_s - _TOLERANCE_S) > _EARLY:
        return None
    unexplained = above_s - least_s
    return _Fit(
        float(gaps_s[last]),
        float(expected[used].max()),
        float(np.quantile(unexplained, _TYPICAL)),
    )
