"""What exchanges of messages say of the delay of the quickest packets.

A request sent at a host's time was received later, so its device time bounds the offset from below as an
arriving packet bounds it from above. Requests are sent at uneven times (``sensors/sensor_link.py``), so
some of them hardly wait for a connection event, even where all packets wait: the upper envelope of those
bounds lies below the truth by the shortest delay of a request. Between the two envelopes lies the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sensors.clock_kind import ClockKind
from sensors.envelope_fit import fit_pieces, looseness_s
from sensors.packet_batch import SyncPoint
from sensors.sample_block import FloatArray

MIN_DELAY_S = 0.002
"""Delay of the fastest notifications, and of the fastest requests: radio, host controller, operating
system. It may be off by as much as itself."""
AFTER_EVENT_S = 0.003
"""Longest believable time from a connection event to the arrival of what it brought, of the quickest."""
IMPOSSIBLE_S = 0.01
"""A bound that lies further above the envelope of the packets is no answer of this clock."""


class Delay(NamedTuple):
    """How far the truth lies below the envelope of the packets.

    Attributes:
        usual_s: to be taken off the envelope.
        half_s: how much more or less it may be.
    """

    usual_s: float
    half_s: float


class BoundsBelow(NamedTuple):
    """The upper envelope of the bounds from below.

    Attributes:
        bound_s: offset that the truth is not below, shape (k,).
        loose_s: how much further up it might lie, were there more exchanges, shape (k,).
        doubt_s: how much too high it might lie, since its slope is known badly, shape (k,).
    """

    bound_s: FloatArray
    loose_s: FloatArray
    doubt_s: FloatArray


def bounds_below(
    points: Sequence[SyncPoint], device_s: FloatArray, kind: ClockKind
) -> BoundsBelow | None:
    """The upper envelope of the bounds from below, at device times; None without an exchange.

    Args:
        points: exchanges of one clock.
        device_s: where it is asked for, shape (k,).
        kind: kind of clock.
    """
    if not points:
        return None
    ordered = sorted(points, key=lambda point: point.device_s)
    pieces = fit_pieces(
        [point.device_s for point in ordered], [-point.lower_s for point in ordered], kind
    )
    at, turned = pieces.device_s, pieces.offset_s
    found = np.interp(device_s, at, turned)
    if len(at) > 1:
        first, last = np.diff(turned)[[0, -1]] / np.diff(at)[[0, -1]]
        found = np.where(device_s < at[0], turned[0] + first * (device_s - at[0]), found)
        found = np.where(device_s > at[-1], turned[-1] + last * (device_s - at[-1]), found)
    loose_s = np.interp(device_s, at, pieces.uncertainty_s)
    # the scatter leaves open what lies further up only; what the slope leaves open, both ways
    turned_at = np.interp([point.device_s for point in ordered], at, turned)
    above_s = np.sort(-np.asarray([point.lower_s for point in ordered]) - turned_at)
    doubt_s = np.maximum(loose_s - looseness_s(np.maximum(above_s, 0.0)), 0.0)
    return BoundsBelow(-found, loose_s, doubt_s)


def bounds_alongside(
    points: Sequence[SyncPoint],
    line_s: FloatArray,
    device_s: FloatArray,
    kind: ClockKind,
) -> BoundsBelow | None:
    """As :func:`bounds_below`, along an envelope whose slope is right.

    Args:
        points: exchanges of one clock.
        line_s: offset of the envelope at each of them, shape of the points.
        device_s: where it is asked for, shape (k,).
        kind: kind of clock.

    Returns:
        Bounds relative to the envelope: zero or less.
    """
    if not points:
        return None
    at = np.asarray([point.device_s for point in points])
    gap_s = line_s - np.asarray([point.lower_s for point in points])
    near = [gap_s[np.abs(at - here) <= kind.window_s / 2] for here in device_s.tolist()]
    parts = [np.sort(part if len(part) else gap_s) for part in near]
    return BoundsBelow(
        np.asarray([-part[0] for part in parts]),
        np.asarray([looseness_s(part - part[0]) for part in parts]),
        np.zeros(len(parts)),
    )


def delay_between(width_s: float, loose_s: float, doubt_s: float, most_s: float) -> Delay:
    """Where the truth lies between the two envelopes.

    Args:
        width_s: how far they are apart.
        loose_s: how much further up the lower one might lie.
        doubt_s: how much too high it might lie.
        most_s: longest believable delay of the quickest packets, hidden waits included.
    """
    if width_s < -doubt_s:
        return Delay(0.0, -width_s)
    least_s = max(0.0, width_s - loose_s - 2 * MIN_DELAY_S)
    most_s = min(width_s + doubt_s, most_s)
    middle_s = (least_s + most_s) / 2
    if least_s <= most_s:
        return Delay(middle_s, (most_s - least_s) / 2)
    return Delay(middle_s, max(middle_s, width_s - middle_s))  # one side takes longer than is usual
