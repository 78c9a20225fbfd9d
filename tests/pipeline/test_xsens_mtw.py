from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import ColumnError, InputError, PlacementError, TimeError, UnitError
from pipeline.importers.read_files import read_files
from pipeline.importers.sensor_map import map_from_names, read_sensor_map
from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR

IDS = {"00B40B91": "pelvis", "00B40BA5": "shank_left", "00B40C35": "shank_right"}
HEAD = "// Start Time: Unknown\n// Update Rate: 100.0Hz\n// Firmware Version: 4.3.4\n"
COLUMNS = ["PacketCounter", "SampleTimeFine", *(f"{q}_{a}" for q in ("Acc", "Gyr") for a in "XYZ")]


def write_mtw(
    path, *, start=100, count=400, head=HEAD, delimiter="\t", columns=None, edit=None, seed=0
):
    """A small export of a sensor that swings; ``edit`` may change its rows."""
    rng = np.random.default_rng(seed)
    numbers = (start + np.arange(count)) % 65536
    swing = np.sin(2 * np.pi * np.arange(count) / 100)
    frame = pd.DataFrame(
        {
            "PacketCounter": [f"{n:05d}" for n in numbers],
            "SampleTimeFine": "",
            "Acc_X": 9.8 + 4.0 * swing,
            "Acc_Y": rng.normal(0, 0.02, count),
            "Acc_Z": 0.3 * swing,
            "Gyr_X": rng.normal(0, 0.01, count),
            "Gyr_Y": 4.0 * swing,
            "Gyr_Z": 0.2 * swing,
        }
    )[columns or COLUMNS]
    if edit:
        frame = edit(frame)
    path.write_text(head + frame.to_csv(index=False, sep=delimiter))
    return path


@pytest.fixture
def trial(tmp_path):
    """Three files of one session whose shared counter begins again between their starts."""
    starts = {"00B40B91": 65530, "00B40BA5": 2, "00B40C35": 65533}
    paths = [
        write_mtw(tmp_path / f"run-000_{sensor}.txt", start=start, seed=number)
        for number, (sensor, start) in enumerate(starts.items())
    ]
    (tmp_path / "sensor_map.json").write_text(json.dumps({v: k for k, v in IDS.items()}))
    return paths


def test_files_of_one_session_share_a_time_axis_across_the_wrap_of_the_counter(trial):
    imported = read_files(trial)
    firsts = {p.value: round(float(s.time_s[0]) * 100) for p, s in imported.sensors.items()}
    assert firsts == {"pelvis": 0, "shank_left": 8, "shank_right": 3}
    for sensor in imported.sensors.values():
        assert (len(sensor), sensor.rate_hz, sensor.lost_samples) == (400, 100.0, 0)
    assert {p.value: s.sensor_id for p, s in imported.sensors.items()} == {
        place: sensor for sensor, place in IDS.items()
    }
    assert imported.format == "xsens-mtw"


def test_lost_packets_and_rows_without_values_are_holes(trial):
    lines = trial[1].read_text().splitlines(keepends=True)
    cells = lines[150].split("\t")
    cells[2] = "NaN"
    lines[150] = "\t".join(cells)
    del lines[200:210]
    trial[1].write_text("".join(lines))
    imported = read_files(trial)
    assert imported.sensors[Placement.SHANK_LEFT].lost_samples == 11
    assert any("1 of 390 rows" in said for said in imported.warnings)


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", " "])
def test_every_separator_gives_the_same_samples(tmp_path, delimiter):
    expected = read_files(
        [write_mtw(tmp_path / "a_00B40BA5.txt")], placements={"00B40BA5": "shank_left"}
    )
    other = read_files(
        [write_mtw(tmp_path / "b_00B40BA5.txt", delimiter=delimiter)],
        placements={"00B40BA5": "shank_left"},
    )
    for name in ("time_s", "acc", "gyr", "index"):
        np.testing.assert_array_equal(
            getattr(expected.sensors[Placement.SHANK_LEFT], name),
            getattr(other.sensors[Placement.SHANK_LEFT], name),
        )


