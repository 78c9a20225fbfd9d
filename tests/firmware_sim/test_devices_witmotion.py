"""The simulated WitMotion sensor: its registers, its byte stream and its traps, seen in the bytes."""

from __future__ import annotations

import itertools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.device import Outgoing
from firmware_sim.devices.witmotion.device import NOTIFY, SERVICE, WRITE
from firmware_sim.devices.witmotion.registers import UNLOCK_S
from tests.firmware_sim.device_bench import Bench, abuse

UNLOCK = "ffaa6988b5"
SAVE = "ffaa000000"
RATE_200 = "ffaa030b00"
RATE_100 = "ffaa030900"
OPEN_FILTER = "ffaa1f0000"


def send(bench: Bench, *commands: str) -> None:
    for command in commands:
        bench.device.write(WRITE, bytes.fromhex(command))


def fast(faults: str = "none", variant: str | None = None, **more: object) -> Bench:
    bench = Bench("witmotion", faults=faults, variant=variant, **more)  # type: ignore[arg-type]
    send(bench, UNLOCK, "ffaa960000", OPEN_FILTER, RATE_200)
    return bench


def stream(outgoing: list[Outgoing]) -> bytes:
    return b"".join(o.payload for o in outgoing)


def split_frames(data: bytes, size: int = 20) -> tuple[list[bytes], list[bytes]]:
    """Data frames and register replies of a stream that begins with a frame and has no damage."""
    frames, replies = [], []
    at = 0
    while at + size <= len(data) or data[at : at + 2] == b"\x55\x71":
        if data[at : at + 2] == b"\x55\x61":
            frames.append(data[at : at + size])
            at += size
        else:
            assert data[at : at + 2] == b"\x55\x71", (at, data[at - 20 : at + 4].hex())
            replies.append(data[at : at + 20])
            at += 20
    return frames, replies


def numbers(frames: list[bytes]) -> np.ndarray:
    return np.array([struct.unpack_from("<9h", f, 2) for f in frames], dtype=float)


def acc_g(frames: list[bytes]) -> np.ndarray:
    return numbers(frames)[:, :3] * 16.0 / 32768.0


def test_the_service_has_the_vendor_s_base_not_the_bluetooth_one() -> None:
    bench = Bench("witmotion")
    (service,) = bench.device.services()
    assert service.uuid == SERVICE
    for uuid in (SERVICE, NOTIFY, WRITE):
        assert uuid.endswith("-0000-1000-8000-00805f9a34fb")
    assert bench.device.advertisement().local_name.startswith("WT9")
    assert bench.device.advertisement().service_uuids == ()


def test_it_streams_at_10_hz_from_the_subscription_on_without_any_start() -> None:
    bench = Bench("witmotion", subscribe=False)
    assert bench.run(3.0) == []
    bench.subscribe()
    got = bench.run(10.0)
    assert {len(o.payload) for o in got} == {20}
    assert {o.payload[:2] for o in got} == {b"\x55\x61"}
    assert 98 <= len(got) <= 100
    assert all(o.samples == 1 for o in got)


def test_at_200_hz_eight_frames_come_at_once_and_the_true_rate_is_a_little_less() -> None:
    for seed in (1, 2, 3):
        bench = fast(seed=seed)
        got = bench.run(20.0)
        rate = sum(o.samples for o in got) / 20.0
        assert 198.0 <= rate <= 199.8
        sizes = [len(o.payload) for o in got]
        assert np.median(sizes) == 160
        assert np.median([o.samples for o in got]) == 8
        frames, replies = split_frames(stream(got))
        assert len(frames) >= sum(o.samples for o in got)
        assert replies == []


def test_frames_are_now_and_then_cut_in_the_middle_by_the_end_of_a_notification() -> None:
    got = fast().run(20.0)
    cut = [a for a, b in itertools.pairwise(got) if b.payload[:2] != b"\x55\x61"]
    assert 5 <= len(cut) <= 0.15 * len(got)
    assert all(o.payload[:2] == b"\x55\x61" for o in got[:1])


def test_a_small_mtu_cuts_the_stream_anywhere() -> None:
    bench = fast(mtu=100)
    got = bench.run(3.0)
    assert max(len(o.payload) for o in got) == 97
    frames, _ = split_frames(stream(got))
    assert len(frames) == sum(o.samples for o in got)


def test_writes_count_only_within_ten_seconds_of_an_unlock() -> None:
    bench = Bench("witmotion")
    send(bench, RATE_100)
    assert len(bench.run(2.0)) < 30
    send(bench, UNLOCK)
    bench.run(UNLOCK_S + 0.1)
    send(bench, RATE_100)
    assert len(bench.run(2.0)) < 30
    send(bench, UNLOCK, RATE_100)
    assert sum(o.samples for o in bench.run(2.0)) > 150


