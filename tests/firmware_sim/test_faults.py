"""Every fault has a switch, and what it does is seen in the packets or in their arrival."""

from __future__ import annotations

import itertools
import struct
from functools import cache

import numpy as np
import pytest

from firmware_sim import AirPacket, SimulatedSession, air_packets
from firmware_sim.body.script import Script, Segment
from firmware_sim.imu.faults import FaultValue, TimedFault
from firmware_sim.profile.uuids import DATA, EVENT
from tests.firmware_sim.open_host import Header, header

QUIET: dict[str, FaultValue] = {"jitter_ms": 0.0}


def _session(seconds: float = 30.0, seed: int = 3, **overrides: FaultValue) -> SimulatedSession:
    return SimulatedSession(seconds, seed, 3.0, fault_overrides=QUIET | overrides)


def _data(session: SimulatedSession, index: int = 1) -> list[AirPacket]:
    packets = air_packets(session, placements=[session.sensors[index].placement])
    return [p for p in packets if p.characteristic == DATA]


@cache
def _clean() -> list[AirPacket]:
    return _data(_session())


def _heads(packets: list[AirPacket]) -> list[Header]:
    return [header(p.payload) for p in packets]


def _arrivals_s(packets: list[AirPacket]) -> np.ndarray:
    return np.array([p.arrival_ns for p in packets]) * 1e-9


def _counts(packets: list[AirPacket]) -> np.ndarray:
    return np.frombuffer(b"".join(p.payload[16:] for p in packets), "<i2").reshape(-1, 6)


