"""Recordings whose bytes were changed read the same in columns as one record after another."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.opcode import Opcode

from sensors import mcap_messages, recording_reader, recording_samples
from sensors.mcap_records import RECORD_HEAD, BrokenRecordError, chunk_content
from sensors.mcap_scan import MAGIC, Damage, walk
from sensors.notification import Message
from sensors.recording_head import RecordingHead
from sensors.recording_reader import RecordingReader, open_recording
from sensors.recording_samples import SampleSource
from tests.sensors.test_recording import file_bytes

MOST_NS = 2**64 - 1


class Parts(NamedTuple):
    """A recording: what is no chunk and no index, the records in each chunk, and its end."""

    head: bytes
    chunks: tuple[bytes, ...]
    tail: bytes


@cache
def parts() -> Parts:
    """Of a recording of six seconds of three sensors."""
    data = file_bytes()
    end = data.rindex(RECORD_HEAD.pack(Opcode.DATA_END, 4))
    all_ = [each for each in walk(data, Damage()) if each.offset < end]
    head = [record(each.opcode, each.body) for each in all_ if each.opcode != Opcode.CHUNK]
    chunks = tuple(each.body for each in all_ if each.opcode == Opcode.CHUNK)
    return Parts(MAGIC + b"".join(head), chunks, data[end:])


def record(opcode: int, body: bytes) -> bytes:
    return RECORD_HEAD.pack(opcode, len(body)) + body


def chunk(records: bytes, *, packed: bool) -> bytes:
    """A chunk without a checksum, which may hold anything."""
    body = zstandard.compress(records) if packed else records
    name = b"zstd" if packed else b""
    return record(
        Opcode.CHUNK,
        struct.pack("<QQQII", 0, 0, len(records), 0, len(name))
        + name
        + struct.pack("<Q", len(body))
        + body,
    )


def texts(*pairs: str) -> bytes:
    packed = b"".join(struct.pack("<I", len(each)) + each.encode() for each in pairs)
    return struct.pack("<I", len(packed)) + packed


def channel(number: int, sensor_id: str) -> bytes:
    """A channel of a sensor; the numbers of the recording's own are taken already."""
    fields = texts("sensor_id", sensor_id, "characteristic", "c")
    return record(Opcode.CHANNEL, struct.pack("<HHI", number, 0, 0) + texts() + fields)


def message(number: int, at_ns: int, content: bytes) -> bytes:
    return record(Opcode.MESSAGE, struct.pack("<HIQQ", number, 0, at_ns, at_ns) + content)


