from __future__ import annotations

import json
import os
import signal
import stat

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import OutputError
from pipeline.stride import Stride
from pipeline.stride_table import (
    METRIC_COLUMNS,
    STANDARD_ERROR_COLUMNS,
    STRIDE_COLUMNS,
    strides_to_frame,
    write_table,
)
from tests.pipeline.stride_factory import make_session, make_stride


def test_columns_and_types_do_not_depend_on_the_strides():
    empty = strides_to_frame([])
    full = strides_to_frame(make_session().strides)
    assert list(empty) == list(full) == list(STRIDE_COLUMNS)
    assert (empty.dtypes == full.dtypes).all()
    assert full["valid"].dtype == np.bool_


def test_unknown_is_empty_and_never_zero():
    bare = Stride("left", "run", 1.0, 1.2, 1.0)  # not even a duration
    row = strides_to_frame([bare]).iloc[0]
    known = {"stride_time_s", "contact_time_s"}
    for column in (*METRIC_COLUMNS, *STANDARD_ERROR_COLUMNS):
        assert np.isnan(row[column]) == (column not in known), column


def test_cadence_counts_steps_of_both_feet():
    row = strides_to_frame([make_stride()]).iloc[0]
    assert row["cadence_spm"] == pytest.approx(120 / 0.7)
    assert row["contact_time_s"] == pytest.approx(0.25)


def test_values_of_the_stride_come_before_those_that_follow_from_its_events():
    stride = Stride("left", "run", 1.0, 1.2, 1.7, {"contact_time_s": 0.21, "flight_time_s": 0.1})
    row = strides_to_frame([stride]).iloc[0]
    assert row["contact_time_s"] == 0.21
    assert row["flight_time_s"] == 0.1


def test_flags_are_joined_and_invalidating_ones_show_in_valid():
    frame = strides_to_frame([make_stride(flags=("gap", "turning")), make_stride(1)])
    assert list(frame["flags"]) == ["gap|turning", ""]
    assert list(frame["valid"]) == [False, True]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".json", ".CSV"])
def test_a_table_comes_back_as_it_was_written(tmp_path, suffix):
    frame = strides_to_frame(make_session().strides)
    path = tmp_path / f"table{suffix}"
    write_table(frame, path)
    read = {
        ".csv": lambda: pd.read_csv(path),
        ".parquet": lambda: pd.read_parquet(path),
        ".json": lambda: pd.DataFrame(json.loads(path.read_text())),
    }[suffix.lower()]()
    assert list(read) == list(STRIDE_COLUMNS)
    for column in METRIC_COLUMNS:
        np.testing.assert_array_equal(read[column].astype(float), frame[column])
    assert list(read["valid"]) == list(frame["valid"])
    assert list(read["side"]) == list(frame["side"])


def test_json_has_null_for_unknown(tmp_path):
    path = tmp_path / "t.json"
    write_table(strides_to_frame([make_stride()]), path)
    (row,) = json.loads(path.read_text())
    assert row["tibial_shock_g"] is None
    assert row["valid"] is True


def test_an_empty_table_still_has_its_header(tmp_path):
    path = tmp_path / "t.csv"
    write_table(strides_to_frame([]), path)
    assert path.read_text() == ",".join(STRIDE_COLUMNS) + "\n"


@pytest.mark.parametrize("name", ["table.xlsx", "table", "csv"])
def test_another_suffix_is_refused_and_the_known_ones_are_named(tmp_path, name):
    with pytest.raises(OutputError, match=r"\.csv, \.parquet, \.json"):
        write_table(strides_to_frame([]), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_and_a_folder_in_place_of_a_file_are_named(tmp_path):
    with pytest.raises(OutputError, match="folder for the file does not exist"):
        write_table(strides_to_frame([]), tmp_path / "no" / "t.csv")
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(OutputError, match="this is a folder"):
        write_table(strides_to_frame([]), tmp_path / "t.csv")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_read_only_folder_is_an_error_of_ours(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(OutputError, match="cannot be written"):
        write_table(strides_to_frame([]), folder / "t.csv")


def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    """A limit on file size stands for a full disk: the write fails after 20 kB."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "t.csv"
    write_table(strides_to_frame([make_stride()]), path)
    before = path.read_bytes()
    frame = strides_to_frame(make_session(strides=2000).strides)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, old[1]))
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            write_table(frame, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
