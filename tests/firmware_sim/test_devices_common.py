"""What holds for every kind of simulated device."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from bumble.hci import Address

from firmware_sim import FirmwareError, SimulationError
from firmware_sim.air import device_packets
from firmware_sim.device import AirClock, SelfPowered, SimDevice
from firmware_sim.devices import device_kinds, device_variants, make_device
from firmware_sim.devices.attitude import draw_fusion_errors, euler_deg, quaternions
from firmware_sim.devices.host_writes import standard_writes
from firmware_sim.devices.identity import draw_identity
from firmware_sim.devices.standard_services import BATTERY_LEVEL
from firmware_sim.devices.worn_imu import NoiseDensity, WornImu
from firmware_sim.imu.mounting import PLACEMENTS, Placement
from firmware_sim.peripherals.advertising import advertising_data
from tests.firmware_sim.device_bench import Bench, HandClock, session

WORN = ("witmotion", "polar_verity", "movella_dot", "movesense")
SIDE = ("heart_rate", "running_speed")


def every_device() -> list[tuple[str, Placement | None, str | None]]:
    found: list[tuple[str, Placement | None, str | None]] = []
    for kind in (*WORN, *SIDE):
        for variant in (None, *device_variants(kind)):
            places = PLACEMENTS if kind in WORN else (None,)
            found += [(kind, place, variant) for place in places]
    return found


def test_the_kinds_are_these() -> None:
    assert device_kinds() == ("open_gait_imu", *WORN, *SIDE)
    assert device_variants("open_gait_imu") == ()


def test_every_device_fits_its_advertisement_and_has_an_address_and_serial_of_its_own() -> None:
    seen = Counter()
    for kind, place, variant in every_device():
        device = make_device(kind, session(), place, HandClock(), variant=variant)
        assert len(advertising_data(device.advertisement())) <= 31
        assert Address(device.address, Address.RANDOM_DEVICE_ADDRESS).is_static
        assert device.placement == (place or "")
        assert isinstance(device, SelfPowered)
        seen[device.address, device.sensor_id] += variant is None
    assert len(seen) == len({a for a, _ in seen}) == len({s for _, s in seen}) == 14
    assert set(seen.values()) == {1}


def test_the_open_profile_is_one_of_them() -> None:
    device = make_device("open_gait_imu", session(), "pelvis", HandClock())
    assert device.sensor_id == session().sensors[0].sensor_id


@pytest.mark.parametrize(
    ("kind", "placement", "variant"),
    [
        ("stopwatch", "pelvis", None),
        ("witmotion", None, None),
        ("witmotion", "head", None),
        ("heart_rate", "pelvis", None),
        ("movella_dot", "pelvis", "xsens+gold"),
        ("open_gait_imu", "pelvis", "gold"),
    ],
)
def test_what_is_not_possible_is_refused_in_a_sentence(
    kind: str, placement: Placement | None, variant: str | None
) -> None:
    with pytest.raises(SimulationError, match=r"use|no variants"):
        make_device(kind, session(), placement, HandClock(), variant=variant)


@pytest.mark.parametrize("kind", [*WORN, *SIDE])
def test_what_is_not_there_or_not_allowed_has_its_att_error(kind: str) -> None:
    bench = Bench(kind, "pelvis" if kind in WORN else None)
    nowhere = "0000dead-0000-1000-8000-00805f9b34fb"
    for act in (lambda: bench.device.read(nowhere), lambda: bench.device.write(nowhere, b"\0")):
        with pytest.raises(FirmwareError) as caught:
            act()
        assert caught.value.att_code == 0x0A
    for service in bench.device.services():
        for c in service.characteristics:
            if "read" not in c.properties:
                with pytest.raises(FirmwareError) as caught:
                    bench.device.read(c.uuid)
                assert caught.value.att_code == 0x02
            else:
                assert isinstance(bench.device.read(c.uuid), bytes)
            if not c.properties & {"write", "write-without-response"}:
                with pytest.raises(FirmwareError) as caught:
                    bench.device.write(c.uuid, b"\0")
                assert caught.value.att_code == 0x03


@pytest.mark.parametrize("kind", ["polar_verity", "movesense", *SIDE])
def test_the_battery_falls_and_is_notified_at_each_change(kind: str) -> None:
    bench = Bench(kind, "pelvis" if kind in WORN else None, subscribe=False)
    start = bench.device.read(BATTERY_LEVEL)[0]
    bench.subscribe(BATTERY_LEVEL)
    levels = [o.payload[0] for o in bench.run(1000.0)]
    assert levels == [start, start - 1, start - 2]
    assert bench.device.read(BATTERY_LEVEL)[0] == start - 2


def maker(kind: str, place: Placement | None, faults: str):  # type: ignore[no-untyped-def]
    def make(clock: AirClock) -> SimDevice:
        return make_device(kind, session(faults), place, clock)

    return make


@pytest.mark.parametrize("kind", ["open_gait_imu", *WORN])
def test_the_fast_path_runs_every_kind_in_its_best_mode_and_repeats_itself(kind: str) -> None:
    expected_hz = {"polar_verity": 416, "movella_dot": 60, "movesense": 208}.get(kind, 200)

    def packets() -> list[tuple[str, bytes, int]]:
        found = []
        devices = [
            (maker(kind, place, "field"), standard_writes(kind, 0.2)) for place in PLACEMENTS
        ]
        for p in device_packets(session("field"), devices):
            if p.arrival_ns > 6e9:
                break
            found.append((p.placement, p.payload, p.arrival_ns))
        return found

    first = packets()
    assert first == packets()
    assert {place for place, _, _ in first} == set(PLACEMENTS)
    size = {"open_gait_imu": 12, "witmotion": 20, "movella_dot": 63, "movesense": 24}.get(kind, 2)
    # never more than was measured; a few packets are lost and not yet arrived
    volume = sum(len(payload) for _, payload, _ in first) / size
    assert volume > 0.75 * 3 * 5.8 * expected_hz


@pytest.mark.parametrize("kind", SIDE)
def test_side_channels_need_no_write_on_the_fast_path(kind: str) -> None:
    assert standard_writes(kind) == ()
    found = list(itertools.islice(device_packets(session(), [(maker(kind, None, "none"), ())]), 10))
    assert len(found) == 10
    assert {p.placement for p in found} == {""}


def worn(place: Placement, noise: NoiseDensity | None = None) -> WornImu:
    identity = draw_identity(session(), "movesense", place)
    return WornImu(session(), identity, noise or NoiseDensity(90.0, 7.0))


def test_samples_do_not_depend_on_when_a_stream_began() -> None:
    for options in ({"cutoff_hz": 20.0}, {"averaged": True}):
        early, late = (worn("shank_left").stream(104.0, **options) for _ in range(2))  # type: ignore[arg-type]
        whole = early.take(0, 3000)
        part = late.take(2000, 900)
        assert (whole.part(2000, 2900).acc_m_s2 == part.acc_m_s2).all()
        assert (whole.part(2000, 2900).gyr_dps == part.gyr_dps).all()


def test_blocks_join_without_a_seam() -> None:
    """Across block edges the filtered signal is as smooth as within."""
    stream = worn("pelvis", NoiseDensity(0.0, 0.0)).stream(104.0, cutoff_hz=20.0)
    samples = stream.take(0, 1700)
    bend = np.abs(np.diff(samples.gyr_dps, n=2, axis=0)).max(axis=1)
    edges = np.arange(416, 1700, 416)
    around = np.concatenate([bend[e - 12 : e - 3] for e in edges[:1]])
    assert bend[edges[0] - 3 : edges[0] + 1].max() < 5.0 * around.max() + 1e-3


def test_the_noise_is_that_of_the_chip_within_the_filter_s_band() -> None:
    """An open filter passes the noise of its band, a narrow one less."""
    quiet, noisy = NoiseDensity(0.0, 0.0), NoiseDensity(100.0, 10.0)
    for cutoff in (10.0, 50.0):
        a = worn("pelvis", noisy).stream(208.0, cutoff_hz=cutoff).take(0, 800)
        b = worn("pelvis", quiet).stream(208.0, cutoff_hz=cutoff).take(0, 800)
        sd = (a.gyr_dps - b.gyr_dps).std()
        assert sd == pytest.approx(0.010 * np.sqrt(1.11 * cutoff), rel=0.1)


def test_attitudes_are_rotations_and_quaternions_say_the_same() -> None:
    samples = worn("shank_right").stream(60.0).take(900, 600)
    r = samples.attitude
    assert np.allclose(r @ np.swapaxes(r, 1, 2), np.eye(3), atol=1e-9)
    assert np.allclose(np.linalg.det(r), 1.0)
    w, x, y, z = quaternions(r).T
    assert np.allclose(1 - 2 * (y * y + z * z), r[:, 0, 0])
    assert np.allclose(2 * (x * y + w * z), r[:, 1, 0])
    assert np.allclose(2 * (x * z - w * y), r[:, 2, 0])
    assert np.allclose(2 * (y * z + w * x), r[:, 2, 1])
    roll, pitch, _ = np.radians(euler_deg(r)).T
    assert np.allclose(np.cos(pitch) * np.sin(roll), r[:, 2, 1])
    assert np.allclose(-np.sin(pitch), r[:, 2, 0])


def test_every_device_has_a_heading_of_its_own() -> None:
    headings = [
        draw_fusion_errors(draw_identity(session(), "movella_dot", p), 1).heading_rad
        for p in PLACEMENTS
    ]
    assert np.ptp(headings) > 0.1


def test_a_script_that_begins_anew_gives_the_same_samples_again() -> None:
    imu = worn("shank_left")
    stream = imu.stream(104.0)
    first = stream.take(500, 900)
    stream.take(4000, 10)
    assert imu.stream(104.0) is stream
    again = stream.take(500, 900)
    assert (first.acc_m_s2 == again.acc_m_s2).all()
    assert (first.attitude == again.attitude).all()
