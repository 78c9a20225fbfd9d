"""A run of the collector on the host's radio, and what became of every notification of it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sensors.collector import Collector
from sensors.placement import Placement
from sensors.radio import HostRadio
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import SampleBlock
from sensors.sample_counts import SampleCounts
from sensors.sensor_status import SensorState, SensorStatus
from sensors.session_info import SessionInfo
from tests.bluez.air import Passed, carries_samples

STREAMING_WITHIN_S = 60.0
_INDEX_AND_COUNT = struct.Struct("<4xI6xB")


class LiveRun:
    """A collector at work, as a test sees it.

    Attributes:
        states: all statuses so far.
        blocks: all blocks so far.
    """

    def __init__(self) -> None:
        self.states: list[SensorStatus] = []
        self.blocks: list[SampleBlock] = []

    def latest(self) -> dict[str, SensorStatus]:
        """The last status of each sensor, by name."""
        return {status.name: status for status in self.states if status.name}

    def streaming(self) -> set[str]:
        """Names of the sensors that stream at present."""
        return {n for n, s in self.latest().items() if s.state is SensorState.STREAMING}

    async def until_streaming(self, sensors: int = len(Placement)) -> float:
        """Wait until so many sensors stream; returns how long it took, s."""
        return await self.until(lambda: len(self.streaming()) == sensors)

    async def until(self, condition: Callable[[], bool]) -> float:
        """Wait for something to become true; returns how long it took, s."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        while not condition():
            if loop.time() - since > STREAMING_WITHIN_S:
                course = [f"{s.name} {s.state} {s.message}" for s in self.states]
                changes = [c for k, c in enumerate(course) if not k or c != course[k - 1]]
                raise TimeoutError(
                    "waited in vain; the last changes were:\n" + "\n".join(changes[-30:])
                )
            await asyncio.sleep(0.02)
        return loop.time() - since


@dataclass
class RecordedSensor:
    """One sensor in the file.

    Attributes:
        payloads: its notifications, in order.
        arrivals_ns: their arrivals, on the clock of ``Passed.sent_ns``.
        indices: indices of its samples, as decoded.
        counts: what the reader says of them.
    """

    payloads: list[bytes] = field(default_factory=list)
    arrivals_ns: list[int] = field(default_factory=list)
    indices: set[int] = field(default_factory=set)
    counts: SampleCounts = field(default_factory=SampleCounts)


@dataclass
class RecordedRun:
    """The file of a run.

    Attributes:
        sensors: by advertised name.
        complete: closed properly and read to its last byte.
        link_states: states noted in the file, by sensor name, in order.
    """

    sensors: dict[str, RecordedSensor]
    complete: bool
    link_states: dict[str, list[str]]


def record(path: Path, story: Callable[[LiveRun], Awaitable[None]]) -> tuple[LiveRun, RecordedRun]:
    """Record on the host's radio while a story happens; when it ends, so does the recording."""
    live = LiveRun()

    async def main() -> int:
        stop = asyncio.Event()
        radio = HostRadio()
        collector = Collector(
            radio,
            recording=RecordingWriter(path, session=SessionInfo()),
            on_block=live.blocks.append,
            on_state=live.states.append,
        )

        async def tell() -> None:
            try:
                await story(live)
            finally:
                stop.set()

        try:
            await asyncio.gather(collector.run(stop), tell())
        finally:
            await radio.close()
        return collector.zero_ns

    return live, read_back(path, asyncio.run(main()))


def read_back(path: Path, zero_ns: int) -> RecordedRun:
    """Read a recording."""
    with open_recording(path) as reader:
        names = {sensor.sensor_id: sensor.name for sensor in reader.sensors}
        sensors = {name: RecordedSensor() for name in names.values()}
        for each in reader.notifications():
            sensor = sensors[names[each.sensor_id]]
            sensor.payloads.append(each.payload)
            sensor.arrivals_ns.append(zero_ns + each.arrival_ns)
        worn = {sensor.placement: sensor.name for sensor in reader.sensors}
        for block in reader.blocks():
            first = block.first_index
            sensors[worn[block.placement]].indices.update(range(first, first + len(block)))
        for sensor_id, counts in reader.counts.items():
            sensors[names[sensor_id]].counts = counts
        states: dict[str, list[str]] = {name: [] for name in names.values()}
        for event in reader.link_events():
            states.setdefault(names.get(event.sensor_id, event.sensor_id), []).append(event.event)
        return RecordedRun(sensors, reader.health.complete, states)


def samples_in(payload: bytes) -> range:
    """Indices of the samples of a notification with live samples."""
    first, n = _INDEX_AND_COUNT.unpack_from(payload)
    return range(first, first + n)


def live_indices(payloads: list[bytes]) -> set[int]:
    """Indices of all samples in a list of notifications."""
    return {index for p in payloads if carries_samples(p) for index in samples_in(p)}


def latencies_ms(passed: list[Passed], recorded: RecordedSensor) -> np.ndarray:
    """From the sensor's sending to the recorded arrival, of all notifications with samples."""
    sent = {p.payload: p.sent_ns for p in passed if carries_samples(p.payload)}
    pairs = zip(recorded.payloads, recorded.arrivals_ns, strict=True)
    return np.array([(at - sent[p]) * 1e-6 for p, at in pairs if p in sent])
