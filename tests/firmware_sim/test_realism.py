"""The body moves like the people whose curves it is made of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from firmware_sim.session import SimulatedSession

STEP_S = 0.0005


def _flexion_rate(session: SimulatedSession, leg: int) -> np.ndarray:
    t = np.arange(0.0, session.seconds, STEP_S)
    omega, _ = session.body().shank(t, leg).sensor_signals((0.0, 0.0, 0.0))
    return gaussian_filter1d(-omega[2], 0.009 / STEP_S)


def _strike_feature(rate: np.ndarray, strike_s: float, stride_s: float, level: float) -> float:
    """Rise to ``level`` of the first positive peak after mid-swing."""
    low = int((strike_s - 0.35 * stride_s) / STEP_S)
    mid_swing = low + int(np.argmin(rate[low : int((strike_s + 0.05) / STEP_S)]))
    after = rate[mid_swing:]
    peak = next(
        i
        for i in range(1, 2000)
        if after[i] > 0 and after[i] >= after[i - 1] and after[i] > after[i + 1]
    )
    return (mid_swing + int(np.argmax(after[: peak + 1] >= level * after[peak]))) * STEP_S


def _toe_off_feature_run(
    rate: np.ndarray, strike_s: float, contact_s: float, stride_s: float
) -> float:
    """Rise by 10 % from the stance minimum towards the swing flexion peak."""
    start = int((strike_s + 0.45 * contact_s) / STEP_S)
    peak = start + int(
        np.argmax(rate[start : int((strike_s + contact_s + 0.25 * stride_s) / STEP_S)])
    )
    low = start + int(np.argmin(rate[start : peak + 1]))
    level = rate[low] + 0.1 * (rate[peak] - rate[low])
    return (low + int(np.argmax(rate[low : peak + 1] >= level))) * STEP_S


def _toe_off_feature_walk(rate: np.ndarray, strike_s: float, contact_s: float) -> float:
    """Fall to 75 % of the push-off peak."""
    start = int((strike_s + 0.3 * contact_s) / STEP_S)
    peak = start + int(np.argmax(rate[start : int((strike_s + contact_s + 0.15) / STEP_S)]))
    return (peak + int(np.argmax(rate[peak:] <= 0.75 * rate[peak]))) * STEP_S


@pytest.mark.parametrize("speed", [2.5, 3.5, 4.5])
def test_running_events_lie_where_real_runners_have_them_on_the_shank_rate(speed: float) -> None:
    """Features found on a real runner against force plates: bias FS -8..+6, TO up to +11 ms."""
    session = SimulatedSession(30, seed=13, speed_m_s=speed)
    truth = session.truth_strides()
    truth = truth[truth.valid & (truth.gait == "run")]
    for leg, side in enumerate(("right", "left")):
        rate = _flexion_rate(session, leg)
        rows = list(truth[truth.side == side].itertuples())[:-1]
        fs = [
            _strike_feature(rate, r.foot_strike_s, r.stride_time_s, 0.5) - r.foot_strike_s
            for r in rows
        ]
        to = [
            _toe_off_feature_run(rate, r.foot_strike_s, r.contact_time_s, r.stride_time_s)
            - r.toe_off_s
            for r in rows
        ]
        assert abs(np.mean(fs)) < 0.010
        assert abs(np.mean(to)) < 0.015
        assert 0.0005 < np.std(fs) < 0.006


def test_walking_events_lie_where_real_walkers_have_them_on_the_shank_rate() -> None:
    session = SimulatedSession(30, seed=22, gait="walk")
    truth = session.truth_strides()
    for leg, side in enumerate(("right", "left")):
        rate = _flexion_rate(session, leg)
        rows = list(truth[truth.valid & (truth.side == side)].itertuples())[:-1]
        fs = [
            _strike_feature(rate, r.foot_strike_s, r.stride_time_s, 0.7) - r.foot_strike_s
            for r in rows
        ]
        to = [
            _toe_off_feature_walk(rate, r.foot_strike_s, r.contact_time_s) - r.toe_off_s
            for r in rows
        ]
        assert abs(np.mean(fs)) < 0.018
        assert abs(np.mean(to)) < 0.018


@pytest.mark.parametrize("seed", range(6))
def test_sensor_ranges_are_those_of_runners(seed: int) -> None:
    """Bounds around published running: shank swing rate, sacral peaks, tibial shock, stance share."""
    session = SimulatedSession(40, seed=seed)
    t = np.arange(25.0, 39.0, 0.001)
    body = session.body()
    omega, force = body.pelvis(t).sensor_signals((-0.17, 0.0, 0.0))
    assert 18 < force[1].max() < 40
    assert max(np.abs(w).max() for w in omega) < 6
    swing, _ = session.body().shank(t, 0).sensor_signals((0.04, 0.3, 0.0))
    assert 6 < swing[2].max() < 14
    truth = session.truth_strides()
    run = truth[truth.valid & (truth.gait == "run")]
    assert run.tibial_shock_g.between(3, 16).all()
    assert (run.contact_time_s / run.stride_time_s).between(0.26, 0.44).all()
    assert run.flight_time_s.between(0.02, 0.25).all()
    assert run.cadence_spm.median() == pytest.approx(session.runner.run.stride_hz * 120, rel=0.04)


def test_mean_specific_force_over_whole_strides_is_gravity() -> None:
    """Nobody accelerates for ever: over many strides the ground-frame force is g upwards, for all sensors."""
    from firmware_sim.body.rotation import Trigonometry

    session = SimulatedSession(60, seed=4)
    strikes = session.truth_events()
    right = strikes[(strikes.side == "right") & (strikes.event == "foot_strike")].time_s.to_numpy()
    right = right[right > 25]
    t = np.arange(right[0], right[-1], 0.001)
    body = session.body()
    for motion in (body.pelvis(t), session.body().shank(t, 0), session.body().shank(t, 1)):
        _, force = motion.sensor_signals((0.03, 0.1, 0.02))
        mean = [v.mean() for v in Trigonometry(motion.chain).to_ground(force)]
        assert np.allclose(mean, [0, 9.81, 0], atol=0.15)


def test_stride_times_vary_persistently() -> None:
    """CV between 0.8 and 2.5 %, and neighbouring strides resemble each other, as in people."""
    session = SimulatedSession(400, seed=8)
    events = session.truth_events()
    strikes = events[(events.side == "right") & (events.event == "foot_strike")].time_s.to_numpy()
    stride = np.diff(strikes[strikes > 60])
    assert 0.006 < stride.std() / stride.mean() < 0.025
    assert np.corrcoef(stride[:-1], stride[1:])[0, 1] > 0.2
