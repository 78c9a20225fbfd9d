"""How long even the quickest packets may have waited for a connection event.

A packet waits for the next connection event. Where the time from packet to packet is no simple fraction
of the connection interval, some packets hardly wait, and the lower envelope is the truth plus the
shortest delay. Where it is one (packets every 50 ms, events every 15 ms), packets meet the events at a few
phases only, and all of them may wait for up to the distance of those phases. No arrival shows that
wait, so it is stated: for every interval that systems use, do the packets fit it, and how far apart
are their phases?
"""

from __future__ import annotations

import math
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
"""Device time from the first packet of one block to that of the next, on average.

It differs by up to half of that: packets that drift through the events may be back at the same phases
after any fixed time.
"""
_GOLDEN = 0.618033988749895
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
_TOGETHER = 7000
"""Packets, times intervals, that are worked on at once: no more memory than that, whatever they are."""
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
        self._begun = 0
        self._length_s = EVERY_S

    def add(self, device_s: float, offset_s: float) -> None:
        """Take a packet: device time of its last sample, and arrival minus that."""
        if not self._blocks or not 0.0 <= device_s - self._blocks[-1][0] < self._length_s:
            self._blocks.append((device_s, array("d"), array("d")))
            self._begun += 1
            self._length_s = EVERY_S * (0.5 + math.modf(self._begun * _GOLDEN)[0])
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
            stop = done + int(np.searchsorted(device_s[done:], start + self._length_s))
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
        some = [one for one in self._blocks if one[0] < end_s and one[0] + 1.5 * EVERY_S > start_s]
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
    # the longest first: it shows a gap most often, and one is enough
    if not any(_widest(taken_s, interval_s) >= _SEEN_S / 2 for interval_s in INTERVALS_S[::-1]):
        return NO_WAIT
    local = _local(taken_s, above_s)
    if not local:
        return NO_WAIT
    best_s = min(fit.unexplained_s for fit in local.values())
    most_s = best_s + max(_DOUBT_S, _DOUBT * best_s)
    likely = [interval_s for interval_s, fit in local.items() if fit.unexplained_s <= most_s]
    worst = NO_WAIT
    over_alls = _fits(taken_s[None], above_s[None], np.array(likely))[0, :, _GAP].tolist()
    for interval_s, gap_s in zip(likely, over_alls, strict=True):
        fit = local[interval_s]
        if math.isnan(gap_s):  # the envelope does not keep to one phase
            found = HiddenWait(0.0, fit.gap_s)
        elif fit.spread_s >= max(_SEEN_S, gap_s - _TOLERANCE_S):  # at least two phases
            found = HiddenWait(gap_s / 2, gap_s / 2)
        else:
            found = HiddenWait(0.0, gap_s)
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


_GAP = 0
"""Where ``gap_s`` stands among the fields of a fit."""