numbers = st.sampled_from([0, 1, 2, 3, 4, 40, 2**16 - 1])
times_ns = st.sampled_from([0, 1, 10**9, 2 * 10**10, 2**53 + 1, 2**63, MOST_NS])
records = st.one_of(
    st.builds(message, numbers, times_ns, st.binary(max_size=60)),
    st.builds(channel, numbers, st.sampled_from(["S0", "S1", "new"])),
    st.builds(record, st.sampled_from([3, 4, 5, 9]), st.binary(max_size=40)),
    st.builds(RECORD_HEAD.pack, st.just(5), st.sampled_from([0, 21, 1000, 2**32, MOST_NS])),
    st.binary(max_size=30),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A recording with chunks that are cut, changed, doubled, exchanged, emptied or made up."""
    head, chunks, tail = parts()
    bodies = []
    for n in draw(st.lists(st.integers(0, len(chunks) - 1), max_size=5)):
        body = bytearray(chunks[n])
        for at, bits in draw(
            st.lists(st.tuples(st.integers(0, 400), st.integers(1, 255)), max_size=3)
        ):
            body[at % len(body)] ^= bits
        whole = draw(st.booleans())
        bodies.append(bytes(body if whole else body[: draw(st.integers(0, len(body)))]))
    bodies += [b"".join(some) for some in draw(st.lists(st.lists(records, max_size=4), max_size=4))]
    order = draw(st.permutations(range(len(bodies))))
    data = head + b"".join(chunk(bodies[n], packed=draw(st.booleans())) for n in order)
    data += tail if draw(st.booleans()) else b""
    return data[: max(len(head), len(data) - draw(st.sampled_from([0, 0, 0, 1, 30, 200])))]


class OneByOne(NamedTuple):
    """What a recording holds, by its records alone."""

    messages: list[tuple[str, Message]]
    count: int
    damaged: int
    last_ns: int


def one_by_one(path: Path) -> OneByOne:
    """Read a recording without columns."""
    data, damage, head = path.read_bytes(), Damage(), RecordingHead(path)
    head.read(data)
    if head.damaged:  # then all chunks are looked at for what the damage took
        for each in walk(data, Damage()):
            with suppress(BrokenRecordError):
                for body in (
                    chunk_content(each.body).channels if each.opcode == Opcode.CHUNK else ()
                ):
                    head.take_channel(body)
    found: list[tuple[str, Message]] = []
    count, last_ns = 0, 0
    for each in walk(data, damage):
        if each.opcode != Opcode.CHUNK:
            continue
        content = chunk_content(each.body)
        try:
            for body in content.channels:
                head.take_channel(body)
        except BrokenRecordError:
            damage.chunks += 1
            continue
        damage.chunks += not content.whole
        count += len(content.messages)
        for number, time_ns, payload in content.messages:
            if number in head.channels:
                sensor_id, characteristic = head.channels[number]
                found.append((sensor_id, (characteristic, payload, time_ns)))
                last_ns = max(last_ns, time_ns)
    return OneByOne(found, count, damage.chunks, last_ns)


class PlainReader(RecordingReader):
    """Groups its messages one by one."""

    _groups = SampleSource._groups


def samples(reader: RecordingReader, *, online: bool) -> list[object]:
    """All samples, by sensor, however they are cut into blocks."""
    rows: dict[object, list[object]] = {}
    with reader:
        for block in reader.blocks(online=online):
            rows.setdefault(block.placement, []).extend(
                zip(block.time_s.tolist(), block.acc.tolist(), block.flags.tolist(), strict=True)
            )
        return [rows, {key: repr(counts) for key, counts in reader.counts.items()}]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "x.mcap"


@settings(max_examples=40)
@given(
    data=mutated(),
    together=st.sampled_from([1, 5000, 2**20]),
    in_step=st.sampled_from([1, 2, 16]),
)
def test_columns_hold_what_the_records_hold(
    place: Path, data: bytes, together: int, in_step: int
) -> None:
    """The messages, what is said of the damage, and what is made of the messages."""
    place.write_bytes(data)
    expected = one_by_one(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording_reader, "_TOGETHER_BYTES", together)
        patch.setattr(mcap_messages, "_FEWEST_IN_STEP", in_step)
        with open_recording(place) as reader:
            assert list(reader.keyed_messages()) == expected.messages
            health = reader.health
            assert (health.messages, health.damaged_chunks) == (expected.count, expected.damaged)
            assert health.duration_s == expected.last_ns * 1e-9
        with open_recording(place) as reader:
            reader._head.chunks = None  # as after damage: all records are gone through again
            assert list(reader.keyed_messages()) == expected.messages
            assert reader.health == health
        for online in (True, False):
            plain = samples(PlainReader(place), online=online)
            assert samples(open_recording(place), online=online) == plain


@pytest.mark.parametrize("number", [1, 60_000])
def test_messages_of_one_time_are_not_gathered_without_end(place: Path, number: int) -> None:
    """Chunks that pack to nothing, of a channel that is known and of one that is not."""
    head, chunks, _ = parts()
    large = chunk(message(number, 0, bytes(2**18)), packed=True)
    place.write_bytes(head + large * 40 + b"".join(chunk(each, packed=True) for each in chunks))
    with pytest.MonkeyPatch.context() as patch, open_recording(place) as reader:
        patch.setattr(recording_reader, "HELD_BYTES", 2**20)
        held = [
            sum(map(len, {id(each.content): each.content for each in group.values()}.values()))
            for group in reader._groups(1e6)
        ]
        assert all(size < 2**21 for size in held)
        in_parts = samples(open_recording(place), online=True)
    assert samples(PlainReader(place), online=True) == in_parts


def test_messages_of_several_files_are_not_gathered_without_end() -> None:
    """Without columns, as a session in several files is read: messages that are empty, at one time."""

    class Still(SampleSource):
        def keyed_messages(self) -> Iterator[tuple[str, Message]]:
            return (("S0", ("c", b"", 0)) for _ in range(30_000))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording_samples, "HELD_BYTES", 2**20)
        sizes = [len(group["S0"]) for group in Still({})._groups(1e6)]
    assert sum(sizes) == 30_000
    assert max(sizes) < 10_000
