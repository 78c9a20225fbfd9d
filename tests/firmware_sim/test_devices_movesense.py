"""The simulated Movesense: its requests, packets and traps, seen in the bytes."""

from __future__ import annotations

import itertools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.device import Outgoing
from firmware_sim.devices.movesense.device import HANG_S, NOTIFY, SERVICE, WRITE
from firmware_sim.devices.movesense.gsp import Command
from tests.firmware_sim.device_bench import Bench, abuse

REF = 0x2A


def request(command: int, payload: bytes = b"", reference: int = REF) -> bytes:
    return bytes((command, reference)) + payload


def path(text: str) -> bytes:
    return text.encode() + b"\0"


def responses(got: list[Outgoing]) -> list[tuple[int, int, bytes]]:
    """(reference, status, body) of responses."""
    return [
        (o.payload[1], int.from_bytes(o.payload[2:4], "little"), o.payload[4:])
        for o in got
        if o.payload[0] == 1
    ]


def ask(
    bench: Bench, command: int, payload: bytes = b"", reference: int = REF
) -> tuple[int, bytes]:
    bench.device.write(WRITE, request(command, payload, reference))
    ((answered, status, body),) = responses(bench.run(0.05))
    assert answered == reference
    return status, body


def packets(got: list[Outgoing], reference: int = REF) -> list[bytes]:
    """Payloads of one stream, second parts joined to their first."""
    found: list[bytearray] = []
    for o in got:
        kind, ref = o.payload[:2]
        if ref != reference or kind == 1:
            continue
        if kind == 2:
            found.append(bytearray(o.payload[2:]))
        else:
            found[-1] += o.payload[2:]
    return [bytes(p) for p in found]


def stamps(found: list[bytes]) -> np.ndarray:
    return np.array([int.from_bytes(p[:4], "little") for p in found], dtype=np.int64)


def test_hello_has_no_status_and_says_who_it_is() -> None:
    bench = Bench("movesense")
    ((payload),) = bench.ask(WRITE, request(Command.HELLO), NOTIFY)
    assert payload[:3] == bytes((1, REF, 1))
    texts = payload[3:].split(b"\0")
    assert texts[0].decode() == bench.device.sensor_id
    assert len(texts) == 6
    assert texts[-1] == b""


@pytest.mark.parametrize(
    ("resource", "n", "vectors", "rate"),
    [
        ("/Meas/Acc/52", 4, 1, 52),
        ("/Meas/Gyro/104", 8, 1, 104),
        ("/Meas/Magn/13", 1, 1, 13),
        ("/Meas/IMU6/52", 4, 2, 52),
        ("/Meas/IMU6m/26", 2, 2, 26),
        ("/Meas/IMU6/208", 8, 2, 208),
        ("/Meas/IMU9/104", 8, 3, 104),
        ("/Meas/IMU9/416", 16, 3, 416),
    ],
)
def test_a_stream_has_its_samples_per_packet_and_first_sample_time(
    resource: str, n: int, vectors: int, rate: int
) -> None:
    bench = Bench("movesense")
    assert ask(bench, Command.SUBSCRIBE, path(resource)) == (200, b"")
    got = bench.run(4.0)
    found = packets(got)
    assert {len(p) for p in found} == {4 + 12 * n * vectors}
    step_ms = np.diff(stamps(found))
    assert step_ms.mean() == pytest.approx(1e3 * n / rate, rel=0.007)
    assert sum(o.samples for o in got) == n * len(found)
    # the packet leaves with its last sample, which is n - 1 periods after the stamp
    ready_s = [o.ready_s for o in got if o.payload[0] == 2]
    assert len(ready_s) == len(found)
    offset_s = np.array(ready_s) - stamps(found) * 1e-3
    assert np.ptp(offset_s) < 2e-3


def test_long_packets_go_on_in_part_2_at_the_mtu() -> None:
    bench = Bench("movesense", mtu=158)
    ask(bench, Command.SUBSCRIBE, path("/Meas/IMU9/104"))
    got = bench.run(2.0)
    assert [o.payload[0] for o in got[:4]] == [2, 3, 2, 3]
    assert {len(o.payload) for o in got} == {155, 2 + 292 - 153}
    short = Bench("movesense", mtu=158)
    ask(short, Command.SUBSCRIBE, path("/Meas/IMU6/52"))
    assert {o.payload[0] for o in short.run(1.0)} == {2}


