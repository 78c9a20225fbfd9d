"""From segment motion to counts: mounting, errors, noise, quantisation, clipping."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim import SimulatedSession, SimulationError
from firmware_sim.imu.parts import ALL_PARTS, PARTS
from firmware_sim.imu.sensor import BLOCK, NOMINAL_HZ


def _samples(session: SimulatedSession, index: int, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3) m/s^2 and (n, 3) deg/s of the first blocks."""
    sensor = session.sensors[index]
    sampler = sensor.sampler()
    counts = np.vstack([sampler.block(i).counts for i in range(blocks)])
    return counts[:, :3] * sensor.part.acc_lsb_m_s2, counts[:, 3:] * sensor.part.gyro_lsb_dps


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("faults", ["none", "harsh"])
def test_standing_reads_gravity_and_the_drawn_biases(index: int, faults) -> None:
    session = SimulatedSession(60, seed=3, faults=faults)
    acc, gyr = (x[:800] for x in _samples(session, index, 1))
    errors = session.sensors[index].errors
    inverse = np.linalg.inv(errors.acc_matrix)
    corrected = (acc.mean(axis=0) - errors.acc_bias_m_s2) @ inverse.T
    assert np.linalg.norm(corrected) == pytest.approx(9.81, abs=0.01)
    assert np.linalg.norm(acc.mean(axis=0)) == pytest.approx(9.81, abs=1.0)
    assert np.allclose(gyr.mean(axis=0), errors.gyro_bias_dps, atol=0.25)  # sway is left


def test_standing_gravity_lies_where_the_mounting_says() -> None:
    """R_sensor_to_segment turns the mean reading to the long axis, up to standing tilt."""
    session = SimulatedSession(60, seed=6)
    for i, sensor in enumerate(session.sensors):
        acc = _samples(session, i, 1)[0][:800]
        up = sensor.mounting.rotation @ acc.mean(axis=0)
        motion_tilt = np.degrees(np.arccos(up[1] / np.linalg.norm(up)))
        assert motion_tilt < (20.0 if sensor.placement == "pelvis" else 10.0)
        assert up[1] > 9.0


def test_mounting_draws_stay_in_their_stated_ranges() -> None:
    for seed in range(40):
        for sensor in SimulatedSession(60, seed=seed).sensors:
            r = sensor.mounting.rotation
            long_axis = np.degrees(np.arccos(r[1, 1]))
            assert long_axis < 15.0  # two tilts of at most 10 deg each
            turn = np.degrees(np.arctan2(r[0, 2], r[2, 2]))
            assert abs(turn) < (12.0 if sensor.placement == "pelvis" else 33.0)
            x, y, z = sensor.mounting.lever_m
            if sensor.placement == "pelvis":
                assert -0.20 < x < -0.14
            else:
                assert 0.2 < y < 0.45
                assert (z < 0) == (sensor.placement == "shank_right")  # medial


def test_counts_are_the_ideal_signal_within_errors_and_noise() -> None:
    """Undo the drawn errors: what is left is white noise of the part's density, and one count."""
    session = SimulatedSession(60, seed=10)
    sensor = session.sensors[1]
    t = (4 * BLOCK + np.arange(BLOCK)) / sensor.errors.sample_hz
    sampler = sensor.sampler()
    block = sampler.block(4)
    gyr, acc = sensor.sampler().ideal(t)
    e, p = sensor.errors, sensor.part
    rest = block.counts[:, 3:] * p.gyro_lsb_dps - (gyr @ e.gyro_matrix.T + e.gyro_bias_dps)
    expected = np.hypot(p.gyro_noise_mdps * 1e-3 * 10, p.gyro_lsb_dps / np.sqrt(12))
    assert rest.std() == pytest.approx(expected, rel=0.1)
    assert abs(rest.mean()) < 0.02
    rest = block.counts[:, :3] * p.acc_lsb_m_s2 - (acc @ e.acc_matrix.T + e.acc_bias_m_s2)
    expected = np.hypot(p.acc_noise_ug * 9.80665e-6 * 10, p.acc_lsb_m_s2 / np.sqrt(12))
    assert rest.std() == pytest.approx(expected, rel=0.1)
    assert not block.acc_clip.any()


def test_blocks_do_not_depend_on_what_was_asked_before() -> None:
    """A fresh sampler that jumps to a block gives the bytes that one read from the beginning gives."""
    sensor = SimulatedSession(60, seed=12, faults="harsh").sensors[2]
    one = sensor.sampler()
    whole = [one.block(i) for i in range(30)]
    for i in (1, 7, 29):
        jumped = sensor.sampler().block(i)
        assert np.array_equal(jumped.counts, whole[i].counts)
        assert jumped.first == i * BLOCK


