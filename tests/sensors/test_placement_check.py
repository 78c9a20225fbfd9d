"""The pelvis sensor is told from a shank sensor by how it turns, on real and simulated people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sensors.placement import Placement
from sensors.placement_check import PlacementChecker, PlacementVerdict, check_placements
from sensors.sample_block import SampleBlock
from tests.simulated import simulated

COLUMNS = {
    Placement.PELVIS: "pelvis",
    Placement.SHANK_LEFT: "shank_l",
    Placement.SHANK_RIGHT: "shank_r",
}


def block(
    placement: Placement, time_s: np.ndarray, acc: np.ndarray, gyr: np.ndarray
) -> SampleBlock:
    rate_hz = 1.0 / float(np.median(np.diff(time_s)))
    flags = np.zeros(len(time_s), dtype=np.uint8)
    return SampleBlock(placement, 0, rate_hz, time_s, acc, gyr, flags)


def real_walkers(folder: Path) -> Mapping[str, list[SampleBlock]]:
    """Eight treadmill walks of four people, four of them with a stiff knee."""
    found = {}
    for path in sorted((folder / "cmu_xsens_treadmill_walk").glob("*_imu.parquet")):
        frame = pd.read_parquet(path)
        found[path.stem] = [
            block(
                placement,
                frame["t_s"].to_numpy(),
                frame[[f"{name}_acc_{axis}" for axis in "xyz"]].to_numpy(),
                frame[[f"{name}_gyr_{axis}" for axis in "xyz"]].to_numpy(),
            )
            for placement, name in COLUMNS.items()
        ]
    return found


def real_runners(folder: Path) -> Mapping[str, list[SampleBlock]]:
    """One runner at three speeds, optical motion, sensors in unknown attitudes."""
    found = {}
    for path in sorted((folder / "running_motion").glob("*/imu_field.csv.gz")):
        frame = pd.read_csv(path)
        found[path.parent.name] = [
            block(
                Placement(name),
                part["time_s"].to_numpy(),
                part[["acc_x", "acc_y", "acc_z"]].to_numpy(),
                part[["gyr_x", "gyr_y", "gyr_z"]].to_numpy(),
            )
            for name, part in frame.groupby("placement")
        ]
    return found


def renamed(blocks: list[SampleBlock], first: Placement, second: Placement) -> list[SampleBlock]:
    """The same samples, with two sensors mistaken for each other."""
    names = {first: second, second: first}
    return [replace(each, placement=names.get(each.placement, each.placement)) for each in blocks]


@pytest.mark.parametrize("people", [real_walkers, real_runners])
def test_real_people(shared_data: Path, people: object) -> None:
    """As worn it fits; with pelvis and either shank mistaken for each other, that is said."""
    sessions = people(shared_data)  # type: ignore[operator]
    assert sessions
    for name, blocks in sessions.items():
        check = check_placements(blocks)
        print(f"{name}: the shanks turn {check.ratio:.1f} times as much, {check.windows} windows")
        assert check.verdict is PlacementVerdict.FITS, name
        assert check.warning == ""
        for shank in (Placement.SHANK_LEFT, Placement.SHANK_RIGHT):
            mistaken = check_placements(renamed(blocks, Placement.PELVIS, shank))
            assert mistaken.verdict is PlacementVerdict.SWAPPED, name
            assert mistaken.likely_pelvis is shank
            assert shank.label in mistaken.warning
        swapped = renamed(blocks, Placement.SHANK_LEFT, Placement.SHANK_RIGHT)
        assert check_placements(swapped).verdict is PlacementVerdict.FITS, "not told from here"


@pytest.mark.parametrize("gait", ["run", "walk"])
def test_simulated_people_in_blocks_as_they_come(gait: str) -> None:
    """With standing and squats before; after a minute, and in any order of the blocks."""
    blocks = simulated(60.0, 3, gait=gait, faults="field").blocks  # type: ignore[arg-type]
    checker = PlacementChecker()
    assert checker.check().verdict is PlacementVerdict.NOT_SEEN
    for each in blocks:
        checker.push(each)
    check = checker.check()
    assert check.verdict is PlacementVerdict.FITS
    assert check == check_placements(blocks[::-1])


def test_standing_and_squats_say_nothing() -> None:
    still = [each for each in simulated(60.0, 3, faults="field").blocks if each.time_s[-1] < 5.0]
    blocks = [each.slice(0, len(each)) for each in still]
    assert check_placements(blocks).verdict is PlacementVerdict.NOT_SEEN


def test_two_shanks_without_a_pelvis_say_nothing_and_alike_sensors_are_unclear() -> None:
    time_s = np.arange(0.0, 40.0, 0.01)
    rng = np.random.default_rng(1)
    gyr = rng.normal(0.0, 2.0, (len(time_s), 3))
    acc = np.tile([0.0, 9.81, 0.0], (len(time_s), 1))
    left = block(Placement.SHANK_LEFT, time_s, acc, gyr)
    right = block(Placement.SHANK_RIGHT, time_s, acc, 1.2 * gyr)
    assert check_placements([left, right]).verdict is PlacementVerdict.NOT_SEEN
    pelvis = block(Placement.PELVIS, time_s, acc, 0.9 * gyr)
    check = check_placements([pelvis, left, right])
    assert check.verdict is PlacementVerdict.UNCLEAR
    assert check.warning == ""