def test_decimal_commas_are_read(tmp_path):
    path = write_mtw(tmp_path / "a_00B40BA5.txt")
    expected = read_files([path], placements={"00B40BA5": "tibia_l"})
    head, body = path.read_text().split("PacketCounter")
    path.write_text(head + "PacketCounter" + body.replace(".", ","))
    other = read_files([path], placements={"00B40BA5": "tibia_l"})
    np.testing.assert_array_equal(
        expected.sensors[Placement.SHANK_LEFT].acc, other.sensors[Placement.SHANK_LEFT].acc
    )


def test_the_id_in_the_file_counts_more_than_its_name(tmp_path):
    head = HEAD + "//  DeviceId: 00B40C35\n"
    path = write_mtw(tmp_path / "a_00B40BA5.txt", head=head)
    imported = read_files([path], placements=IDS)
    assert list(imported.sensors) == [Placement.SHANK_RIGHT]


def test_a_sensor_without_gyroscope_or_acceleration_lacks_it_and_that_is_said(trial):
    for missing, lacks in (("Gyr", LACKS_GYR), ("Acc", LACKS_ACC)):
        columns = [name for name in COLUMNS if not name.startswith(missing)]
        write_mtw(trial[1], columns=columns)
        imported = read_files(trial)
        assert imported.sensors[Placement.SHANK_LEFT].lacks == lacks
        assert any("left shank sensor was exported without" in w for w in imported.warnings)


def test_an_axis_that_is_missing_is_refused(trial):
    write_mtw(trial[1], columns=[name for name in COLUMNS if name != "Gyr_Z"])
    with pytest.raises(ColumnError, match="Gyr_Z is not there") as caught:
        read_files(trial)
    assert (caught.value.path, caught.value.line) == (trial[1], 4)


def test_free_acceleration_does_not_count_as_acceleration(trial):
    write_mtw(trial[0], edit=lambda f: f.rename(columns=lambda n: n.replace("Acc", "FreeAcc")))
    assert read_files(trial).sensors[Placement.PELVIS].lacks == LACKS_ACC


def test_numbers_beyond_all_sense_count_as_lost(trial):
    """They overflowed, with a warning instead of an error."""
    lines = trial[1].read_text().splitlines()
    cells = lines[100].split("\t")
    lines[100] = "\t".join([*cells[:3], "1e308", *cells[4:]])
    trial[1].write_text("\n".join(lines) + "\n")
    imported = read_files(trial)
    assert imported.sensors[Placement.SHANK_LEFT].lost_samples == 1
    assert any("1 of 400 rows" in said for said in imported.warnings)


def test_a_header_with_a_damaged_counter_is_refused(trial):
    text = trial[1].read_text()
    trial[1].write_text(text.replace("PacketCounter", "xPacketCounter"))
    with pytest.raises(InputError, match="no column PacketCounter"):
        read_files(trial)


def test_degrees_are_told_by_the_columns_of_the_file(trial):
    def in_degrees(frame):
        frame[["Gyr_X", "Gyr_Y", "Gyr_Z"]] *= 180 / np.pi
        return frame

    write_mtw(trial[1], start=2, edit=in_degrees)
    with pytest.raises(UnitError, match="Gyr_X to Gyr_Z"):
        read_files(trial)


def test_a_place_that_is_not_known_is_asked_for(tmp_path):
    path = write_mtw(tmp_path / "a_00B40BA5.txt")
    with pytest.raises(
        PlacementError, match="not known where the sensor 00B40BA5 was worn"
    ) as caught:
        read_files([path])
    assert "sensor_map.json" in caught.value.remedy
    with pytest.raises(PlacementError, match="no sensor is called '00B40B91'"):
        read_files([path], placements={"00B40B91": "pelvis"})


