"""Recordings: what goes in comes out, and damage costs what is damaged and is named."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader
from mcap.writer import Writer

from sensors.errors import (
    CorruptRecording,
    NewerSchema,
    NotARecording,
    ProtocolError,
    RecordingError,
)
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.recording_schema import SCHEMA_VERSION, SESSION_RECORD, sealed, session_fields
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import FLAG_BACKFILLED, FLAG_GAP_BEFORE
from sensors.session_info import SessionInfo
from tests.sensors.open_gait_builder import DATA, merged, packet, sensor_info, stream

SESSION = SessionInfo(
    runner="Runner 7",
    started_utc=datetime(2026, 5, 1, 9, 30, tzinfo=UTC),
    conditions={"shoe": "Neutral · 8 mm", "surface": "track"},
    source="simulated",
)
PLACEMENTS = ("pelvis", "shank_left", "shank_right")
SENSORS = [sensor_info(f"S{k}", placement) for k, placement in enumerate(PLACEMENTS)]


@cache
def made(seconds: float = 6.0) -> list[Notification]:
    return list(merged(*(stream(seconds, seed=k, sensor_id=f"S{k}") for k in range(3))))


def write(path: Path, notifications: list[Notification], **options: bool) -> Path:
    with RecordingWriter(path, session=SESSION, sensors=SENSORS, **options) as writer:
        for notification in notifications:
            writer.notification(notification)
        writer.marker(1_500_000_000, "felt the left calf", "note")
        writer.link_event(2_000_000_000, "S1", "recovering", "the link was lost")
    return path


@cache
def file_bytes() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "x.mcap", made(), paced=False).read_bytes()


@pytest.mark.parametrize("paced", [True, False])
def test_what_was_written_is_read(tmp_path: Path, paced: bool) -> None:
    path = write(tmp_path / "run.mcap", made(), paced=paced)
    with open_recording(path) as reader:
        assert reader.session == SESSION
        assert list(reader.sensors) == SENSORS
        assert list(reader.notifications()) == made()
        assert [(m.time_s, m.text, m.kind) for m in reader.markers()] == [
            (1.5, "felt the left calf", "note")
        ]
        assert [(e.time_s, e.sensor_id, e.event) for e in reader.link_events()] == [
            (2.0, "S1", "recovering")
        ]
        health = reader.health
        assert health.complete
        assert health.problems == ()
        assert health.duration_s == pytest.approx(made()[-1].arrival_ns * 1e-9)


def test_the_public_mcap_reader_reads_it_too(tmp_path: Path) -> None:
    path = write(tmp_path / "run.mcap", made(), paced=False)
    with path.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        data = [
            (channel.metadata["sensor_id"], message.log_time, message.data)
            for _, channel, message in reader.iter_messages()
            if channel.metadata.get("characteristic") == DATA
        ]
        names = [record.name for record in reader.iter_metadata()]
    assert sorted(data) == sorted((n.sensor_id, n.arrival_ns, n.payload) for n in made())
    assert names.count(SESSION_RECORD) == 1


def test_reading_does_not_touch_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "run.mcap", made(), paced=False)
    path.chmod(0o444)
    before = (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
    with open_recording(path) as reader:
        assert sum(len(block) for block in reader.blocks()) > 0
        assert reader.health.complete
    assert (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) == before


def test_existing_file_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    path.write_bytes(b"precious")
    with pytest.raises(RecordingError, match="exists"):
        RecordingWriter(path, session=SESSION)
    assert path.read_bytes() == b"precious"
    write(path, made(), paced=False, overwrite=True)
    assert open_recording(path).health.complete


def test_missing_folder_and_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        RecordingWriter(tmp_path / "no" / "run.mcap", session=SESSION)
    with pytest.raises(RecordingError, match="No such file"):
        open_recording(tmp_path / "run.mcap")


def test_closed_writer_refuses_more(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "run.mcap", session=SESSION)
    writer.close()
    writer.close()
    with pytest.raises(RecordingError, match="closed"):
        writer.notification(made()[0])


def test_blocks_carry_every_sample_at_its_time() -> None:
    """Values are the packets' values, times the true times within 3 ms, online within 15 ms."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "run.mcap", made(30.0), paced=False)
        for online, limit in ((False, 5e-3), (True, 15e-3)):
            with open_recording(path) as reader:
                blocks = list(reader.blocks(online=online, chunk_s=3.0))
            starts = [block.time_s[0] for block in blocks]
            assert max(np.array(starts[:-1]) - np.array(starts[1:])) < 4.0, "not interleaved"
            for k, placement in enumerate(PLACEMENTS):
                truth = stream(30.0, seed=k, sensor_id=f"S{k}")
                mine = [block for block in blocks if block.placement == placement]
                acc = np.concatenate([block.acc for block in mine])
                np.testing.assert_allclose(acc, truth.counts[:, :3] * 0.0047884, rtol=1e-6)
                time_s = np.concatenate([block.time_s for block in mine])
                assert np.abs(time_s - truth.sample_time_s).max() < limit
                assert mine[0].first_index == 0


