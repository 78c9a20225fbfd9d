"""The fast path: same seed same bytes, in order, with losses only where asked for, in bounded memory."""

from __future__ import annotations

import hashlib
import struct
import tracemalloc
from collections import defaultdict
from itertools import islice

import numpy as np
import pytest

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.profile.uuids import BATTERY_LEVEL, DATA


def _digest(session: SimulatedSession) -> str:
    h = hashlib.sha256()
    for p in air_packets(session):
        h.update(f"{p.sensor_id}{p.placement}{p.characteristic}{p.arrival_ns}".encode() + p.payload)
    return h.hexdigest()


@pytest.mark.parametrize("faults", ["none", "field", "harsh"])
def test_same_arguments_same_bytes_other_seed_other_bytes(faults) -> None:
    first, again, other = (SimulatedSession(25, seed=s, faults=faults) for s in (7, 7, 8))
    assert _digest(first) == _digest(again) == _digest(first)
    assert _digest(first) != _digest(other)


def test_global_random_state_is_neither_used_nor_changed() -> None:
    np.random.seed(5)  # noqa: NPY002 - the global state is what is tested
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    digest = _digest(SimulatedSession(20, seed=1))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    np.random.seed(6)  # noqa: NPY002
    assert _digest(SimulatedSession(20, seed=1)) == digest


def test_a_longer_session_begins_with_the_same_packets() -> None:
    """Packets are made as asked for, so length cannot matter; checked on a script that is the same."""
    short = list(air_packets(SimulatedSession(30, seed=3)))
    long = list(islice(air_packets(SimulatedSession(50, seed=3)), len(short)))
    assert short[:-30] == long[:-30]


@pytest.mark.parametrize("faults", ["none", "field", "harsh"])
def test_arrivals_rise_and_never_precede_the_data(faults) -> None:
    session = SimulatedSession(30, seed=5, faults=faults)
    rates = {s.sensor_id: s.errors.sample_hz for s in session.sensors}
    last = -1
    for p in air_packets(session):
        assert p.arrival_ns >= last
        last = p.arrival_ns
        if p.characteristic == DATA:
            index, n = struct.unpack_from("<I", p.payload, 4)[0], p.payload[14]
            assert p.arrival_ns > (index + n - 1) / rates[p.sensor_id] * 1e9


def test_without_faults_every_sample_is_there_once() -> None:
    session = SimulatedSession(30, seed=6)
    following: dict[str, int] = defaultdict(int)
    sequence: dict[str, int] = defaultdict(int)
    for p in air_packets(session):
        if p.characteristic != DATA:
            continue
        seq, index = struct.unpack_from("<HI", p.payload, 2)
        assert len(p.payload) == 136
        assert p.payload[14] == 10
        assert index == following[p.sensor_id]
        assert seq == sequence[p.sensor_id]
        following[p.sensor_id] += 10
        sequence[p.sensor_id] += 1
    for s in session.sensors:
        expected = (session.seconds - s.start_delay_s) * s.errors.sample_hz
        assert following[s.sensor_id] == pytest.approx(expected, abs=11)


def test_device_times_follow_rate_and_drift() -> None:
    session = SimulatedSession(30, seed=6, faults="field")
    for sensor in session.sensors:
        own = [
            p
            for p in air_packets(session)
            if p.sensor_id == sensor.sensor_id and p.characteristic == DATA
        ]
        times = np.array([int.from_bytes(p.payload[8:14], "little") for p in own])
        index = np.array([struct.unpack_from("<I", p.payload, 4)[0] for p in own])
        slope = np.polyfit(index, times, 1)[0]
        expected = 1e6 / sensor.errors.sample_hz * (1 + sensor.errors.clock_ppm * 1e-6)
        assert slope == pytest.approx(expected, rel=8e-6)  # wander is a few ppm


def _lost_share(seed: int, faults, seconds: float) -> tuple[float, float]:
    """Mean share of lost packets, and the longest gap in samples."""
    session = SimulatedSession(seconds, seed=seed, faults=faults)
    sequences = defaultdict(list)
    for p in air_packets(session):
        if p.characteristic == DATA:
            sequences[p.sensor_id].append(struct.unpack_from("<H", p.payload, 2)[0])
    shares = [1 - len(s) / (s[-1] + 1) for s in sequences.values()]
    gap = max(int(np.diff(s).max()) for s in sequences.values())
    return float(np.mean(shares)), gap * 10


def test_losses_come_in_the_size_of_the_fault_level() -> None:
    assert _lost_share(1, "none", 60) == (0.0, 10)
    field = np.mean([_lost_share(s, "field", 100)[0] for s in range(2)])
    assert 0.001 < field < 0.012
    harsh = [_lost_share(s, "harsh", 100) for s in range(3)]
    assert 0.01 < np.mean([h[0] for h in harsh]) < 0.12
    assert max(h[1] for h in harsh) > 200  # a silence of seconds


def test_battery_is_reported_at_start_and_at_changes() -> None:
    session = SimulatedSession(400, seed=1)
    levels = defaultdict(list)
    for p in air_packets(session):
        if p.characteristic == BATTERY_LEVEL:
            levels[p.placement].append(p.payload[0])
    for sensor in session.sensors:
        start = sensor.battery_start_percent
        assert levels[sensor.placement] == [start, start - 1]


def test_a_late_start_gives_the_same_samples_from_there_on() -> None:
    session = SimulatedSession(25, seed=2)
    sensor = session.sensors[1]

    def samples(start_s: float) -> bytes:
        chosen = air_packets(session, {sensor.sensor_id: start_s})
        return b"".join(
            p.payload[16:]
            for p in chosen
            if p.sensor_id == sensor.sensor_id and p.characteristic == DATA
        )

    whole, late = samples(0.0), samples(3.3)
    skipped = int(np.ceil(3.3 * sensor.errors.sample_hz)) * 12
    n = min(len(whole) - skipped, len(late))
    assert n > 12 * 4000
    assert whole[skipped : skipped + n] == late[:n]


def test_memory_does_not_grow_with_length() -> None:
    def peak(seconds: float) -> int:
        stream = air_packets(SimulatedSession(1e6, seed=1, quick=True))
        tracemalloc.start()
        for p in stream:
            if p.arrival_ns > seconds * 1e9:
                break
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    short, long = peak(50), peak(250)
    assert long < 1.15 * short + 100_000
    assert long < 12_000_000
