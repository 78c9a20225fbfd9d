"""The simulated Movella DOT: its settings, payloads, clock and synchronisation, seen in the bytes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import FirmwareError
from firmware_sim.device import Outgoing
from firmware_sim.devices.movella import device as dot
from firmware_sim.devices.movella.messages import encode_address, encode_message
from firmware_sim.devices.movella.payloads import LONG, MEDIUM, MODES, SHORT, characteristic_of
from tests.firmware_sim.device_bench import Bench, abuse
from tests.firmware_sim.test_devices_witmotion import (
    OPEN_FILTER,
    RATE_200,
    UNLOCK,
    acc_g,
    send,
    split_frames,
    stream,
)

STOP = bytes((1, 0, 0))
GET_SYNC, STOP_SYNC = bytes.fromhex("020108f5"), bytes.fromhex("020102fb")


def start(bench: Bench, mode: int) -> None:
    bench.device.write(dot.MEASUREMENT_CONTROL, bytes((1, 1, mode)))


def control(bench: Bench, mask: int, **fields: int) -> None:
    block = bytearray(32)
    block[0] = mask
    block[1] = fields.get("identify", 0)
    block[2] = fields.get("power", 0)
    block[24:26] = fields.get("rate", 0).to_bytes(2, "little")
    block[26] = fields.get("filter", 0)
    bench.device.write(dot.DEVICE_CONTROL, bytes(block))


def rate(bench: Bench) -> int:
    return int.from_bytes(bench.device.read(dot.DEVICE_CONTROL)[24:26], "little")


def times(got: list[Outgoing]) -> list[int]:
    return [int.from_bytes(o.payload[:4], "little") for o in got if o.samples]


def floats(got: list[Outgoing], at: int, n: int) -> np.ndarray:
    return np.array([struct.unpack_from(f"<{n}f", o.payload, at) for o in got if o.samples])


def start_sync(bench: Bench, root: str) -> None:
    data = b"\x01" + encode_address(root)
    bench.device.write(dot.MESSAGE_CONTROL, encode_message(2, data))


def test_every_mode_comes_on_its_characteristic_padded_to_full_size() -> None:
    bench = Bench("movella_dot")
    for mode in MODES:
        start(bench, mode)
        assert bench.device.read(dot.MEASUREMENT_CONTROL) == bytes((1, 1, mode))
        got = [o for o in bench.run(0.2) if o.samples]
        assert {o.characteristic for o in got} == {characteristic_of(mode)}
        assert {len(o.payload) for o in got} == {
            {SHORT: 20, MEDIUM: 40, LONG: 63}[characteristic_of(mode)]
        }
        bench.device.write(dot.MEASUREMENT_CONTROL, STOP)
        assert [o for o in bench.run(0.2) if o.samples] == []


@pytest.mark.parametrize("mode", [0, 1, 17, 25, 27, 255])
def test_modes_that_only_the_maker_can_read_do_not_start(mode: int) -> None:
    bench = Bench("movella_dot")
    start(bench, mode)
    assert bench.device.read(dot.MEASUREMENT_CONTROL)[1] == 0
    assert bench.run(0.5) == [] or all(not o.samples for o in bench.run(0.5))


def test_sixty_hertz_are_steps_of_16667_microseconds() -> None:
    bench = Bench("movella_dot")
    start(bench, 21)
    got = bench.run(10.0)
    assert set(np.diff(times(got))) == {16667}
    assert abs(len(times(got)) - 600) <= 1


def test_the_clock_wraps_at_32_bits() -> None:
    bench = Bench("movella_dot", variant="near-wrap")
    start(bench, 5)
    t = times(bench.run(25.0))
    assert t[0] > 2**32 - 20_000_000
    assert t[-1] < 10_000_000
    assert set(np.diff(np.array(t, dtype=np.int64)) % 2**32) == {16667}


def test_what_is_not_subscribed_does_not_come_until_it_is() -> None:
    bench = Bench("movella_dot", subscribe=False)
    bench.subscribe(MEDIUM)
    start(bench, 26)
    assert bench.run(1.0) == []
    bench.subscribe(LONG)
    assert len(times(bench.run(1.0))) in (59, 60, 61)


def test_it_goes_on_measuring_without_a_link() -> None:
    bench = Bench("movella_dot")
    start(bench, 24)
    first = times(bench.run(2.0))
    bench.drop(60.0)
    assert bench.clock.running
    bench.subscribe()
    again = times(bench.run(2.0))
    assert (again[0] - first[-1]) % 16667 == 0
    assert (again[0] - first[-1]) * 1e-6 == pytest.approx(60.0, abs=0.1)
    assert bench.device.read(dot.MEASUREMENT_CONTROL) == bytes((1, 1, 24))


def test_the_rate_cannot_change_while_measuring_and_nobody_says_so() -> None:
    bench = Bench("movella_dot")
    assert rate(bench) == 60
    control(bench, 0x10, rate=30)
    assert rate(bench) == 30
    control(bench, 0x10, rate=50)
    assert rate(bench) == 30
    start(bench, 4)
    control(bench, 0x10, rate=60)
    assert rate(bench) == 30
    assert set(np.diff(times(bench.run(2.0)))) == {33333}
    bench.device.write(dot.MEASUREMENT_CONTROL, STOP)
    control(bench, 0x10, rate=60)
    assert rate(bench) == 60


def test_120_hz_is_for_recording_only() -> None:
    bench = Bench("movella_dot")
    control(bench, 0x10, rate=120)
    assert rate(bench) == 120
    start(bench, 4)
    assert bench.device.read(dot.MEASUREMENT_CONTROL)[1] == 0


def test_only_fields_in_the_mask_change() -> None:
    bench = Bench("movella_dot")
    before = bench.device.read(dot.DEVICE_CONTROL)
    control(bench, 0x00, rate=30, filter=1)
    assert bench.device.read(dot.DEVICE_CONTROL) == before
    control(bench, 0x20, rate=30, filter=1)
    assert rate(bench) == 60
    assert bench.device.read(dot.DEVICE_CONTROL)[26] == 1
    control(bench, 0x01, identify=1)
    assert bench.device.identified == 1  # type: ignore[attr-defined]


def test_peaks_are_smaller_than_at_200_hz_because_each_value_is_a_mean() -> None:
    smooth, sharp = Bench("movella_dot"), Bench("witmotion")
    start(smooth, 21)
    send(sharp, UNLOCK, OPEN_FILTER, RATE_200)
    a = np.linalg.norm(floats(smooth.run(24.0), 4, 3), axis=1) / 9.80665
    b = np.linalg.norm(acc_g(split_frames(stream(sharp.run(24.0)))[0]), axis=1)
    assert np.sort(a)[-10:].mean() < 0.85 * np.sort(b)[-10:].mean()
    assert a[:120].mean() == pytest.approx(b[:400].mean(), abs=0.03)


def test_attitude_acceleration_and_rate_belong_together() -> None:
    """Turned by the quaternion, standing specific force points up; free acceleration is then nearly none."""
    bench = Bench("movella_dot", "pelvis")
    start(bench, 26)
    got = bench.run(4.0)
    q, acc, gyr = floats(got, 4, 4), floats(got, 20, 3), floats(got, 32, 3)
    assert np.allclose(np.linalg.norm(q, axis=1), 1.0, atol=1e-5)
    w, v = q[:, :1], q[:, 1:]
    turned = acc + 2.0 * np.cross(v, np.cross(v, acc) + w * acc)
    assert np.abs(turned.mean(axis=0) - [0.0, 0.0, 9.81]).max() < 0.35
    assert np.abs(gyr).max() < 10.0
    bench.device.write(dot.MEASUREMENT_CONTROL, STOP)
    start(bench, 6)
    assert np.abs(floats(bench.run(1.0), 4, 3)).max() < 2.0


def test_quaternion_changes_are_the_integral_of_the_rate() -> None:
    bench = Bench("movella_dot", "shank_left")
    start(bench, 26)
    got = bench.run(24.0)
    q, gyr = floats(got, 4, 4), np.radians(floats(got, 32, 3))
    w1, v1, w2, v2 = q[:-1, 0], q[:-1, 1:], q[1:, 0], q[1:, 1:]
    step = w1[:, None] * v2 - w2[:, None] * v1 - np.cross(v1, v2)
    step *= np.sign(w1 * w2 + (v1 * v2).sum(axis=1))[:, None]
    rate_of_q = 2.0 * step / 16667e-6
    error = rate_of_q - gyr[1:]
    assert np.sqrt((error**2).mean()) < 0.02 * np.sqrt((gyr**2).mean())


def test_heading_reset_works_only_while_measuring_an_orientation() -> None:
    bench = Bench("movella_dot", "pelvis")
    bench.device.write(dot.HEADING_CONTROL, b"\x01\x00")
    assert bench.device.read(dot.HEADING_STATUS) == b"\x00"
    start(bench, 4)
    bench.run(1.0)
    bench.device.write(dot.HEADING_CONTROL, b"\x01\x00")
    assert bench.device.read(dot.HEADING_STATUS) == b"\x01"
    yaw = floats(bench.run(1.0), 12, 1)
    assert np.abs(yaw).max() < 1.0
    bench.device.write(dot.HEADING_CONTROL, b"\x07\x00")
    assert np.abs(floats(bench.run(1.0), 12, 1)).min() > 1.0


def test_sync_needs_the_link_closed_for_14_seconds_and_gives_one_clock() -> None:
    root = "D4:22:CD:00:12:34"
    benches = [Bench("movella_dot", p) for p in ("pelvis", "shank_left", "shank_right")]  # type: ignore[arg-type]
    before, after = [], []
    for bench in benches:
        assert bench.ask(dot.MESSAGE_CONTROL, GET_SYNC, dot.MESSAGE_NOTIFY) == [
            bytes.fromhex("02025109a2")
        ]
        start_sync(bench, root)
        bench.drop(14.5)
        bench.subscribe()
        assert bench.device.read(dot.MESSAGE_ACK).hex() == "02020300f9"
        assert bench.ask(dot.MESSAGE_CONTROL, GET_SYNC, dot.MESSAGE_NOTIFY) == [
            bytes.fromhex("02025104a7")
        ]
        start(bench, 26)
        got = [o for o in bench.run(2.0) if o.samples]
        after.append([(o.ready_s, t) for o, t in zip(got, times(got), strict=True)])
        control(bench, 0x10, rate=30)
        assert rate(bench) == 60  # locked while synchronised, too
        bench.device.write(dot.MEASUREMENT_CONTROL, STOP)
        assert bench.ask(dot.MESSAGE_CONTROL, STOP_SYNC, dot.MESSAGE_NOTIFY) == [
            bytes.fromhex("02025000ac")
        ]
        start(bench, 26)
        got = [o for o in bench.run(1.0) if o.samples]
        before.append(times(got)[0] - round(got[0].ready_s * 1e6))
    common = set.intersection(*({t for _, t in pairs} for pairs in after))
    assert len(common) > 100
    for t in common:
        air = [next(a for a, b in pairs if b == t) for pairs in after]
        assert max(air) - min(air) < 1e-4
    assert len({b // 1_000_000 for b in before}) == 3  # their own clocks have nothing in common


def test_a_host_that_returns_too_soon_spoils_the_sync() -> None:
    bench = Bench("movella_dot")
    start_sync(bench, "D4:22:CD:00:12:34")
    bench.run(20.0)
    assert bench.device.read(dot.MESSAGE_ACK) == b""  # nothing happens while the link is up
    bench.drop(8.0)
    assert bench.device.read(dot.MESSAGE_ACK) == encode_message(2, bytes((3, 5)))
    fails = Bench("movella_dot", variant="sync-fails")
    start_sync(fails, "D4:22:CD:00:12:34")
    fails.drop(15.0)
    assert fails.device.read(dot.MESSAGE_ACK) == encode_message(2, bytes((3, 7)))


def test_an_acknowledgement_is_overwritten_by_the_next_command() -> None:
    bench = Bench("movella_dot")
    bench.device.write(dot.MESSAGE_CONTROL, bytes.fromhex("010740df503b5b0807e4"))
    bench.device.write(dot.MESSAGE_CONTROL, bytes.fromhex("010102fc"))
    assert bench.device.read(dot.MESSAGE_ACK)[:5] == bytes((1, 3, 1, 0x40, 2))
    bench.device.write(dot.MESSAGE_CONTROL, bytes.fromhex("010141bd"))
    assert bench.device.read(dot.MESSAGE_ACK).hex() == "0103010041ba"
    bench.device.write(dot.MESSAGE_CONTROL, bytes.fromhex("010102fc"))
    assert bench.device.read(dot.MESSAGE_ACK).hex() == "0103010602f3"


def test_a_wrong_checksum_is_answered_as_invalid() -> None:
    bench = Bench("movella_dot")
    bench.device.write(dot.MESSAGE_CONTROL, bytes.fromhex("010740df503b5b0807e0"))
    assert bench.device.read(dot.MESSAGE_ACK) == encode_message(1, bytes((1, 2, 0x40)))


def test_info_battery_and_both_names() -> None:
    bench = Bench("movella_dot")
    info = bench.device.read(dot.DEVICE_INFO)
    assert len(info) == 34
    assert info[:6] == encode_address(bench.device.address)
    assert info[-6:] == b"XS-T02"
    level, charging = bench.device.read(dot.BATTERY_STATE)
    assert 1 <= level <= 99
    assert charging == 0
    assert bench.device.advertisement().local_name == "Movella DOT"
    assert 0x0886 in bench.device.advertisement().manufacturer_data
    old = Bench("movella_dot", variant="xsens").device
    assert old.advertisement().local_name == "Xsens DOT"


def test_power_off_is_reported_and_then_it_is_gone() -> None:
    bench = Bench("movella_dot")
    start(bench, 4)
    control(bench, 0x02, power=1)
    reports = [o for o in bench.run(2.0) if o.characteristic == dot.DEVICE_REPORT]
    assert [o.payload[0] for o in reports] == [1]
    assert len(reports[0].payload) == 36
    assert not bench.device.on_air  # type: ignore[attr-defined]
    assert bench.run(2.0) == []


@pytest.mark.parametrize("uuid", [dot.DEVICE_CONTROL, dot.MEASUREMENT_CONTROL, dot.HEADING_CONTROL])
def test_a_write_of_another_length_is_an_att_error(uuid: str) -> None:
    with pytest.raises(FirmwareError) as caught:
        Bench("movella_dot").device.write(uuid, b"\x01")
    assert caught.value.att_code == 0x0D


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_write_breaks_it(data: st.DataObject) -> None:
    messages = st.builds(
        encode_message,
        st.sampled_from([1, 2, 7]),
        st.builds(
            lambda a, b: bytes((a,)) + b,
            st.sampled_from([1, 2, 8, 0x30, 0x40, 0x41, 0x60, 0x70, 0x74]),
            st.binary(max_size=7),
        ),
    )
    measure = st.builds(lambda a, m: bytes((1, a, m)), st.integers(0, 2), st.sampled_from(MODES))
    blocks = st.binary(min_size=32, max_size=32).map(lambda b: bytes((b[0] & ~2,)) + b[1:])
    headings = st.sampled_from([b"\x01\x00", b"\x07\x00", b"\x08\x00"])
    bench = Bench("movella_dot", "pelvis")
    abuse(data, bench, st.binary(max_size=40) | messages | measure | blocks | headings)
    if not bench.device.on_air:  # type: ignore[attr-defined]
        return
    bench.device.reboot()
    bench.device.connected(bench.mtu)
    bench.subscribe()
    control(bench, 0x10, rate=60)
    start(bench, 26)
    assert 119 <= len(times(bench.run(2.0))) <= 121
