"""The bad radio with plain bleak on the other side: what is lost, what comes back, to the sample."""

from __future__ import annotations

import asyncio
import struct
from itertools import pairwise

import pytest

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.profile import uuids
from firmware_sim.profile.control import Op, Status
from firmware_sim.profile.events import EventType, LogChange
from tests.firmware_sim.bleak_host import Air, BleakHost, on_air
from tests.firmware_sim.open_host import header

pytestmark = pytest.mark.real_time


def _expected(air: Air, index: int) -> list[bytes]:
    sensor = air.session.sensors[index]
    packets = air_packets(air.session, air.sensors.start_s, placements=[sensor.placement])
    return [p.payload for p in packets if p.characteristic == uuids.DATA]


async def _delivered_is_sent_minus_the_loss_ordered(seconds: float, speed: float) -> None:
    session = SimulatedSession(
        seconds + 25.0,
        seed=11,
        fault_overrides={
            "loss": 0.02,
            "burst_packets": 2.5,
            "loss_residual": 0.001,
            "dropouts": 0.7,
        },
    )
    packets = int(19.8 * seconds)
    async with on_air(session, speed) as air:
        hosts = [await air.connect(s) for s in session.sensors]
        for host in hosts:
            await host.start()
        for host in hosts:
            await host.until(
                lambda h=host: bool(h.data) and header(h.data[-1]).sequence >= packets,
                seconds / speed + 120.0,
            )
        for host in hosts:
            assert (await host.ask(Op.STOP))[0] == Status.OK
        for i, (host, sensor) in enumerate(zip(hosts, session.sensors, strict=True)):
            wanted = [p for p in _expected(air, i) if header(p).sequence <= packets]
            assert host.data[: len(wanted)] == wanted
            missing = sum(b.sequence - a.sequence - 1 for a, b in pairwise(map(header, host.data)))
            assert missing > 0.005 * packets
            # what was lost before the first and after the last one that came is counted, too: no more
            # than the seed ordered there, and what was under way at STOP
            last = header(host.data[-1]).sequence
            later = [n for p in _expected(air, i) if (n := header(p).sequence) > last]
            more = air.sensors.packets_lost[sensor.sensor_id] - missing
            assert more >= 0
            if later:  # else this computer was so late that the script had ended before STOP
                ordered = later[0] - last - 1 + header(host.data[0]).sequence
                assert more <= ordered + 5


def test_three_sensors_at_200_hz_deliver_what_is_sent_minus_the_loss_ordered() -> None:
    asyncio.run(_delivered_is_sent_minus_the_loss_ordered(75.0, 10.0))


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_the_same_for_ten_minutes_in_real_time() -> None:
    asyncio.run(_delivered_is_sent_minus_the_loss_ordered(600.0, 1.0))


async def _resend_holes(host: BleakHost) -> dict[int, bytes]:
    """Samples by index after RESEND of every hole."""
    samples: dict[int, bytes] = {}

    def keep(packet: bytes) -> None:
        h = header(packet)
        for i in range(h.n):
            samples[h.first + i] = packet[16 + 12 * i : 28 + 12 * i]

    for packet in list(host.data):
        keep(packet)
    held = sorted(samples)
    for a, b in pairwise(held):
        if b - a > 1:
            status, data = await host.ask(Op.RESEND, struct.pack("<IH", a + 1, b - a - 1))
            assert status == Status.OK
            stream, first, count = struct.unpack("<BIH", data)
            assert (first, count) == (a + 1, b - a - 1)
            for position, packet in await host.bulk(stream):
                assert header(packet).flags & 1 << 4
                assert header(packet).first == position
                keep(packet)
    return samples


def test_resend_brings_back_every_sample_that_was_lost() -> None:
    async def run() -> None:
        lossy = {"loss": 0.1, "burst_packets": 3.0}
        session = SimulatedSession(60, seed=5, fault_overrides=lossy)
        whole = SimulatedSession(60, seed=5)
        async with on_air(session, 4.0) as air:
            host = await air.connect(session.sensors[1])
            await host.start()
            await host.until(lambda: len(host.data) >= 150)
            samples = await _resend_holes(host)
            n = len(samples)
            assert sorted(samples) == list(range(min(samples), min(samples) + n))
            clean = air_packets(whole, air.sensors.start_s, placements=["shank_left"])
            truth = b"".join(p.payload[16:] for p in clean if p.characteristic == uuids.DATA)
            first = min(samples)
            came = b"".join(samples[i] for i in sorted(samples))
            known = truth[first * 12 : (first + n) * 12]
            # on a busy computer the sensor may have gone on beyond the script's end
            assert len(known) >= 1500 * 12
            assert came[: len(known)] == known

    asyncio.run(run())


