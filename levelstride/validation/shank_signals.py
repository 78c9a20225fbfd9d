"""What published event rules read: signals of a shank and a pelvis along the body's axes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfiltfilt

from levelstride.validation.uniform_samples import uniform_samples
from pipeline.orientation import FloatArray, dot, perpendicular
from pipeline.shank_axis import FAST_RAD_S, flexion_axis
from pipeline.stride import Gait, Side
from pipeline.stride_measurement import SHANK_OF
from sensors.placement import Placement
from sensors.sample_block import SampleBlock


@dataclass(frozen=True, slots=True)
class LegSignals:
    """Signals of one leg and the pelvis.

    Attributes:
        gait: running or walking.
        time_s: of the shank's samples, shape (n,).
        rate: sagittal rate, positive while the foot swings forward, shape (n,), rad/s.
        axial: specific force along the shank, up positive, shape (n,), m/s².
        rate_hz: sampling rate of the shank.
        pelvis_time_s: of the pelvis' samples, shape (m,); empty without a pelvis.
        pelvis_up: its specific force along its mean direction, shape (m,), m/s².
        pelvis_rate_hz: its sampling rate; 0 without a pelvis.
    """

    gait: Gait
    time_s: FloatArray
    rate: FloatArray
    axial: FloatArray
    rate_hz: float
    pelvis_time_s: FloatArray
    pelvis_up: FloatArray
    pelvis_rate_hz: float


def leg_signals(blocks: Iterable[SampleBlock], side: Side, gait: Gait, from_s: float) -> LegSignals:
    """Signals of a leg; axes as careful strapping would have aligned them.

    Flexion axis: principal axis of the fast rates. Long axis: mean specific force, made
    perpendicular to it.

    Args:
        blocks: samples of all sensors.
        side: which leg.
        gait: what is done.
        from_s: time from which on it is done; samples before are left out.
    """
    blocks = list(blocks)
    shank = uniform_samples(blocks, SHANK_OF[side])
    pelvis = uniform_samples(blocks, Placement.PELVIS)
    if shank is None:
        raise ValueError(f"no samples of the {side} shank")
    shank = shank.since(from_s)
    pelvis = None if pelvis is None else pelvis.since(from_s)
    fast = shank.gyr[np.sum(shank.gyr**2, axis=1) > FAST_RAD_S**2]
    right = flexion_axis(fast).axis
    up = perpendicular(np.mean(shank.acc, axis=0), right)
    none: FloatArray = np.zeros(0)
    pelvis_up = none
    if pelvis is not None:
        mean = np.mean(pelvis.acc, axis=0)
        pelvis_up = dot(pelvis.acc, mean / np.sqrt(np.sum(mean**2)))
    return LegSignals(
        gait=gait,
        time_s=shank.time_s,
        rate=dot(shank.gyr, right),
        axial=dot(shank.acc, up),
        rate_hz=shank.rate_hz,
        pelvis_time_s=none if pelvis is None else pelvis.time_s,
        pelvis_up=pelvis_up,
        pelvis_rate_hz=0.0 if pelvis is None else pelvis.rate_hz,
    )


def low_passed(values: FloatArray, rate_hz: float, cut_hz: float) -> FloatArray:
    """Second-order Butterworth forward and backward; unchanged where the rate is too low."""
    if cut_hz >= 0.45 * rate_hz or len(values) < 20:
        return values
    sections = butter(2, cut_hz, fs=rate_hz, output="sos")
    result: FloatArray = sosfiltfilt(sections, values)
    return result
