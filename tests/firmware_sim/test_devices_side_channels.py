"""The simulated heart-rate strap and running pod: they follow the runner, in standard bytes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import FirmwareError
from firmware_sim.devices.heart_rate import device as strap
from firmware_sim.devices.running_speed import device as pod
from tests.firmware_sim.device_bench import Bench, abuse, session


def started(kind: str, variant: str | None = None) -> Bench:
    """A side channel beside a sensor that has started the script."""
    bench = Bench(kind, None, variant=variant)
    bench.clock.join("another sensor")
    return bench


def heart(payload: bytes) -> tuple[int, int, int | None, list[float]]:
    """Flags, rate, energy, intervals, read field by field."""
    flags, at = payload[0], 1
    wide = flags & 1
    bpm = int.from_bytes(payload[at : at + 1 + wide], "little")
    at += 1 + wide
    energy = None
    if flags & 0x08:
        energy = int.from_bytes(payload[at : at + 2], "little")
        at += 2
    rest = payload[at:]
    return flags, bpm, energy, [v / 1024.0 for (v,) in struct.iter_unpack("<H", rest)]


def test_the_heart_follows_effort_with_a_delay() -> None:
    got = [heart(o.payload)[1] for o in started("heart_rate").run(150.0)]
    assert len(got) == 150
    rest, walking, running = got[2], got[17], got[-1]
    assert 45 <= rest < 80
    assert rest < walking < running
    assert 130 <= running <= 198
    assert max(abs(np.diff(got))) <= 6  # no jumps
    assert got[30] < running - 20  # not yet there after 12 s of running


def test_intervals_are_those_of_the_beats() -> None:
    fields = [heart(o.payload) for o in started("heart_rate").run(60.0)]
    intervals = [rr for _, _, _, rrs in fields for rr in rrs]
    assert sum(intervals) == pytest.approx(59.5, abs=1.5)
    for flags, bpm, _, rrs in fields[5:]:
        assert flags & 0x10 if rrs else True
        for rr in rrs:
            assert 60.0 / rr == pytest.approx(bpm, rel=0.15)
    assert np.std(intervals[:15]) > 0.005


def test_energy_comes_every_ten_seconds_grows_and_can_be_reset() -> None:
    bench = started("heart_rate")
    energies = [heart(o.payload)[2] for o in bench.run(61.0)]
    told = [e for e in energies if e is not None]
    assert len(told) == 7
    assert told == sorted(told)
    assert 15 < told[-1] < 60
    bench.device.write(strap.CONTROL_POINT, b"\x01")
    told = [e for o in bench.run(10.0) if (e := heart(o.payload)[2]) is not None]
    assert told[0] < 10


def test_contact_is_told_and_lost() -> None:
    assert {heart(o.payload)[0] & 0x06 for o in started("heart_rate").run(3.0)} == {0x06}
    lost = [heart(o.payload) for o in started("heart_rate", "no-contact").run(3.0)]
    assert {f[0] & 0x06 for f in lost} == {0x04}
    assert {f[1] for f in lost} == {0}
    assert all(f[3] == [] for f in lost)


def test_control_points_refuse_what_they_do_not_know() -> None:
    bench = Bench("heart_rate", None)
    with pytest.raises(FirmwareError) as caught:
        bench.device.write(strap.CONTROL_POINT, b"\x02")
    assert caught.value.att_code == 0x80
    assert bench.device.read(strap.LOCATION) == b"\x01"


def running(payload: bytes) -> tuple[int, float, int, float, float]:
    flags, speed, cadence, stride, distance = struct.unpack("<BHBHI", payload)
    return flags, speed / 256.0, cadence, stride / 100.0, distance / 10.0


def test_the_pod_tells_speed_cadence_stride_and_distance_of_the_runner() -> None:
    runner = session().runner
    fields = [running(o.payload) for o in started("running_speed").run(60.0)]
    standing, run = fields[2], fields[-1]
    assert standing[1:4] == (0.0, 0, 0.0)
    assert {f[0] for f in fields} == {0x03, 0x07}
    assert run[0] == 0x07
    assert run[1] == pytest.approx(runner.run.speed_m_s, rel=0.08)
    assert run[2] == pytest.approx(120.0 * runner.run.stride_hz, rel=0.05)
    assert run[3] == pytest.approx(run[1] * 60.0 / run[2], abs=0.02)
    distances = [f[4] for f in fields]
    assert distances == sorted(distances)
    assert distances[-1] == pytest.approx(sum(f[1] for f in fields), rel=0.02)


def test_a_pod_of_another_maker_counts_strides() -> None:
    steps = running(started("running_speed").run(40.0)[-1].payload)
    strides = running(started("running_speed", "strides").run(40.0)[-1].payload)
    assert strides[2] == pytest.approx(steps[2] / 2.0, abs=1.0)
    assert strides[3] == pytest.approx(steps[3] * 2.0, abs=0.05)
    assert strides[1] == steps[1]


def test_feature_location_and_distance_can_be_read_and_set() -> None:
    bench = started("running_speed")
    assert bench.device.read(pod.FEATURE) == b"\x07\x00"
    assert bench.device.read(pod.LOCATION) == b"\x01"
    value = b"\x01" + (5000).to_bytes(4, "little")
    assert bench.ask(pod.CONTROL_POINT, value, pod.CONTROL_POINT) == [b"\x10\x01\x01"]
    assert running(bench.run(1.0)[0].payload)[4] == pytest.approx(500.0, abs=0.2)
    assert bench.ask(pod.CONTROL_POINT, b"\x01\x00", pod.CONTROL_POINT) == [b"\x10\x01\x03"]
    assert bench.ask(pod.CONTROL_POINT, b"\x07", pod.CONTROL_POINT) == [b"\x10\x07\x02"]


@pytest.mark.parametrize("kind", ["heart_rate", "running_speed"])
def test_a_side_channel_starts_the_script_only_when_it_is_alone(kind: str) -> None:
    beside = Bench(kind, None)
    beside.run(30.0)
    assert beside.clock.zero_s is None
    alone = Bench(kind, None, variant="alone")
    got = alone.run(60.0)
    assert alone.clock.zero_s is not None
    assert got[0].payload != got[-1].payload
    for o in beside.run(5.0):
        if kind == "heart_rate":
            assert heart(o.payload)[1] < 85
        else:
            assert running(o.payload)[1] == 0.0


@settings(max_examples=15, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["heart_rate", "running_speed"]))
def test_no_write_breaks_them(data: st.DataObject, kind: str) -> None:
    bench = started(kind)
    abuse(data, bench, st.binary(max_size=8))
    bench.device.reboot()
    bench.device.connected(bench.mtu)
    bench.subscribe()
    bench.run(0.5)
    assert len(bench.run(3.0)) >= 3
