"""The doctor names what is wrong with a recording, and repairs to a new file what can be read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.drivers.base import BATTERY_LEVEL
from sensors.errors import CorruptRecording, NotARecording, RecordingError
from sensors.notification import Notification
from sensors.recording_doctor import Gap, Level, examine
from sensors.recording_reader import open_recording
from sensors.recording_repair import repair
from sensors.recording_segments import open_session
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SensorInfo, SessionInfo
from tests.sensors.open_gait_builder import merged, sensor_info, stream

HEART_RATE = "00002a37-0000-1000-8000-00805f9b34fb"
SESSION = SessionInfo(runner="R", source="live")
PLACEMENTS = ("pelvis", "shank_left", "shank_right")
SENSORS = [sensor_info(f"S{k}", placement) for k, placement in enumerate(PLACEMENTS)]


@cache
def made(seconds: float = 20.0) -> list[Notification]:
    return list(merged(*(stream(seconds, seed=k, sensor_id=f"S{k}") for k in range(3))))


def write(path: Path, notifications: list[Notification], session: SessionInfo = SESSION) -> Path:
    with RecordingWriter(path, session=session, sensors=SENSORS, paced=False) as writer:
        for k, notification in enumerate(notifications):
            if k == 5:
                writer.marker(notification.arrival_ns, "first lap", "lap")
                writer.link_event(notification.arrival_ns, "S1", "streaming")
                writer.status(
                    notification.arrival_ns, "S1", {"battery_percent": 71, "rssi_dbm": -60}
                )
            writer.notification(notification)
    return path


def test_sound_recording_is_called_sound(tmp_path: Path) -> None:
    report = examine(write(tmp_path / "run.mcap", made()))
    assert report.verdict is Level.GOOD
    assert not report.repairable
    assert {each.text for each in report.findings} == {
        "closed properly, every chunk's checksum fits",
        "nothing to note",
    }
    for sensor in report.sensors:
        assert sensor.samples == 4010
        assert sensor.rate_hz == pytest.approx(200.6, abs=0.1)
        assert sensor.lost == 0
        assert sensor.gaps == []
        assert sensor.uncertainty_s is not None
        assert 0.002 < sensor.uncertainty_s < 0.01
    assert report.sensors[1].battery_percent == (71, 71)
    text = "\n".join(report.lines())
    assert "closed and whole" in text
    assert "left shank: 4010 samples at 200." in text
    assert "battery 71 to 71 %" in text


def test_everything_that_happened_to_the_sensors_is_named(tmp_path: Path) -> None:
    """A gap, an early end, a flat battery, an invalid packet, a repeat: each once, with figures."""
    kept: list[Notification] = []
    seen = {"S0": 0, "S1": 0, "S2": 0}
    for each in made():
        number = seen[each.sensor_id]
        seen[each.sensor_id] += 1
        if each.sensor_id == "S0" and 100 <= number < 130:  # 1.5 s of the pelvis
            continue
        if each.sensor_id == "S1" and number >= 250:  # the left shank ends at 12.5 s
            continue
        kept.append(each)
        if each.sensor_id == "S2" and number in (40, 41):
            kept.append(each if number == 40 else replace(each, payload=each.payload[:-3]))
        if each.sensor_id == "S2" and number in (50, 300):
            level = 40 if number == 50 else 9
            kept.append(Notification("S2", BATTERY_LEVEL, bytes([level]), each.arrival_ns))
    report = examine(write(tmp_path / "run.mcap", kept))
    pelvis, left, right = report.sensors
    (gap,) = pelvis.gaps
    assert gap.samples == pelvis.lost == 300
    assert gap.duration_s == pytest.approx(301 / 200.6, abs=0.01)
    assert isinstance(gap, Gap)
    assert right.battery_percent == (40, 9)
    assert (right.repeated, right.damaged) == (10, 1)
    texts = "\n".join(report.lines())
    assert "warning: pelvis: 7.5% of its samples are missing" in texts
    assert "warning: pelvis: long gaps: 1.5 s at 6 s" in texts
    assert "warning: left shank: it ends 8 s before the recording" in texts
    assert "warning: right shank: its battery is at 9 %" in texts
    assert "warning: right shank: 1 notifications are no valid packets" in texts
    assert "note: right shank: 10 samples came twice" in texts
    assert "good: file: closed properly" in texts
    assert left.end_s == pytest.approx(13.4, abs=0.5)
    assert report.verdict is Level.WARNING


def test_clipping_wrong_rate_and_restart_are_named(tmp_path: Path) -> None:
    slow = stream(15.0, sensor_id="S0", rate_hz=190.0)
    again = stream(5.0, sensor_id="S0", rate_hz=190.0, start_s=20.0, boot_s=2.0)
    clipped = stream(15.0, sensor_id="S1")
    full = [
        replace(n, payload=n.payload[:16] + np.int16(32767).tobytes() * 60) if k % 20 == 0 else n
        for k, n in enumerate(clipped.notifications)
    ]
    every = sorted(slow.notifications + again.notifications + full, key=lambda n: n.arrival_ns)
    report = examine(write(tmp_path / "run.mcap", every))
    text = "\n".join(report.lines())
    assert "pelvis: it samples at 190.0 Hz and says 200.0 Hz" in text
    assert "pelvis: its clock started anew once" in text
    assert "left shank: 150 samples stand at the end of the range" in text
    assert "fault: right shank: it has no samples" in text
    assert report.verdict is Level.FAULT


def test_damage_is_named_and_repaired_to_a_new_file(tmp_path: Path) -> None:
    """Cut off and with a broken chunk: all that can be read is in the new file, in order."""
    path = write(tmp_path / "run.mcap", made())
    whole = path.read_bytes()
    damaged = bytearray(whole[: int(len(whole) * 0.8)])
    damaged[len(damaged) // 2] ^= 0x10
    path.write_bytes(damaged)
    before = hashlib.sha256(damaged).digest()
    report = examine(path)
    assert report.verdict is Level.WARNING
    assert report.repairable
    text = "\n".join(report.lines())
    assert "not whole" in text
    assert "chunks are damaged" in text
    assert "was not closed" in text
    done = repair(path, tmp_path / "mended.mcap")
    assert hashlib.sha256(path.read_bytes()).digest() == before, "the original was touched"
    with open_recording(path) as old, open_recording(done.path) as new:
        assert list(new.notifications()) == list(old.notifications())
        assert new.markers() == old.markers()
        assert new.link_events() == old.link_events()
        assert new.statuses() == old.statuses()
        assert (new.session, new.sensors) == (old.session, old.sensors)
        assert len(old.markers()) == len(old.statuses()) == 1
    mended = examine(done.path)
    assert not mended.repairable
    assert mended.sensors[0].lost == report.sensors[0].lost
    assert done.left_out == report.health.problems
    assert f"{done.notifications} notifications" in done.lines()[0]


def test_repair_never_overwrites(tmp_path: Path) -> None:
    path = write(tmp_path / "run.mcap", made())
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="exists"):
        repair(path, path)
    assert path.read_bytes() == before


def test_foreign_and_hopeless_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mcap"
    path.write_bytes(b"time,acc\n")
    with pytest.raises(NotARecording):
        examine(path)
    whole = write(tmp_path / "run.mcap", made()).read_bytes()
    path.write_bytes(whole[:45] + bytes(4000))
    with pytest.raises(CorruptRecording):
        repair(path, tmp_path / "y.mcap")
    assert not (tmp_path / "y.mcap").exists()


def test_two_sensors_on_one_segment_are_a_fault_and_the_rest_is_told(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    both = [SENSORS[0], replace(SENSORS[1], placement=SENSORS[0].placement)]
    with RecordingWriter(path, session=SESSION, sensors=both, paced=False) as writer:
        writer.notification(made()[0])
    report = examine(path)
    assert report.verdict is Level.FAULT
    assert any("both on the pelvis" in each.text for each in report.findings)
    assert report.sensors[0].notifications + report.sensors[1].notifications == 1


def test_side_channel_and_unplaced_sensor_are_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    heart = SensorInfo("H1", kind="heart_rate")
    spare = replace(SENSORS[1], placement=None)
    strange = SensorInfo("X1", kind="of the future")
    with RecordingWriter(
        path, session=SESSION, sensors=[SENSORS[0], heart, spare, strange], paced=False
    ) as writer:
        for each in stream(5.0, sensor_id="S0").notifications:
            writer.notification(each)
        writer.notification(Notification("H1", HEART_RATE, bytes([0, 72]), 10**9))
    report = examine(path)
    assert report.verdict is Level.NOTE
    texts = "\n".join(report.lines())
    assert "good: heart rate H1: 1 readings of a side channel" in texts
    assert "note: sensor S1: it has no placement" in texts
    assert "note: sensor X1: kind 'of the future' is not known" in texts


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_damage_is_examined_and_repaired(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Flipped bits and cuts anywhere: a report or a typed error, and a sound copy of what is left."""
    folder = tmp_path_factory.getbasetemp()
    source = folder / "whole.mcap"
    if not source.exists():
        write(source, made(4.0))
    damaged = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path, target = folder / "damaged.mcap", folder / "mended.mcap"
    path.write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    target.unlink(missing_ok=True)
    try:
        assert examine(path).lines()
        repair(path, target)
    except (NotARecording, CorruptRecording):
        return
    with open_recording(path) as old, open_recording(target) as new:
        assert new.health.complete
        assert list(new.notifications()) == list(old.notifications())


