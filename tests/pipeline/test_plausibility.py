from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.importers.plausibility import clipped, doubt_units, gravity_level
from sensors.placement import Placement

G = 9.80665
AXES = "xyz"
SIZES = {
    "g": (1 / G, 1.0),
    "milli-g": (1000 / G, 1.0),
    "°/s": (1.0, 180 / np.pi),
}


def real_sensors(shared_data):
    """Sensors of real people: running, walking and jogging; placement, acc, gyr, rate."""
    for path in sorted(shared_data.glob("running_motion/*/imu_*.csv.gz")):
        frame = pd.read_csv(path)
        for name, rows in frame.groupby("placement"):
            yield Placement(name), rows, "", f"{path.parent.name} {name}"
    segments = {
        "pelvis": Placement.PELVIS,
        "sacrum": Placement.PELVIS,
        "shank_l": Placement.SHANK_LEFT,
        "shank_r": Placement.SHANK_RIGHT,
    }
    for pattern in (
        "grouvel_walk_run/imu.parquet",
        "zju_shank_vicon/imu_*.parquet",
        "cmu_xsens_treadmill_walk/*_imu.parquet",
        "gaittoolbox_s02_walk/imu.parquet",
        "kam_sagemotion_walk/imu.parquet",
        "tripod_treadmill_walk/PWS*.parquet",
    ):
        for path in sorted(shared_data.glob(pattern)):
            frame = pd.read_parquet(path).rename(columns={"t_s": "time_s"})
            trials = frame.groupby("trial") if "trial" in frame else [("", frame)]
            for trial, rows in trials:
                for segment, placement in segments.items():
                    columns = [f"{segment}_{q}_{a}" for q in ("acc", "gyr") for a in AXES]
                    if set(columns) <= set(rows):
                        known = rows[["time_s", *columns]].dropna()
                        yield placement, known, f"{segment}_", f"{path.name} {trial} {segment}"


def of_segment(rows, prefix, quantity):
    return rows[[f"{prefix}{quantity}_{axis}" for axis in AXES]].to_numpy(np.float64)


def test_no_real_sensor_is_doubted_and_each_wrong_unit_is_seen_on_each(shared_data):
    """Every real sensor at hand: right units pass; g, milli-g, °/s and no gravity are caught."""
    wrong: list[str] = []
    sensors = 0
    for placement, rows, prefix, name in real_sensors(shared_data):
        acc, gyr = of_segment(rows, prefix, "acc"), of_segment(rows, prefix, "gyr")
        rate_hz = 1.0 / float(np.median(np.diff(rows["time_s"])))
        if len(acc) < 4 * rate_hz:
            continue
        sensors += 1
        doubt = doubt_units(placement, acc, gyr, rate_hz)
        if doubt is not None:
            wrong.append(f"{name}: {doubt.what}")
        for unit, (acc_factor, gyr_factor) in SIZES.items():
            doubt = doubt_units(placement, acc * acc_factor, gyr * gyr_factor, rate_hz)
            slow_pelvis = unit == "°/s" and placement is Placement.PELVIS
            if (doubt is None and not slow_pelvis) or (doubt and unit not in doubt.what):
                wrong.append(f"{name}: {unit} taken for {doubt}")
    assert wrong == []
    assert sensors > 100


def still(seconds: float = 10.0, rate_hz: float = 100.0, seed: int = 0):
    rng = np.random.default_rng(seed)
    n = int(seconds * rate_hz)
    acc = rng.normal(0, 0.03, (n, 3)) + np.array([0.0, 9.81, 0.3])
    gyr = rng.normal(0, 0.01, (n, 3)) + np.array([0.008, -0.004, 0.01])  # bias of about 0.5 °/s
    return acc, gyr, rate_hz


def test_a_file_of_standing_alone_shows_degrees_too():
    acc, gyr, rate_hz = still()
    assert doubt_units(Placement.PELVIS, acc, gyr, rate_hz) is None
    doubt = doubt_units(Placement.PELVIS, acc, np.rad2deg(gyr), rate_hz)
    assert doubt is not None
    assert "°/s" in doubt.what


def test_a_large_gyroscope_bias_is_not_taken_for_degrees():
    acc, gyr, rate_hz = still()
    assert doubt_units(Placement.PELVIS, acc, gyr + np.deg2rad([10.0, 0, 0]), rate_hz) is None


def test_removed_gravity_is_seen_in_standing():
    acc, gyr, rate_hz = still()
    doubt = doubt_units(Placement.SHANK_LEFT, acc - [0, 9.81, 0.3], gyr, rate_hz)
    assert doubt is not None
    assert "gravity had been removed" in doubt.what


def test_angular_rate_that_is_far_too_small_is_seen():
    time_s = np.arange(3000) / 100
    shaking = 8.0 * np.sin(2 * np.pi * 5 * time_s)[:, None] * [1.0, 1.0, 0]
    acc = shaking + np.array([0, 9.81, 0])
    gyr = 6.0 * np.sin(2 * np.pi * time_s)[:, None] * [0, 0, 1.0]
    assert doubt_units(Placement.SHANK_LEFT, acc, gyr, 100.0) is None
    doubt = doubt_units(Placement.SHANK_LEFT, acc, np.deg2rad(gyr), 100.0)
    assert doubt is not None
    assert "never turns faster" in doubt.what


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_handful_of_samples_is_judged_without_raising(count):
    acc, gyr, rate_hz = still()
    assert doubt_units(Placement.PELVIS, acc[:count], gyr[:count], rate_hz) is None
    assert gravity_level(acc[:count], rate_hz) == pytest.approx(9.8, abs=0.1)


@pytest.mark.parametrize("value", [1e6, 1e300])
def test_numbers_no_sensor_gives_are_doubted_without_overflow(value):
    acc, gyr, rate_hz = still()
    acc[3, 1] = value
    assert doubt_units(Placement.PELVIS, acc, gyr, rate_hz) is not None
    acc, gyr, rate_hz = still()
    gyr[3, 1] = -value
    assert doubt_units(Placement.PELVIS, acc, gyr, rate_hz) is not None


def test_clipping_is_found_where_it_is_and_a_smooth_peak_is_not_taken_for_it():
    time_s = np.arange(2000) / 200
    wave = np.stack([200 * np.sin(2 * np.pi * time_s)] * 3, axis=1)
    cut = np.clip(wave, -16 * G, 16 * G)
    expected = (np.abs(wave) >= 16 * G * 0.999).any(axis=1)
    np.testing.assert_array_equal(clipped(cut, gyroscope=False), expected)
    assert not clipped(wave, gyroscope=False).any()
    assert clipped(np.clip(wave / 4, -np.deg2rad(2000), np.deg2rad(2000)), gyroscope=True).any()


def test_clipping_of_real_running_at_16_g_is_found_and_clean_data_has_none(shared_data):
    for name, expected in (("imu_field", True), ("imu_clean", False)):
        frame = pd.read_csv(shared_data / "running_motion" / "r001_T45" / f"{name}.csv.gz")
        found = [
            clipped(rows[["acc_x", "acc_y", "acc_z"]].to_numpy(), gyroscope=False).any()
            for _, rows in frame.groupby("placement")
        ]
        limit = frame[["acc_x", "acc_y", "acc_z"]].abs().to_numpy().max()
        assert any(found) == (expected and limit > 15.5 * G)
