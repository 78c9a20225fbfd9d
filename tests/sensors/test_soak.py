"""A long run under harsh faults: what the radio delivered is in the file once, what is missing is named."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.fault_log import FaultLog
from levelstride.simulated_recording import sensor_infos
from sensors.drivers.open_gait_imu import SAMPLES_PER_PACKET
from sensors.notification import Notification
from sensors.recording_doctor import SensorReport, examine
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SessionInfo
from tests.sensors.open_gait_builder import DATA

MISSING = ("loss", "silence", "overflow", "out_of_range")
"""Faults of the simulator that cost packets."""
SLACK_S = 0.03
"""The timeline is in true time, the gaps are in estimated time, between samples."""


class Fingerprint:
    """Tells two sequences of notifications apart, however long they are."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.blake2b()

    def add(self, notification: Notification) -> None:
        head = f"{notification.sensor_id} {notification.characteristic} {notification.arrival_ns}"
        self._hash.update(head.encode() + notification.payload)
        self.count += 1

    def of(self, notifications: Iterable[Notification]) -> Fingerprint:
        for each in notifications:
            self.add(each)
        return self

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Fingerprint)
        return (self.count, self._hash.digest()) == (other.count, other._hash.digest())

    __hash__ = None  # type: ignore[assignment]


@dataclass
class Delivered:
    """What was delivered of one sensor, as its packets' heads say it: index and count."""

    packets: list[tuple[int, int]] = field(default_factory=list)

    def add(self, payload: bytes) -> None:
        (first,) = struct.unpack_from("<I", payload, 4)
        self.packets.append((first, payload[14]))

    def indices(self) -> np.ndarray:
        """Every sample index once, in order."""
        every = np.concatenate([np.arange(first, first + count) for first, count in self.packets])
        return np.unique(every)

    def samples_sent(self) -> int:
        return sum(count for _, count in self.packets)


def check_gaps(report: SensorReport, delivered: np.ndarray, faults: pd.DataFrame) -> None:
    """The gaps of a sensor are those of the packets' indices, and those that were injected."""
    steps = np.diff(delivered)
    assert [gap.samples for gap in report.gaps] == (steps[steps > 1] - 1).tolist()
    assert report.lost == int((steps - 1).sum())
    mine = faults[(faults["sensor_id"] == report.sensor.sensor_id) & faults["fault"].isin(MISSING)]
    starts = np.array([gap.start_s for gap in report.gaps])
    ends = starts + [gap.duration_s for gap in report.gaps]
    assert report.start_s is not None
    assert report.end_s is not None
    explained = np.zeros(len(starts), dtype=bool)
    for fault in mine.itertuples():
        begin, end = float(fault.start_s), float(fault.end_s)  # type: ignore[arg-type]
        if end <= report.start_s + SLACK_S or begin >= report.end_s - SLACK_S:
            continue  # before the first sample or after the last nothing can be called a gap
        within = (starts - SLACK_S <= end) & (begin <= ends + SLACK_S)
        if fault.fault == "silence" and not within.any():  # shorter than a packet
            assert end - begin < 0.06, fault
            continue
        assert within.any(), fault
        explained |= within
    assert explained.all(), "a gap that nobody injected"


def soak(path: Path, seconds: float, seed: int) -> None:
    session = SimulatedSession(seconds, seed=seed, faults="harsh")
    session.sensors = (
        tuple(  # as the driver sets them: packets that do not keep step with connection events
            replace(s, config=replace(s.config, samples_per_packet=SAMPLES_PER_PACKET))
            for s in session.sensors
        )
    )
    log, handed_in = FaultLog(), Fingerprint()
    delivered = {sensor.sensor_id: Delivered() for sensor in session.sensors}
    with RecordingWriter(
        path, session=SessionInfo(), sensors=sensor_infos(session), paced=False
    ) as writer:
        for packet in air_packets(session, log=log):
            notification = Notification(
                packet.sensor_id, packet.characteristic, packet.payload, packet.arrival_ns
            )
            if packet.characteristic == DATA:
                delivered[packet.sensor_id].add(packet.payload)
            handed_in.add(notification)
            writer.notification(notification)
    with open_recording(path) as reader:
        assert Fingerprint().of(reader.notifications()) == handed_in
        given = {sensor.placement: [] for sensor in reader.sensors}
        for block in reader.blocks():
            given[block.placement].append((block.first_index, block.time_s))
    report = examine(path)
    assert report.health.complete
    faults = log.frame(seconds)
    for sensor, mine in zip(session.sensors, report.sensors, strict=True):
        assert mine.sensor.sensor_id == sensor.sensor_id
        blocks = given[mine.sensor.placement]
        index = np.concatenate([first + np.arange(len(time_s)) for first, time_s in blocks])
        time_s = np.concatenate([time_s for _, time_s in blocks])
        expected = delivered[sensor.sensor_id].indices()
        assert np.array_equal(index, expected), "a delivered sample is missing, or there twice"
        sent = delivered[sensor.sensor_id].samples_sent()
        assert mine.repeated == sent - len(expected)
        assert mine.damaged == 0
        check_gaps(mine, expected, faults)
        rate_hz = sensor.errors.sample_hz
        truth_s = (np.ceil(sensor.start_delay_s * rate_hz - 1e-9) + index) / rate_hz
        error_s = np.abs(time_s - truth_s)
        print(
            f"{mine.label}: {mine.samples} samples, {mine.lost} lost in {len(mine.gaps)} gaps,"
            f" {mine.repeated} twice; time error p95 {np.percentile(error_s, 95) * 1e3:.2f} ms,"
            f" stated {(mine.uncertainty_s or 0) * 1e3:.1f} ms"
        )
        assert np.percentile(error_s, 95) < 3e-3
        assert mine.uncertainty_s is not None
        assert np.mean(error_s <= mine.uncertainty_s) >= 0.95
        assert mine.uncertainty_s < 6e-3


@pytest.mark.parametrize("seed", [3])
def test_six_harsh_minutes(tmp_path: Path, seed: int) -> None:
    soak(tmp_path / "run.mcap", 360.0, seed)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_two_harsh_hours(tmp_path: Path) -> None:
    soak(tmp_path / "run.mcap", 7200.0, 11)
