"""What is exported and read again gives the same strides as the recording."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from pipeline.analyse_file import analyse
from pipeline.exporters.export_session import ExportChoices, ExportFormat, export_files
from pipeline.exporters.sample_frame import samples_from_frame, samples_to_frame
from pipeline.exporters.session_samples import read_session
from pipeline.importers.read_files import read_files
from pipeline.importers.sample_count import counts_time
from tests.simulated import simulated

SAME = 1e-6


def table_of(path: Path, *more: Path) -> pd.DataFrame:
    return analyse([path, *more]).table


def assert_same_strides(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Same rows, events, metrics, errors, flags; absent values are absent in both."""
    assert len(expected) > 20
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=SAME)


@pytest.mark.parametrize(
    ("gait", "faults", "seed"),
    [("run", "none", 3), ("run", "field", 11), ("walk", "harsh", 5)],
)
def test_every_way_of_keeping_samples_gives_the_same_stride_table(
    tmp_path: Path,
    gait: Literal["run", "walk"],
    faults: Literal["none", "field", "harsh"],
    seed: int,
) -> None:
    """Motion-BIDS (file by file, and the folder), neutral CSV, neutral Parquet, data frame.

    With losses, drifting clocks, late packets and a sensor at the end of its range.
    """
    path = simulated(40.0, seed, gait=gait, faults=faults).path
    expected = table_of(path)
    outs: dict[ExportFormat, str] = {
        "motion-bids": "data",
        "neutral-csv": "samples.csv",
        "neutral-parquet": "samples.parquet",
    }
    for kind, name in outs.items():
        files = export_files([path], tmp_path / name, kind, ExportChoices()).files
        assert_same_strides(table_of(*files), expected)
    assert_same_strides(table_of(tmp_path / "data"), expected)
    frame = samples_to_frame(read_session([path]))
    assert_same_strides(samples_from_frame(frame).analysed().table, expected)


def test_a_table_whose_times_were_changed_goes_by_its_times(tmp_path: Path) -> None:
    """The count of samples and the rate are hints: whoever halves the times means it."""
    path = simulated(40.0, 3).path
    out = tmp_path / "samples.csv"
    export_files([path], out, "neutral-csv", ExportChoices())
    frame = pd.read_csv(out)
    before = read_files([out])
    frame["time_s"] /= 2.0
    frame.to_csv(out, index=False)
    after = read_files([out])
    for placement, sensor in after.sensors.items():
        assert sensor.rate_hz == pytest.approx(2.0 * before.sensors[placement].rate_hz, rel=1e-6)


def test_a_count_is_used_only_while_it_agrees_with_the_times() -> None:
    count = np.array([0.0, 1.0, 2.0, 50.0, 51.0])
    time_s = count / 200.0
    rate_hz = np.full(5, 200.0)
    assert counts_time(count, time_s, rate_hz)
    assert not counts_time(count, time_s * 1000.0, rate_hz)
    assert not counts_time(count[::-1], time_s, rate_hz)
    assert not counts_time(count + 0.5, time_s, rate_hz)
    assert not counts_time(count, time_s, rate_hz * -1.0)
    assert not counts_time(count, time_s, np.array([200.0, 200.0, 200.0, 200.0, 100.0]))
    assert not counts_time(np.array([0.0, 1.0, np.nan, 3.0, 4.0]), time_s, rate_hz)
    long = np.arange(100_000.0)
    assert not counts_time(long, long / 400.0, np.full(len(long), 200.0)), "steps near, sum far"
