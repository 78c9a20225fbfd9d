"""The lag between sensors, from motion that all see: what is put in comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from sensors.shared_event import GAIT_S, MOST_S, SensorLag, sensor_lags
from tests.sensors.test_placement_check import block, real_runners, real_walkers
from tests.simulated import simulated

PAIR = (Placement.PELVIS, Placement.SHANK_RIGHT)


def lag_of(blocks: list[SampleBlock], pair: tuple[Placement, Placement] = PAIR) -> SensorLag:
    return next(lag for lag in sensor_lags(blocks) if (lag.first, lag.second) == pair)


def later(blocks: list[SampleBlock], placement: Placement, by_s: float) -> list[SampleBlock]:
    return [
        replace(each, time_s=each.time_s + by_s) if each.placement is placement else each
        for each in blocks
    ]


def jumps(delay_s: float = 0.0, seed: int = 0) -> list[SampleBlock]:
    """Three jumps, 12 ms later at the pelvis, smaller there; sensors of different rates."""
    rng = np.random.default_rng(seed)
    landings_s = (3.0, 4.1, 5.3)
    found = []
    for placement, rate_hz, size, travel_s in (
        (Placement.PELVIS, 199.3, 0.5, 0.012),
        (Placement.SHANK_LEFT, 200.7, 1.0, 0.0),
        (Placement.SHANK_RIGHT, 200.1, 0.9, 0.002),
    ):
        time_s = 0.1 + np.arange(round(9.0 * rate_hz)) / rate_hz
        seen_s = time_s - travel_s
        up = np.full(len(time_s), 9.81)
        for at in landings_s:
            up[(seen_s > at - 0.35) & (seen_s < at)] = 0.5
            after = seen_s - at
            up += np.where(
                after >= 0, 80.0 * size * np.exp(-after / 0.04) * np.sin(after * 40), 0.0
            )
        acc = np.column_stack([0.0 * up, up, 0.0 * up]) + rng.normal(0.0, 0.4, (len(up), 3))
        shift_s = delay_s if placement is Placement.PELVIS else 0.0
        found.append(block(placement, time_s + shift_s, acc, np.zeros_like(acc)))
    return found


@pytest.mark.parametrize("by_s", [0.0, 0.045, -0.08])
def test_jumps_tell_the_lag_to_a_few_milliseconds(by_s: float) -> None:
    """Of the 12 ms that the shock needs to the pelvis, the uncertainty knows."""
    lag = lag_of(jumps(by_s))
    assert lag.lag_s == pytest.approx(-0.010 - by_s, abs=0.006)
    assert lag.agrees == (by_s == 0.0)
    assert lag.uncertainty_s < 0.05
    assert len(sensor_lags(jumps(by_s))) == 3


@pytest.mark.parametrize("gait", ["run", "walk"])
def test_shift_of_a_sensor_is_found_in_gait(gait: str) -> None:
    """Clocks that agree are not blamed; a shift of 90 ms shows as one of 90 ms."""
    blocks = list(simulated(60.0, 4, gait=gait).blocks)  # type: ignore[arg-type]
    as_is = lag_of(blocks)
    assert as_is.agrees
    shifted = lag_of(later(blocks, Placement.PELVIS, -0.09))
    print(f"{gait}: lag {as_is.lag_s * 1e3:+.0f} ms, shifted by 90: {shifted.lag_s * 1e3:+.0f} ms")
    assert shifted.lag_s - as_is.lag_s == pytest.approx(0.09, abs=0.012)
    assert not shifted.agrees


def test_step_in_the_middle_of_a_session_is_found() -> None:
    """Samples lost without anybody noticing: from the middle on, one sensor is 50 ms early."""
    blocks = list(simulated(110.0, 4, gait="walk").blocks)
    steps = [
        replace(each, time_s=each.time_s - 0.05)
        if each.placement is Placement.PELVIS and each.time_s[0] > 60.0
        else each
        for each in blocks
    ]
    assert lag_of(blocks).step_s < 0.015
    assert lag_of(steps).step_s == pytest.approx(0.05, abs=0.015)


def test_real_people_whose_sensors_agree_are_not_blamed(shared_data: Path) -> None:
    """Hardware-synchronised walkers, a runner: the body's own lag stays within what is assumed."""
    lags = []
    for people in (real_walkers, real_runners):
        for name, blocks in people(shared_data).items():
            for lag in sensor_lags(blocks):
                if lag.first is Placement.PELVIS:
                    lags.append(lag.lag_s)
                    assert lag.agrees, (name, lag.second, lag.lag_s)
    print(f"{len(lags)} pairs: {min(lags) * 1e3:.0f} to {max(lags) * 1e3:.0f} ms")
    assert len(lags) >= 15
    assert max(np.abs(lags)) < 1.25 * GAIT_S


def test_stillness_gaps_and_strangers_say_nothing() -> None:
    time_s = np.arange(0.0, 40.0, 0.005)
    rng = np.random.default_rng(2)
    still = np.tile([0.0, 9.81, 0.0], (len(time_s), 1)) + rng.normal(0, 0.05, (len(time_s), 3))
    pair = [block(p, time_s, still, still * 0) for p in PAIR]
    assert sensor_lags(pair) == ()
    noise = [block(p, time_s, still + rng.normal(0, 30, still.shape), still * 0) for p in PAIR]
    assert sensor_lags(noise) == ()
    sparse = [
        block(p, time_s[::40], still[::40] + rng.normal(0, 9, still[::40].shape), still[::40])
        for p in PAIR
    ]
    assert sensor_lags(sparse) == ()
    assert sensor_lags([]) == ()
    assert MOST_S < 0.2