def _physical(session: SimulatedSession, index: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """m/s^2 and deg/s, each (n, 3)."""
    scales = struct.unpack_from("<ff", session.sensors[index].config_bytes, 10)
    counts = _counts(_data(session, index)).astype(float)
    return counts[:, :3] * scales[0], counts[:, 3:] * scales[1]


def _standing(seconds: float = 600.0, **overrides: FaultValue) -> SimulatedSession:
    """Standing still."""
    script = Script((Segment("stand", 0.0, np.inf),))
    return SimulatedSession(seconds, 3, script=script, fault_overrides=overrides)


# --- the way of the packets ---


@pytest.mark.parametrize("interval_ms", [7.5, 30.0, 50.0])
def test_packets_arrive_on_the_grid_of_connection_events(interval_ms: float) -> None:
    arrivals = _arrivals_s(_data(_session(connection_interval_ms=interval_ms)))
    beats = (arrivals - arrivals[0]) / (interval_ms * 1e-3)
    assert np.abs(beats - np.rint(beats)).max() < 0.01


def test_a_slow_interval_carries_several_packets_in_one_event() -> None:
    packets = _data(_session(connection_interval_ms=200.0, notifications_per_event=6))
    _, sizes = np.unique(np.rint(_arrivals_s(packets) / 0.2), return_counts=True)
    assert np.median(sizes) == 4


def test_a_full_queue_drops_packets_and_the_next_one_says_so() -> None:
    """200 ms and two packets an event are half of what is made."""
    session = _session(connection_interval_ms=200.0, notifications_per_event=2, queue_packets=3)
    heads = _heads(_data(session))
    lost = [b.sequence - a.sequence - 1 for a, b in itertools.pairwise(heads)]
    assert 0.4 < sum(lost) / (heads[-1].sequence + 1) < 0.6
    flagged = [bool(h.flags & 4) for h in heads[1:]]
    assert flagged == [n > 0 for n in lost]
    events = [p.payload for p in air_packets(session) if p.characteristic == EVENT]
    dropped = [struct.unpack_from("<HH", e, 8) for e in events if e[0] == 3]
    assert {queue for _, queue in dropped} == {3}
    assert sum(n for n, _ in dropped) > 400


@pytest.mark.parametrize(("mtu", "size"), [(23, 20), (60, 52), (185, 136)])
def test_a_smaller_mtu_makes_smaller_packets(mtu: int, size: int) -> None:
    assert {len(p.payload) for p in _data(_session(mtu=mtu))} == {size}


def test_bursts_have_the_share_and_length_asked_for() -> None:
    heads = _heads(_data(_session(600.0, loss=0.05, burst_packets=4.0)))
    lost = [b.sequence - a.sequence - 1 for a, b in itertools.pairwise(heads)]
    bursts = [n for n in lost if n]
    assert sum(lost) / len(heads) == pytest.approx(0.05, rel=0.5)
    assert np.mean(bursts) == pytest.approx(4.0, rel=0.35)


def test_single_losses_come_beside_the_bursts() -> None:
    heads = _heads(_data(_session(300.0, loss_residual=0.02)))
    lost = [b.sequence - a.sequence - 1 for a, b in itertools.pairwise(heads)]
    assert sum(lost) / len(heads) == pytest.approx(0.02, rel=0.4)
    assert max(lost) <= 2


def test_silences_last_seconds() -> None:
    heads = _heads(_data(_session(120.0, dropouts=1.0)))
    lost = [b.sequence - a.sequence - 1 for a, b in itertools.pairwise(heads)]
    assert 19 <= max(lost) <= 121
    assert sum(lost) == max(lost)


def test_duplicates_come_twice_unchanged() -> None:
    packets = _data(_session(duplicates=0.1))
    twice = [(a, b) for a, b in itertools.pairwise(packets) if a.payload == b.payload]
    assert len(twice) / len(packets) == pytest.approx(0.1, rel=0.4)
    assert all(0 < b.arrival_ns - a.arrival_ns < 2e6 for a, b in twice)
    assert list(dict.fromkeys(p.payload for p in packets)) == [p.payload for p in _clean()]


def test_reordered_packets_come_after_the_next_one() -> None:
    packets = _data(_session(reorder=0.1))
    sequence = [h.sequence for h in _heads(packets)]
    back = sum(b < a for a, b in itertools.pairwise(sequence))
    assert back / len(sequence) == pytest.approx(0.1, rel=0.4)
    assert sorted(sequence) == [h.sequence for h in _heads(_clean())]
    assert (np.diff(_arrivals_s(packets)) >= 0).all()


def test_jitter_and_stalls_delay_but_lose_nothing() -> None:
    still = _arrivals_s(_clean())
    shaken = _data(_session(jitter_ms=10.0))
    assert [p.payload for p in shaken] == [p.payload for p in _clean()]
    assert np.mean(_arrivals_s(shaken) - still) == pytest.approx(0.010, rel=0.2)
    stalled = _arrivals_s(_data(_session(stalls_per_min=20.0))) - still
    peaks = stalled[(stalled > 0.09) & (np.diff(stalled, prepend=0.0) > 0.05)]
    assert 3 <= len(peaks) <= 20
    assert stalled.max() <= 0.28


def test_out_of_range_for_long_ends_the_link_and_costs_its_packets() -> None:
    session = _session(out_of_range="12:shank_left:6")
    packets = _data(session)
    heads, arrivals = _heads(packets), _arrivals_s(packets)
    (gap,) = np.flatnonzero(np.diff(arrivals) > 1.0)
    assert (arrivals[gap], arrivals[gap + 1]) == pytest.approx((12.0, 18.0), abs=0.1)
    lost = heads[gap + 1].sequence - heads[gap].sequence - 1
    assert lost == pytest.approx(6.0 * 20, abs=3)
    assert heads[gap + 1].first == heads[gap].first + 10 * (lost + 1)  # the same stream goes on
    others = _data(session, 0)
    assert np.diff(_arrivals_s(others)).max() < 0.1


def test_out_of_range_for_a_moment_holds_up_and_overflows_the_queue() -> None:
    packets = _data(_session(out_of_range=TimedFault(12.0, "shank_left", 2.0), queue_packets=10))
    heads, arrivals = _heads(packets), _arrivals_s(packets)
    late = (arrivals > 13.9) & (arrivals < 14.2)
    assert late.sum() >= 10  # what the queue kept comes at once
    lost = [b.sequence - a.sequence - 1 for a, b in itertools.pairwise(heads)]
    assert sum(lost) == pytest.approx(2.0 * 20 - 10, abs=2)
    assert sum(bool(h.flags & 4) for h in heads) == 1


def test_a_reboot_begins_all_counters_anew() -> None:
    packets = _data(_session(reboot="15:shank_left:3"))
    heads = _heads(packets)
    (cut,) = [i for i, (a, b) in enumerate(itertools.pairwise(heads), 1) if b.first < a.first]
    assert (heads[cut].sequence, heads[cut].first) == (0, 0)
    assert heads[cut].device_us == pytest.approx(3_250_000, abs=30_000)  # since it came up
    assert heads[cut - 1].device_us > 5_000_000
    arrivals = _arrivals_s(packets)
    assert arrivals[cut] - arrivals[cut - 1] == pytest.approx(3.05, abs=0.1)
    assert len(packets) == pytest.approx((30 - 3) * 20, abs=4)


def test_a_flat_battery_is_silence_for_ever() -> None:
    session = _session(battery_death="10:shank_left")
    assert _arrivals_s(_data(session))[-1] == pytest.approx(10.0, abs=0.1)
    assert _arrivals_s(_data(session, 2))[-1] == pytest.approx(30.0, abs=0.1)


def test_swapped_labels_are_in_config_and_the_samples_are_the_body_s() -> None:
    swapped, right = _session(swapped_labels=True), _session()
    assert [s.config_bytes[8] for s in swapped.sensors] == [1, 3, 2]
    assert [s.label for s in swapped.sensors] == ["pelvis", "shank_right", "shank_left"]
    assert [p.payload for p in _data(swapped)] == [p.payload for p in _data(right)]


def test_battery_settings_set_level_and_decay() -> None:
    sensor = _session(battery_start_percent=50, battery_s_per_percent=10).sensors[0]
    assert [sensor.battery_percent(t) for t in (0, 9, 10, 100, 1e5)] == [50, 50, 49, 40, 1]


# --- the sensor ---


def test_slip_step_turns_gravity_for_good_and_creep_grows() -> None:
    kept = _standing()
    acc0, _ = _physical(kept)
    slipped, _ = _physical(_standing(slip_step="300:shank_left:4", slip_axis="x"))
    crept, _ = _physical(_standing(slip_creep_deg=3.0, slip_axis="x"))

    def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
        u, v = a.mean(axis=0), b.mean(axis=0)
        return float(np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v))))

    early, late = slice(10_000, 20_000), slice(100_000, 110_000)
    assert angle_deg(acc0[early], slipped[early]) < 0.05
    assert angle_deg(acc0[late], slipped[late]) == pytest.approx(4.0, abs=0.1)
    assert angle_deg(acc0[early], crept[early]) == pytest.approx(3.0 * 75 / 1800, abs=0.03)
    assert angle_deg(acc0[late], crept[late]) == pytest.approx(3.0 * 525 / 1800, abs=0.03)


