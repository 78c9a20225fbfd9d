from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import TimeError
from pipeline.importers.imported_samples import ImportedSamples, to_blocks
from pipeline.importers.read_files import read_files
from pipeline.importers.time_axis import fit_time_axis
from sensors.placement import Placement
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_GAP_BEFORE
from tests.pipeline.sample_table import ACC, make_samples, write_csv


def imported_from(frame, tmp_path) -> ImportedSamples:
    return read_files([write_csv(frame, tmp_path / "a.csv")])


def joined(blocks, placement):
    mine = [block for block in blocks if block.placement is placement]
    return tuple(
        np.concatenate([getattr(block, name) for block in mine])
        for name in ("time_s", "acc", "gyr", "flags")
    ), np.concatenate([block.first_index + np.arange(len(block)) for block in mine])


def test_blocks_hold_every_sample_once_in_time_order(tmp_path):
    imported = imported_from(make_samples(), tmp_path)
    blocks = list(to_blocks(imported, 1.0))
    starts = [block.time_s[0] for block in blocks]
    assert starts == sorted(starts)
    assert len(blocks) == 3 * 12
    for placement, sensor in imported.sensors.items():
        (time_s, acc, gyr, _), index = joined(blocks, placement)
        np.testing.assert_array_equal(time_s, sensor.time_s)
        np.testing.assert_array_equal(acc, sensor.acc)
        np.testing.assert_array_equal(gyr, sensor.gyr)
        np.testing.assert_array_equal(index, np.arange(len(sensor)))


@pytest.fixture(scope="module")
def with_a_hole(tmp_path_factory):
    frame = make_samples(4.0).drop(index=range(700, 760))
    return imported_from(frame, tmp_path_factory.mktemp("hole"))


