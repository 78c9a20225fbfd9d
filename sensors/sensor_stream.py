"""Notifications of one sensor to sample blocks: the one way that live and replayed data take."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sensors.drivers.base import PacketDecoder
from sensors.drivers.registry import driver_for
from sensors.errors import ProtocolError, UnsupportedDevice
from sensors.notification import Notification
from sensors.packet_batch import PacketBatch, SyncPoint
from sensors.sample_assembler import SampleAssembler, SampleCounts
from sensors.sample_block import SampleBlock
from sensors.session_clock import SessionClock
from sensors.session_info import SensorInfo


class PacketReader:
    """Sorts one sensor's notifications into packets and time exchanges, in order.

    Args:
        sensor: the sensor, with a configuration.

    Raises:
        UnsupportedDevice: no driver reads this kind.
        ProtocolError: the sensor's configuration cannot be read.
    """

    def __init__(self, sensor: SensorInfo) -> None:
        driver = driver_for(sensor.kind)
        if not 1.0 <= sensor.rate_hz <= 10_000.0:
            raise ProtocolError(
                f"the sensor's sampling rate is {sensor.rate_hz} Hz",
                sensor_id=sensor.sensor_id,
                remedy="Check the sensor's configuration",
            )
        self._data = driver.data_characteristic
        self._sync = driver.sync_characteristic
        self._decoder: PacketDecoder = driver.decoder(sensor)

    def add_config(self, sensor: SensorInfo) -> None:
        """Know one more configuration of the sensor.

        Raises:
            ProtocolError: it cannot be read.
        """
        self._decoder.add_config(sensor)

    def read(self, notifications: Iterable[Notification]) -> list[PacketBatch | SyncPoint]:
        """Decode notifications; those of other characteristics are passed over."""
        found: list[PacketBatch | SyncPoint] = []
        payloads: list[bytes] = []
        arrivals: list[int] = []
        for notification in notifications:
            if notification.characteristic == self._data:
                payloads.append(notification.payload)
                arrivals.append(notification.arrival_ns)
            elif notification.characteristic == self._sync:
                arrival_s = notification.arrival_ns * 1e-9
                point = self._decoder.sync_point(notification.payload, arrival_s)
                if point is not None:
                    if payloads:
                        found.append(self._decode(payloads, arrivals))
                        payloads, arrivals = [], []
                    found.append(point)
        if payloads:
            found.append(self._decode(payloads, arrivals))
        return found

    def _decode(self, payloads: list[bytes], arrivals: list[int]) -> PacketBatch:
        return self._decoder.decode(payloads, np.asarray(arrivals, dtype=np.float64) * 1e-9)


class SensorStream:
    """Sample blocks of one sensor from its notifications, causally.

    The blocks together are the same however the notifications are grouped.

    Args:
        sensor: the sensor, with a placement and a configuration.

    Raises:
        UnsupportedDevice: no driver reads this kind, or the sensor has no placement.
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
        blocks: list[SampleBlock] = []
        for part in self._reader.read(notifications):
            if isinstance(part, SyncPoint):
                self._assembler.push_sync(part)
            else:
                blocks += self._assembler.push(part)
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