def test_sensors_of_other_segments_are_left_out_and_said_to_be(trial, tmp_path):
    foot = write_mtw(tmp_path / "run-000_00B40C55.txt")
    imported = read_files([*trial, foot])
    assert len(imported.sensors) == 3
    assert any("00B40C55" in said and "left out" in said for said in imported.warnings)


def test_one_sensor_given_twice_is_refused(trial, tmp_path):
    again = tmp_path / "run-001_00B40BA5.txt"
    shutil.copy(trial[1], again)
    with pytest.raises(PlacementError, match="both said to be worn at shank_left"):
        read_files([*trial, again])


@pytest.mark.parametrize(
    ("edit", "kind", "match"),
    [
        (lambda f: f.iloc[[0, 2, 1, *range(3, 400)]], TimeError, "packet counter goes"),
        (lambda f: f.iloc[[0, 1, 1, *range(2, 400)]], TimeError, "packet counter goes"),
        (lambda f: f.assign(Acc_X="abc"), ColumnError, "'abc' is not a number"),
        (lambda f: f.assign(PacketCounter="1.5"), ColumnError, "no packet counter"),
        (lambda f: f.assign(Acc_X="NaN"), InputError, "no row has all"),
        (lambda f: f.iloc[:0], InputError, "no samples"),
        (lambda f: f.iloc[:1], InputError, "1 sample"),
    ],
)
def test_broken_rows_are_named(trial, edit, kind, match):
    write_mtw(trial[1], edit=edit)
    with pytest.raises(kind, match=match) as caught:
        read_files(trial)
    assert caught.value.path == trial[1]


def test_the_line_of_a_broken_row_is_counted_with_the_head(trial):
    write_mtw(trial[1], edit=lambda f: f.iloc[[0, 1, 1, *range(2, 400)]])
    with pytest.raises(TimeError) as caught:
        read_files(trial)
    assert caught.value.line == 4 + 3


def test_a_file_without_header_is_refused(tmp_path):
    path = tmp_path / "a_00B40BA5.txt"
    path.write_text(HEAD + "00001\t1\t2\n")
    with pytest.raises(InputError, match="no header line with PacketCounter"):
        read_files([path], placements=IDS)


def test_the_rate_comes_from_the_caller_the_head_or_the_sample_time(tmp_path):
    without = HEAD.replace("// Update Rate: 100.0Hz\n", "")
    fine = {"edit": lambda f: f.assign(SampleTimeFine=range(0, 125 * 400, 125))}
    for options, given, expected in (
        ({"head": without}, 60.0, 60.0),
        ({"head": HEAD}, None, 100.0),
        ({"head": without, **fine}, None, 80.0),
    ):
        path = write_mtw(tmp_path / "a_00B40BA5.txt", **options)
        imported = read_files([path], placements=IDS, rate_hz=given)
        assert imported.sensors[Placement.SHANK_LEFT].rate_hz == pytest.approx(expected)
    path = write_mtw(tmp_path / "a_00B40BA5.txt", head=without)
    with pytest.raises(TimeError, match="does not tell its sampling rate"):
        read_files([path], placements=IDS)
    for wrong in (0.0, -100.0, float("nan"), 1e9):
        with pytest.raises(TimeError, match="no sampling rate"):
            read_files([path], placements=IDS, rate_hz=wrong)