# A session in several files


def test_files_of_an_interrupted_session_are_read_as_one(tmp_path: Path) -> None:
    """A restart 12 s later: times go on by the computer's clock, order of the names is no matter."""
    first = [n for n in made() if n.arrival_ns < 8e9]
    rest = [n for n in made() if n.arrival_ns >= 12e9]
    later = replace(SESSION, started_utc=SESSION.started_utc + timedelta(seconds=12))
    moved = [replace(n, arrival_ns=n.arrival_ns - 12_000_000_000) for n in rest]
    paths = [write(tmp_path / "b.mcap", moved, later), write(tmp_path / "a.mcap", first)]
    with open_session(paths) as reader:
        assert reader.paths == (paths[1], paths[0])
        assert list(reader.notifications()) == first + rest
        assert reader.health.complete
        assert reader.end_s == pytest.approx(made()[-1].arrival_ns * 1e-9)
        assert [round(m.time_s, 6) for m in reader.markers()] == [
            round(first[5].arrival_ns * 1e-9, 6),
            round(rest[5].arrival_ns * 1e-9, 6),
        ]
        blocks = [b for b in reader.blocks() if b.placement == "pelvis"]
        truth = stream(20.0, seed=0, sensor_id="S0").sample_time_s
        index = np.concatenate([b.first_index + np.arange(len(b)) for b in blocks])
        time_s = np.concatenate([b.time_s for b in blocks])
        assert np.abs(time_s - truth[index]).max() < 5e-3
        assert reader.counts["S0"].lost == pytest.approx(4 * 200.6, abs=25)
    joined = repair(paths, tmp_path / "one.mcap")
    with open_recording(joined.path) as one:
        assert list(one.notifications()) == first + rest