def test_streams_are_told_apart_by_reference_only() -> None:
    bench = Bench("movesense")
    for reference, resource in ((7, "/Meas/Acc/52"), (8, "/Meas/Gyro/52"), (9, "/Meas/Temp")):
        assert ask(bench, Command.SUBSCRIBE, path(resource), reference)[0] == 200
    got = bench.run(3.0)
    acc, gyro, temperature = (packets(got, reference) for reference in (7, 8, 9))
    assert len(acc) > 30
    assert len(gyro) > 30
    values = np.array([struct.unpack("<12f", p[4:]) for p in acc]).reshape(-1, 3)
    assert np.linalg.norm(values, axis=1).mean() == pytest.approx(9.81, abs=0.25)
    time_ms, kelvin = struct.unpack("<If", temperature[0])
    assert 290.0 < kelvin < 310.0
    assert abs(time_ms - stamps(acc)[0]) < 2000
    assert ask_status_among(bench, Command.UNSUBSCRIBE, 8) == 200
    assert packets(bench.run(1.0), 8) == []
    assert ask_status_among(bench, Command.UNSUBSCRIBE, 8) == 404


def ask_status_among(bench: Bench, command: int, reference: int) -> int:
    """Status of a request while streams go on."""
    bench.device.write(WRITE, request(command, b"", reference))
    return next(s for r, s, _ in responses(bench.run(0.05)) if r == reference)


def test_another_firmware_sends_temperature_before_time() -> None:
    _, body = ask(Bench("movesense", variant="temperature-first"), Command.GET, path("/Meas/Temp"))
    kelvin, time_ms = struct.unpack("<fI", body)
    assert 290.0 < kelvin < 310.0
    assert 0 < time_ms < 700_000


def test_the_range_can_be_read_but_there_is_no_request_to_change_it() -> None:
    bench = Bench("movesense", faults="harsh")
    assert ask(bench, Command.GET, path("/Meas/Acc/Config")) == (200, b"\x08")
    assert ask(bench, Command.GET, path("/Meas/Gyro/Config")) == (200, b"\xd0\x07")
    for command in range(10, 20):
        assert ask(bench, command, path("/Meas/Acc/Config") + b"\x10")[0] == 501
    assert ask(bench, Command.GET, path("/Meas/Acc/Config")) == (200, b"\x08")
    ask(bench, Command.SUBSCRIBE, path("/Meas/Acc/208"))
    values = np.array([struct.unpack("<24f", p[4:]) for p in packets(bench.run(40.0))])
    assert np.abs(values).max() == pytest.approx(32768 * 0.244e-3 * 9.807, rel=1e-4)


def test_info_lists_begin_with_their_length() -> None:
    bench = Bench("movesense")
    status, body = ask(bench, Command.GET, path("/Meas/Gyro/Info"))
    assert status == 200
    assert body[:17] == bytes.fromhex("080d001a0034006800d000a00141038206")
    assert body[17] * 2 == len(body) - 18


def test_time_detailed_anchors_the_stamps() -> None:
    bench = Bench("movesense")
    utc_us = 1_800_000_000_000_000
    assert ask(bench, Command.SET_UTC, utc_us.to_bytes(8, "little"))[0] == 200
    status, body = ask(bench, Command.GET, path("/Time/Detailed"))
    now_us, relative_ms, tick_rate, accuracy = struct.unpack("<QIII", body)
    assert (status, tick_rate, accuracy) == (200, 1024, 20)
    assert now_us - utc_us == pytest.approx(50_000, abs=2_000)
    ask(bench, Command.SUBSCRIBE, path("/Meas/Acc/52"))
    first = stamps(packets(bench.run(1.0)))[0]
    assert 0 <= first - relative_ms < 300


def test_the_stamp_wraps_at_32_bits() -> None:
    bench = Bench("movesense", variant="near-wrap")
    ask(bench, Command.SUBSCRIBE, path("/Meas/Acc/52"))
    found = stamps(packets(bench.run(25.0)))
    assert found[0] > 2**32 - 20_000
    assert found[-1] < 10_000
    assert (np.diff(found) % 2**32).max() < 90


def test_two_requests_at_a_time_and_no_more() -> None:
    bench = Bench("movesense")
    for reference in (1, 2, 3):
        bench.device.write(WRITE, request(Command.GET, path("/Time"), reference))
    assert sorted((r, s) for r, s, _ in responses(bench.run(0.1))) == [(1, 200), (2, 200), (3, 429)]


def test_a_get_of_info_hangs_and_after_it_everything_is_429_until_the_reboot() -> None:
    bench = Bench("movesense")
    bench.device.write(WRITE, request(Command.GET, path("/Info")))
    assert bench.run(1.0) == []
    assert ask(bench, Command.GET, path("/Time"))[0] == 200
    bench.run(HANG_S)
    for command, payload in (
        (Command.GET, path("/Time")),
        (Command.SUBSCRIBE, path("/Meas/Acc/52")),
        (Command.UNSUBSCRIBE, b""),
    ):
        assert ask(bench, command, payload)[0] == 429
    bench.drop(5.0)
    bench.subscribe()
    assert ask(bench, Command.GET, path("/Time"))[0] == 429
    boots = bench.device.boots  # type: ignore[attr-defined]
    assert ask(bench, Command.SYSTEM_MODE, b"\x05")[0] == 202
    bench.run(0.5)
    assert bench.device.boots == boots + 1  # type: ignore[attr-defined]
    bench.device.connected(bench.mtu)
    bench.subscribe()
    status, body = ask(bench, Command.GET, path("/Time/Detailed"))
    assert status == 200
    assert struct.unpack("<QIII", body)[1] < 1000  # time began anew


