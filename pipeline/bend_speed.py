"""The speed in sustained bends, from how the mean force turns with the heading.

A minute with a beginning or an end of a bend in it says something about the speed (`pipeline.pull_fit`); such
stretches near in time are taken together, and a usual speed counts where they say little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.bend_lean import SessionBends
from pipeline.orientation import FloatArray
from pipeline.pull_fit import carried_force, fit_pull
from pipeline.stride import Gait
from pipeline.stride_events import StrideEvents
from pipeline.usual_speed import USUAL_CONTACT_S, usual_lean

STRETCH_BLOCKS = (240, 120)
"""A minute; where breaks and pauses leave less, half of one."""
BESIDE_BLOCKS = 48
"""A stretch lies in bends or within so many blocks of one, with the share below of its blocks."""
NEAR_SHARE = 0.7
FORCE_SE_DEG: Mapping[Gait, float] = {"run": 0.25, "walk": 0.1}
"""Direction of such a force, against what is fitted; more where it scatters by more."""
GAP_SE_DEG = 2.0
"""How far a filled gap may tilt what comes after it: a fill is turned until gravity agrees on both sides, which
takes off what the pull turned meanwhile."""
READ_SHARE = 0.975
"""So much of the speed is read: what the pelvis turns by itself passes for a bend without a pull."""
LARGEST_SE = 0.25
"""A stretch that says less is not used."""
LONGEST_STEP_S = 1.6
"""Foot strikes of both legs (or of the one that has a sensor) are never further apart in one bout."""
PERSON_SD: Mapping[Gait, float] = {"run": 0.04, "walk": 0.016}
"""Lean per turning rate, from one person and day to another of the same contact time."""
PACE_SD: Mapping[Gait, float] = {"run": 0.03, "walk": 0.012}
"""The same from one pace to another."""
CONTACT_SHARE = 0.08
"""Contact times that differ by so much tell of different paces."""
PACE_S = 600.0
"""After so long a third is left of what stretches of one contact time have in common."""
SENSOR_SD = 0.015
"""Error that all stretches of a session share."""
SMALLEST_SE = 0.015
"""Speed that changes within a pace, and what the lean does not follow of it."""
RANGE = (0.0, 0.7)
MOST_STRETCHES = 60
"""So many, the nearest, are taken together."""
KNOT_S = 30.0


class Stretch(NamedTuple):
    """What one stretch says: time of its middle, gait, contact time, lean per turning rate and its standard error."""

    time_s: float
    gait: Gait
    contact_s: float
    per_turning: float
    se: float


class FoundSpeed:
    """Lean per turning rate at any time, from stretches near it.

    Args:
        stretches: in order.
        times_s: about when it will be asked for, in order.
        events: all strides.
    """

    def __init__(
        self, stretches: Sequence[Stretch], times_s: FloatArray, events: Sequence[StrideEvents]
    ) -> None:
        self._knots_s = np.unique(np.floor(times_s / KNOT_S)) * KNOT_S + 0.5 * KNOT_S
        self._found: dict[Gait, FloatArray] = {}
        for gait in USUAL_CONTACT_S:
            mine = [one for one in stretches if one.gait == gait]
            strides = _Contacts(events, gait)
            self._found[gait] = np.array(
                [
                    _together(mine, gait, time_s, strides.around(time_s, KNOT_S))
                    for time_s in self._knots_s.tolist()
                ]
            ).reshape(-1, 2)

    def at(self, time_s: float, gait: Gait, _contact_s: float, /) -> tuple[float, float]:
        """What it was, and its standard error; the contact times are those of the strides around."""
        per_turning, se = self._found[gait].T
        return (
            float(np.interp(time_s, self._knots_s, per_turning)),
            float(np.interp(time_s, self._knots_s, se)),
        )


class _Contacts:
    """Contact times of the strides of one gait."""

    def __init__(self, strides: Sequence[StrideEvents], gait: Gait) -> None:
        self._otherwise_s = USUAL_CONTACT_S[gait]
        events = [e for e in strides if e.gait == gait]
        at = np.array([e.foot_strike_s for e in events])
        order = np.argsort(at, kind="stable")
        self._at_s = at[order]
        self._contact_s = np.array([e.toe_off_s - e.foot_strike_s for e in events])[order]

    def around(self, time_s: float, width_s: float) -> float:
        """Median of those around a time; of all where there are none, and the usual one where there are none at all."""
        edges = np.searchsorted(self._at_s, [time_s - 0.5 * width_s, time_s + 0.5 * width_s])
        near = self._contact_s[slice(*edges.tolist())]
        if not len(self._at_s):
            return self._otherwise_s
        return float(np.median(near if len(near) else self._contact_s))


def _together(
    stretches: Sequence[Stretch], gait: Gait, time_s: float, contact_s: float
) -> tuple[float, float]:
    """Most likely value at a time and its standard error: a usual one, a person's own, a pace."""
    usual, own, pace = usual_lean(gait, contact_s), PERSON_SD[gait] ** 2, PACE_SD[gait] ** 2
    near = sorted(stretches, key=lambda one: abs(one.time_s - time_s))[:MOST_STRETCHES]
    if not near:
        return usual, float(np.sqrt(own + pace))
    at = np.array([one.time_s for one in near])
    contact = np.log([one.contact_s / contact_s for one in near]) / CONTACT_SHARE
    alike = (
        own
        + SENSOR_SD**2
        + pace
        * np.exp(-np.abs(at[:, None] - at) / PACE_S - 0.5 * (contact[:, None] - contact) ** 2)
    )
    noise = np.diag([one.se**2 for one in near])
    here = own + pace * np.exp(-np.abs(at - time_s) / PACE_S - 0.5 * contact**2)
    share = np.linalg.solve(alike + noise, here)
    beyond = np.array([one.per_turning - usual_lean(gait, one.contact_s) for one in near])
    found = usual + float(np.sum(share * beyond))
    variance = own + pace - float(np.sum(share * here)) + SMALLEST_SE**2
    return min(max(found, RANGE[0]), RANGE[1]), float(np.sqrt(variance))


