"""Which samples of a recording are missing, and which strides they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.stride import Side, Stride
from sensors.placement import Placement
from sensors.sample_block import SampleBlock


def lost_stretches(blocks: Iterable[SampleBlock]) -> dict[Placement, FloatArray]:
    """Session times of the first and last missing sample of each loss, shape (n, 2), by placement."""
    found: dict[Placement, list[tuple[float, float]]] = {}
    last: dict[Placement, float] = {}
    for block in blocks:
        if not len(block):
            continue
        stretches = found.setdefault(block.placement, [])
        period_s = 1.0 / block.rate_hz
        times = np.concatenate([[last.get(block.placement, block.time_s[0])], block.time_s])
        for at in np.flatnonzero(np.diff(times) > 1.5 * period_s).tolist():
            stretches.append((times[at] + period_s, times[at + 1] - period_s))
        last[block.placement] = float(block.time_s[-1])
    return {place: np.array(rows, np.float64).reshape(-1, 2) for place, rows in found.items()}


def touches(stretches: FloatArray, start_s: float, end_s: float) -> bool:
    """Whether one of the stretches of missing samples, shape (n, 2), reaches into [start, end)."""
    return bool(np.any((stretches[:, 0] < end_s) & (stretches[:, 1] >= start_s)))


def says_so(stride: Stride, placement: Placement) -> bool:
    """Whether a stride tells that samples of a sensor are missing in it."""
    if "gap" in stride.flags or "filled" in stride.flags:
        return True
    return placement is Placement.PELVIS and (
        "no_pelvis" in stride.flags or "cpd_exc_deg" not in stride.metrics
    )


def told_of_losses(
    strides: Iterable[Stride],
    lost: Mapping[Placement, FloatArray],
    shank_of: Mapping[Side, Placement],
) -> tuple[int, int]:
    """Strides with missing samples, and how many of them are valid and do not say so."""
    touched = silent = 0
    for stride in strides:
        places = [
            place
            for place in (Placement.PELVIS, shank_of[stride.side])
            if place in lost
            and touches(lost[place], stride.foot_strike_s, stride.next_foot_strike_s)
        ]
        touched += bool(places)
        silent += stride.valid and not all(says_so(stride, place) for place in places)
    return touched, silent
