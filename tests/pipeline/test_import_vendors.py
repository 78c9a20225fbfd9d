"""Exports of sensor makers: every payload gives back the movement it was made of."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import ColumnError, InputError, PlacementError, TimeError
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.placement_names import place_in_name
from pipeline.importers.read_files import read_files
from sensors.placement import Placement
from tests.pipeline.sample_table import ACC, GYR
from tests.pipeline.vendor_files import (
    ALL,
    motion,
    of,
    write_dot,
    write_metawear,
    write_mvnx,
    write_x_imu3,
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return motion()


def assert_moves_like(
    imported: ImportedSamples, frame: pd.DataFrame, *, acc: float, gyr: float
) -> None:
    """RMS difference to the movement, m/s² and rad/s, over the times that both have."""
    assert set(imported.sensors) == ALL
    for placement, sensor in imported.sensors.items():
        part = of(frame, placement.value)
        times = sensor.time_s - sensor.time_s[0] + float(part["time_s"][0])
        for columns, values, most in ((ACC, sensor.acc, acc), (GYR, sensor.gyr, gyr)):
            wanted = np.column_stack([np.interp(times, part["time_s"], part[c]) for c in columns])
            error = float(np.sqrt(np.mean((wanted - values)[5:-5] ** 2)))
            assert error < most, (placement, columns[0], error)


RATE = "PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z"


QUAT = "Quat_W,Quat_X,Quat_Y,Quat_Z"
EULER = "Euler_X,Euler_Y,Euler_Z"
FREE = "FreeAcc_X,FreeAcc_Y,FreeAcc_Z"
GYRO = "Gyr_X,Gyr_Y,Gyr_Z"
COUNT = "PacketCounter,SampleTimeFine"


@pytest.mark.parametrize(
    ("names", "acc", "gyr", "said"),
    [
        (RATE, 1e-6, 1e-6, 0),
        (f"{RATE},Mag_X,Mag_Y,Mag_Z,Status", 1e-6, 1e-6, 0),
        (f"SampleTimeFine,PacketCounter,{GYRO},Acc_X,Acc_Y,Acc_Z", 1e-6, 1e-6, 0),
        (f"{COUNT},dq_W,dq_X,dq_Y,dq_Z,dv[1],dv[2],dv[3],Status", 1e-4, 1e-4, 0),
        (f"{COUNT},{QUAT},Acc_X,Acc_Y,Acc_Z,{GYRO}", 1e-6, 1e-6, 0),
        (f"{COUNT},{EULER},{FREE},{GYRO}", 1e-3, 1e-6, 3),
        (f"{COUNT},{QUAT},{FREE},Status", 1e-3, 0.3, 6),
        (f"{COUNT},{EULER},{FREE}", 1e-3, 0.3, 6),
    ],
)
def test_dot_payloads_give_back_the_movement(
    tmp_path: Path, frame: pd.DataFrame, names: str, acc: float, gyr: float, said: int
) -> None:
    """Computed rates may be off by half a sample, as those of the rectangular integral above."""
    imported = read_files(write_dot(tmp_path, frame, names=names))
    assert imported.format == "movella-dot"
    assert_moves_like(imported, frame, acc=acc, gyr=gyr)
    assert sum("was exported without" in each for each in imported.warnings) == said
    assert f"{imported.started_utc:%Y-%m-%d %H:%M:%S}" == "2024-12-09 16:31:07"
    for sensor in imported.sensors.values():
        assert sensor.rate_hz == pytest.approx(100.0)
        assert sensor.time_s[0] == pytest.approx(0.0)  # through the wrap of the counter


@pytest.mark.parametrize(
    ("count", "rows"),
    [("nan", slice(7, 8)), ("-inf", slice(1, None)), ("1e300", slice(1, None))],
)
def test_dot_times_tell_the_rate_where_the_packet_counter_does_not(
    tmp_path: Path, frame: pd.DataFrame, count: str, rows: slice
) -> None:
    """In one row it is no count of packets, or in all but the first."""
    paths = write_dot(tmp_path, frame)
    for path in paths:
        lines = path.read_text().splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith("Packet")) + 1
        body = lines[first:]
        body[rows] = [count + line[line.index(",") :] for line in body[rows]]
        path.write_text("\n".join(lines[:first] + body))
    imported = read_files(paths)
    assert_moves_like(imported, frame, acc=1e-6, gyr=1e-6)
    assert {round(each.rate_hz, 3) for each in imported.sensors.values()} == {100.0}


@pytest.mark.parametrize(
    ("names", "column"),
    [(f"{COUNT},{FREE}", "Acc_X"), (f"{COUNT},Acc_X,Acc_Y,{GYRO}", "Acc_X")],
)
def test_dot_payloads_without_what_is_needed_say_what_to_export(
    tmp_path: Path, frame: pd.DataFrame, names: str, column: str
) -> None:
    """A quantity may lack as a whole; one of its axes may not."""
    with pytest.raises(ColumnError, match="Export") as caught:
        read_files(write_dot(tmp_path, frame, names=names))
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("head", "ends", "delimiter"), [(False, "", ","), (True, ",,,", ","), (True, "", ";")]
)
def test_dot_files_with_other_heads_and_trailing_commas_are_read(
    tmp_path: Path, frame: pd.DataFrame, head: bool, ends: str, delimiter: str
) -> None:
    paths = write_dot(tmp_path, frame, head=head, ends=ends, delimiter=delimiter)
    assert_moves_like(read_files(paths), frame, acc=1e-6, gyr=1e-6)


def test_dot_sensors_that_were_not_synchronised_are_aligned_by_their_start(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    imported = read_files(write_dot(tmp_path, frame, synced="Unsynced"))
    assert any("not synchronised" in said for said in imported.warnings)


def test_dot_files_of_two_time_zones_are_refused(tmp_path: Path, frame: pd.DataFrame) -> None:
    (tmp_path / "b").mkdir()
    first = write_dot(tmp_path, frame)[:2]
    last = write_dot(tmp_path / "b", frame, zone="GMT+8")[2:]
    with pytest.raises(TimeError, match="time zone"):
        read_files([*first, *last])


def test_metawear_pairs_are_merged_on_one_time_base(tmp_path: Path, frame: pd.DataFrame) -> None:
    imported = read_files(write_metawear(tmp_path, frame))
    assert imported.format == "metawear"
    assert_moves_like(imported, frame, acc=0.5, gyr=0.05)
    assert imported.started_utc is not None
    assert imported.started_utc.year == 2023


def test_metawear_files_of_two_time_zones_or_without_partner_are_refused(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    paths = write_metawear(tmp_path, frame)
    with pytest.raises(InputError, match="no gyroscope file"):
        read_files([path for path in paths if "Gyro" not in path.name or "pelvis" in path.name])
    with pytest.raises(TimeError, match="time zone"):
        read_files(write_metawear(tmp_path, frame, zones=("+0100", "-0700")))


def test_metawear_stamps_of_arrival_are_spread_evenly(tmp_path: Path, frame: pd.DataFrame) -> None:
    """Phones stamp several samples at once, late by up to 60 ms; both files, without ids."""
    rng = np.random.default_rng(2)
    for placement in ("left_shank", "right_shank"):
        part = of(frame, "shank_" + placement.split("_")[0])
        for kind, columns, factor in (("ACC", ACC, 1 / 9.80665), ("GYR", GYR, 180 / np.pi)):
            late = np.repeat(rng.uniform(0.0, 0.06, len(part) // 3 + 1), 3)[: len(part)]
            arrival = np.maximum.accumulate(
                np.repeat(part["time_s"].to_numpy()[2::3], 3)[: len(part)] + late
            )
            rows = part.iloc[: len(arrival)]
            stamps = pd.to_datetime(1_626_183_214_000 + np.round(arrival * 1e3), unit="ms")
            word = "gyro" if kind == "GYR" else "accel"
            table = pd.DataFrame({"time": stamps.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3]})
            for axis, column in zip("xyz", columns, strict=True):
                table[f"{axis}-{word}"] = rows[column].to_numpy() * factor
            table.to_csv(tmp_path / f"{placement}_1_{kind}.csv", index=False)
    imported = read_files([tmp_path])
    assert set(imported.sensors) == {Placement.SHANK_LEFT, Placement.SHANK_RIGHT}
    assert any("spread evenly" in said for said in imported.warnings)
    for sensor in imported.sensors.values():
        assert sensor.rate_hz == pytest.approx(100.0, rel=0.01)


def test_x_imu3_folders_are_read_as_one_session(tmp_path: Path, frame: pd.DataFrame) -> None:
    write_x_imu3(tmp_path / "log", frame)
    imported = read_files([tmp_path / "log"])
    assert imported.format == "x-imu3"
    assert_moves_like(imported, frame, acc=1e-3, gyr=1e-3)
    assert {sensor.sensor_id for sensor in imported.sensors.values()} == {
        f"64F61CB{n}" for n in range(3)
    }


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    "doctype", ["", '<!DOCTYPE mvnx SYSTEM "http://www.xsens.com/schema.dtd">']
)
def test_mvnx_of_both_versions_gives_back_the_movement(
    tmp_path: Path, frame: pd.DataFrame, old: bool, doctype: str
) -> None:
    imported = read_files([write_mvnx(tmp_path / "a.mvnx", frame, old=old, doctype=doctype)])
    assert imported.format == "xsens-mvnx"
    assert_moves_like(imported, frame, acc=1e-3, gyr=1e-3 if old else 0.3)
    assert imported.started_utc is not None


def test_an_archive_of_an_export_is_read_like_its_folder(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    write_x_imu3(tmp_path / "log", frame)
    archive = Path(shutil.make_archive(str(tmp_path / "log"), "zip", tmp_path / "log"))
    imported = read_files([archive])
    assert imported.files == (archive,)
    assert_moves_like(imported, frame, acc=1e-3, gyr=1e-3)


def test_an_error_in_an_archive_names_archive_file_and_line(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    paths = write_dot(tmp_path, frame)
    lines = paths[1].read_text().splitlines(keepends=True)
    lines[40] = lines[40].replace(",", ",x", 2)
    paths[1].write_text("".join(lines))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in paths:
            archive.write(path, path.name)
    with pytest.raises(ColumnError) as caught:
        read_files([tmp_path / "a.zip"])
    assert caught.value.path == tmp_path / "a.zip" / paths[1].name
    assert caught.value.line is not None


def test_places_come_from_names_maps_options_or_a_question(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    paths = write_dot(tmp_path, frame)
    plain = []
    for number, path in enumerate(paths):
        renamed = tmp_path / f"dot{number}.csv"
        renamed.write_text(
            path.read_text()
            .replace("LTibia", f"D{number}xy")
            .replace("RTibia", f"D{number}xy")
            .replace("Pelvis", f"D{number}xy")
        )
        plain.append(renamed)
    with pytest.raises(PlacementError, match="not known where"):
        read_files(plain)
    given = {"D0xy": "pelvis", "D1xy": "shank_left", "D2xy": "shank_right"}
    assert set(read_files(plain, placements=given).sensors) == ALL
    asked: list[str] = []

    def ask(sensor: str, free: object) -> Placement | None:
        asked.append(sensor)
        return {"D0": Placement.PELVIS, "D1": None, "D2": Placement.SHANK_RIGHT}[sensor[:2]]

    imported = read_files(plain, ask=ask)
    assert set(imported.sensors) == {Placement.PELVIS, Placement.SHANK_RIGHT}
    assert len(asked) == 3
    (tmp_path / "sensor_map.json").write_text(str(given).replace("'", '"'))
    assert set(read_files(plain).sensors) == ALL


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("LTibia_20210820_202113_811", Placement.SHANK_LEFT),
        ("Right Lower Leg 64F61B2A (UDP)", Placement.SHANK_RIGHT),
        ("tibia_r_imu", Placement.SHANK_RIGHT),
        ("LeftShank2", Placement.SHANK_LEFT),
        ("sacrum", Placement.PELVIS),
        ("lower back", Placement.PELVIS),
        ("Unterschenkel_rechts", Placement.SHANK_RIGHT),
        ("LeftUpperLeg", "other"),
        ("calcn_l_imu", "other"),
        ("tibia", None),
        ("left", None),
        ("shank_left_pelvis", None),
        ("run-01", None),
    ],
)
def test_names_of_placements(name: str, place: Placement | str | None) -> None:
    assert place_in_name(name) == place


REAL = {
    "movella_dot_app_csv": (ALL, {}),
    "xio_ximu3_csv": (ALL, {}),
    "xsens_mvnx": ({Placement.PELVIS}, {}),
    "movella_dot_app_csv_rate_mag": ({Placement.SHANK_LEFT}, {"Tibia": "shank_left"}),
}


@pytest.mark.parametrize("name", REAL)
def test_real_exports_are_read(shared_data: Path, name: str) -> None:
    """Folders as they come; the MVN file is of an upper body and has no shanks."""
    placements, given = REAL[name]
    imported = read_files([shared_data / "exports_raw" / name], placements=given or None)
    assert set(imported.sensors) == placements
    for sensor in imported.sensors.values():
        assert 49 < sensor.rate_hz < 101
        assert np.linalg.norm(sensor.acc, axis=1).mean() == pytest.approx(9.8, abs=0.6)


def test_computed_angular_rate_is_that_of_the_gyroscope_in_a_real_file(
    shared_data: Path, tmp_path: Path
) -> None:
    """MT Manager, 100 Hz, with gyroscope and matrix: without the one the other gives it."""
    folder = shared_data / "exports_raw" / "xsens_mtmanager_txt"
    source = next(folder.glob("*_acc_gyr_mag_mat.txt"))
    lines = source.read_text().splitlines()
    header = next(n for n, line in enumerate(lines) if line.startswith("Packet"))
    keep = [n for n, name in enumerate(lines[header].split("\t")) if not name.startswith("Gyr")]
    (tmp_path / "no_gyr_00B421AF.txt").write_text(
        "\n".join(
            [
                *lines[:header],
                *("\t".join(line.split("\t")[n] for n in keep) for line in lines[header:]),
            ]
        )
    )
    there = {"00B421AF": "shank_left"}
    both = [
        read_files([path], placements=there).sensors[Placement.SHANK_LEFT]
        for path in (source, tmp_path / "no_gyr_00B421AF.txt")
    ]
    error = np.sqrt(((both[0].gyr - both[1].gyr)[3:-3] ** 2).mean())
    assert error < 0.02 < 0.1 < np.sqrt((both[0].gyr ** 2).mean())


def test_a_dot_that_lost_more_samples_than_not_keeps_its_rate(shared_data: Path) -> None:
    """The left femur of the real session: mostly every other sample is missing, and counted as lost."""
    path = shared_data / "exports_raw" / "movella_dot_app_csv" / "LFemur_20210820_202113_831.csv"
    imported = read_files([path], placements={"zdt": "shank_left"})
    sensor = imported.sensors[Placement.SHANK_LEFT]
    assert sensor.rate_hz == pytest.approx(60.0, rel=0.001)
    assert len(sensor.time_s) == 195
    assert sensor.index[-1] == 351
