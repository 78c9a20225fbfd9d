"""Lost samples are asked for again, from the ring and from the log, and are in their place on reading."""

from __future__ import annotations

import asyncio
import binascii
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from bumble.link import LocalLink
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import SimulatedSession, VirtualSensors
from sensors.collector import Collector
from sensors.drivers.open_gait_imu_bulk import BulkReader, BulkStream, parse_entries
from sensors.errors import ProtocolError
from sensors.packet_sequencer import NOWHERE, PacketSequencer
from sensors.placement import Placement
from sensors.radio import VirtualRadio
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import FLAG_BACKFILLED
from sensors.session_info import SessionInfo
from tests.sensors.open_gait_builder import packet

SAMPLES = np.arange(60).reshape(10, 6)


def collect(path: Path, seconds: float, faults: Mapping[str, float | str]) -> Collector:
    """A recording of one simulated sensor with faults of its radio."""
    session = SimulatedSession(60, seed=4, faults="none", fault_overrides=faults)
    made: list[Collector] = []

    async def main() -> None:
        link = LocalLink()
        radio = VirtualRadio(link)
        worn = VirtualSensors(link, session, placements=("pelvis",))
        await worn.start()
        try:
            (sensor_id,) = [device.sensor_id for device in worn.devices]
            collector = Collector(
                radio,
                placements={sensor_id: Placement.PELVIS},
                recording=RecordingWriter(path, session=SessionInfo()),
            )
            made.append(collector)
            await collector.run(seconds)
        finally:
            await worn.stop()
            await radio.close()

    asyncio.run(main())
    return made[0]


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("faults", "seconds", "least"),
    [
        ({"loss": 0.04, "burst_packets": 3.0}, 12.0, 40),
        ({"out_of_range": "3:pelvis:5"}, 20.0, 800),
    ],
    ids=["packets lost on the air", "out of range and back"],
)
def test_what_was_lost_is_in_the_file_after_all(
    faults: Mapping[str, float | str], seconds: float, least: int, tmp_path: Path
) -> None:
    """All but what was lost in the last seconds, which nobody could ask for any more."""
    collector = collect(tmp_path / "x.mcap", seconds, faults)
    (status,) = collector.statuses()
    assert status.late_samples >= least
    assert status.late_samples <= status.lost_samples
    with open_recording(tmp_path / "x.mcap") as reader:
        blocks = list(reader.blocks())
        (counts,) = reader.counts.values()
        online = sum(len(block) for block in reader.blocks(online=True))
    assert counts.late == 0
    assert counts.lost == status.lost_samples - status.late_samples
    assert counts.samples == online + status.late_samples
    back = sum(int(np.count_nonzero(block.flags & FLAG_BACKFILLED)) for block in blocks)
    assert back == status.late_samples
    index = np.concatenate([block.first_index + np.arange(len(block)) for block in blocks])
    times = np.concatenate([block.time_s for block in blocks])
    assert (np.diff(index) > 0).all()
    assert np.diff(times) * 200.0 == pytest.approx(np.diff(index), rel=0.05, abs=0.1)
    early = index < index[-1] - 800
    assert np.array_equal(index[early], np.arange(np.count_nonzero(early)))


@pytest.mark.real_time
@pytest.mark.full
def test_a_gap_longer_than_the_ring_comes_from_the_log(tmp_path: Path) -> None:
    """What stays missing is the time until the device noticed that the link was gone."""
    collector = collect(tmp_path / "x.mcap", 55.0, {"out_of_range": "5:pelvis:28"})
    (status,) = collector.statuses()
    assert status.lost_samples > 5000
    with open_recording(tmp_path / "x.mcap") as reader:
        for _ in reader.blocks():
            pass
        (counts,) = reader.counts.values()
    assert status.late_samples > 4500
    assert counts.lost < 4.5 * 200


def resend(stream: int, number: int, data: bytes, crc: int | None = None) -> bytes:
    last = crc is not None
    tail = crc.to_bytes(4, "little") if crc is not None else b""
    return struct.pack("<BBHI", stream, int(last), number, 0) + data + tail


