"""Notifications of one sensor to sample blocks: the one way that live and replayed data take."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sensors.drivers.base import PacketDecoder
from sensors.drivers.registry import format_for
from sensors.errors import ProtocolError, UnsupportedDevice
from sensors.notification import Notification
from sensors.packet_batch import PackedPackets, SyncPoint
from sensors.sample_assembler import SampleAssembler
from sensors.sample_block import SampleBlock
from sensors.sample_counts import SampleCounts
from sensors.session_clock import SessionClock
from sensors.session_info import SensorInfo
from sensors.timed_assembler import TimedAssembler

Message = tuple[str, bytes, int]
"""A notification of a known sensor: characteristic, payload, arrival in nanoseconds."""


class PacketReader:
    """Sorts one sensor's notifications into packets and time exchanges, in order.

    Args:
        sensor: the sensor, with a configuration.

    Raises:
        UnsupportedDevice: no format reads this kind.
        ProtocolError: the sensor's configuration cannot be read.
    """

    def __init__(self, sensor: SensorInfo) -> None:
        form = format_for(sensor.kind)
        if not 1.0 <= sensor.rate_hz <= 10_000.0:
            raise ProtocolError(
                f"the sensor's sampling rate is {sensor.rate_hz} Hz",
                sensor_id=sensor.sensor_id,
                remedy="Check the sensor's configuration",
            )
        self._data = form.data_characteristic
        self._sync = form.sync_characteristic
        self._decoder: PacketDecoder = form.decoder(sensor)

    def add_config(self, sensor: SensorInfo) -> None:
        """Know one more configuration of the sensor.

        Raises:
            ProtocolError: it cannot be read.
        """
        self._decoder.add_config(sensor)

    def read(self, notifications: Iterable[Notification]) -> list[PackedPackets | SyncPoint]:
        """Read notifications; those of other characteristics are passed over."""
        return self.read_messages(
            (one.characteristic, one.payload, one.arrival_ns) for one in notifications
        )

    def read_messages(self, messages: Iterable[Message]) -> list[PackedPackets | SyncPoint]:
        """Read notifications, as the reader of recordings has them."""
        found: list[PackedPackets | SyncPoint] = []
        payloads: list[bytes] = []
        arrivals: list[int] = []
        data, sync = self._data, self._sync
        for characteristic, payload, arrival_ns in messages:
            if characteristic == data:
                payloads.append(payload)
                arrivals.append(arrival_ns)
            elif characteristic == sync:
                point = self._decoder.sync_point(payload, arrival_ns * 1e-9)
                if point is not None:
                    if payloads:
                        found.append(self._parse(payloads, arrivals))
                        payloads, arrivals = [], []
                    found.append(point)
        if payloads:
            found.append(self._parse(payloads, arrivals))
        return found

    def _parse(self, payloads: list[bytes], arrivals: list[int]) -> PackedPackets:
        return self._decoder.parse(payloads, np.asarray(arrivals, dtype=np.float64) * 1e-9)


class SensorStream:
    """Sample blocks of one sensor from its notifications, causally.

    The blocks together are the same however the notifications are grouped.

    Args:
        sensor: the sensor, with a placement and a configuration.
        assembler: in place of one that knows the past only; not used for a kind that tells the
            session time itself.

    Raises:
        UnsupportedDevice: no format reads this kind, or the sensor has no placement.
        ProtocolError: the sensor's configuration cannot be read.
    """

    def __init__(self, sensor: SensorInfo, *, assembler: SampleAssembler | None = None) -> None:
        if sensor.placement is None:
            raise UnsupportedDevice(
                "the sensor has no placement",
                sensor_id=sensor.sensor_id,
                remedy="Say where on the body it is worn",
            )
        self.sensor = sensor
        self._reader = PacketReader(sensor)
        self._assembler: SampleAssembler | TimedAssembler
        if format_for(sensor.kind).tells_session_time:
            self._assembler = TimedAssembler(sensor.placement, sensor.rate_hz)
        else:
            self._assembler = assembler or SampleAssembler(sensor.placement, sensor.rate_hz)

    @property
    def counts(self) -> SampleCounts:
        """What became of the samples so far."""
        return self._assembler.counts

    def add_config(self, sensor: SensorInfo) -> None:
        """Know one more configuration of the sensor.

        Raises:
            ProtocolError: it cannot be read.
        """
        self._reader.add_config(sensor)

    def push(self, notifications: Iterable[Notification]) -> list[SampleBlock]:
        """Take the next notifications of this sensor, in arrival order."""
        return self.push_packets(self._reader.read(notifications))

    def push_messages(self, messages: Iterable[Message]) -> list[SampleBlock]:
        """Take the next notifications, as the reader of recordings has them."""
        return self.push_packets(self._reader.read_messages(messages))

    def push_packets(self, parts: Iterable[PackedPackets | SyncPoint]) -> list[SampleBlock]:
        """Take the next notifications, read already by a :class:`PacketReader` of the sensor."""
        blocks: list[SampleBlock] = []
        for part in parts:
            if isinstance(part, SyncPoint):
                self._assembler.push_sync(part)
            else:
                blocks += self._assembler.push(part.unpack())
        return blocks

    def finish(self) -> list[SampleBlock]:
        """Give out what is held back."""
        return self._assembler.finish()


def second_pass(sensor: SensorInfo, reader_of_first_pass: SessionClock) -> SensorStream:
    """A stream that knows the whole session.

    Args:
        sensor: the sensor, with a placement and a configuration.
        reader_of_first_pass: has seen all packets of the sensor.

    Raises:
        UnsupportedDevice: the sensor has no placement.
    """
    if sensor.placement is None:
        raise UnsupportedDevice("the sensor has no placement", sensor_id=sensor.sensor_id)
    return SensorStream(
        sensor,
        assembler=SampleAssembler(
            sensor.placement,
            sensor.rate_hz,
            fits=reader_of_first_pass.finish(),
            late=reader_of_first_pass.late,
            block_rate_hz=reader_of_first_pass.rate_hz,
        ),
    )
