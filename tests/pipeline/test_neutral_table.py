from __future__ import annotations

import contextlib
import gzip
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ColumnError, InputError, PlacementError, TimeError, UnitError
from pipeline.importers import text_table
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.read_files import read_files
from sensors.placement import Placement
from tests.pipeline.sample_table import ACC, COLUMNS, GYR, make_samples, write_csv


def refused(path, kind: type[InputError], match: str) -> InputError:
    with pytest.raises(kind, match=match) as caught:
        read_files([path])
    assert caught.value.path == path
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def assert_is(imported: ImportedSamples, frame: pd.DataFrame) -> None:
    assert {placement.value for placement in imported.sensors} == set(frame["placement"])
    for placement, sensor in imported.sensors.items():
        rows = frame[frame["placement"] == placement.value]
        np.testing.assert_array_equal(sensor.time_s, rows["time_s"])
        np.testing.assert_array_equal(sensor.acc, rows[ACC])
        np.testing.assert_array_equal(sensor.gyr, rows[GYR])


@pytest.fixture(scope="module")
def frame():
    return make_samples()


def test_csv_gzip_and_parquet_give_the_same_numbers_as_they_hold(tmp_path, frame):
    csv = write_csv(frame, tmp_path / "a.csv")
    packed = tmp_path / "b.csv.gz"
    packed.write_bytes(gzip.compress(csv.read_bytes()))
    frame.to_parquet(tmp_path / "c.parquet")
    for path, name in ((csv, "csv"), (packed, "csv"), (tmp_path / "c.parquet", "parquet")):
        imported = read_files([path])
        assert imported.format == name
        assert imported.warnings == ()
        assert_is(imported, frame)
        assert imported.sensors[Placement.PELVIS].rate_hz == pytest.approx(200.0)


def test_order_of_rows_by_placement_and_of_columns_and_extra_columns_do_not_matter(tmp_path, frame):
    grouped = frame.sort_values(["placement", "time_s"])
    grouped = grouped.assign(note="x, y", temperature=20.0)[["note", *COLUMNS[::-1], "temperature"]]
    assert_is(read_files([write_csv(grouped, tmp_path / "a.csv")]), frame)


def test_byte_order_mark_crlf_quotes_spaces_and_blank_lines_are_fine(tmp_path, frame):
    text = frame.to_csv(index=False).replace("pelvis", ' "pelvis"').replace("\r", "")
    text = text.replace('"pelvis"', "Pelvis").replace("time_s,", '"time_s" ,', 1)
    text = "\n" + text.replace("\n", "\r\n") + "\r\n\r\n"
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert_is(read_files([tmp_path / "a.csv"]), frame)


def test_a_last_line_without_line_end_is_read(tmp_path, frame):
    (tmp_path / "a.csv").write_text(frame.to_csv(index=False).rstrip("\n"))
    assert_is(read_files([tmp_path / "a.csv"]), frame)


def test_parquet_of_other_number_types_and_dictionary_placements_is_read(tmp_path, frame):
    small = frame.astype(dict.fromkeys((*ACC, *GYR), "float32"))
    small["placement"] = small["placement"].astype("category")
    small.to_parquet(tmp_path / "a.parquet")
    assert_is(read_files([tmp_path / "a.parquet"]), small.astype({"placement": str}))


@pytest.mark.parametrize("missing", COLUMNS)
def test_a_missing_column_is_named(tmp_path, frame, missing):
    path = write_csv(frame.rename(columns={missing: f"{missing}_raw"}), tmp_path / "a.csv")
    error = refused(path, ColumnError, f"no column {missing}")
    assert (error.column, error.line) == (missing, 1)
    assert f"{missing}_raw" in error.remedy
    frame.drop(columns=missing).to_parquet(tmp_path / "a.parquet")
    assert refused(tmp_path / "a.parquet", ColumnError, missing).column == missing


def test_a_column_that_stands_there_twice_is_refused(tmp_path, frame):
    text = frame.to_csv(index=False).replace("gyr_z", "gyr_y", 1)
    text = text.replace("gyr_y\n", "gyr_y,gyr_z\n", 1)
    (tmp_path / "a.csv").write_text(text)
    assert refused(tmp_path / "a.csv", ColumnError, "twice").column == "gyr_y"


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(tmp_path, frame, delimiter, word):
    frame.to_csv(tmp_path / "a.csv", index=False, sep=delimiter)
    assert word in refused(tmp_path / "a.csv", ColumnError, "no column").remedy


