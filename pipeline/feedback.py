"""Decides, stride by stride, whether the runner gets a cue.

A cue rests on the median of the last three to five strides of a leg, comes at most once per two
strides, and only when the median's uncertainty is below half the zone: people who are cued by
wrong numbers answer wrong cues and learn nothing. Nothing here knows of clocks, sounds or pages.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.feedback_cue import Cue
from pipeline.feedback_request import CueMetric, FeedbackRequest
from pipeline.feedback_schedule import FadedSchedule
from pipeline.feedback_zone import (
    BASELINE_STRIDES,
    LEAST_SD,
    Baseline,
    Target,
    Zone,
    baseline_of,
    own_target,
    stated_target,
    stride_value,
)
from pipeline.stride import SIDES, Side, Stride
from pipeline.synopsis import MAD_TO_SD
from pipeline.uncertainty import median_error

CUE_STRIDES = (3, 5)
"""Fewest and most strides of a leg in the median."""
SPREAD_STRIDES = 20
LEAST_STRIDES = 7
"""Strides of a leg before the spread between strides is believed."""
CUE_EVERY_STRIDES = 2
MEDIAN_EFFICIENCY = 1.2533
"""Standard error of a median over that of a mean, sqrt(pi / 2), for normal values."""
DOUBTFUL_FLAGS = frozenset({"turning", "settling", "filled"})
"""Strides with these count for nothing here, though they may be valid."""
WAITED_STRIDES = 3
"""A leg that sends nothing is waited for so many strides of the other one."""

FeedbackPhase = Literal["baseline", "on", "faded"]


@dataclass(frozen=True, slots=True)
class SideFeedback:
    """What is known of one leg.

    Attributes:
        zone: its target zone; None while the baseline is not known.
        value: median of the last strides; NaN while not known.
        uncertainty: its standard error against the zone; NaN while not known.
        certain: whether it is certain enough for a cue.
    """

    zone: Zone | None
    value: float
    uncertainty: float
    certain: bool


@dataclass(frozen=True, slots=True)
class FeedbackState:
    """Feedback as people should see it.

    Attributes:
        request: what was asked for.
        phase: ``baseline`` own strides are collected, ``on``, ``faded`` off for a while on purpose.
        baseline_strides: strides of the leg that has fewer, while collecting.
        baseline_wanted: strides wanted.
        source: what the target rests on, in words; empty while collecting.
        share: share of the time in which feedback is on in this session.
        seconds_to_change: until it fades or comes back; infinity when it stays.
        sides: per leg.
        cues: number of cues so far.
    """

    request: FeedbackRequest
    phase: FeedbackPhase
    baseline_strides: int
    baseline_wanted: int
    source: str
    share: float
    seconds_to_change: float
    sides: Mapping[Side, SideFeedback]
    cues: int


class Feedback:
    """Cues for one request.

    Args:
        request: what is asked for.
        earlier: the runner's baseline from an earlier session, for basis ``earlier``; without one
            the baseline is taken from this session.
        first_number: number of the first cue.
    """

    def __init__(
        self, request: FeedbackRequest, earlier: Baseline | None = None, first_number: int = 1
    ) -> None:
        self.request = request
        self.schedule = FadedSchedule(request.number, request.sessions)
        self.target: Target | None = None
        self._number = self._first_number = first_number
        self._began_s: float | None = None
        self._last_s = 0.0
        self._since: dict[Side, int] | None = None
        self._cued: Side | None = None
        self._strides: dict[Side, deque[Stride]] = {
            side: deque(maxlen=max(SPREAD_STRIDES, BASELINE_STRIDES)) for side in SIDES
        }
        if request.basis in ("reference", "fixed"):
            self.target = stated_target(request)
        elif request.basis == "earlier" and earlier is not None:
            self.target = own_target(request, earlier, same_wearing=False)

    def prime(self, strides: Iterable[Stride]) -> None:
        """Take in strides from before the request; they give a baseline, but no cues."""
        for stride in strides:
            self._take(stride)

    def push(self, stride: Stride) -> Cue | None:
        """Take in the next stride; return a cue when one is due."""
        if not self._take(stride):
            return None
        if self._began_s is None and self.target is not None:
            self._began_s = stride.next_foot_strike_s
        if self.target is None or self._began_s is None:
            return None
        self._count(stride.side)
        if not self.schedule.is_on(stride.next_foot_strike_s - self._began_s):
            return None
        known = self._side(stride.side)
        if known.zone is None or not known.certain or known.zone.error(known.value) == 0.0:
            return None
        if not self._due():
            return None
        cue = Cue(
            self._number,
            stride.next_foot_strike_s,
            self.request.metric,
            None if self.request.metric == "cadence_spm" else stride.side,
            known.value,
            known.uncertainty,
            known.zone,
        )
        self._number += 1
        self._since, self._cued = dict.fromkeys(SIDES, 0), stride.side
        return cue

    def state(self) -> FeedbackState:
        """Feedback as it stands."""
        since_s = 0.0 if self._began_s is None else self._last_s - self._began_s
        phase: FeedbackPhase = "on" if self.schedule.is_on(since_s) else "faded"
        return FeedbackState(
            self.request,
            "baseline" if self.target is None else phase,
            min(len(strides) for strides in self._strides.values()),
            BASELINE_STRIDES,
            self.target.source if self.target is not None else "",
            self.schedule.share,
            self.schedule.seconds_to_change(since_s),
            {side: self._side(side) for side in SIDES},
            self._number - self._first_number,
        )

    def _take(self, stride: Stride) -> bool:
        """Keep a stride; False when it counts for nothing."""
        self._last_s = max(self._last_s, stride.next_foot_strike_s)
        if (
            not stride.valid
            or stride.gait != self.request.gait
            or DOUBTFUL_FLAGS.intersection(stride.flags)
            or not math.isfinite(stride_value(stride, self.request.metric))
        ):
            return False
        self._strides[stride.side].append(stride)
        if self.target is None:
            every = [s for strides in self._strides.values() for s in strides]
            source = f"own baseline: the {BASELINE_STRIDES} strides of each leg before"
            baseline = baseline_of(every, self.request.metric, source)
            if baseline is not None:
                self.target = own_target(self.request, baseline, same_wearing=True)
        return True

    def _count(self, side: Side) -> None:
        if self._since is not None:
            self._since[side] += 1

    def _due(self) -> bool:
        """Whether two strides have passed since the last cue."""
        if self._since is None or self._cued is None:
            return True
        other: Side = "left" if self._cued == "right" else "right"
        waited = self._since[other] >= WAITED_STRIDES
        return self._since[self._cued] >= CUE_EVERY_STRIDES or waited

    def _side(self, side: Side) -> SideFeedback:
        strides = self._strides[side]
        zone = self.target.zones[side] if self.target is not None else None
        if len(strides) < CUE_STRIDES[0]:
            return SideFeedback(zone, math.nan, math.nan, certain=False)
        values = [stride_value(s, self.request.metric) for s in strides]
        value = float(np.median(values[-CUE_STRIDES[1] :]))
        uncertainty = self._uncertainty(self.request.metric, strides, values)
        enough = zone is not None and len(strides) >= LEAST_STRIDES
        certain = enough and zone is not None and uncertainty < zone.half_width
        return SideFeedback(zone, value, uncertainty, certain)

    def _uncertainty(
        self, metric: CueMetric, strides: Iterable[Stride], values: list[float]
    ) -> float:
        """Standard error of the median, against a zone measured in this wearing or elsewhere."""
        spread = MAD_TO_SD * float(np.median(np.abs(np.asarray(values) - np.median(values))))
        spread = max(spread, 0.25 * LEAST_SD[metric])
        used = min(len(values), CUE_STRIDES[1])
        scatter = MEDIAN_EFFICIENCY * spread / math.sqrt(used)
        if self.target is None or self.target.same_wearing:
            return scatter
        errors = [s.standard_errors.get(metric, 0.0) for s in strides][-used:]
        return math.hypot(scatter, median_error(metric, errors))