def _local(taken_s: FloatArray, above_s: FloatArray) -> dict[float, _Fit]:
    """By interval the medians of the fits to stretches; without those that fit too few of them."""
    stretches = _stretches(taken_s)
    every = np.array(INTERVALS_S)
    alike: dict[int, list[slice]] = {}  # by length, which is mostly the same
    for part in stretches:
        alike.setdefault(part.stop - part.start, []).append(part)
    fits = [np.empty((0, len(every), len(_Fit._fields)))]
    for parts in alike.values():
        taken = np.stack([taken_s[part] for part in parts])
        above = np.stack([above_s[part] - above_s[part].min() for part in parts])
        fits.append(_fits(taken, above, every))
    ordered = np.sort(np.concatenate(fits), axis=0)  # those that do not fit, last
    fitting = np.count_nonzero(~np.isnan(ordered[:, :, _GAP]), axis=0).tolist()
    return {
        interval_s: _Fit(*((some[(n - 1) // 2] + some[n // 2]) / 2).tolist())
        for interval_s, some, n in zip(INTERVALS_S, ordered.swapaxes(0, 1), fitting, strict=True)
        if n and n >= _FITTING * len(stretches)
    }


def _fits(taken_s: FloatArray, above_s: FloatArray, interval_s: FloatArray) -> FloatArray:
    """How the packets of stretches meet the events of intervals.

    Args:
        taken_s: times of the packets, shape (s, n).
        above_s: how far their arrivals lie above the envelope, shape (s, n).
        interval_s: intervals, shape (k,).

    Returns:
        The fields of a :class:`_Fit` of each, shape (s, k, 3); NaN where some packets came before they could.
    """
    stretch, which = np.divmod(np.arange(len(taken_s) * len(interval_s)), len(interval_s))
    found = np.empty((len(stretch), len(_Fit._fields)))
    together = max(1, _TOGETHER // taken_s.shape[1])
    for n in range(0, len(stretch), together):
        rows = slice(n, n + together)
        found[rows] = _fits_together(
            taken_s[stretch[rows]], above_s[stretch[rows]], interval_s[which[rows]]
        )
    return found.reshape(len(taken_s), len(interval_s), len(_Fit._fields))


def _fits_together(taken_s: FloatArray, above_s: FloatArray, interval_s: FloatArray) -> FloatArray:
    """As :func:`_fits`, of one interval in each row: shapes (r, n), (r, n), (r,) make (r, 3)."""
    rows, packets = taken_s.shape
    count = np.clip((interval_s / _FINEST_S).astype(np.int64), 2, _BINS)[:, None]
    width_s = interval_s[:, None] / count
    phase_s = np.mod(taken_s, interval_s[:, None])
    bins = (phase_s / width_s).astype(np.int64) % count
    # rows one after another, as many places for bins in each
    places = (bins + _BINS * np.arange(rows)[:, None]).ravel()
    often = np.bincount(places, minlength=rows * _BINS).reshape(rows, _BINS)
    lowest = np.full((rows, _BINS), np.inf)
    first, final = lowest.copy(), -lowest
    np.minimum.at(lowest.reshape(-1), places, above_s.ravel())
    np.minimum.at(first.reshape(-1), places, phase_s.ravel())
    np.maximum.at(final.reshape(-1), places, phase_s.ravel())

    number = np.arange(_BINS)
    used = (often >= np.minimum(_FEWEST, packets // count + 1)) & (number < count)
    known = used.any(axis=1)
    # the next bin that is used, after each; after the last comes the first
    after = np.where(used, number, _BINS)
    beginning = after.min(axis=1, keepdims=True)
    after = np.minimum.accumulate(after[:, ::-1], axis=1)[:, ::-1]
    following = np.append(after[:, 1:], np.full((rows, 1), _BINS), axis=1)
    wraps = following == _BINS
    following = np.where(wraps, beginning, following)
    following[~known] = 0
    gaps_s = np.take_along_axis(first, following, axis=1)
    with np.errstate(invalid="ignore"):  # bins that are not used are infinite
        gaps_s -= final
    gaps_s[wraps] += np.broadcast_to(interval_s[:, None], wraps.shape)[wraps]
    lowest[~used] = np.inf
    quick = lowest <= lowest.min(axis=1, keepdims=True) + _TOLERANCE_S
    gaps_s = np.where(used, np.where(quick, gaps_s, -1.0), -np.inf)
    # the phase just before the connection event, if this is the interval
    last = gaps_s.argmax(axis=1)[:, None]
    expected = ((last - number) % count) * width_s
    spread_s = np.where(used, expected, -np.inf).max(axis=1)
    least_s = np.maximum(np.take_along_axis(expected, bins, axis=1) - 1.5 * width_s, 0.0)
    early = np.mean(above_s < least_s - _TOLERANCE_S, axis=1)
    typical_s = np.quantile(above_s - least_s, _TYPICAL, axis=1)
    gap_s = np.take_along_axis(gaps_s, last, axis=1)[:, 0]
    found = np.column_stack([gap_s, spread_s, typical_s])
    found[~known | (early > _EARLY)] = np.nan
    return found
