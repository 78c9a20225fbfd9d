"""What the doctor says of sensors in each other's place, and of clocks that do not agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim import SimulatedSession, air_packets
from levelstride.simulated_recording import sensor_infos
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.recording_doctor import Level, examine
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SessionInfo
from sensors.shared_event import LagWatch, sensor_lags


def recorded(path: Path, places: dict[str, str], late_s: dict[str, float]) -> list[str]:
    """What the doctor says of the motion in a run of 100 s."""
    session = SimulatedSession(100, seed=21, faults="field")
    infos = [
        replace(info, placement=Placement(places.get(info.placement or "", info.placement or "")))
        for info in sensor_infos(session)
    ]
    delay_ns = {
        info.sensor_id: round(late_s.get(info.placement or "", 0.0) * 1e9) for info in infos
    }
    with RecordingWriter(path, session=SessionInfo(), sensors=infos, paced=False) as writer:
        for packet in air_packets(session):
            at_ns = packet.arrival_ns + delay_ns[packet.sensor_id]
            writer.notification(
                Notification(packet.sensor_id, packet.characteristic, packet.payload, at_ns)
            )
    report = examine(path)
    found = [finding for finding in report.findings if finding.subject == "motion"]
    assert all(finding.level is Level.WARNING for finding in found)
    return [finding.text for finding in found]


def test_nothing_is_said_of_sensors_in_their_places(tmp_path: Path) -> None:
    assert recorded(tmp_path / "a.mcap", {}, {}) == []
    with open_recording(tmp_path / "a.mcap") as reader:
        blocks = list(reader.blocks())
    watch = LagWatch()
    for block in blocks:
        watch.push(block)
    whole = {(lag.first, lag.second): lag.lag_s for lag in sensor_lags(blocks)}
    for lag in watch.lags():
        assert lag.lag_s == pytest.approx(whole[lag.first, lag.second], abs=0.05)


def test_pelvis_and_shank_in_each_others_place_are_named(tmp_path: Path) -> None:
    places = {"pelvis": "shank_left", "shank_left": "pelvis"}
    said = recorded(tmp_path / "a.mcap", places, {})
    assert any("left shank moves like a pelvis" in text for text in said)


def test_a_sensor_whose_packets_all_come_late_is_named(tmp_path: Path) -> None:
    """By 90 ms, from the beginning on: no clock fit can see that."""
    said = recorded(tmp_path / "a.mcap", {}, {"pelvis": 0.09})
    assert any("the sensors named pelvis and" in text and "ms apart" in text for text in said)
