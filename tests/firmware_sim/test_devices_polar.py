"""The simulated Polar Verity Sense: its control point, its frames and its traps, seen in the bytes."""

from __future__ import annotations

import itertools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import FirmwareError
from firmware_sim.device import Outgoing
from firmware_sim.devices.polar.device import (
    HEART_RATE,
    PMD_CONTROL,
    PMD_DATA,
    UNSET_EPOCH_NS,
)
from firmware_sim.devices.standard_services import BATTERY_LEVEL
from tests.firmware_sim.device_bench import Bench, abuse
from tests.firmware_sim.test_vectors_polar import unpacked

SDK_ON, SDK_OFF = bytes.fromhex("0209"), bytes.fromhex("0309")
ACC_208 = bytes.fromhex("02020001d0000101100002011000040103")
GYRO_208 = bytes.fromhex("02050001d000010110000201d007040103")
ACC_52 = bytes.fromhex("0202000134000101100002010800040103")
STOP_ACC, STOP_GYRO = bytes.fromhex("0302"), bytes.fromhex("0305")


def ask(bench: Bench, request: bytes) -> bytes:
    (reply,) = bench.ask(PMD_CONTROL, request, PMD_CONTROL)
    assert reply[0] == 0xF0
    assert reply[1:3] == request[:2]
    return reply


def status(bench: Bench, request: bytes) -> int:
    return ask(bench, request)[3]


def raw_mode(**more: object) -> Bench:
    bench = Bench("polar_verity", **more)  # type: ignore[arg-type]
    assert status(bench, SDK_ON) == 0
    return bench


def data(outgoing: list[Outgoing], kind: int) -> list[Outgoing]:
    return [o for o in outgoing if o.characteristic == PMD_DATA and o.payload[0] == kind]


def time_ns(frame: Outgoing) -> int:
    return int.from_bytes(frame.payload[1:9], "little")


def numbers(frames: list[Outgoing]) -> np.ndarray:
    return np.array([row for o in frames for row in unpacked(o.payload[10:], 3, 2)[0]], dtype=float)


def test_the_control_point_reads_as_the_features() -> None:
    assert Bench("polar_verity").device.read(PMD_CONTROL)[:3].hex() == "0f6e02"


def test_settings_in_normal_and_in_sdk_mode() -> None:
    bench = Bench("polar_verity")
    assert ask(bench, b"\x01\x02")[5:].hex() == "000134000101100002010800040103"
    ask(bench, SDK_ON)
    reply = ask(bench, b"\x01\x05")[5:]
    assert reply.hex() == "00051a0034006800d000a00101011000" + "0204fa00f401e803d007" + "040103"


def test_208_hz_needs_sdk_mode_which_needs_all_streams_stopped() -> None:
    bench = Bench("polar_verity")
    assert status(bench, ACC_208) == 8
    assert status(bench, ACC_52) == 0
    assert status(bench, SDK_ON) == 12
    assert status(bench, STOP_ACC) == 0
    assert status(bench, SDK_ON) == 0
    assert status(bench, SDK_ON) == 6
    assert status(bench, ACC_208) == 0
    assert status(bench, ACC_208) == 6
    assert status(bench, SDK_OFF) == 12
    assert status(bench, STOP_ACC) == 0
    assert status(bench, STOP_ACC) == 6
    assert status(bench, SDK_OFF) == 0
    assert status(bench, SDK_OFF) == 6


def test_sdk_mode_outlives_the_link_but_not_the_power() -> None:
    bench = raw_mode()
    bench.drop(2.0)
    bench.subscribe()
    assert status(bench, SDK_ON) == 6
    bench.device.reboot()
    bench.device.connected(bench.mtu)
    bench.subscribe()
    assert status(bench, SDK_ON) == 0


def test_heart_rate_comes_each_second_and_not_in_sdk_mode() -> None:
    bench = Bench("polar_verity")
    beats = [o.payload for o in bench.run(5.5) if o.characteristic == HEART_RATE]
    assert len(beats) == 5
    assert all(p[0] == 0x06 and 40 < p[1] < 120 for p in beats)
    ask(bench, SDK_ON)
    assert [o for o in bench.run(5.0) if o.characteristic == HEART_RATE] == []
    ask(bench, SDK_OFF)
    assert len([o for o in bench.run(5.0) if o.characteristic == HEART_RATE]) == 5


@pytest.mark.parametrize(
    ("request_hex", "expected"),
    [
        ("0702", 1),
        ("0207", 2),
        ("0201", 3),
        ("020200", 4),
        ("0202000134", 4),
        ("02020001340001011000040103", 5),
        ("02020701340001011000", 5),
        ("0202000134000101180002010800040103", 7),
        ("0202000133000101100002010800040103", 8),
        ("0202000134000101100002011000040103", 9),
        ("0202000134000101100002010800040102", 11),
    ],
)
def test_what_cannot_be_is_refused_with_its_own_status(request_hex: str, expected: int) -> None:
    assert status(Bench("polar_verity"), bytes.fromhex(request_hex)) == expected


def test_a_request_without_indications_is_an_att_error() -> None:
    bench = Bench("polar_verity", subscribe=False)
    with pytest.raises(FirmwareError) as caught:
        bench.device.write(PMD_CONTROL, SDK_ON)
    assert caught.value.att_code == 0xFD


def test_a_start_over_a_small_mtu_is_refused() -> None:
    assert status(Bench("polar_verity", mtu=23), ACC_52) == 10


