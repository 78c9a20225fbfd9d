"""The open profile's requests, one by one: ring, logs, events, power; as docs/open-profile.md says."""

from __future__ import annotations

import struct
from binascii import crc_hqx
from itertools import pairwise

import numpy as np
import pytest

from firmware_sim import FirmwareError, SimulatedSession
from firmware_sim.imu.faults import FaultValue
from firmware_sim.profile import uuids
from firmware_sim.profile.control import Op, Status
from firmware_sim.profile.events import EventType
from tests.firmware_sim.open_host import OpenHost, header

BACK_FILLED = 1 << 4


def _session(**overrides: FaultValue) -> SimulatedSession:
    return SimulatedSession(60, seed=3, fault_overrides=overrides)


def _samples(packets: list[bytes]) -> bytes:
    return b"".join(p[16:] for p in packets)


@pytest.fixture
def host() -> OpenHost:
    return OpenHost(_session())


def test_resend_gives_the_same_samples_with_their_times_and_flag_4(host: OpenHost) -> None:
    host.start()
    host.run(3.0)
    status, data = host.ask(Op.RESEND, struct.pack("<IH", 123, 200))
    stream, first, count = struct.unpack("<BIH", data)
    assert (status, first, count) == (Status.OK, 123, 200)
    kind, chunks = host.bulk(stream)
    assert kind == 0
    assert _samples([d for _, d in chunks]) == _samples(host.data)[123 * 12 : 323 * 12]
    live = {header(p).first: header(p) for p in host.data}
    following = 123
    for position, packet in chunks:
        h = header(packet)
        assert position == h.first == following
        assert h.flags & BACK_FILLED
        assert len(packet) == 16 + 12 * h.n <= 232
        if h.first in live:
            assert h.device_us == live[h.first].device_us
        following += h.n
    assert following == 323
    assert not any(header(p).flags & BACK_FILLED for p in host.data)


def test_resend_says_what_is_left_and_status_6_when_nothing_is(host: OpenHost) -> None:
    assert host.ask(Op.RESEND, struct.pack("<IH", 0, 5))[0] == Status.BAD_STATE
    host.start()
    host.run(40.0)  # the ring holds 48 kB, 4096 samples
    oldest = 0
    status, data = host.ask(Op.RESEND, struct.pack("<IH", 10, 100))
    assert status == Status.OUT_OF_RANGE
    oldest = int.from_bytes(data, "little")
    taken = struct.unpack_from("<I", host.ask(Op.GET_STATUS)[1], 6)[0]
    assert 4080 <= taken - oldest <= 4096
    status, data = host.ask(Op.RESEND, struct.pack("<IH", oldest - 30, 60))
    assert status == Status.OK
    assert struct.unpack("<BIH", data)[1:] == (oldest, 30)
    assert host.ask(Op.RESEND, struct.pack("<IH", taken, 5))[0] == Status.BAD_ARGUMENT
    assert host.ask(Op.RESEND, struct.pack("<IH", oldest, 0))[0] == Status.BAD_ARGUMENT
    host.ask(Op.STOP)
    assert host.ask(Op.RESEND, struct.pack("<IH", taken - 20, 20))[0] == Status.OK
    host.start()  # empties the ring
    assert host.ask(Op.RESEND, struct.pack("<IH", taken - 20, 20))[0] == Status.BAD_ARGUMENT


def test_samples_overwritten_while_the_stream_runs_are_left_out() -> None:
    """Slow chunks: the ring overtakes them; what comes is still right."""
    host = OpenHost(_session(connection_interval_ms=500.0))
    host.start()
    host.run(30.0)
    oldest = int.from_bytes(host.ask(Op.RESEND, struct.pack("<IH", 0, 1))[1], "little")
    stream = host.ask(Op.RESEND, struct.pack("<IH", oldest, 3000))[1][0]
    _, chunks = host.bulk(stream, 100.0)
    indices = [p for p, _ in chunks]
    assert indices == sorted(indices)
    assert sum(header(d).n for _, d in chunks) < 3000
    whole = _samples(host.data)
    for position, packet in chunks:
        assert packet[16:] == whole[position * 12 : position * 12 + len(packet) - 16]


def test_bulk_sends_one_chunk_in_a_connection_interval_beside_the_live_packets() -> None:
    host = OpenHost(_session(connection_interval_ms=30.0))
    host.start()
    host.run(5.0)
    host.ask(Op.RESEND, struct.pack("<IH", 0, 1000))
    host.got[uuids.BULK].clear()
    live = len(host.data)
    host.run(0.9)
    assert len(host.got[uuids.BULK]) == pytest.approx(30, abs=1)
    assert len(host.data) - live == pytest.approx(18, abs=1)


