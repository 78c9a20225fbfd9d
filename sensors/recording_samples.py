"""Samples of a recording, in one file or in several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sensors.clock import ClockFit
from sensors.drivers.registry import kinds
from sensors.errors import ProtocolError
from sensors.notification import Message, Notification
from sensors.placement import Placement
from sensors.recording_replay import Group, Replay
from sensors.sample_block import SampleBlock
from sensors.sample_counts import SampleCounts
from sensors.session_info import SensorInfo

HELD_BYTES = 2**24
"""Messages of one group hold at most about so much, whatever their times are."""
_MESSAGE_BYTES = 200
"""A message in memory, beside its payload."""


class SampleSource(ABC):
    """Something recorded that samples can be made of.

    Args:
        configs: configurations of each sensor in recorded order, by sensor id.

    Attributes:
        counts: what became of the samples of each sensor, by id; filled by :meth:`blocks`.
        clocks: clocks fitted for each sensor, by id, each with its uncertainty; filled by
            :meth:`blocks` unless ``online``, empty for samples that carry their time.
    """

    def __init__(self, configs: dict[str, list[SensorInfo]]) -> None:
        self.counts: dict[str, SampleCounts] = {}
        self.clocks: dict[str, tuple[ClockFit, ...]] = {}
        self._configs = configs

    @abstractmethod
    def keyed_messages(self) -> Iterator[tuple[str, Message]]:
        """All notifications, each as the sensor's id and the rest, in recorded order."""

    def notifications(self) -> Iterator[Notification]:
        """All notifications, in the order in which they were recorded."""
        for sensor_id, (characteristic, payload, time_ns) in self.keyed_messages():
            yield Notification(sensor_id, characteristic, payload, time_ns)

    @property
    def sensors(self) -> tuple[SensorInfo, ...]:
        """Each sensor as configured last, in the order of placements."""
        order = [*Placement, None]
        last = (configs[-1] for configs in self._configs.values() if configs)
        return tuple(sorted(last, key=lambda each: (order.index(each.placement), each.sensor_id)))

    @property
    def configs(self) -> Mapping[str, list[SensorInfo]]:
        """All configurations of each sensor, by id."""
        return self._configs

    def place(self, placements: Mapping[str, Placement]) -> None:
        """Say where sensors were worn, in place of what the recording says.

        Args:
            placements: placement by sensor id; sensors not named keep theirs.
        """
        for sensor_id, placement in placements.items():
            configs = self._configs.get(sensor_id, [])
            if configs:
                self._configs[sensor_id] = [replace(each, placement=placement) for each in configs]

    def blocks(self, online: bool = False, chunk_s: float = 10.0) -> Iterator[SampleBlock]:
        """Samples of all placed sensors, in blocks without a gap inside.

        Args:
            online: time stamps as the live path gives them, from the past only; otherwise the
                clocks are fitted to the whole recording, and late packets go to their place.
            chunk_s: session time decoded at once. The samples do not depend on it.

        Yields:
            Blocks; those of one sensor in time order, those of different sensors interleaved.

        Raises:
            ProtocolError: a sensor's configuration cannot be read.
        """
        replay = Replay(self._placed(), lambda: self._groups(chunk_s), online=online)
        self.counts, self.clocks = replay.counts, replay.clocks
        yield from replay.blocks()

    def _placed(self) -> dict[str, list[SensorInfo]]:
        """Sensors that samples can be made of, each with all its configurations."""
        taken: dict[Placement, str] = {}
        placed: dict[str, list[SensorInfo]] = {}
        for sensor_id, configs in self._configs.items():
            placement, kind = configs[-1].placement, configs[-1].kind
            if placement is None or kind not in kinds():
                continue
            if placement in taken:
                raise ProtocolError(
                    f"sensors {taken[placement]} and {sensor_id} are both on the {placement.label}",
                    sensor_id=sensor_id,
                    remedy="Say where each was worn",
                )
            taken[placement] = sensor_id
            placed[sensor_id] = [replace(config, placement=placement) for config in configs]
        return placed

    def _groups(self, chunk_s: float) -> Iterator[Group]:
        """Notifications of about ``chunk_s`` seconds, by sensor."""
        group: dict[str, list[Message]] = {}
        step_ns = max(1, round(chunk_s * 1e9))
        until_ns, held = -1, 0
        for sensor_id, message in self.keyed_messages():
            if message[2] >= until_ns or held > HELD_BYTES:
                if group:
                    yield group
                group, held = {}, 0
                until_ns = message[2] + step_ns
            held += _MESSAGE_BYTES + len(message[1])
            if sensor_id in group:
                group[sensor_id].append(message)
            else:
                group[sensor_id] = [message]
        if group:
            yield group