@given(data=st.data())
def test_what_one_file_lost_another_gives_and_nothing_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A failing disk may lose what lies before something that it kept; the second file begins before that."""
    every = made()[:150]
    every[40:40] = [every[40]] * 2  # the same thing three times
    begins = data.draw(st.integers(0, len(every)), "the second file begins")
    lost = data.draw(st.sets(st.integers(begins, len(every))), "not in the first")
    first = [n for number, n in enumerate(every) if number not in lost]
    folder = tmp_path_factory.mktemp("two")
    paths = [
        write(folder / "a.mcap", first),
        write(folder / "b.mcap", every[begins:]),
    ]
    with open_session(paths) as reader:
        found = list(reader.notifications())
        marked_s = [marker.time_s for marker in reader.markers()]
    assert marked_s == sorted(set(marked_s))
    assert [n.arrival_ns for n in found] == [n.arrival_ns for n in every]
    assert sorted(found, key=str) == sorted(every, key=str)


def test_files_of_different_sessions_are_not_joined(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "a.mcap", made()[:20]),
        write(tmp_path / "b.mcap", made()[20:], SessionInfo()),
    ]
    with pytest.raises(RecordingError, match="another session"):
        open_session(paths)
    with pytest.raises(RecordingError, match="no file"):
        open_session([])
