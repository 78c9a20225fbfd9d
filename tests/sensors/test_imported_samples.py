"""Imported samples as a recording: what goes in comes out bit for bit, anything else is counted."""

from __future__ import annotations

import struct
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.drivers.imported_samples import (
    KIND,
    ImportedSampleDecoder,
    SampleEncoder,
    computed_of,
    imported_sensor,
    in_log_order,
    lacks_of,
)
from sensors.drivers.registry import driver_for, driver_kinds, format_for, kinds
from sensors.errors import InvalidSamples, ProtocolError, UnsupportedDevice
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_GAP_BEFORE,
    LACKS_ACC,
    LACKS_GYR,
    SampleBlock,
)
from sensors.session_info import SensorInfo, SessionInfo

SESSION = SessionInfo(source="imported")
SENSOR = imported_sensor("S", Placement.PELVIS, 100.0)


def samples(
    count: int,
    *,
    seed: int = 0,
    rate_hz: float = 100.0,
    first: int = 0,
    start_s: float = 0.0,
    placement: Placement = Placement.PELVIS,
) -> SampleBlock:
    """Samples with every bit in use: uneven times, values over many magnitudes, clip flags."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 6)) * 10.0 ** rng.integers(-300, 300, (count, 6))
    values[rng.random((count, 6)) < 0.05] = -0.0
    return SampleBlock(
        placement,
        first,
        rate_hz,
        start_s + (np.arange(count) + rng.uniform(0, 0.9, count)) / rate_hz,
        values[:, :3],
        values[:, 3:],
        rng.choice(np.array([0, 0, 0, 1, 2, 3, 8], dtype=np.uint8), count),
    )


def parts_of(block: SampleBlock, gaps: dict[int, int]) -> list[SampleBlock]:
    """The block cut at some samples, that many samples being lost at each."""
    edges = [0, *sorted(gaps), len(block)]
    parts: list[SampleBlock] = []
    lost = 0
    for start, stop in pairwise(edges):
        lost += gaps.get(start, 0)
        part = replace(
            block.slice(start, stop),
            first_index=block.first_index + start + lost,
            flags=block.flags[start:stop].copy(),
        )
        if gaps.get(start, 0):
            part.flags[0] |= FLAG_GAP_BEFORE
        parts.append(part)
    return parts


def record(path: Path, sensors: dict[str, list[SampleBlock]]) -> Path:
    infos = [imported_sensor(key, blocks[0].placement, blocks[0].rate_hz) for key, blocks in sensors.items()]  # fmt: skip
    encoded = []
    for info in infos:
        encoder = SampleEncoder(info)
        encoded.append([one for block in sensors[info.sensor_id] for one in encoder.encode(block)])
    with RecordingWriter(path, session=SESSION, sensors=infos, paced=False) as writer:
        for notification in in_log_order(*encoded):
            writer.notification(notification)
    return path


def columns(blocks: list[SampleBlock]) -> tuple[bytes, ...]:
    """Index, time, values and flags of all samples, as bytes."""
    index = np.concatenate([block.first_index + np.arange(len(block)) for block in blocks])
    names = ("time_s", "acc", "gyr", "flags")
    joined = [np.concatenate([getattr(block, name) for block in blocks]) for name in names]
    return (index.tobytes(), *(column.tobytes() for column in joined))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    rates=st.lists(st.sampled_from([100.0, 60.0, 37.3, 1.0, 1111.1]), min_size=1, max_size=3),
    gaps=st.dictionaries(st.integers(1, 149), st.integers(0, 5000), max_size=5),
    first=st.sampled_from([0, 7, 2**32 - 30, 2**40]),
    start_s=st.sampled_from([0.0, 123.456, 90_000.0]),
    chunk_s=st.sampled_from([0.05, 1.0, 10.0]),
)
def test_samples_come_back_bit_for_bit(
    seed: int,
    rates: list[float],
    gaps: dict[int, int],
    first: int,
    start_s: float,
    chunk_s: float,
) -> None:
    """Several sensors with rates of their own, gaps, uneven times; online and offline alike."""
    sensors = {
        f"S{k}": parts_of(
            samples(
                150, seed=seed + k, rate_hz=rate, first=first, start_s=start_s, placement=placement
            ),
            gaps,
        )
        for k, (rate, placement) in enumerate(zip(rates, Placement, strict=False))
    }
    with tempfile.TemporaryDirectory() as folder:
        path = record(Path(folder) / "x.mcap", sensors)
        for online in (False, True):
            with open_recording(path) as reader:
                blocks = list(reader.blocks(online=online, chunk_s=chunk_s))
                assert reader.health.complete
            for key, sent in sensors.items():
                mine = [block for block in blocks if block.placement == sent[0].placement]
                assert columns(mine) == columns(sent)
                assert {block.rate_hz for block in mine} == {sent[0].rate_hz}
                counts = reader.counts[key]
                lost = sum(gaps.values())
                assert (counts.samples, counts.lost, counts.damaged) == (150, lost, 0)
                inner = [block.flags[1:] & FLAG_GAP_BEFORE for block in mine]
                assert not any(flags.any() for flags in inner), "a gap inside a block"


def test_messages_are_small_and_in_order_over_sensors(tmp_path: Path) -> None:
    """A damaged message costs little, and a reader needs to hold little."""
    path = record(
        tmp_path / "x.mcap",
        {
            "A": [samples(3000, rate_hz=100.0)],
            "B": [samples(1119, rate_hz=37.3, placement=Placement.SHANK_LEFT)],
        },
    )
    with open_recording(path) as reader:
        notifications = list(reader.notifications())
    arrivals = [notification.arrival_ns for notification in notifications]
    assert arrivals == sorted(arrivals)
    for key in ("A", "B"):
        mine = [n.arrival_ns for n in notifications if n.sensor_id == key]
        assert np.diff(mine).max() < 0.3e9


@pytest.mark.parametrize("rate_hz", [100.0, 60.0, 37.3])
def test_rates_are_given_back_as_they_were(tmp_path: Path, rate_hz: float) -> None:
    path = record(tmp_path / "x.mcap", {"S": [samples(400, rate_hz=rate_hz)]})
    with open_recording(path) as reader:
        assert reader.sensors[0].rate_hz == rate_hz
        blocks = list(reader.blocks())
    assert sum(len(block) for block in blocks) == 400
    assert {block.rate_hz for block in blocks} == {rate_hz}


def notifications_of(block: SampleBlock) -> list[Notification]:
    return SampleEncoder(imported_sensor("S", block.placement, block.rate_hz)).encode(block)


def write(path: Path, notifications: list[Notification]) -> Path:
    sensor = imported_sensor("S", Placement.PELVIS, 100.0)
    with RecordingWriter(path, session=SESSION, sensors=[sensor], paced=False) as writer:
        for notification in notifications:
            writer.notification(notification)
    return path


def test_lost_repeated_and_misplaced_messages(tmp_path: Path) -> None:
    """A lost message is a gap, a repeat is dropped, one whose time goes back is counted."""
    sent = notifications_of(samples(500))
    backwards = samples(25, first=9000, start_s=0.0)
    changed = [*sent[:5], *sent[6:9], sent[8], *sent[9:], *notifications_of(backwards)]
    with open_recording(write(tmp_path / "x.mcap", changed)) as reader:
        blocks = list(reader.blocks())
        counts = reader.counts["S"]
    starts = [b.first_index for b in blocks if b.flags[0] & FLAG_GAP_BEFORE]
    assert starts == [150]
    assert (counts.samples, counts.lost, counts.repeated, counts.damaged) == (475, 25, 25, 1)
    time_s = np.concatenate([block.time_s for block in blocks])
    assert (np.diff(time_s) > 0).all()


def test_clipped_samples_are_counted(tmp_path: Path) -> None:
    block = samples(100)
    block.flags[:] = 0
    block.flags[10:13] = FLAG_CLIPPED_ACC
    with open_recording(write(tmp_path / "x.mcap", notifications_of(block))) as reader:
        assert sum(len(each) for each in reader.blocks()) == 100
        assert reader.counts["S"].clipped == 3


@settings(max_examples=200)
@given(data=st.data())
def test_any_bytes_are_samples_or_counted(data: st.DataObject) -> None:
    """Garbage, and sound messages with bytes changed: sound samples only, and every message told."""
    sound = [n.payload for n in notifications_of(samples(60, seed=3))]
    payloads: list[bytes] = []
    for _ in range(data.draw(st.integers(1, 6))):
        base = bytearray(data.draw(st.sampled_from(sound)))
        if data.draw(st.booleans()):
            at = data.draw(st.integers(0, len(base) - 1))
            base[at : at + 8] = data.draw(st.binary(min_size=0, max_size=8))
        payloads.append(
            data.draw(st.binary(max_size=80)) if data.draw(st.booleans()) else bytes(base)
        )
    batch = ImportedSampleDecoder(SENSOR).decode(
        payloads, np.arange(len(payloads), dtype=np.float64)
    )
    assert len(batch) + batch.damaged == len(payloads)
    assert batch.time_s is not None
    assert len(batch.acc) == len(batch.gyr) == len(batch.sample_flags) == batch.count.sum()
    assert len(batch.time_s) == len(batch.acc)
    assert np.isfinite(batch.acc).all()
    assert np.isfinite(batch.gyr).all()
    assert ((batch.time_s >= 0) & (batch.time_s <= 1e7)).all()
    assert (batch.first_index >= 0).all()


def damaged_with(first: int = 0, **value: float) -> bytes:
    """A message of two samples, built from the layout, with a value replaced."""
    fields = {"t0": 1.0, "t1": 1.01, "v": 0.5, "version": 1, "flags": 0, "n": 2, "bits": 0} | value
    return (
        struct.pack("<BBHq", int(fields["version"]), int(fields["flags"]), int(fields["n"]), first)
        + struct.pack("<2d", fields["t0"], fields["t1"])
        + struct.pack("<12d", *([fields["v"]] * 12))
        + bytes([int(fields["bits"]), 0])
    )


@pytest.mark.parametrize(
    "payload",
    [
        damaged_with(t0=float("nan")),
        damaged_with(t0=-1.0),
        damaged_with(t1=1e8),
        damaged_with(t1=float("inf")),
        damaged_with(t1=1.0),
        damaged_with(v=float("nan")),
        damaged_with(v=float("-inf")),
        damaged_with(version=2),
        damaged_with(flags=1),
        damaged_with(n=3),
        damaged_with(bits=0x80),
        damaged_with(first=-1),
        damaged_with(first=2**63 - 1),
        damaged_with()[:-1],
        damaged_with()[:12],
        b"",
    ],
)
def test_impossible_messages_are_left_out(payload: bytes) -> None:
    """Next to a sound one, which is kept, so that the layout is known to be right."""
    batch = ImportedSampleDecoder(SENSOR).decode([damaged_with(), payload], np.array([1.0, 2.0]))
    assert (len(batch), batch.damaged) == (1, 1)
    assert batch.acc.tolist() == [[0.5] * 3] * 2


@pytest.mark.parametrize("lacks", [LACKS_ACC, LACKS_GYR])
def test_a_sensor_without_a_quantity_comes_back_without_it(tmp_path: Path, lacks: int) -> None:
    """It takes no room in the file, and a message that says otherwise than its sensor is none."""
    info = imported_sensor("S", Placement.PELVIS, 100.0, lacks=lacks)
    block = replace(samples(100), lacks=lacks)
    (absent, there) = ("acc", "gyr") if lacks == LACKS_ACC else ("gyr", "acc")
    getattr(block, absent)[:] = np.nan
    encoded = SampleEncoder(info).encode(block)
    assert sum(len(each.payload) for each in encoded) < 35 * 100
    with RecordingWriter(tmp_path / "x.mcap", session=SESSION, sensors=[info], paced=False) as out:
        for notification in encoded:
            out.notification(notification)
    with open_recording(tmp_path / "x.mcap") as reader:
        assert lacks_of(reader.sensors[0]) == lacks
        read = list(reader.blocks())
    assert {each.lacks for each in read} == {lacks}
    np.testing.assert_array_equal(
        np.concatenate([getattr(each, there) for each in read]), getattr(block, there)
    )
    assert all(np.isnan(getattr(each, absent)).all() for each in read)
    whole = ImportedSampleDecoder(SENSOR).decode([encoded[0].payload], np.zeros(1))
    assert (len(whole), whole.damaged) == (0, 1)
    with pytest.raises(InvalidSamples, match="lacks something else"):
        SampleEncoder(SENSOR).encode(block)


def test_what_was_computed_is_known_and_unknown_words_are_refused() -> None:
    info = imported_sensor("S", Placement.PELVIS, 100.0, lacks=LACKS_ACC, computed=LACKS_GYR)
    assert (lacks_of(info), computed_of(info)) == (LACKS_ACC, LACKS_GYR)
    assert (lacks_of(SENSOR), computed_of(SENSOR), SENSOR.config) == (0, 0, b"")
    for config in (b"\x03", b"\x10", b"\x01\x00"):
        with pytest.raises(ProtocolError, match="not known"):
            lacks_of(replace(SENSOR, config=config))
    with pytest.raises(InvalidSamples, match="neither"):
        imported_sensor("S", Placement.PELVIS, 100.0, lacks=LACKS_ACC | LACKS_GYR)


def spoiled(position: int = 4, **value: float) -> SampleBlock:
    block = samples(10, start_s=5.0)
    for name, number in value.items():
        column = getattr(block, name).copy()
        column[position] = number
        block = replace(block, **{name: column})
    return block


@pytest.mark.parametrize(
    ("block", "what", "sample"),
    [
        (spoiled(time_s=float("nan")), "time is no number", 4),
        (spoiled(0, time_s=-0.001), "negative", 0),
        (spoiled(9, time_s=2e7), "over 1e", 9),
        (spoiled(time_s=5.0), "not after", 4),
        (spoiled(acc=float("nan")), "acceleration is no number", 4),
        (spoiled(gyr=float("inf")), "angular rate is no number", 4),
        (spoiled(flags=64), "bit that is not known", 4),
        (replace(spoiled(), first_index=-3), "begins with index -3", -1),
        (replace(spoiled(), gyr=np.zeros((9, 3))), "shapes", 0),
        (replace(spoiled(), time_s=np.array(5.0)), "shapes", 0),
    ],
)
def test_samples_that_cannot_be_recorded_are_refused(
    block: SampleBlock, what: str, sample: int
) -> None:
    with pytest.raises(InvalidSamples, match=what) as caught:
        notifications_of(block)
    assert caught.value.sample_index == sample
    assert caught.value.sensor_id == "S"


def test_samples_must_go_on_from_block_to_block() -> None:
    """A refused block leaves the encoder as it was."""
    encoder = SampleEncoder(imported_sensor("S", Placement.PELVIS, 100.0))
    whole = samples(50)
    encoder.encode(whole.slice(0, 20))
    with pytest.raises(InvalidSamples, match="index 10, after 19"):
        encoder.encode(whole.slice(10, 30))
    with pytest.raises(InvalidSamples, match="not after"):
        encoder.encode(replace(whole.slice(0, 20), first_index=20))
    assert encoder.encode(whole.slice(20, 20)) == []
    assert len(encoder.encode(whole.slice(20, 50))) == 2


@pytest.mark.parametrize("rate_hz", [0.0, float("nan"), 1e5, -50.0])
def test_impossible_rates_are_refused(rate_hz: float) -> None:
    with pytest.raises(InvalidSamples, match="sampling rate"):
        imported_sensor("S", None, rate_hz)
    with pytest.raises(InvalidSamples, match="no id"):
        imported_sensor("", None, 100.0)


def test_the_kind_can_be_read_but_not_connected_to() -> None:
    assert KIND in kinds()
    assert format_for(KIND).tells_session_time
    assert KIND not in driver_kinds()
    with pytest.raises(UnsupportedDevice, match=KIND):
        driver_for(KIND)
    with pytest.raises(UnsupportedDevice, match="toaster"):
        format_for("toaster")


def test_beside_a_sensor_with_a_clock(tmp_path: Path) -> None:
    """Both kinds in one recording: the times of one are kept, those of the other fitted."""
    from tests.sensors.open_gait_builder import sensor_info, stream

    live = stream(6.0, sensor_id="L")
    block = samples(500, placement=Placement.SHANK_LEFT)
    infos: list[SensorInfo] = [
        sensor_info("L", "pelvis"),
        imported_sensor("S", Placement.SHANK_LEFT, 100.0),
    ]
    path = tmp_path / "x.mcap"
    with RecordingWriter(path, session=SESSION, sensors=infos, paced=False) as writer:
        for notification in in_log_order(live.notifications, notifications_of(block)):
            writer.notification(notification)
    for online in (False, True):
        with open_recording(path) as reader:
            blocks = list(reader.blocks(online=online, chunk_s=1.0))
        imported = [each for each in blocks if each.placement == Placement.SHANK_LEFT]
        assert columns(imported) == columns([block])
        fitted = [each for each in blocks if each.placement == Placement.PELVIS]
        time_s = np.concatenate([each.time_s for each in fitted])
        assert np.abs(time_s - live.sample_time_s).max() < 15e-3
