"""Drivers against the simulator's devices of other makers: two independent readings of one protocol.

Over the virtual radio: found, set up, streamed, recorded, stopped; and the samples are those of the
motion that the simulator played.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bumble.link import LocalLink

from firmware_sim import SimulatedSession, VirtualSensors
from firmware_sim.devices import make_device
from sensors.collector import Collector
from sensors.drivers.heart_rate_bytes import HeartRate
from sensors.drivers.running_speed_bytes import RunningSpeed
from sensors.placement import Placement
from sensors.radio import VirtualRadio
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import SampleBlock
from sensors.sensor_status import SensorState, SensorStatus
from sensors.session_info import SessionInfo
from sensors.side_readings import side_readings
from tests.sensors.patient_scan import scan_for

pytestmark = pytest.mark.real_time

KINDS = ("witmotion", "polar_verity", "movella_dot", "movesense")
PLACES = {Placement.PELVIS: "pelvis", Placement.SHANK_LEFT: "shank_left"}


class Run:
    """One recording run with simulated devices; what was seen and what was recorded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.states: list[SensorStatus] = []
        self.blocks: list[SampleBlock] = []
        self.found: dict[str, str] = {}

    def of(self, placement: Placement) -> list[SampleBlock]:
        return [block for block in self.blocks if block.placement is placement]


def record(
    path: Path, devices: list[tuple[str, str | None, str | None]], seconds: float, seed: int = 3
) -> Run:
    """Scan, then record; devices are (kind, placement, variant)."""
    run = Run(path)
    session = SimulatedSession(60, seed=seed, faults="none")

    async def main() -> None:
        link = LocalLink()
        makers: list[Callable[..., object]] = [
            functools.partial(_make, kind, session, placement, variant)
            for kind, placement, variant in devices
        ]
        radio = VirtualRadio(link)
        worn = VirtualSensors(link, session, placements=(), devices=makers)  # type: ignore[arg-type]
        await worn.start()
        try:
            found = await scan_for(len(devices), radio, 1.5)
            assert not [each.message for each in found if each.message]
            run.found = {each.sensor_id: each.kind for each in found}
            places = iter(PLACES)
            placements = {
                each.sensor_id: next(places)
                for each in found
                if each.kind not in ("heart_rate", "running_speed")
            }
            writer = RecordingWriter(path, session=SessionInfo())
            await Collector(
                radio,
                placements=placements,
                recording=writer,
                on_block=run.blocks.append,
                on_state=run.states.append,
                side_channels=[k for k in ("heart_rate", "running_speed") if k in dict_of(devices)],
                search_s=4.0,
            ).run(seconds)
        finally:
            await worn.stop()
            await radio.close()

    asyncio.run(main())
    return run


def _make(
    kind: str, session: SimulatedSession, placement: str, variant: str, clock: object
) -> object:
    return make_device(kind, session, placement, clock, variant=variant)  # type: ignore[arg-type]


def dict_of(devices: list[tuple[str, str | None, str | None]]) -> set[str]:
    return {kind for kind, _, _ in devices}


@pytest.mark.parametrize("kind", KINDS)
def test_a_device_is_set_up_and_streams_what_it_feels(kind: str, tmp_path: Path) -> None:
    """Gravity while the runner stands, at the rate that was set; nothing lost, nothing damaged."""
    run = record(tmp_path / "x.mcap", [(kind, "pelvis", None)], 7.0)
    assert list(run.found.values()) == [kind]
    last = run.states[-1]
    assert any(state.state is SensorState.STREAMING for state in run.states)
    assert last.battery_percent is not None or kind == "movesense"
    assert last.damaged_packets == 0
    with open_recording(tmp_path / "x.mcap") as reader:
        (sensor,) = reader.sensors
        blocks = list(reader.blocks())
        counts = reader.counts[sensor.sensor_id]
    assert sensor.kind == kind
    assert counts.lost == counts.damaged == counts.repeated == 0
    assert counts.samples > 4.0 * sensor.rate_hz
    acc = np.concatenate([block.acc for block in blocks])
    gyr = np.concatenate([block.gyr for block in blocks])
    assert np.median(np.linalg.norm(acc, axis=1)) == pytest.approx(9.81, abs=0.25)
    assert np.median(np.linalg.norm(gyr, axis=1)) < 0.2
    times = np.concatenate([block.time_s for block in blocks])
    assert (len(times) - 1) / (times[-1] - times[0]) == pytest.approx(sensor.rate_hz, rel=0.02)


def test_heart_rate_and_running_speed_are_recorded_beside_the_samples(tmp_path: Path) -> None:
    """Readings in the status and from the file; no samples, no placement, asked for by kind."""
    devices = [
        ("movesense", "pelvis", None),
        ("heart_rate", None, None),
        ("running_speed", None, None),
    ]
    run = record(tmp_path / "x.mcap", devices, 6.0)
    assert sorted(run.found.values()) == ["heart_rate", "movesense", "running_speed"]
    kinds = {type(state.reading) for state in run.states if state.reading is not None}
    assert kinds == {HeartRate, RunningSpeed}
    assert {block.placement for block in run.blocks} == {Placement.PELVIS}
    with open_recording(tmp_path / "x.mcap") as reader:
        assert {s.kind: s.placement for s in reader.sensors} == {
            "movesense": Placement.PELVIS,
            "heart_rate": None,
            "running_speed": None,
        }
        readings = list(side_readings(reader.sensors, reader.notifications()))
        assert sum(len(block) for block in reader.blocks()) > 200
    beats = [one.reading for one in readings if isinstance(one.reading, HeartRate)]
    paces = [one.reading for one in readings if isinstance(one.reading, RunningSpeed)]
    assert len(beats) >= 3
    assert len(paces) >= 3
    assert all(30 <= beat.bpm <= 230 for beat in beats)
    assert all(0.0 <= pace.speed_m_s <= 8.0 for pace in paces)


def test_side_channels_that_nobody_asked_for_are_left_alone(tmp_path: Path) -> None:
    """A strap of somebody else nearby is not connected to."""
    session = SimulatedSession(60, seed=3, faults="none")
    states: list[SensorStatus] = []

    async def main() -> None:
        link = LocalLink()
        makers = [
            functools.partial(_make, "movella_dot", session, "pelvis", None),
            functools.partial(_make, "heart_rate", session, None, None),
        ]
        radio = VirtualRadio(link)
        worn = VirtualSensors(link, session, placements=(), devices=makers)  # type: ignore[arg-type]
        await worn.start()
        try:
            found = await scan_for(2, radio, 1.5)
            (dot,) = [one for one in found if one.kind == "movella_dot"]
            collector = Collector(
                radio, placements={dot.sensor_id: Placement.PELVIS}, on_state=states.append
            )
            await collector.run(1.5)
        finally:
            await worn.stop()
            await radio.close()

    asyncio.run(main())
    assert {state.sensor_id for state in states if state.sensor_id} == {
        state.sensor_id for state in states if state.placement is Placement.PELVIS
    }