def test_rate_code_0a_reads_back_but_does_not_change_the_rate() -> None:
    bench = Bench("witmotion")
    send(bench, UNLOCK, "ffaa030a00")
    (reply,) = [p for p in bench.ask(WRITE, bytes.fromhex("ffaa270300"), NOTIFY) if p[1] == 0x71]
    assert reply[2:6] == bytes.fromhex("03000a00")
    assert len(bench.run(2.0)) <= 21


def test_the_default_low_pass_of_20_hz_flattens_foot_strikes_and_noise() -> None:
    peaks, noise = {}, {}
    for code in (0, 4):
        bench = Bench("witmotion")
        send(bench, UNLOCK, f"ffaa1f{code:02x}00", RATE_200)
        values = acc_g(split_frames(stream(bench.run(24.0)))[0])
        size = np.linalg.norm(values, axis=1)
        peaks[code] = np.sort(size)[-20:].mean()
        noise[code] = np.diff(values[50:600, 2]).std()
    assert peaks[4] < 0.9 * peaks[0]
    assert noise[4] < 0.5 * noise[0]


def test_unsaved_settings_are_lost_with_power_and_saved_ones_are_not() -> None:
    bench = Bench("witmotion")
    send(bench, UNLOCK, RATE_100)
    bench.device.reboot()
    bench.device.connected(247)
    bench.subscribe()
    assert len(bench.run(2.0)) <= 21
    send(bench, UNLOCK, RATE_100, SAVE)
    bench.device.reboot()
    bench.device.connected(247)
    bench.subscribe()
    assert sum(o.samples for o in bench.run(2.0)) > 150
    send(bench, UNLOCK, "ffaa000100")
    assert len(bench.run(2.0)) <= 22


def test_another_output_content_looks_the_same_byte_for_byte_and_is_kept_in_the_flash() -> None:
    bench = Bench("witmotion", variant="displacement")
    frames, _ = split_frames(stream(bench.run(3.0)))
    assert {len(f) for f in frames} == {20}
    assert np.linalg.norm(acc_g(frames), axis=1).max() < 0.5  # standing still: not gravity
    (reply,) = [p for p in bench.ask(WRITE, bytes.fromhex("ffaa279600"), NOTIFY) if p[1] == 0x71]
    assert reply[4:6] == b"\x01\x00"
    send(bench, UNLOCK, "ffaa960000")
    bench.device.reboot()
    bench.device.connected(247)
    bench.subscribe()
    frames, _ = split_frames(stream(bench.run(3.0)))
    assert np.linalg.norm(acc_g(frames), axis=1).mean() == pytest.approx(1.0, abs=0.05)


def test_register_replies_come_below_200_hz_and_mostly_not_at_it() -> None:
    answered = {}
    for name, rate in (("10", None), ("100", RATE_100), ("200", RATE_200)):
        bench = Bench("witmotion")
        send(bench, UNLOCK, *([rate] if rate else []))
        bench.run(1.0)
        n = 0
        got = b""
        for _ in range(20):
            send(bench, "ffaa276400")
            got += stream(bench.run(0.5))
        got += stream(bench.run(4.0))
        at = 0
        while (at := got.find(b"\x55\x71\x64\x00", at) + 1) > 0:
            n += 1
        answered[name] = n
    assert answered["10"] == answered["100"] == 20
    assert 0 <= answered["200"] <= 8


def test_replies_lie_between_data_frames_and_each_read_costs_some() -> None:
    quiet, asked = Bench("witmotion"), Bench("witmotion")
    for bench in (quiet, asked):
        send(bench, UNLOCK, RATE_100)
    a = quiet.run(5.0)
    b: list[Outgoing] = []
    for _ in range(10):
        send(asked, "ffaa273a00")
        b += asked.run(0.5)
    frames, replies = split_frames(stream(b))
    assert len(replies) == 10
    assert any(b"\x55\x71" in o.payload[1:] for o in b)
    missing = len(split_frames(stream(a))[0]) - len(frames)
    assert 10 <= missing <= 30


def test_the_first_seconds_at_full_rate_lack_frames_when_the_fault_is_on() -> None:
    for seed in (1, 2, 3, 4):
        bench = fast("harsh", seed=seed)
        began = sum(o.samples for o in bench.run(2.0)) / 2.0
        bench.run(4.5)
        later = sum(o.samples for o in bench.run(10.0)) / 10.0
        assert 0.78 <= began / later <= 0.95
        assert 198.0 <= later <= 200.0
    clean = fast("none")
    assert sum(o.samples for o in clean.run(2.0)) / 2.0 > 194.0


def test_the_dated_variant_adds_a_clock_in_exact_nominal_steps() -> None:
    bench = fast(variant="sdcl")
    got = bench.run(12.0)
    frames, _ = split_frames(stream(got), 28)
    tails = [struct.unpack("<6BH", f[20:]) for f in frames]
    ms = [((t[3] * 60 + t[4]) * 60 + t[5]) * 1000 + t[6] for t in tails]
    assert set(np.diff(ms[1:])) == {5}  # the first one belongs to 10 Hz
    assert all(t[0] == 26 and 1 <= t[1] <= 12 for t in tails)
    # by that clock the sensor is on time; by the air it is late
    assert len(frames) / 12.0 < 199.6