def test_a_table_without_header_says_so(tmp_path, frame):
    numbers = frame.assign(placement="1")
    numbers.to_csv(tmp_path / "a.csv", index=False, header=False)
    assert "must be a header" in refused(tmp_path / "a.csv", ColumnError, "no column").remedy


@pytest.mark.parametrize("column", ["time_s", "acc_y", "gyr_z"])
@pytest.mark.parametrize(
    ("cell", "match"),
    [
        ("abc", "'abc' is not a number"),
        ("1.2 g", "is not a number"),
        ("", "empty or not a number"),
        ("NaN", "empty or not a number"),
        ("inf", "infinite"),
        ("1e999", "infinite"),
        ("0x1F", "is not a number"),
    ],
)
def test_a_cell_that_is_no_number_is_found_by_line_and_column(tmp_path, frame, column, cell, match):
    lines = frame.to_csv(index=False).splitlines()
    cells = lines[1234].split(",")
    cells[COLUMNS.index(column)] = cell
    lines[1234] = ",".join(cells)
    lines.insert(100, "")  # blank lines must not shift the line number
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    error = refused(tmp_path / "a.csv", ColumnError, match)
    assert (error.line, error.column) == (1236, column)


def test_a_parquet_cell_that_is_no_number_is_found_by_row_and_column(tmp_path, frame):
    broken = frame.copy()
    broken.loc[76, "gyr_x"] = np.nan
    broken.to_parquet(tmp_path / "a.parquet")
    error = refused(tmp_path / "a.parquet", ColumnError, r"\(row 77\)")
    assert (error.line, error.column) == (None, "gyr_x")


def test_a_parquet_column_of_the_wrong_kind_is_named(tmp_path, frame):
    frame.astype({"acc_x": str}).to_parquet(tmp_path / "a.parquet")
    assert refused(tmp_path / "a.parquet", ColumnError, "not numbers").column == "acc_x"
    frame.assign(placement=1).to_parquet(tmp_path / "b.parquet")
    assert refused(tmp_path / "b.parquet", ColumnError, "not text").column == "placement"


