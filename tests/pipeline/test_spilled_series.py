"""Columns that lie partly in a file give what was put in, wherever it lies."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import long_session, time_index
from pipeline.long_session import long_parts
from pipeline.orientation import up_in_sensor
from pipeline.series import CompactSeries, Series
from pipeline.spilled_series import SpilledSeries
from pipeline.stride_table import stride_columns, strides_to_frame
from pipeline.table_file import write_columns, write_table
from pipeline.time_index import TimeIndex
from pipeline.track import SensorTrack
from pipeline.track_rows import TrackRows
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.pipeline.stride_factory import make_stride
from tests.simulated import joined, simulated


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 23), min_size=1, max_size=12),
    st.integers(1, 16),
    st.data(),
)
def test_a_spilled_column_reads_as_one_in_memory(
    lengths: list[int], kept: int, data: st.DataObject
) -> None:
    """Whatever the pieces and the size of what stays in memory; also after rows were replaced."""
    column = SpilledSeries(np.int32, 3, rows_in_memory=kept)
    rows = np.arange(3 * sum(lengths), dtype=np.int32).reshape(-1, 3)
    for a, b in pairwise(np.cumsum([0, *lengths]).tolist()):
        column.append(rows[a:b])
    assert (column.start, column.end) == (0, len(rows))
    for _ in range(3):
        a = data.draw(st.integers(0, len(rows)))
        b = data.draw(st.integers(a, len(rows)))
        column.put(a, -rows[a:b])
        rows[a:b] *= -1
        a, b = data.draw(st.integers(-3, len(rows) + 3)), data.draw(st.integers(-3, len(rows) + 3))
        np.testing.assert_array_equal(column.get(a, b), rows[max(a, 0) : max(b, 0)])
    if len(rows):
        at = data.draw(st.integers(0, len(rows) - 1))
        np.testing.assert_array_equal(column.row(at), rows[at])


def test_positions_and_times_are_the_same_in_a_file_and_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before, between and after the samples, near and far apart."""
    monkeypatch.setattr(time_index, "STEP", 64)
    monkeypatch.setattr(time_index, "MOST_ROWS", 200)
    random = np.random.default_rng(1)
    times = np.cumsum(random.uniform(0.001, 0.01, 5000))
    there, stored = Series(np.float64), SpilledSeries(np.float64, rows_in_memory=300)
    there.append(times)
    stored.append(times)
    wanted = np.concatenate([np.sort(random.uniform(-1.0, times[-1] + 1.0, 400)), times[::333]])
    np.testing.assert_array_equal(
        TimeIndex(stored).positions_at(wanted), TimeIndex(there).positions_at(wanted)
    )
    positions = random.uniform(-2.0, 5002.0, 300)
    np.testing.assert_array_equal(
        TimeIndex(stored).times_at(positions), TimeIndex(there).times_at(positions)
    )


def test_changed_rows_are_read_back_and_stored_only_when_told() -> None:
    column = CompactSeries(SpilledSeries(np.float32, 3, rows_in_memory=8))
    column.append(np.zeros((40, 3)))
    rows = TrackRows(column, slice(5, 30))
    rows[3:6] += np.ones((3, 3))
    rows[10:12] += 2.0 * np.ones((2, 3))
    rows[3:6] += np.ones((3, 3))
    assert len(rows) == 25
    assert rows[0:25][:, 0].tolist() == [0.0] * 3 + [2.0] * 3 + [0.0] * 4 + [2.0] * 2 + [0.0] * 13
    assert rows[5:11][:, 1].tolist() == [2.0, 0.0, 0.0, 0.0, 0.0, 2.0]
    assert not column.get(0, 40).any()
    rows.store([slice(3, 6)])
    assert np.flatnonzero(column.get(0, 40)[:, 2]).tolist() == [8, 9, 10]


def test_parts_of_a_long_stretch_cover_it_once() -> None:
    rate_hz = 200.0
    for hours in (0.0, 0.5, 1.2, 1.3, 3.7, 24.0):
        last = 7 + round(hours * 3600.0 * rate_hz)
        parts = long_parts(7, last, rate_hz)
        edges = [7, *(part.last for part in parts)]
        assert [part.first for part in parts] == edges[:-1]
        assert edges[-1] == last
        assert all(7 <= p.read_first <= p.first < p.last <= p.read_last <= last for p in parts)
        assert max((b - a for a, b in pairwise(edges)), default=0) < 5400 * rate_hz


def test_a_track_that_is_oriented_in_parts_is_oriented_as_in_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No jump of gravity or heading between parts; the bias is found less well in short parts."""
    block = joined(simulated(100.0, 5).blocks)[Placement.PELVIS]
    whole = _oriented(block)
    monkeypatch.setattr(long_session, "LONGEST_S", 50.0)
    monkeypatch.setattr(long_session, "PART_S", 40.0)
    monkeypatch.setattr(long_session, "OVERLAP_S", 30.0)
    cut = _oriented(block)
    up, other = up_in_sensor(whole), up_in_sensor(cut)
    between = np.degrees(np.arcsin(np.linalg.norm(np.cross(up, other), axis=1)))
    assert between.max() < 0.3
    steps = 2.0 * np.degrees(np.arccos(np.abs(np.sum(cut[1:] * cut[:-1], axis=1)).clip(0.0, 1.0)))
    same = 2.0 * np.degrees(
        np.arccos(np.abs(np.sum(whole[1:] * whole[:-1], axis=1)).clip(0.0, 1.0))
    )
    assert np.abs(steps - same).max() < 0.05


def _oriented(block: SampleBlock) -> np.ndarray:
    track = SensorTrack(Placement.PELVIS, block.rate_hz, live=False)
    track.push(block)
    track.refine_orientation()
    return track.quat.get(0, track.end)


def test_a_table_without_a_frame_is_the_same_file(tmp_path: Path) -> None:
    """Empty cells, truth values, short and long numbers, and text with a comma."""
    strides = [
        make_stride(n, "right", drop_deg=1.0 / 3.0 if n == 1 else float("nan"))
        if n % 2
        else make_stride(n, drop_deg=1e-7, flags=("gap", "filled"))
        for n in range(5)
    ]
    write_columns(stride_columns(strides), tmp_path / "columns.csv")
    write_table(strides_to_frame(strides), tmp_path / "frame.csv")
    assert (tmp_path / "columns.csv").read_bytes() == (tmp_path / "frame.csv").read_bytes()
