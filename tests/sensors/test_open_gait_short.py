"""Short packets of the open profile, which devices send when the ATT MTU is too small for whole ones."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.profile import uuids
from firmware_sim.profile.packets import encode_mini_packet, encode_packet
from firmware_sim.sensor import SimSensor
from levelstride.virtual_time import run_in_virtual_time
from sensors.collector import Collector
from sensors.drivers.open_gait_imu_decoder import OpenGaitImuDecoder
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SessionInfo
from tests.sensors.direct_radio import DirectRadio, use_virtual_time
from tests.sensors.open_gait_builder import sensor_info

CFG = 3
RATE_HZ = 200.0

Sample = tuple[int, int, float, np.ndarray]
"""Index, device time in µs, arrival in s, counts."""


@st.composite
def streams(draw: st.DrawFn) -> list[Sample]:
    """Samples of one start with holes of up to half an hour, arrivals up to 0.4 s late."""
    index, boot_us = 0, draw(st.integers(0, 2**32 - 1))
    actual_hz = RATE_HZ * draw(st.floats(0.995, 1.005))
    found = []
    for skip in draw(st.lists(st.one_of(st.integers(1, 3), st.integers(1, 360_000)), max_size=20)):
        index += skip
        at_s = index / actual_hz
        arrival_s = at_s + 12.0 + draw(st.floats(0.0, 0.4))
        counts = draw(st.integers(-32768, 32767))
        row = np.array([[counts, 1, 2, 3, 4, -counts // 2]], dtype=np.int16)
        found.append((index, boot_us + round(at_s * 1e6), arrival_s, row))
    return found


def decoded(
    samples: list[Sample], short: list[bool], cuts: set[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Index, device time, accelerations and damage; a packet each, some whole, in calls cut anywhere."""
    decoder = OpenGaitImuDecoder(sensor_info())
    payloads = [
        encode_mini_packet(index=index, device_time_us=us, counts=row, flags=0)
        if is_short
        else encode_packet(
            cfg_id=CFG, sequence=0, first_index=index, device_time_us=us, counts=row, flags=0
        )
        for (index, us, _, row), is_short in zip(samples, short, strict=True)
    ]
    arrivals = np.array([each[2] for each in samples])
    edges = sorted({0, len(payloads), *(cut for cut in cuts if cut < len(payloads))})
    parts = [decoder.decode(payloads[a:b], arrivals[a:b]) for a, b in pairwise(edges)]
    if not parts:
        parts = [decoder.decode([], np.zeros(0))]
    return (
        np.concatenate([each.first_index for each in parts]),
        np.concatenate([each.device_s for each in parts]),
        np.concatenate([each.acc for each in parts]),
        sum(each.damaged for each in parts),
    )


@given(samples=streams(), data=st.data())
def test_short_packets_are_read_as_the_encoder_made_them(
    samples: list[Sample], data: st.DataObject
) -> None:
    """Index and time go on over wraps, holes, whole packets between and any grouping."""
    n = len(samples)
    short = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    if n and (samples[0][0] >= 2**16 or samples[0][1] >= 2**32):
        short[0] = False  # what was before the first packet cannot be known
    cuts = data.draw(st.sets(st.integers(0, 20)))
    index, device_s, acc, damaged = decoded(samples, short, cuts)
    assert damaged == 0
    assert index.tolist() == [each[0] for each in samples]
    assert np.round(device_s * 1e6).astype(int).tolist() == [each[1] for each in samples]
    whole = decoded(samples, [False] * n, set())
    assert np.array_equal(acc, whole[2])


def test_a_device_that_was_restarted_counts_from_where_it_says() -> None:
    """A device time that the arrivals rule out is taken as it is, and so is the index."""
    row = np.ones((1, 6), dtype=np.int16)
    before = [(k, 3_000_000_000 + 5000 * k, 5.0 + 0.005 * k, row) for k in range(10)]
    after = [(k, 2_000_000 + 5000 * k, 9.0 + 0.005 * k, row) for k in range(10)]
    index, device_s, _, _ = decoded(before + after, [True] * 20, set())
    assert index.tolist() == [*range(10), *range(10)]
    assert device_s[10] == pytest.approx(2.0)


def test_a_host_with_the_smallest_mtu_records_the_run(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over an ATT MTU of 23: every sample of the motion, none damaged."""
    use_virtual_time(monkeypatch)
    path = f"{tmp_path}/run.mcap"
    seconds = 40.0
    session = SimulatedSession(seconds + 20.0, seed=3, faults="none", fault_overrides={"mtu": 23})

    async def main() -> SimSensor:
        radio = DirectRadio(session, ["open_gait_imu"])
        task = asyncio.create_task(radio.stations[0].client.deliver(radio.clock.now_s))
        recording = RecordingWriter(path, session=SessionInfo(), paced=False)
        await Collector(radio, recording=recording).run(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return session.sensors[0]

    sensor = run_in_virtual_time(main())
    with open_recording(path) as reader:
        sent = [n.payload for n in reader.notifications() if n.characteristic == uuids.DATA]
        blocks = list(reader.blocks())
        counts = reader.counts[sensor.sensor_id]
    assert {len(payload) for payload in sent} == {20}
    assert (counts.damaged, counts.lost, counts.repeated) == (0, 0, 0)
    assert counts.samples == len(sent) > 7000
    whole = SimulatedSession(seconds + 20.0, seed=3, faults="none")
    truth = b"".join(
        each.payload[16:]
        for each in air_packets(whole, 0.0, placements=[sensor.placement])
        if each.characteristic == uuids.DATA
    )
    assert b"".join(payload[8:] for payload in sent) == truth[: 12 * len(sent)]
    time_s = np.concatenate([block.time_s for block in blocks])
    assert len(time_s) == counts.samples
    assert np.diff(time_s) == pytest.approx(1 / 200.0, rel=0.02)