def test_warming_moves_bias_scale_and_temperature() -> None:
    session = _standing(gyro_thermal_dps=1.0, acc_thermal_mg=30.0, scale_thermal=0.02)
    kept = _physical(_standing())
    warm = _physical(session)
    errors = session.sensors[1].errors
    done = errors.warmth(np.array([50.0, 575.0]))
    first, last = slice(9_000, 11_000), slice(114_000, 116_000)
    gyro = [(warm[1] - kept[1])[part].mean(axis=0) for part in (first, last)]
    for moved, share in zip(gyro, done, strict=True):
        assert np.allclose(moved, share * errors.gyro_thermal_dps, atol=0.05)
    acc = (warm[0] - kept[0])[last].mean(axis=0)
    expected = done[1] * (errors.acc_thermal_m_s2 + errors.scale_thermal[1] * kept[0][last].mean(0))
    assert np.allclose(acc, expected, atol=0.03)
    assert 5.0 <= errors.warm_up_k <= 15.0
    assert 300.0 <= errors.warm_up_tau_s <= 480.0


def test_bias_instability_wanders_slowly_by_its_size() -> None:
    size = 0.5  # deg/s, far more than any part has, to be seen above the noise
    kept = _physical(_standing(300.0))[1]
    wander = (_physical(_standing(300.0, gyro_instability_dph=size * 3600))[1] - kept)[:59_800]
    by_second = wander.reshape(-1, 200, 3).mean(axis=1)
    assert 0.15 * size < np.std(by_second, axis=0).mean() < 1.5 * size
    assert np.abs(np.diff(by_second, axis=0)).max() < 0.3 * size


