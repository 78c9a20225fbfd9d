"""What every driver must do, whatever the kind of sensor. A new driver adds a case to wire_makers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.drivers.registry import device_for, driver_for, driver_kinds, match, side_kinds
from sensors.errors import ProtocolError
from sensors.notification import Message, Notification
from sensors.packet_batch import SyncPoint
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.recording_schema import sensor_fields, sensor_from_fields
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR, FLAG_GAP_BEFORE, SampleBlock
from sensors.sensor_stream import SensorStream
from sensors.session_info import SensorInfo, SessionInfo
from tests.sensors.object_size import size_of
from tests.sensors.wire_makers import CASES, SIDE_ADVERTISEMENTS, WireCase, motion

pytestmark = pytest.mark.parametrize("kind", driver_kinds())
MOST_STATE_BYTES = 2_000_000


def blocks_of(
    case: WireCase, messages: list[Message], cuts: Iterable[int] = ()
) -> list[SampleBlock]:
    """Live blocks of the messages, handed in in groups that end at ``cuts``."""
    stream = SensorStream(case.info)
    edges = [0, *sorted(cuts), len(messages)]
    found: list[SampleBlock] = []
    for start, stop in pairwise(edges):
        found += stream.push_messages(messages[start:stop])
    return found + stream.finish()


def joined(blocks: list[SampleBlock]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Indices, accelerations, angular rates and flags of all samples."""
    index = np.concatenate([b.first_index + np.arange(len(b)) for b in blocks])
    columns = [
        np.concatenate([getattr(b, name) for b in blocks]) for name in ("acc", "gyr", "flags")
    ]
    return index, *columns


def test_it_matches_its_own_advertisements_and_no_others(kind: str) -> None:
    driver = driver_for(kind)
    for advertised in CASES[kind].advertisements:
        assert driver.matches(advertised.local_name, advertised)
        found = match(advertised.local_name, advertised)
        assert found is not None
        assert found.kind == kind
        assert not any(
            device_for(other).matches(advertised.local_name, advertised)
            for other in (*driver_kinds(), *side_kinds())
            if other != kind
        )
    for side, advertised in SIDE_ADVERTISEMENTS.items():
        assert not driver.matches(advertised.local_name, advertised)
        found = match(advertised.local_name, advertised)
        assert found is not None
        assert found.kind == side


def test_a_sensor_is_read_again_from_its_bytes(kind: str) -> None:
    """From the bytes it was read from, and from the fields of a recording."""
    info = CASES[kind].info
    again = driver_for(kind).describe(
        info.info,
        info.config,
        sensor_id=info.sensor_id,
        name=info.name,
        serial=info.serial,
        firmware=info.firmware,
        placement=info.placement,
    )
    assert again == info
    assert info.config, "the configuration cannot be read again"
    assert sensor_from_fields(sensor_fields(info)) == info


def test_units_and_signs_of_a_known_motion(kind: str) -> None:
    case = CASES[kind]
    acc, gyr = motion(case.info.rate_hz, 6.0)
    index, got_acc, got_gyr, flags = joined(blocks_of(case, case.encode(acc, gyr)))
    index = index - index[0]
    offset = 0
    if kind == "polar_verity":  # the first acceleration lies before the first angular rate
        offset = 1
    assert len(index) > 0.9 * len(acc) - 110
    assert np.array_equal(index, np.arange(len(index)))
    rows = slice(offset, offset + len(index))
    assert np.abs(got_acc - acc[rows]).max() <= 0.51 * case.acc_step
    assert np.abs(got_gyr - gyr[rows]).max() <= 1.01 * case.gyr_step
    assert not flags.any()


def test_the_ends_of_the_ranges_are_marked(kind: str) -> None:
    case = CASES[kind]
    acc, gyr = motion(case.info.rate_hz, 6.0)
    assert case.info.acc_range > 0 < case.info.gyr_range
    steep = 200 + np.arange(80)
    acc[steep, 1] = -case.info.acc_range + 1e-3 * case.acc_step
    gyr[steep[40:], 2] = case.info.gyr_range - 1.01 * case.info.gyr_range / 32768
    if kind == "polar_verity":  # its angular rates are written at other instants
        gyr[:] = motion(case.info.rate_hz, 6.0)[1]
    index, _, _, flags = joined(blocks_of(case, case.encode(acc, gyr)))
    clipped = index[(flags & FLAG_CLIPPED_ACC) > 0]
    assert len(clipped) == len(steep)
    if kind != "polar_verity":
        assert np.count_nonzero(flags & FLAG_CLIPPED_GYR) == 40


