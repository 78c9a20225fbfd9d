"""Foot strikes by rate and impact: a sharp impact counts, a soft one does not."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.analyse_file import analyse_recording
from pipeline.impact_onset import strikes_at_impact
from pipeline.stride import SIDES
from pipeline.track import SensorTrack
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.pipeline.stride_errors import stride_errors
from tests.simulated import simulated

RATE_HZ = 200.0
STRIKE_S, IMPACT_S = 0.500, 0.507


def struck(rise_s: float, size_m_s2: float = 60.0) -> SensorTrack:
    """A shank that hangs still until its axial force rises like half a wave of a sine."""
    time_s = np.arange(200) / RATE_HZ
    phase = np.clip((time_s - IMPACT_S) / rise_s, 0.0, 1.0)
    acc = np.zeros((len(time_s), 3))
    acc[:, 1] = 9.81 + 0.5 * size_m_s2 * (1.0 - np.cos(np.pi * phase))
    track = SensorTrack(Placement.SHANK_LEFT, RATE_HZ, live=False)
    flags = np.zeros(len(time_s), np.uint8)
    still = np.zeros((len(time_s), 3))
    track.push(SampleBlock(Placement.SHANK_LEFT, 0, RATE_HZ, time_s, acc, still, flags))
    return track


def strike_s(track: SensorTrack) -> float:
    by_rate = np.array([STRIKE_S * RATE_HZ])
    return float(strikes_at_impact(track, by_rate, np.array([True]))[0] / RATE_HZ)


def test_a_sharp_impact_moves_the_strike_to_its_onset() -> None:
    """A rise within 15 ms, which changes by 6000 m/s³."""
    assert strike_s(struck(0.015)) == pytest.approx(IMPACT_S, abs=0.003)


def test_a_soft_impact_leaves_the_strike_to_the_rate() -> None:
    """The same rise over 60 ms passes its level 10 ms after contact; it changes by 1600 m/s³."""
    assert strike_s(struck(0.060)) == pytest.approx(STRIKE_S, abs=1e-9)


def test_between_sharp_and_soft_nothing_jumps() -> None:
    """Rises that differ by half a millisecond move the strike by less than one."""
    found = np.array([strike_s(struck(rise_s)) for rise_s in np.arange(0.020, 0.050, 0.0005)])
    assert np.ptp(found) > 0.003
    assert np.abs(np.diff(found)).max() < 0.001


def test_a_simulated_forefoot_runner_without_faults() -> None:
    """By the impact alone both legs would strike 6 ms late, and the tibia be off by a degree."""
    session = simulated(40.0, 330008, faults="none")
    strides = analyse_recording(session.path).strides
    for side in SIDES:
        errors = stride_errors(strides, session.truth, side, ("tir_exc_deg",))
        print(side, errors.bias("foot_strike_s"), errors.sd("foot_strike_s"))
        assert abs(errors.bias("foot_strike_s")) <= 0.0035
        assert errors.rmse("tir_exc_deg") <= 0.9