def find_speed(bends: SessionBends, events: Sequence[StrideEvents]) -> list[Stretch]:
    """What stretches of a session say.

    Args:
        bends: of the pelvis.
        events: strides that share their axis, in order.
    """
    found: list[Stretch] = []
    contacts = {gait: _Contacts(events, gait) for gait in USUAL_CONTACT_S}
    size = bends.blocks.size
    for first, last, gait in _stretches(bends, events):
        low, high = (bends.first + first) * size, (bends.first + last) * size
        per_turning, se = _of_stretch(bends, first, last, gait)
        if se < LARGEST_SE:
            middle_s = float(bends.pelvis.time_s.row((low + high) // 2))
            width_s = (last - first) * bends.blocks.block_s
            contact_s = contacts[gait].around(middle_s, width_s)
            found.append(Stretch(middle_s, gait, contact_s, per_turning, se))
    return found


def _stretches(
    bends: SessionBends, events: Sequence[StrideEvents]
) -> Iterator[tuple[int, int, Gait]]:
    """Blocks ``[a, b)``, counted from the first, of stretches in or beside bends, with strides of one gait from end to end."""
    strike_s = np.array([e.foot_strike_s for e in events])
    order = np.argsort(strike_s, kind="stable")
    strike_s = strike_s[order]
    runs = np.array([e.gait == "run" for e in events])[order]
    beside = np.zeros(len(bends.weight) + 1)
    inside = np.flatnonzero(bends.weight > 0.0)
    np.add.at(beside, np.maximum(inside - BESIDE_BLOCKS, 0), 1.0)
    np.add.at(beside, np.minimum(inside + BESIDE_BLOCKS + 1, len(bends.weight)), -1.0)
    near = np.concatenate([[0], np.cumsum(np.cumsum(beside)[:-1] > 0.0)])
    used, size = np.zeros(len(bends.weight), np.bool_), bends.blocks.size
    for count in STRETCH_BLOCKS:
        used_before = used.copy()
        for first, last in bends.segments():
            for a in range(first, last - count + 1, count // 2):
                b = a + count
                if near[b] - near[a] < NEAR_SHARE * count or used_before[a:b].any():
                    continue
                begin_s = float(bends.pelvis.time_s.row((bends.first + a) * size))
                end_s = float(bends.pelvis.time_s.row((bends.first + b) * size - 1))
                here = slice(*np.searchsorted(strike_s, [begin_s, end_s]).tolist())
                steps_s = np.diff(strike_s[here], prepend=begin_s, append=end_s)
                share = float(np.mean(runs[here])) if here.stop > here.start else 0.5
                if share in (0.0, 1.0) and float(np.max(steps_s)) < LONGEST_STEP_S:
                    used[a:b] = True
                    yield a, b, "run" if share else "walk"


def _of_stretch(bends: SessionBends, first: int, last: int, gait: Gait) -> tuple[float, float]:
    """Lean per turning rate in blocks ``[first, last)``, counted from the first, and its standard error."""
    pelvis, size = bends.pelvis, bends.blocks.size
    low, high = (bends.first + first) * size, (bends.first + last) * size
    carried = carried_force(pelvis, bends.right, low, high, bends.turn_rad(first, last))
    blocks = np.arange(last - first)
    gaps = [(gap.first - low) / size for gap in pelvis.gaps if low <= gap.first < high]
    found, se = fit_pull(
        carried,
        [np.ones(last - first)],
        FORCE_SE_DEG[gait],
        steps=[(blocks >= at).astype(np.float64) for at in gaps],
        step_se_deg=GAP_SE_DEG,
    )
    return found / READ_SHARE, se