def test_sensor_maps_are_read_either_way_round_from_json_and_from_opensim(tmp_path):
    expected = {"00B40B91": Placement.PELVIS, "00B40BA5": Placement.SHANK_LEFT}
    names = {"pelvis": "00b40b91", "shank_l": "_00B40BA5"}
    assert map_from_names(names, "x") == expected
    assert map_from_names({v: k for k, v in names.items()}, "x") == expected
    path = tmp_path / "map.json"
    path.write_text(json.dumps({**names, "thigh_l": "00B40C45"}))
    assert read_sensor_map(path) == {**expected, "00B40C45": None}


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "not valid JSON"),
        (b"[1]", "not one object"),
        (b'{"pelvis": 7}', "not one object"),
        (b'{"head": "00B40B91"}', "no placement that is known"),
        (b'{"pelvis": "A", "sacrum": "B"}', "two sensors"),
        (b"[" * 100_000, "not valid JSON"),
        (b" " * (1 << 20) + b"{}", "too large"),
        (b"<a>", "not valid XML"),
        (b"<a/>", "maps no sensors"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "no document type"),
        ("<a/>".encode("utf-16"), "not valid JSON|no document type"),
    ],
)
def test_hostile_and_wrong_sensor_maps_are_refused(tmp_path, content, match):
    path = tmp_path / "map"
    path.write_bytes(content)
    with pytest.raises(InputError, match=match):
        read_sensor_map(path)


def test_a_real_walk_is_read_as_the_reference_reading_has_it(shared_data):
    """Files as MT Manager wrote them, against an independent reading of the same trial."""
    folder = shared_data / "gaittoolbox_s02_walk"
    imported = read_files(sorted((folder / "original").glob("*.txt")))
    expected = pd.read_parquet(folder / "imu.parquet")
    for placement, name in (
        ("pelvis", "pelvis"),
        ("shank_left", "shank_l"),
        ("shank_right", "shank_r"),
    ):
        sensor = imported.sensors[Placement(placement)]
        for quantity, ours in (("acc", sensor.acc), ("gyr", sensor.gyr)):
            theirs = expected[[f"{name}_{quantity}_{axis}" for axis in "xyz"]].to_numpy()
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
        np.testing.assert_allclose(sensor.time_s, expected["t_s"], atol=1e-9)
    assert imported.warnings == ()


def test_a_real_walk_that_hides_its_rate_tells_it_by_its_movement(shared_data, tmp_path):
    folder = shared_data / "gaittoolbox_s02_walk" / "original"
    for path in folder.glob("*"):
        text = path.read_text()
        (tmp_path / path.name).write_text(text.replace("// Update Rate: 100.0Hz\n", ""))
    imported = read_files(sorted(tmp_path.glob("*.txt")))
    assert {sensor.rate_hz for sensor in imported.sensors.values()} == {100.0}
    assert sum("does not tell its sampling rate" in said for said in imported.warnings) == 3


def test_a_real_file_with_a_matrix_tells_its_rate_by_its_movement(shared_data, tmp_path):
    name = "MT_012005D6_031-000_00B421AF_acc_gyr_mag_mat.txt"
    text = (shared_data / "exports_raw" / "xsens_mtmanager_txt" / name).read_text()
    (tmp_path / name).write_text(text.replace("// Update Rate: 100.0Hz\n", ""))
    imported = read_files([tmp_path / name], placements={"00B421AF": "shank_left"})
    assert imported.sensors[Placement.SHANK_LEFT].rate_hz == 100.0


def test_every_real_variant_is_read(shared_data):
    """Exports of MT Manager 4.6 to 2022, with all separators and choices of columns."""
    folder = shared_data / "exports_raw" / "xsens_mtmanager_txt"
    derived, lacking = 0, []
    for path in sorted(folder.rglob("*.txt")):
        placements = {path.name[path.name.index("00B4") :][:8]: "shank_left"}
        header = next(line for line in path.read_text().splitlines() if line[0] != "/")
        sensor = read_files([path], placements=placements, rate_hz=100.0).sensors[
            Placement.SHANK_LEFT
        ]
        if "Acc_X" in header:
            assert np.linalg.norm(sensor.acc, axis=1).mean() == pytest.approx(9.81, abs=1.0)
        assert (sensor.lacks == LACKS_ACC) == ("Acc_X" not in header)
        assert (sensor.computed == LACKS_GYR) == ("Gyr_X" not in header and "Mat[1][1]" in header)
        derived += bool(sensor.computed)
        lacking += [sensor.lacks] if sensor.lacks else []
    assert (derived, sorted(lacking)) == (5, [LACKS_ACC, LACKS_GYR])