def test_g_sensitivity_tilts_the_gyroscope_by_acceleration() -> None:
    session = _standing(30.0, g_sensitivity_dps_g=0.5)
    kept, moved = _physical(_standing(30.0)), _physical(session)
    mean_g = kept[0].mean(axis=0) / 9.80665
    expected = session.sensors[1].errors.g_sensitivity_dps_g @ mean_g
    assert np.allclose((moved[1] - kept[1]).mean(axis=0), expected, atol=0.02)


def test_noise_gain_scales_the_noise() -> None:
    quiet, loud = (_physical(_standing(30.0, noise_gain=g)) for g in (1.0, 5.0))
    for a, b in zip(quiet, loud, strict=True):
        high = [np.diff(x, axis=0).std() for x in (a, b)]
        assert high[1] > 3.5 * high[0]


def test_clipping_holds_for_some_samples_more() -> None:
    def clipped(recovery: int) -> int:
        session = _session(impact_gain=4.0, clip_recovery_samples=recovery)
        counts = _counts(_data(session))
        return int((np.abs(counts[:, :3].astype(int)) >= 32767).any(axis=1).sum())

    at_once, held = clipped(0), clipped(3)
    assert at_once >= 5
    assert held > 1.3 * at_once


def test_strap_ringing_is_fast_and_only_after_impacts() -> None:
    kept, rung = _physical(_session()), _physical(_session(strap_ringing_g=2.0))
    more = rung[0] - kept[0]
    assert np.abs(more[:400]).max() < 0.2  # standing
    running = more[4000:5600, :]
    assert np.abs(running).max() > 8.0
    power = np.abs(np.fft.rfft(running, axis=0)) ** 2
    frequency = np.fft.rfftfreq(len(running), 1 / 200.0)
    inside = (frequency > 30) & (frequency < 75)
    assert power[inside].sum() > 0.7 * power.sum()
    assert np.allclose(rung[1], kept[1], atol=0.2)  # it does not turn


def test_bandwidth_takes_away_what_is_above_it() -> None:
    kept, slow = (_physical(_session(noise_gain=0.0, bandwidth_hz=hz)) for hz in (0.0, 10.0))
    part = slice(4000, 5600)
    for a, b in zip(kept, slow, strict=True):
        window = np.hanning(1600)[:, None]
        pa, pb = (np.abs(np.fft.rfft(x[part] * window, axis=0)) ** 2 for x in (a, b))
        frequency = np.fft.rfftfreq(1600, 1 / 200.0)
        high = (frequency > 20) & (frequency < 45)
        assert pb[high].sum() < 0.15 * pa[high].sum()
        low = (frequency > 0) & (frequency < 3)
        assert pb[low].sum() == pytest.approx(pa[low].sum(), rel=0.1)


def test_mounting_limits_set_how_crooked_a_sensor_sits() -> None:
    straight = SimulatedSession(60, 3, fault_overrides={"mount_tilt_deg": 0, "mount_turn_deg": 0})
    for sensor in straight.sensors:
        assert np.allclose(sensor.mounting.rotation, np.eye(3))
    turns = []
    for seed in range(20):
        session = SimulatedSession(60, seed, fault_overrides={"mount_turn_deg": 180})
        r = session.sensors[1].mounting.rotation
        turns.append(abs(np.degrees(np.arctan2(r[0, 2], r[2, 2]))))
    assert max(turns) > 90


def test_clock_faults_move_device_times() -> None:
    def offset_us(**overrides: FaultValue) -> np.ndarray:
        session = _standing(400.0, clock_ppm=0.0, **overrides)
        heads = _heads(_data(session))
        hz, start = session.sensors[1].errors.sample_hz, session.sensors[1].errors.clock_start_us
        grid = np.ceil(session.sensors[1].start_delay_s * hz)
        return np.array([h.device_us - start - (grid + h.first) / hz * 1e6 for h in heads])

    assert np.abs(offset_us()).max() <= 1.0
    wander = np.abs(offset_us(clock_wander_ms_h=3.0)).max()
    assert 100.0 < wander < 6000.0
    slow = offset_us(clock_ppm_k2=0.034)
    assert slow[-1] < -30.0
    assert (np.diff(slow) <= 1.0).all()