def test_passing_from_2_g_to_16_g_leaves_a_step_with_the_option_on() -> None:
    plain = acc_g(split_frames(stream(fast().run(24.0)))[0])
    stepped = acc_g(split_frames(stream(fast(variant="range-switch").run(24.0)))[0])
    n = min(len(plain), len(stepped))
    wide = np.abs(plain[:n]).max(axis=1) > 2.05
    narrow = np.abs(plain[:n]).max(axis=1) < 1.95
    assert wide.sum() > 40
    difference = np.abs(stepped[:n] - plain[:n])
    assert difference[narrow].max() == 0.0
    assert difference[wide].max(axis=1).min() > 0.003


def test_angles_are_the_true_attitude_gravity_lies_where_they_say() -> None:
    for place in ("pelvis", "shank_left"):
        bench = Bench("witmotion", place)  # type: ignore[arg-type]
        values = numbers(split_frames(stream(bench.run(3.0)))[0])
        acc = (values[:, :3] * 16.0 / 32768.0).mean(axis=0)
        roll, pitch = np.radians(values[:, 6:8].mean(axis=0) * 180.0 / 32768.0)
        up = np.array([-np.sin(pitch), np.cos(pitch) * np.sin(roll), np.cos(pitch) * np.cos(roll)])
        assert np.degrees(np.arccos(acc @ up / np.linalg.norm(acc))) < 2.0


def test_registers_tell_battery_temperature_version_time_and_attitude() -> None:
    bench = Bench("witmotion")

    def ask(register: int) -> tuple[int, ...]:
        command = bytes((0xFF, 0xAA, 0x27, register, 0))
        (reply,) = [p for p in bench.ask(WRITE, command, NOTIFY) if p[1] == 0x71]
        assert reply[2:4] == bytes((register, 0))
        return struct.unpack("<8h", reply[4:])

    assert 382 <= ask(0x64)[0] <= 396  # 60-99 %
    assert 2300 <= ask(0x40)[0] <= 3300
    assert ask(0x2E)[0] != 0
    assert ask(0x30)[0] & 0xFF == 26
    q = np.array(ask(0x51)[:4]) / 32768.0
    assert np.linalg.norm(q) == pytest.approx(1.0, abs=1e-3)
    assert 350 < np.linalg.norm(ask(0x3A)[:3]) < 620  # milligauss of an earth field
    send(bench, UNLOCK, "ffaa301901", "ffaa31020c", "ffaa321e0f", "ffaa330000")
    assert ask(0x30)[0] == 0x0119
    assert ask(0x31)[0] == 0x0C02


def test_register_65_takes_it_off_until_power_returns() -> None:
    bench = Bench("witmotion")
    bench.run(1.0)
    send(bench, UNLOCK, "ffaa650100")
    assert bench.run(5.0) == []
    send(bench, "ffaa276400")
    assert bench.run(1.0) == []
    bench.device.reboot()
    bench.device.connected(247)
    bench.subscribe()
    assert len(bench.run(2.0)) > 15


def test_a_host_that_returns_soon_finds_the_runner_where_he_has_come_to() -> None:
    bench = fast()
    bench.run(20.0)
    bench.drop(5.0)
    assert bench.clock.running
    bench.subscribe()
    bench.run(0.5)
    assert bench.clock.session_s(bench.clock.at_s) == pytest.approx(25.5, abs=0.1)
    bench.drop(40.0)
    assert not bench.clock.running


def test_equal_sessions_give_equal_bytes() -> None:
    assert stream(fast("harsh").run(8.0)) == stream(fast("harsh").run(8.0))
    assert stream(fast("harsh").run(2.0)) != stream(fast("harsh", seed=2).run(2.0))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_write_breaks_it(data: st.DataObject) -> None:
    commands = st.builds(
        lambda r, v: b"\xff\xaa" + struct.pack("<BH", r, v),
        st.sampled_from([0, 1, 3, 0x1F, 0x23, 0x24, 0x27, 0x30, 0x31, 0x65, 0x69, 0x96])
        | st.integers(0, 255),
        st.sampled_from([0, 1, 4, 6, 9, 0x0A, 0x0B, 0xB588]) | st.integers(0, 0xFFFF),
    )
    unlocked = st.lists(commands, max_size=4).map(lambda c: bytes.fromhex(UNLOCK) + b"".join(c))
    bench = Bench("witmotion", "pelvis")
    abuse(data, bench, st.binary(max_size=30) | commands | unlocked)
    bench.device.reboot()
    bench.device.connected(bench.mtu)
    bench.subscribe()
    send(bench, UNLOCK, "ffaa000100", "ffaa960000", RATE_200)
    bench.run(6.5)
    got = bench.run(1.0)
    assert 180 <= sum(o.samples for o in got) <= 208
