"""Makes samples of a recording's notifications: in one pass as the live path does, or in two."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from sensors.clock import ClockFit
from sensors.drivers.registry import format_for
from sensors.notification import Message
from sensors.packet_batch import PackedPackets, SyncPoint
from sensors.sample_block import SampleBlock
from sensors.sample_counts import SampleCounts
from sensors.sensor_stream import PacketReader, SensorStream, second_pass
from sensors.session_clock import SessionClock
from sensors.session_info import SensorInfo

KEPT_BYTES = 64 * 2**20
"""Most that the first pass keeps for the second: two hours of three sensors. What is more is read
from the file again, so that memory does not grow with the recording."""

Group = Mapping[str, Sequence[Message]]
"""Notifications of some seconds, by sensor id, in arrival order."""
_Parts = dict[str, list[PackedPackets | SyncPoint]]


class Replay:
    """One reading of a recording.

    Args:
        sensors: configurations of each sensor to make samples of, by id; at least one each.
        read: gives all notifications of the recording, in groups; asked once or twice.
        online: time stamps from the past only.

    Attributes:
        counts: what became of the samples of each sensor so far, by id.
        clocks: clocks of each sensor, by id; empty online, and where packets tell the time.

    Raises:
        ProtocolError: a sensor's configuration cannot be read.
    """

    def __init__(
        self,
        sensors: Mapping[str, Sequence[SensorInfo]],
        read: Callable[[], Iterator[Group]],
        *,
        online: bool,
    ) -> None:
        self._sensors = sensors
        self._read = read
        self._kept: deque[_Parts] | None = None
        # A reader refuses an impossible rate, so it is made before the clock.
        readers = {sensor_id: PacketReader(configs[0]) for sensor_id, configs in sensors.items()}
        clocks = {
            sensor_id: SessionClock(configs[0].rate_hz, format_for(configs[0].kind).clock)
            for sensor_id, configs in sensors.items()
            if not (online or format_for(configs[0].kind).tells_session_time)
        }
        if clocks:
            self._first_pass(readers, clocks)
        self.clocks: dict[str, tuple[ClockFit, ...]] = {
            sensor_id: clock.finish() for sensor_id, clock in clocks.items()
        }
        self._streams = {
            sensor_id: second_pass(configs[0], clocks[sensor_id])
            if sensor_id in clocks
            else SensorStream(configs[0])
            for sensor_id, configs in sensors.items()
        }
        for sensor_id, configs in sensors.items():
            for config in configs[1:]:
                self._streams[sensor_id].add_config(config)
        self.counts: dict[str, SampleCounts] = {
            sensor_id: stream.counts for sensor_id, stream in self._streams.items()
        }

    def blocks(self) -> Iterator[SampleBlock]:
        """The samples, those of one sensor in time order; to be asked for once."""
        for blocks in self._kept_blocks() if self._kept is not None else self._read_blocks():
            yield from sorted(blocks, key=_start)
        rest = [block for stream in self._streams.values() for block in stream.finish()]
        yield from sorted(rest, key=_start)

    def _read_blocks(self) -> Iterator[list[SampleBlock]]:
        for group in self._read():
            blocks: list[SampleBlock] = []
            for sensor_id, messages in group.items():
                if sensor_id in self._streams:
                    blocks += self._streams[sensor_id].push_messages(messages)
            yield blocks

    def _kept_blocks(self) -> Iterator[list[SampleBlock]]:
        while self._kept:
            blocks: list[SampleBlock] = []
            for sensor_id, parts in self._kept.popleft().items():
                blocks += self._streams[sensor_id].push_packets(parts)
            yield blocks

    def _first_pass(
        self, readers: Mapping[str, PacketReader], clocks: Mapping[str, SessionClock]
    ) -> None:
        """Show the clocks the whole session; packets are kept if they are few."""
        for sensor_id, configs in self._sensors.items():
            for config in configs[1:]:
                readers[sensor_id].add_config(config)
        kept: deque[_Parts] | None = deque()
        size = 0
        for group in self._read():
            parts: _Parts = {
                sensor_id: readers[sensor_id].read_messages(messages)
                for sensor_id, messages in group.items()
                if sensor_id in readers
            }
            size += _show(clocks, parts)
            if kept is not None:
                kept.append(parts)
            if size > KEPT_BYTES:
                kept = None
        rest: _Parts = {sensor_id: reader.finish() for sensor_id, reader in readers.items()}
        _show(clocks, rest)
        if kept is not None:
            kept.append(rest)
        self._kept = kept


def _show(clocks: Mapping[str, SessionClock], parts: _Parts) -> int:
    """Show the clocks what was read of each sensor; returns the memory that it takes."""
    size = 0
    for sensor_id, found in parts.items():
        clock = clocks.get(sensor_id)
        for part in found:
            if isinstance(part, SyncPoint):
                if clock is not None:
                    clock.push_sync(part)
                continue
            size += part.nbytes
            if clock is not None:
                clock.push(part)
    return size


def _start(block: SampleBlock) -> float:
    return float(block.time_s[0])
