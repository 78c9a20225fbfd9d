"""Connection events as seen by a sensor, from its answers to exchanges of messages.

A request reaches the sensor in a connection event, so the device times at which requests were received lie
on the grid of the events, whenever they were sent. On that grid the wait of a packet is known: from its
last sample to the next event. With it taken off, packets that keep step with the events tell the time as
well as any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.lower_envelope import Minima
from sensors.packet_batch import SyncPoint
from sensors.sample_block import FloatArray

IndexArray = npt.NDArray[np.int64]

UNIT_S = 0.00125
SHORTEST, LONGEST = 6, 100
"""Connection intervals are multiples of 1.25 ms, from 7.5 ms up; longer than 125 ms nobody streams."""
BURST_S = 1.0
"""Requests closer together belong to one burst."""
FEWEST_REQUESTS = 14
FEWEST_IN_BURST = 4
SPREAD_S = 0.0006
"""How far receptions lie from their phase on average, at most; a chance hit is less than one in a million."""
FITTING = 0.8
"""Share of the bursts that have to fit an interval."""
BRIDGE_S = 15.0
DRIFT = 300e-6
"""Bursts further apart, or whose phases run away faster, may be of two connections."""
ASKED = 40
"""Bursts that are asked for the interval, of a long recording."""
OFTEN_KNOWN = 0.15
"""Share of the packets whose wait for a connection event has to be known."""
FEWEST_KNOWN = 20
ALONE_S = 60.0
"""Device time from the nearest packet whose wait is known, from which on others are taken as they came."""
PHASE_DOUBT_S = 0.0005
"""How far off the events may be found."""
PREPARED_S = 0.003
"""A packet ready so shortly before an event may have missed it; were all like that, all would have waited."""
STRETCH_S = 4.0
QUICK = 0.1
LEAST_APART_S = 0.001
"""For whether packets keep to the events: their quickest tenth, in stretches over which no clock runs away."""
SAFE_S = 0.003
"""A packet ready so soon after an event may have gone in that event, and not have waited for the next."""


@dataclass(frozen=True, slots=True)
class EventGrid:
    """Connection events on the device's clock.

    Attributes:
        interval_s: connection interval.
        at_s: device time of each burst of requests, shape (b,).
        phase_s: time of its events modulo the interval, shape (b,).
    """

    interval_s: float
    at_s: FloatArray
    phase_s: FloatArray

    def wait_s(self, device_s: FloatArray) -> FloatArray:
        """Time from device times to the next event, shape of the argument; NaN where it is not known."""
        if len(self.at_s) < 2:
            return np.full(len(device_s), np.nan)
        after = np.clip(np.searchsorted(self.at_s, device_s), 1, len(self.at_s) - 1)
        before = after - 1
        apart_s = self.at_s[after] - self.at_s[before]
        half_s = self.interval_s / 2
        moved_s = (
            np.mod(self.phase_s[after] - self.phase_s[before] + half_s, self.interval_s) - half_s
        )
        share = (device_s - self.at_s[before]) / apart_s
        phase_s = self.phase_s[before] + share * moved_s
        wait_s = np.mod(phase_s - device_s, self.interval_s)
        same_link = (apart_s <= BRIDGE_S) & (np.abs(moved_s) <= DRIFT * apart_s + SPREAD_S)
        near = (share > -0.5) & (share < 1.5)
        sure = wait_s < self.interval_s - SAFE_S
        return np.where(same_link & near & sure, wait_s, np.nan)


def event_grid(points: Sequence[SyncPoint]) -> EventGrid | None:
    """The events of a connection, or None where the receptions show none.

    Args:
        points: exchanges of one clock.
    """
    if len(points) < FEWEST_REQUESTS:
        return None
    received_s = np.sort(np.asarray([point.device_s for point in points]))
    edges = np.flatnonzero(np.diff(received_s, prepend=-np.inf, append=np.inf) > BURST_S)
    starts, sizes = edges[:-1], np.diff(edges)
    received_s = received_s[np.repeat(sizes >= FEWEST_IN_BURST, sizes)]
    sizes = sizes[sizes >= FEWEST_IN_BURST]
    if len(received_s) < FEWEST_REQUESTS:
        return None
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    some = slice(0, None) if len(sizes) <= ASKED else slice(0, None, -(-len(sizes) // ASKED))
    asked = np.concatenate(
        [np.arange(a, a + n) for a, n in zip(starts[some], sizes[some], strict=True)]
    )
    asked_starts = np.concatenate([[0], np.cumsum(sizes[some])[:-1]])
    for count in range(LONGEST, SHORTEST - 1, -1):  # what fits an interval fits its half, too
        interval_s = count * UNIT_S
        _, spread_s = _phases(received_s[asked], asked_starts, sizes[some], interval_s)
        if np.mean(spread_s <= SPREAD_S) >= FITTING:
            phase_s, spread_s = _phases(received_s, starts, sizes, interval_s)
            fit = spread_s <= SPREAD_S
            return EventGrid(interval_s, received_s[starts][fit], phase_s[fit])
    return None


def _phases(
    received_s: FloatArray, starts: IndexArray, sizes: IndexArray, interval_s: float
) -> tuple[FloatArray, FloatArray]:
    """The phase of the receptions of each burst, early side, and how far on average they lie from it."""
    turn = np.add.reduceat(np.exp(2j * np.pi / interval_s * received_s), starts)
    middle_s = np.angle(turn) / (2 * np.pi) * interval_s
    from_it_s = received_s - np.repeat(middle_s, sizes) + interval_s / 2
    away_s = np.abs(np.mod(from_it_s, interval_s) - interval_s / 2)
    spread_s = np.add.reduceat(away_s, starts) / sizes
    return middle_s - spread_s, spread_s


def minima_by_events(
    grid: EventGrid,
    sampled: tuple[FloatArray, FloatArray],
    lowest: tuple[Sequence[float], Sequence[float]],
    bin_s: float,
) -> Minima | None:
    """The lowest points, with what packets waited taken off.

    None where that is seldom known, or the packets do not keep to the events.

    Args:
        grid: connection events.
        sampled: device times and offsets of some packets.
        lowest: lowest points as they came, device times and offsets; they are taken where no wait is known.
        bin_s: span of device time of which one point is kept.
    """
    at, offset = sampled
    wait_s = grid.wait_s(at)
    known = np.isfinite(wait_s)
    sure = known & (wait_s > PREPARED_S)
    if np.count_nonzero(sure) < max(FEWEST_KNOWN, OFTEN_KNOWN * len(at)):
        return None
    if not _is_kept(at[known], (offset - wait_s)[known], wait_s[known]):
        return None
    sure_at = at[known]
    low_at, low_offset = np.asarray(lowest[0]), np.asarray(lowest[1])
    after = np.clip(np.searchsorted(sure_at, low_at), 1, len(sure_at) - 1)
    apart_s = np.minimum(np.abs(low_at - sure_at[after - 1]), np.abs(low_at - sure_at[after]))
    alone = apart_s > ALONE_S
    all_at = np.concatenate([low_at[alone], sure_at])
    all_offset = np.concatenate([low_offset[alone], (offset - wait_s)[known]])
    order = np.argsort(all_at, kind="stable")
    minima = Minima(bin_s)
    minima.add_all(all_at[order], all_offset[order])
    return minima


def _is_kept(at: FloatArray, left_s: FloatArray, wait_s: FloatArray) -> bool:
    """Whether packets that had to wait longer were later, as far as their waits differ.

    Args:
        at: device times, shape (k,).
        left_s: offsets with the wait taken off, shape (k,).
        wait_s: the waits, shape (k,).
    """
    starts = np.flatnonzero(np.diff(at, prepend=-np.inf) > STRETCH_S)
    sizes = np.diff(np.append(starts, len(at)))
    above_s = left_s - np.repeat(np.minimum.reduceat(left_s, starts), sizes)
    long = wait_s > np.median(wait_s)
    if not long.any() or long.all():
        return True
    apart_s = wait_s[long].mean() - wait_s[~long].mean()
    too_late_s = np.quantile(above_s[~long], QUICK) - np.quantile(above_s[long], QUICK)
    return bool(apart_s < LEAST_APART_S or too_late_s < apart_s / 2)
