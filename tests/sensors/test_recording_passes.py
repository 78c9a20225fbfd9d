"""Reading a recording in one pass or two: what is kept, what is read again, what is known early."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import FLAG_BACKFILLED
from tests.sensors.open_gait_builder import stream
from tests.sensors.test_recording import SENSORS, SESSION, file_bytes, made, write


def test_packets_kept_and_packets_read_again_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much of the first pass is kept in memory: nothing, some seconds, or all."""
    sent = made()
    late = [*sent[:60], *sent[63:90], *sent[60:63], *sent[90:]]
    pairs = zip(late, sent, strict=True)
    path = write(
        tmp_path / "run.mcap",
        [replace(one, arrival_ns=at.arrival_ns) for one, at in pairs],
        paced=False,
    )
    found = []
    for kept_bytes in (0, 20_000, 2**26):
        monkeypatch.setattr("sensors.recording_replay.KEPT_BYTES", kept_bytes)
        with open_recording(path) as reader:
            blocks = list(reader.blocks(chunk_s=0.5))
            found.append(
                [
                    (
                        b.placement,
                        b.first_index,
                        b.time_s.tolist(),
                        b.acc.tolist(),
                        b.flags.tolist(),
                    )
                    for b in blocks
                ]
            )
    assert found[0] == found[1] == found[2]
    assert any(max(flags) & FLAG_BACKFILLED for *_, flags in found[0])


def test_end_is_known_without_reading_and_health_after_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "run.mcap", made(), paced=False)
    with open_recording(path) as reader:
        for _ in reader.blocks():
            pass
        monkeypatch.setattr("sensors.mcap_scan.unpack_chunk", None)  # no chunk can be opened now
        duration_s = reader.health.duration_s
    with open_recording(path) as reader:
        assert reader.end_s == duration_s
    with open_recording(path) as reader, pytest.raises(TypeError):
        _ = reader.health  # so the switch above works


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_end_is_right_or_not_known(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A cut file, or a bit flipped near its end, never shows another end."""
    whole = file_bytes()
    end_s = made()[-1].arrival_ns * 1e-9
    path = tmp_path_factory.getbasetemp() / "end.mcap"
    damaged = bytearray(whole)
    position = len(whole) - data.draw(st.integers(1, min(5000, len(whole))))
    if data.draw(st.booleans()):
        del damaged[position:]
    else:
        damaged[position] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(damaged)
    with open_recording(path) as reader:
        assert reader.end_s in (None, end_s)
    path.write_bytes(whole)
    with open_recording(path) as reader:
        assert reader.end_s == end_s


def test_reading_a_longer_recording_takes_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond what the first pass may keep, blocks are streamed: four times as long, no higher."""
    monkeypatch.setattr("sensors.recording_replay.KEPT_BYTES", 100_000)
    # what is worked on at once is of a fixed size, which the shorter recording would not fill
    monkeypatch.setattr("sensors.recording_reader._TOGETHER_BYTES", 2**15)
    monkeypatch.setattr("sensors.hidden_wait._TOGETHER", 1000)
    peaks = []
    for seconds in (60.0, 240.0):
        path = tmp_path / f"{seconds}.mcap"
        with RecordingWriter(path, session=SESSION, sensors=SENSORS[:1], paced=False) as writer:
            for notification in stream(seconds, sensor_id="S0").notifications:
                writer.notification(notification)
        tracemalloc.start()
        with open_recording(path) as reader:
            for online in (False, True):
                for _ in reader.blocks(online=online):
                    pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.4 * peaks[0]