def test_a_fifth_bulk_stream_is_busy_and_a_lost_link_drops_them(host: OpenHost) -> None:
    host.start()
    host.run(5.0)
    replies = [host.ask(Op.RESEND, struct.pack("<IH", 0, 900)) for _ in range(5)]
    assert [r[0] for r in replies] == [0, 0, 0, 0, Status.BUSY]
    assert host.ask(Op.LOG_LIST)[0] == Status.BUSY
    host.device.disconnected()
    host.connect()
    host.got[uuids.BULK].clear()
    host.run(1.0)
    assert not host.got[uuids.BULK]
    assert host.ask(Op.RESEND, struct.pack("<IH", 0, 900))[0] == Status.OK


def _records(log: bytes) -> list[bytes]:
    assert log[:4] == b"OGL1"
    assert crc_hqx(log[:38], 0xFFFF) == int.from_bytes(log[38:40], "little")
    at, found = 40, []
    while at < len(log):
        n = int.from_bytes(log[at : at + 2], "little")
        packet = log[at + 2 : at + 2 + n]
        assert crc_hqx(packet, 0xFFFF) == int.from_bytes(log[at + 2 + n : at + 4 + n], "little")
        found.append(packet)
        at += n + 4
    assert at == len(log)
    return found


def _read_log(host: OpenHost, log_id: int) -> bytes:
    status, data = host.ask(Op.LOG_READ, struct.pack("<HII", log_id, 0, 0))
    assert status == Status.OK
    stream, length = struct.unpack("<BI", data)
    kind, chunks = host.bulk(stream, 60.0)
    assert kind == 1
    at = 0
    for position, piece in chunks:
        assert position == at
        at += len(piece)
    assert at == length
    return b"".join(d for _, d in chunks)


def _list(host: OpenHost) -> list[tuple[int, ...]]:
    status, data = host.ask(Op.LOG_LIST)
    assert status == Status.OK
    stream, logs, size = struct.unpack("<BHI", data)
    kind, chunks = host.bulk(stream, 1.0)
    table = b"".join(d for _, d in chunks)
    assert (kind, len(table)) == (2, size)
    rows = list(struct.iter_unpack("<HBBIHIIIH", table))
    assert len(rows) == logs
    return rows


def test_what_is_streamed_without_a_host_is_in_the_log(host: OpenHost) -> None:
    """Log mode 1: live packets before, log, live packets after make the whole stream."""
    host.start()
    host.run(2.0)
    before = list(host.data)
    host.device.disconnected()
    host.data.clear()
    host.run(30.0)  # a fast radio would have dropped these: nobody listens
    missed = list(host.data)
    host.data.clear()
    host.connect()
    host.run(2.0)
    after = list(host.data)
    told = [struct.unpack("<HBI", e) for e in host.events(EventType.LOG)]
    assert [(i, change) for i, change, _ in told] == [(1, 0), (1, 1)]
    ((log_id, flags, cfg, low, high, first, samples, length, boot),) = _list(host)
    assert (log_id, flags, cfg, boot) == (1, 2, 1, 1)
    assert length == told[1][2]
    packets = _records(_read_log(host, 1))
    assert packets == missed
    assert (first, samples) == (header(packets[0]).first, sum(header(p).n for p in packets))
    assert low | high << 32 == header(packets[0]).device_us
    whole = [*before, *packets, *after]
    assert [header(p).first for p in whole] == list(range(0, 10 * len(whole), 10))


def test_log_mode_0_writes_nothing_and_mode_2_everything() -> None:
    for mode, logs in ((0, 0), (2, 1)):
        host = OpenHost(_session())
        host.configure(log=mode)
        host.start()
        host.run(1.0)
        host.device.disconnected()
        host.run(1.0)
        host.connect()
        host.ask(Op.STOP)
        assert len(_list(host)) == logs
        if mode == 2:
            log = _read_log(host, 1)
            assert _records(log) == host.data
            assert log[16:38] == host.device.read(uuids.CONFIG)
            assert log[4:12] == host.sensor.unique_id


def test_a_log_of_an_idle_device_is_a_recording_without_a_host(host: OpenHost) -> None:
    status, data = host.ask(Op.LOG_START)
    assert (status, data) == (Status.OK, b"\x01\x00")
    assert host.ask(Op.LOG_START)[0] == Status.BAD_STATE
    assert host.ask(Op.START, bytes(6))[0] == Status.BAD_STATE
    assert host.ask(Op.GET_STATUS)[1][0] == 2
    host.device.disconnected()
    host.run(5.0)
    host.connect()
    assert not host.data
    status, data = host.ask(Op.LOG_STOP)
    log_id, length = struct.unpack("<HI", data)
    log = _read_log(host, log_id)
    assert len(log) == length
    assert sum(header(p).n for p in _records(log)) == pytest.approx(1000, abs=12)
    assert host.ask(Op.LOG_STOP)[0] == Status.BAD_STATE
    host.start()


