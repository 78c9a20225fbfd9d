"""Exports of APDM, Shimmer and NilsPod: what was written comes back, and what is missing or damaged is said."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import ColumnError, InputError, PlacementError, TimeError
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.read_files import read_files
from sensors.placement import Placement
from sensors.sample_block import LACKS_GYR
from tests.pipeline.sample_table import ACC, GYR
from tests.pipeline.vendor_files import ALL, motion, of
from tests.pipeline.vendor_files2 import (
    write_apdm_format7,
    write_apdm_named,
    write_nilspod,
    write_shimmer,
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return motion()


def assert_same(
    imported: ImportedSamples, frame: pd.DataFrame, error: float = 1e-5, rate_hz: float = 100.0
) -> None:
    """The samples are those of the frame, in m/s² and rad/s."""
    assert set(imported.sensors) == ALL
    for placement, sensor in imported.sensors.items():
        part = of(frame, placement.value)
        np.testing.assert_allclose(sensor.acc, part[ACC], atol=error)
        np.testing.assert_allclose(sensor.gyr, part[GYR], atol=error)
        np.testing.assert_allclose(np.diff(sensor.time_s), np.diff(part["time_s"]), atol=2e-6)
        assert sensor.rate_hz == pytest.approx(rate_hz)


def test_apdm_format_7_comes_back(tmp_path: Path, frame: pd.DataFrame) -> None:
    imported = read_files([write_apdm_format7(tmp_path / "a.csv", frame)])
    assert imported.format == "apdm"
    assert_same(imported, frame)
    assert imported.sensors[Placement.PELVIS].sensor_id == "5718"
    assert f"{imported.started_utc:%Y-%m-%d %H:%M:%S}" == "2023-11-14 22:13:20"


@pytest.mark.parametrize(
    ("acc_unit", "gyr_unit", "delimiter"),
    [("m/s^2", "rad/s", ","), ("g", "deg/s", ","), ("m/s^2", "deg/s", ";"), ("g", "rad/s", "\t")],
)
def test_apdm_named_columns_come_back_in_their_units(
    tmp_path: Path, frame: pd.DataFrame, acc_unit: str, gyr_unit: str, delimiter: str
) -> None:
    path = write_apdm_named(
        tmp_path / "a.csv", frame, acc_unit=acc_unit, gyr_unit=gyr_unit, delimiter=delimiter
    )
    assert_same(read_files([path]), frame)


def test_apdm_lost_samples_of_one_monitor_are_a_gap_of_that_monitor(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    lines = write_apdm_format7(tmp_path / "a.csv", frame).read_text().splitlines()
    for number in range(200, 210):
        cells = lines[number].split(",")
        cells[1:7] = ["NaN"] * 6
        lines[number] = ",".join(cells)
    (tmp_path / "a.csv").write_text("\n".join(lines))
    sensors = read_files([tmp_path / "a.csv"]).sensors
    assert sensors[Placement.PELVIS].lost_samples == 10
    assert sensors[Placement.SHANK_LEFT].lost_samples == 0


def test_apdm_with_decimal_commas_or_commas_at_line_ends_is_read(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    path = write_apdm_named(tmp_path / "a.csv", frame, delimiter=";")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:4], *(line.replace(".", ",") for line in lines[4:])]))
    assert_same(read_files([path]), frame)
    lines = write_apdm_format7(path, frame).read_text().splitlines()
    path.write_text("\n".join([*lines[:3], *(line + "," for line in lines[3:])]))
    assert_same(read_files([path]), frame)


def refused(path: Path, error: type[InputError], match: str) -> InputError:
    with pytest.raises(error, match=match) as caught:
        read_files([path])
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return caught.value


def test_apdm_faults_are_named(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = tmp_path / "a.csv"
    for leave_out, what in (
        ("Angular Velocity/Y", "angular rate"),
        ("Left Lower Leg/Acceleration/X", "acceleration"),
    ):
        refused(write_apdm_named(path, frame, leave_out=leave_out), ColumnError, f"no {what}")
    refused(write_apdm_named(path, frame, gyr_unit="furlong"), ColumnError, "furlong")
    refused(write_apdm_named(path, frame, rate_hz=128.0), TimeError, "said to be 128 Hz")
    lines = write_apdm_named(path, frame).read_text().splitlines()
    path.write_text("\n".join(lines[:4]))
    refused(path, InputError, "no samples")
    cells = lines[40].split(",")
    cells[2] = "abc"
    path.write_text("\n".join([*lines[:40], ",".join(cells), *lines[41:]]))
    fault = refused(path, ColumnError, "not a number")
    assert (fault.line, fault.column) == (41, "Lumbar/Acceleration/Y")
    whole = write_apdm_format7(path, frame).read_text().splitlines()
    path.write_text("\n".join(whole[:2]))
    refused(path, InputError, "cut short")
    path.write_text("\n".join(whole).replace("Lumbar", "A").replace("Lower Leg", "B"))
    refused(path, PlacementError, "5718, 5719, 5720")


@pytest.mark.parametrize(
    ("delimiter", "time", "units"),
    [
        ("\t", "Timestamp_Unix_CAL", True),
        (",", "Timestamp_FormattedUnix_CAL", True),
        (";", "TimestampSync_Unix_CAL", True),
        (",", "Timestamp_Unix_CAL", False),
    ],
)
def test_shimmer_comes_back_from_the_wide_range_accelerometer(
    tmp_path: Path, frame: pd.DataFrame, delimiter: str, time: str, units: bool
) -> None:
    paths = write_shimmer(tmp_path, frame, delimiter=delimiter, time=time, units=units)
    imported = read_files(paths)
    assert imported.format == "shimmer"
    assert_same(imported, frame)
    assert imported.sensors[Placement.PELVIS].sensor_id == "40A0"
    if "Formatted" in time:
        assert imported.started_utc is None  # its zone is not told
    else:
        assert f"{imported.started_utc:%Y-%m-%d %H:%M:%S}" == "2023-11-14 22:13:20"


def test_shimmer_faults_are_named(tmp_path: Path, frame: pd.DataFrame) -> None:
    for options, match in (
        ({"form": "_RAW"}, "only raw counts of acceleration"),
        ({"gyr_unit": "furlong"}, "furlong"),
    ):
        refused(write_shimmer(tmp_path, frame, **options)[1], ColumnError, match)
    path = write_shimmer(tmp_path, frame, kinds="Accel_LN Gyro")[1]
    assert any("low-noise" in said for said in read_files([path]).warnings)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:3]) + "\n")
    refused(path, InputError, "no samples")
    path.write_text("\n".join([*lines[:40], lines[40].replace("\t", "\tx", 2), *lines[41:]]))
    assert refused(path, ColumnError, "not a number").line == 41


def test_a_real_shimmer_file_without_gyroscope_lacks_it_and_that_is_said(shared_data: Path) -> None:
    path = shared_data / "exports_raw" / "shimmer_consensys_csv" / "Sample_test_data.csv"
    imported = read_files([path], placements={"Sample_test_data": "pelvis"})
    assert imported.sensors[Placement.PELVIS].lacks == LACKS_GYR
    assert any("without gyroscope" in said for said in imported.warnings)


@pytest.mark.parametrize("sensors", [0x03, 0x83, 0x8B])
def test_nilspod_comes_back_to_its_resolution(tmp_path: Path, sensors: int) -> None:
    """The counter begins again at midnight, and the third sensor starts two samples later."""
    frame = motion(9.0, 102.4)
    midnight = round(86_400 * 102.4)
    imported = read_files(write_nilspod(tmp_path, frame, sensors=sensors))
    assert imported.format == "nilspod"
    assert_same(imported, frame, error=3e-3, rate_hz=102.4)
    assert imported.sensors[Placement.PELVIS].sensor_id == "6FA0"
    starts = [float(sensor.time_s[0]) for sensor in imported.sensors.values()]
    assert starts == pytest.approx([0.0, 0.0, 2 / 102.4])
    assert f"{imported.started_utc:%Y-%m-%d %H:%M:%S}" == "2023-11-14 22:13:20"
    assert any("calibration files are not read" in said for said in imported.warnings)
    paths = write_nilspod(tmp_path, frame, first=(midnight - 300,) * 3)
    for path in paths:
        data = bytearray(path.read_bytes())
        for row in range(300, (len(data) - 52) // data[1]):
            end = 52 + data[1] * (row + 1)
            data[end - 4 : end] = (row - 300).to_bytes(4, "little")
        path.write_bytes(data)
    assert_same(read_files(paths), frame, error=3e-3, rate_hz=102.4)


def test_nilspod_faults_are_named(tmp_path: Path) -> None:
    frame = motion(9.0, 102.4)
    refused(write_nilspod(tmp_path, frame, sensors=0x88)[1], InputError, "were off")
    refused(write_nilspod(tmp_path, frame, firmware=(0, 11, 2))[1], InputError, "firmware 0.11.2")
    refused(write_nilspod(tmp_path, frame, rate_code=3)[1], InputError, "binary file")
    paths = write_nilspod(tmp_path, frame)
    whole = paths[1].read_bytes()
    paths[1].write_bytes(whole[:60])
    refused(paths[1], InputError, r"holds 0 sample")
    paths[1].write_bytes(whole[: len(whole) // 2])
    assert any("tells of" in said for said in read_files(paths).warnings)
    with pytest.raises(TimeError, match="not synchronised"):
        read_files(write_nilspod(tmp_path, frame, sync_role=0))


WRITERS: dict[str, Callable[[Path, pd.DataFrame], Path]] = {
    "apdm-format7": write_apdm_format7,
    "apdm-named": lambda path, frame: write_apdm_named(path, frame, rate_hz=50.0),
    "nilspod": lambda path, frame: write_nilspod(path.parent, frame, rate_code=20)[1],
    "shimmer": lambda path, frame: write_shimmer(path.parent, frame)[1],
}


def damaged(whole: bytes, draw: random.Random) -> bytes:
    """Bytes changed, doubled, left out or put in; most often near the header."""
    data = bytearray(whole)
    for _ in range(draw.randint(1, 5)):
        at = draw.randrange(min(len(data), draw.choice((60, 600, len(data)))))
        match draw.randrange(5):
            case 0:
                data[at] = draw.randrange(256)
            case 1:
                del data[at : at + draw.randrange(1, 60)]
            case 2:
                data[at:at] = draw.randbytes(draw.randrange(1, 9))
            case 3:
                data[at:at] = data[max(0, at - draw.randrange(1, 400)) : at]
            case _:
                word = draw.choice([b"nan", b"-1e300", b"9" * 20, b",", b"\n", b'"', b"\xff\xff"])
                data[at : at + len(word)] = word
        data = data or bytearray(b"x")
    if draw.random() < 0.2:
        del data[draw.randrange(1, len(data) + 1) :]
    return bytes(data)


@pytest.mark.parametrize("kind", list(WRITERS))
def test_damaged_exports_are_read_or_refused_in_words(tmp_path: Path, kind: str) -> None:
    """Never anything but an InputError, in one line."""
    path = WRITERS[kind](tmp_path / "a.csv", motion(3.0, 50.0))
    assert read_files([path]).sensors
    whole = path.read_bytes()
    draw = random.Random(8)
    said = []
    for _ in range(30):
        path.write_bytes(damaged(whole, draw))
        try:
            read_files([path])
        except InputError as error:
            said.append(str(error))
    assert said
    assert not any("\n" in each for each in said)


@pytest.mark.parametrize(
    ("name", "given", "rate_hz", "samples"),
    [
        ("apdm_csv/apdm_format7.csv", "", 128.0, 3),
        ("nilspod_bin/NilsPodX-6F13_20210109_162824.bin", "6F13=shank_left", 102.4, 635),
        (
            "apdm_csv/imuData01.csv",
            "Upper=pelvis Middle=shank_left Lower=shank_right",
            128.0,
            1024,
        ),
    ],
)
def test_real_exports_are_read(
    shared_data: Path, name: str, given: str, rate_hz: float, samples: int
) -> None:
    placements = dict(each.split("=") for each in given.split())
    imported = read_files([shared_data / "exports_raw" / name], placements=placements or None)
    assert set(imported.sensors) == ({Placement(p) for p in placements.values()} or ALL)
    for sensor in imported.sensors.values():
        assert sensor.rate_hz == pytest.approx(rate_hz, rel=1e-3)
        assert len(sensor) == samples
        assert 9.0 < np.linalg.norm(sensor.acc, axis=1).mean() < 12.0