def test_chunk_size_changes_nothing() -> None:
    """Any chunk size gives the same samples bit for bit, online and offline."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "run.mcap", made(), paced=False)
        for online in (False, True):
            columns = []
            for chunk_s in (0.05, 1.0, 1000.0):
                with open_recording(path) as reader:
                    blocks = [
                        block
                        for block in reader.blocks(online=online, chunk_s=chunk_s)
                        if block.placement == "shank_left"
                    ]
                columns.append(np.concatenate([block.time_s for block in blocks]))
            assert np.array_equal(columns[0], columns[1])
            assert np.array_equal(columns[0], columns[2])


def one_sensor(tmp_path: Path, notifications: list[Notification]) -> Path:
    path = tmp_path / "one.mcap"
    with RecordingWriter(path, session=SESSION, sensors=SENSORS[:1], paced=False) as writer:
        for notification in notifications:
            writer.notification(notification)
    return path


def test_lost_repeated_and_late_packets(tmp_path: Path) -> None:
    """A loss is a gap, a repeat is dropped, a late packet fills its gap offline, not online."""
    sent = stream(8.0, sensor_id="S0").notifications
    arrived = [*sent[:30], *sent[33:50], sent[49], *sent[51:60], sent[50], *sent[60:]]
    retimed = [replace(n, arrival_ns=s.arrival_ns) for n, s in zip(arrived, sent, strict=False)]
    path = one_sensor(tmp_path, retimed)
    expected = {
        False: ([330], 30, len(sent) * 10 - 30),
        True: ([330, 510], 40, len(sent) * 10 - 40),
    }
    for online, (gaps, lost, samples) in expected.items():
        with open_recording(path) as reader:
            blocks = list(reader.blocks(online=online))
            counts = reader.counts["S0"]
        found = [b.first_index for b in blocks if b.flags[0] & FLAG_GAP_BEFORE]
        assert found == gaps
        assert (counts.lost, counts.samples) == (lost, samples)
        assert (counts.repeated, counts.late) == (10, 10 if online else 0)
        index = np.concatenate([b.first_index + np.arange(len(b)) for b in blocks])
        filled = np.concatenate([b.flags for b in blocks]) & FLAG_BACKFILLED > 0
        assert index[filled].tolist() == ([] if online else list(range(500, 510)))


def test_index_wraps_without_a_gap(tmp_path: Path) -> None:
    notifications = [
        Notification(
            "S0",
            DATA,
            packet(2**32 - 55 + 10 * k, 10**9 + k * 50_000, np.zeros((10, 6))),
            k * 50_000_000 + 10_000_000,
        )
        for k in range(30)
    ]
    with open_recording(one_sensor(tmp_path, notifications)) as reader:
        blocks = list(reader.blocks())
    assert [len(block) for block in blocks] == [300]
    assert blocks[0].first_index == 2**32 - 55


def test_restarted_stream_goes_on_in_time_and_index(tmp_path: Path) -> None:
    """START again: index from zero, same clock; the pause is a gap of the right length."""
    first = stream(10.0, sensor_id="S0", rate_hz=200.0)
    again = stream(10.0, sensor_id="S0", rate_hz=200.0, start_s=16.0, boot_s=715.0)
    with open_recording(one_sensor(tmp_path, first.notifications + again.notifications)) as reader:
        blocks = list(reader.blocks(chunk_s=100.0))
    assert [len(block) for block in blocks] == [2000, 2000]
    assert blocks[1].first_index - 2000 == pytest.approx(1000, abs=3)
    assert blocks[1].flags[0] & FLAG_GAP_BEFORE
    assert blocks[1].time_s[0] == pytest.approx(16.0, abs=5e-3)


def test_rebooted_sensor_gets_a_clock_of_its_own(tmp_path: Path) -> None:
    first = stream(10.0, sensor_id="S0", rate_hz=200.0, boot_s=5000.0)
    again = stream(10.0, sensor_id="S0", rate_hz=200.0, start_s=16.0, boot_s=2.0)
    path = one_sensor(tmp_path, first.notifications + again.notifications)
    for online in (False, True):
        with open_recording(path) as reader:
            blocks = list(reader.blocks(online=online, chunk_s=100.0))
        time_s = np.concatenate([block.time_s for block in blocks])
        assert (np.diff(time_s) > 0).all()
        assert time_s[2000] == pytest.approx(16.0, abs=0.02)
        assert time_s[-1] == pytest.approx(again.sample_time_s[-1], abs=0.01)


def test_placement_can_be_given_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    with RecordingWriter(
        path, session=SESSION, sensors=[replace(SENSORS[0], placement=None)], paced=False
    ) as writer:
        for notification in stream(3.0, sensor_id="S0").notifications:
            writer.notification(notification)
    with open_recording(path) as reader:
        assert list(reader.blocks()) == []
        reader.place({"S0": Placement.SHANK_LEFT})
        assert {block.placement for block in reader.blocks()} == {Placement.SHANK_LEFT}


def test_any_name_and_note_can_be_recorded(tmp_path: Path) -> None:
    """Half a surrogate pair, as a broken file name or a keyboard gives, does not end a recording."""
    path = tmp_path / "run.mcap"
    session = replace(SESSION, runner="R\ud83d é", conditions={"shoe": "\udc00"})
    with RecordingWriter(path, session=session, sensors=SENSORS[:1]) as writer:
        writer.marker(0, "left \ud83d calf")
        writer.notification(made()[0])
    with open_recording(path) as reader:
        assert reader.session.runner == "R? é"
        assert len(list(reader.notifications())) == 1
        assert len(reader.markers()) == 1
        assert reader.health.complete


def test_impossible_sampling_rate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    broken = replace(SENSORS[0], rate_hz=0.0)
    with RecordingWriter(path, session=SESSION, sensors=[broken], paced=False) as writer:
        writer.notification(made()[0])
    with open_recording(path) as reader, pytest.raises(ProtocolError, match=r"rate is 0\.0 Hz"):
        list(reader.blocks())


def test_two_sensors_on_one_segment_are_named(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    both = [SENSORS[0], replace(SENSORS[1], placement=Placement.PELVIS)]
    with RecordingWriter(path, session=SESSION, sensors=both, paced=False) as writer:
        writer.notification(made()[0])
    with open_recording(path) as reader, pytest.raises(ProtocolError, match="S0 and S1"):
        list(reader.blocks())


# Damage


def test_flipped_bit_costs_its_chunk_and_is_named(tmp_path: Path) -> None:
    """Wherever the flip is in a chunk's data: at most 0.25 s of one chunk goes, and it is said."""
    whole = file_bytes()
    path = tmp_path / "flipped.mcap"
    rng = np.random.default_rng(1)
    chunks = [k for k in range(len(whole)) if whole[k : k + 8] == b"\x04\0\0\0zstd"]
    chunks = [k for k in chunks if whole[k - 37] == 6]
    for start in rng.choice(chunks[2:-2], 12, replace=False):
        position = int(start) + 16 + int(rng.integers(0, 400))
        damaged = bytearray(whole)
        damaged[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with open_recording(path) as reader:
            read = list(reader.notifications())
            health = reader.health
            assert reader.session == SESSION
            assert list(reader.sensors) == SENSORS
        missing = sorted(set(made()) - set(read), key=lambda n: n.arrival_ns)
        assert set(read) <= set(made()), "a damaged notification was given out"
        assert missing
        assert missing[-1].arrival_ns - missing[0].arrival_ns < 250_000_000
        assert not health.complete
        assert health.damaged_chunks == 1
        assert any("chunk" in problem for problem in health.problems)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_flipped_bit_is_survived(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Anywhere in the file: nothing wrong is given out; what is missing is said."""
    whole = file_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole)
    damaged[position] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / "any_flip.mcap"
    path.write_bytes(damaged)
    with open_recording(path) as reader:
        read = list(reader.notifications())
        assert reader.session == SESSION
        assert list(reader.sensors) == SENSORS
        assert set(read) <= set(made())
        assert len(read) > len(made()) - 60
        if len(read) < len(made()):
            assert not reader.health.complete


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_file_cut_anywhere_gives_what_was_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = file_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path_factory.getbasetemp() / "any_cut.mcap"
    path.write_bytes(whole[:cut])
    try:
        reader = open_recording(path)
    except (NotARecording, CorruptRecording):
        assert cut < 1500, "a recording with content was refused"
        return
    with reader:
        read = list(reader.notifications())
        assert not reader.health.complete
        assert read == made()[: len(read)]
        summary = len(whole) - 30_000
        if 10_000 < cut < summary:
            assert len(read) >= len(made()) * cut / len(whole) - 60


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=400).map(lambda tail: file_bytes()[:8] + tail),
        st.binary(max_size=400).map(lambda tail: file_bytes()[:60] + tail),
        st.binary(max_size=2000).map(lambda tail: file_bytes()[:5000] + tail),
    )
)
def test_garbage_is_refused_or_read_as_damaged(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.mcap"
    path.write_bytes(content)
    try:
        with open_recording(path) as reader:
            list(reader.blocks())
            assert not reader.health.complete
    except (NotARecording, CorruptRecording):
        pass


def test_empty_file_and_foreign_files_are_no_recordings(tmp_path: Path) -> None:
    path = tmp_path / "x.mcap"
    for content in (b"", b"time,acc_x\n0,1\n", file_bytes()[:5]):
        path.write_bytes(content)
        with pytest.raises(NotARecording):
            open_recording(path)
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start("ros2", "another program")
        channel = writer.register_channel("/imu", "cdr", 0)
        writer.add_message(channel, 1, b"x", 1)
        writer.finish()
    with pytest.raises(NotARecording, match="import"):
        open_recording(path)


def test_head_without_anything_readable_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "x.mcap"
    path.write_bytes(file_bytes()[:45] + bytes(3000))
    with pytest.raises(CorruptRecording):
        open_recording(path)


def test_newer_schema_is_refused_with_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "x.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start("levelstride", "levelstride 99")
        fields = session_fields(SESSION) | {"schema_version": str(SCHEMA_VERSION + 1)}
        writer.add_metadata(SESSION_RECORD, sealed(SESSION_RECORD, fields))
        writer.finish()
    with pytest.raises(NewerSchema) as caught:
        open_recording(path)
    assert (caught.value.found, caught.value.known) == (SCHEMA_VERSION + 1, SCHEMA_VERSION)


def test_chunk_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    """A few bytes that would decompress to gigabytes."""
    import zstandard

    bomb = zstandard.compress(bytes(100 * 2**20))
    head = struct.pack("<QQQI", 0, 0, 100 * 2**20, 0) + b"\x04\0\0\0zstd"
    body = head + struct.pack("<Q", len(bomb)) + bomb
    path = tmp_path / "x.mcap"
    whole = file_bytes()
    at = whole.index(b"\x04\0\0\0zstd") - 37
    path.write_bytes(whole[:at] + struct.pack("<BQ", 6, len(body)) + body + whole[at:])
    with open_recording(path) as reader:
        assert list(reader.notifications()) == made()
        assert reader.health.damaged_chunks == 1


def test_description_survives_the_loss_of_either_of_its_copies(tmp_path: Path) -> None:
    """Metadata records broken: the copies in the chunks serve, and it is said."""
    whole = bytearray(file_bytes())
    position = 0
    while (position := whole.find(b"levelstride.", position)) >= 0:
        if whole[position - 13] == 12:
            whole[position + 40] ^= 0x01
        position += 1
    path = tmp_path / "x.mcap"
    path.write_bytes(whole)
    with open_recording(path) as reader:
        assert reader.session == SESSION
        assert list(reader.sensors) == SENSORS
        assert any("checksum of the record" in problem for problem in reader.health.problems)


def test_metadata_is_readable_json_and_text(tmp_path: Path) -> None:
    """Viewers show the fields as they are."""
    path = write(tmp_path / "run.mcap", made(), paced=False)
    with path.open("rb") as file:
        record = next(r for r in make_reader(file).iter_metadata() if r.name == SESSION_RECORD)
    assert record.metadata["runner"] == "Runner 7"
    assert json.loads(record.metadata["conditions"]) == dict(SESSION.conditions)