def test_samples_sent_again_decode_one_chunk_at_a_time() -> None:
    one, two = packet(0, 1000, SAMPLES, flags=16), packet(10, 51_000, SAMPLES, flags=16)
    crc = binascii.crc32(one + two)
    chunks = [resend(7, 0, one), resend(7, 1, two, crc)]
    reader = BulkReader()
    assert [reader.feed(chunk) for chunk in chunks] == [([one], 0), ([two], 0)]
    assert BulkReader().feed(resend(7, 0, b"", 0)) == ([], 0)
    for given_chunks, sound in ((chunks, True), (chunks[1:], False)):
        stream = BulkStream(7)
        assert all(stream.feed(chunk) for chunk in given_chunks)
        assert (stream.ended, stream.sound) == (True, sound)


def crc16(data: bytes) -> int:
    """Bit by bit, from the definition in the profile."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ (0x1021 if value & 0x8000 else 0)
        value &= 0xFFFF
    return value


def log_bytes(packets: list[bytes]) -> bytes:
    head = b"OGL1" + bytes(8) + struct.pack("<HH", 1, 0) + bytes(22)
    log = head + struct.pack("<H", crc16(head))
    for each in packets:
        log += struct.pack("<H", len(each)) + each + struct.pack("<H", crc16(each))
    return log


def log_chunks(log: bytes, sizes: list[int]) -> list[bytes]:
    chunks, at = [], 0
    while at < len(log):
        size = sizes[len(chunks) % len(sizes)]
        data = log[at : at + size]
        last = at + size >= len(log)
        tail = binascii.crc32(log).to_bytes(4, "little") if last else b""
        chunks.append(struct.pack("<BBHI", 3, 0x10 | last, len(chunks), at) + data + tail)
        at += size
    return chunks


@given(sizes=st.lists(st.integers(1, 200), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_a_log_gives_its_packets_however_it_is_cut(sizes: list[int]) -> None:
    assert crc16(b"123456789") == 0x29B1
    packets = [packet(10 * k, 50_000 * k, SAMPLES) for k in range(5)]
    reader, found, damaged = BulkReader(), [], 0
    for chunk in log_chunks(log_bytes(packets), sizes):
        more, bad = reader.feed(chunk)
        found, damaged = found + more, damaged + bad
    assert (found, damaged) == (packets, 0)


def test_a_damaged_record_and_a_lost_chunk_cost_what_they_must() -> None:
    packets = [packet(10 * k, 50_000 * k, SAMPLES) for k in range(5)]
    log = bytearray(log_bytes(packets))
    log[40 + 2 + 30] ^= 1  # in the first packet
    reader, found, damaged = BulkReader(), [], 0
    for chunk in log_chunks(bytes(log), [90]):
        more, bad = reader.feed(chunk)
        found, damaged = found + more, damaged + bad
    assert (found, damaged) == (packets[1:], 1)
    chunks = log_chunks(log_bytes(packets), [200])
    reader = BulkReader()
    seen = [reader.feed(chunk) for k, chunk in enumerate(chunks) if k != 2]
    assert [one for each in seen for one in each[0]] == packets[:2]
    assert sum(each[1] for each in seen) == 1


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_bytes_of_bulk_give_packets_or_are_counted(payloads: list[bytes]) -> None:
    reader, stream = BulkReader(), BulkStream(1)
    for payload in payloads:
        packets, damaged = reader.feed(payload)
        assert all(packets)
        assert damaged in (0, 1)
        stream.feed(payload)
        try:
            parse_entries(payload)
        except ProtocolError:
            assert len(payload) % 24
    assert len(reader._logs) <= 4


def test_samples_of_another_start_are_not_mixed_in() -> None:
    """A log of before a restart has the same indices; its times do not fit."""
    order = PacketSequencer(200.0)
    for k in range(100):
        order.place(10 * k, 5.0 + 0.05 * k, 10, 20.0 + 0.05 * k)
    order.place(0, 0.3, 10, 30.0)  # restarted
    assert order.place(10, 0.35, 10, 30.05).late is False
    old = order.place(500, 7.5, 10, 31.0, backfilled=True)
    assert (old.first, old.late) == (NOWHERE, True)
    assert order.sent_as(2005) is not None
    assert order.sent_as(900) is None, "that was before the restart"


def test_a_restart_with_the_same_delay_as_the_first_start_is_seen() -> None:
    """Index and device time both begin anew, and fit together as they did before."""
    order = PacketSequencer(200.0)
    for k in range(400):
        order.place(10 * k, 5.0 + 0.05 * k, 10, 20.0 + 0.05 * k)
    again = order.place(0, 5.0, 10, 50.0)
    assert again.late is False
    assert again.clock == 1
    assert again.first >= 4000