@pytest.mark.parametrize("name", ["left_shank", "hip", "", "pelvis2"])
def test_an_unknown_placement_is_found_by_line_and_the_known_ones_are_named(tmp_path, frame, name):
    broken = frame.copy()
    broken.loc[50, "placement"] = name
    error = refused(write_csv(broken, tmp_path / "a.csv"), PlacementError, "placement")
    assert (error.line, error.column) == (52, "placement")
    assert "shank_left" in error.remedy
    broken.to_parquet(tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet", PlacementError, r"\(row 51\)")


def test_time_that_goes_back_is_found_by_line(tmp_path, frame):
    swapped = frame.copy()
    swapped.loc[[300, 303], "time_s"] = swapped.loc[[303, 300], "time_s"].to_numpy()
    error = refused(write_csv(swapped, tmp_path / "a.csv"), TimeError, "goes back")
    assert (error.line, error.column) == (305, "time_s")


def test_a_time_that_stands_there_twice_is_found_by_line(tmp_path, frame):
    doubled = pd.concat([frame.iloc[:601], frame.iloc[600:]])
    error = refused(write_csv(doubled, tmp_path / "a.csv"), TimeError, "stands there twice")
    assert (error.line, error.column) == (603, "time_s")


@pytest.mark.parametrize(
    ("factor", "unit"), [(1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")]
)
@pytest.mark.parametrize("start_s", [0.0, 1.7e9])
def test_time_in_another_unit_is_named(tmp_path, frame, factor, unit, start_s):
    other = frame.assign(time_s=(frame["time_s"] + start_s) * factor)
    error = refused(write_csv(other, tmp_path / "a.csv"), TimeError, "apart")
    assert unit in error.remedy


def test_calendar_times_become_session_times_and_the_start_is_kept(tmp_path, frame):
    start = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    later = frame.assign(time_s=frame["time_s"] + start.timestamp())
    imported = read_files([write_csv(later, tmp_path / "a.csv")])
    assert imported.started_utc == start
    sensor = imported.sensors[Placement.PELVIS]
    assert sensor.time_s[0] == pytest.approx(0.0, abs=1e-6)
    assert sensor.rate_hz == pytest.approx(200.0, rel=1e-5)


@pytest.mark.parametrize(("rate_hz", "warned"), [(20.0, True), (49.0, True), (60.0, False)])
def test_a_low_rate_is_said_but_read(tmp_path, rate_hz, warned):
    path = write_csv(make_samples(20.0, rate_hz), tmp_path / "a.csv")
    assert any("below 50" in said for said in read_files([path]).warnings) == warned


@pytest.mark.parametrize("rate_hz", [5.0, 8000.0])
def test_a_rate_that_cannot_be_used_is_refused(tmp_path, rate_hz):
    path = write_csv(make_samples(1200 / rate_hz, rate_hz), tmp_path / "a.csv")
    refused(path, TimeError, "apart")


def test_a_pelvis_alone_is_read_and_what_is_missing_is_named(tmp_path):
    path = write_csv(make_samples(placements=("pelvis",)), tmp_path / "a.csv")
    said = " ".join(read_files([path]).warnings)
    assert "no left shank sensor" in said
    assert "no right shank sensor" in said


@pytest.mark.parametrize("there", [("shank_left", "shank_right"), ("pelvis", "shank_right")])
def test_a_missing_sensor_is_said_but_read(tmp_path, there):
    imported = read_files([write_csv(make_samples(placements=there), tmp_path / "a.csv")])
    assert len(imported.warnings) == 1
    assert imported.warnings[0].startswith("There is no ")
    assert {placement.value for placement in imported.sensors} == set(there)


def test_sensors_that_were_never_on_together_are_refused(tmp_path, frame):
    apart = frame.copy()
    apart.loc[apart["placement"] == "pelvis", "time_s"] += 1000.0
    refused(write_csv(apart, tmp_path / "a.csv"), TimeError, "never on at the same time")


def test_a_sensor_that_stopped_early_is_said(tmp_path, frame):
    cut = frame[(frame["placement"] != "pelvis") | (frame["time_s"] < 6)]
    imported = read_files([write_csv(cut, tmp_path / "a.csv")])
    assert any("without all" in said for said in imported.warnings)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "empty"),
        (b"\n\r\n  \n", "empty"),
        ((",".join(COLUMNS) + "\n").encode(), "no samples"),
        ((",".join(COLUMNS)).encode(), "no samples"),
        (b"hello world\nthis is no table\n", "no column time_s"),
        (bytes(range(256)) * 40, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        (b"PK\x03\x04" + bytes(100), "ZIP"),
        (b'{"a": 1}', "JSON"),
        (b"[1, 2]", "JSON"),
        (b"<?xml version='1.0'?><mvnx version='4'>", "cut short"),
        (b"<html></html>", "XML or HTML"),
        ("time_s,placement".encode("utf-16"), "UTF-16"),
        (b"PAR1" + bytes(50) + b"PAR1", "damaged|cannot be read"),
        (b"\x1f\x8b\x08" + bytes(40), "damaged|cut short|cannot be read|binary"),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path, content, match):
    (tmp_path / "a.csv").write_bytes(content)
    refused(tmp_path / "a.csv", InputError, match)


def test_what_is_no_file_is_named(tmp_path):
    refused(tmp_path, InputError, "nothing in it can be read")
    refused(tmp_path / "none.csv", InputError, "no such file")


def test_a_recording_is_sent_elsewhere(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x89MCAP0\r\n" + bytes(20))
    refused(tmp_path / "a.csv", InputError, "recording already")


def test_a_line_cut_short_at_the_end_is_named(tmp_path, frame):
    text = frame.to_csv(index=False)
    (tmp_path / "a.csv").write_text(text[: text.rindex(",")])
    error = refused(tmp_path / "a.csv", InputError, r"last line is cut short \(7 of 8 cells\)")
    assert error.line == len(frame) + 1


@pytest.mark.parametrize("change", ["drop", "add"])
def test_a_line_with_too_few_or_too_many_cells_is_named(tmp_path, frame, change):
    lines = frame.to_csv(index=False).splitlines()
    lines[700] = lines[700].rsplit(",", 1)[0] if change == "drop" else lines[700] + ",1"
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    error = refused(tmp_path / "a.csv", InputError, f"has {7 if change == 'drop' else 9} cells")
    assert error.line == 701


@pytest.mark.parametrize("cut", [20, 1000, -1, -9])
def test_a_gzip_file_that_is_cut_short_is_named(tmp_path, frame, cut):
    packed = gzip.compress(frame.to_csv(index=False).encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[:cut])
    refused(tmp_path / "a.csv.gz", InputError, "cut short")


def test_a_gzip_file_with_a_wrong_byte_is_never_read_as_if_whole(tmp_path, frame):
    """Wherever the byte is, the checksum of the whole or the structure shows it."""
    whole = gzip.compress(frame.to_csv(index=False).encode())
    for at in np.linspace(20, len(whole) - 5, 25).astype(int):
        packed = bytearray(whole)
        packed[at] ^= 0x10
        (tmp_path / "a.csv.gz").write_bytes(packed)
        with pytest.raises(InputError):
            read_files([tmp_path / "a.csv.gz"])


def test_endless_lines_and_endless_files_are_refused_before_memory_is_gone(tmp_path, monkeypatch):
    header = (",".join(COLUMNS) + "\n").encode()
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(header + b"0" * 50_000_000))
    refused(tmp_path / "a.csv.gz", InputError, "longer than")
    monkeypatch.setattr(text_table.TextTable.batches, "__kwdefaults__", {"max_rows": 1000})
    path = write_csv(make_samples(), tmp_path / "b.csv")
    refused(path, InputError, "more than 1000 rows")


def test_a_giant_hole_cannot_make_a_giant_grid(tmp_path, frame):
    late = frame.copy()
    late.loc[len(late) // 2 :, "time_s"] += 1e9
    error = refused(write_csv(late, tmp_path / "a.csv"), TimeError, "longest gap")
    assert error.line is not None


def test_several_tables_and_mixed_kinds_are_refused(tmp_path, frame):
    paths = [write_csv(frame, tmp_path / name) for name in ("a.csv", "b.csv")]
    with pytest.raises(InputError, match="2 tables"):
        read_files(paths)
    frame.to_parquet(tmp_path / "c.parquet")
    with pytest.raises(InputError, match=r"this is parquet, but a\.csv is csv"):
        read_files([paths[0], tmp_path / "c.parquet"])
    with pytest.raises(InputError, match="looks like csv, not like xsens-mtw"):
        read_files(paths[:1], file_format="xsens-mtw")
    with pytest.raises(InputError, match="no files"):
        read_files([])


SMALL = make_samples(2.0, 60.0).to_csv(index=False).encode()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_damage_to_a_file_is_an_error_of_ours_or_still_a_table(tmp_path, data):
    """Bytes are replaced, taken out and put in at random places."""
    damaged = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        length = data.draw(st.integers(0, 30))
        damaged[at : at + length] = data.draw(st.binary(max_size=30))
    path = tmp_path / "a.csv"
    path.write_bytes(damaged)
    try:
        imported = read_files([path])
    except InputError:
        return
    for sensor in imported.sensors.values():
        assert np.isfinite(sensor.acc).all()
        assert (np.diff(sensor.time_s) > 0).all()


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_damage_to_a_parquet_file_is_an_error_of_ours_or_still_a_table(tmp_path, data):
    path = tmp_path / "a.parquet"
    make_samples(2.0, 60.0).to_parquet(path)
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)
    with contextlib.suppress(InputError):
        read_files([path])


def test_units_of_every_kind_are_told_apart(tmp_path, frame):
    for columns, factor, match in (
        (GYR, 180 / np.pi, "°/s"),
        (ACC, 1 / 9.80665, "looks like g"),
        (ACC, 1000 / 9.80665, "milli-g"),
        (ACC, 100.0, "cm/s²"),
        (ACC, 2048 / 9.80665, "looks like|not m/s²"),
    ):
        other = frame.copy()
        other[columns] *= factor
        error = refused(write_csv(other, tmp_path / "a.csv"), UnitError, match)
        assert error.column in ("acc_x to acc_z", "gyr_x to gyr_z")


def test_acceleration_without_gravity_is_told(tmp_path, frame):
    free = frame.assign(acc_y=frame["acc_y"] - 9.81)
    refused(write_csv(free, tmp_path / "a.csv"), UnitError, "gravity had been removed")