def test_a_lost_notification_is_seen(kind: str) -> None:
    """As many samples as it held, and the first one after it is marked."""
    case = CASES[kind]
    acc, gyr = motion(case.info.rate_hz, 24.0)
    messages = case.encode(acc, gyr)
    losses = [
        k for k in (len(messages) // 3, len(messages) // 2) for k in (k, k + 1) if case.loses(k)
    ]
    losses = [losses[0], losses[-1]]
    if kind == "movesense":  # a packet has two parts
        losses = [k - k % 2 + part for k in losses for part in (0, 1)]
    stream = SensorStream(case.info)
    blocks = stream.push_messages([m for k, m in enumerate(messages) if k not in losses])
    blocks += stream.finish()
    assert stream.counts.lost == pytest.approx(
        2 * case.per_loss, abs=2 if kind == "polar_verity" else 0
    )
    gaps = [b for b in blocks[1:] if b.flags[0] & FLAG_GAP_BEFORE]
    assert len(gaps) == 2
    index, got_acc, _, _ = joined(blocks)
    offset = 1 if kind == "polar_verity" else 0
    rows = index - index[0] + offset
    assert np.abs(got_acc - acc[rows]).max() <= 0.51 * case.acc_step, "a gap was closed"


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_the_samples_do_not_depend_on_the_grouping(kind: str, data: st.DataObject) -> None:
    case = CASES[kind]
    acc, gyr = motion(case.info.rate_hz, 4.0)
    messages = case.encode(acc, gyr)
    lost = data.draw(st.sets(st.integers(0, len(messages) - 1), max_size=3))
    garbage = data.draw(st.dictionaries(st.integers(0, len(messages) - 1), st.binary(max_size=40)))
    mixed: list[Message] = []
    for k, message in enumerate(messages):
        if k in garbage:
            mixed.append((message[0], garbage[k], message[2]))
        if k not in lost:
            mixed.append(message)
    cuts = data.draw(st.sets(st.integers(1, len(mixed) - 1)))
    whole, parted = blocks_of(case, mixed), blocks_of(case, mixed, cuts)
    for a, b in zip(joined(whole), joined(parted), strict=True):
        assert a.tobytes() == b.tobytes()
    times = [np.concatenate([b.time_s for b in blocks]).tobytes() for blocks in (whole, parted)]
    assert times[0] == times[1]


def hostile(case: WireCase) -> st.SearchStrategy[list[Message]]:
    """Any bytes, and true packets with some bytes changed or cut, at any times."""
    acc, gyr = motion(case.info.rate_hz, 1.0)
    true = case.encode(acc, gyr)

    def spoil(message: Message, at: int, value: int, cut: int) -> Message:
        payload = bytearray(message[1])
        payload[at % len(payload)] = value
        return message[0], bytes(payload[: cut or None]), message[2]

    any_bytes = st.tuples(
        st.sampled_from(case.characteristics), st.binary(max_size=250), st.integers(0, 2**62)
    )
    spoilt = st.builds(
        spoil, st.sampled_from(true), st.integers(0, 300), st.integers(0, 255), st.integers(0, 250)
    )
    return st.lists(st.one_of(any_bytes, spoilt, st.sampled_from(true)), max_size=30)


@given(data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_bytes_give_sound_samples_or_are_counted(kind: str, data: st.DataObject) -> None:
    case = CASES[kind]
    messages = data.draw(hostile(case))
    decoder = driver_for(kind).decoder(case.info)
    for part in [*decoder.read(messages), *decoder.finish()]:
        if isinstance(part, SyncPoint):
            continue
        batch = part.unpack()
        total = int(batch.count.sum())
        assert batch.acc.shape == batch.gyr.shape == (total, 3)
        assert batch.sample_flags.shape == (total,)
        assert len(batch.first_index) == len(batch.device_s) == len(batch.arrival_s) == len(batch)
        assert np.isfinite(batch.acc).all()
        assert np.isfinite(batch.gyr).all()
        assert np.isfinite(batch.device_s).all()
        assert ((batch.first_index >= 0) & (batch.first_index < 2**32)).all()
        assert (batch.count > 0).all()
        assert batch.damaged >= 0
    blocks = blocks_of(case, messages)
    for block in blocks:
        assert (np.diff(block.time_s) > 0).all()


@given(
    payload=st.binary(max_size=64), config=st.binary(max_size=120), flip=st.integers(0, 2**16 - 1)
)
@settings(max_examples=100, deadline=None)
def test_any_description_is_a_sensor_or_a_protocol_error(
    kind: str, payload: bytes, config: bytes, flip: int
) -> None:
    driver, info = driver_for(kind), CASES[kind].info
    spoilt = bytearray(info.config)
    spoilt[flip % len(spoilt)] ^= flip >> 8 or 1
    for info_bytes, config_bytes in (
        (payload, config), (info.info, config), (payload, info.config), (info.info, bytes(spoilt))
    ):  # fmt: skip
        try:
            found = driver.describe(info_bytes, config_bytes, sensor_id="S1")
            driver.decoder(found)
        except ProtocolError:
            continue
        assert isinstance(found, SensorInfo)
        assert np.isfinite([found.rate_hz, found.acc_scale, found.gyr_scale]).all()


@given(payload=st.binary(max_size=64))
@settings(max_examples=100, deadline=None)
def test_any_bytes_may_be_asked_for_the_sensors_health(kind: str, payload: bytes) -> None:
    driver = driver_for(kind)
    for uuid in (*CASES[kind].characteristics, "00002a19-0000-1000-8000-00805f9b34fb"):
        health = driver.health(uuid, payload)
        if health is not None and health.battery_percent is not None:
            assert 0 <= health.battery_percent <= 100


def test_memory_does_not_grow_with_garbage(kind: str) -> None:
    case = CASES[kind]
    rng = np.random.default_rng(7)
    acc, gyr = motion(case.info.rate_hz, 2.0)
    true = case.encode(acc, gyr)
    stream = SensorStream(case.info)
    sizes = []
    for step in range(3000):
        uuid, payload, _ = true[int(rng.integers(len(true)))]
        if step % 3:
            payload = bytes(rng.integers(0, 256, int(rng.integers(0, 245)), dtype=np.uint8))
        elif step % 2:
            spoilt = bytearray(payload)
            spoilt[int(rng.integers(len(spoilt)))] = int(rng.integers(256))
            payload = bytes(spoilt)
        stream.push_messages([(uuid, payload, round((5.0 + step * 0.02) * 1e9))])
        if step in (999, 2999):
            sizes.append(size_of(stream))
    assert sizes[1] < max(MOST_STATE_BYTES, 2 * sizes[0])


def test_a_recording_gives_the_same_samples_as_the_stream(kind: str, tmp_path: Path) -> None:
    case = CASES[kind]
    acc, gyr = motion(case.info.rate_hz, 20.0)
    messages = case.encode(acc, gyr)
    with RecordingWriter(
        tmp_path / "x.mcap", session=SessionInfo(), sensors=[case.info], paced=False
    ) as writer:
        for uuid, payload, arrival_ns in messages:
            writer.notification(Notification("S1", uuid, payload, arrival_ns))
    live = blocks_of(case, messages)
    with open_recording(tmp_path / "x.mcap") as reader:
        online, offline = list(reader.blocks(online=True, chunk_s=1.7)), list(reader.blocks())
        counts = reader.counts["S1"]
    for found in (online, offline):
        for a, b in zip(joined(live), joined(found), strict=True):
            assert a.tobytes() == b.tobytes()
    assert counts.lost == counts.damaged == counts.repeated == 0
    times = np.concatenate([b.time_s for b in offline])
    assert {b.placement for b in offline} == {Placement.PELVIS}
    true_rate = 198.8 if kind == "witmotion" else case.info.rate_hz
    step_s = np.polyfit(np.arange(len(times)), times, 1)[0]
    assert step_s * true_rate == pytest.approx(1.0, abs=2e-3)