def test_harsh_impacts_clip_and_say_so_and_everyday_ones_do_not() -> None:
    def clipped(faults) -> int:
        total = 0
        for seed in range(4):
            sampler = (
                SimulatedSession(60, seed=seed, faults=faults, speed_m_s=4.5).sensors[2].sampler()
            )
            for i in range(6, 12):
                block = sampler.block(i)
                at_limit = (np.abs(block.counts[:, :3].astype(int)) >= 32767).any(axis=1)
                assert np.array_equal(at_limit, block.acc_clip)
                total += int(block.acc_clip.sum())
        return total

    assert clipped("harsh") > 20
    assert clipped("none") == 0


def test_sensor_clocks_differ_within_half_a_percent() -> None:
    rates = [
        s.errors.sample_hz for seed in range(30) for s in SimulatedSession(60, seed=seed).sensors
    ]
    assert max(rates) <= NOMINAL_HZ * 1.005
    assert min(rates) >= NOMINAL_HZ * 0.995
    assert max(rates) - min(rates) > 1.0


def test_soft_tissue_moves_the_sensor_but_not_the_bone() -> None:
    clean, field = (SimulatedSession(40, seed=2, faults=f) for f in ("none", "field"))
    truth_clean, truth_field = clean.truth_strides(), field.truth_strides()
    for column in ("cpd_peak_deg", "tir_exc_deg", "foot_strike_s", "toe_off_s"):
        assert np.array_equal(truth_clean[column], truth_field[column])
    t = np.arange(25.0, 27.0, 0.005)
    for a, b in zip(clean.sensors, field.sensors, strict=True):
        gyr_a, _ = a.sampler().ideal(t)
        gyr_b, _ = b.sampler().ideal(t)
        change = np.abs(gyr_a - gyr_b)
        assert 1.0 < change.max() < 300.0
    still = np.arange(1.0, 4.0, 0.005)
    gyr_a, acc_a = clean.sensors[0].sampler().ideal(still)
    gyr_b, acc_b = field.sensors[0].sampler().ideal(still)
    assert np.allclose(gyr_a, gyr_b)
    assert np.allclose(acc_a, acc_b)


def test_calibration_movement_turns_about_the_side_axis_alone() -> None:
    """Without faults the squats are tilt only; with field faults they are nearly so.

    The shank's own axes are turned by some degrees of toe-out, so it has a little of the other axes.
    """
    for faults, limit in (("none", 0.01), ("field", 0.12)):
        session = SimulatedSession(60, seed=7, faults=faults)
        squats = session.script.segments[1]
        t = np.arange(squats.start_s + 0.3, squats.end_s - 0.3, 0.01)
        for segment, allowed in (
            (session.body().pelvis(t), limit),
            (session.body().shank(t, 0), 0.2),
        ):
            omega, _ = segment.sensor_signals((0.0, 0.0, 0.0))
            energy = [float(np.mean(w**2)) for w in omega]
            assert np.sqrt(energy[0] + energy[1]) < allowed * np.sqrt(energy[2]) + 0.01
            assert np.abs(omega[2]).max() > 0.5


def test_parts_have_their_datasheet_scales_and_noise() -> None:
    """Full scale, counts and noise densities as the datasheets print them."""
    gyro = {"LSM6DS3TR-C": 0.070, "LSM6DSOX": 0.070, "BMI270": 1 / 16.384, "ICM-42688": 1 / 16.4}
    noise = {"ICM-42688": (75, 2.8), "LSM6DSOX": (70, 3.8), "BMI270": (160, 7), "MTi-1": (120, 7)}
    for part in ALL_PARTS:
        assert part.acc_lsb_m_s2 * 32768 / 9.80665 == pytest.approx(16.0, rel=1e-3)
        assert part.acc_scale(16) == pytest.approx(2 * part.acc_scale(8))
        if part.name in gyro:
            assert part.gyro_scale(2000) == pytest.approx(gyro[part.name])
        if part.name in noise:
            assert (part.acc_noise_ug, part.gyro_noise_mdps) == noise[part.name]
    seen = {SimulatedSession(60, seed=s).sensors[0].part.name for s in range(40)}
    assert seen == {p.name for p in PARTS}
    assert SimulatedSession(60, part="MTi-1").sensors[1].part.name == "MTi-1"
    with pytest.raises(SimulationError, match="ICM-42688"):
        SimulatedSession(60, part="MPU-6050")