def test_an_acceleration_of_the_opposite_sign_shows_against_the_orientation(shared_data, tmp_path):
    """Unless the earth frame of the export has z down, and its head says so."""
    source = shared_data / "exports_raw" / "xsens_mtmanager_txt"
    name = "MT_012005D6_031-000_00B421AF_acc_gyr_mag_mat.txt"
    head = (source / name).read_text().splitlines()[:5]
    whole = pd.read_csv(
        source / name, sep="\t", skiprows=5, nrows=600, dtype={"PacketCounter": str}
    )
    turned = whole.copy()
    turned[["Acc_X", "Acc_Y", "Acc_Z"]] *= -1.0
    other = whole.copy()  # north, east, down
    for axis in "123":
        other[f"Mat[1][{axis}]"] = whole[f"Mat[2][{axis}]"]
        other[f"Mat[2][{axis}]"] = whole[f"Mat[1][{axis}]"]
        other[f"Mat[3][{axis}]"] = -whole[f"Mat[3][{axis}]"]
    path = tmp_path / name
    place = {"00B421AF": "shank_left"}
    for table in (turned, other):
        path.write_text("\n".join(head) + "\n" + table.to_csv(index=False, sep="\t"))
        with pytest.raises(ColumnError, match="along the vertical of the orientation"):
            read_files([path], placements=place)
    head.append("// Coordinate system: NED")
    path.write_text("\n".join(head) + "\n" + other.to_csv(index=False, sep="\t"))
    told = read_files([path], placements=place).sensors[Placement.SHANK_LEFT]
    # and where free acceleration has to be turned into specific force
    turn = np.stack([other[[f"Mat[{r}][{c}]" for c in "123"]].to_numpy() for r in "123"], axis=1)
    gravity = np.array([0.0, 0.0, 9.80665])
    free = np.einsum("nij,nj->ni", turn, whole[["Acc_X", "Acc_Y", "Acc_Z"]]) + gravity
    columns = dict(zip(["FreeAcc_E", "FreeAcc_N", "FreeAcc_U"], free.T, strict=True))
    table = other.drop(columns=["Acc_X", "Acc_Y", "Acc_Z"]).assign(**columns)
    path.write_text("\n".join(head) + "\n" + table.to_csv(index=False, sep="\t"))
    computed = read_files([path], placements=place).sensors[Placement.SHANK_LEFT]
    np.testing.assert_allclose(computed.acc, told.acc, atol=1e-3)


def test_variants_of_one_recording_agree(shared_data):
    """The same five samples with tab, comma, semicolon and space: the same numbers."""
    folder = shared_data / "exports_raw" / "xsens_mtmanager_txt" / "variants"
    paths = sorted(folder.glob("MT2022_ACC_GYRO_ROT_MAT_*"))
    assert len(paths) == 3
    first, *others = (
        read_files([path], placements={"00B42D4B": "shank_right"}, rate_hz=100.0).sensors[
            Placement.SHANK_RIGHT
        ]
        for path in paths
    )
    for other in others:
        np.testing.assert_array_equal(first.acc, other.acc)
        np.testing.assert_array_equal(first.gyr, other.gyr)


def test_the_map_of_opensim_beside_the_files_is_found(shared_data):
    folder = shared_data / "exports_raw" / "xsens_mtmanager_txt"
    known = read_sensor_map(folder / "myIMUMappings.xml")
    assert {known["00B42279"], known["00B4227D"], known["00B421ED"]} == set(Placement)
    imported = read_files(sorted(folder.glob("MT_012005D6_009*.txt")))
    assert set(imported.sensors) == set(Placement)
    assert all(sensor.rate_hz == 100.0 for sensor in imported.sensors.values())