@settings(max_examples=25, deadline=None)
@given(chunk_s=st.floats(0.01, 50.0))
def test_the_samples_do_not_depend_on_the_length_of_the_blocks(with_a_hole, chunk_s):
    expected = list(to_blocks(with_a_hole, 1.0))
    blocks = list(to_blocks(with_a_hole, chunk_s))
    assert all(np.all(np.diff(block.time_s) > 0) for block in blocks)
    assert all(block.time_s[-1] - block.time_s[0] <= chunk_s + 1e-9 for block in blocks)
    for placement in with_a_hole.sensors:
        (ours, index), (theirs, wanted) = joined(blocks, placement), joined(expected, placement)
        np.testing.assert_array_equal(index, wanted)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("chunk_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_block_length_that_is_none_is_refused(tmp_path, chunk_s):
    imported = imported_from(make_samples(1.0), tmp_path)
    with pytest.raises(ValueError, match="chunk_s"):
        to_blocks(imported, chunk_s)


@pytest.mark.parametrize("lost", [1, 2, 37])
def test_a_hole_makes_the_index_jump_by_the_samples_that_are_missing(tmp_path, lost):
    frame = make_samples(4.0)
    pelvis = frame.index[frame["placement"] == "pelvis"]
    imported = imported_from(frame.drop(index=pelvis[300 : 300 + lost]), tmp_path)
    sensor = imported.sensors[Placement.PELVIS]
    assert sensor.lost_samples == lost
    assert any(f"lacks {lost} samples" in said for said in imported.warnings)
    mine = [b for b in to_blocks(imported, 100.0) if b.placement is Placement.PELVIS]
    assert [(b.first_index, len(b)) for b in mine] == [(0, 300), (300 + lost, 500 - lost)]
    flagged = [np.flatnonzero(b.flags & FLAG_GAP_BEFORE).tolist() for b in mine]
    assert flagged == [[], [0]]
    assert imported.sensors[Placement.SHANK_LEFT].lost_samples == 0


@pytest.mark.parametrize("rate_hz", [60.0, 100.0, 128.0, 148.15, 200.0, 256.0])
def test_stamps_rounded_to_milliseconds_stay_as_they_are_and_the_rate_is_right(tmp_path, rate_hz):
    frame = make_samples(12.0, rate_hz)
    frame["time_s"] = frame["time_s"].round(3)
    imported = imported_from(frame, tmp_path)
    for placement, sensor in imported.sensors.items():
        assert sensor.rate_hz == pytest.approx(rate_hz, rel=1e-3)
        assert sensor.lost_samples == 0
        rows = frame[frame["placement"] == placement.value]
        np.testing.assert_array_equal(sensor.acc, rows[ACC])
        np.testing.assert_array_equal(sensor.time_s, rows["time_s"])


@pytest.mark.parametrize("ppm", [-3000, 50, 3000])
def test_a_rate_beside_the_nominal_one_loses_and_invents_no_sample(ppm):
    time_s = np.arange(720_000) / (200.0 * (1 + ppm * 1e-6))
    axis = fit_time_axis(time_s)
    assert axis.regular
    np.testing.assert_array_equal(axis.index, np.arange(720_000))
    assert axis.rate_hz == pytest.approx(200.0 * (1 + ppm * 1e-6), rel=1e-6)


def test_jittery_stamps_are_brought_onto_an_even_grid_and_it_is_said(tmp_path):
    """A slow sine read at stamps that wander by half a sample comes back as that sine."""
    rng = np.random.default_rng(3)
    frame = make_samples(20.0, 100.0)
    jitter = rng.uniform(-0.0045, 0.0045, len(frame))
    frame["time_s"] = frame["time_s"] + jitter
    frame["gyr_x"] = 0.1 * np.sin(2 * np.pi * 0.5 * frame["time_s"])
    imported = imported_from(frame, tmp_path)
    assert sum("jittery" in said for said in imported.warnings) == 3
    for sensor in imported.sensors.values():
        assert np.ptp(np.diff(sensor.time_s)) < 1e-9
        assert sensor.rate_hz == pytest.approx(100.0, rel=0.002)
        assert len(sensor) == pytest.approx(2000, abs=5)
        expected = 0.1 * np.sin(2 * np.pi * 0.5 * sensor.time_s)
        assert np.abs(sensor.gyr[:, 0] - expected).max() < 0.0002


def test_a_hole_in_jittery_stamps_stays_a_hole(tmp_path):
    rng = np.random.default_rng(4)
    frame = make_samples(20.0, 100.0)
    frame = frame[(frame["time_s"] < 8.0) | (frame["time_s"] > 9.5)]
    frame["time_s"] = frame["time_s"] + rng.uniform(-0.0045, 0.0045, len(frame))
    sensor = imported_from(frame, tmp_path).sensors[Placement.SHANK_LEFT]
    assert not ((sensor.time_s > 8.02) & (sensor.time_s < 9.48)).any()
    assert sensor.lost_samples == pytest.approx(150, abs=3)


def test_arrival_times_are_refused(tmp_path):
    """Packets of five samples whose stamps all but coincide."""
    frame = make_samples(20.0, 100.0)
    number = np.round(frame["time_s"] * 100).astype(int)
    frame["time_s"] = (number // 5) * 0.05 + (number % 5) * 1e-5
    with pytest.raises(TimeError, match="arrival"):
        imported_from(frame, tmp_path)


def test_samples_at_the_end_of_the_range_carry_the_flag(tmp_path):
    frame = make_samples()
    shaken = (frame["placement"] == "shank_left") & (frame["time_s"] >= 4.0)
    impact = 200.0 * np.sin(2 * np.pi * 1.5 * frame["time_s"])
    frame.loc[shaken, "acc_z"] = impact[shaken].clip(-156.9, 156.9)
    imported = imported_from(frame, tmp_path)
    sensor = imported.sensors[Placement.SHANK_LEFT]
    at_end = np.abs(sensor.acc[:, 2]) > 156.8
    assert at_end.any()
    np.testing.assert_array_equal((sensor.flags & FLAG_CLIPPED_ACC) != 0, at_end)
    assert any("end of its range" in said for said in imported.warnings)


def test_real_running_files_are_read_whole(shared_data):
    for path in sorted(shared_data.glob("running_motion/*/imu_*.csv.gz")):
        imported = read_files([path])
        assert len(imported.sensors) == 3
        for sensor in imported.sensors.values():
            assert sensor.rate_hz == pytest.approx(200.0)
            assert sensor.lost_samples == 0