def test_a_gap_out_of_range_is_filled_from_the_log() -> None:
    """The link is given up, comes back; live packets and the log make the whole stream."""

    async def run() -> None:
        session = SimulatedSession(60, seed=6, fault_overrides={"out_of_range": "8:shank_left:25"})
        sensor = session.sensors[1]
        async with on_air(session, 8.0) as air:
            host = await air.connect(sensor)
            await host.start()
            await asyncio.wait_for(host.lost.wait(), 120)
            before = list(host.data)
            again = await air.connect(sensor)
            await again.until(lambda: len(again.data) >= 20)
            told = [
                struct.unpack("<HBI", e[8:])
                for e in again.got[uuids.EVENT]
                if e[0] == EventType.LOG
            ]
            log_id = next(i for i, change, _ in told if change == LogChange.CLOSED)
            stream = (await again.ask(Op.LOG_READ, struct.pack("<HII", log_id, 0, 0)))[1][0]
            log = b"".join(d for _, d in await again.bulk(stream))
            at, logged = 40, []
            while at < len(log):
                n = int.from_bytes(log[at : at + 2], "little")
                logged.append(log[at + 2 : at + 2 + n])
                at += n + 4
            have = {header(p).sequence: p for p in (*before, *logged, *again.data)}
            # the four seconds until the link was given up are in neither: they are in the ring
            whole = air_packets(SimulatedSession(60, seed=6), air.sensors.start_s)
            clean = [
                p.payload
                for p in whole
                if p.sensor_id == sensor.sensor_id and p.characteristic == uuids.DATA
            ]
            for sequence, packet in have.items():
                if sequence < len(clean):  # a busy computer may come to it after the script's end
                    assert packet[16:] == clean[sequence][16:]
            missing = sorted(set(range(max(have))) - set(have))
            assert 70 <= len(missing) <= 90
            assert missing == list(range(missing[0], missing[0] + len(missing)))
            assert len(logged) > 380
            args = sensor.unique_id[:4] + log_id.to_bytes(2, "little")
            assert (await again.ask(Op.LOG_ERASE, args))[0] == Status.OK

    asyncio.run(run())


def test_after_a_reboot_the_host_finds_an_idle_device_with_new_counters() -> None:
    async def run() -> None:
        session = SimulatedSession(60, seed=7, fault_overrides={"reboot": "10:pelvis:4"})
        sensor = session.sensors[0]
        async with on_air(session, 4.0) as air:
            host = await air.connect(sensor)
            await host.start()
            await asyncio.wait_for(host.lost.wait(), 120)
            assert header(host.data[-1]).first > 1900
            again = await air.connect(sensor)
            status = (await again.ask(Op.GET_STATUS))[1]
            assert status[0] == 0
            assert int.from_bytes(status[10:16], "little") < 300_000_000
            assert sensor.errors.clock_start_us > 300_000_000, "the test could not tell"
            assert (await again.ask(Op.RESEND, struct.pack("<IH", 0, 10)))[0] == Status.BAD_STATE
            assert not again.data
            await again.start()
            await again.until(lambda: len(again.data) >= 5)
            assert header(again.data[0])[2:4] == (0, 0)

    asyncio.run(run())


def test_a_dead_battery_ends_the_link_and_the_advertisements() -> None:
    async def run() -> None:
        session = SimulatedSession(60, seed=8, fault_overrides={"battery_death": "5:pelvis"})
        async with on_air(session, 4.0) as air:
            host = await air.connect(session.sensors[0])
            await host.start()
            await asyncio.wait_for(host.lost.wait(), 120)
            assert 85 <= len(host.data) <= 101
            found = await air.radio.scanner().discover(1.0, **air.radio.scanner_kwargs())
            assert session.sensors[0].address not in {d.address for d in found}
            assert session.sensors[1].address in {d.address for d in found}

    asyncio.run(run())


def test_power_off_and_reboot_by_request_end_the_link() -> None:
    async def run() -> None:
        session = SimulatedSession(60, seed=9)
        sensor = session.sensors[2]
        async with on_air(session, 1.0) as air:
            host = await air.connect(sensor)
            assert (await host.ask(Op.REBOOT, b"\0"))[0] == Status.OK
            await asyncio.wait_for(host.lost.wait(), 120)
            again = await air.connect(sensor)
            assert (await again.ask(Op.POWER_OFF, sensor.unique_id[:4]))[0] == Status.OK
            await asyncio.wait_for(again.lost.wait(), 120)
            found = await air.radio.scanner().discover(1.0, **air.radio.scanner_kwargs())
            assert sensor.address not in {d.address for d in found}

    asyncio.run(run())


def test_a_small_mtu_and_a_slow_interval_hold_on_the_radio_too() -> None:
    async def run() -> None:
        slow = {
            "mtu": 23,
            "connection_interval_ms": 50.0,
            "notifications_per_event": 6,
            "queue_packets": 8,
        }
        session = SimulatedSession(30, seed=10, fault_overrides=slow)
        async with on_air(session, 2.0) as air:
            host = await air.connect(session.sensors[0])
            await host.start()
            await host.until(lambda: len(host.data) >= 300)
            expected = _expected(air, 0)
            assert {len(p) for p in host.data} == {20}
            index = {p[2:4]: p for p in expected}
            known = host.data[: len(expected) // 2]
            late = [p for p in known if index.get(p[2:4]) != p]
            # the first ones may have been cut before the host had said how much it can take
            assert not late
            lost = [
                (int.from_bytes(b[2:4], "little") - int.from_bytes(a[2:4], "little")) % 65536 - 1
                for a, b in pairwise(host.data)
            ]
            assert sum(lost) / (sum(lost) + len(host.data)) == pytest.approx(0.4, abs=0.06)

    asyncio.run(run())