def test_parts_of_a_log_and_wrong_reads(host: OpenHost) -> None:
    host.configure(log=2)
    host.start()
    host.run(2.0)
    host.ask(Op.STOP)
    log = _read_log(host, 1)
    stream = host.ask(Op.LOG_READ, struct.pack("<HII", 1, 100, 300))[1][0]
    _, chunks = host.bulk(stream)
    assert b"".join(d for _, d in chunks) == log[100:400]
    assert chunks[0][0] == 100
    assert host.ask(Op.LOG_READ, struct.pack("<HII", 7, 0, 0))[0] == Status.BAD_ARGUMENT
    status, data = host.ask(Op.LOG_READ, struct.pack("<HII", 1, len(log), 0))
    assert (status, data) == (Status.OUT_OF_RANGE, len(log).to_bytes(4, "little"))


def test_logs_are_erased_only_with_the_key(host: OpenHost) -> None:
    key = host.device.read(uuids.INFO)[8:12]
    for _ in range(2):
        host.ask(Op.LOG_START)
        host.run(0.5)
        host.ask(Op.LOG_STOP)
    host.ask(Op.LOG_START)
    one, three, every = (n.to_bytes(2, "little") for n in (1, 3, 0xFFFF))
    assert host.ask(Op.LOG_ERASE, b"\0\0\0\0" + one)[0] == Status.BAD_ARGUMENT
    assert host.ask(Op.LOG_ERASE, key + three)[0] == Status.BAD_STATE
    assert host.ask(Op.LOG_ERASE, key + one) == (Status.OK, b"")
    assert [row[0] for row in _list(host)] == [2, 3]
    assert host.ask(Op.LOG_ERASE, key + every) == (Status.OK, b"")
    assert [row[0] for row in _list(host)] == [3]  # still open


def test_gyro_bias_of_a_sensor_that_stands_still_and_of_one_that_runs() -> None:
    host = OpenHost(SimulatedSession(60, seed=3))
    assert host.ask(Op.GYRO_BIAS, b"\x02")[0] == Status.BAD_STATE
    host.start()
    assert host.ask(Op.GYRO_BIAS, b"\x00")[0] == Status.BAD_ARGUMENT
    assert host.ask(Op.GYRO_BIAS, b"\x03")[0] == Status.OK
    assert host.ask(Op.GYRO_BIAS, b"\x03")[0] == Status.BUSY
    host.run(3.5)
    (result,) = host.events(EventType.GYRO_BIAS)
    status, *bias = struct.unpack("<Bfff", result)
    assert status == 0
    assert np.allclose(bias, host.sensor.errors.gyro_bias_dps, atol=0.4)  # sway is left
    host.run(26.0)
    host.ask(Op.GYRO_BIAS, b"\x03")
    host.run(4.0)
    assert host.events(EventType.GYRO_BIAS)[1][0] == 3


def test_reboot_and_power_off_need_their_arguments_and_do_what_they_say(host: OpenHost) -> None:
    host.configure(n=5)
    host.start()
    host.run(20.0)
    assert host.ask(Op.REBOOT, b"\x01")[0] == Status.NOT_AVAILABLE
    assert host.ask(Op.REBOOT, b"\x00")[0] == Status.OK
    assert host.device.boots == 1
    host.run(0.2)
    assert host.device.boots == 2
    host.connect()
    state, _, _, _, low, high = struct.unpack("<BBIIIH", host.ask(Op.GET_STATUS)[1])
    assert state == 0
    assert (low | high << 32) < 1_000_000  # device time begins anew
    assert host.device.read(uuids.CONFIG) == host.sensor.config_bytes
    host.data.clear()
    host.start()
    host.run(1.0)
    assert header(host.data[0])[2:4] == (0, 0)
    assert host.ask(Op.POWER_OFF, b"\0\0\0\0")[0] == Status.BAD_ARGUMENT
    assert host.ask(Op.POWER_OFF, host.sensor.unique_id[:4])[0] == Status.OK
    host.run(0.2)
    assert not host.device.on_air
    assert host.device.next_due_s() is None


