"""Target zones: own baseline or a named reference, and what they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.feedback_request import CueMetric, FeedbackRequest
from pipeline.metrics.registry import METRICS
from pipeline.stride import SIDES, Side, Stride
from pipeline.synopsis import summarise_values

BASELINE_STRIDES = 20
"""Strides of each leg in an own baseline."""
CADENCE_HALF_WIDTH = 0.02
"""Half a cadence zone, as a share of the target."""
LEAST_SD: Mapping[CueMetric, float] = {"cadence_spm": 1.0, "cpd_peak_deg": 0.5, "tir_exc_deg": 1.0}
"""A zone is at least so wide: twenty strides may happen to resemble each other."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Where the median of a leg should lie.

    Attributes:
        low: lower end, unit of the metric.
        high: upper end.
        cue_below: whether a value below is cued; for drop and rotation less is not.
    """

    low: float
    high: float
    cue_below: bool

    @property
    def half_width(self) -> float:
        """Half of the width."""
        return 0.5 * (self.high - self.low)

    def error(self, value: float) -> float:
        """Signed distance from the zone in half widths; 0 inside, and below where that is fine."""
        if value > self.high:
            return (value - self.high) / self.half_width
        if value < self.low and self.cue_below:
            return (value - self.low) / self.half_width
        return 0.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """A runner's own values.

    Attributes:
        median: per leg, unit of the metric.
        sd: per leg, robust standard deviation between strides.
        n: strides per leg, the smaller number.
        source: in words, for people.
    """

    median: Mapping[Side, float]
    sd: Mapping[Side, float]
    n: int
    source: str


@dataclass(frozen=True, slots=True)
class Target:
    """Zones of both legs.

    Attributes:
        zones: per leg.
        source: what they rest on, in words.
        same_wearing: whether the zones were measured with the sensors as they sit now; then an
            error that stays the same from stride to stride cancels.
    """

    zones: Mapping[Side, Zone]
    source: str
    same_wearing: bool


def stride_value(stride: Stride, metric: CueMetric) -> float:
    """A metric of a stride, NaN when not known."""
    known = stride.metrics.get(metric)
    if known is not None:
        return known
    if metric == "cadence_spm":
        return 120.0 / (stride.next_foot_strike_s - stride.foot_strike_s)
    return math.nan


def baseline_of(strides: Sequence[Stride], metric: CueMetric, source: str) -> Baseline | None:
    """Baseline from the last strides of each leg; None while a leg has too few.

    Args:
        strides: valid strides of one gait, in order.
        metric: metric.
        source: in words.
    """
    medians: dict[Side, float] = {}
    spreads: dict[Side, float] = {}
    for side in SIDES:
        values = [stride_value(s, metric) for s in strides if s.side == side]
        known = np.asarray(values)[np.isfinite(values)][-BASELINE_STRIDES:]
        summary = summarise_values(known)
        if summary is None or summary.n < BASELINE_STRIDES:
            return None
        medians[side], spreads[side] = summary.median, summary.robust_sd
    return Baseline(medians, spreads, BASELINE_STRIDES, source)


def own_target(request: FeedbackRequest, baseline: Baseline, *, same_wearing: bool) -> Target:
    """Zones around a target that is set off from the own baseline."""
    zones: dict[Side, Zone] = {}
    for side in SIDES:
        median = baseline.median[side]
        if request.metric == "cadence_spm":
            # one cadence for both legs
            both = float(np.mean([baseline.median[s] for s in SIDES]))
            centre = both * (1.0 + request.change_percent / 100.0)
            half = CADENCE_HALF_WIDTH * centre
        else:
            half = max(baseline.sd[side], LEAST_SD[request.metric])
            centre = median - request.lower_by_sd * half
        zones[side] = Zone(centre - half, centre + half, cue_below=request.metric == "cadence_spm")
    return Target(zones, baseline.source, same_wearing)


def stated_target(request: FeedbackRequest) -> Target:
    """Zones of a ``reference`` or ``fixed`` request: the same for both legs."""
    if request.basis == "fixed" and request.low is not None and request.high is not None:
        zone = Zone(request.low, request.high, cue_below=request.metric == "cadence_spm")
        return Target(dict.fromkeys(SIDES, zone), "set by hand", same_wearing=False)
    band = METRICS[request.metric].reference_bands[0]
    zone = Zone(band.mean - band.sd, band.mean + band.sd, cue_below=False)
    source = f"mean ± 1 SD of {band.population} (n = {band.n}, {band.speed}; {band.source})"
    return Target(dict.fromkeys(SIDES, zone), source, same_wearing=False)