def test_compressed_frames_fill_the_notification_in_several_blocks() -> None:
    bench = raw_mode()
    ask(bench, ACC_208)
    ask(bench, GYRO_208)
    got = bench.run(30.0)
    for kind in (2, 5):
        frames = data(got, kind)
        sizes = [len(o.payload) for o in frames]
        assert max(sizes) <= 229
        assert all(o.payload[9] == 0x80 for o in frames)
        assert max(o.samples for o in frames) == 57
        assert min(o.samples for o in frames[:-1]) >= 30
        for o in frames:
            rows, blocks = unpacked(o.payload[10:], 3, 2)
            assert len(rows) == o.samples
            assert len(blocks) >= 1
        assert np.mean([len(unpacked(o.payload[10:], 3, 2)[1]) for o in frames]) > 1.5


def test_the_factor_is_in_the_start_reply_and_scales_to_gravity_and_stillness() -> None:
    bench = raw_mode()
    factors = {}
    for kind, request in ((2, ACC_208), (5, GYRO_208)):
        reply = ask(bench, request)
        assert reply[3:7] == b"\x00\x00\x05\x01"
        factors[kind] = struct.unpack("<f", reply[7:])[0]
    assert factors[2] == pytest.approx(16.0 / 32768.0)
    assert factors[5] == pytest.approx(0.070)  # not 2000 / 32768
    got = bench.run(4.0)
    still = numbers(data(got, 2)) * factors[2]
    assert np.linalg.norm(still, axis=1).mean() == pytest.approx(1.0, abs=0.03)
    assert np.abs((numbers(data(got, 5)) * factors[5]).mean(axis=0)).max() < 3.0


def test_the_time_is_that_of_the_last_sample_and_the_frame_leaves_then() -> None:
    bench = raw_mode()
    ask(bench, ACC_208)
    frames = data(bench.run(20.0), 2)
    for before, after in itertools.pairwise(frames):
        step_s = (time_ns(after) - time_ns(before)) * 1e-9
        assert step_s == pytest.approx(after.samples / 208.0, rel=0.006)
        assert after.ready_s - before.ready_s == pytest.approx(step_s, rel=2e-4)
    assert UNSET_EPOCH_NS < time_ns(frames[0]) < UNSET_EPOCH_NS + 1e12


def test_a_clock_that_was_set_counts_from_2000() -> None:
    bench = raw_mode(variant="time-set")
    ask(bench, ACC_208)
    (frame, *_) = data(bench.run(2.0), 2)
    assert 2026.0 < 2000.0 + time_ns(frame) * 1e-9 / 31_556_952.0 < 2027.0


def test_at_52_hz_a_frame_takes_a_second() -> None:
    bench = Bench("polar_verity")
    ask(bench, ACC_52)
    frames = data(bench.run(12.0), 2)
    assert 0.6 < np.median(np.diff([o.ready_s for o in frames])) < 1.2


def test_acceleration_can_come_as_mg_packed_or_plain() -> None:
    packed, plain = raw_mode(variant="mg-frames"), raw_mode(variant="plain-frames")
    assert struct.unpack("<f", ask(packed, ACC_208)[7:])[0] == 1.0
    assert len(ask(plain, ACC_208)) == 5
    a, b = data(packed.run(4.0), 2), data(plain.run(4.0), 2)
    assert {o.payload[9] for o in a} == {0x81}
    assert {o.payload[9] for o in b} == {0x01}
    assert {o.samples for o in b} == {36}
    rows = np.array([v for o in b for v in struct.iter_unpack("<3h", o.payload[10:])], dtype=float)
    whole = numbers(a)[36:]  # the first plain frame came while its start was answered
    n = min(len(rows), len(whole))
    assert n > 700
    assert (rows[:n] == whole[:n]).all()
    assert np.linalg.norm(rows, axis=1).mean() == pytest.approx(1000.0, abs=40.0)


def test_running_shocks_clip_at_the_range_in_force() -> None:
    eight = Bench("polar_verity", faults="harsh")
    reply = ask(eight, ACC_52)
    factor = struct.unpack("<f", reply[7:])[0]
    values = numbers(data(eight.run(40.0), 2)) * factor
    assert np.abs(values).max() == pytest.approx(8.0, rel=1e-3)


def test_streams_end_with_the_link() -> None:
    bench = raw_mode()
    ask(bench, ACC_208)
    bench.run(1.0)
    bench.drop(1.0)
    bench.subscribe()
    assert data(bench.run(2.0), 2) == []
    assert status(bench, ACC_208) == 0
    assert data(bench.run(2.0), 2) != []


def test_advertisement_identity_and_battery() -> None:
    bench = Bench("polar_verity")
    assert bench.device.advertisement().local_name == f"Polar Sense {bench.device.sensor_id}"
    assert len(bench.device.sensor_id) == 8
    assert 1 <= bench.device.read(BATTERY_LEVEL)[0] <= 99


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_write_breaks_it(data: st.DataObject) -> None:
    requests = st.sampled_from([SDK_ON, SDK_OFF, ACC_208, GYRO_208, ACC_52, STOP_ACC, STOP_GYRO])
    cut = st.builds(lambda r, n: r[:n], requests, st.integers(0, 17))
    bench = Bench("polar_verity", "pelvis")
    abuse(data, bench, st.binary(max_size=20) | requests | cut)
    bench.device.reboot()
    bench.device.connected(bench.mtu)
    bench.subscribe()
    assert status(bench, SDK_ON) == 0
    assert status(bench, ACC_208) == 0
    assert sum(o.samples for o in bench.run(2.0)) > 300