@pytest.mark.parametrize(
    ("command", "payload", "expected"),
    [
        (Command.SUBSCRIBE, b"/Meas/Acc/52", 400),
        (Command.SUBSCRIBE, path("/Meas/Acc/51"), 404),
        (Command.SUBSCRIBE, path("/Meas/HR"), 404),
        (Command.GET, path("/No/Such"), 404),
        (Command.GET, b"\xff\xfe\0", 400),
        (Command.UNSUBSCRIBE, b"", 404),
        (Command.FETCH_LOG, b"\x01\x00\x00\x00", 404),
        (Command.FETCH_LOG, b"\x01", 400),
        (Command.LOGGER_CONFIG, path("/Meas/Nothing"), 400),
        (Command.LOGGER_STATE, b"\x03", 409),
        (Command.LOGGER_STATE, b"\x09", 400),
        (Command.SET_UTC, b"\x00", 400),
        (Command.SYSTEM_MODE, b"\x07", 400),
        (0x63, b"", 501),
    ],
)
def test_what_cannot_be_has_its_status(command: int, payload: bytes, expected: int) -> None:
    assert ask(Bench("movesense"), command, payload)[0] == expected


def test_a_reference_in_use_cannot_be_used_again() -> None:
    bench = Bench("movesense")
    assert ask(bench, Command.SUBSCRIBE, path("/Meas/Temp"))[0] == 200
    assert ask(bench, Command.SUBSCRIBE, path("/Meas/Acc/52"))[0] == 409


def test_a_log_written_without_a_host_is_fetched_in_chunks_with_offsets() -> None:
    bench = Bench("movesense")
    assert ask(bench, Command.LOGGER_CONFIG, path("/Meas/IMU6/52"))[0] == 200
    assert ask(bench, Command.LOGGER_STATE, b"\x03")[0] == 200
    bench.drop(20.0)
    bench.subscribe()
    assert ask(bench, Command.LOGGER_STATE, b"\x02")[0] == 200
    assert ask(bench, Command.FETCH_LOG, (1).to_bytes(4, "little"))[0] == 200
    chunks = packets(bench.run(20.0))
    assert chunks[-1] == chunks[-1][:4]
    offset = 0
    whole = b""
    for chunk in chunks:
        assert int.from_bytes(chunk[:4], "little") == offset
        whole += chunk[4:]
        offset += len(chunk) - 4
    assert (len(whole) - 8) % 100 == 0
    stored = [whole[i : i + 100] for i in range(8, len(whole), 100)]
    assert len(stored) == pytest.approx(20.0 * 52 / 4, abs=4)
    assert np.diff(stamps(stored)).mean() == pytest.approx(4e3 / 52, rel=0.007)


def test_subscriptions_go_with_the_link() -> None:
    bench = Bench("movesense")
    ask(bench, Command.SUBSCRIBE, path("/Meas/Acc/52"))
    bench.drop(1.0)
    bench.subscribe()
    assert bench.run(2.0) == []
    assert ask(bench, Command.SUBSCRIBE, path("/Meas/Acc/52"))[0] == 200


def test_nothing_comes_before_its_response() -> None:
    bench = Bench("movesense")
    bench.device.write(WRITE, request(Command.SUBSCRIBE, path("/Meas/Acc/1666")))
    got = bench.run(0.5)
    assert got[0].payload[0] == 1
    assert all(a.ready_s <= b.ready_s for a, b in itertools.pairwise(got))


def test_it_advertises_its_name_and_not_its_service() -> None:
    device = Bench("movesense").device
    advertisement = device.advertisement()
    assert advertisement.local_name == f"Movesense {device.sensor_id}"
    assert SERVICE not in advertisement.service_uuids
    assert advertisement.service_uuids == ("0000fdf3-0000-1000-8000-00805f9b34fb",)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_write_breaks_it(data: st.DataObject) -> None:
    paths = st.sampled_from(
        ["/Meas/Acc/52", "/Meas/IMU9/104", "/Meas/Temp", "/Info", "/Time", "/Meas/Acc/Info", "/x"]
    ).map(path)
    requests = st.builds(
        request,
        st.integers(0, 11),
        paths | st.sampled_from([b"\x02", b"\x03", b"\x05"]) | st.binary(max_size=10),
        st.integers(0, 3),
    )
    bench = Bench("movesense", "pelvis")
    abuse(data, bench, st.binary(max_size=20) | requests)
    bench.device.reboot()
    bench.device.connected(bench.mtu)
    bench.subscribe()
    assert ask(bench, Command.SUBSCRIBE, path("/Meas/IMU6/52"))[0] == 200
    assert sum(o.samples for o in bench.run(2.0)) > 96
