"""The second, session-wide pass: the same events and metrics, with what only the end knows.

It may use later samples: orientation filtered forward and backward, flexion axes and the pelvis
axis from the whole session, headings from strides on both sides. Its strides are labelled
``offline``; the live ones ``online``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from pipeline.body_calibration import BodyCalibration
from pipeline.leg import Leg, StrideEvents
from pipeline.orientation import FloatArray
from pipeline.pelvis_axes import PelvisAxes
from pipeline.shank_axis import FAST_RAD_S, FlexionAxis, flexion_axis
from pipeline.stillness import Standing
from pipeline.stride import SIDES, Side, Stride
from pipeline.stride_measurement import (
    BOUT_EDGE_S,
    SETTLED_COLD_S,
    SHANK_OF,
    StrideContext,
    measure,
)
from pipeline.tibial_rotation import HEADING_STRIDES, ShankAxes, direction_of, stride_moments
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet

AXIS_SAMPLES = 60_000
"""Fast samples that a session's flexion axis is taken from, spread over the session."""
NEIGHBOURS = 6
"""Strides on either side that say what is usual."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """Result of the second pass.

    Attributes:
        strides: in order of ``next_foot_strike_s``.
        calibration: its final state.
    """

    strides: list[Stride]
    calibration: BodyCalibration


@dataclass(slots=True)
class _Epoch:
    """Strides that share one standing."""

    standing: Standing | None
    axes: PelvisAxes | None


def refine(samples: TrackSet, progress: Callable[[float], None] | None = None) -> Refinement:
    """Find and measure the strides of a whole session.

    Args:
        samples: every sample of the session; orientations are replaced.
        progress: called with the share done, 0 to 1.

    Returns:
        The strides and the calibration behind them.
    """
    report = progress or (lambda _share: None)
    for done, track in enumerate(samples.tracks.values()):
        track.refine_orientation()
        report(0.3 * (done + 1) / len(samples.tracks))
    legs: dict[Side, Leg] = {}
    events: list[StrideEvents] = []
    for side in SIDES:
        shank = samples.tracks.get(SHANK_OF[side])
        axis = None if shank is None else session_flexion_axis(shank)
        if shank is None or axis is None:
            continue
        legs[side] = Leg(side, shank, axis)
        events += legs[side].advance(samples.pelvis, final=True)
    events.sort(key=lambda e: (e.next_foot_strike_s, e.side))
    report(0.4)
    calibration, epochs, epoch_of = _calibrate(samples, events)
    report(0.6)
    contexts = {
        side: _SideContext(legs[side], [e for e in events if e.side == side], calibration)
        for side in legs
    }
    strides = []
    for n, (stride_events, epoch) in enumerate(zip(events, epoch_of, strict=True)):
        other = legs.get("left" if stride_events.side == "right" else "right")
        strides.append(
            _measure(samples, stride_events, contexts[stride_events.side], epochs[epoch], other)
        )
        if n % 200 == 0:
            report(0.6 + 0.4 * n / len(events))
    report(1.0)
    return Refinement(strides, calibration)


def session_flexion_axis(track: SensorTrack) -> FlexionAxis | None:
    """Flexion axis from all fast rotation of a session; None when there was none."""
    rate = track.rate.get(track.rate.start, track.end)
    fast = np.flatnonzero(np.sum(rate * rate, axis=1) > FAST_RAD_S**2)
    if len(fast) < track.rate_hz * 0.5:
        return None
    return flexion_axis(rate[fast[:: max(1, len(fast) // AXIS_SAMPLES)]])


def _calibrate(
    samples: TrackSet, events: list[StrideEvents]
) -> tuple[BodyCalibration, list[_Epoch], list[int]]:
    """Run the calibration over all strides; each standing in use opens an epoch."""
    calibration = BodyCalibration()
    epochs = [_Epoch(None, None)]
    epoch_of = []
    for e in events:
        before = calibration.pelvis_axes() if epochs[-1].standing is not None else None
        calibration.consider(samples, e.foot_strike_s, e.next_foot_strike_s)
        if calibration.standing is not epochs[-1].standing:
            epochs[-1].axes = before
            epochs.append(_Epoch(calibration.standing, None))
        if samples.pelvis is not None and e.gait == e.next_gait:
            calibration.add_stride(samples.pelvis, e.side, e.foot_strike_s, e.next_foot_strike_s)
        epoch_of.append(len(epochs) - 1)
    epochs[-1].axes = calibration.pelvis_axes()
    if epochs[0].axes is None and len(epochs) > 1:
        # steps taken before the first standing: the sensors sat as they sat after it
        epochs[0] = epochs[1]
    return calibration, epochs, epoch_of


class _SideContext:
    """Headings and usual times of one leg's strides; a bout is of one gait, without a pause."""

    def __init__(self, leg: Leg, events: list[StrideEvents], calibration: BodyCalibration) -> None:
        if leg.axis is None:
            raise RuntimeError("a leg without a flexion axis has no strides")
        self.axes: dict[float, ShankAxes] = {}
        self._number = {e.foot_strike_s: n for n, e in enumerate(events)}
        self._bout = np.cumsum(
            [
                e.first_of_bout or (n > 0 and events[n - 1].gait != e.gait)
                for n, e in enumerate(events)
            ]
        )
        moments = []
        for e in events:
            axes = calibration.shank_axes(
                leg.track, leg.axis, e.foot_strike_s, e.next_foot_strike_s
            )
            self.axes[e.foot_strike_s] = axes
            moments.append(stride_moments(leg.track, axes, e.foot_strike_s, e.next_foot_strike_s))
        self._moments: FloatArray = np.array(moments).reshape(-1, 5)
        self._times = np.array(
            [
                (e.next_foot_strike_s - e.foot_strike_s, e.toe_off_s - e.foot_strike_s)
                for e in events
            ]
        ).reshape(-1, 2)

    def heading(self, e: StrideEvents) -> tuple[float, float]:
        """Flexion direction over the strides around, within the bout."""
        return direction_of(np.sum(self._moments[self._around(e, HEADING_STRIDES // 2)], axis=0))

    def usual(self, e: StrideEvents) -> tuple[float, float] | None:
        """Median times of the strides around, within the bout; None when too few."""
        around = self._around(e, NEIGHBOURS)
        if len(around) < 4:
            return None
        times = self._times[around]
        return median(times[:, 0].tolist()), median(times[:, 1].tolist())

    def last_of_bout(self, e: StrideEvents) -> bool:
        """Whether no stride of the leg follows without a pause or a change of gait."""
        n = self._number[e.foot_strike_s]
        return n + 1 == len(self._bout) or bool(self._bout[n + 1] != self._bout[n])

    def _around(self, e: StrideEvents, reach: int) -> npt.NDArray[np.intp]:
        n = self._number[e.foot_strike_s]
        low = max(0, n - reach)
        return low + np.flatnonzero(self._bout[low : n + reach + 1] == self._bout[n])


def _measure(
    samples: TrackSet, e: StrideEvents, side: _SideContext, epoch: _Epoch, other: Leg | None
) -> Stride:
    flags = set()
    if epoch.standing is None and e.foot_strike_s < samples.first_s + SETTLED_COLD_S / 3.0:
        flags.add("settling")
    if epoch.axes is not None and epoch.axes.method == "gait":
        flags.add("facing_uncertain")
    if e.first_of_bout and e.foot_strike_s > samples.first_s + BOUT_EDGE_S:
        flags.add("transition")
    if side.last_of_bout(e) and e.next_foot_strike_s < samples.last_s - BOUT_EDGE_S:
        flags.add("transition")
    return measure(
        e,
        samples.tracks,
        StrideContext(
            pelvis_axes=epoch.axes,
            shank_axes=side.axes[e.foot_strike_s],
            right_in_earth=side.heading(e),
            opposite_strike_s=(
                None if other is None else other.first_strike_s(e.toe_off_s, e.next_foot_strike_s)
            ),
            usual=side.usual(e),
            live=False,
            flags=frozenset(flags),
        ),
    )