def test_temperature_clipping_button_and_low_battery_are_events() -> None:
    session = SimulatedSession(
        400,
        seed=3,
        faults="harsh",
        speed_m_s=4.5,
        fault_overrides={"battery_start_percent": 16, "battery_s_per_percent": 20},
    )
    host = OpenHost(session, 2)
    host.start()
    host.run(100.0)
    host.device.press_button()
    host.run(60.0)
    celsius = [struct.unpack("<h", e)[0] / 100 for e in host.events(EventType.TEMPERATURE)]
    assert celsius[0] == pytest.approx(22.0, abs=0.2)
    assert celsius == sorted(celsius)
    assert 1.5 < celsius[-1] - celsius[0] < 15.0
    clips = [struct.unpack("<II", e) for e in host.events(EventType.CLIP_COUNT)]
    assert clips
    assert clips == sorted(clips)
    assert host.events(EventType.LOW_BATTERY) == [b"\x0f"]
    assert host.got[uuids.BATTERY_LEVEL][:3] == [b"\x10", b"\x0f", b"\x0e"]
    low = [bool(header(p).flags & 1 << 7) for p in host.data]
    assert low.index(True) == pytest.approx(400, abs=2)
    assert host.events(EventType.BUTTON) == [b"\x01"]
    assert sum(bool(header(p).flags & 1 << 6) for p in host.data) == 1


@pytest.mark.parametrize(("rate", "acc", "gyro"), [(50, 4, 1000), (104, 8, 2000), (400, 16, 1000)])
def test_rates_and_ranges_scale_the_samples(rate: int, acc: int, gyro: int) -> None:
    host = OpenHost(_session())
    host.configure(rate=rate, acc=acc, gyro=gyro)
    _, _, _, acc_scale, gyro_scale, actual = struct.unpack_from(
        "<HHHfff", host.device.read(uuids.CONFIG), 4
    )
    assert actual == rate
    host.start()
    host.run(4.0)
    counts = np.frombuffer(_samples(host.data), "<i2").reshape(-1, 6)
    assert len(counts) == pytest.approx(4 * rate, rel=0.01, abs=10)
    mean = np.linalg.norm((counts[:, :3] * acc_scale).mean(axis=0))
    assert mean == pytest.approx(9.81, abs=0.15)
    assert gyro_scale == pytest.approx(host.sensor.part.gyro_scale(gyro))
    assert np.abs(counts[:, 3:] * gyro_scale).max() < 30.0


def test_the_accelerometer_alone_and_packets_for_every_mtu() -> None:
    host = OpenHost(_session())
    host.configure(mask=1, n=0)
    host.start()
    host.run(1.0)
    assert {(p[0], p[14], len(p)) for p in host.data} == {(0x12, 19, 16 + 19 * 6)}
    for mtu, n, size in ((185, 13, 172), (100, 6, 88), (31, 1, 28)):
        host = OpenHost(_session(mtu=mtu))
        host.configure(n=0)
        host.start()
        host.run(1.0)
        assert {(p[0], p[14], len(p)) for p in host.data} == {(0x10, n, size)}


def test_the_smallest_mtu_gets_one_sample_in_20_bytes_and_the_log_whole_packets() -> None:
    wide, narrow = OpenHost(_session()), OpenHost(_session(mtu=23))
    for host in (wide, narrow):
        host.configure(log=2)
        host.start()
        host.run(3.0)
    assert {(p[0], len(p)) for p in narrow.data} == {(0x1F, 20)}
    short = b"".join(p[8:] for p in narrow.data)
    assert short[: 500 * 12] == _samples(wide.data)[: 500 * 12]
    assert [int.from_bytes(p[2:4], "little") for p in narrow.data] == list(range(len(narrow.data)))
    times = [int.from_bytes(p[4:8], "little") for p in narrow.data]
    assert times[0] == header(wide.data[0]).device_us & 0xFFFFFFFF
    assert narrow.ask(Op.RESEND, struct.pack("<IH", 0, 5))[0] == Status.NOT_AVAILABLE
    log = narrow.device.log.files[1].data
    assert _samples(_records(bytes(log))) == short


def test_live_config_changes_the_next_packet_and_begins_another_log() -> None:
    host = OpenHost(_session(), live_config=True)
    assert host.device.read(uuids.INFO)[2] & 1 << 6
    host.configure(log=2)
    host.start()
    host.run(2.0)
    host.configure(acc=8, n=4)
    host.run(2.0)
    with pytest.raises(FirmwareError) as caught:
        host.configure(rate=100)
    assert caught.value.att_code == 0xFC
    heads = [header(p) for p in host.data]
    assert {(h.cfg >> 4, h.n) for h in heads} == {(2, 10), (3, 4)}
    assert [h.sequence for h in heads] == list(range(len(heads)))
    assert all(b.first == a.first + a.n for a, b in pairwise(heads))
    counts = {
        c: np.frombuffer(_samples([p for p in host.data if p[1] >> 4 == c]), "<i2").reshape(-1, 6)
        for c in (2, 3)
    }
    ratio = np.linalg.norm(counts[3][:, :3].mean(axis=0)) / np.linalg.norm(
        counts[2][:, :3].mean(axis=0)
    )
    assert ratio == pytest.approx(2.0, rel=0.02)
    logs = host.device.log.files
    assert [f.cfg_id for f in logs.values()] == [2, 3]
    assert logs[1].samples + logs[2].samples == sum(h.n for h in heads)
