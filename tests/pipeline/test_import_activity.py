"""Activities of watches: read alike from FIT, GPX and TCX, and laid where they belong in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from levelstride import cli
from pipeline.analyse_file import analyse
from pipeline.errors import InputError, TimeError
from pipeline.importers.activity_alignment import align, cadence_of_strides, read_activity
from pipeline.side_channels import SideSeries, series_of
from pipeline.stride_table import strides_to_frame
from tests.pipeline.activity_files import START, Run, write_fit, write_gpx, write_tcx
from tests.simulated import simulated


@pytest.mark.parametrize(
    ("kind", "write"), [("fit", write_fit), ("gpx", write_gpx), ("tcx", write_tcx)]
)
def test_speed_slope_heart_rate_and_cadence_are_those_of_the_run(
    tmp_path: Path, kind: str, write: object
) -> None:
    assert callable(write)
    activity = read_activity(write(tmp_path / "a"), kind)
    assert activity.started_utc == START
    assert len(activity.time_s) == 300
    speed, slope, heart = (
        activity.channels[name].values for name in ("speed_m_s", "slope_pct", "heart_rate_bpm")
    )
    assert np.abs(speed - 3.0).max() < 0.05
    assert np.median(slope) == pytest.approx(4.0, abs=0.2)
    assert (heart[0], heart[-1]) == (120, 149)
    assert activity.cadence is not None
    assert np.median(activity.cadence.values) == 160  # steps of both feet


def test_files_of_use_to_nobody_and_mixed_time_zones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"

    def some_bare(when: datetime, n: int) -> str:
        return when.isoformat()[:19] + ("" if n % 2 else "Z")

    with pytest.raises(TimeError, match="some times have a time zone"):
        read_activity(write_gpx(path, stamp=some_bare), "gpx")

    def shifted(when: datetime, n: int) -> str:
        return when.isoformat()[:19] + ("+00:00" if n < 150 else "+02:00")

    with pytest.raises(TimeError, match="time goes back"):
        read_activity(write_gpx(path, stamp=shifted), "gpx")
    with pytest.raises(TimeError, match="is no time"):
        read_activity(write_gpx(path, stamp=lambda _when, n: f"yesterday {n}"), "gpx")
    with pytest.raises(InputError, match="points with a time"):
        read_activity(write_gpx(path, Run(3)), "gpx")
    data = write_fit(tmp_path / "a.fit").read_bytes()
    for broken in (data[:-40], data[:200] + b"\xff" * 9 + data[209:], data[:14]):
        (tmp_path / "b.fit").write_bytes(broken)
        with pytest.raises(InputError):
            read_activity(tmp_path / "b.fit", "fit")


def test_offsets_written_out_are_followed(tmp_path: Path) -> None:
    east = write_gpx(
        tmp_path / "a.gpx",
        stamp=lambda when, _n: (when + timedelta(hours=5, minutes=30)).isoformat()[:19] + "+05:30",
    )
    assert read_activity(east, "gpx").started_utc == START


@pytest.fixture(scope="module")
def session_cadence() -> SideSeries:
    """Cadence of a run of ten minutes: starts, a stop, and a pace that wanders."""
    rng = np.random.default_rng(4)
    time_s = np.arange(600.0)
    wander = np.convolve(rng.normal(0, 6, 640), np.ones(41) / np.sqrt(41), mode="valid")
    cadence = np.where((time_s > 25) & ~((time_s > 300) & (time_s < 318)), 160 + wander, 0.0)
    return SideSeries(time_s, cadence)


def watch_of(cadence: SideSeries, offset_s: float, seconds: int) -> list[float]:
    """What a watch would show: whole steps of one foot, smoothed over 7 s."""
    at = np.arange(seconds) + offset_s
    steps = np.interp(at, cadence.time_s, cadence.values, left=0.0, right=0.0)
    return [float(v) for v in np.round(np.convolve(steps, np.ones(7) / 7, mode="same") / 2)]


@pytest.mark.parametrize("offset_s", [-80.0, -12.5, 0.0, 33.0])
@pytest.mark.parametrize("clock", ["right", "47 s wrong", "an hour wrong", "none"])
def test_the_offset_is_found_by_cadence_whatever_the_clocks_say(
    tmp_path: Path, session_cadence: SideSeries, offset_s: float, clock: str
) -> None:
    run = Run(620, watch_of(session_cadence, offset_s, 620))
    activity = read_activity(write_fit(tmp_path / "a.fit", run), "fit")
    wrong_s = {"right": 0.0, "47 s wrong": 47.0, "an hour wrong": 3600.0, "none": 0.0}[clock]
    started = None if clock == "none" else START - timedelta(seconds=offset_s + wrong_s)
    found = align(activity, session_cadence, started)
    assert found.offset_s == pytest.approx(offset_s, abs=1.0), found.said
    assert found.correlation is not None
    assert found.correlation > 0.8


def test_what_cadence_cannot_tell_is_left_to_the_clocks_or_left_out(
    tmp_path: Path, session_cadence: SideSeries
) -> None:
    even = read_activity(write_gpx(tmp_path / "a.gpx", Run(500)), "gpx")
    by_clock = align(even, session_cadence, START - timedelta(seconds=20))
    assert by_clock.offset_s == 20.0
    assert "clocks alone" in by_clock.said
    assert align(even, session_cadence, None).offset_s is None
    other_day = align(even, session_cadence, datetime(2025, 1, 1, tzinfo=UTC))
    assert other_day.offset_s is None
    assert "another time" in other_day.said


def test_no_offset_is_made_up_for_another_run(tmp_path: Path, session_cadence: SideSeries) -> None:
    """Twenty runs of other people, without clocks."""
    for seed in range(20):
        rng = np.random.default_rng(100 + seed)
        wander = np.convolve(rng.normal(0, 6, 540), np.ones(41) / np.sqrt(41), mode="valid")
        run = Run(500, [float(v) for v in np.round((160 + wander) / 2)])
        activity = read_activity(write_fit(tmp_path / "a.fit", run), "fit")
        assert align(activity, session_cadence, None).offset_s is None


def test_strides_carry_what_the_watch_told_also_through_a_recording(tmp_path: Path) -> None:
    """Directly beside a recording, beside samples, and imported: the same values."""
    recording = simulated(90.0, 3).path
    alone = analyse([recording])
    cadence = cadence_of_strides(alone.strides, alone.duration_s)
    assert cadence is not None
    start = alone.started_utc or START
    run = Run(130, watch_of(cadence, -10.0, 130), start=start.replace(year=2026))
    watch = write_fit(tmp_path / "watch.fit", run)
    session = analyse([recording, watch])
    assert any("watch.fit was aligned by cadence" in note for note in session.notes)
    table = strides_to_frame(session.strides)
    expected = 120 + np.floor((table["foot_strike_s"] + 10.0) / 10.0)
    assert np.abs(table["heart_rate_bpm"] - expected).max() < 1.5
    assert np.abs(table["speed_m_s"] - 3.0).max() < 1e-3
    assert strides_to_frame(alone.strides)["speed_m_s"].isna().all()

    from pipeline.exporters.neutral_samples import write_neutral_csv
    from pipeline.exporters.session_samples import read_session

    samples = tmp_path / "run.csv"
    write_neutral_csv(read_session([recording]), samples)
    out = tmp_path / "out.mcap"
    assert cli.run(["import", str(samples), str(watch), "--out", str(out)]) == 0
    rows = strides_to_frame(analyse([out]).strides)
    assert np.abs(rows["heart_rate_bpm"] - table["heart_rate_bpm"]).max() < 0.6
    assert len(rows) == len(table)


def test_a_series_takes_the_last_of_equal_times_and_knows_nothing_far_away() -> None:
    series = series_of([3.0, 1.0, 1.0, float("nan")], [30.0, 1.0, 10.0, 5.0])
    assert series is not None
    assert series.time_s.tolist() == [1.0, 3.0]
    found = series.at(np.array([-9.0, -3.0, 2.0, 3.0, 8.1]))
    assert np.isnan(found[[0, 4]]).all()
    assert found[1:4].tolist() == [10.0, 20.0, 30.0]
    assert series_of([], []) is None
