"""Notifications that are read many at once are the same as those that are read one by one."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.opcode import Opcode

from sensors import mcap_messages, recording_reader
from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers.open_gait_imu_decoder import OpenGaitImuDecoder
from sensors.drivers.open_gait_imu_packets import parse_packets
from sensors.mcap_records import chunk_content
from sensors.mcap_scan import Damage, walk
from sensors.notification import Message
from sensors.packed_messages import PackedMessages, payload_rows
from sensors.packet_batch import SyncPoint
from sensors.recording_reader import open_recording
from tests.sensors.open_gait_builder import packet, sensor_info
from tests.sensors.test_recording import made, write

OTHER = "00002a37-0000-1000-8000-00805f9b34fb"
NAMES = (wire.DATA, wire.SYNC, OTHER, wire.BULK)


def packed(messages: list[Message], gap: bytes = b"\x05") -> PackedMessages:
    """The same messages, one after another in memory with something between them."""
    lengths = np.array([len(payload) for _, payload, _ in messages], np.int64)
    start = np.cumsum(lengths + len(gap)) - lengths
    return PackedMessages(
        b"".join(gap + payload for _, payload, _ in messages),
        NAMES,
        np.array([NAMES.index(name) for name, _, _ in messages], np.intp),
        np.array([at for _, _, at in messages], np.uint64),
        start,
        start + lengths,
    )


def short(index: int) -> bytes:
    """A short packet."""
    return struct.pack("<BBHI6h", 0x1F, 0, index % 2**16, 5000 * index, *range(6))


payloads = st.one_of(
    st.builds(
        lambda index, count, cfg: packet(
            index, 5000 * index, np.full((count, 6), index), cfg=cfg, seq=index
        ),
        st.integers(0, 3000),
        st.sampled_from([4, 4, 4, 4, 10, 1]),
        st.sampled_from([3, 3, 3, 3, 9]),
    ),
    st.builds(short, st.integers(0, 3000)),
    st.binary(max_size=40),
)
messages = st.lists(
    st.tuples(
        st.sampled_from([wire.DATA] * 6 + list(NAMES)),
        st.one_of(
            payloads,
            st.builds(lambda t: struct.pack("<4Q", t, t, t, t), st.integers(0, 10**6)),
        ),
        st.integers(0, 10**10),
    ),
    max_size=30,
)


def said(part: object) -> object:
    """Everything that a part says."""
    if isinstance(part, SyncPoint):
        return part
    batch = part.unpack()  # type: ignore[attr-defined]
    fields = ("arrival_s", "first_index", "device_s", "count", "flags", "acc", "gyr")
    return [getattr(batch, name).tolist() for name in fields], batch.damaged


@given(messages)
def test_a_decoder_makes_the_same_of_messages_that_lie_together(messages: list[Message]) -> None:
    """Whole packets of one size and of several, short ones, rubbish, and exchanges between them."""
    info = sensor_info()
    one_by_one = OpenGaitImuDecoder(info).read(messages)
    together = OpenGaitImuDecoder(info).read(packed(messages))
    assert [said(part) for part in together] == [said(part) for part in one_by_one]


@given(messages)
def test_messages_that_lie_together_can_be_gone_through(messages: list[Message]) -> None:
    lying = packed(messages)
    assert list(lying) == messages
    assert [lying[n] for n in range(len(lying))] == messages
    assert list(lying[1::2]) == messages[1::2]


def test_rows_of_memory_are_copied_from_any_place() -> None:
    content = bytes(range(50))
    rows = payload_rows(content, np.array([0, 47, 13]), 3)
    assert rows.tolist() == [[0, 1, 2], [47, 48, 49], [13, 14, 15]]
    assert payload_rows(b"", np.array([], np.int64), 3).shape == (0, 3)


def test_packets_of_several_sizes_keep_their_order() -> None:
    sizes = [2, 5, 2, 1, 5]
    parsed = parse_packets([packet(i, i, np.full((n, 6), i)) for i, n in enumerate(sizes)])
    assert parsed.count.tolist() == sizes
    assert parsed.samples.tolist() == np.repeat(np.arange(5), sizes)[:, None].repeat(6, 1).tolist()


def record(opcode: int, body: bytes) -> bytes:
    return struct.pack("<BQ", opcode, len(body)) + body


def message(channel: int, at_ns: int, content: bytes) -> bytes:
    return record(Opcode.MESSAGE, struct.pack("<HIQQ", channel, 0, at_ns, at_ns) + content)


CHUNKS = {
    "messages": message(1, 5, b"ab") + message(2, 7, b"") + message(1, 2**63, b"c" * 300),
    "nothing": b"",
    "a channel": record(Opcode.CHANNEL, b"x" * 30) + message(1, 5, b"ab"),
    "a short channel at the end": message(1, 5, b"ab") + record(Opcode.CHANNEL, b""),
    "cut": message(1, 5, b"abc")[:-1],
    "a message without its fields": record(Opcode.MESSAGE, b"12345678") + b"\0" * 40,
    "a huge length": struct.pack("<BQ", Opcode.MESSAGE, 2**63) + b"\0" * 40,
}


@pytest.mark.parametrize("others", [1, 40])
@pytest.mark.parametrize("what", CHUNKS)
def test_chunks_are_taken_apart_together_only_if_they_hold_messages_alone(
    what: str, others: int
) -> None:
    """One after another and, where they are many, in step; some hold more messages than others."""
    one = CHUNKS[what]
    messages = [CHUNKS["messages"] * (n % 3 + 1) for n in range(others)]
    both = [*messages, one, *messages]
    columns = mcap_messages.columns_of_chunks(both)
    plain = what in ("messages", "nothing")
    assert (columns is not None) == plain
    if columns is not None:
        slow = [mcap_messages.columns_of_messages(chunk_content(each).messages) for each in both]
        joined = mcap_messages.joined(slow)
        assert columns.channel.tolist() == joined.channel.tolist()
        assert columns.time_ns.tolist() == joined.time_ns.tolist()
        assert columns.ends == joined.ends
        contents = [
            [each.content[a:b] for a, b in zip(each.start, each.stop, strict=True)]
            for each in (columns, joined)
        ]
        assert contents[0] == contents[1]


@pytest.mark.parametrize("together_bytes", [1, 3000, 2**20])
def test_a_recording_reads_the_same_however_many_chunks_are_taken_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together_bytes: int
) -> None:
    sent = made()
    path = write(tmp_path / "run.mcap", sent, paced=False)
    monkeypatch.setattr(recording_reader, "_TOGETHER_BYTES", together_bytes)
    with open_recording(path) as reader:
        assert list(reader.notifications()) == sent
        chunks = [each for each in walk(path.read_bytes(), Damage()) if each.opcode == Opcode.CHUNK]
        assert reader.health.chunks == len(chunks) > 3
        assert reader.health.complete
